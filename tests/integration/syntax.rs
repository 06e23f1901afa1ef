//! Text to syntax tree: valid files, mistakes, and texts that are made to hurt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests may fail")]

macro_rules! snapshot {
    ($name:expr, $content:expr) => {
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/syntax"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $content) });
    };
}

mod format;
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
        let visible = |c: char| if c == '\n' { "\n".to_owned() } else { c.escape_debug().to_string() };
        let hidden = text.contains(|c: char| c.is_control() && c != '\n');
        let text = if hidden { text.chars().map(visible).collect() } else { text };
        snapshot!(format!("error-{name}"), format!("{text}\n---\n{}---\n{tree}", messages(&diagnostics, &map)));
    }
}

/// Runs on a stack as small as any thread that may call the parser has.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let size = if cfg!(debug_assertions) { 2 << 20 } else { 256 << 10 };
    std::thread::Builder::new().stack_size(size).spawn(work).unwrap().join().unwrap()
}

fn nested(open: &str, middle: &str, close: &str, levels: usize) -> String {
    format!("{}{middle}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn sixty_four_brackets_fit_on_a_small_stack() {
    let shapes = [
        ("let x = ", "[", "a", "]", ""),
        ("let x = ", "(", "a", ")", ""),
        ("let x = ", "{ a: ", "b", "}", ""),
        ("let x = ", "f(", "a", ")", ""),
        ("let x = ", "a[", "b", "]", ""),
        ("let x = ", "[a for b in ", "c", "]", ""),
        ("let x = ", "-[", "a", "].b", ""),
        ("let x = ", "(a + (b else c) * e[", "f", "])", ""),
        ("fact options.x: ", "List<", "Int", ">", ""),
        ("fact options.x: ", "{ a: ", "Int", "}", ""),
        ("rule x when ", "(", "a", ")", "{ a = b }"),
    ];
    for (before, open, middle, close, after) in shapes {
        let levels = 64 / (open.matches(['(', '[', '{', '<']).count() - open.matches([')', ']', '}', '>']).count());
        let text = format!("{before}{}{after}", nested(open, middle, close, levels));
        let (items, found) = on_a_small_stack(move || {
            let (file, diagnostics, map) = parse(&text);
            (file.items.len(), messages(&diagnostics, &map))
        });
        assert_eq!((items, found.as_str()), (1, ""), "for {open}");
        let text = format!("{before}{}{after}", nested(open, middle, close, levels + 1));
        let (file, diagnostics, _) = parse(&text);
        assert_eq!((file.items.len(), diagnostics.len()), (0, 1), "for {open}");
        assert_eq!(diagnostics[0].code.id(), "P0702");
    }
}

#[test]
fn blocks_are_four_deep() {
    let rule = |levels: usize| format!("rule a {{ {} }}", nested("if b { ", "c = d", " }", levels));
    on_a_small_stack(move || {
        assert!(parse(&rule(3)).1.is_empty());
        let (file, diagnostics, _) = parse(&rule(4));
        assert_eq!((file.items.len(), diagnostics.len()), (0, 1));
        assert_eq!(diagnostics[0].code.id(), "P0702");
        assert_eq!(parse(&rule(63)).1.len(), 1);
    });
}

/// As much as a file may have of anything ends soon, on little stack, with few diagnostics. Of chains without brackets, those that a
/// program could have written become flat trees.
#[test]
fn hostile_texts_end() {
    let shapes = [
        ("let x = a", ".b", "", false),
        ("let x = a", "[b]", "", false),
        ("let x = f", "(b)", "", false),
        ("let x = ", "not ", "a", false),
        ("let x = ", "- ", "a", false),
        ("let x = a", " is set", "", false),
        ("let x = a", " when b", "", false),
        ("let x = a", " == b", "", false),
        ("let x = a", " == b when c else d", "", true),
        ("let x = a", " else b", "", true),
        ("let x = a", " + b", "", true),
        ("let x = a", " and b or c", "", true),
        ("let x = a", " ++ b * c - d", "", true),
        ("let x = [a", ", b", "]", true),
        ("let x = {", "a: b,", "}", true),
        ("let x = [a", " for b in c", "]", true),
        ("let x = \"", "{a}", "\"", true),
        ("let x = \"", "\\n", "\"", true),
        ("fact options.x: \"a\"", " | \"b\"", "", true),
        ("fact options.x: Int", "?", "", false),
        ("fact options.x: ", "List<", "", false),
        ("fact options.x", ".x", ": Int", true),
        ("rule a { if a { }", " else if b { }", " }", true),
        ("rule a { a", ".b", " = c }", true),
        ("rule a { ", "unset b ", " }", true),
        ("rule a { ", ";", " }", true),
        ("rule a ", "when b ", "{ }", false),
        ("rule a ", "unless when ", "{ }", false),
        ("rule a", ".a", "{ }", true),
        ("rule a", "-", "{ }", true),
        ("test \"a\" { ", "expect warning ", "}", true),
        ("", "# a comment\n", "", true),
        ("", "let x = a\n", "", true),
        ("", "[", "", false),
        ("", "]", "", false),
        ("", "{", "", false),
        ("", "}", "", false),
        ("", "{}", "", false),
        ("", "{\n}\n", "", false),
        ("", "(]", "", false),
        ("", "[)", "", false),
        ("", "\"", "", false),
        ("", "\"{", "", false),
        ("", "\"{(", "", false),
        ("", "\"\n", "", false),
        ("", "\"\na", "", false),
        ("", "'", "", false),
        ("", "'\n", "", false),
        ("", "//", "", false),
        ("", "//\n", "", false),
        ("", "/*", "", false),
        ("", "/**/", "", false),
        ("", "let ", "", false),
        ("", "let x = \n", "", false),
        ("", "let x = {\n", "", false),
        ("", "let x = \"\n", "", false),
        ("", "rule ", "", false),
        ("", "rule\n", "", false),
        ("", "rule a {\nlet x = (\n", "", false),
        ("", "rule a {\nlet x = \"\n", "", false),
        ("rule a {\n", "let x = 1\n", "", false),
        ("", "replace ", "", false),
        ("", "replace rule ", "", false),
        ("", "test \"", "", false),
        ("", "a", "", false),
        ("", "a\n", "", false),
        ("", "1", "", false),
        ("", "= ", "", false),
        ("", "é", "", false),
        ("let x = \"", "é\\", "", false),
        ("", "\0", "", false),
        ("let x = ", "1", "", false),
        ("let x = 1", "_1", "", false),
        ("", " ", "", true),
    ];
    for (before, middle, after, fine) in shapes {
        // Without optimisation a smaller text already shows what is not linear.
        let room = if cfg!(debug_assertions) { 1 << 17 } else { 1 << 20 } - before.len() - after.len();
        let text = format!("{before}{}{after}", middle.repeat(room / middle.len()));
        let (count, items) = on_a_small_stack(move || {
            let (file, diagnostics, _) = parse(&text);
            (diagnostics.iter().filter(|d| d.code.id() != "P0108").count(), file.items.len())
        });
        assert_eq!(count == 0, fine, "{before}{middle}…{after}: {count} diagnostics, {items} items");
        assert!(count <= 101, "{before}{middle}…{after}: {count} diagnostics");
    }
}
