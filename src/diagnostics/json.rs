//! Reports for programs.

use serde::Serialize;

use super::{Report, text};
use crate::source::Span;

#[derive(Serialize)]
struct Line<'r> {
    code: &'static str,
    severity: String,
    message: &'r str,
    labels: Vec<Labelled<'r>>,
    help: Option<&'r str>,
    edits: Vec<Replaced<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Labelled<'r> {
    #[serde(flatten)]
    place: Place<'r>,
    text: &'r str,
}

#[derive(Serialize)]
struct Replaced<'r> {
    #[serde(flatten)]
    place: Place<'r>,
    replacement: &'r str,
    applicability: String,
}

/// A place in a file; line and column from 1, in characters; bytes from 0.
#[derive(Serialize)]
struct Place<'r> {
    file: &'r str,
    line: usize,
    column: usize,
    start: u32,
    end: u32,
}

/// One JSON object for each diagnostic, each on a line of its own: `code`, `severity` (`"error"`, `"warning"` or `"advice"`),
/// `message`, `labels` (`file`, `line`, `column`, the bytes `start..end`, `text`), `help` (a text or null) and
/// `edits` (a place as in labels and its `replacement`); and, of what a service was found to show, `witness`: a request
/// for it, an object. Lines and columns count from 1, columns in characters.
/// Characters that could harm a terminal are written as JSON escapes.
#[must_use]
pub fn to_json(report: &Report) -> String {
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        let labels = diagnostic.labels.iter();
        let edits = diagnostic.edits.iter();
        let line = Line {
            code: diagnostic.code.id(),
            severity: diagnostic.severity.to_string(),
            message: &diagnostic.message,
            labels: labels.filter_map(|l| Some(Labelled { place: place(report, l.span)?, text: &l.text })).collect(),
            help: diagnostic.help.as_deref(),
            edits: edits
                .filter_map(|e| {
                    let applicability = e.applicability.to_string();
                    Some(Replaced { place: place(report, e.span)?, replacement: &e.replacement, applicability })
                })
                .collect(),
            witness: diagnostic.witness.as_ref().and_then(|it| serde_json::from_str(&it.request).ok()),
        };
        // These records hold nothing that JSON cannot say.
        let json = serde_json::to_string(&line).unwrap_or_default();
        escape_into(&mut out, &json);
        out.push('\n');
    }
    out
}

/// A value as one line of JSON; characters that could harm a terminal are written as JSON escapes.
#[must_use]
pub fn to_harmless(value: &impl Serialize) -> String {
    let mut out = String::new();
    // What this crate serializes holds nothing that JSON cannot say.
    escape_into(&mut out, &serde_json::to_string(value).unwrap_or_default());
    out.push('\n');
    out
}

fn place(report: &Report, span: Span) -> Option<Place<'_>> {
    let (file, line, column) = report.position(span)?;
    Some(Place { file, line, column, start: span.start, end: span.end })
}

/// serde_json escapes only what JSON must; what hides beyond that can only stand in its strings.
pub(super) fn escape_into(out: &mut String, json: &str) {
    let mut units = [0; 2];
    for c in json.chars() {
        if text::is_hidden(c) {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
}
