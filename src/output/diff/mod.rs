//! The semantic difference of two drafts: what of a container's spec is there, gone, or another, whatever the order in
//! which it is written where order means nothing.
//!
//! - Sets are compared by their members, keyed collections by their keys: an element whose fields differ is one difference.
//! - Device rules are a set as well: they come out as denials of everything, allows, other denials, and none of a kind
//!   changes what another of that kind does. A rule of which only the access differs is one difference.
//! - Lists are in an order that means something. An element is the same wherever it stands; that those which are on both
//!   sides stand in another order is a difference of its own.
//! - All else is one value, the lists in it included.

mod pairs;
mod words;

use serde::Serialize;

use crate::eval::draft::{Draft, Filled};
use crate::eval::equal;
use crate::eval::value::Value;
use crate::schema::output::{Content, OutputSchema, SlotIndex};
use crate::schema::shape::Shape;

pub(crate) use words::{Key, Sentence, key_of};

/// What happens to a value or element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is there and was not.
    Added,
    /// It was there and is not.
    Removed,
    /// It is another.
    Changed,
    /// It is the same in another place of an order that means something.
    Moved,
}

/// A difference of one value or element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Difference {
    /// Where.
    pub slot: SlotIndex,
    /// What happens.
    pub kind: ChangeKind,
    /// Of an element, where it was among those of its slot; none of what is about the whole slot.
    pub old: Option<usize>,
    /// Where it is now.
    pub new: Option<usize>,
}

/// What differs between two drafts, in the order of the schema; in a slot what was there first, then what is new, then
/// the order.
#[must_use]
pub fn compare(old: &Draft<'_>, new: &Draft<'_>, schema: &OutputSchema) -> Vec<Difference> {
    let mut found = Vec::new();
    for (slot, described) in schema.slots.iter().enumerate() {
        of_slot(slot, &described.content, old.slot(slot), new.slot(slot), &mut found);
    }
    found
}

fn of_slot(slot: SlotIndex, content: &Content, old: &Filled<'_>, new: &Filled<'_>, found: &mut Vec<Difference>) {
    let whole = |kind| Difference { slot, kind, old: None, new: None };
    match (old, new) {
        (Filled::Empty, Filled::Empty) => {}
        (Filled::One(a), Filled::One(b)) => found.extend((!equal(*a, *b)).then(|| whole(ChangeKind::Changed))),
        (Filled::Empty, Filled::One(_)) => found.push(whole(ChangeKind::Added)),
        (Filled::One(_), Filled::Empty) => found.push(whole(ChangeKind::Removed)),
        _ => {
            let before = found.len();
            pairs::of_collection(slot, content, old, new, found);
            // One that is empty is not one that is not there.
            if found.len() == before {
                match (old, new) {
                    (Filled::Empty, _) => found.push(whole(ChangeKind::Added)),
                    (_, Filled::Empty) => found.push(whole(ChangeKind::Removed)),
                    _ => {}
                }
            }
        }
    }
}

/// The shape of a value or of an element.
pub(crate) fn shape_of(content: &Content) -> Shape {
    match content {
        Content::Value(shape) | Content::Set(shape) | Content::List(shape) => shape.clone(),
        Content::DeviceRules(rule) => Shape::Record(rule.clone()),
        Content::Keyed(keyed) => keyed.element.clone(),
    }
}

/// The element of a slot at an index; of none, the slot's one value.
pub(crate) fn element<'a>(filled: &Filled<'a>, index: Option<usize>) -> Value<'a> {
    match (filled, index) {
        (Filled::One(value), _) => *value,
        (Filled::Many(values), Some(index)) => values.get(index).copied().unwrap_or_default(),
        (Filled::Keyed(entries), Some(index)) => entries.get(index).map_or(Value::Absent, |(_, value)| *value),
        _ => Value::Absent,
    }
}
