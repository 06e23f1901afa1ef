//! Edits that findings offer: what comes of them is checked, and never worse.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may fail")]

use std::path::{Path, PathBuf};

use plimsoll::diagnostics::{Applicability, Report, Severity, Style, render};
use plimsoll::fix::{Fixed, fix};
use plimsoll::policy::Layers;
use similar::TextDiff;

fn fixtures(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    paths.iter().map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), read(path))).collect()
}

fn layers(text: &str) -> Layers {
    Layers::new().layer("site", [("site/rules.plim", text)])
}

fn found(layers: Layers) -> Report {
    layers.compile().map_or_else(|report| report, |policy| policy.warnings())
}

fn errors(report: &Report) -> usize {
    report.diagnostics.iter().filter(|it| it.severity == Severity::Error).count()
}

fn changes(fixed: &Fixed) -> String {
    let pairs = fixed.files.values();
    pairs.map(|(before, after)| TextDiff::from_lines(&**before, &**after).unified_diff().to_string()).collect()
}

#[test]
fn edits_are_made_and_checked() {
    for (name, text) in fixtures("fix") {
        let mut shown = text.clone();
        for least in [Applicability::Certain, Applicability::Likely] {
            let fixed = fix(layers(&text), least);
            let refused = if fixed.refused { "refused\n" } else { "" };
            let left = render(&fixed.left, Style::default());
            shown += &format!("════ {least}: {} mended\n{refused}{}════ left\n{left}", fixed.mended, changes(&fixed));
        }
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/fix"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name, shown) });
    }
}

/// Every mistake that there is a fixture of: the result is never worse, and doing it again changes nothing.
#[test]
fn results_are_no_worse_and_settled() {
    for (name, text) in
        ["fix", "check/bad", "syntax/errors", "analysis/found", "levels"].iter().flat_map(|it| fixtures(it))
    {
        for least in [Applicability::Certain, Applicability::Likely] {
            let before = found(layers(&text));
            let fixed = fix(layers(&text), least);
            assert!(errors(&fixed.left) <= errors(&before), "{name} {least}");
            assert_eq!(fixed.refused && fixed.files.is_empty(), fixed.refused, "{name} {least}");
            let again = fix(fixed.layers.clone(), least);
            assert!(again.files.is_empty(), "{name} {least}: {}", changes(&again));
        }
    }
}

#[test]
fn shipped_files_are_left_alone() {
    let site = [("site/rules.plim", "let idle = 1\nremove rule process.noo-new-privileges\n")];
    let fixed = fix(Layers::standard().layer("site", site), Applicability::Likely);
    assert!(fixed.files.keys().all(|name| name == "site/rules.plim"), "{:?}", fixed.files);
}
