//! The table of risks: each row by a change that meets it and one that does not, and every slot by some row.

use std::collections::BTreeSet;
use std::fs;

use plimsoll::review::risk::{find, of, table};
use plimsoll::review::{Change, ChangeKind, Class, Level, Risk};
use plimsoll::schema::output::{Content, output};
use serde_json::Value as Json;

const CHANGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/review/risks.txt");

/// A line of the fixture.
struct Line {
    text: String,
    heading: String,
    change: Change,
    class: String,
    level: String,
    /// The row that it meets.
    row: String,
}

fn change(path: &str, kind: ChangeKind, before: Option<Json>, after: Option<Json>) -> Change {
    let slot = path.split_once('[').map_or(path, |(slot, _)| slot);
    let slot = output().slots.iter().find(|it| it.path == slot).unwrap_or_else(|| panic!("no slot {slot}")).path;
    Change { slot, path: path.to_owned(), kind, before, after, says: String::new() }
}

fn value(text: &str) -> Option<Json> {
    (text != "-").then(|| serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn line(heading: &str, text: &str) -> Line {
    let (rest, outcome) = text.rsplit_once(": ").expect("an outcome");
    let (path, sides) = rest.split_once(": ").expect("a path");
    let change = match sides.split_once(" => ") {
        Some((before, after)) => {
            let (before, after) = (value(before), value(after));
            let kind = match (&before, &after) {
                (None, _) => ChangeKind::Added,
                (_, None) => ChangeKind::Removed,
                _ => ChangeKind::Changed,
            };
            change(path, kind, before, after)
        }
        None => change(path, ChangeKind::Moved, None, None),
    };
    let mut words = outcome.split(' ').map(str::to_owned);
    let (class, level) = (words.next().expect("a class"), words.next().expect("a level"));
    let (text, heading) = (text.to_owned(), heading.to_owned());
    Line { text, row: words.next().unwrap_or_else(|| heading.clone()), heading, change, class, level }
}

fn lines() -> Vec<Line> {
    let changes = fs::read_to_string(CHANGES).expect("a file");
    let mut heading = "";
    let mut lines = Vec::new();
    for text in changes.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(name) => heading = name,
            None => lines.push(line(heading, text)),
        }
    }
    lines
}

/// As it is spelt in JSON.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).expect("JSON").as_str().expect("a word").to_owned()
}

#[test]
fn changes_come_out_as_they_should() {
    for line in lines() {
        let risk = of(&line.change);
        let came = (word(risk.class), word(risk.level), risk.row);
        assert_eq!(came, (line.class, line.level, line.row.as_str()), "{}", line.text);
        assert!(find(risk.row).is_some_and(|row| row.source == risk.source), "{risk:?}");
    }
}

#[test]
fn each_row_is_met_and_is_not() {
    let lines = lines();
    for row in table() {
        let here: Vec<_> = lines.iter().filter(|line| line.heading == row.name).collect();
        assert!(here.iter().any(|line| line.row == row.name), "nothing meets {}", row.name);
        let others = here.iter().filter(|line| line.row != row.name && row.slots.contains(&line.change.slot));
        assert!(others.count() > 0, "everything that was tried meets {}", row.name);
    }
    let known = |name: &str| find(name).is_some();
    assert!(lines.iter().all(|line| known(&line.heading)), "a heading is no row");
}

/// What one side has more of, the other has less of.
#[test]
fn the_other_way_round() {
    for line in lines().into_iter().filter(|line| line.change.kind != ChangeKind::Moved) {
        let there = of(&line.change);
        let kind = match line.change.kind {
            ChangeKind::Added => ChangeKind::Removed,
            ChangeKind::Removed => ChangeKind::Added,
            kind => kind,
        };
        let (before, after) = (line.change.after.clone(), line.change.before.clone());
        let back = of(&Change { kind, before, after, ..line.change });
        let expected = match there.class {
            Class::Broadening => &[Class::Narrowing, Class::Broadening, Class::Unknown][..],
            Class::Narrowing => &[Class::Broadening],
            Class::Unknown => &[Class::Unknown, Class::Broadening],
            Class::Neutral => &[Class::Neutral],
        };
        assert!(expected.contains(&back.class), "{}: back is {back:?}", line.text);
        // Only where something else is wider on the other side, it is no plain reverse.
        if there.row == back.row && there.class == Class::Broadening && !line.text.contains("hcaHandles\":2") {
            assert_eq!((back.class, back.level), (Class::Narrowing, there.level), "{}", line.text);
        }
    }
}

#[test]
fn every_slot_has_a_row() {
    let slots: BTreeSet<&str> = output().slots.iter().map(|slot| slot.path).collect();
    let listed: BTreeSet<&str> = table().flat_map(|row| row.slots.iter().copied()).collect();
    assert_eq!(listed, slots);
    // Whatever happens to a slot, some row of it has something to say.
    for slot in &output().slots {
        // An element of a set is there or not, and never another.
        let changed = (!matches!(slot.content, Content::Set(_))).then_some(ChangeKind::Changed);
        for kind in [ChangeKind::Added, ChangeKind::Removed, ChangeKind::Moved].into_iter().chain(changed) {
            let before = (kind != ChangeKind::Added).then(|| Json::from("x"));
            let after = (kind != ChangeKind::Removed).then(|| Json::from("y"));
            let risk = of(&change(slot.path, kind, before, after));
            assert!(risk.row != "unlisted", "{} {kind:?}", slot.path);
            assert!(!risk.reason.is_empty() && !risk.reason.contains('\n'), "{risk:?}");
        }
    }
}

#[test]
fn rows_are_told_apart_and_have_their_sources() {
    let mut names = BTreeSet::new();
    for row in table() {
        assert!(names.insert(row.name), "{} is there twice", row.name);
        assert!(!row.slots.is_empty() && !row.source.is_empty(), "{}", row.name);
        assert!(!row.reason.is_empty() && !row.reason.ends_with('.') && !row.reason.contains('\n'), "{}", row.name);
    }
}

fn risk(change: &Change) -> (Class, Level, String) {
    let Risk { class, level, reason, .. } = of(change);
    (class, level, reason)
}

#[test]
fn what_differs_from_service_to_service_is_not_guessed() {
    let why = "its value differs from service to service".to_owned();
    let mount = change("mounts[\"/data\"]", ChangeKind::Added, None, None);
    assert_eq!(risk(&mount), (Class::Unknown, Level::Privileged, why.clone()));
    let limit = change("linux.resources.memory.limit", ChangeKind::Changed, None, Some(Json::from(1)));
    assert_eq!(risk(&limit), (Class::Unknown, Level::Restricted, why));
    // What means nothing means nothing whatever it is.
    let name = change("hostname", ChangeKind::Changed, None, None);
    assert_eq!(risk(&name).0, Class::Neutral);
}

#[test]
fn reasons_say_which_way() {
    let added = change("process.capabilities.bounding[BPF]", ChangeKind::Added, None, Some("CAP_BPF".into()));
    let (_, _, reason) = risk(&added);
    assert_eq!(reason, "it can now load programs into the kernel that see what other containers do");
    let removed = change("process.capabilities.bounding[BPF]", ChangeKind::Removed, Some("CAP_BPF".into()), None);
    let (_, _, reason) = risk(&removed);
    assert_eq!(reason, "it can no longer load programs into the kernel that see what other containers do");
    let moved = change("hooks.prestart[0]", ChangeKind::Moved, None, None);
    assert_eq!(risk(&moved).2, "a later hook sees what an earlier one did");
}
