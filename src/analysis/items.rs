//! Sets of lists and maps: what must be in them, what must not, and what else there may be.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::datum::Datum;
use crate::ir::build::constant_key;
use crate::schema::types::ClosedWords;
use crate::sort;

use super::values::{Example, Left, Test};

/// The lists or maps that are left; elements and keys by their [`constant_key`].
#[derive(Clone, Debug)]
pub(super) struct Items {
    /// Whether it may have nothing in it.
    empty: bool,
    /// Whether it may have anything in it.
    filled: bool,
    has: BTreeMap<String, Datum>,
    not: BTreeSet<String>,
    /// The only elements there are.
    among: Option<BTreeMap<String, Datum>>,
    /// Of each of these sets, something is in it that is none of it.
    beyond: Vec<BTreeSet<String>>,
}

/// What a list or map is to have in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Holding {
    pub(super) has: Vec<Datum>,
    /// And, for each of these, something that is none of it.
    pub(super) beyond: Vec<BTreeSet<String>>,
    /// The only elements there are.
    pub(super) among: Option<Vec<Datum>>,
}

impl Items {
    /// All there are.
    pub(super) const fn all() -> Self {
        Self { empty: true, filled: true, has: BTreeMap::new(), not: BTreeSet::new(), among: None, beyond: Vec::new() }
    }

    /// All whose elements are words of a set.
    pub(super) fn of(closed: &ClosedWords) -> Self {
        let words = closed.words.iter().map(|word| Datum::text(&**word));
        Self { among: Some(sort::tree(words.map(|word| (constant_key(&word), word)))), ..Self::all() }
    }

    /// Takes out what fails a test. False if that is not known.
    pub(super) fn narrow(&mut self, test: &Test<'_>) -> bool {
        match test {
            Test::Any => {}
            Test::Empty(true) => self.filled = false,
            Test::Empty(false) => self.empty = false,
            Test::Has(element, true) => {
                self.empty = false;
                self.has.insert(constant_key(element), element.clone().into_owned());
            }
            Test::Has(element, false) => _ = self.not.insert(constant_key(element)),
            Test::Within(all, true) => {
                let all = all.iter().map(|it| (constant_key(it), it.clone()));
                let known = self.among.take();
                let fits = |key: &String| known.as_ref().is_none_or(|known| known.contains_key(key));
                self.among = Some(sort::tree(all.filter(|(key, _)| fits(key))));
            }
            Test::Within(all, false) => {
                self.empty = false;
                self.beyond.push(sort::tree(all.iter().map(constant_key)));
            }
            _ => return false,
        }
        true
    }

    /// Whether any is left, and what it has in it.
    pub(super) fn left(&self) -> Left {
        let Self { empty, filled, has, not, among, .. } = self;
        let mut beyond = self.beyond.clone();
        if !empty && has.is_empty() && beyond.is_empty() {
            beyond.push(BTreeSet::new());
        }
        beyond.retain(|set| has.keys().all(|key| set.contains(key)));
        let strange = |among: &BTreeMap<String, Datum>| {
            let used_up = |set: &BTreeSet<String>| among.keys().all(|key| not.contains(key) || set.contains(key));
            has.keys().any(|key| !among.contains_key(key)) || beyond.iter().any(used_up)
        };
        if among.as_ref().is_some_and(strange) || has.keys().any(|key| not.contains(key)) || !(*empty || *filled) {
            return Left::Nothing;
        }
        let list = |all: &mut dyn Iterator<Item = &String>| all.map(String::as_str).collect::<Vec<_>>().join(" and ");
        let said = match (has.is_empty(), not.is_empty()) {
            (false, _) => format!("has {}", list(&mut has.keys())),
            (true, _) if !filled => "is empty".to_owned(),
            (true, _) if !empty => "is not empty".to_owned(),
            (true, false) => format!("has no {}", list(&mut not.iter())),
            (true, true) => "is set".to_owned(),
        };
        beyond.iter_mut().for_each(|set| set.extend(not.iter().cloned()));
        let among = among.as_ref().map(|among| among.values().cloned().collect());
        Left::Value(said, Example::Holding(Holding { has: has.values().cloned().collect(), beyond, among }))
    }
}
