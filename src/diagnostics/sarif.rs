//! Reports as SARIF 2.1.0, which code review tools read.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::fmt::Write;

use indexmap::IndexSet;
use serde_json::{Value, json};

use super::{Code, Diagnostic, Edit, Report, Severity, explain, json as lines, text};
use crate::source::Span;

/// One document on one line for the whole report, with the long text of each code that is in it. Columns count characters; other
/// places of a diagnostic are its related locations, edits its fixes; what comments in rule files allow is there as
/// suppressed.
#[must_use]
pub fn to_sarif(report: &Report) -> String {
    let told = report.diagnostics.iter().map(|diagnostic| (diagnostic, None));
    let allowed = report.allowed.iter().map(|it| (&it.diagnostic, Some(&*it.reason)));
    let all: Vec<_> = told.chain(allowed).collect();
    let codes: IndexSet<Code> = all.iter().map(|(diagnostic, _)| diagnostic.code).collect();
    let results = all.iter().map(|(diagnostic, reason)| result(report, &codes, diagnostic, *reason));
    sarif_document(codes.iter().map(|code| rule(*code)).collect(), results.collect())
}

/// A document of one run, on one line.
pub(crate) fn sarif_document(rules: Vec<Value>, results: Vec<Value>) -> String {
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "plimsoll",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out = String::new();
    lines::escape_into(&mut out, &document.to_string());
    out.push('\n');
    out
}

fn rule(code: Code) -> Value {
    let page = explain(code);
    json!({
        "id": code.id(),
        "shortDescription": { "text": braces(code.title()) },
        "help": { "text": braces(page), "markdown": braces(page) },
        "defaultConfiguration": { "level": sarif_level(code.severity()) },
    })
}

/// What SARIF calls a severity.
pub(crate) const fn sarif_level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn result(report: &Report, codes: &IndexSet<Code>, diagnostic: &Diagnostic, reason: Option<&str>) -> Value {
    let mut places = diagnostic.labels.iter().filter_map(|label| {
        let mut place = json!({ "physicalLocation": physical(report, label.span)? });
        if !label.text.is_empty() {
            set(&mut place, "message", sarif_message(&label.text));
        }
        Some(place)
    });
    let first = places.next();
    let related: Vec<_> = places.collect();
    let said = match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.code.id(),
        "ruleIndex": codes.get_index_of(&diagnostic.code),
        "level": sarif_level(diagnostic.severity),
        "message": sarif_message(&said),
        "locations": first.into_iter().collect::<Vec<_>>(),
    });
    if !related.is_empty() {
        set(&mut result, "relatedLocations", related.into());
    }
    if let Some(changes) = changes(report, &diagnostic.edits) {
        set(&mut result, "fixes", json!([{ "artifactChanges": changes }]));
    }
    if let Some(reason) = reason {
        set(&mut result, "suppressions", json!([{ "kind": "inSource", "justification": text::lines(reason) }]));
    }
    result
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(key.to_owned(), value);
    }
}

/// A text as a message: section 3.11.
pub(crate) fn sarif_message(said: &str) -> Value {
    json!({ "text": plain(said) })
}

fn physical(report: &Report, span: Span) -> Option<Value> {
    let file = report.region(span)?.file;
    Some(json!({ "artifactLocation": { "uri": sarif_uri(file) }, "region": region(report, span)? }))
}

fn region(report: &Report, span: Span) -> Option<Value> {
    let region = report.region(span)?;
    let ((line, column), (end_line, end_column)) = (region.start, region.end);
    Some(json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column }))
}

/// The edits, file by file; none if there are none, or one has no place.
fn changes(report: &Report, edits: &[Edit]) -> Option<Vec<Value>> {
    let files: IndexSet<_> = edits.iter().map(|edit| edit.span.source).collect();
    let changes = files.iter().map(|file| {
        let here = edits.iter().filter(|edit| edit.span.source == *file);
        let replacements = here.map(|edit| {
            let deleted = region(report, edit.span)?;
            Some(json!({ "deletedRegion": deleted, "insertedContent": { "text": edit.replacement } }))
        });
        let name = &report.source(*file)?.name;
        let replacements: Option<Vec<_>> = replacements.collect();
        Some(json!({ "artifactLocation": { "uri": sarif_uri(name) }, "replacements": replacements? }))
    });
    changes.collect::<Option<Vec<_>>>().filter(|changes| !changes.is_empty())
}

/// Plain text as section 3.11 wants it: braces doubled, since single ones are holes, and nothing that reads as a link.
fn plain(said: &str) -> String {
    let said = braces(&text::lines(said));
    if !said.contains("](") {
        return said;
    }
    said.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn braces(said: &str) -> String {
    said.replace('{', "{{").replace('}', "}}")
}

/// A path as a URI: relative ones stay relative.
pub(crate) fn sarif_uri(path: &str) -> String {
    let mut out = match path.split('/').next() {
        Some("") => "file://".to_owned(),
        // A colon in the first part would end a scheme.
        Some(first) if first.contains(':') => "./".to_owned(),
        _ => String::new(),
    };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
