//! Namespaces and what needs them.

use super::Demand::{
    Joined, Made, Mapped, MountMapped, Namespace, Never, Spelled, SysctlKnown, SysctlNamespace, SysctlNever,
};
use super::{At, Requirement, dropped, refused};

/// Sysctls that belong to a namespace.
#[derive(Debug)]
pub struct Sysctl {
    /// The whole key, or its beginning where it ends in a dot.
    pub key: &'static str,
    /// The type of the namespace.
    pub namespace: &'static str,
}

const fn sysctl(key: &'static str, namespace: &'static str) -> Sysctl {
    Sysctl { key, namespace }
}

/// `libcontainer/configs/validate/validator.go`, `sysctl`
pub static SYSCTLS: &[Sysctl] = &[
    sysctl("kernel.msgmax", "ipc"),
    sysctl("kernel.msgmnb", "ipc"),
    sysctl("kernel.msgmni", "ipc"),
    sysctl("kernel.sem", "ipc"),
    sysctl("kernel.shmall", "ipc"),
    sysctl("kernel.shmmax", "ipc"),
    sysctl("kernel.shmmni", "ipc"),
    sysctl("kernel.shm_rmid_forced", "ipc"),
    sysctl("fs.mqueue.", "ipc"),
    sysctl("net.", "network"),
    sysctl("kernel.domainname", "uts"),
    sysctl("kernel.hostname", "uts"),
    sysctl("user.", "user"),
];

const VALIDATOR_UTS: &str = "runc libcontainer/configs/validate/validator.go, uts";
const VALIDATOR_NAMESPACES: &str = "runc libcontainer/configs/validate/validator.go, namespaces";
const VALIDATOR_SECURITY: &str = "runc libcontainer/configs/validate/validator.go, security";
const VALIDATOR_SYSCTL: &str = "runc libcontainer/configs/validate/validator.go, sysctl";
const VALIDATOR_DEVICES: &str = "runc libcontainer/configs/validate/validator.go, netdevices";
const CRUN_SYSCTL: &str = "crun src/libcrun/linux.c, validate_sysctl";
const YOUKI_UTS: &str = "youki crates/libcontainer/src/validator.rs, validate_spec_for_uts_namespace";
const YOUKI_MAPPINGS: &str = "youki crates/libcontainer/src/validator.rs, validate_spec_for_new_user_ns";
const YOUKI_MOUNT: &str = "youki crates/libcontainer/src/validator.rs, validate_spec_for_mnt_namespace";
const YOUKI_SYSCTL: &str = "youki crates/libcontainer/src/validator.rs, validate_spec_for_sysctl";
const YOUKI_TIME: &str = "youki crates/libcontainer/src/validator.rs, validate_spec_for_time_namespace";
const YOUKI_DEVICES: &str = "youki crates/libcontainer/src/utils.rs, validate_spec_for_net_devices";
const YOUKI_USER: &str = "youki crates/libcontainer/src/user_ns.rs, validate_spec_for_new_user_ns";
const TOOLS_LINUX: &str = "runtime-tools validate/validate_linux.go, CheckLinux";

pub(super) static ROWS: &[Requirement] = &[
    refused(
        "hostname-uts",
        Namespace("hostname", "uts"),
        "a host name needs a `uts` namespace",
        &[VALIDATOR_UTS, "crun src/libcrun/linux.c, libcrun_set_hostname", YOUKI_UTS, TOOLS_LINUX],
    ),
    refused(
        "domainname-uts",
        Namespace("domainname", "uts"),
        "a domain name needs a `uts` namespace",
        &[VALIDATOR_UTS, "crun src/libcrun/linux.c, libcrun_set_domainname", YOUKI_UTS],
    ),
    refused(
        "masked-paths-mount",
        Namespace("linux.maskedPaths", "mount"),
        "a path can be masked only in a `mount` namespace",
        &[VALIDATOR_SECURITY, YOUKI_MOUNT],
    ),
    refused(
        "readonly-paths-mount",
        Namespace("linux.readonlyPaths", "mount"),
        "a path can be made read-only only in a `mount` namespace",
        &[VALIDATOR_SECURITY, YOUKI_MOUNT],
    ),
    refused(
        "uid-mappings-user",
        Namespace("linux.uidMappings", "user"),
        "ids can be mapped only in a `user` namespace",
        &[YOUKI_MAPPINGS, TOOLS_LINUX],
    ),
    refused(
        "gid-mappings-user",
        Namespace("linux.gidMappings", "user"),
        "ids can be mapped only in a `user` namespace",
        &[YOUKI_MAPPINGS, TOOLS_LINUX],
    ),
    refused(
        "user-uid-mappings",
        Made("user", "linux.uidMappings"),
        "a new `user` namespace needs `linux.uidMappings`",
        &[YOUKI_USER, "runc libcontainer/specconv/spec_linux.go, setupUserNamespace"],
    ),
    refused(
        "user-gid-mappings",
        Made("user", "linux.gidMappings"),
        "a new `user` namespace needs `linux.gidMappings`",
        &[YOUKI_USER, "runc libcontainer/specconv/spec_linux.go, setupUserNamespace"],
    ),
    refused(
        "user-joined-uids",
        Joined("user", "linux.uidMappings"),
        "a `user` namespace that is joined has its own mappings",
        &["runc libcontainer/specconv/spec_linux.go, setupUserNamespace"],
    ),
    refused(
        "user-joined-gids",
        Joined("user", "linux.gidMappings"),
        "a `user` namespace that is joined has its own mappings",
        &["runc libcontainer/specconv/spec_linux.go, setupUserNamespace"],
    ),
    refused(
        "uid-mapped",
        Mapped("process.user.uid", "linux.uidMappings"),
        "no entry of `linux.uidMappings` has this id",
        &["runc libcontainer/init_linux.go, setupUser"],
    ),
    refused(
        "gid-mapped",
        Mapped("process.user.gid", "linux.gidMappings"),
        "no entry of `linux.gidMappings` has this id",
        &["runc libcontainer/init_linux.go, setupUser"],
    ),
    refused(
        "additional-gids-mapped",
        Mapped("process.user.additionalGids", "linux.gidMappings"),
        "no entry of `linux.gidMappings` has this id",
        &[YOUKI_USER],
    ),
    refused(
        "mount-uid-mapped",
        MountMapped("uid=", "linux.uidMappings"),
        "no entry of `linux.uidMappings` has the id of its option `uid=`",
        &["youki crates/libcontainer/src/user_ns.rs, validate_mounts_for_new_user_ns"],
    ),
    refused(
        "mount-gid-mapped",
        MountMapped("gid=", "linux.gidMappings"),
        "no entry of `linux.gidMappings` has the id of its option `gid=`",
        &["youki crates/libcontainer/src/user_ns.rs, validate_mounts_for_new_user_ns"],
    ),
    refused(
        "time-offsets-time",
        Namespace("linux.timeOffsets", "time"),
        "clocks can be set off only in a `time` namespace",
        &[VALIDATOR_NAMESPACES, YOUKI_TIME, TOOLS_LINUX],
    ),
    refused(
        "time-joined",
        Joined("time", "linux.timeOffsets"),
        "a `time` namespace that is joined has its own offsets",
        &[VALIDATOR_NAMESPACES, YOUKI_TIME],
    ),
    refused(
        "net-devices-network",
        Namespace("linux.netDevices", "network"),
        "a network device can be moved only into a `network` namespace",
        &[VALIDATOR_DEVICES, YOUKI_DEVICES],
    ),
    refused(
        "net-device-name",
        Spelled(At::slot("linux.netDevices"), is_device_name),
        "a device's name has 1 to 15 bytes without blanks, `/` and `:`",
        &[VALIDATOR_DEVICES, YOUKI_DEVICES, "linux net/core/dev.c, dev_valid_name"],
    ),
    refused(
        "net-device-new-name",
        Spelled(At::of("linux.netDevices", "name"), is_device_name),
        "a device's name has 1 to 15 bytes without blanks, `/` and `:`",
        &[VALIDATOR_DEVICES, YOUKI_DEVICES, "linux net/core/dev.c, dev_valid_name"],
    ),
    refused(
        "sysctl-hostname",
        SysctlNever(&["kernel.hostname"]),
        "the host name is set by `hostname`",
        &[VALIDATOR_SYSCTL, CRUN_SYSCTL, YOUKI_SYSCTL],
    ),
    refused(
        "sysctl-namespace",
        SysctlNamespace,
        "without a namespace of its own this is the host's",
        &[VALIDATOR_SYSCTL, CRUN_SYSCTL, YOUKI_SYSCTL, TOOLS_LINUX],
    ),
    refused(
        "sysctl-shared",
        SysctlKnown,
        "no namespace has this for itself: it is the host's",
        &[VALIDATOR_SYSCTL, CRUN_SYSCTL, YOUKI_SYSCTL],
    ),
    dropped(
        "cgroups-path",
        Spelled(At::slot("linux.cgroupsPath"), has_no_parent),
        "`..` in it leads nowhere: it is taken away before the path is used",
        &["runc libcontainer/specconv/spec_linux.go, CreateCgroupConfig"],
    ),
    dropped(
        "personality-flags",
        Never(At::slot("linux.personality.flags")),
        "runtimes know no flags of a personality",
        &["config-linux.md#personality", "runc libcontainer/specconv/spec_linux.go, CreateLibcontainerConfig"],
    ),
];

/// As `dev_valid_name` of the kernel, whose `IFNAMSIZ` counts the NUL at the end.
fn is_device_name(name: &str) -> bool {
    let is_plain = |b: u8| !b.is_ascii_whitespace() && b != 0x0b && b != b'/' && b != b':';
    (1..16).contains(&name.len()) && !matches!(name, "." | "..") && name.bytes().all(is_plain)
}

fn has_no_parent(path: &str) -> bool {
    path.split('/').all(|part| part != "..")
}
