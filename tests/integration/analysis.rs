//! What is said of a policy's conditions before any service arrives, and what must not be said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

#[path = "analysis/brute.rs"]
mod brute;
#[path = "analysis/proofs.rs"]
mod proofs;

use std::fmt::Write as _;
use std::path::PathBuf;

use plimsoll::analysis::Standing;
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

/// Rules of mixed guards, most of which write one of a few places.
fn many(rules: usize) -> String {
    let mut text = String::new();
    for n in 0..rules {
        let (guard, write) = match n % 5 {
            0 => (format!("container.service == \"s{n}\""), format!("hostname = \"h{n}\"")),
            1 => (
                format!("service.resources.gpu is set and service.resources.gpu.count == {n}"),
                format!("linux.resources.pids.limit = {n}"),
            ),
            2 => (
                format!("service.env[\"TEAM\"] == \"t{n}\" and service.privileged"),
                format!("annotations[\"team\"] = \"t{n}\""),
            ),
            3 => (
                format!("service.image.name like \"house{n}/*\" or service.rtype == \"job\""),
                format!("annotations[\"n{n}\"] = \"x\""),
            ),
            _ => (
                format!("container.service == \"s{n}\" and \"SYS_ADMIN\" in service.capabilities"),
                "process.cwd = \"/srv\"".to_owned(),
            ),
        };
        writeln!(text, "rule r{n} when {guard} {{ {write} }}").unwrap();
    }
    text
}

/// The last rule is looked at as well as the first, and none is compared with all others.
#[test]
fn many_rules_are_looked_at() {
    let mut text = many(10_000);
    text += "rule last when service.rtype == \"job\" and service.rtype == \"cron\" { process.cwd = \"/\" }\n";
    text += "rule first when service.rtype == \"job\" { annotations[\"n3\"] = \"y\" }\n";
    let mut told: Vec<String> = found(&text).diagnostics.into_iter().map(|it| it.message).collect();
    told.sort();
    assert_eq!(told, ["`last` can never apply", "`r3` and `first` set `annotations[\"n3\"]` differently"]);
}

#[test]
fn hostile_conditions_end_in_silence() {
    let deep = |n: usize| (0..n).fold("service.privileged".to_owned(), |it, _| format!("not ({it})"));
    let wide = |n: usize| {
        let parts = (0..n).map(|k| format!("(service.env[\"A{k}\"] == \"x\" or service.env[\"B{k}\"] == \"y\")"));
        parts.collect::<Vec<_>>().join(" and ")
    };
    let few = (0..9).map(|k| format!("(service.image.name like \"*{k}*\" or container.service like \"*{k}?\")"));
    let few = few.collect::<Vec<_>>().join(" and ");
    for guard in [deep(30), wide(2_000), format!("{few} and service.image.name not like \"*1*2*\"")] {
        let report = found(&format!("rule hostile when {guard} {{ annotations[\"a\"] = \"1\" }}"));
        assert!(report.diagnostics.is_empty(), "{report}");
    }
}

#[test]
fn standings_are_told() {
    for (name, text) in fixtures("proofs") {
        let policy = Layers::new().layer("site", [("site/rules.plim", text.as_str())]).compile().unwrap();
        let mut told = String::new();
        for (invariant, standing) in policy.standings() {
            let word = match &standing {
                Standing::Holds => "holds".to_owned(),
                Standing::CanFail { service, .. } => format!("can fail: {}", service.join(" and ")),
                Standing::Unknown => "unknown".to_owned(),
            };
            writeln!(told, "{}: {word}", invariant.name).unwrap();
        }
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/analysis"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(format!("proofs-{name}"), format!("{text}════\n{told}")) });
    }
}

#[test]
fn shipped_policy_is_proved() {
    for layers in [&["standard"][..], &["standard", "hardened"]] {
        let policy = layers.iter().fold(Layers::new(), |all, name| all.shipped(name)).compile().unwrap();
        let mut holding: Vec<&str> = Vec::new();
        for (invariant, standing) in policy.standings() {
            if standing == Standing::Holds {
                holding.push(&invariant.name);
            }
        }
        let proved = ["capabilities.no-surprise", "capabilities.consistent", "cgroup.never-raw", "paths.masked"];
        assert_eq!(holding, proved, "{layers:?}");
    }
}
