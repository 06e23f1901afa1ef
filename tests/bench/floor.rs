//! The standard policy specialised by hand to the services that are timed: their guards are tests on typed facts, and
//! what these decide is one constant piece of JSON after the other, with holes for what the service says. It builds no
//! tree, allocates nothing, and refuses nothing that takes more than a look: the floor under what rendering can cost.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a module of tests and benchmarks, of which each uses a part"
)]

use oci_spec::runtime::LinuxDeviceType;

use super::facts::{Host, Service, Storage};

const HEAD: &str = concat!(
    r#"{"ociVersion":"1.0.2","process":{"terminal":false,"user":{"uid":0,"gid":0},"#,
    r#""args":["/bin/sh"],"env":["PATH="#,
);
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const GRANTED_BY_DEFAULT: &str = concat!(
    r#"],"cwd":"/","capabilities":{"bounding":["CAP_AUDIT_WRITE","CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_F"#,
    r#"SETID","CAP_KILL","CAP_MKNOD","CAP_NET_BIND_SERVICE","CAP_NET_RAW","CAP_SETFCAP","CAP_SETGID","CAP_SETPCAP","#,
    r#""CAP_SETUID","CAP_SYS_CHROOT"],"effective":["CAP_AUDIT_WRITE","CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","C"#,
    r#"AP_FSETID","CAP_KILL","CAP_MKNOD","CAP_NET_BIND_SERVICE","CAP_NET_RAW","CAP_SETFCAP","CAP_SETGID","CAP_SETPC"#,
    r#"AP","CAP_SETUID","CAP_SYS_CHROOT"],"inheritable":[],"permitted":["CAP_AUDIT_WRITE","CAP_CHOWN","CAP_DAC_OVER"#,
    r#"RIDE","CAP_FOWNER","CAP_FSETID","CAP_KILL","CAP_MKNOD","CAP_NET_BIND_SERVICE","CAP_NET_RAW","CAP_SETFCAP","C"#,
    r#"AP_SETGID","CAP_SETPCAP","CAP_SETUID","CAP_SYS_CHROOT"],"ambient":[]},"noNewPrivileges":true},"root":{"path""#,
    r#":"rootfs","readonly":false},"hostname":""#,
);
const GRANTED_IF_PRIVILEGED: &str = concat!(
    r#"],"cwd":"/","capabilities":{"bounding":["CAP_AUDIT_CONTROL","CAP_AUDIT_READ","CAP_AUDIT_WRITE","CAP_BLOCK_SU"#,
    r#"SPEND","CAP_BPF","CAP_CHECKPOINT_RESTORE","CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_DAC_READ_SEARCH","CAP_FOWNER","#,
    r#""CAP_FSETID","CAP_IPC_LOCK","CAP_IPC_OWNER","CAP_KILL","CAP_LEASE","CAP_LINUX_IMMUTABLE","CAP_MAC_ADMIN","CA"#,
    r#"P_MAC_OVERRIDE","CAP_MKNOD","CAP_NET_ADMIN","CAP_NET_BIND_SERVICE","CAP_NET_BROADCAST","CAP_NET_RAW","CAP_PE"#,
    r#"RFMON","CAP_SETFCAP","CAP_SETGID","CAP_SETPCAP","CAP_SETUID","CAP_SYSLOG","CAP_SYS_ADMIN","CAP_SYS_BOOT","CA"#,
    r#"P_SYS_CHROOT","CAP_SYS_MODULE","CAP_SYS_NICE","CAP_SYS_PACCT","CAP_SYS_PTRACE","CAP_SYS_RAWIO","CAP_SYS_RESO"#,
    r#"URCE","CAP_SYS_TIME","CAP_SYS_TTY_CONFIG","CAP_WAKE_ALARM"],"effective":["CAP_AUDIT_CONTROL","CAP_AUDIT_READ"#,
    r#"","CAP_AUDIT_WRITE","CAP_BLOCK_SUSPEND","CAP_BPF","CAP_CHECKPOINT_RESTORE","CAP_CHOWN","CAP_DAC_OVERRIDE","C"#,
    r#"AP_DAC_READ_SEARCH","CAP_FOWNER","CAP_FSETID","CAP_IPC_LOCK","CAP_IPC_OWNER","CAP_KILL","CAP_LEASE","CAP_LIN"#,
    r#"UX_IMMUTABLE","CAP_MAC_ADMIN","CAP_MAC_OVERRIDE","CAP_MKNOD","CAP_NET_ADMIN","CAP_NET_BIND_SERVICE","CAP_NET"#,
    r#"_BROADCAST","CAP_NET_RAW","CAP_PERFMON","CAP_SETFCAP","CAP_SETGID","CAP_SETPCAP","CAP_SETUID","CAP_SYSLOG",""#,
    r#"CAP_SYS_ADMIN","CAP_SYS_BOOT","CAP_SYS_CHROOT","CAP_SYS_MODULE","CAP_SYS_NICE","CAP_SYS_PACCT","CAP_SYS_PTRA"#,
    r#"CE","CAP_SYS_RAWIO","CAP_SYS_RESOURCE","CAP_SYS_TIME","CAP_SYS_TTY_CONFIG","CAP_WAKE_ALARM"],"inheritable":["#,
    r#"],"permitted":["CAP_AUDIT_CONTROL","CAP_AUDIT_READ","CAP_AUDIT_WRITE","CAP_BLOCK_SUSPEND","CAP_BPF","CAP_CHE"#,
    r#"CKPOINT_RESTORE","CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_DAC_READ_SEARCH","CAP_FOWNER","CAP_FSETID","CAP_IPC_LOC"#,
    r#"K","CAP_IPC_OWNER","CAP_KILL","CAP_LEASE","CAP_LINUX_IMMUTABLE","CAP_MAC_ADMIN","CAP_MAC_OVERRIDE","CAP_MKNO"#,
    r#"D","CAP_NET_ADMIN","CAP_NET_BIND_SERVICE","CAP_NET_BROADCAST","CAP_NET_RAW","CAP_PERFMON","CAP_SETFCAP","CAP"#,
    r#"_SETGID","CAP_SETPCAP","CAP_SETUID","CAP_SYSLOG","CAP_SYS_ADMIN","CAP_SYS_BOOT","CAP_SYS_CHROOT","CAP_SYS_MO"#,
    r#"DULE","CAP_SYS_NICE","CAP_SYS_PACCT","CAP_SYS_PTRACE","CAP_SYS_RAWIO","CAP_SYS_RESOURCE","CAP_SYS_TIME","CAP"#,
    r#"_SYS_TTY_CONFIG","CAP_WAKE_ALARM"],"ambient":[]},"noNewPrivileges":false},"root":{"path":"rootfs","readonly""#,
    r#":false},"hostname":""#,
);
const MOUNTS_1: &str = concat!(
    r#"{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},{"destination":""#,
    r#"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]},{"destina"#,
    r#"tion":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]}"#,
);
const MOUNTS_1_PRIVILEGED: &str = concat!(
    r#"{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},{"destination":""#,
    r#"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]},{"destina"#,
    r#"tion":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev"]}"#,
);
const MOUNTS_2: &str = concat!(
    r#"{"destination":"/dev/pts","type":"devpts","source":"devpts","options":["nosuid","noexec","newinstance","ptmx"#,
    r#"mode=0666","mode=0620","gid=5"]},{"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["nosuid""#,
    r#","noexec","nodev","mode=1777","size=65536k"]},{"destination":"/dev/mqueue","type":"mqueue","source":"mqueue""#,
    r#","options":["nosuid","noexec","nodev"]}"#,
);
const MOUNTS_3: &str = concat!(
    r#"{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["nosuid","noexec","nodev","rela"#,
    r#"time","ro"]}"#,
);
const MOUNTS_3_PRIVILEGED: &str = concat!(
    r#"{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["nosuid","noexec","nodev","rela"#,
    r#"time"]}"#,
);
const DEVICE_RULES: &str = concat!(
    r#"],"linux":{"resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor""#,
    r#":3,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":5,"access":"rwm"},{"allow":true,"type":"c","ma"#,
    r#"jor":1,"minor":7,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":8,"access":"rwm"},{"allow":true,"#,
    r#""type":"c","major":1,"minor":9,"access":"rwm"},{"allow":true,"type":"c","major":5,"minor":0,"access":"rwm"},"#,
    r#"{"allow":true,"type":"c","major":5,"minor":1,"access":"rwm"},{"allow":true,"type":"c","major":5,"minor":2,"a"#,
    r#"ccess":"rwm"},{"allow":true,"type":"c","major":136,"access":"rwm"}"#,
);
const DEVICE_RULES_PRIVILEGED: &str = r#"],"linux":{"resources":{"devices":[{"allow":true,"access":"rwm"}"#;
const NAMESPACES: &str =
    r#"},"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"mount"},{"type":"network"}]"#;
/// Behind the nodes.
const HIDDEN: &str = concat!(
    r#","rootfsPropagation":"private","maskedPaths":["/proc/acpi","/proc/asound","/proc/kcore","/proc/keys","/proc/"#,
    r#"latency_stats","/proc/sched_debug","/proc/scsi","/proc/timer_list","/proc/timer_stats","/sys/devices/virtual"#,
    r#"/powercap","/sys/firmware"],"readonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-tri"#,
    r#"gger"]}}"#,
);

/// Writes `config.json`; nothing for a service that it is not specialised to.
pub fn render(service: &Service, host: &Host, out: &mut Vec<u8>) -> Option<()> {
    let as_specialised = service.command.is_empty() && service.image_args.is_empty() && service.image_env.is_empty();
    let hostname = service.hostname.as_deref().unwrap_or(&service.id);
    if !as_specialised || service.workdir.is_some() || service.host_network || host.cgroup_v2 || hostname.len() > 64 {
        return None;
    }
    let privileged = service.privileged;
    push(out, HEAD);
    env(service, out)?;
    push(out, if privileged { GRANTED_IF_PRIVILEGED } else { GRANTED_BY_DEFAULT });
    text(hostname, out);
    push(out, r#"","mounts":["#);
    let first = if privileged { MOUNTS_1_PRIVILEGED } else { MOUNTS_1 };
    let third = if privileged { MOUNTS_3_PRIVILEGED } else { MOUNTS_3 };
    for (depth, base) in [first, MOUNTS_2, third].into_iter().enumerate() {
        if depth > 0 {
            out.push(b',');
        }
        push(out, base);
        for entry in &service.storage {
            mount(entry, depth + 1, service, out)?;
        }
    }
    push(out, if privileged { DEVICE_RULES_PRIVILEGED } else { DEVICE_RULES });
    resources(service, host, out);
    push(out, NAMESPACES);
    nodes(service, host, out)?;
    push(out, if privileged { r#","rootfsPropagation":"private"}}"# } else { HIDDEN });
    Some(())
}

fn push(out: &mut Vec<u8>, piece: &str) {
    out.extend_from_slice(piece.as_bytes());
}

/// What must be escaped in JSON is looked for; the services that are timed have none of it.
fn text(text: &str, out: &mut Vec<u8>) {
    if !text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        return push(out, text);
    }
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            0..0x20 => push(out, &format!("\\u{byte:04x}")),
            _ => out.push(byte),
        }
    }
}

fn number(number: impl itoa::Integer, out: &mut Vec<u8>) {
    push(out, itoa::Buffer::new().format(number));
}

fn env(service: &Service, out: &mut Vec<u8>) -> Option<()> {
    let own = |name: &str| service.env.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    text(own("PATH").unwrap_or(PATH), out);
    push(out, r#"","TERM="#);
    text(own("TERM").unwrap_or("xterm"), out);
    out.push(b'"');
    for (name, value) in service.env.iter().filter(|(name, _)| name != "PATH" && name != "TERM") {
        if value.starts_with("$E:") || name.contains('=') {
            return None;
        }
        push(out, ",\"");
        text(name, out);
        out.push(b'=');
        text(value, out);
        out.push(b'"');
    }
    if let Some(count) = service.gpus {
        for name in [r#","NVIDIA_VISIBLE_DEVICES="#, r#","CUDA_VISIBLE_DEVICES="#] {
            push(out, name);
            (0..count).for_each(|index| {
                push(out, if index == 0 { "" } else { "," });
                number(index, out);
            });
            out.push(b'"');
        }
    }
    Some(())
}

/// One entry of `storage`, if it lies as deep.
fn mount(entry: &Storage, depth: usize, service: &Service, out: &mut Vec<u8>) -> Option<()> {
    let (Storage::Bind { target, .. } | Storage::Named { target, .. } | Storage::Tmpfs { target, .. }) = entry;
    if target.bytes().filter(|byte| *byte == b'/').count() != depth {
        return Some(());
    }
    push(out, r#",{"destination":""#);
    text(target, out);
    let (source, readonly) = match entry {
        Storage::Bind { source, readonly, .. } => (source, *readonly),
        Storage::Named { name, readonly, .. } => (service.volumes.get(name)?, *readonly),
        Storage::Tmpfs { size, mode, .. } => {
            push(out, r#"","type":"tmpfs","source":"tmpfs","options":["nosuid","nodev","size="#);
            number((*size)?, out);
            push(out, r#"","mode="#);
            let mode = (*mode)?;
            (0..4).rev().for_each(|digit| out.push(b'0' + (mode >> (3 * digit) & 7) as u8));
            push(out, r#""]}"#);
            return Some(());
        }
    };
    push(out, r#"","type":"bind","source":""#);
    text(source, out);
    push(out, if readonly { r#"","options":["rbind","ro"]}"# } else { r#"","options":["rbind","rw"]}"# });
    Some(())
}

fn resources(service: &Service, host: &Host, out: &mut Vec<u8>) {
    if service.gpus.is_some() {
        let uvm = host.majors.get("nvidia-uvm").copied().unwrap_or(510);
        push(out, r#",{"allow":true,"type":"c","major":195,"access":"rwm"},{"allow":true,"type":"c","major":"#);
        number(uvm, out);
        push(out, r#","access":"rwm"}"#);
    }
    out.push(b']');
    if let Some(limit) = service.memory {
        push(out, r#","memory":{"limit":"#);
        number(limit, out);
        out.push(b'}');
    }
    if let Some(cores) = service.cpu {
        push(out, r#","cpu":{"quota":"#);
        number((cores * 100_000.0 + 0.5) as i64, out);
        push(out, r#","period":100000}"#);
    }
}

fn nodes(service: &Service, host: &Host, out: &mut Vec<u8>) -> Option<()> {
    const GPU: [&str; 7] = [
        "/dev/nvidiactl",
        "/dev/nvidia-uvm",
        "/dev/nvidia-uvm-tools",
        "/dev/nvidia0",
        "/dev/nvidia1",
        "/dev/nvidia2",
        "/dev/nvidia3",
    ];
    let gpus = GPU.get(..service.gpus.map_or(0, |count| 3 + count as usize))?;
    let mut before = r#","devices":["#;
    for path in service.devices.iter().map(|request| request.path.as_str()).chain(gpus.iter().copied()) {
        let node = host.devices.get(path)?;
        push(out, before);
        before = ",";
        push(out, r#"{"path":""#);
        text(path, out);
        let block = matches!(node.kind, LinuxDeviceType::B);
        push(out, if block { r#"","type":"b","major":"# } else { r#"","type":"c","major":"# });
        number(node.major, out);
        push(out, r#","minor":"#);
        number(node.minor, out);
        push(out, r#","fileMode":438,"uid":0,"gid":0}"#);
    }
    push(out, if before == "," { "]" } else { "" });
    Some(())
}
