//! Mounts.

use super::rows;
use crate::review::Class;
use crate::review::risk::Row;
use crate::review::risk::Test::{Alone, By, Gains, Loses, More, Moved, Neutral};
use crate::review::risk::compare::Compare;
use crate::review::risk::condition::When::{self, All, Any, Field, Holds, Not, Option, Or, Within, Word};

const MOUNTS: &[&str] = &["mounts"];

/// Whoever can talk to one of these can start anything on the host.
const SOCKETS: &[&str] = &[
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
    "/run/podman/podman.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/systemd/private",
    "/run/dbus/system_bus_socket",
    "/var/run/docker.sock",
    "/var/run/containerd/containerd.sock",
    "/var/run/crio/crio.sock",
    "/var/run/cri-dockerd.sock",
    "/var/run/podman/podman.sock",
    "/var/run/dbus/system_bus_socket",
];

/// What the host itself runs and believes.
const SYSTEM: &[&str] = &[
    "/etc",
    "/root",
    "/boot",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/run",
    "/var/run",
    "/var/spool/cron",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/kubelet",
];

/// Devices that anybody may have.
const HARMLESS: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

const PRIVATE_MOUNT: &[&str] = &["private", "rprivate", "unbindable", "runbindable"];
const UNSHARED: &[&str] = &["slave", "rslave", "private", "rprivate", "unbindable", "runbindable"];

const READ_ONLY: When = Option(&["ro", "rro"], &["rw", "rrw"]);
/// Runtimes go by the options, the type is a word for people.
const BIND: When = Or(&[Option(&["bind", "rbind"], &[]), Field("type", &Word(&["bind"]))]);
const OF_SYSTEM: When = Or(&[Field("source", &Within(SYSTEM)), Field("source", &Holds(SYSTEM))]);
const SENSITIVE: When =
    Or(&[OF_SYSTEM, Field("source", &Holds(SOCKETS)), Field("source", &Within(&["/proc", "/sys", "/dev"]))]);

const DEVICES: When = All(&[Field("source", &Within(&["/dev"])), Not(&Field("source", &Within(HARMLESS)))]);

/// File systems that are made for the container alone.
const PRIVATE: &[&str] = &["tmpfs", "devpts", "mqueue"];

/// The options that other rows look at, and those that change nothing of what it can do.
const KNOWN: &[&str] = &[
    "ro",
    "rw",
    "rro",
    "rrw",
    "nosuid",
    "suid",
    "nodev",
    "dev",
    "noexec",
    "exec",
    "bind",
    "rbind",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "private",
    "rprivate",
    "unbindable",
    "runbindable",
    "size=*",
    "mode=*",
    "uid=*",
    "gid=*",
    "ptmxmode=*",
    "newinstance",
    "relatime",
    "norelatime",
    "strictatime",
    "nostrictatime",
    "noatime",
    "atime",
    "nodiratime",
    "diratime",
    "lazytime",
    "nolazytime",
    "sync",
    "async",
    "defaults",
];

const HOST_PATH: &str = "Pod Security Standards, Baseline: HostPath Volumes";
const SOCKET: &str =
    "Pod Security Standards, Baseline: HostPath Volumes; docs.docker.com/engine/security, Docker daemon attack surface";
const PROC: &str = "Pod Security Standards, Baseline: /proc Mount Type; CVE-2022-0492";
const OPTIONS: &str = "mount(8), filesystem-independent mount options";
const SPEC: &str = "runtime-spec config.md#mounts";
const PROPAGATION: &str = "mount_namespaces(7), shared subtrees";

pub(super) static ROWS: &[Row] = rows! {
    "mount.root" (MOUNTS, Privileged) More(All(&[BIND, Field("source", &Holds(&["/"]))]))
        => "reach every file of the host", HOST_PATH;
    "mount.socket" (MOUNTS, Privileged) More(All(&[BIND, Field("source", &Holds(SOCKETS))]))
        => "tell a service of the host to start anything, as root", SOCKET;
    "mount.kernel" (MOUNTS, Privileged) More(All(&[BIND, Field("source", &Within(&["/proc", "/sys"]))]))
        => "see and set what the host's kernel shows, past the masked paths", PROC;
    "mount.devices" (MOUNTS, Privileged) More(All(&[BIND, DEVICES]))
        => "reach the host's device nodes, as far as its device rules let it", HOST_PATH;
    "mount.system-written" (MOUNTS, Privileged) More(All(&[BIND, SENSITIVE, Not(&READ_ONLY)]))
        => "change what the host itself runs or believes", HOST_PATH;
    "mount.system" (MOUNTS, Privileged) More(All(&[BIND, OF_SYSTEM]))
        => "read what the host itself runs or believes", HOST_PATH;
    "mount.kernel-type" (MOUNTS, Privileged) More(Field("type", &Word(&[
        "debugfs", "tracefs", "securityfs", "configfs", "bpf", "pstore", "efivarfs", "binfmt_misc", "fusectl", "cgroup2",
    ]))) => "see and set what belongs to the host's kernel", PROC;
    "mount.kernel-elsewhere" (MOUNTS, Privileged) More(Or(&[
        All(&[Field("type", &Word(&["proc"])), Not(&Field("destination", &Word(&["/proc"])))]),
        All(&[Field("type", &Word(&["sysfs"])), Not(&Field("destination", &Word(&["/sys"])))]),
    ])) => "see what the kernel shows at a place that no masked path hides", PROC;
    "mount.kernel-written" (MOUNTS, Privileged) More(All(&[Field("type", &Word(&["sysfs", "cgroup"])), Not(&READ_ONLY)]))
        => "set what belongs to the host's kernel, or its own limits", PROC;
    "mount.disk" (MOUNTS, Privileged) More(All(&[Not(&BIND), Field("source", &Within(&["/dev"]))]))
        => "reach what is on a disk of the host", "Pod Security Standards, Restricted: Volume Types; mount(2)";
    "mount.shared" (MOUNTS, Privileged) More(Option(&["shared", "rshared"], UNSHARED))
        => "mount for the host", PROPAGATION;
    "mount.host" (MOUNTS, Baseline) More(BIND)
        => "reach files of the host", "Pod Security Standards, Baseline: HostPath Volumes; volumes are binds as well";
    "mount.written" (MOUNTS, Baseline) Loses(READ_ONLY)
        => "write there", OPTIONS;
    "mount.below-written" (MOUNTS, Baseline) Loses(Option(&["rro"], &["rw", "rrw"]))
        => "write to what is mounted below it", "mount_setattr(2), AT_RECURSIVE";
    "mount.below" (MOUNTS, Baseline) Gains(Option(&["rbind"], &["bind"]))
        => "reach what the host mounts below it", "mount(8), bind mounts";
    "mount.slave" (MOUNTS, Baseline) Gains(Option(&["slave", "rslave"], PRIVATE_MOUNT))
        => "see what the host mounts there later", PROPAGATION;
    "mount.suid" (MOUNTS, Baseline) Loses(Option(&["nosuid"], &["suid"]))
        => "gain privileges through a program that is there", OPTIONS;
    "mount.dev" (MOUNTS, Baseline) Loses(Option(&["nodev"], &["dev"]))
        => "open device nodes that are there", OPTIONS;
    "mount.exec" (MOUNTS, Restricted) Loses(Option(&["noexec"], &["exec"]))
        => "run programs from there", OPTIONS;
    "mount.size" (MOUNTS, Restricted) By(Field("type", &Word(&["tmpfs"])), Compare::Both(&Compare::Size("size")))
        => "fill memory beyond the smaller size", "kernel Documentation/filesystems/tmpfs.rst";
    "mount.source" (MOUNTS, Baseline) By(BIND, Compare::Both(&Compare::Field("source", &Compare::Differs)))
        => "reach what is at the other place", SPEC;
    "mount.type" (MOUNTS, Baseline) By(Not(&BIND), Compare::Both(&Compare::Field("type", &Compare::Differs)))
        => "use another file system", SPEC;
    "mount.options" (MOUNTS, Restricted) By(Any, Compare::Both(&Compare::Options(KNOWN)))
        => "do there what an option decides", SPEC;
    "mount.mapping" (MOUNTS, Baseline) By(Any, Compare::Both(&Compare::Each(&[
        Compare::Field("uidMappings", &Compare::Differs),
        Compare::Field("gidMappings", &Compare::Differs),
    ]))) => "act there with other ids", "mount_setattr(2), ID-mapped mounts";
    "mount.private" (MOUNTS, Restricted) Neutral(Field("type", &Word(PRIVATE)))
        => "nothing of the host is there", SPEC;
    "mount.other" (MOUNTS, Baseline) Alone(Class::Unknown)
        => "what is there decides what it can do", SPEC;
    "mount.order" (MOUNTS, Baseline) Moved(Class::Unknown)
        => "a later mount can hide an earlier one", SPEC;
};
