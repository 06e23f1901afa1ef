//! Diagnostics with the sources that they point into, ready to be shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::part::{Ellipsis, Part};
use super::{Diagnostic, Severity, text};
use crate::source::{Lines, Source, SourceId, SourceMap, Span};

/// All that one run found, with the texts it points into. As an error it is what a library user gets.
///
/// It displays as one line for each diagnostic; [`render`](super::render) and miette show the places.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was found, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
    sources: BTreeMap<SourceId, Arc<Source>>,
    /// Where the sources' lines start; found when first asked.
    lines: OnceLock<BTreeMap<SourceId, Lines>>,
    /// What miette borrows; made when it first asks, so that later changes of the diagnostics do not show there.
    parts: OnceLock<Vec<Part>>,
}

impl Report {
    /// What was found in these sources.
    #[must_use]
    pub fn new(diagnostics: Vec<Diagnostic>, maps: &[&SourceMap]) -> Self {
        let named: BTreeSet<_> = diagnostics.iter().flat_map(Diagnostic::spans).map(|span| span.source).collect();
        let all = maps.iter().flat_map(|map| map.iter());
        let sources = all.filter(|(id, _)| named.contains(id)).map(|(id, source)| (id, Arc::clone(source))).collect();
        Self { diagnostics, sources, lines: OnceLock::new(), parts: OnceLock::new() }
    }

    /// Adds what another report on the same policy and request found.
    pub fn append(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
        self.sources.extend(other.sources);
        (self.lines, self.parts) = (OnceLock::new(), OnceLock::new());
    }

    /// The source that a label points into.
    #[must_use]
    pub fn source(&self, id: SourceId) -> Option<&Arc<Source>> {
        self.sources.get(&id)
    }

    /// Whether anything in it refuses.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// A source with its lines.
    pub(super) fn lines(&self, id: SourceId) -> Option<(&Source, &Lines)> {
        let all = self.lines.get_or_init(|| {
            let lines = |(id, source): (&SourceId, &Arc<Source>)| (*id, Lines::new(&source.text));
            self.sources.iter().map(lines).collect()
        });
        Some((self.source(id)?, all.get(&id)?))
    }

    /// The file of a place, and where in it the place starts: line and column, both from 1.
    pub(super) fn position(&self, span: Span) -> Option<(&str, usize, usize)> {
        let (source, lines) = self.lines(span.source)?;
        let (line, column) = lines.position(&source.text, span.start);
        Some((&source.name, line, column))
    }

    fn parts(&self) -> &[Part] {
        self.parts.get_or_init(|| Part::all(self, Ellipsis::Unicode))
    }

    /// The only part of a report on one diagnostic: what miette shows as the report itself.
    fn only(&self) -> Option<&Part> {
        match self.parts() {
            [part] => Some(part),
            _ => None,
        }
    }
}

impl Diagnostic {
    /// The places of its labels and edits.
    fn spans(&self) -> impl Iterator<Item = Span> {
        self.labels.iter().map(|label| label.span).chain(self.edits.iter().map(|edit| edit.span))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let place = diagnostic.labels.first().and_then(|label| self.position(label.span));
            if let Some((file, line, column)) = place {
                write!(f, "{}:{line}:{column}: ", text::one_line(file))?;
            }
            write!(f, "{}[{}]: {}", diagnostic.severity, diagnostic.code, text::one_line(&diagnostic.message))?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// A report on one diagnostic is that diagnostic; one on several has them as its related ones.
impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only().and_then(|part| part.code())
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(if self.has_errors() { miette::Severity::Error } else { miette::Severity::Warning })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only().and_then(|part| part.help())
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.only().and_then(|part| part.source_code())
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        self.only().and_then(|part| part.labels())
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        match self.parts() {
            [] | [_] => None,
            parts => Some(Box::new(parts.iter().map(|part| -> &dyn miette::Diagnostic { part }))),
        }
    }
}
