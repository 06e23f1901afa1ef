//! Constructors for the tables: each row is one line that reads like the deployment's documentation.

use std::sync::Arc;

use crate::facts::datum::{Datum, Kind};
use crate::schema::shape::{FieldShape, Presence, Quantity, RecordShape, Shape, TagField, TagShape, TextForm};
use crate::schema::types::Words;

pub(super) const BOOL: Shape = Shape::Bool;
pub(super) const FLOAT: Shape = Shape::Float;
pub(super) const U8: Shape = Shape::U8;
pub(super) const U16: Shape = Shape::U16;
pub(super) const U32: Shape = Shape::U32;
pub(super) const U64: Shape = Shape::U64;
pub(super) const TEXT: Shape = Shape::TEXT;
/// Text of which the empty one counts as absent.
pub(super) const FILLED: Shape = Shape::Text(TextForm::NotEmpty);
pub(super) const VERBATIM: Shape = Shape::Quantity(Quantity::Verbatim);
pub(super) const MEMORY: Shape = Shape::Quantity(Quantity::Memory);
pub(super) const TMPFS_SIZE: Shape = Shape::Quantity(Quantity::TmpfsSize);
pub(super) const FILE_MODE: Shape = Shape::Quantity(Quantity::FileMode);
pub(super) const DURATION: Shape = Shape::Quantity(Quantity::Duration);

pub(super) const REQUIRED: Presence = Presence::Required;
pub(super) const OPTIONAL: Presence = Presence::Optional;

/// One row of a table.
pub(super) fn field(name: &'static str, shape: Shape, presence: Presence, doc: &'static str) -> FieldShape {
    FieldShape { name: name.into(), alias: None, shape, presence, doc }
}

/// A field that has another name as well.
pub(super) fn alias(name: &'static str, field: FieldShape) -> FieldShape {
    FieldShape { alias: Some(name.into()), ..field }
}

/// A list that is empty where it is not given.
pub(super) fn list(name: &'static str, element: Shape, doc: &'static str) -> FieldShape {
    field(name, Shape::list(element), default(Kind::List([].into())), doc)
}

/// A map that is empty where it is not given.
pub(super) fn map(name: &'static str, value: Shape, doc: &'static str) -> FieldShape {
    field(name, Shape::map(value), default(Kind::map([])), doc)
}

/// One of some words; the first where it is not given.
pub(super) fn choice(name: &'static str, words: &[&'static str], doc: &'static str) -> FieldShape {
    field(name, one_of(words), words.first().map_or(REQUIRED, |word| default_text(word)), doc)
}

/// A record that is filled from its own fields' defaults where it is not given.
pub(super) fn group(name: &'static str, fields: Vec<FieldShape>, doc: &'static str) -> FieldShape {
    let record = record(name, fields);
    let presence = Presence::Default(record.defaults());
    field(name, Shape::Record(Arc::new(record)), presence, doc)
}

/// A record that may be absent.
pub(super) fn optional_group(name: &'static str, fields: Vec<FieldShape>, doc: &'static str) -> FieldShape {
    field(name, record_of(name, fields), OPTIONAL, doc)
}

pub(super) fn one_of(words: &[&'static str]) -> Shape {
    Shape::Words(Words::of(words.iter().copied()))
}

pub(super) fn record(name: &'static str, fields: Vec<FieldShape>) -> RecordShape {
    RecordShape { name: name.into(), fields, tags: Vec::new() }
}

pub(super) fn record_of(name: &'static str, fields: Vec<FieldShape>) -> Shape {
    Shape::Record(Arc::new(record(name, fields)))
}

/// A record whose first field decides which of the others there are. A name that several tags have is one
/// field of one type; its presence and its spelling may differ.
pub(super) fn tagged(
    name: &'static str,
    tag: &'static str,
    doc: &'static str,
    tags: Vec<(&'static str, Vec<FieldShape>)>,
) -> Shape {
    let words: Vec<_> = tags.iter().map(|(word, _)| *word).collect();
    let mut fields = vec![field(tag, one_of(&words), REQUIRED, doc)];
    let mut shapes = Vec::new();
    for (word, own) in tags {
        let mut placed = Vec::new();
        for mut row in own {
            let presence = std::mem::replace(&mut row.presence, OPTIONAL);
            let shape = row.shape.clone();
            let index = fields.iter().position(|f| f.name == row.name).unwrap_or_else(|| {
                fields.push(row);
                fields.len() - 1
            });
            placed.push(TagField { index, shape, presence });
        }
        shapes.push(TagShape { tag: word.into(), fields: placed });
    }
    Shape::Record(Arc::new(RecordShape { name: name.into(), fields, tags: shapes }))
}

pub(super) const fn default(kind: Kind) -> Presence {
    Presence::Default(Datum::new(kind))
}

pub(super) const fn default_bool(value: bool) -> Presence {
    default(Kind::Bool(value))
}

pub(super) const fn default_int(value: i128) -> Presence {
    default(Kind::Int(value))
}

pub(super) fn default_text(value: &str) -> Presence {
    Presence::Default(Datum::text(value))
}

pub(super) const fn default_seconds(value: f64) -> Presence {
    default(Kind::Float(value))
}

/// The values of a record in the order of its fields.
pub(super) fn values(values: impl IntoIterator<Item = Kind>) -> Datum {
    Datum::new(Kind::Record(values.into_iter().map(Datum::new).collect()))
}
