//! The finished output before it becomes a spec: what each slot of the output schema holds.

use crate::eval::value::Value;
use crate::schema::output::SlotIndex;

/// What rules wrote, merged, by slot of [`crate::schema::output::OutputSchema`].
#[derive(Clone, Debug, Default)]
pub struct Draft<'a> {
    /// By slot index.
    pub slots: Vec<Filled<'a>>,
}

/// What one slot holds. Records have their values in the order of the shape's fields.
#[derive(Clone, Debug, Default)]
pub enum Filled<'a> {
    /// No rule wrote it, or what was written is that it is absent.
    #[default]
    Empty,
    /// A single value.
    One(Value<'a>),
    /// A set (sorted), a list, or device rules, in the order in which they come out.
    Many(Vec<Value<'a>>),
    /// Elements by key, in the order in which they come out. Number keys are decimal text, pairs `8:0`.
    Keyed(Vec<(&'a str, Value<'a>)>),
}

impl<'a> Draft<'a> {
    /// What a slot holds.
    #[must_use]
    pub fn slot(&self, index: SlotIndex) -> &Filled<'a> {
        self.slots.get(index).unwrap_or(&Filled::Empty)
    }
}
