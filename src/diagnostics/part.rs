//! One diagnostic in the form that miette takes.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, SourceCode};

use super::excerpt::Excerpt;
use super::{Report, Severity, text};
use crate::source::floor;

/// Bytes of a message, a label or a help that are shown; values in them may be a mebibyte long.
const LONG_TEXT: usize = 1000;

/// What stands where something is left out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ellipsis {
    /// `…`
    Unicode,
    /// `...`
    Ascii,
}

impl Ellipsis {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Unicode => "…",
            Self::Ascii => "...",
        }
    }
}

/// A diagnostic with the excerpt of its sources that it shows.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Part {
    heading: String,
    severity: Severity,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    excerpt: Excerpt,
}

impl Part {
    /// Every diagnostic of a report, in order.
    pub(super) fn all(report: &Report, ellipsis: Ellipsis) -> Vec<Self> {
        report.diagnostics.iter().map(|diagnostic| Self::new(diagnostic, report, ellipsis)).collect()
    }

    fn new(diagnostic: &super::Diagnostic, report: &Report, ellipsis: Ellipsis) -> Self {
        let (excerpt, spans) = Excerpt::new(diagnostic, report, ellipsis.text());
        let labels = diagnostic.labels.iter().zip(spans).enumerate().filter_map(|(index, (label, span))| {
            let text = (!label.text.is_empty()).then(|| shown(&label.text, ellipsis));
            let label = if index == 0 { LabeledSpan::new_primary_with_span } else { LabeledSpan::new_with_span };
            Some(label(text, span?))
        });
        Self {
            heading: diagnostic.code.to_string(),
            severity: diagnostic.severity,
            message: shown(&diagnostic.message, ellipsis),
            help: diagnostic.help.as_deref().map(|help| shown(help, ellipsis)),
            labels: labels.collect(),
            excerpt,
        }
    }

    /// Puts the severity into the heading: `error[P0101]`.
    pub(super) fn name_severity(&mut self) {
        self.heading = format!("{}[{}]", self.severity, self.heading);
    }

    /// The heading and message alone.
    pub(super) fn plain(&self) -> String {
        format!("{}: {}\n", self.heading, self.message)
    }
}

/// A text as it may reach a terminal: escaped, and cut where it is very long.
fn shown(message: &str, ellipsis: Ellipsis) -> String {
    match message.get(..floor(message, LONG_TEXT)) {
        Some(head) if head.len() < message.len() => format!("{}{}", text::lines(head), ellipsis.text()),
        _ => text::lines(message).into_owned(),
    }
}

impl Diagnostic for Part {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.heading))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Advice => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| -> Box<dyn fmt::Display + 'a> { Box::new(help) })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.labels.is_empty()).then_some(&self.excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| -> Box<dyn Iterator<Item = LabeledSpan>> { Box::new(self.labels.iter().cloned()) })
    }
}
