//! Values at render time: borrowed from the facts, from the policy's constants, or from the render's arena.

use indexmap::IndexMap;

use crate::facts::datum::{Datum, Kind};

/// A value. It is `Copy`: whatever is larger than a word or two is behind a reference.
#[derive(Clone, Copy, Debug, Default)]
pub enum Value<'a> {
    /// Not there.
    #[default]
    Absent,
    /// `Bool`
    Bool(bool),
    /// `Int`: −2^63 … 2^64−1
    Int(i128),
    /// `Float`: finite
    Float(f64),
    /// `String`, `Capability` (without its prefix), `Version`
    Text(&'a str),
    /// `List<T>`
    List(List<'a>),
    /// `Map<String, T>`
    Map(Map<'a>),
    /// A record, fields in the order of its type or shape.
    Record(Record<'a>),
}

/// The elements of a list.
#[derive(Clone, Copy, Debug)]
pub enum List<'a> {
    /// As they stand in a fact or constant.
    Facts(&'a [Datum]),
    /// Computed.
    Values(&'a [Value<'a>]),
}

/// The entries of a map, in order.
#[derive(Clone, Copy, Debug)]
pub enum Map<'a> {
    /// As they stand in a fact or constant.
    Facts(&'a IndexMap<Box<str>, Datum>),
    /// Computed; no key twice.
    Entries(&'a [(&'a str, Value<'a>)]),
}

/// The fields of a record.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// As they stand in a fact or constant.
    Facts(&'a [Datum]),
    /// Computed.
    Values(&'a [Value<'a>]),
}

impl<'a> From<&'a Datum> for Value<'a> {
    fn from(datum: &'a Datum) -> Self {
        match &datum.kind {
            Kind::Absent => Self::Absent,
            Kind::Bool(value) => Self::Bool(*value),
            Kind::Int(value) => Self::Int(*value),
            Kind::Float(value) => Self::Float(*value),
            Kind::Text(text) => Self::Text(text),
            Kind::List(elements) => Self::List(List::Facts(elements)),
            Kind::Map(entries) => Self::Map(Map::Facts(entries)),
            Kind::Record(fields) => Self::Record(Record::Facts(fields)),
        }
    }
}

impl<'a> Value<'a> {
    /// Whether it is not there.
    #[must_use]
    pub const fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'a> List<'a> {
    /// The number of elements.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::Facts(elements) => elements.len(),
            Self::Values(elements) => elements.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The element at an index, absent outside.
    #[must_use]
    pub fn get(self, index: usize) -> Value<'a> {
        match self {
            Self::Facts(elements) => elements.get(index).map_or(Value::Absent, Value::from),
            Self::Values(elements) => elements.get(index).copied().unwrap_or_default(),
        }
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = Value<'a>> {
        (0..self.len()).map(move |index| self.get(index))
    }
}

impl<'a> Map<'a> {
    /// The number of entries.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Facts(entries) => entries.len(),
            Self::Entries(entries) => entries.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a key, absent if it has none.
    #[must_use]
    pub fn get(self, key: &str) -> Value<'a> {
        match self {
            Self::Facts(entries) => entries.get(key).map_or(Value::Absent, Value::from),
            Self::Entries(entries) => {
                entries.iter().find(|(name, _)| *name == key).map_or(Value::Absent, |(_, value)| *value)
            }
        }
    }

    /// The entry at an index.
    #[must_use]
    pub fn entry(self, index: usize) -> Option<(&'a str, Value<'a>)> {
        match self {
            Self::Facts(entries) => entries.get_index(index).map(|(key, value)| (&**key, Value::from(value))),
            Self::Entries(entries) => entries.get(index).copied(),
        }
    }

    /// The entries in order.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        (0..self.len()).filter_map(move |index| self.entry(index))
    }
}

impl<'a> Record<'a> {
    /// The number of fields.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::Facts(fields) => fields.len(),
            Self::Values(fields) => fields.len(),
        }
    }

    /// Whether it has no fields at all.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a field by its index, absent outside.
    #[must_use]
    pub fn get(self, index: usize) -> Value<'a> {
        match self {
            Self::Facts(fields) => fields.get(index).map_or(Value::Absent, Value::from),
            Self::Values(fields) => fields.get(index).copied().unwrap_or_default(),
        }
    }
}
