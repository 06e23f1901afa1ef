//! `linux.resources`

use super::records::{device_rule, hugepage_limit, interface_priority, rdma, throttle_device, weight_device};
use super::rows::{LIMIT, NOT_EMPTY, NUMBERS, TEXT, device_rules, int, keyed, map, needed, value};
use crate::schema::output::{Layout, Slot};
use crate::schema::shape::{Shape, TextForm};

const DEVICES: &str = "config-linux.md#allowed-device-list";
const MEMORY: &str = "config-linux.md#memory";
const CPU: &str = "config-linux.md#cpu";
const BLOCK_IO: &str = "config-linux.md#block-io";
const HUGE_PAGES: &str = "config-linux.md#huge-page-limits";
const NETWORK: &str = "config-linux.md#network";
const UNIFIED: &str = "config-linux.md#unified";

pub(super) fn slots() -> Vec<Slot> {
    let mut slots = vec![device_rules("linux.resources.devices", &device_rule(), DEVICES)];
    slots.extend(memory());
    slots.extend(cpu());
    slots.push(needed("linux.resources.pids.limit", LIMIT, "config-linux.md#pids"));
    slots.extend(block_io());
    slots.extend(others());
    slots
}

fn memory() -> Vec<Slot> {
    vec![
        value("linux.resources.memory.limit", LIMIT, MEMORY),
        value("linux.resources.memory.reservation", LIMIT, MEMORY),
        value("linux.resources.memory.swap", LIMIT, MEMORY),
        value("linux.resources.memory.kernel", LIMIT, MEMORY),
        value("linux.resources.memory.kernelTCP", LIMIT, MEMORY),
        value("linux.resources.memory.swappiness", int(0, 100), MEMORY),
        value("linux.resources.memory.disableOOMKiller", Shape::Bool, MEMORY),
        value("linux.resources.memory.useHierarchy", Shape::Bool, MEMORY),
        value("linux.resources.memory.checkBeforeUpdate", Shape::Bool, MEMORY),
    ]
}

fn cpu() -> Vec<Slot> {
    vec![
        value("linux.resources.cpu.shares", Shape::U64, CPU),
        value("linux.resources.cpu.quota", Shape::I64, CPU),
        value("linux.resources.cpu.burst", Shape::U64, CPU),
        value("linux.resources.cpu.period", Shape::U64, CPU),
        value("linux.resources.cpu.realtimeRuntime", Shape::I64, CPU),
        value("linux.resources.cpu.realtimePeriod", Shape::U64, CPU),
        value("linux.resources.cpu.cpus", NUMBERS, CPU),
        value("linux.resources.cpu.mems", NUMBERS, CPU),
        value("linux.resources.cpu.idle", int(0, 1), CPU),
    ]
}

fn block_io() -> Vec<Slot> {
    let (device, throttle) = (&["major", "minor"], throttle_device());
    vec![
        value("linux.resources.blockIO.weight", Shape::U16, BLOCK_IO),
        value("linux.resources.blockIO.leafWeight", Shape::U16, BLOCK_IO),
        keyed("linux.resources.blockIO.weightDevice", device, &weight_device(), Layout::List, BLOCK_IO),
        keyed("linux.resources.blockIO.throttleReadBpsDevice", device, &throttle, Layout::List, BLOCK_IO),
        keyed("linux.resources.blockIO.throttleWriteBpsDevice", device, &throttle, Layout::List, BLOCK_IO),
        keyed("linux.resources.blockIO.throttleReadIOPSDevice", device, &throttle, Layout::List, BLOCK_IO),
        keyed("linux.resources.blockIO.throttleWriteIOPSDevice", device, &throttle, Layout::List, BLOCK_IO),
    ]
}

fn others() -> Vec<Slot> {
    let priorities = Shape::list(Shape::Record(interface_priority()));
    let file = Shape::Text(TextForm::SysctlKey);
    vec![
        keyed("linux.resources.hugepageLimits", &["pageSize"], &hugepage_limit(), Layout::List, HUGE_PAGES),
        value("linux.resources.network.classID", Shape::U32, NETWORK),
        value("linux.resources.network.priorities", priorities, NETWORK),
        map("linux.resources.rdma", NOT_EMPTY, Shape::Record(rdma()), Layout::Map, "config-linux.md#rdma"),
        // The name of a cgroup file is a dotted word, as a sysctl's is: `memory.high`.
        map("linux.resources.unified", file, TEXT, Layout::Map, UNIFIED),
    ]
}
