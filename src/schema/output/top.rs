//! `config.json` itself, in its customary order.

use super::records::{hook, mount};
use super::rows::{NOT_EMPTY, TEXT, keyed, list, map, needed, value};
use super::{linux, process};
use crate::schema::output::{Layout, Slot};
use crate::schema::shape::{Shape, TextForm};

const HOOKS: &str = "config.md#posix-platform-hooks";

/// The whole table.
pub(super) fn slots() -> Vec<Slot> {
    // About as many as there are.
    let mut slots = Vec::with_capacity(100);
    slots.push(needed("ociVersion", NOT_EMPTY, "config.md#specification-version"));
    slots.extend(process::slots());
    slots.extend(machine());
    slots.extend(hooks());
    slots.push(map("annotations", NOT_EMPTY, TEXT, Layout::Map, "config.md#annotations"));
    slots.extend(linux::slots());
    slots.push(map("files", Shape::Text(TextForm::FileName), TEXT, Layout::Beside, ""));
    slots
}

fn machine() -> Vec<Slot> {
    let name = Shape::Text(TextForm::HostName);
    vec![
        needed("root.path", NOT_EMPTY, "config.md#root"),
        value("root.readonly", Shape::Bool, "config.md#root"),
        value("hostname", name.clone(), "config.md#hostname"),
        value("domainname", name, "config.md#domainname"),
        keyed("mounts", &["destination"], &mount(), Layout::ListByDepth, "config.md#mounts"),
    ]
}

fn hooks() -> Vec<Slot> {
    let hook = Shape::Record(hook());
    vec![
        list("hooks.prestart", hook.clone(), HOOKS),
        list("hooks.createRuntime", hook.clone(), HOOKS),
        list("hooks.createContainer", hook.clone(), HOOKS),
        list("hooks.startContainer", hook.clone(), HOOKS),
        list("hooks.poststart", hook.clone(), HOOKS),
        list("hooks.poststop", hook, HOOKS),
    ]
}
