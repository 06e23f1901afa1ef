//! Capabilities, in any of the sets.

use super::rows;
use crate::review::risk::Row;
use crate::review::risk::Test::More;
use crate::review::risk::condition::When::{Not, Word};

const SETS: &[&str] = &[
    "process.capabilities.bounding",
    "process.capabilities.effective",
    "process.capabilities.inheritable",
    "process.capabilities.permitted",
    "process.capabilities.ambient",
];

/// What the baseline level lets be added. It leaves out `NET_RAW`.
const BASELINE: &[&str] = &[
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];

const BEYOND: &str = "Pod Security Standards, Baseline: Capabilities; capabilities(7)";
const WITHIN: &str = "Pod Security Standards, Restricted: Capabilities; capabilities(7)";

pub(super) static ROWS: &[Row] = rows! {
    "capability.sys-admin" (SETS, Privileged) More(Word(&["CAP_SYS_ADMIN"]))
        => "mount file systems, enter namespaces and much else: the way out of most containers", BEYOND;
    "capability.sys-module" (SETS, Privileged) More(Word(&["CAP_SYS_MODULE"]))
        => "load code into the host's kernel", BEYOND;
    "capability.sys-rawio" (SETS, Privileged) More(Word(&["CAP_SYS_RAWIO"]))
        => "reach the host's memory, ports and disks past the kernel", BEYOND;
    "capability.sys-ptrace" (SETS, Privileged) More(Word(&["CAP_SYS_PTRACE"]))
        => "read and change every process that it sees", BEYOND;
    "capability.dac-read-search" (SETS, Privileged) More(Word(&["CAP_DAC_READ_SEARCH"]))
        => "open any file of a file system by its handle, outside of its root as well",
        "Pod Security Standards, Baseline: Capabilities; open_by_handle_at(2)";
    "capability.bpf" (SETS, Privileged) More(Word(&["CAP_BPF"]))
        => "load programs into the kernel that see what other containers do", BEYOND;
    "capability.perfmon" (SETS, Privileged) More(Word(&["CAP_PERFMON"]))
        => "watch the kernel and what others do on its CPUs",
        "Pod Security Standards, Baseline: Capabilities; kernel Documentation/admin-guide/perf-security.rst";
    "capability.net-admin" (SETS, Privileged) More(Word(&["CAP_NET_ADMIN"]))
        => "change interfaces, routes and filters, and reach parts of the kernel that have had many holes", BEYOND;
    "capability.net-raw" (SETS, Privileged) More(Word(&["CAP_NET_RAW"]))
        => "forge packets and read those of others on its network",
        "Pod Security Standards, Baseline: Capabilities; CVE-2020-14386";
    "capability.sys-boot" (SETS, Privileged) More(Word(&["CAP_SYS_BOOT"]))
        => "load another kernel, or stop the machine where the pid namespace is the host's", BEYOND;
    "capability.sys-time" (SETS, Privileged) More(Word(&["CAP_SYS_TIME"]))
        => "set the host's clock", BEYOND;
    "capability.syslog" (SETS, Privileged) More(Word(&["CAP_SYSLOG"]))
        => "read the kernel's log and its addresses", "Pod Security Standards, Baseline: Capabilities; syslog(2)";
    "capability.mac" (SETS, Privileged) More(Word(&["CAP_MAC_ADMIN", "CAP_MAC_OVERRIDE"]))
        => "change or pass by the host's mandatory access control", BEYOND;
    "capability.checkpoint-restore" (SETS, Privileged) More(Word(&["CAP_CHECKPOINT_RESTORE"]))
        => "choose process ids and read what others have mapped", BEYOND;
    "capability.audit" (SETS, Privileged) More(Word(&["CAP_AUDIT_CONTROL", "CAP_AUDIT_READ"]))
        => "read the host's audit log, or turn it off", BEYOND;
    "capability.ipc-lock" (SETS, Privileged) More(Word(&["CAP_IPC_LOCK"]))
        => "keep memory from being swapped out, beyond its limit of locked memory", BEYOND;
    "capability.sys-resource" (SETS, Privileged) More(Word(&["CAP_SYS_RESOURCE"]))
        => "raise its own limits and quotas", "Pod Security Standards, Baseline: Capabilities; setrlimit(2)";
    "capability.sys-nice" (SETS, Privileged) More(Word(&["CAP_SYS_NICE"]))
        => "run before others on the CPUs, and move their memory", BEYOND;
    "capability.mknod" (SETS, Baseline) More(Word(&["CAP_MKNOD"]))
        => "make device nodes, and open those that its device rules let it",
        "Pod Security Standards, Restricted: Capabilities; mknod(2)";
    "capability.set-ids" (SETS, Baseline) More(Word(&["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETFCAP"]))
        => "act as any user of the container, or hand on what it may", WITHIN;
    "capability.files" (SETS, Baseline) More(Word(&["CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_FOWNER", "CAP_FSETID"]))
        => "use files of the container whatever their owner and mode say", WITHIN;
    "capability.usual" (SETS, Baseline) More(Word(&["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_SYS_CHROOT"]))
        => "do what root in a container usually may", WITHIN;
    "capability.net-bind-service" (SETS, Restricted) More(Word(&["CAP_NET_BIND_SERVICE"]))
        => "listen on ports below 1024", WITHIN;
    "capability.other" (SETS, Privileged) More(Not(&Word(BASELINE)))
        => "do what only root of the host should", BEYOND;
};
