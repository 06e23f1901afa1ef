//! What nests, written flat: children before their parent, which says how many there are. Whoever reads it needs no more
//! stack for a deep tree than for a flat one, and refuses what is deeper than rules can be written.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::facts::datum::{Datum, Kind};
use crate::ir::Conversion;
use crate::schema::vocabulary;
use crate::source::Span;

/// How deep a tree may be.
const MAX_DEPTH: usize = 256;

/// A value without those below it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Item {
    Absent,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(SmolStr),
    List(u32),
    Map(Vec<Box<str>>),
    Record(u32),
}

/// A conversion without those below it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Step {
    Same,
    ToFloat,
    Unprefix(Box<str>),
    Each,
    Fields(Vec<Option<u16>>),
    ToMap(Vec<(Box<str>, u16)>),
}

/// Finished trees, from which the next parent takes its children.
struct Stack<T> {
    trees: Vec<T>,
    /// How deep each is.
    depths: Vec<usize>,
}

impl<T> Stack<T> {
    /// A stack of which so many trees are about to grow.
    fn of(nodes: usize) -> Self {
        Self { trees: Vec::with_capacity(nodes), depths: Vec::with_capacity(nodes) }
    }

    /// What has grown.
    fn finish(mut self) -> Vec<T> {
        self.trees.shrink_to_fit();
        self.trees
    }

    /// Takes the last `count` trees as children of one, which `parent` makes of them.
    fn grow(&mut self, count: usize, parent: impl FnOnce(Vec<T>) -> Option<T>) -> Option<()> {
        let first = self.trees.len().checked_sub(count)?;
        let below = self.depths.drain(first..).max().map_or(0, |deepest| deepest + 1);
        let tree = parent(self.trees.split_off(first))?;
        self.trees.push(tree);
        self.depths.push(below);
        (below < MAX_DEPTH).then_some(())
    }
}

/// Values as flat items.
pub(super) fn flat_data(data: &[Datum]) -> Vec<(Span, Item)> {
    let mut items = Vec::new();
    data.iter().for_each(|datum| flatten(datum, &mut items));
    items
}

fn flatten(datum: &Datum, items: &mut Vec<(Span, Item)>) {
    let mut all = |data: &[Datum]| {
        data.iter().for_each(|datum| flatten(datum, items));
        count(data.len())
    };
    let item = match &datum.kind {
        Kind::Absent => Item::Absent,
        Kind::Bool(value) => Item::Bool(*value),
        Kind::Int(value) => Item::Int(*value),
        Kind::Float(value) => Item::Float(*value),
        Kind::Text(text) => Item::Text(text.clone()),
        Kind::List(elements) => Item::List(all(elements)),
        Kind::Record(fields) => Item::Record(all(fields)),
        Kind::Map(entries) => {
            entries.values().for_each(|datum| flatten(datum, items));
            Item::Map(entries.keys().cloned().collect())
        }
    };
    items.push((datum.span, item));
}

/// The values that flat items are; none if they are none.
pub(super) fn data(items: Vec<(Span, Item)>) -> Option<Vec<Datum>> {
    let mut stack = Stack::of(items.len());
    for (span, item) in items {
        let leaf = |kind| move |_| Some(Datum::at(span, kind));
        match item {
            Item::Absent => stack.grow(0, leaf(Kind::Absent))?,
            Item::Bool(value) => stack.grow(0, leaf(Kind::Bool(value)))?,
            Item::Int(value) => stack.grow(0, leaf(Kind::Int(value)))?,
            Item::Float(value) if value.is_finite() => stack.grow(0, leaf(Kind::Float(value)))?,
            Item::Float(_) => return None,
            Item::Text(text) => stack.grow(0, leaf(Kind::Text(text)))?,
            Item::List(count) => {
                stack.grow(count as usize, |elements| Some(Datum::at(span, Kind::List(elements.into()))))?;
            }
            Item::Record(count) => {
                stack.grow(count as usize, |fields| Some(Datum::at(span, Kind::Record(fields.into()))))?;
            }
            Item::Map(keys) => stack.grow(keys.len(), |values| {
                let count = keys.len();
                let entries: IndexMap<_, _> = keys.into_iter().zip(values).collect();
                (entries.len() == count).then_some(Datum::at(span, Kind::Map(entries.into())))
            })?,
        }
    }
    Some(stack.finish())
}

/// Conversions as flat steps.
pub(super) fn flat_conversions(conversions: &[Conversion]) -> Vec<Step> {
    let mut steps = Vec::new();
    conversions.iter().for_each(|conversion| flatten_conversion(conversion, &mut steps));
    steps
}

fn flatten_conversion(conversion: &Conversion, steps: &mut Vec<Step>) {
    let step = match conversion {
        Conversion::Same => Step::Same,
        Conversion::ToFloat => Step::ToFloat,
        Conversion::Unprefix(prefix) => Step::Unprefix((*prefix).into()),
        Conversion::Each(each) => {
            flatten_conversion(each, steps);
            Step::Each
        }
        Conversion::Fields(fields) => {
            fields.iter().flatten().for_each(|(_, each)| flatten_conversion(each, steps));
            Step::Fields(fields.iter().map(|field| field.as_ref().map(|(index, _)| *index)).collect())
        }
        Conversion::ToMap(fields) => {
            fields.iter().for_each(|(_, _, each)| flatten_conversion(each, steps));
            Step::ToMap(fields.iter().map(|(name, index, _)| (name.clone(), *index)).collect())
        }
    };
    steps.push(step);
}

/// The conversions that flat steps are; none if they are none.
pub(super) fn conversions(steps: Vec<Step>) -> Option<Vec<Conversion>> {
    let mut stack = Stack::of(steps.len());
    for step in steps {
        match step {
            Step::Same => stack.grow(0, |_| Some(Conversion::Same))?,
            Step::ToFloat => stack.grow(0, |_| Some(Conversion::ToFloat))?,
            Step::Unprefix(prefix) => {
                stack.grow(0, |_| vocabulary::prefix(&prefix).map(Conversion::Unprefix))?;
            }
            Step::Each => stack.grow(1, |mut each| Some(Conversion::Each(Box::new(each.pop()?))))?,
            Step::Fields(fields) => stack.grow(fields.iter().flatten().count(), |below| {
                let mut below = below.into_iter();
                let field = |field: Option<u16>| match field {
                    Some(index) => Some(Some((index, below.next()?))),
                    None => Some(None),
                };
                Some(Conversion::Fields(fields.into_iter().map(field).collect::<Option<_>>()?))
            })?,
            Step::ToMap(fields) => stack.grow(fields.len(), |below| {
                let fields = fields.into_iter().zip(below).map(|((name, index), each)| (name, index, each));
                Some(Conversion::ToMap(fields.collect()))
            })?,
        }
    }
    Some(stack.finish())
}

/// A number of children, which the limits on sources bound.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_bounded() {
        // The innermost is a level of its own.
        let lists = |levels: usize| {
            let items = (1..levels).map(|_| (Span::NONE, Item::List(1)));
            data([(Span::NONE, Item::Absent)].into_iter().chain(items).collect())
        };
        assert!(lists(MAX_DEPTH).is_some() && lists(MAX_DEPTH + 1).is_none());
        let each = |levels| {
            let steps = [Step::Same].into_iter().chain((1..levels).map(|_| Step::Each));
            conversions(steps.collect())
        };
        assert!(each(MAX_DEPTH).is_some() && each(MAX_DEPTH + 1).is_none());
    }
}
