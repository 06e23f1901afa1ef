//! What a test expects to be said, and the specs that it expects in full.

use similar::TextDiff;

use crate::check::tests::{Expected, Test};
use crate::diagnostics::{Code, Diagnostic, Severity, code};
use crate::eval::like;
use crate::source::Span;
use crate::syntax::ast::OutcomeKind;

/// Lines of a difference that are shown.
const MOST_LINES: usize = 24;

/// Warnings or refusals that are listed where none of them is the one that is wanted.
const MOST_LISTED: usize = 3;

/// A warning or refusal that a test wants, or does not want.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'t> {
    pub(super) kind: OutcomeKind,
    pub(super) code: Option<Code>,
    pub(super) like: Option<&'t str>,
}

impl Wanted<'_> {
    fn severity(self) -> Severity {
        match self.kind {
            OutcomeKind::Denied => Severity::Error,
            OutcomeKind::Warning | OutcomeKind::NoWarning => Severity::Warning,
        }
    }

    fn is(self, found: &Diagnostic) -> bool {
        found.severity == self.severity()
            && self.code.is_none_or(|code| code == found.code)
            && self.like.is_none_or(|glob| like(&found.message, glob))
    }

    pub(super) fn failure(self, test: &Test, span: Span, said: &[&Diagnostic]) -> Option<Diagnostic> {
        let found = said.iter().find(|found| self.is(found));
        let noun = if self.kind == OutcomeKind::Denied { "refusal" } else { "warning" };
        match (self.kind, found) {
            (OutcomeKind::NoWarning, Some(warning)) => {
                let diagnostic = Diagnostic::new(code::NOT_SAID, format!("{}: there is such a warning", named(test)));
                let diagnostic = diagnostic.label(span, format!("it says: {}", warning.message));
                Some(warning.labels.iter().fold(diagnostic, |it, label| it.label(label.span, label.text.clone())))
            }
            (OutcomeKind::NoWarning, None) | (_, Some(_)) => None,
            (_, None) => {
                let others: Vec<_> = said.iter().filter(|found| found.severity == self.severity()).collect();
                let such = if others.is_empty() { "" } else { " such" };
                let message = format!("{}: there is no{such} {noun}", named(test));
                let diagnostic = Diagnostic::new(code::NOT_SAID, message).label(span, "expected here");
                let shown = others.iter().take(MOST_LISTED).map(|it| format!("{} ({})", it.message, it.code));
                let shown: Vec<String> = shown.collect();
                Some(match shown.is_empty() {
                    true => diagnostic,
                    false => diagnostic.help(format!("what is said instead: {}", shown.join("; "))),
                })
            }
        }
    }
}

/// The refusals that the test does not expect.
pub(super) fn unexpected_refusals(test: &Test, said: &[&Diagnostic]) -> Vec<Diagnostic> {
    let expects = |found: &Diagnostic| {
        test.expectations.iter().any(|expectation| match &expectation.what {
            Expected::Said { kind: kind @ OutcomeKind::Denied, code, like } => {
                Wanted { kind: *kind, code: *code, like: like.as_deref() }.is(found)
            }
            _ => false,
        })
    };
    let refusals = said.iter().filter(|found| found.severity == Severity::Error && !expects(found));
    let failure = |found: &&Diagnostic| {
        let message = format!("{}: the service is refused: {}", named(test), found.message);
        let help = format!("if that is right, write `expect denied {}`", found.code);
        let diagnostic = Diagnostic::new(code::UNEXPECTED_REFUSAL, message).help(help);
        let diagnostic = diagnostic.label(test.span, "which nothing in it expects");
        found.labels.iter().fold(diagnostic, |it, label| it.label(label.span, label.text.clone()))
    };
    refusals.map(failure).collect()
}

/// The service is refused, as expected, and something is expected of its spec as well.
pub(super) fn no_spec(test: &Test, span: Span) -> Diagnostic {
    let message = format!("{}: the service is refused, so there is no spec to look at", named(test));
    Diagnostic::new(code::EXPECTATION_FAILED, message)
        .label(span, "")
        .help("a test expects either a refusal, or something of the spec")
}

/// A spec against the one that is stored.
pub(super) fn snapshot(test: &Test, span: Span, path: &str, stored: Option<&str>, spec: &str) -> Option<Diagnostic> {
    match stored {
        Some(stored) if stored == spec => None,
        Some(stored) => {
            let message = format!("{}: the spec differs from `{path}`", named(test));
            let diagnostic = Diagnostic::new(code::SNAPSHOT_DIFFERS, message).label(span, "expected here");
            let accept = "if the change is right, `plimsoll test --update` stores it";
            Some(diagnostic.help(format!("{}\n{accept}", difference(stored, spec))))
        }
        None => {
            let message = format!("{}: the snapshot `{path}` does not exist", named(test));
            let diagnostic = Diagnostic::new(code::SNAPSHOT_MISSING, message).label(span, "expected here");
            Some(diagnostic.help("`plimsoll test --update` writes it; read it before you keep it"))
        }
    }
}

/// The lines that differ, `-` what is expected and `+` what came.
pub(super) fn difference(expected: &str, actual: &str) -> String {
    let diff = TextDiff::from_lines(expected, actual);
    let mut shown = String::from("`-` is expected, `+` came out:");
    let mut lines = 0;
    for group in diff.grouped_ops(2) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            lines += 1;
            if lines <= MOST_LINES {
                shown.push_str(&format!("\n{} {}", change.tag(), change.value().trim_end_matches('\n')));
            }
        }
    }
    if lines > MOST_LINES {
        shown.push_str(&format!("\n… and {} more lines", lines - MOST_LINES));
    }
    shown
}

/// A test as messages name it.
pub(super) fn named(test: &Test) -> String {
    format!("test {:?}", test.name)
}
