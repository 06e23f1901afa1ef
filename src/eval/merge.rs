//! What was written to one slot, merged as the writes come in: of one key the strongest counts, and two of one
//! strength that differ clash, unless something stronger comes.

use std::collections::BTreeMap;

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;

use super::order::{FEW, Ordered, equal};
use super::value::Value;
use crate::ir::Strength;
use crate::sort;

/// A slot while rules run.
#[derive(Default)]
pub(super) enum Cell<'a> {
    #[default]
    Untouched,
    One(Single<'a>),
    Many(Collection<'a>),
}

/// One value, the strongest so far.
pub(super) struct Single<'a> {
    pub(super) strength: Strength,
    /// Absent where a write says so.
    pub(super) value: Value<'a>,
    /// Whether another write of this strength differs.
    pub(super) clash: bool,
}

/// Elements by key, in the order in which the keys were first written.
pub(super) struct Collection<'a> {
    pub(super) entries: BumpVec<'a, Entry<'a>>,
    index: BTreeMap<Ordered<'a>, usize>,
    /// The strongest writes of the whole collection.
    pub(super) whole: Option<Whole>,
    /// How many writes of the whole there were, of any strength.
    wholes: u32,
}

/// Writes of one strength that say what the whole collection is: everything else is not in it.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    pub(super) strength: Strength,
    /// How many there are.
    pub(super) count: u32,
    /// How many of these say that there is no collection at all.
    pub(super) unset: u32,
}

/// What is known of one key.
pub(super) struct Entry<'a> {
    /// The key; of a set or list, the element itself.
    pub(super) key: Value<'a>,
    /// Absent where the strongest claim is that it is out.
    pub(super) value: Value<'a>,
    pub(super) strength: Strength,
    clash: bool,
    /// Of the writes of the whole at `whole_strength`, how many have it, and the last that had it.
    wholes: u32,
    whole_strength: Strength,
    last_whole: u32,
}

/// What comes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    In,
    Out,
    Clash,
}

impl<'a> Cell<'a> {
    /// The slot's one value is this, or absent.
    pub(super) fn set(&mut self, strength: Strength, value: Value<'a>) {
        match self {
            Self::One(one) if one.strength > strength => {}
            Self::One(one) if one.strength == strength => one.clash |= !equal(one.value, value),
            place => *place = Self::One(Single { strength, value, clash: false }),
        }
    }

    /// The slot's collection.
    pub(super) fn collection(&mut self, bump: &'a Bump) -> Option<&mut Collection<'a>> {
        if matches!(self, Self::Untouched) {
            let (entries, index) = (BumpVec::new_in(bump), BTreeMap::new());
            *self = Self::Many(Collection { entries, index, whole: None, wholes: 0 });
        }
        if let Self::Many(collection) = self { Some(collection) } else { None }
    }
}

impl<'a> Collection<'a> {
    /// A key has this value, or is out if the value is absent.
    pub(super) fn claim(&mut self, strength: Strength, key: Value<'a>, value: Value<'a>) -> Option<&mut Entry<'a>> {
        let position = match self.find(key) {
            Some(position) => position,
            None => {
                let position = self.entries.len();
                self.entries.push(Entry {
                    key,
                    value,
                    strength,
                    clash: false,
                    wholes: 0,
                    whole_strength: Strength::Default,
                    last_whole: 0,
                });
                if !self.index.is_empty() {
                    self.index.insert(Ordered(key), position);
                }
                return self.entries.last_mut();
            }
        };
        let entry = self.entries.get_mut(position)?;
        if strength > entry.strength {
            (entry.strength, entry.value, entry.clash) = (strength, value, false);
        } else if strength == entry.strength {
            entry.clash |= !equal(entry.value, value);
        }
        Some(entry)
    }

    /// Where a key is.
    pub(super) fn find(&mut self, key: Value<'a>) -> Option<usize> {
        if self.entries.len() <= FEW {
            return self.entries.iter().position(|entry| equal(entry.key, key));
        }
        if self.index.is_empty() {
            self.index = sort::tree(self.entries.iter().enumerate().map(|(at, entry)| (Ordered(entry.key), at)));
        }
        self.index.get(&Ordered(key)).copied()
    }

    /// A write of the whole collection begins; its number, for [`Self::claim_in_whole`].
    pub(super) fn begin_whole(&mut self, strength: Strength, unset: bool) -> u32 {
        let unset = u32::from(unset);
        match &mut self.whole {
            Some(whole) if whole.strength > strength => {}
            Some(whole) if whole.strength == strength => {
                whole.count += 1;
                whole.unset += unset;
            }
            place => *place = Some(Whole { strength, count: 1, unset }),
        }
        self.wholes += 1;
        self.wholes
    }

    /// A key of a whole collection.
    pub(super) fn claim_in_whole(&mut self, number: u32, strength: Strength, key: Value<'a>, value: Value<'a>) {
        let Some(entry) = self.claim(strength, key, value) else { return };
        if entry.wholes == 0 || strength > entry.whole_strength {
            (entry.wholes, entry.whole_strength) = (0, strength);
        }
        if strength == entry.whole_strength && entry.last_whole != number {
            entry.wholes += 1;
            entry.last_whole = number;
        }
    }

    /// What comes of a key.
    pub(super) fn verdict(&self, entry: &Entry<'a>) -> Verdict {
        if let Some(whole) = self.whole {
            let listed = if entry.whole_strength == whole.strength { entry.wholes } else { 0 };
            if entry.strength < whole.strength {
                return Verdict::Out;
            }
            if entry.strength == whole.strength && !entry.value.is_absent() && listed < whole.count {
                return Verdict::Clash;
            }
        }
        match entry.value {
            _ if entry.clash => Verdict::Clash,
            Value::Absent => Verdict::Out,
            _ => Verdict::In,
        }
    }

    /// Whether the strongest writes of the whole both say that it is empty and that it is not there at all.
    pub(super) fn empty_or_unset(&self) -> bool {
        self.whole.is_some_and(|whole| whole.unset > 0 && whole.unset < whole.count)
    }
}
