//! The end of a render: each slot's writes become what it holds, and what is required must be there.

use super::draft::{Draft, Filled};
use super::machine::{Eval, Machine};
use super::merge::{Cell, Collection, Verdict};
use super::order::compare;
use super::text::depth;
use super::value::{List, Map, Value};
use crate::diagnostics::{Diagnostic, code};
use crate::schema::output::{Content, Layout, Slot, SlotIndex};
use crate::schema::shape::RecordShape;
use crate::sort;
use crate::source::Span;

/// How many conflicts are told one by one.
const CONFLICTS_TOLD: usize = 100;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// What the slots hold, now that all rules have run. Clashes become refusals.
    pub(super) fn settle(&mut self) -> Draft<'a> {
        let cells = std::mem::take(&mut self.cells);
        let mut slots = Vec::with_capacity(cells.len());
        for (number, (cell, slot)) in cells.iter().zip(&self.schema.slots).enumerate() {
            slots.push(match cell {
                Cell::Untouched => Filled::Empty,
                Cell::One(one) => {
                    if one.clash {
                        self.clash(number, slot, None);
                    }
                    if one.value.is_absent() { Filled::Empty } else { Filled::One(one.value) }
                }
                Cell::Many(collection) => self.collect(number, slot, collection),
            });
        }
        self.cells = cells;
        Draft { slots }
    }

    fn collect(&mut self, number: SlotIndex, slot: &'a Slot, collection: &Collection<'a>) -> Filled<'a> {
        let mut kept = Vec::with_capacity(collection.entries.len());
        for entry in &collection.entries {
            match collection.verdict(entry) {
                Verdict::In => kept.push((entry.key, entry.value)),
                Verdict::Out => {}
                Verdict::Clash => self.clash(number, slot, Some(entry.key)),
            }
        }
        if collection.empty_or_unset() {
            self.clash(number, slot, None);
        }
        let given = collection.whole.is_some_and(|whole| whole.unset == 0);
        if kept.is_empty() && !given {
            return Filled::Empty;
        }
        match &slot.content {
            Content::Keyed(keyed) => {
                let text = |key| if let Value::Text(text) = key { text } else { "" };
                let mut entries: Vec<_> = kept.into_iter().map(|(key, value)| (text(key), value)).collect();
                if keyed.layout == Layout::ListByDepth {
                    sort::by_key(&mut entries, |(key, _)| depth(key));
                }
                Filled::Keyed(entries)
            }
            Content::Set(_) => {
                sort::by(&mut kept, |(a, _), (b, _)| compare(*a, *b));
                Filled::Many(kept.into_iter().map(|(_, value)| value).collect())
            }
            Content::DeviceRules(shape) => {
                let rank = DeviceRank::of(shape);
                let mut rules: Vec<_> = kept.into_iter().map(|(_, value)| value).collect();
                sort::by_key(&mut rules, |rule| rank.rank(*rule));
                Filled::Many(rules)
            }
            Content::Value(_) | Content::List(_) => Filled::Many(kept.into_iter().map(|(_, value)| value).collect()),
        }
    }

    #[cold]
    #[inline(never)]
    fn clash(&mut self, number: SlotIndex, slot: &'a Slot, key: Option<Value<'a>>) {
        self.conflicts += 1;
        match self.conflicts {
            0..=CONFLICTS_TOLD => {
                let diagnostic = self.conflict(number, slot, key);
                self.refusals.push(diagnostic);
            }
            // Each takes a look at every write; nobody reads so many.
            _ if self.conflicts == CONFLICTS_TOLD + 1 => {
                let message = format!("more than {CONFLICTS_TOLD} conflicts: the others are not told");
                self.refusals.push(Diagnostic::new(code::RENDER_CONFLICT, message));
            }
            _ => {}
        }
    }

    /// Refuses a draft that lacks what the spec requires.
    pub(super) fn check_required(&mut self, draft: &Draft<'a>) {
        let schema = self.schema;
        let missing = schema.missing(|index| !matches!(draft.slot(index), Filled::Empty));
        let slots = missing.into_iter().filter_map(|index| schema.slot(index));
        self.refusals.extend(slots.map(|slot| lacking(slot.path, slot.section)));
    }

    /// Refuses an output that is larger than its limit, by a count of its texts and values.
    pub(super) fn check_size(&mut self, draft: &Draft<'a>) -> Eval<()> {
        let size: usize = draft.slots.iter().map(filled_size).sum();
        if size > self.limits.output {
            let message = format!("the spec is larger than {} bytes", self.limits.output);
            return Err(super::machine::Stop(Box::new(Diagnostic::new(code::OUTPUT_TOO_LARGE, message))));
        }
        Ok(())
    }

    /// Makes the finished draft readable as `spec.…`.
    pub(super) fn publish(&mut self, draft: &Draft<'a>) {
        let bump = self.bump;
        let value = |filled: &Filled<'a>, slot: &Slot| match (filled, &slot.content) {
            (Filled::One(value), _) => *value,
            (Filled::Many(values), _) => Value::List(List::Values(bump.alloc_slice_copy(values))),
            (Filled::Keyed(entries), _) => Value::Map(Map::Entries(bump.alloc_slice_copy(entries))),
            (Filled::Empty, Content::Value(_)) => Value::Absent,
            (Filled::Empty, Content::Keyed(_)) => Value::Map(Map::Entries(&[])),
            (Filled::Empty, _) => Value::List(List::Values(&[])),
        };
        let pairs = draft.slots.iter().zip(&self.schema.slots);
        let values: Vec<Value<'a>> = pairs.map(|(filled, slot)| value(filled, slot)).collect();
        self.spec = bump.alloc_slice_copy(&values);
    }
}

fn lacking(path: &str, section: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(code::REQUIRED_MISSING, format!("no rule wrote `{path}`"));
    diagnostic.label(Span::NONE, "").help(format!("the runtime spec requires it ({section}): write it in a rule"))
}

fn filled_size(filled: &Filled<'_>) -> usize {
    match filled {
        Filled::Empty => 0,
        Filled::One(value) => size(*value),
        Filled::Many(values) => values.iter().map(|value| size(*value)).sum(),
        Filled::Keyed(entries) => entries.iter().map(|(key, value)| key.len() + size(*value)).sum(),
    }
}

/// About how many bytes of JSON a value is.
fn size(value: Value<'_>) -> usize {
    4 + match value {
        Value::Text(text) => text.len(),
        Value::List(list) => list.iter().map(size).sum(),
        Value::Map(map) => map.iter().map(|(key, value)| key.len() + size(value)).sum(),
        Value::Record(record) => (0..record.len()).map(|index| size(record.get(index))).sum(),
        _ => 0,
    }
}

/// Where a device rule's fields are.
pub(super) struct DeviceRank {
    allow: usize,
    pub(super) kind: usize,
    major: usize,
    minor: usize,
}

impl DeviceRank {
    pub(super) fn of(shape: &RecordShape) -> Self {
        let index = |name| shape.index_of(name).unwrap_or(usize::MAX);
        Self { allow: index("allow"), kind: index("type"), major: index("major"), minor: index("minor") }
    }

    /// Denials of everything come first, then what is allowed, then what is denied again.
    pub(super) fn rank(&self, rule: Value<'_>) -> u8 {
        let Value::Record(rule) = rule else { return 3 };
        let any = matches!(rule.get(self.kind), Value::Absent | Value::Text("a"));
        let all = any && rule.get(self.major).is_absent() && rule.get(self.minor).is_absent();
        match rule.get(self.allow) {
            Value::Bool(true) => 1,
            _ if all => 0,
            _ => 2,
        }
    }
}
