//! Facts, from their schema: every path that rules can read, with what a deployment may leave out.

use super::{Detail, Entry, Part, Section};
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::{FactSchema, Root};
use crate::schema::shape::{FieldShape, Presence, RecordShape, Shape};
use crate::schema::types::Words;

const ROOTS: [(&str, Root); 4] =
    [("service", Root::Service), ("container", Root::Container), ("image", Root::Image), ("options", Root::Options)];

/// Records within each other that are followed; the schema has fewer.
const MAX_DEPTH: usize = 32;

pub(super) fn section(schema: &FactSchema) -> Section {
    let mut entries = Vec::new();
    for (name, root) in ROOTS {
        record(name, schema.root(root), 0, &mut entries);
    }
    for (field, doc, shape) in &schema.host {
        let mut details = described(shape);
        if field.may_be_absent() {
            details.push(("Presence", Detail::Text("may be absent".to_owned())));
        }
        let name = format!("host.{}", field.name());
        entries.push(Entry { name, summary: (*doc).to_owned(), details, page: String::new() });
    }
    Section { part: Part::Facts, entries }
}

/// The fields of a record at a path, and what is in them.
pub(super) fn record(path: &str, shape: &RecordShape, depth: usize, entries: &mut Vec<Entry>) {
    for (index, field) in shape.fields.iter().enumerate() {
        let name = format!("{path}.{}", field.name);
        let mut entry = entry(name.clone(), field);
        let tags = shape.tags.iter().filter(|tag| tag.fields.iter().any(|it| it.index == index));
        let tags: Vec<String> = tags.map(|tag| format!("{:?}", tag.tag)).collect();
        if let (Some(tag), false) = (shape.fields.first(), tags.is_empty() || index == 0) {
            let only = format!(
                "`{path}.{}` is {}",
                tag.name,
                tags.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" or ")
            );
            entry.details.push(("Only where", Detail::Text(only)));
        }
        entries.push(entry);
        if depth < MAX_DEPTH {
            within(&name, &field.shape, depth + 1, entries);
        }
    }
}

/// What is below a value, if that is a record or holds some.
pub(super) fn within(path: &str, shape: &Shape, depth: usize, entries: &mut Vec<Entry>) {
    match shape {
        Shape::Record(inner) => record(path, inner, depth, entries),
        Shape::List(element) | Shape::Map(element) if depth < MAX_DEPTH => {
            within(&format!("{path}[]"), element, depth + 1, entries);
        }
        _ => {}
    }
}

fn entry(name: String, field: &FieldShape) -> Entry {
    let mut details = described(&field.shape);
    details.push(("Presence", Detail::Text(presence(&field.presence))));
    if let Some(alias) = &field.alias {
        details.push(("Also", Detail::Code(alias.to_string())));
    }
    Entry { name, summary: field.doc.to_owned(), details, page: String::new() }
}

fn presence(presence: &Presence) -> String {
    match presence {
        Presence::Required => "must be given".to_owned(),
        Presence::Optional => "may be absent".to_owned(),
        Presence::Default(datum) => format!("{} where it is not given", shown(datum)),
        Presence::Nullable(datum) => format!("{} where it is not given, absent where it is `null`", shown(datum)),
    }
}

fn shown(datum: &Datum) -> String {
    match &datum.kind {
        Kind::Absent => "absent".to_owned(),
        Kind::Bool(value) => format!("`{value}`"),
        Kind::Int(value) => format!("`{value}`"),
        Kind::Float(value) => format!("`{value}`"),
        Kind::Text(text) => format!("`{text:?}`"),
        Kind::List(elements) if elements.is_empty() => "an empty list".to_owned(),
        Kind::Map(entries) if entries.is_empty() => "an empty map".to_owned(),
        Kind::List(_) | Kind::Map(_) | Kind::Record(_) => "filled in with its own defaults".to_owned(),
    }
}

/// The type of a value, and all its words or its range where the type does not say them.
pub(super) fn described(shape: &Shape) -> Vec<(&'static str, Detail)> {
    let mut details = vec![("Type", Detail::Code(shape.ty().to_string()))];
    match shape {
        Shape::Words(Words::Closed(closed)) => {
            let words = closed.words.iter().map(|word| format!("{:?}", &**word)).collect();
            details.push(("Words", Detail::Codes(words)));
        }
        Shape::Int { min, max } if *min > i128::from(i64::MIN) || *max < i128::from(i64::MAX) => {
            details.push(("Range", Detail::Text(format!("{min} … {max}"))));
        }
        _ => {}
    }
    details
}
