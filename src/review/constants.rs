//! What of a value the rules say, and what a service gives: changes that differ only in the latter are one.

use std::collections::BTreeSet;

use crate::eval::value::Value;
use crate::facts::datum::{Datum, Kind};
use crate::ir::Program;
use crate::schema::shape::Shape;

/// Stands for what a service gives.
const GIVEN: char = '*';

/// The texts and numbers that rules have in them.
#[derive(Debug, Default)]
pub(super) struct Constants {
    texts: BTreeSet<Box<str>>,
    numbers: BTreeSet<i128>,
}

impl Constants {
    pub(super) fn of(programs: [&Program; 2]) -> Self {
        let mut constants = Self::default();
        programs.iter().flat_map(|program| &program.constants).for_each(|datum| constants.add(datum));
        constants
    }

    /// Its depth is that of what rules can write down.
    fn add(&mut self, datum: &Datum) {
        match &datum.kind {
            Kind::Text(text) => _ = self.texts.insert(text.as_str().into()),
            Kind::Int(number) => _ = self.numbers.insert(*number),
            Kind::List(elements) => elements.iter().for_each(|element| self.add(element)),
            Kind::Record(fields) => fields.iter().for_each(|field| self.add(field)),
            Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.texts.insert(key.clone());
                self.add(value);
            }),
            Kind::Absent | Kind::Bool(_) | Kind::Float(_) => {}
        }
    }

    /// Whether rules have this text in them.
    pub(super) fn has(&self, text: &str) -> bool {
        self.texts.contains(text)
    }

    /// Appends what the rules say of a value. Numbers do not count where its key is not theirs: they belong to the key.
    pub(super) fn skeleton(&self, shape: &Shape, value: Value<'_>, numbers: bool, out: &mut String) {
        match (shape, value) {
            (_, Value::Absent) => out.push('-'),
            (_, Value::Bool(value)) => out.push(if value { 't' } else { 'f' }),
            (_, Value::Int(number)) if numbers && self.numbers.contains(&number) => out.push_str(&number.to_string()),
            (Shape::Words(_), Value::Text(text)) => out.push_str(text),
            (_, Value::Text(text)) if self.has(text) => out.push_str(text),
            (_, Value::Int(_) | Value::Float(_) | Value::Text(_)) => out.push(GIVEN),
            (Shape::List(inner), Value::List(list)) => {
                out.push('[');
                list.iter().for_each(|element| self.part(inner, element, numbers, out));
                out.push(']');
            }
            (Shape::Map(inner), Value::Map(map)) => {
                out.push('{');
                for (key, value) in map.iter() {
                    self.part(&Shape::TEXT, Value::Text(key), numbers, out);
                    self.part(inner, value, numbers, out);
                }
                out.push('}');
            }
            (Shape::Record(shape), Value::Record(record)) => {
                out.push('(');
                for (index, field) in shape.fields.iter().enumerate() {
                    self.skeleton(&field.shape, record.get(index), numbers, out);
                    out.push('\n');
                }
                out.push(')');
            }
            _ => out.push(GIVEN),
        }
    }

    /// However many are given one after the other, they are given.
    fn part(&self, shape: &Shape, value: Value<'_>, numbers: bool, out: &mut String) {
        let before = out.len();
        self.skeleton(shape, value, numbers, out);
        let is_given = out.get(before..).is_some_and(|part| part.len() == GIVEN.len_utf8() && part.starts_with(GIVEN));
        if is_given && out.get(..before).is_some_and(|all| all.ends_with("*\n")) {
            out.truncate(before);
        } else {
            out.push('\n');
        }
    }
}
