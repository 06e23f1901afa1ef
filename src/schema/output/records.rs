//! The elements of lists and keyed collections. Fields stand in the order in which they are written out.

use std::sync::Arc;

use super::rows::{
    ABSOLUTE, CLEAN, ID, LINE, MAJOR, MINOR, NATURAL, NOT_EMPTY, PLAIN, TEXT, int, may, must, record, word,
};
use crate::schema::shape::{RecordShape, Shape, TextForm};
use crate::schema::vocabulary::{DEVICE_RULE_TYPE, NAMESPACE, NODE_TYPE, RLIMIT, SECCOMP_ACTION, SECCOMP_OPERATOR};

type Record = Arc<RecordShape>;

/// `config.md#mounts`
pub(super) fn mount() -> Record {
    let mappings = Shape::list(Shape::Record(id_mapping()));
    record(
        "mount",
        [
            must("destination", CLEAN, "Where it is mounted in the container."),
            may("type", NOT_EMPTY, "The type of the file system; for a bind mount a dummy."),
            may("source", NOT_EMPTY, "A device, a file, a directory, or a dummy."),
            may(
                "options",
                Shape::list(Shape::Text(TextForm::MountOption)),
                "The options, in the order in which they apply.",
            ),
            may(
                "uidMappings",
                mappings.clone(),
                "User ids of the source by those of the mount; only with `gidMappings`.",
            ),
            may("gidMappings", mappings, "Group ids of the source by those of the mount; only with `uidMappings`."),
        ],
    )
}

/// `config-linux.md#user-namespace-mappings`
pub(super) fn id_mapping() -> Record {
    record(
        "id mapping",
        [
            must("containerID", ID, "The first id in the container."),
            must("hostID", ID, "The first id on the host."),
            must("size", int(1, u32::MAX.into()), "How many ids."),
        ],
    )
}

/// `config.md#posix-process`
pub(super) fn rlimit() -> Record {
    record(
        "rlimit",
        [
            must("type", word(&RLIMIT), "The resource."),
            must("hard", Shape::U64, "The ceiling of the soft limit."),
            must("soft", Shape::U64, "The limit that the kernel enforces."),
        ],
    )
}

/// `config.md#posix-platform-hooks`
pub(super) fn hook() -> Record {
    record(
        "hook",
        [
            must("path", ABSOLUTE, "The program."),
            may("args", Shape::list(TEXT), "Its arguments, its own name first."),
            may("env", Shape::list(TEXT), "Its environment, `NAME=value` each."),
            may("timeout", int(1, i32::MAX.into()), "Seconds until it is aborted."),
        ],
    )
}

/// `config-linux.md#namespaces`
pub(super) fn namespace() -> Record {
    record(
        "namespace",
        [
            must("type", word(&NAMESPACE), "Which kind of namespace."),
            may("path", ABSOLUTE, "The namespace to join; a new one where there is none."),
        ],
    )
}

/// `config-linux.md#devices`
pub(super) fn device() -> Record {
    record(
        "device",
        [
            must("path", PLAIN, "Its path in the container."),
            must("type", word(&NODE_TYPE), "Character, block, unbuffered character or FIFO."),
            may("major", MAJOR, "Its major number; all types but `p` need it."),
            may("minor", MINOR, "Its minor number; all types but `p` need it."),
            may("fileMode", int(0, 0o777), "Its permissions."),
            may("uid", ID, "Its owner in the container."),
            may("gid", ID, "Its group in the container."),
        ],
    )
}

/// `config-linux.md#allowed-device-list`
pub(super) fn device_rule() -> Record {
    record(
        "device rule",
        [
            must("allow", Shape::Bool, "Whether it allows or denies."),
            may("type", word(&DEVICE_RULE_TYPE), "Character or block devices; all where absent or `a`."),
            may("major", MAJOR, "The major number; all where absent."),
            may("minor", MINOR, "The minor number; all where absent."),
            may("access", Shape::Text(TextForm::DeviceAccess), "Reading, writing, making the node."),
        ],
    )
}

/// `config-linux.md#network-devices`
pub(super) fn net_device() -> Record {
    record("network device", [may("name", NOT_EMPTY, "Its name in the container; that of the host where absent.")])
}

/// `config-linux.md#huge-page-limits`
pub(super) fn hugepage_limit() -> Record {
    record(
        "huge page limit",
        [
            must("pageSize", Shape::Text(TextForm::PageSize), "The size of the pages."),
            must("limit", NATURAL, "Bytes in such pages."),
        ],
    )
}

/// `config-linux.md#block-io`
pub(super) fn weight_device() -> Record {
    record(
        "device weight",
        [
            must("major", MAJOR, "The device's major number."),
            must("minor", MINOR, "The device's minor number."),
            may("weight", Shape::U16, "Its weight."),
            may("leafWeight", Shape::U16, "Its weight against child cgroups."),
        ],
    )
}

/// `config-linux.md#block-io`
pub(super) fn throttle_device() -> Record {
    record(
        "device throttle",
        [
            must("major", MAJOR, "The device's major number."),
            must("minor", MINOR, "The device's minor number."),
            must("rate", Shape::U64, "Bytes or operations in a second."),
        ],
    )
}

/// `config-linux.md#network`
pub(super) fn interface_priority() -> Record {
    record(
        "interface priority",
        [
            must("name", NOT_EMPTY, "The interface's name on the host."),
            must("priority", Shape::U32, "The priority of what goes out there."),
        ],
    )
}

/// `config-linux.md#rdma`
pub(super) fn rdma() -> Record {
    record(
        "RDMA limit",
        [
            may("hcaHandles", Shape::U32, "The most handles that may be open."),
            may("hcaObjects", Shape::U32, "The most objects that may be made."),
        ],
    )
}

/// `config-linux.md#offset-for-time-namespace`
pub(super) fn time_offset() -> Record {
    record(
        "clock offset",
        [
            may("secs", Shape::I64, "Whole seconds."),
            may("nanosecs", int(0, 999_999_999), "Nanoseconds on top of them."),
        ],
    )
}

/// `config-linux.md#seccomp`
pub(super) fn syscall() -> Record {
    let argument = record(
        "system call argument",
        [
            must("index", int(0, 5), "Which argument."),
            must("value", Shape::U64, "What it is compared with; a mask for `SCMP_CMP_MASKED_EQ`."),
            may("valueTwo", Shape::U64, "What the masked argument is compared with."),
            must("op", word(&SECCOMP_OPERATOR), "How it is compared."),
        ],
    );
    record(
        "system call rule",
        [
            must("names", Shape::list(LINE), "The system calls, at least one."),
            must("action", word(&SECCOMP_ACTION), "What happens when one is called."),
            may("errnoRet", Shape::U32, "The error number that the action returns."),
            may("args", Shape::list(Shape::Record(argument)), "Conditions on arguments, all of which must hold."),
        ],
    )
}
