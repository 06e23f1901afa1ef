//! The table itself.

use std::collections::BTreeSet;
use std::fmt::Write;

use plimsoll::schema::output::{Content, Found, KeyPlace, Layout, Slot, output};
use plimsoll::schema::shape::{FieldShape, Presence, Shape};
use plimsoll::schema::types::{Type, Words};

#[test]
fn the_table() {
    let mut text = String::new();
    for slot in &output().slots {
        let section = if slot.section.is_empty() { "(not in config.json)" } else { slot.section };
        let required = if slot.required { "!" } else { "" };
        writeln!(text, "{}{required} {}\n    {}: {}", slot.path, section, kind(slot), show(&element(slot), 8)).unwrap();
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/output"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("table", text) });
}

#[test]
fn every_path_is_found_where_it_is() {
    let mut seen = BTreeSet::new();
    for (index, slot) in output().slots.iter().enumerate() {
        let segments: Vec<&str> = slot.path.split('.').collect();
        assert!(seen.insert(slot.path), "{} is there twice", slot.path);
        assert!(matches!(output().find(&segments), Some(Found::Slot(found)) if found == index), "{}", slot.path);
        for depth in 0..segments.len() {
            let Some(Found::Record(node)) = output().find(&segments[..depth]) else { panic!("{}", slot.path) };
            assert!(node.slots.contains(&index));
            assert!(node.names().any(|name| name == segments[depth]));
        }
    }
    assert!(output().find(&["linux", "cpu"]).is_none());
    assert!(output().find(&["hostname", "length"]).is_none());
}

#[test]
fn records_know_all_slots_below_them() {
    let Some(Found::Record(cpu)) = output().find(&["linux", "resources", "cpu"]) else { panic!() };
    let paths: Vec<&str> = output().slots[cpu.slots.clone()].iter().map(|slot| slot.path).collect();
    assert!(paths.iter().all(|path| path.starts_with("linux.resources.cpu.")));
    assert_eq!(paths.len(), 9);
    assert_eq!(cpu.members.len(), 9);
}

#[test]
fn what_is_missing_depends_on_what_is_there() {
    let missing = |path: &str| -> Vec<&str> {
        let written = |index: usize| output().slots[index].path == path;
        output().missing(written).into_iter().map(|index| output().slots[index].path).collect()
    };
    assert_eq!(missing(""), ["ociVersion", "root.path"]);
    assert_eq!(missing("root.readonly"), ["ociVersion", "root.path"]);
    assert_eq!(missing("linux.resources.cpu.quota"), ["ociVersion", "root.path"]);
    assert_eq!(missing("linux.seccomp.flags"), ["ociVersion", "root.path", "linux.seccomp.defaultAction"]);
    assert_eq!(
        missing("process.ioPriority.class"),
        [
            "ociVersion",
            "process.user.uid",
            "process.user.gid",
            "process.cwd",
            "process.ioPriority.priority",
            "root.path"
        ]
    );
}

#[test]
fn keys_are_required_fields_and_sections_are_named() {
    for slot in &output().slots {
        let section = slot.section.starts_with("config.md#") || slot.section.starts_with("config-linux.md#");
        assert!(section || slot.layout() == Some(Layout::Beside), "{}", slot.path);
        if let Content::Keyed(keyed) = &slot.content
            && let KeyPlace::Fields(fields) = &keyed.key
        {
            let Shape::Record(record) = &keyed.element else { panic!("{}", slot.path) };
            assert!(!fields.is_empty(), "{}", slot.path);
            for field in fields {
                assert!(matches!(record.fields[*field].presence, Presence::Required), "{}", slot.path);
            }
        }
    }
}

#[test]
fn invariants_read_maps_lists_and_optional_values() {
    let read = |path: &str| {
        let slot = output().slots.iter().find(|slot| slot.path == path).unwrap();
        (slot.read_type(), slot.read_optional())
    };
    assert_eq!(read("hostname"), (Type::STRING, true));
    assert_eq!(read("process.args"), (Type::list(Type::STRING), true));
    assert_eq!(read("process.env"), (Type::map(Type::STRING), false));
    assert_eq!(read("linux.maskedPaths"), (Type::list(Type::STRING), false));
    let (Type::Map(mount), false) = read("mounts") else { panic!() };
    let Type::Record(mount) = &*mount else { panic!() };
    let fields: Vec<_> = mount.fields.iter().map(|field| (&*field.name, field.optional)).collect();
    assert_eq!(fields[..3], [("destination", false), ("type", true), ("source", true)]);
    assert!(matches!(read("linux.resources.devices"), (Type::List(rule), false) if matches!(*rule, Type::Record(_))));
}

fn kind(slot: &Slot) -> String {
    match &slot.content {
        Content::Value(_) => "one value".to_owned(),
        Content::Set(_) => "set".to_owned(),
        Content::List(_) => "list".to_owned(),
        Content::DeviceRules(_) => "device rules".to_owned(),
        Content::Keyed(keyed) => {
            let layout = match keyed.layout {
                Layout::Map => "a map",
                Layout::Assignments => "assignments",
                Layout::List => "a list",
                Layout::ListByDepth => "a list by depth",
                Layout::Beside => "side files",
            };
            match (&keyed.key, &keyed.element) {
                (KeyPlace::Fields(fields), Shape::Record(record)) => {
                    let names: Vec<&str> = fields.iter().map(|field| &*record.fields[*field].name).collect();
                    format!("keyed by {}, {layout}", names.join(" and "))
                }
                _ => format!("keyed by name ({}), {layout}", show(&keyed.key_form, 8)),
            }
        }
    }
}

fn element(slot: &Slot) -> Shape {
    match &slot.content {
        Content::Value(shape) | Content::Set(shape) | Content::List(shape) => shape.clone(),
        Content::DeviceRules(rule) => Shape::Record(rule.clone()),
        Content::Keyed(keyed) => keyed.element.clone(),
    }
}

fn show(shape: &Shape, indent: usize) -> String {
    match shape {
        Shape::Int { min, max } => format!("{min}..={max}"),
        Shape::Text(form) => format!("{form:?}"),
        Shape::Words(Words::Closed(closed)) => {
            closed.vocabulary.map_or("words", |vocabulary| vocabulary.name).to_owned()
        }
        Shape::List(element) => format!("list of {}", show(element, indent)),
        Shape::Record(record) => {
            let field = |field: &FieldShape| {
                let optional = if matches!(field.presence, Presence::Required) { "" } else { "?" };
                format!("\n{:indent$}{}{optional}: {}", "", field.name, show(&field.shape, indent + 4))
            };
            record.fields.iter().map(field).fold(record.name.to_string(), |text, field| text + &field)
        }
        other => format!("{other:?}"),
    }
}
