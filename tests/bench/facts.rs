//! The facts that the hand-written code reads, as plain types.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a module of tests and benchmarks, of which each uses a part"
)]

use std::collections::BTreeMap;

use oci_spec::runtime::{Capability, LinuxDeviceType};

/// What the deployment, the image and the caller say of one container.
#[derive(Clone, Debug, Default)]
pub struct Service {
    pub id: String,
    pub name: String,
    pub image_env: Vec<(String, String)>,
    pub image_args: Vec<String>,
    pub command: Vec<String>,
    pub workdir: Option<String>,
    pub hostname: Option<String>,
    pub env: Vec<(String, String)>,
    pub capabilities: Vec<Capability>,
    pub privileged: bool,
    pub cpu: Option<f64>,
    pub memory: Option<i64>,
    pub storage: Vec<Storage>,
    pub devices: Vec<DeviceRequest>,
    pub gpus: Option<u32>,
    pub host_network: bool,
    pub volumes: BTreeMap<String, String>,
}

/// One entry of `storage`.
#[derive(Clone, Debug)]
pub enum Storage {
    Bind { source: String, target: String, readonly: bool },
    Named { name: String, target: String, readonly: bool },
    Tmpfs { target: String, size: Option<u64>, mode: Option<u32> },
}

/// One entry of `devices`.
#[derive(Clone, Debug)]
pub struct DeviceRequest {
    pub path: String,
    pub access: &'static str,
}

/// What the host is and has.
#[derive(Clone, Debug)]
pub struct Host {
    pub cgroup_v2: bool,
    pub capabilities: Vec<Capability>,
    pub devices: BTreeMap<String, HostDevice>,
    pub majors: BTreeMap<String, i64>,
    pub env: BTreeMap<String, String>,
}

/// A device node of the host.
#[derive(Clone, Copy, Debug)]
pub struct HostDevice {
    pub kind: LinuxDeviceType,
    pub major: i64,
    pub minor: i64,
}
