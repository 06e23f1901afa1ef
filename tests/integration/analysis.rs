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
#[path = "analysis/together.rs"]
mod together;

use std::fmt::Write as _;
use std::path::PathBuf;

use plimsoll::analysis::Standing;
use plimsoll::diagnostics::{Label, Report, Severity, Style, code, render, to_github, to_json, to_sarif};
use plimsoll::policy::Layers;
use plimsoll::source::Span;

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
            // An element stands in its statement.
            let is_in = |(side, it): (&Span, &Span)| side.start <= it.start && it.end <= side.end;
            let same = sides.len() == claimed.len() && sides.iter().zip(&claimed).all(is_in);
            assert!(same, "{name}: {} and {}", told.message, refusal.message);
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

/// The codes of what is found, each with the fixture that has it and the one with its near misses.
const FINDINGS: [(&str, &str, &str); 15] = [
    ("P0401", "conflicts", "conflicts"),
    ("P0402", "never-applies", "guards"),
    ("P0403", "constant-conditions", "guards"),
    ("P0405", "doubtful", "conflicts"),
    ("P0410", "invariants", "invariants"),
    ("P0411", "invariants", "invariants"),
    ("P0412", "required", "required"),
    ("P0420", "writes", "writes"),
    ("P0421", "writes", "writes"),
    ("P0422", "writes", "conflicts"),
    ("P0423", "devices", "devices"),
    ("P0424", "devices", "devices"),
    ("P0425", "sets", "sets"),
    ("P0426", "mounts", "mounts"),
    ("P0427", "replacements", "replacements"),
];

/// Each is told of one fixture, in every format, and has near misses, which are silent.
#[test]
fn each_finding_has_fixtures_and_formats() {
    let (told, silent) = (fixtures("found"), fixtures("silent"));
    for (id, name, near) in FINDINGS {
        let report = found(&told.iter().find(|(it, _)| it == name).unwrap().1);
        assert!(report.diagnostics.iter().any(|it| it.code.id() == id && !it.labels.is_empty()), "{id}");
        assert!(silent.iter().any(|(it, _)| it == near), "{id}: no near miss");
        let lines = to_json(&report);
        assert!(lines.lines().any(|line| line.contains(&format!("\"code\":\"{id}\""))), "{id}: {lines}");
        assert!(to_github(&report).contains(&format!("title={id}")), "{id}");
        let sarif: serde_json::Value = serde_json::from_str(&to_sarif(&report)).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert!(results.iter().any(|it| it["ruleId"] == id), "{id}");
    }
}

/// What stops an analysis is said, where it stops.
#[test]
fn bounds_are_said() {
    let many = |n: usize, write: &str| {
        let rule = |k| format!("rule w{k} when service.env[\"A{k}\"] == \"x\" {{ {write} }}\n");
        (0..n).map(rule).collect::<String>()
    };
    let whole = "rule spec { ociVersion = \"1.0.2\" root.path = \"x\" process.user = { uid: 0, gid: 0 } }\n";
    let deep = "/a".repeat(40);
    let node = "rule node { linux.devices += { path: \"/dev/a\", type: \"c\", major: 10, minor: 1 }\n\
        linux.resources.devices += { allow: false, access: \"rwm\" } }\n";
    let cases = [
        ("writes of one value", many(600, "hostname = \"h\"")),
        (
            "rules that put an element in",
            many(40, "process.capabilities.permitted += \"KILL\"")
                + "rule ambient { process.capabilities.ambient += \"KILL\" }",
        ),
        (
            "rules that allow a node",
            many(40, "linux.resources.devices += { allow: true, type: \"c\", major: 10, access: \"r\" }") + node,
        ),
        (
            "rules that deny what is allowed",
            many(40, "linux.resources.devices += { allow: false, type: \"c\", access: \"rw\" }")
                + "rule allow { linux.resources.devices += { allow: true, type: \"c\", major: 10, access: \"rw\" } }",
        ),
        (
            "paths above a mount",
            format!("rule mount {{ mounts += {{ destination: \"{deep}\", type: \"tmpfs\", source: \"tmpfs\" }} }}"),
        ),
        ("writes of a required field", whole.to_owned() + &many(250, "process.cwd = \"/\"")),
        (
            "conditions around another",
            format!(
                "rule near when {} and container.service like \"a*\" {{ hostname = \"h\" }}",
                (0..40).map(|k| format!("service.env[\"A{k}\"] == \"x\"")).collect::<Vec<_>>().join(" and ")
            ),
        ),
    ];
    for (what, text) in cases {
        let told = found(&text).diagnostics;
        let said = told.iter().find(|it| it.code == code::UNDECIDED);
        assert!(said.is_some_and(|it| it.labels.len() == 1), "{what}: {told:?}");
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
    // Once for the rule, and once for the whole policy.
    assert!((1..=2).contains(&told.len()), "{told:?}");
    for it in told {
        assert_eq!((it.code, it.severity, it.labels.len()), (code::UNDECIDED, Severity::Advice, 1), "{}", it.message);
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
