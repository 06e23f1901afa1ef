//! Results in the XML that CI systems read.

use std::fmt::Write as _;

use super::{Results, Suite};
use crate::diagnostics::Severity;

/// One test suite for each rule file, with its tests, and one of the mistakes that kept tests from being run.
#[must_use]
pub fn junit(suite: &Suite, results: &Results<'_>) -> String {
    let failed = results.tests.iter().filter(|test| !test.passed()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mistakes: Vec<_> = suite.findings.iter().filter(|found| found.severity == Severity::Error).collect();
    let (tests, errors) = (results.tests.len() + mistakes.len(), mistakes.len());
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "<testsuites name=\"plimsoll\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{errors}\">");
    for (id, source) in suite.policy.sources.iter() {
        let own: Vec<_> = results.tests.iter().filter(|result| result.test.span.source == id).collect();
        if own.is_empty() {
            continue;
        }
        let (name, tests) = (escaped(&source.name), own.len());
        let failed = own.iter().filter(|test| !test.passed()).count();
        let _ = writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\">");
        for result in own {
            let line = suite.place(result.test.span).map_or(1, |place| place.line);
            let case = format!(
                "    <testcase name=\"{}\" classname=\"{name}\" file=\"{name}\" line=\"{line}\"",
                escaped(&result.test.name)
            );
            if result.passed() {
                let _ = writeln!(out, "{case}/>");
                continue;
            }
            let _ = writeln!(out, "{case}>");
            for failure in &result.failures.diagnostics {
                let (code, message) = (failure.code, escaped(&failure.message));
                let _ = write!(out, "      <failure type=\"{code}\" message=\"{message}\">");
                let _ = writeln!(out, "{}</failure>", escaped(failure.help.as_deref().unwrap_or_default()));
            }
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    if !mistakes.is_empty() {
        let _ = writeln!(out, "  <testsuite name=\"mistakes in tests\" tests=\"{errors}\" errors=\"{errors}\">");
        for mistake in mistakes {
            let place = mistake.labels.first().and_then(|label| suite.place(label.span));
            let name = place.map_or_else(String::new, |it| format!("{}:{}:{}", it.file, it.line, it.column));
            let (name, code, message) = (escaped(&name), mistake.code, escaped(&mistake.message));
            let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"mistakes in tests\">");
            let _ = writeln!(out, "      <error type=\"{code}\" message=\"{message}\"/>\n    </testcase>");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// A text in XML 1.0, which has no control characters at all.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
