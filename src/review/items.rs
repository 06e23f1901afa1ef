//! Which items of the rules differ between two policies, and how.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use super::{Cause, CauseKind};
use crate::check::inventory::{Inventory, Item, Kind};
use crate::diagnostics::one_line;
use crate::explanation;
use crate::policy::Policy;
use crate::source::Span;

/// Lines around what differs.
const CONTEXT: usize = 2;
/// Lines of a hunk.
const MOST_LINES: usize = 40;
/// Lines of two items that are compared line by line.
const MOST_COMPARED: usize = 2000;

/// One policy and what it declares.
#[derive(Debug)]
pub(super) struct Declared<'p> {
    pub(super) policy: &'p Policy,
    pub(super) inventory: Inventory,
}

impl<'p> Declared<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        Self { policy, inventory: policy.inventory() }
    }

    pub(super) fn item(&self, kind: Kind, name: &str) -> Option<&Item> {
        self.inventory.items.get(&(kind, name.into()))
    }

    /// The declarations of facts, in order: two policies with the same ones read the same facts.
    pub(super) fn facts(&self) -> impl Iterator<Item = &str> {
        let facts = self.inventory.items.iter().filter(|((kind, _), _)| *kind == Kind::Fact);
        facts.map(|(_, item)| item.text.as_str())
    }

    /// Where an item is that is now what it is.
    fn place(&self, item: Option<&Item>) -> Option<Span> {
        item.and_then(|item| item.spans.last()).copied()
    }

    fn text(&self, item: Option<&Item>) -> &str {
        let sources = self.policy.sources();
        self.place(item).and_then(|span| sources.snippet(span)).unwrap_or_default()
    }
}

/// An index into [`Changes::items`].
pub(super) type ChangeId = usize;

/// The items that differ.
#[derive(Debug)]
pub(super) struct Changes {
    /// In the order of the new rules; what is gone comes last.
    pub(super) items: Vec<Changed>,
    by_name: BTreeMap<(Kind, Box<str>), ChangeId>,
}

/// An item that differs.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) cause: CauseKind,
    kind: Kind,
    name: Box<str>,
}

impl Changes {
    pub(super) fn new(old: &Declared<'_>, new: &Declared<'_>) -> Self {
        let moved = moved(old, new);
        let mut changes = Self { items: Vec::new(), by_name: BTreeMap::new() };
        for ((kind, name), item) in &new.inventory.items {
            let before = old.item(*kind, name);
            let is_moved = moved.contains(&&**name);
            let cause = match (kind, before) {
                (Kind::Rule, None) => CauseKind::RuleAdded,
                (Kind::Rule, Some(before)) if before.text != item.text => CauseKind::RuleChanged,
                (Kind::Rule, Some(_)) if is_moved => CauseKind::RuleMoved,
                (Kind::Let, before) if before.is_none_or(|before| before.text != item.text) => CauseKind::LetChanged,
                (Kind::Fact, before) if before.is_none_or(|before| before.text != item.text) => CauseKind::FactChanged,
                // An invariant writes nothing.
                _ => continue,
            };
            changes.add(cause, *kind, name);
        }
        for (kind, name) in old.inventory.items.keys() {
            let cause = match kind {
                _ if new.item(*kind, name).is_some() => continue,
                Kind::Rule => CauseKind::RuleRemoved,
                Kind::Let => CauseKind::LetChanged,
                Kind::Fact => CauseKind::FactChanged,
                Kind::Invariant => continue,
            };
            changes.add(cause, *kind, name);
        }
        changes
    }

    fn add(&mut self, cause: CauseKind, kind: Kind, name: &str) {
        self.by_name.insert((kind, name.into()), self.items.len());
        self.items.push(Changed { cause, kind, name: name.into() });
    }

    /// The change of an item, if it differs.
    pub(super) fn of(&self, kind: Kind, name: &str) -> Option<(ChangeId, CauseKind)> {
        let id = *self.by_name.get(&(kind, name.into()))?;
        Some((id, self.items.get(id)?.cause))
    }

    /// The changes of one kind of item, by name.
    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = (ChangeId, &str)> {
        let numbered = self.items.iter().enumerate().filter(move |(_, changed)| changed.kind == kind);
        numbered.map(|(id, changed)| (id, &*changed.name))
    }

    /// A change as a report tells it; where none is known, that.
    pub(super) fn cause(&self, id: Option<ChangeId>, old: &Declared<'_>, new: &Declared<'_>) -> Cause {
        let Some(Changed { cause, kind, name }) = id.and_then(|id| self.items.get(id)) else {
            return Cause { kind: CauseKind::Unknown, item: String::new(), old: None, new: None, hunk: Vec::new() };
        };
        let items = [old, new].map(|side| side.item(*kind, name));
        let [before, after] = items;
        let line = |side: &Declared<'_>, item| explanation::code(side.policy.sources(), side.place(item)?);
        let hunk = match cause {
            CauseKind::RuleMoved => Vec::new(),
            _ => hunk(old.text(before), new.text(after)),
        };
        Cause { kind: *cause, item: name.to_string(), old: line(old, before), new: line(new, after), hunk }
    }
}

/// Rules that both have and that stand in another order among those.
fn moved<'n>(old: &Declared<'_>, new: &'n Declared<'_>) -> Vec<&'n str> {
    let rules = |side: &'n Declared<'_>| {
        let rules = side.inventory.items.keys().filter(|(kind, _)| *kind == Kind::Rule);
        rules.map(|(_, name)| &**name)
    };
    let before: BTreeMap<&str, usize> =
        old.inventory.items.keys().enumerate().map(|(at, (_, name))| (&**name, at)).collect();
    let common: Vec<(&str, usize)> = rules(new).filter_map(|name| Some((name, *before.get(name)?))).collect();
    let places: Vec<usize> = common.iter().map(|(_, at)| *at).collect();
    if places.is_sorted() {
        return Vec::new();
    }
    let stay = longest_rise(&places);
    common.iter().filter(|(_, at)| stay.binary_search(at).is_err()).map(|(name, _)| *name).collect()
}

/// A longest part of numbers that rises; patience sorting.
pub(super) fn longest_rise(numbers: &[usize]) -> Vec<usize> {
    // The last number of the best part of each length, and for each number the one before it in its part.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: BTreeMap<usize, Option<usize>> = BTreeMap::new();
    for number in numbers {
        let length = tails.partition_point(|tail| tail < number);
        before.insert(*number, length.checked_sub(1).and_then(|at| tails.get(at)).copied());
        match tails.get_mut(length) {
            Some(tail) => *tail = *number,
            None => tails.push(*number),
        }
    }
    let last = tails.last().copied();
    let mut part: Vec<usize> = std::iter::successors(last, |number| before.get(number).copied().flatten()).collect();
    part.reverse();
    part
}

/// What differs between two texts, line by line.
fn hunk(old: &str, new: &str) -> Vec<String> {
    let lines = if old.lines().count() + new.lines().count() > MOST_COMPARED {
        let part = |text: &str, sign: &str| -> Vec<String> {
            text.lines().take(MOST_LINES / 2).map(|line| format!("{sign}{}", one_line(line))).collect()
        };
        [part(old, "-"), part(new, "+")].concat()
    } else {
        let diff = TextDiff::from_lines(old, new);
        let groups = diff.grouped_ops(CONTEXT);
        let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
        let line = |change: similar::Change<&str>| {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            format!("{sign}{}", one_line(change.value().trim_end_matches(['\r', '\n'])))
        };
        changes.map(line).collect()
    };
    let more = lines.len().saturating_sub(MOST_LINES);
    let rest = (more > 0).then(|| format!(" … {more} more lines"));
    lines.into_iter().take(MOST_LINES).chain(rest).collect()
}
