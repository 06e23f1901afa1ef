//! The standard policy as a container agent would write it by hand: typed facts in, an `oci_spec` value out.
//!
//! It does what the rules do for the services that are timed, with their checks, and nothing else. The builders of
//! `oci_spec` start from defaults with a policy of their own (rlimits, mounts, masked paths), so every field that has one
//! is written or taken out here.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::indexing_slicing,
    reason = "a module of tests and benchmarks, of which each uses a part"
)]

use oci_spec::OciSpecError;
use oci_spec::runtime::{
    Capabilities, Capability, LinuxBuilder, LinuxCapabilitiesBuilder, LinuxCpuBuilder, LinuxDevice, LinuxDeviceBuilder,
    LinuxDeviceCgroup, LinuxDeviceCgroupBuilder, LinuxDeviceType, LinuxMemoryBuilder, LinuxNamespace,
    LinuxNamespaceBuilder, LinuxNamespaceType, LinuxResources, LinuxResourcesBuilder, Mount, MountBuilder, Process,
    ProcessBuilder, RootBuilder, Spec, SpecBuilder, UserBuilder,
};

use super::facts::{Host, Service, Storage};

/// Why a service is refused.
#[derive(Debug)]
pub struct Refused(pub String);

impl From<OciSpecError> for Refused {
    fn from(error: OciSpecError) -> Self {
        Self(error.to_string())
    }
}

type Result<T> = std::result::Result<T, Refused>;

const DEFAULT_CAPABILITIES: [Capability; 14] = [
    Capability::Chown,
    Capability::DacOverride,
    Capability::Fsetid,
    Capability::Fowner,
    Capability::Mknod,
    Capability::NetRaw,
    Capability::Setgid,
    Capability::Setuid,
    Capability::Setfcap,
    Capability::Setpcap,
    Capability::NetBindService,
    Capability::SysChroot,
    Capability::Kill,
    Capability::AuditWrite,
];

const MASKED: [&str; 11] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];

const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// The spec of a service, and its warnings.
pub fn spec(service: &Service, host: &Host) -> Result<(Spec, Vec<String>)> {
    let mut warnings = Vec::new();
    let nodes = nodes(service, host, &mut warnings)?;
    let mut namespaces =
        vec![LinuxNamespaceType::Pid, LinuxNamespaceType::Ipc, LinuxNamespaceType::Uts, LinuxNamespaceType::Mount];
    if !service.host_network {
        namespaces.push(LinuxNamespaceType::Network);
    }
    if host.cgroup_v2 {
        namespaces.push(LinuxNamespaceType::Cgroup);
    }
    let namespace = |typ| LinuxNamespaceBuilder::default().typ(typ).build();
    let hidden = |paths: &[&str]| match service.privileged {
        true => Vec::new(),
        false => paths.iter().map(ToString::to_string).collect::<Vec<_>>(),
    };
    let linux = LinuxBuilder::default()
        .namespaces(namespaces.into_iter().map(namespace).collect::<std::result::Result<Vec<LinuxNamespace>, _>>()?)
        .rootfs_propagation("private")
        .masked_paths(hidden(&MASKED))
        .readonly_paths(hidden(&READ_ONLY))
        .resources(resources(service, host)?)
        .devices(nodes)
        .build()?;
    let mut spec = SpecBuilder::default()
        .version("1.0.2")
        .root(RootBuilder::default().path("rootfs").readonly(false).build()?)
        .process(process(service, host)?)
        .hostname(hostname(service)?)
        .mounts(mounts(service)?)
        .linux(linux)
        .build()?;
    spec.set_annotations(None);
    Ok((spec, warnings))
}

/// `config.json`.
pub fn render(service: &Service, host: &Host) -> Result<Vec<u8>> {
    let (spec, _) = spec(service, host)?;
    serde_json::to_vec(&spec).map_err(|error| Refused(error.to_string()))
}

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(Refused(message.into()))
}

fn hostname(service: &Service) -> Result<String> {
    let name = service.hostname.as_deref().filter(|name| !name.is_empty()).unwrap_or(&service.id);
    let label = |label: &str| {
        let letters = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        letters && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() > 64 || !name.split('.').all(label) {
        return refuse(format!("`{name}` is no host name"));
    }
    Ok(name.to_owned())
}

fn process(service: &Service, host: &Host) -> Result<Process> {
    let args = match (&service.command, &service.image_args) {
        (command, _) if !command.is_empty() => command.clone(),
        (_, image) if !image.is_empty() => image.clone(),
        _ => vec!["/bin/sh".to_owned()],
    };
    let cwd = service.workdir.as_deref().filter(|dir| !dir.is_empty()).unwrap_or("/");
    if !cwd.starts_with('/') {
        return refuse(format!("the working directory `{cwd}` is relative"));
    }
    let granted = capabilities(service, host)?;
    let capabilities = LinuxCapabilitiesBuilder::default()
        .bounding(granted.clone())
        .effective(granted.clone())
        .permitted(granted)
        .inheritable(Capabilities::default())
        .ambient(Capabilities::default())
        .build()?;
    let mut process = ProcessBuilder::default()
        .terminal(false)
        .user(UserBuilder::default().uid(0u32).gid(0u32).build()?)
        .args(args)
        .env(env(service, host)?)
        .cwd(cwd)
        .capabilities(capabilities)
        .no_new_privileges(!service.privileged && service.capabilities.is_empty())
        .build()?;
    process.set_rlimits(None);
    Ok(process)
}

fn capabilities(service: &Service, host: &Host) -> Result<Capabilities> {
    if service.privileged {
        return Ok(host.capabilities.iter().copied().collect());
    }
    let can = |capability: &Capability| host.capabilities.contains(capability);
    if let Some(missing) = service.capabilities.iter().find(|capability| !can(capability)) {
        return refuse(format!("this host cannot grant {missing}"));
    }
    let default = DEFAULT_CAPABILITIES.into_iter().filter(can);
    Ok(default.chain(service.capabilities.iter().copied()).collect())
}

/// One `NAME=value` for each name: house, image, service, then what the agent alone decides.
fn env(service: &Service, host: &Host) -> Result<Vec<String>> {
    let mut all: Vec<(&str, &str)> =
        vec![("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("TERM", "xterm")];
    let mut set = |name, value| match all.iter_mut().find(|(other, _)| *other == name) {
        Some(entry) => entry.1 = value,
        None => all.push((name, value)),
    };
    for (name, value) in &service.image_env {
        set(name, value);
    }
    for (name, value) in &service.env {
        match value.strip_prefix("$E:") {
            None => set(name, value),
            Some(variable) => match host.env.get(variable) {
                Some(value) => set(name, value),
                None => return refuse(format!("`{name}` asks for `{variable}`, which is not set")),
            },
        }
    }
    let indices = service.gpus.map(|count| (0..count).map(|i| i.to_string()).collect::<Vec<_>>().join(","));
    if let Some(indices) = indices.as_deref().filter(|indices| !indices.is_empty()) {
        set("NVIDIA_VISIBLE_DEVICES", indices);
        set("CUDA_VISIBLE_DEVICES", indices);
    }
    let entry =
        |(name, value): (&str, &str)| match name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            true => refuse(format!("`{name}` cannot be the name of a variable")),
            false => Ok(format!("{name}={value}")),
        };
    all.into_iter().map(entry).collect()
}

fn mounts(service: &Service) -> Result<Vec<Mount>> {
    let read_only: &[&str] = if service.privileged { &[] } else { &["ro"] };
    let mut mounts = vec![
        mount("/proc", "proc", "proc", &["nosuid", "noexec", "nodev"])?,
        mount("/dev", "tmpfs", "tmpfs", &["nosuid", "strictatime", "mode=755", "size=65536k"])?,
        mount(
            "/dev/pts",
            "devpts",
            "devpts",
            &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        )?,
        mount("/dev/shm", "tmpfs", "shm", &["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"])?,
        mount("/dev/mqueue", "mqueue", "mqueue", &["nosuid", "noexec", "nodev"])?,
        mount("/sys", "sysfs", "sysfs", &[&["nosuid", "noexec", "nodev"], read_only].concat())?,
        mount("/sys/fs/cgroup", "cgroup", "cgroup", &[&["nosuid", "noexec", "nodev", "relatime"], read_only].concat())?,
    ];
    let base = mounts.len();
    for entry in &service.storage {
        let own = storage(entry, service)?;
        match mounts.iter().position(|mount| mount.destination() == own.destination()) {
            Some(at) if at >= base => return refuse("two entries of `storage` have one target"),
            Some(at) => mounts[at] = own,
            None => mounts.push(own),
        }
    }
    mounts.sort_by_key(|mount| mount.destination().components().count());
    Ok(mounts)
}

fn mount(destination: &str, typ: &str, source: &str, options: &[&str]) -> Result<Mount> {
    let options: Vec<String> = options.iter().map(ToString::to_string).collect();
    Ok(MountBuilder::default().destination(destination).typ(typ).source(source).options(options).build()?)
}

fn storage(entry: &Storage, service: &Service) -> Result<Mount> {
    let bind = |source: &str, target: &str, readonly: bool| match source.starts_with('/') {
        true => mount(&clean(target)?, "bind", source, &["rbind", if readonly { "ro" } else { "rw" }]),
        false => refuse(format!("the source `{source}` is relative")),
    };
    match entry {
        Storage::Bind { source, target, readonly } => bind(source, target, *readonly),
        Storage::Named { name, target, readonly } => match service.volumes.get(name) {
            Some(source) => bind(source, target, *readonly),
            None => refuse(format!("this host has no path for the volume `{name}`")),
        },
        Storage::Tmpfs { target, size, mode } => {
            let size = size.map(|size| format!("size={size}"));
            let mode = mode.map(|mode| format!("mode={mode:o}"));
            let options: Vec<&str> =
                ["nosuid", "nodev"].into_iter().chain(size.as_deref()).chain(mode.as_deref()).collect();
            mount(&clean(target)?, "tmpfs", "tmpfs", &options)
        }
    }
}

/// A mount's target without doubled, trailing and `.` components.
fn clean(target: &str) -> Result<String> {
    let parts: Vec<&str> = target.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if !target.starts_with('/') || parts.is_empty() || parts.contains(&"..") || target.contains('\0') {
        return refuse(format!("nothing can be mounted at `{target}`"));
    }
    Ok(format!("/{}", parts.join("/")))
}

fn resources(service: &Service, host: &Host) -> Result<LinuxResources> {
    let mut resources = LinuxResourcesBuilder::default().devices(device_rules(service, host)?);
    if let Some(cores) = service.cpu {
        let quota = (cores * 100_000.0 + 0.5).floor();
        if !cores.is_finite() || cores <= 0.0 || !(1000.0..17_592_186_044_416.0).contains(&quota) {
            return refuse(format!("cpu: {cores} is more or less than the kernel can account for"));
        }
        resources = resources.cpu(LinuxCpuBuilder::default().period(100_000u64).quota(quota as i64).build()?);
    }
    if let Some(limit) = service.memory {
        if limit <= 0 {
            return refuse("memory must be above 0");
        }
        resources = resources.memory(LinuxMemoryBuilder::default().limit(limit).build()?);
    }
    Ok(resources.build()?)
}

fn rule(typ: LinuxDeviceType, major: i64, minor: Option<i64>, access: &str) -> Result<LinuxDeviceCgroup> {
    let rule = LinuxDeviceCgroupBuilder::default().allow(true).typ(typ).major(major).access(access);
    Ok(match minor {
        Some(minor) => rule.minor(minor).build()?,
        None => rule.build()?,
    })
}

fn device_rules(service: &Service, host: &Host) -> Result<Vec<LinuxDeviceCgroup>> {
    if service.privileged {
        return Ok(vec![LinuxDeviceCgroupBuilder::default().allow(true).access("rwm").build()?]);
    }
    let mut rules = vec![LinuxDeviceCgroupBuilder::default().allow(false).access("rwm").build()?];
    for (major, minor) in [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)] {
        rules.push(rule(LinuxDeviceType::C, major, Some(minor), "rwm")?);
    }
    rules.push(rule(LinuxDeviceType::C, 136, None, "rwm")?);
    for request in &service.devices {
        if let Some(node) = host.devices.get(&request.path) {
            rules.push(rule(node.kind, node.major, Some(node.minor), request.access)?);
        }
    }
    if service.gpus.is_some_and(|count| count > 0) {
        let of_node = |path| host.devices.get(path).map(|node| node.major);
        let uvm = host.majors.get("nvidia-uvm").copied().or_else(|| of_node("/dev/nvidia-uvm"));
        let uvm = uvm.or_else(|| of_node("/dev/nvidia-uvm-tools")).unwrap_or(510);
        rules.push(rule(LinuxDeviceType::C, 195, None, "rwm")?);
        rules.push(rule(LinuxDeviceType::C, uvm, None, "rwm")?);
    }
    Ok(rules)
}

/// The device nodes that the container gets: its own, then the GPUs'.
fn nodes(service: &Service, host: &Host, warnings: &mut Vec<String>) -> Result<Vec<LinuxDevice>> {
    let gpus = match service.gpus {
        Some(count) if count > 1024 => return refuse(format!("{count} GPUs: at most 1024")),
        Some(count) if count > 0 => {
            let control = ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"].map(str::to_owned);
            control.into_iter().chain((0..count).map(|i| format!("/dev/nvidia{i}"))).collect()
        }
        _ => Vec::new(),
    };
    let mut nodes: Vec<LinuxDevice> = Vec::with_capacity(gpus.len() + service.devices.len());
    for path in service.devices.iter().map(|request| &request.path).chain(&gpus) {
        if !path.starts_with('/') || path.split('/').any(|part| part == "..") {
            return refuse(format!("`{path}` is no path of a device"));
        }
        let Some(node) = host.devices.get(path) else {
            warnings.push(format!("device {path} is not on this host, skipped"));
            continue;
        };
        if nodes.iter().any(|other| other.path().as_os_str() == path.as_str()) {
            continue;
        }
        let device = LinuxDeviceBuilder::default().path(path).typ(node.kind).major(node.major).minor(node.minor);
        nodes.push(device.file_mode(0o666u32).uid(0u32).gid(0u32).build()?);
    }
    Ok(nodes)
}
