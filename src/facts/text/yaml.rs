//! YAML 1.2 to a tree (the only file that sees the parser). Aliases are expanded up to a limit; tags other
//! than those of the core schema are refused.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span as Range, Tag};

use super::{Content, Entry, Keys, Node, Scalar, Style, duplicate, place, shown, too_deep};
use crate::diagnostics::{Diagnostic, code};
use crate::facts::findings::Findings;
use crate::facts::limits;
use crate::source::{SourceId, Span};

/// Reads one YAML document whose lists and maps are at most `deepest` levels deep. No document at all is null.
pub(in crate::facts) fn parse<'t>(
    source: SourceId,
    text: &'t str,
    deepest: usize,
    found: &mut Findings,
) -> Option<Node<'t>> {
    let mut builder = Builder::new(source, text, deepest, found);
    match builder.run() {
        Ok(()) => builder.root.map(|done| done.node).or_else(|| {
            let start = place(source, 0, 0);
            Some(Node::scalar(start, Cow::Borrowed(""), Style::Plain))
        }),
        Err(diagnostic) => {
            found.push(*diagnostic);
            None
        }
    }
}

type Parsed<T> = Result<T, Box<Diagnostic>>;

/// A finished value with what its aliases are charged for.
#[derive(Clone)]
struct Done<'t> {
    node: Node<'t>,
    height: usize,
    weight: usize,
}

/// A list or map that is not closed yet.
struct Frame<'t> {
    kind: Open<'t>,
    anchor: usize,
    start: Span,
    height: usize,
    weight: usize,
}

enum Open<'t> {
    List(Vec<Node<'t>>),
    Map { entries: Vec<Entry<'t>>, seen: Keys<'t>, key: Option<Key<'t>> },
}

/// A key whose value is still to come.
struct Key<'t> {
    text: Cow<'t, str>,
    span: Span,
    /// Whether the map has it already; its value is read and dropped.
    again: bool,
}

struct Builder<'t, 'd> {
    source: SourceId,
    text: &'t str,
    stack: Vec<Frame<'t>>,
    anchors: BTreeMap<usize, Done<'t>>,
    root: Option<Done<'t>>,
    repeated: usize,
    /// Levels that there may be.
    deepest: usize,
    found: &'d mut Findings,
}

impl<'t, 'd> Builder<'t, 'd> {
    fn new(source: SourceId, text: &'t str, deepest: usize, found: &'d mut Findings) -> Self {
        Self { source, text, stack: Vec::new(), anchors: BTreeMap::new(), root: None, repeated: 0, deepest, found }
    }

    fn run(&mut self) -> Parsed<()> {
        let options: Options = granit_parser::options! { emit_unresolved_aliases: true };
        for next in Parser::new_from_str_with_options(self.text, options) {
            let (event, range) = next.map_err(|error| Box::new(self.broken(&error)))?;
            let span = self.span(&range);
            self.event(event, span)?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'t>, span: Span) -> Parsed<()> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(refuse(span, "a second document begins here")),
            Event::Scalar(text, style, anchor, tag) => {
                let style_read = Self::style(style, tag.as_deref(), span)?;
                // The parser gives `~` for nothing at all.
                let text = if style == ScalarStyle::Plain && span.start == span.end { Cow::Borrowed("") } else { text };
                self.value(anchor, Node::scalar(span, text, style_read))
            }
            Event::SequenceStart(_, anchor, tag) => {
                Self::collection_tag(tag.as_deref(), "seq", span)?;
                self.open(Open::List(Vec::new()), anchor, span)
            }
            Event::MappingStart(_, anchor, tag) => {
                Self::collection_tag(tag.as_deref(), "map", span)?;
                self.open(Open::Map { entries: Vec::new(), seen: Keys::default(), key: None }, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor `{}` stands before this alias", shown(&name));
                Err(refuse(span, message))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, kind: Open<'t>, anchor: usize, start: Span) -> Parsed<()> {
        if self.expects_key() {
            return Err(refuse(start, "a key must be a scalar"));
        }
        if self.stack.len() >= self.deepest {
            return Err(Box::new(too_deep(self.deepest, start)));
        }
        self.stack.push(Frame { kind, anchor, start, height: 0, weight: 0 });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Parsed<()> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let (content, last) = match frame.kind {
            Open::List(elements) => {
                let last = elements.last().map(|node| node.span);
                (Content::List(elements), last)
            }
            Open::Map { entries, .. } => {
                let last = entries.last().map(|entry| entry.value.span);
                (Content::Map(entries), last)
            }
        };
        // The end of a block is only noticed at the next token; its last value ends before.
        let end = if end.start == end.end { last.unwrap_or(frame.start) } else { end };
        let node = Node { span: frame.start.to(end), content };
        let weight = frame.weight.saturating_add(limits::NODE_BYTES);
        self.finish(frame.anchor, Done { node, height: frame.height + 1, weight })
    }

    fn value(&mut self, anchor: usize, node: Node<'t>) -> Parsed<()> {
        let weight = match &node.content {
            Content::Scalar(scalar) => scalar.text.len() + limits::NODE_BYTES,
            Content::List(_) | Content::Map(_) => limits::NODE_BYTES,
        };
        self.finish(anchor, Done { node, height: 0, weight })
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Parsed<()> {
        let Some(weight) = self.anchors.get(&anchor).map(|target| target.weight) else {
            return Err(refuse(span, "an alias stands inside of what it stands for"));
        };
        self.charge(weight, span)?;
        let Some(target) = self.anchors.get(&anchor).cloned() else { return Ok(()) };
        if self.stack.len() + target.height > self.deepest {
            return Err(Box::new(too_deep(self.deepest, span)));
        }
        self.finish(0, target)
    }

    /// Anchors keep a copy and aliases make one: both count, or a small document could fill the memory.
    fn charge(&mut self, weight: usize, span: Span) -> Parsed<()> {
        self.repeated = self.repeated.saturating_add(weight);
        if self.repeated <= limits::ALIAS_BYTES {
            return Ok(());
        }
        let message = format!("anchors and aliases repeat more than {} MiB", limits::ALIAS_BYTES >> 20);
        Err(Box::new(Diagnostic::new(code::TOO_LARGE, message).label(span, "")))
    }

    /// A value is complete: it goes into the list or map that is open, or is the document.
    fn finish(&mut self, anchor: usize, done: Done<'t>) -> Parsed<()> {
        if anchor != 0 {
            self.charge(done.weight, done.node.span)?;
            self.anchors.insert(anchor, done.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(done);
            return Ok(());
        };
        frame.height = frame.height.max(done.height);
        frame.weight = frame.weight.saturating_add(done.weight);
        match &mut frame.kind {
            Open::List(elements) => elements.push(done.node),
            Open::Map { entries, seen, key } => match key.take() {
                Some(Key { again: true, .. }) => {}
                Some(Key { text: key, span, .. }) => entries.push(Entry { key, span, value: done.node }),
                None => {
                    let span = done.node.span;
                    let Content::Scalar(Scalar { text, .. }) = done.node.content else {
                        return Err(refuse(span, "a key must be a scalar"));
                    };
                    let first = seen.insert(text.clone(), span);
                    if let Some(first) = first {
                        self.found.push(duplicate(&text, first, span));
                    }
                    *key = Some(Key { text, span, again: first.is_some() });
                }
            },
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { kind: Open::Map { key: None, .. }, .. }))
    }

    fn style(style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Parsed<Style> {
        let written = if style == ScalarStyle::Plain { Style::Plain } else { Style::Quoted };
        let Some(tag) = tag else { return Ok(written) };
        match tag.core_suffix() {
            Some("str") => Ok(Style::Quoted),
            Some("int" | "float" | "bool" | "null") => Ok(Style::Plain),
            _ if tag.handle().is_empty() && tag.suffix() == "!" => Ok(Style::Quoted),
            _ => Err(unknown_tag(tag, span)),
        }
    }

    fn collection_tag(tag: Option<&Tag>, due: &str, span: Span) -> Parsed<()> {
        match tag {
            Some(tag) if tag.core_suffix() != Some(due) => Err(unknown_tag(tag, span)),
            _ => Ok(()),
        }
    }

    fn broken(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().byte_offset().unwrap_or_default().min(self.text.len());
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            return too_deep(self.deepest, place(self.source, at, at));
        }
        let info = error.info();
        Diagnostic::new(code::BAD_YAML, format!("this is no YAML: {}", info.trim_end_matches('.')))
            .label(place(self.source, at, at), "")
    }

    fn span(&self, range: &Range) -> Span {
        let bytes = range.byte_range().unwrap_or_default();
        place(self.source, bytes.start, bytes.end)
    }
}

fn refuse(span: Span, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(code::BAD_YAML, message).label(span, ""))
}

fn unknown_tag(tag: &Tag, span: Span) -> Box<Diagnostic> {
    refuse(span, format!("the tag `{}` does not belong here", shown(&tag.to_string())))
}
