//! What root in the container may do.

use super::{Case, each, row, service};

const DEFAULT: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn set(names: &[&str]) -> String {
    let mut names: Vec<String> = names.iter().map(|name| format!("\"CAP_{name}\"")).collect();
    names.sort();
    format!("[{}]", names.join(", "))
}

/// The default and more.
fn and(more: &[&str]) -> String {
    set(&[&DEFAULT, more].concat())
}

fn has(case: Case, names: &str) -> Case {
    ["process.capabilities.bounding", "process.capabilities.effective", "process.capabilities.permitted"]
        .into_iter()
        .fold(case, |case, path| case.has(path, names))
        .has("process.capabilities.inheritable", "[]")
        .has("process.capabilities.ambient", "[]")
}

#[test]
fn default_and_asked_for() {
    row(
        "`process.capabilities`",
        [
            has(service(""), &and(&[])),
            has(service("capabilities: []"), &and(&[])),
            has(service("capabilities: [CHOWN]"), &and(&[])),
            has(service("capabilities: [NET_ADMIN]"), &and(&["NET_ADMIN"])),
            has(service("capabilities: [CAP_NET_ADMIN]"), &and(&["NET_ADMIN"])),
            has(service("capabilities: [net_admin, cap_sys_time, Cap_Bpf]"), &and(&["NET_ADMIN", "SYS_TIME", "BPF"])),
            has(service("capabilities: [NET_ADMIN, net_admin, CAP_NET_ADMIN]"), &and(&["NET_ADMIN"])),
            has(service("capabilities: [CHECKPOINT_RESTORE, PERFMON]"), &and(&["CHECKPOINT_RESTORE", "PERFMON"])),
        ],
    );
}

#[test]
fn unknown_names() {
    let names = [
        "FROB",
        " NET_ADMIN",
        "NET_ADMIN ",
        "NET-ADMIN",
        "NET ADMIN",
        "",
        "CAP_",
        "CAP_CAP_CHOWN",
        "CAP_ALL",
        "*",
        "12",
    ];
    for privileged in ["", "\nprivileged: true"] {
        each(
            "`process.capabilities`: an unknown name",
            names.map(|name| service(&format!("capabilities: ['{name}']{privileged}")).refused("capability")),
        );
    }
    row(
        "`process.capabilities`: an unknown name among others, and what is no name",
        [
            service("capabilities: [ALL, FROB]").refused("`FROB`"),
            service("capabilities: [NET_ADMIN, SYS_ADMINN]").refused("`SYS_ADMINN`"),
            service("capabilities: ALL").refused("capabilities"),
            service("capabilities: null").refused("capabilities"),
            service("capabilities: [[ALL]]").refused("capabilities"),
        ],
    );
}

#[test]
fn all() {
    let count = |case: Case| {
        let Ok((spec, _)) = super::render(&case.json()) else { return 0 };
        spec["process"]["capabilities"]["bounding"].as_array().map_or(0, Vec::len)
    };
    for text in [
        "capabilities: [ALL]",
        "capabilities: [all, CHOWN]",
        "privileged: true",
        "privileged: true\ncapabilities: [all]",
    ] {
        assert_eq!(count(service(text)), 41, "{text}");
    }
}

#[test]
fn of_the_host() {
    let host = r#"{"capabilities": ["CAP_CHOWN", "kill", "SYS_TIME", "CAP_CHOWN"]}"#;
    let on = |fields: &str| service(fields).host(host);
    row(
        "`process.capabilities`: never one that the host cannot grant",
        [
            has(on(""), &set(&["CHOWN", "KILL"])),
            has(on("capabilities: [SYS_TIME]"), &set(&["CHOWN", "KILL", "SYS_TIME"])),
            has(on("capabilities: [ALL]"), &set(&["CHOWN", "KILL", "SYS_TIME"])),
            has(on("capabilities: [ALL, SYS_TIME]"), &set(&["CHOWN", "KILL", "SYS_TIME"])),
            has(on("privileged: true"), &set(&["CHOWN", "KILL", "SYS_TIME"])),
            has(on("privileged: true\ncapabilities: [KILL]"), &set(&["CHOWN", "KILL", "SYS_TIME"])),
            service("").host(r#"{"capabilities": []}"#).lacks("process.capabilities.bounding"),
            service("privileged: true").host(r#"{"capabilities": []}"#).lacks("process.capabilities.bounding"),
            has(service("").host(r#"{"capabilities": null}"#), &and(&[])),
            on("capabilities: [NET_ADMIN]").refused("NET_ADMIN"),
            // One of the default ones, but asked for.
            on("capabilities: [NET_RAW]").refused("NET_RAW"),
            on("capabilities: [ALL, NET_ADMIN]").refused("NET_ADMIN"),
            on("capabilities: [NET_ADMIN]\nprivileged: true").refused("NET_ADMIN"),
            service("").host(r#"{"capabilities": ["CAP_FROB"]}"#).refused("CAP_FROB"),
        ],
    );
}
