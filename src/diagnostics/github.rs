//! Reports as workflow commands, which GitHub shows beside the lines of a change.
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write;

use super::{Diagnostic, Report, Severity, text};

/// One command for each diagnostic, on a line of its own: `::error file=…,line=…,col=…,endLine=…,endColumn=…,title=…::…`.
/// What it says are the message, the other places and the help. Lines and columns count from 1, columns in characters.
#[must_use]
pub fn to_github(report: &Report) -> String {
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        out += &github_command(diagnostic.severity, &properties(report, diagnostic), &said(report, diagnostic));
    }
    out
}

/// A command on a line of its own; its properties are escaped already.
pub(crate) fn github_command(severity: Severity, properties: &str, said: &str) -> String {
    let name = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    format!("::{name} {properties}::{}\n", escaped(said, DATA))
}

/// A text as the value of a property.
pub(crate) fn github_property(written: &str) -> String {
    escaped(written, PROPERTY)
}

fn properties(report: &Report, diagnostic: &Diagnostic) -> String {
    let mut out = String::new();
    let place = diagnostic.labels.first().and_then(|label| report.region(label.span));
    if let Some(region) = place {
        let ((line, column), (end_line, end_column)) = (region.start, region.end);
        let file = github_property(region.file);
        let _ = write!(out, "file={file},line={line},col={column},endLine={end_line},");
        // Columns of different lines cannot be shown.
        if line == end_line {
            let _ = write!(out, "endColumn={end_column},");
        }
    }
    let _ = write!(out, "title={}", github_property(&format!("{}: {}", diagnostic.code, diagnostic.code.title())));
    out
}

/// The message with all that has no field of its own.
fn said(report: &Report, diagnostic: &Diagnostic) -> String {
    let mut out = diagnostic.message.clone();
    for (index, label) in diagnostic.labels.iter().enumerate() {
        match report.position(label.span).filter(|_| index > 0) {
            Some((file, line, column)) => {
                let _ = write!(out, "\n{file}:{line}:{column}: {}", label.text);
            }
            None if !label.text.is_empty() => {
                let _ = write!(out, "\n{}", label.text);
            }
            None => {}
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(out, "\nhelp: {help}");
    }
    out
}

/// What ends a command's text, and how it is written in it.
const DATA: &[(char, &str)] = &[('%', "%25"), ('\r', "%0D"), ('\n', "%0A")];
/// What ends a property as well.
const PROPERTY: &[(char, &str)] = &[('%', "%25"), ('\r', "%0D"), ('\n', "%0A"), (':', "%3A"), (',', "%2C")];

fn escaped(written: &str, escapes: &[(char, &str)]) -> String {
    let mut out = String::with_capacity(written.len());
    for c in written.chars() {
        match escapes.iter().find(|(special, _)| *special == c) {
            Some((_, escape)) => out.push_str(escape),
            None => text::push(&mut out, c),
        }
    }
    out
}
