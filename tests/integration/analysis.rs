//! What is said of a policy's conditions before any service arrives, and what must not be said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

#[path = "analysis/brute.rs"]
mod brute;
#[path = "../bench/mixed.rs"]
mod mixed;
#[path = "analysis/needless.rs"]
mod needless;
#[path = "analysis/proofs.rs"]
mod proofs;

use std::fmt::Write as _;
use std::path::PathBuf;

use plimsoll::analysis::Standing;
use plimsoll::diagnostics::{Label, Report, Severity, Style, code, render};
use plimsoll::policy::Layers;

fn fixtures(folder: &str) -> Vec<(String, String)> {
    let folder = format!("{}/tests/fixtures/analysis/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    paths.iter().map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), read(path))).collect()
}

/// A policy of one layer; of several, where a line `#### layer NAME` stands before each.
fn layers(text: &str) -> Layers {
    let layers = match text.split_once("#### layer ") {
        Some((_, layers)) => layers.split("#### layer ").map(|layer| layer.split_once('\n').unwrap()).collect(),
        None => vec![("site", text)],
    };
    layers.into_iter().fold(Layers::new(), |all, (name, text)| match text {
        "" => all.shipped(name),
        text => all.layer(name, [(format!("{name}/rules.plim"), text)]),
    })
}

fn found(text: &str) -> Report {
    let policy = layers(text).compile();
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

/// The same rules refuse each witness, for the conflict that it is the witness of and for nothing else.
#[test]
fn witnesses_show_what_is_told() {
    let mut shown = 0;
    for (name, text) in fixtures("found") {
        let policy = layers(&text).unanalysed().compile().unwrap();
        for told in found(&text).diagnostics {
            assert!(told.code != code::CONFLICT || told.witness.is_some(), "{name}: {}", told.message);
            let Some(witness) = told.witness else { continue };
            if told.code != code::CONFLICT {
                // What is only a warning refuses nothing.
                brute::is_read(&policy, &witness.request);
                continue;
            }
            let refusal = brute::refusal(&policy, &witness.request);
            let says = |it: &&Label| it.text.contains("` says ");
            let sides: Vec<_> = refusal.labels.iter().filter(says).map(|it| it.span).collect();
            let mut claimed: Vec<_> = told.labels.iter().map(|it| it.span).collect();
            claimed.sort();
            assert_eq!(sides, claimed, "{name}: {} and {}", told.message, refusal.message);
            shown += 1;
        }
    }
    assert!(shown > 2);
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

/// The last rule is looked at as well as the first, and none is compared with all others.
#[test]
fn many_rules_are_looked_at() {
    let mut text = mixed::many(10_000);
    text += "rule last when service.rtype == \"job\" and service.rtype == \"cron\" { process.cwd = \"/\" }\n";
    text += "rule first when service.rtype == \"job\" { annotations[\"n3\"] = \"y\" }\n";
    let mut told: Vec<String> = found(&text).diagnostics.into_iter().map(|it| it.message).collect();
    told.sort();
    let undecided = "a question about what conditions can do took too long: each service is asked instead";
    assert_eq!(told, ["`last` can never apply", "`r3` and `first` set `annotations[\"n3\"]` differently", undecided]);
}

/// What is too large ends, claims nothing, and is said once.
#[test]
fn hostile_conditions_end_undecided() {
    let deep = |n: usize| (0..n).fold("service.privileged".to_owned(), |it, _| format!("not ({it})"));
    let wide = |n: usize| {
        let parts = (0..n).map(|k| format!("(service.env[\"A{k}\"] == \"x\" or service.env[\"B{k}\"] == \"y\")"));
        parts.collect::<Vec<_>>().join(" and ")
    };
    let few = (0..9).map(|k| format!("(service.image.name like \"*{k}*\" or container.service like \"*{k}?\")"));
    let few = few.collect::<Vec<_>>().join(" and ");
    let told = |text: &str| found(text).diagnostics;
    let rule = |guard: String| format!("rule hostile when {guard} {{ annotations[\"a\"] = \"1\" }}");
    assert_eq!(told(&rule(deep(30))), []);
    // A case that nothing contradicts is enough to say nothing; the others need not be gone through.
    assert_eq!(told(&rule(format!("{few} and service.image.name not like \"*1*2*\""))), []);
    let told = told(&rule(wide(2_000)));
    assert!(matches!(&*told, [one] if one.code == code::UNDECIDED && !one.labels.is_empty()), "{told:?}");
    assert_eq!(told[0].severity, Severity::Advice);
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
        let mut failing: Vec<&str> = Vec::new();
        for (invariant, standing) in policy.standings() {
            match standing {
                Standing::Holds => holding.push(&invariant.name),
                Standing::CanFail { witness: Some(_), .. } => failing.push(&invariant.name),
                _ => {}
            }
        }
        let proved = ["capabilities.no-surprise", "capabilities.consistent", "cgroup.never-raw", "paths.masked"];
        assert_eq!(holding, proved, "{layers:?}");
        // The stricter layer allows each node by its own numbers.
        assert_eq!(failing, if layers.len() == 1 { vec!["devices.usable"] } else { Vec::new() }, "{layers:?}");
    }
}

/// Thousands of atoms on one path, and thousands of writers of one.
#[test]
fn hostile_policies_end_undecided() {
    let rules = |n: usize, rule: fn(usize) -> String| (0..n).map(rule).collect::<String>();
    // Each pair overlaps by its names, and none of them can be told not to conflict without a look at every pair.
    let writers = rules(3_000, |k| {
        format!(
            "rule w{k} when service.image.name like \"*{k}*\" and service.rtype == \"{}\" {{ hostname = \"h{k}\" }}\n",
            ["job", "cron"][k % 2]
        )
    });
    let told = found(&writers).diagnostics;
    assert!(told.iter().any(|it| it.code == code::CONFLICT && it.witness.is_some()), "{:?}", told.first());
    let atoms = (0..3_000).map(|k| format!("service.image.name != \"a{k}\"")).collect::<Vec<_>>().join(" and ");
    let told = found(&format!("rule atoms when {atoms} {{ annotations[\"a\"] = \"1\" }}")).diagnostics;
    assert!(told.iter().all(|it| it.code == code::UNDECIDED), "{told:?}");
    let apart =
        rules(2_000, |k| format!("rule w{k} when service.image.name like \"t{k}/*\" {{ hostname = \"h{k}\" }}\n"));
    assert!(found(&apart).diagnostics.iter().any(|it| it.code == code::UNDECIDED));
}
