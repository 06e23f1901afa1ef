//! `linux`

use super::records::{device, id_mapping, namespace, net_device, syscall, time_offset};
use super::resources;
use super::rows::{ABSOLUTE, LINE, NOT_EMPTY, NUMBERS, TEXT, keyed, list, map, needed, set, value, word, words};
use crate::schema::output::{Layout, Slot};
use crate::schema::shape::{Shape, TextForm};
use crate::schema::vocabulary::{
    CLOCK, MEMORY_FLAG, MEMORY_MODE, PERSONALITY, PROPAGATION, SECCOMP_ACTION, SECCOMP_ARCH, SECCOMP_FLAG,
};

const MAPPINGS: &str = "config-linux.md#user-namespace-mappings";
const SECCOMP: &str = "config-linux.md#seccomp";
const INTEL_RDT: &str = "config-linux.md#intelrdt";
const MEMORY_POLICY: &str = "config-linux.md#memory-policy";
const PERSONALITY_SECTION: &str = "config-linux.md#personality";

pub(super) fn slots() -> Vec<Slot> {
    let mut slots = vec![
        keyed("linux.uidMappings", &["containerID"], &id_mapping(), Layout::List, MAPPINGS),
        keyed("linux.gidMappings", &["containerID"], &id_mapping(), Layout::List, MAPPINGS),
        map("linux.sysctl", Shape::Text(TextForm::SysctlKey), TEXT, Layout::Map, "config-linux.md#sysctl"),
    ];
    slots.extend(resources::slots());
    slots.extend(places());
    slots.extend(seccomp());
    slots.extend(paths());
    slots.extend(intel_rdt());
    slots.extend(kernel());
    slots
}

fn places() -> Vec<Slot> {
    let (net_device, net_devices) = (Shape::Record(net_device()), "config-linux.md#network-devices");
    vec![
        value("linux.cgroupsPath", NOT_EMPTY, "config-linux.md#cgroups-path"),
        keyed("linux.namespaces", &["type"], &namespace(), Layout::List, "config-linux.md#namespaces"),
        keyed("linux.devices", &["path"], &device(), Layout::List, "config-linux.md#devices"),
        map("linux.netDevices", NOT_EMPTY, net_device, Layout::Map, net_devices),
    ]
}

fn seccomp() -> Vec<Slot> {
    vec![
        needed("linux.seccomp.defaultAction", word(&SECCOMP_ACTION), SECCOMP),
        value("linux.seccomp.defaultErrnoRet", Shape::U32, SECCOMP),
        set("linux.seccomp.architectures", word(&SECCOMP_ARCH), SECCOMP),
        set("linux.seccomp.flags", word(&SECCOMP_FLAG), SECCOMP),
        value("linux.seccomp.listenerPath", ABSOLUTE, SECCOMP),
        value("linux.seccomp.listenerMetadata", TEXT, SECCOMP),
        list("linux.seccomp.syscalls", Shape::Record(syscall()), SECCOMP),
    ]
}

fn paths() -> Vec<Slot> {
    vec![
        value("linux.rootfsPropagation", word(&PROPAGATION), "config-linux.md#rootfs-mount-propagation"),
        set("linux.maskedPaths", ABSOLUTE, "config-linux.md#masked-paths"),
        set("linux.readonlyPaths", ABSOLUTE, "config-linux.md#readonly-paths"),
        value("linux.mountLabel", TEXT, "config-linux.md#mount-label"),
    ]
}

fn intel_rdt() -> Vec<Slot> {
    vec![
        value("linux.intelRdt.closID", LINE, INTEL_RDT),
        list("linux.intelRdt.schemata", LINE, INTEL_RDT),
        value("linux.intelRdt.l3CacheSchema", LINE, INTEL_RDT),
        value("linux.intelRdt.memBwSchema", Shape::Text(TextForm::BandwidthLine), INTEL_RDT),
        value("linux.intelRdt.enableMonitoring", Shape::Bool, INTEL_RDT),
    ]
}

fn kernel() -> Vec<Slot> {
    let (offset, offsets) = (Shape::Record(time_offset()), "config-linux.md#offset-for-time-namespace");
    vec![
        needed("linux.memoryPolicy.mode", word(&MEMORY_MODE), MEMORY_POLICY),
        value("linux.memoryPolicy.nodes", NUMBERS, MEMORY_POLICY),
        value("linux.memoryPolicy.flags", words(&MEMORY_FLAG), MEMORY_POLICY),
        needed("linux.personality.domain", word(&PERSONALITY), PERSONALITY_SECTION),
        value("linux.personality.flags", Shape::list(TEXT), PERSONALITY_SECTION),
        map("linux.timeOffsets", word(&CLOCK), offset, Layout::Map, offsets),
    ]
}
