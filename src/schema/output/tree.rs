//! The tree of records, made from the flat table, and look-ups in it.

use super::{Member, MemberKind, Node, OutputSchema, Slot, SlotIndex};

/// Records that must be there: a container without a root or with a user that nobody chose is none.
const REQUIRED_RECORDS: &[&str] = &["root", "process.user"];

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub enum Found<'s> {
    /// A slot.
    Slot(SlotIndex),
    /// A record; [`Node::slots`] are all slots below it.
    Record(&'s Node),
}

impl OutputSchema {
    /// Slots whose paths are sorted so that what is in one record stands together.
    pub(super) fn new(slots: Vec<Slot>) -> Self {
        let root = node(&slots, 0, 0);
        Self { slots, root }
    }

    /// What a path leads to, if to anything; no segments lead to the root.
    #[must_use]
    pub fn find(&self, segments: &[&str]) -> Option<Found<'_>> {
        let mut found = Found::Record(&self.root);
        for segment in segments {
            let Found::Record(node) = found else { return None };
            found = node.member(segment)?.found();
        }
        Some(found)
    }

    /// The required slots that nothing wrote, in order: those of `config.json` itself, and those of each record that
    /// must be there or in which something was written.
    #[must_use]
    pub fn missing(&self, written: impl Fn(SlotIndex) -> bool) -> Vec<SlotIndex> {
        let mut missing = Vec::new();
        self.missing_below(&self.root, true, &written, &mut missing);
        missing
    }

    fn missing_below(
        &self,
        node: &Node,
        must: bool,
        written: &impl Fn(SlotIndex) -> bool,
        missing: &mut Vec<SlotIndex>,
    ) {
        if !must && !node.slots.clone().any(written) {
            return;
        }
        for member in &node.members {
            match &member.kind {
                MemberKind::Record { node, required } => self.missing_below(node, *required, written, missing),
                MemberKind::Slot(index) => {
                    let required = self.slot(*index).is_some_and(|slot| slot.required);
                    missing.extend((required && !written(*index)).then_some(*index));
                }
            }
        }
    }

    /// The slot at an index.
    #[must_use]
    pub fn slot(&self, index: SlotIndex) -> Option<&Slot> {
        self.slots.get(index)
    }
}

impl Node {
    /// The member of a name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The names of its members, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.members.iter().map(|member| member.name)
    }
}

impl Member {
    /// The slot or record that it is.
    #[must_use]
    pub const fn found(&self) -> Found<'_> {
        match &self.kind {
            MemberKind::Slot(index) => Found::Slot(*index),
            MemberKind::Record { node, .. } => Found::Record(node),
        }
    }
}

/// The record of slots whose paths are the same up to the byte `from`, where its members' names begin.
fn node(slots: &[Slot], first: SlotIndex, from: usize) -> Node {
    let mut members = Vec::new();
    let (mut next, mut rest) = (first, slots);
    while let Some(slot) = rest.first() {
        let name = segment(slot, from);
        let count = rest.iter().take_while(|slot| has_segment(slot, from, name)).count().max(1);
        let Some((group, others)) = rest.split_at_checked(count) else { break };
        members.push(member(slot, name, group, next, from));
        (next, rest) = (next + count, others);
    }
    Node { members, slots: first..next }
}

fn member(slot: &Slot, name: &'static str, group: &[Slot], first: SlotIndex, from: usize) -> Member {
    let end = from + name.len();
    if end == slot.path.len() {
        return Member { name, kind: MemberKind::Slot(first) };
    }
    let required = slot.path.get(..end).is_some_and(|path| REQUIRED_RECORDS.contains(&path));
    Member { name, kind: MemberKind::Record { node: node(group, first, end + 1), required } }
}

/// The segment of its path that begins at a byte.
fn segment(slot: &Slot, from: usize) -> &'static str {
    let rest = slot.path.get(from..).unwrap_or_default();
    let end = rest.bytes().position(|byte| byte == b'.');
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

/// Whether the segment of its path that begins at a byte is this one.
fn has_segment(slot: &Slot, from: usize, name: &str) -> bool {
    let rest = slot.path.get(from..).and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
