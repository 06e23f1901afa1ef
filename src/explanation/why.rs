//! Why is this here, or why is it not?

use std::collections::BTreeMap;

use super::query::{self, Target, unquoted};
use super::teller::{clean, says, strength};
use super::{Answer, Beaten, Explanation, Found, Why};
use crate::diagnostics::Report;
use crate::ir::Strength;
use crate::provenance::{Claim, Leaf, Says};
use crate::schema::output::{Layout, SlotIndex, output};

/// A leaf and where it is among those of its slot that are in the output.
pub(super) type Numbered<'l> = (Option<usize>, &'l Leaf);

impl Explanation<'_> {
    /// Why the values at a path are what they are, or what could have written there and did not. The path is a JSON pointer
    /// or a dotted path as rules spell it, with `*` and `?`.
    ///
    /// # Errors
    ///
    /// If the output has no such path.
    pub fn why(&self, path: &str) -> Result<Why, Report> {
        let targets = query::read(path, output())?;
        let leaves = self.numbered();
        let mut answers: Vec<Answer> = Vec::new();
        let mut missed = Vec::new();
        for target in &targets {
            let of_slot = leaves.get(&target.slot).map(Vec::as_slice).unwrap_or_default();
            let wanted: Vec<&Numbered<'_>> = of_slot.iter().filter(|leaf| is_wanted(target, leaf)).collect();
            for leaf in &wanted {
                self.add_answer(leaf, &mut answers);
            }
            // Of many places, those that nothing could be said of are not what was asked.
            if wanted.is_empty() && (targets.len() == 1 || target.key.is_some()) {
                missed.extend(self.missed(target));
            }
        }
        if answers.is_empty() && missed.is_empty() {
            missed = targets.iter().flat_map(|target| self.missed(target)).collect();
        }
        missed.dedup();
        let invariants = self.looked(&targets);
        Ok(Why { asked: clean(path), refused: self.refused(), answers, missed, invariants })
    }

    /// The leaves of each slot.
    pub(super) fn numbered(&self) -> BTreeMap<SlotIndex, Vec<Numbered<'_>>> {
        let mut leaves: BTreeMap<SlotIndex, Vec<Numbered<'_>>> = BTreeMap::new();
        for leaf in &self.provenance.leaves {
            let of_slot = leaves.entry(leaf.slot).or_default();
            let index = if leaf.present { Some(of_slot.len()) } else { None };
            of_slot.push((index, leaf));
        }
        leaves
    }

    fn add_answer(&self, leaf: &Numbered<'_>, answers: &mut Vec<Answer>) {
        let found = self.found(leaf, leaf.1.origins.first());
        let teller = self.teller();
        let origins: Vec<_> = leaf.1.origins.iter().map(|claim| teller.write(claim)).collect();
        let beaten = self.beaten(leaf.1);
        let disputed = is_disputed(leaf.1);
        let same = answers.iter_mut().find(|other| {
            let alike = other.found.first().is_some_and(|first| first.present == found.present);
            alike && other.origins == origins && other.beaten == beaten && other.disputed == disputed
        });
        match same {
            Some(answer) => answer.found.push(found),
            None => answers.push(Answer { found: vec![found], origins, disputed, beaten }),
        }
    }

    pub(super) fn beaten(&self, leaf: &Leaf) -> Vec<Beaten> {
        let winner = leaf.origins.first().map_or(Strength::Plain, |claim| claim.strength);
        // What a write of the whole leaves out is said against all that it beats; beaten itself it says nothing.
        let told = leaf.beaten.iter().filter(|claim| claim.says != Says::NotInWhole);
        told.map(|claim| Beaten {
            says: says(claim),
            why: yields(claim.strength, winner),
            write: self.teller().write(claim),
        })
        .collect()
    }

    /// How a leaf is told.
    pub(super) fn found(&self, (index, leaf): &Numbered<'_>, claim: Option<&Claim>) -> Found {
        let Some(slot) = output().slot(leaf.slot) else {
            return Found { path: String::new(), pointer: None, says: String::new(), present: leaf.present };
        };
        let key = leaf.key.as_deref().map(clean);
        let path = key.as_ref().map_or_else(|| slot.path.to_owned(), |key| format!("{}[{key}]", slot.path));
        let whole = format!("/{}", slot.path.replace('.', "/"));
        let pointer = index.map(|index| match (&key, slot.layout()) {
            (Some(key), Some(Layout::Map | Layout::Beside)) => {
                format!("{whole}/{}", unquoted(key).replace('~', "~0").replace('/', "~1"))
            }
            (Some(_), _) => format!("{whole}/{index}"),
            (None, _) => whole,
        });
        Found { path, pointer, says: claim.map(says).unwrap_or_default(), present: leaf.present }
    }
}

fn is_wanted(target: &Target, (index, leaf): &Numbered<'_>) -> bool {
    target.key.as_ref().is_none_or(|key| key.is(leaf.key.as_deref(), *index))
}

/// Whether writes of one strength differ.
pub(super) fn is_disputed(leaf: &Leaf) -> bool {
    leaf.origins.split_first().is_some_and(|(first, others)| others.iter().any(|other| other.says != first.says))
}

fn yields(weaker: Strength, stronger: Strength) -> String {
    format!("{} yields to {}", strength(weaker), strength(stronger))
}
