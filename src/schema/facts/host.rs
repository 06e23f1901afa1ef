//! `host`: the plain fields that rules read, and what a recording of one holds.

use super::HostField;
use super::build::*;
use super::caller::ID;
use crate::schema::shape::{FieldShape, RecordShape, Shape};
use crate::schema::vocabulary::CAPABILITY;

/// Version and control group layouts; the first is that of a recording which names none.
const CGROUPS: &[&str] = &["v2", "v1", "hybrid"];
const MAJOR: Shape = Shape::Int { min: 0, max: 0xfff };
const MINOR: Shape = Shape::Int { min: 0, max: 0xf_ffff };
const PERMISSIONS: Shape = Shape::Int { min: 0, max: 0o7777 };

pub(super) fn fields() -> Vec<(HostField, &'static str, Shape)> {
    let shape = |field| match field {
        HostField::Capabilities => Shape::list(Shape::words(&CAPABILITY)),
        HostField::Cgroup => one_of(CGROUPS),
        HostField::Arch => TEXT,
        HostField::Kernel => Shape::Version,
        HostField::Groups => Shape::map(ID),
        HostField::Euid | HostField::Egid => ID,
        HostField::Subuid | HostField::Subgid => id_range(),
        HostField::Env => Shape::map(TEXT),
    };
    HostField::ALL.iter().map(|field| (*field, field.name(), shape(*field))).collect()
}

fn id_range() -> Shape {
    let fields =
        vec![field("start", ID, REQUIRED, "The first of them."), field("count", U32, REQUIRED, "How many there are.")];
    record_of("id range", fields)
}

/// A recording. What it does not list is not on that host.
pub(super) fn recording() -> RecordShape {
    let capabilities = Shape::list(Shape::words(&CAPABILITY));
    record(
        "host",
        vec![
            map("devices", device(), "Device nodes, and other paths, by path."),
            map("majors", MAJOR, "Major numbers of character device drivers, by name."),
            field("capabilities", capabilities, OPTIONAL, "What it can grant; everything where absent."),
            choice("cgroup", CGROUPS, "How its control groups are laid out."),
            map("env", TEXT, "The agent's environment."),
            field("arch", TEXT, default_text(""), "Its processor, as in an image index."),
            field("kernel", Shape::Version, default_text("0"), "The version of its kernel."),
            map("groups", ID, "Group numbers by name."),
            map("paths", one_of(&["file", "dir", "socket", "other"]), "What is at a path, where it is no device."),
            field("euid", ID, default_int(0), "The agent's user."),
            field("egid", ID, default_int(0), "The agent's group."),
            field("subuid", id_range(), OPTIONAL, "The user ids that it may hand out."),
            field("subgid", id_range(), OPTIONAL, "The group ids that it may hand out."),
        ],
    )
}

fn device() -> Shape {
    let node = || {
        vec![
            field("major", MAJOR, REQUIRED, "Its major number."),
            field("minor", MINOR, REQUIRED, "Its minor number."),
            field("mode", PERMISSIONS, OPTIONAL, "Its permissions, as a number."),
            field("uid", ID, OPTIONAL, "Its owner."),
            field("gid", ID, OPTIONAL, "Its group."),
        ]
    };
    let tags: Vec<(&'static str, Vec<FieldShape>)> = vec![("c", node()), ("b", node()), ("other", Vec::new())];
    tagged("host device", "type", "What it is; `other` exists and is no device.", tags)
}
