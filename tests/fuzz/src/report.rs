//! What holds of every report.

use plimsoll::diagnostics::{Diagnostic, Report, Style, code, render, to_github, to_json, to_sarif};
use plimsoll::source::Span;

/// Every place lies in its source, and every way to show the report shows it harmlessly.
pub fn holds(report: &Report) {
    for diagnostic in &report.diagnostics {
        assert!(diagnostic.code != code::INTERNAL, "a mistake of ours: {diagnostic:?}");
        assert!(!diagnostic.message.is_empty());
        let labels = diagnostic.labels.iter().map(|label| label.span);
        for span in labels.chain(diagnostic.edits.iter().map(|edit| edit.span)) {
            place(report, diagnostic, span);
        }
    }
    for (color, unicode, width) in [(false, true, 100), (false, false, 20), (true, true, 80)] {
        let text = render(report, Style { color, width, unicode });
        assert_eq!(text.is_empty(), report.diagnostics.is_empty());
        if !color {
            harmless(&text);
        }
    }
    harmless(&report.to_string());
    harmless(&to_github(report));
    let json = to_json(report);
    harmless(&json);
    assert_eq!(json.lines().count(), report.diagnostics.len());
    for line in json.lines().chain([&*to_sarif(report)]) {
        serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    }
}

fn place(report: &Report, diagnostic: &Diagnostic, span: Span) {
    if span.is_none() {
        return;
    }
    let source = report.source(span.source).unwrap_or_else(|| panic!("no source for {diagnostic:?}"));
    let text = source.text.get(span.start as usize..span.end as usize);
    assert!(text.is_some(), "{diagnostic:?} points at no text of {}", source.name);
}

/// No character that moves the cursor, hides text or turns it around.
fn harmless(text: &str) {
    let hides = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{200b}'..='\u{200f}')
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
    };
    let found = text.char_indices().find(|(_, c)| hides(*c));
    assert!(found.is_none(), "{found:?} is in {text:?}");
}
