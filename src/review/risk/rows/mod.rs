//! The rows of the table, by what they are about. Where several speak of one change, the worst counts; of several that
//! are as bad, the first.

mod capabilities;
mod devices;
mod mounts;
mod namespaces;
mod others;
mod paths;
mod process;
mod resources;
mod seccomp;

use super::Row;

pub(super) use others::{COVERED, DIFFERS, EQUAL, ORDER, UNLISTED};

pub(super) static ALL: &[&[Row]] = &[
    capabilities::ROWS,
    namespaces::ROWS,
    mounts::ROWS,
    devices::ROWS,
    paths::ROWS,
    seccomp::ROWS,
    process::ROWS,
    resources::ROWS,
    others::ROWS,
];

/// Those about no slot of their own.
pub(super) static GENERAL: [&Row; 5] = [&ORDER, &DIFFERS, &EQUAL, &COVERED, &UNLISTED];

/// Rows: a name, the slots and the level, what is said of a change, the reason, the source.
macro_rules! rows {
    ($($name:literal ($slots:expr, $level:ident) $test:expr => $reason:literal, $source:expr;)*) => {
        &[$($crate::review::risk::Row {
            name: $name,
            slots: $slots,
            test: $test,
            level: $crate::review::Level::$level,
            reason: $reason,
            source: $source,
        }),*]
    };
}
use rows;

/// What many rows come from.
const ALLOWED_DEVICES: &str = "runtime-spec config-linux.md#allowed-device-list";
const RESTRICTED_ESCALATION: &str =
    "Pod Security Standards, Restricted: Privilege Escalation; kernel Documentation/userspace-api/no_new_privs.rst";
