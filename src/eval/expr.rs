//! Expressions. The one recursive function is kept small on the stack; whatever is rare has its own.

use super::machine::{Eval, Machine};
use super::order::{by_kind, compare_versions, equal, holds};
use super::text::{like_within, print};
use super::value::{List, Map, Record, Value};
use crate::facts::datum::Kind;
use crate::ir::{Expr, ExprId, OrderKind, OrderOp};
use crate::schema::facts::{HostField, Root};

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, id: ExprId) -> Eval<Value<'a>> {
        let program = self.program;
        let Some(fuel) = self.fuel.checked_sub(1) else { return Err(self.out_of_fuel(program.span(id))) };
        self.fuel = fuel;
        let Some(expr) = program.exprs.get(id.index()) else { return Err(self.confused(program.span(id))) };
        match expr {
            Expr::Const(constant) => Ok(program.constants.get(constant.index()).map(Value::from).unwrap_or_default()),
            Expr::Fact(root, path) => Ok(self.fact(*root, path)),
            Expr::Host(field) => Ok(self.host_field(*field)),
            Expr::Local(local) => {
                if TRACE {
                    self.trace.replay_local(*local);
                }
                Ok(self.locals.get(local.index()).copied().unwrap_or_default())
            }
            Expr::Let(name) => self.let_value(*name, id),
            Expr::Spec(slot) => Ok(self.spec.get(*slot).copied().unwrap_or_default()),
            Expr::Field(record, index) => self.field(*record, *index),
            Expr::Element(list, index) => self.element(*list, *index),
            Expr::Entry(map, key) => self.entry(*map, *key),
            Expr::Text(pieces) => self.template(id, pieces),
            Expr::List(items) => self.list(id, items),
            Expr::Record(fields) => self.record(fields),
            Expr::Map(entries) => self.map(id, entries),
            Expr::Comprehension(comprehension) => self.comprehension(id, comprehension),
            Expr::Else(choices) => self.first_present(choices),
            Expr::When(value, condition) => {
                if self.truth(*condition)? {
                    self.eval(*value)
                } else {
                    Ok(Value::Absent)
                }
            }
            Expr::Or(parts) => self.any(parts, true).map(Value::Bool),
            Expr::And(parts) => self.any(parts, false).map(|found| Value::Bool(!found)),
            Expr::Not(part) => self.truth(*part).map(|holds| Value::Bool(!holds)),
            Expr::Equal(left, right) => self.equal(id, *left, *right),
            Expr::Order(op, kind, left, right) => self.ordered(id, *op, *kind, *left, *right),
            Expr::InList(element, list) => self.in_list(id, *element, *list),
            Expr::InMap(key, map) => self.in_map(id, *key, *map),
            Expr::Like(text, pattern) => self.like(id, *text, *pattern),
            Expr::SubsetOf(part, whole) => self.subset(id, *part, *whole),
            Expr::IsSet(value) => self.eval(*value).map(|value| Value::Bool(!value.is_absent())),
            Expr::IsEmpty(value) => self.is_empty(*value),
            Expr::ConcatTexts(parts) => self.template(id, parts),
            Expr::ConcatLists(parts) => self.concat_lists(id, parts),
            Expr::MergeMaps(parts) => self.merge_maps(id, parts),
            Expr::MergeRecords(left, right, plan) => self.merge_records(id, *left, *right, plan),
            Expr::Arithmetic(false, first, rest) => self.whole_arithmetic(id, *first, rest),
            Expr::Arithmetic(true, first, rest) => self.float_arithmetic(id, *first, rest),
            Expr::Negate(float, value) => self.negate(id, *float, *value),
            Expr::Call(function, arguments) => self.call(id, *function, arguments),
            Expr::Convert(conversion, value) => {
                let value = self.eval(*value)?;
                match program.conversions.get(conversion.index()) {
                    Some(conversion) => self.convert(id, conversion, value),
                    None => Ok(value),
                }
            }
        }
    }

    /// Whether a condition holds.
    pub(super) fn truth(&mut self, id: ExprId) -> Eval<bool> {
        match self.eval(id)? {
            Value::Bool(holds) => Ok(holds),
            _ => Err(self.confused(self.program.span(id))),
        }
    }

    /// Whether one of the conditions is `wanted`; those after it are not asked.
    fn any(&mut self, parts: &'a [ExprId], wanted: bool) -> Eval<bool> {
        for part in parts {
            if self.truth(*part)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn first_present(&mut self, choices: &'a [ExprId]) -> Eval<Value<'a>> {
        for choice in choices {
            let value = self.eval(*choice)?;
            if !value.is_absent() {
                return Ok(value);
            }
        }
        Ok(Value::Absent)
    }

    fn fact(&mut self, root: Root, path: &[u16]) -> Value<'a> {
        let facts = self.facts;
        let mut datum = facts.root(root);
        for index in path {
            let Kind::Record(fields) = &datum.kind else { break };
            let Some(field) = fields.get(usize::from(*index)) else { return Value::Absent };
            datum = field;
        }
        if TRACE {
            self.trace.read(datum, false);
        }
        // A path that goes on below what is absent ends there; below anything else there is no path.
        Value::from(datum)
    }

    #[inline(never)]
    fn field(&mut self, record: ExprId, index: u16) -> Eval<Value<'a>> {
        let mark = self.trace.log.len();
        match self.eval(record)? {
            Value::Absent => Ok(Value::Absent),
            Value::Record(record) => {
                if TRACE {
                    self.trace.narrow_field(mark, record, usize::from(index));
                }
                Ok(record.get(usize::from(index)))
            }
            _ => Err(self.confused(self.program.span(record))),
        }
    }

    #[inline(never)]
    fn element(&mut self, list: ExprId, index: ExprId) -> Eval<Value<'a>> {
        let mark = self.trace.log.len();
        let container = self.eval(list)?;
        let position = self.eval(index)?;
        match (container, position) {
            (Value::Absent, _) | (_, Value::Absent) => Ok(Value::Absent),
            (Value::List(list), Value::Int(position)) => {
                let Ok(position) = usize::try_from(position) else { return Ok(Value::Absent) };
                if TRACE {
                    self.trace.narrow_element(mark, list, position);
                }
                Ok(list.get(position))
            }
            _ => Err(self.confused(self.program.span(list))),
        }
    }

    #[inline(never)]
    fn entry(&mut self, map: ExprId, key: ExprId) -> Eval<Value<'a>> {
        let environment = self.is_environment(map);
        if !TRACE && environment {
            return self.variable(map, key);
        }
        let mark = self.trace.log.len();
        let container = if environment { self.host_environment() } else { self.eval(map)? };
        let name = self.eval(key)?;
        if environment && let Value::Text(name) = name {
            self.host_variable(name);
        }
        match (container, name) {
            (Value::Absent, _) | (_, Value::Absent) => Ok(Value::Absent),
            (Value::Map(entries), Value::Text(name)) => {
                if TRACE {
                    self.trace.narrow_entry(mark, entries, name);
                }
                self.look_up(map, entries, name)
            }
            _ => Err(self.confused(self.program.span(map))),
        }
    }

    /// Whether it is the host's environment, by that name or that of a let.
    pub(super) fn is_environment(&self, map: ExprId) -> bool {
        let mut expr = self.program.exprs.get(map.index());
        while let Some(Expr::Let(name)) = expr {
            // The checker refuses lets that need each other, so this ends.
            expr = self.program.lets.get(name.index()).and_then(|found| self.program.exprs.get(found.body.index()));
        }
        matches!(expr, Some(Expr::Host(HostField::Env)))
    }

    /// One of the host's variables. A host that writes down what it is asked for hears of this one and no other.
    #[inline(never)]
    fn variable(&mut self, map: ExprId, key: ExprId) -> Eval<Value<'a>> {
        self.charge(1, self.program.span(map))?;
        match self.eval(key)? {
            Value::Absent => Ok(Value::Absent),
            Value::Text(name) => Ok(self.host_variable(name)),
            _ => Err(self.confused(self.program.span(map))),
        }
    }

    /// The value of a key; a map that was computed is searched, and the search costs.
    fn look_up(&mut self, at: ExprId, map: Map<'a>, key: &str) -> Eval<Value<'a>> {
        if let Map::Entries(entries) = map {
            self.charge(entries.len() / 8, self.program.span(at))?;
        }
        Ok(map.get(key))
    }

    #[inline(never)]
    fn template(&mut self, id: ExprId, pieces: &'a [ExprId]) -> Eval<Value<'a>> {
        let mark = self.texts.len();
        for piece in pieces {
            let value = self.eval(*piece)?;
            if !print(value, &mut self.texts) {
                return Err(self.confused(self.program.span(*piece)));
            }
            self.check_text(mark, id)?;
        }
        self.seal_text(mark, id)
    }

    #[inline(never)]
    fn list(&mut self, id: ExprId, items: &'a [ExprId]) -> Eval<Value<'a>> {
        let mark = self.values.len();
        for item in items {
            let value = self.eval(*item)?;
            if !value.is_absent() {
                self.push(mark, value, id)?;
            }
        }
        Ok(self.seal_list(mark))
    }

    #[inline(never)]
    fn record(&mut self, fields: &'a [ExprId]) -> Eval<Value<'a>> {
        let mark = self.values.len();
        for field in fields {
            let value = self.eval(*field)?;
            self.values.push(value);
        }
        Ok(self.seal_record(mark))
    }

    #[inline(never)]
    fn equal(&mut self, id: ExprId, left: ExprId, right: ExprId) -> Eval<Value<'a>> {
        let left = self.eval(left)?;
        let right = self.eval(right)?;
        self.charge(weight(left).min(weight(right)), self.program.span(id))?;
        Ok(Value::Bool(equal(left, right)))
    }

    #[inline(never)]
    fn ordered(&mut self, id: ExprId, op: OrderOp, kind: OrderKind, left: ExprId, right: ExprId) -> Eval<Value<'a>> {
        let left = self.eval(left)?;
        let right = self.eval(right)?;
        self.charge(weight(left).min(weight(right)), self.program.span(id))?;
        let order = match (kind, left, right) {
            (OrderKind::Version, Value::Text(a), Value::Text(b)) => Some(compare_versions(a, b)),
            _ => by_kind(kind, left, right),
        };
        let order = order.ok_or_else(|| self.confused(self.program.span(id)))?;
        Ok(Value::Bool(holds(op, order)))
    }

    #[inline(never)]
    fn in_list(&mut self, id: ExprId, element: ExprId, list: ExprId) -> Eval<Value<'a>> {
        let element = self.eval(element)?;
        match self.eval(list)? {
            Value::Absent => Ok(Value::Bool(false)),
            Value::List(list) => self.contains(id, list, element).map(Value::Bool),
            _ => Err(self.confused(self.program.span(id))),
        }
    }

    /// Whether a list has an element; each that is looked at costs.
    pub(super) fn contains(&mut self, id: ExprId, list: List<'a>, element: Value<'a>) -> Eval<bool> {
        self.charge(list.len() * (1 + weight(element)), self.program.span(id))?;
        Ok(match (list, element) {
            (List::Facts(elements), Value::Text(wanted)) => {
                elements.iter().any(|datum| matches!(&datum.kind, Kind::Text(text) if **text == *wanted))
            }
            _ => list.iter().any(|other| equal(element, other)),
        })
    }

    #[inline(never)]
    fn in_map(&mut self, id: ExprId, key: ExprId, map: ExprId) -> Eval<Value<'a>> {
        if self.is_environment(map) {
            if TRACE {
                self.host_environment();
            }
            return self.variable(map, key).map(|value| Value::Bool(!value.is_absent()));
        }
        let key = self.eval(key)?;
        match (key, self.eval(map)?) {
            (Value::Absent, _) | (_, Value::Absent) => Ok(Value::Bool(false)),
            (Value::Text(key), Value::Map(map)) => Ok(Value::Bool(!self.look_up(id, map, key)?.is_absent())),
            _ => Err(self.confused(self.program.span(id))),
        }
    }

    #[inline(never)]
    fn like(&mut self, id: ExprId, text: ExprId, pattern: ExprId) -> Eval<Value<'a>> {
        let text = self.eval(text)?;
        let (Value::Text(text), Value::Text(pattern)) = (text, self.eval(pattern)?) else {
            return Err(self.confused(self.program.span(id)));
        };
        self.charge(text.len() / 16, self.program.span(id))?;
        match like_within(text, pattern, &mut self.fuel) {
            Some(matches) => Ok(Value::Bool(matches)),
            None => Err(self.out_of_fuel(self.program.span(id))),
        }
    }

    #[inline(never)]
    fn subset(&mut self, id: ExprId, part: ExprId, whole: ExprId) -> Eval<Value<'a>> {
        let part = self.eval(part)?;
        let (Value::List(part), Value::List(whole)) = (part, self.eval(whole)?) else {
            return Err(self.confused(self.program.span(id)));
        };
        for element in part.iter() {
            if !self.contains(id, whole, element)? {
                return Ok(Value::Bool(false));
            }
        }
        Ok(Value::Bool(true))
    }

    #[inline(never)]
    fn is_empty(&mut self, id: ExprId) -> Eval<Value<'a>> {
        let empty = match self.eval(id)? {
            Value::Text(text) => text.is_empty(),
            Value::List(list) => list.is_empty(),
            Value::Map(map) => map.is_empty(),
            _ => return Err(self.confused(self.program.span(id))),
        };
        Ok(Value::Bool(empty))
    }

    #[inline(never)]
    fn merge_records(
        &mut self,
        id: ExprId,
        left: ExprId,
        right: ExprId,
        plan: &'a [(Option<u16>, Option<u16>)],
    ) -> Eval<Value<'a>> {
        let left = self.eval(left)?;
        let (Value::Record(left), Value::Record(right)) = (left, self.eval(right)?) else {
            return Err(self.confused(self.program.span(id)));
        };
        let mark = self.values.len();
        for (from_left, from_right) in plan {
            let pick = |record: Record<'a>, index: Option<u16>| index.map(|i| record.get(usize::from(i)));
            let value = pick(right, *from_right).filter(|value| !value.is_absent());
            self.values.push(value.or_else(|| pick(left, *from_left)).unwrap_or_default());
        }
        Ok(self.seal_record(mark))
    }
}

/// How many steps a comparison with a value is worth beyond its own.
fn weight(value: Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len() / 256,
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        _ => 0,
    }
}
