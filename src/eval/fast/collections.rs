//! Lists, maps and loops of a traced render.

use super::sym::Sym;
use super::tracer::{Off, Traced, Tracer};
use crate::eval::order::{by_kind, compare, equal};
use crate::eval::value::Value;
use crate::ir::{Comprehension, ExprId, Loop, OrderKind};

impl<'a> Tracer<'a> {
    pub(super) fn contains(&mut self, list: Sym<'a>, wanted: Sym<'a>) -> Traced<bool> {
        if let (Sym::Const(Value::List(list)), Sym::Const(wanted)) = (list, wanted) {
            self.charge(list.len())?;
            return Ok(list.iter().any(|element| equal(wanted, element)));
        }
        for element in self.elements(list)? {
            if self.same(wanted, *element)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn concat_lists(&mut self, parts: &'a [ExprId]) -> Traced<Sym<'a>> {
        let mut filled = Vec::new();
        for list in self.all(parts)? {
            if !self.is_empty(list)? {
                filled.push(list);
            }
        }
        if let [only] = &*filled {
            return Ok(*only);
        }
        let mut elements = Vec::new();
        for list in filled {
            elements.extend_from_slice(self.elements(list)?);
        }
        self.list_of(elements)
    }

    pub(super) fn merge_maps(&mut self, parts: &'a [ExprId]) -> Traced<Sym<'a>> {
        let mut filled = Vec::new();
        for map in self.all(parts)? {
            if !self.is_empty(map)? {
                filled.push(map);
            }
        }
        if let [only] = &*filled {
            return Ok(*only);
        }
        let mut made = Vec::new();
        for map in filled {
            for (key, value) in self.entries(map)? {
                self.put(&mut made, *key, *value)?;
            }
        }
        Ok(Sym::map(&made, self.machine.bump))
    }

    pub(super) fn add_entry(&mut self, made: &mut Vec<(Sym<'a>, Sym<'a>)>, key: ExprId, value: ExprId) -> Traced<()> {
        let value = self.eval(value)?;
        if value.is_absent() {
            return Ok(());
        }
        let key = self.eval(key)?;
        self.put(made, key, value)
    }

    /// Of one key the last value counts, at the place of the first.
    fn put(&mut self, made: &mut Vec<(Sym<'a>, Sym<'a>)>, key: Sym<'a>, value: Sym<'a>) -> Traced<()> {
        let known = self.find_key(made, key)?;
        let count = made.len();
        match known.and_then(|at| made.get_mut(at)) {
            Some(entry) => entry.1 = value,
            None if count >= self.machine.limits.list => return Err(Off),
            None => made.push((key, value)),
        }
        Ok(())
    }

    /// Runs the body once for each iteration of nested loops.
    fn iterate(&mut self, loops: &'a [Loop], body: &mut dyn FnMut(&mut Self) -> Traced<()>) -> Traced<()> {
        match loops.split_first() {
            Some((outer, inner)) => self.each(outer, &mut |tracer| tracer.iterate(inner, body)),
            None => body(self),
        }
    }

    /// Runs the body once for each iteration of one loop.
    pub(super) fn each(&mut self, one: &'a Loop, body: &mut dyn FnMut(&mut Self) -> Traced<()>) -> Traced<()> {
        let over = self.eval(one.list)?;
        let rounds: Vec<(Sym<'a>, Sym<'a>)> = match over.value(self.machine.bump) {
            Value::Map(_) => self.entries(over)?.to_vec(),
            _ => self.elements(over)?.iter().enumerate().map(|(at, element)| (Sym::int(at), *element)).collect(),
        };
        for (index, element) in rounds {
            self.charge(1)?;
            if let Some(local) = one.index {
                self.bind(local.index(), index);
            }
            self.bind(one.element.index(), element);
            let counts = match one.when {
                Some(condition) => self.truth(condition)?,
                None => true,
            };
            if counts {
                body(self)?;
            }
        }
        Ok(())
    }

    pub(super) fn bind(&mut self, local: usize, value: Sym<'a>) {
        if let Some(place) = self.locals.get_mut(local) {
            *place = value;
        }
    }

    pub(super) fn comprehension(&mut self, one: &'a Comprehension) -> Traced<Sym<'a>> {
        if let Some(key) = one.key {
            let mut made = Vec::new();
            self.iterate(&one.loops, &mut |tracer| tracer.add_entry(&mut made, key, one.value))?;
            return Ok(Sym::map(&made, self.machine.bump));
        }
        let mut found: Vec<(Sym<'a>, Sym<'a>)> = Vec::new();
        self.iterate(&one.loops, &mut |tracer| {
            let value = tracer.eval(one.value)?;
            if value.is_absent() {
                return Ok(());
            }
            let key = match one.sort {
                Some((_, by)) => tracer.eval(by)?,
                None => Sym::ABSENT,
            };
            found.push((key, value));
            Ok(())
        })?;
        if let Some((kind, _)) = one.sort {
            self.sort(Some(kind), &mut found)?;
        }
        self.list_of(found.into_iter().map(|(_, value)| value).collect())
    }

    /// Sorts by the first of each pair, stably.
    pub(super) fn sort(&mut self, by: Option<OrderKind>, found: &mut [(Sym<'a>, Sym<'a>)]) -> Traced<()> {
        let bump = self.machine.bump;
        found.sort_by(|(a, _), (b, _)| {
            let (a, b) = (a.value(bump), b.value(bump));
            by.and_then(|kind| by_kind(kind, a, b)).unwrap_or_else(|| compare(a, b))
        });
        // How neighbours stand to each other says how all do.
        let mut keys = found.iter().map(|(key, _)| *key);
        let Some(mut before) = keys.next() else { return Ok(()) };
        for key in keys {
            self.order(by, before, key)?;
            before = key;
        }
        Ok(())
    }
}
