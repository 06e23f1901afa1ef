//! The hand-written code that the benchmark compares with builds the right specs.

#[path = "../bench"]
mod bench {
    pub mod baseline;
    pub mod facts;
    pub mod floor;
    pub mod inputs;
}

use bench::{baseline, facts, floor, inputs};
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;
use serde_json::Value;

/// A spec without what means nothing to a runtime (null, empty collections), sets sorted.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields = map.iter().map(|(key, value)| (key.clone(), normal(value)));
            let kept = |value: &Value| !matches!(value, Value::Null) && *value != serde_json::json!([]);
            Value::Object(fields.filter(|(_, value)| kept(value)).collect())
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(normal).collect();
            let is_set = |value: &Value| {
                value.as_str().is_some_and(|text| ["CAP_", "/proc/", "/sys/"].iter().any(|p| text.starts_with(p)))
            };
            if list.iter().all(is_set) {
                list.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            Value::Array(list)
        }
        _ => value.clone(),
    }
}

#[test]
fn hand_written_code_builds_the_expected_specs() {
    for input in inputs::all() {
        let json = baseline::render(&input.service, &input.host).expect(input.name);
        let built: Value = serde_json::from_slice(&json).expect(input.name);
        let expected: Value = serde_json::from_str(input.spec).expect(input.name);
        assert_eq!(normal(&built), normal(&expected), "{}", input.name);
    }
}

#[test]
fn the_standard_policy_renders_the_same_specs() {
    let policy = Policy::standard().expect("the shipped policy");
    for input in inputs::all() {
        let request = Request::from_json(input.name, input.request, policy.schema()).expect(input.name);
        let (facts, arena) = (request.facts().expect(input.name), Arena::new());
        let rendered = policy.render(&facts, &arena).expect(input.name);
        let json: Value = serde_json::from_slice(&rendered.json(Style::Compact).expect(input.name)).expect(input.name);
        let spec = serde_json::to_value(rendered.spec().expect(input.name)).expect(input.name);
        let expected: Value = serde_json::from_str(input.spec).expect(input.name);
        assert_eq!(normal(&json), normal(&expected), "{}", input.name);
        assert_eq!(normal(&spec), normal(&expected), "{}", input.name);
    }
}

#[test]
fn code_specialised_by_hand_writes_the_same_bytes() {
    let policy = Policy::standard().expect("the shipped policy");
    for input in inputs::all() {
        let request = Request::from_json(input.name, input.request, policy.schema()).expect(input.name);
        let (facts, arena) = (request.facts().expect(input.name), Arena::new());
        let json = policy.render(&facts, &arena).expect(input.name).json(Style::Compact).expect(input.name);
        let mut written = Vec::new();
        floor::render(&input.service, &input.host, &mut written).expect(input.name);
        assert_eq!(String::from_utf8(written), String::from_utf8(json), "{}", input.name);
    }
}

#[test]
fn hand_written_code_refuses_what_the_policy_refuses() {
    let [plain, ..] = inputs::all();
    let refused = |change: fn(&mut facts::Service)| {
        let mut service = plain.service.clone();
        change(&mut service);
        baseline::render(&service, &plain.host).is_err()
    };
    assert!(!refused(|_| ()));
    assert!(refused(|service| service.cpu = Some(0.001)));
    assert!(refused(|service| service.memory = Some(0)));
    assert!(refused(|service| service.hostname = Some("-web".into())));
    assert!(refused(|service| service.workdir = Some("srv".into())));
    assert!(refused(|service| service.env = vec![("A=B".into(), "c".into())]));
    assert!(refused(|service| service.env = vec![("A".into(), "$E:NOT_THERE".into())]));
    assert!(refused(|service| service.gpus = Some(1025)));
}

#[test]
fn requests_name_the_service_that_is_timed() {
    for input in inputs::all() {
        let request: Value = serde_json::from_str(input.request).expect(input.name);
        assert_eq!(request["service"].as_str(), Some(input.service.name.as_str()));
    }
}
