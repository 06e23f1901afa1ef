//! Demands about namespaces, sysctls and mapped ids.

use super::view::{Elements, View};
use super::{Broken, Spot};
use crate::eval::value::Value;
use crate::schema::requirements::{SYSCTLS, Sysctl};

const NAMESPACES: &str = "linux.namespaces";

/// The namespace of a type, and whether it is joined.
fn find(view: &View<'_, '_>, wanted: &str) -> Option<(Spot, bool)> {
    let namespaces = view.at(NAMESPACES)?;
    let mut all = namespaces.iter();
    let (index, _, namespace) =
        all.find(|(.., namespace)| view.text(namespaces.field(*namespace, "type")) == Some(wanted))?;
    Some((namespaces.spot(Some(index)), !namespaces.field(namespace, "path").is_absent()))
}

pub(super) fn needed(view: &View<'_, '_>, path: &str, namespace: &str) -> Vec<Broken> {
    let Some(elements) = view.at(path).filter(Elements::is_filled) else { return Vec::new() };
    match (find(view, namespace), view.at(NAMESPACES)) {
        (None, Some(namespaces)) => vec![elements.first().lacking(&namespaces, namespace)],
        _ => Vec::new(),
    }
}

pub(super) fn made(view: &View<'_, '_>, namespace: &str, path: &str) -> Vec<Broken> {
    match (find(view, namespace), view.at(path)) {
        (Some((spot, false)), Some(elements)) if !elements.is_filled() => vec![spot.alone()],
        _ => Vec::new(),
    }
}

pub(super) fn joined(view: &View<'_, '_>, namespace: &str, path: &str) -> Vec<Broken> {
    match (find(view, namespace), view.at(path)) {
        (Some((spot, true)), Some(elements)) if elements.is_filled() => vec![elements.first().beside(Some(spot))],
        _ => Vec::new(),
    }
}

/// The key of a sysctl with dots: where the first separator is a slash, slashes separate and dots belong to names.
fn dotted(key: &str) -> String {
    if key.find(['.', '/']).and_then(|at| key.as_bytes().get(at)) != Some(&b'/') {
        return key.to_owned();
    }
    key.chars()
        .map(|c| {
            if c == '/' {
                '.'
            } else if c == '.' {
                '/'
            } else {
                c
            }
        })
        .collect()
}

fn known(key: &str) -> Option<&'static Sysctl> {
    let fits = |row: &&Sysctl| if row.key.ends_with('.') { key.starts_with(row.key) } else { key == row.key };
    SYSCTLS.iter().find(fits)
}

/// The sysctls of which this holds, by their dotted keys.
fn sysctls_that(view: &View<'_, '_>, wrong: impl Fn(&str) -> bool) -> Vec<Broken> {
    let Some(sysctls) = view.at("linux.sysctl") else { return Vec::new() };
    let wrong = sysctls.iter().filter(|(_, key, _)| view.text(Value::Text(key)).is_some_and(|key| wrong(&dotted(key))));
    wrong.map(|(index, ..)| sysctls.spot(Some(index)).alone()).collect()
}

pub(super) fn sysctls(view: &View<'_, '_>) -> Vec<Broken> {
    let (Some(sysctls), Some(namespaces)) = (view.at("linux.sysctl"), view.at(NAMESPACES)) else { return Vec::new() };
    let alone = sysctls.iter().filter_map(|(index, key, _)| {
        let row = known(&dotted(view.text(Value::Text(key))?))?;
        let lacking = || sysctls.spot(Some(index)).lacking(&namespaces, row.namespace);
        find(view, row.namespace).is_none().then(lacking)
    });
    alone.collect()
}

pub(super) fn shared_sysctls(view: &View<'_, '_>) -> Vec<Broken> {
    sysctls_that(view, |key| known(key).is_none())
}

pub(super) fn forbidden_sysctls(view: &View<'_, '_>, keys: &[&str]) -> Vec<Broken> {
    sysctls_that(view, |key| keys.contains(&key))
}

/// Whether a mapping has an id of the container. Where there are none, there is nothing to be said.
fn is_mapped<'a>(view: &View<'_, 'a>, mappings: &Elements<'_, 'a>, id: i128) -> bool {
    mappings.iter().any(|(.., mapping)| {
        let field = |name| mappings.field(mapping, name);
        match (view.int(field("containerID")), view.int(field("size"))) {
            (Some(first), Some(size)) => (first..first + size).contains(&id),
            // What differs from render to render was noticed.
            _ => true,
        }
    })
}

/// The mappings of a new user namespace.
fn mappings<'v, 'a>(view: &View<'v, 'a>, path: &str) -> Option<Elements<'v, 'a>> {
    let (_, is_joined) = find(view, "user")?;
    view.at(path).filter(|mappings| !is_joined && mappings.is_filled())
}

pub(super) fn unmapped(view: &View<'_, '_>, path: &str, by: &str) -> Vec<Broken> {
    let (Some(mappings), Some(ids)) = (mappings(view, by), view.at(path)) else { return Vec::new() };
    let wrong = |value| view.int(value).is_some_and(|id| !is_mapped(view, &mappings, id));
    let beside = Some(mappings.first());
    let one = wrong(ids.one()).then(|| ids.spot(None).beside(beside));
    let many = ids.iter().filter(|(.., value)| wrong(*value));
    one.into_iter().chain(many.map(|(index, ..)| ids.spot(Some(index)).beside(beside))).collect()
}

pub(super) fn unmapped_mounts(view: &View<'_, '_>, option: &str, by: &str) -> Vec<Broken> {
    let (Some(mappings), Some(mounts)) = (mappings(view, by), view.at("mounts")) else { return Vec::new() };
    let wrong = |value| {
        let id = view.text(value).and_then(|text| text.strip_prefix(option));
        id.is_some_and(|id| !id.parse().is_ok_and(|id| is_mapped(view, &mappings, id)))
    };
    let beside = Some(mappings.first());
    let wrong = mounts.iter().filter(|(.., mount)| view.list(mounts.field(*mount, "options")).any(wrong));
    wrong.map(|(index, ..)| mounts.spot(Some(index)).field(Some("options")).beside(beside)).collect()
}
