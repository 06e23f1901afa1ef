//! The process: capabilities, limits, scheduling.

use super::Demand::{AtMost, Needs, Only, Range, Spelled, Subset};
use super::{At, Requirement, dropped, refused};
use crate::schema::output::roles::{
    AMBIENT_IN_INHERITABLE, AMBIENT_IN_PERMITTED, EFFECTIVE_IN_PERMITTED, INHERITABLE_IN_BOUNDING,
    PERMITTED_IN_BOUNDING,
};

const POLICY: At = At::slot("process.scheduler.policy");
const PRIORITY: At = At::slot("process.scheduler.priority");
const RUNTIME: At = At::slot("process.scheduler.runtime");
const DEADLINE: At = At::slot("process.scheduler.deadline");
const PERIOD: At = At::slot("process.scheduler.period");
const REAL_TIME: &[&str] = &["SCHED_FIFO", "SCHED_RR"];
const SCHEDULER: &[&str] = &[
    "runc libcontainer/configs/validate/validator.go, scheduler",
    "youki crates/libcontainer/src/validator.rs, validate_spec_for_scheduler",
];
const DEADLINES: &[&str] =
    &["linux kernel/sched/deadline.c, __checkparam_dl", "crun src/libcrun/scheduler.c, diagnose_scheduler_failure"];
const CAPABILITIES: &str = "runtime-tools validate/validate.go, CheckCapabilities";
const CAPSET: &str = "linux security/commoncap.c, cap_capset";

pub(super) static ROWS: &[Requirement] = &[
    refused(
        "spec-version",
        Spelled(At::slot("ociVersion"), is_version),
        "the version of a runtime spec is `1.` and two more numbers",
        &[
            "youki crates/libcontainer/src/container/init_builder.rs, validate_spec",
            "runtime-tools validate/validate.go, CheckSemVer",
        ],
    ),
    refused(
        "process-args",
        Needs(At::slot("process.args"), At::slot("process.cwd"), &[], true),
        "a process needs `process.args`, with its program first",
        &[
            "runc utils_linux.go, validateProcessSpec",
            "runtime-tools validate/validate.go, CheckProcess",
            "youki crates/libcontainer/src/process/init/process.rs, container_init_process",
        ],
    ),
    dropped(
        "console-size",
        Only(At::slot("process.consoleSize.height"), At::slot("process.terminal"), &[]),
        "the size of a console counts only with `process.terminal`",
        &["config.md#process"],
    ),
    refused(
        "effective-permitted",
        Subset(&EFFECTIVE_IN_PERMITTED),
        "`process.capabilities.permitted` lacks it",
        &[CAPSET, CAPABILITIES],
    ),
    refused(
        "inheritable-bounding",
        Subset(&INHERITABLE_IN_BOUNDING),
        "`process.capabilities.bounding` lacks it",
        &[CAPSET],
    ),
    dropped(
        "permitted-bounding",
        Subset(&PERMITTED_IN_BOUNDING),
        "`process.capabilities.bounding` lacks it",
        &["capabilities(7)"],
    ),
    dropped(
        "ambient-permitted",
        Subset(&AMBIENT_IN_PERMITTED),
        "`process.capabilities.permitted` lacks it",
        &[
            "runc libcontainer/capabilities/capabilities.go, ApplyCaps",
            "youki crates/libcontainer/src/capabilities.rs, drop_privileges",
            CAPABILITIES,
        ],
    ),
    dropped(
        "ambient-inheritable",
        Subset(&AMBIENT_IN_INHERITABLE),
        "`process.capabilities.inheritable` lacks it",
        &[
            "runc libcontainer/capabilities/capabilities.go, ApplyCaps",
            "youki crates/libcontainer/src/capabilities.rs, drop_privileges",
            CAPABILITIES,
        ],
    ),
    refused(
        "rlimit-order",
        AtMost(At::of("process.rlimits", "soft"), At::of("process.rlimits", "hard"), true),
        "a soft limit is not above the hard one",
        &["runtime-tools validate/validate.go, rlimitValid", "linux kernel/sys.c, do_prlimit"],
    ),
    refused(
        "scheduler-priority",
        Only(PRIORITY, POLICY, REAL_TIME),
        "only `SCHED_FIFO` and `SCHED_RR` have a priority",
        SCHEDULER,
    ),
    refused(
        "scheduler-real-time",
        Needs(PRIORITY, POLICY, REAL_TIME, false),
        "`SCHED_FIFO` and `SCHED_RR` need a `process.scheduler.priority` from 1 to 99",
        &["sched_setattr(2)"],
    ),
    refused("scheduler-runtime", Only(RUNTIME, POLICY, &["SCHED_DEADLINE"]), "only `SCHED_DEADLINE` has it", SCHEDULER),
    refused(
        "scheduler-deadline",
        Only(DEADLINE, POLICY, &["SCHED_DEADLINE"]),
        "only `SCHED_DEADLINE` has it",
        SCHEDULER,
    ),
    refused("scheduler-period", Only(PERIOD, POLICY, &["SCHED_DEADLINE"]), "only `SCHED_DEADLINE` has it", SCHEDULER),
    refused(
        "scheduler-needs-runtime",
        Needs(RUNTIME, POLICY, &["SCHED_DEADLINE"], false),
        "`SCHED_DEADLINE` needs a `process.scheduler.runtime`",
        DEADLINES,
    ),
    refused(
        "scheduler-needs-deadline",
        Needs(DEADLINE, POLICY, &["SCHED_DEADLINE"], false),
        "`SCHED_DEADLINE` needs a `process.scheduler.deadline`",
        DEADLINES,
    ),
    refused(
        "scheduler-runtime-range",
        Range(RUNTIME, 1024, (1 << 63) - 1),
        "a runtime is 1024 to 2^63-1 nanoseconds",
        DEADLINES,
    ),
    refused(
        "scheduler-runtime-order",
        AtMost(RUNTIME, DEADLINE, false),
        "the runtime is not above the deadline",
        DEADLINES,
    ),
    refused(
        "scheduler-deadline-order",
        AtMost(DEADLINE, PERIOD, false),
        "the deadline is not above the period",
        DEADLINES,
    ),
    refused(
        "memory-policy-without-nodes",
        Only(
            At::slot("linux.memoryPolicy.nodes"),
            At::slot("linux.memoryPolicy.mode"),
            &["MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED", "MPOL_PREFERRED_MANY"],
        ),
        "`MPOL_DEFAULT` and `MPOL_LOCAL` have no nodes",
        &["runc libcontainer/configs/validate/validator.go, memoryPolicy"],
    ),
    refused(
        "memory-policy-nodes",
        Needs(
            At::slot("linux.memoryPolicy.nodes"),
            At::slot("linux.memoryPolicy.mode"),
            &["MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED_MANY"],
            true,
        ),
        "this mode needs `linux.memoryPolicy.nodes`",
        &["runc libcontainer/configs/validate/validator.go, memoryPolicy"],
    ),
    refused(
        "resctl-name",
        Spelled(At::slot("linux.intelRdt.closID"), is_class),
        "it names a directory: it is not `.` or `..` and has no `/` beside other characters",
        &[
            "runc libcontainer/configs/validate/validator.go, intelrdtCheck",
            "youki crates/libcontainer/src/validator.rs, validate_spec_for_intel_rdt",
            "config-linux.md#intelrdt",
        ],
    ),
];

/// `1.2.3`, and what semantic versions may have behind it.
fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    core.starts_with("1.") && core.split('.').count() == 3 && core.split('.').all(is_number)
}

fn is_class(name: &str) -> bool {
    !matches!(name, "." | "..") && (name == "/" || !name.contains('/'))
}
