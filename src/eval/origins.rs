//! Where the parts of a value come from: evaluation once more, down to the innermost expression that gave each
//! element or entry. Only a traced render does this.

use std::rc::Rc;

use super::effects::one_line;
use super::machine::{Eval, Machine};
use super::order::{by_kind, compare, equal};
use super::reads::{Read, Reads, both, gist, is_sensitive, narrowed};
use super::text::print;
use super::trace::{Action, Event, Origin, Site, Traced};
use super::value::{List, Map, Value};
use crate::ir::{Comprehension, Conversion, Expr, ExprId, WriteKind};
use crate::provenance::HIDDEN;
use crate::sort;
use crate::source::Span;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// The value of an expression, and where its parts come from.
    pub(super) fn origins(&mut self, id: ExprId) -> Eval<Traced<'a>> {
        let program = self.program;
        self.charge(1, program.span(id))?;
        match program.exprs.get(id.index()) {
            Some(Expr::Let(name)) => {
                if let Some(known) = self.trace.let_parts.get(name) {
                    return Ok(known.clone());
                }
                let Some(body) = program.lets.get(name.index()).map(|l| l.body) else { return self.coarse(id) };
                let traced = self.origins(body)?;
                self.trace.let_parts.insert(*name, traced.clone());
                Ok(traced)
            }
            Some(Expr::Local(local)) => {
                if let Some(known) = self.trace.local_parts.get(local) {
                    return Ok(known.clone());
                }
                let Some(definition) = self.trace.definition(*local) else { return self.coarse(id) };
                let traced = self.origins(definition)?;
                self.trace.local_parts.insert(*local, traced.clone());
                Ok(traced)
            }
            Some(Expr::Else(choices)) => {
                let mut reads = gist([]);
                for choice in choices {
                    let traced = self.origins(*choice)?;
                    reads = both(&reads, &traced.reads);
                    if !traced.value.is_absent() {
                        return Ok(Traced { reads, ..traced });
                    }
                }
                Ok(Traced { value: Value::Absent, parts: Rc::new([]), reads })
            }
            Some(Expr::When(value, condition)) => {
                let (holds, why) = self.bracket(|machine| machine.truth(*condition))?;
                if !holds {
                    return Ok(Traced { value: Value::Absent, parts: Rc::new([]), reads: why });
                }
                let traced = self.origins(*value)?;
                let parts = traced.parts.iter().cloned().map(|part| Origin { reads: both(&part.reads, &why), ..part });
                Ok(Traced { value: traced.value, parts: parts.collect(), reads: both(&traced.reads, &why) })
            }
            Some(Expr::List(items)) => {
                let mut parts = Vec::new();
                for item in items {
                    parts.push(self.explain(*item)?);
                }
                parts.retain(|part| !part.value.is_absent());
                Ok(self.list_of(parts))
            }
            Some(Expr::Record(fields)) => {
                let mut parts = Vec::new();
                for field in fields {
                    parts.push(self.explain(*field)?);
                }
                let mark = self.values.len();
                self.values.extend(parts.iter().map(|part| part.value));
                let value = self.seal_record(mark);
                Ok(Traced { value, reads: reads_of(&parts), parts: parts.into() })
            }
            Some(Expr::Map(entries)) => {
                let mut parts = Vec::new();
                for (key, value) in entries {
                    let entry = self.entry_origin(*key, *value)?;
                    parts.extend(entry);
                }
                Ok(self.map_of(parts))
            }
            Some(Expr::Const(_)) => {
                let traced = self.coarse(id)?;
                let place = |position: usize| match traced.value {
                    Value::List(List::Facts(elements)) => elements.get(position),
                    Value::Map(Map::Facts(entries)) => entries.get_index(position).map(|(_, value)| value),
                    _ => None,
                };
                let parts = traced.parts.iter().cloned().enumerate().map(|(position, part)| {
                    let own = place(position).map_or(Span::NONE, |datum| datum.span);
                    if own.is_none() { part } else { Origin { span: own, ..part } }
                });
                Ok(Traced { parts: parts.collect(), ..traced.clone() })
            }
            Some(Expr::Comprehension(comprehension)) => self.comprehension_origins(comprehension),
            Some(Expr::ConcatLists(operands)) => {
                let parts = self.all_parts(operands)?;
                Ok(self.list_of(parts))
            }
            Some(Expr::MergeMaps(operands)) => {
                let parts = self.all_parts(operands)?;
                Ok(self.map_of(parts))
            }
            Some(Expr::Convert(conversion, inner)) => match program.conversions.get(conversion.index()) {
                Some(conversion) => self.converted_origins(id, conversion, *inner),
                None => self.coarse(id),
            },
            _ => self.coarse(id),
        }
    }

    /// The value of an expression and where it comes from as a whole.
    pub(super) fn explain(&mut self, id: ExprId) -> Eval<Origin<'a>> {
        let program = self.program;
        self.charge(1, program.span(id))?;
        match program.exprs.get(id.index()) {
            Some(Expr::Let(name)) => match program.lets.get(name.index()) {
                Some(body) => self.explain(body.body),
                None => self.plain(id),
            },
            Some(Expr::Local(local)) => match self.trace.definition(*local) {
                Some(definition) => self.explain(definition),
                None => self.plain(id),
            },
            Some(Expr::Else(choices)) => {
                let mut reads = gist([]);
                for choice in choices {
                    let origin = self.explain(*choice)?;
                    reads = both(&reads, &origin.reads);
                    if !origin.value.is_absent() {
                        return Ok(Origin { reads, ..origin });
                    }
                }
                Ok(Origin { reads, ..absent(program.span(id)) })
            }
            Some(Expr::When(value, condition)) => {
                let (holds, why) = self.bracket(|machine| machine.truth(*condition))?;
                if !holds {
                    return Ok(Origin { reads: why, ..absent(program.span(id)) });
                }
                let origin = self.explain(*value)?;
                Ok(Origin { reads: both(&origin.reads, &why), ..origin })
            }
            Some(Expr::Convert(conversion, inner)) => {
                let origin = self.explain(*inner)?;
                let value = match program.conversions.get(conversion.index()) {
                    Some(conversion) => self.convert(id, conversion, origin.value)?,
                    None => origin.value,
                };
                Ok(Origin { value, ..origin })
            }
            _ => self.plain(id),
        }
    }

    fn plain(&mut self, id: ExprId) -> Eval<Origin<'a>> {
        let (value, reads) = self.bracket(|machine| machine.eval(id))?;
        Ok(Origin { value, reads, ..absent(self.program.span(id)) })
    }

    /// Runs something and gives what it read.
    pub(super) fn bracket<T>(&mut self, run: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<(T, Reads<'a>)> {
        let mark = self.trace.log.len();
        let result = run(self)?;
        Ok((result, self.trace.take(mark)))
    }

    /// All parts come from the one expression.
    fn coarse(&mut self, id: ExprId) -> Eval<Traced<'a>> {
        let (value, reads) = self.bracket(|machine| machine.eval(id))?;
        Ok(self.coarse_parts(id, value, reads))
    }

    fn coarse_parts(&self, id: ExprId, value: Value<'a>, reads: Reads<'a>) -> Traced<'a> {
        let part = |position: usize, key: Option<&'a str>, element: Value<'a>| {
            let span = self.program.span(id);
            let reads = narrowed(&reads, value, position);
            let key_reads = if key.is_some() { hushed(&reads) } else { gist([]) };
            Origin { span, key, key_reads, value: element, reads }
        };
        let parts: Rc<[Origin<'a>]> = match value {
            Value::List(list) => list.iter().enumerate().map(|(at, element)| part(at, None, element)).collect(),
            Value::Map(map) => map.iter().enumerate().map(|(at, (key, value))| part(at, Some(key), value)).collect(),
            _ => Rc::new([]),
        };
        Traced { value, parts, reads }
    }

    fn all_parts(&mut self, operands: &'a [ExprId]) -> Eval<Vec<Origin<'a>>> {
        let mut parts = Vec::new();
        for operand in operands {
            parts.extend(self.origins(*operand)?.parts.iter().cloned());
        }
        Ok(parts)
    }

    fn list_of(&mut self, parts: Vec<Origin<'a>>) -> Traced<'a> {
        let mark = self.values.len();
        self.values.extend(parts.iter().map(|part| part.value));
        let value = self.seal_list(mark);
        Traced { value, reads: reads_of(&parts), parts: parts.into() }
    }

    /// Of two parts with one key the last counts, at the place of the first.
    fn map_of(&mut self, parts: Vec<Origin<'a>>) -> Traced<'a> {
        let mut entries = indexmap::IndexMap::new();
        for part in parts {
            entries.insert(part.key.unwrap_or_default(), part);
        }
        let parts: Vec<_> = entries.into_values().collect();
        let mark = self.entries.len();
        self.entries.extend(parts.iter().map(|part| (part.key.unwrap_or_default(), part.value)));
        let value = self.seal_map(mark);
        Traced { value, reads: reads_of(&parts), parts: parts.into() }
    }

    fn entry_origin(&mut self, key: ExprId, value: ExprId) -> Eval<Option<Origin<'a>>> {
        let origin = self.explain(value)?;
        if origin.value.is_absent() {
            return Ok(None);
        }
        let (key, key_reads) = self.bracket(|machine| machine.eval(key))?;
        let Value::Text(key) = key else { return Err(self.confused(origin.span)) };
        Ok(Some(Origin { key: Some(key), key_reads, ..origin }))
    }

    fn comprehension_origins(&mut self, one: &'a Comprehension) -> Eval<Traced<'a>> {
        let depth = self.trace.around.len();
        let mut parts: Vec<(Value<'a>, Origin<'a>)> = Vec::new();
        let mark = self.trace.log.len();
        self.iterate(&one.loops, &mut |machine| {
            let found = match one.key {
                Some(key) => machine.entry_origin(key, one.value)?,
                None => Some(machine.explain(one.value)?).filter(|origin| !origin.value.is_absent()),
            };
            let Some(origin) = found else { return Ok(()) };
            let sort = match one.sort {
                Some((_, by)) => machine.bracket(|machine| machine.eval(by))?.0,
                None => Value::Absent,
            };
            // The rounds that led here are a reason, but what is secret about them is not in the value.
            let reads = both(&origin.reads, &hushed(&machine.trace.reads_around(depth)));
            parts.push((sort, Origin { reads, ..origin }));
            Ok(())
        })?;
        let lists = self.trace.take(mark);
        if let Some((kind, _)) = one.sort {
            sort::by(&mut parts, |(a, _), (b, _)| by_kind(kind, *a, *b).unwrap_or_else(|| compare(*a, *b)));
        }
        let parts: Vec<_> = parts.into_iter().map(|(_, origin)| origin).collect();
        let traced = if one.key.is_some() { self.map_of(parts) } else { self.list_of(parts) };
        Ok(Traced { reads: both(&traced.reads, &lists), ..traced })
    }

    fn converted_origins(&mut self, id: ExprId, conversion: &'a Conversion, inner: ExprId) -> Eval<Traced<'a>> {
        let traced = self.origins(inner)?;
        let value = self.convert(id, conversion, traced.value)?;
        let whole = self.coarse_parts(id, value, Rc::clone(&traced.reads));
        let from = |position: usize| match conversion {
            Conversion::ToMap(fields) => {
                let key = whole.parts.get(position)?.key?;
                let (_, index, _) = fields.iter().find(|(name, ..)| **name == *key)?;
                traced.parts.get(usize::from(*index))
            }
            Conversion::Same | Conversion::Each(_) => traced.parts.get(position),
            _ => None,
        };
        let parts = whole.parts.iter().enumerate().map(|(position, part)| match from(position) {
            Some(origin) => Origin { key: part.key, value: part.value, ..origin.clone() },
            None => part.clone(),
        });
        Ok(Traced { value, parts: parts.collect(), reads: traced.reads })
    }

    /// The text of a message, its sensitive pieces hidden, and what it read.
    pub(super) fn traced_message(&mut self, id: ExprId) -> Eval<(String, Vec<Read<'a>>)> {
        let pieces = match self.program.exprs.get(id.index()) {
            Some(Expr::Text(pieces) | Expr::ConcatTexts(pieces)) => pieces,
            _ => std::slice::from_ref(&id),
        };
        let mut text = String::new();
        let mut reads = Vec::new();
        for piece in pieces {
            let (value, read) = self.bracket(|machine| machine.eval(*piece))?;
            if is_sensitive(&read) {
                text.push_str(HIDDEN);
            } else if !print(value, &mut text) {
                return Err(self.confused(self.program.span(*piece)));
            }
            reads.extend(read.iter().copied());
        }
        Ok((one_line(&text), reads))
    }

    /// What the value of a write, or the element of it that is being written, read.
    pub(super) fn reads_of_write(&mut self, site: Site<'a>) -> Eval<Reads<'a>> {
        match self.part_written() {
            Some(part) => Ok(part.reads),
            None => Ok(self.explain(site.write.value)?.reads),
        }
    }

    fn part_written(&self) -> Option<Origin<'a>> {
        self.trace.origins.as_ref()?.parts.get(self.trace.position?).cloned()
    }

    /// Remembers a write.
    pub(super) fn record_event(
        &mut self,
        site: Site<'a>,
        action: Action,
        key: Option<Value<'a>>,
        value: Value<'a>,
    ) -> Eval<()> {
        let part = self.part_written();
        let statement = absent(self.place(site.effect));
        let origin = match (part, site.write.kind, action) {
            (Some(part), ..) => part,
            (None, WriteKind::Unset | WriteKind::RemoveAt(_), _) => statement,
            (None, WriteKind::Whole, Action::Whole) => absent(self.program.span(site.write.value)),
            (None, ..) => self.explain(site.write.value)?,
        };
        let key_reads = match site.write.kind {
            WriteKind::AddAt(key) | WriteKind::RemoveAt(key) => self.bracket(|machine| machine.eval(key))?.1,
            _ => origin.key_reads,
        };
        let own_key = key.is_some_and(|key| !matches!(key, Value::Text(_)) || equal(key, value));
        let key_sensitive = is_sensitive(&key_reads) || own_key && is_sensitive(&origin.reads);
        let reads = both(&origin.reads, &key_reads);
        let around = self.trace.snapshot();
        self.trace.events.push(Event { site, action, key, key_sensitive, value, origin: origin.span, reads, around });
        Ok(())
    }
}

fn absent<'a>(span: Span) -> Origin<'a> {
    Origin { span, key: None, key_reads: gist([]), value: Value::Absent, reads: gist([]) }
}

fn reads_of<'a>(parts: &[Origin<'a>]) -> Reads<'a> {
    gist(parts.iter().flat_map(|part| part.reads.iter().copied()))
}

/// The reads that are not sensitive: a name is no secret because the value beside it is one.
fn hushed<'a>(reads: &Reads<'a>) -> Reads<'a> {
    reads.iter().filter(|read| !read.sensitive).copied().collect()
}
