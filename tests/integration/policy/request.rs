//! The request: its members, their bounds and what is absent.

use super::{Case, deployment, each, request, row, service};

const WEB: &str = r#"{"version": "v1", "deployment": "test", "services": {"web": {"image": {"name": "a"}}}}"#;

fn id(case: Case, id: &str) -> Case {
    case.has("hostname", format!("\"{id}\""))
}

#[test]
fn members() {
    row(
        "Request: every key but the first two is optional",
        [
            id(request(&[("deployment", WEB), ("service", "\"web\"")]), "web-rep-1"),
            request(&[("deployment", WEB)]).refused("`service` is not given"),
            request(&[("deployment", WEB), ("service", "null")]).refused("`service` is not given"),
            request(&[("service", "\"web\"")]).refused("`deployment` is not given"),
            request(&[("deployment", "null"), ("service", "\"web\"")]).refused("`deployment` is not given"),
            request(&[]).refused("`deployment` is not given"),
            request(&[("deployment", "[]"), ("service", "\"web\"")]).refused("deployment"),
            request(&[("deployment", "\"\""), ("service", "\"web\"")]).refused(""),
            service("").with("service", "\"wbe\"").refused("no service `wbe`"),
            service("").with("service", "\"Web\"").refused("no service `Web`"),
            service("").with("service", "7").refused("service"),
        ],
    );
    let members = ["replica", "image", "host", "accounts", "options"];
    each("Request: `null` is absent", members.map(|name| id(service("").with(name, "null"), "web-rep-1").silent()));
    let inner = [
        (
            "image",
            r#"{"Entrypoint": null, "Cmd": null, "Env": null, "WorkingDir": null, "User": null, "Labels": null}"#,
        ),
        (
            "host",
            r#"{"devices": null, "majors": null, "capabilities": null, "cgroup": null, "env": null, "arch": null, "kernel": null, "groups": null, "paths": null}"#,
        ),
        ("accounts", r#"{"users": null, "groups": null}"#),
        (
            "options",
            r#"{"hostname": null, "cwd": null, "args": null, "env": null, "volumes": null, "host_network": null, "socket": null, "gpu_indices": null, "secrets": null}"#,
        ),
        ("options", r#"{"env": {"A": null}, "volumes": {"a": null}}"#),
        ("image", r#"{"Labels": {"a": null}}"#),
    ];
    each(
        "Request: `null` is absent inside",
        inner.map(|(name, json)| service("").with(name, json).has("process.user", r#"{"uid": 0, "gid": 0}"#)),
    );
    row(
        "Request: so in a deployment that is an object",
        [
            id(
                service("")
                    .with("deployment", &WEB.replace("\"image\"", "\"env\": null, \"hostname\": null, \"image\"")),
                "web-rep-1",
            ),
            service("").image(r#"{"Cmd": [null]}"#).refused("null"),
        ],
    );
}

#[test]
fn unknown_keys() {
    row(
        "Request: unknown keys are refused with a suggestion, except in `image`",
        [
            service("").with("replicas", "1").refused("replicas"),
            service("").with("images", "{}").refused("images"),
            service("").options(r#"{"host_name": "a"}"#).refused("host_name"),
            service("").options(r#"{"bundle": "/b"}"#).refused("bundle"),
            service("").host(r#"{"device": {}}"#).refused("device"),
            service("").with("accounts", r#"{"user": {}}"#).refused("user"),
            service("").with("accounts", r#"{"users": {"a": {"uid": 1, "gid": 1, "home": "/"}}}"#).refused("home"),
            service("")
                .image(r#"{"ExposedPorts": {"80/tcp": {}}, "StopSignal": "SIGTERM", "user": 5, "Volumes": null}"#)
                .has("process.user", r#"{"uid": 0, "gid": 0}"#),
            service("").image(r#"{"Cmd": "sh"}"#).refused("Cmd"),
            service("").image(r#"{"Env": {"A": "b"}}"#).refused("Env"),
            service("").image("[]").refused("image"),
            service("").options("[]").refused("options"),
            service("").with("replica", "1").with("a\": 1, \"a", "1").refused("twice"),
        ],
    );
}

#[test]
fn replicas() {
    let with = |replica: &str| service("").with("replica", replica);
    row(
        "Request: `replica`",
        [
            id(with("0"), "web-rep-0"),
            id(with("1"), "web-rep-1"),
            id(with("4294967295"), "web-rep-4294967295"),
            id(with("null"), "web-rep-1"),
            with("4294967296").refused("replica"),
            with("-1").refused("replica"),
            with("1.5").refused("replica"),
            with("1.0").refused("replica"),
            with("1e0").refused("replica"),
            with("\"1\"").refused("replica"),
            with("true").refused("replica"),
            with("01").refused(""),
        ],
    );
}

#[test]
fn service_names() {
    let named = |name: &str| {
        let yaml =
            format!("version: v1\ndeployment: test\nservices:\n  '{name}':\n    image: {{name: a}}\n    hostname: h\n");
        deployment(&yaml).with("service", &serde_json::Value::from(name).to_string())
    };
    let good = ["a", "A", "0", "web-1", "web_1", "web.1", "a-", "a.", "a_", "a..b", "9-_."];
    each("Request: service names", good.map(|name| named(name).has("hostname", "\"h\"")));
    let bad = ["", "-a", "_a", ".a", "a b", "a/b", "ä", "aä", "a:b", "..", "a@b", " a"];
    each("Request: service names, refused", bad.map(|name| named(name).refused("no container can be named after")));
    let other = "version: v1\ndeployment: test\nservices:\n  web: {image: {name: a}}\n  '-a': {image: {name: a}}\n";
    row("Request: the name of another service does not matter", [id(deployment(other), "web-rep-1")]);
    let id_as_name = |name: &str| {
        let yaml = format!("version: v1\ndeployment: test\nservices:\n  {name}: {{image: {{name: a}}}}\n");
        deployment(&yaml).with("service", &format!("\"{name}\""))
    };
    let (fits, long) = ("a".repeat(58), "a".repeat(59));
    row(
        "Request: the container id is the host name where none is given",
        [
            id(id_as_name("a.b_c-d"), "a.b_c-d-rep-1"),
            id_as_name("a.").refused("labels"),
            id(id_as_name(&fits), &format!("{fits}-rep-1")),
            id_as_name(&long).refused("64 bytes"),
            id_as_name("a..b").refused("labels"),
        ],
    );
}

#[test]
fn what_is_recorded() {
    row(
        "Request: `host`, `accounts`, `options`",
        [
            service("").host(r#"{"arch": "arm64", "kernel": "6.1.0-rc1", "groups": {"video": 44}}"#).silent(),
            service("").host(r#"{"capabilities": "ALL"}"#).refused("capabilities"),
            service("").host(r#"{"majors": {"kfd": "234"}}"#).refused("majors"),
            service("").host(r#"{"paths": {"/a": "link"}}"#).refused("link"),
            service("").host(r#"{"env": {"A": 1}}"#).has("hostname", r#""web-rep-1""#),
            service("").with("accounts", r#"{"users": {"a": {"uid": 1}}}"#).refused("gid"),
            service("").with("accounts", r#"{"groups": {"a": {"members": []}}}"#).refused("gid"),
            service("").options(r#"{"args": "a b"}"#).refused("args"),
            service("").options(r#"{"volumes": {"a": ["b"]}}"#).refused("volumes"),
            service("").options(r#"{"secrets": {"a": "b"}}"#).silent(),
        ],
    );
}
