//! Policies that people get wrong, with what they are told; and good ones, which must pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

mod accepted;

use std::path::{Path, PathBuf};

use plimsoll::diagnostics::{Report, Severity, Style, render};
use plimsoll::policy::{Layers, Policy};

/// The layers of a fixture: one file, or a folder with a folder for each layer.
fn layers(path: &Path) -> Vec<(String, Vec<(String, String)>)> {
    if path.is_file() {
        return vec![("site".to_owned(), vec![file(path)])];
    }
    entries(path).iter().map(|layer| (name(layer), entries(layer).iter().map(|path| file(path)).collect())).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "nothing in {}", folder.display());
    paths
}

fn file(path: &Path) -> (String, String) {
    let parent = path.parent().and_then(Path::file_name).unwrap().to_str().unwrap();
    (format!("{parent}/{}", path.file_name().unwrap().to_str().unwrap()), std::fs::read_to_string(path).unwrap())
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn compile(layers: &[(String, Vec<(String, String)>)]) -> Result<Policy, Report> {
    let all = layers.iter().fold(Layers::new(), |all, (name, files)| all.layer(name.as_str(), files.clone()));
    all.compile()
}

/// One policy of one file.
pub(super) fn compile_text(text: &str) -> Result<Policy, Report> {
    Layers::new().layer("site", [("site/rules.plim", text)]).compile()
}

/// All that is found in a policy, warnings of one that passes included.
fn found(layers: &[(String, Vec<(String, String)>)]) -> Report {
    compile(layers).map_or_else(|report| report, |policy| policy.warnings())
}

#[test]
fn mistakes_are_told() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/check/bad"));
    for path in entries(folder) {
        let layers = layers(&path);
        let report = found(&layers);
        let told = render(&report, Style::default());
        let mut shown = String::new();
        for (name, text) in layers.iter().flat_map(|(_, files)| files) {
            shown += &format!("──── {name}\n{text}");
        }
        assert!(!report.diagnostics.is_empty(), "nothing is told about {}", path.display());
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/check"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name(&path), format!("{shown}════\n{told}")) });
    }
}

/// A message is one lower-case line without a period, and so is nothing of it left open.
#[test]
fn messages_are_in_style() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/check/bad"));
    for path in entries(folder) {
        for diagnostic in found(&layers(&path)).diagnostics {
            let message = &diagnostic.message;
            let lower = message.starts_with(|c: char| !c.is_uppercase());
            assert!(lower && !message.ends_with('.') && !message.contains('\n'), "{message}");
            assert!(!diagnostic.labels.is_empty(), "no place: {message}");
            let help = diagnostic.help.as_deref().unwrap_or_default();
            assert!(!help.ends_with('.'), "{help}");
        }
    }
}

#[test]
fn good_policies_pass() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/check/good"));
    for path in entries(folder) {
        let report = found(&layers(&path));
        assert!(report.diagnostics.is_empty(), "{}:\n{}", path.display(), render(&report, Style::default()));
    }
}

#[test]
fn the_standard_policy_passes() {
    let policy = Layers::standard().compile();
    let report = policy.map_or_else(|report| report, |policy| policy.warnings());
    assert!(report.diagnostics.is_empty(), "{}", render(&report, Style::default()));
}

/// Texts that are long or nested for no good reason end in a diagnostic or a policy, not in a crash.
#[test]
fn hostile_policies_come_to_an_end() {
    const MANY: usize = 50_000;
    let chains = [
        format!("let x = service{}", ".a".repeat(MANY)),
        format!("let x = {}true", "not ".repeat(MANY)),
        format!("let x = {}1", "-".repeat(MANY)),
        format!("let x = service.devices{}", "[0]".repeat(MANY)),
        format!("let x = 1{}", " + 1".repeat(MANY)),
        format!("let x = [1]{}", " ++ [1]".repeat(MANY)),
        format!("let x = {{ a: 1 }}{}", " | { a: 1 }".repeat(MANY)),
        format!("let x = service.hostname{}", " else service.hostname".repeat(MANY)),
        format!("let x = 1{}", " when service.privileged".repeat(MANY)),
        format!("let x = service.privileged{}", " or service.privileged".repeat(MANY)),
        format!("let x = {}1{}", "[".repeat(60), "]".repeat(60)),
        format!("rule a {{ hostname{} = 1 }}", ".a".repeat(MANY)),
        format!("fact service{}: Int", ".a".repeat(MANY)),
        (0..3000).map(|i| format!("rule r{i} {{ annotations.a = \"{}\" }}\n", i % 2)).collect(),
        (0..3000).map(|i| format!("let a{i} = a{}\n", (i + 1) % 3000)).collect(),
    ];
    for text in chains {
        let head: String = text.chars().take(40).collect();
        let found = codes(&text);
        assert!(!found.contains("P09"), "{head}: {found}");
    }
}

/// The codes that a policy gets, each as often as it gets it; warnings in brackets.
pub(super) fn codes(text: &str) -> String {
    let report = compile_text(text).map_or_else(|report| report, |policy| policy.warnings());
    let code = |d: &plimsoll::diagnostics::Diagnostic| match d.severity {
        Severity::Error => d.code.to_string(),
        Severity::Warning | Severity::Advice => format!("({})", d.code),
    };
    report.diagnostics.iter().map(code).collect::<Vec<_>>().join(" ")
}
