//! The closed vocabularies: words of the kernel and of the runtime spec, in their own spelling.

use crate::schema::types::Vocabulary;

macro_rules! vocabularies {
    ($($(#[$doc:meta])* $id:ident $name:literal $prefix:literal [$($word:literal)*];)*) => {
        $($(#[$doc])* pub static $id: Vocabulary = Vocabulary::new($name, $prefix, &[$($word),*]);)*

        /// Every vocabulary.
        static ALL: &[&Vocabulary] = &[$(&$id),*];
    };
}

/// The prefix of a vocabulary that is written like this.
pub(crate) fn prefix(written: &str) -> Option<&'static str> {
    ALL.iter().map(|vocabulary| vocabulary.prefix).find(|prefix| *prefix == written)
}

vocabularies! {
    /// The capabilities of Linux, in the kernel's order (`linux/capability.h`).
    CAPABILITY "capability" "CAP_" [
        "CHOWN" "DAC_OVERRIDE" "DAC_READ_SEARCH" "FOWNER" "FSETID" "KILL" "SETGID" "SETUID" "SETPCAP"
        "LINUX_IMMUTABLE" "NET_BIND_SERVICE" "NET_BROADCAST" "NET_ADMIN" "NET_RAW" "IPC_LOCK" "IPC_OWNER" "SYS_MODULE"
        "SYS_RAWIO" "SYS_CHROOT" "SYS_PTRACE" "SYS_PACCT" "SYS_ADMIN" "SYS_BOOT" "SYS_NICE" "SYS_RESOURCE" "SYS_TIME"
        "SYS_TTY_CONFIG" "MKNOD" "LEASE" "AUDIT_WRITE" "AUDIT_CONTROL" "SETFCAP" "MAC_OVERRIDE" "MAC_ADMIN" "SYSLOG"
        "WAKE_ALARM" "BLOCK_SUSPEND" "AUDIT_READ" "PERFMON" "BPF" "CHECKPOINT_RESTORE"
    ];
    /// `config.md#posix-process`: getrlimit(2).
    RLIMIT "resource limit" "" [
        "RLIMIT_AS" "RLIMIT_CORE" "RLIMIT_CPU" "RLIMIT_DATA" "RLIMIT_FSIZE" "RLIMIT_LOCKS" "RLIMIT_MEMLOCK"
        "RLIMIT_MSGQUEUE" "RLIMIT_NICE" "RLIMIT_NOFILE" "RLIMIT_NPROC" "RLIMIT_RSS" "RLIMIT_RTPRIO" "RLIMIT_RTTIME"
        "RLIMIT_SIGPENDING" "RLIMIT_STACK"
    ];
    /// `config.md#linux-process`: sched_setattr(2).
    SCHEDULER_POLICY "scheduling policy" "" [
        "SCHED_OTHER" "SCHED_FIFO" "SCHED_RR" "SCHED_BATCH" "SCHED_ISO" "SCHED_IDLE" "SCHED_DEADLINE"
    ];
    /// `config.md#linux-process`: sched_setattr(2).
    SCHEDULER_FLAG "scheduling flag" "" [
        "SCHED_FLAG_RESET_ON_FORK" "SCHED_FLAG_RECLAIM" "SCHED_FLAG_DL_OVERRUN" "SCHED_FLAG_KEEP_POLICY"
        "SCHED_FLAG_KEEP_PARAMS" "SCHED_FLAG_UTIL_CLAMP_MIN" "SCHED_FLAG_UTIL_CLAMP_MAX"
    ];
    /// `config.md#linux-process`: ioprio_set(2).
    IO_CLASS "I/O class" "" ["IOPRIO_CLASS_RT" "IOPRIO_CLASS_BE" "IOPRIO_CLASS_IDLE"];
    /// `config-linux.md#namespaces`
    NAMESPACE "namespace" "" ["pid" "network" "mount" "ipc" "uts" "user" "cgroup" "time"];
    /// `config-linux.md#offset-for-time-namespace`: time_namespaces(7).
    CLOCK "clock" "" ["monotonic" "boottime"];
    /// `config-linux.md#devices`: character, block, unbuffered character, FIFO.
    NODE_TYPE "device type" "" ["c" "b" "u" "p"];
    /// `config-linux.md#allowed-device-list`: all, character, block.
    DEVICE_RULE_TYPE "device type" "" ["a" "c" "b"];
    /// `config-linux.md#rootfs-mount-propagation`
    PROPAGATION "mount propagation" "" ["shared" "slave" "private" "unbindable"];
    /// `config-linux.md#seccomp`
    SECCOMP_ACTION "seccomp action" "" [
        "SCMP_ACT_KILL" "SCMP_ACT_KILL_PROCESS" "SCMP_ACT_KILL_THREAD" "SCMP_ACT_TRAP" "SCMP_ACT_ERRNO" "SCMP_ACT_TRACE"
        "SCMP_ACT_ALLOW" "SCMP_ACT_LOG" "SCMP_ACT_NOTIFY"
    ];
    /// `config-linux.md#seccomp`
    SECCOMP_ARCH "seccomp architecture" "" [
        "SCMP_ARCH_X86" "SCMP_ARCH_X86_64" "SCMP_ARCH_X32" "SCMP_ARCH_ARM" "SCMP_ARCH_AARCH64" "SCMP_ARCH_MIPS"
        "SCMP_ARCH_MIPS64" "SCMP_ARCH_MIPS64N32" "SCMP_ARCH_MIPSEL" "SCMP_ARCH_MIPSEL64" "SCMP_ARCH_MIPSEL64N32"
        "SCMP_ARCH_PPC" "SCMP_ARCH_PPC64" "SCMP_ARCH_PPC64LE" "SCMP_ARCH_S390" "SCMP_ARCH_S390X" "SCMP_ARCH_PARISC"
        "SCMP_ARCH_PARISC64" "SCMP_ARCH_RISCV64" "SCMP_ARCH_LOONGARCH64" "SCMP_ARCH_M68K" "SCMP_ARCH_SH"
        "SCMP_ARCH_SHEB"
    ];
    /// `config-linux.md#seccomp`
    SECCOMP_FLAG "seccomp flag" "" [
        "SECCOMP_FILTER_FLAG_TSYNC" "SECCOMP_FILTER_FLAG_LOG" "SECCOMP_FILTER_FLAG_SPEC_ALLOW"
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
    ];
    /// `config-linux.md#seccomp`
    SECCOMP_OPERATOR "seccomp operator" "" [
        "SCMP_CMP_NE" "SCMP_CMP_LT" "SCMP_CMP_LE" "SCMP_CMP_EQ" "SCMP_CMP_GE" "SCMP_CMP_GT" "SCMP_CMP_MASKED_EQ"
    ];
    /// `config-linux.md#memory-policy`: set_mempolicy(2).
    MEMORY_MODE "memory policy mode" "" [
        "MPOL_DEFAULT" "MPOL_BIND" "MPOL_INTERLEAVE" "MPOL_WEIGHTED_INTERLEAVE" "MPOL_PREFERRED" "MPOL_PREFERRED_MANY"
        "MPOL_LOCAL"
    ];
    /// `config-linux.md#memory-policy`: set_mempolicy(2).
    MEMORY_FLAG "memory policy flag" "" ["MPOL_F_NUMA_BALANCING" "MPOL_F_RELATIVE_NODES" "MPOL_F_STATIC_NODES"];
    /// `config-linux.md#personality`
    PERSONALITY "execution domain" "" ["LINUX" "LINUX32"];
}
