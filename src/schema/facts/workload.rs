//! How many of a service there are, when they start, and how their health is told.

use super::build::*;
use crate::facts::datum::{Datum, Kind};
use crate::schema::shape::{FieldShape, Presence, Shape};

pub(super) fn fields() -> Vec<FieldShape> {
    vec![
        scale(),
        list("depends", record_of("dependency", dependency()), "What must be there before it."),
        field("health", health_shape(), Presence::Default(health_default()), "How its health is told."),
        group("init", vec![list("steps", record_of("init step", step()), "In this order.")], "What happens before."),
        group("errors", errors(), "What happens when it fails."),
        optional_group("logs", logs(), "Where its output goes."),
    ]
}

fn scale() -> FieldShape {
    let targets = vec![
        field("cpu", U8, OPTIONAL, "Processor time in use, in percent."),
        field("memory", U8, OPTIONAL, "Memory in use, in percent."),
        field("rps", U32, OPTIONAL, "Requests in a second."),
    ];
    let targets = group("targets", targets, "What it is scaled by.");
    let none = values([Kind::Absent, Kind::Absent, Kind::Absent]);
    let adaptive = vec![
        field("min", U32, REQUIRED, "The fewest."),
        field("max", U32, REQUIRED, "The most."),
        field("cooldown", DURATION, OPTIONAL, "Seconds between two changes."),
        targets,
    ];
    let fixed = vec![field("replicas", U32, REQUIRED, "How many.")];
    let tags = vec![("adaptive", adaptive), ("fixed", fixed), ("manual", Vec::new())];
    let shape = tagged("scale", "mode", "Who decides how many there are.", tags);
    let given =
        [Kind::Text("adaptive".into()), Kind::Int(1), Kind::Int(10), Kind::Float(30.0), none.kind, Kind::Absent];
    field("scale", shape, Presence::Default(values(given)), "How many there are.")
}

fn dependency() -> Vec<FieldShape> {
    let patience = Presence::Nullable(Datum::new(Kind::Float(300.0)));
    vec![
        field("service", TEXT, REQUIRED, "The service that it needs."),
        choice("condition", &["healthy", "started", "ready"], "What that service must be."),
        field("timeout", DURATION, patience, "Seconds to wait; `null` waits for good."),
        choice("on_timeout", &["fail", "warn", "continue"], "What happens then."),
    ]
}

/// How health is told, of a service or of an external address.
pub(super) fn health_shape() -> Shape {
    let http = vec![
        field("url", TEXT, REQUIRED, "The address that is asked."),
        field("expect_status", U16, default_int(200), "The status that is to come back."),
    ];
    let check = tagged(
        "health check",
        "type",
        "How it is asked.",
        vec![
            ("tcp", vec![field("port", U16, REQUIRED, "The port; 0 for the first endpoint.")]),
            ("http", http),
            ("command", vec![field("command", TEXT, REQUIRED, "What is run in the container.")]),
        ],
    );
    let fields = vec![
        field("start_grace", DURATION, OPTIONAL, "Seconds after the start that do not count."),
        field("interval", DURATION, OPTIONAL, "Seconds between two checks."),
        field("timeout", DURATION, OPTIONAL, "Seconds until a check has failed."),
        field("retries", U32, default_int(3), "Failed checks until it is not healthy."),
        field("check", check, REQUIRED, "What is checked."),
    ];
    record_of("health", fields)
}

/// A TCP check of the first endpoint, five seconds after the start.
fn health_default() -> Datum {
    let absent = || Kind::Absent;
    let check = [Kind::Text("tcp".into()), Kind::Int(0), absent(), absent(), absent()];
    values([Kind::Float(5.0), absent(), absent(), Kind::Int(3), values(check).kind])
}

fn step() -> Vec<FieldShape> {
    vec![
        field("id", TEXT, REQUIRED, "Its name."),
        field("uses", TEXT, REQUIRED, "The action."),
        map("with", Shape::Json, "The action's inputs; what is no text is compact JSON."),
        field("retry", U32, OPTIONAL, "How often it is tried again."),
        field("timeout", DURATION, OPTIONAL, "Seconds until it has failed."),
        choice("on_failure", &["fail", "warn", "continue"], "What happens then."),
    ]
}

fn errors() -> Vec<FieldShape> {
    let on_init = vec![choice("action", &["fail", "restart", "backoff"], "What is done.")];
    let on_panic = vec![choice("action", &["restart", "shutdown", "isolate"], "What is done.")];
    vec![
        group("on_init_failure", on_init, "When a step before its start fails."),
        group("on_panic", on_panic, "When it ends by itself."),
    ]
}

fn logs() -> Vec<FieldShape> {
    vec![
        field("destination", TEXT, default_text("disk"), "Where to."),
        field("max_size_bytes", U64, default_int(104_857_600), "Bytes that are kept."),
        field("retention_secs", U64, default_int(604_800), "Seconds for which they are kept."),
    ]
}
