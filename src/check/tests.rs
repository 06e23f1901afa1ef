//! `test` blocks: what they give must be readable, what they expect must be something that can be asked.

use indexmap::IndexMap;

use super::Checker;
use super::items::Items;
use super::text::whole_text;
use crate::diagnostics::{CODES, Code, Diagnostic, Severity, code, find_code};
use crate::facts::Facts;
use crate::facts::datum::{Datum, Kind};
use crate::facts::given::Given;
use crate::ir::build::map_children;
use crate::ir::{Expr, ExprId, RuleId};
use crate::schema::facts::FactSchema;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, Ident, Key, OutcomeKind, Step};

/// What a test can give.
const ROOTS: [&str; 5] = ["service", "container", "image", "options", "host"];

/// What a test gives in place of these: a file that has all of them.
const REQUEST: &str = "request";

/// A test that can be run.
#[derive(Debug)]
pub struct Test {
    /// Its name.
    pub name: Box<str>,
    /// The place of its name.
    pub span: Span,
    /// What it gives.
    pub given: TestFacts,
    /// What must come of it, in written order.
    pub expectations: Vec<Expectation>,
}

/// The facts of a test.
#[derive(Debug)]
pub enum TestFacts {
    /// Those that it writes out.
    Inline(Box<Facts>),
    /// Those of a request.
    Request {
        /// The file, from the folder of the rule file.
        file: Box<str>,
        /// Where it is named.
        span: Span,
    },
}

/// What a test expects.
#[derive(Debug)]
pub struct Expectation {
    /// Its place.
    pub span: Span,
    /// What.
    pub what: Expected,
}

/// The kinds of expectations.
#[derive(Debug)]
pub enum Expected {
    /// A condition on the facts and the finished spec.
    Holds {
        /// It.
        condition: ExprId,
        /// The rule that must have written what it reads of the spec.
        from: Option<RuleId>,
    },
    /// A warning, no warning, or a refusal.
    Said {
        /// Which of them.
        kind: OutcomeKind,
        /// The code that it must have.
        code: Option<Code>,
        /// The glob that its message must match.
        like: Option<Box<str>>,
    },
    /// A spec that is kept in a file.
    Snapshot {
        /// The file, from the folder of the rule file.
        file: Box<str>,
    },
}

/// The facts that a test gives; what it does not give is the least there can be: a service with an image and nothing
/// else, a host with nothing on it.
///
/// # Errors
///
/// Everything that is wrong with what it gives: roots that do not exist or are given twice, values that are not
/// constant, fields that their root does not have.
pub fn facts(test: &ast::Test, schema: &FactSchema) -> Result<Facts, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut given: IndexMap<&str, (Span, Option<Datum>)> = IndexMap::new();
    for step in &test.steps {
        let Step::Given { root, value } = step else { continue };
        if !ROOTS.contains(&&*root.name) {
            found.push(unknown_root(root));
            continue;
        }
        if let Some((first, _)) = given.get(&*root.name) {
            found.push(
                Diagnostic::new(code::DUPLICATE_NAME, format!("`{}` is given twice", root.name))
                    .label(root.span, "second")
                    .label(*first, "first")
                    .help("say all of it in one `given`"),
            );
            continue;
        }
        given.insert(&root.name, (root.span, constant(value, &mut found)));
    }
    let of = |root: &str| given.get(root).and_then(|(_, datum)| datum.as_ref());
    let given = Given {
        service: of("service"),
        container: of("container"),
        image: of("image"),
        options: of("options"),
        host: of("host"),
    };
    match given.facts(schema) {
        Ok(facts) if found.is_empty() => Ok(facts),
        Ok(_) => Err(found),
        Err(more) => Err(found.into_iter().chain(more).collect()),
    }
}

fn unknown_root(root: &Ident) -> Diagnostic {
    let diagnostic = Diagnostic::new(code::UNKNOWN_NAME, format!("there are no facts called `{}`", root.name))
        .label(root.span, "")
        .did_you_mean(root.span, &root.name, ROOTS.into_iter().chain([REQUEST]));
    match diagnostic.help {
        Some(_) => diagnostic,
        None => {
            let roots = ROOTS.map(|root| format!("`{root}`")).join(", ");
            diagnostic.help(format!("a test gives {roots}, or a `{REQUEST}`"))
        }
    }
}

/// The value of an expression that is made of literals only; records are maps.
fn constant(expr: &ast::Expr, found: &mut Vec<Diagnostic>) -> Option<Datum> {
    let kind = match &expr.kind {
        ExprKind::Bool(value) => Some(Kind::Bool(*value)),
        ExprKind::Int(value) => Some(Kind::Int(*value)),
        ExprKind::Float(value) => Some(Kind::Float(*value)),
        ExprKind::Text(pieces) => whole_text(pieces).map(|text| Kind::Text(text.into())),
        ExprKind::Negate(inner) => match inner.kind {
            ExprKind::Int(value) => Some(Kind::Int(-value)),
            ExprKind::Float(value) => Some(Kind::Float(-value)),
            _ => None,
        },
        ExprKind::List(elements) => {
            let elements: Vec<Option<Datum>> = elements.iter().map(|element| constant(element, found)).collect();
            return Some(Datum::at(expr.span, Kind::List(elements.into_iter().collect::<Option<_>>()?)));
        }
        ExprKind::Map(entries) => return constant_map(entries, expr.span, found),
        _ => None,
    };
    if kind.is_none() {
        found.push(not_constant(expr.span));
    }
    kind.map(|kind| Datum::at(expr.span, kind))
}

fn constant_map(entries: &[ast::Entry], span: Span, found: &mut Vec<Diagnostic>) -> Option<Datum> {
    let mut map: IndexMap<Box<str>, Datum> = IndexMap::new();
    let mut names: IndexMap<&str, Span> = IndexMap::new();
    let mut sound = true;
    for entry in entries {
        let value = constant(&entry.value, found);
        match (&entry.key, value) {
            (Key::Computed(key), _) => {
                found.push(not_constant(key.span));
                sound = false;
            }
            (Key::Name(name), value) => {
                if let Some(first) = names.insert(&name.name, name.span) {
                    found.push(super::literal::double_key(name, first));
                    sound = false;
                }
                match value {
                    Some(value) => drop(map.insert(name.name.clone(), value)),
                    None => sound = false,
                }
            }
        }
    }
    sound.then(|| Datum::at(span, Kind::Map(map.into())))
}

fn not_constant(span: Span) -> Diagnostic {
    Diagnostic::new(code::NOT_CONSTANT, "what a test gives must be constant")
        .label(span, "known only when something is rendered")
        .help("write the value out: texts without holes, numbers, `true`, `false`, lists and maps of these")
}

/// The file of a request, where a test gives one.
fn request(test: &ast::Test) -> Result<Option<TestFacts>, Vec<Diagnostic>> {
    let given = |step: &Step| match step {
        Step::Given { root, .. } => Some(root.clone()),
        _ => None,
    };
    let request = test.steps.iter().find_map(|step| match step {
        Step::Given { root, value } if &*root.name == REQUEST => Some((root, value)),
        _ => None,
    });
    let Some((name, value)) = request else { return Ok(None) };
    if let Some(other) = test.steps.iter().filter_map(given).find(|root| root.span != name.span) {
        let message = format!("`{REQUEST}` says all there is to say, and `{}` is given beside it", other.name);
        let diagnostic = Diagnostic::new(code::MIXED_GIVEN, message).label(other.span, "").label(name.span, "here");
        return Err(vec![diagnostic.help("write it into the request, or give each of its parts")]);
    }
    let mut found = Vec::new();
    match constant(value, &mut found).map(|datum| datum.kind) {
        Some(Kind::Text(file)) => Ok(Some(TestFacts::Request { file: file.as_str().into(), span: value.span })),
        None => Err(found),
        Some(_) => {
            let message = format!("`{REQUEST}` is not the name of a file");
            let diagnostic = Diagnostic::new(code::TYPE_MISMATCH, message).label(value.span, "");
            Err(vec![diagnostic.help("name a file of JSON: `given request = \"web.json\"`")])
        }
    }
}

impl Checker<'_> {
    /// Checks the tests. Those with a mistake are left out, with their findings beside the others.
    pub(super) fn tests(
        &mut self,
        tests: &[(usize, ast::Test)],
        schema: &FactSchema,
        items: &Items,
    ) -> (Vec<Test>, Vec<Diagnostic>) {
        let mut names: IndexMap<&str, Span> = IndexMap::new();
        let (mut sound, mut findings) = (Vec::new(), Vec::new());
        self.spec_is_readable = true;
        for (_, test) in tests {
            let before = self.found.len();
            if let Some(first) = names.get(&*test.name.text) {
                self.report(
                    Diagnostic::new(code::DUPLICATE_NAME, format!("there are two tests called {:?}", test.name.text))
                        .label(test.name.span, "second")
                        .label(*first, "first")
                        .help("say in the name what is different about it"),
                );
            } else {
                names.insert(&test.name.text, test.name.span);
            }
            let given = self.given(test, schema);
            let expectations = self.expectations(test, items);
            let found: Vec<Diagnostic> = self.found.drain(before..).collect();
            if let (Some(given), Some(expectations)) = (given, expectations)
                && found.iter().all(|diagnostic| diagnostic.severity < Severity::Error)
            {
                sound.push(Test { name: test.name.text.clone(), span: test.name.span, given, expectations });
            }
            findings.extend(found);
        }
        self.spec_is_readable = false;
        (sound, findings)
    }

    fn given(&mut self, test: &ast::Test, schema: &FactSchema) -> Option<TestFacts> {
        let given = match request(test) {
            Ok(None) => facts(test, schema).map(|facts| TestFacts::Inline(Box::new(facts))),
            Ok(Some(request)) => Ok(request),
            Err(found) => Err(found),
        };
        given.map_err(|found| found.into_iter().for_each(|diagnostic| self.report(diagnostic))).ok()
    }

    /// What a test expects; none if any of it has a mistake.
    fn expectations(&mut self, test: &ast::Test, items: &Items) -> Option<Vec<Expectation>> {
        let lessons = self.lessons.len();
        let mut expectations = Some(Vec::new());
        let mut expects = false;
        for step in test.steps.iter().filter(|step| !matches!(step, Step::Given { .. })) {
            expects = true;
            let expectation = self.expectation(step, items);
            match (expectation, &mut expectations) {
                (Some(expectation), Some(all)) => all.push(expectation),
                (Some(_), None) => {}
                (None, all) => *all = None,
            }
        }
        self.lessons.truncate(lessons);
        if !expects {
            self.report(
                Diagnostic::new(code::EMPTY_TEST, format!("the test {:?} expects nothing", test.name.text))
                    .label(test.name.span, "")
                    .help("add what must come out: `expect spec.… == …`, `expect warning` or `expect denied`"),
            );
        }
        expectations
    }

    fn expectation(&mut self, step: &Step, items: &Items) -> Option<Expectation> {
        match step {
            Step::Given { .. } => None,
            Step::Expect { condition, from } => {
                let span = condition.span;
                let condition = self.condition(condition);
                let from = match from {
                    Some(rule) => {
                        let id = self.rule_of(rule, items);
                        if let Some(condition) = condition {
                            self.reads_spec(condition, rule);
                        }
                        Some(id?)
                    }
                    None => None,
                };
                Some(Expectation { span, what: Expected::Holds { condition: condition?, from } })
            }
            Step::Outcome { kind, code, like, span } => {
                let code = match code {
                    Some(written) => Some(self.known_code(written)?),
                    None => None,
                };
                let like = match like {
                    Some(like) => Some(self.constant_glob(like)?),
                    None => None,
                };
                Some(Expectation { span: *span, what: Expected::Said { kind: *kind, code, like } })
            }
            Step::Snapshot { file, span } => {
                Some(Expectation { span: *span, what: Expected::Snapshot { file: file.text.clone() } })
            }
        }
    }

    fn known_code(&mut self, written: &Ident) -> Option<Code> {
        let code = find_code(&written.name);
        if code.is_none() {
            let message = format!("there is no code `{}`", written.name);
            let diagnostic = Diagnostic::new(code::UNKNOWN_NAME, message).label(written.span, "");
            self.report(diagnostic.did_you_mean(written.span, &written.name, CODES.iter().map(|code| code.id())));
        }
        code
    }

    /// `from` asks who wrote what the condition reads of the spec: it must read something.
    fn reads_spec(&mut self, condition: ExprId, rule: &Ident) {
        let mut reads = false;
        let mut open = vec![condition];
        while let Some(id) = open.pop() {
            let Some(expr) = self.builder.expr(id) else { continue };
            reads |= matches!(expr, Expr::Spec(_));
            map_children(expr, &mut |child| {
                open.push(child);
                child
            });
        }
        if !reads {
            let message = format!("this reads nothing of the spec that `{}` could have written", rule.name);
            self.report(
                Diagnostic::new(code::NOTHING_WRITTEN, message)
                    .label(self.builder.program.span(condition), "")
                    .label(rule.span, "written by this rule")
                    .help("ask for a path such as `spec.process.cwd`, or leave `from …` out"),
            );
        }
    }

    fn rule_of(&mut self, rule: &Ident, items: &Items) -> Option<RuleId> {
        if let Some(index) = items.rules.get_index_of(&*rule.name) {
            return Some(RuleId::new(index));
        }
        let diagnostic = match items.invariants.get(&*rule.name) {
            Some(invariant) => {
                Diagnostic::new(code::UNKNOWN_RULE, format!("`{}` is an invariant, which writes nothing", rule.name))
                    .label(rule.span, "")
                    .label(invariant.item.name.span, "here")
                    .help("name the rule that writes it, or leave `from …` out")
            }
            None => Diagnostic::new(code::UNKNOWN_RULE, format!("no layer has a rule called `{}`", rule.name))
                .label(rule.span, "")
                .did_you_mean(rule.span, &rule.name, items.rules.keys().map(|name| &**name)),
        };
        self.report(diagnostic);
        None
    }

    fn constant_glob(&mut self, like: &ast::Expr) -> Option<Box<str>> {
        let text = if let ExprKind::Text(pieces) = &like.kind { whole_text(pieces) } else { None };
        if text.is_none() {
            self.report(
                Diagnostic::new(code::NOT_CONSTANT, "the text that is expected must be written out")
                    .label(like.span, "not a plain text")
                    .help("`*` stands for any text, `?` for one character: `like \"*not on this host*\"`"),
            );
        }
        text.map(Into::into)
    }
}
