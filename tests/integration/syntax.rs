//! Text to syntax tree: valid files, mistakes, and texts that are made to hurt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests may fail")]

mod print;

use plimsoll::diagnostics::Diagnostic;
use plimsoll::source::SourceMap;
use plimsoll::syntax::{self, ast};

fn parse(text: &str) -> (ast::File, Vec<Diagnostic>, SourceMap) {
    let mut map = SourceMap::for_policy();
    let source = map.add("test.plim", text);
    let mut diagnostics = Vec::new();
    let file = syntax::parse(source, text, &mut diagnostics);
    (file, diagnostics, map)
}

/// One line for each diagnostic, with its labels, help and edits below it.
fn messages(diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let place = |span: plimsoll::source::Span| {
            let source = map.get(span.source).expect("a known source");
            let (line, column) = source.position(span.start);
            (format!("{line}:{column}"), map.snippet(span).expect("a span of the text").escape_debug().to_string())
        };
        let first = diagnostic.labels.first().expect("a place");
        out += &format!("{} {} {}\n", place(first.span).0, diagnostic.code, diagnostic.message);
        for label in &diagnostic.labels {
            let (at, text) = place(label.span);
            out += &format!("    at {at} `{text}` {}\n", label.text);
        }
        if let Some(help) = &diagnostic.help {
            out += &format!("    help: {help}\n");
        }
        for edit in &diagnostic.edits {
            let (at, text) = place(edit.span);
            out += &format!("    edit {at} `{text}` to `{}`\n", edit.replacement);
        }
    }
    out
}

macro_rules! snapshot {
    ($name:expr, $content:expr) => {
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/syntax"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $content) });
    };
}

fn fixtures(folder: &str) -> Vec<(String, String)> {
    let folder = format!("{}/tests/fixtures/syntax/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no fixtures in {folder}");
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn valid_files_become_trees() {
    for (name, text) in fixtures("ok") {
        let (file, diagnostics, map) = parse(&text);
        assert_eq!(messages(&diagnostics, &map), "", "in {name}");
        snapshot!(format!("ok-{name}"), format!("{text}\n---\n{}", print::file(&file)));
    }
}

#[test]
fn mistakes_are_all_reported() {
    for (name, text) in fixtures("errors") {
        let (file, diagnostics, map) = parse(&text);
        assert!(!diagnostics.is_empty(), "in {name}");
        let tree = print::file(&file);
        snapshot!(format!("error-{name}"), format!("{text}\n---\n{}---\n{tree}", messages(&diagnostics, &map)));
    }
}
