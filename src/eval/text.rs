//! Texts: how values print, globs, paths.

use std::fmt::Write as _;

use super::value::{Record, Value};
use crate::schema::shape::{RecordShape, Shape};

/// Appends a value as a template prints it; whether it is one that a template can hold.
pub(super) fn print(value: Value<'_>, out: &mut String) -> bool {
    match value {
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Int(value) => print_int(value, out),
        Value::Float(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Text(text) => out.push_str(text),
        _ => return false,
    }
    true
}

fn print_int(value: i128, out: &mut String) {
    // 64-bit formatting is several times faster than that of 128 bits.
    let _ = match (u64::try_from(value), i64::try_from(value)) {
        (Ok(value), _) => write!(out, "{value}"),
        (_, Ok(value)) => write!(out, "{value}"),
        _ => write!(out, "{value}"),
    };
}

/// A value as a message shows it: texts quoted, nothing longer than a line or two.
#[must_use]
pub fn show(value: Value<'_>) -> String {
    show_as(value, None)
}

/// [`show`], with the names that a shape gives to the fields of records.
pub(crate) fn show_as(value: Value<'_>, shape: Option<&Shape>) -> String {
    let mut out = String::new();
    show_into(value, shape, &mut out);
    out
}

/// [`show_as`] of a record.
pub(super) fn show_record(record: Record<'_>, shape: &RecordShape) -> String {
    let mut out = String::new();
    show_fields(record, Some(shape), &mut out);
    out
}

/// How much of a value a message shows.
const SHOWN: usize = 400;

fn show_into(value: Value<'_>, shape: Option<&Shape>, out: &mut String) {
    match (value, shape) {
        (Value::Absent, _) => out.push_str("nothing"),
        (Value::Text(text), _) => quote(text, out),
        (Value::List(list), _) => {
            let inner = if let Some(Shape::List(inner)) = shape { Some(&**inner) } else { None };
            show_all(("[", "]"), list.iter().map(|value| (None, value, inner)), out);
        }
        (Value::Map(map), _) => {
            let inner = if let Some(Shape::Map(inner)) = shape { Some(&**inner) } else { None };
            let name = |key: &str| {
                let mut name = String::new();
                quote(key, &mut name);
                name
            };
            show_all(("{", "}"), map.iter().map(|(key, value)| (Some(name(key)), value, inner)), out);
        }
        (Value::Record(record), Some(Shape::Record(shape))) => show_fields(record, Some(shape), out),
        (Value::Record(record), _) => show_fields(record, None, out),
        (other, _) => {
            print(other, out);
        }
    }
}

fn show_fields(record: Record<'_>, shape: Option<&RecordShape>, out: &mut String) {
    let fields = (0..record.len()).map(|index| {
        let field = shape.and_then(|shape| shape.fields.get(index));
        (field.map(|field| field.name.to_string()), record.get(index), field.map(|field| &field.shape))
    });
    show_all(("{", "}"), fields.filter(|(_, value, _)| !value.is_absent()), out);
}

fn show_all<'a>(
    (open, close): (&str, &str),
    parts: impl Iterator<Item = (Option<String>, Value<'a>, Option<&'a Shape>)>,
    out: &mut String,
) {
    out.push_str(open);
    for (index, (name, value, shape)) in parts.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        if out.len() > SHOWN {
            out.push('…');
            break;
        }
        if let Some(name) = name {
            out.push_str(&name);
            out.push_str(": ");
        }
        show_into(value, shape, out);
    }
    out.push_str(close);
}

/// Appends a text in quotes, with escapes for what a terminal would not show, cut where it is too long.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for (count, c) in text.chars().enumerate() {
        if count >= 120 {
            out.push('…');
            break;
        }
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whether a text matches a glob: `*` is any run, `?` one character.
#[must_use]
pub fn like(text: &str, pattern: &str) -> bool {
    like_within(text, pattern, &mut u64::MAX.clone()).unwrap_or(false)
}

/// [`like`] in at most so many steps, which are used up; none if they do not suffice. Only the last `*` is
/// ever tried again, so there are at most as many steps as text and pattern multiplied.
pub(super) fn like_within(text: &str, pattern: &str, fuel: &mut u64) -> Option<bool> {
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    let mut retry = None;
    loop {
        let (before_text, before_pattern) = (text.clone(), pattern.clone());
        match (pattern.next(), text.next()) {
            (Some('*'), _) => {
                text = before_text;
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            (None, None) => return Some(true),
            (Some('?'), Some(_)) => continue,
            (Some(wanted), Some(found)) if wanted == found => continue,
            _ => drop(before_pattern),
        }
        *fuel = fuel.checked_sub(1)?;
        let Some((after_star, mut rest)) = retry else { return Some(false) };
        if rest.next().is_none() {
            return Some(false);
        }
        (pattern, text) = (after_star.clone(), rest.clone());
        retry = Some((after_star, rest));
    }
}

/// The components of a path after lexical normalisation, and whether it is absolute.
fn components<'p>(path: &'p str, out: &mut Vec<&'p str>) -> bool {
    let absolute = path.starts_with('/');
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." if out.last().is_some_and(|last| *last != "..") => {
                out.pop();
            }
            ".." if absolute => {}
            other => out.push(other),
        }
    }
    absolute
}

/// Whether `path` is `dir` or below it.
#[must_use]
pub fn within(path: &str, dir: &str) -> bool {
    // Almost all paths are normal already, and need no list of their components.
    if is_normal(path) && is_normal(dir) {
        return path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    let (mut inner, mut outer) = (Vec::new(), Vec::new());
    components(path, &mut inner) == components(dir, &mut outer) && inner.starts_with(&outer)
}

/// Whether a path is absolute and surely has no empty, `.` or `..` component. A component that only begins with a dot
/// is not looked at closely.
pub(super) fn is_normal(path: &str) -> bool {
    let mut after_slash = false;
    let plain = path.bytes().all(|byte| {
        let odd = after_slash && matches!(byte, b'/' | b'.');
        after_slash = byte == b'/';
        !odd
    });
    plain && !after_slash && path.starts_with('/')
}

/// The last component of a path; `/` of the root.
pub(super) fn basename(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() && !path.is_empty() {
        return "/";
    }
    trimmed.rsplit('/').next().unwrap_or_default()
}

/// The path without its last component; `.` of a lone name.
pub(super) fn dirname(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit_once('/') {
        Some((dir, _)) => match dir.trim_end_matches('/') {
            "" => "/",
            dir => dir,
        },
        None if path.starts_with('/') => "/",
        None => ".",
    }
}

/// The number of components of a clean path.
pub(super) fn depth(path: &str) -> usize {
    path.split('/').filter(|component| !component.is_empty()).count()
}

/// Decimal digits with an optional `-`, in the range of an `Int`.
pub(super) fn parse_int(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|value| INT.contains(value))
}

/// What an `Int` may be.
pub(super) const INT: std::ops::RangeInclusive<i128> = i64::MIN as i128..=u64::MAX as i128;
