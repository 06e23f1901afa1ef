//! Functions that make texts.

use crate::diagnostics::{code, nearest};
use crate::eval::machine::{Eval, Machine};
use crate::eval::text::print;
use crate::eval::value::{List, Value};
use crate::ir::ExprId;

/// Texts longer than this are not misspellings of anything; measuring them would take too long.
const LONGEST_MISSPELLING: usize = 256;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// A text of its own.
    pub(super) fn keep(&mut self, id: ExprId, text: &str) -> Eval<Value<'a>> {
        let mark = self.texts.len();
        self.texts.push_str(text);
        self.seal_text(mark, id)
    }

    pub(super) fn print(&mut self, id: ExprId, value: Value<'a>) -> Eval<Value<'a>> {
        let mark = self.texts.len();
        if !print(value, &mut self.texts) {
            return Err(self.confused(self.program.span(id)));
        }
        self.seal_text(mark, id)
    }

    pub(super) fn join(&mut self, id: ExprId, list: List<'a>, separator: &str) -> Eval<Value<'a>> {
        let mark = self.texts.len();
        self.charge(list.len(), self.program.span(id))?;
        for (position, element) in list.iter().enumerate() {
            let Value::Text(text) = element else { return Err(self.confused(self.program.span(id))) };
            if position > 0 {
                self.append(mark, separator, id)?;
            }
            self.append(mark, text, id)?;
        }
        self.seal_text(mark, id)
    }

    pub(super) fn split(&mut self, id: ExprId, text: &'a str, separator: &str) -> Eval<Value<'a>> {
        if separator.is_empty() {
            return Err(self.fault(code::FORBIDDEN_TEXT, id, "an empty separator splits nothing"));
        }
        self.charge(text.len() / 16, self.program.span(id))?;
        self.gather(id, text.split(separator).map(Value::Text))
    }

    pub(super) fn replace(&mut self, id: ExprId, text: &str, from: &str, to: &str) -> Eval<Value<'a>> {
        if from.is_empty() {
            return Err(self.fault(code::FORBIDDEN_TEXT, id, "an empty text cannot be replaced"));
        }
        let mark = self.texts.len();
        for (position, part) in text.split(from).enumerate() {
            if position > 0 {
                self.append(mark, to, id)?;
            }
            self.append(mark, part, id)?;
        }
        self.seal_text(mark, id)
    }

    /// The nearest text of a list; one that differs only in case or blanks is nearest of all.
    pub(super) fn closest(&mut self, id: ExprId, text: &str, list: List<'a>) -> Eval<Value<'a>> {
        self.charge(list.len() * (1 + text.len().min(LONGEST_MISSPELLING)), self.program.span(id))?;
        let text = text.trim();
        if text.len() > LONGEST_MISSPELLING {
            return Ok(Value::Absent);
        }
        let names = || list.iter().filter_map(|value| if let Value::Text(text) = value { Some(text) } else { None });
        let lower = text.to_lowercase();
        let same = names().find(|name| name.len() <= LONGEST_MISSPELLING && name.trim().to_lowercase() == lower);
        Ok(same.or_else(|| nearest(text, names())).map_or(Value::Absent, Value::Text))
    }
}
