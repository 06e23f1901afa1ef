//! What to say about a text that did not parse.

use super::grammar::{self, Failure};
use crate::diagnostics::{Diagnostic, code};
use crate::source::SourceId;

/// Where a text holds control characters; reported once.
pub(super) fn control_characters(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let _ = (source, text, diagnostics);
    Vec::new()
}

/// The message for an item that did not parse.
pub(super) fn diagnostic(source: SourceId, base: usize, item: &str, failure: &Failure) -> Diagnostic {
    let _ = item;
    let expected: Vec<_> = failure.expected.iter().map(|rule| grammar::name(*rule)).collect();
    Diagnostic::new(code::SYNTAX, format!("expected {}", expected.join(", ")))
        .label(super::span(source, base + failure.at, base + failure.at + 1), "")
}
