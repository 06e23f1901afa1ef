//! Snapshots of services: those of the shipped policy are as they should be, and what is wrong with one is said.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::diagnostics::{self, Style};
use plimsoll::facts::request::Request;
use plimsoll::policy::{Layers, Policy};
use plimsoll::snapshot::{self, About, Snapshot, causes};

const SHOP: &str = "tests/fixtures/render/shop.yaml";
const HOST: &str = "tests/fixtures/render/host.json";
const OPTIONS: [(&str, &str); 2] =
    [("volumes", r#"{"data": "/volumes/data"}"#), ("secrets", r#"{"shop": "{\"db\": \"hunter2\"}"}"#)];
/// What makes them, in the top folder of the repository.
const MADE_BY: &str = "plimsoll snapshot tests/fixtures/render/shop.yaml --host tests/fixtures/render/host.json \
    --option 'volumes={\"data\": \"/volumes/data\"}' --option 'secrets={\"shop\": \"{\\\"db\\\": \\\"hunter2\\\"}\"}' --to";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a fixture")
}

fn folder(layer: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/policy").join(layer)
}

/// The snapshots of the shop by a policy.
fn made(policy: &Policy) -> Vec<Snapshot> {
    let builder = Request::builder(SHOP, read(SHOP)).recording(HOST, read(HOST));
    let builder = OPTIONS.iter().fold(builder, |builder, (name, value)| builder.option(*name, *value));
    let request = builder.build(policy.schema()).expect("a sound request");
    let about = About { host: HOST, options: &OPTIONS.map(|(name, _)| name) };
    let of = |service| Snapshot::of(policy, &request, service, &about).expect("a snapshot");
    request.services().map(of).collect()
}

fn shipped() -> [(&'static str, Policy); 2] {
    [("standard", Layers::standard()), ("hardened", Layers::standard().shipped("hardened"))]
        .map(|(name, layers)| (name, layers.unanalysed().compile().expect("shipped layers")))
}

#[test]
fn the_shipped_policy_is_as_its_snapshots() {
    for (layer, policy) in shipped() {
        let snapshots = made(&policy);
        for snapshot in &snapshots {
            let name = format!("{}.snap", snapshot.name);
            let kept = fs::read_to_string(folder(layer).join(&name)).unwrap_or_default();
            let shown = snapshot::read(&name, &kept).map(|kept| kept.body).unwrap_or_else(|report| report.to_string());
            let diff = similar::TextDiff::from_lines(&shown, &snapshot.body).unified_diff().to_string();
            assert!(
                shown == snapshot.body,
                "{layer}/{name} is another; see `{MADE_BY} snapshots/policy/{layer}`\n{diff}"
            );
            assert_eq!(snapshot.to_text(), kept, "{layer}/{name}");
        }
        let names: BTreeSet<String> = snapshots.iter().map(|snapshot| format!("{}.snap", snapshot.name)).collect();
        let files = fs::read_dir(folder(layer)).expect("snapshots").map(|entry| entry.expect("a file").file_name());
        assert_eq!(files.map(|file| file.into_string().expect("UTF-8")).collect::<BTreeSet<_>>(), names);
    }
}

/// The files are what insta, and so `cargo insta review`, reads.
#[test]
fn insta_reads_them() {
    let (layer, policy) = shipped().into_iter().next().expect("a layer");
    for snapshot in made(&policy) {
        insta::with_settings!({
            snapshot_path => folder(layer),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(snapshot.name, snapshot.body) });
    }
}

#[test]
fn nothing_secret_is_in_them() {
    for (_, policy) in shipped() {
        for snapshot in made(&policy) {
            let text = snapshot.to_text();
            assert!(!text.contains("hunter2") && !text.contains("Europe/London"), "{text}");
        }
    }
}

#[test]
fn what_is_no_snapshot_is_said() {
    let [(_, policy), _] = shipped();
    let sound = made(&policy).into_iter().next().expect("a service").to_text();
    assert!(snapshot::read("x.snap", &sound).is_ok());
    assert!(snapshot::read("x.snap", &sound.replace('\n', "\r\n")).is_ok(), "line ends are no edit");
    assert!(snapshot::read("x.snap", sound.trim_end()).is_ok(), "an editor may end the last line");
    let header = "source: \"shop.yaml\"\ninfo:\n  by: plimsoll snapshot\n";
    let broken = [
        ("edited", sound.replace("CAP_CHOWN", "CAP_SYS_ADMIN")),
        ("no header", "ociVersion".to_owned()),
        ("a header without an end", format!("---\n{header}")),
        ("no digest", format!("---\n{header}---\nbody\n")),
        ("a conflict", sound.replacen("service `", "<<<<<<< ours\nservice `x`\n=======\n>>>>>>> theirs\nservice `", 1)),
        ("nothing", String::new()),
    ];
    let digest = sound.lines().find_map(|line| line.trim().strip_prefix("digest: ")).expect("a digest");
    let mut out = String::new();
    for (what, text) in broken {
        let report = snapshot::read("shop@web.snap", &text).expect_err(what);
        let _ = writeln!(out, "──── {what}\n{}", diagnostics::render(&report, Style::default()));
    }
    let out = out.replace(digest.trim_matches('"'), "…");
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/snapshot"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("broken", out) });
}

#[test]
fn causes_name_the_rules() {
    let [(_, standard), (_, hardened)] = shipped();
    let of = |policy| made(policy).into_iter().find(|it| it.name == "shop@web").expect("a service").body;
    let (before, after) = (of(&standard), of(&hardened));
    assert_eq!(causes(&before, &before), []);
    let found = causes(&before, &after);
    let rule = |name: &str| found.iter().find(|cause| cause.rule == name);
    let own = rule("hardened.no-new-privileges").expect("a cause");
    assert_eq!((own.more.as_slice(), own.less.len()), (&["process.noNewPrivileges".to_owned()][..], 0));
    assert_eq!(rule("no-new-privileges").expect("a cause").less, ["default process.noNewPrivileges"]);
    assert!(rule("process").is_none(), "it writes what it wrote");
}

#[test]
fn a_hostile_deployment_is_shown_harmless() {
    let hostile = "version: v1\ndeployment: d\nservices:\n  web:\n    image: { name: x }\n    \
                   env: { A: \"\\e[2J\", B: \"\u{202e}evil\" }\n";
    let policy = Policy::standard().expect("the shipped policy");
    let request = Request::builder("d\u{1b}.yaml", hostile).build(policy.schema()).expect("a request");
    let snapshot = Snapshot::of(&policy, &request, "web", &About::default()).expect("a snapshot");
    let text = snapshot.to_text();
    let raw = text.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
    assert_eq!(raw, None, "{text}");
    assert_eq!(snapshot::read("x", &text).expect("a snapshot").body, snapshot.body);
}
