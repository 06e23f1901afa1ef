//! What a reader found, with a limit on how much of it is kept.

use super::limits;
use crate::diagnostics::{Diagnostic, Severity, code};

/// Diagnostics in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(in crate::facts) struct Findings {
    list: Vec<Diagnostic>,
    dropped: usize,
}

impl Findings {
    /// Keeps one, unless there are too many already.
    pub(in crate::facts) fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < limits::DIAGNOSTICS {
            self.list.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// All of another reader's.
    pub(in crate::facts) fn append(&mut self, other: Self) {
        self.dropped += other.dropped;
        other.list.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    pub(in crate::facts) fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// What was kept, and how much was not.
    pub(in crate::facts) fn into_list(mut self) -> Vec<Diagnostic> {
        if self.dropped > 0 {
            let message = format!("{} more findings in this input are not shown", self.dropped);
            self.list.push(Diagnostic { severity: Severity::Error, ..Diagnostic::new(code::TOO_LONG, message) });
        }
        self.list
    }
}
