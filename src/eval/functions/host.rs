//! Functions that ask the host and the secrets.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::value::RawValue;

use crate::eval::machine::{Eval, Machine};
use crate::eval::value::Value;
use crate::facts::host::PathKind;
use crate::ir::ExprId;
use crate::schema::facts::HostField;
use crate::schema::functions::Function;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    pub(in crate::eval) fn host_field(&mut self, field: HostField) -> Value<'a> {
        let datum = self.facts.host.field(field);
        let sensitive = field == HostField::Env;
        self.sensitive |= sensitive;
        if TRACE {
            self.trace.read(datum, sensitive);
        }
        Value::from(datum)
    }

    /// The environment, of which one variable is wanted; only for a trace, which names it by where it is kept.
    pub(in crate::eval) fn host_environment(&mut self) -> Value<'a> {
        self.sensitive = true;
        let datum = self.facts.host.peek(HostField::Env);
        self.trace.read(datum, true);
        Value::from(datum)
    }

    pub(in crate::eval) fn host_variable(&mut self, name: &str) -> Value<'a> {
        self.sensitive = true;
        self.facts.host.variable(name).map(Value::from).unwrap_or_default()
    }

    /// `{ path, type, major, minor, fileMode?, uid?, gid? }`
    pub(super) fn host_device(&mut self, path: &'a str) -> Value<'a> {
        let answer = match self.facts.host.device(path) {
            Some(device) => {
                let number = |number: Option<u32>| number.map_or(Value::Absent, |n| Value::Int(i128::from(n)));
                let mark = self.values.len();
                self.values.extend([
                    Value::Text(path),
                    Value::Text(if device.block { "b" } else { "c" }),
                    number(Some(device.major)),
                    number(Some(device.minor)),
                    number(device.mode),
                    number(device.uid),
                    number(device.gid),
                ]);
                self.seal_record(mark)
            }
            None => Value::Absent,
        };
        self.asked(Function::HostDevice, path, answer, false)
    }

    pub(super) fn host_path(&mut self, path: &'a str) -> Value<'a> {
        let answer = match self.facts.host.path(path) {
            Some(PathKind::File) => Value::Text("file"),
            Some(PathKind::Dir) => Value::Text("dir"),
            Some(PathKind::Device) => Value::Text("device"),
            Some(PathKind::Socket) => Value::Text("socket"),
            Some(PathKind::Other) => Value::Text("other"),
            None => Value::Absent,
        };
        self.asked(Function::HostPath, path, answer, false)
    }

    pub(super) fn host_glob(&mut self, id: ExprId, pattern: &'a str) -> Eval<Value<'a>> {
        let paths = self.facts.host.glob(pattern);
        let bump = self.bump;
        let answer = self.gather(id, paths.iter().map(|path| Value::Text(bump.alloc_str(path))))?;
        Ok(self.asked(Function::HostGlob, pattern, answer, false))
    }

    pub(super) fn host_major(&mut self, driver: &'a str) -> Value<'a> {
        let answer = self.facts.host.major(driver).map_or(Value::Absent, |major| Value::Int(i128::from(major)));
        self.asked(Function::HostMajor, driver, answer, false)
    }

    pub(super) fn secret(&mut self, id: ExprId, reference: &'a str) -> Eval<Value<'a>> {
        self.sensitive = true;
        let facts = self.facts;
        let found = split_reference(reference).and_then(|(reference, field)| {
            let value = facts.secrets.secret(reference)?;
            match field {
                Some(field) => json_field(&value, field).map(Cow::Owned),
                None => Some(value),
            }
        });
        let answer = match found {
            Some(value) => self.keep(id, &value)?,
            None => Value::Absent,
        };
        Ok(self.asked(Function::Secret, reference, answer, true))
    }

    fn asked(&mut self, function: Function, argument: &'a str, answer: Value<'a>, sensitive: bool) -> Value<'a> {
        if TRACE {
            self.trace.ask(function, argument, answer, sensitive);
        }
        answer
    }
}

/// `name`, `@service/name`, `:env/name` or `project:env/name`, each with `/field` or without: the reference
/// and the field. None if it is none of these.
fn split_reference(reference: &str) -> Option<(&str, Option<&str>)> {
    let head = reference.split('/').next().unwrap_or_default();
    let scoped = match head.strip_prefix('@') {
        Some(service) => !service.is_empty(),
        None => match head.split_once(':') {
            Some((_, env)) if env.is_empty() || env.contains(':') => return None,
            Some(_) => true,
            None => false,
        },
    };
    if reference.split('/').any(str::is_empty) || head == "@" {
        return None;
    }
    let slashes = reference.matches('/').count();
    match slashes.checked_sub(usize::from(scoped))? {
        0 => Some((reference, None)),
        1 => reference.rsplit_once('/').map(|(reference, field)| (reference, Some(field))),
        _ => None,
    }
}

/// A field of a JSON object as text: a text as it is, numbers and booleans as they are written, null as
/// nothing, lists and maps without blanks. None if the text is no object or has no such field.
fn json_field(json: &str, field: &str) -> Option<String> {
    let object: IndexMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json).ok()?;
    let raw = object.get(field)?.get();
    match raw.chars().next()? {
        '"' => serde_json::from_str(raw).ok(),
        'n' => Some(String::new()),
        _ => Some(compact(raw)),
    }
}

/// JSON without the blanks between its tokens.
fn compact(json: &str) -> String {
    let (mut in_text, mut escaped) = (false, false);
    let kept = json.chars().filter(|c| {
        let keep = in_text || !c.is_ascii_whitespace();
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            _ => {}
        }
        keep
    });
    kept.collect()
}
