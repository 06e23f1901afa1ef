//! A container that every runtime would start, and what statements of a rule make of it.

use plimsoll::facts::request::Request;
use plimsoll::policy::{Layers, Policy};
use serde_json::json;

/// Its rule.
pub(crate) const FRAME: &str = r#"
rule frame {
  ociVersion = "1.0.2"
  default root.path = "rootfs"
  default process = { cwd: "/", args: ["/bin/sh"], user: { uid: 0, gid: 0 } }
  default linux.namespaces += [{ type: "pid" }, { type: "mount" }, { type: "ipc" }, { type: "uts" }, { type: "network" }]
}
"#;

/// A policy with these statements on top of it.
pub(crate) fn policy(body: &str) -> Policy {
    let layers = Layers::new().layer("test", [("test.plim", format!("{FRAME}rule tested {{\n{body}\n}}\n"))]);
    layers.unanalysed().compile().unwrap_or_else(|report| panic!("{body}\n{report}"))
}

/// A request on a host with these control groups, with texts in the service's environment.
pub(crate) fn request(policy: &Policy, cgroup: &str, env: &serde_json::Value) -> Request {
    let services = json!({ "web": { "image": { "name": "x" }, "env": env } });
    let request = json!({
        "deployment": { "version": "v1", "deployment": "shop", "services": services },
        "service": "web",
        "host": { "cgroup": cgroup },
    });
    Request::from_json("request.json", &request.to_string(), policy.schema()).unwrap()
}
