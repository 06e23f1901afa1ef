//! Mounts.

use super::Demand::{Any, BindOptions, MappedBind, MountMappings, MountType};
use super::{Requirement, refused};

/// The options that make a bind mount.
pub static BIND: &[&str] = &["bind", "rbind"];

/// The options that are no file system's: `libcontainer/specconv/spec_linux.go`, `initMaps`.
pub static FLAGS: &[&str] = &[
    "async",
    "atime",
    "bind",
    "dev",
    "diratime",
    "dirsync",
    "exec",
    "iversion",
    "lazytime",
    "loud",
    "mand",
    "noatime",
    "nodev",
    "nodiratime",
    "noexec",
    "noiversion",
    "nolazytime",
    "nomand",
    "norelatime",
    "nostrictatime",
    "nosuid",
    "nosymfollow",
    "rbind",
    "relatime",
    "remount",
    "ro",
    "rw",
    "silent",
    "strictatime",
    "suid",
    "sync",
    "symfollow",
    "private",
    "rprivate",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "unbindable",
    "runbindable",
    "rro",
    "rrw",
    "rnosuid",
    "rsuid",
    "rnodev",
    "rdev",
    "rnoexec",
    "rexec",
    "rnodiratime",
    "rdiratime",
    "rrelatime",
    "rnorelatime",
    "rnoatime",
    "ratime",
    "rstrictatime",
    "rnostrictatime",
    "rnosymfollow",
    "rsymfollow",
    "tmpcopyup",
    "idmap",
    "ridmap",
];

const ID_MAPPED: &str = "runc libcontainer/configs/validate/validator.go, checkIDMapMounts";

pub(super) static ROWS: &[Requirement] = &[
    refused(
        "bind-options",
        BindOptions,
        "a bind mount takes no options of file systems",
        &["runc libcontainer/configs/validate/validator.go, checkBindOptions"],
    ),
    refused(
        "mount-source",
        Any("mounts", &["source"]),
        "a mount needs a source, if only a dummy",
        &["youki crates/libcontainer/src/rootfs/mount.rs, mount_into_container"],
    ),
    refused(
        "mount-type",
        MountType,
        "a mount that is no bind mount needs a type",
        &["crun src/libcrun/linux.c, process_single_mount", "mount(2)"],
    ),
    refused(
        "mount-mappings",
        MountMappings,
        "it has only one of `uidMappings` and `gidMappings`",
        &[ID_MAPPED, "crun src/libcrun/linux.c, maybe_get_idmapped_mount"],
    ),
    refused("mapped-bind", MappedBind, "only the ids of bind mounts can be mapped", &[ID_MAPPED]),
];
