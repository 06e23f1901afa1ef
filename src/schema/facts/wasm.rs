//! What is asked of a WebAssembly service.

use super::build::*;
use crate::schema::shape::FieldShape;

/// The kinds of service, the first where none is given.
const SERVICE_TYPES: &[&str] = &[
    "standard",
    "job",
    "wasm_http",
    "wasm_plugin",
    "wasm_transformer",
    "wasm_authenticator",
    "wasm_rate_limiter",
    "wasm_middleware",
    "wasm_router",
];

/// What each kind of module may call at most; a deployment can only take some of it away.
pub(crate) const CALLS: &[(&str, &[&str])] = &[
    ("wasm_http", &["config", "keyvalue", "logging", "http_client"]),
    ("wasm_router", &["config", "keyvalue", "logging", "http_client"]),
    ("wasm_plugin", &["config", "keyvalue", "logging", "secrets", "metrics", "http_client", "cli", "filesystem"]),
    ("wasm_transformer", &["logging", "cli"]),
    ("wasm_authenticator", &["config", "logging", "secrets", "http_client"]),
    ("wasm_rate_limiter", &["config", "keyvalue", "logging", "metrics", "cli"]),
    ("wasm_middleware", &["config", "logging", "http_client"]),
];

pub(super) fn fields() -> Vec<FieldShape> {
    vec![
        choice("service_type", SERVICE_TYPES, "What kind of service it is."),
        alias("wasm_http", optional_group("wasm", wasm(), "How its module runs.")),
    ]
}

fn wasm() -> Vec<FieldShape> {
    vec![
        field("min_instances", U32, default_int(0), "Instances that are always there."),
        field("max_instances", U32, default_int(10), "Instances at most."),
        field("idle_timeout", DURATION, default_seconds(300.0), "Seconds until an idle instance is dropped."),
        field("request_timeout", DURATION, default_seconds(30.0), "Seconds until a request has failed."),
        field("max_memory", TEXT, OPTIONAL, "Memory of an instance, as written."),
        field("max_fuel", U64, default_int(0), "Instructions of an instance; 0 for no limit."),
        field("epoch_interval", DURATION, OPTIONAL, "Seconds between two looks at the time."),
        optional_group("capabilities", capabilities(), "What its module may call."),
        field("allow_http_outgoing", BOOL, default_bool(true), "Whether it may ask other hosts."),
        list("allowed_hosts", TEXT, "The hosts it may ask; any where empty."),
        field("allow_tcp", BOOL, default_bool(false), "Whether it may use TCP."),
        field("allow_udp", BOOL, default_bool(false), "Whether it may use UDP."),
        list("preopens", record_of("preopen", preopen()), "Directories that are open at the start."),
        field("kv_enabled", BOOL, default_bool(true), "Whether it has a key-value store."),
        field("kv_namespace", TEXT, OPTIONAL, "The store's name."),
        field("kv_max_value_size", U64, default_int(1_048_576), "Bytes of a value at most."),
        list("secrets", TEXT, "The secrets it may read."),
        field("precompile", BOOL, default_bool(true), "Whether it is compiled ahead."),
    ]
}

fn capabilities() -> Vec<FieldShape> {
    vec![
        field("config", BOOL, default_bool(true), "Its configuration."),
        field("keyvalue", BOOL, default_bool(true), "The key-value store."),
        field("logging", BOOL, default_bool(true), "Lines in the log."),
        field("metrics", BOOL, default_bool(true), "Metrics of its own."),
        field("secrets", BOOL, default_bool(false), "Secrets by name."),
        field("http_client", BOOL, default_bool(false), "Other hosts."),
        field("cli", BOOL, default_bool(false), "Arguments and environment."),
        field("filesystem", BOOL, default_bool(false), "Files of the host."),
        field("sockets", BOOL, default_bool(false), "Sockets of any kind."),
    ]
}

fn preopen() -> Vec<FieldShape> {
    vec![
        field("source", TEXT, REQUIRED, "The path on the host."),
        field("target", TEXT, REQUIRED, "The path that the module sees."),
        field("readonly", BOOL, default_bool(false), "Whether it cannot be written."),
    ]
}
