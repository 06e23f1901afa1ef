//! Requests for a container on this machine, and the specs that the shipped layers make of them.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use plimsoll::diagnostics::{self, Report};
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy};
use serde_json::{Value, json};

use super::seen::{capability_names, own_capabilities};

static STANDARD: LazyLock<Policy> = LazyLock::new(|| compile(Layers::standard()));
static HARDENED: LazyLock<Policy> = LazyLock::new(|| compile(Layers::standard().shipped("hardened")));

fn compile(layers: Layers) -> Policy {
    layers.compile().expect("the shipped layers")
}

/// Which cgroup layout this machine has.
pub(super) fn cgroup() -> &'static str {
    let has = |file: &str| Path::new("/sys/fs/cgroup").join(file).exists();
    match (has("cgroup.controllers"), has("unified/cgroup.controllers")) {
        (true, _) => "v2",
        (false, true) => "hybrid",
        (false, false) => "v1",
    }
}

/// What is recorded of this machine's folders: its cgroup hierarchies and the CPUs' throttling.
fn paths() -> Value {
    let names = |folder: &str| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect::<Vec<_>>()
    };
    let (cgroups, cpus) = ("/sys/fs/cgroup", "/sys/devices/system/cpu");
    let paths = names(cgroups).into_iter().map(|name| format!("{cgroups}/{name}"));
    let paths = paths.chain(names(cpus).into_iter().map(|name| format!("{cpus}/{name}/thermal_throttle")));
    let folders = paths.filter(|path| Path::new(path).is_dir()).map(|path| (path, json!("dir")));
    Value::Object(folders.collect())
}

/// A request for the service `web` of one container.
pub(super) struct Asked(Value);

/// A service that asks for nothing.
pub(super) fn plain() -> Asked {
    service(json!({}))
}

/// A service with fields beside its image, on a host with this one's cgroups, capabilities and folders.
pub(super) fn service(mut fields: Value) -> Asked {
    fields["image"] = json!({ "name": "busybox" });
    Asked(json!({
        "deployment": { "version": "v1", "deployment": "test", "services": { "web": fields } },
        "service": "web",
        "host": { "cgroup": cgroup(), "capabilities": capability_names(own_capabilities()), "paths": paths() },
    }))
}

impl Asked {
    /// Sets a part of the request: `image`, `accounts` or `options`.
    pub(super) fn with(mut self, part: &str, value: Value) -> Self {
        self.0[part] = value;
        self
    }

    /// Sets a part of the host's recording; null takes it away.
    pub(super) fn host(mut self, part: &str, value: Value) -> Self {
        self.0["host"][part] = value;
        self
    }

    /// The spec that the standard policy makes.
    pub(super) fn standard(&self) -> Value {
        self.render(&STANDARD).unwrap_or_else(|report| panic!("{}", told(&report)))
    }

    /// The spec that the standard and the hardened layer make.
    pub(super) fn hardened(&self) -> Value {
        self.render(&HARDENED).unwrap_or_else(|report| panic!("{}", told(&report)))
    }

    fn render(&self, policy: &Policy) -> Result<Value, Report> {
        let request = Request::from_json("request", &self.0.to_string(), policy.schema())?;
        let (facts, arena) = (request.facts()?, Arena::new());
        let rendered = policy.render(&facts, &arena)?;
        rendered.validate()?;
        let json = rendered.json(Style::Compact)?;
        Ok(serde_json::from_slice(&json).expect("what was rendered is JSON"))
    }
}

fn told(report: &Report) -> String {
    diagnostics::render(report, diagnostics::Style::default())
}
