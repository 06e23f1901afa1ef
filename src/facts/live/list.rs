//! The kernel's and the administrator's lists of this machine, read from text.

use std::collections::BTreeMap;

use crate::facts::accounts;
use crate::schema::vocabulary::CAPABILITY;

/// Major numbers of character device drivers by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Majors {
    pub(super) by_name: BTreeMap<Box<str>, u32>,
    /// The first thing in the list that nothing can be made of.
    pub(super) mistake: Option<String>,
}

/// `/proc/devices`. A driver may have several numbers; the first counts.
pub(super) fn majors(text: &str) -> Majors {
    let mut found = Majors::default();
    let mut lines = text.lines().zip(1..).skip_while(|(line, _)| *line != "Character devices:");
    if lines.next().is_none() {
        found.mistake = Some("has no list of character devices".to_owned());
        return found;
    }
    for (line, number) in lines {
        if line.is_empty() || line == "Block devices:" {
            break;
        }
        let entry = line.trim_start().split_once(' ').and_then(|(major, name)| Some((major_number(major)?, name)));
        match entry.filter(|(_, name)| !name.is_empty()) {
            Some((major, name)) => _ = found.by_name.entry(name.into()).or_insert(major),
            None => {
                found.mistake.get_or_insert_with(|| format!("has no number and name in line {number}"));
            }
        }
    }
    found
}

/// 12 bits.
fn major_number(text: &str) -> Option<u32> {
    accounts::id(text).filter(|major| *major <= 0xfff)
}

/// A field of `/proc/PID/status`.
pub(super) fn status<'t>(text: &'t str, field: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).map(str::trim)
}

/// The capabilities of a bounding set that the kernel has, in the kernel's order and the vocabulary's words.
pub(super) fn capabilities(bounding: u64, last: u32) -> impl Iterator<Item = &'static str> {
    let words = CAPABILITY.words.iter().zip(0..=last);
    words.filter(move |(_, bit)| bounding.checked_shr(*bit).is_some_and(|set| set & 1 == 1)).map(|(word, _)| *word)
}

/// Ids that a user may hand out: where they start and how many they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SubIds {
    pub(super) range: Option<(u32, u32)>,
    /// The first line that nothing can be made of.
    pub(super) mistake: Option<usize>,
}

/// `/etc/subuid` or `/etc/subgid`: the first range of a user, who is listed by one of these names.
pub(super) fn sub_ids(text: &str, names: &[String]) -> SubIds {
    let mut found = SubIds::default();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match sub_id_line(line) {
            Some((name, range)) => {
                if found.range.is_none() && names.iter().any(|own| own == name) {
                    found.range = Some(range);
                }
            }
            None => _ = found.mistake.get_or_insert(number),
        }
    }
    found
}

fn sub_id_line(line: &str) -> Option<(&str, (u32, u32))> {
    let mut fields = line.split(':');
    let (name, start, count) = (fields.next()?, fields.next()?, fields.next()?);
    let (start, count) = (accounts::id(start)?, accounts::id(count)?);
    let sound = !name.is_empty() && fields.next().is_none() && count > 0;
    (sound && start.checked_add(count).is_some()).then_some((name, (start, count)))
}

/// A processor as image indices spell it, from what the kernel calls it.
pub(super) fn arch(machine: &str) -> &str {
    ARCHES.iter().find(|(kernel, _)| *kernel == machine).map_or(machine, |(_, image)| image)
}

/// `uname -m` and Go's `GOARCH`, where they differ.
const ARCHES: &[(&str, &str)] = &[
    ("x86_64", "amd64"),
    ("aarch64", "arm64"),
    ("aarch64_be", "arm64be"),
    ("armv8l", "arm"),
    ("armv7l", "arm"),
    ("armv6l", "arm"),
    ("armv5tel", "arm"),
    ("i686", "386"),
    ("i586", "386"),
    ("i486", "386"),
    ("i386", "386"),
    ("loongarch64", "loong64"),
];
