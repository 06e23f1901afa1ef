//! A document's tree against a shape: values with their types, and every mistake there is.

mod path;
mod record;
mod scalar;
mod words;

pub(in crate::facts) use path::Path;
#[cfg(target_os = "linux")]
pub(in crate::facts) use scalar::version;

use indexmap::IndexMap;

use super::findings::Findings;
use super::text::{Content, Entry, Node, shown};
use crate::diagnostics::{Code, Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::schema::shape::{Quantity, Shape, TextForm};
use crate::source::Span;

/// What YAML 1.1 merged maps with.
const MERGE_KEY: &str = "<<";
const NO_MERGE: &str = "merge keys are not part of YAML 1.2; write the entries out";

/// Reads trees by shapes. A value that cannot be read is absent, and said to be wrong.
#[derive(Debug, Default)]
pub(in crate::facts) struct Decoder {
    /// Mistakes of shape and type.
    pub(in crate::facts) found: Findings,
    /// Values of the right type that nothing can be made of: quantities and capabilities. They only matter
    /// to whoever uses them.
    pub(in crate::facts) refused: Findings,
    /// Lists and maps around what is being read.
    repeated: usize,
}

impl Decoder {
    /// Reads one value.
    pub(in crate::facts) fn decode(&mut self, shape: &Shape, node: &Node<'_>, at: &Path<'_>) -> Datum {
        match (shape, &node.content) {
            (Shape::Record(record), Content::Map(entries)) => self.record(record, node, entries, at),
            (Shape::Map(value), Content::Map(entries)) => self.map(value, node.span, entries, at),
            (Shape::List(element), Content::List(nodes)) => self.list(element, node.span, nodes, at),
            (Shape::Json, _) => Datum::at(node.span, Kind::Text(scalar::json(node).into())),
            (Shape::Record(_) | Shape::Map(_) | Shape::List(_), _) => self.wrong(shape, node, at),
            (_, Content::Scalar(scalar)) => self.scalar(shape, node, scalar, at),
            (_, Content::List(_) | Content::Map(_)) => self.wrong(shape, node, at),
        }
    }

    fn map(&mut self, value: &Shape, span: Span, entries: &[Entry<'_>], at: &Path<'_>) -> Datum {
        let mut read = IndexMap::with_capacity(entries.len());
        self.repeated += 1;
        for entry in entries {
            let at = at.key(&entry.key, entry.span);
            let mut datum = self.decode(value, &entry.value, &at);
            // A variable with NUL is wrong even where the caller's own hides it from the rules.
            if matches!((value, &datum.kind), (Shape::Quantity(Quantity::Verbatim), Kind::Text(text)) if text.contains('\0'))
            {
                datum = self.refuse(code::FORBIDDEN_TEXT, format!("`{at}` holds NUL"), &entry.value);
            }
            read.insert(Box::from(&*entry.key), datum);
        }
        self.repeated -= 1;
        Datum::at(span, Kind::Map(read.into()))
    }

    fn list(&mut self, element: &Shape, span: Span, nodes: &[Node<'_>], at: &Path<'_>) -> Datum {
        // In a list of texts, what YAML calls null is a text as well.
        let verbatim = Shape::Quantity(Quantity::Verbatim);
        let element = if matches!(element, Shape::Text(TextForm::Any)) { &verbatim } else { element };
        self.repeated += 1;
        let read = nodes.iter().enumerate().map(|(index, node)| self.decode(element, node, &at.index(index)));
        let read = Kind::List(read.collect());
        self.repeated -= 1;
        Datum::at(span, read)
    }

    /// Says that a value has the wrong type.
    pub(in crate::facts) fn wrong(&mut self, shape: &Shape, node: &Node<'_>, at: &Path<'_>) -> Datum {
        let message = format!("`{at}` takes {}, not {}", due(shape), node.describe());
        let mut diagnostic = Diagnostic::new(code::WRONG_INPUT_TYPE, message).label(place(node, at), "");
        if let (Shape::Int { .. } | Shape::Float | Shape::Bool, Content::Scalar(scalar)) = (shape, &node.content) {
            if scalar::fits_unquoted(shape, scalar) {
                diagnostic = diagnostic.help("take the quotes away").edit(node.span, &*scalar.text);
            }
        } else if let (Shape::List(_), Content::Scalar(scalar)) = (shape, &node.content)
            && !scalar.text.is_empty()
        {
            diagnostic = diagnostic.help(format!("write it as a list: `[{}]`", shown(&scalar.text)));
        }
        if matches!(at, Path::Key(_, key, _) if *key == MERGE_KEY) {
            diagnostic = diagnostic.help(NO_MERGE);
        } else if node.is_null() {
            diagnostic = diagnostic.help("leave it out, or give it a value");
        }
        self.found.push(diagnostic);
        absent(node)
    }

    /// Says that a value of the right type cannot be used.
    fn refuse(&mut self, code: Code, message: String, node: &Node<'_>) -> Datum {
        self.refused.push(Diagnostic::new(code, message).label(node.span, ""));
        absent(node)
    }
}

/// Nothing, in the place of what was there.
fn absent(node: &Node<'_>) -> Datum {
    Datum::at(node.span, Kind::Absent)
}

/// Where to point to: at the value if it is short, else at its key or its first key.
fn place(node: &Node<'_>, at: &Path<'_>) -> Span {
    match (&node.content, at.key_span()) {
        (Content::Scalar(scalar), None) if !scalar.text.is_empty() => node.span,
        (Content::Scalar(_), _) if node.span.start < node.span.end => node.span,
        (_, Some(key)) => key,
        (Content::Map(entries), None) => entries.first().map_or(node.span, |entry| entry.span),
        _ => node.span,
    }
}

/// What a shape takes, in a few words.
fn due(shape: &Shape) -> String {
    match shape {
        Shape::Bool => "`true` or `false`".to_owned(),
        Shape::Int { min, max } => format!("a whole number from {min} to {max}"),
        Shape::Float => "a number".to_owned(),
        Shape::Version => "a version".to_owned(),
        Shape::Text(_) | Shape::Json | Shape::Quantity(Quantity::Verbatim) => "text".to_owned(),
        Shape::Words(words) => words::due(words),
        Shape::Quantity(Quantity::Memory | Quantity::TmpfsSize) => "a size such as `512Mi`".to_owned(),
        Shape::Quantity(Quantity::FileMode) => "an octal mode such as `1777`".to_owned(),
        Shape::Quantity(Quantity::Duration) => "a duration such as `30s`".to_owned(),
        Shape::List(_) => "a list".to_owned(),
        Shape::Map(_) | Shape::Record(_) => "a map".to_owned(),
    }
}
