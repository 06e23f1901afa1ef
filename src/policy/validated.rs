//! What runtimes have against a spec, told with the writes that it comes from.

use super::Policy;
use super::rendered::Rendered;
use crate::diagnostics::{Diagnostic, Report, Severity, code};
use crate::eval::draft::Filled;
use crate::eval::value::{Record, Value};
use crate::eval::{self, Arena};
use crate::facts::Facts;
use crate::facts::datum::Kind;
use crate::output::validate::{Finding, Spot};
use crate::provenance::{Claim, HIDDEN, Leaf, Provenance};
use crate::schema::facts::HostField;
use crate::schema::output::{Content, Slot, SlotIndex, output};
use crate::schema::requirements::{Cgroup, Outcome, Requirement};
use crate::schema::shape::{RecordShape, Shape};
use crate::sort;
use crate::source::Span;

/// How many writes of a place, and how many facts of each, are pointed at.
const POINTED_AT: usize = 3;

/// The layout of the host's control groups.
pub(super) fn cgroup(facts: &Facts) -> Option<Cgroup> {
    match &facts.host.field(HostField::Cgroup).kind {
        Kind::Text(text) if **text == *"v2" => Some(Cgroup::V2),
        Kind::Text(_) => Some(Cgroup::V1),
        _ => None,
    }
}

/// A report on what was found: an error if any of it refuses the spec.
pub(super) fn told(rendered: &Rendered<'_>, found: &[Finding]) -> Result<Report, Report> {
    let arena = Arena::new();
    let traced = match rendered.provenance() {
        Some(_) => None,
        None => eval::origins(rendered.policy.job(rendered.facts, &arena), rendered.policy.schema()),
    };
    let teller = Teller { rendered, provenance: rendered.provenance().or(traced.as_ref()) };
    let mut diagnostics: Vec<Diagnostic> = found.iter().map(|finding| teller.diagnostic(finding)).collect();
    sort::by_key(&mut diagnostics, |diagnostic| std::cmp::Reverse(diagnostic.severity));
    let report = rendered.policy.report(diagnostics, rendered.facts);
    if report.has_errors() { Err(report) } else { Ok(report) }
}

struct Teller<'r, 'a> {
    rendered: &'r Rendered<'a>,
    /// None if it would have taken too long to tell: then nobody knows what is secret.
    provenance: Option<&'r Provenance>,
}

impl Teller<'_, '_> {
    fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        let Finding { requirement, broken } = finding;
        let code = match requirement.outcome {
            Outcome::Refused => code::REFUSED_BY_RUNTIMES,
            Outcome::Dropped => code::DROPPED_BY_RUNTIMES,
        };
        let message = format!("{}: {}", self.place(broken.at), requirement.says);
        let mut diagnostic = Diagnostic::new(code, message);
        let mut pointed_at: Vec<Span> = Vec::new();
        for spot in std::iter::once(broken.at).chain(broken.beside) {
            if let Some(leaf) = self.leaf(spot) {
                diagnostic = self.label(diagnostic, leaf, "wrote this", &mut pointed_at);
            }
        }
        if let Some(leaf) = broken.lacks.as_ref().and_then(|(slot, key)| self.taken(*slot, key)) {
            let key = leaf.key.as_deref().unwrap_or_default();
            diagnostic = self.label(diagnostic, leaf, &format!("took {key} out"), &mut pointed_at);
        }
        diagnostic.help(help(requirement, code.severity()))
    }

    fn leaf(&self, spot: Spot) -> Option<&Leaf> {
        // Leaves that are present come in the order of the output, one for each element.
        let mut leaves = self.provenance?.slot(spot.slot).filter(|leaf| leaf.present);
        leaves.nth(spot.element.unwrap_or_default())
    }

    /// An element that some rule took out of a collection.
    fn taken(&self, slot: SlotIndex, key: &str) -> Option<&Leaf> {
        let key = eval::show(Value::Text(key));
        self.provenance?.slot(slot).find(|leaf| !leaf.present && leaf.key.as_ref() == Some(&key))
    }

    /// A place as rules spell it, and what is there.
    fn place(&self, spot: Spot) -> String {
        let Some(slot) = output().slot(spot.slot) else { return String::new() };
        let secret = self.leaf(spot).is_none_or(Leaf::is_secret);
        let shown = |text: String| if secret { HIDDEN.to_owned() } else { text };
        let Some((key, value)) = self.value(spot) else { return format!("`{}`", slot.path) };
        let (shape, record) = shapes(slot);
        let field = spot.field.and_then(|name| Some((name, record?.index_of(name)?)));
        let mut place = slot.path.to_owned();
        if let Some(index) = spot.element {
            match (&slot.content, key) {
                (Content::Keyed(_), Some(key)) => place += &format!("[{}]", self.key(spot, key)),
                (Content::Set(_), _) => return format!("`{}` has {}", slot.path, shown(eval::show(value))),
                _ => place += &format!("[{index}]"),
            }
        }
        match (field, value) {
            (Some((name, index)), Value::Record(record)) => match Record::get(record, index) {
                Value::Absent => format!("`{place}.{name}`"),
                value => format!("`{place}.{name}` is {}", shown(eval::show(value))),
            },
            (_, Value::Record(_)) => format!("`{place}`"),
            (_, value) => format!("`{place}` is {}", shown(eval::show_as(value, shape))),
        }
    }

    /// A key, which may be a secret where the value is none.
    fn key(&self, spot: Spot, key: &str) -> String {
        match self.leaf(spot).and_then(|leaf| leaf.key.clone()) {
            Some(key) => key,
            None if self.provenance.is_none() => HIDDEN.to_owned(),
            None => eval::show(Value::Text(key)),
        }
    }

    fn value(&self, spot: Spot) -> Option<(Option<&str>, Value<'_>)> {
        match (self.rendered.draft().slot(spot.slot), spot.element) {
            (Filled::One(value), None) => Some((None, *value)),
            (Filled::Many(values), Some(index)) => values.get(index).map(|value| (None, *value)),
            (Filled::Keyed(entries), Some(index)) => entries.get(index).map(|(key, value)| (Some(*key), *value)),
            _ => None,
        }
    }

    /// Labels the writes that count at a place, and the facts that they were made from.
    fn label(&self, mut diagnostic: Diagnostic, leaf: &Leaf, did: &str, pointed_at: &mut Vec<Span>) -> Diagnostic {
        let mut point = |diagnostic: Diagnostic, span: Span, text: String| {
            if span.is_none() || pointed_at.contains(&span) {
                return diagnostic;
            }
            pointed_at.push(span);
            diagnostic.label(span, text)
        };
        for claim in leaf.origins.iter().take(POINTED_AT) {
            diagnostic = point(diagnostic, claim.statement, format!("`{}` {did}", self.rule(claim)));
            if claim.statement.to(claim.origin) != claim.statement {
                diagnostic = point(diagnostic, claim.origin, "made here".to_owned());
            }
            for fact in claim.facts.iter().take(POINTED_AT) {
                diagnostic = point(diagnostic, fact.span, "from here".to_owned());
            }
        }
        diagnostic
    }

    fn rule(&self, claim: &Claim) -> &str {
        let policy: &Policy = self.rendered.policy;
        policy.rule(claim.rule).map_or("?", |rule| &*rule.name)
    }
}

/// What one value, or one element, of a slot is.
fn shapes(slot: &Slot) -> (Option<&Shape>, Option<&RecordShape>) {
    match &slot.content {
        Content::Value(shape) | Content::Set(shape) | Content::List(shape) => with_record(shape),
        Content::Keyed(keyed) => with_record(&keyed.element),
        Content::DeviceRules(record) => (None, Some(record)),
    }
}

fn with_record(shape: &Shape) -> (Option<&Shape>, Option<&RecordShape>) {
    match shape {
        Shape::Record(record) => (Some(shape), Some(record)),
        _ => (Some(shape), None),
    }
}

/// Who says so, so that it can be looked up.
fn help(requirement: &Requirement, severity: Severity) -> String {
    let (name, sources) = (requirement.name, requirement.sources.join("; "));
    let verb = if severity == Severity::Error { "refused" } else { "dropped" };
    format!("{verb} as `{name}`, see {sources}")
}
