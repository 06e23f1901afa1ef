//! A draft as rows read it. What differs from render to render is noticed when it is read, and counts as nothing.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::LazyLock;

use indexmap::IndexMap;

use super::{AskCgroup, Broken, Slots, Spot};
use crate::eval::draft::Filled;
use crate::eval::value::{List, Record, Value};
use crate::schema::output::{Content, SlotIndex, output};
use crate::schema::requirements::{At, Cgroup};
use crate::schema::shape::{RecordShape, Shape};

pub(super) struct View<'v, 'a> {
    slots: &'v dyn Slots<'a>,
    cgroup: AskCgroup<'v>,
    /// Whether something was read that the next render may have otherwise.
    noticed: Cell<bool>,
}

/// Where the slots are.
static NUMBERS: LazyLock<IndexMap<&'static str, SlotIndex>> =
    LazyLock::new(|| output().slots.iter().enumerate().map(|(number, slot)| (slot.path, number)).collect());

/// What rows read of a collection or value.
pub(super) struct Elements<'v, 'a> {
    pub(super) slot: SlotIndex,
    filled: Cow<'v, Filled<'a>>,
    shape: Option<&'static RecordShape>,
}

impl<'v, 'a> View<'v, 'a> {
    pub(super) fn new(slots: &'v dyn Slots<'a>, cgroup: AskCgroup<'v>) -> Self {
        Self { slots, cgroup, noticed: Cell::new(false) }
    }

    /// Whether something was noticed since this was asked last.
    pub(super) fn took_notice(&self) -> bool {
        self.noticed.take()
    }

    pub(super) fn cgroup(&self) -> Option<Cgroup> {
        self.noticed.set(true);
        (self.cgroup)()
    }

    /// What is at a path; nothing if the output has no such path.
    pub(super) fn at(&self, path: &str) -> Option<Elements<'v, 'a>> {
        let slot = *NUMBERS.get(path)?;
        let shape = match &output().slot(slot)?.content {
            Content::DeviceRules(shape) => Some(&**shape),
            Content::Value(shape) | Content::Set(shape) | Content::List(shape) => record(shape),
            Content::Keyed(keyed) => record(&keyed.element),
        };
        Some(Elements { slot, filled: self.slots.filled(slot), shape })
    }

    /// A value that may differ from render to render.
    pub(super) fn read(&self, value: Value<'a>) -> Value<'a> {
        match value {
            Value::Text(text) if text.starts_with('\0') => {
                self.noticed.set(true);
                Value::Absent
            }
            value => value,
        }
    }

    pub(super) fn text(&self, value: Value<'a>) -> Option<&'a str> {
        if let Value::Text(text) = self.read(value) { Some(text) } else { None }
    }

    pub(super) fn int(&self, value: Value<'a>) -> Option<i128> {
        if let Value::Int(number) = self.read(value) { Some(number) } else { None }
    }

    /// The elements of a value that is a list.
    pub(super) fn list(&self, value: Value<'a>) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let list = if let Value::List(list) = self.read(value) { list } else { List::Values(&[]) };
        list.iter()
    }

    /// Whether a value says something: not false, nor empty, nor, if that is asked, 0.
    pub(super) fn counts(&self, value: Value<'a>, zero: bool) -> bool {
        match self.read(value) {
            Value::Absent | Value::Bool(false) | Value::Text("") => false,
            Value::Int(0) => zero,
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.is_empty(),
            _ => true,
        }
    }

    /// The value of a place in the spec, or in an element of the collection that it is about.
    pub(super) fn value(&self, at: At, element: Option<(&Elements<'_, 'a>, Value<'a>)>) -> (Option<Spot>, Value<'a>) {
        let Some(own) = self.at(at.path) else { return (None, Value::Absent) };
        match (at.field, element) {
            (None, _) => (Some(own.spot(None)), own.one()),
            (Some(field), Some((elements, element))) if elements.slot == own.slot => {
                (Some(own.spot(None)), elements.field(element, field))
            }
            _ => (None, Value::Absent),
        }
    }
}

fn record(shape: &'static Shape) -> Option<&'static RecordShape> {
    if let Shape::Record(record) = shape { Some(record) } else { None }
}

impl<'a> Elements<'_, 'a> {
    /// Whether anything is there; an empty collection is nothing.
    pub(super) fn is_filled(&self) -> bool {
        match &*self.filled {
            Filled::Empty | Filled::One(Value::Absent | Value::Bool(false)) => false,
            Filled::One(_) => true,
            Filled::Many(values) => !values.is_empty(),
            Filled::Keyed(entries) => !entries.is_empty(),
        }
    }

    /// A single value.
    pub(super) fn one(&self) -> Value<'a> {
        if let Filled::One(value) = &*self.filled { *value } else { Value::Absent }
    }

    /// The elements in order; a name is only there where it is a map's.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &'a str, Value<'a>)> {
        let (values, entries): (&[Value<'a>], &[(&'a str, Value<'a>)]) = match &*self.filled {
            Filled::Many(values) => (values, &[]),
            Filled::Keyed(entries) => (&[], entries),
            _ => (&[], &[]),
        };
        let all = values.iter().map(|value| ("", *value)).chain(entries.iter().copied());
        all.enumerate().map(|(index, (key, value))| (index, key, value))
    }

    /// A field of an element.
    pub(super) fn field(&self, element: Value<'a>, name: &str) -> Value<'a> {
        let index = self.shape.and_then(|shape| shape.index_of(name));
        match (element, index) {
            (Value::Record(record), Some(index)) => Record::get(record, index),
            _ => Value::Absent,
        }
    }

    pub(super) fn spot(&self, element: Option<usize>) -> Spot {
        Spot { slot: self.slot, element, field: None }
    }

    /// The first of what is there.
    pub(super) fn first(&self) -> Spot {
        self.spot(self.iter().next().map(|(index, ..)| index))
    }
}

impl Spot {
    pub(super) fn field(self, field: Option<&'static str>) -> Self {
        Self { field, ..self }
    }

    pub(super) const fn alone(self) -> Broken {
        self.beside(None)
    }

    pub(super) const fn beside(self, other: Option<Spot>) -> Broken {
        Broken { at: self, beside: other, lacks: None }
    }

    /// For want of an element of a collection.
    pub(super) fn lacking(self, collection: &Elements<'_, '_>, element: &str) -> Broken {
        Broken { lacks: Some((collection.slot, element.into())), ..self.alone() }
    }
}
