//! Specs that are started: what a container really gets is read from inside of it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail like tests"
)]

#[path = "runc/container.rs"]
mod container;

pub(crate) use container::runtime;

use std::path::Path;

use container::{Mounted, Runtime, mask, mounts};
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;
use serde_json::Value;

const PLAIN: &str = include_str!("../fixtures/runc/plain.json");
const LIMITED: &str = include_str!("../fixtures/runc/limited.json");

/// The spec of a plain service.
fn plain() -> Value {
    on_this_host(PLAIN)
}

/// The spec of a service with 64 MiB, half a core and a tmpfs.
fn limited() -> Value {
    on_this_host(LIMITED)
}

/// A request, rendered by the standard policy for the cgroup layout of this machine.
fn on_this_host(request: &str) -> Value {
    let mut request: Value = serde_json::from_str(request).expect("a fixture");
    if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() {
        request["host"]["cgroup"] = "v2".into();
    }
    let policy = Policy::standard().expect("the shipped policy");
    let request = Request::from_json("request", &request.to_string(), policy.schema()).expect("a fixture");
    let (facts, arena) = (request.facts().expect("a fixture"), Arena::new());
    let json =
        policy.render(&facts, &arena).and_then(|it| it.json(Style::Compact)).expect("a service that is not refused");
    serde_json::from_slice(&json).expect("what was rendered is JSON")
}

/// The fourteen that a container has unless it asks for more.
const DEFAULT_CAPABILITIES: u64 = 0xa804_25fb;

#[test]
fn a_plain_service_gets_its_capabilities_and_host_name() {
    let Some(runtime) = runtime() else { return };
    let script = "cat /proc/self/status; echo \"HOST $(hostname)\"; echo \"ID $(id -u):$(id -g)\"; echo \"PWD $PWD\"; \
                  echo \"ENV $PATH $TERM\"";
    let out = runtime.run(&plain(), script).output();
    for field in ["CapBnd", "CapEff", "CapPrm"] {
        assert_eq!(mask(&out, field), DEFAULT_CAPABILITIES, "{field}");
    }
    for field in ["CapInh", "CapAmb"] {
        assert_eq!(mask(&out, field), 0, "{field}");
    }
    for line in [
        "NoNewPrivs:\t1",
        "HOST web-rep-1",
        "ID 0:0",
        "PWD /",
        "ENV /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin xterm",
    ] {
        assert!(out.lines().any(|other| other == line), "{line} in\n{out}");
    }
}

#[test]
fn a_plain_service_gets_its_mounts() {
    let Some(runtime) = runtime() else { return };
    let out = runtime.run(&plain(), "cat /proc/self/mountinfo").output();
    let mounts = mounts(&out);
    for (target, kind, options) in [
        ("/proc", "proc", &["nodev", "noexec", "nosuid"][..]),
        ("/dev", "tmpfs", &["mode=755", "nosuid", "size=65536k"]),
        ("/dev/pts", "devpts", &["gid=5", "mode=620", "noexec", "nosuid", "ptmxmode=666"]),
        ("/dev/shm", "tmpfs", &["nodev", "noexec", "nosuid", "size=65536k"]),
        ("/dev/mqueue", "mqueue", &["nodev", "noexec", "nosuid"]),
        ("/sys", "sysfs", &["nodev", "noexec", "nosuid", "ro"]),
    ] {
        let mount = find(&mounts, target);
        assert_eq!(mount.kind, kind, "{target}");
        assert!(options.iter().all(|option| mount.options.iter().any(|other| other == option)), "{mount:?}");
    }
    // On a v1 host a tmpfs with a read-only mount for each controller; on a v2 host one read-only mount.
    let cgroups: Vec<_> = mounts.iter().filter(|mount| mount.kind.starts_with("cgroup")).collect();
    assert!(!cgroups.is_empty());
    for mount in cgroups {
        assert!(mount.target.starts_with("/sys/fs/cgroup") && mount.options.iter().any(|o| o == "ro"), "{mount:?}");
    }
}

#[test]
fn masked_paths_are_empty_and_read_only_ones_cannot_be_written() {
    let Some(runtime) = runtime() else { return };
    let spec = plain();
    let linux = &spec["linux"];
    let paths = |name: &str| -> Vec<String> {
        let all = linux[name].as_array().expect(name).iter();
        // A path that the kernel does not have cannot be masked, nor does it need to be.
        all.filter_map(Value::as_str).filter(|path| Path::new(path).exists()).map(str::to_owned).collect()
    };
    let (masked, read_only) = (paths("maskedPaths"), paths("readonlyPaths"));
    let script = format!(
        "for p in {}; do if [ -d $p ]; then echo \"dir $p [$(ls $p)]\"; else echo \"file $p [$(cat $p)]\"; fi; done; \
         echo changed > /proc/sys/kernel/hostname; cat /proc/self/mountinfo",
        masked.join(" ")
    );
    let ran = runtime.run(&spec, &script);
    assert!(ran.stderr.contains("/proc/sys/kernel/hostname: Read-only file system"), "{}", ran.stderr);
    assert!(masked.iter().any(|path| path == "/proc/keys"), "every kernel has something to mask");
    for path in &masked {
        assert!(ran.stdout.lines().any(|line| line.ends_with(&format!(" {path} []"))), "{path} in\n{}", ran.stdout);
    }
    let mounts = mounts(&ran.stdout);
    assert!(read_only.iter().any(|path| path == "/proc/sys"));
    for path in &read_only {
        assert!(find(&mounts, path).options.iter().any(|option| option == "ro"), "{path}");
    }
}

#[test]
fn only_allowed_devices_open() {
    let Some(runtime) = runtime() else { return };
    // 1:11 is kmsg, which no rule allows; 1:5 is zero, which one does.
    let script = "mknod /kmsg c 1 11 && echo made; head -c 0 /kmsg && echo kmsg; head -c 0 /dev/zero && echo zero";
    let ran = runtime.run(&plain(), script);
    assert_eq!(ran.stdout, "made\nzero\n");
    assert!(ran.stderr.contains("/kmsg: Operation not permitted"), "{}", ran.stderr);
}

#[test]
fn limits_hold_and_the_tmpfs_is_there() {
    let Some(runtime) = runtime() else { return };
    let script = "cat /proc/self/mountinfo; cd /sys/fs/cgroup; \
        if [ -e memory.max ]; then echo LIMITS $(cat memory.max cpu.max); \
        else echo LIMITS $(cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us); fi; \
        stat -c 'CACHE %a' /cache";
    let out = runtime.run(&limited(), script).output();
    assert!(out.lines().any(|line| line == "LIMITS 67108864 50000 100000"), "{out}");
    let mounts = mounts(&out);
    let cache = find(&mounts, "/cache");
    assert_eq!(cache.kind, "tmpfs");
    for option in ["nosuid", "nodev", "size=4096k"] {
        assert!(cache.options.iter().any(|other| other == option), "{option}: {cache:?}");
    }
    assert!(out.lines().any(|line| line == "CACHE 1777"), "{out}");
}

#[test]
fn a_container_is_given_what_its_host_can_grant() {
    let Some(runtime) = runtime() else { return };
    let mut spec = plain();
    let wanted = serde_json::json!(["CAP_NET_ADMIN", "CAP_CHOWN"]);
    for set in ["bounding", "effective", "permitted"] {
        spec["process"]["capabilities"][set] = wanted.clone();
    }
    let out = runtime.run(&spec, "cat /proc/self/status").output();
    // NET_ADMIN is bit 12, CHOWN bit 0.
    assert_eq!(mask(&out, "CapBnd"), Runtime::capability_mask() & ((1 << 12) | 1));
}

/// The mount that is seen at a target: the last one there.
fn find<'m>(mounts: &'m [Mounted], target: &str) -> &'m Mounted {
    mounts.iter().rfind(|mount| mount.target == target).unwrap_or_else(|| panic!("{target} in {mounts:#?}"))
}
