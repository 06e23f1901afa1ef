//! What a reader found, with a limit on how much of it is kept.

use super::limits;
use crate::diagnostics::{Diagnostic, Severity, code};

/// Diagnostics in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(in crate::facts) struct Findings {
    list: Vec<Diagnostic>,
    dropped: usize,
    /// Whether what was dropped refuses.
    dropped_errors: bool,
}

impl Findings {
    /// Keeps one, unless there are too many already.
    pub(in crate::facts) fn push(&mut self, diagnostic: Diagnostic) {
        let severity = diagnostic.severity;
        self.push_with(severity, || diagnostic);
    }

    /// The same for one that is dear to make.
    pub(in crate::facts) fn push_with(&mut self, severity: Severity, make: impl FnOnce() -> Diagnostic) {
        if self.list.len() < limits::DIAGNOSTICS {
            self.list.push(make());
        } else {
            self.dropped += 1;
            self.dropped_errors |= severity == Severity::Error;
        }
    }

    /// All of another reader's.
    pub(in crate::facts) fn append(&mut self, other: Self) {
        self.dropped += other.dropped;
        self.dropped_errors |= other.dropped_errors;
        other.list.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    pub(in crate::facts) fn has_errors(&self) -> bool {
        self.dropped_errors || self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// What was kept, in the order of its places, and how much was not.
    pub(in crate::facts) fn into_list(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
        if self.dropped > 0 {
            let message = format!("{} more findings in this input are not shown", self.dropped);
            let severity = if self.dropped_errors { Severity::Error } else { Severity::Warning };
            self.list.push(Diagnostic { severity, ..Diagnostic::new(code::TOO_LONG, message) });
        }
        self.list
    }
}
