//! The deployment around its services.

use std::sync::Arc;

use super::build::*;
use super::workload::health_shape;
use crate::schema::shape::{FieldShape, RecordShape, Shape};

/// A whole deployment. Rules read only the service that is rendered; the rest is checked all the same.
pub(super) fn shape(service: Arc<RecordShape>) -> RecordShape {
    let fields = vec![
        field("version", one_of(&["v1"]), REQUIRED, "The version of the format."),
        field("deployment", TEXT, REQUIRED, "Its name."),
        map("services", Shape::Record(service), "Its services by name."),
        map("externals", record_of("external", external()), "Addresses outside of it, by name."),
        group("api", api(), "The agent's own interface."),
        map("tunnels", record_of("tunnel", tunnel()), "Tunnels between nodes, by name."),
    ];
    record("deployment", fields)
}

fn external() -> Vec<FieldShape> {
    vec![
        field("backends", Shape::list(TEXT), REQUIRED, "The addresses behind it."),
        list("endpoints", super::network::endpoint_shape(), "The addresses it serves."),
        field("health", health_shape(), OPTIONAL, "How its health is told."),
    ]
}

fn api() -> Vec<FieldShape> {
    vec![
        field("enabled", BOOL, default_bool(true), "Whether there is one."),
        field("bind", TEXT, default_text("0.0.0.0:3669"), "The address it serves."),
        field("jwt_secret", TEXT, OPTIONAL, "What its tokens are signed with."),
        field("swagger", BOOL, default_bool(true), "Whether it shows its own documentation."),
    ]
}

fn tunnel() -> Vec<FieldShape> {
    vec![
        field("from", TEXT, REQUIRED, "The node where it begins."),
        field("to", TEXT, REQUIRED, "The node where it ends."),
        field("local_port", U16, REQUIRED, "The port where it ends."),
        field("remote_port", U16, REQUIRED, "The port where it begins."),
        choice("protocol", &["tcp", "udp"], "Which protocol."),
        choice("expose", &["internal", "public"], "Who can reach it."),
    ]
}
