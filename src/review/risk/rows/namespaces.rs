//! Namespaces, and the ids that they map.

use super::rows;
use crate::review::Class;
use crate::review::risk::Row;
use crate::review::risk::Test::{By, Else, Gains, Less, More, Moved};
use crate::review::risk::compare::{Compare, Nothing};
use crate::review::risk::condition::When::{self, All, Any, Field, Is, Not, Within, Word};

const NAMESPACES: &[&str] = &["linux.namespaces"];
const MAPPINGS: &[&str] = &["linux.uidMappings", "linux.gidMappings"];

/// Those of the host's first process.
const HOST: When = Field("path", &Within(&["/proc/1"]));

const SPEC: &str = "runtime-spec config-linux.md#namespaces; namespaces(7)";
const USER: &str = "user_namespaces(7)";

pub(super) static ROWS: &[Row] = rows! {
    "namespace.pid" (NAMESPACES, Privileged) Less(All(&[Field("type", &Word(&["pid"])), Not(&HOST)]))
        => "see and signal the host's processes", "Pod Security Standards, Baseline: Host Namespaces; pid_namespaces(7)";
    "namespace.network" (NAMESPACES, Privileged) Less(All(&[Field("type", &Word(&["network"])), Not(&HOST)]))
        => "use the host's interfaces and what listens on its loopback",
        "Pod Security Standards, Baseline: Host Namespaces; network_namespaces(7); CVE-2020-15257";
    "namespace.ipc" (NAMESPACES, Privileged) Less(All(&[Field("type", &Word(&["ipc"])), Not(&HOST)]))
        => "use shared memory and queues of the host's processes",
        "Pod Security Standards, Baseline: Host Namespaces; ipc_namespaces(7)";
    "namespace.mount" (NAMESPACES, Privileged) Less(All(&[Field("type", &Word(&["mount"])), Not(&HOST)]))
        => "mount for the host, and see what is mounted there", "mount_namespaces(7)";
    "namespace.user" (NAMESPACES, Baseline) Less(All(&[Field("type", &Word(&["user"])), Not(&HOST)]))
        => "act with the ids of the host: its root is the host's", USER;
    "namespace.cgroup" (NAMESPACES, Baseline) Less(All(&[Field("type", &Word(&["cgroup"])), Not(&HOST)]))
        => "see where it is among the host's cgroups", "cgroup_namespaces(7)";
    "namespace.uts" (NAMESPACES, Baseline) Less(All(&[Field("type", &Word(&["uts"])), Not(&HOST)]))
        => "set the host's name, if it has the capability", "uts_namespaces(7)";
    "namespace.time" (NAMESPACES, Restricted) Less(All(&[Field("type", &Word(&["time"])), Not(&HOST)]))
        => "tell when the host was started", "time_namespaces(7)";
    "namespace.joined" (NAMESPACES, Baseline) Gains(Field("path", &Any))
        => "share a namespace with others, instead of having its own", SPEC;
    "namespace.other" (NAMESPACES, Baseline) By(Any, Compare::Field("path", &Compare::Both(&Compare::Differs)))
        => "share the namespace of somebody else", SPEC;
    "mapping.root" (MAPPINGS, Privileged) More(Field("hostID", &Is(0)))
        => "act with the ids of the host's root", USER;
    "mapping.size" (MAPPINGS, Baseline) By(Any, Compare::Field("size", &Compare::Limit(Nothing::Number(0))))
        => "act with more ids of the host", USER;
    "mapping.ids" (MAPPINGS, Baseline) By(Any, Compare::Both(&Compare::Field("hostID", &Compare::Differs)))
        => "act with the ids of somebody else", USER;
    "namespace.order" (&["linux.namespaces", "linux.uidMappings", "linux.gidMappings"], Restricted) Moved(Class::Neutral)
        => "their order means nothing", SPEC;
    "mapping.same" (MAPPINGS, Restricted) Else(Class::Neutral)
        => "it maps the same ids", USER;
};
