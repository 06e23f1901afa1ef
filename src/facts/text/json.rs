//! JSON to a tree. `null` is "not given": an entry that holds it is left out.

use std::borrow::Cow;
use std::ops::Range;

use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, Peek};

use super::{Content, Entry, Keys, Node, Style, duplicate, place, too_deep};
use crate::diagnostics::{Diagnostic, code};
use crate::facts::findings::Findings;
use crate::source::{SourceId, Span};

/// An entry of the outermost map that is not read: its value becomes a scalar, plain as it is written.
#[derive(Clone, Copy, Debug)]
pub(in crate::facts) struct Apart<'a> {
    /// Its key.
    pub(in crate::facts) key: &'a str,
    /// A list or map in JSON that it may be again; then it is not even looked at.
    pub(in crate::facts) known: Option<&'a str>,
}

/// Reads one JSON document whose lists and maps are at most `deepest` levels deep.
pub(in crate::facts) fn parse<'t>(
    source: SourceId,
    text: &'t str,
    deepest: usize,
    found: &mut Findings,
) -> Option<Node<'t>> {
    parse_apart(source, text, None, deepest, found)
}

/// Reads one JSON document, all but one entry of it.
pub(in crate::facts) fn parse_apart<'t>(
    source: SourceId,
    text: &'t str,
    apart: Option<Apart<'_>>,
    deepest: usize,
    found: &mut Findings,
) -> Option<Node<'t>> {
    let mut reader = Reader { source, text, tokens: Jiter::new(text.as_bytes()), skipped: 0, apart, deepest, found };
    let parsed = reader.peek().and_then(|first| reader.value(first, 0)).and_then(|node| {
        let finished = reader.tokens.finish();
        reader.check(finished).map(|()| node)
    });
    match parsed {
        Ok(node) => Some(node),
        Err(diagnostic) => {
            found.push(*diagnostic);
            None
        }
    }
}

/// Reads one value of a JSON document, as many levels deep in it as `depth.0` says, at most `depth.1`; also gives where it
/// ends.
pub(in crate::facts) fn parse_at<'t>(
    source: SourceId,
    text: &'t str,
    start: usize,
    (depth, deepest): (usize, usize),
    found: &mut Findings,
) -> Option<(Node<'t>, usize)> {
    let tokens = Jiter::new(text.as_bytes().get(start..)?);
    let mut reader = Reader { source, text, tokens, skipped: start, apart: None, deepest, found };
    let node = reader.peek().and_then(|first| reader.value(first, depth)).ok()?;
    let end = reader.at();
    Some((node, end))
}

struct Reader<'t, 'd> {
    source: SourceId,
    text: &'t str,
    /// What is left of the text.
    tokens: Jiter<'t>,
    /// Bytes of the text before what is left.
    skipped: usize,
    apart: Option<Apart<'d>>,
    /// Levels that there may be.
    deepest: usize,
    found: &'d mut Findings,
}

type Parsed<T> = Result<T, Box<Diagnostic>>;

impl<'t> Reader<'t, '_> {
    fn value(&mut self, first: Peek, depth: usize) -> Parsed<Node<'t>> {
        let start = self.at();
        if depth > self.deepest {
            return Err(Box::new(too_deep(self.deepest, self.span(start, start + 1))));
        }
        let content = match first {
            Peek::Array => self.list(depth)?,
            Peek::Object => self.map(depth)?,
            Peek::String => {
                let source = self.text;
                let text = self.tokens.known_str().map(|text| written(source, text).0);
                let text = self.check(text)?;
                let span = self.span(start, self.at());
                return Ok(Node::scalar(span, text, Style::Quoted));
            }
            _ => return self.word(first, start),
        };
        Ok(Node { span: self.span(start, self.at()), content })
    }

    /// A value that is not read. Neither lists nor maps begin one another, so what starts with the known one is it.
    fn skip(&mut self, first: Peek, known: Option<&str>) -> Parsed<Node<'t>> {
        let start = self.at();
        let rest = self.text.get(start..).unwrap_or_default();
        if let Some(known) = known.filter(|known| rest.starts_with(known)) {
            self.skipped = start + known.len();
            self.tokens = Jiter::new(rest.as_bytes().get(known.len()..).unwrap_or_default());
        } else {
            let skipped = self.tokens.known_skip(first);
            self.check(skipped)?;
        }
        let end = self.at();
        let text = self.text.get(start..end).unwrap_or_default();
        Ok(Node::scalar(self.span(start, end), Cow::Borrowed(text), Style::Plain))
    }

    fn word(&mut self, first: Peek, start: usize) -> Parsed<Node<'t>> {
        let read = match first {
            Peek::Null => self.tokens.known_null(),
            Peek::True | Peek::False => self.tokens.known_bool(first).map(|_| ()),
            _ => self.tokens.next_number_bytes().map(|_| ()),
        };
        self.check(read)?;
        let end = self.at();
        let text = self.text.get(start..end).unwrap_or_default();
        Ok(Node::scalar(self.span(start, end), Cow::Borrowed(text), Style::Plain))
    }

    fn list(&mut self, depth: usize) -> Parsed<Content<'t>> {
        let mut elements = Vec::new();
        let first = self.tokens.known_array();
        let mut next = self.check(first)?;
        while let Some(peek) = next {
            let element = self.value(peek, depth + 1)?;
            if element.is_null() {
                let message = "`null` means that nothing is given, which an element of a list cannot mean";
                self.found.push(Diagnostic::new(code::WRONG_INPUT_TYPE, message).label(element.span, ""));
            }
            elements.push(element);
            let step = self.tokens.array_step();
            next = self.check(step)?;
        }
        Ok(Content::List(elements))
    }

    fn map(&mut self, depth: usize) -> Parsed<Content<'t>> {
        let source = self.text;
        let mut keys = Keys::default();
        let mut entries = Vec::new();
        let mut before = self.at();
        let first = self.tokens.known_object().map(|key| key.map(|key| written(source, key)));
        let mut next = self.check(first)?;
        while let Some((key, place)) = next {
            let span = self.key(before, place);
            let peek = self.peek()?;
            let value = match self.apart {
                Some(apart) if depth == 0 && key == apart.key => self.skip(peek, apart.known)?,
                _ => self.value(peek, depth + 1)?,
            };
            if let Some(first) = keys.insert(key.clone(), span) {
                self.found.push(duplicate(&key, first, span));
            } else if !value.is_null() {
                entries.push(Entry { key, span, value });
            }
            before = self.at();
            let step = self.tokens.next_key().map(|key| key.map(|key| written(source, key)));
            next = self.check(step)?;
        }
        Ok(Content::Map(entries))
    }

    /// The place of a key, quotes included, that was read since `before`; a colon stands behind it.
    fn key(&self, before: usize, place: Option<Range<usize>>) -> Span {
        if let Some(place) = place {
            return self.span(place.start.saturating_sub(1), place.end + 1);
        }
        let read = self.text.get(before..self.at()).unwrap_or_default();
        let start = before + read.find('"').unwrap_or_default();
        let end = before + read.rfind('"').unwrap_or_default();
        self.span(start, end + 1)
    }

    /// Where in the text reading has come to.
    fn at(&self) -> usize {
        self.skipped + self.tokens.current_index()
    }

    fn peek(&mut self) -> Parsed<Peek> {
        let peek = self.tokens.peek();
        self.check(peek)
    }

    fn check<T>(&self, result: Result<T, JiterError>) -> Parsed<T> {
        result.map_err(|error| {
            let at = (self.skipped + error.index).min(self.text.len());
            // What is passed over has a limit of its own.
            if error.error_type == JiterErrorType::JsonError(JsonErrorType::RecursionLimitExceeded) {
                return Box::new(too_deep(self.deepest, self.span(at, at)));
            }
            let message = format!("this is no JSON: {}", error.error_type);
            Box::new(Diagnostic::new(code::BAD_YAML, message).label(self.span(at, at), ""))
        })
    }

    fn span(&self, start: usize, end: usize) -> Span {
        place(self.source, start, end)
    }
}

/// A text that was read and, if it has no escapes, where it stands in the source: only what has some is not a part of it.
fn written<'t>(source: &'t str, read: &str) -> (Cow<'t, str>, Option<Range<usize>>) {
    let start = read.as_ptr().addr().wrapping_sub(source.as_ptr().addr());
    let place = start..start.wrapping_add(read.len());
    match source.get(place.clone()) {
        Some(text) if !text.is_empty() => (Cow::Borrowed(text), Some(place)),
        _ => (Cow::Owned(read.to_owned()), None),
    }
}
