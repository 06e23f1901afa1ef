//! Functions in a traced render.

use super::op::{Answer, Call, Op};
use super::sym::Sym;
use super::tracer::{Off, Traced, Tracer};
use crate::eval::value::Value;
use crate::ir::ExprId;
use crate::schema::functions::Function as F;

impl<'a> Tracer<'a> {
    pub(super) fn call(&mut self, id: ExprId, function: F, arguments: &[Sym<'a>]) -> Traced<Sym<'a>> {
        let mut three = [Sym::ABSENT; 3];
        for (place, argument) in three.iter_mut().zip(arguments) {
            *place = *argument;
        }
        let [first, second, _] = three;
        match function {
            F::HostDevice | F::HostPath | F::HostGlob | F::HostMajor => return self.ask_host(id, function, first),
            // A secret is looked up anew each time.
            F::Secret => return self.general(id, function, arguments),
            _ if arguments.iter().all(|argument| matches!(argument, Sym::Const(_))) => {
                let value = self.apply(id, function, arguments)?;
                return Ok(Sym::Const(value));
            }
            _ => {}
        }
        let bump = self.machine.bump;
        match (function, first.value(bump)) {
            (F::Len, Value::List(_)) => Ok(Sym::int(self.elements(first)?.len())),
            (F::Len, Value::Map(_)) => Ok(Sym::int(self.entries(first)?.len())),
            (F::Join, _) => {
                let mut pieces = Vec::new();
                for (at, element) in self.elements(first)?.iter().enumerate() {
                    if at > 0 {
                        pieces.push(second);
                    }
                    pieces.push(*element);
                }
                self.text_of(&pieces)
            }
            (F::Range | F::RangeFrom, _) => {
                let mut pinned = Vec::new();
                for argument in arguments {
                    pinned.push(Sym::Const(self.pin(*argument)?));
                }
                self.apply(id, function, &pinned).map(Sym::Const)
            }
            (F::String, Value::Text(_)) => Ok(first),
            (F::ToInt, Value::Int(_)) => Ok(first),
            (F::Keys, _) => {
                let keys = self.entries(first)?.iter().map(|(key, _)| *key).collect();
                self.list_of(keys)
            }
            (F::Values, _) => {
                let values = self.entries(first)?.iter().map(|(_, value)| *value).collect();
                self.list_of(values)
            }
            (F::Sort, _) => {
                let mut sorted: Vec<_> = self.elements(first)?.iter().map(|element| (*element, *element)).collect();
                self.sort(None, &mut sorted)?;
                self.list_of(sorted.into_iter().map(|(_, element)| element).collect())
            }
            (F::Unique, _) => {
                let mut once: Vec<Sym<'a>> = Vec::new();
                for element in self.elements(first)? {
                    if self.find(&once, *element)?.is_none() {
                        once.push(*element);
                    }
                }
                self.list_of(once)
            }
            (F::IndexOf, _) => {
                for (at, element) in self.elements(first)?.iter().enumerate() {
                    if self.same(*element, second)? {
                        return Ok(Sym::int(at));
                    }
                }
                Ok(Sym::ABSENT)
            }
            (F::First, _) => Ok(self.elements(first)?.first().copied().unwrap_or_default()),
            (F::Last, _) => Ok(self.elements(first)?.last().copied().unwrap_or_default()),
            (F::Min | F::Max, _) => {
                let mut best: Option<Sym<'a>> = None;
                for element in self.elements(first)? {
                    // As iterators have it: of equal ones the first is the least and the last the greatest.
                    let better = match best {
                        None => true,
                        Some(best) if function == F::Min => self.order(None, *element, best)?.is_lt(),
                        Some(best) => self.order(None, *element, best)?.is_ge(),
                    };
                    if better {
                        best = Some(*element);
                    }
                }
                Ok(best.unwrap_or_default())
            }
            (F::Within, _) => match self.below(first, second)? {
                Some(is) => Ok(Sym::bool(is)),
                None => self.general(id, function, arguments),
            },
            _ => self.general(id, function, arguments),
        }
    }

    fn apply(&mut self, id: ExprId, function: F, arguments: &[Sym<'a>]) -> Traced<Value<'a>> {
        let bump = self.machine.bump;
        let mut values = [Value::Absent; 3];
        for (place, argument) in values.iter_mut().zip(arguments) {
            *place = argument.value(bump);
        }
        let result = self.machine.apply(id, function, values);
        self.checked(result)
    }

    /// A call that is made in each render.
    fn general(&mut self, id: ExprId, function: F, arguments: &[Sym<'a>]) -> Traced<Sym<'a>> {
        let mut operands = Vec::new();
        for argument in arguments {
            operands.push(argument.operand().ok_or(Off)?);
        }
        let value = self.apply(id, function, arguments)?;
        let call = Call { at: id, function, arguments: operands.into(), present: !value.is_absent() };
        let given = self.given(value, Op::Call(Box::new(call)))?;
        if let Sym::Reg(Value::List(_), _) = given {
            // How long a list is decides how much it costs.
            self.elements(given)?;
        }
        Ok(given)
    }

    /// What the host answers is part of the way, and so is what it is asked.
    fn ask_host(&mut self, id: ExprId, function: F, argument: Sym<'a>) -> Traced<Sym<'a>> {
        let Value::Text(text) = self.pin(argument)? else { return Err(Off) };
        let host = &self.machine.facts.host;
        let op = match function {
            F::HostDevice => Op::Device { path: text.into(), is: Answer(Box::new(host.device(text))) },
            F::HostPath => Op::Path { path: text.into(), is: Answer(host.path(text)) },
            F::HostMajor => Op::Major { driver: text.into(), is: host.major(text) },
            _ => Op::Glob { pattern: text.into(), is: host.glob(text).into() },
        };
        self.ask(op)?;
        self.apply(id, function, &[argument]).map(Sym::Const)
    }
}
