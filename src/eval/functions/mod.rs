//! The functions of the language.

mod host;
mod lists;
mod texts;

use super::machine::{Eval, Machine};
use super::order::compare;
use super::text::{basename, dirname, parse_int, within};
use super::value::Value;
use crate::diagnostics::code;
use crate::ir::ExprId;
use crate::schema::functions::Function as F;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    #[inline(never)]
    pub(super) fn call(&mut self, id: ExprId, function: F, arguments: &'a [ExprId]) -> Eval<Value<'a>> {
        let mut values = [Value::Absent; 3];
        for (place, argument) in values.iter_mut().zip(arguments) {
            *place = self.eval(*argument)?;
            if let Value::Text(text) = place {
                let cost = text.len() / 64;
                self.charge(cost, self.program.span(id))?;
            }
        }
        self.apply(id, function, values)
    }

    /// What a function gives for values.
    #[inline(never)]
    pub(in crate::eval) fn apply(&mut self, id: ExprId, function: F, values: [Value<'a>; 3]) -> Eval<Value<'a>> {
        use Value::{Float, Int, List, Map, Text};
        let [first, second, third] = values;
        let size = |n: usize| Ok(Int(n as i128));
        match (function, first, second, third) {
            (F::Len, Text(text), ..) => size(text.len()),
            (F::Len, List(list), ..) => size(list.len()),
            (F::Len, Map(map), ..) => size(map.len()),
            (F::Join, List(list), Text(separator), _) => self.join(id, list, separator),
            (F::Split, Text(text), Text(separator), _) => self.split(id, text, separator),
            (F::Lower, Text(text), ..) => self.keep(id, &text.to_lowercase()),
            (F::Upper, Text(text), ..) => self.keep(id, &text.to_uppercase()),
            (F::Trim, Text(text), ..) => Ok(Text(text.trim())),
            (F::TrimPrefix, Text(text), Text(prefix), _) => Ok(Text(text.strip_prefix(prefix).unwrap_or(text))),
            (F::TrimSuffix, Text(text), Text(suffix), _) => Ok(Text(text.strip_suffix(suffix).unwrap_or(text))),
            (F::TrimStart, Text(text), Text(characters), _) => {
                Ok(Text(text.trim_start_matches(|c| characters.contains(c))))
            }
            (F::TrimEnd, Text(text), Text(characters), _) => {
                Ok(Text(text.trim_end_matches(|c| characters.contains(c))))
            }
            (F::Replace, Text(text), Text(from), Text(to)) => self.replace(id, text, from, to),
            (F::Range, Int(count), ..) => self.range(id, 0, count),
            (F::RangeFrom, Int(start), Int(end), _) => self.range(id, start, end),
            (F::String, Text(text), ..) => Ok(Text(text)),
            (F::String, value, ..) => self.print(id, value),
            (F::ToInt, Text(text), ..) => Ok(parse_int(text).map_or(Value::Absent, Int)),
            (F::ToInt, Int(value), ..) => Ok(Int(value)),
            (F::ToInt, Value::Bool(value), ..) => Ok(Int(i128::from(value))),
            (F::ToInt, Float(value), ..) if value.fract() != 0.0 => Ok(Value::Absent),
            (F::ToInt, Float(value), ..) => Ok(self.whole(id, value).map_or(Value::Absent, Int)),
            (F::Round, Float(value), ..) => self.whole(id, value.round()).map(Int),
            (F::Floor, Float(value), ..) => self.whole(id, value.floor()).map(Int),
            (F::Octal, Int(value), ..) => {
                let sign = if value < 0 { "-" } else { "" };
                self.keep(id, &format!("{sign}{:o}", value.unsigned_abs()))
            }
            (F::Keys, Map(map), ..) => self.gather(id, map.iter().map(|(key, _)| Text(key))),
            (F::Values, Map(map), ..) => self.gather(id, map.iter().map(|(_, value)| value)),
            (F::Sort, List(list), ..) => self.sort(id, list),
            (F::Unique, List(list), ..) => self.unique(id, list),
            (F::IndexOf, List(list), wanted, _) => self.index_of(id, list, wanted),
            (F::First, List(list), ..) => Ok(list.get(0)),
            (F::Last, List(list), ..) => Ok(list.get(list.len().wrapping_sub(1))),
            (F::Min | F::Max, List(list), ..) => {
                self.charge(list.len(), self.program.span(id))?;
                let order = |a: &Value<'a>, b: &Value<'a>| compare(*a, *b);
                let found = if function == F::Min { list.iter().min_by(order) } else { list.iter().max_by(order) };
                Ok(found.unwrap_or_default())
            }
            (F::Basename, Text(path), ..) => Ok(Text(basename(path))),
            (F::Dirname, Text(path), ..) => Ok(Text(dirname(path))),
            (F::Within, Text(path), Text(dir), _) => Ok(Value::Bool(within(path, dir))),
            (F::Closest, Text(text), List(list), _) => self.closest(id, text, list),
            (F::Secret, Text(reference), ..) => self.secret(id, reference),
            (F::HostDevice, Text(path), ..) => Ok(self.host_device(path)),
            (F::HostPath, Text(path), ..) => Ok(self.host_path(path)),
            (F::HostGlob, Text(pattern), ..) => self.host_glob(id, pattern),
            (F::HostMajor, Text(driver), ..) => Ok(self.host_major(driver)),
            _ => Err(self.confused(self.program.span(id))),
        }
    }

    /// A float without a fraction as an `Int`.
    fn whole(&self, at: ExprId, value: f64) -> Eval<i128> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "floats beyond 128 bits become its bounds, out of range too"
        )]
        let whole = value as i128;
        self.in_range(at, Some(whole))
    }

    fn range(&mut self, id: ExprId, start: i128, end: i128) -> Eval<Value<'a>> {
        if end.saturating_sub(start) > self.limits.list as i128 {
            return Err(self.fault(
                code::TOO_LONG,
                id,
                format!("a range of {} numbers: at most {}", end.saturating_sub(start), self.limits.list),
            ));
        }
        self.gather(id, (start..end).map(Value::Int))
    }
}
