//! A render that writes down which way it goes.

use indexmap::{IndexMap, IndexSet};

use super::op::{Op, Operand, Reg};
use super::sym::{Sym, own};
use super::{Job, LONGEST_TEXT, MOST_EFFORT, MOST_STEPS};
use crate::eval::machine::{Eval, Machine};
use crate::eval::value::Value;
use crate::ir::Program;
use crate::schema::output::OutputSchema;

/// From here on only the general path knows what to do.
pub(super) struct Off;

pub(super) type Traced<T> = Result<T, Off>;

/// What the values of the writes to one slot are, beside what they are in this render.
#[derive(Default)]
pub(super) struct Shadow<'a> {
    pub(super) one: Sym<'a>,
    /// By position in the slot's collection.
    pub(super) keys: Vec<Sym<'a>>,
    pub(super) values: Vec<Sym<'a>>,
}

/// A traced render.
pub(super) struct Tracer<'a> {
    /// Computes, and holds what is written as it is in this render.
    pub(super) machine: Machine<'a, false>,
    pub(super) program: &'a Program,
    pub(super) schema: &'static OutputSchema,
    /// The steps so far, and what each gives.
    ops: IndexMap<Op, Reg>,
    registers: Reg,
    /// What it may still do, so that a trace ends in bounded time too.
    effort: usize,
    /// Pairs of which it is known that they differ.
    pub(super) distinct: IndexSet<(Operand, Operand)>,
    expanded: IndexMap<Reg, Sym<'a>>,
    pub(super) lets: Vec<Option<Sym<'a>>>,
    pub(super) guards: Vec<Option<bool>>,
    pub(super) locals: Vec<Sym<'a>>,
    pub(super) shadows: Vec<Shadow<'a>>,
    pub(super) spec: Vec<Sym<'a>>,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(job: Job<'a>) -> Self {
        let Job { program, schema, facts, arena, limits } = job;
        let mut shadows = Vec::new();
        shadows.resize_with(schema.slots.len(), Shadow::default);
        Self {
            machine: Machine::new(program, schema, facts, arena, limits),
            program,
            schema,
            ops: IndexMap::new(),
            registers: 0,
            effort: MOST_EFFORT,
            distinct: IndexSet::new(),
            expanded: IndexMap::new(),
            lets: vec![None; program.lets.len()],
            guards: vec![None; program.guards.len()],
            locals: vec![Sym::ABSENT; program.locals],
            shadows,
            spec: Vec::new(),
        }
    }

    /// The way that this render went.
    pub(super) fn into_ops(self) -> impl ExactSizeIterator<Item = Op> {
        self.ops.into_keys()
    }

    // Steps.

    pub(super) fn charge(&mut self, effort: usize) -> Traced<()> {
        self.effort = self.effort.checked_sub(effort).ok_or(Off)?;
        Ok(())
    }

    /// A question and its answer in this render.
    pub(super) fn ask(&mut self, op: Op) -> Traced<()> {
        self.step(op).map(|_| ())
    }

    fn step(&mut self, op: Op) -> Traced<Reg> {
        if let Some(reg) = self.ops.get(&op) {
            return Ok(*reg);
        }
        if self.ops.len() >= MOST_STEPS {
            return Err(Off);
        }
        let reg = self.registers;
        self.registers += Reg::from(op.gives());
        self.ops.insert(op, reg);
        Ok(reg)
    }

    /// What a step gives. Whether it gives anything, and which of two booleans, decides the way.
    pub(super) fn given(&mut self, value: Value<'a>, op: Op) -> Traced<Sym<'a>> {
        let gives = op.gives();
        let reg = self.step(op)?;
        match value {
            Value::Absent if gives => Err(Off),
            Value::Absent => Ok(Sym::ABSENT),
            Value::Bool(is) => {
                self.ask(Op::Holds { of: reg, is })?;
                Ok(Sym::bool(is))
            }
            Value::Text(text) if text.len() > LONGEST_TEXT => Err(Off),
            _ => Ok(Sym::Reg(value, reg)),
        }
    }

    pub(super) fn checked<T>(&self, result: Eval<T>) -> Traced<T> {
        result.map_err(|_| Off)
    }

    /// The same value in every render on this way.
    pub(super) fn pin(&mut self, sym: Sym<'a>) -> Traced<Value<'a>> {
        if let Sym::Reg(value @ (Value::Text(_) | Value::Int(_)), reg) = sym {
            let other = Operand::Const(Box::new(own(value)));
            self.ask(Op::Same { one: reg, other, is: true })?;
            return Ok(value);
        }
        if let Sym::Const(value) = sym { Ok(value) } else { Err(Off) }
    }

    // Parts.

    /// The elements of a list.
    pub(super) fn elements(&mut self, list: Sym<'a>) -> Traced<&'a [Sym<'a>]> {
        let bump = self.machine.bump;
        match list {
            Sym::Const(Value::List(list)) => {
                self.charge(list.len())?;
                Ok(bump.alloc_slice_fill_iter(list.iter().map(Sym::Const).collect::<Vec<_>>()))
            }
            Sym::List(elements) => Ok(elements),
            Sym::Reg(Value::List(values), reg) => {
                if let Some(Sym::List(elements)) = self.expanded.get(&reg) {
                    return Ok(elements);
                }
                self.ask(Op::Len { of: reg, is: values.len() })?;
                let mut elements = Vec::with_capacity(values.len());
                for (at, value) in (0u32..).zip(values.iter()) {
                    elements.push(self.given(value, Op::Element { of: reg, at })?);
                }
                let elements = bump.alloc_slice_copy(&elements);
                self.expanded.insert(reg, Sym::List(elements));
                Ok(elements)
            }
            _ => Err(Off),
        }
    }

    /// The entries of a map.
    pub(super) fn entries(&mut self, map: Sym<'a>) -> Traced<&'a [(Sym<'a>, Sym<'a>)]> {
        let bump = self.machine.bump;
        match map {
            Sym::Const(Value::Map(map)) => {
                self.charge(map.len())?;
                let entries: Vec<_> = map.iter().map(|(key, value)| (Sym::text(key), Sym::Const(value))).collect();
                Ok(bump.alloc_slice_copy(&entries))
            }
            Sym::Map(entries) => Ok(entries),
            Sym::Reg(Value::Map(map), reg) => {
                if let Some(Sym::Map(entries)) = self.expanded.get(&reg) {
                    return Ok(entries);
                }
                self.ask(Op::Len { of: reg, is: map.len() })?;
                let mut entries: Vec<(Sym<'a>, Sym<'a>)> = Vec::with_capacity(map.len());
                for (at, (key, value)) in (0u32..).zip(map.iter()) {
                    let name = self.given(Value::Text(key), Op::Key { of: reg, at })?;
                    // A map has no key twice.
                    for (other, _) in &entries {
                        self.know_distinct(name, *other);
                    }
                    entries.push((name, self.given(value, Op::Entry { of: reg, at })?));
                }
                let entries = bump.alloc_slice_copy(&entries);
                self.expanded.insert(reg, Sym::Map(entries));
                Ok(entries)
            }
            _ => Err(Off),
        }
    }

    /// A field of a record.
    pub(super) fn field_of(&mut self, record: Sym<'a>, index: usize) -> Traced<Sym<'a>> {
        match record {
            Sym::Const(Value::Absent) => Ok(Sym::ABSENT),
            Sym::Const(Value::Record(record)) => Ok(Sym::Const(record.get(index))),
            Sym::Record(fields) => Ok(fields.get(index).copied().unwrap_or_default()),
            Sym::Reg(Value::Record(record), of) => {
                let value = record.get(index);
                let index = u16::try_from(index).map_err(|_| Off)?;
                self.given(value, Op::Field { of, index, present: !value.is_absent() })
            }
            _ => Err(Off),
        }
    }

    pub(super) const fn field_count(record: Sym<'a>) -> usize {
        match record {
            Sym::Const(Value::Record(record)) | Sym::Reg(Value::Record(record), _) => record.len(),
            Sym::Record(fields) => fields.len(),
            _ => 0,
        }
    }
}
