//! Expressions of a traced render: as [`crate::eval`] evaluates them, over values of which some are not constant.

use super::op::{Op, Operand, Told};
use super::sym::Sym;
use super::tracer::{Off, Traced, Tracer};
use crate::eval::order::holds;
use crate::eval::text::print;
use crate::eval::value::Value;
use crate::facts::datum::Kind;
use crate::ir::{Expr, ExprId, GuardId, LetId};
use crate::schema::facts::{HostField, Root};

impl<'a> Tracer<'a> {
    pub(super) fn eval(&mut self, id: ExprId) -> Traced<Sym<'a>> {
        self.charge(1)?;
        let program = self.program;
        match program.exprs.get(id.index()).ok_or(Off)? {
            Expr::Const(constant) => {
                Ok(Sym::Const(program.constants.get(constant.index()).map(Value::from).unwrap_or_default()))
            }
            Expr::Fact(root, path) => self.fact(*root, path),
            Expr::Host(field) => self.host_field(*field),
            Expr::Local(local) => Ok(self.locals.get(local.index()).copied().unwrap_or_default()),
            Expr::Let(name) => self.let_value(*name),
            Expr::Spec(slot) => Ok(self.spec.get(*slot).copied().unwrap_or_default()),
            Expr::Field(record, index) => {
                let record = self.eval(*record)?;
                self.field_of(record, usize::from(*index))
            }
            Expr::Element(list, index) => {
                let (list, index) = (self.eval(*list)?, self.eval(*index)?);
                if list.is_absent() {
                    return Ok(Sym::ABSENT);
                }
                match self.pin(index)? {
                    Value::Int(at) => {
                        let elements = self.elements(list)?;
                        Ok(usize::try_from(at).ok().and_then(|at| elements.get(at)).copied().unwrap_or_default())
                    }
                    _ => Ok(Sym::ABSENT),
                }
            }
            Expr::Entry(map, key) => self.entry(*map, *key),
            Expr::Text(pieces) | Expr::ConcatTexts(pieces) => self.template(pieces),
            Expr::List(items) => {
                let parts = self.all(items)?;
                let present: Vec<_> = parts.into_iter().filter(|part| !part.is_absent()).collect();
                self.list_of(present)
            }
            Expr::Record(fields) => Ok(Sym::record(&self.all(fields)?, self.machine.bump)),
            Expr::Map(entries) => {
                let mut made = Vec::new();
                for (key, value) in entries {
                    self.add_entry(&mut made, *key, *value)?;
                }
                Ok(Sym::map(&made, self.machine.bump))
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Else(choices) => {
                for choice in choices {
                    let value = self.eval(*choice)?;
                    if !value.is_absent() {
                        return Ok(value);
                    }
                }
                Ok(Sym::ABSENT)
            }
            Expr::When(value, condition) => {
                if self.truth(*condition)? {
                    self.eval(*value)
                } else {
                    Ok(Sym::ABSENT)
                }
            }
            Expr::Or(parts) => self.any(parts, true).map(Sym::bool),
            Expr::And(parts) => self.any(parts, false).map(|found| Sym::bool(!found)),
            Expr::Not(part) => self.truth(*part).map(|holds| Sym::bool(!holds)),
            Expr::Equal(left, right) => {
                let (left, right) = (self.eval(*left)?, self.eval(*right)?);
                self.same(left, right).map(Sym::bool)
            }
            Expr::Order(op, kind, left, right) => {
                let (left, right) = (self.eval(*left)?, self.eval(*right)?);
                self.order(Some(*kind), left, right).map(|order| Sym::bool(holds(*op, order)))
            }
            Expr::InList(element, list) => {
                let (element, list) = (self.eval(*element)?, self.eval(*list)?);
                if list.is_absent() { Ok(Sym::bool(false)) } else { self.contains(list, element).map(Sym::bool) }
            }
            Expr::InMap(key, map) => self.entry(*map, *key).map(|value| Sym::bool(!value.is_absent())),
            Expr::Like(text, pattern) => {
                let (text, pattern) = (self.eval(*text)?, self.eval(*pattern)?);
                self.like(text, pattern).map(Sym::bool)
            }
            Expr::SubsetOf(part, whole) => {
                let (part, whole) = (self.eval(*part)?, self.eval(*whole)?);
                for element in self.elements(part)? {
                    if !self.contains(whole, *element)? {
                        return Ok(Sym::bool(false));
                    }
                }
                Ok(Sym::bool(true))
            }
            Expr::IsSet(value) => self.eval(*value).map(|value| Sym::bool(!value.is_absent())),
            Expr::IsEmpty(value) => {
                let value = self.eval(*value)?;
                self.is_empty(value).map(Sym::bool)
            }
            Expr::ConcatLists(parts) => self.concat_lists(parts),
            Expr::MergeMaps(parts) => self.merge_maps(parts),
            Expr::MergeRecords(left, right, plan) => {
                let (left, right) = (self.eval(*left)?, self.eval(*right)?);
                let mut merged = Vec::new();
                for (from_left, from_right) in plan {
                    let mut value = Sym::ABSENT;
                    for (record, index) in [(right, from_right), (left, from_left)] {
                        if let (true, Some(index)) = (value.is_absent(), index) {
                            value = self.field_of(record, usize::from(*index))?;
                        }
                    }
                    merged.push(value);
                }
                Ok(Sym::record(&merged, self.machine.bump))
            }
            Expr::Arithmetic(float, first, rest) => self.arithmetic(id, *float, *first, rest),
            Expr::Negate(float, value) => {
                let value = self.eval(*value)?;
                let negative = self.machine.negative(id, *float, value.value(self.machine.bump));
                let negative = self.checked(negative)?;
                match value {
                    Sym::Reg(_, of) => self.given(negative, Op::Negate { at: id, of }),
                    _ => Ok(Sym::Const(negative)),
                }
            }
            Expr::Call(function, arguments) => {
                let arguments = self.all(arguments)?;
                self.call(id, *function, &arguments)
            }
            Expr::Convert(conversion, value) => {
                let value = self.eval(*value)?;
                match program.conversions.get(conversion.index()) {
                    Some(conversion) => self.convert(id, conversion, value),
                    None => Ok(value),
                }
            }
        }
    }

    pub(super) fn truth(&mut self, id: ExprId) -> Traced<bool> {
        match self.eval(id)? {
            Sym::Const(Value::Bool(holds)) => Ok(holds),
            _ => Err(Off),
        }
    }

    fn any(&mut self, parts: &'a [ExprId], wanted: bool) -> Traced<bool> {
        for part in parts {
            if self.truth(*part)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn all(&mut self, ids: &'a [ExprId]) -> Traced<Vec<Sym<'a>>> {
        ids.iter().map(|id| self.eval(*id)).collect()
    }

    pub(super) fn list_of(&self, elements: Vec<Sym<'a>>) -> Traced<Sym<'a>> {
        if elements.len() > self.machine.limits.list {
            return Err(Off);
        }
        Ok(Sym::list(&elements, self.machine.bump))
    }

    fn let_value(&mut self, id: LetId) -> Traced<Sym<'a>> {
        if let Some(Some(known)) = self.lets.get(id.index()) {
            return Ok(*known);
        }
        let body = self.program.lets.get(id.index()).ok_or(Off)?.body;
        let value = self.eval(body)?;
        if let Some(place) = self.lets.get_mut(id.index()) {
            *place = Some(value);
        }
        Ok(value)
    }

    pub(super) fn guard(&mut self, id: GuardId) -> Traced<bool> {
        if let Some(Some(known)) = self.guards.get(id.index()) {
            return Ok(*known);
        }
        let condition = *self.program.guards.get(id.index()).ok_or(Off)?;
        let holds = self.truth(condition)?;
        if let Some(place) = self.guards.get_mut(id.index()) {
            *place = Some(holds);
        }
        Ok(holds)
    }

    fn fact(&mut self, root: Root, path: &'a [u16]) -> Traced<Sym<'a>> {
        let value = fact(self.machine.facts.root(root), path);
        self.given(value, Op::Fact { root, path: path.into(), present: !value.is_absent() })
    }

    /// A field of the host is much the same for all services of an agent: the way depends on it.
    fn host_field(&mut self, field: HostField) -> Traced<Sym<'a>> {
        if field == HostField::Env {
            return Err(Off);
        }
        let datum = self.machine.facts.host.field(field);
        self.ask(Op::Host { field, is: Told(Box::new(datum.clone())) })?;
        Ok(Sym::Const(Value::from(datum)))
    }

    fn entry(&mut self, map: ExprId, key: ExprId) -> Traced<Sym<'a>> {
        if self.machine.is_environment(map) {
            let key = self.eval(key)?;
            let Value::Text(name) = key.value(self.machine.bump) else { return Ok(Sym::ABSENT) };
            let value = self.machine.host_variable(name);
            let name = key.operand().ok_or(Off)?;
            return self.given(value, Op::Variable { name, present: !value.is_absent() });
        }
        let (map, key) = (self.eval(map)?, self.eval(key)?);
        if map.is_absent() || key.is_absent() {
            return Ok(Sym::ABSENT);
        }
        match (map, key) {
            (Sym::Const(Value::Map(entries)), Sym::Const(Value::Text(key))) => Ok(Sym::Const(entries.get(key))),
            (Sym::Reg(Value::Map(entries), map), Sym::Const(Value::Text(name)) | Sym::Reg(Value::Text(name), _)) => {
                let value = entries.get(name);
                let key = key.operand().ok_or(Off)?;
                self.given(value, Op::Get { map, key, present: !value.is_absent() })
            }
            _ => {
                let entries = self.entries(map)?;
                let at = self.find_key(entries, key)?;
                Ok(at.and_then(|at| entries.get(at)).map(|(_, value)| *value).unwrap_or_default())
            }
        }
    }

    fn template(&mut self, pieces: &'a [ExprId]) -> Traced<Sym<'a>> {
        let pieces = self.all(pieces)?;
        self.text_of(&pieces)
    }

    /// The pieces, one after the other.
    pub(super) fn text_of(&mut self, pieces: &[Sym<'a>]) -> Traced<Sym<'a>> {
        let bump = self.machine.bump;
        let mut whole = String::new();
        // Constant pieces that stand together are one.
        let mut operands: Vec<Operand> = Vec::new();
        let mut run = String::new();
        for piece in pieces {
            let mark = whole.len();
            if !print(piece.value(bump), &mut whole) {
                return Err(Off);
            }
            match piece {
                Sym::Reg(_, reg) => {
                    push_run(&mut operands, &mut run);
                    operands.push(Operand::Reg(*reg));
                }
                _ => run.push_str(whole.get(mark..).unwrap_or_default()),
            }
        }
        if whole.len() > self.machine.limits.text {
            return Err(Off);
        }
        let text = &*bump.alloc_str(&whole);
        if operands.is_empty() {
            return Ok(Sym::text(text));
        }
        push_run(&mut operands, &mut run);
        if let ([Operand::Reg(_)], [piece @ Sym::Reg(Value::Text(_), _)]) = (&*operands, pieces) {
            return Ok(*piece);
        }
        self.given(Value::Text(text), Op::Text(operands.into()))
    }
}

/// A fact by the fields on its way; absent if anything on the way is.
pub(super) fn fact<'a>(root: &'a crate::facts::datum::Datum, path: &[u16]) -> Value<'a> {
    let mut datum = root;
    for index in path {
        let Kind::Record(fields) = &datum.kind else { break };
        let Some(field) = fields.get(usize::from(*index)) else { return Value::Absent };
        datum = field;
    }
    Value::from(datum)
}

fn push_run(operands: &mut Vec<Operand>, run: &mut String) {
    if !run.is_empty() {
        let text = crate::facts::datum::Datum::text(std::mem::take(run));
        operands.push(Operand::Const(Box::new(text)));
    }
}
