//! Demands about mounts.

use super::Broken;
use super::view::{Elements, View};
use crate::eval::value::Value;
use crate::schema::requirements::{BIND, FLAGS};

/// The mounts of which something is wrong: which field, if it is one.
fn those<'v, 'a>(
    view: &View<'v, 'a>,
    field: Option<&'static str>,
    wrong: impl Fn(&Elements<'v, 'a>, Value<'a>) -> bool,
) -> Vec<Broken> {
    let Some(mounts) = view.at("mounts") else { return Vec::new() };
    let all = mounts.iter().filter(|(.., mount)| wrong(&mounts, *mount));
    all.map(|(index, ..)| mounts.spot(Some(index)).field(field).alone()).collect()
}

fn is_bind<'a>(view: &View<'_, 'a>, mounts: &Elements<'_, 'a>, mount: Value<'a>) -> bool {
    let is_one = |value| view.text(value).is_some_and(|option| BIND.contains(&option));
    view.list(mounts.field(mount, "options")).any(is_one)
}

pub(super) fn bind_options(view: &View<'_, '_>) -> Vec<Broken> {
    let is_foreign = |value| view.text(value).is_some_and(|option| !FLAGS.contains(&option));
    those(view, Some("options"), |mounts, mount| {
        is_bind(view, mounts, mount) && view.list(mounts.field(mount, "options")).any(is_foreign)
    })
}

pub(super) fn without_type(view: &View<'_, '_>) -> Vec<Broken> {
    those(view, None, |mounts, mount| mounts.field(mount, "type").is_absent() && !is_bind(view, mounts, mount))
}

fn is_mapped<'a>(view: &View<'_, 'a>, mounts: &Elements<'_, 'a>, mount: Value<'a>, field: &str) -> bool {
    view.counts(mounts.field(mount, field), true)
}

pub(super) fn half_mapped(view: &View<'_, '_>) -> Vec<Broken> {
    those(view, None, |mounts, mount| {
        is_mapped(view, mounts, mount, "uidMappings") != is_mapped(view, mounts, mount, "gidMappings")
    })
}

pub(super) fn mapped(view: &View<'_, '_>) -> Vec<Broken> {
    those(view, None, |mounts, mount| is_mapped(view, mounts, mount, "uidMappings") && !is_bind(view, mounts, mount))
}
