//! A render that writes down which way it goes.

use indexmap::{IndexMap, IndexSet};

use super::op::{Op, Operand, Pattern, Reg, ShapeRef};
use super::sym::{Sym, own};
use super::{Job, LONGEST_LIST, LONGEST_TEXT, MOST_EFFORT, MOST_STEPS};
use crate::eval::machine::{Eval, Machine};
use crate::eval::order::{by_kind, compare, equal};
use crate::eval::text::is_normal;
use crate::eval::value::{List, Value};
use crate::ir::{OrderKind, Program};
use crate::schema::output::OutputSchema;
use crate::schema::shape::{Shape, TextForm};

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
    distinct: IndexSet<(Operand, Operand)>,
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

    // Questions.

    /// Whether two values are equal.
    pub(super) fn same(&mut self, left: Sym<'a>, right: Sym<'a>) -> Traced<bool> {
        match (left, right) {
            (Sym::Const(a), Sym::Const(b)) => Ok(equal(a, b)),
            (Sym::Reg(_, a), Sym::Reg(_, b)) if a == b => Ok(true),
            (Sym::Const(Value::Absent), _) | (_, Sym::Const(Value::Absent)) => Ok(false),
            (Sym::Reg(a, one), other) | (other, Sym::Reg(a, one)) if is_scalar(a) => {
                let b = other.value(self.machine.bump);
                if !is_scalar(b) {
                    return Ok(false);
                }
                let is = equal(a, b);
                if !is && self.distinct.contains(&pair(left.operand().ok_or(Off)?, right.operand().ok_or(Off)?)) {
                    return Ok(false);
                }
                self.ask(Op::Same { one, other: other.operand().ok_or(Off)?, is })?;
                Ok(is)
            }
            _ => self.same_parts(left, right),
        }
    }

    fn same_parts(&mut self, left: Sym<'a>, right: Sym<'a>) -> Traced<bool> {
        let bump = self.machine.bump;
        match (left.value(bump), right.value(bump)) {
            (Value::List(_), Value::List(_)) => {
                let (left, right) = (self.elements(left)?, self.elements(right)?);
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (a, b) in left.iter().zip(right) {
                    if !self.same(*a, *b)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Record(_), Value::Record(_)) => {
                for index in 0..Self::field_count(left).max(Self::field_count(right)) {
                    let (a, b) = (self.field_of(left, index)?, self.field_of(right, index)?);
                    if !self.same(a, b)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Map(_), Value::Map(_)) => {
                let (left, right) = (self.entries(left)?, self.entries(right)?);
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (key, value) in left {
                    let Some(at) = self.find_key(right, *key)? else { return Ok(false) };
                    let other = right.get(at).map(|(_, value)| *value).unwrap_or_default();
                    if !self.same(*value, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Where a key is among entries that have none twice.
    pub(super) fn find_key(&mut self, entries: &[(Sym<'a>, Sym<'a>)], key: Sym<'a>) -> Traced<Option<usize>> {
        let keys: Vec<Sym<'a>> = entries.iter().map(|(key, _)| *key).collect();
        self.find(&keys, key)
    }

    /// Where a value is among values of which no two are equal.
    pub(super) fn find(&mut self, among: &[Sym<'a>], wanted: Sym<'a>) -> Traced<Option<usize>> {
        self.charge(among.len())?;
        let bump = self.machine.bump;
        let value = wanted.value(bump);
        let found = among.iter().position(|other| equal(other.value(bump), value));
        match found.and_then(|at| among.get(at)) {
            Some(other) => _ = self.same(wanted, *other)?,
            None => self.differs(wanted, among)?,
        }
        Ok(found)
    }

    /// Makes sure that a value is none of these; in this render it is not.
    fn differs(&mut self, value: Sym<'a>, others: &[Sym<'a>]) -> Traced<()> {
        let Sym::Reg(concrete, one) = value else {
            for other in others {
                self.same(value, *other)?;
            }
            return Ok(());
        };
        if !is_scalar(concrete) {
            return Err(Off);
        }
        let mut from = Vec::new();
        for other in others {
            let Some(operand) = other.operand() else { return Err(Off) };
            if self.distinct.insert(pair(Operand::Reg(one), operand.clone())) {
                from.push(operand);
            }
        }
        if from.is_empty() { Ok(()) } else { self.ask(Op::Differs { one, from: from.into() }) }
    }

    fn know_distinct(&mut self, one: Sym<'a>, other: Sym<'a>) {
        if let (Some(one), Some(other)) = (one.operand(), other.operand()) {
            self.distinct.insert(pair(one, other));
        }
    }

    /// How two values stand to each other.
    pub(super) fn order(&mut self, by: Option<OrderKind>, left: Sym<'a>, right: Sym<'a>) -> Traced<std::cmp::Ordering> {
        let bump = self.machine.bump;
        let (a, b) = (left.value(bump), right.value(bump));
        let is = match by {
            Some(kind) => by_kind(kind, a, b).ok_or(Off)?,
            None => compare(a, b),
        };
        if let (Sym::Const(_), Sym::Const(_)) = (left, right) {
            return Ok(is);
        }
        let (Some(one), Some(other)) = (left.operand(), right.operand()) else { return Err(Off) };
        self.ask(Op::Compare { one, other, by, is })?;
        Ok(is)
    }

    /// Whether a text matches a glob.
    pub(super) fn like(&mut self, text: Sym<'a>, glob: Sym<'a>) -> Traced<bool> {
        let (Some(one), Some(other)) = (text.operand(), glob.operand()) else { return Err(Off) };
        let bump = self.machine.bump;
        let (Value::Text(text_value), Value::Text(glob_value)) = (text.value(bump), glob.value(bump)) else {
            return Err(Off);
        };
        let is = crate::eval::like(text_value, glob_value);
        if matches!((text, glob), (Sym::Reg(..), _) | (_, Sym::Reg(..))) {
            self.ask(Op::Like { text: one, pattern: Box::new(Pattern::new(other)), is })?;
        }
        Ok(is)
    }

    /// Whether one path is another or below it, if both are normal; else that is for the general function to say.
    pub(super) fn below(&mut self, path: Sym<'a>, dir: Sym<'a>) -> Traced<Option<bool>> {
        for sym in [path, dir] {
            match sym {
                Sym::Reg(Value::Text(text), of) => {
                    let is = is_normal(text);
                    self.ask(Op::NormalPath { of, is })?;
                    if !is {
                        return Ok(None);
                    }
                }
                Sym::Const(Value::Text(text)) if is_normal(text) => {}
                _ => return Ok(None),
            }
        }
        let bump = self.machine.bump;
        let (Value::Text(inner), Value::Text(outer)) = (path.value(bump), dir.value(bump)) else { return Err(Off) };
        let is = crate::eval::within(inner, outer);
        let (Some(path), Some(dir)) = (path.operand(), dir.operand()) else { return Err(Off) };
        self.ask(Op::Below { path, dir, is })?;
        Ok(Some(is))
    }

    /// Whether a text, list or map has nothing in it.
    pub(super) fn is_empty(&mut self, sym: Sym<'a>) -> Traced<bool> {
        let is = match sym.value(self.machine.bump) {
            Value::Text(text) => text.is_empty(),
            Value::List(list) => list.is_empty(),
            Value::Map(map) => map.is_empty(),
            _ => return Err(Off),
        };
        if let Sym::Reg(_, of) = sym {
            self.ask(Op::Empty { of, is })?;
        }
        Ok(is)
    }

    /// A value as its place takes it.
    pub(super) fn fitted(&mut self, shape: &'static Shape, sym: Sym<'a>) -> Traced<Sym<'a>> {
        let bump = self.machine.bump;
        match (shape, sym) {
            (_, Sym::Const(value)) => match self.machine.fit(shape, value) {
                Ok(None) => Ok(sym),
                Ok(Some(other)) => Ok(Sym::Const(other)),
                Err(_) => Err(Off),
            },
            (Shape::List(element), Sym::Reg(Value::List(list), reg)) if is_plain(list) => {
                let fits = matches!(self.machine.fit(shape, Value::List(list)), Ok(None));
                let short = list.len() <= LONGEST_LIST && !matches!(**element, Shape::Record(_) | Shape::List(_));
                if !fits || !short {
                    return Err(Off);
                }
                self.ask(Op::Fits { of: reg, shape: ShapeRef(shape) })?;
                Ok(sym)
            }
            (Shape::List(element), Sym::List(_) | Sym::Reg(Value::List(_), _)) => {
                let mut fitted = Vec::new();
                for part in self.elements(sym)? {
                    fitted.push(self.fitted(element, *part)?);
                }
                Ok(Sym::list(&fitted, bump))
            }
            (Shape::Map(element), Sym::Map(_) | Sym::Reg(Value::Map(_), _)) => {
                let mut fitted = Vec::new();
                for (key, value) in self.entries(sym)? {
                    let key = self.fitted(const { &Shape::Text(TextForm::Any) }, *key)?;
                    fitted.push((key, self.fitted(element, *value)?));
                }
                Ok(Sym::map(&fitted, bump))
            }
            (Shape::Record(record), Sym::Record(_) | Sym::Reg(Value::Record(_), _)) => self.fitted_record(record, sym),
            (_, Sym::Reg(value, reg)) if is_scalar(value) => {
                if !matches!(self.machine.fit(shape, value), Ok(None)) {
                    return Err(Off);
                }
                self.ask(Op::Fits { of: reg, shape: ShapeRef(shape) })?;
                Ok(sym)
            }
            _ => Err(Off),
        }
    }

    /// A record as its place takes it.
    pub(super) fn fitted_record(
        &mut self,
        shape: &'static crate::schema::shape::RecordShape,
        sym: Sym<'a>,
    ) -> Traced<Sym<'a>> {
        if let Sym::Const(Value::Record(record)) = sym {
            return match self.machine.fit_record(shape, record) {
                Ok(None) => Ok(sym),
                Ok(Some(other)) => Ok(Sym::Const(other)),
                Err(_) => Err(Off),
            };
        }
        let mut fitted = Vec::new();
        for index in 0..Self::field_count(sym) {
            let part = self.field_of(sym, index)?;
            fitted.push(match shape.fields.get(index) {
                Some(field) => self.fitted(&field.shape, part)?,
                None => part,
            });
        }
        Ok(Sym::record(&fitted, self.machine.bump))
    }

    /// The number of a path's components.
    pub(super) fn depth(&mut self, path: Sym<'a>) -> Traced<usize> {
        let Value::Text(text) = path.value(self.machine.bump) else { return Ok(0) };
        let is = crate::eval::text::depth(text);
        if let Sym::Reg(_, of) = path {
            self.ask(Op::Depth { of, is })?;
        }
        Ok(is)
    }
}

/// In one order, whichever of both is asked about the other.
fn pair(one: Operand, other: Operand) -> (Operand, Operand) {
    match (&one, &other) {
        (Operand::Reg(a), Operand::Reg(b)) if a > b => (other, one),
        (Operand::Const(_), Operand::Reg(_)) => (other, one),
        _ => (one, other),
    }
}

pub(super) const fn is_scalar(value: Value<'_>) -> bool {
    matches!(value, Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_))
}

fn is_plain(list: List<'_>) -> bool {
    list.iter().all(is_scalar)
}
