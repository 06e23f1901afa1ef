//! Drafts made from the schema alone: every slot with values of its shape.

use std::collections::BTreeSet;

use plimsoll::eval::draft::{Draft, Filled};
use plimsoll::eval::value::{List, Map, Record, Value};
use plimsoll::schema::output::{Content, KeyPlace, Keyed, Slot, SlotIndex, output};
use plimsoll::schema::shape::{Presence, RecordShape, Shape, TextForm};
use plimsoll::schema::types::Words;

/// How many variants show every word of every vocabulary.
pub(super) const VARIANTS: usize = 42;

/// How much of it there is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Every field of every element.
    Full,
    /// Only the fields that elements must have.
    Required,
    /// Collections without elements; nothing else.
    Empty,
}

/// A draft with some slots and whatever the records that they are in must have.
pub(super) fn draft(chosen: impl IntoIterator<Item = SlotIndex>, variant: usize, extent: Extent) -> Draft<'static> {
    let schema = output();
    let mut chosen: BTreeSet<SlotIndex> = chosen.into_iter().collect();
    chosen.extend(schema.missing(|index| chosen.contains(&index)));
    let fill = |(index, slot)| if chosen.contains(&index) { filled(slot, variant, extent) } else { Filled::Empty };
    Draft { slots: schema.slots.iter().enumerate().map(fill).collect() }
}

/// A draft with every slot.
pub(super) fn everything(variant: usize, extent: Extent) -> Draft<'static> {
    draft(0..output().slots.len(), variant, extent)
}

fn filled(slot: &Slot, variant: usize, extent: Extent) -> Filled<'static> {
    let count = if extent == Extent::Empty { 0 } else { 2 };
    let variants = variant..variant + count;
    match &slot.content {
        Content::Value(shape) if extent == Extent::Empty && !slot.required => match shape {
            Shape::List(_) => Filled::One(Value::List(List::Values(&[]))),
            _ => Filled::Empty,
        },
        Content::Value(shape) => Filled::One(value(shape, variant, extent)),
        Content::Set(shape) | Content::List(shape) => {
            Filled::Many(variants.map(|variant| value(shape, variant, extent)).collect())
        }
        Content::DeviceRules(rule) => Filled::Many(variants.map(|variant| record(rule, variant, extent)).collect()),
        Content::Keyed(keyed) => Filled::Keyed(
            variants.map(|variant| (key(keyed, variant), value(&keyed.element, variant, extent))).collect(),
        ),
    }
}

fn key(keyed: &Keyed, variant: usize) -> &'static str {
    match (&keyed.key, value(&keyed.key_form, variant, Extent::Full)) {
        (KeyPlace::Name, Value::Text(text)) => text,
        _ => "the writers do not look at it",
    }
}

fn value(shape: &Shape, variant: usize, extent: Extent) -> Value<'static> {
    match shape {
        Shape::Bool => Value::Bool(variant.is_multiple_of(2)),
        Shape::Int { min, max } => Value::Int(if variant.is_multiple_of(2) { *max } else { *min }),
        Shape::Text(form) => Value::Text(text(*form, variant)),
        Shape::Words(Words::Closed(closed)) => {
            let word = closed.words.iter().nth(variant % closed.words.len()).unwrap();
            Value::Text(leak(word.to_string()))
        }
        Shape::List(element) => {
            let elements = [variant, variant + 1].map(|variant| value(element, variant, extent));
            Value::List(List::Values(Vec::from(elements).leak()))
        }
        Shape::Map(element) => {
            let entries =
                [variant, variant + 1].map(|variant| (text(TextForm::Any, variant), value(element, variant, extent)));
            Value::Map(Map::Entries(Vec::from(entries).leak()))
        }
        Shape::Record(shape) => record(shape, variant, extent),
        _ => panic!("the output has no {shape:?}"),
    }
}

fn record(shape: &RecordShape, variant: usize, extent: Extent) -> Value<'static> {
    let fields = shape.fields.iter().map(|field| match field.presence {
        Presence::Optional if extent != Extent::Full => Value::Absent,
        _ => value(&field.shape, variant, extent),
    });
    Value::Record(Record::Values(fields.collect::<Vec<_>>().leak()))
}

fn text(form: TextForm, variant: usize) -> &'static str {
    leak(match form {
        TextForm::Any | TextForm::NotEmpty | TextForm::Line => format!("text \"{variant}\""),
        TextForm::AbsolutePath | TextForm::PlainPath | TextForm::CleanPath => format!("/a/path{variant}"),
        TextForm::MountOption => format!("size={variant}"),
        TextForm::VariableName => format!("VARIABLE_{variant}"),
        TextForm::HostName => format!("host{variant}"),
        TextForm::SysctlKey => format!("a.key{variant}"),
        TextForm::FileName => format!("file{variant}"),
        TextForm::DeviceAccess => "rwm".to_owned(),
        TextForm::NumberList => format!("0-3,{}", variant + 5),
        TextForm::BandwidthLine => format!("MB:0={variant}"),
        TextForm::PageSize => format!("{}MB", variant + 1),
    })
}

fn leak(text: String) -> &'static str {
    text.leak()
}
