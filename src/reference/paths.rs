//! Output paths, from the output's schema: types, how writes merge, and the section of the runtime spec.

use super::facts::{described, within};
use super::{Detail, Entry, Part, Section};
use crate::schema::output::{Content, KeyPlace, Keyed, Layout, Slot, output};
use crate::schema::shape::{RecordShape, Shape};

/// Where the runtime spec is read.
const SPEC: &str = "https://github.com/opencontainers/runtime-spec/blob/main/";

pub(super) fn section() -> Section {
    let mut entries = Vec::new();
    for slot in &output().slots {
        entries.push(entry(slot));
        match &slot.content {
            Content::Value(shape) => within(slot.path, shape, 0, &mut entries),
            Content::Set(shape) | Content::List(shape) => elements(slot.path, shape, &mut entries),
            Content::DeviceRules(record) => elements(slot.path, &Shape::Record(record.clone()), &mut entries),
            Content::Keyed(keyed) => elements(slot.path, &keyed.element, &mut entries),
        }
    }
    Section { part: Part::Paths, entries }
}

fn elements(path: &str, element: &Shape, entries: &mut Vec<Entry>) {
    within(&format!("{path}[]"), element, 0, entries);
}

fn entry(slot: &Slot) -> Entry {
    let (mut details, merge) = match &slot.content {
        Content::Value(shape) => (described(shape), "one value: the strongest write wins".to_owned()),
        Content::Set(shape) => {
            (collection(shape), "a set: `+=` and `-=` of single elements; it comes out sorted".to_owned())
        }
        Content::List(shape) => (collection(shape), "a list: `+=` in written order, equal elements once".to_owned()),
        Content::DeviceRules(record) => (collection(&Shape::Record(record.clone())), DEVICE_RULES.to_owned()),
        Content::Keyed(keyed) => (collection(&keyed.element), keys(keyed)),
    };
    details.push(("Merge", Detail::Text(merge)));
    if slot.required {
        details.push(("Presence", Detail::Text("the record that it is in must have it".to_owned())));
    }
    let place = match slot.section {
        "" => Detail::Text("not part of `config.json`: side files of the bundle".to_owned()),
        section => Detail::Link(format!("{SPEC}{section}")),
    };
    details.push(("Spec", place));
    Entry { name: slot.path.to_owned(), summary: String::new(), details, page: String::new() }
}

const DEVICE_RULES: &str = "device rules: they come out as denials of everything, then allows, then the other denials";

fn collection(element: &Shape) -> Vec<(&'static str, Detail)> {
    let mut details = described(element);
    if let Some((name, _)) = details.first_mut() {
        *name = "Elements";
    }
    details
}

fn keys(keyed: &Keyed) -> String {
    let key = match (&keyed.key, &keyed.element) {
        (KeyPlace::Fields(fields), Shape::Record(record)) => format!("by {}", names(fields, record)),
        _ => "by name".to_owned(),
    };
    let order = match keyed.layout {
        Layout::ListByDepth => "those of parents come out first",
        _ => "they come out in the order in which keys were first written",
    };
    format!("elements {key}: the strongest write of each wins whole; {order}")
}

fn names(fields: &[usize], record: &RecordShape) -> String {
    let names = fields.iter().filter_map(|index| record.fields.get(*index)).map(|field| format!("`{}`", field.name));
    names.collect::<Vec<_>>().join(" and ")
}
