//! How a service is reached: ports, endpoints, overlays, and where it is placed.

use std::sync::Arc;

use super::build::*;
use crate::facts::datum::Kind;
use crate::schema::shape::{FieldShape, Presence, Shape};

pub(super) fn fields() -> Vec<FieldShape> {
    vec![
        optional_group("restart_policy", restart_policy(), "What happens when it ends."),
        list("port_mappings", record_of("port mapping", port_mapping()), "Ports of the host that lead to it."),
        choice("node_mode", &["shared", "dedicated", "exclusive"], "Whether it shares its node."),
        optional_group("node_selector", node_selector(), "Which nodes it may run on."),
        optional_group("platform", platform(), "Which platform it needs."),
        group("network", network(), "The overlays it is part of."),
        list("endpoints", endpoint_shape(), "The addresses it serves."),
    ]
}

fn restart_policy() -> Vec<FieldShape> {
    let kinds = one_of(&["no", "always", "unless_stopped", "on_failure"]);
    vec![
        field("kind", kinds, REQUIRED, "When it is started again."),
        field("max_attempts", U32, OPTIONAL, "How often at most."),
        field("delay", TEXT, OPTIONAL, "How long to wait before."),
    ]
}

fn port_mapping() -> Vec<FieldShape> {
    vec![
        field("host_port", U16, OPTIONAL, "The port of the host; absent or 0 for any."),
        field("container_port", U16, REQUIRED, "The port in the container."),
        choice("protocol", &["tcp", "udp"], "Which protocol."),
        field("host_ip", TEXT, default_text("0.0.0.0"), "The address of the host."),
    ]
}

fn node_selector() -> Vec<FieldShape> {
    vec![
        map("labels", TEXT, "Labels that a node must have."),
        map("prefer_labels", TEXT, "Labels that a node should have."),
    ]
}

fn platform() -> Vec<FieldShape> {
    vec![
        field("os", one_of(&["linux", "windows", "macos"]), REQUIRED, "The operating system."),
        field("arch", one_of(&["amd64", "arm64"]), REQUIRED, "The processor."),
        field("osVersion", TEXT, OPTIONAL, "The operating system's version."),
    ]
}

fn network() -> Vec<FieldShape> {
    let join = vec![
        choice("mode", &["token", "open", "closed"], "Who may join."),
        choice("scope", &["service", "global"], "What is joined."),
    ];
    vec![overlays(), group("join", join, "How others join.")]
}

/// Without `overlays` both are on; in one that is written, what is left out is off.
fn overlays() -> FieldShape {
    let on = |isolated| overlay_values([true, true, isolated]);
    let off = || Presence::Default(overlay_values([false, false, false]));
    let fields = vec![
        field("service", overlay(), off(), "The overlay of this service."),
        field("global", overlay(), off(), "The overlay of the whole deployment."),
    ];
    let both = Kind::Record(Arc::new([on(true), on(false)]));
    field("overlays", record_of("overlays", fields), default(both), "The overlays it is part of.")
}

fn overlay() -> Shape {
    record_of(
        "overlay",
        vec![
            field("enabled", BOOL, default_bool(true), "Whether it is part of it."),
            field("encrypted", BOOL, default_bool(true), "Whether what it sends is encrypted."),
            field("isolated", BOOL, default_bool(false), "Whether it is kept apart from others."),
        ],
    )
}

fn overlay_values(flags: [bool; 3]) -> crate::facts::datum::Datum {
    values(flags.map(Kind::Bool))
}

/// An address that a service, or something outside of the deployment, serves.
pub(super) fn endpoint_shape() -> Shape {
    let protocols = one_of(&["http", "https", "tcp", "udp", "websocket"]);
    let fields = vec![
        field("name", TEXT, REQUIRED, "Its name."),
        field("protocol", protocols, REQUIRED, "What is spoken there."),
        field("port", U16, REQUIRED, "The port that others use."),
        field("target_port", U16, OPTIONAL, "The port in the container; `port` where absent."),
        field("path", TEXT, OPTIONAL, "The prefix of the paths it serves."),
        field("host", TEXT, OPTIONAL, "The host name it serves."),
        choice("expose", &["internal", "public"], "Who can reach it."),
        optional_group("stream", stream(), "How its stream is treated."),
        optional_group("tunnel", tunnel(), "The tunnel that leads to it."),
    ];
    record_of("endpoint", fields)
}

fn stream() -> Vec<FieldShape> {
    let udp_probe = vec![
        field("request", TEXT, REQUIRED, "What is sent."),
        field("expect", TEXT, OPTIONAL, "What is to come back."),
    ];
    let check = tagged(
        "stream health check",
        "type",
        "How it is asked.",
        vec![("tcp_connect", Vec::new()), ("udp_probe", udp_probe)],
    );
    vec![
        field("tls", BOOL, default_bool(false), "Whether it is encrypted."),
        field("proxy_protocol", BOOL, default_bool(false), "Whether it begins with the PROXY header."),
        field("session_timeout", TEXT, OPTIONAL, "How long an idle session lives."),
        field("health_check", check, OPTIONAL, "How its health is told."),
    ]
}

fn tunnel() -> Vec<FieldShape> {
    let access = vec![
        field("enabled", BOOL, default_bool(false), "Whether access can be asked for."),
        field("max_ttl", TEXT, OPTIONAL, "How long it lasts at most."),
        field("audit", BOOL, default_bool(false), "Whether it is recorded."),
    ];
    vec![
        field("enabled", BOOL, default_bool(false), "Whether there is one."),
        field("from", TEXT, OPTIONAL, "The node where it begins."),
        field("to", TEXT, OPTIONAL, "The node where it ends."),
        field("remote_port", U16, default_int(0), "The port where it begins."),
        field("expose", one_of(&["public", "internal"]), OPTIONAL, "Who can reach it."),
        optional_group("access", access, "Access for a while."),
    ]
}
