//! Numbers of a traced render, and values in another representation.

use super::op::{Arithmetic, Op};
use super::sym::Sym;
use super::tracer::{Off, Traced, Tracer};
use crate::eval::value::Value;
use crate::ir::{ArithmeticOp, Conversion, ExprId};

impl<'a> Tracer<'a> {
    pub(super) fn arithmetic(
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

    pub(super) fn convert(&mut self, id: ExprId, conversion: &'a Conversion, value: Sym<'a>) -> Traced<Sym<'a>> {
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
