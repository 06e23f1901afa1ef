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
            result = self.whole_step(id, *operand, result, *op, value)?;
        }
        Ok(Value::Int(result))
    }

    /// One step of it.
    pub(super) fn whole_step(
        &self,
        id: ExprId,
        operand: ExprId,
        result: i128,
        op: ArithmeticOp,
        value: i128,
    ) -> Eval<i128> {
        if value == 0 && matches!(op, ArithmeticOp::Divide | ArithmeticOp::Remainder) {
            return Err(self.fault(code::DIVISION_BY_ZERO, operand, format!("{result} divided by zero")));
        }
        self.in_range(id, whole(result, op, value))
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
            result = self.float_step(id, *operand, result, *op, value)?;
        }
        Ok(Value::Float(result))
    }

    /// One step of it.
    pub(super) fn float_step(
        &self,
        id: ExprId,
        operand: ExprId,
        result: f64,
        op: ArithmeticOp,
        value: f64,
    ) -> Eval<f64> {
        if value == 0.0 && matches!(op, ArithmeticOp::Divide | ArithmeticOp::Remainder) {
            return Err(self.fault(code::DIVISION_BY_ZERO, operand, format!("{result} divided by zero")));
        }
        let next = float(result, op, value);
        if !next.is_finite() {
            return Err(self.fault(code::OVERFLOW, id, "a result that no `Float` holds"));
        }
        Ok(next)
    }

    fn float(&mut self, id: ExprId) -> Eval<f64> {
        match self.eval(id)? {
            Value::Float(value) => Ok(value),
            _ => Err(self.confused(self.program.span(id))),
        }
    }

    #[inline(never)]
    pub(super) fn negate(&mut self, id: ExprId, float: bool, value: ExprId) -> Eval<Value<'a>> {
        let value = self.eval(value)?;
        self.negative(id, float, value)
    }

    /// The negative of a value.
    pub(super) fn negative(&self, id: ExprId, float: bool, value: Value<'a>) -> Eval<Value<'a>> {
        match (float, value) {
            (true, Value::Float(value)) => Ok(Value::Float(-value)),
            (false, Value::Int(value)) => self.in_range(id, value.checked_neg()).map(Value::Int),
            _ => Err(self.confused(self.program.span(id))),
        }
    }
}

/// Of whole numbers; none where 128 bits do not hold it or zero divides.
pub(super) const fn whole(left: i128, op: ArithmeticOp, right: i128) -> Option<i128> {
    match op {
        ArithmeticOp::Add => left.checked_add(right),
        ArithmeticOp::Subtract => left.checked_sub(right),
        ArithmeticOp::Multiply => left.checked_mul(right),
        ArithmeticOp::Divide => left.checked_div(right),
        ArithmeticOp::Remainder => left.checked_rem(right),
    }
}

/// Of floats; not finite where zero divides.
pub(super) fn float(left: f64, op: ArithmeticOp, right: f64) -> f64 {
    match op {
        ArithmeticOp::Add => left + right,
        ArithmeticOp::Subtract => left - right,
        ArithmeticOp::Multiply => left * right,
        ArithmeticOp::Divide => left / right,
        ArithmeticOp::Remainder => left % right,
    }
}
