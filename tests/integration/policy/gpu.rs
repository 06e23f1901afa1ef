//! GPUs: nodes, rules, variables and training.

use super::{Case, each, row, service};

const ALL: &str = r#"{"devices": {
    "/dev/nvidiactl": {"type": "c", "major": 195, "minor": 255}, "/dev/nvidia-uvm": {"type": "c", "major": 509, "minor": 0},
    "/dev/nvidia-uvm-tools": {"type": "c", "major": 509, "minor": 1}, "/dev/nvidia0": {"type": "c", "major": 195, "minor": 0},
    "/dev/nvidia1": {"type": "c", "major": 195, "minor": 1}, "/dev/nvidia5": {"type": "c", "major": 195, "minor": 5},
    "/dev/kfd": {"type": "c", "major": 235, "minor": 0},
    "/dev/dri/renderD128": {"type": "c", "major": 226, "minor": 128}, "/dev/dri/card0": {"type": "c", "major": 226, "minor": 0},
    "/dev/dri/renderD129": {"type": "c", "major": 226, "minor": 129}, "/dev/dri/card1": {"type": "c", "major": 226, "minor": 1}}}"#;

const NODES: &str = "linux.devices[*].path";

fn gpu(fields: &str) -> Case {
    service(&format!("resources: {{gpu: {{{fields}}}}}"))
}

/// On a host with all nodes.
fn on_all(fields: &str) -> Case {
    gpu(fields).host(ALL)
}

/// The majors of the rules behind those that all have.
fn majors(case: Case, majors: &[u32]) -> Case {
    let own = ["linux.resources.devices[10]", "linux.resources.devices[11]", "linux.resources.devices[12]"];
    let rule = |major: &u32| format!(r#"{{"allow": true, "type": "c", "major": {major}, "access": "rwm"}}"#);
    own.into_iter().enumerate().fold(case, |case, (index, path)| match majors.get(index) {
        Some(major) => case.has(path, rule(major)),
        None => case.lacks(path),
    })
}

fn nodes(case: Case, nodes: &[&str]) -> Case {
    if nodes.is_empty() { case.lacks("linux.devices[0]") } else { case.has(NODES, format!("{nodes:?}")) }
}

#[test]
fn nvidia() {
    let all = ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia0", "/dev/nvidia1"];
    row(
        "GPUs: nvidia",
        [
            nodes(on_all("count: 2"), &all).silent(),
            nodes(on_all("count: 2, vendor: nvidia"), &all),
            nodes(on_all(""), &all[..4]),
            on_all("").has("linux.devices[/dev/nvidia0]", r#"{"path": "/dev/nvidia0", "type": "c", "major": 195, "minor": 0, "fileMode": 438, "uid": 0, "gid": 0}"#),
            nodes(gpu("count: 1"), &[]).warned("/dev/nvidia0 is not on this host, skipped"),
            gpu("count: 1").warned("/dev/nvidia-uvm-tools is not on this host"),
            nodes(on_all("count: 3"), &all).warned("/dev/nvidia2 is not on this host"),
            nodes(gpu("").host(r#"{"devices": {"/dev/nvidia0": {"type": "other"}}}"#), &[]).warned("/dev/nvidia0 is not on this host"),
            nodes(gpu("").host(r#"{"paths": {"/dev/nvidiactl": "file"}}"#), &[]).warned("/dev/nvidiactl is not on this host"),
            on_all("count: 3").has("process.env[NVIDIA_VISIBLE_DEVICES]", r#""0,1,2""#),
            gpu("count: 3").has("process.env[CUDA_VISIBLE_DEVICES]", r#""0,1,2""#),
            on_all("").lacks("process.env[ROCR_VISIBLE_DEVICES]"),
        ],
    );
    let uvm = |host: &str| gpu("").host(host);
    row(
        "GPUs: nvidia, the rules",
        [
            majors(gpu(""), &[195, 510]),
            majors(on_all(""), &[195, 509]),
            majors(uvm(r#"{"majors": {"nvidia-uvm": 511}}"#), &[195, 511]),
            majors(
                uvm(
                    r#"{"majors": {"nvidia-uvm": 511}, "devices": {"/dev/nvidia-uvm": {"type": "c", "major": 509, "minor": 0}}}"#,
                ),
                &[195, 511],
            ),
            majors(
                uvm(r#"{"devices": {"/dev/nvidia-uvm-tools": {"type": "c", "major": 508, "minor": 1}}}"#),
                &[195, 508],
            ),
            majors(
                uvm(
                    r#"{"devices": {"/dev/nvidia-uvm": {"type": "other"}, "/dev/nvidia-uvm-tools": {"type": "c", "major": 508, "minor": 1}}}"#,
                ),
                &[195, 508],
            ),
            majors(uvm(r#"{"majors": {"nvidia-uvm": null, "nvidia": 195}}"#), &[195, 510]),
            service("privileged: true\nresources: {gpu: {}}")
                .host(ALL)
                .has("linux.resources.devices", r#"[{"allow": true, "access": "rwm"}]"#),
            nodes(service("privileged: true\nresources: {gpu: {}}").host(ALL), &all[..4]),
            service("privileged: true\nresources: {gpu: {}}").has("process.env[CUDA_VISIBLE_DEVICES]", r#""0""#),
        ],
    );
}

#[test]
fn amd() {
    let all = ["/dev/kfd", "/dev/dri/renderD128", "/dev/dri/renderD129", "/dev/dri/card0", "/dev/dri/card1"];
    row(
        "GPUs: amd",
        [
            nodes(on_all("vendor: amd, count: 2"), &all).silent(),
            on_all("vendor: amd, count: 2").has("process.env[ROCR_VISIBLE_DEVICES]", r#""0,1""#),
            on_all("vendor: amd, count: 2").has("process.env[HIP_VISIBLE_DEVICES]", r#""0,1""#),
            on_all("vendor: amd").lacks("process.env[CUDA_VISIBLE_DEVICES]"),
            majors(gpu("vendor: amd"), &[226, 234]).warned("/dev/kfd is not on this host"),
            majors(on_all("vendor: amd"), &[226, 235]),
            majors(
                gpu("vendor: amd").host(
                    r#"{"majors": {"kfd": 236}, "devices": {"/dev/kfd": {"type": "c", "major": 235, "minor": 0}}}"#,
                ),
                &[226, 236],
            ),
        ],
    );
}

#[test]
fn intel_and_others() {
    row(
        "GPUs: intel and others",
        [
            nodes(on_all("vendor: intel"), &["/dev/dri/renderD128", "/dev/dri/card0"]).silent(),
            majors(on_all("vendor: intel"), &[226]),
            on_all("vendor: intel, count: 2").has("process.env[ZE_AFFINITY_MASK]", r#""0,1""#),
            nodes(on_all("vendor: NVIDIA"), &["/dev/dri/renderD128"]).warned("did you mean `nvidia`"),
            majors(on_all("vendor: NVIDIA"), &[226]),
            nodes(on_all("vendor: ' amd'"), &["/dev/dri/renderD128"]).warned("did you mean `amd`"),
            nodes(on_all("vendor: 'intel '"), &["/dev/dri/renderD128"]).warned("did you mean `intel`"),
            nodes(on_all("vendor: ''"), &["/dev/dri/renderD128"]).warned("is not known"),
            nodes(on_all("vendor: qualcomm, count: 2"), &["/dev/dri/renderD128", "/dev/dri/renderD129"])
                .warned("`qualcomm` is not known (nvidia, amd, intel are)"),
            majors(gpu("vendor: qualcomm"), &[226]).warned("/dev/dri/renderD128 is not on this host"),
            on_all("vendor: qualcomm")
                .lacks("process.env[ZE_AFFINITY_MASK]")
                .lacks("process.env[NVIDIA_VISIBLE_DEVICES]"),
            on_all("vendor: null").refused("vendor"),
        ],
    );
}

#[test]
fn indices() {
    let with = |fields: &str, indices: &str| on_all(fields).options(&format!(r#"{{"gpu_indices": {indices}}}"#));
    let visible = "process.env[CUDA_VISIBLE_DEVICES]";
    row(
        "GPUs: the caller's indices",
        [
            with("count: 1", "[5, 1]").has(visible, r#""5,1""#).has("linux.devices[3].path", r#""/dev/nvidia5""#),
            with("count: 4", "[5]").has(visible, r#""5""#),
            with("count: 0", "[5]").has(visible, r#""5""#),
            with("count: 1", "[0, 1023]").has(visible, r#""0,1023""#).warned("/dev/nvidia1023"),
            with("count: 2", "null").has(visible, r#""0,1""#),
            with("vendor: amd", "[1]").has(NODES, r#"["/dev/kfd", "/dev/dri/renderD129", "/dev/dri/card1"]"#),
            with("count: 1", "[1024]").refused("1023"),
            with("count: 1", "[-1]").refused("gpu_indices"),
            with("count: 1", "[0, 1, 0]").refused("twice"),
            with("count: 1", "[null]").refused("null"),
            with("count: 1", "[1.5]").refused("gpu_indices"),
            with("count: 1", r#"["1"]"#).refused("gpu_indices"),
            with("count: 1", "3").refused("gpu_indices"),
            service("").host(ALL).options(r#"{"gpu_indices": [0]}"#).lacks("linux.devices[0]").lacks(visible).silent(),
            service("").host(ALL).options(r#"{"gpu_indices": [0, 0]}"#).refused("twice"),
        ],
    );
    row(
        "GPUs: none at all is as if there were no `gpu`",
        [
            majors(nodes(on_all("count: 0"), &[]), &[]).lacks(visible).silent(),
            majors(nodes(with("count: 2", "[]"), &[]), &[]).lacks(visible).silent(),
            majors(gpu("count: 0, vendor: NVIDIA, distributed: {}"), &[]).lacks("process.env[RANK]").silent(),
            with("count: 2, distributed: {}", "[]").lacks("process.env[MASTER_PORT]").silent(),
        ],
    );
    let all: Vec<String> = (0..1024).map(|index| index.to_string()).collect();
    row(
        "GPUs: counts",
        [
            gpu("count: 1024").has(visible, format!("\"{}\"", all.join(","))),
            gpu("count: 1025").refused("at most 1024"),
            gpu("count: 4294967295").refused("at most 1024"),
            with("count: 1025", "[0]").refused("at most 1024"),
            gpu("count: 4294967296").refused("count"),
            gpu("count: -1").refused("count"),
            gpu("count: '1'").refused("count"),
            gpu("count: 1.0").refused("count"),
            gpu("count: null").refused("count"),
            service("resources: {gpu: null}").lacks(visible),
            service("resources: {gpu: {count: 1, indices: [0]}}").refused("indices"),
            gpu("sharing: mps, scheduling: gang, mode: any, model: A100").has(visible, r#""0""#),
            gpu("sharing: often").refused("sharing"),
        ],
    );
}

#[test]
fn training() {
    let trained = |fields: &str| gpu(&format!("distributed: {{{fields}}}"));
    let env = |case: Case, pairs: &[(&'static str, &str)]| {
        pairs.iter().fold(case, |case, (path, value)| case.has(path, format!("\"{value}\"")))
    };
    let all = [
        ("process.env[MASTER_PORT]", "29500"),
        ("process.env[MASTER_ADDR]", "web"),
        ("process.env[WORLD_SIZE]", "1"),
        ("process.env[RANK]", "0"),
        ("process.env[LOCAL_RANK]", "0"),
        ("process.env[NCCL_SOCKET_IFNAME]", "eth0"),
    ];
    let rank = r#"{"Env": ["RANK=7"]}"#;
    row(
        "GPUs: `gpu.distributed`",
        [
            env(trained(""), &all).lacks("process.env[GLOO_SOCKET_IFNAME]"),
            env(trained("backend: nccl, master_port: 1"), &[("process.env[MASTER_PORT]", "1"), all[5]]),
            env(trained("backend: gloo"), &[("process.env[GLOO_SOCKET_IFNAME]", "eth0")])
                .lacks("process.env[NCCL_SOCKET_IFNAME]"),
            trained("backend: mpi").lacks("process.env[NCCL_SOCKET_IFNAME]").lacks("process.env[GLOO_SOCKET_IFNAME]"),
            trained("backend: NCCL").lacks("process.env[NCCL_SOCKET_IFNAME]"),
            env(gpu("vendor: other, distributed: {}"), &all),
            env(trained("").image(rank), &[("process.env[RANK]", "0")]),
            env(
                service("env: {RANK: '3'}\nresources: {gpu: {distributed: {}}}").image(rank),
                &[("process.env[RANK]", "3")],
            ),
            env(trained("").image(rank).options(r#"{"env": {"RANK": "4"}}"#), &[("process.env[RANK]", "4")]),
            trained("master_port: 65536").refused("master_port"),
            gpu("distributed: null").lacks("process.env[RANK]"),
            gpu("").lacks("process.env[RANK]"),
        ],
    );
}

#[test]
fn beside_devices() {
    let both = "devices: [{path: /dev/nvidia0, write: false}]\nresources: {gpu: {}}";
    each(
        "GPUs: a node that is listed as a device too",
        [
            service(both)
                .host(ALL)
                .has(NODES, r#"["/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]"#),
            service(both).host(ALL).has(
                "linux.resources.devices[10]",
                r#"{"allow": true, "type": "c", "major": 195, "minor": 0, "access": "r"}"#,
            ),
            service(both).host(ALL).has("linux.resources.devices[11].major", "195"),
        ],
    );
}
