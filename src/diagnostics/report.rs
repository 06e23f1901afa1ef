//! Diagnostics with the sources that they point into, ready to be shown.

use std::sync::Arc;

use super::{Diagnostic, Severity};
use crate::source::{Source, SourceId, SourceMap};

/// All that one run found, with the texts it points into. As an error it is what a library user gets.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was found, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
    sources: Vec<(SourceId, Arc<Source>)>,
}

impl Report {
    /// What was found in these sources.
    #[must_use]
    pub fn new(diagnostics: Vec<Diagnostic>, maps: &[&SourceMap]) -> Self {
        let named = |id| diagnostics.iter().flat_map(|d| &d.labels).any(|label| label.span.source == id);
        let all = maps.iter().flat_map(|map| map.iter());
        let sources = all.filter(|(id, _)| named(*id)).map(|(id, source)| (id, Arc::clone(source))).collect();
        Self { diagnostics, sources }
    }

    /// The source that a label points into.
    #[must_use]
    pub fn source(&self, id: SourceId) -> Option<&Arc<Source>> {
        self.sources.iter().find(|(other, _)| *other == id).map(|(_, source)| source)
    }

    /// Whether anything in it refuses.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}
