//! Paths as people ask for them: JSON pointers, and dotted paths as rules spell them; with `*` and `?` in either.

use std::ops::Range;

use crate::diagnostics::{Diagnostic, Report, code, one_line};
use crate::eval::like;
use crate::schema::output::{Content, KeyPlace, Keyed, MemberKind, Node, OutputSchema, Slot, SlotIndex};
use crate::schema::shape::Shape;
use crate::schema::types::Words;
use crate::sort;
use crate::source::{SourceMap, Span};

/// A place that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) slot: SlotIndex,
    /// One element or entry of it.
    pub(super) key: Option<Key>,
}

/// Which element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Where it is in the output.
    Index(usize),
    /// A glob over keys.
    Named(String),
}

/// Longest path that is read, in bytes.
const LONGEST: usize = 4096;

struct Token {
    text: String,
    /// Alternatives of `.{a, b}`; else just the text.
    any: Vec<String>,
    at: Range<usize>,
    in_brackets: bool,
}

/// What a path leads to.
pub(super) fn read(text: &str, schema: &OutputSchema) -> Result<Vec<Target>, Report> {
    let mut sources = SourceMap::for_policy();
    let source = sources.add("<path>", one_line(text));
    let place = |at: Range<usize>| {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(source, offset(at.start), offset(at.end))
    };
    let query = Query { schema, is_pointer: text.starts_with('/'), text, place: &place };
    query.targets().map_err(|diagnostic| Report::new(vec![*diagnostic], &[&sources]))
}

type Found<T> = Result<T, Box<Diagnostic>>;

struct Query<'q> {
    schema: &'q OutputSchema,
    is_pointer: bool,
    text: &'q str,
    place: &'q dyn Fn(Range<usize>) -> Span,
}

impl<'q> Query<'q> {
    fn targets(&self) -> Found<Vec<Target>> {
        if self.text.len() > LONGEST {
            return Err(self.wrong(0..0, format!("a path of more than {LONGEST} bytes"), None));
        }
        let tokens = if self.is_pointer { self.pointer() } else { self.dotted()? };
        let mut targets = Vec::new();
        let mut nodes = vec![(&self.schema.root, tokens.as_slice())];
        let mut unknown = None;
        while let Some((node, tokens)) = nodes.pop() {
            let Some((token, rest)) = tokens.split_first() else {
                targets.extend(node.slots.clone().map(|slot| Target { slot, key: None }));
                continue;
            };
            let members = node.members.iter().filter(|member| token.any.iter().any(|name| like(member.name, name)));
            let mut any = false;
            for member in members {
                any = true;
                match &member.kind {
                    MemberKind::Record { node, .. } => nodes.push((node, rest)),
                    MemberKind::Slot(index) => {
                        let Some(slot) = self.schema.slot(*index) else { continue };
                        targets.push(Target { slot: *index, key: self.key(slot, rest)? });
                    }
                }
            }
            if !any && unknown.is_none() {
                unknown = Some((node, token));
            }
        }
        match unknown {
            Some((node, token)) if targets.is_empty() => Err(self.unknown(node, token)),
            _ => {
                sort::by_key(&mut targets, |target| target.slot);
                targets.dedup();
                Ok(targets)
            }
        }
    }

    fn pointer(&self) -> Vec<Token> {
        let mut at = 0;
        let mut tokens = Vec::new();
        for part in self.text.split('/') {
            let end = at + part.len();
            let text = part.replace("~1", "/").replace("~0", "~");
            tokens.push(Token { any: vec![text.clone()], text, at: at..end, in_brackets: false });
            at = end + 1;
        }
        tokens.retain(|token| !token.text.is_empty());
        tokens
    }

    fn dotted(&self) -> Found<Vec<Token>> {
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(rest) = self.text.get(at..).filter(|rest| !rest.is_empty()) {
            let (inner, length, in_brackets) = if let Some(rest) = rest.strip_prefix('[') {
                let (inner, length) = bracketed(rest)
                    .ok_or_else(|| self.wrong(at..self.text.len(), "a `[` without its `]`".to_owned(), None))?;
                (inner, length + 1, true)
            } else if let Some(rest) = rest.strip_prefix('{') {
                let end = rest.find('}');
                let end =
                    end.ok_or_else(|| self.wrong(at..self.text.len(), "a `{` without its `}`".to_owned(), None))?;
                (rest.get(..end).unwrap_or_default().to_owned(), end + 2, false)
            } else {
                let end = rest.find(['.', '[', '{']).unwrap_or(rest.len());
                (rest.get(..end).unwrap_or_default().to_owned(), end, false)
            };
            let span = at..at + length;
            let group = rest.starts_with('{');
            let any =
                if group { inner.split(',').map(|it| it.trim().to_owned()).collect() } else { vec![inner.clone()] };
            if length > 0 {
                tokens.push(Token { text: inner, any, at: span, in_brackets });
            }
            at += length;
            if self.text.get(at..).is_some_and(|rest| rest.starts_with('.')) {
                at += 1;
            }
        }
        if tokens.is_empty() {
            return Err(self.wrong(0..self.text.len(), "an empty path".to_owned(), None));
        }
        Ok(tokens)
    }

    /// The element of a slot that the rest of a path names.
    fn key(&self, slot: &Slot, rest: &[Token]) -> Found<Option<Key>> {
        let Some((first, below)) = rest.split_first() else { return Ok(None) };
        match &slot.content {
            // What is inside of one value was written with it.
            Content::Value(Shape::List(_) | Shape::Map(_) | Shape::Json) => Ok(None),
            Content::Value(Shape::Record(_)) => self.inside(slot, &[], rest).map(|()| None),
            Content::Value(_) => {
                let message = format!("`{}` is one value: there is nothing below it", slot.path);
                Err(self.wrong(first.at.clone(), message, Some(format!("ask for `{}` itself", slot.path))))
            }
            Content::Keyed(keyed) if keyed.key == KeyPlace::Name && !matches!(keyed.element, Shape::Record(_)) => {
                let plain = !self.is_pointer && rest.iter().all(|token| !token.in_brackets);
                let key = match plain {
                    // Names such as `net.ipv4.ip_forward` have dots.
                    true => rest.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join("."),
                    false => first.text.clone(),
                };
                Ok(Some(self.index_or_name(slot, first, key)))
            }
            Content::Keyed(keyed) => {
                self.inside(slot, std::slice::from_ref(&keyed.element), below)?;
                self.word(&keyed.key_form, first, slot)?;
                Ok(Some(self.index_or_name(slot, first, first.text.clone())))
            }
            Content::Set(shape) | Content::List(shape) => {
                self.word(shape, first, slot)?;
                self.inside(slot, std::slice::from_ref(shape), below)?;
                let name = first.text.strip_prefix(shape.prefix()).unwrap_or(&first.text).to_owned();
                Ok(Some(self.index_or_name(slot, first, name)))
            }
            Content::DeviceRules(_) => Ok(Some(self.index_or_name(slot, first, first.text.clone()))),
        }
    }

    fn index_or_name(&self, slot: &Slot, token: &Token, name: String) -> Key {
        let by_name = matches!(&slot.content, Content::Keyed(Keyed { layout, .. })
            if !self.is_pointer || matches!(layout, crate::schema::output::Layout::Map | crate::schema::output::Layout::Beside));
        match token.text.parse() {
            Ok(index) if !by_name => Key::Index(index),
            _ => Key::Named(name),
        }
    }

    /// A key of a closed set must be one of its words.
    fn word(&self, shape: &Shape, token: &Token, slot: &Slot) -> Found<()> {
        let Shape::Words(Words::Closed(closed)) = shape else { return Ok(()) };
        let written = token.text.strip_prefix(shape.prefix()).unwrap_or(&token.text);
        let is_glob = token.text.contains(['*', '?']) || token.text.parse::<usize>().is_ok();
        if is_glob || closed.words.iter().any(|word| **word == *written) {
            return Ok(());
        }
        let message = format!("`{}` never has `{}`", slot.path, one_line(&token.text));
        let diagnostic = self.wrong(token.at.clone(), message, None);
        let span = (self.place)(token.at.clone());
        Err(Box::new(diagnostic.did_you_mean(span, written, closed.words.iter().map(|word| &**word))))
    }

    /// What is asked for inside of an element must be one of its fields.
    fn inside(&self, slot: &Slot, element: &[Shape], below: &[Token]) -> Found<()> {
        let shape = match (element.first(), &slot.content) {
            (Some(shape), _) | (None, Content::Value(shape)) => shape,
            _ => return Ok(()),
        };
        let (Shape::Record(record), Some(field)) = (shape, below.first()) else { return Ok(()) };
        if field.text.contains(['*', '?']) || record.index_of(&field.text).is_some() {
            return Ok(());
        }
        let message = format!("an element of `{}` has no `{}`", slot.path, one_line(&field.text));
        let diagnostic = self.wrong(field.at.clone(), message, None);
        let names = record.fields.iter().map(|own| &*own.name);
        Err(Box::new(diagnostic.did_you_mean((self.place)(field.at.clone()), &field.text, names)))
    }

    fn unknown(&self, node: &Node, token: &Token) -> Box<Diagnostic> {
        let message = format!("the output has no `{}` here", one_line(&token.text));
        let diagnostic = *self.wrong(token.at.clone(), message, None);
        let span = (self.place)(token.at.clone());
        let diagnostic = diagnostic.did_you_mean(span, &token.text, node.names());
        if diagnostic.help.is_some() {
            return Box::new(diagnostic);
        }
        let elsewhere = self.schema.slots.iter().find(|slot| slot.name() == token.text);
        Box::new(match elsewhere {
            Some(slot) => diagnostic.help(format!("did you mean `{}`?", slot.path)),
            None => diagnostic.help(format!("possible here: {}", node.names().collect::<Vec<_>>().join(", "))),
        })
    }

    fn wrong(&self, at: Range<usize>, message: String, help: Option<String>) -> Box<Diagnostic> {
        let diagnostic = Diagnostic::new(code::UNKNOWN_QUERY, message).label((self.place)(at), "");
        Box::new(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        })
    }
}

/// What stands between brackets, quotes taken off, and how long it is with the closing one.
fn bracketed(rest: &str) -> Option<(String, usize)> {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        let end = rest.find(']')?;
        return Some((rest.get(..end)?.trim().to_owned(), end + 1));
    };
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return rest.get(at + 1..)?.starts_with(']').then_some((text, at + 2));
        }
        text.push(if c == '\\' { chars.next()?.1 } else { c });
    }
    None
}

impl Key {
    /// Whether it is that of an element: its key as it is shown, and its index among those that are in the output.
    pub(super) fn is(&self, shown: Option<&str>, index: Option<usize>) -> bool {
        match self {
            Self::Index(wanted) => index == Some(*wanted),
            Self::Named(glob) => shown.is_some_and(|shown| like(unquoted(shown), glob)),
        }
    }
}

/// A key without the quotes around it.
pub(super) fn unquoted(shown: &str) -> &str {
    shown.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(shown)
}
