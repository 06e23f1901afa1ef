//! The questions that a person asks first, and the answers.

use std::fmt::Write as _;

use plimsoll::eval::Arena;
use plimsoll::explanation::text::{self, Paint};
use plimsoll::explanation::{Explanation, Verdict};
use plimsoll::facts::request::Request;
use plimsoll::policy::{Layers, Policy};

const SHOP: &str = include_str!("../fixtures/render/shop.yaml");
const HOST: &str = include_str!("../fixtures/render/host.json");
const GIVEN: &[(&str, &str)] =
    &[("volumes", r#"{"data": "/volumes/data"}"#), ("secrets", r#"{"shop": "{\"db\": \"hunter2\"}"}"#)];

fn asked<T>(
    policy: &Policy,
    deployment: &str,
    service: &str,
    options: &[(&str, &str)],
    ask: impl FnOnce(&Explanation<'_>) -> T,
) -> T {
    let builder = Request::builder("shop.yaml", deployment).service(service).recording("host.json", HOST);
    let builder = options.iter().fold(builder, |builder, (name, value)| builder.option(*name, *value));
    let facts = builder.build(policy.schema()).and_then(|request| request.facts()).expect("a sound request");
    ask(&policy.explain(&facts, &Arena::new()))
}

fn why(policy: &Policy, service: &str, path: &str) -> String {
    asked(policy, SHOP, service, GIVEN, |it| match it.why(path) {
        Ok(answer) => text::why(&answer, Paint::default()),
        Err(report) => report.to_string(),
    })
}

fn why_not(policy: &Policy, service: &str, rule: &str) -> String {
    asked(policy, SHOP, service, GIVEN, |it| match it.why_not(rule) {
        Ok(answer) => text::why_not(&answer, Paint::default()),
        Err(report) => report.to_string(),
    })
}

/// Each question above its answer.
fn snapshot(name: &str, told: impl IntoIterator<Item = (String, String)>) {
    let mut out = String::new();
    for (question, answer) in told {
        let _ = writeln!(out, "──── {question}\n{answer}");
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/explanation"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, out) });
}

fn standard() -> Policy {
    Policy::standard().expect("the shipped policy")
}

#[test]
fn what_a_person_asks_first() {
    let policy = standard();
    let questions = [
        ("tool", "process.capabilities.bounding[SYS_ADMIN]"),
        ("web", "process.capabilities.bounding[SYS_ADMIN]"),
        ("web", "/linux/devices"),
        ("web", "linux.devices[\"/dev/nvidia0\"]"),
        ("trainer", "linux.devices[\"/dev/nvidia1\"]"),
        ("db", "mounts[\"/etc/pg.conf\"]"),
        ("db", "mounts[\"/tmp\"]"),
        ("db", "process.env.*PASSWORD"),
        ("db", "linux.resources.cpu.*"),
        ("web", "linux.resources.memory.limit"),
        ("web", "hooks.prestart"),
    ];
    let answers = questions.map(|(service, path)| (format!("{service}: why {path}"), why(&policy, service, path)));
    snapshot("why", answers);
    assert!(!why(&policy, "db", "*").contains("hunter2"), "a secret is shown");
}

#[test]
fn why_a_rule_did_nothing() {
    let policy = Layers::standard().shipped("hardened").compile().expect("the shipped layers");
    let questions = [
        ("web", "gpu.count"),
        ("web", "gpu.nodes"),
        ("trainer", "gpu.nodes"),
        ("tool", "gpu.cgroup"),
        ("db", "no-new-privileges"),
        ("db", "hardened.no-new-privileges"),
        ("tool", "capabilities.no-surprise"),
        ("web", "gpu.node"),
        ("web", "nodes"),
    ];
    let answers =
        questions.map(|(service, rule)| (format!("{service}: why not {rule}"), why_not(&policy, service, rule)));
    snapshot("why-not", answers);
}

/// A deployment that rules refuse, an invariant, and writes that disagree.
#[test]
fn why_it_is_refused() {
    let layer = r#"
rule site.memory
  when service.resources.memory is not set
{
  deny "`{container.service}` has no memory limit"
}
invariant site.rooted { require spec.process.user.uid == 0 else deny "not root" }
"#;
    let policy = Layers::standard().layer("site", [("site.plim", layer)]).compile().expect("a sound layer");
    let mut told = vec![("web: why process.cwd".to_owned(), why(&policy, "web", "process.cwd"))];
    told.push(("web: why not site.memory".to_owned(), why_not(&policy, "web", "site.memory")));
    let broken = layer.replace("uid == 0", "uid == 1").replace("is not set", "== 7");
    let policy = Layers::standard().layer("site", [("site.plim", broken)]).compile().expect("a sound layer");
    told.push(("web: why process.user.uid".to_owned(), why(&policy, "web", "/process/user/uid")));
    let rivals = "rule one { hostname = \"a\" when service.hostname is set else \"b\" }\n\
                  rule two when service.hostname is not set { hostname = \"c\" }\n";
    let layers = Layers::standard().layer("site", [("site.plim", rivals)]);
    let policy = layers.unanalysed().compile().expect("a layer whose rules disagree");
    told.push(("web: why hostname".to_owned(), why(&policy, "web", "hostname")));
    snapshot("refused", told);
}

#[test]
fn blame_names_a_rule_for_each_line() {
    let policy = Layers::standard().shipped("hardened").compile().expect("the shipped layers");
    asked(&policy, SHOP, "db", GIVEN, |it| {
        let blame = it.blame().expect("a spec");
        snapshot("blame", [("db: blame".to_owned(), text::blame(&blame, Paint::default()))]);
        let spec: serde_json::Value = serde_json::from_str(&it.spec().expect("a spec")).expect("JSON");
        for entry in &blame.entries {
            let found = spec.pointer(&entry.pointer).is_some() || entry.pointer.starts_with("/files/");
            assert!(found, "{} is not in the spec", entry.pointer);
        }
        for line in blame.lines.iter().filter(|line| line.entry.is_none()) {
            assert!(line.text.ends_with(['{', '[', '}', ']', ',']), "nobody wrote {}", line.text);
        }
        let values = blame.lines.iter().filter(|line| line.text.trim_start().starts_with("\"CAP_"));
        assert!(values.clone().count() > 0 && values.clone().all(|line| line.entry.is_some()));
    });
}

#[test]
fn colours_change_nothing_else() {
    let plain = |text: &str| {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            out.push_str(before);
            rest = after.split_once('m').expect("an escape").1;
        }
        out + rest
    };
    asked(&standard(), SHOP, "db", GIVEN, |it| {
        let (why, blame) = (it.why("*").expect("an answer"), it.blame().expect("a spec"));
        let painted = Paint { color: true };
        assert_eq!(plain(&text::why(&why, painted)), text::why(&why, Paint::default()));
        assert_ne!(text::why(&why, painted), text::why(&why, Paint::default()));
        assert_eq!(plain(&text::blame(&blame, painted)).lines().count(), blame.lines.len() + it_files(it));
    });
}

fn it_files(explanation: &Explanation<'_>) -> usize {
    let entries = explanation.blame().expect("a spec").entries;
    entries.iter().filter(|entry| entry.pointer.starts_with("/files/")).count()
}

#[test]
fn nothing_of_a_deployment_reaches_a_terminal_raw() {
    let hostile = "version: v1\ndeployment: d\nservices:\n  web:\n    image: { name: x }\n    \
                   env: { \"A\\e[2J\": \"\\e]0;owned\\a\\u202e\", B: \"\\x9b31m\" }\n";
    asked(&standard(), hostile, "web", &[], |it| {
        let why = it.why("*").expect("an answer");
        let blame = it.blame().expect("a spec");
        let json = plimsoll::diagnostics::to_harmless(&why) + &plimsoll::diagnostics::to_harmless(&blame);
        for text in [text::why(&why, Paint::default()), text::blame(&blame, Paint::default()), json] {
            let raw = text.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
            assert_eq!(raw, None, "{text}");
        }
    });
}

#[test]
fn mistaken_paths() {
    let paths = [
        "process.capabilties",
        "/process/capabilties",
        "cwd",
        "process.capabilities.bounding[SYS_ADMNI]",
        "process.cwd.x",
        "linux.devices[\"/dev/kvm\"].majr",
        "mounts[\"/proc\"",
        "process.{cwd",
        "",
        "nothing*",
        "process.\u{1b}[2J",
    ];
    let policy = standard();
    let told = paths.map(|path| {
        let answer = asked(&policy, SHOP, "tool", GIVEN, |it| {
            let report = it.why(path).expect_err("no such path");
            plimsoll::diagnostics::render(&report, plimsoll::diagnostics::Style::default())
        });
        (format!("why {}", path.escape_debug()), answer)
    });
    snapshot("mistaken-paths", told);
}

/// One thing, asked for in all the ways that it has.
#[test]
fn a_path_has_many_spellings() {
    let policy = standard();
    let found = |service: &str, path: &str| {
        asked(&policy, SHOP, service, GIVEN, |it| {
            let why = it.why(path).unwrap_or_else(|report| panic!("{path}: {report}"));
            let found = why.answers.iter().flat_map(|answer| &answer.found);
            found.map(|found| found.path.clone()).collect::<Vec<_>>()
        })
    };
    for path in [
        "mounts[\"/dev/shm\"]",
        "mounts['/dev/shm']",
        "mounts[/dev/shm]",
        "mounts./dev/shm",
        "mounts[\"/dev/s?m\"]",
        "mounts[\"/dev/shm\"].options",
        "/mounts/~1dev~1shm",
        "/mounts/~1dev~1shm/source",
    ] {
        assert_eq!(found("web", path), ["mounts[\"/dev/shm\"]"], "{path}");
    }
    let all = found("web", "process.capabilities.{bounding, effective}[CAP_KILL]");
    assert_eq!(all, ["process.capabilities.bounding[\"KILL\"]", "process.capabilities.effective[\"KILL\"]"]);
    assert_eq!(found("db", "process.env.TZ"), found("db", "process.env[\"TZ\"]"));
    assert_eq!(found("db", "/process/env/0"), ["process.env[\"PATH\"]"]);
    assert_eq!(found("db", "/process/user/uid"), found("db", "process.user.uid"));
    assert!(found("db", "linux.*").len() > 20);
}

#[test]
fn invariants_that_look_at_a_value() {
    let policy = standard();
    asked(&policy, SHOP, "web", GIVEN, |it| {
        let why = it.why("process.capabilities.bounding").expect("an answer");
        let told: Vec<_> = why.invariants.iter().map(|looked| (looked.invariant.as_str(), looked.verdict)).collect();
        assert!(told.contains(&("capabilities.no-surprise", Verdict::Holds)), "{told:?}");
        assert!(it.why("process.cwd").expect("an answer").invariants.is_empty());
    });
}
