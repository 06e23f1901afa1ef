//! Filters of system calls.

use super::Demand::{Any, Differs, Needs, NoPair, Only, Spelled};
use super::{At, Requirement, dropped, refused};

const CALLS: &str = "linux.seccomp.syscalls";
const DEFAULT: At = At::slot("linux.seccomp.defaultAction");
const DEFAULT_ERRNO: At = At::slot("linux.seccomp.defaultErrnoRet");
const ACTION: At = At::of(CALLS, "action");
const ERRNO: At = At::of(CALLS, "errnoRet");
const NOTIFY: &[&str] = &["SCMP_ACT_NOTIFY"];
const NUMBERED: &[&str] = &["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"];
const CRUN: &str = "crun src/libcrun/seccomp.c, libcrun_generate_seccomp";
const RUNC: &str = "runc libcontainer/seccomp/seccomp_linux.go, InitSeccomp";
const YOUKI: &str = "youki crates/libcontainer/src/seccomp/mod.rs, check_seccomp";

pub(super) static ROWS: &[Requirement] = &[
    refused(
        "seccomp-default-notify",
        Spelled(DEFAULT, is_no_notification),
        "nobody could be told of the call that tells of calls",
        &[RUNC, YOUKI],
    ),
    refused(
        "seccomp-notify-write",
        NoPair(CALLS, ("action", "SCMP_ACT_NOTIFY"), ("names", "write")),
        "a call of `write` that waits for an answer is never told of",
        &[RUNC, YOUKI],
    ),
    refused(
        "seccomp-listener",
        Needs(At::slot("linux.seccomp.listenerPath"), ACTION, NOTIFY, true),
        "`SCMP_ACT_NOTIFY` needs a `linux.seccomp.listenerPath`",
        &["runc libcontainer/process_linux.go, start"],
    ),
    dropped(
        "seccomp-metadata",
        Only(At::slot("linux.seccomp.listenerMetadata"), At::slot("linux.seccomp.listenerPath"), &[]),
        "there is no `linux.seccomp.listenerPath` that would get it",
        &["config-linux.md#seccomp"],
    ),
    refused(
        "seccomp-default-errno",
        Only(DEFAULT_ERRNO, DEFAULT, NUMBERED),
        "only `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE` return a number",
        &[CRUN],
    ),
    refused(
        "seccomp-errno",
        Only(ERRNO, ACTION, NUMBERED),
        "only `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE` return a number",
        &[CRUN],
    ),
    refused("seccomp-names", Any(CALLS, &["names"]), "it names no system call", &["config-linux.md#seccomp"]),
    dropped(
        "seccomp-same-action",
        Differs(&[(ACTION, DEFAULT), (ERRNO, DEFAULT_ERRNO)]),
        "that is `linux.seccomp.defaultAction` already, and runtimes leave it out",
        &[
            "youki crates/libcontainer/src/seccomp/mod.rs, initialize_seccomp",
            "runc libcontainer/seccomp/seccomp_linux.go, matchCall",
        ],
    ),
];

fn is_no_notification(action: &str) -> bool {
    !NOTIFY.contains(&action)
}
