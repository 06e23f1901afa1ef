//! `service`: one entry of a deployment's `services`.

use super::build::*;
use super::{network, storage, wasm, workload};
use crate::schema::shape::{FieldShape, RecordShape, Shape};
use crate::schema::types::Words;
use crate::schema::vocabulary::CAPABILITY;

pub(super) fn shape() -> RecordShape {
    let mut fields = vec![
        choice("rtype", &["service", "job", "cron"], "Whether it runs for good, once, or by a schedule."),
        field("schedule", TEXT, OPTIONAL, "When a cron service runs, seconds first."),
        field("image", record_of("image", image()), REQUIRED, "Which image it runs."),
        group("resources", resources(), "What it may use."),
        map("env", VERBATIM, "Its environment; `$E:` and `$S:` lead to host variables and secrets."),
        group("command", command(), "What it runs in place of the image's command."),
        list("devices", record_of("device", device()), "Device nodes of the host that it may use."),
        list("storage", storage::shape(), "What is mounted into it."),
        list("capabilities", capability_or_all(), "Capabilities beyond the default ones; `ALL` for every one."),
        field("privileged", BOOL, default_bool(false), "Whether it runs with everything that root has."),
        field("hostname", FILLED, OPTIONAL, "Its host name."),
        list("dns", TEXT, "Its name servers."),
        list("extra_hosts", TEXT, "More lines of its hosts file, `name:ip` or `name:host-gateway`."),
    ];
    fields.extend(network::fields());
    fields.extend(workload::fields());
    fields.extend(wasm::fields());
    record("service", fields)
}

/// A capability, or all of them.
fn capability_or_all() -> Shape {
    Shape::Words(Words::vocabulary_and(&CAPABILITY, &["ALL"]))
}

fn image() -> Vec<FieldShape> {
    vec![
        field("name", TEXT, REQUIRED, "The image's reference."),
        choice("pull_policy", &["if_not_present", "always", "never"], "When it is pulled."),
    ]
}

fn resources() -> Vec<FieldShape> {
    vec![
        field("cpu", FLOAT, OPTIONAL, "Processor time, in cores."),
        field("memory", MEMORY, OPTIONAL, "Memory, in bytes."),
        optional_group("gpu", gpu(), "The GPUs it gets."),
    ]
}

fn gpu() -> Vec<FieldShape> {
    let distributed = vec![
        field("backend", TEXT, default_text("nccl"), "How the processes talk to one another: `nccl`, `gloo`, …."),
        field("master_port", U16, default_int(29500), "The port of the process that leads."),
    ];
    vec![
        field("count", U32, default_int(1), "How many."),
        field("vendor", TEXT, default_text("nvidia"), "Who made them: `nvidia`, `amd`, `intel`, or another."),
        field("mode", TEXT, OPTIONAL, "How they are handed out."),
        field("model", TEXT, OPTIONAL, "Which model it needs."),
        field("scheduling", one_of(&["best-effort", "gang", "spread"]), OPTIONAL, "How its replicas are placed."),
        optional_group("distributed", distributed, "That it is one of several that train together."),
        field("sharing", one_of(&["exclusive", "mps", "time-slice"]), OPTIONAL, "Whether others may use them too."),
    ]
}

fn command() -> Vec<FieldShape> {
    vec![
        field("entrypoint", Shape::list(TEXT), OPTIONAL, "In place of the image's entrypoint; may be empty."),
        field("args", Shape::list(TEXT), OPTIONAL, "Its arguments, or those of the image's entrypoint."),
        field("workdir", FILLED, OPTIONAL, "Its working directory."),
    ]
}

fn device() -> Vec<FieldShape> {
    vec![
        field("path", TEXT, REQUIRED, "The node, absolute, on the host and in the container."),
        field("read", BOOL, default_bool(true), "Whether it may read."),
        field("write", BOOL, default_bool(true), "Whether it may write."),
        field("mknod", BOOL, default_bool(false), "Whether it may make such nodes."),
    ]
}
