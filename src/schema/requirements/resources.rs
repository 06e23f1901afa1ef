//! Devices and control groups.

use super::Cgroup::{V1, V2};
use super::Demand::{Any, AtMost, Needs, Only, Range, Spelled, Swap, Wildcard, Without};
use super::{At, Requirement, dropped, refused};

const RULES: &str = "linux.resources.devices";
const NODES: &str = "linux.devices";
const WEIGHTS: &str = "linux.resources.blockIO.weightDevice";
const MEMORY: &str = "crun src/libcrun/cgroup-resources.c, write_memory_resources";
const KERNEL_MEMORY: &str = "runc libcontainer/specconv/spec_linux.go, CreateCgroupConfig";
const CPU: &str = "crun src/libcrun/cgroup-resources.c, write_cpu_resources";
const BANDWIDTH: &str = "linux kernel/sched/core.c, tg_set_cfs_bandwidth";
const REAL_TIME: &str = "youki crates/libcgroups/src/v2/cpu.rs, apply";
const NETWORK: &str = "crun src/libcrun/cgroup-resources.c, update_cgroup_v2_resources";
const NUMBERED: &[&str] = &["c", "b", "u"];

pub(super) static DEVICES: &[Requirement] = &[
    refused(
        "device-major",
        Needs(At::of(NODES, "major"), At::of(NODES, "type"), NUMBERED, true),
        "a device of this type needs a `major` number",
        &["config-linux.md#devices", "runtime-tools validate/validate_linux.go, deviceValid"],
    ),
    refused(
        "device-minor",
        Needs(At::of(NODES, "minor"), At::of(NODES, "type"), NUMBERED, true),
        "a device of this type needs a `minor` number",
        &["config-linux.md#devices", "runtime-tools validate/validate_linux.go, deviceValid"],
    ),
    dropped(
        "fifo-major",
        Only(At::of(NODES, "major"), At::of(NODES, "type"), NUMBERED),
        "a FIFO has no numbers",
        &["runtime-tools validate/validate_linux.go, deviceValid", "mknod(2)"],
    ),
    dropped(
        "fifo-minor",
        Only(At::of(NODES, "minor"), At::of(NODES, "type"), NUMBERED),
        "a FIFO has no numbers",
        &["runtime-tools validate/validate_linux.go, deviceValid", "mknod(2)"],
    ),
    refused(
        "device-access",
        Any(RULES, &["access"]),
        "a device rule needs `access`",
        &["runc libcontainer/specconv/spec_linux.go, CreateCgroupConfig"],
    ),
    refused(
        "device-wildcard",
        Wildcard,
        "without a `type`, or of type `a`, it is about all devices: runtimes pass over its numbers",
        &[
            "runc vendor/github.com/opencontainers/cgroups/devices/devices_emulator.go, Apply",
            "linux security/device_cgroup.c, devcgroup_update_access",
        ],
    ),
];

pub(super) static ROWS: &[Requirement] = &[
    refused(
        "memory-swap",
        Swap,
        "swap includes memory: it needs a `linux.resources.memory.limit` and is not below it",
        &[
            "runc vendor/github.com/opencontainers/cgroups/utils.go, ConvertMemorySwapToCgroupV2Value",
            "crun src/libcrun/cgroup-resources.c, write_memory_swap",
            "youki crates/libcgroups/src/v2/memory.rs, apply",
        ],
    ),
    dropped(
        "memory-reservation",
        AtMost(At::slot("linux.resources.memory.reservation"), At::slot("linux.resources.memory.limit"), false),
        "what is above `linux.resources.memory.limit` cannot be reserved",
        &["runtime-tools validate/validate.go, CheckLinuxResources"],
    ),
    refused(
        "cpu-period",
        Range(At::slot("linux.resources.cpu.period"), 1000, 1_000_000),
        "a period is 1000 to 1000000 microseconds",
        &[BANDWIDTH],
    ),
    refused(
        "cpu-quota",
        Range(At::slot("linux.resources.cpu.quota"), 1000, (1 << 44) - 1),
        "a quota is 1000 to 2^44-1 microseconds, or -1 for none",
        &[BANDWIDTH],
    ),
    dropped(
        "cpu-shares",
        Range(At::slot("linux.resources.cpu.shares"), 2, 262_144),
        "shares are 2 to 262144: the kernel takes the nearest",
        &[
            "linux kernel/sched/fair.c, sched_group_set_shares",
            "runc vendor/github.com/opencontainers/cgroups/utils.go, ConvertCPUSharesToCgroupV2Value",
        ],
    ),
    refused(
        "cpu-burst",
        AtMost(At::slot("linux.resources.cpu.burst"), At::slot("linux.resources.cpu.quota"), false),
        "a burst is not above the quota",
        &[BANDWIDTH],
    ),
    refused(
        "cpu-real-time",
        AtMost(At::slot("linux.resources.cpu.realtimeRuntime"), At::slot("linux.resources.cpu.realtimePeriod"), false),
        "the real-time runtime is not above its period",
        &["linux kernel/sched/rt.c, tg_rt_schedulable"],
    ),
    refused(
        "block-weight",
        Range(At::slot("linux.resources.blockIO.weight"), 1, 1000),
        "a weight is 1 to 1000",
        &["config-linux.md#block-io", "linux block/bfq-cgroup.c, bfq_io_set_weight_legacy"],
    ),
    refused(
        "block-device-weight",
        Range(At::of(WEIGHTS, "weight"), 1, 1000),
        "a weight is 1 to 1000",
        &["config-linux.md#block-io", "linux block/bfq-cgroup.c, bfq_io_set_weight_legacy"],
    ),
    refused(
        "block-device-weights",
        Any(WEIGHTS, &["weight", "leafWeight"]),
        "it has neither `weight` nor `leafWeight`",
        &["runtime-tools validate/validate.go, CheckLinuxResources", "config-linux.md#block-io"],
    ),
    refused(
        "rdma-limits",
        Any("linux.resources.rdma", &["hcaHandles", "hcaObjects"]),
        "it has neither `hcaHandles` nor `hcaObjects`",
        &["config-linux.md#rdma"],
    ),
    refused(
        "unified-file",
        Spelled(At::slot("linux.resources.unified"), is_cgroup_file),
        "a file of a control group is `CONTROLLER.NAME`, without `/`",
        &[
            "runc vendor/github.com/opencontainers/cgroups/fs2/fs2.go, setUnified",
            "crun src/libcrun/cgroup-resources.c, write_unified_resources",
        ],
    ),
];

/// What only one layout of control groups has.
pub(super) static VERSIONS: &[Requirement] = &[
    refused(
        "unified-v2",
        Without(At::slot("linux.resources.unified"), V1, true),
        "the host has control groups of version 1",
        &[
            "runc libcontainer/configs/validate/validator.go, cgroupsCheck",
            "crun src/libcrun/cgroup-resources.c, update_cgroup_v1_resources",
        ],
    ),
    lacking("memory-kernel-v1", "linux.resources.memory.kernel", true, &[MEMORY]),
    lacking("memory-kernel-tcp-v1", "linux.resources.memory.kernelTCP", true, &[MEMORY]),
    lacking("memory-swappiness-v1", "linux.resources.memory.swappiness", true, &[MEMORY]),
    lacking("memory-oom-killer-v1", "linux.resources.memory.disableOOMKiller", false, &[MEMORY]),
    lacking("memory-hierarchy-v1", "linux.resources.memory.useHierarchy", true, &[MEMORY]),
    lacking("cpu-real-time-runtime-v1", "linux.resources.cpu.realtimeRuntime", false, &[CPU, REAL_TIME]),
    lacking("cpu-real-time-period-v1", "linux.resources.cpu.realtimePeriod", false, &[CPU, REAL_TIME]),
    lacking(
        "block-leaf-weight-v1",
        "linux.resources.blockIO.leafWeight",
        false,
        &["crun src/libcrun/cgroup-resources.c, write_blkio_resources", "youki crates/libcgroups/src/v2/io.rs, apply"],
    ),
    refused(
        "block-device-leaf-weight-v1",
        Without(At::of(WEIGHTS, "leafWeight"), V2, false),
        ONLY_V1,
        &["config-linux.md#block-io"],
    ),
    lacking("network-class-v1", "linux.resources.network.classID", true, &[NETWORK]),
    lacking("network-priorities-v1", "linux.resources.network.priorities", true, &[NETWORK]),
    dropped(
        "memory-kernel-ignored",
        Without(At::slot("linux.resources.memory.kernel"), V1, true),
        "nobody sets a limit on the kernel's memory any more",
        &[KERNEL_MEMORY, "linux mm/memcontrol-v1.c, mem_cgroup_write"],
    ),
    dropped(
        "memory-kernel-tcp-ignored",
        Without(At::slot("linux.resources.memory.kernelTCP"), V1, true),
        "not every runtime sets a limit on the memory of TCP any more",
        &[KERNEL_MEMORY],
    ),
];

const ONLY_V1: &str = "control groups of version 2 do not have it, and the host has no others";

const fn lacking(name: &'static str, path: &'static str, zero: bool, sources: &'static [&'static str]) -> Requirement {
    refused(name, Without(At::slot(path), V2, zero), ONLY_V1, sources)
}

fn is_cgroup_file(name: &str) -> bool {
    !name.contains('/')
        && name.split_once('.').is_some_and(|(controller, file)| !controller.is_empty() && !file.is_empty())
}
