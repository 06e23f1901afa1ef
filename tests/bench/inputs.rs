//! The four services that are timed, as the typed facts of the hand-written code. `tests/fixtures/bench` has the same
//! four as requests, with the spec that each must give.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a module of tests and benchmarks, of which each uses a part"
)]

use std::collections::BTreeMap;

use oci_spec::runtime::{Capability, LinuxDeviceType};

use super::facts::{DeviceRequest, Host, HostDevice, Service, Storage};

/// A service to time.
pub struct Input {
    pub name: &'static str,
    /// The request, as `render --request` reads it.
    pub request: &'static str,
    /// The spec that it must give.
    pub spec: &'static str,
    pub service: Service,
    pub host: Host,
}

macro_rules! input {
    ($name:literal, $service:expr, $host:expr) => {
        Input {
            name: $name,
            request: include_str!(concat!("../fixtures/bench/", $name, ".json")),
            spec: include_str!(concat!("../fixtures/bench/", $name, ".spec.json")),
            service: $service,
            host: $host,
        }
    };
}

/// All four.
pub fn all() -> [Input; 4] {
    [
        input!("plain", service("web"), host(&[])),
        input!("storage", storage(), host(&[])),
        input!("nvidia", Service { gpus: Some(4), ..service("web") }, nvidia_host()),
        input!("privileged", privileged(), host(&[("/dev/kvm", 'c', 10, 232), ("/dev/sda", 'b', 8, 0)])),
    ]
}

fn service(name: &str) -> Service {
    Service { id: format!("{name}-rep-1"), name: name.to_owned(), ..Service::default() }
}

fn storage() -> Service {
    let env = [
        ("LOG_LEVEL", "info"),
        ("LISTEN", "0.0.0.0:8080"),
        ("DATABASE_HOST", "db.internal"),
        ("DATABASE_PORT", "5432"),
        ("DATABASE_NAME", "shop"),
        ("CACHE_DIR", "/cache"),
        ("WORKERS", "8"),
        ("TZ", "UTC"),
        ("FEATURE_SEARCH", "true"),
        ("PATH", "/app/bin:/usr/bin:/bin"),
    ];
    Service {
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        cpu: Some(2.5),
        memory: Some(512 << 20),
        storage: vec![
            Storage::Bind { source: "/srv/shop/config".into(), target: "/etc/shop".into(), readonly: true },
            Storage::Named { name: "data".into(), target: "/var/lib/shop".into(), readonly: false },
            Storage::Tmpfs { target: "/cache".into(), size: Some(64 << 20), mode: Some(0o1777) },
        ],
        volumes: BTreeMap::from([("data".to_owned(), "/volumes/shop-data".to_owned())]),
        ..service("web")
    }
}

fn privileged() -> Service {
    let device = |path: &str, access| DeviceRequest { path: path.to_owned(), access };
    Service { privileged: true, devices: vec![device("/dev/kvm", "rw"), device("/dev/sda", "r")], ..service("web") }
}

fn nvidia_host() -> Host {
    let mut host = host(&[
        ("/dev/nvidiactl", 'c', 195, 255),
        ("/dev/nvidia-uvm", 'c', 509, 0),
        ("/dev/nvidia-uvm-tools", 'c', 509, 1),
        ("/dev/nvidia0", 'c', 195, 0),
        ("/dev/nvidia1", 'c', 195, 1),
        ("/dev/nvidia2", 'c', 195, 2),
        ("/dev/nvidia3", 'c', 195, 3),
    ]);
    host.majors.insert("nvidia-uvm".to_owned(), 509);
    host
}

/// A cgroup v1 host that can grant everything.
fn host(devices: &[(&str, char, i64, i64)]) -> Host {
    let device = |&(path, kind, major, minor): &(&str, char, i64, i64)| {
        let kind = if kind == 'b' { LinuxDeviceType::B } else { LinuxDeviceType::C };
        (path.to_owned(), HostDevice { kind, major, minor })
    };
    Host {
        cgroup_v2: false,
        capabilities: capabilities(),
        devices: devices.iter().map(device).collect(),
        majors: BTreeMap::new(),
        env: BTreeMap::new(),
    }
}

/// Every capability that the kernel knows.
fn capabilities() -> Vec<Capability> {
    use Capability as C;
    vec![
        C::Chown,
        C::DacOverride,
        C::DacReadSearch,
        C::Fowner,
        C::Fsetid,
        C::Kill,
        C::Setgid,
        C::Setuid,
        C::Setpcap,
        C::LinuxImmutable,
        C::NetBindService,
        C::NetBroadcast,
        C::NetAdmin,
        C::NetRaw,
        C::IpcLock,
        C::IpcOwner,
        C::SysModule,
        C::SysRawio,
        C::SysChroot,
        C::SysPtrace,
        C::SysPacct,
        C::SysAdmin,
        C::SysBoot,
        C::SysNice,
        C::SysResource,
        C::SysTime,
        C::SysTtyConfig,
        C::Mknod,
        C::Lease,
        C::AuditWrite,
        C::AuditControl,
        C::Setfcap,
        C::MacOverride,
        C::MacAdmin,
        C::Syslog,
        C::WakeAlarm,
        C::BlockSuspend,
        C::AuditRead,
        C::Perfmon,
        C::Bpf,
        C::CheckpointRestore,
    ]
}
