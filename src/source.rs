//! Where text came from: files of rules, deployments, recordings, and places in them.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A source of one [`SourceMap`]. Rule files and facts are numbered from different bases, so that a
/// diagnostic about a render can point into both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(u32);

/// Byte offsets `start..end` into one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The source that the offsets count in.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// No place: a value that no text gave, such as a default.
    pub const NONE: Self = Self { source: SourceId(u32::MAX), start: 0, end: 0 };

    /// The bytes `start..end` of `source`.
    #[must_use]
    pub const fn new(source: SourceId, start: u32, end: u32) -> Self {
        Self { source, start, end }
    }

    /// Whether this is [`Span::NONE`].
    #[must_use]
    pub fn is_none(self) -> bool {
        self.source == Self::NONE.source
    }

    /// Whether the other lies within this one.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both; the left one if they lie in different sources.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.source != other.source {
            return self;
        }
        Self { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// The text of a source, which all who hold it share; one that is part of this crate is not even copied.
pub type Text = smol_str::SmolStr;

/// One text with the name a person knows it by.
#[derive(Debug)]
pub struct Source {
    /// A path as the user wrote it, or a name such as `<standard>/10-process.plim` or `deployment`.
    pub name: String,
    /// The whole text.
    pub text: Text,
}

impl Source {
    /// Line and column, both from 1; columns count characters.
    #[must_use]
    pub fn position(&self, offset: u32) -> (usize, usize) {
        let before = self.text.get(..floor(&self.text, offset as usize)).unwrap_or_default();
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// All sources of a policy, or all of one set of facts.
#[derive(Clone, Debug)]
pub struct SourceMap {
    base: u32,
    sources: Vec<Arc<Source>>,
}

impl SourceMap {
    /// An empty map for rule files.
    #[must_use]
    pub const fn for_policy() -> Self {
        Self { base: 0, sources: Vec::new() }
    }

    /// An empty map for facts: deployments, requests, recordings.
    #[must_use]
    pub const fn for_facts() -> Self {
        Self { base: 1 << 31, sources: Vec::new() }
    }

    /// Adds a text under a name.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Text>) -> SourceId {
        self.share(Arc::new(Source { name: name.into(), text: text.into() }))
    }

    /// Adds a source of another map.
    pub fn share(&mut self, source: Arc<Source>) -> SourceId {
        let id = self.next();
        self.sources.push(source);
        id
    }

    /// What the next source that is added will be.
    #[must_use]
    pub fn next(&self) -> SourceId {
        let index = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        SourceId(self.base.saturating_add(index))
    }

    /// Blanks out what must not be shown: every byte of the spans becomes `*`, so that places stay as they are.
    pub fn redact(&mut self, spans: &[Span]) {
        for (source, id) in self.sources.iter_mut().zip(self.base..) {
            let own: Vec<_> = spans.iter().filter(|span| span.source == SourceId(id)).collect();
            if own.is_empty() {
                continue;
            }
            let mut bytes = source.text.as_bytes().to_vec();
            for span in own {
                if let Some(secret) = bytes.get_mut(span.start as usize..span.end as usize) {
                    secret.fill(b'*');
                }
            }
            // Only a span that cuts a character in two could make this fail; then nothing at all is shown.
            let text = String::from_utf8(bytes).unwrap_or_else(|error| "*".repeat(error.as_bytes().len()));
            *source = Arc::new(Source { name: source.name.clone(), text: text.into() });
        }
    }

    /// The source of that id, if it is of this map.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Arc<Source>> {
        self.sources.get(id.0.checked_sub(self.base)? as usize)
    }

    /// The text a span covers.
    #[must_use]
    pub fn snippet(&self, span: Span) -> Option<&str> {
        self.get(span.source)?.text.get(span.start as usize..span.end as usize)
    }

    /// Every source, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Arc<Source>)> {
        self.sources.iter().zip(self.base..).map(|(source, id)| (SourceId(id), source))
    }
}

/// Where the lines of a text start: for many questions about one text.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
    length: usize,
}

impl Lines {
    /// The lines of a text; an empty text has one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(ends).collect(), length: text.len() }
    }

    /// The line, from 0, that a byte lies in.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Line and column, both from 1, of a byte of the text that these are the lines of; columns count characters.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> (usize, usize) {
        let end = floor(text, offset as usize);
        let line = self.line_of(end);
        let start = self.starts.get(line).copied().unwrap_or_default();
        (line + 1, text.get(start..end).unwrap_or_default().chars().count() + 1)
    }

    /// The bytes of a line, from 0, with its line end; none beyond the last line.
    #[must_use]
    pub fn range(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(line)?;
        Some(start..self.starts.get(line + 1).copied().unwrap_or(self.length))
    }
}

/// The nearest boundary of a character at or before an offset, within the text.
#[must_use]
pub fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A number of bytes as messages say it: `4 MiB`, `100 bytes`.
pub(crate) fn size(bytes: usize) -> String {
    match (bytes >> 20, bytes % (1 << 20)) {
        (1.., 0) => format!("{} MiB", bytes >> 20),
        _ => format!("{bytes} bytes"),
    }
}
