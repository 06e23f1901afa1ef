//! What analysis claims, held against every combination of a small world, and each witness against the evaluator.

use std::fmt::Write as _;
use std::ops::Range;

use plimsoll::diagnostics::{Diagnostic, Report, Severity, code};
use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy};
use serde_json::{Value, json};

const HEAD: &str = "rule spec { ociVersion = \"1.0.2\" root.path = \"x\" }\n";

/// A part of a request that can be one of several things, and conditions on it alone; a condition may need another one
/// before it, which is written with it.
pub(super) struct Factor {
    pub(super) values: fn() -> Vec<Value>,
    atoms: &'static [(&'static str, &'static str)],
}

pub(super) const FACTORS: &[Factor] = &[
    Factor {
        values: || list("privileged", &[json!(false), json!(true)]),
        atoms: &[("", "service.privileged"), ("", "[\"KILL\" when service.privileged] is empty")],
    },
    Factor { values: || list("host_network", &[json!(false), json!(true)]), atoms: &[("", "options.host_network")] },
    Factor {
        values: gpus,
        atoms: &[
            ("", "service.resources.gpu is set"),
            ("", "service.resources.gpu.vendor == \"a\""),
            ("", "service.resources.gpu.vendor in [\"a\", \"b\"]"),
            ("service.resources.gpu is set", "service.resources.gpu.count > 1"),
            ("service.resources.gpu is set", "service.resources.gpu.count < 2"),
            ("service.resources.gpu is set", "service.resources.gpu.count <= 2"),
            ("service.resources.gpu is set", "service.resources.gpu.count == 1"),
            ("service.resources.gpu is set", "service.resources.gpu.count > 1.5"),
            ("service.resources.gpu is set", "service.resources.gpu.count <= 2.0"),
            ("service.resources.gpu is set", "service.resources.gpu.count == 3.0"),
            ("", "service.resources.gpu.sharing == \"mps\""),
            ("", "service.resources.gpu.sharing is set"),
        ],
    },
    Factor {
        values: || list("name", &["web", "db", "wx", "q"].map(Value::from)),
        atoms: &[
            ("", "container.service == \"web\""),
            ("", "container.service like \"w*\""),
            ("", "container.service in [\"web\", \"db\"]"),
        ],
    },
    Factor {
        values: || list("rtype", &["service", "job", "cron"].map(Value::from)),
        atoms: &[("", "service.rtype == \"job\""), ("", "service.rtype in [\"job\", \"cron\"]")],
    },
    Factor {
        values: || list("capabilities", &[json!([]), json!(["KILL"]), json!(["CHOWN"]), json!(["CHOWN", "KILL"])]),
        atoms: &[
            ("", "\"KILL\" in service.capabilities"),
            ("", "service.capabilities is empty"),
            ("", "len(service.capabilities) > 0"),
            ("", "service.capabilities subset of [\"KILL\", \"MKNOD\"]"),
            ("", "[\"KILL\", \"CHOWN\"] subset of service.capabilities"),
            ("", "\"KILL\" in service.capabilities ++ [\"CHOWN\"]"),
            ("", "service.capabilities ++ [\"CHOWN\"] subset of [\"CHOWN\"]"),
        ],
    },
    Factor {
        values: || list("kernel", &["4.19", "5.10", "5.10.1", "6.1"].map(Value::from)),
        atoms: &[
            ("", "host.kernel >= \"5.10\""),
            ("", "host.kernel > \"5.10\""),
            ("", "host.kernel == \"5.10\""),
            ("", "host.kernel < \"5.10.2\""),
        ],
    },
    Factor {
        values: || list("resources", &[json!({}), json!({ "cpu": 0.5 }), json!({ "cpu": 2 }), json!({ "cpu": 8 })]),
        atoms: &[
            ("", "service.resources.cpu is set"),
            ("service.resources.cpu is set", "service.resources.cpu < 2"),
            ("service.resources.cpu is set", "service.resources.cpu <= 2"),
        ],
    },
];

fn list(name: &str, values: &[Value]) -> Vec<Value> {
    values.iter().map(|value| json!({ name: value })).collect()
}

fn gpus() -> Vec<Value> {
    let mut gpus = vec![json!({ "resources": {} })];
    for (count, vendor) in (0..4).flat_map(|count| ["a", "b", "c"].map(|vendor| (count, vendor))) {
        for sharing in [Value::Null, json!("mps"), json!("exclusive")] {
            gpus.push(json!({ "resources": { "gpu": { "count": count, "vendor": vendor, "sharing": sharing } } }));
        }
    }
    gpus
}

/// For each factor and each of its values, which of its conditions hold.
fn table() -> Vec<Vec<Vec<bool>>> {
    FACTORS.iter().map(|factor| (factor.values)().iter().map(|value| holding(factor, value)).collect()).collect()
}

fn holding(factor: &Factor, value: &Value) -> Vec<bool> {
    let mut rule = String::new();
    for (number, (needs, atom)) in factor.atoms.iter().enumerate() {
        let needs = if needs.is_empty() { "true" } else { needs };
        writeln!(rule, "if {needs} and {atom} {{ annotations[\"{number}\"] = \"\" }}").unwrap();
    }
    let policy = layers(&format!("rule probe {{ {rule} }}")).compile().unwrap_or_else(|report| panic!("{report}"));
    let (facts, arena) = (facts(&policy, &[value]), Arena::new());
    let spec: Value =
        serde_json::from_slice(&policy.render(&facts, &arena).unwrap().json(Style::Compact).unwrap()).unwrap();
    (0..factor.atoms.len()).map(|number| spec["annotations"].get(number.to_string()).is_some()).collect()
}

/// A service of which several factors are as these say.
pub(super) fn facts(policy: &Policy, values: &[&Value]) -> Facts {
    let mut service = json!({ "image": { "name": "x" } });
    let mut request = json!({ "host": {}, "options": {} });
    let mut name = "web";
    for (key, value) in values.iter().flat_map(|value| value.as_object().unwrap()) {
        match key.as_str() {
            "name" => name = value.as_str().unwrap(),
            "host_network" => request["options"][key] = value.clone(),
            "kernel" => request["host"][key] = value.clone(),
            "resources" => value.as_object().unwrap().iter().for_each(|(name, it)| service[key][name] = it.clone()),
            _ => service[key] = value.clone(),
        }
    }
    request["service"] = json!(name);
    request["deployment"] = json!({ "version": "v1", "deployment": "shop", "services": { name: service } });
    Request::from_json("r.json", &request.to_string(), policy.schema()).unwrap().facts().unwrap()
}

/// A condition.
#[derive(Debug)]
pub(super) struct Tree {
    kind: Kind,
    /// Where it is in the text of its policy, without brackets around it.
    place: Range<usize>,
}

#[derive(Debug)]
enum Kind {
    /// Of a factor, one of its conditions.
    Atom(usize, usize),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    const fn new(kind: Kind) -> Self {
        Self { kind, place: 0..0 }
    }

    pub(super) fn write(&mut self, out: &mut String) {
        let start = out.len();
        match &mut self.kind {
            Kind::Atom(factor, atom) => *out += FACTORS[*factor].atoms[*atom].1,
            Kind::Not(inner) => {
                *out += "not (";
                inner.write(out);
                out.push(')');
            }
            Kind::All(parts) => junction(parts, " and ", out),
            Kind::Any(parts) => junction(parts, " or ", out),
        }
        self.place = start..out.len();
    }

    /// What it is in a world, for which it tells everything that is asked on the way.
    fn holds(&self, world: &World<'_>, asked: &mut impl FnMut(&Tree, bool)) -> bool {
        let holds = match &self.kind {
            Kind::Atom(factor, atom) => world[*factor][*atom],
            Kind::Not(inner) => !inner.holds(world, asked),
            Kind::All(parts) => parts.iter().all(|part| part.holds(world, asked)),
            Kind::Any(parts) => parts.iter().any(|part| part.holds(world, asked)),
        };
        asked(self, holds);
        holds
    }

    fn factors(&self, used: &mut [bool]) {
        match &self.kind {
            Kind::Atom(factor, _) => used[*factor] = true,
            Kind::Not(inner) => inner.factors(used),
            Kind::All(parts) | Kind::Any(parts) => parts.iter().for_each(|part| part.factors(used)),
        }
    }
}

fn junction(parts: &mut [Tree], word: &str, out: &mut String) {
    for (index, part) in parts.iter_mut().enumerate() {
        if index > 0 {
            *out += word;
        }
        let bare = matches!(part.kind, Kind::Atom(..));
        out.push_str(if bare { "" } else { "(" });
        part.write(out);
        out.push_str(if bare { "" } else { ")" });
    }
}

/// For each factor, which of its conditions hold.
type World<'t> = Vec<&'t [bool]>;

/// A rule that may write one place.
struct Rule {
    when: Option<Tree>,
    unless: Option<Tree>,
    /// Conditions with the strength and the text that is written where they hold and none before did.
    arms: Vec<(Option<Tree>, usize, String)>,
    /// Where each statement is.
    places: Vec<Range<usize>>,
}

const STRENGTHS: [&str; 3] = ["default ", "", "force "];

impl Rule {
    fn write(&mut self, name: &str, out: &mut String) {
        write!(out, "rule {name}").unwrap();
        for (word, head) in [(" when ", &mut self.when), (" unless ", &mut self.unless)] {
            if let Some(head) = head {
                *out += word;
                head.write(out);
            }
        }
        *out += " {";
        for (index, (condition, strength, text)) in self.arms.iter_mut().enumerate() {
            *out += if index > 0 { " else" } else { "" };
            if let Some(condition) = condition {
                *out += " if ";
                condition.write(out);
            }
            *out += if index > 0 || condition.is_some() { " { " } else { " " };
            let start = out.len();
            write!(out, "{}hostname = \"{text}\"", STRENGTHS[*strength]).unwrap();
            *out += if *strength == 2 { " because \"so\"" } else { "" };
            self.places.push(start..out.len());
            *out += if index > 0 || condition.is_some() { " }" } else { "" };
        }
        *out += " }\n";
    }

    fn applies(&self, world: &World<'_>, asked: &mut impl FnMut(&Tree, bool)) -> bool {
        self.when.as_ref().is_none_or(|it| it.holds(world, asked))
            && !self.unless.as_ref().is_some_and(|it| it.holds(world, asked))
    }

    /// The statement that runs, if one does.
    fn runs(&self, world: &World<'_>, asked: &mut impl FnMut(&Tree, bool)) -> Option<usize> {
        let mut arms = self.arms.iter();
        if !self.applies(world, asked) {
            return None;
        }
        arms.position(|(condition, ..)| condition.as_ref().is_none_or(|it| it.holds(world, asked)))
    }

    fn conditions(&self) -> impl Iterator<Item = &Tree> {
        self.when.iter().chain(&self.unless).chain(self.arms.iter().filter_map(|(condition, ..)| condition.as_ref()))
    }
}

/// Numbers that look random and are the same in every run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn atom(&mut self) -> Tree {
        let factor = self.below(FACTORS.len());
        let atom = self.below(FACTORS[factor].atoms.len());
        let needs = FACTORS[factor].atoms[atom].0;
        let tree = Tree::new(Kind::Atom(factor, atom));
        match FACTORS[factor].atoms.iter().position(|(_, atom)| *atom == needs) {
            Some(before) => Tree::new(Kind::All(vec![Tree::new(Kind::Atom(factor, before)), tree])),
            None => tree,
        }
    }

    pub(super) fn condition(&mut self, depth: usize) -> Tree {
        if depth == 0 {
            return self.atom();
        }
        let two = |numbers: &mut Self| vec![numbers.condition(depth - 1), numbers.condition(depth - 1)];
        Tree::new(match self.below(5) {
            0 => return self.atom(),
            1 => Kind::Not(Box::new(self.condition(depth - 1))),
            2 => Kind::Any(two(self)),
            _ => Kind::All(two(self)),
        })
    }

    fn rule(&mut self, text: &str) -> Rule {
        let one_in =
            |numbers: &mut Self, of: usize, depth: usize| (numbers.below(of) == 0).then(|| numbers.condition(depth));
        let (when, unless) = (Some(self.condition(2)).filter(|_| self.below(8) > 0), one_in(self, 3, 1));
        let strengths = [1, 1, 1, 0, 2];
        let first = one_in(self, 3, 1);
        let mut arms = vec![(first, strengths[self.below(5)], text.to_owned())];
        if arms[0].0.is_some() && self.below(2) == 0 {
            let condition = one_in(self, 2, 1);
            arms.push((condition, strengths[self.below(5)], format!("{text}2")));
        }
        Rule { when, unless, arms, places: Vec::new() }
    }
}

pub(super) fn layers(rules: &str) -> Layers {
    Layers::new().layer("brute", [("a.plim", format!("{HEAD}{rules}"))])
}

fn told(layers: Layers) -> Report {
    layers.compile().map_or_else(|report| report, |policy| policy.warnings())
}

/// The statements that a diagnostic labels.
fn labelled(diagnostic: &Diagnostic) -> Vec<Range<usize>> {
    let mut places: Vec<_> = diagnostic.labels.iter().map(|it| it.span.start as usize..it.span.end as usize).collect();
    places.sort_by_key(|place| place.start);
    places
}

/// What each run must have come across.
#[derive(Debug, Default)]
struct Count {
    policies: usize,
    conflicts: usize,
    nevers: usize,
    always: usize,
    missed: Vec<String>,
}

/// A policy of two rules and all worlds that it can tell apart.
struct Small<'t> {
    text: String,
    rules: [Rule; 2],
    worlds: Vec<World<'t>>,
}

impl<'t> Small<'t> {
    fn new(numbers: &mut Numbers, table: &'t [Vec<Vec<bool>>]) -> Self {
        let mut rules = [numbers.rule("a"), numbers.rule("b")];
        let mut whole = HEAD.to_owned();
        for (rule, name) in rules.iter_mut().zip(["one", "two"]) {
            rule.write(name, &mut whole);
        }
        let text = whole.trim_start_matches(HEAD).to_owned();
        let mut used = vec![false; FACTORS.len()];
        rules.iter().flat_map(Rule::conditions).for_each(|tree| tree.factors(&mut used));
        let mut worlds: Vec<World<'_>> = vec![Vec::new()];
        for (values, used) in table.iter().zip(used) {
            let values = &values[..if used { values.len() } else { 1 }];
            worlds =
                worlds.iter().flat_map(|w| values.iter().map(|v| [w.clone(), vec![v.as_slice()]].concat())).collect();
        }
        Self { text, rules, worlds }
    }

    /// What runs in a world: rule and statement.
    fn runs(&self, world: &World<'_>, asked: &mut impl FnMut(&Tree, bool)) -> Vec<(usize, usize)> {
        let runs = self.rules.iter().enumerate();
        runs.filter_map(|(rule, it)| Some((rule, it.runs(world, asked)?))).collect()
    }

    /// Whether the rules disagree in a world.
    fn disagree(&self, world: &World<'_>) -> bool {
        let strength = |(rule, arm): &(usize, usize)| self.rules[*rule].arms[*arm].1;
        match self.runs(world, &mut |_, _| ()).as_slice() {
            [one, two] => strength(one) == strength(two),
            _ => false,
        }
    }

    fn check(&self, report: &Report, count: &mut Count) {
        // What is known to be there cannot be asked for again.
        let refused = |it: &Diagnostic| it.severity == Severity::Error && it.code != code::CONFLICT;
        if report.diagnostics.iter().any(refused) {
            return;
        }
        count.policies += 1;
        for diagnostic in &report.diagnostics {
            match diagnostic.code {
                code::CONFLICT => self.check_conflict(diagnostic, count),
                code::NEVER_APPLIES => self.check_never(diagnostic, count),
                code::CONSTANT_CONDITION => self.check_always(diagnostic, count),
                _ => {}
            }
        }
        // Of what goes beyond what is looked into it is said that it is not known.
        let claimed = report.diagnostics.iter().any(|it| matches!(it.code, code::CONFLICT | code::MAY_DISAGREE));
        if !claimed && self.worlds.iter().any(|world| self.disagree(world)) {
            count.missed.push(self.text.clone());
        }
    }

    fn check_never(&self, diagnostic: &Diagnostic, count: &mut Count) {
        let rule = &self.rules[usize::from(diagnostic.message.starts_with("`two`"))];
        let applies = self.worlds.iter().any(|world| rule.applies(world, &mut |_, _| ()));
        assert!(!applies, "{} but it does:\n{}", diagnostic.message, self.text);
        count.nevers += 1;
    }

    fn check_always(&self, diagnostic: &Diagnostic, count: &mut Count) {
        let truth = diagnostic.message.contains("is always true");
        let (span, text) = (diagnostic.labels[0].span, format!("{HEAD}{}", self.text));
        let mut place = span.start as usize..span.end as usize;
        while text.get(place.clone()).is_some_and(|it| it.starts_with('(') && it.ends_with(')')) {
            place = place.start + 1..place.end - 1;
        }
        let mut met = 0;
        for world in &self.worlds {
            self.runs(world, &mut |tree, holds| {
                if tree.place == place {
                    met += 1;
                    assert_eq!(holds, truth, "{}\n{}", diagnostic.message, self.text);
                }
            });
        }
        count.always += usize::from(met > 0);
    }

    /// The witness is refused for just that conflict.
    fn check_conflict(&self, diagnostic: &Diagnostic, count: &mut Count) {
        let context = || format!("{}\n{}", diagnostic.message, self.text);
        assert!(self.worlds.iter().any(|world| self.disagree(world)), "{}", context());
        let policy: Policy = layers(&self.text).unanalysed().compile().unwrap();
        let witness = diagnostic.witness.as_deref().unwrap_or_else(|| panic!("no witness: {}", context()));
        let refusal = refusal(&policy, &witness.request);
        assert!(refusal.message.contains("set `hostname` differently"), "{}\n{}", refusal.message, context());
        let statements: Vec<_> = self.rules.iter().flat_map(|rule| rule.places.clone()).collect();
        let of = |diagnostic| labelled(diagnostic).into_iter().filter(|it| statements.contains(it)).collect::<Vec<_>>();
        assert_eq!(of(&refusal), of(diagnostic), "{}", context());
        count.conflicts += 1;
    }
}

/// The one conflict for which a request is refused.
pub(super) fn refusal(policy: &Policy, request: &str) -> Diagnostic {
    let facts = Request::from_json("witness.json", request, policy.schema()).and_then(|it| it.facts());
    let (facts, arena) = (facts.unwrap_or_else(|report| panic!("{report}\n{request}")), Arena::new());
    let mut refusals = policy.render(&facts, &arena).unwrap_err().diagnostics;
    refusals.retain(|it| it.severity == Severity::Error);
    assert!(matches!(&*refusals, [one] if one.code == code::RENDER_CONFLICT), "{refusals:?}\n{request}");
    refusals.remove(0)
}

/// Refuses nothing but what other layers may write.
pub(super) fn is_read(policy: &Policy, request: &str) {
    let facts = Request::from_json("witness.json", request, policy.schema()).and_then(|it| it.facts());
    let (facts, arena) = (facts.unwrap_or_else(|report| panic!("{report}\n{request}")), Arena::new());
    if let Err(report) = policy.render(&facts, &arena) {
        let mut errors = report.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        assert!(errors.all(|it| it.code == code::REQUIRED_MISSING), "{report}\n{request}");
    }
}

#[test]
fn claims_agree_with_a_small_world() {
    let (table, mut numbers, mut count) = (table(), Numbers(7), Count::default());
    for _ in 0..400 {
        let small = Small::new(&mut numbers, &table);
        small.check(&told(layers(&small.text)), &mut count);
    }
    assert!(count.conflicts > 50 && count.nevers > 10 && count.always > 50, "too few claims to tell: {count:?}");
    assert!(count.missed.is_empty(), "conflicts that a service shows and nobody told: {:#?}", count.missed);
}
