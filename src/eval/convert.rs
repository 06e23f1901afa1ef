//! Changes of representation, where a value's type and its place's differ.

use super::machine::{Eval, Machine};
use super::value::Value;
use crate::ir::{Conversion, ExprId};

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// A value in another representation.
    #[inline(never)]
    pub(super) fn convert(&mut self, id: ExprId, conversion: &'a Conversion, value: Value<'a>) -> Eval<Value<'a>> {
        match (conversion, value) {
            (_, Value::Absent) | (Conversion::Same, _) => Ok(value),
            #[expect(clippy::cast_precision_loss, reason = "widening to the nearest float is what is asked for")]
            (Conversion::ToFloat, Value::Int(value)) => Ok(Value::Float(value as f64)),
            (Conversion::Unprefix(prefix), Value::Text(text)) => {
                Ok(Value::Text(text.strip_prefix(prefix).unwrap_or(text)))
            }
            (Conversion::Each(inner), Value::List(list)) => {
                self.charge(list.len(), self.program.span(id))?;
                let mark = self.values.len();
                for element in list.iter() {
                    let element = self.convert(id, inner, element)?;
                    self.values.push(element);
                }
                Ok(self.seal_list(mark))
            }
            (Conversion::Each(inner), Value::Map(map)) => {
                self.charge(map.len(), self.program.span(id))?;
                let mark = self.entries.len();
                for (key, value) in map.iter() {
                    let value = self.convert(id, inner, value)?;
                    self.entries.push((key, value));
                }
                Ok(self.seal_map(mark))
            }
            (Conversion::Fields(fields), Value::Record(record)) => {
                let mark = self.values.len();
                for field in fields {
                    let value = match field {
                        Some((index, inner)) => self.convert(id, inner, record.get(usize::from(*index)))?,
                        None => Value::Absent,
                    };
                    self.values.push(value);
                }
                Ok(self.seal_record(mark))
            }
            (Conversion::ToMap(fields), Value::Record(record)) => {
                let mark = self.entries.len();
                for (key, index, inner) in fields {
                    let value = self.convert(id, inner, record.get(usize::from(*index)))?;
                    if !value.is_absent() {
                        self.entries.push((key, value));
                    }
                }
                Ok(self.seal_map(mark))
            }
            _ => Err(self.confused(self.program.span(id))),
        }
    }
}
