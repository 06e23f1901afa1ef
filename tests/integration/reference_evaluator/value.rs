//! Plain values, and the request that they come from.

use serde_json::{Map as Object, Value as Json, json};

/// A value of the language. Maps and records are one: what is written first comes first.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Absent,
    Bool(bool),
    Int(i128),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A field or entry; absent if there is none.
    pub(super) fn get(&self, name: &str) -> Value {
        let Value::Map(entries) = self else { return Value::Absent };
        entries.iter().find(|(key, _)| key == name).map_or(Value::Absent, |(_, value)| value.clone())
    }

    pub(super) fn json(&self) -> Json {
        match self {
            Self::Absent => Json::Null,
            Self::Bool(value) => json!(value),
            Self::Int(value) => json!(i64::try_from(*value).expect("small numbers")),
            Self::Text(text) => json!(text),
            Self::List(values) => values.iter().map(Self::json).collect(),
            Self::Map(entries) => {
                let there = entries.iter().filter(|(_, value)| *value != Self::Absent);
                Json::Object(there.map(|(key, value)| (key.clone(), value.json())).collect::<Object<_, _>>())
            }
        }
    }

    /// As a template prints it.
    pub(super) fn print(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            other => panic!("no template prints {other:?}"),
        }
    }
}

/// What a service is like.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) replica: u32,
    pub(super) privileged: bool,
    pub(super) hostname: Option<&'static str>,
    pub(super) asked: Option<&'static str>,
    pub(super) capabilities: Vec<&'static str>,
    pub(super) env: Vec<(&'static str, &'static str)>,
    pub(super) extra: Vec<(&'static str, &'static str)>,
}

impl Service {
    /// The request, as the program reads it.
    pub(super) fn request(&self) -> String {
        let object = |entries: &[(&str, &str)]| {
            let entries: Vec<String> =
                entries.iter().map(|(name, value)| format!("{}:{}", json!(name), json!(value))).collect();
            format!("{{{}}}", entries.join(","))
        };
        let service = format!(
            r#"{{ "image": {{ "name": "x" }}, "privileged": {}, "hostname": {}, "capabilities": {}, "env": {} }}"#,
            self.privileged,
            json!(self.hostname),
            json!(self.capabilities),
            object(&self.env),
        );
        format!(
            r#"{{ "deployment": {{ "version": "v1", "deployment": "shop", "services": {{ "{0}": {service} }} }}, "service": "{0}",
                "replica": {1}, "options": {{ "hostname": {2}, "env": {3} }}, "host": {{}} }}"#,
            self.name,
            self.replica,
            json!(self.asked),
            object(&self.extra),
        )
    }

    /// The same as values; only what generated policies read.
    pub(super) fn facts(&self) -> Vec<(&'static str, Value)> {
        let map = |entries: &[(&str, &str)]| {
            Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), Value::text(*value))).collect())
        };
        let or_absent = |text: Option<&str>| text.map_or(Value::Absent, Value::text);
        let record = |fields: Vec<(&str, Value)>| {
            Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        };
        vec![
            (
                "service",
                record(vec![
                    ("privileged", Value::Bool(self.privileged)),
                    ("hostname", or_absent(self.hostname)),
                    ("capabilities", Value::List(self.capabilities.iter().map(|it| Value::text(*it)).collect())),
                    ("env", map(&self.env)),
                ]),
            ),
            (
                "container",
                record(vec![
                    ("service", Value::text(self.name)),
                    ("replica", Value::Int(self.replica.into())),
                    ("id", Value::text(format!("{}-rep-{}", self.name, self.replica))),
                    ("deployment", Value::text("shop")),
                ]),
            ),
            ("options", record(vec![("hostname", or_absent(self.asked)), ("env", map(&self.extra))])),
        ]
    }
}
