//! What is said of invariants, held against every combination of a small world.

use plimsoll::analysis::Standing;
use plimsoll::diagnostics::{Code, code, find_code};
use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::policy::{Layers, Policy};

use super::brute::Numbers;

pub(super) const HEAD: &str = "rule spec { ociVersion = \"1.0.2\" root.path = \"x\" process.cwd = \"/\" \
    process.user = { uid: 0, gid: 0 } }\nlet house = [\"KILL\", \"CHOWN\"]\n";

pub(super) const CONDITIONS: [&str; 7] = [
    "service.privileged",
    "not service.privileged",
    "service.rtype == \"job\"",
    "service.rtype in [\"job\", \"cron\"]",
    "\"KILL\" in service.capabilities",
    "service.hostname is set",
    "service.hostname == \"a\"",
];

const LISTS: [&str; 8] = [
    "[\"KILL\"]",
    "house",
    "service.capabilities",
    "[c for c in house when c in service.capabilities]",
    "(house when service.privileged else [\"SYS_TIME\"])",
    "house ++ service.capabilities",
    "[c for c in service.capabilities when c != \"KILL\"]",
    "[c for c in service.capabilities for d in house when c == d and service.privileged]",
];

const STRENGTHS: [&str; 3] = ["default ", "", "force "];

const WORDS: [&str; 3] = ["\"KILL\"", "\"CHOWN\"", "\"SYS_TIME\""];

impl Numbers {
    fn of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.below(words.len())]
    }

    pub(super) fn head(&mut self) -> String {
        match self.below(3) {
            0 => String::new(),
            1 => format!("when {} ", self.of(&CONDITIONS)),
            _ => format!("unless {} ", self.of(&CONDITIONS)),
        }
    }

    /// A statement about a set, a value or entries of a map.
    fn write(&mut self) -> String {
        let strength = self.of(&STRENGTHS);
        let because = if strength == "force " { " because \"so\"" } else { "" };
        let written = match self.below(9) {
            0..=2 => format!("process.capabilities.bounding += {}", self.of(&LISTS)),
            3 => format!("process.capabilities.bounding -= {}", self.of(&WORDS)),
            4 => format!("process.capabilities.bounding = {}", self.of(&LISTS)),
            5 => format!("hostname = {}", self.of(&["\"a\"", "\"b\"", "service.hostname else \"c\""])),
            6 => format!("annotations[{}] = {}", self.of(&["\"x\"", "\"y\""]), self.of(&["\"1\"", "\"2\""])),
            7 => return "for c in service.capabilities { annotations[c] = \"1\" }".to_owned(),
            _ => "unset hostname".to_owned(),
        };
        format!("{strength}{written}{because}")
    }

    fn statement(&mut self) -> String {
        match self.below(4) {
            0 => format!("if {} {{ {} }} else {{ {} }}", self.of(&CONDITIONS), self.write(), self.write()),
            _ => self.write(),
        }
    }

    fn requirement(&mut self) -> String {
        let (word, condition, list) = (self.of(&WORDS), self.of(&CONDITIONS), self.of(&LISTS));
        match self.below(12) {
            0 => format!("require {word} in spec.process.capabilities.bounding else deny \"x\""),
            1 => format!("require {word} not in spec.process.capabilities.bounding else deny \"x\""),
            2 => format!(
                "for c in spec.process.capabilities.bounding {{ require c in {list} or {condition} else deny \"x\" }}"
            ),
            3 => format!("for c in {list} {{ require c in spec.process.capabilities.bounding else deny \"x\" }}"),
            4 => "require spec.hostname is set else deny \"x\"".to_owned(),
            5 => format!("require spec.hostname == \"a\" or {condition} else deny \"x\""),
            6 => "require spec.annotations[\"x\"] == \"1\" else deny \"x\"".to_owned(),
            7 => "for k, v in spec.annotations { require v == \"1\" or k == \"y\" else deny \"x\" }".to_owned(),
            8 => format!("require {list} subset of spec.process.capabilities.bounding else deny \"x\""),
            9 => format!("require spec.process.capabilities.bounding subset of {list} else deny \"x\""),
            10 => "require spec.process.capabilities.bounding is not empty else deny \"x\"".to_owned(),
            _ => "require \"KILL\" not in spec.annotations else deny \"x\"".to_owned(),
        }
    }
}

/// Every combination of what the policies ask.
pub(super) fn worlds(policy: &Policy) -> Vec<Facts> {
    let mut all = Vec::new();
    for privileged in [false, true] {
        for rtype in ["service", "job", "cron"] {
            for hostname in ["", "hostname: a, ", "hostname: b, "] {
                for capabilities in ["", "KILL", "CHOWN, SYS_TIME", "SYS_TIME, KILL"] {
                    let deployment = format!(
                        "{{ version: v1, deployment: shop, services: {{ web: {{ image: {{ name: x }}, {hostname}\
                         rtype: {rtype}, privileged: {privileged}, capabilities: [{capabilities}] }} }} }}"
                    );
                    let request = Request::builder("d.yaml", deployment);
                    all.push(request.build(policy.schema()).unwrap().facts().unwrap());
                }
            }
        }
    }
    all
}

/// The codes that a service is refused with.
fn refusals(policy: &Policy, facts: &Facts) -> Vec<Code> {
    let arena = Arena::new();
    let refused = policy.render(facts, &arena).err();
    refused.into_iter().flat_map(|report| report.diagnostics).map(|it| it.code).collect()
}

#[test]
fn standings_agree_with_a_small_world() {
    let empty = Layers::new().layer("brute", [("a.plim", HEAD)]).compile().unwrap();
    let worlds = worlds(&empty);
    let mut numbers = Numbers(11);
    let (mut holds, mut fails, mut unknown, mut constant) = (0, 0, 0, 0);
    for _ in 0..400 {
        let rules =
            (0..=numbers.below(3)).map(|n| format!("rule r{n} {}{{ {} }}\n", numbers.head(), numbers.statement()));
        let mut text = format!("{HEAD}{}", rules.collect::<String>());
        text += &format!("invariant i {}{{ {} }}\n", numbers.head(), numbers.requirement());
        let Ok(policy) = Layers::new().layer("brute", [("a.plim", text.as_str())]).compile() else { continue };
        let broken =
            || worlds.iter().map(|facts| refusals(&policy, facts)).filter(|it| it.contains(&code::INVARIANT_BROKEN));
        let told = |id: &str| policy.warnings().diagnostics.iter().any(|it| Some(it.code) == find_code(id));
        for (_, standing) in policy.standings() {
            match standing {
                Standing::Holds => {
                    holds += 1;
                    assert_eq!(broken().count(), 0, "it does not hold:\n{text}");
                }
                Standing::CanFail { witness, .. } => {
                    fails += 1;
                    let witness = witness.unwrap();
                    let request = Request::from_json("w.json", &witness.request, policy.schema()).unwrap();
                    let refusals = refusals(&policy, &request.facts().unwrap());
                    let broken = refusals.iter().all(|it| *it == code::INVARIANT_BROKEN);
                    assert!(broken && !refusals.is_empty(), "{refusals:?} for a witness:\n{text}");
                }
                Standing::Unknown => unknown += 1,
            }
        }
        if told("P0410") {
            constant += 1;
            assert_eq!(broken().count(), 0, "it does break:\n{text}");
        }
        if told("P0411") {
            constant += 1;
            let whole = text.replace("else deny \"x\"", "else warn \"x\"");
            let whole = Layers::new().layer("brute", [("a.plim", whole.as_str())]).compile().unwrap();
            for facts in &worlds {
                // Where the invariant applies, it warns.
                let arena = Arena::new();
                let probe = text.split("invariant i ").nth(1).unwrap().split('{').next().unwrap();
                let asked =
                    Layers::new().layer("p", [("p.plim", format!("{HEAD}rule p {probe}{{ hostname = \"hit\" }}"))]);
                let asked = asked.compile().unwrap();
                let applies =
                    asked.render(facts, &arena).unwrap().json(plimsoll::output::json::Style::Compact).unwrap();
                let applies = String::from_utf8(applies).unwrap().contains("\"hit\"");
                let Ok(rendered) = whole.render(facts, &arena) else { continue };
                let warned = !rendered.warnings().diagnostics.is_empty();
                assert_eq!(warned, applies, "some service keeps it:\n{text}");
            }
        }
    }
    let told = format!("{holds} hold, {fails} can fail, {unknown} unknown, {constant} findings");
    assert!(holds > 60 && fails > 20 && constant > 5, "too few claims to tell: {told}");
}
