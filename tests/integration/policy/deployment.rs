//! The deployment: which fields there are, what they take, and what is only warned of.

use super::{Case, deployment, each, row, service};

const HEAD: &str = "version: v1\ndeployment: test\n";
const WEB: &str = "services: {web: {image: {name: a}}}\n";

/// A deployment with more at its top.
fn around(more: &str) -> Case {
    deployment(&format!("{HEAD}{WEB}{more}\n"))
}

fn sound(case: Case) -> Case {
    case.has("hostname", r#""web-rep-1""#)
}

#[test]
fn top() {
    row(
        "The deployment: its top",
        [
            sound(around("")).silent(),
            deployment(WEB).refused("`version` is not given"),
            deployment(&format!("version: v1\n{WEB}")).refused("`deployment` is not given"),
            deployment(&format!("version: v2\ndeployment: test\n{WEB}")).refused("v2"),
            deployment(&format!("version: V1\ndeployment: test\n{WEB}")).refused("V1"),
            deployment(&format!("version: 1\ndeployment: test\n{WEB}")).refused("version"),
            deployment(&format!("version: null\ndeployment: test\n{WEB}")).refused("version"),
            deployment(&format!("version: v1\ndeployment: null\n{WEB}")).refused("deployment"),
            deployment(HEAD).refused("no service"),
            deployment(&format!("{HEAD}services: {{}}")).refused("no service"),
            deployment(&format!("{HEAD}services: null")).refused("services"),
            deployment(&format!("{HEAD}services: {{web: null}}")).refused("web"),
            deployment(&format!("{HEAD}services: {{web: {{}}}}")).refused("needs `image`"),
            deployment(&format!("{HEAD}services: {{web: {{image: {{}}}}}}")).refused("needs `name`"),
            deployment(&format!("{HEAD}services: {{web: {{image: a}}}}")).refused("image"),
            deployment(&format!("{HEAD}services: {{web: {{image: {{name: null}}}}}}")).refused("name"),
            sound(deployment(&format!("{HEAD}services: {{web: {{image: {{name: 12}}}}}}"))),
            around("foo: 1").refused("foo"),
            around("service: {}").refused("service"),
            sound(around("api: {enabled: false, bind: x, swagger: false, jwt_secret: null}")),
            around("api: null").refused("api"),
            around("api: {enabled: null}").refused("enabled"),
            around("api: {port: 1}").refused("port"),
            sound(around("tunnels: {t: {from: a, to: b, local_port: 1, remote_port: 65535}}")).silent(),
            around("tunnels: {t: {from: a, to: b, local_port: 1}}").refused("remote_port"),
            around("tunnels: {t: {from: a, to: b, local_port: 65536, remote_port: 1}}").refused("local_port"),
            around("tunnels: {t: {from: a, to: b, local_port: 1, remote_port: 1, protocol: sctp}}").refused("sctp"),
            sound(around("externals: {e: {backends: [a]}}")).silent(),
            around("externals: {e: {}}").refused("backends"),
            around("externals: {e: {backends: null}}").refused("backends"),
        ],
    );
}

/// A field of the service, taken, and then with a value that is not.
fn field(good: &str, bad: &[(&str, &str)]) -> Vec<Case> {
    let taken = good.split(" || ").map(|fields| sound(service(fields)));
    taken.chain(bad.iter().map(|(fields, word)| service(fields).refused(*word))).collect()
}

#[test]
fn services() {
    let rows: [(&str, &[(&str, &str)]); 16] = [
        ("rtype: service || rtype: job", &[("rtype: Job", "Job"), ("rtype: null", "rtype"), ("rtype: ''", "rtype")]),
        ("dns: [1.1.1.1] || dns: [null, 7]", &[("dns: null", "dns"), ("dns: 1.1.1.1", "dns"), ("dns: [[a]]", "dns")]),
        ("extra_hosts: ['a:host-gateway']", &[("extra_hosts: {a: b}", "extra_hosts")]),
        (
            "restart_policy: {kind: on_failure, max_attempts: 3, delay: 5x} || restart_policy: {kind: no} || restart_policy: null",
            &[
                ("restart_policy: {}", "kind"),
                ("restart_policy: {kind: never}", "never"),
                ("restart_policy: {kind: no, max_attempts: -1}", "max_attempts"),
            ],
        ),
        (
            "port_mappings: [{container_port: 80}, {host_port: null, container_port: 0, protocol: udp}, {host_port: 0, container_port: 65535}]",
            &[
                ("port_mappings: [{host_port: 80}]", "container_port"),
                ("port_mappings: [{container_port: '80'}]", "container_port"),
                ("port_mappings: [{container_port: 80, hostport: 1}]", "hostport"),
                ("port_mappings: [{container_port: 80, host_ip: null}]", "host_ip"),
            ],
        ),
        ("node_mode: exclusive", &[("node_mode: Shared", "Shared")]),
        (
            "node_selector: {labels: {a: b}, prefer_labels: {c: 1}} || node_selector: null",
            &[("node_selector: {label: {}}", "label"), ("node_selector: {labels: null}", "labels")],
        ),
        (
            "platform: {os: linux, arch: arm64, osVersion: '10'} || platform: null",
            &[
                ("platform: {os: linux}", "arch"),
                ("platform: {os: Linux, arch: amd64}", "Linux"),
                ("platform: {os: linux, arch: x86_64}", "x86_64"),
                ("platform: {os: linux, arch: amd64, os_version: x}", "os_version"),
            ],
        ),
        (
            "network: {overlays: {service: {isolated: true}}, join: {mode: open, scope: global}}",
            &[
                ("network: null", "network"),
                ("network: {overlays: {local: {}}}", "local"),
                ("network: {join: {mode: any}}", "any"),
            ],
        ),
        (
            "scale: {mode: adaptive, min: 1, max: 2, cooldown: 1m 30s, targets: {cpu: 255, rps: 4294967295}} || scale: {mode: fixed, replicas: 0} || scale: {mode: manual}",
            &[
                ("scale: null", "scale"),
                ("scale: {}", "mode"),
                ("scale: {mode: adaptive, min: 1}", "max"),
                ("scale: {mode: manual, replicas: 1}", "replicas"),
                ("scale: {mode: fixed}", "replicas"),
                ("scale: {mode: adaptive, min: 1, max: 2, targets: {cpu: 256}}", "cpu"),
                ("scale: {mode: adaptive, min: 1, max: 2, cooldown: 30}", "cooldown"),
                ("scale: {mode: adaptive, min: 1, max: 2, targets: {memory: -1}}", "memory"),
            ],
        ),
        (
            "health: {check: {type: tcp, port: 0}} || health: {start_grace: 0, retries: 0, check: {type: http, url: u}} || health: {interval: null, check: {type: command, command: 'a b'}}",
            &[
                ("health: {}", "check"),
                ("health: {check: {type: tcp}}", "port"),
                ("health: {check: {type: http, url: u, expect_status: 65536}}", "expect_status"),
                ("health: {check: {type: command, command: [a]}}", "command"),
                ("health: {timeout: 5, check: {type: tcp, port: 1}}", "timeout"),
                ("health: {check: {type: tcp, port: 1, url: u}}", "url"),
                ("health: null", "health"),
            ],
        ),
        (
            "init: {steps: [{id: a, uses: b, with: {x: [1, {y: null}]}, retry: 3, timeout: 1h, on_failure: warn}]}",
            &[("init: {steps: [{id: a}]}", "uses"), ("init: {steps: [{id: a, uses: b, on_failure: stop}]}", "stop")],
        ),
        (
            "errors: {on_init_failure: {action: backoff}, on_panic: {action: isolate}}",
            &[("errors: {on_panic: {action: fail}}", "fail"), ("errors: null", "errors")],
        ),
        (
            "logs: {destination: d, max_size_bytes: 18446744073709551615, retention_secs: 0} || logs: null",
            &[
                ("logs: {max_size_bytes: -1}", "max_size_bytes"),
                ("logs: {max_size_bytes: 18446744073709551616}", "max_size_bytes"),
                ("logs: {size: 1}", "size"),
            ],
        ),
        (
            "service_type: wasm_http\nwasm: {max_fuel: 1, idle_timeout: 0} || service_type: wasm_http\nwasm_http: {}",
            &[
                ("service_type: wasm", "wasm"),
                ("wasm: {}\nwasm_http: {}", "wasm_http"),
                ("wasm: {idle_timeout: null}", "idle_timeout"),
                ("wasm: {capabilities: {http: true}}", "http"),
            ],
        ),
        ("image: {name: a, pull_policy: never} || schedule: null", &[]),
    ];
    for (good, bad) in rows {
        let good = good.replace("image: {name: a, pull_policy: never} || ", "");
        each("The deployment: Service", field(&good, bad));
    }
    row(
        "The deployment: image",
        [
            sound(deployment(&format!("{HEAD}services: {{web: {{image: {{name: a, pull_policy: never}}}}}}"))),
            deployment(&format!("{HEAD}services: {{web: {{image: {{name: a, pull_policy: Always}}}}}}"))
                .refused("Always"),
            deployment(&format!("{HEAD}services: {{web: {{image: {{name: a, pull_policy: null}}}}}}"))
                .refused("pull_policy"),
            deployment(&format!("{HEAD}services: {{web: {{image: {{name: a, tag: b}}}}}}")).refused("tag"),
        ],
    );
}

#[test]
fn defaults_and_null() {
    let required = [
        "resources",
        "env",
        "command",
        "devices",
        "storage",
        "capabilities",
        "privileged",
        "dns",
        "port_mappings",
        "node_mode",
        "network",
        "endpoints",
        "scale",
        "depends",
        "health",
        "init",
        "errors",
        "service_type",
        "rtype",
    ];
    each(
        "`x=v`, lists and maps: null is refused",
        required.map(|name| service(&format!("{name}: null")).refused(name)),
    );
    each("an empty value is null", required.map(|name| service(&format!("{name}:")).refused(name)));
    let optional = ["schedule", "hostname", "restart_policy", "node_selector", "platform", "logs", "wasm"];
    each("`x?`: null is absent", optional.map(|name| sound(service(&format!("{name}: null"))).silent()));
    each(
        "`x?` inside of `resources`",
        ["cpu", "memory", "gpu"].map(|name| sound(service(&format!("resources: {{{name}: ~}}"))).silent()),
    );
}

#[test]
fn names_are_exact() {
    let names = [
        "Env: {}",
        "ENV: {}",
        "privilegd: true",
        "storages: []",
        "restart-policy: {kind: no}",
        "nodeMode: shared",
        "host_network: true",
        "user: root",
        "<<: {}",
    ];
    each("Names of fields are exact", names.map(|field| service(field).refused("has no field")));
    row(
        "Unknown fields come with a suggestion",
        [
            service("privilegd: true").refused("privilegd"),
            service("privileged: yes").refused("privileged"),
            service("privileged: 'true'").refused("privileged"),
            service("privileged: True").refused("privileged"),
            service("privileged: 1").refused("privileged"),
        ],
    );
}

#[test]
fn documents() {
    row(
        "Doubled keys, documents, aliases, merges",
        [
            service("dns: []\ndns: []").refused("twice"),
            around("services: {}").refused("twice"),
            deployment(&format!("{HEAD}{WEB}---\n{HEAD}{WEB}")).refused("document"),
            service("dns: [*nope]").refused("nope"),
            sound(service("dns: &d [a]\nextra_hosts: *d")),
            service("<<: {privileged: true}").refused("<<"),
            deployment(&format!("{HEAD}{WEB}\tx: 1")).refused(""),
            service("dns: [a").refused(""),
            sound(deployment(&format!("%YAML 1.2\n---\n{HEAD}{WEB}..."))),
            sound(deployment(
                r#"{"version": "v1", "deployment": "test", "services": {"web": {"image": {"name": "a"}}}}"#,
            )),
            deployment(&format!("{HEAD}{WEB}api: {}", "[".repeat(10_000))).refused(""),
        ],
    );
}

#[test]
fn durations() {
    let health = |text: &str| service(&format!("health: {{interval: {text}, check: {{type: tcp, port: 1}}}}"));
    let good = [
        "5s",
        "1m 30s",
        "1m30s",
        "1.5h",
        "0",
        "10 sec",
        "2minutes",
        "1M",
        "1y",
        "3 days 2h",
        "100ms",
        "5us",
        "5ns",
        "1w",
        "null",
        "'5s'",
    ];
    each("A duration", good.map(|text| sound(health(text))));
    let bad = ["5", "s", "-5s", "5 parsecs", "''", "1,5s", "5s5", "5.s", "1e3s", "[5s]", "5S"];
    each("A duration, refused", bad.map(|text| health(text).refused("interval")));
    row(
        "`timeout`: null is none",
        [sound(around("")), service("depends: [{service: web, timeout: 5}]").refused("timeout")],
    );
}

#[test]
fn whole_deployment() {
    let other = |fields: &str| {
        deployment(&format!(
            "{HEAD}services:\n  web: {{image: {{name: a}}}}\n  other: {{image: {{name: b}}, {fields}}}\n"
        ))
    };
    row(
        "Shape and types are checked everywhere, what the rules refuse only for the service that is rendered",
        [
            sound(other("resources: {cpu: 0}")),
            sound(other("resources: {memory: nonsense}")),
            sound(other("capabilities: [FROB]")),
            sound(other("storage: [{type: tmpfs, target: /, size: 0}]")),
            sound(other("env: {A: $E:NOT}")),
            sound(other("hostname: '-'")),
            other("resources: {cpu: many}").refused("cpu"),
            other("privileged: yes").refused("privileged"),
            other("foo: 1").refused("foo"),
            other("capabilities: null").refused("capabilities"),
            other("health: {interval: 5, check: {type: tcp, port: 1}}").refused("interval"),
        ],
    );
}

#[test]
fn warnings() {
    let named = |name: &str| deployment(&format!("version: v1\ndeployment: {name}\n{WEB}"));
    let endpoint = |fields: &str| service(&format!("endpoints: [{{{fields}}}]"));
    let wasm = |fields: &str| service(&format!("service_type: wasm_http\nwasm: {{{fields}}}"));
    row(
        "What zlayer's own loader refuses and no rule reads is a warning",
        [
            named("ab").warned("`ab`"),
            named("abc").silent(),
            named("-abc").warned("`-abc`"),
            named("a_b").warned("`a_b`"),
            named(&"a".repeat(63)).silent(),
            named(&"a".repeat(64)).warned("3 to 63"),
            deployment(&format!("{HEAD}services: {{web: {{image: {{name: ' '}}}}}}")).warned("blank"),
            endpoint("name: '', protocol: http, port: 1").warned("no name"),
            endpoint("name: a, protocol: http, port: 0").warned("port 0"),
            endpoint("name: a, protocol: http, port: 1}, {name: a, protocol: tcp, port: 2").warned("called `a` too"),
            endpoint("name: a, protocol: http, port: 1, tunnel: {access: {max_ttl: soon}}").warned("max_ttl"),
            service("scale: {mode: adaptive, min: 3, max: 2}").warned("above"),
            service("rtype: cron\nschedule: '0 0 * * * *'").silent(),
            service("rtype: cron\nschedule: '0 0 * * *'").warned("no cron line"),
            service("rtype: cron").warned("without a `schedule`"),
            service("schedule: '0 0 * * * *'").warned("only for `rtype: cron`"),
            service("depends: [{service: db}]").warned("no service `db`"),
            around("tunnels: {t: {from: a, to: b, local_port: 0, remote_port: 1}}").warned("port 0"),
            around("externals: {e: {backends: []}}").warned("no `backends`"),
            service("wasm: {}").warned("is not for a service of type `standard`"),
            wasm("max_memory: 64MB").warned("max_memory"),
            wasm("max_memory: 64Mi").silent(),
            wasm("min_instances: 11").warned("above"),
            wasm("capabilities: {sockets: true}").warned("sockets"),
            wasm("preopens: [{source: '', target: /a}]").warned("empty"),
            service("service_type: wasm_http\nwasm: {}\nendpoints: [{name: a, protocol: tcp, port: 1}]")
                .warned("none that speaks http"),
        ],
    );
}
