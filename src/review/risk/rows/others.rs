//! Hooks, kernel parameters, the root file system, and what only names or tells something.

use super::rows;
use crate::review::risk::Row;
use crate::review::risk::Test::{By, Else, Less, More, Moved, Neutral, Unknown};
use crate::review::risk::compare::Compare::{Ladder, There};
use crate::review::risk::condition::When::{All, Any, Key, Not, True, Within, Word};
use crate::review::{Class, Level};

const HOST_HOOKS: &[&str] =
    &["hooks.prestart", "hooks.createRuntime", "hooks.createContainer", "hooks.poststart", "hooks.poststop"];
const HOOKS: &[&str] = &[
    "hooks.prestart",
    "hooks.createRuntime",
    "hooks.createContainer",
    "hooks.startContainer",
    "hooks.poststart",
    "hooks.poststop",
];
const SYSCTL: &[&str] = &["linux.sysctl"];
const PROPAGATION: &[&str] = &["linux.rootfsPropagation"];

/// Those that the baseline level allows: they hold for the container alone.
const SAFE: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];
/// Those of namespaces: sysctl of others they are not, but the kernel's memory is everybody's.
const NAMESPACED: &[&str] = &["net.*", "kernel.msg*", "kernel.sem*", "kernel.shm*", "fs.mqueue.*", "user.*"];

/// What runtimes take orders from.
const ORDERS: &[&str] = &["run.oci.*", "org.systemd.property.*", "io.katacontainers.*", "io.kubernetes.cri-o.*"];

/// What only names or tells something.
const NAMES: &[&str] = &[
    "ociVersion",
    "process.terminal",
    "process.consoleSize.height",
    "process.consoleSize.width",
    "process.args",
    "process.env",
    "process.cwd",
    "hostname",
    "domainname",
    "annotations",
];
const LOCAL: &[&str] = &[
    "linux.timeOffsets",
    "linux.memoryPolicy.mode",
    "linux.memoryPolicy.nodes",
    "linux.memoryPolicy.flags",
    "linux.intelRdt.enableMonitoring",
];
/// Absent is as good as what they may be set to.
const SAME: &[&str] = &["process.noNewPrivileges", "root.readonly", "linux.rootfsPropagation"];

const PSS_SYSCTL: &str = "Pod Security Standards, Baseline: Sysctls";
const HOOK: &str = "runtime-spec config.md#posix-platform-hooks";
const SPEC: &str = "runtime-spec config.md";

pub(super) static ROWS: &[Row] = rows! {
    "hook.host" (HOST_HOOKS, Privileged) By(Any, There)
        => "have the runtime run a program on the host", HOOK;
    "hook.container" (&["hooks.startContainer"], Baseline) By(Any, There)
        => "have a program run before its own, with the runtime's privileges in the container", HOOK;
    "hook.order" (HOOKS, Baseline) Moved(Class::Unknown)
        => "a later hook sees what an earlier one did", HOOK;

    "sysctl.host" (SYSCTL, Privileged) By(All(&[Not(&Key(SAFE)), Not(&Key(NAMESPACED))]), There)
        => "have a parameter of the host's kernel set", PSS_SYSCTL;
    "sysctl.unsafe" (SYSCTL, Privileged) By(All(&[Not(&Key(SAFE)), Key(NAMESPACED)]), There)
        => "have a kernel parameter set that costs others", PSS_SYSCTL;
    "sysctl.safe" (SYSCTL, Restricted) Neutral(Key(SAFE))
        => "it holds for the container alone", PSS_SYSCTL;

    "root.host" (&["root.path"], Privileged) More(Within(&["/proc", "/sys", "/dev", "/etc", "/usr", "/boot", "/root"]))
        => "use the host's own files as its root", "runtime-spec config.md#root";
    "root.whole" (&["root.path"], Privileged) More(Word(&["/"]))
        => "use the whole host as its root", "runtime-spec config.md#root";
    "root.other" (&["root.path"], Restricted) Else(Class::Unknown)
        => "other files are there", "runtime-spec config.md#root";
    "root.written" (&["root.readonly"], Restricted) Less(True)
        => "change its own root file system", "runtime-spec config.md#root";
    "propagation.shared" (PROPAGATION, Privileged) More(Word(&["shared"]))
        => "mount for the host", "mount_namespaces(7), shared subtrees";
    "propagation.slave" (PROPAGATION, Baseline) By(Any, Ladder(&[&["shared"], &["slave"], &["private", "unbindable"]], 1))
        => "see what the host mounts later", "runtime-spec config-linux.md#rootfs-mount-propagation";
    "network.device" (&["linux.netDevices"], Privileged) By(Any, There)
        => "have a network device of the host for itself", "runtime-spec config-linux.md#network-devices";
    "cgroup.path" (&["linux.cgroupsPath"], Baseline) Else(Class::Unknown)
        => "the limits of the cgroups around it are others", "runtime-spec config-linux.md#cgroups-path";
    "personality" (&["linux.personality.domain", "linux.personality.flags"], Baseline) Else(Class::Unknown)
        => "it can turn off what makes attacks harder, such as random addresses", "personality(2)";
    "annotation.order" (&["annotations"], Baseline) Unknown(Key(ORDERS))
        => "runtimes take orders from it", "crun(1), Extensions to OCI; runc docs/systemd.md";
    "files" (&["files"], Restricted) Else(Class::Unknown)
        => "what reads the file decides what it means", "no part of the runtime spec: files beside config.json";
    "local" (LOCAL, Restricted) Else(Class::Neutral)
        => "it changes what the container is like, not what it may", "runtime-spec config-linux.md";
    "names" (NAMES, Restricted) Else(Class::Neutral)
        => "it changes what the program is told, not what it may", SPEC;
    "same" (SAME, Restricted) Else(Class::Neutral)
        => "it says what holds without it", SPEC;
};

/// What moved where nothing else is known of the order.
pub(in crate::review::risk) static ORDER: Row = Row {
    name: "order",
    slots: &[],
    test: Moved(Class::Neutral),
    level: Level::Restricted,
    reason: "the same in another order",
    source: SPEC,
};

/// What is not the same for all services.
pub(in crate::review::risk) static DIFFERS: Row = Row {
    name: "differs",
    slots: &[],
    test: Else(Class::Unknown),
    level: Level::Privileged,
    reason: "its value differs from service to service",
    source: SPEC,
};

/// What all measures find the same.
pub(in crate::review::risk) static EQUAL: Row = Row {
    name: "equal",
    slots: &[],
    test: Else(Class::Neutral),
    level: Level::Restricted,
    reason: "the two come to the same",
    source: SPEC,
};

/// What another rule of the other side allows as well.
pub(in crate::review::risk) static COVERED: Row = Row {
    name: "device-rule.covered",
    slots: &[],
    test: Else(Class::Neutral),
    level: Level::Restricted,
    reason: "another rule of the old or new side covers it",
    source: super::ALLOWED_DEVICES,
};

/// What no row is about.
pub(in crate::review::risk) static UNLISTED: Row = Row {
    name: "unlisted",
    slots: &[],
    test: Else(Class::Unknown),
    level: Level::Privileged,
    reason: "no row of the table is about it",
    source: SPEC,
};
