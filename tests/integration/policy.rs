//! The standard policy, row by row: each test is a row of what the policy promises, each line of it a service with what
//! its spec must hold, why it is refused, or what is said about it.

#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

mod capabilities;
mod deployment;
mod devices;
mod environment;
mod gpu;
mod linux;
mod mounts;
mod process;
mod request;
mod secrets;
mod storage;
mod user;

use std::sync::LazyLock;

use plimsoll::diagnostics::Report;
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;
use serde_json::Value;

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::standard().expect("the shipped policy"));

/// A service, what its caller says about it, and what must come of both.
#[derive(Clone)]
struct Case {
    /// The members of a request, as JSON.
    members: Vec<(&'static str, String)>,
    expected: Vec<Expected>,
}

#[derive(Clone)]
enum Expected {
    /// The spec has this at a path; nothing where there is no value.
    Has(&'static str, Option<String>),
    /// There is no spec, and one of the errors has this text.
    Refused(String),
    /// One of the warnings has this text.
    Warned(String),
    /// There is no warning.
    Silent,
}

/// A service `web` of an image, with more fields in YAML, one a line.
fn service(fields: &str) -> Case {
    let fields: String = fields.lines().map(|line| format!("    {}\n", line.trim_start())).collect();
    deployment(&format!("version: v1\ndeployment: test\nservices:\n  web:\n    image: {{name: nginx}}\n{fields}"))
}

/// A whole deployment in YAML, of which the service `web` is rendered.
fn deployment(yaml: &str) -> Case {
    request(&[("deployment", &Value::from(yaml).to_string()), ("service", "\"web\"")])
}

/// A request with these members, each in JSON.
fn request(members: &[(&'static str, &str)]) -> Case {
    let members = members.iter().map(|(name, json)| (*name, (*json).to_owned())).collect();
    Case { members, expected: Vec::new() }
}

impl Case {
    /// Adds a member of the request, in JSON, or takes the place of the one that is there.
    fn with(mut self, name: &'static str, json: &str) -> Self {
        self.members.retain(|(other, _)| *other != name);
        self.members.push((name, json.to_owned()));
        self
    }

    fn image(self, json: &str) -> Self {
        self.with("image", json)
    }

    fn host(self, json: &str) -> Self {
        self.with("host", json)
    }

    fn options(self, json: &str) -> Self {
        self.with("options", json)
    }

    /// It is rendered, with this JSON at a path of the spec.
    fn has(self, path: &'static str, json: impl Into<String>) -> Self {
        self.expects(Expected::Has(path, Some(json.into())))
    }

    /// It is rendered, and the spec has nothing at a path.
    fn lacks(self, path: &'static str) -> Self {
        self.expects(Expected::Has(path, None))
    }

    fn refused(self, text: impl Into<String>) -> Self {
        self.expects(Expected::Refused(text.into()))
    }

    fn warned(self, text: impl Into<String>) -> Self {
        self.expects(Expected::Warned(text.into()))
    }

    fn silent(self) -> Self {
        self.expects(Expected::Silent)
    }

    fn expects(mut self, expected: Expected) -> Self {
        self.expected.push(expected);
        self
    }

    fn json(&self) -> String {
        let members: Vec<String> = self.members.iter().map(|(name, json)| format!("\"{name}\": {json}")).collect();
        format!("{{{}}}", members.join(", "))
    }

    /// What does not hold.
    fn failures(&self) -> Vec<String> {
        assert!(!self.expected.is_empty(), "a case that expects nothing: {}", self.json());
        let told = render(&self.json());
        self.expected.iter().filter_map(|expected| expected.failure(&told)).collect()
    }
}

/// The spec and the warnings, or the refusal.
type Told = Result<(Value, Vec<String>), String>;

/// Each message with its advice.
fn why(report: Report) -> String {
    let lines = report.diagnostics.iter().map(|found| {
        let help = found.help.as_deref().unwrap_or_default();
        format!("{} ({help})", found.message)
    });
    lines.collect::<Vec<_>>().join("; ")
}

fn render(json: &str) -> Told {
    let request = Request::from_json("request.json", json, POLICY.schema()).map_err(why)?;
    let mut warnings: Vec<String> = request.warnings().iter().map(|warning| warning.message.clone()).collect();
    let facts = request.facts().map_err(why)?;
    let arena = Arena::new();
    let rendered = POLICY.render(&facts, &arena).map_err(why)?;
    warnings.extend(rendered.warnings().diagnostics.iter().map(|warning| warning.message.clone()));
    let text = rendered.json(Style::Compact).expect("a small spec");
    rendered.spec().expect("a spec that oci-spec takes");
    Ok((serde_json::from_slice(&text).expect("JSON"), warnings))
}

impl Expected {
    fn failure(&self, told: &Told) -> Option<String> {
        match (self, told) {
            (Self::Refused(text), Err(why)) => {
                (!why.contains(text.as_str())).then(|| format!("refused without `{text}`: {why}"))
            }
            (Self::Refused(text), Ok(_)) => Some(format!("not refused, though {text}")),
            (_, Err(why)) => Some(format!("refused: {why}")),
            (Self::Has(path, json), Ok((spec, _))) => {
                let expected = json.as_deref().map(|json| serde_json::from_str(json).expect("JSON"));
                let found = at(spec, path);
                (found != expected).then(|| match found {
                    Some(found) => format!("{path} is {found}"),
                    None => format!("there is no {path}"),
                })
            }
            (Self::Warned(text), Ok((_, warnings))) => {
                let found = warnings.iter().any(|warning| warning.contains(text.as_str()));
                (!found).then(|| format!("no warning with `{text}`: {warnings:?}"))
            }
            (Self::Silent, Ok((_, warnings))) => (!warnings.is_empty()).then(|| format!("warned: {warnings:?}")),
        }
    }
}

/// What is at a path such as `mounts[/data].options[0]`. A key in brackets is a position, a variable's name, or the
/// path, type or destination of an element; `[*]` collects what follows it of each element.
fn at(value: &Value, path: &str) -> Option<Value> {
    let path = path.trim_start_matches('.');
    if path.is_empty() {
        return Some(value.clone());
    }
    if let Some(rest) = path.strip_prefix("[*]") {
        let elements = value.as_array()?.iter();
        return Some(elements.map(|element| at(element, rest).unwrap_or(Value::Null)).collect());
    }
    if let Some(rest) = path.strip_prefix('[') {
        let (key, rest) = rest.split_once(']').expect("a closing bracket");
        return at(&element(value, key)?, rest);
    }
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    at(value.get(name)?, rest)
}

fn element(list: &Value, key: &str) -> Option<Value> {
    let list = list.as_array()?;
    if let Ok(index) = key.parse::<usize>() {
        return list.get(index).cloned();
    }
    list.iter().find_map(|element| match element {
        Value::String(text) => text.split_once('=').filter(|(name, _)| *name == key).map(|(_, value)| value.into()),
        _ => ["destination", "path", "type"].iter().any(|field| element[*field] == *key).then(|| element.clone()),
    })
}

/// Every case of a row holds.
fn row<const N: usize>(name: &str, cases: [Case; N]) {
    each(name, cases);
}

/// The same for cases that are made in a loop.
fn each(name: &str, cases: impl IntoIterator<Item = Case>) {
    let mut failures = String::new();
    for (index, case) in cases.into_iter().enumerate() {
        for failure in case.failures() {
            failures += &format!("case {}: {failure}\n    {}\n", index + 1, case.json());
        }
    }
    assert!(failures.is_empty(), "{name}\n{failures}");
}

#[test]
fn the_standard_layer_has_no_warnings() {
    let warnings = POLICY.warnings();
    assert!(warnings.diagnostics.is_empty(), "{warnings}");
}

#[test]
fn a_bundle_names_its_root() {
    let yaml = "version: v1\ndeployment: test\nservices: {web: {image: {name: a}}}\n";
    let request = Request::builder("deployment.yaml", yaml).rootfs("/srv/root").build(POLICY.schema());
    let facts = request.and_then(|request| request.facts()).expect("a sound request");
    let arena = Arena::new();
    let rendered = POLICY.render(&facts, &arena).expect("a sound service");
    let json = rendered.json(Style::Compact).expect("a small spec");
    let spec: Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(spec["root"], serde_json::json!({"path": "/srv/root", "readonly": false}));
}
