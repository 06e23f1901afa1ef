//! One change of one service: what was, what is, in words, what it means.

use super::constants::Constants;
use super::items::ChangeId;
use super::{Change, ChangeKind, Risk, risk};
use crate::eval::draft::{Draft, Filled};
use crate::eval::value::{List, Value};
use crate::eval::{Arena, equal};
use crate::output::diff::{Difference, Key, Sentence, element, key_of, shape_of};
use crate::output::json;
use crate::output::redact::hide;
use crate::provenance::HIDDEN;
use crate::schema::output::{Content, Slot, SlotIndex};
use crate::schema::shape::{RecordShape, Shape};

/// A change of one service.
#[derive(Debug)]
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
pub(super) struct Told {
    pub(super) cause: Option<ChangeId>,
    /// Whether key, old and new value are not to be shown.
    pub(super) hidden: [bool; 3],
}

impl Finding {
    /// What a difference between two drafts is.
    pub(super) fn new(
        difference: &Difference,
        told: Told,
        slot: &'static Slot,
        drafts: [&Draft<'_>; 2],
        constants: &Constants,
    ) -> Self {
        if difference.kind == ChangeKind::Moved {
            return Self::moved(difference, told, slot, drafts);
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
        let skeleton = skeleton(constants, slot, name, key.as_ref(), &shape, [before, after]);
        let json = |value: Value<'_>| (!value.is_absent()).then(|| json::to_json(&shape, value));
        let path = key.as_ref().map_or_else(|| slot.path.to_owned(), |key| format!("{}[{}]", slot.path, key.path));
        let sentence = Sentence::new(slot, kind, key.map(|key| key.said), before, after);
        let says = sentence.say(false, false);
        let change = Change { slot: slot.path, path, kind, before: json(before), after: json(after), says };
        let other = if kind == ChangeKind::Added { old } else { new };
        let rule = if kind == ChangeKind::Added { after } else { before };
        let risk = if is_covered(slot, kind, rule, other) { risk::covered() } else { risk::of(&change) };
        Self { cause: told.cause, slot: index, change, sentence, risk, skeleton }
    }

    /// A list in another order.
    fn moved(difference: &Difference, told: Told, slot: &'static Slot, drafts: [&Draft<'_>; 2]) -> Self {
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
        Self { cause: told.cause, slot: difference.slot, change, sentence, risk, skeleton: String::new() }
    }
}

/// What of a change the rules say.
fn skeleton(
    constants: &Constants,
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
        _ if key.path.starts_with('"') || key.path == HIDDEN => constants.has(name.unwrap_or(&key.said)),
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
            constants.skeleton(shape, value, is_theirs, &mut skeleton);
        } else {
            skeleton.push(if value.is_absent() { '-' } else { '+' });
        }
    }
    skeleton
}

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
