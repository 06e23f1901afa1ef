//! Diagnostics with the sources that they point into, ready to be shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::part::{Ellipsis, Part};
use super::{Allowed, Diagnostic, Severity, text};
use crate::sort;
use crate::source::{Lines, Source, SourceId, SourceMap, Span};

/// All that one run found, with the texts it points into. As an error it is what a library user gets.
///
/// It displays as one line for each diagnostic; [`render`](super::render) and miette show the places.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was found, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
    /// What comments in rule files leave out; only formats that have a place for it show it.
    pub allowed: Vec<Allowed>,
    sources: BTreeMap<SourceId, Arc<Source>>,
    /// Where the sources' lines start; found when first asked. By source.
    lines: OnceLock<Box<[(SourceId, Lines)]>>,
    /// What miette borrows; made when it first asks, so that later changes of the diagnostics do not show there.
    parts: OnceLock<Box<[Part]>>,
}

/// A place as other programs name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region<'r> {
    pub(super) file: &'r str,
    /// Line and column.
    pub(super) start: (usize, usize),
    /// One column past it.
    pub(super) end: (usize, usize),
}

impl Report {
    /// What was found in these sources.
    #[must_use]
    pub fn new(diagnostics: Vec<Diagnostic>, maps: &[&SourceMap]) -> Self {
        let mut report = Self::default();
        report.add_sources(diagnostics.iter(), maps);
        Self { diagnostics, ..report }
    }

    /// With what was found in these sources and left out.
    #[must_use]
    pub fn with_allowed(mut self, allowed: Vec<Allowed>, maps: &[&SourceMap]) -> Self {
        self.add_sources(allowed.iter().map(|it| &it.diagnostic), maps);
        self.allowed.extend(allowed);
        self
    }

    fn add_sources<'d>(&mut self, diagnostics: impl Iterator<Item = &'d Diagnostic>, maps: &[&SourceMap]) {
        let named: BTreeSet<_> = sort::tree(diagnostics.flat_map(Diagnostic::spans).map(|span| span.source));
        let all = maps.iter().flat_map(|map| map.iter());
        let named = all.filter(|(id, _)| named.contains(id));
        self.sources.extend(named.map(|(id, source)| (id, Arc::clone(source))));
    }

    /// Adds what another report on the same policy and request found.
    pub fn append(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
        self.allowed.extend(other.allowed);
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

    /// What is found of a severity, `P0601: message` each, on one line.
    #[must_use]
    pub fn told(&self, severity: Severity) -> Vec<String> {
        let told = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
        told.map(|diagnostic| format!("{}: {}", diagnostic.code, text::one_line(&diagnostic.message))).collect()
    }

    /// A source with its lines.
    pub(super) fn lines(&self, id: SourceId) -> Option<(&Source, &Lines)> {
        let all = self.lines.get_or_init(|| {
            let lines = |(id, source): (&SourceId, &Arc<Source>)| (*id, Lines::new(&source.text));
            self.sources.iter().map(lines).collect()
        });
        let at = all.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some((self.source(id)?, all.get(at).map(|(_, lines)| lines)?))
    }

    /// The file of a place, and where in it the place starts: line and column, both from 1.
    pub(super) fn position(&self, span: Span) -> Option<(&str, usize, usize)> {
        let (source, lines) = self.lines(span.source)?;
        let (line, column) = lines.position(&source.text, span.start);
        Some((&source.name, line, column))
    }

    /// The file of a place, and where in it the place starts and ends: lines and columns from 1, the last one past it.
    pub(super) fn region(&self, span: Span) -> Option<Region<'_>> {
        let (source, lines) = self.lines(span.source)?;
        let [start, end] = [span.start, span.end].map(|at| lines.position(&source.text, at));
        Some(Region { file: &source.name, start, end })
    }

    fn parts(&self) -> &[Part] {
        self.parts.get_or_init(|| Part::all(self, Ellipsis::Unicode).into())
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
