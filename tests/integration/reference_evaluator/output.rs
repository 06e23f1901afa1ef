//! The part of the output that generated policies write: what each slot takes, and how it comes out.

use std::cmp::Ordering;

use serde_json::{Map as Object, Value as Json, json};

use super::expressions::{Result, order, put};
use super::merge::{Filled, Merged};
use super::value::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    One,
    Set,
    /// By name; as `NAME=value` where it is the environment.
    Map,
    /// Records by the field of this name.
    Keyed(&'static str),
    Rules,
    List,
}

pub(super) struct Slot {
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    /// What becomes of a value, or of an element, or of a value of a map.
    pub(super) fits: fn(&Value) -> Result<Value>,
    /// The same of a name.
    names: fn(&Value) -> Result<Value>,
}

const fn slot(path: &'static str, kind: Kind, fits: fn(&Value) -> Result<Value>) -> Slot {
    Slot { path, kind, fits, names: any }
}

pub(super) static SLOTS: &[Slot] = &[
    slot("ociVersion", Kind::One, any),
    slot("process.user.uid", Kind::One, any),
    slot("process.user.gid", Kind::One, any),
    slot("process.args", Kind::One, any),
    Slot { names: variable, ..slot("process.env", Kind::Map, any) },
    slot("process.cwd", Kind::One, any),
    slot("process.capabilities.bounding", Kind::Set, capability),
    slot("process.capabilities.effective", Kind::Set, capability),
    slot("process.rlimits", Kind::Keyed("type"), any),
    slot("process.apparmorProfile", Kind::One, any),
    slot("process.oomScoreAdj", Kind::One, score),
    slot("root.path", Kind::One, any),
    slot("root.readonly", Kind::One, any),
    slot("hostname", Kind::One, host),
    Slot { names: clean, ..slot("mounts", Kind::Keyed("destination"), mount) },
    slot("hooks.poststop", Kind::List, hook),
    Slot { names: not_empty, ..slot("annotations", Kind::Map, any) },
    slot("linux.resources.devices", Kind::Rules, any),
    slot("linux.resources.cpu.shares", Kind::One, natural),
    slot("linux.resources.cpu.quota", Kind::One, any),
    slot("linux.maskedPaths", Kind::Set, absolute),
];

fn any(value: &Value) -> Result<Value> {
    Ok(value.clone())
}

fn text_that(value: &Value, holds: impl Fn(&str) -> bool) -> Result<Value> {
    match value {
        Value::Text(text) if holds(text) => Ok(value.clone()),
        Value::Text(_) => Err("P0603"),
        other => panic!("{other:?} is no text"),
    }
}

fn variable(value: &Value) -> Result<Value> {
    text_that(value, |text| !text.is_empty() && !text.contains('='))
}

fn not_empty(value: &Value) -> Result<Value> {
    text_that(value, |text| !text.is_empty())
}

fn absolute(value: &Value) -> Result<Value> {
    text_that(value, |text| text.starts_with('/'))
}

fn clean(value: &Value) -> Result<Value> {
    let value = absolute(value)?;
    let text = value.print();
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.is_empty() || parts.contains(&"..") {
        return Err("P0603");
    }
    Ok(Value::Text(format!("/{}", parts.join("/"))))
}

fn host(value: &Value) -> Result<Value> {
    let is_label = |label: &str| {
        let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && label.chars().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    text_that(value, |text| text.len() <= 64 && text.split('.').all(is_label))
}

fn number(value: &Value, from: i128, to: i128) -> Result<Value> {
    match value {
        Value::Int(number) if (from..=to).contains(number) => Ok(value.clone()),
        Value::Int(_) => Err("P0604"),
        other => panic!("{other:?} is no number"),
    }
}

fn score(value: &Value) -> Result<Value> {
    number(value, -1000, 1000)
}

fn natural(value: &Value) -> Result<Value> {
    number(value, 0, u64::MAX.into())
}

fn capability(value: &Value) -> Result<Value> {
    let text = value.print();
    Ok(Value::text(text.strip_prefix("CAP_").unwrap_or(&text)))
}

fn mount(value: &Value) -> Result<Value> {
    if let Value::List(options) = value.get("options") {
        for option in &options {
            text_that(option, |text| !text.is_empty() && !text.contains(','))?;
        }
    }
    Ok(value.clone())
}

fn hook(value: &Value) -> Result<Value> {
    absolute(&value.get("path"))?;
    Ok(value.clone())
}

/// The key that a slot knows an element by: what it is removed by.
pub(super) fn key(slot: &Slot, given: &Value) -> Result<Value> {
    match slot.kind {
        Kind::Map | Kind::Keyed(_) => (slot.names)(given),
        _ => (slot.fits)(given),
    }
}

/// An element with its key in it.
pub(super) fn keyed(slot: &Slot, given: &Value, value: Value) -> Result<(Value, Value)> {
    let key = key(slot, given)?;
    let value = (slot.fits)(&value)?;
    match (slot.kind, value) {
        (Kind::Keyed(field), Value::Map(mut fields)) => {
            put(&mut fields, field.to_owned(), key.clone());
            fields.sort();
            Ok((key, Value::Map(fields)))
        }
        (_, value) => Ok((key, value)),
    }
}

/// The elements of what is written to a whole slot.
pub(super) fn elements(slot: &Slot, value: Value) -> Vec<Result<(Value, Value)>> {
    match (slot.kind, value) {
        (Kind::Map, Value::Map(entries)) => {
            entries.into_iter().map(|(name, value)| keyed(slot, &Value::Text(name), value)).collect()
        }
        (_, Value::List(values)) => values.into_iter().map(|value| element(slot, value)).collect(),
        (_, value) => vec![element(slot, value)],
    }
}

fn element(slot: &Slot, value: Value) -> Result<(Value, Value)> {
    match slot.kind {
        Kind::Keyed(field) => keyed(slot, &value.get(field), value),
        _ => {
            let mut value = (slot.fits)(&value)?;
            if let Value::Map(fields) = &mut value {
                fields.sort();
            }
            Ok((value.clone(), value))
        }
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Only so that the fields of a record have one order.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        format!("{self:?}").cmp(&format!("{other:?}"))
    }
}

/// The slot's values in the order in which they come out.
pub(super) fn ordered(path: &str, filled: &Filled) -> Vec<usize> {
    let mut all: Vec<usize> = (0..filled.values.len()).collect();
    let value = |at: &usize| &filled.values[*at].1;
    let slot = SLOTS.iter().find(|slot| slot.path == path).expect("a slot");
    match slot.kind {
        Kind::Set => all.sort_by(|a, b| order(value(a), value(b))),
        Kind::Keyed("destination") => {
            all.sort_by_key(|at| filled.values[*at].0.print().split('/').filter(|part| !part.is_empty()).count());
        }
        Kind::Rules => all.sort_by_key(|at| {
            let rule = value(at);
            let all = rule.get("type") == Value::Absent && rule.get("major") == Value::Absent;
            match rule.get("allow") {
                Value::Bool(true) => 1,
                _ if all => 0,
                _ => 2,
            }
        }),
        _ => {}
    }
    all
}

/// Whether something is not there that the spec requires.
pub(super) fn is_missing_something(merged: &Merged) -> bool {
    let required = ["ociVersion", "process.cwd", "process.user.uid", "process.user.gid", "root.path"];
    required.into_iter().any(|path| merged.get(path).is_none())
}

/// As it stands in `config.json`.
pub(super) fn json(merged: &Merged) -> Json {
    let mut spec = json!({});
    for (path, filled) in &merged.slots {
        let slot = SLOTS.iter().find(|slot| slot.path == *path).expect("a slot");
        let order = ordered(path, filled);
        let entries = order.iter().map(|at| (&filled.values[*at].0, &filled.values[*at].1));
        let value = match slot.kind {
            Kind::One => entries.map(|(_, value)| value.json()).next().expect("one value"),
            Kind::Map if *path == "process.env" => {
                entries.map(|(name, value)| json!(format!("{}={}", name.print(), value.print()))).collect()
            }
            Kind::Map => {
                Json::Object(entries.map(|(name, value)| (name.print(), value.json())).collect::<Object<_, _>>())
            }
            Kind::Set if path.starts_with("process.capabilities") => {
                entries.map(|(_, value)| json!(format!("CAP_{}", value.print()))).collect()
            }
            _ => entries.map(|(_, value)| value.json()).collect(),
        };
        let mut place = &mut spec;
        for name in path.split('.') {
            place = &mut place[name];
        }
        *place = value;
    }
    spec
}

/// As invariants read it: collections are there even if nothing was written, keyed ones are maps.
pub(super) fn as_read(merged: &Merged) -> Value {
    let mut spec = Value::Map(Vec::new());
    for slot in SLOTS {
        let filled = merged.get(slot.path);
        let order = filled.map(|filled| ordered(slot.path, filled)).unwrap_or_default();
        let entries =
            order.iter().filter_map(|at| Some(&filled?.values[*at])).map(|(key, value, _)| (key, value.clone()));
        let value = match slot.kind {
            Kind::One => entries.map(|(_, value)| value).next().unwrap_or(Value::Absent),
            Kind::Map | Kind::Keyed(_) => Value::Map(entries.map(|(key, value)| (key.print(), value)).collect()),
            _ => Value::List(entries.map(|(_, value)| value).collect()),
        };
        place(&mut spec, slot.path, value);
    }
    spec
}

fn place(record: &mut Value, path: &str, value: Value) {
    let Value::Map(fields) = record else { panic!("a path through a value") };
    let Some((name, rest)) = path.split_once('.') else { return fields.push((path.to_owned(), value)) };
    if !fields.iter().any(|(other, _)| other == name) {
        fields.push((name.to_owned(), Value::Map(Vec::new())));
    }
    let (_, inner) = fields.iter_mut().find(|(other, _)| other == name).expect("it was put there");
    place(inner, rest, value);
}
