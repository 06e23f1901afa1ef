//! What a traced render asks of values that differ from render to render, and what it knows by then.

use super::LONGEST_LIST;
use super::op::{Op, Operand, Pattern, ShapeRef};
use super::sym::Sym;
use super::tracer::{Off, Traced, Tracer};
use crate::eval::order::{by_kind, compare, equal};
use crate::eval::text::is_normal;
use crate::eval::value::{List, Value};
use crate::ir::OrderKind;
use crate::schema::shape::{RecordShape, Shape, TextForm};

impl<'a> Tracer<'a> {
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

    pub(super) fn know_distinct(&mut self, one: Sym<'a>, other: Sym<'a>) {
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
    pub(super) fn fitted_record(&mut self, shape: &'static RecordShape, sym: Sym<'a>) -> Traced<Sym<'a>> {
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
