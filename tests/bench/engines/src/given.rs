//! The typed facts of the hand-written code as JSON, for those who take nothing else.

use oci_spec::runtime::{Capability, LinuxDeviceType};
use serde_json::{Map, Value, json};

use crate::facts::{Host, HostDevice, Service, Storage};

/// What a policy reads of one container.
pub(crate) fn of(service: &Service, host: &Host) -> Value {
    let env: Vec<Value> = service.env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let devices: Vec<Value> =
        service.devices.iter().map(|it| json!({ "path": it.path, "access": it.access })).collect();
    let indices: Vec<String> = (0..service.gpus.unwrap_or_default()).map(|index| index.to_string()).collect();
    let there: Map<String, Value> = host.devices.iter().map(|(path, it)| (path.clone(), device(it))).collect();
    json!({
        "id": service.id,
        "name": service.name,
        "image_args": service.image_args,
        "command": service.command,
        "workdir": service.workdir,
        "hostname": service.hostname,
        "env": env,
        "capabilities": capabilities(&service.capabilities),
        "privileged": service.privileged,
        "cpu": service.cpu,
        "memory": service.memory,
        "storage": service.storage.iter().map(storage).collect::<Vec<_>>(),
        "devices": devices,
        "gpus": service.gpus,
        // Of all languages here, one cannot join numbers.
        "indices": indices.join(","),
        "host_network": service.host_network,
        "volumes": service.volumes,
        "host": {
            "cgroup_v2": host.cgroup_v2,
            "capabilities": capabilities(&host.capabilities),
            "devices": there,
            "majors": host.majors,
        },
    })
}

fn capabilities(all: &[Capability]) -> Vec<String> {
    all.iter().map(|it| format!("CAP_{it}").replace("CAP_CAP_", "CAP_")).collect()
}

fn device(it: &HostDevice) -> Value {
    let kind = if it.kind == LinuxDeviceType::B { "b" } else { "c" };
    json!({ "type": kind, "major": it.major, "minor": it.minor })
}

fn storage(entry: &Storage) -> Value {
    match entry {
        Storage::Bind { source, target, readonly } => {
            json!({ "type": "bind", "source": source, "target": target, "readonly": readonly })
        }
        Storage::Named { name, target, readonly } => {
            json!({ "type": "named", "name": name, "target": target, "readonly": readonly })
        }
        Storage::Tmpfs { target, size, mode } => {
            let mode = mode.map(|mode| format!("{mode:o}"));
            json!({ "type": "tmpfs", "target": target, "size": size, "mode": mode })
        }
    }
}
