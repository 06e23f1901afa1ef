//! Provenance: for every leaf of the output the rule that put it there, what it beat, and the facts it was made of.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::ir::{RuleId, Strength};
use crate::schema::output::SlotIndex;
use crate::source::Span;

/// What stands in the place of a secret.
pub const HIDDEN: &str = "•••";

/// The origins of one render, in the order of the output.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// One for each slot that holds a value, one for each element of a collection; then, for each slot, those
    /// that were written and are not in the output.
    pub leaves: Vec<Leaf>,
}

/// One value or element and who had a say in it.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The slot.
    pub slot: SlotIndex,
    /// The key or element, as a message shows it, for what is in a collection.
    pub key: Option<String>,
    /// Whether it is in the output; else it was taken out or unset.
    pub present: bool,
    /// The writes that count: the first is the origin, the others say the same.
    pub origins: Vec<Claim>,
    /// Weaker writes, the strongest first.
    pub beaten: Vec<Claim>,
}

/// One write.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The rule, an index into [`crate::ir::Program::rules`].
    pub rule: RuleId,
    /// The whole statement.
    pub statement: Span,
    /// The innermost expression that gave the value.
    pub origin: Span,
    /// How strongly.
    pub strength: Strength,
    /// The reason that the statement gives.
    pub because: Option<Box<str>>,
    /// What it says.
    pub says: Says,
    /// The facts that the value, the rule's guards and the loops around the statement read.
    pub facts: Vec<FactRead>,
    /// The rounds of the loops around the statement, the outermost first.
    pub rounds: Vec<Round>,
    /// The conditions that led to the statement, the rule's own first. Only an explained render has them, see
    /// [`Policy::explain`](crate::policy::Policy::explain).
    pub asked: Vec<Asked>,
}

/// A condition that was asked, or a value that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What it decides.
    pub word: Word,
    /// The condition, list or value as it is written.
    pub span: Span,
    /// Whether it holds; of a list or value, whether there is anything.
    pub holds: bool,
    /// What its parts were: the place of each and its value. They do not overlap, and come in written order.
    pub parts: Vec<(Span, Shown)>,
    /// The facts that were read for it.
    pub facts: Vec<FactRead>,
}

/// What a condition decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A part of what the rule's `when` takes to hold.
    When,
    /// A part of what the rule's `unless` takes not to hold.
    Unless,
    /// A part of the condition of an `if`, or of the `when` of a loop.
    If,
    /// The condition of an `if` that does not hold where its `else` runs.
    Else,
    /// What a loop goes through.
    For,
    /// A value that may be absent.
    Value,
}

impl Word {
    /// Whether a condition of this kind that holds lets the statements below it run.
    #[must_use]
    pub const fn wants(self) -> bool {
        !matches!(self, Self::Unless | Self::Else)
    }
}

/// What the rules did in a render, beside what they wrote.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    /// By [`crate::ir::Program::rules`].
    pub rules: Vec<Head>,
    /// By [`crate::ir::Program::invariants`].
    pub invariants: Vec<Head>,
    /// Statements that were passed over, in the order in which that happened.
    pub skipped: Vec<Skipped>,
    /// The facts that were read for the value of a statement when it first ran, by index of
    /// [`crate::ir::Program::effects`].
    pub values: BTreeMap<u32, Vec<FactRead>>,
    /// Whether more was passed over than is kept.
    pub cut: bool,
}

/// Whether a rule or invariant applied.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// None if it was not asked: the service was refused before.
    pub applies: Option<bool>,
    /// The parts of its conditions that were asked; of a rule that does not apply the last one decided that.
    pub asked: Vec<Asked>,
}

/// Statements that did not run.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// A range of [`crate::ir::Program::effects`].
    pub effects: Range<u32>,
    /// Why.
    pub asked: Asked,
    /// The rounds of loops in which that was, the outermost first.
    pub rounds: Vec<Round>,
}

/// What a write says about a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is this.
    Is(Shown),
    /// It is not in the collection.
    Out,
    /// It is not among what the whole collection is.
    NotInWhole,
    /// It is absent.
    Unset,
}

/// A fact that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRead {
    /// `service.storage[0].target`, `host.device("/dev/kvm")`
    pub path: String,
    /// Its place in the deployment or request; [`Span::NONE`] of a default.
    pub span: Span,
    /// What it is.
    pub value: Shown,
}

/// One round of a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// What is gone through.
    pub span: Span,
    /// The element, or the key of an entry.
    pub value: Shown,
    /// Where the element or entry was written, if it is a fact.
    pub place: Span,
}

/// Who wrote what is in an output. It has no texts and no facts, and is the same for all services about which the policy decides
/// alike, so that it is found once for them: to know which rule gave a value costs next to nothing, where [`Provenance`], which
/// says of what the value was made, takes as long as several renders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writers {
    values: Vec<Written>,
    writes: Vec<WrittenBy>,
}

/// A value, or an element of a collection, that is in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Written {
    slot: SlotIndex,
    /// Behind its last write.
    end: usize,
    secret: bool,
}

/// A write that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenBy {
    /// The rule, an index into [`crate::ir::Program::rules`].
    pub rule: RuleId,
    /// The whole statement.
    pub statement: Span,
    /// The innermost expression that gave the value.
    pub origin: Span,
    /// How strongly.
    pub strength: Strength,
}

/// Who wrote a value, or an element of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer<'w> {
    /// The slot.
    pub slot: SlotIndex,
    /// The writes: the first is the origin, the others say the same.
    pub writes: &'w [WrittenBy],
    /// Whether it was made from a secret or from a variable of the host.
    pub secret: bool,
}

impl Writers {
    /// About how many bytes a value takes, which most often has one write.
    pub(crate) const WEIGHT: usize = size_of::<Written>() + size_of::<WrittenBy>();

    pub(crate) fn push(&mut self, slot: SlotIndex, secret: bool, writes: impl Iterator<Item = WrittenBy>) {
        self.writes.extend(writes);
        self.values.push(Written { slot, end: self.writes.len(), secret });
    }

    /// All, in the order of the output: of each slot one, or of a collection that is not empty one for each element.
    pub fn iter(&self) -> impl Iterator<Item = Writer<'_>> {
        let mut start = 0;
        self.values.iter().map(move |value| {
            let writes = self.writes.get(start..value.end).unwrap_or_default();
            start = value.end;
            Writer { slot: value.slot, writes, secret: value.secret }
        })
    }

    /// Those of one slot.
    pub fn slot(&self, slot: SlotIndex) -> impl Iterator<Item = Writer<'_>> {
        self.iter().filter(move |writer| writer.slot == slot)
    }
}

/// A value as text; [`HIDDEN`] in the place of what is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown(pub(crate) String);

impl Shown {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Shown {
    /// Whether it is not shown.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.0 == HIDDEN
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Leaf {
    /// Whether it was made from a secret or from a variable of the host.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.origins.iter().any(|claim| matches!(&claim.says, Says::Is(shown) if shown.is_hidden()))
    }
}

impl Provenance {
    /// The leaves of a slot.
    pub fn slot(&self, slot: SlotIndex) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(move |leaf| leaf.slot == slot)
    }
}
