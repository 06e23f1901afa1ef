//! Masked and read-only paths.

use super::rows;
use crate::review::Class;
use crate::review::risk::Row;
use crate::review::risk::Test::{Less, Moved};
use crate::review::risk::condition::When::{Any, Within, Word};

const MASKED: &[&str] = &["linux.maskedPaths"];
const READ_ONLY: &[&str] = &["linux.readonlyPaths"];

const PSS: &str = "Pod Security Standards, Baseline: /proc Mount Type";
const SPEC: &str = "runtime-spec config-linux.md#masked-paths";

pub(super) static ROWS: &[Row] = rows! {
    "masked.kcore" (MASKED, Privileged) Less(Within(&["/proc/kcore"]))
        => "read the kernel's memory", "Pod Security Standards, Baseline: /proc Mount Type; proc_kcore(5)";
    "masked.acpi" (MASKED, Privileged) Less(Within(&["/proc/acpi"]))
        => "switch the host's hardware on and off", "CVE-2018-10892";
    "masked.scsi" (MASKED, Privileged) Less(Within(&["/proc/scsi"]))
        => "remove the host's disks while they are in use", "CVE-2017-16539 (GHSA-vfjc-2qcw-j95j)";
    "masked.powercap" (MASKED, Privileged) Less(Within(&["/sys/devices/virtual/powercap"]))
        => "read how much power the host draws, and from that the keys of others", "GHSA-jq35-85cj-fj4p; CVE-2020-8694";
    "masked.interrupts" (MASKED, Privileged) Less(Word(&["/proc/interrupts", "/sys/devices/system/cpu/*"]))
        => "read how busy the host's CPUs are, and from that what others do", "GHSA-6fw5-f8r9-fgfm";
    "masked.keys" (MASKED, Privileged) Less(Within(&["/proc/keys"]))
        => "see the keys that the kernel keeps for others",
        "Pod Security Standards, Baseline: /proc Mount Type; keyrings(7)";
    "masked.timers" (MASKED, Privileged) Less(Within(&["/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug"]))
        => "see which processes the host runs, and when", PSS;
    "masked.latency" (MASKED, Privileged) Less(Within(&["/proc/latency_stats"]))
        => "see what the host's processes wait for", PSS;
    "masked.sound" (MASKED, Privileged) Less(Within(&["/proc/asound"]))
        => "see the host's sound cards, and who makes sound", PSS;
    "masked.firmware" (MASKED, Privileged) Less(Within(&["/sys/firmware"]))
        => "read what the firmware tells the host, and set what it is told", PSS;
    "masked.path" (MASKED, Baseline) Less(Any)
        => "reach what is at that path", SPEC;
    "readonly.sysrq" (READ_ONLY, Privileged) Less(Within(&["/proc/sysrq-trigger"]))
        => "stop or crash the host with a letter", "kernel Documentation/admin-guide/sysrq.rst";
    "readonly.sysctl" (READ_ONLY, Privileged) Less(Within(&["/proc/sys"]))
        => "set the host's kernel parameters, and have it run a program", "proc_sys_kernel(5), core_pattern and modprobe";
    "readonly.bus" (READ_ONLY, Privileged) Less(Within(&["/proc/bus", "/proc/fs", "/proc/irq"]))
        => "set up the host's buses, file systems and interrupts", PSS;
    "readonly.cgroup" (READ_ONLY, Privileged) Less(Within(&["/sys/fs/cgroup"]))
        => "change the limits of others, and have the host run a program", "CVE-2022-0492; cgroups(7), release_agent";
    "readonly.path" (READ_ONLY, Baseline) Less(Any)
        => "write to what is at that path", "runtime-spec config-linux.md#readonly-paths";
    "masked.order" (&["linux.maskedPaths", "linux.readonlyPaths"], Restricted) Moved(Class::Neutral)
        => "their order means nothing", SPEC;
};
