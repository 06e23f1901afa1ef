//! Values in full over several lines, so that two of them can be compared line by line.

use super::text::print;
use super::value::Value;
use crate::schema::types::Type;

/// What fits on a line stays on it.
const LINE: usize = 76;

/// A value in the spelling of rule files; the type knows the names of a record's fields.
pub(super) fn lines(value: Value<'_>, ty: Option<&Type>) -> String {
    let mut out = String::new();
    lay_out(value, ty, 0, &mut out);
    out
}

/// One part of a list, map or record: its name, if it has one, and its value with its type.
type Part<'v, 't> = (Option<String>, Value<'v>, Option<&'t Type>);

/// Values are as deep as their types, which are finite.
fn lay_out(value: Value<'_>, ty: Option<&Type>, depth: usize, out: &mut String) {
    let Some((open, close, parts)) = parts(value, ty) else { return scalar(value, out) };
    let start = out.len();
    all(&parts, depth, (open, ", ", close), out);
    let fits = out.len() - start <= LINE && !out.get(start..).unwrap_or_default().contains('\n');
    if fits || parts.is_empty() {
        return;
    }
    out.truncate(start);
    let indent = format!("\n{}", "  ".repeat(depth + 1));
    let end = format!(",\n{}{close}", "  ".repeat(depth));
    all(&parts, depth + 1, (&format!("{open}{indent}"), &format!(",{indent}"), &end), out);
}

fn all(parts: &[Part<'_, '_>], depth: usize, (open, between, close): (&str, &str, &str), out: &mut String) {
    out.push_str(open);
    for (index, (name, value, ty)) in parts.iter().enumerate() {
        if index > 0 {
            out.push_str(between);
        }
        if let Some(name) = name {
            out.push_str(name);
            out.push_str(": ");
        }
        lay_out(*value, *ty, depth, out);
    }
    out.push_str(close);
}

fn parts<'v, 't>(value: Value<'v>, ty: Option<&'t Type>) -> Option<(&'static str, &'static str, Vec<Part<'v, 't>>)> {
    match value {
        Value::List(list) => {
            let inner = if let Some(Type::List(inner)) = ty { Some(&**inner) } else { None };
            Some(("[", "]", list.iter().map(|value| (None, value, inner)).collect()))
        }
        Value::Map(map) => {
            let inner = if let Some(Type::Map(inner)) = ty { Some(&**inner) } else { None };
            Some(("{", "}", map.iter().map(|(key, value)| (Some(format!("{key:?}")), value, inner)).collect()))
        }
        Value::Record(record) => {
            let fields = if let Some(Type::Record(record)) = ty { record.fields.as_slice() } else { &[] };
            let parts = (0..record.len()).map(|index| {
                let field = fields.get(index);
                let name = field.map_or_else(|| index.to_string(), |field| field.name.to_string());
                (Some(name), record.get(index), field.map(|field| &field.ty))
            });
            Some(("{ ", " }", parts.filter(|(_, value, _)| !value.is_absent()).collect()))
        }
        _ => None,
    }
}

fn scalar(value: Value<'_>, out: &mut String) {
    match value {
        Value::Absent => out.push_str("absent"),
        Value::Text(text) => out.push_str(&format!("{text:?}")),
        other => {
            print(other, out);
        }
    }
}
