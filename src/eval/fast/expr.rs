//! Expressions of a traced render: as [`crate::eval`] evaluates them, over values of which some are not constant.

use super::op::{Arithmetic, Op, Operand, Told};
use super::sym::Sym;
use super::tracer::{Off, Traced, Tracer};
use crate::eval::order::{by_kind, compare, equal, holds};
use crate::eval::text::print;
use crate::eval::value::Value;
use crate::facts::datum::Kind;
use crate::ir::{ArithmeticOp, Comprehension, Conversion, Expr, ExprId, GuardId, LetId, Loop, OrderKind};
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

    fn all(&mut self, ids: &'a [ExprId]) -> Traced<Vec<Sym<'a>>> {
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

    fn concat_lists(&mut self, parts: &'a [ExprId]) -> Traced<Sym<'a>> {
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

    fn merge_maps(&mut self, parts: &'a [ExprId]) -> Traced<Sym<'a>> {
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

    fn add_entry(&mut self, made: &mut Vec<(Sym<'a>, Sym<'a>)>, key: ExprId, value: ExprId) -> Traced<()> {
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

    // Loops.

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

    fn comprehension(&mut self, one: &'a Comprehension) -> Traced<Sym<'a>> {
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

    // Numbers and representations.

    fn arithmetic(
        &mut self,
        id: ExprId,
        float: bool,
        first: ExprId,
        rest: &'a [(ArithmeticOp, ExprId)],
    ) -> Traced<Sym<'a>> {
        let start = self.eval(first)?;
        let mut constant = matches!(start, Sym::Const(_));
        let bump = self.machine.bump;
        let mut result = start.value(bump);
        let mut operands = Vec::new();
        for (op, operand) in rest {
            let value = self.eval(*operand)?;
            constant &= matches!(value, Sym::Const(_));
            let machine = &self.machine;
            result = match (float, result, value.value(bump)) {
                (false, Value::Int(left), Value::Int(right)) => {
                    Value::Int(self.checked(machine.whole_step(id, *operand, left, *op, right))?)
                }
                (true, Value::Float(left), Value::Float(right)) => {
                    Value::Float(self.checked(machine.float_step(id, *operand, left, *op, right))?)
                }
                _ => return Err(Off),
            };
            operands.push((*op, value.operand().ok_or(Off)?));
        }
        if constant {
            return Ok(Sym::Const(result));
        }
        let first = start.operand().ok_or(Off)?;
        self.given(result, Op::Arithmetic(Box::new(Arithmetic { first, rest: operands.into() })))
    }

    fn convert(&mut self, id: ExprId, conversion: &'a Conversion, value: Sym<'a>) -> Traced<Sym<'a>> {
        let bump = self.machine.bump;
        match (conversion, value) {
            (_, Sym::Const(value)) => {
                let converted = self.machine.convert(id, conversion, value);
                self.checked(converted).map(Sym::Const)
            }
            (Conversion::Same, _) => Ok(value),
            (Conversion::ToFloat, Sym::Reg(number, reg)) => {
                let converted = self.machine.convert(id, conversion, number);
                let converted = self.checked(converted)?;
                self.given(converted, Op::Widen(reg))
            }
            (Conversion::Unprefix(prefix), Sym::Reg(Value::Text(text), reg)) => {
                let rest = Value::Text(text.strip_prefix(prefix).unwrap_or(text));
                self.given(rest, Op::Unprefix(reg, prefix))
            }
            (Conversion::Each(inner), _) => match value.value(bump) {
                Value::List(_) => {
                    let mut converted = Vec::new();
                    for element in self.elements(value)? {
                        converted.push(self.convert(id, inner, *element)?);
                    }
                    Ok(Sym::list(&converted, bump))
                }
                Value::Map(_) => {
                    let mut converted = Vec::new();
                    for (key, value) in self.entries(value)? {
                        converted.push((*key, self.convert(id, inner, *value)?));
                    }
                    Ok(Sym::map(&converted, bump))
                }
                _ => Err(Off),
            },
            (Conversion::Fields(fields), _) => {
                let mut converted = Vec::new();
                for field in fields {
                    converted.push(match field {
                        Some((index, inner)) => {
                            let part = self.field_of(value, usize::from(*index))?;
                            self.convert(id, inner, part)?
                        }
                        None => Sym::ABSENT,
                    });
                }
                Ok(Sym::record(&converted, bump))
            }
            (Conversion::ToMap(fields), _) => {
                let mut converted = Vec::new();
                for (key, index, inner) in fields {
                    let part = self.field_of(value, usize::from(*index))?;
                    let part = self.convert(id, inner, part)?;
                    if !part.is_absent() {
                        converted.push((Sym::text(key), part));
                    }
                }
                Ok(Sym::map(&converted, bump))
            }
            _ => Err(Off),
        }
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
