//! Going a way that is known.

use std::borrow::Cow;
use std::fmt::Write as _;

use bumpalo::Bump;
use bumpalo::collections::{String as BumpString, Vec as BumpVec};

use super::op::{Branch, Op, Operand, Pattern, Reg, Way};
use super::template::Template;
use super::{Job, LONGEST_LIST, LONGEST_TEXT};
use crate::eval::arithmetic::{float, whole};
use crate::eval::machine::Machine;
use crate::eval::order::{by_kind, compare, equal};
use crate::eval::text::{INT, depth, is_normal, like, print};
use crate::eval::value::{List, Value};
use crate::schema::functions::Function;
use crate::schema::shape::{Shape, TextForm};

/// Where a render ends up.
pub(super) enum End<'a> {
    /// At a template, with these values for it.
    Template(&'a Template, &'a [Value<'a>]),
    /// Where nobody went yet.
    Branch(&'a Branch),
    /// Where only the general path goes on.
    Off,
}

/// What a step comes to.
enum Next {
    On,
    Elsewhere,
    Off,
}

/// A render that goes a known way.
pub(super) struct Run<'a> {
    job: Job<'a>,
    registers: BumpVec<'a, Value<'a>>,
    /// For what is rare.
    machine: Option<Box<Machine<'a, false>>>,
}

/// Room for the values of a common render.
const USUAL: usize = 128;

impl<'a> Run<'a> {
    pub(super) fn new(job: Job<'a>) -> Self {
        Self { job, registers: BumpVec::with_capacity_in(USUAL, job.arena.bump()), machine: None }
    }

    /// Goes from one way to the next until there is none.
    pub(super) fn go(mut self, mut way: &'a Way) -> End<'a> {
        'ways: loop {
            for step in &way.steps {
                match self.step(&step.op) {
                    Next::On => {}
                    Next::Off => return End::Off,
                    Next::Elsewhere => match step.other.way.get() {
                        Some(other) => {
                            way = other;
                            continue 'ways;
                        }
                        None => return End::Branch(&step.other),
                    },
                }
            }
            return match &way.end {
                Some(template) => End::Template(template, self.registers.into_bump_slice()),
                None => End::Off,
            };
        }
    }

    #[inline]
    fn at(&self, reg: Reg) -> Value<'a> {
        self.registers.get(reg as usize).copied().unwrap_or_default()
    }

    #[inline]
    fn operand(&self, operand: &'a Operand) -> Value<'a> {
        match operand {
            Operand::Reg(reg) => self.at(*reg),
            Operand::Const(datum) => Value::from(&**datum),
        }
    }

    /// Keeps a value, if it is there just where this way has one.
    #[inline]
    fn keep(&mut self, value: Value<'a>, present: bool) -> Next {
        match value {
            Value::Absent => return if present { Next::Elsewhere } else { Next::On },
            _ if !present => return Next::Elsewhere,
            Value::Text(text) if text.len() > LONGEST_TEXT || text.len() > self.job.limits.text => return Next::Off,
            _ => {}
        }
        self.registers.push(value);
        Next::On
    }

    #[inline]
    fn step(&mut self, op: &'a Op) -> Next {
        match op {
            Op::Fact { root, path, present } => {
                let value = super::expr::fact(self.job.facts.root(*root), path);
                self.keep(value, *present)
            }
            Op::Holds { of, is } => on(matches!(self.at(*of), Value::Bool(value) if value == *is)),
            Op::Len { of, is } => on(match self.at(*of) {
                Value::List(list) => list.len() == *is,
                Value::Map(map) => map.len() == *is,
                _ => false,
            }),
            Op::Empty { of, is } => on(match self.at(*of) {
                Value::Text(text) => text.is_empty() == *is,
                Value::List(list) => list.is_empty() == *is,
                Value::Map(map) => map.is_empty() == *is,
                _ => false,
            }),
            Op::Field { of, index, present } => match self.at(*of) {
                Value::Record(record) => self.keep(record.get(usize::from(*index)), *present),
                _ => Next::Off,
            },
            Op::Element { of, at } => match self.at(*of) {
                Value::List(list) => self.keep(list.get(*at as usize), true),
                _ => Next::Off,
            },
            Op::Key { of, at } => match self.entry(*of, *at) {
                Some((key, _)) => self.keep(Value::Text(key), true),
                None => Next::Off,
            },
            Op::Entry { of, at } => match self.entry(*of, *at) {
                Some((_, value)) => self.keep(value, true),
                None => Next::Off,
            },
            Op::Same { one, other, is } => on(same(self.at(*one), self.operand(other)) == *is),
            Op::Differs { one, from } => {
                let one = self.at(*one);
                on(!from.iter().any(|other| same(one, self.operand(other))))
            }
            Op::Like { text, pattern, is } => self.like(text, pattern, *is),
            Op::Fits { of, shape } => fits(shape.0, self.at(*of)),
            Op::NormalPath { of, is } => on(matches!(self.at(*of), Value::Text(text) if is_normal(text) == *is)),
            Op::Below { path, dir, is } => match (self.operand(path), self.operand(dir)) {
                (Value::Text(path), Value::Text(dir)) => on(is_below(path, dir) == *is),
                _ => Next::Off,
            },
            Op::Depth { of, is } => on(matches!(self.at(*of), Value::Text(text) if depth(text) == *is)),
            Op::Text(pieces) => self.text(pieces),
            Op::Host { field, is } => on(self.job.facts.host.field(*field).says(&is.0)),
            Op::Lookup { table, text, is } => match (self.job.program.index.tables.get(*table), self.at(*text)) {
                (Some(table), Value::Text(text)) => on(table.rules.get_index_of(text) == *is),
                _ => Next::Off,
            },
            _ => self.rare(op),
        }
    }

    #[inline(never)]
    fn rare(&mut self, op: &'a Op) -> Next {
        let host = &self.job.facts.host;
        match op {
            Op::Get { map, key, present } => match (self.at(*map), self.operand(key)) {
                (Value::Map(map), Value::Text(key)) => self.keep(map.get(key), *present),
                _ => Next::Off,
            },
            Op::Variable { name, present } => match self.operand(name) {
                Value::Text(name) => {
                    let value = host.variable(name).map(Value::from).unwrap_or_default();
                    self.keep(value, *present)
                }
                _ => Next::Off,
            },
            Op::Device { path, is } => on(host.device(path) == *is.0),
            Op::Path { path, is } => on(host.path(path) == is.0),
            Op::Major { driver, is } => on(host.major(driver) == *is),
            Op::Glob { pattern, is } => on(*host.glob(pattern) == **is),
            Op::Compare { one, other, by, is } => {
                let (one, other) = (self.operand(one), self.operand(other));
                let order = match by {
                    Some(kind) => by_kind(*kind, one, other),
                    None => Some(compare(one, other)),
                };
                on(order == Some(*is))
            }
            Op::Unprefix(reg, prefix) => match self.at(*reg) {
                Value::Text(text) => self.keep(Value::Text(text.strip_prefix(prefix).unwrap_or(text)), true),
                _ => Next::Off,
            },
            #[expect(clippy::cast_precision_loss, reason = "widening to the nearest float is what is asked for")]
            Op::Widen(reg) => match self.at(*reg) {
                Value::Int(value) => self.keep(Value::Float(value as f64), true),
                _ => Next::Off,
            },
            Op::Negate { at, of } => {
                let value = self.at(*of);
                let negative = self.machine().negative(*at, matches!(value, Value::Float(_)), value);
                self.made(negative.ok(), true)
            }
            Op::Arithmetic(arithmetic) => {
                let mut result = self.operand(&arithmetic.first);
                for (op, value) in &arithmetic.rest {
                    let next = match (result, self.operand(value)) {
                        (Value::Int(left), Value::Int(right)) => whole(left, *op, right).and_then(in_range),
                        (Value::Float(left), Value::Float(right)) => {
                            Some(float(left, *op, right)).filter(|value| value.is_finite()).map(Value::Float)
                        }
                        _ => None,
                    };
                    let Some(next) = next else { return Next::Off };
                    result = next;
                }
                self.keep(result, true)
            }
            Op::Call(call) => {
                let mut values = [Value::Absent; 3];
                for (place, argument) in values.iter_mut().zip(&call.arguments) {
                    *place = self.operand(argument);
                }
                let result = match (call.function, values) {
                    (Function::Split, [Value::Text(text), Value::Text(by), _]) if !by.is_empty() => {
                        let parts = BumpVec::from_iter_in(text.split(by).map(Value::Text), self.bump());
                        Some(Value::List(List::Values(parts.into_bump_slice())))
                    }
                    #[expect(clippy::cast_possible_truncation, reason = "what is out of range is out of 64 bits too")]
                    (Function::Round, [Value::Float(value), ..]) => in_range(value.round() as i128),
                    (Function::Octal, [Value::Int(value), ..]) if value >= 0 => {
                        let mut text = BumpString::with_capacity_in(32, self.bump());
                        // Writing to a text in memory cannot fail.
                        let _ = write!(text, "{value:o}");
                        Some(Value::Text(text.into_bump_str()))
                    }
                    _ => self.machine().apply(call.at, call.function, values).ok(),
                };
                self.made(result, call.present)
            }
            _ => Next::Off,
        }
    }

    /// Keeps what was computed; a fault is for the general path to tell.
    fn made(&mut self, value: Option<Value<'a>>, present: bool) -> Next {
        match value {
            Some(value) => self.keep(value, present),
            None => Next::Off,
        }
    }

    fn bump(&self) -> &'a Bump {
        self.job.arena.bump()
    }

    fn machine(&mut self) -> &mut Machine<'a, false> {
        let Job { program, schema, facts, arena, limits } = self.job;
        self.machine.get_or_insert_with(|| Box::new(Machine::bare(program, schema, facts, arena, limits)))
    }

    #[inline]
    fn entry(&self, of: Reg, at: u32) -> Option<(&'a str, Value<'a>)> {
        match self.at(of) {
            Value::Map(map) => map.entry(at as usize),
            _ => None,
        }
    }

    #[inline]
    fn like(&self, text: &'a Operand, pattern: &'a Pattern, is: bool) -> Next {
        let Value::Text(text) = self.operand(text) else { return Next::Off };
        let matches = match pattern {
            Pattern::Prefix(prefix) => text.starts_with(&**prefix),
            Pattern::Suffix(suffix) => text.ends_with(&**suffix),
            Pattern::Glob(glob) => match self.operand(glob) {
                // Its steps count too, and there can be as many as both multiplied.
                Value::Text(glob) if text.len() * glob.len() <= LONGEST_TEXT => like(text, glob),
                _ => return Next::Off,
            },
        };
        on(matches == is)
    }

    fn text(&mut self, pieces: &'a [Operand]) -> Next {
        let mut text = BumpString::with_capacity_in(32, self.bump());
        for piece in pieces {
            match self.operand(piece) {
                Value::Text(piece) => text.push_str(piece),
                Value::Int(number) => match i64::try_from(number) {
                    Ok(number) => text.push_str(itoa::Buffer::new().format(number)),
                    Err(_) => text.push_str(itoa::Buffer::new().format(number)),
                },
                other => {
                    let mut printed = String::new();
                    if !print(other, &mut printed) {
                        return Next::Off;
                    }
                    text.push_str(&printed);
                }
            }
        }
        self.keep(Value::Text(text.into_bump_str()), true)
    }
}

fn in_range(number: i128) -> Option<Value<'static>> {
    INT.contains(&number).then_some(Value::Int(number))
}

#[inline]
const fn on(holds: bool) -> Next {
    if holds { Next::On } else { Next::Elsewhere }
}

/// For paths without needless parts.
#[inline]
fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a place takes a value as it is. What it would refuse or change is on another way.
fn fits(shape: &Shape, value: Value<'_>) -> Next {
    match (shape, value) {
        (Shape::Int { min, max }, Value::Int(number)) => on((min..=max).contains(&&number)),
        (Shape::Text(form), Value::Text(text)) => on(fits_text(*form, text)),
        (Shape::List(_), Value::List(list)) if list.len() > LONGEST_LIST => Next::Off,
        (Shape::List(element), Value::List(list)) => {
            for value in list.iter() {
                match (fits(element, value), value) {
                    (_, Value::Text(text)) if text.len() > LONGEST_TEXT => return Next::Off,
                    (Next::On, _) => {}
                    (other, _) => return other,
                }
            }
            Next::On
        }
        (Shape::Json | Shape::Quantity(_) | Shape::Version, Value::Text(text)) => on(fits_text(TextForm::Any, text)),
        (Shape::Bool | Shape::Float | Shape::Words(_) | Shape::Quantity(_), _) => Next::On,
        _ => Next::Off,
    }
}

/// Whether a place takes a text as it is. Most texts are plain, which a look at each byte tells.
#[inline]
fn fits_text(form: TextForm, text: &str) -> bool {
    let lacks = |forbidden: u8| !text.bytes().fold(false, |any, byte| any | (byte == 0) | (byte == forbidden));
    match form {
        TextForm::Any => lacks(0),
        TextForm::VariableName => !text.is_empty() && lacks(b'='),
        TextForm::MountOption => !text.is_empty() && lacks(b','),
        TextForm::AbsolutePath | TextForm::PlainPath | TextForm::CleanPath
            if text.len() > 1 && is_normal(text) && lacks(0) =>
        {
            true
        }
        _ => matches!(form.check(text), Ok(Cow::Borrowed(_))),
    }
}

/// Whether two values are equal; they are texts more often than not.
#[inline]
fn same(one: Value<'_>, other: Value<'_>) -> bool {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one == other,
        _ => equal(one, other),
    }
}
