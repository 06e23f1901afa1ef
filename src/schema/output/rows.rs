//! What the rows of the tables are made with.

use std::sync::Arc;

use crate::schema::output::{Content, KeyPlace, Keyed, Layout, Slot};
use crate::schema::shape::{FieldShape, Presence, RecordShape, Shape, TextForm};
use crate::schema::types::Vocabulary;

/// A user or group id; 2^32−1 means "leave it" to the kernel.
pub(super) const ID: Shape = int(0, u32::MAX as i128 - 1);
/// 12 bits, as in the kernel's dev_t.
pub(super) const MAJOR: Shape = int(0, 0xfff);
/// 20 bits, as in the kernel's dev_t.
pub(super) const MINOR: Shape = int(0, 0xf_ffff);
/// 0 … 2^63−1
pub(super) const NATURAL: Shape = int(0, i64::MAX as i128);
/// A limit, or −1 for none.
pub(super) const LIMIT: Shape = int(-1, i64::MAX as i128);
pub(super) const TEXT: Shape = Shape::TEXT;
pub(super) const NOT_EMPTY: Shape = Shape::Text(TextForm::NotEmpty);
pub(super) const ABSOLUTE: Shape = Shape::Text(TextForm::AbsolutePath);
pub(super) const PLAIN: Shape = Shape::Text(TextForm::PlainPath);
pub(super) const CLEAN: Shape = Shape::Text(TextForm::CleanPath);
pub(super) const NUMBERS: Shape = Shape::Text(TextForm::NumberList);
pub(super) const LINE: Shape = Shape::Text(TextForm::Line);

pub(super) const fn int(min: i128, max: i128) -> Shape {
    Shape::Int { min, max }
}

pub(super) fn word(vocabulary: &'static Vocabulary) -> Shape {
    Shape::words(vocabulary)
}

pub(super) fn words(vocabulary: &'static Vocabulary) -> Shape {
    Shape::list(word(vocabulary))
}

/// One value.
pub(super) fn value(path: &'static str, shape: Shape, section: &'static str) -> Slot {
    Slot { path, content: Content::Value(shape), required: false, section }
}

/// One value that its record must have.
pub(super) fn needed(path: &'static str, shape: Shape, section: &'static str) -> Slot {
    Slot { required: true, ..value(path, shape, section) }
}

/// Values without order.
pub(super) fn set(path: &'static str, shape: Shape, section: &'static str) -> Slot {
    Slot { path, content: Content::Set(shape), required: false, section }
}

/// Values in written order.
pub(super) fn list(path: &'static str, shape: Shape, section: &'static str) -> Slot {
    Slot { path, content: Content::List(shape), required: false, section }
}

/// Rules about devices.
pub(super) fn device_rules(path: &'static str, rule: &Arc<RecordShape>, section: &'static str) -> Slot {
    Slot { path, content: Content::DeviceRules(rule.clone()), required: false, section }
}

/// Values by name.
pub(super) fn map(path: &'static str, key_form: Shape, element: Shape, layout: Layout, section: &'static str) -> Slot {
    let keyed = Keyed { element, key: KeyPlace::Name, key_form, layout };
    Slot { path, content: Content::Keyed(keyed), required: false, section }
}

/// Records by some of their fields, which are required.
pub(super) fn keyed(
    path: &'static str,
    key: &[&str],
    record: &Arc<RecordShape>,
    layout: Layout,
    section: &'static str,
) -> Slot {
    let fields: Vec<usize> = key.iter().filter_map(|name| record.index_of(name)).collect();
    let key_form = match fields.as_slice() {
        [one] => record.fields.get(*one).map_or(TEXT, |field| field.shape.clone()),
        _ => TEXT,
    };
    let keyed = Keyed { element: Shape::Record(record.clone()), key: KeyPlace::Fields(fields), key_form, layout };
    Slot { path, content: Content::Keyed(keyed), required: false, section }
}

/// The shape of an element.
pub(super) fn record(name: &'static str, fields: impl Into<Vec<FieldShape>>) -> Arc<RecordShape> {
    Arc::new(RecordShape { name: name.into(), fields: fields.into(), tags: Vec::new() })
}

/// A field that an element must have.
pub(super) fn must(name: &'static str, shape: Shape, doc: &'static str) -> FieldShape {
    FieldShape { name: name.into(), alias: None, shape, presence: Presence::Required, doc }
}

/// A field that an element may have.
pub(super) fn may(name: &'static str, shape: Shape, doc: &'static str) -> FieldShape {
    FieldShape { presence: Presence::Optional, ..must(name, shape, doc) }
}
