//! Users, privileges and labels of the process, and how it is scheduled.

use super::{RESTRICTED_ESCALATION, rows};
use crate::review::Class;
use crate::review::risk::Row;
use crate::review::risk::Test::{By, Else, Less, More};
use crate::review::risk::compare::Compare::{self, FewerBits, Field, Limit, Lower};
use crate::review::risk::compare::Nothing::{Number, Unlimited};
use crate::review::risk::condition::When::{self, All, Any, Below, Is, Label, Not, True, Word};

const UID: &[&str] = &["process.user.uid"];
const GID: &[&str] = &["process.user.gid"];
const GROUPS: &[&str] = &["process.user.additionalGids"];
const LABELS: &[&str] = &["process.selinuxLabel"];
const POLICY: &[&str] = &["process.scheduler.policy"];
const DEADLINE: &[&str] =
    &["process.scheduler.flags", "process.scheduler.runtime", "process.scheduler.deadline", "process.scheduler.period"];
const RLIMITS: &[&str] = &["process.rlimits"];

/// The types of SELinux that confine nothing.
const UNCONFINED: When = Label(&["spc_t", "unconfined_t", "container_runtime_t"]);

/// Limits that are nothing unless they are raised.
const REALTIME: When = When::Field("type", &Word(&["RLIMIT_RTPRIO", "RLIMIT_NICE"]));

const NON_ROOT: &str = "Pod Security Standards, Restricted: Running as Non-root user";
const SCHED: &str = "sched(7)";
const NICE: &str = "sched(7), The nice value";
const OOM: &str = "proc_pid_oom_score_adj(5)";
const IO: &str = "ioprio_set(2)";
const USER: &str = "runtime-spec config.md#posix-platform-user; credentials(7)";

pub(super) static ROWS: &[Row] = rows! {
    "privileges.new" (&["process.noNewPrivileges"], Baseline) Less(True)
        => "gain privileges through set-user-id programs and file capabilities", RESTRICTED_ESCALATION;
    "apparmor.unconfined" (&["process.apparmorProfile"], Privileged) Less(Not(&Word(&["", "unconfined"])))
        => "do what no AppArmor profile forbids", "Pod Security Standards, Baseline: AppArmor; apparmor(7)";
    "apparmor.other" (&["process.apparmorProfile"], Baseline) Else(Class::Unknown)
        => "the other profile decides", "Pod Security Standards, Baseline: AppArmor; apparmor(7)";
    "selinux.unconfined" (LABELS, Privileged) Less(All(&[Not(&Word(&[""])), Not(&UNCONFINED)]))
        => "do what no SELinux type forbids", "Pod Security Standards, Baseline: SELinux; selinux(8)";
    "selinux.other" (&["process.selinuxLabel", "linux.mountLabel"], Baseline) Else(Class::Unknown)
        => "the other label decides", "Pod Security Standards, Baseline: SELinux; selinux(8)";
    "user.root" (UID, Baseline) More(Is(0))
        => "act as root, within its capabilities", NON_ROOT;
    "user.other" (UID, Restricted) Else(Class::Unknown)
        => "another user owns other files and processes", USER;
    "group.root" (&["process.user.gid", "process.user.additionalGids"], Baseline) More(Is(0))
        => "use what root's group may", "runtime-spec config.md#posix-platform-user; credentials(7)";
    "group.added" (GROUPS, Restricted) By(Any, Compare::There)
        => "use what a further group may", USER;
    "group.other" (GID, Restricted) Else(Class::Unknown)
        => "another group may use other files", USER;
    "user.umask" (&["process.user.umask"], Restricted) By(Any, FewerBits(0o022))
        => "leave new files open to more users", "umask(2)";
    "rlimit.realtime" (RLIMITS, Baseline) By(REALTIME, Compare::Each(&[
        Field("hard", &Limit(Number(0))),
        Field("soft", &Limit(Number(0))),
    ])) => "run before others on the CPUs", "getrlimit(2), RLIMIT_RTPRIO and RLIMIT_NICE";
    "rlimit.raised" (RLIMITS, Restricted) By(Not(&REALTIME), Compare::Each(&[
        Field("hard", &Limit(Unlimited)),
        Field("soft", &Limit(Unlimited)),
    ])) => "use more than the lower limit", "getrlimit(2)";
    "oom.spared" (&["process.oomScoreAdj"], Baseline) More(Below(0))
        => "have processes of the host killed in its place when memory runs out", OOM;
    "oom.order" (&["process.oomScoreAdj"], Restricted) By(Any, Lower(0))
        => "have other containers killed before it when memory runs out", OOM;
    "scheduler.realtime" (POLICY, Baseline) More(Word(&["SCHED_FIFO", "SCHED_RR", "SCHED_DEADLINE"]))
        => "keep everybody else from its CPUs", SCHED;
    "scheduler.policy" (POLICY, Restricted) By(Any, Compare::Ladder(&[
        &["SCHED_FIFO", "SCHED_RR", "SCHED_DEADLINE"],
        &["SCHED_OTHER"],
        &["SCHED_BATCH"],
        &["SCHED_IDLE"],
    ], 1)) => "run before others on its CPUs", SCHED;
    "scheduler.nice" (&["process.scheduler.nice"], Restricted) By(Any, Lower(0))
        => "have a greater share of its CPUs", NICE;
    "scheduler.priority" (&["process.scheduler.priority"], Baseline) By(Any, Limit(Number(0)))
        => "run before other real-time programs", SCHED;
    "scheduler.other" (DEADLINE, Restricted) Else(Class::Unknown)
        => "with the rest of the policy it says how much of its CPUs it has", "sched_setattr(2)";
    "io.realtime" (&["process.ioPriority.class"], Baseline) More(Word(&["IOPRIO_CLASS_RT"]))
        => "keep everybody else from a disk", IO;
    "io.class" (&["process.ioPriority.class"], Restricted) By(Any, Compare::Ladder(&[
        &["IOPRIO_CLASS_RT"],
        &["IOPRIO_CLASS_BE"],
        &["IOPRIO_CLASS_IDLE"],
    ], 1)) => "use a disk before others", IO;
    "io.priority" (&["process.ioPriority.priority"], Restricted) By(Any, Lower(4))
        => "use a disk before others", IO;
    "cpu.exec" (&["process.execCPUAffinity.initial", "process.execCPUAffinity.final"], Restricted) By(Any, Compare::Numbers)
        => "run on more CPUs when something is executed in it", "sched_setaffinity(2)";
};
