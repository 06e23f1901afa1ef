//! Values of a traced render: what they are in this render, and how far every render on the same way has the same.

use bumpalo::Bump;

use super::op::{Operand, Reg};
use crate::eval::value::{List, Map, Record, Value};
use crate::facts::datum::{Datum, Kind};

/// A value. What is not constant is never absent and never a boolean: the way depends on both.
#[derive(Clone, Copy)]
pub(super) enum Sym<'a> {
    /// The same in every render on this way.
    Const(Value<'a>),
    /// What it is in this render, and the number of the step that gives it in others.
    Reg(Value<'a>, Reg),
    /// A list of known length.
    List(&'a [Sym<'a>]),
    /// A map with a known number of entries.
    Map(&'a [(Sym<'a>, Sym<'a>)]),
    /// A record with known fields.
    Record(&'a [Sym<'a>]),
}

impl Default for Sym<'_> {
    fn default() -> Self {
        Self::ABSENT
    }
}

impl<'a> Sym<'a> {
    pub(super) const ABSENT: Self = Self::Const(Value::Absent);

    pub(super) const fn text(text: &'a str) -> Self {
        Self::Const(Value::Text(text))
    }

    pub(super) const fn int(value: usize) -> Self {
        Self::Const(Value::Int(value as i128))
    }

    pub(super) const fn bool(value: bool) -> Self {
        Self::Const(Value::Bool(value))
    }

    pub(super) const fn is_absent(self) -> bool {
        matches!(self, Self::Const(Value::Absent))
    }

    /// A list of these elements.
    pub(super) fn list(elements: &[Self], bump: &'a Bump) -> Self {
        match constants(elements, bump) {
            Some(values) => Self::Const(Value::List(List::Values(values))),
            None => Self::List(bump.alloc_slice_copy(elements)),
        }
    }

    /// A record of these fields.
    pub(super) fn record(fields: &[Self], bump: &'a Bump) -> Self {
        match constants(fields, bump) {
            Some(values) => Self::Const(Value::Record(Record::Values(values))),
            None => Self::Record(bump.alloc_slice_copy(fields)),
        }
    }

    /// A map of these entries.
    pub(super) fn map(entries: &[(Self, Self)], bump: &'a Bump) -> Self {
        let constant: Option<Vec<_>> = entries
            .iter()
            .map(|entry| match entry {
                (Self::Const(Value::Text(key)), Self::Const(value)) => Some((*key, *value)),
                _ => None,
            })
            .collect();
        match constant {
            Some(entries) => Self::Const(Value::Map(Map::Entries(bump.alloc_slice_copy(&entries)))),
            None => Self::Map(bump.alloc_slice_copy(entries)),
        }
    }

    /// What it is in this render.
    pub(super) fn value(self, bump: &'a Bump) -> Value<'a> {
        match self {
            Self::Const(value) | Self::Reg(value, _) => value,
            Self::List(elements) => Value::List(List::Values(values(elements, bump))),
            Self::Record(fields) => Value::Record(Record::Values(values(fields, bump))),
            Self::Map(entries) => {
                let pair = |(key, value): &(Self, Self)| match key.value(bump) {
                    Value::Text(key) => (key, value.value(bump)),
                    _ => ("", value.value(bump)),
                };
                Value::Map(Map::Entries(bump.alloc_slice_fill_iter(entries.iter().map(pair))))
            }
        }
    }

    /// It as an operand of a step, unless it has parts that differ from render to render.
    pub(super) fn operand(self) -> Option<Operand> {
        match self {
            Self::Const(value) => Some(Operand::Const(Box::new(own(value)))),
            Self::Reg(_, reg) => Some(Operand::Reg(reg)),
            _ => None,
        }
    }
}

fn values<'a>(syms: &[Sym<'a>], bump: &'a Bump) -> &'a [Value<'a>] {
    bump.alloc_slice_fill_iter(syms.iter().map(|sym| sym.value(bump)))
}

fn constants<'a>(syms: &[Sym<'a>], bump: &'a Bump) -> Option<&'a [Value<'a>]> {
    syms.iter().all(|sym| matches!(sym, Sym::Const(_))).then(|| values(syms, bump))
}

/// A value that outlives the render.
pub(super) fn own(value: Value<'_>) -> Datum {
    Datum::new(match value {
        Value::Absent => Kind::Absent,
        Value::Bool(value) => Kind::Bool(value),
        Value::Int(value) => Kind::Int(value),
        Value::Float(value) => Kind::Float(value),
        Value::Text(text) => Kind::Text(text.into()),
        Value::List(list) => Kind::List(list.iter().map(own).collect()),
        Value::Map(map) => Kind::map(map.iter().map(|(key, value)| (key.into(), own(value)))),
        Value::Record(record) => Kind::Record((0..record.len()).map(|index| own(record.get(index))).collect()),
    })
}
