//! What the schema of the output holds of each value by itself, so that nothing needs to look at it again: a text or number
//! of a deployment that a runtime would refuse does not get into a spec, and a word that none knows is in no policy.

use plimsoll::eval::Arena;
use serde_json::json;

use super::framed::{FRAME, request};
use plimsoll::policy::Layers;

/// A statement with `T` for a text of the service, and `N` for a number; a bad value and the code that refuses it.
const VALUES: &[(&str, &str, &str, &str)] = &[
    ("absolute working directory", "force process.cwd = T", "srv", "P0603"),
    ("absolute mount targets", r#"mounts[T] = { type: "tmpfs" }"#, "data", "P0603"),
    ("clean mount targets", r#"mounts[T] = { type: "tmpfs" }"#, "/data/../etc", "P0603"),
    ("mount targets below the root", r#"mounts[T] = { type: "tmpfs" }"#, "/./", "P0603"),
    ("one mount option", r#"mounts["/d"] = { type: "tmpfs", options: [T] }"#, "ro,exec", "P0603"),
    ("absolute masked paths", "linux.maskedPaths += T", "proc/acpi", "P0603"),
    ("absolute read-only paths", "linux.readonlyPaths += T", "proc", "P0603"),
    ("absolute device paths", r#"linux.devices[T] = { type: "p" }"#, "dev/x", "P0603"),
    ("device paths without parents", r#"linux.devices[T] = { type: "p" }"#, "/dev/../x", "P0603"),
    ("absolute hooks", "hooks.poststop += { path: T }", "bin/x", "P0603"),
    ("absolute namespaces", r#"linux.namespaces += { type: "user", path: T }"#, "proc/1/ns/user", "P0603"),
    ("absolute listener", r#"linux.seccomp = { defaultAction: "SCMP_ACT_LOG", listenerPath: T }"#, "run/x", "P0603"),
    ("device access", "linux.resources.devices += { allow: true, access: T }", "rx", "P0603"),
    ("device access once", "linux.resources.devices += { allow: true, access: T }", "rr", "P0603"),
    ("host names", "hostname = T", "a b", "P0603"),
    (
        "host names of 64 bytes",
        "domainname = T",
        "a2345678901234567890123456789012345678901234567890123456789012345",
        "P0603",
    ),
    ("names of variables", "process.env[T] = \"\"", "A=B", "P0603"),
    ("keys of sysctls", "linux.sysctl[T] = \"\"", "net..x", "P0603"),
    ("lists of processors", "linux.resources.cpu.cpus = T", "0-", "P0603"),
    ("sizes of pages", "linux.resources.hugepageLimits[T] = { limit: 1 }", "2M", "P0603"),
    ("schemata", "linux.intelRdt.memBwSchema = T", "L3:0=f", "P0603"),
    ("user ids", "force process.user.uid = N", "4294967295", "P0604"),
    ("group ids", "process.user.additionalGids += N", "-1", "P0604"),
    ("major numbers", r#"linux.devices["/d"] = { type: "c", major: N, minor: 0 }"#, "4096", "P0604"),
    ("minor numbers", r#"linux.devices["/d"] = { type: "c", major: 0, minor: N }"#, "1048576", "P0604"),
    ("file modes", r#"linux.devices["/d"] = { type: "p", fileMode: N }"#, "512", "P0604"),
    ("hook timeouts", r#"hooks.poststop += { path: "/x", timeout: N }"#, "0", "P0604"),
    ("sizes of mappings", r#"linux.uidMappings["0"] = { hostID: 0, size: N }"#, "0", "P0604"),
    ("oom scores", "process.oomScoreAdj = N", "1001", "P0604"),
    ("nice values", r#"process.scheduler = { policy: "SCHED_OTHER", nice: N }"#, "20", "P0604"),
    ("scheduler priorities", r#"process.scheduler = { policy: "SCHED_FIFO", priority: N }"#, "100", "P0604"),
    ("I/O priorities", r#"process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: N }"#, "8", "P0604"),
    ("file creation masks", "process.user.umask = N", "512", "P0604"),
    ("soft limits", r#"process.rlimits += { type: "RLIMIT_CPU", soft: N, hard: 9 }"#, "-1", "P0604"),
    ("swappiness", "linux.resources.memory.swappiness = N", "101", "P0604"),
    ("memory limits", "linux.resources.memory.limit = N", "-2", "P0604"),
    ("clock offsets", r#"linux.timeOffsets["monotonic"] = { nanosecs: N }"#, "1000000000", "P0604"),
    (
        "arguments of system calls",
        r#"linux.seccomp.syscalls += { names: ["read"], action: "SCMP_ACT_LOG", args: [{ index: N, value: 0, op: "SCMP_CMP_EQ" }] }
        linux.seccomp.defaultAction = "SCMP_ACT_ALLOW""#,
        "6",
        "P0604",
    ),
];

/// Words that nobody knows; and a text of a service where a word is due.
const WORDS: &[(&str, &str)] = &[
    ("process.capabilities.bounding += V", "CAP_FLY"),
    ("process.rlimits += { type: V, soft: 0, hard: 0 }", "RLIMIT_WIT"),
    ("process.scheduler.policy = V", "SCHED_FAIR"),
    ("process.scheduler = { policy: \"SCHED_OTHER\", flags: [V] }", "SCHED_FLAG_X"),
    ("process.ioPriority = { class: V, priority: 0 }", "IOPRIO_CLASS_X"),
    ("linux.namespaces += { type: V }", "mnt"),
    ("linux.timeOffsets[V] = { secs: 1 }", "realtime"),
    ("linux.devices[\"/d\"] = { type: V }", "f"),
    ("linux.resources.devices += { allow: true, type: V }", "u"),
    ("linux.rootfsPropagation = V", "rprivate"),
    ("linux.seccomp.defaultAction = V", "SCMP_ACT_DENY"),
    ("linux.seccomp.architectures += V", "SCMP_ARCH_Z80"),
    ("linux.seccomp.flags += V", "SECCOMP_FILTER_FLAG_NEW_LISTENER"),
    ("linux.memoryPolicy.mode = V", "MPOL_ANY"),
    ("linux.memoryPolicy = { mode: \"MPOL_BIND\", flags: [V] }", "MPOL_F_X"),
    ("linux.personality.domain = V", "PER_LINUX"),
];

fn compile(body: &str) -> Result<plimsoll::policy::Policy, plimsoll::diagnostics::Report> {
    let text = format!("{FRAME}rule tested {{\n{body}\n}}\n");
    Layers::new().layer("test", [("test.plim", text)]).unanalysed().compile()
}

#[test]
fn values_that_runtimes_refuse_get_into_no_spec() {
    for (what, body, bad, code) in VALUES {
        let body = body.replace(" T", " text").replace("[T]", "[text]").replace(" N", " number");
        let body = format!("let text = service.env[\"V\"] else skip\nlet number = int(text) else 0\n{body}");
        let policy = compile(&body).unwrap_or_else(|report| panic!("{what}: {report}"));
        let facts = request(&policy, "v2", &json!({ "V": bad })).facts().unwrap();
        // The first renders take the general path, the last one would take the fast one.
        for _ in 0..super::TURNS {
            let report = policy.render(&facts, &Arena::new()).map(|_| ()).unwrap_err();
            assert!(report.to_string().contains(code), "{what}: {report}");
        }
    }
}

#[test]
fn no_text_holds_nul() {
    let refused = compile("let text = service.env[\"V\"] else skip\nprocess.apparmorProfile = text");
    let policy = refused.unwrap();
    let facts = request(&policy, "v2", &json!({ "V": "a\0b" })).facts();
    let refused = facts.and_then(|facts| policy.render(&facts, &Arena::new()).map(|_| ()));
    assert!(refused.is_err());
}

#[test]
fn words_that_nobody_knows_are_in_no_policy() {
    for (body, bad) in WORDS {
        let unknown = compile(&body.replace('V', &format!("{bad:?}"))).unwrap_err();
        assert!(unknown.to_string().contains("P0302"), "{body}: {unknown}");
        let text = body.replace('V', "container.service");
        let untyped = compile(&text).unwrap_err();
        assert!(untyped.to_string().contains("P0301"), "{text}: {untyped}");
    }
}

/// Elements are told apart by what runtimes tell them apart by.
#[test]
fn nothing_is_there_twice() {
    let twice = [
        r#"mounts += [{ destination: "/d", type: "tmpfs" }, { destination: "//d/.", type: "proc" }]"#,
        r#"linux.namespaces += [{ type: "user" }, { type: "user", path: "/x" }]"#,
        r#"process.rlimits += [{ type: "RLIMIT_CPU", soft: 0, hard: 0 }, { type: "RLIMIT_CPU", soft: 1, hard: 1 }]"#,
        r#"linux.devices += [{ path: "/dev/x", type: "p" }, { path: "/dev/x", type: "c", major: 1, minor: 1 }]"#,
        r#"process.env["A"] = "1"  process.env["A"] = "2""#,
    ];
    for body in twice {
        let facts = |policy: &plimsoll::policy::Policy| request(policy, "v2", &json!({})).facts().unwrap();
        let refused = compile(body).and_then(|policy| policy.render(&facts(&policy), &Arena::new()).map(|_| ()));
        let report = refused.unwrap_err().to_string();
        assert!(report.contains("P0401") || report.contains("P0602"), "{body}: {report}");
    }
}
