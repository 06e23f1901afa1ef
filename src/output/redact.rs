//! A draft without what is secret: it can be shown and kept where the spec itself cannot.

use crate::eval::Arena;
use crate::eval::draft::{Draft, Filled};
use crate::eval::value::{List, Map, Record, Value};
use crate::provenance::{HIDDEN, Leaf, Provenance};

/// The same draft with [`HIDDEN`] in place of every text of a value or element that was made from a secret or from a
/// variable of the host. Its provenance tells which those are.
#[must_use]
pub fn redact<'a>(draft: &Draft<'a>, provenance: &Provenance, arena: &'a Arena) -> Draft<'a> {
    let slots = draft.slots.iter().enumerate().map(|(slot, filled)| {
        // Leaves that are present come in the order of the output, one for each element.
        let mut leaves = provenance.slot(slot).filter(|leaf| leaf.present);
        let mut part =
            |value: &Value<'a>| if leaves.next().is_some_and(Leaf::is_secret) { hide(*value, arena) } else { *value };
        match filled {
            Filled::Empty => Filled::Empty,
            Filled::One(value) => Filled::One(part(value)),
            Filled::Many(values) => Filled::Many(values.iter().map(part).collect()),
            Filled::Keyed(entries) => Filled::Keyed(entries.iter().map(|(key, value)| (*key, part(value))).collect()),
        }
    });
    Draft { slots: slots.collect() }
}

/// A value with other texts. Its depth is that of a shape of the output.
pub(crate) fn hide<'a>(value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    let bump = arena.bump();
    match value {
        Value::Text(_) => Value::Text(HIDDEN),
        Value::List(list) => {
            let hidden: Vec<Value<'a>> = list.iter().map(|element| hide(element, arena)).collect();
            Value::List(List::Values(bump.alloc_slice_copy(&hidden)))
        }
        Value::Map(map) => {
            let hidden: Vec<(&str, Value<'a>)> = map.iter().map(|(key, value)| (key, hide(value, arena))).collect();
            Value::Map(Map::Entries(bump.alloc_slice_copy(&hidden)))
        }
        Value::Record(record) => {
            let hidden: Vec<Value<'a>> = (0..record.len()).map(|index| hide(record.get(index), arena)).collect();
            Value::Record(Record::Values(bump.alloc_slice_copy(&hidden)))
        }
        other => other,
    }
}
