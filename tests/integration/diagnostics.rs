//! What people and programs see of a report.

#![expect(clippy::expect_used, reason = "a helper of tests may fail like a test")]

use std::fmt::Write;

use plimsoll::diagnostics::{CODES, Diagnostic, Report, Style, code, explain, render, to_json};
use plimsoll::source::{SourceId, SourceMap, Span};

/// The place of the `nth` occurrence of a text.
fn span(id: SourceId, text: &str, needle: &str, nth: usize) -> Span {
    let (start, _) = text.match_indices(needle).nth(nth).expect("the text holds the needle");
    Span::new(id, start as u32, (start + needle.len()) as u32)
}

/// Two files, and a diagnostic on each.
struct Two {
    sources: SourceMap,
    standard: SourceId,
    site: SourceId,
}

const STANDARD: &str = "\
rule process {
  process.terminal = false
  process.cwd = \"/\"
  process.noNewPrivileges = true
}
";
const SITE: &str = "\
# The site's own.

rule site.cwd when service.privilged {
\tprocess.cwd = \"/srv\"
}
";

fn two() -> Two {
    let mut sources = SourceMap::for_policy();
    let standard = sources.add("<standard>/10-process.plim", STANDARD);
    let site = sources.add("site/cwd.plim", SITE);
    Two { sources, standard, site }
}

fn conflict(two: &Two) -> Diagnostic {
    Diagnostic::new(code::CONFLICT, "`process.cwd` is given two values")
        .label(span(two.site, SITE, "process.cwd = \"/srv\"", 0), "\"/srv\", when `service.privileged`")
        .label(span(two.standard, STANDARD, "process.cwd = \"/\"", 0), "\"/\", always")
        .help("let one of them be `default` or `force`")
}

fn misspelt(two: &Two) -> Diagnostic {
    let place = span(two.site, SITE, "privilged", 0);
    Diagnostic::new(code::UNKNOWN_FIELD, "`service` has no field `privilged`")
        .label(place, "no such field")
        .did_you_mean(place, "privilged", ["privileged", "platform"])
}

fn unused(two: &Two) -> Diagnostic {
    Diagnostic::new(code::UNUSED_LET, "`spare` is never used").label(span(two.site, SITE, "# The", 0), "")
}

/// The sources above what is shown of them.
fn shown(sources: &SourceMap, outputs: &[(&str, String)]) -> String {
    let mut out = String::new();
    for (_, source) in sources.iter() {
        let _ = write!(out, "──── {}\n{}", source.name, source.text);
    }
    for (name, output) in outputs {
        let _ = write!(out, "════ {name}\n{output}");
        out.push_str(if output.ends_with('\n') { "" } else { "\n" });
    }
    out
}

macro_rules! snapshot {
    ($name:literal, $value:expr) => {
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/diagnostics"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $value) })
    };
}

#[test]
fn a_conflict_shows_both_files() {
    let two = two();
    let report = Report::new(vec![conflict(&two)], &[&two.sources]);
    snapshot!("conflict", shown(&two.sources, &[("render", render(&report, Style::default()))]));
}

#[test]
fn several_diagnostics_in_every_form() {
    let two = two();
    let report = Report::new(vec![misspelt(&two), conflict(&two), unused(&two)], &[&two.sources]);
    let ascii = Style { unicode: false, width: 60, ..Style::default() };
    let outputs = [
        ("display", report.to_string()),
        ("render", render(&report, Style::default())),
        ("render, ASCII", render(&report, ascii)),
        ("json", to_json(&report)),
    ];
    snapshot!("several", shown(&two.sources, &outputs));
}

#[test]
fn miette_shows_what_render_shows() {
    let two = two();
    let report = Report::new(vec![misspelt(&two), conflict(&two)], &[&two.sources]);
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor());
    let mut out = String::new();
    handler.render_report(&mut out, &report).expect("writing to a string");
    snapshot!("miette", shown(&two.sources, &[("miette", out)]));
    assert_eq!(miette::Diagnostic::related(&report).map(Iterator::count), Some(2));
    let one = Report::new(vec![conflict(&two)], &[&two.sources]);
    assert_eq!(miette::Diagnostic::code(&one).map(|code| code.to_string()).as_deref(), Some("P0401"));
    assert_eq!(miette::Diagnostic::labels(&one).map(Iterator::count), Some(2));
    assert!(format!("{:?}", miette::Report::new(one)).contains("site/cwd.plim:4:2"));
}

#[test]
fn colours_only_when_asked_for() {
    let two = two();
    let report = Report::new(vec![conflict(&two)], &[&two.sources]);
    assert!(!render(&report, Style::default()).contains('\u{1b}'));
    assert!(render(&report, Style { color: true, ..Style::default() }).contains('\u{1b}'));
}

#[test]
fn nothing_that_harms_a_terminal_gets_through() {
    let text = "a: \u{1b}[31m\u{202e}x\u{85}\r é here\r\n\tb: 2\n";
    let mut sources = SourceMap::for_facts();
    let id = sources.add("de\u{7}ploy\nment", text);
    let diagnostic = Diagnostic::new(code::WRONG_INPUT_TYPE, "a \u{1b}]0;title\u{7} that\nis bad")
        .label(span(id, text, "here", 0), "not \u{9b}2J here")
        .label(span(id, text, "2", 0), "")
        .help("say \u{8}nothing");
    let report = Report::new(vec![diagnostic], &[&sources]);
    let outputs =
        [("display", report.to_string()), ("render", render(&report, Style::default())), ("json", to_json(&report))];
    for (name, output) in &outputs {
        let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!output.contains(hidden), "{name}: {output:?}");
    }
    assert_eq!(outputs[0].1.lines().count(), 1);
    let json: serde_json::Value = serde_json::from_str(&outputs[2].1).expect("one object");
    assert_eq!(json["message"], "a \u{1b}]0;title\u{7} that\nis bad");
    snapshot!("hostile", outputs.iter().map(|(name, output)| format!("════ {name}\n{output}\n")).collect::<String>());
}

#[test]
fn long_lines_are_cut_to_what_is_near_a_label() {
    let text = format!("{}HERE{}THERE{}\nshort\n", "a".repeat(500_000), "é".repeat(250_000), "b".repeat(9));
    let mut sources = SourceMap::for_policy();
    let id = sources.add("long.plim", text.as_str());
    let diagnostic = Diagnostic::new(code::SYNTAX, "a ".repeat(600_000))
        .label(span(id, &text, "HERE", 0), "one")
        .label(span(id, &text, "THERE", 0), "two");
    let mut whole = Diagnostic::new(code::UNTERMINATED, "all of it");
    whole = whole.label(Span::new(id, 0, text.len() as u32), "from end to end");
    let report = Report::new(vec![diagnostic, whole], &[&sources]);
    let out = render(&report, Style::default());
    assert!(out.len() < 6_000, "{} bytes", out.len());
    snapshot!("long", out);
}

#[test]
fn places_at_the_edges_of_a_text() {
    let texts = ["", "\n", "a", "a\n", "a\n\n", "é", "\u{1}", "a\r\nb", "\t"];
    for text in texts {
        let mut sources = SourceMap::for_policy();
        let id = sources.add("edge.plim", text);
        let ends = text.len() as u32 + 3;
        for start in 0..ends {
            for end in 0..ends {
                let diagnostic = Diagnostic::new(code::SYNTAX, "edge").label(Span::new(id, start, end), "here");
                let out = render(&Report::new(vec![diagnostic], &[&sources]), Style::default());
                assert!(out.contains("[edge.plim:") && out.contains("here"), "{text:?} {start}..{end}:\n{out}");
            }
        }
    }
}

#[test]
fn long_labels_and_many_diagnostics() {
    let text = "line\n".repeat(3_000);
    let mut sources = SourceMap::for_policy();
    let id = sources.add("many.plim", text.as_str());
    let whole = Diagnostic::new(code::UNTERMINATED, "never closed").label(Span::new(id, 2, 14_000), "from here");
    let out = render(&Report::new(vec![whole], &[&sources]), Style::default());
    assert!(out.lines().count() < 20, "{out}");
    let each = |line: u32| Diagnostic::new(code::SYNTAX, "bad").label(Span::new(id, line * 5, line * 5 + 4), "");
    let report = Report::new((0..3_000).map(each).collect(), &[&sources]);
    let out = render(&report, Style::default());
    assert!(out.contains("[many.plim:3000:1]"));
    assert_eq!(to_json(&report).lines().count(), 3_000);
}

#[test]
fn every_code_has_a_page_under_its_title() {
    for code in CODES {
        let page = explain(*code);
        assert_eq!(page.lines().next(), Some(format!("# {code}: {}", code.title()).as_str()));
        assert!(page.lines().nth(2).is_some_and(|line| line.len() > 20), "{code} says why");
        assert!(page.ends_with('\n') && page.lines().all(|line| line.len() <= 120), "{code} is laid out");
    }
}

#[test]
fn pages_hold_only_fences_that_can_be_run() {
    let known = ["plim", "toml", "yaml", "json request"];
    for code in CODES {
        let mut open = false;
        for fence in explain(*code).lines().filter_map(|line| line.strip_prefix("```")) {
            assert!(
                if open { fence.is_empty() } else { known.contains(&fence.trim_end_matches(" fixed")) },
                "{code}: ```{fence}"
            );
            open = !open;
        }
        assert!(!open, "{code} closes its fences");
    }
}
