//! What a hostile deployment can try, and what `SECURITY.md` says of it.

use std::fs;

use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;
use serde_json::{Value, json};

/// The spec of a service with these fields, or the code and the message of the first mistake.
fn render(policy: &Policy, service: &Value) -> Result<Value, String> {
    let mut service = service.clone();
    service.as_object_mut().unwrap().entry("image").or_insert(json!({ "name": "nginx" }));
    let deployment = json!({ "version": "v1", "deployment": "shop", "services": { "web": service } });
    let built = Request::builder("shop.yaml", deployment.to_string()).build(policy.schema());
    let arena = Arena::new();
    let spec = built.and_then(|request| policy.render(&request.facts()?, &arena)?.json(Style::Compact));
    let first = |report: plimsoll::diagnostics::Report| {
        let first = report.diagnostics.first().unwrap();
        format!("{} {}", first.code, first.message)
    };
    spec.map(|bytes| serde_json::from_slice(&bytes).unwrap()).map_err(first)
}

#[test]
fn what_a_deployment_says_is_text_and_never_read_again() {
    let policy = Policy::standard().unwrap();
    let texts = [
        "{container.service}",
        "{{x}} \\u{41} \\{y}",
        "${PATH} $(id) `id` $$S:x %n",
        "; rm -rf / #",
        "--privileged",
        "a\nPATH=/evil",
        "\" when true { } \"",
        "•••",
    ];
    for text in texts {
        let service = json!({ "env": { "A": text }, "command": { "args": [text] } });
        let spec = render(&policy, &service).unwrap();
        assert_eq!(spec["process"]["args"], json!([text]));
        let env = spec["process"]["env"].as_array().unwrap();
        assert!(env.contains(&json!(format!("A={text}"))), "{env:?}");
        assert_eq!(env.iter().filter(|entry| entry.as_str().unwrap().starts_with("PATH=")).count(), 1);
    }
}

#[test]
fn names_paths_and_options_cannot_be_smuggled() {
    let policy = Policy::standard().unwrap();
    let storage = |entry: Value| json!({ "storage": [entry] });
    let refused = [
        (storage(json!({ "type": "tmpfs", "target": "/a/../../etc" })), "P0603"),
        (storage(json!({ "type": "tmpfs", "target": "relative" })), "P0603"),
        (storage(json!({ "type": "tmpfs", "target": "/y", "size": "1Mi,exec" })), "P0506"),
        (storage(json!({ "type": "tmpfs", "target": "/y", "mode": "0777,suid" })), "P0506"),
        (storage(json!({ "type": "bind", "source": "relative", "target": "/x" })), "P0601"),
        (storage(json!({ "type": "bind", "source": "/srv", "target": "/" })), "P0603"),
        (storage(json!({ "type": "named", "name": "../../x", "target": "/x" })), "P0601"),
        (json!({ "env": { "A=B": "x" } }), "P0603"),
        (json!({ "env": { "": "x" } }), "P0603"),
        (json!({ "env": { "A": "a\0b" } }), "P0603"),
        (json!({ "env": { "A": "$S:../../etc/shadow" } }), "P0601"),
        (json!({ "command": { "workdir": "../.." } }), "P0603"),
        (json!({ "hostname": "a b\n" }), "P0603"),
        (json!({ "devices": [{ "path": "/dev/../etc/passwd" }] }), "P0601"),
        (json!({ "capabilities": ["CHOWN,SYS_ADMIN"] }), "P0507"),
        (json!({ "privileged": "yes" }), "P0504"),
        (json!({ "resources": { "gpu": { "count": 4_294_967_295_u32, "vendor": "nvidia" } } }), "P0601"),
    ];
    let wrong = refused.iter().filter_map(|(service, code)| match render(&policy, service) {
        Err(refusal) if refusal.starts_with(code) => None,
        Err(refusal) => Some(format!("{service}: {refusal}, not {code}")),
        Ok(_) => Some(format!("{service} is rendered")),
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_comma_in_a_path_makes_no_mount_option() {
    let policy = Policy::standard().unwrap();
    let service =
        json!({ "storage": [{ "type": "bind", "source": "/srv,suid", "target": "/x,exec", "readonly": true }] });
    let spec = render(&policy, &service).unwrap();
    let mounts = spec["mounts"].as_array().unwrap();
    let mount = mounts.iter().find(|mount| mount["source"] == "/srv,suid").unwrap();
    assert_eq!(mount["destination"], "/x,exec");
    assert!(!mount["options"].as_array().unwrap().iter().any(|option| option == "exec" || option == "suid"));
}

#[test]
fn each_line_of_the_threat_model_names_tests_that_are_there() {
    let text = fs::read_to_string("SECURITY.md").unwrap();
    let named: Vec<&str> = text.split('`').filter(|part| part.contains("::") && !part.contains(' ')).collect();
    assert!(named.len() > 20, "{named:?}");
    for test in named {
        assert!(is_there(test), "{test} is not there");
    }
}

/// Whether there is a test of this path.
pub(crate) fn is_there(test: &str) -> bool {
    let (module, name) = test.rsplit_once("::").unwrap();
    let module = module.replace("::", "/");
    let places =
        [format!("tests/integration/{module}.rs"), format!("src/{module}.rs"), format!("src/{module}/tests.rs")];
    let mut found = places.iter().filter_map(|place| fs::read_to_string(place).ok());
    found.any(|source| source.contains(&format!("fn {name}(")))
}
