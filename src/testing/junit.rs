//! Results in the XML that CI systems read.

use std::fmt::Write as _;

use super::{Results, Suite};

/// One test suite for each rule file, with its tests.
#[must_use]
pub fn junit(suite: &Suite, results: &Results<'_>) -> String {
    let failed = results.tests.iter().filter(|test| !test.passed()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "<testsuites name=\"plimsoll\" tests=\"{}\" failures=\"{failed}\">", results.tests.len());
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
