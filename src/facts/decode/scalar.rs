//! Scalars: numbers, words, texts and quantities.

use super::{Decoder, Path};
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::facts::quantity;
use crate::facts::text::{Content, Node, Scalar, Style, shown};
use crate::schema::shape::{Quantity, Shape};

impl Decoder {
    pub(super) fn scalar(&mut self, shape: &Shape, node: &Node<'_>, scalar: &Scalar<'_>, at: &Path<'_>) -> Datum {
        let text = &*scalar.text;
        if matches!(shape, Shape::Quantity(Quantity::Verbatim)) {
            return Datum::at(node.span, Kind::Text(text.into()));
        }
        if node.is_null() {
            return self.wrong(shape, node, at);
        }
        let kind = match shape {
            Shape::Text(_) => Some(Kind::Text(text.into())),
            Shape::Words(words) => return self.word(words, text, node, at),
            Shape::Quantity(quantity) => return self.quantity(*quantity, node, scalar, at),
            Shape::Float => return self.float(node, scalar, at),
            Shape::Version => version(text).map(|version| Kind::Text(version.into())),
            _ if scalar.style == Style::Quoted => None,
            _ => number(shape, text),
        };
        match kind {
            Some(kind) => Datum::at(node.span, kind),
            None => self.wrong(shape, node, at),
        }
    }

    fn float(&mut self, node: &Node<'_>, scalar: &Scalar<'_>, at: &Path<'_>) -> Datum {
        let read = (scalar.style != Style::Quoted).then(|| float(&scalar.text)).flatten();
        match read {
            Some(value) if value.is_finite() => Datum::at(node.span, Kind::Float(value)),
            Some(_) => self.refuse(code::BAD_QUANTITY, format!("`{at}` must be finite"), node),
            None => self.wrong(&Shape::Float, node, at),
        }
    }

    fn quantity(&mut self, quantity: Quantity, node: &Node<'_>, scalar: &Scalar<'_>, at: &Path<'_>) -> Datum {
        let text = &*scalar.text;
        let read = match (quantity, typed(scalar)) {
            (Quantity::FileMode, Some(mode)) => quantity::mode_number(mode).map(Kind::Int),
            (Quantity::FileMode, None) => quantity::mode(text).map(Kind::Int),
            (Quantity::Duration, Some(_)) => Ok(Kind::Float(text.parse().unwrap_or_default())),
            (Quantity::Duration, None) => quantity::duration(text).map(Kind::Float),
            (Quantity::Memory, _) => quantity::memory(text).map(Kind::Int),
            (Quantity::TmpfsSize, _) => quantity::tmpfs_size(text).map(|size| Kind::Text(size.into())),
            (Quantity::Verbatim, _) => Ok(Kind::Text(text.into())),
        };
        match read {
            Ok(kind) => Datum::at(node.span, kind),
            Err(bad) => {
                let message = format!("`{at}`: `{}` {}", shown(text), bad.message);
                let diagnostic = Diagnostic::new(code::BAD_QUANTITY, message).label(node.span, "").help(bad.help);
                // Only a duration is a type of the deployment's own; the others are texts to it.
                let sink = if quantity == Quantity::Duration { &mut self.found } else { &mut self.refused };
                sink.push(diagnostic);
                super::absent(node)
            }
        }
    }
}

/// The number that a constant of a rule file is.
fn typed(scalar: &Scalar<'_>) -> Option<f64> {
    (scalar.style == Style::Typed).then(|| scalar.text.parse().ok()).flatten()
}

/// Whether a quoted text would be right without its quotes.
pub(super) fn fits_unquoted(shape: &Shape, scalar: &Scalar<'_>) -> bool {
    let fits = matches!(shape, Shape::Float) && float(&scalar.text).is_some_and(f64::is_finite);
    scalar.style == Style::Quoted && (fits || number(shape, &scalar.text).is_some())
}

/// A boolean or a whole number within its bounds.
fn number(shape: &Shape, text: &str) -> Option<Kind> {
    match shape {
        Shape::Bool => match text {
            "true" => Some(Kind::Bool(true)),
            "false" => Some(Kind::Bool(false)),
            _ => None,
        },
        Shape::Int { min, max } => int(text).filter(|value| (min..=max).contains(&value)).map(Kind::Int),
        _ => None,
    }
}

/// A whole number as YAML 1.2's core schema spells it.
fn int(text: &str) -> Option<i128> {
    let digits = |text: &str, radix: u32| {
        let all = !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
        all.then(|| i128::from_str_radix(text, radix).ok()).flatten()
    };
    if let Some(hex) = text.strip_prefix("0x") {
        return digits(hex, 16);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal, 8);
    }
    match text.strip_prefix('-') {
        Some(rest) => digits(rest, 10).map(|value| -value),
        None => digits(text.strip_prefix('+').unwrap_or(text), 10),
    }
}

/// A number as YAML 1.2's core schema spells it, infinities and "not a number" included.
fn float(text: &str) -> Option<f64> {
    if let Some(whole) = int(text) {
        #[expect(clippy::cast_precision_loss, reason = "a float is what was asked for")]
        return Some(whole as f64);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        _ => {}
    }
    let number = |c: char| c.is_ascii_digit() || ".eE+-".contains(c);
    let plausible = unsigned.chars().all(number) && unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    plausible.then(|| text.parse().ok()).flatten()
}

/// The numbers at the start of a version, such as a kernel's release; the rest is no order.
pub(in crate::facts) fn version(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let numbers = text.get(..end)?.trim_end_matches('.');
    let parts = numbers.split('.').all(|part| !part.is_empty() && part.len() <= 18);
    parts.then_some(numbers)
}

/// A text as it is; anything else as compact JSON.
pub(super) fn json(node: &Node<'_>) -> String {
    match &node.content {
        Content::Scalar(scalar) => scalar.text.clone().into_owned(),
        Content::List(_) | Content::Map(_) => value(node).to_string(),
    }
}

/// A tree as JSON; plain scalars are what the core schema makes of them. The tree's depth is bounded.
fn value(node: &Node<'_>) -> serde_json::Value {
    use serde_json::Value;
    match &node.content {
        Content::List(nodes) => nodes.iter().map(value).collect(),
        Content::Map(entries) => {
            entries.iter().map(|entry| (entry.key.clone().into_owned(), value(&entry.value))).collect()
        }
        Content::Scalar(_) if node.is_null() => Value::Null,
        Content::Scalar(scalar) => {
            let text = || Value::String(scalar.text.clone().into_owned());
            if scalar.style == Style::Quoted {
                return text();
            }
            let number = || int(&scalar.text).and_then(serde_json::Number::from_i128);
            let number = number().or_else(|| float(&scalar.text).and_then(serde_json::Number::from_f64));
            match &*scalar.text {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => number.map_or_else(text, Value::Number),
            }
        }
    }
}
