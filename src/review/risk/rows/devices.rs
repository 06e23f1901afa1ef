//! Device nodes, and the rules that let them be opened.

use super::{ALLOWED_DEVICES, rows};
use crate::review::Class;
use crate::review::risk::Row;
use crate::review::risk::Test::{By, Else, Less, More, Moved, Neutral};
use crate::review::risk::compare::Compare;
use crate::review::risk::condition::When::{self, All, Any, Device, Field, Not, Or, Supplied, True, Word};

const NODES: &[&str] = &["linux.devices"];
const RULES: &[&str] = &["linux.resources.devices"];

/// mem, kmem, port and kmsg: kernel `Documentation/admin-guide/devices.txt`.
const MEMORY: When = Device(&[(1, 1), (1, 2), (1, 4), (1, 11)]);

const ALLOWS: When = Field("allow", &True);
/// More than making the node.
const OPENS: When = Not(&Field("access", &Word(&["m"])));
const MAJOR: When = Field("major", &Any);
const MINOR: When = Field("minor", &Any);

const DEFAULTS: &str = "runtime-spec config-linux.md#default-devices";
const NUMBERS: &str = "kernel Documentation/admin-guide/devices.txt";
const CONTROLLER: &str = "kernel Documentation/admin-guide/cgroup-v1/devices.rst";
const SPEC: &str = "runtime-spec config-linux.md#devices";

pub(super) static ROWS: &[Row] = rows! {
    "device.memory" (NODES, Privileged) More(MEMORY)
        => "reach the host's memory or its kernel's log, if a rule lets it", NUMBERS;
    "device.disk" (NODES, Privileged) More(Field("type", &Word(&["b"])))
        => "read and write a disk of the host past its file systems, if a rule lets it", NUMBERS;
    "device.supplied" (NODES, Restricted) Neutral(Supplied)
        => "every container has it", DEFAULTS;
    "device.fifo" (NODES, Restricted) Neutral(Field("type", &Word(&["p"])))
        => "a FIFO is the container's own", SPEC;
    "device.node" (NODES, Baseline) More(Not(&Or(&[Supplied, Field("type", &Word(&["p"]))])))
        => "use a device of the host, if a rule lets it", SPEC;
    "device.mode" (NODES, Restricted) By(Any, Compare::Both(&Compare::Field("fileMode", &Compare::Bits(0o666))))
        => "open the node as users that could not", SPEC;
    "device.numbers" (NODES, Baseline) By(Any, Compare::Both(&Compare::Each(&[
        Compare::Field("type", &Compare::Differs),
        Compare::Field("major", &Compare::Differs),
        Compare::Field("minor", &Compare::Differs),
    ]))) => "use the other device", SPEC;
    "device.owner" (NODES, Restricted) By(Any, Compare::Both(&Compare::Each(&[
        Compare::Field("uid", &Compare::Id),
        Compare::Field("gid", &Compare::Id),
    ]))) => "open the node as another user or group", SPEC;

    "device-rule.everything" (RULES, Privileged) More(All(&[ALLOWS, OPENS, Not(&MAJOR), Not(&MINOR)]))
        => "open every device of the host",
        "Pod Security Standards, Baseline: Privileged Containers";
    "device-rule.memory" (RULES, Privileged) More(All(&[ALLOWS, OPENS, MEMORY]))
        => "reach the host's memory or its kernel's log", NUMBERS;
    "device-rule.disk" (RULES, Privileged) More(All(&[ALLOWS, OPENS, Field("type", &Word(&["b"]))]))
        => "read and write a disk of the host past its file systems", NUMBERS;
    "device-rule.wide" (RULES, Privileged) More(All(&[ALLOWS, OPENS, Not(&MAJOR), MINOR]))
        => "open devices of every driver", CONTROLLER;
    "device-rule.supplied" (RULES, Restricted) Neutral(All(&[ALLOWS, Supplied]))
        => "every container may use it", DEFAULTS;
    "device-rule.driver" (RULES, Baseline) More(All(&[ALLOWS, OPENS, MAJOR, Not(&MINOR), Not(&Supplied)]))
        => "open every device of a driver, those of others as well", CONTROLLER;
    "device-rule.allowed" (RULES, Baseline) More(All(&[ALLOWS, OPENS, Not(&Supplied)]))
        => "open a device of the host", ALLOWED_DEVICES;
    "device-rule.made" (RULES, Baseline) More(All(&[ALLOWS, Not(&OPENS)]))
        => "make device nodes, without opening them", "mknod(2); kernel Documentation/admin-guide/cgroup-v1/devices.rst";
    "device-rule.access" (RULES, Baseline) By(ALLOWS, Compare::Both(&Compare::Field("access", &Compare::Letters)))
        => "open a device in more ways", ALLOWED_DEVICES;
    "device-rule.denied-everything" (RULES, Privileged) Less(All(&[Field("allow", &Not(&True)), Not(&MAJOR), Not(&MINOR)]))
        => "open what no other rule denies", ALLOWED_DEVICES;
    "device-rule.denied" (RULES, Baseline) Less(Field("allow", &Not(&True)))
        => "open a device that was denied", ALLOWED_DEVICES;
    "device-rule.order" (RULES, Baseline) Moved(Class::Unknown)
        => "a later rule goes before an earlier one", ALLOWED_DEVICES;
    "device-rule.other" (RULES, Baseline) Else(Class::Unknown)
        => "it is about another device", ALLOWED_DEVICES;
};
