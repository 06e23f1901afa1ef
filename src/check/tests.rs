//! `test` blocks: what they give must be readable, what they expect must be something that can be asked.

use indexmap::IndexMap;

use super::Checker;
use super::items::Items;
use super::text::whole_text;
use crate::diagnostics::{Diagnostic, code};
use crate::facts::Facts;
use crate::facts::datum::{Datum, Kind};
use crate::facts::given::Given;
use crate::schema::facts::FactSchema;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, Ident, Key, Step};

/// What a test can give.
const ROOTS: [&str; 5] = ["service", "container", "image", "options", "host"];

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
        .did_you_mean(root.span, &root.name, ROOTS);
    match diagnostic.help {
        Some(_) => diagnostic,
        None => diagnostic.help(format!("a test gives {}", ROOTS.map(|root| format!("`{root}`")).join(", "))),
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
    sound.then(|| Datum::at(span, Kind::Map(map)))
}

fn not_constant(span: Span) -> Diagnostic {
    Diagnostic::new(code::NOT_CONSTANT, "what a test gives must be constant")
        .label(span, "known only when something is rendered")
        .help("write the value out: texts without holes, numbers, `true`, `false`, lists and maps of these")
}

impl Checker<'_> {
    /// Checks the tests.
    pub(super) fn tests(&mut self, tests: &[(usize, ast::Test)], schema: &FactSchema, items: &Items) {
        let mut names: IndexMap<&str, Span> = IndexMap::new();
        self.spec_is_readable = true;
        for (_, test) in tests {
            if let Some(first) = names.insert(&test.name.text, test.name.span) {
                self.report(
                    Diagnostic::new(code::DUPLICATE_NAME, format!("there are two tests called {:?}", test.name.text))
                        .label(test.name.span, "second")
                        .label(first, "first")
                        .help("say in the name what is different about it"),
                );
            }
            if let Err(found) = facts(test, schema) {
                found.into_iter().for_each(|diagnostic| self.report(diagnostic));
            }
            self.expectations(test, items);
        }
        self.spec_is_readable = false;
    }

    fn expectations(&mut self, test: &ast::Test, items: &Items) {
        let mut expects = false;
        let lessons = self.lessons.len();
        for step in &test.steps {
            match step {
                Step::Given { .. } => continue,
                Step::Expect { condition, from } => {
                    self.condition(condition);
                    if let Some(rule) = from {
                        self.rule_exists(rule, items);
                    }
                }
                Step::Outcome { like, .. } => {
                    if let Some(like) = like {
                        self.constant_glob(like);
                    }
                }
            }
            expects = true;
        }
        self.lessons.truncate(lessons);
        if !expects {
            self.report(
                Diagnostic::new(code::EMPTY_TEST, format!("the test {:?} expects nothing", test.name.text))
                    .label(test.name.span, "")
                    .help("add what must come out: `expect spec.… == …`, `expect warning` or `expect denied`"),
            );
        }
    }

    fn rule_exists(&mut self, rule: &Ident, items: &Items) {
        if items.rules.contains_key(&*rule.name) {
            return;
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
    }

    fn constant_glob(&mut self, like: &ast::Expr) {
        let is_text = matches!(&like.kind, ExprKind::Text(pieces) if whole_text(pieces).is_some());
        if !is_text {
            self.report(
                Diagnostic::new(code::NOT_CONSTANT, "the text that is expected must be written out")
                    .label(like.span, "not a plain text")
                    .help("`*` stands for any text, `?` for one character: `like \"*not on this host*\"`"),
            );
        }
    }
}
