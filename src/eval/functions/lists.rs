//! Functions that make lists.

use std::collections::BTreeSet;

use crate::eval::machine::{Eval, Machine};
use crate::eval::order::{Ordered, compare, equal};
use crate::eval::value::{List, Value};
use crate::ir::ExprId;
use crate::sort;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// A list of what an iterator gives; each element costs.
    pub(super) fn gather(&mut self, id: ExprId, values: impl Iterator<Item = Value<'a>>) -> Eval<Value<'a>> {
        let mark = self.values.len();
        for value in values {
            self.push(mark, value, id)?;
        }
        self.charge(self.values.len() - mark, self.program.span(id))?;
        Ok(self.seal_list(mark))
    }

    pub(super) fn sort(&mut self, id: ExprId, list: List<'a>) -> Eval<Value<'a>> {
        self.charge(list.len(), self.program.span(id))?;
        let mut sorted: Vec<Value<'a>> = list.iter().collect();
        sort::by(&mut sorted, |a, b| compare(*a, *b));
        self.gather(id, sorted.into_iter())
    }

    pub(super) fn unique(&mut self, id: ExprId, list: List<'a>) -> Eval<Value<'a>> {
        let mut seen = BTreeSet::new();
        self.gather(id, list.iter().filter(|value| seen.insert(Ordered(*value))))
    }

    pub(super) fn index_of(&mut self, id: ExprId, list: List<'a>, wanted: Value<'a>) -> Eval<Value<'a>> {
        self.charge(list.len(), self.program.span(id))?;
        let position = list.iter().position(|value| equal(value, wanted));
        Ok(position.map_or(Value::Absent, |position| Value::Int(position as i128)))
    }
}
