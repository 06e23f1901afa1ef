//! Device nodes that no rule allows for some service, and rules that allow what other rules always deny again.
//!
//! Denials of everything come out before what is allowed, all other denials after it.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{Expr, ExprId};
use crate::schema::output::roles::NODES;
use crate::schema::output::{Content, Keyed};
use crate::schema::shape::{RecordShape, Shape};

use super::Policy;
use super::claim::{Part, constant};
use super::solve::{Condition, Question};
use super::survey::{Claim, Element, Survey};

/// At most so many pairs of a node and a rule, or of two rules, are looked at.
const VISITS: usize = 200_000;
/// The rules that may allow a node, above which nothing is said.
const RULES: usize = 32;

/// What is known of a field.
#[derive(Clone, Copy, Debug)]
enum Field<'p> {
    Absent,
    Is(&'p Datum),
    /// What this expression is, by its canonical one.
    Same(ExprId),
    Unknown,
}

impl<'p> Field<'p> {
    fn of(datum: &'p Datum) -> Self {
        if datum.is_absent() { Self::Absent } else { Self::Is(datum) }
    }

    fn text(self) -> Option<&'p str> {
        if let Self::Is(Datum { kind: Kind::Text(text), .. }) = self { Some(text) } else { None }
    }

    fn int(self) -> Option<i128> {
        if let Self::Is(Datum { kind: Kind::Int(value), .. }) = self { Some(*value) } else { None }
    }

    /// Whether both are the same for certain.
    fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Is(a), Self::Is(b)) => a.kind == b.kind,
            (Self::Same(a), Self::Same(b)) => a == b,
            _ => false,
        }
    }
}

/// A node, or a rule.
struct Device<'c, 'p> {
    claim: &'c Claim<'p>,
    element: &'c Element<'p>,
    allow: Field<'p>,
    kind: Field<'p>,
    major: Field<'p>,
    minor: Field<'p>,
    access: Field<'p>,
}

impl Device<'_, '_> {
    fn allows(&self) -> bool {
        !matches!(self.allow, Field::Is(Datum { kind: Kind::Bool(false), .. }))
    }

    fn denies(&self) -> bool {
        matches!(self.allow, Field::Is(Datum { kind: Kind::Bool(false), .. }))
    }

    fn is_of_any_kind(&self) -> bool {
        matches!(self.kind, Field::Absent) || self.kind.text() == Some(NODES.any)
    }

    /// Whether a rule is about everything.
    fn is_total(&self) -> bool {
        self.is_of_any_kind() && matches!((self.major, self.minor), (Field::Absent, Field::Absent))
    }

    /// Whether a rule may be about a node of this type and these numbers.
    fn may_concern(&self, kind: &str, major: i128, minor: i128) -> bool {
        let fits = |field: Field<'_>, number: i128| field.int().is_none_or(|it| it == number);
        let of_kind = self.is_of_any_kind() || self.kind.text().is_none_or(|it| it == kind);
        of_kind && fits(self.major, major) && fits(self.minor, minor)
    }

    /// Whether it takes back all that another rule allows.
    fn takes_back(&self, other: &Self) -> bool {
        let covers = |all: Field<'_>, it: Field<'_>| matches!(all, Field::Absent) || all.is_same(it);
        let access = match (self.access.text(), other.access.text()) {
            (Some(all), Some(some)) => some.chars().all(|letter| all.contains(letter)),
            _ => false,
        };
        self.denies()
            && !self.is_total()
            && access
            && (self.is_of_any_kind() || self.kind.is_same(other.kind))
            && covers(self.major, other.major)
            && covers(self.minor, other.minor)
    }
}

impl<'p> Policy<'p> {
    pub(super) fn devices(&self, survey: &Survey<'p>, found: &mut IndexSet<Diagnostic>) {
        let (nodes, rules) = (self.read_devices(survey, NODES.nodes), self.read_devices(survey, NODES.rules));
        if rules.is_empty() {
            return;
        }
        let most = VISITS / rules.len();
        for node in self.bounded(&nodes, most) {
            self.at.set(node.claim.span);
            found.extend(self.not_allowed(survey, node, &rules));
        }
        // What may be taken out or replaced may be the denial.
        if self.slot(NODES.rules).and_then(|slot| survey.slots.get(&slot)).is_some_and(|slot| slot.loses) {
            return;
        }
        let denials: Vec<_> = rules.iter().filter(|it| it.denies() && !it.is_total() && it.claim.sure).collect();
        let allowed: Vec<_> = rules.iter().filter(|it| matches!(it.allow, Field::Is(_)) && it.allows()).collect();
        let most = VISITS / denials.len().max(1);
        for rule in self.bounded(&allowed, most) {
            self.at.set(rule.claim.span);
            found.extend(self.taken_back(rule, &denials));
        }
    }

    fn read_devices<'c>(&self, survey: &'c Survey<'p>, path: &str) -> Vec<Device<'c, 'p>> {
        let Some((slot, content)) = self.slot(path).and_then(|at| Some((at, &self.output.slots.get(at)?.content)))
        else {
            return Vec::new();
        };
        let shape: &RecordShape = match content {
            Content::DeviceRules(shape) => shape,
            Content::Keyed(Keyed { element: Shape::Record(shape), .. }) => shape,
            _ => return Vec::new(),
        };
        let elements = survey.slots.get(&slot).into_iter().flat_map(|slot| &slot.parts);
        let device = |element: &'c Element<'p>| {
            let field = |name: &str| match shape.index_of(name) {
                Some(index) => self.field(element.part, index),
                None => Field::Absent,
            };
            let (allow, kind, access) = (field("allow"), field("type"), field("access"));
            let (major, minor) = (field("major"), field("minor"));
            Device { claim: &element.claim, element, allow, kind, major, minor, access }
        };
        elements.map(device).collect()
    }

    /// A field of an element.
    fn field(&self, part: Part<'p>, index: usize) -> Field<'p> {
        let of = |id: &ExprId| match constant(self.program, *id) {
            Some(datum) => Field::of(datum),
            None if self.has_locals(*id) => Field::Unknown,
            None => Field::Same(self.canonical(*id)),
        };
        let field = match part {
            Part::Constant(Datum { kind: Kind::Record(values), .. }) => values.get(index).map(Field::of),
            Part::Constant(_) => None,
            Part::Expr(id) => match self.program.exprs.get(id.index()) {
                Some(Expr::Record(fields)) => fields.get(index).map(of),
                _ => None,
            },
        };
        field.unwrap_or(Field::Unknown)
    }

    /// The finding of a node that is there for some service where everything is denied and nothing allows it.
    fn not_allowed(&self, survey: &Survey<'p>, node: &Device<'_, 'p>, rules: &[Device<'_, 'p>]) -> Option<Diagnostic> {
        let place = node.element.place.as_ref()?;
        let (kind, major, minor) = (node.kind.text()?, node.major.int()?, node.minor.int()?);
        let (_, kind) = NODES.types.iter().find(|(of_node, _)| *of_node == kind)?;
        let supplied =
            |it: &(&str, i128, Option<i128>)| it.0 == *kind && it.1 == major && it.2.is_none_or(|it| it == minor);
        if !node.claim.sure || NODES.supplied.iter().any(supplied) {
            return None;
        }
        let allowing: Vec<&Claim<'p>> = (rules.iter())
            .filter(|rule| rule.allows() && rule.may_concern(kind, major, minor))
            .map(|rule| rule.claim)
            .chain(survey.slots.get(&self.slot(NODES.rules)?).into_iter().flat_map(|slot| &slot.opaque))
            .collect();
        let mut fail: IndexSet<Arc<[Condition]>> = IndexSet::new();
        for rule in &allowing {
            let known = self.known(rule);
            if known.is_empty() {
                return None;
            }
            if fail.len() > RULES {
                self.give_up();
                return None;
            }
            fail.insert(known.into());
        }
        let fail: Vec<_> = fail.into_iter().chain(survey.stronger(place, node.claim)).collect();
        let closed = rules.iter().filter(|rule| rule.denies() && rule.is_total() && rule.claim.sure);
        let models = closed.clone().take(RULES).find_map(|closed| {
            let hold = node.claim.conditions.iter().chain(closed.claim.conditions.iter());
            let over = survey.stronger(closed.element.place.as_ref()?, closed.claim);
            let fail: Vec<_> = fail.iter().cloned().chain(over).collect();
            self.models(&hold.copied().collect::<Vec<_>>(), &fail, &survey.denials).ok()
        });
        if models.is_none() && closed.clone().nth(RULES).is_some() {
            self.give_up();
        }
        let models = models?;
        let claim = node.claim;
        let shown = place.shown.as_deref().unwrap_or_default();
        let diagnostic =
            Diagnostic::new(code::NODE_NOT_ALLOWED, format!("no rule of `{}` allows the node {shown}", NODES.rules))
                .label(claim.span, self.told(claim, "makes the node"));
        let diagnostic = match allowing.iter().find(|rule| rule.certain) {
            Some(rule) => diagnostic.label(rule.span, self.told(rule, "may allow it")),
            None => diagnostic,
        };
        let rule = format!("{{ allow: true, type: {kind:?}, major: {major}, minor: {minor}, access: \"rw\" }}");
        Some(self.can_be(diagnostic, &format!("add `{} += {rule}` beside it", NODES.rules), &[claim], &models))
    }

    /// The finding of a rule whose every case some denial takes back.
    fn taken_back(&self, rule: &Device<'_, 'p>, denials: &[&Device<'_, 'p>]) -> Option<Diagnostic> {
        let by = denials.iter().filter(|it| it.claim.layer <= rule.claim.layer && it.takes_back(rule));
        let by: Vec<&&Device<'_, 'p>> = by.take(RULES + 1).collect();
        let (by, more) = by.split_at(by.len().min(RULES));
        let first = by.first()?;
        let (question, hold) = (Question { policy: self, switches: true }, self.known(rule.claim));
        let fail: Vec<Arc<[Condition]>> = by.iter().map(|it| Arc::clone(&it.claim.conditions)).collect();
        let never = |fail: &[Arc<[Condition]>]| question.never(hold.iter().copied(), fail);
        if !never(&fail) {
            if !more.is_empty() {
                self.give_up();
            }
            return None;
        }
        if never(&[]) {
            return None;
        }
        let message = format!("what `{}` allows in `{}` is denied again", rule.claim.rule.name, NODES.rules);
        let told = Diagnostic::new(code::ALLOW_TAKEN_BACK, message)
            .label(rule.claim.span, self.told(rule.claim, "allows it"))
            .label(first.claim.span, self.told(first.claim, "denies it"));
        Some(told.help("denials of less than everything come after all that is allowed, wherever they are written: take one of the two out"))
    }
}
