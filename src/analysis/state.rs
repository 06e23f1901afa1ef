//! What is left of every subject that conditions speak of, kept consistent between a value and its parts.

use std::borrow::Cow;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::facts::datum::Datum;
use crate::ir::ExprId;
use crate::schema::facts::FactSchema;

use super::subject::{Backgrounds, Base, Step, Subject};
use super::values::{Example, Left, Test, Values};

/// So many subjects are gone through at the cost of one step.
pub(super) const CELLS_A_STEP: usize = 8;

/// What a value must be.
#[derive(Clone, Debug)]
pub(super) struct Want<'p> {
    /// Whether it may be absent.
    pub(super) absent: bool,
    /// What it must be where it is there; none if it must not be there.
    pub(super) present: Option<Test<'p>>,
}

/// What is left of a subject.
#[derive(Clone, Debug)]
struct Cell {
    absent: bool,
    present: bool,
    /// As [`super::subject::Background::optional`].
    optional: bool,
    /// Shared with the cases that say the same of it.
    values: Rc<Values>,
    /// Whether a condition speaks of it, not only of a part of it.
    asked: bool,
}

/// A branch of a search.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    cells: IndexMap<Rc<Subject>, Cell>,
    /// Conditions that nothing looks into, by their canonical ones.
    opaque: IndexMap<ExprId, bool>,
    /// Whether it is not known if there is such a service, even if nothing contradicts it.
    pub(super) unsure: bool,
    /// What looking through it has cost since that was last asked, in steps.
    cost: u32,
}

/// What a service is like: every subject that conditions speak of.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// In words.
    pub(super) words: Vec<String>,
    /// The subjects with their values, none where it is absent.
    pub(super) facts: Vec<(Subject, Option<Example>)>,
    /// A device node of the host, by its path: only of a guess.
    pub(super) node: Option<Box<str>>,
}

/// What contradicts itself.
#[derive(Debug)]
pub(super) struct Contradiction;

type Consistent = Result<(), Contradiction>;

impl State {
    /// A measure of its size.
    pub(super) fn len(&self) -> usize {
        self.cells.len() + self.opaque.len()
    }

    /// What looking through it has cost since this was last asked, in steps.
    pub(super) fn cost(&mut self) -> u32 {
        std::mem::take(&mut self.cost)
    }

    /// Assumes a condition that nothing looks into.
    pub(super) fn assume(&mut self, condition: ExprId, holds: bool) -> Consistent {
        self.unsure = true;
        if *self.opaque.entry(condition).or_insert(holds) == holds { Ok(()) } else { Err(Contradiction) }
    }

    /// Assumes something of a subject.
    pub(super) fn narrow(&mut self, subject: &Subject, want: &Want<'_>, known: &Backgrounds<'_>) -> Consistent {
        let index = self.cell(subject, known);
        self.unsure |= matches!(subject.base, Base::Other(_));
        if let Some((_, cell)) = self.cells.get_index_mut(index) {
            cell.asked = true;
        }
        let test = want.present.as_ref();
        let possible = test.is_some_and(|test| self.test(index, test));
        self.restrict(index, want.absent, possible)
    }

    /// Whether anything is left of a value that is there after a test.
    fn test(&mut self, index: usize, test: &Test<'_>) -> bool {
        let Some((_, cell)) = self.cells.get_index_mut(index) else { return true };
        self.unsure |= !Rc::make_mut(&mut cell.values).narrow(test);
        !matches!(cell.values.left(), Left::Nothing)
    }

    /// The index of a subject's cell, which is made with those of all that it is a part of.
    fn cell(&mut self, subject: &Subject, known: &Backgrounds<'_>) -> usize {
        if let Some(index) = self.cells.get_index_of(subject) {
            return index;
        }
        for length in 0..=subject.steps.len() {
            let steps = subject.steps.iter().take(length).cloned().collect();
            let part = Subject { base: subject.base, steps };
            if self.cells.contains_key(&part) {
                continue;
            }
            let parent = part.parent().and_then(|parent| self.cells.get(&parent));
            let (absent, present) = parent.map_or((false, true), |parent| (parent.absent, parent.present));
            let background = known.of(&part);
            let optional = background.optional;
            let cell = Cell { absent: absent || optional, present, optional, values: background.values, asked: false };
            self.cells.insert(Rc::new(part), cell);
        }
        self.cells.get_index_of(subject).unwrap_or(usize::MAX)
    }

    /// Takes out absence or presence, and what follows from it for the whole and for the parts.
    fn restrict(&mut self, index: usize, absent: bool, present: bool) -> Consistent {
        let mut open = vec![(index, absent, present)];
        while let Some((index, absent, present)) = open.pop() {
            let Some((_, cell)) = self.cells.get_index_mut(index) else { continue };
            let before = (cell.absent, cell.present);
            (cell.absent, cell.present) = (cell.absent && absent, cell.present && present);
            match (cell.absent, cell.present) {
                (false, false) => return Err(Contradiction),
                now if now == before || now == (true, true) => {}
                (_, present) => self.follow(index, present, &mut open),
            }
        }
        Ok(())
    }

    /// What follows from a value being there, or not.
    fn follow(&mut self, index: usize, present: bool, open: &mut Vec<(usize, bool, bool)>) {
        let Some((subject, cell)) = self.cells.get_index(index) else { return };
        let (subject, optional) = (Rc::clone(subject), cell.optional);
        self.cost = self.cost.saturating_add(u32::try_from(self.cells.len() / CELLS_A_STEP).unwrap_or(u32::MAX));
        for (child, (other, cell)) in self.cells.iter().enumerate() {
            if other.is_child_of(&subject) {
                match present {
                    true if !cell.optional => open.push((child, false, true)),
                    true => {}
                    false => open.push((child, true, false)),
                }
            }
        }
        let Some(parent) = subject.parent().and_then(|parent| self.cells.get_index_of(&parent)) else { return };
        if let Some(Step::Key(key)) = subject.steps.last() {
            let has = Test::Has(Cow::Owned(Datum::text(&**key)), present);
            let possible = self.test(parent, &has);
            open.push((parent, !present, possible));
        } else if present || !optional {
            open.push((parent, !present, present));
        }
    }

    /// What a service can be like where this holds. None if that is not known.
    pub(super) fn model(&self, schema: &FactSchema) -> Option<Model> {
        if self.unsure { None } else { self.described(schema, false) }
    }

    /// The same as far as it is known; there may be no such service.
    pub(super) fn guess(&self, schema: &FactSchema) -> Option<Model> {
        self.described(schema, true)
    }

    /// The expressions that are no facts and must have a value.
    pub(super) fn others(&self) -> impl Iterator<Item = ExprId> {
        self.cells.iter().filter_map(|(subject, cell)| match subject.base {
            Base::Other(id) if subject.steps.is_empty() && !cell.absent => Some(id),
            _ => None,
        })
    }

    /// The texts that are left of a subject, if they are known.
    pub(super) fn texts(&self, subject: &Subject) -> Vec<Box<str>> {
        match self.cells.get(subject).map(|cell| &*cell.values) {
            Some(Values::Texts(texts)) => texts.known().map(Into::into).collect(),
            _ => Vec::new(),
        }
    }

    fn described(&self, schema: &FactSchema, partly: bool) -> Option<Model> {
        let mut model = Model::default();
        let mut tied = IndexMap::<usize, usize>::new();
        for (subject, cell) in self.cells.iter().filter(|(_, cell)| cell.asked) {
            if let Some(number) = subject.tied(schema) {
                let count = tied.entry(number).or_default();
                *count += 1;
                if *count > 1 {
                    return None;
                }
            }
            let name = match subject.name(schema) {
                None if partly => continue,
                name => name?,
            };
            let (said, example) = match (cell.present, cell.values.left()) {
                (true, Left::Value(said, example)) => (said, Some(example)),
                // It may be there, and nothing that is known fits.
                (true, _) => return None,
                (false, _) => ("is not set".to_owned(), None),
            };
            model.words.push(format!("`{name}` {said}"));
            model.facts.push((Subject::clone(subject), example));
        }
        Some(model)
    }
}
