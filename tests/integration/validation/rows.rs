//! For each row of the table what breaks it, and what is all but that.

/// Statements of a rule, and the control groups of the host that they are rendered for.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) broken: &'static str,
    pub(super) near: &'static str,
    pub(super) cgroup: &'static str,
    pub(super) near_cgroup: &'static str,
}

const fn case(name: &'static str, broken: &'static str, near: &'static str) -> Case {
    Case { name, broken, near, cgroup: "v2", near_cgroup: "v2" }
}

/// The same on a host with other control groups.
const fn elsewhere(name: &'static str, cgroup: &'static str, near_cgroup: &'static str, body: &'static str) -> Case {
    Case { name, broken: body, near: body, cgroup, near_cgroup }
}

pub(super) const CASES: &[Case] = &[
    case("hostname-uts", r#"hostname = "web"  force linux.namespaces -= "uts""#, r#"hostname = "web""#),
    case(
        "domainname-uts",
        r#"domainname = "shop"  force linux.namespaces -= "uts""#,
        r#"domainname = "shop"  linux.namespaces += { type: "uts", path: "/proc/1/ns/uts" }"#,
    ),
    case(
        "masked-paths-mount",
        r#"linux.maskedPaths += "/proc/acpi"  force linux.namespaces -= "mount""#,
        r#"linux.maskedPaths = []  force linux.namespaces -= "mount""#,
    ),
    case(
        "readonly-paths-mount",
        r#"linux.readonlyPaths += "/proc/bus"  force linux.namespaces -= "mount""#,
        r#"linux.readonlyPaths += "/proc/bus""#,
    ),
    case(
        "uid-mappings-user",
        r#"linux.uidMappings["0"] = { hostID: 1000, size: 1 }"#,
        r#"linux.uidMappings["0"] = { hostID: 1000, size: 1 }  linux.gidMappings["0"] = { hostID: 1000, size: 1 }
           linux.namespaces += { type: "user" }"#,
    ),
    case(
        "gid-mappings-user",
        r#"linux.gidMappings["0"] = { hostID: 1000, size: 1 }"#,
        r#"linux.uidMappings["0"] = { hostID: 1000, size: 1 }  linux.gidMappings["0"] = { hostID: 1000, size: 1 }
           linux.namespaces += { type: "user" }"#,
    ),
    case(
        "user-uid-mappings",
        r#"linux.gidMappings["0"] = { hostID: 1000, size: 1 }  linux.namespaces += { type: "user" }"#,
        r#"linux.namespaces += { type: "user", path: "/proc/1/ns/user" }"#,
    ),
    case(
        "user-gid-mappings",
        r#"linux.uidMappings["0"] = { hostID: 1000, size: 1 }  linux.namespaces += { type: "user" }"#,
        r#"linux.namespaces += { type: "user", path: "/proc/1/ns/user" }"#,
    ),
    case(
        "user-joined-uids",
        r#"linux.uidMappings["0"] = { hostID: 1000, size: 1 }  linux.namespaces += { type: "user", path: "/proc/1/ns/user" }"#,
        r#"linux.namespaces += { type: "user", path: "/proc/1/ns/user" }"#,
    ),
    case(
        "user-joined-gids",
        r#"linux.gidMappings["0"] = { hostID: 1000, size: 1 }  linux.namespaces += { type: "user", path: "/proc/1/ns/user" }"#,
        r#"linux.namespaces += { type: "user", path: "/proc/1/ns/user" }"#,
    ),
    case(
        "uid-mapped",
        r#"process.user.uid = 10  linux.uidMappings["0"] = { hostID: 1000, size: 10 }
           linux.gidMappings["0"] = { hostID: 1000, size: 10 }  linux.namespaces += { type: "user" }"#,
        r#"process.user.uid = 9  linux.uidMappings["0"] = { hostID: 1000, size: 10 }
           linux.gidMappings["0"] = { hostID: 1000, size: 10 }  linux.namespaces += { type: "user" }"#,
    ),
    case(
        "gid-mapped",
        r#"process.user.gid = 4  linux.uidMappings["0"] = { hostID: 1000, size: 10 }
           linux.gidMappings += [{ containerID: 0, hostID: 1000, size: 1 }, { containerID: 5, hostID: 1005, size: 1 }]
           linux.namespaces += { type: "user" }"#,
        r#"process.user.gid = 5  linux.uidMappings["0"] = { hostID: 1000, size: 10 }
           linux.gidMappings += [{ containerID: 0, hostID: 1000, size: 1 }, { containerID: 5, hostID: 1005, size: 1 }]
           linux.namespaces += { type: "user" }"#,
    ),
    case(
        "additional-gids-mapped",
        r#"process.user.additionalGids += [0, 20]  linux.uidMappings["0"] = { hostID: 1000, size: 10 }
           linux.gidMappings["0"] = { hostID: 1000, size: 10 }  linux.namespaces += { type: "user" }"#,
        r#"process.user.additionalGids += [0, 9]  linux.uidMappings["0"] = { hostID: 1000, size: 10 }
           linux.gidMappings["0"] = { hostID: 1000, size: 10 }  linux.namespaces += { type: "user" }"#,
    ),
    case(
        "mount-uid-mapped",
        r#"mounts += { destination: "/t", type: "tmpfs", source: "x", options: ["uid=10"] }
           linux.uidMappings["0"] = { hostID: 1000, size: 10 }  linux.gidMappings["0"] = { hostID: 1000, size: 10 }
           linux.namespaces += { type: "user" }"#,
        r#"mounts += { destination: "/t", type: "tmpfs", source: "x", options: ["uid=10"] }"#,
    ),
    case(
        "mount-gid-mapped",
        r#"mounts += { destination: "/dev/pts", type: "devpts", source: "x", options: ["gid=5"] }
           linux.uidMappings["0"] = { hostID: 1000, size: 10 }  linux.gidMappings["0"] = { hostID: 1000, size: 5 }
           linux.namespaces += { type: "user" }"#,
        r#"mounts += { destination: "/dev/pts", type: "devpts", source: "x", options: ["gid=5"] }
           linux.uidMappings["0"] = { hostID: 1000, size: 10 }  linux.gidMappings["0"] = { hostID: 1000, size: 6 }
           linux.namespaces += { type: "user" }"#,
    ),
    case(
        "time-offsets-time",
        r#"linux.timeOffsets["boottime"] = { secs: 7 }"#,
        r#"linux.timeOffsets["boottime"] = { secs: 7 }  linux.namespaces += { type: "time" }"#,
    ),
    case(
        "time-joined",
        r#"linux.timeOffsets["boottime"] = { secs: 7 }  linux.namespaces += { type: "time", path: "/proc/1/ns/time" }"#,
        r#"linux.namespaces += { type: "time", path: "/proc/1/ns/time" }"#,
    ),
    case(
        "net-devices-network",
        r#"linux.netDevices["eth7"] = {}  force linux.namespaces -= "network""#,
        r#"linux.netDevices["eth7"] = {}"#,
    ),
    case("net-device-name", r#"linux.netDevices["eth/7"] = {}"#, r#"linux.netDevices["eth-7.1"] = {}"#),
    case(
        "net-device-new-name",
        r#"linux.netDevices["eth7"] = { name: "a-name-of-16-byt" }"#,
        r#"linux.netDevices["eth7"] = { name: "a-name-of-15-by" }"#,
    ),
    case("sysctl-hostname", r#"linux.sysctl["kernel/hostname"] = "a""#, r#"linux.sysctl["kernel.domainname"] = "a""#),
    case(
        "sysctl-namespace",
        r#"linux.sysctl["net/ipv4/conf/eno2.100/rp_filter"] = "1"  force linux.namespaces -= "network""#,
        r#"linux.sysctl["net/ipv4/conf/eno2.100/rp_filter"] = "1"  linux.sysctl["kernel.sem"] = "1"
           linux.sysctl["fs.mqueue.msg_max"] = "1""#,
    ),
    case("sysctl-shared", r#"linux.sysctl["vm.overcommit_memory"] = "1""#, r#"linux.sysctl["kernel.shmmax"] = "1""#),
    case("cgroups-path", r#"linux.cgroupsPath = "/a/../b""#, r#"linux.cgroupsPath = "/a/..b""#),
    case(
        "personality-flags",
        r#"linux.personality = { domain: "LINUX32", flags: ["ADDR_NO_RANDOMIZE"] }"#,
        r#"linux.personality = { domain: "LINUX32", flags: [] }"#,
    ),
    case("spec-version", r#"force ociVersion = "1.0""#, r#"force ociVersion = "1.3.0-rc.1+dev""#),
    case("process-args", "force process.args = []", r#"force process.args = [""]"#),
    case(
        "console-size",
        "process.consoleSize = { height: 24, width: 80 }  process.terminal = false",
        "process.consoleSize = { height: 24, width: 80 }  process.terminal = true",
    ),
    case(
        "effective-permitted",
        r#"process.capabilities.{bounding, effective} += "KILL""#,
        r#"process.capabilities.{bounding, effective, permitted} += "KILL""#,
    ),
    case(
        "inheritable-bounding",
        r#"process.capabilities.inheritable += "KILL""#,
        r#"process.capabilities.{bounding, inheritable} += "KILL""#,
    ),
    case(
        "permitted-bounding",
        r#"process.capabilities.permitted += "KILL""#,
        r#"process.capabilities.{bounding, permitted} += "KILL""#,
    ),
    case(
        "ambient-permitted",
        r#"process.capabilities.{bounding, inheritable, ambient} += "KILL""#,
        r#"process.capabilities.{bounding, permitted, inheritable, ambient} += "KILL""#,
    ),
    case(
        "ambient-inheritable",
        r#"process.capabilities.{bounding, permitted, ambient} += "KILL""#,
        r#"process.capabilities.{bounding, permitted, inheritable, ambient} += "KILL""#,
    ),
    case(
        "rlimit-order",
        r#"process.rlimits += { type: "RLIMIT_CORE", soft: 1, hard: 0 }"#,
        r#"process.rlimits += { type: "RLIMIT_CORE", soft: 0, hard: 0 }"#,
    ),
    case(
        "scheduler-priority",
        r#"process.scheduler = { policy: "SCHED_BATCH", priority: 1 }"#,
        r#"process.scheduler = { policy: "SCHED_BATCH", priority: 0 }"#,
    ),
    case(
        "scheduler-real-time",
        r#"process.scheduler = { policy: "SCHED_FIFO", priority: 0 }"#,
        r#"process.scheduler = { policy: "SCHED_FIFO", priority: 1 }"#,
    ),
    case(
        "scheduler-runtime",
        r#"process.scheduler = { policy: "SCHED_OTHER", runtime: 1024 }"#,
        r#"process.scheduler = { policy: "SCHED_OTHER", runtime: 0 }"#,
    ),
    case(
        "scheduler-deadline",
        r#"process.scheduler = { policy: "SCHED_OTHER", deadline: 1 }"#,
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1024, deadline: 1024 }"#,
    ),
    case(
        "scheduler-period",
        r#"process.scheduler = { policy: "SCHED_OTHER", period: 1 }"#,
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1024, deadline: 1024, period: 1024 }"#,
    ),
    case(
        "scheduler-needs-runtime",
        r#"process.scheduler = { policy: "SCHED_DEADLINE", deadline: 2000 }"#,
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 2000 }"#,
    ),
    case(
        "scheduler-needs-deadline",
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 2000 }"#,
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 2000 }"#,
    ),
    case(
        "scheduler-runtime-range",
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1023, deadline: 2000 }"#,
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1024, deadline: 2000 }"#,
    ),
    case(
        "scheduler-runtime-order",
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 3000, deadline: 2000 }"#,
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 2000, period: 0 }"#,
    ),
    case(
        "scheduler-deadline-order",
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 3000, period: 2000 }"#,
        r#"process.scheduler = { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 3000, period: 3000 }"#,
    ),
    case(
        "memory-policy-without-nodes",
        r#"linux.memoryPolicy = { mode: "MPOL_LOCAL", nodes: "0" }"#,
        r#"linux.memoryPolicy = { mode: "MPOL_LOCAL" }"#,
    ),
    case(
        "memory-policy-nodes",
        r#"linux.memoryPolicy = { mode: "MPOL_BIND" }"#,
        r#"linux.memoryPolicy = { mode: "MPOL_PREFERRED" }"#,
    ),
    case("resctl-name", r#"linux.intelRdt.closID = "a/b""#, r#"linux.intelRdt.closID = "/""#),
    case(
        "bind-options",
        r#"mounts += { destination: "/d", type: "bind", source: "/s", options: ["rbind", "size=1"] }"#,
        r#"mounts += [{ destination: "/d", type: "bind", source: "/s", options: ["rbind", "ro", "rprivate", "rnosuid"] },
                      { destination: "/e", type: "tmpfs", source: "x", options: ["size=1"] }]"#,
    ),
    case(
        "mount-source",
        r#"mounts += { destination: "/d", type: "tmpfs" }"#,
        r#"mounts += { destination: "/d", type: "tmpfs", source: "none" }"#,
    ),
    case(
        "mount-type",
        r#"mounts += { destination: "/d", source: "/s" }"#,
        r#"mounts += { destination: "/d", type: "tmpfs", source: "x" }"#,
    ),
    case(
        "mount-mappings",
        r#"mounts += { destination: "/d", source: "/s", options: ["bind"], uidMappings: [{ containerID: 0, hostID: 1, size: 1 }] }"#,
        r#"mounts += { destination: "/d", source: "/s", options: ["bind"], uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
                       gidMappings: [{ containerID: 0, hostID: 1, size: 1 }] }"#,
    ),
    case(
        "mapped-bind",
        r#"mounts += { destination: "/d", type: "tmpfs", source: "x", uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
                       gidMappings: [{ containerID: 0, hostID: 1, size: 1 }] }"#,
        r#"mounts += { destination: "/d", source: "/s", options: ["rbind"], uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
                       gidMappings: [{ containerID: 0, hostID: 1, size: 1 }] }"#,
    ),
    case(
        "device-major",
        r#"linux.devices += { path: "/dev/x", type: "c", minor: 0 }"#,
        r#"linux.devices += [{ path: "/dev/x", type: "c", major: 0, minor: 0 }, { path: "/dev/y", type: "p" }]"#,
    ),
    case(
        "device-minor",
        r#"linux.devices += { path: "/dev/x", type: "u", major: 1 }"#,
        r#"linux.devices += { path: "/dev/x", type: "u", major: 1, minor: 0 }"#,
    ),
    case(
        "fifo-major",
        r#"linux.devices += { path: "/dev/x", type: "p", major: 1 }"#,
        r#"linux.devices += { path: "/dev/x", type: "p", major: 0 }"#,
    ),
    case(
        "fifo-minor",
        r#"linux.devices += { path: "/dev/x", type: "p", minor: 1 }"#,
        r#"linux.devices += { path: "/dev/x", type: "b", major: 1, minor: 1 }"#,
    ),
    case(
        "device-access",
        r#"linux.resources.devices += { allow: true, type: "c", major: 1, minor: 3 }"#,
        r#"linux.resources.devices += { allow: true, type: "c", major: 1, minor: 3, access: "m" }"#,
    ),
    case(
        "device-wildcard",
        r#"linux.resources.devices += { allow: true, major: 195, access: "rwm" }"#,
        r#"linux.resources.devices += [{ allow: false, access: "rwm" }, { allow: true, type: "c", major: 195, access: "rwm" }]"#,
    ),
    case(
        "memory-swap",
        "linux.resources.memory = { limit: 2000, swap: 1999 }",
        "linux.resources.memory = { limit: 2000, swap: 2000 }",
    ),
    case(
        "memory-reservation",
        "linux.resources.memory = { limit: 2000, reservation: 2001 }",
        "linux.resources.memory = { limit: -1, reservation: 2001 }",
    ),
    case("cpu-period", "linux.resources.cpu.period = 999", "linux.resources.cpu.period = 1000"),
    case("cpu-quota", "linux.resources.cpu.quota = 999", "linux.resources.cpu.quota = -1"),
    case("cpu-shares", "linux.resources.cpu.shares = 1", "linux.resources.cpu.shares = 262144"),
    case(
        "cpu-burst",
        "linux.resources.cpu = { quota: 1000, burst: 1001 }",
        "linux.resources.cpu = { quota: 1000, burst: 1000 }",
    ),
    Case {
        cgroup: "v1",
        near_cgroup: "v1",
        ..case(
            "cpu-real-time",
            "linux.resources.cpu = { realtimeRuntime: 3, realtimePeriod: 2 }",
            "linux.resources.cpu = { realtimeRuntime: 3, realtimePeriod: 3 }",
        )
    },
    case("block-weight", "linux.resources.blockIO.weight = 1001", "linux.resources.blockIO.weight = 1000"),
    case(
        "block-device-weight",
        "linux.resources.blockIO.weightDevice += { major: 8, minor: 0, weight: 1001 }",
        "linux.resources.blockIO.weightDevice += { major: 8, minor: 0, weight: 10 }",
    ),
    Case {
        near_cgroup: "v1",
        ..case(
            "block-device-weights",
            "linux.resources.blockIO.weightDevice += { major: 8, minor: 0 }",
            "linux.resources.blockIO.weightDevice += { major: 8, minor: 0, leafWeight: 10 }",
        )
    },
    case(
        "rdma-limits",
        r#"linux.resources.rdma["mlx5_0"] = {}"#,
        r#"linux.resources.rdma["mlx5_0"] = { hcaObjects: 0 }"#,
    ),
    case(
        "unified-file",
        r#"linux.resources.unified["memory/high"] = "1""#,
        r#"linux.resources.unified["memory.high"] = "1""#,
    ),
    elsewhere("unified-v2", "hybrid", "v2", r#"linux.resources.unified["memory.high"] = "1""#),
    Case {
        near: "linux.resources.memory.limit = 0",
        ..elsewhere("memory-kernel-v1", "v2", "v1", "linux.resources.memory.kernel = 0")
    },
    Case {
        near: "linux.resources.memory.limit = 0",
        ..elsewhere("memory-kernel-tcp-v1", "v2", "v1", "linux.resources.memory.kernelTCP = 0")
    },
    elsewhere("memory-swappiness-v1", "v2", "hybrid", "linux.resources.memory.swappiness = 0"),
    case(
        "memory-oom-killer-v1",
        "linux.resources.memory.disableOOMKiller = true",
        "linux.resources.memory.disableOOMKiller = false",
    ),
    elsewhere("memory-hierarchy-v1", "v2", "v1", "linux.resources.memory.useHierarchy = false"),
    elsewhere("cpu-real-time-runtime-v1", "v2", "v1", "linux.resources.cpu.realtimeRuntime = 3"),
    elsewhere("cpu-real-time-period-v1", "v2", "v1", "linux.resources.cpu.realtimePeriod = 3"),
    elsewhere("block-leaf-weight-v1", "v2", "v1", "linux.resources.blockIO.leafWeight = 10"),
    elsewhere(
        "block-device-leaf-weight-v1",
        "v2",
        "v1",
        "linux.resources.blockIO.weightDevice += { major: 8, minor: 0, leafWeight: 10 }",
    ),
    elsewhere("network-class-v1", "v2", "v1", "linux.resources.network.classID = 0"),
    elsewhere(
        "network-priorities-v1",
        "v2",
        "v1",
        r#"linux.resources.network.priorities = [{ name: "eth0", priority: 1 }]"#,
    ),
    Case {
        near: "linux.resources.memory.limit = 0",
        ..elsewhere("memory-kernel-ignored", "v1", "v1", "linux.resources.memory.kernel = 0")
    },
    Case {
        near: "linux.resources.memory.limit = 0",
        ..elsewhere("memory-kernel-tcp-ignored", "v1", "v1", "linux.resources.memory.kernelTCP = 0")
    },
    case(
        "seccomp-default-notify",
        r#"linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY""#,
        r#"linux.seccomp.defaultAction = "SCMP_ACT_LOG""#,
    ),
    case(
        "seccomp-notify-write",
        r#"linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/agent.sock" }
           linux.seccomp.syscalls += { names: ["read", "write"], action: "SCMP_ACT_NOTIFY" }"#,
        r#"linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/agent.sock" }
           linux.seccomp.syscalls += { names: ["read", "writev"], action: "SCMP_ACT_NOTIFY" }"#,
    ),
    case(
        "seccomp-listener",
        r#"linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"
           linux.seccomp.syscalls += { names: ["mount"], action: "SCMP_ACT_NOTIFY" }"#,
        r#"linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"
           linux.seccomp.syscalls += { names: ["mount"], action: "SCMP_ACT_ERRNO" }"#,
    ),
    case(
        "seccomp-metadata",
        r#"linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x" }"#,
        r#"linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x", listenerPath: "/run/agent.sock" }"#,
    ),
    case(
        "seccomp-default-errno",
        r#"linux.seccomp = { defaultAction: "SCMP_ACT_KILL", defaultErrnoRet: 1 }"#,
        r#"linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1 }"#,
    ),
    case(
        "seccomp-errno",
        r#"linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"
           linux.seccomp.syscalls += { names: ["mount"], action: "SCMP_ACT_KILL", errnoRet: 38 }"#,
        r#"linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"
           linux.seccomp.syscalls += { names: ["mount"], action: "SCMP_ACT_TRACE", errnoRet: 38 }"#,
    ),
    case(
        "seccomp-names",
        r#"linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"  linux.seccomp.syscalls += { names: [], action: "SCMP_ACT_KILL" }"#,
        r#"linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"  linux.seccomp.syscalls += { names: ["mount"], action: "SCMP_ACT_KILL" }"#,
    ),
    case(
        "seccomp-same-action",
        r#"linux.seccomp.defaultAction = "SCMP_ACT_ERRNO"
           linux.seccomp.syscalls += { names: ["mount"], action: "SCMP_ACT_ERRNO" }"#,
        r#"linux.seccomp.defaultAction = "SCMP_ACT_ERRNO"
           linux.seccomp.syscalls += { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }"#,
    ),
];
