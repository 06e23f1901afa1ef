//! Specs as the validator of youki's libcontainer sees them, of which nothing is ours: what our validation lets through it
//! takes.

#[path = "../integration/validation/framed.rs"]
mod framed;
#[expect(dead_code, reason = "only its requests are of use here")]
#[path = "../integration/fast/made.rs"]
mod made;
#[expect(dead_code, reason = "which row a case is of does not matter here")]
#[path = "../integration/validation/rows.rs"]
mod rows;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libcontainer::error::ErrInvalidSpec;
use libcontainer::oci_spec::runtime::Spec;
use libcontainer::validator::Validator;
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy};
use serde_json::{Value, json};

fn theirs(spec: &[u8]) -> Result<(), ErrInvalidSpec> {
    let spec: Spec = serde_json::from_slice(spec).expect("a spec that oci_spec reads");
    Validator::validate_spec(&spec)
}

/// The spec of a request, and whether our validation lets it through; none if a rule refuses the service.
fn ours(policy: &Policy, request: &Request) -> Option<(Vec<u8>, bool)> {
    let (facts, arena) = (request.facts().ok()?, Arena::new());
    let rendered = policy.render(&facts, &arena).ok()?;
    let spec = rendered.json(Style::Compact).expect("a spec of a sound size");
    Some((spec, rendered.validate().is_ok()))
}

/// What statements make of the container that every runtime would start.
fn framed(body: &str, cgroup: &str) -> (Vec<u8>, bool) {
    let policy = framed::policy(body);
    let request = framed::request(&policy, cgroup, &json!({ "N": "7", "T": "net.core.somaxconn" }));
    ours(&policy, &request).expect("a service that no rule refuses")
}

/// Every file below a folder.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

#[test]
fn every_snapshot_of_a_spec_is_taken() {
    let snapshots = files(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../snapshots"));
    let mut taken = 0;
    // The values of one are made from shapes, not from rules.
    for path in snapshots.iter().filter(|path| !path.ends_with("everything.snap")) {
        let text = fs::read_to_string(path).expect("a snapshot");
        let start = if text.starts_with('{') { Some(0) } else { text.find("\n{\n") };
        let document = start.and_then(|start| serde_json::Deserializer::from_str(&text[start..]).into_iter().next());
        let Some(Ok(document)) = document else { continue };
        let spec: Value = document;
        if spec.get("ociVersion").is_some() {
            theirs(spec.to_string().as_bytes()).unwrap_or_else(|refusal| panic!("{}: {refusal}", path.display()));
            taken += 1;
        }
    }
    assert!(taken >= 8, "{taken} snapshots have a spec");
}

#[test]
fn services_of_all_kinds_are_taken() {
    let mut taken = 0;
    for layers in [Layers::standard(), Layers::standard().shipped("hardened")] {
        let policy = layers.compile().expect("shipped rules");
        for number in 0..2000 {
            let Ok(request) = Request::from_json("request.json", &made::request(number), policy.schema()) else {
                continue;
            };
            if let Some((spec, true)) = ours(&policy, &request) {
                theirs(&spec).unwrap_or_else(|refusal| panic!("service {number}: {refusal}"));
                taken += 1;
            }
        }
    }
    assert!(taken > 400, "{taken} services were rendered");
}

/// Kernel parameters of each kind.
const SYSCTLS: &[&str] = &[
    "fs.mqueue.queues_max",
    "fs/mqueue/queues_max",
    "kernel.domainname",
    "kernel.hostname",
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.panic",
    "kernel.sem",
    "kernel.shm_rmid_forced",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel/msgmax",
    "net.core.somaxconn",
    "net/ipv4/ip_forward",
    "user.max_user_namespaces",
    "vm.swappiness",
];

/// What a container may lack of the namespaces in which they are, or have beside them.
const NAMESPACES: &[&str] = &[
    "",
    r#"force linux.namespaces -= "ipc""#,
    r#"force linux.namespaces -= "network""#,
    r#"force linux.namespaces -= "uts""#,
    r#"linux.namespaces += { type: "user", path: "/proc/1/ns/user" }"#,
];

/// Statements, and the control groups of the host that they are rendered for.
fn statements() -> impl Iterator<Item = (String, &'static str)> {
    let rows = rows::CASES.iter().flat_map(|it| [(it.broken, it.cgroup), (it.near, it.near_cgroup)]);
    let sysctls = SYSCTLS.iter().flat_map(|key| {
        NAMESPACES.iter().map(move |namespaces| (format!("linux.sysctl[{key:?}] = \"1\"  {namespaces}"), "v2"))
    });
    rows.map(|(body, cgroup)| (body.to_owned(), cgroup)).chain(sysctls)
}

/// What theirs can say of a spec, but for priorities of I/O, which the schema of the output keeps in their range, and for
/// paths of namespaces, at which it looks.
const REFUSALS: &[&str] = &[
    "DomainnameWithoutUTS",
    "HostnameWithoutUTS",
    "InvalidIntelRdtClosId",
    "Scheduler",
    "SysEntriesWithoutMntNamespace",
    "SysctlConflictsWithOci",
    "SysctlNotAllowedInHostIpc",
    "SysctlNotAllowedInHostNet",
    "SysctlNotAllowedInHostUser",
    "SysctlNotInSeparateNamespace",
    "TimeNamespace",
    "TimeOffsetsWithPath",
    "UserMappingsWithoutNamespace",
];

#[test]
fn what_theirs_refuses_ours_refuses() {
    let mut refused = BTreeSet::new();
    for (body, cgroup) in statements() {
        let (spec, sound) = framed(&body, cgroup);
        if let Err(refusal) = theirs(&spec) {
            assert!(!sound, "{body}: {refusal}, and nothing of ours says so");
            let whole = format!("{refusal:?}");
            refused.insert(whole.split(['(', ' ']).next().unwrap_or_default().to_owned());
        }
    }
    assert_eq!(refused.iter().map(String::as_str).collect::<Vec<_>>(), REFUSALS);
}
