//! The standard policy over a small deployment: what comes out, that it is always the same, and that a rule file alone
//! can change it.

#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

use std::path::Path;

use plimsoll::diagnostics::{self, Report};
use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy, Rendered};
use plimsoll::provenance::{Claim, FactRead, Says};

const SHOP: &str = include_str!("../fixtures/render/shop.yaml");
const HOST: &str = include_str!("../fixtures/render/host.json");
const OPTIONS: [(&str, &str); 2] =
    [("volumes", r#"{"data": "/volumes/data"}"#), ("secrets", r#"{"shop": "{\"db\": \"hunter2\"}"}"#)];

fn facts(policy: &Policy, service: &str, deployment: &str) -> Facts {
    let builder = Request::builder("shop.yaml", deployment).service(service).recording("host.json", HOST);
    let builder = OPTIONS.iter().fold(builder, |builder, (name, value)| builder.option(*name, *value));
    builder.build(policy.schema()).and_then(|request| request.facts()).expect("a sound request")
}

/// What `render` prints for a service: warnings, then the spec, or the refusal.
fn render(policy: &Policy, facts: &Facts) -> String {
    let told = |report: &Report| diagnostics::render(report, diagnostics::Style::default());
    let arena = Arena::new();
    match policy.render(facts, &arena) {
        Ok(rendered) => {
            let json = rendered.json(Style::Pretty).expect("a small spec");
            format!("{}{}", told(&rendered.warnings()), String::from_utf8(json).expect("JSON is UTF-8"))
        }
        Err(report) => told(&report),
    }
}

fn rule_files(layer: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(layer);
    let files = std::fs::read_dir(folder).expect("a layer").map(|entry| entry.expect("a file").path());
    let text = |path: &Path| std::fs::read_to_string(path).expect("a rule file");
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    files.map(|path| (name(&path), text(&path))).collect()
}

fn compile(files: Vec<(String, String)>) -> Policy {
    Layers::new().layer("changed", files).compile().expect("a sound policy")
}

#[test]
fn hardened_refuses_the_hosts_own_trees() {
    let policy = Layers::standard().shipped("hardened").compile().expect("the shipped layers");
    for source in [
        "/",
        "/proc",
        "/proc/1/root",
        "/sys/fs/cgroup",
        "/var/run/docker.sock",
        "/run",
        "/a/../proc",
        "/run/containerd",
    ] {
        let shop = SHOP.replace("source: /etc/shop/pg.conf", &format!("source: {source}"));
        let shown = render(&policy, &facts(&policy, "db", &shop));
        assert!(shown.contains("may not bind"), "{source}: {shown}");
    }
}

/// A claim as a line: what it says, who makes it, and what it was made of.
fn line(rendered: &Rendered<'_>, policy: &Policy, claim: &Claim) -> String {
    let place = |span| rendered.place(span).map_or("default".to_owned(), |at| format!("{}:{}", at.file, at.line));
    let rule = policy.rule(claim.rule).map_or("?", |rule| &rule.name);
    let short = |value: &str| match value.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    };
    let fact =
        |fact: &FactRead| format!("\n      {} = {} ({})", fact.path, short(fact.value.as_str()), place(fact.span));
    let facts: Vec<String> = claim.facts.iter().map(fact).collect();
    let says = match &claim.says {
        Says::Is(value) => value.to_string(),
        other => format!("{other:?}"),
    };
    format!("{says}, {:?} by {rule} ({}){}", claim.strength, place(claim.origin), facts.concat())
}

#[test]
fn every_value_has_a_reason() {
    let policy = Policy::standard().expect("the shipped policy");
    let (facts, arena) = (facts(&policy, "db", SHOP), Arena::new());
    let rendered = policy.trace(&facts, &arena).expect("a service that is not refused");
    let provenance = rendered.provenance().expect("it was traced");
    let mut shown = String::new();
    for leaf in &provenance.leaves {
        let slot = plimsoll::schema::output::output().slot(leaf.slot).expect("a slot");
        let key = leaf.key.as_ref().map(|key| format!("[{key}]")).unwrap_or_default();
        shown += &format!("{}{key}{}\n", slot.path, if leaf.present { "" } else { " (absent)" });
        for claim in &leaf.origins {
            shown += &format!("    {}\n", line(&rendered, &policy, claim));
        }
        for claim in &leaf.beaten {
            shown += &format!("    beats {}\n", line(&rendered, &policy, claim));
        }
    }
    assert!(!shown.contains("hunter2"), "a secret is told");
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/render"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("db-provenance", shown) });
}

#[test]
fn what_is_secret_can_be_masked() {
    let policy = Policy::standard().expect("the shipped policy");
    let (facts, arena) = (facts(&policy, "db", SHOP), Arena::new());
    let traced = policy.trace(&facts, &arena).expect("a service that is not refused");
    let (whole, masked) =
        (traced.json(Style::Pretty).expect("small"), traced.redacted_json(Style::Pretty).expect("small"));
    let (whole, masked) = (String::from_utf8(whole).expect("UTF-8"), String::from_utf8(masked).expect("UTF-8"));
    let changed: Vec<_> = whole.lines().zip(masked.lines()).filter(|(a, b)| a != b).map(|(_, b)| b.trim()).collect();
    assert_eq!(changed, [r#""POSTGRES_PASSWORD=•••","#, r#""TZ=•••""#]);
}

/// A secret in one text of a list or of an element hides all texts beside it, and no number.
#[test]
fn what_is_secret_inside_of_a_value_is_masked() {
    let frame = "ociVersion = \"1.0.2\" root = { path: \"r\" } process.cwd = \"/\" process.user = { uid: 0, gid: 0 }";
    let writes = "let s = secret(\"shop/db\") else deny \"no secret\"
        process.args = [\"run\", s]
        mounts += { destination: \"/d\", type: \"tmpfs\", source: s, options: [\"ro\", \"mode={s}\"] }
        hooks.poststop += { path: \"/bin/x\", args: [s], timeout: 7 }";
    let policy = compile(vec![("a.plim".to_owned(), format!("rule all {{ {frame} {writes} }}"))]);
    let (facts, arena) = (facts(&policy, "db", SHOP), Arena::new());
    let traced = policy.trace(&facts, &arena).expect("a service that is not refused");
    let whole = String::from_utf8(traced.json(Style::Compact).expect("small")).expect("UTF-8");
    assert_eq!(whole.matches("hunter2").count(), 4, "{whole}");
    let masked: serde_json::Value =
        serde_json::from_slice(&traced.redacted_json(Style::Compact).expect("small")).expect("JSON");
    assert_eq!(masked["process"]["args"], serde_json::json!(["•••", "•••"]));
    let mount = serde_json::json!({ "destination": "•••", "type": "•••", "source": "•••", "options": ["•••", "•••"] });
    assert_eq!(masked["mounts"][0], mount);
    assert_eq!(masked["hooks"]["poststop"][0], serde_json::json!({ "path": "•••", "args": ["•••"], "timeout": 7 }));
}

#[test]
fn debug_output_tells_no_secret() {
    let policy = Policy::standard().expect("the shipped policy");
    let (facts, arena) = (facts(&policy, "db", SHOP), Arena::new());
    let traced = policy.trace(&facts, &arena).expect("a service that is not refused");
    let builder = OPTIONS.iter().fold(Request::builder("d", SHOP), |it, (name, value)| it.option(*name, *value));
    for shown in [
        format!("{:?}", builder.recording("host.json", HOST)),
        format!("{facts:?}"),
        format!("{traced:?}"),
        format!("{:?}", traced.draft()),
    ] {
        for secret in ["hunter2", "Europe/London"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

#[test]
fn a_rule_file_alone_adds_a_masked_path() {
    let mut files = rule_files("standard");
    let linux = files.iter_mut().find(|(name, _)| name == "50-linux.plim").expect("the file");
    linux.1 = linux.1.replace("\"/proc/acpi\", ", "\"/proc/acpi\", \"/proc/interrupts\", ");
    let (before, after) = (Policy::standard().expect("the shipped policy"), compile(files));
    let shown = |policy: &Policy| render(policy, &facts(policy, "web", SHOP));
    let (before, after) = (shown(&before), shown(&after));
    let added: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!(added, ["      \"/proc/interrupts\","]);
}

#[test]
fn a_rule_file_alone_adds_a_gpu_vendor() {
    let mut files = rule_files("standard");
    let gpu = files.iter_mut().find(|(name, _)| name == "60-gpu.plim").expect("the file");
    gpu.1 = gpu
        .1
        .replace(r#"["nvidia", "amd", "intel"]"#, r#"["nvidia", "amd", "intel", "tenstorrent"]"#)
        .replace("  else render_nodes when gpu is set\n", "  else [\"/dev/tenstorrent/{i}\" for i in gpu_indices] when gpu.vendor == \"tenstorrent\"\n  else render_nodes when gpu is set\n")
        .replace("  else [226] ", "  else [241] when gpu.vendor == \"tenstorrent\"\n  else [226] ")
        .replace("  else [\"ZE_AFFINITY_MASK\"]", "  else [\"TT_VISIBLE_DEVICES\"] when gpu.vendor == \"tenstorrent\"\n  else [\"ZE_AFFINITY_MASK\"]");
    let policy = compile(files);
    let shop = SHOP.replace("{ count: 2, ", "{ count: 2, vendor: tenstorrent, ");
    let shown = render(&policy, &facts(&policy, "trainer", &shop));
    assert!(shown.contains("\"TT_VISIBLE_DEVICES=0,1\""), "{shown}");
    assert!(shown.contains("\"major\": 241"), "{shown}");
    assert!(shown.contains("/dev/tenstorrent/1 is not on this host"), "{shown}");
    assert!(!shown.contains("is not known"), "{shown}");
}

#[test]
fn the_same_facts_give_the_same_bytes_in_every_thread() {
    let policy = Policy::standard().expect("the shipped policy");
    let facts = facts(&policy, "db", SHOP);
    let once = render(&policy, &facts);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| render(&policy, &facts))).collect();
        for thread in threads {
            assert_eq!(thread.join().expect("a render"), once);
        }
    });
}

#[test]
fn file_names_carry_no_meaning() {
    let renamed = rule_files("standard").into_iter().enumerate();
    let renamed = renamed.map(|(index, (name, text))| (format!("{:02}-{name}", 99 - index), text)).collect();
    let (policy, renamed) = (compile(rule_files("standard")), compile(renamed));
    for service in ["web", "db", "trainer", "tool"] {
        let sorted = |policy: &Policy| {
            let text = render(policy, &facts(policy, service, SHOP));
            let json = text.split_once("\n{\n").map_or(text.as_str(), |(_, json)| json);
            let mut lines: Vec<String> = json.lines().map(|line| line.trim_end_matches(',').to_owned()).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&policy), sorted(&renamed), "{service}");
    }
}
