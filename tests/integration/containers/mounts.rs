//! What every container has mounted, what is hidden from it, and what limits it.

use std::path::Path;

use serde_json::{Value, json};

use super::asked::{plain, service};
use super::runtime::{Kind, Runtime};
use super::seen::{find, has_line, mounts};
use super::under_each_runtime;

under_each_runtime!(
    a_plain_service_has_its_mounts,
    a_privileged_service_can_write_sysfs,
    masked_paths_are_empty,
    read_only_paths_cannot_be_written,
    a_privileged_service_sees_everything,
    the_hosts_cgroup_tree_cannot_be_written,
    limits_hold,
    who_takes_more_memory_than_its_limit_is_killed,
);

const MOUNTINFO: &str = "cat /proc/self/mountinfo";

fn a_plain_service_has_its_mounts(runtime: &Runtime) {
    let mounts = mounts(&runtime.run(&plain().standard(), MOUNTINFO).output());
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
        mount.with(options);
    }
    assert!(find(&mounts, "/sys").is_read_only());
    assert!(mounts.iter().any(|mount| mount.kind.starts_with("cgroup")));
    for mount in mounts.iter().filter(|mount| mount.kind.starts_with("cgroup")) {
        assert!(mount.target.starts_with("/sys/fs/cgroup"), "{mount:?}");
    }
}

fn a_privileged_service_can_write_sysfs(runtime: &Runtime) {
    let mounts = mounts(&runtime.run(&service(json!({ "privileged": true })).standard(), MOUNTINFO).output());
    assert!(!find(&mounts, "/sys").is_read_only());
    for mount in mounts.iter().filter(|mount| mount.kind.starts_with("cgroup")) {
        assert!(!mount.is_read_only(), "{mount:?}");
    }
}

/// What a container may not see.
pub(super) const MASKED: &[&str] = &[
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];

/// What it may see and not change.
const READ_ONLY: &[&str] = &["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Those that this kernel has, which are never none: others cannot be hidden, nor do they need to be.
fn existing<'p>(paths: &[&'p str]) -> Vec<&'p str> {
    let existing: Vec<_> = paths.iter().copied().filter(|path| Path::new(path).exists()).collect();
    assert!(!existing.is_empty(), "{paths:?}");
    existing
}

/// Reads paths; prints a line for each: `PATH []` if there is nothing in it.
fn read(paths: &[&str]) -> String {
    let read = "if [ -d $p ]; then echo \"$p [$(ls $p)]\"; else echo \"$p [$(head -c 64 $p)]\"; fi";
    format!("for p in {}; do {read}; done", paths.join(" "))
}

fn masked_paths_are_empty(runtime: &Runtime) {
    are_masked(runtime, &plain().standard(), MASKED);
}

/// Fails the test if a container can read any of these paths.
pub(super) fn are_masked(runtime: &Runtime, spec: &Value, paths: &[&str]) {
    let masked = existing(paths);
    let out = runtime.run(spec, &read(&masked)).output();
    for path in &masked {
        has_line(&out, &format!("{path} []"));
    }
}

fn read_only_paths_cannot_be_written(runtime: &Runtime) {
    let read_only = existing(READ_ONLY);
    let script =
        format!("echo changed > /proc/sys/kernel/hostname; mkdir /sys/new; touch {}; {MOUNTINFO}", read_only.join(" "));
    let ran = runtime.run(&plain().standard(), &script);
    ran.complained("can't create /proc/sys/kernel/hostname: Read-only file system");
    ran.complained("can't create directory '/sys/new': Read-only file system");
    let mounts = mounts(&ran.stdout);
    for path in &read_only {
        assert!(find(&mounts, path).is_read_only(), "{path}");
        ran.complained(&format!("touch: {path}: Read-only file system"));
    }
}

fn a_privileged_service_sees_everything(runtime: &Runtime) {
    let spec = service(json!({ "privileged": true })).standard();
    let script = "head -c 5 /proc/timer_list && echo; echo changed > /proc/sys/kernel/hostname; hostname";
    let out = runtime.run(&spec, script).output();
    has_line(&out, "Timer");
    has_line(&out, "changed");
}

/// Tries to make a group in, and to write a file of, each hierarchy.
const WRITE_CGROUPS: &str = "cd /sys/fs/cgroup; for d in . *; do [ -e $d/cgroup.procs ] || continue; echo TRIED; \
    mkdir $d/plimsoll-escaped && rmdir $d/plimsoll-escaped && echo \"MADE $d\"; \
    echo 0 > $d/cgroup.procs && echo \"WROTE $d\"; done";

fn the_hosts_cgroup_tree_cannot_be_written(runtime: &Runtime) {
    let spec = plain().standard();
    let at = |spec: &Value| spec["mounts"].as_array().into_iter().flatten().find(|m| m["type"] == "cgroup").cloned();
    let options = at(&spec).expect("a cgroup mount")["options"].clone();
    assert!(options.as_array().expect("options").contains(&json!("ro")), "{options}");
    // Up to 0.7.0 at least, youki mounts the hierarchies of a v1 or hybrid host writable whatever the options say, and
    // of `name=systemd` the whole host's (`setup_emulated_subsystem` in libcontainer). No option of the mount helps;
    // read-only paths do, which the hardened layer adds: `hardened::the_hosts_cgroup_tree_cannot_be_written` is run
    // under youki as well.
    // What is left to show is that who can write to its cgroup cannot let itself use more devices.
    if runtime.kind == Kind::Youki && super::asked::cgroup() != "v2" {
        let ran = runtime.run(&spec, "echo a > /sys/fs/cgroup/devices/devices.allow");
        ran.complained("write error: Operation not permitted");
        return;
    }
    cgroups_cannot_be_written(runtime, &spec);
}

pub(super) fn cgroups_cannot_be_written(runtime: &Runtime, spec: &Value) {
    let ran = runtime.run(spec, &format!("{WRITE_CGROUPS}; {MOUNTINFO}"));
    has_line(&ran.stdout, "TRIED");
    for line in ran.stdout.lines() {
        assert!(!line.starts_with("MADE") && !line.starts_with("WROTE"), "{}\n{}", ran.stdout, ran.stderr);
    }
    ran.complained("Read-only file system");
    let mounts = mounts(&ran.stdout);
    for mount in mounts.iter().filter(|mount| mount.kind.starts_with("cgroup")) {
        assert!(find(&mounts, &mount.target).is_read_only(), "{mount:?}");
    }
}

fn limits_hold(runtime: &Runtime) {
    let script = "cd /sys/fs/cgroup; if [ -e memory.max ]; then cat memory.max cpu.max; \
        else echo $(cat memory/memory.limit_in_bytes); echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us); fi";
    let spec = service(json!({ "resources": { "memory": "64Mi", "cpu": 0.5 } })).standard();
    assert_eq!(runtime.run(&spec, script).output(), "67108864\n50000 100000\n");
    // Nobody who asks for nothing is limited.
    let out = runtime.run(&plain().standard(), script).output();
    assert!(["max\nmax 100000\n", "9223372036854771712\n-1 100000\n"].contains(&out.as_str()), "{out}");
}

fn who_takes_more_memory_than_its_limit_is_killed(runtime: &Runtime) {
    // `grep` holds a line until it has the whole; 1 says that it found nothing in it, and that it lived.
    let script = "head -c 64m /dev/zero | grep x; echo ENDED $?";
    has_line(&runtime.run(&plain().standard(), script).stdout, "ENDED 1");
    let spec = service(json!({ "resources": { "memory": "16Mi" } })).standard();
    let ran = runtime.run(&spec, script);
    assert!(!ran.stdout.lines().any(|line| line == "ENDED 1"), "{ran:?}");
}
