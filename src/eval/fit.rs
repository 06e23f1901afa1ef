//! Whether a value fits the place it is written to: ranges of numbers, and what a text's place forbids.

use std::borrow::Cow;

use super::machine::Machine;
use super::value::{List, Map, Record, Value};
use crate::diagnostics::{Code, code};
use crate::schema::shape::{RecordShape, Shape, TextForm};

/// Why a value does not fit.
pub(super) struct Misfit<'a> {
    pub(super) code: Code,
    /// Where in the written value: `.options[1]`.
    pub(super) inside: String,
    /// What does not fit.
    pub(super) value: Value<'a>,
    /// What the place asks for.
    pub(super) wants: String,
}

/// Another value to write, where the place changes it (a path that is made clean).
type Fit<'a> = Result<Option<Value<'a>>, Box<Misfit<'a>>>;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// Checks a value against a shape.
    pub(super) fn fit(&mut self, shape: &'a Shape, value: Value<'a>) -> Fit<'a> {
        match (shape, value) {
            (Shape::Int { min, max }, Value::Int(number)) if !(min..=max).contains(&&number) => {
                Err(misfit(code::OUT_OF_RANGE, value, format!("a number from {min} to {max}")))
            }
            (Shape::Text(form), Value::Text(text)) => self.fit_text(*form, text),
            (Shape::List(element), Value::List(list)) => self.fit_list(element, list),
            (Shape::Map(element), Value::Map(map)) => self.fit_map(element, map),
            (Shape::Record(record), Value::Record(fields)) => self.fit_record(record, fields),
            (Shape::Json | Shape::Quantity(_) | Shape::Version, Value::Text(text)) => {
                self.fit_text(TextForm::Any, text)
            }
            _ => Ok(None),
        }
    }

    /// Checks a text against what its place forbids.
    pub(super) fn fit_text(&mut self, form: TextForm, text: &'a str) -> Fit<'a> {
        match form.check(text) {
            Ok(Cow::Borrowed(_)) => Ok(None),
            Ok(Cow::Owned(normal)) => Ok(Some(Value::Text(self.bump.alloc_str(&normal)))),
            Err(wants) => Err(misfit(code::FORBIDDEN_TEXT, Value::Text(text), wants.to_owned())),
        }
    }

    fn fit_list(&mut self, shape: &'a Shape, list: List<'a>) -> Fit<'a> {
        if is_free(shape) {
            return Ok(None);
        }
        let inside = |at: usize| format!("[{at}]");
        let changed = self.fit_all(list.len(), &|at| (Some(shape), list.get(at)), &inside)?;
        Ok(changed.map(|values| Value::List(List::Values(values))))
    }

    fn fit_map(&mut self, shape: &'a Shape, map: Map<'a>) -> Fit<'a> {
        for (key, _) in map.iter() {
            self.fit_text(TextForm::Any, key)?;
        }
        let entry = |at: usize| map.entry(at).unwrap_or_default();
        let inside = |at: usize| format!("[{:?}]", entry(at).0);
        let changed = self.fit_all(map.len(), &|at| (Some(shape), entry(at).1), &inside)?;
        let Some(values) = changed else { return Ok(None) };
        let pairs = map.iter().zip(values).map(|((key, _), value)| (key, *value));
        let pairs: Vec<_> = pairs.collect();
        Ok(Some(Value::Map(Map::Entries(self.bump.alloc_slice_copy(&pairs)))))
    }

    /// Checks the fields of a record; those that are absent fit.
    pub(super) fn fit_record(&mut self, shape: &'a RecordShape, record: Record<'a>) -> Fit<'a> {
        let field = |at: usize| (shape.fields.get(at).map(|field| &field.shape), record.get(at));
        let inside = |at: usize| shape.fields.get(at).map(|field| format!(".{}", field.name)).unwrap_or_default();
        let changed = self.fit_all(record.len(), &field, &inside)?;
        Ok(changed.map(|values| Value::Record(Record::Values(values))))
    }

    /// Checks each part of a value; all parts anew, if any was changed.
    fn fit_all(
        &mut self,
        count: usize,
        part: &dyn Fn(usize) -> (Option<&'a Shape>, Value<'a>),
        inside: &dyn Fn(usize) -> String,
    ) -> Result<Option<&'a [Value<'a>]>, Box<Misfit<'a>>> {
        let mark = self.values.len();
        let mut changed = false;
        for at in 0..count {
            let (shape, value) = part(at);
            let fitted = match shape {
                Some(shape) => self.fit(shape, value),
                None => Ok(None),
            };
            match fitted {
                Ok(None) if changed => self.values.push(value),
                Ok(None) => {}
                Ok(Some(other)) => {
                    if !changed {
                        self.values.extend((0..at).map(|at| part(at).1));
                        changed = true;
                    }
                    self.values.push(other);
                }
                Err(mut misfit) => {
                    self.values.truncate(mark);
                    misfit.inside.insert_str(0, &inside(at));
                    return Err(misfit);
                }
            }
        }
        if !changed {
            return Ok(None);
        }
        let values = self.bump.alloc_slice_copy(self.values.get(mark..).unwrap_or_default());
        self.values.truncate(mark);
        Ok(Some(values))
    }
}

#[cold]
fn misfit(code: Code, value: Value<'_>, wants: String) -> Box<Misfit<'_>> {
    Box::new(Misfit { code, inside: String::new(), value, wants })
}

/// Whether every value of the right type fits.
const fn is_free(shape: &Shape) -> bool {
    matches!(shape, Shape::Bool | Shape::Float | Shape::Words(_))
}
