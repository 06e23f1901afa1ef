//! Limits of the cgroup.

use super::rows;
use crate::review::Class;
use crate::review::risk::Row;
use crate::review::risk::Test::{By, Else, Less, More};
use crate::review::risk::compare::Compare::{self, Each, Field, Limit};
use crate::review::risk::compare::Nothing::{Number, Unknown, Unlimited};
use crate::review::risk::condition::When::{Any, Is, Key, True};

const MEMORY: &[&str] = &[
    "linux.resources.memory.limit",
    "linux.resources.memory.swap",
    "linux.resources.memory.kernel",
    "linux.resources.memory.kernelTCP",
];
const WEIGHTS: &[&str] = &["linux.resources.blockIO.weight", "linux.resources.blockIO.leafWeight"];
const THROTTLES: &[&str] = &[
    "linux.resources.blockIO.throttleReadBpsDevice",
    "linux.resources.blockIO.throttleWriteBpsDevice",
    "linux.resources.blockIO.throttleReadIOPSDevice",
    "linux.resources.blockIO.throttleWriteIOPSDevice",
];
const NETWORK: &[&str] = &["linux.resources.network.classID", "linux.resources.network.priorities"];
const CPUS: &[&str] = &["linux.resources.cpu.cpus", "linux.resources.cpu.mems"];
const RDT: &[&str] =
    &["linux.intelRdt.closID", "linux.intelRdt.schemata", "linux.intelRdt.l3CacheSchema", "linux.intelRdt.memBwSchema"];

const CONTROLLER: &str = "kernel Documentation/admin-guide/cgroup-v2.rst, Memory";
const CPU: &str = "kernel Documentation/admin-guide/cgroup-v2.rst, CPU";
const BANDWIDTH: &str = "kernel Documentation/scheduler/sched-bwc.rst";
const IO: &str = "kernel Documentation/admin-guide/cgroup-v2.rst, IO";

pub(super) static ROWS: &[Row] = rows! {
    "memory.limit" (MEMORY, Restricted) By(Any, Limit(Unlimited))
        => "take memory from others, beyond the lower limit", CONTROLLER;
    "memory.oom-killer" (&["linux.resources.memory.disableOOMKiller"], Baseline) More(True)
        => "hold its memory and hang, rather than be killed",
        "kernel Documentation/admin-guide/cgroup-v1/memory.rst, OOM Control";
    "memory.reservation" (&["linux.resources.memory.reservation"], Restricted) Else(Class::Unknown)
        => "version 1 takes it for a soft limit, version 2 for memory that is kept for it",
        "runtime-spec config-linux.md#memory; kernel Documentation/admin-guide/cgroup-v2.rst, memory.low";
    "memory.hierarchy" (&["linux.resources.memory.useHierarchy"], Restricted) Else(Class::Unknown)
        => "it says whether limits hold for what is below the cgroup", "runtime-spec config-linux.md#memory";
    "memory.tuning" (&["linux.resources.memory.swappiness", "linux.resources.memory.checkBeforeUpdate"], Restricted)
        Else(Class::Neutral) => "it may use as much memory as before", "runtime-spec config-linux.md#memory";
    "pids.limit" (&["linux.resources.pids.limit"], Restricted) By(Any, Limit(Unlimited))
        => "fill the host's process table, beyond the lower limit", "kernel Documentation/admin-guide/cgroup-v2.rst, PID";
    "cpu.quota" (&["linux.resources.cpu.quota"], Restricted) By(Any, Limit(Unlimited))
        => "use more CPU time in a period", BANDWIDTH;
    "cpu.burst" (&["linux.resources.cpu.burst"], Restricted) By(Any, Limit(Number(0)))
        => "save more CPU time for later", BANDWIDTH;
    "cpu.shares" (&["linux.resources.cpu.shares"], Restricted) By(Any, Limit(Number(1024)))
        => "have a greater share of busy CPUs", CPU;
    "cpu.realtime" (&["linux.resources.cpu.realtimeRuntime"], Baseline) By(Any, Limit(Number(0)))
        => "keep everybody else from the CPUs for longer", "kernel Documentation/scheduler/sched-rt-group.rst";
    "cpu.period" (&["linux.resources.cpu.period", "linux.resources.cpu.realtimePeriod"], Restricted) Else(Class::Unknown)
        => "with the quota it says how much CPU time there is", BANDWIDTH;
    "cpu.set" (CPUS, Restricted) By(Any, Compare::Numbers)
        => "use more CPUs or memory nodes", "cpuset(7)";
    "cpu.idle" (&["linux.resources.cpu.idle"], Restricted) Less(Is(1))
        => "run before what is idle", CPU;
    "io.weight" (WEIGHTS, Restricted) By(Any, Limit(Unknown))
        => "have a greater share of busy disks", IO;
    "io.device-weight" (&["linux.resources.blockIO.weightDevice"], Restricted) By(Any, Each(&[
        Field("weight", &Limit(Unknown)),
        Field("leafWeight", &Limit(Unknown)),
    ])) => "have a greater share of a busy disk", IO;
    "io.throttle" (THROTTLES, Restricted) By(Any, Field("rate", &Limit(Unlimited)))
        => "use a disk faster than the lower limit", IO;
    "hugepages.limit" (&["linux.resources.hugepageLimits"], Restricted) By(Any, Field("limit", &Limit(Unlimited)))
        => "take huge pages from others, beyond the lower limit", "kernel Documentation/admin-guide/cgroup-v2.rst, HugeTLB";
    "rdma.limit" (&["linux.resources.rdma"], Restricted) By(Any, Each(&[
        Field("hcaHandles", &Limit(Unlimited)),
        Field("hcaObjects", &Limit(Unlimited)),
    ])) => "take RDMA handles and objects from others", "kernel Documentation/admin-guide/cgroup-v2.rst, RDMA";
    "unified.limit" (&["linux.resources.unified"], Restricted) By(Key(&["*.max", "*.high"]), Compare::Quota)
        => "use more than the lower limit", "kernel Documentation/admin-guide/cgroup-v2.rst, Resource Distribution Models";
    "unified.other" (&["linux.resources.unified"], Baseline) Else(Class::Unknown)
        => "what the file of the cgroup means decides", "runtime-spec config-linux.md#unified";
    "network.class" (NETWORK, Restricted) Else(Class::Unknown)
        => "the host's own rules say what becomes of such packets", "kernel Documentation/admin-guide/cgroup-v1/net_cls.rst";
    "rdt.share" (RDT, Restricted) Else(Class::Unknown)
        => "how much of caches and memory bandwidth it has depends on what others have",
        "runtime-spec config-linux.md#intelrdt; kernel Documentation/filesystems/resctrl.rst";
    "limits.same" (&["linux.resources.memory.disableOOMKiller", "linux.resources.cpu.idle"], Restricted) Else(Class::Neutral)
        => "it says what holds without it", "runtime-spec config-linux.md#control-groups";
};
