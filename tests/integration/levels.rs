//! What findings weigh, and the formats for other programs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail")]

use plimsoll::diagnostics::{Allowed, Diagnostic, Report, Severity, Style, code, render, to_github, to_json, to_sarif};
use plimsoll::levels::{Level, Levels, Subject};
use plimsoll::policy::Layers;
use plimsoll::source::{SourceMap, Span};
use serde_json::Value;

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/fixtures/levels/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn found(layers: Layers) -> Report {
    layers.compile().map_or_else(|report| report, |policy| policy.warnings())
}

fn snapshot(name: &str, shown: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/levels"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, shown) });
}

#[test]
fn comments_allow_with_a_reason() {
    let report = found(Layers::new().layer("site", [("site/a.plim", fixture("heard.plim"))]));
    assert!(report.diagnostics.is_empty(), "{}", render(&report, Style::default()));
    let allowed: Vec<_> = report.allowed.iter().map(|it| (it.diagnostic.code.id(), &*it.reason)).collect();
    let reasons = [
        ("P0208", "the next release uses it"),
        ("P0310", "a service without a GPU is meant as well"),
        ("P0402", "kept until the jobs are gone; \"rtype\" is about to change"),
    ];
    assert_eq!(allowed.len(), reasons.len());
    assert!(reasons.iter().all(|reason| allowed.contains(reason)), "{allowed:?}");
}

#[test]
fn comments_that_allow_nothing_are_told() {
    for name in ["unheard", "idle"] {
        let text = fixture(&format!("{name}.plim"));
        let report = found(Layers::new().layer("site", [("site/a.plim", text.as_str())]));
        snapshot(name, &format!("{text}════\n{}", render(&report, Style::default())));
    }
}

#[test]
fn settings_that_cannot_be_used_are_told() {
    let text = fixture("plimsoll.toml");
    let report = found(Layers::new().layer("site", [("site/plimsoll.toml", text.as_str())]));
    snapshot("settings", &format!("{text}════\n{}", render(&report, Style::default())));
    for broken in ["[levels", "[levels]\nwarnings = ", "levels = 3", "[levels]\nP0208 = \"deny\"\nP0208 = \"warn\""] {
        let report = found(Layers::new().layer("site", [("plimsoll.toml", broken)]));
        assert!(!report.diagnostics.is_empty(), "{broken}");
        assert!(report.diagnostics.iter().all(|it| it.code == code::BAD_SETTINGS && !it.labels.is_empty()), "{report}");
    }
    let deep = format!("a = {}", "[".repeat(500_000));
    assert!(found(Layers::new().layer("site", [("plimsoll.toml", deep)])).has_errors());
}

type Given = [(&'static str, Level)];

/// How one unused `let` weighs with what a run and a `plimsoll.toml` of its layer say: `-`, `w` or `e`.
fn weight(run: &Given, file: &str) -> char {
    let levels = run.iter().fold(Levels::new(), |all, (name, level)| all.with(Subject::parse(name).unwrap(), *level));
    let settings = format!("[levels]\n{file}");
    let files = [("a.plim", "let idle = 1"), ("plimsoll.toml", settings.as_str())];
    let report = found(Layers::new().layer("site", files).levels(levels));
    match report.diagnostics.as_slice() {
        [] => '-',
        [only] if only.severity == Severity::Warning => 'w',
        [_] => 'e',
        _ => '?',
    }
}

#[test]
fn the_nearest_level_counts() {
    use Level::{Allow, Deny, Warn};
    let cases: [(&Given, &str, char); 10] = [
        (&[], "", 'w'),
        (&[], "warnings = \"deny\"", 'e'),
        (&[], "P0208 = \"allow\"", '-'),
        (&[], "warnings = \"deny\"\nP0208 = \"warn\"", 'w'),
        (&[("P0208", Deny)], "P0208 = \"allow\"", 'e'),
        (&[("p0208", Warn)], "warnings = \"deny\"", 'w'),
        (&[("warnings", Deny)], "", 'e'),
        (&[("warnings", Deny)], "P0208 = \"allow\"", '-'),
        (&[("warnings", Allow), ("P0208", Deny)], "", 'e'),
        (&[("warnings", Warn)], "warnings = \"deny\"", 'w'),
    ];
    for (run, file, expected) in cases {
        assert_eq!(weight(run, file), expected, "{run:?} {file}");
    }
}

/// What is only advice is no warning, and has a level of its own.
#[test]
fn advice_has_levels_of_its_own() {
    use Level::{Allow, Deny, Warn};
    let doubtful = "rule a when len(service.devices) > 2 { hostname = \"a\" }\n\
        rule b when len(container.service) > 9 { hostname = \"b\" }\n";
    let found = |run: &Given, file: &str, comment: &str| {
        let levels =
            run.iter().fold(Levels::new(), |all, (name, level)| all.with(Subject::parse(name).unwrap(), *level));
        let (rules, settings) = (doubtful.replace("rule b", &format!("{comment}rule b")), format!("[levels]\n{file}"));
        let files = [("a.plim", rules.as_str()), ("plimsoll.toml", settings.as_str())];
        let report = found(Layers::new().layer("site", files).levels(levels));
        report.diagnostics.iter().map(|it| (it.code.id(), it.severity)).collect::<Vec<_>>()
    };
    assert_eq!(found(&[], "", ""), [("P0405", Severity::Advice)]);
    assert_eq!(found(&[("warnings", Deny)], "", ""), [("P0405", Severity::Advice)]);
    assert_eq!(found(&[("P0405", Warn)], "", ""), [("P0405", Severity::Warning)]);
    assert_eq!(found(&[("P0405", Deny)], "P0405 = \"allow\"", ""), [("P0405", Severity::Error)]);
    assert_eq!(found(&[("P0405", Allow)], "", ""), []);
    assert_eq!(found(&[], "P0405 = \"allow\"", ""), []);
    assert_eq!(found(&[], "", "# plimsoll: allow P0405 they never meet\n"), []);
    assert_eq!(found(&[], "", "# plimsoll: allow P0404 they never meet\n").len(), 2);
}

#[test]
fn settings_are_of_their_own_layer() {
    let denies = ("b/plimsoll.toml", "[levels]\nwarnings = \"deny\"");
    let layers = Layers::new().layer("a", [("a/a.plim", "let one = 1")]);
    let report = found(layers.layer("b", [("b/b.plim", "let two = 2"), denies]));
    let found: Vec<_> = report.diagnostics.iter().map(|it| (it.severity, it.message.as_str())).collect();
    assert_eq!(found, [(Severity::Error, "nothing uses `two`"), (Severity::Warning, "nothing uses `one`")]);
}

/// A mistake with a remedy, one that is allowed, one in two files and one without a place; names and texts that would
/// break out of what they are written into.
fn hostile() -> Report {
    let mut sources = SourceMap::for_policy();
    let first = sources.add("site/a,b:c%\n\r\u{202e}.plim", "let å = 1\nrule x\n");
    let other = sources.add("C:odd [x](y).plim", "one\ntwo\n");
    let all = vec![
        Diagnostic::new(code::UNUSED_LET, "nothing uses `å`, 100%\r\n::error::injected")
            .label(Span::new(first, 4, 6), "it, or {this}")
            .help("see [x](https://example.com)")
            .edit(Span::new(first, 0, 11), ""),
        Diagnostic::new(code::CONFLICT, "two lines")
            .label(Span::new(first, 4, 17), "")
            .label(Span::new(other, 4, 7), "here\u{1b}[31m"),
        Diagnostic::new(code::UNREADABLE, "no place"),
    ];
    let quiet = Diagnostic::new(code::NEVER_APPLIES, "quiet").label(Span::new(other, 0, 3), "");
    let allowed = vec![Allowed { diagnostic: quiet, reason: "\u{7}for a reason".into() }];
    Report::new(all, &[&sources]).with_allowed(allowed, &[&sources])
}

#[test]
fn formats_for_programs_keep_their_form() {
    let report = hostile();
    let sarif: Value = serde_json::from_str(&to_sarif(&report)).unwrap();
    let shown = format!(
        "{}════ json\n{}════ github\n{}════ sarif\n{sarif:#}\n",
        render(&report, Style::default()),
        to_json(&report),
        to_github(&report)
    );
    snapshot("formats", &shown);
    assert_eq!(to_github(&report).lines().count(), 3);
    assert!(to_github(&report).lines().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")));
    assert!(!to_github(&report).contains(['\r', '\u{202e}', '\u{1b}']));
}

/// What the standard asks of a document, as far as a program that reads one relies on it.
#[test]
fn sarif_is_whole() {
    let empty: Value = serde_json::from_str(&to_sarif(&Report::default())).unwrap();
    assert_eq!((&empty["version"], &empty["runs"][0]["results"]), (&Value::from("2.1.0"), &Value::Array(Vec::new())));
    let text = fixture("idle.plim");
    let report = found(Layers::new().layer("site", [("site/a.plim", text.as_str())]));
    let sarif: Value = serde_json::from_str(&to_sarif(&report)).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report.diagnostics.len() + report.allowed.len());
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# P0"));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let at = |name: &str| region[name].as_u64().unwrap();
        assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")));
    }
}
