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
#[derive(Clone, Default)]
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

/// How much there is and under which keys, never what: values can be secrets.
impl std::fmt::Debug for Filled<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::One(_) => f.write_str("One(…)"),
            Self::Many(values) => write!(f, "Many({})", values.len()),
            Self::Keyed(entries) => {
                let keys: Vec<&str> = entries.iter().map(|(key, _)| *key).collect();
                write!(f, "Keyed({keys:?})")
            }
        }
    }
}
