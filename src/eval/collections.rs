//! Loops, and the lists and maps that they and operators make.

use std::collections::BTreeMap;

use super::machine::{Eval, Machine};
use super::order::{FEW, by_kind, compare};
use super::value::Value;
use crate::ir::{Comprehension, ExprId, Loop, OrderKind};
use crate::sort;

/// Where the keys of a map that is being made are, once it is large.
type KeyIndex<'a> = Option<BTreeMap<&'a str, usize>>;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// Runs the body once for each iteration of nested loops.
    pub(super) fn iterate(&mut self, loops: &'a [Loop], body: &mut dyn FnMut(&mut Self) -> Eval<()>) -> Eval<()> {
        match loops.split_first() {
            Some((outer, inner)) => self.each(outer, &mut |machine| machine.iterate(inner, body)),
            None => body(self),
        }
    }

    /// Runs the body once for each iteration of one loop.
    pub(super) fn each(&mut self, one: &'a Loop, body: &mut dyn FnMut(&mut Self) -> Eval<()>) -> Eval<()> {
        let span = self.program.span(one.list);
        let traced = if TRACE { Some(self.origins(one.list)?) } else { None };
        let value = match &traced {
            Some(traced) => {
                self.trace.log.extend(traced.reads.iter());
                traced.value
            }
            None => self.eval(one.list)?,
        };
        let count = match value {
            Value::List(list) => list.len(),
            Value::Map(map) => map.len(),
            _ => return Err(self.confused(span)),
        };
        for position in 0..count {
            self.charge(1, span)?;
            let (index, element) = match value {
                Value::List(list) => (Value::Int(position as i128), list.get(position)),
                Value::Map(map) => {
                    map.entry(position).map(|(key, value)| (Value::Text(key), value)).unwrap_or_default()
                }
                _ => Default::default(),
            };
            if let Some(local) = one.index {
                self.bind(local, index);
            }
            self.bind(one.element, element);
            if TRACE {
                let origin = traced.as_ref().and_then(|traced| traced.parts.get(position));
                self.trace.enter_round(one, origin, index, element, span);
            }
            let mark = self.trace.log.len();
            let counts = match one.when {
                Some(condition) => self.truth(condition)?,
                None => true,
            };
            if TRACE {
                self.trace.condition_since(mark);
                self.watch_round(one, counts);
            }
            if counts {
                body(self)?;
            }
            if TRACE {
                self.trace.leave();
            }
        }
        Ok(())
    }

    #[inline(never)]
    pub(super) fn comprehension(&mut self, id: ExprId, one: &'a Comprehension) -> Eval<Value<'a>> {
        match (one.key, one.sort) {
            (Some(key), _) => {
                let mark = self.entries.len();
                let mut index = None;
                self.iterate(&one.loops, &mut |machine| machine.add_entry(id, mark, &mut index, key, one.value))?;
                Ok(self.seal_map(mark))
            }
            (None, Some((kind, by))) => self.sorted_comprehension(id, one, kind, by),
            (None, None) => {
                let mark = self.values.len();
                self.iterate(&one.loops, &mut |machine| {
                    let value = machine.eval(one.value)?;
                    if value.is_absent() { Ok(()) } else { machine.push(mark, value, id) }
                })?;
                Ok(self.seal_list(mark))
            }
        }
    }

    fn sorted_comprehension(
        &mut self,
        id: ExprId,
        one: &'a Comprehension,
        kind: OrderKind,
        by: ExprId,
    ) -> Eval<Value<'a>> {
        let mut found: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        self.iterate(&one.loops, &mut |machine| {
            let value = machine.eval(one.value)?;
            if value.is_absent() {
                return Ok(());
            }
            let key = machine.eval(by)?;
            if found.len() >= machine.limits.list {
                return Err(machine.too_many(id));
            }
            found.push((key, value));
            Ok(())
        })?;
        sort::by(&mut found, |(a, _), (b, _)| by_kind(kind, *a, *b).unwrap_or_else(|| compare(*a, *b)));
        let mark = self.values.len();
        self.values.extend(found.into_iter().map(|(_, value)| value));
        Ok(self.seal_list(mark))
    }

    #[inline(never)]
    pub(super) fn map(&mut self, id: ExprId, entries: &'a [(ExprId, ExprId)]) -> Eval<Value<'a>> {
        let mark = self.entries.len();
        let mut index = None;
        for (key, value) in entries {
            self.add_entry(id, mark, &mut index, *key, *value)?;
        }
        Ok(self.seal_map(mark))
    }

    /// Adds an entry to the map that began at `mark`, unless its value is absent.
    fn add_entry(&mut self, id: ExprId, mark: usize, index: &mut KeyIndex<'a>, key: ExprId, value: ExprId) -> Eval<()> {
        let value = self.eval(value)?;
        if value.is_absent() {
            return Ok(());
        }
        let Value::Text(key) = self.eval(key)? else { return Err(self.confused(self.program.span(key))) };
        self.put(id, mark, index, key, value)
    }

    /// Sets a key of the map that began at `mark`: the last value counts, at the place of the first.
    fn put(&mut self, id: ExprId, mark: usize, index: &mut KeyIndex<'a>, key: &'a str, value: Value<'a>) -> Eval<()> {
        let made = self.entries.get(mark..).unwrap_or_default();
        if index.is_none() && made.len() > FEW {
            *index = Some(sort::tree(made.iter().enumerate().map(|(at, (key, _))| (*key, at))));
        }
        let count = made.len();
        let known = match index {
            Some(index) => index.get(key).copied(),
            None => made.iter().position(|(other, _)| *other == key),
        };
        if let Some(at) = known {
            if let Some(entry) = self.entries.get_mut(mark + at) {
                entry.1 = value;
            }
            return Ok(());
        }
        if count >= self.limits.list {
            return Err(self.too_many(id));
        }
        if let Some(index) = index {
            index.insert(key, count);
        }
        self.entries.push((key, value));
        Ok(())
    }

    #[inline(never)]
    pub(super) fn concat_lists(&mut self, id: ExprId, parts: &'a [ExprId]) -> Eval<Value<'a>> {
        let mark = self.values.len();
        let mut only = None;
        let mut filled = 0;
        for part in parts {
            let Value::List(list) = self.eval(*part)? else { return Err(self.confused(self.program.span(*part))) };
            if list.is_empty() {
                continue;
            }
            if self.values.len() - mark + list.len() > self.limits.list {
                return Err(self.too_many(id));
            }
            self.charge(list.len() / 4, self.program.span(id))?;
            self.values.extend(list.iter());
            filled += 1;
            only = Some(list);
        }
        if let (1, Some(list)) = (filled, only) {
            self.values.truncate(mark);
            return Ok(Value::List(list));
        }
        Ok(self.seal_list(mark))
    }

    #[inline(never)]
    pub(super) fn merge_maps(&mut self, id: ExprId, parts: &'a [ExprId]) -> Eval<Value<'a>> {
        let mark = self.entries.len();
        let mut index = None;
        let mut only = None;
        let mut filled = 0;
        for part in parts {
            let Value::Map(map) = self.eval(*part)? else { return Err(self.confused(self.program.span(*part))) };
            if map.is_empty() {
                continue;
            }
            self.charge(map.len() / 4, self.program.span(id))?;
            for (key, value) in map.iter() {
                self.put(id, mark, &mut index, key, value)?;
            }
            filled += 1;
            only = Some(map);
        }
        if let (1, Some(map)) = (filled, only) {
            self.entries.truncate(mark);
            return Ok(Value::Map(map));
        }
        Ok(self.seal_map(mark))
    }
}
