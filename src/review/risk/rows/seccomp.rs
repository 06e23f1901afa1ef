//! System call filters.

use super::rows;
use crate::review::Class;
use crate::review::risk::Row;
use crate::review::risk::Test::{By, Else, Less, More, Moved, Unknown};
use crate::review::risk::compare::Compare;
use crate::review::risk::condition::When::{self, All, Any, Field, Names, Word};

const CALLS: &[&str] = &["linux.seccomp.syscalls"];

const ALLOWING: &[&str] = &["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"];
const REFUSING: &[&str] =
    &["SCMP_ACT_ERRNO", "SCMP_ACT_TRAP", "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS"];

/// What filters are there to keep away: calls that change namespaces, modules and mounts, or reach other processes.
const ESCAPES: When = Names(&[
    "add_key",
    "bpf",
    "clone3",
    "create_module",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "name_to_handle_at",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "setns",
    "settimeofday",
    "swapon",
    "syslog",
    "umount2",
    "unshare",
    "userfaultfd",
]);

const PROFILE: &str = "docs.docker.com/engine/security/seccomp, significant syscalls blocked by the default profile";
const PSS: &str = "Pod Security Standards, Baseline and Restricted: Seccomp; seccomp(2)";
const SPEC: &str = "runtime-spec config-linux.md#seccomp; seccomp(2)";

pub(super) static ROWS: &[Row] = rows! {
    "seccomp.default" (&["linux.seccomp.defaultAction"], Privileged) By(Any, Compare::Ladder(&[ALLOWING, REFUSING], 0))
        => "make every system call that no rule of the filter names", PSS;
    "seccomp.escape" (CALLS, Privileged) More(All(&[Field("action", &Word(ALLOWING)), ESCAPES]))
        => "make system calls that filters are there to keep away", PROFILE;
    "seccomp.allowed" (CALLS, Baseline) More(Field("action", &Word(ALLOWING)))
        => "make more system calls", SPEC;
    "seccomp.refused" (CALLS, Baseline) Less(Field("action", &Word(REFUSING)))
        => "make system calls that were refused", SPEC;
    "seccomp.asked" (CALLS, Baseline) Unknown(Field("action", &Word(&["SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE"])))
        => "another program decides about these system calls", "seccomp_unotify(2)";
    "seccomp.rule" (CALLS, Baseline) Else(Class::Unknown)
        => "which calls the rule is about is another question", SPEC;
    "seccomp.order" (CALLS, Restricted) Moved(Class::Unknown)
        => "of two rules about one system call the order can decide", SPEC;
    "seccomp.architecture" (&["linux.seccomp.architectures"], Baseline) By(Any, Compare::There)
        => "make the system calls of another architecture", SPEC;
    "seccomp.speculation" (&["linux.seccomp.flags"], Baseline) More(Word(&["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]))
        => "be read by others through speculation, and read them",
        "seccomp(2), SECCOMP_FILTER_FLAG_SPEC_ALLOW; CVE-2018-3639";
    "seccomp.listener" (&["linux.seccomp.listenerPath", "linux.seccomp.listenerMetadata"], Baseline) Else(Class::Unknown)
        => "a program of the host that answers for the kernel is another", "seccomp_unotify(2)";
    "seccomp.same" (&["linux.seccomp.defaultAction", "linux.seccomp.flags", "linux.seccomp.defaultErrnoRet"], Restricted)
        Else(Class::Neutral) => "the filter lets the same system calls pass", SPEC;
    "seccomp.set-order" (&["linux.seccomp.architectures", "linux.seccomp.flags"], Restricted) Moved(Class::Neutral)
        => "their order means nothing", SPEC;
};
