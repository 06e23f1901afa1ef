//! Arithmetic: whole numbers in 128 bits that must fit an `Int`, and floats that must be finite.

use super::machine::{Eval, Machine};
use super::text::INT;
use super::value::Value;
use crate::diagnostics::code;
use crate::ir::{ArithmeticOp, ExprId};

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    #[inline(never)]
    pub(super) fn whole_arithmetic(
        &mut self,
        id: ExprId,
        first: ExprId,
        rest: &'a [(ArithmeticOp, ExprId)],
    ) -> Eval<Value<'a>> {
        let Value::Int(mut result) = self.eval(first)? else { return Err(self.confused(self.program.span(first))) };
        for (op, operand) in rest {
            let Value::Int(value) = self.eval(*operand)? else {
                return Err(self.confused(self.program.span(*operand)));
            };
            let next = match op {
                ArithmeticOp::Add => result.checked_add(value),
                ArithmeticOp::Subtract => result.checked_sub(value),
                ArithmeticOp::Multiply => result.checked_mul(value),
                ArithmeticOp::Divide | ArithmeticOp::Remainder if value == 0 => {
                    return Err(self.fault(code::DIVISION_BY_ZERO, *operand, format!("{result} divided by zero")));
                }
                ArithmeticOp::Divide => result.checked_div(value),
                ArithmeticOp::Remainder => result.checked_rem(value),
            };
            result = self.in_range(id, next)?;
        }
        Ok(Value::Int(result))
    }

    /// A number that an `Int` can hold, or the fault that it cannot.
    pub(super) fn in_range(&self, at: ExprId, number: Option<i128>) -> Eval<i128> {
        number
            .filter(|number| INT.contains(number))
            .ok_or_else(|| self.fault(code::OVERFLOW, at, "a result that no whole number holds (-2^63 to 2^64-1)"))
    }

    #[inline(never)]
    pub(super) fn float_arithmetic(
        &mut self,
        id: ExprId,
        first: ExprId,
        rest: &'a [(ArithmeticOp, ExprId)],
    ) -> Eval<Value<'a>> {
        let mut result = self.float(first)?;
        for (op, operand) in rest {
            let value = self.float(*operand)?;
            result = match op {
                ArithmeticOp::Add => result + value,
                ArithmeticOp::Subtract => result - value,
                ArithmeticOp::Multiply => result * value,
                ArithmeticOp::Divide | ArithmeticOp::Remainder if value == 0.0 => {
                    return Err(self.fault(code::DIVISION_BY_ZERO, *operand, format!("{result} divided by zero")));
                }
                ArithmeticOp::Divide => result / value,
                ArithmeticOp::Remainder => result % value,
            };
            if !result.is_finite() {
                return Err(self.fault(code::OVERFLOW, id, "a result that no `Float` holds"));
            }
        }
        Ok(Value::Float(result))
    }

    fn float(&mut self, id: ExprId) -> Eval<f64> {
        match self.eval(id)? {
            Value::Float(value) => Ok(value),
            _ => Err(self.confused(self.program.span(id))),
        }
    }

    #[inline(never)]
    pub(super) fn negate(&mut self, id: ExprId, float: bool, value: ExprId) -> Eval<Value<'a>> {
        match (float, self.eval(value)?) {
            (true, Value::Float(value)) => Ok(Value::Float(-value)),
            (false, Value::Int(value)) => self.in_range(id, value.checked_neg()).map(Value::Int),
            _ => Err(self.confused(self.program.span(id))),
        }
    }
}
