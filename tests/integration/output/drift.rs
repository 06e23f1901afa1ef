//! The output's table and `oci_spec` say the same, path by path and word by word, apart from what is listed.

use std::collections::{BTreeMap, BTreeSet};

use oci_spec::runtime::Spec;
use plimsoll::eval::draft::Draft;
use plimsoll::output::{json, spec};
use plimsoll::schema::output::{Content, Layout, output};
use plimsoll::schema::shape::Shape;
use plimsoll::schema::types;
use serde_json::Value;

use super::losses;
use super::sample::{self, Extent, VARIANTS};
use super::trace::{self, Words};

/// Where `oci_spec` 0.10 misspells two words.
const MISSPELT: &str = "process.scheduler.flags[]";

/// What `oci_spec` 0.10 reads and no Linux container has. It knows nothing of FreeBSD.
const NOT_OURS: &[(&str, &str)] = &[
    ("solaris", "another platform"),
    ("vm", "another platform"),
    ("windows", "another platform"),
    ("zos", "another platform"),
    ("process.commandLine", "Windows only"),
    ("process.user.username", "Windows only"),
    ("uidMappings", "never was in the spec; deprecated there"),
    ("gidMappings", "never was in the spec; deprecated there"),
    ("linux.intelRdt.enableCmt", "replaced by enableMonitoring in 1.3"),
    ("linux.intelRdt.enableMbm", "replaced by enableMonitoring in 1.3"),
];

/// Words that `oci_spec` 0.10 takes and the spec does not have there.
const WORDS_BEYOND: &[(&str, &str)] = &[
    ("linux.devices[].type", "a"),
    ("linux.resources.devices[].type", "p"),
    ("linux.resources.devices[].type", "u"),
    ("linux.seccomp.architectures[]", "SCMP_ARCH_NATIVE"),
    (MISSPELT, "SCHED_FLAG_D_L_OVERRUN"),
    (MISSPELT, "SCHED_RESET_ON_FORK"),
];

/// Words of the spec that `oci_spec` 0.10 does not take; [`spec::LOSSES`] has them.
const WORDS_MISSING: &[(&str, &str)] = &[(MISSPELT, "SCHED_FLAG_DL_OVERRUN"), (MISSPELT, "SCHED_FLAG_RESET_ON_FORK")];

#[test]
fn the_table_has_the_paths_of_oci_spec() {
    let mut theirs = trace::paths::<Spec>();
    for (path, reason) in NOT_OURS {
        let before = theirs.len();
        theirs.retain(|theirs, _| {
            theirs.strip_prefix(path).is_none_or(|rest| !rest.is_empty() && !rest.starts_with(['.', '[', '{']))
        });
        assert!(theirs.len() < before, "{path} ({reason}) is no longer there");
    }
    let theirs: Vec<String> = theirs.into_keys().collect();
    let ours: Vec<String> = paths().into_keys().collect();
    assert_eq!(ours.join("\n"), theirs.join("\n"));
}

#[test]
fn the_table_has_the_words_of_oci_spec() {
    let (theirs, ours) = (trace::paths::<Spec>(), paths());
    let (mut beyond, mut missing) = (Vec::new(), Vec::new());
    for (path, ours) in &ours {
        let theirs = &theirs[path];
        // Where they have no enum, any text will do.
        if !theirs.is_empty() {
            beyond.extend(theirs.difference(ours).map(|word| (path.as_str(), *word)));
            missing.extend(ours.difference(theirs).map(|word| (path.as_str(), *word)));
        }
    }
    assert_eq!((beyond, missing), (WORDS_BEYOND.to_vec(), WORDS_MISSING.to_vec()));
}

#[test]
fn every_slot_survives_alone() {
    for (index, slot) in output().slots.iter().enumerate().filter(|(_, slot)| slot.layout() != Some(Layout::Beside)) {
        for variant in 0..2 {
            let draft = sample::draft([index], variant, Extent::Full);
            let ours = json(&draft);
            let pointer = format!("/{}", slot.path.replace('.', "/"));
            assert!(ours.pointer(&pointer).is_some_and(|value| !value.is_null()), "{} is not in {ours}", slot.path);
            let lost: Vec<_> = losses(&draft).into_iter().filter(|path| path != MISSPELT).collect();
            assert!(lost.is_empty(), "{} loses {lost:?}", slot.path);
        }
    }
}

#[test]
fn everything_survives_with_every_word() {
    let all: BTreeSet<String> = (0..VARIANTS).flat_map(|v| losses(&sample::everything(v, Extent::Full))).collect();
    assert_eq!(all, BTreeSet::from([MISSPELT.to_owned()]));
}

#[test]
fn what_is_lost_is_what_is_listed() {
    let extents = [Extent::Full, Extent::Required, Extent::Empty];
    let lost = extents.into_iter().flat_map(|extent| (0..VARIANTS).map(move |v| sample::everything(v, extent)));
    let lost: BTreeSet<String> = lost.flat_map(|draft| losses(&draft)).collect();
    let listed: BTreeSet<String> = spec::LOSSES.iter().map(|loss| loss.path.to_owned()).collect();
    assert_eq!(lost, listed);
}

#[test]
fn the_spec_is_the_one_that_the_text_gives() {
    for extent in [Extent::Full, Extent::Required, Extent::Empty] {
        for variant in 0..VARIANTS {
            let draft = sample::everything(variant, extent);
            let text = String::from_utf8(bytes(&draft)).unwrap();
            let text = text.replace("SCHED_FLAG_RESET_ON_FORK", "SCHED_RESET_ON_FORK");
            let text = text.replace("SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_D_L_OVERRUN");
            let read: Spec = serde_json::from_str(&text).unwrap();
            assert_eq!(spec::spec(&draft, output()).unwrap(), read);
        }
    }
}

#[test]
fn a_draft_that_cannot_be_a_spec_is_refused() {
    let error = spec::spec(&draft_of("process.terminal"), output()).unwrap_err();
    assert_eq!(error.to_string(), "oci_spec cannot hold the spec: missing field `user`");
}

/// A draft with one slot and without what must stand beside it.
fn draft_of(path: &str) -> Draft<'static> {
    let mut draft = sample::everything(0, Extent::Full);
    for (slot, filled) in output().slots.iter().zip(&mut draft.slots) {
        if slot.path != path {
            *filled = plimsoll::eval::draft::Filled::Empty;
        }
    }
    draft
}

fn bytes(draft: &Draft<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    json::write(draft, output(), json::Style::Compact, json::LIMIT, &mut out).unwrap();
    out
}

fn json(draft: &Draft<'_>) -> Value {
    serde_json::from_slice(&bytes(draft)).unwrap()
}

/// Where our JSON and that of the draft's `Spec` differ.
fn losses(draft: &Draft<'_>) -> BTreeSet<String> {
    let theirs = serde_json::to_value(spec::spec(draft, output()).unwrap()).unwrap();
    losses::between(json(draft), theirs)
}

/// Every path of the table, as [`trace::paths`] spells them, and its words.
fn paths() -> BTreeMap<String, Words> {
    let mut paths = BTreeMap::new();
    for slot in &output().slots {
        match &slot.content {
            Content::Keyed(keyed) if keyed.layout == Layout::Beside => continue,
            Content::Keyed(keyed) if keyed.layout == Layout::Map => {
                walk(&format!("{}{{}}", slot.path), &keyed.element, &mut paths);
            }
            Content::Keyed(keyed) => walk(&format!("{}[]", slot.path), &keyed.element, &mut paths),
            Content::Value(shape) => walk(slot.path, shape, &mut paths),
            Content::Set(shape) | Content::List(shape) => walk(&format!("{}[]", slot.path), shape, &mut paths),
            Content::DeviceRules(rule) => {
                walk(&format!("{}[]", slot.path), &Shape::Record(rule.clone()), &mut paths);
            }
        }
        for (dot, _) in slot.path.match_indices('.').chain([(slot.path.len(), "")]) {
            paths.entry(slot.path[..dot].to_owned()).or_default();
        }
    }
    paths
}

fn walk(path: &str, shape: &Shape, paths: &mut BTreeMap<String, Words>) {
    let words = paths.entry(path.to_owned()).or_default();
    match shape {
        Shape::Words(types::Words::Closed(closed)) => {
            words.extend(closed.vocabulary.iter().flat_map(|vocabulary| vocabulary.words));
        }
        Shape::List(element) => walk(&format!("{path}[]"), element, paths),
        Shape::Record(record) => {
            for field in &record.fields {
                walk(&format!("{path}.{}", field.name), &field.shape, paths);
            }
        }
        _ => {}
    }
}
