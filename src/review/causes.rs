//! Which changed item of the rules is behind a difference of one service.
//!
//! The writes that count on both sides tell it, and of several items that differ the first of these is taken: the rule
//! whose statement wrote what is there now (or took out what is gone); the rule whose statement wrote what was there; the
//! nearest `let` that such a statement reads; a rule that differs elsewhere than in such a statement; a declaration of a
//! fact that was read; a rule that stands elsewhere; a rule that was beaten. Where only one item differs at all, it is
//! that one.

use std::collections::{BTreeMap, BTreeSet};

use super::CauseKind;
use super::items::{ChangeId, Changes, Declared};
use crate::check::inventory::{Item, Kind, Write};
use crate::output::diff::{ChangeKind, Difference};
use crate::provenance::{Claim, HIDDEN, Leaf, Provenance};
use crate::schema::output::SlotIndex;

/// The leaves of one render, by slot.
pub(super) struct Leaves<'l>(BTreeMap<SlotIndex, Vec<&'l Leaf>>);

impl<'l> Leaves<'l> {
    pub(super) fn new(provenance: &'l Provenance) -> Self {
        let mut leaves: BTreeMap<SlotIndex, Vec<&Leaf>> = BTreeMap::new();
        for leaf in &provenance.leaves {
            leaves.entry(leaf.slot).or_default().push(leaf);
        }
        Self(leaves)
    }

    fn of_slot(&self, slot: SlotIndex) -> &[&'l Leaf] {
        self.0.get(&slot).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those of the elements of a slot.
    pub(super) fn present(&self, slot: SlotIndex) -> impl Iterator<Item = &'l Leaf> {
        self.of_slot(slot).iter().filter(|leaf| leaf.present).copied()
    }

    /// The leaf of an element by its place; of none, that of the slot itself.
    pub(super) fn at(&self, slot: SlotIndex, index: Option<usize>) -> Option<&'l Leaf> {
        let mut leaves = self.of_slot(slot).iter();
        match index {
            // Leaves that are present come in the order of the output, one for each element.
            Some(index) => leaves.filter(|leaf| leaf.present).nth(index).copied(),
            None => leaves.find(|leaf| leaf.key.is_none()).copied(),
        }
    }

    /// The leaf of an element that was written and is not there.
    fn out(&self, other: &Leaf) -> Option<&'l Leaf> {
        let key = other.key.as_deref().filter(|key| *key != HIDDEN)?;
        let of_slot = self.of_slot(other.slot).iter();
        of_slot.filter(|leaf| !leaf.present).find(|leaf| leaf.key.as_deref() == Some(key)).copied()
    }
}

/// Two policies and what differs between them.
#[derive(Debug)]
pub(super) struct Causes<'p> {
    pub(super) old: Declared<'p>,
    pub(super) new: Declared<'p>,
    pub(super) changes: Changes,
}

/// A write and its rule.
#[derive(Clone, Copy)]
struct Writer<'c> {
    side: &'c Declared<'c>,
    other: &'c Declared<'c>,
    rule: &'c str,
    item: &'c Item,
    claim: &'c Claim,
}

impl<'c> Writer<'c> {
    fn write(&self) -> Option<&'c Write> {
        self.item.writes.iter().find(|write| write.span == self.claim.statement)
    }

    /// Whether the other side's rule says the same in this statement, and leads to it in the same way.
    fn is_untouched(&self) -> bool {
        let (Some(write), Some(other)) = (self.write(), self.other.item(Kind::Rule, self.rule)) else { return false };
        other.writes.iter().any(|it| it.digest == write.digest)
    }
}

impl<'p> Causes<'p> {
    pub(super) fn new(old: Declared<'p>, new: Declared<'p>) -> Self {
        let changes = Changes::new(&old, &new);
        Self { old, new, changes }
    }

    /// The cause of a difference; none if it is not known.
    pub(super) fn of<'l>(&'l self, difference: &Difference, old: &Leaves<'l>, new: &Leaves<'l>) -> Option<ChangeId> {
        let found = match difference.kind {
            ChangeKind::Moved => self.of_order(difference.slot, old, new),
            _ => self.of_value(difference, old, new),
        };
        let only = || if self.changes.items.len() == 1 { Some(0) } else { None };
        found.or_else(only)
    }

    fn of_value<'l>(&'l self, difference: &Difference, old: &Leaves<'l>, new: &Leaves<'l>) -> Option<ChangeId> {
        let Difference { slot, old: at, new: to, .. } = *difference;
        let is_whole = at.is_none() && to.is_none();
        let here = |leaves: &Leaves<'l>, index: Option<usize>| -> Option<&'l Leaf> {
            leaves.at(slot, index).filter(|_| is_whole || index.is_some())
        };
        let (was, is) = (here(old, at), here(new, to));
        // Of what is not there, who took it out or emptied the whole.
        let before = was.or_else(|| old.out(is?)).or_else(|| old.at(slot, None));
        let after = is.or_else(|| new.out(was?)).or_else(|| new.at(slot, None));
        let writers =
            self.writers(before.iter().flat_map(|leaf| &leaf.origins), after.iter().flat_map(|leaf| &leaf.origins));
        let losers =
            || self.writers(before.iter().flat_map(|leaf| &leaf.beaten), after.iter().flat_map(|leaf| &leaf.beaten));
        self.among(&writers).or_else(|| self.touched(&losers()))
    }

    /// The cause of another order: of all that is in the list, the first whose rule stands elsewhere, or differs.
    fn of_order<'l>(&'l self, slot: SlotIndex, old: &Leaves<'l>, new: &Leaves<'l>) -> Option<ChangeId> {
        let all = |leaves: &Leaves<'l>| leaves.present(slot).flat_map(|leaf| &leaf.origins).collect::<Vec<&'l Claim>>();
        let writers = self.writers(all(old), all(new));
        let moved = writers.iter().filter_map(|writer| self.rule(writer, |kind| kind == CauseKind::RuleMoved));
        moved.min().or_else(|| self.among(&writers))
    }

    /// The writes of the new side, then those of the old one.
    fn writers<'c>(
        &'c self,
        old: impl IntoIterator<Item = &'c Claim>,
        new: impl IntoIterator<Item = &'c Claim>,
    ) -> Vec<Writer<'c>> {
        let writer = |(side, other, claim): (&'c Declared<'p>, &'c Declared<'p>, &'c Claim)| {
            let rule = &*side.policy.rule(claim.rule)?.name;
            Some(Writer { side, other, rule, item: side.item(Kind::Rule, rule)?, claim })
        };
        let old = old.into_iter().map(|claim| (&self.old, &self.new, claim));
        let new = new.into_iter().map(|claim| (&self.new, &self.old, claim));
        new.chain(old).filter_map(writer).collect()
    }

    /// What the first of these that can be behind it is.
    fn among(&self, writers: &[Writer<'_>]) -> Option<ChangeId> {
        let any = |how: &dyn Fn(&Writer<'_>) -> Option<ChangeId>| writers.iter().find_map(how);
        self.touched(writers)
            .or_else(|| any(&|writer| self.nearest_let(writer)))
            .or_else(|| any(&|writer| self.rule(writer, |kind| kind != CauseKind::RuleMoved)))
            .or_else(|| any(&|writer| self.fact(writer)))
            .or_else(|| any(&|writer| self.rule(writer, |_| true)))
    }

    /// The first whose statement is not what it is on the other side.
    fn touched(&self, writers: &[Writer<'_>]) -> Option<ChangeId> {
        let differs = |kind| kind != CauseKind::RuleMoved;
        writers.iter().find_map(|writer| self.rule(writer, differs).filter(|_| !writer.is_untouched()))
    }

    fn rule(&self, writer: &Writer<'_>, wanted: impl Fn(CauseKind) -> bool) -> Option<ChangeId> {
        self.changes.of(Kind::Rule, writer.rule).filter(|(_, kind)| wanted(*kind)).map(|(id, _)| id)
    }

    /// The `let` that differs and is read by a write through the fewest others; of several, the first in the rules.
    fn nearest_let(&self, writer: &Writer<'_>) -> Option<ChangeId> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut ring: Vec<&str> = writer.item.names_of(writer.write()?).collect();
        while !ring.is_empty() {
            ring.retain(|name| seen.insert(name));
            let differing = ring.iter().filter_map(|name| self.changes.of(Kind::Let, name));
            if let Some((id, _)) = differing.min_by_key(|(id, _)| *id) {
                return Some(id);
            }
            let read = ring.iter().filter_map(|name| writer.side.item(Kind::Let, name));
            ring = read.flat_map(|item| &item.reads).map(|name| &**name).collect();
        }
        None
    }

    /// The declaration that differs of a fact that was read.
    fn fact(&self, writer: &Writer<'_>) -> Option<ChangeId> {
        let reads = |path: &str, fact: &str| {
            path.strip_prefix(fact).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let read = |fact: &str| writer.claim.facts.iter().any(|it| reads(&it.path, fact));
        self.changes.all(Kind::Fact).find(|(_, path)| read(path)).map(|(id, _)| id)
    }
}
