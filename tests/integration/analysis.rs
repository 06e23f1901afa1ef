//! What is said of a policy's conditions before any service arrives, and what must not be said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

use std::path::PathBuf;

use plimsoll::diagnostics::{Report, Style, render};
use plimsoll::policy::Layers;

fn fixtures(folder: &str) -> Vec<(String, String)> {
    let folder = format!("{}/tests/fixtures/analysis/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    paths.iter().map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), read(path))).collect()
}

fn found(text: &str) -> Report {
    let policy = Layers::new().layer("site", [("site/rules.plim", text)]).compile();
    policy.map_or_else(|report| report, |policy| policy.warnings())
}

#[test]
fn findings_are_told() {
    for (name, text) in fixtures("found") {
        let told = render(&found(&text), Style::default());
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/analysis"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name, format!("{text}════\n{told}")) });
    }
}

/// Each rule of these policies is a near miss.
#[test]
fn near_misses_are_silent() {
    for (name, text) in fixtures("silent") {
        let report = found(&text);
        assert!(report.diagnostics.is_empty(), "{name}: {}", render(&report, Style::default()));
    }
}

#[test]
fn shipped_layers_are_free_of_findings() {
    for layers in [&["standard"][..], &["standard", "hardened"]] {
        let policy = layers.iter().fold(Layers::new(), |all, name| all.shipped(name)).compile();
        let report = policy.map_or_else(|report| report, |policy| policy.warnings());
        assert!(report.diagnostics.is_empty(), "{layers:?}: {}", render(&report, Style::default()));
    }
}
