//! A host that writes down what it is asked, so that a render can be repeated elsewhere.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use plimsoll::facts::record::Recorder;
//! use plimsoll::facts::recording::RecordedHost;
//! use plimsoll::facts::request::Request;
//! use plimsoll::{eval::Arena, policy::Policy};
//!
//! # let host = Arc::new(RecordedHost::empty()); // on Linux rather a `LiveHost`
//! let policy = Policy::standard()?;
//! let recorder = Arc::new(Recorder::new(host));
//! let deployment = "{ version: v1, deployment: shop, services: { web: { image: { name: nginx } } } }";
//! let request = Request::builder("shop.yaml", deployment).host(recorder.clone()).build(policy.schema())?;
//! for service in request.services() {
//!     policy.render(&request.facts_of(service)?, &Arena::new())?;
//! }
//! let json = recorder.recording();
//! let again = Request::builder("shop.yaml", deployment).recording("host.json", json).build(policy.schema())?;
//! # again.facts()?;
//! # Ok(())
//! # }
//! ```
//!
//! **The environment.** An agent's environment holds secrets, so a recording never has all of it: only the variables
//! that rules asked for by name (the standard policy asks for those that a service's `$E:` values name), and those that
//! the caller names. A rule asks by name where it writes `host.env[name]` or `name in host.env`, or the same of a `let`
//! of the policy that is `host.env`. A rule that takes it as a whole cannot be recorded faithfully, and
//! [`Host::problems`] says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::glob::normal;
use super::host::{Device, Host, PathKind};
use crate::diagnostics::{Diagnostic, Severity, code};
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::{FactSchema, HostField};
use crate::schema::shape::Shape;

/// A host between another and the rules.
pub struct Recorder {
    host: Arc<dyn Host>,
    asked: Mutex<Asked>,
}

/// What was asked and is there. Of variables only the names.
#[derive(Debug, Default)]
struct Asked {
    devices: BTreeMap<Box<str>, Device>,
    paths: BTreeMap<Box<str>, PathKind>,
    majors: BTreeMap<Box<str>, u32>,
    variables: BTreeSet<Box<str>>,
    whole_environment: bool,
}

impl Recorder {
    /// Writes down what a host is asked from now on.
    #[must_use]
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self { host, asked: Mutex::default() }
    }

    /// Has these variables of the environment in the recording as well, where they are set.
    #[must_use]
    pub fn with_variables<N: Into<Box<str>>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.asked().variables.extend(names.into_iter().map(Into::into));
        self
    }

    /// The recording: JSON with sorted keys, as a request's `host`. It has all that was asked and is there, and the plain
    /// fields whether they were asked or not, but for the environment. What was asked and is not there needs no entry.
    #[must_use]
    pub fn recording(&self) -> String {
        let mut recording: BTreeMap<&str, Value> = BTreeMap::new();
        for (field, name, shape) in FactSchema::standard().host {
            if field != HostField::Env {
                recording.insert(name, plain(&shape, self.host.field(field)));
            }
        }
        let asked = self.asked();
        let env = asked.variables.iter().filter_map(|name| Some((name, text(self.host.variable(name)?)?)));
        recording.insert("env", sorted(env.map(|(name, value)| (&**name, json!(value)))));
        recording.insert("devices", sorted(asked.devices.iter().map(|(path, device)| (&**path, node(device)))));
        recording.insert("paths", sorted(asked.paths.iter().map(|(path, kind)| (&**path, json!(word(*kind))))));
        recording.insert("majors", sorted(asked.majors.iter().map(|(name, major)| (&**name, json!(major)))));
        recording.retain(|_, value| !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty()));
        format!("{:#}\n", sorted(recording))
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, path: &str) {
        let Some(kind) = self.host.path(path) else { return };
        let device = self.host.device(path);
        let mut asked = self.asked();
        match device {
            Some(device) => _ = asked.devices.insert(normal(path).into(), device),
            None => _ = asked.paths.insert(normal(path).into(), kind),
        }
    }
}

impl Host for Recorder {
    fn field(&self, field: HostField) -> &Datum {
        self.asked().whole_environment |= field == HostField::Env;
        self.host.field(field)
    }

    fn peek(&self, field: HostField) -> &Datum {
        self.host.peek(field)
    }

    fn device(&self, path: &str) -> Option<Device> {
        self.note(path);
        self.host.device(path)
    }

    fn path(&self, path: &str) -> Option<PathKind> {
        self.note(path);
        self.host.path(path)
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        let paths = self.host.glob(pattern);
        paths.iter().for_each(|path| self.note(path));
        paths
    }

    fn major(&self, driver: &str) -> Option<u32> {
        let major = self.host.major(driver)?;
        self.asked().majors.insert(driver.into(), major);
        Some(major)
    }

    fn variable(&self, name: &str) -> Option<&Datum> {
        self.asked().variables.insert(name.into());
        self.host.variable(name)
    }

    fn problems(&self) -> Vec<Diagnostic> {
        let mut problems = self.host.problems();
        if self.asked().whole_environment {
            let message = "the whole environment was asked for, and the recording has only variables asked for by name";
            let diagnostic =
                Diagnostic { severity: Severity::Warning, ..Diagnostic::new(code::BAD_RECORDING, message) };
            problems.push(diagnostic.help("write `host.env[name]` in the rule"));
        }
        problems
    }
}

/// An object whose keys are sorted, whatever serde_json was built with.
fn sorted<'k>(entries: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    let entries: BTreeMap<&str, Value> = entries.into_iter().collect();
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn node(device: &Device) -> Value {
    let entries = [
        ("type", json!(if device.block { "b" } else { "c" })),
        ("major", json!(device.major)),
        ("minor", json!(device.minor)),
        ("mode", json!(device.mode)),
        ("uid", json!(device.uid)),
        ("gid", json!(device.gid)),
    ];
    sorted(entries.into_iter().filter(|(_, value)| !value.is_null()))
}

/// A device whose numbers the host does not know is something else.
const fn word(kind: PathKind) -> &'static str {
    match kind {
        PathKind::File => "file",
        PathKind::Dir => "dir",
        PathKind::Socket => "socket",
        PathKind::Device | PathKind::Other => "other",
    }
}

fn text(datum: &Datum) -> Option<&str> {
    match &datum.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}

/// A plain field as a recording spells it: the names of a record are those of its shape.
fn plain(shape: &Shape, datum: &Datum) -> Value {
    match (&datum.kind, shape) {
        (Kind::Int(value), _) => serde_json::Number::from_i128(*value).map_or(Value::Null, Value::Number),
        (Kind::Text(text), _) => json!(text),
        (Kind::List(elements), Shape::List(shape)) => elements.iter().map(|element| plain(shape, element)).collect(),
        (Kind::Map(entries), Shape::Map(shape)) => {
            sorted(entries.iter().map(|(key, value)| (&**key, plain(shape, value))))
        }
        (Kind::Record(values), Shape::Record(shape)) => {
            let fields =
                shape.fields.iter().zip(values.iter()).map(|(field, value)| (&*field.name, plain(&field.shape, value)));
            sorted(fields.filter(|(_, value)| !value.is_null()))
        }
        _ => Value::Null,
    }
}

/// Nothing of what was asked: the answers hold variables, which can be secrets.
impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}
