//! Documents as trees of scalars with their places, before any schema looks at them.

mod json;
mod yaml;

use std::borrow::Cow;

pub(in crate::facts) use json::{
    Apart, parse as parse_json, parse_apart as parse_json_apart, parse_at as parse_json_at,
};
pub(in crate::facts) use yaml::parse as parse_yaml;

use indexmap::IndexMap;

use crate::diagnostics::{Diagnostic, code};
use crate::source::{SourceId, Span};

/// A value of a document.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Node<'t> {
    /// Where it was written.
    pub(in crate::facts) span: Span,
    /// What was written.
    pub(in crate::facts) content: Content<'t>,
}

/// What a document can hold.
#[derive(Clone, Debug)]
pub(in crate::facts) enum Content<'t> {
    /// A text, a number, a word, or nothing.
    Scalar(Scalar<'t>),
    /// Elements.
    List(Vec<Node<'t>>),
    /// Entries in written order, each key once.
    Map(Vec<Entry<'t>>),
}

/// A scalar before it is known what it should be.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Scalar<'t> {
    /// Its text, escapes read; nothing at all is empty and plain.
    pub(in crate::facts) text: Cow<'t, str>,
    /// How it was written.
    pub(in crate::facts) style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::facts) enum Style {
    /// Without quotes: it may be a number, `true`, `false` or `null`.
    Plain,
    /// In quotes or as a block: text.
    Quoted,
    /// Not in a document but as a constant of a rule file: a number is the value itself, not its spelling.
    Typed,
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Entry<'t> {
    /// Its key, escapes read.
    pub(in crate::facts) key: Cow<'t, str>,
    /// Where the key was written.
    pub(in crate::facts) span: Span,
    /// Its value.
    pub(in crate::facts) value: Node<'t>,
}

impl<'t> Node<'t> {
    /// A scalar.
    pub(in crate::facts) const fn scalar(span: Span, text: Cow<'t, str>, style: Style) -> Self {
        Self { span, content: Content::Scalar(Scalar { text, style }) }
    }

    /// A map without entries.
    pub(in crate::facts) const fn empty_map() -> Self {
        Self { span: Span::NONE, content: Content::Map(Vec::new()) }
    }

    /// Whether it is `null`, `~`, or nothing at all.
    pub(in crate::facts) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar(scalar)
            if scalar.style == Style::Plain && matches!(&*scalar.text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What is written without quotes.
    pub(in crate::facts) fn plain(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(scalar) if scalar.style == Style::Plain => Some(&scalar.text),
            Content::Scalar(_) | Content::List(_) | Content::Map(_) => None,
        }
    }

    /// The entry of that name, if it is a map that has it.
    pub(in crate::facts) fn get(&self, key: &str) -> Option<&Self> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            Content::Scalar(_) | Content::List(_) => None,
        }
    }

    /// A few words for what it is, for messages.
    pub(in crate::facts) fn describe(&self) -> String {
        match &self.content {
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a map".to_owned(),
            Content::Scalar(_) if self.is_null() => "null".to_owned(),
            Content::Scalar(scalar) if scalar.style == Style::Quoted => "text".to_owned(),
            Content::Scalar(scalar) => format!("`{}`", shown(&scalar.text)),
        }
    }
}

/// The keys of a map that is being read, with their places.
#[derive(Debug, Default)]
struct Keys<'t> {
    few: Vec<(Cow<'t, str>, Span)>,
    /// All of them, once they are more than a few.
    many: IndexMap<Cow<'t, str>, Span>,
}

impl<'t> Keys<'t> {
    /// To compare so many is cheaper than to hash one.
    const FEW: usize = 16;

    /// Adds a key, unless it is there already: then it is said where.
    fn insert(&mut self, key: Cow<'t, str>, span: Span) -> Option<Span> {
        if self.many.is_empty() {
            if let Some((_, first)) = self.few.iter().find(|(few, _)| *few == key) {
                return Some(*first);
            }
            if self.few.len() < Self::FEW {
                self.few.push((key, span));
                return None;
            }
            self.many = self.few.drain(..).collect();
        }
        let first = self.many.get(&key).copied();
        if first.is_none() {
            self.many.insert(key, span);
        }
        first
    }
}

/// The place of some bytes of a source. Sources are far below 4 GiB.
pub(in crate::facts) fn place(source: SourceId, start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(source, offset(start), offset(end.max(start)))
}

fn too_deep(deepest: usize, span: Span) -> Diagnostic {
    Diagnostic::new(code::TOO_DEEP, format!("lists and maps are nested more than {deepest} deep")).label(span, "")
}

fn duplicate(key: &str, first: Span, again: Span) -> Diagnostic {
    Diagnostic::new(code::DUPLICATE_INPUT_KEY, format!("`{}` is given twice", shown(key)))
        .label(again, "given again")
        .label(first, "given first")
}

/// Offers the nearest of some names for what was written at `span`, quotes around it or not. Where it was
/// written with escapes there is no edit, only the advice.
pub(in crate::facts) fn suggest<'n>(
    diagnostic: Diagnostic,
    span: Span,
    written: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let quotes = (span.end.saturating_sub(span.start) as usize).checked_sub(written.len());
    let (bare, edits) = match quotes {
        Some(0) => (span, true),
        Some(2) => (Span::new(span.source, span.start + 1, span.end - 1), true),
        _ => (span, false),
    };
    let mut diagnostic = diagnostic.did_you_mean(bare, written, names);
    if !edits {
        diagnostic.edits.clear();
    }
    diagnostic
}

/// A text of the input, fit for a one-line message.
pub(in crate::facts) fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    let long = text.chars().nth(LONGEST).is_some();
    if !long && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut out: String = text
        .chars()
        .take(LONGEST)
        .flat_map(|c| {
            let escape = c.is_control().then(|| c.escape_default());
            escape.is_none().then_some(c).into_iter().chain(escape.into_iter().flatten())
        })
        .collect();
    if long {
        out.push('…');
    }
    Cow::Owned(out)
}
