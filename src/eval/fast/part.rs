//! What a slot of a draft holds in every render on one way: constants, and registers where they differ.

use bumpalo::Bump;

use super::op::Reg;
use super::sym::{Sym, own};
use super::write::Held;
use crate::eval::draft::Filled;
use crate::eval::value::{List, Map, Record, Value};
use crate::facts::datum::Datum;

/// A value of the draft.
#[derive(Debug)]
pub(super) enum Part {
    Empty,
    Const(Datum),
    Reg(Reg),
    List(Box<[Part]>),
    Map(Box<[(Part, Part)]>),
    Record(Box<[Part]>),
    /// A slot's collections.
    Many(Box<[Part]>),
    Keyed(Box<[(Part, Part)]>),
}

impl Part {
    pub(super) fn held(held: &Held<'_>) -> Self {
        match held {
            Held::Empty => Self::Empty,
            Held::One(sym) => Self::of(*sym),
            Held::Many(syms) => Self::Many(syms.iter().map(|sym| Self::of(*sym)).collect()),
            Held::Keyed(entries) => Self::Keyed(entries.iter().map(Self::pair).collect()),
        }
    }

    fn of(sym: Sym<'_>) -> Self {
        match sym {
            Sym::Const(value) => Self::Const(own(value)),
            Sym::Reg(_, reg) => Self::Reg(reg),
            Sym::List(parts) => Self::List(parts.iter().map(|part| Self::of(*part)).collect()),
            Sym::Map(entries) => Self::Map(entries.iter().map(Self::pair).collect()),
            Sym::Record(parts) => Self::Record(parts.iter().map(|part| Self::of(*part)).collect()),
        }
    }

    fn pair((key, value): &(Sym<'_>, Sym<'_>)) -> (Self, Self) {
        (Self::of(*key), Self::of(*value))
    }

    /// How many values and elements of a slot it stands for.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Many(parts) => parts.len(),
            Self::Keyed(entries) => entries.len(),
            _ => 1,
        }
    }

    /// Whether it is not the same in every render on its way.
    pub(super) fn changes(&self) -> bool {
        match self {
            Self::Empty | Self::Const(_) => false,
            Self::Reg(_) => true,
            Self::List(parts) | Self::Record(parts) | Self::Many(parts) => parts.iter().any(Self::changes),
            Self::Map(entries) | Self::Keyed(entries) => {
                entries.iter().any(|(key, value)| key.changes() || value.changes())
            }
        }
    }

    pub(super) fn filled<'a>(&'a self, registers: &[Value<'a>], bump: &'a Bump) -> Filled<'a> {
        match self {
            Self::Empty => Filled::Empty,
            Self::Many(parts) => Filled::Many(parts.iter().map(|part| part.value(registers, bump)).collect()),
            Self::Keyed(entries) => {
                Filled::Keyed(entries.iter().map(|entry| Self::entry(entry, registers, bump)).collect())
            }
            part => Filled::One(part.value(registers, bump)),
        }
    }

    fn value<'a>(&'a self, registers: &[Value<'a>], bump: &'a Bump) -> Value<'a> {
        let all =
            |parts: &'a [Self]| &*bump.alloc_slice_fill_iter(parts.iter().map(|part| part.value(registers, bump)));
        match self {
            Self::Empty => Value::Absent,
            Self::Const(datum) => Value::from(datum),
            Self::Reg(reg) => registers.get(*reg as usize).copied().unwrap_or_default(),
            Self::List(parts) | Self::Many(parts) => Value::List(List::Values(all(parts))),
            Self::Record(parts) => Value::Record(Record::Values(all(parts))),
            Self::Map(entries) | Self::Keyed(entries) => {
                let entries = entries.iter().map(|entry| Self::entry(entry, registers, bump));
                Value::Map(Map::Entries(bump.alloc_slice_fill_iter(entries)))
            }
        }
    }

    fn entry<'a>((key, value): &'a (Self, Self), registers: &[Value<'a>], bump: &'a Bump) -> (&'a str, Value<'a>) {
        let key = if let Value::Text(key) = key.value(registers, bump) { key } else { "" };
        (key, value.value(registers, bump))
    }
}
