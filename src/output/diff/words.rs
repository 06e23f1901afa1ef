//! A difference in words: one line, without anything that a terminal would obey.

use super::ChangeKind;
use crate::diagnostics::to_harmless;
use crate::eval::equal;
use crate::eval::value::Value;
use crate::provenance::HIDDEN;
use crate::schema::output::roles::NOUNS;
use crate::schema::output::{Content, KeyPlace, Keyed, Slot};
use crate::schema::shape::{RecordShape, Shape};
use crate::schema::types::Words;

/// Characters of a text.
const TEXT: usize = 80;
/// Characters of all that is said about a value.
const DETAIL: usize = 240;

/// What is said about a difference, in parts: what differs from service to service is said as an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    verb: &'static str,
    /// What an element is called; empty of a value.
    noun: String,
    key: String,
    /// Between the element and its slot.
    joint: &'static str,
    slot: &'static str,
    /// Between the slot and the detail.
    lead: &'static str,
    detail: String,
}

impl Sentence {
    /// What is said about a value or element, which is absent on a side where it is not.
    pub(crate) fn new(slot: &Slot, kind: ChangeKind, key: Option<String>, before: Value<'_>, after: Value<'_>) -> Self {
        let is_element = key.is_some();
        let (verb, joint) = match (kind, is_element) {
            (ChangeKind::Added, true) => ("adds", "to"),
            (ChangeKind::Added, false) => ("sets", ""),
            (ChangeKind::Removed, true) => ("removes", "from"),
            (ChangeKind::Removed, false) => ("unsets", ""),
            (ChangeKind::Changed, _) => ("changes", "of"),
            (ChangeKind::Moved, _) => ("reorders", ""),
        };
        let shape = super::shape_of(&slot.content);
        let (lead, detail) = match &slot.content {
            // The element is its own key.
            Content::Set(_) if is_element => ("", String::new()),
            Content::DeviceRules(_) if is_element && kind != ChangeKind::Changed => ("", String::new()),
            content => detail(kind, is_element, &shape, told_by(content), before, after),
        };
        let noun = if is_element { slot.noun() } else { String::new() };
        Self { verb, noun, key: key.unwrap_or_default(), joint, slot: slot.path, lead, detail: cut(detail, DETAIL) }
    }

    /// A list of which only the order differs, by what tells its elements.
    pub(crate) fn moved(slot: &Slot, before: &[String], after: &[String]) -> Self {
        let detail = format!("from [{}] to [{}]", before.join(", "), after.join(", "));
        let (noun, key) = (String::new(), String::new());
        let (verb, joint, lead) = ("reorders", "", " ");
        Self { verb, noun, key, joint, slot: slot.path, lead, detail: cut(detail, DETAIL) }
    }

    /// What is said about the value.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// On one line. Where keys or details differ from service to service, these are of one of them.
    pub(crate) fn say(&self, keys_vary: bool, details_vary: bool) -> String {
        let Self { verb, noun, key, joint, slot, lead, detail } = self;
        let of = match (noun.is_empty(), keys_vary) {
            (true, _) => format!("{verb} {slot}"),
            (false, true) => format!("{verb} {noun}s such as {key} {joint} {slot}"),
            (false, false) => format!("{verb} {noun} {key} {joint} {slot}"),
        };
        match (detail.is_empty(), details_vary) {
            (true, _) => of,
            (false, true) => format!("{of}, such as {detail}"),
            (false, false) => format!("{of}{lead}{detail}"),
        }
    }
}

impl Slot {
    /// What one of its elements is called.
    pub(crate) fn noun(&self) -> String {
        let of_shape = |shape: &Shape| match shape {
            Shape::Record(record) => Some(record.name.to_string()),
            Shape::Words(Words::Closed(words)) => words.vocabulary.map(|vocabulary| vocabulary.name.to_owned()),
            _ => None,
        };
        let named = NOUNS.iter().find(|(path, _)| *path == self.path);
        named
            .map(|(_, noun)| (*noun).to_owned())
            .or_else(|| of_shape(&super::shape_of(&self.content)))
            .unwrap_or_else(|| "element".to_owned())
    }
}

fn detail(
    kind: ChangeKind,
    is_element: bool,
    shape: &Shape,
    told_by: &[usize],
    before: Value<'_>,
    after: Value<'_>,
) -> (&'static str, String) {
    let plain = |value| show(value, shape);
    match (kind, shape) {
        (ChangeKind::Added, Shape::Record(record)) => (": ", fields(record, told_by, after)),
        (ChangeKind::Removed, Shape::Record(_)) if is_element => ("", String::new()),
        (ChangeKind::Changed, Shape::Record(record)) => (": ", differing(record, before, after)),
        (ChangeKind::Added, _) if is_element => (": ", plain(after)),
        (ChangeKind::Added, _) => (" ", format!("to {}", plain(after))),
        (ChangeKind::Removed, _) => (", which was ", plain(before)),
        (ChangeKind::Changed | ChangeKind::Moved, _) => (" ", from_to(plain(before), plain(after))),
    }
}

/// The fields by which an element is told, which need not be said again.
fn told_by(content: &Content) -> &[usize] {
    match content {
        Content::Keyed(Keyed { key: KeyPlace::Fields(fields), .. }) => fields,
        Content::List(_) => &[0],
        _ => &[],
    }
}

fn from_to(before: String, after: String) -> String {
    format!("from {before} to {after}")
}

/// The fields of a record, by their names.
fn fields(shape: &RecordShape, but: &[usize], value: Value<'_>) -> String {
    let Value::Record(record) = value else { return show(value, &Shape::Json) };
    let all = shape.fields.iter().enumerate().filter(|(index, _)| !but.contains(index));
    let given = all.map(|(index, field)| (field, record.get(index))).filter(|(_, value)| !value.is_absent());
    let named = given.map(|(field, value)| format!("{} {}", field.name, show(value, &field.shape)));
    named.collect::<Vec<_>>().join(", ")
}

/// The fields of two records that differ.
fn differing(shape: &RecordShape, before: Value<'_>, after: Value<'_>) -> String {
    let (Value::Record(old), Value::Record(new)) = (before, after) else {
        return from_to(show(before, &Shape::Json), show(after, &Shape::Json));
    };
    let fields = shape.fields.iter().enumerate().filter_map(|(index, field)| {
        let (a, b) = (old.get(index), new.get(index));
        let how = || members(a, b).unwrap_or_else(|| from_to(show(a, &field.shape), show(b, &field.shape)));
        (!equal(a, b)).then(|| format!("{} {}", field.name, how()))
    });
    let differing: Vec<String> = fields.collect();
    // Only what is not shown differs.
    if differing.is_empty() { from_to(HIDDEN.to_owned(), HIDDEN.to_owned()) } else { differing.join(", ") }
}

/// What a list of texts gains and loses; none where the order of the others differs as well.
fn members(before: Value<'_>, after: Value<'_>) -> Option<String> {
    let texts = |value: Value<'_>| match value {
        Value::List(list) => {
            list.iter().map(|it| if let Value::Text(text) = it { Some(tame(text)) } else { None }).collect()
        }
        _ => None,
    };
    let (before, after): (Vec<String>, Vec<String>) = (texts(before)?, texts(after)?);
    let only = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|text| !other.contains(text)).cloned().collect()
    };
    let (gained, lost) = (only(&after, &before), only(&before, &after));
    let kept = |all: &[String], but: &[String]| -> Vec<String> { only(all, but) };
    if kept(&before, &lost) != kept(&after, &gained) {
        return None;
    }
    let parts = [("gain", gained), ("lose", lost)].map(|(verb, texts)| (verb, texts.join(" ")));
    let parts = parts.iter().filter(|(_, texts)| !texts.is_empty()).map(|(verb, texts)| format!("{verb} {texts}"));
    Some(parts.collect::<Vec<_>>().join(" and "))
}

/// A value, as short as can be told apart.
fn show(value: Value<'_>, shape: &Shape) -> String {
    match (value, shape) {
        (Value::Absent, _) => "nothing".to_owned(),
        (Value::Bool(value), _) => value.to_string(),
        // Permissions are read by threes of bits.
        (Value::Int(value), Shape::Int { max: 0o777, .. }) => format!("0o{value:03o}"),
        (Value::Int(value), _) => value.to_string(),
        (Value::Float(value), _) => value.to_string(),
        (Value::Text(text), _) => tame(text),
        (Value::List(list), shape) => {
            let inner = if let Shape::List(inner) = shape { &**inner } else { &Shape::Json };
            let shown: Vec<String> = list.iter().map(|value| show(value, inner)).collect();
            format!("[{}]", shown.join(", "))
        }
        (Value::Map(map), shape) => {
            let inner = if let Shape::Map(inner) = shape { &**inner } else { &Shape::Json };
            let shown: Vec<String> =
                map.iter().map(|(key, value)| format!("{} {}", tame(key), show(value, inner))).collect();
            format!("{{{}}}", shown.join(", "))
        }
        (Value::Record(_), Shape::Record(record)) => format!("{{{}}}", fields(record, &[], value)),
        (Value::Record(_), _) => "a record".to_owned(),
    }
}

/// A text on one line: in quotes unless it is plain without.
pub(crate) fn tame(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=,@%+*".contains(c);
    match text {
        HIDDEN => HIDDEN.to_owned(),
        _ if !text.is_empty() && text.chars().all(is_plain) => cut(text.to_owned(), TEXT),
        _ => cut(quoted(text), TEXT),
    }
}

/// A text as a JSON string in which nothing hides.
pub(crate) fn quoted(text: &str) -> String {
    to_harmless(&text).trim_end().to_owned()
}

fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// What tells an element: as a path spells it, and as a sentence does.
pub(crate) struct Key {
    /// `SYS_ADMIN`, `"/data"`
    pub(crate) path: String,
    /// `SYS_ADMIN`, `/data`
    pub(crate) said: String,
}

/// What tells the element of a slot: its key, or the element itself, or its first field. `name` is the key under which a
/// keyed collection has it.
pub(crate) fn key_of(slot: &Slot, kind: ChangeKind, name: Option<&str>, element: Value<'_>) -> Key {
    let of_text =
        |text: &str| Key { path: if text == HIDDEN { text.to_owned() } else { quoted(text) }, said: tame(text) };
    let bare = |text: &str| Key { path: text.to_owned(), said: text.to_owned() };
    match (&slot.content, name, element) {
        (Content::Keyed(keyed), Some(name), _) => match keyed.key_form {
            // A pair of numbers has no form of its own.
            Shape::Text(_) if matches!(&keyed.key, KeyPlace::Fields(it) if it.len() > 1) => bare(name),
            Shape::Text(_) => of_text(name),
            _ => bare(name),
        },
        (Content::DeviceRules(shape), _, Value::Record(_)) => device_rule(shape, kind, element),
        (Content::Set(Shape::Words(_)), _, Value::Text(word)) => bare(word),
        (Content::List(Shape::Record(_)), _, Value::Record(record)) => match record.get(0) {
            Value::Text(text) => of_text(text),
            other => bare(&cut(show(other, &Shape::Json), TEXT)),
        },
        (_, _, Value::Text(text)) => of_text(text),
        (_, _, other) => bare(&show(other, &Shape::Json)),
    }
}

/// `c 1:3 rwm`, `deny a *:* rwm`: as the kernel's device cgroup spells it, without the access where that is what changes.
fn device_rule(shape: &RecordShape, kind: ChangeKind, element: Value<'_>) -> Key {
    let Value::Record(rule) = element else { return Key { path: String::new(), said: String::new() } };
    let field = |name: &str| shape.index_of(name).map_or(Value::Absent, |index| rule.get(index));
    let or = |value: Value<'_>, other: &str| match value {
        Value::Absent => other.to_owned(),
        value => show(value, &Shape::Json),
    };
    let deny = if matches!(field("allow"), Value::Bool(true)) { "" } else { "deny " };
    let numbers = format!("{}:{}", or(field("major"), "*"), or(field("minor"), "*"));
    let access = if kind == ChangeKind::Changed { String::new() } else { or(field("access"), "") };
    let text = format!("{deny}{} {numbers} {access}", or(field("type"), "a")).trim_end().to_owned();
    Key { path: text.clone(), said: text }
}
