//! What validation says that runtimes refuse, they do refuse: specs of a plain service with one thing changed.

use serde_json::{Value, json};

use super::asked::plain;
use super::runtime::{Kind, Runtime};
use super::under_each_runtime;

under_each_runtime!(what_validation_refuses_does_not_start, the_same_without_the_mistake_starts);

/// Makes a sound spec break a row.
type Breaking = fn(&mut Value);

/// The row of the table, and what makes a sound spec break it.
const BROKEN: &[(&str, Breaking)] = &[
    ("hostname-uts", |spec| without_namespace(spec, "uts")),
    ("masked-paths-mount", |spec| without_namespace(spec, "mount")),
    ("uid-mappings-user", |spec| spec["linux"]["uidMappings"] = json!([{ "containerID": 0, "hostID": 0, "size": 1 }])),
    ("sysctl-shared", |spec| spec["linux"]["sysctl"] = json!({ "vm.overcommit_ratio": "50" })),
    ("rlimit-order", |spec| spec["process"]["rlimits"] = json!([{ "type": "RLIMIT_CORE", "soft": 2, "hard": 1 }])),
    ("effective-permitted", |spec| spec["process"]["capabilities"]["permitted"] = json!(["CAP_KILL"])),
    ("mount-source", |spec| {
        let mounts = spec["mounts"].as_array_mut().expect("mounts");
        mounts.push(json!({ "destination": "/data", "options": ["bind"] }));
    }),
    ("spec-version", |spec| spec["ociVersion"] = json!("one")),
];

/// Rows that only name other runtimes: this one starts the container all the same.
const LET_THROUGH: &[(Kind, &str)] =
    &[(Kind::Runc, "uid-mappings-user"), (Kind::Runc, "mount-source"), (Kind::Runc, "spec-version")];

fn without_namespace(spec: &mut Value, name: &str) {
    let namespaces = spec["linux"]["namespaces"].as_array_mut().expect("namespaces");
    namespaces.retain(|namespace| namespace["type"] != name);
}

fn what_validation_refuses_does_not_start(runtime: &Runtime) {
    let mut wrong = String::new();
    for (name, breaking) in BROKEN {
        let mut spec = plain().standard();
        breaking(&mut spec);
        let refused = !runtime.run(&spec, "true").success;
        if refused == LET_THROUGH.contains(&(runtime.kind, name)) {
            wrong += &format!("{:?} with {name}: refused is {refused}\n", runtime.kind);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn the_same_without_the_mistake_starts(runtime: &Runtime) {
    assert!(runtime.run(&plain().standard(), "true").success);
}
