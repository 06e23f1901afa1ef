//! One service under both policies: what differs, and which item of the rules is behind it.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use super::causes::{Causes, Leaves};
use super::constants::Constants;
use super::items::ChangeId;
use super::{Change, ChangeKind, Risk, risk};
use crate::diagnostics::{Report, Severity, code};
use crate::digest;
use crate::eval::draft::{Draft, Filled};
use crate::eval::value::{List, Value};
use crate::eval::{Arena, equal};
use crate::explanation::{self, Line};
use crate::facts::Facts;
use crate::ir::Effect;
use crate::output::diff::{self, Difference, Key, Sentence, element, key_of, shape_of};
use crate::output::json::{self, Style};
use crate::output::redact::hide;
use crate::policy::{Policy, Rendered};
use crate::provenance::{HIDDEN, Leaf};
use crate::schema::output::{Content, Layout, Slot, SlotIndex, output};
use crate::schema::shape::{RecordShape, Shape};

/// Differences of services that were decided alike of which the cause is kept.
const MOST_KNOWN: usize = 1 << 16;

/// What comes of a service.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Same,
    Changed(Vec<Finding>),
    /// One side refuses it, or both.
    Refused(Refusal),
    /// Neither side has facts of it.
    Unread(Vec<String>),
}

/// What refuses a service on each side; nothing where it is rendered.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
    pub(super) place: Option<Line>,
}

/// A change of one service.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) cause: Option<ChangeId>,
    pub(super) slot: SlotIndex,
    pub(super) change: Change,
    pub(super) sentence: Sentence,
    pub(super) risk: Risk,
    /// What of it the rules say: changes in which that is the same are one.
    pub(super) skeleton: String,
}

/// What a look at the origins of a difference tells.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    cause: Option<ChangeId>,
    /// Whether key, old and new value are not to be shown.
    hidden: [bool; 3],
}

/// A difference of all services that went these ways, one of each policy.
type Known = (usize, usize, Difference);

pub(super) struct Comparer<'p> {
    pub(super) causes: Causes<'p>,
    constants: Constants,
    /// Whether rules write what is not part of the JSON.
    beside: bool,
    known: RwLock<BTreeMap<Known, Told>>,
}

/// A service as both sides have it.
struct Both<'a> {
    facts: [&'a Facts; 2],
    arena: &'a Arena,
    rendered: [&'a Rendered<'a>; 2],
}

impl<'p> Comparer<'p> {
    pub(super) fn new(causes: Causes<'p>) -> Self {
        let programs = [causes.old.policy.program(), causes.new.policy.program()];
        let is_beside = |slot: SlotIndex| output().slot(slot).is_some_and(|slot| slot.layout() == Some(Layout::Beside));
        let mut effects = programs.iter().flat_map(|program| &program.effects);
        let beside = effects.any(|effect| matches!(effect, Effect::Write(write) if is_beside(write.slot)));
        Self { constants: Constants::of(programs), causes, beside, known: RwLock::default() }
    }

    /// Renders a service by both policies and compares what comes out. `output` is the digest of what the old one made of
    /// it once.
    pub(super) fn service(&self, facts: [&Facts; 2], output: Option<&str>, arena: &Arena) -> Outcome {
        let [old, new] = [self.causes.old.policy, self.causes.new.policy];
        let [was, is] = facts;
        let written = |policy: &'p Policy, facts| {
            let rendered = policy.render(facts, arena)?;
            let json = rendered.json(Style::Compact)?;
            Ok((rendered, json))
        };
        let sides: [Result<(Rendered<'_>, Vec<u8>), Report>; 2] = [written(old, was), written(new, is)];
        if let ([Ok((_, json)), _], Some(output)) = (&sides, output)
            && digest::sha256(json) != output
        {
            let message = "what the recorded rules make of the recorded request is not what was recorded";
            return Outcome::Unread(vec![format!("{}: {message}", code::BAD_RECORD)]);
        }
        match &sides {
            [Ok((before, old_json)), Ok((after, new_json))] => {
                if old_json == new_json && (!self.beside || before.files().eq(after.files())) {
                    return Outcome::Same;
                }
                self.rendered(&Both { facts, arena, rendered: [before, after] })
            }
            [before, after] => {
                let reports = [before.as_ref().err(), after.as_ref().err()];
                let place = |(report, policy): (Option<&Report>, &Policy)| place(report?, policy);
                let [before, after] = reports;
                let place = [(after, new), (before, old)].into_iter().find_map(place);
                let reasons =
                    |report: Option<&Report>| report.map(|report| report.told(Severity::Error)).unwrap_or_default();
                Outcome::Refused(Refusal { before: reasons(before), after: reasons(after), place })
            }
        }
    }

    fn rendered(&self, both: &Both<'_>) -> Outcome {
        let [before, after] = both.rendered.map(Rendered::draft);
        let differences = diff::compare(before, after, output());
        if differences.is_empty() {
            return Outcome::Same;
        }
        let told = self.told(both, &differences);
        let findings = differences.iter().zip(told).filter_map(|(difference, told)| {
            let slot = output().slot(difference.slot)?;
            Some(self.finding(difference, told, slot, [before, after]))
        });
        Outcome::Changed(findings.collect())
    }

    /// What is behind each difference: as it is for services that were decided alike, or found out.
    fn told(&self, both: &Both<'_>, differences: &[Difference]) -> Vec<Told> {
        let [was, is] = both.rendered.map(Rendered::way);
        let ways = was.zip(is);
        if let Some((was, is)) = ways {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let all: Option<Vec<Told>> =
                differences.iter().map(|difference| known.get(&(was, is, *difference)).copied()).collect();
            if let Some(all) = all {
                return all;
            }
        }
        let told = self.traced(both, differences);
        if let Some((was, is)) = ways {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            // The order of a list is more than where it is.
            let kept = differences.iter().zip(&told).filter(|(difference, _)| difference.kind != ChangeKind::Moved);
            for (difference, told) in kept {
                if known.len() < MOST_KNOWN {
                    known.insert((was, is, *difference), *told);
                }
            }
        }
        told
    }

    fn traced(&self, both: &Both<'_>, differences: &[Difference]) -> Vec<Told> {
        let [was, is] = both.facts;
        let traced = [self.causes.old.policy.trace(was, both.arena), self.causes.new.policy.trace(is, both.arena)];
        let [Ok(before), Ok(after)] = &traced else { return vec![HIDES; differences.len()] };
        let [Some(old), Some(new)] = [before, after].map(Rendered::provenance) else {
            return vec![HIDES; differences.len()];
        };
        let (old, new) = (Leaves::new(old), Leaves::new(new));
        differences.iter().map(|difference| self.look(difference, &old, &new)).collect()
    }

    fn look(&self, difference: &Difference, old: &Leaves<'_>, new: &Leaves<'_>) -> Told {
        let Difference { slot, kind, old: at, new: to } = *difference;
        let cause = self.causes.of(difference, old, new);
        if kind == ChangeKind::Moved {
            let any = |leaves: &Leaves<'_>| leaves.present(slot).any(Leaf::is_secret);
            return Told { cause, hidden: [false, any(old), any(new)] };
        }
        let leaf = |leaves: &Leaves<'_>, index: Option<usize>| -> Option<(bool, bool)> {
            let leaf = if index.is_some() || (at.is_none() && to.is_none()) { leaves.at(slot, index) } else { None }?;
            Some((leaf.key.as_deref() == Some(HIDDEN), leaf.is_secret()))
        };
        let [was, is] = [leaf(old, at), leaf(new, to)].map(Option::unwrap_or_default);
        Told { cause, hidden: [was.0 || is.0, was.1, is.1] }
    }

    fn finding(&self, difference: &Difference, told: Told, slot: &'static Slot, drafts: [&Draft<'_>; 2]) -> Finding {
        if difference.kind == ChangeKind::Moved {
            return self.moved(difference, told, slot, drafts);
        }
        let arena = Arena::new();
        let Difference { kind, old: at, new: to, slot: index } = *difference;
        let [hides_key, hides_old, hides_new] = told.hidden;
        let [old, new] = drafts.map(|draft| draft.slot(index));
        let (before, after) = (part(old, at, to.is_some()), part(new, to, at.is_some()));
        let masked = |value, hides: bool| if hides { hide(value, &arena) } else { value };
        let (before, after) = (masked(before, hides_old), masked(after, hides_new));
        let is_element = at.is_some() || to.is_some();
        let name = name_of(new, to).or_else(|| name_of(old, at)).map(|name| if hides_key { HIDDEN } else { name });
        let key = is_element.then(|| {
            let shown = if to.is_some() { after } else { before };
            key_of(slot, kind, name, if hides_key { hide(shown, &arena) } else { shown })
        });
        let shape = if is_element { shape_of(&slot.content) } else { shape_of_whole(&slot.content) };
        let skeleton = self.skeleton(slot, name, key.as_ref(), &shape, [before, after]);
        let json = |value: Value<'_>| (!value.is_absent()).then(|| json::to_json(&shape, value));
        let path = key.as_ref().map_or_else(|| slot.path.to_owned(), |key| format!("{}[{}]", slot.path, key.path));
        let sentence = Sentence::new(slot, kind, key.map(|key| key.said), before, after);
        let says = sentence.say(false, false);
        let change = Change { slot: slot.path, path, kind, before: json(before), after: json(after), says };
        let other = if kind == ChangeKind::Added { old } else { new };
        let rule = if kind == ChangeKind::Added { after } else { before };
        let risk = if is_covered(slot, kind, rule, other) { risk::covered() } else { risk::of(&change) };
        Finding { cause: told.cause, slot: index, change, sentence, risk, skeleton }
    }

    fn skeleton(
        &self,
        slot: &Slot,
        name: Option<&str>,
        key: Option<&Key>,
        shape: &Shape,
        values: [Value<'_>; 2],
    ) -> String {
        let mut skeleton = String::new();
        let own = |key: &Key| match slot.content {
            // Words are nobody's, and a rule about a device is told by its numbers.
            Content::Set(Shape::Words(_)) | Content::DeviceRules(_) => true,
            _ if key.path.starts_with('"') || key.path == HIDDEN => self.constants.has(name.unwrap_or(&key.said)),
            _ => true,
        };
        let is_theirs = key.is_none_or(own);
        match key {
            Some(key) if is_theirs => skeleton.push_str(&key.path),
            Some(_) => skeleton.push('*'),
            None => {}
        }
        for value in values {
            skeleton.push('\t');
            // Of an element without a name, the key is told already.
            if name.is_some() || key.is_none() || !matches!(slot.content, Content::Set(_)) {
                self.constants.skeleton(shape, value, is_theirs, &mut skeleton);
            } else {
                skeleton.push(if value.is_absent() { '-' } else { '+' });
            }
        }
        skeleton
    }

    /// A list in another order.
    fn moved(&self, difference: &Difference, told: Told, slot: &'static Slot, drafts: [&Draft<'_>; 2]) -> Finding {
        let arena = Arena::new();
        let [_, hides_old, hides_new] = told.hidden;
        let side = |draft: &Draft<'_>, hides: bool| {
            let Filled::Many(values) = draft.slot(difference.slot) else {
                return (Vec::new(), serde_json::Value::Null);
            };
            let shown: Vec<Value<'_>> =
                values.iter().map(|value| if hides { hide(*value, &arena) } else { *value }).collect();
            let keys = shown.iter().map(|value| key_of(slot, difference.kind, None, *value).said).collect::<Vec<_>>();
            let shape = shape_of_whole(&slot.content);
            let list = Value::List(List::Values(&shown));
            (keys, json::to_json(&shape, list))
        };
        let [old, new] = drafts;
        let ((was, before), (is, after)) = (side(old, hides_old), side(new, hides_new));
        let sentence = Sentence::moved(slot, &was, &is);
        let (before, after) = (Some(before), Some(after));
        let says = sentence.say(false, false);
        let change = Change { slot: slot.path, path: slot.path.to_owned(), kind: difference.kind, before, after, says };
        let risk = risk::of(&change);
        Finding { cause: told.cause, slot: difference.slot, change, sentence, risk, skeleton: String::new() }
    }
}

/// Nothing is known: neither where it comes from nor whether it may be shown.
const HIDES: Told = Told { cause: None, hidden: [true; 3] };

/// An element, or where neither side has one the whole collection; absent where the other side has an element and this one
/// has none.
fn part<'a>(filled: &Filled<'a>, at: Option<usize>, other: bool) -> Value<'a> {
    match (filled, at) {
        (Filled::Many(_) | Filled::Keyed(_), None) if !other => Value::List(List::Values(&[])),
        _ => element(filled, at),
    }
}

/// Whether what a device rule allows is allowed on the other side, by a rule about more devices.
fn is_covered(slot: &Slot, kind: ChangeKind, rule: Value<'_>, other: &Filled<'_>) -> bool {
    let (Content::DeviceRules(shape), Filled::Many(others)) = (&slot.content, other) else { return false };
    let allows = |rule: Value<'_>| matches!(field_of(shape, rule, "allow"), Value::Bool(true));
    let ways = |rule: Value<'_>| match field_of(shape, rule, "access") {
        Value::Text(text) => text.to_owned(),
        _ => "rwm".to_owned(),
    };
    let covers = |wide: Value<'_>| {
        let numbers = ["major", "minor"].iter().all(|name| {
            let number = field_of(shape, wide, name);
            number.is_absent() || equal(number, field_of(shape, rule, name))
        });
        let kinds = matches!(field_of(shape, wide, "type"), Value::Absent | Value::Text("a"))
            || equal(field_of(shape, wide, "type"), field_of(shape, rule, "type"));
        allows(wide) && numbers && kinds && ways(rule).chars().all(|way| ways(wide).contains(way))
    };
    matches!(kind, ChangeKind::Added | ChangeKind::Removed) && allows(rule) && others.iter().any(|wide| covers(*wide))
}

fn field_of<'v>(shape: &RecordShape, record: Value<'v>, name: &str) -> Value<'v> {
    match (record, shape.index_of(name)) {
        (Value::Record(record), Some(index)) => record.get(index),
        _ => Value::Absent,
    }
}

/// The shape of all that a slot holds.
fn shape_of_whole(content: &Content) -> Shape {
    match content {
        Content::Value(shape) => shape.clone(),
        other => Shape::list(shape_of(other)),
    }
}

fn name_of<'a>(filled: &Filled<'a>, at: Option<usize>) -> Option<&'a str> {
    match filled {
        Filled::Keyed(entries) => entries.get(at?).map(|(name, _)| *name),
        _ => None,
    }
}

/// The statement that refuses.
fn place(report: &Report, policy: &Policy) -> Option<Line> {
    let errors = report.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.flat_map(|diagnostic| &diagnostic.labels).find_map(|label| explanation::code(policy.sources(), label.span))
}
