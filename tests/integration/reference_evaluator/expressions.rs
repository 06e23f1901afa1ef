//! Expressions, evaluated as the language page says: over the syntax tree, each anew wherever it stands.

use std::cmp::Ordering;

use plimsoll::syntax::ast::{ArithmeticOp, Clause, CompareOp, Entry, Expr, ExprKind, JoinOp, Key, Piece};

use super::value::Value;

/// Why a service is refused.
pub(super) type Refusal = &'static str;
pub(super) type Result<T> = std::result::Result<T, Refusal>;

/// What names mean at some place.
#[derive(Clone)]
pub(super) struct Scope<'p> {
    pub(super) lets: &'p [(String, &'p Expr)],
    pub(super) roots: &'p [(&'static str, Value)],
    /// The finished spec, for invariants.
    pub(super) spec: Option<&'p Value>,
    pub(super) locals: Vec<(String, Value)>,
}

impl Scope<'_> {
    pub(super) fn with(&self, name: &str, value: Value) -> Self {
        let mut inner = self.clone();
        inner.locals.push((name.to_owned(), value));
        inner
    }

    fn name(&self, name: &str) -> Result<Value> {
        if let Some((_, value)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Ok(value.clone());
        }
        if let Some((_, value)) = self.roots.iter().find(|(root, _)| *root == name) {
            return Ok(value.clone());
        }
        if name == "spec" {
            return Ok(self.spec.expect("invariants read the spec").clone());
        }
        let (_, value) = self.lets.iter().find(|(other, _)| other == name).expect("a name that exists");
        Scope { locals: Vec::new(), ..self.clone() }.eval(value)
    }

    pub(super) fn truth(&self, expr: &Expr) -> Result<bool> {
        match self.eval(expr)? {
            Value::Bool(value) => Ok(value),
            other => panic!("{other:?} is no condition"),
        }
    }

    fn int(&self, expr: &Expr) -> Result<i128> {
        match self.eval(expr)? {
            Value::Int(number) => Ok(number),
            other => panic!("{other:?} is no number"),
        }
    }

    pub(super) fn eval(&self, expr: &Expr) -> Result<Value> {
        Ok(match &expr.kind {
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Int(number) => Value::Int(*number),
            ExprKind::Float(_) => panic!("generated policies have no fractions"),
            ExprKind::Text(pieces) => Value::Text(self.template(pieces)?),
            ExprKind::Name(name) => self.name(name)?,
            ExprKind::Field(inner, field) => self.eval(inner)?.get(&field.name),
            ExprKind::Index(inner, index) => match (self.eval(inner)?, self.eval(index)?) {
                (Value::List(values), Value::Int(at)) => {
                    usize::try_from(at).ok().and_then(|at| values.get(at)).cloned().unwrap_or(Value::Absent)
                }
                (map, Value::Text(key)) => map.get(&key),
                (_, key) => panic!("{key:?} is no key"),
            },
            ExprKind::Call { function, arguments, .. } => self.call(&function.name, arguments)?,
            ExprKind::List(elements) => {
                let values = elements.iter().map(|element| self.eval(element)).collect::<Result<Vec<_>>>()?;
                Value::List(values.into_iter().filter(|value| *value != Value::Absent).collect())
            }
            ExprKind::Map(entries) => {
                let mut map = Vec::new();
                for entry in entries {
                    self.entry(entry, &mut map)?;
                }
                Value::Map(map)
            }
            ExprKind::ListComprehension { value, clauses, sort } => {
                let mut values = Vec::new();
                self.rounds(clauses, &mut |scope| {
                    let value = scope.eval(value)?;
                    if value != Value::Absent {
                        let by = sort.as_ref().map_or(Ok(Value::Absent), |by| scope.eval(by))?;
                        values.push((by, value));
                    }
                    Ok(())
                })?;
                if sort.is_some() {
                    values.sort_by(|(left, _), (right, _)| order(left, right));
                }
                Value::List(values.into_iter().map(|(_, value)| value).collect())
            }
            ExprKind::MapComprehension { entry, clauses } => {
                let mut map = Vec::new();
                self.rounds(clauses, &mut |scope| scope.entry(entry, &mut map))?;
                Value::Map(map)
            }
            ExprKind::Else(parts) => {
                for part in parts {
                    let value = self.eval(part)?;
                    if value != Value::Absent {
                        return Ok(value);
                    }
                }
                Value::Absent
            }
            ExprKind::When(value, condition) => {
                if self.truth(condition)? {
                    self.eval(value)?
                } else {
                    Value::Absent
                }
            }
            ExprKind::Or(parts) => {
                for part in parts {
                    if self.truth(part)? {
                        return Ok(Value::Bool(true));
                    }
                }
                Value::Bool(false)
            }
            ExprKind::And(parts) => {
                for part in parts {
                    if !self.truth(part)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Value::Bool(true)
            }
            ExprKind::Not(inner) => Value::Bool(!self.truth(inner)?),
            ExprKind::Compare(op, left, right) => Value::Bool(compare(*op, &self.eval(left)?, &self.eval(right)?)),
            ExprKind::Is { value, empty, negated } => {
                let value = self.eval(value)?;
                let holds = if *empty { is_empty(&value) } else { value != Value::Absent };
                Value::Bool(holds != *negated)
            }
            ExprKind::Join(first, rest) => {
                let mut value = self.eval(first)?;
                for (op, part) in rest {
                    value = join(*op, value, self.eval(part)?);
                }
                value
            }
            ExprKind::Arithmetic(first, rest) => {
                let mut number = self.int(first)?;
                for (op, part) in rest {
                    number = calculate(*op, number, self.int(part)?)?;
                }
                Value::Int(number)
            }
            ExprKind::Negate(inner) => Value::Int(-self.int(inner)?),
        })
    }

    pub(super) fn template(&self, pieces: &[Piece]) -> Result<String> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text += part,
                Piece::Hole(expr) => text += &self.eval(expr)?.print(),
            }
        }
        Ok(text)
    }

    fn entry(&self, entry: &Entry, map: &mut Vec<(String, Value)>) -> Result<()> {
        let key = match &entry.key {
            Key::Name(name) => name.name.to_string(),
            Key::Computed(key) => self.eval(key)?.print(),
        };
        let value = self.eval(&entry.value)?;
        if value != Value::Absent {
            put(map, key, value);
        }
        Ok(())
    }

    /// Goes through all that some clauses go through.
    fn rounds(&self, clauses: &[Clause], body: &mut dyn FnMut(&Self) -> Result<()>) -> Result<()> {
        let Some((clause, rest)) = clauses.split_first() else { return body(self) };
        for scope in self.each(clause)? {
            scope.rounds(rest, body)?;
        }
        Ok(())
    }

    /// A scope for each round of a loop.
    pub(super) fn each(&self, clause: &Clause) -> Result<Vec<Self>> {
        let rounds: Vec<(Value, Value)> = match self.eval(&clause.list)? {
            Value::List(values) => {
                values.into_iter().enumerate().map(|(at, value)| (Value::Int(at as i128), value)).collect()
            }
            Value::Map(entries) => entries.into_iter().map(|(key, value)| (Value::Text(key), value)).collect(),
            other => panic!("nobody goes through {other:?}"),
        };
        let mut scopes = Vec::new();
        for (key, value) in rounds {
            let scope = match &clause.second {
                Some(second) => self.with(&clause.first.name, key).with(&second.name, value),
                None => self.with(&clause.first.name, value),
            };
            if clause.when.as_ref().map_or(Ok(true), |when| scope.truth(when))? {
                scopes.push(scope);
            }
        }
        Ok(scopes)
    }

    fn call(&self, function: &str, arguments: &[Expr]) -> Result<Value> {
        let values = arguments.iter().map(|it| self.eval(it)).collect::<Result<Vec<_>>>()?;
        Ok(match (function, values.as_slice()) {
            ("len", [Value::List(values)]) => Value::Int(values.len() as i128),
            ("len", [Value::Map(entries)]) => Value::Int(entries.len() as i128),
            ("len", [Value::Text(text)]) => Value::Int(text.chars().count() as i128),
            ("keys", [Value::Map(entries)]) => Value::List(entries.iter().map(|(key, _)| Value::text(key)).collect()),
            ("values", [Value::Map(entries)]) => Value::List(entries.iter().map(|(_, value)| value.clone()).collect()),
            ("range", [Value::Int(count)]) => Value::List((0..*count).map(Value::Int).collect()),
            ("range", [Value::Int(first), Value::Int(end)]) => Value::List((*first..*end).map(Value::Int).collect()),
            ("upper", [Value::Text(text)]) => Value::Text(text.to_ascii_uppercase()),
            ("lower", [Value::Text(text)]) => Value::Text(text.to_ascii_lowercase()),
            ("trim_prefix", [Value::Text(text), Value::Text(prefix)]) => {
                Value::text(if text.starts_with(prefix) { &text[prefix.len()..] } else { text })
            }
            ("replace", [Value::Text(text), Value::Text(from), Value::Text(to)]) => Value::Text(text.replace(from, to)),
            ("within", [Value::Text(path), Value::Text(dir)]) => Value::Bool(normal(path).starts_with(&normal(dir))),
            ("first", [Value::List(values)]) => values.first().cloned().unwrap_or(Value::Absent),
            ("last", [Value::List(values)]) => values.last().cloned().unwrap_or(Value::Absent),
            ("index_of", [Value::List(values), wanted]) => {
                values.iter().position(|value| value == wanted).map_or(Value::Absent, |at| Value::Int(at as i128))
            }
            ("split", [Value::Text(text), Value::Text(by)]) => Value::List(text.split(by).map(Value::text).collect()),
            ("join", [Value::List(values), Value::Text(by)]) => {
                Value::Text(values.iter().map(Value::print).collect::<Vec<_>>().join(by))
            }
            ("sort", [Value::List(values)]) => {
                let mut values = values.clone();
                values.sort_by(order);
                Value::List(values)
            }
            ("unique", [Value::List(values)]) => {
                let mut once: Vec<Value> = Vec::new();
                for value in values {
                    if !once.contains(value) {
                        once.push(value.clone());
                    }
                }
                Value::List(once)
            }
            other => panic!("a call of {other:?}"),
        })
    }
}

pub(super) fn put(map: &mut Vec<(String, Value)>, key: String, value: Value) {
    match map.iter_mut().find(|(other, _)| *other == key) {
        Some((_, place)) => *place = value,
        None => map.push((key, value)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::List(values) => values.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        other => panic!("{other:?} is neither empty nor not"),
    }
}

/// A path's parts, the first of which says whether it is absolute.
fn normal(path: &str) -> Vec<&str> {
    let mut parts = vec![if path.starts_with('/') { "/" } else { "." }];
    for part in path.split('/') {
        match (part, parts.as_slice()) {
            ("" | ".", _) | ("..", ["/"]) => {}
            ("..", [.., last]) if !matches!(*last, "." | "..") => _ = parts.pop(),
            _ => parts.push(part),
        }
    }
    parts
}

/// Numbers by size, texts by bytes.
pub(super) fn order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        other => panic!("{other:?} have no order"),
    }
}

fn compare(op: CompareOp, left: &Value, right: &Value) -> bool {
    let has = |whole: &Value, part: &Value| match whole {
        Value::List(values) => values.contains(part),
        Value::Map(_) => matches!(part, Value::Text(key) if whole.get(key) != Value::Absent),
        other => panic!("nothing is in {other:?}"),
    };
    match op {
        CompareOp::Eq => left == right,
        CompareOp::Ne => left != right,
        CompareOp::Lt => order(left, right).is_lt(),
        CompareOp::Le => order(left, right).is_le(),
        CompareOp::Gt => order(left, right).is_gt(),
        CompareOp::Ge => order(left, right).is_ge(),
        CompareOp::In => has(right, left),
        CompareOp::NotIn => !has(right, left),
        CompareOp::Like => like(&left.print(), &right.print()),
        CompareOp::NotLike => !like(&left.print(), &right.print()),
        CompareOp::SubsetOf => {
            let Value::List(parts) = left else { panic!("{left:?} is no set") };
            parts.iter().all(|part| has(right, part))
        }
    }
}

/// `*` is any run, `?` one character.
fn like(text: &str, pattern: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            starts.into_iter().any(|at| like(&text[at..], &pattern[1..]))
        }
        Some(wanted) => {
            let mut rest = text.chars();
            let fits = rest.next().is_some_and(|found| wanted == '?' || wanted == found);
            fits && like(rest.as_str(), &pattern[wanted.len_utf8()..])
        }
    }
}

fn join(op: JoinOp, left: Value, right: Value) -> Value {
    match (op, left, right) {
        (JoinOp::Concat, Value::List(mut left), Value::List(right)) => {
            left.extend(right);
            Value::List(left)
        }
        (JoinOp::Merge, Value::Map(mut left), Value::Map(right)) => {
            for (key, value) in right {
                put(&mut left, key, value);
            }
            Value::Map(left)
        }
        other => panic!("nobody joins {other:?}"),
    }
}

fn calculate(op: ArithmeticOp, left: i128, right: i128) -> Result<i128> {
    let number = match op {
        ArithmeticOp::Add => left + right,
        ArithmeticOp::Subtract => left - right,
        ArithmeticOp::Multiply => left * right,
        ArithmeticOp::Divide | ArithmeticOp::Remainder if right == 0 => return Err("P0606"),
        ArithmeticOp::Divide => left / right,
        ArithmeticOp::Remainder => left % right,
    };
    if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number) { Ok(number) } else { Err("P0605") }
}
