//! Where our JSON and that of an `oci_spec` value differ.

use std::collections::BTreeSet;

use plimsoll::schema::output::{Layout, Slot, output};
use serde_json::Value;

/// The paths that are not the same, as [`LOSSES`](plimsoll::output::spec::LOSSES) spells them.
pub(crate) fn between(mut ours: Value, mut theirs: Value) -> BTreeSet<String> {
    // `HashSet`s come out in any order.
    for spec in [&mut ours, &mut theirs] {
        let sets = spec.pointer_mut("/process/capabilities").and_then(Value::as_object_mut);
        for set in sets.into_iter().flat_map(|sets| sets.values_mut()).filter_map(Value::as_array_mut) {
            set.sort_by_key(Value::to_string);
        }
    }
    let mut found = BTreeSet::new();
    compare("", &ours, &theirs, &mut found);
    found
}

fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut BTreeSet<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for name in ours.keys().chain(theirs.keys()) {
                let path = below(path, name);
                let [ours, theirs] = [ours, theirs].map(|object| object.get(name));
                match (ours, theirs) {
                    (Some(ours), Some(theirs)) => compare(&path, ours, theirs, found),
                    _ => drop(found.insert(path)),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (ours, theirs) in ours.iter().zip(theirs) {
                compare(&format!("{path}[]"), ours, theirs, found);
            }
        }
        _ if ours == theirs => {}
        _ => drop(found.insert(path.to_owned())),
    }
}

fn below(path: &str, name: &str) -> String {
    let map = |slot: &Slot| slot.path == path && slot.layout() == Some(Layout::Map);
    match path {
        "" => name.to_owned(),
        _ if output().slots.iter().any(map) => format!("{path}{{}}"),
        _ => format!("{path}.{name}"),
    }
}
