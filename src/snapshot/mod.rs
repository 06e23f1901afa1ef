//! Snapshots of services: what a policy makes of them, kept beside the deployment and compared at every change.
//!
//! A snapshot is a text that can be read alone: the service as it was given, the warnings, the spec, and which rule wrote
//! what. Secrets are masked, and nothing in it can harm a terminal. It is in the form of [insta](https://insta.rs), so
//! that `cargo insta review` works on it as well as `plimsoll review`.

mod parts;
mod read;

use std::fmt::Write as _;

pub use parts::{Cause, causes};
pub use read::{Kept, MAX_BYTES, read};

use crate::diagnostics::{Diagnostic, Report, Severity, lines, one_line};
use crate::digest;
use crate::eval::Arena;
use crate::explanation::{Blame, Entry, Explanation};
use crate::facts::request::Request;
use crate::policy::Policy;

/// Lines of a deployment that one service shows.
const MOST_INPUT: usize = 200;

/// The headings of a snapshot, in order.
pub(crate) const INPUT: &str = "──── input";
pub(crate) const SAID: &str = "──── warnings and refusals";
pub(crate) const SPEC: &str = "──── spec";
pub(crate) const RULES: &str = "──── rules, and what they wrote";

/// The snapshot of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name, without `.snap`: `{deployment}@{service}`, where the deployment's is that of its file without its ending.
    pub name: String,
    /// The deployment's file.
    pub source: String,
    /// What it shows.
    pub body: String,
}

/// What a snapshot says of the service beside its deployment.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// What the recording of the host is called; empty if nothing is on the host.
    pub host: &'a str,
    /// The names of the options that were given. Their values can be secrets.
    pub options: &'a [&'a str],
}

impl Snapshot {
    /// The snapshot of a service. One that is refused has one too: it shows why.
    ///
    /// # Errors
    ///
    /// If the request has no such service, or nothing can be made of its values.
    pub fn of(policy: &Policy, request: &Request, service: &str, about: &About<'_>) -> Result<Self, Report> {
        let (facts, arena) = (request.facts_of(service)?, Arena::new());
        let explanation = policy.explain(&facts, &arena);
        let source = request.deployment_file().unwrap_or_default();
        let mut body = String::new();
        let _ = writeln!(body, "{INPUT}\nservice `{service}` of {source}");
        if !about.host.is_empty() {
            let _ = writeln!(body, "host {}", about.host);
        }
        if !about.options.is_empty() {
            let _ = writeln!(body, "options {}", about.options.join(", "));
        }
        let _ = writeln!(body, "\n{}", request.written(service, MOST_INPUT).trim_end());
        let said = said(&explanation);
        if !said.is_empty() {
            let _ = write!(body, "\n{SAID}\n{said}");
        }
        if let (Ok(spec), Ok(blame)) = (explanation.spec(), explanation.blame()) {
            let _ = write!(body, "\n{SPEC}\n{spec}\n{RULES}\n{}", by_rule(&blame));
        }
        let name = format!("{}@{service}", stem(source));
        Ok(Self { name, source: source.to_owned(), body: settled(&body) })
    }

    /// The text of its file: insta's header, with a digest by which an edit by hand is found, and the body.
    #[must_use]
    pub fn to_text(&self) -> String {
        // JSON strings are YAML strings.
        let source = serde_json::Value::from(one_line(&self.source)).to_string();
        let digest = digest::sha256(&self.body);
        format!("---\nsource: {source}\ninfo:\n  by: plimsoll snapshot\n  digest: \"{digest}\"\n---\n{}\n", self.body)
    }
}

/// The name of a deployment's file, without folder and ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// A body as it is compared: without blank ends, lines ended alike, and nothing that a terminal would obey.
pub(crate) fn settled(body: &str) -> String {
    let body = body.replace("\r\n", "\n");
    lines(body.trim_end().trim_start_matches('\n')).into_owned()
}

/// Refusals and warnings, without the lines of rule files: these move.
fn said(explanation: &Explanation<'_>) -> String {
    let mut out = String::new();
    let (refusals, warnings) = (&explanation.refusals().diagnostics, &explanation.warnings().diagnostics);
    for Diagnostic { code, severity, message, .. } in refusals.iter().chain(warnings) {
        debug_assert!(*severity > Severity::Advice);
        let _ = writeln!(out, "{severity}[{code}]: {}", one_line(message));
    }
    out
}

/// Each rule with what it wrote, in the order in which that is in the spec.
fn by_rule(blame: &Blame) -> String {
    let mut rules: indexmap::IndexMap<&str, Vec<&Entry>> = indexmap::IndexMap::new();
    for entry in &blame.entries {
        rules.entry(&entry.rule).or_default().push(entry);
    }
    let mut out = String::new();
    for (rule, entries) in rules {
        let _ = writeln!(out, "{rule}");
        let mut slots: indexmap::IndexMap<(&str, &str), Vec<&str>> = indexmap::IndexMap::new();
        for entry in entries {
            let (slot, key) = entry.path.split_once('[').unwrap_or((&entry.path, ""));
            let keys = slots.entry((entry.strength, slot)).or_default();
            keys.extend(key.strip_suffix(']').filter(|key| !key.is_empty()));
        }
        for ((strength, slot), keys) in slots {
            let strength = if strength == "plain" { String::new() } else { format!("{strength} ") };
            let (records, names): (Vec<&str>, Vec<&str>) = keys.iter().partition(|key| key.starts_with('{'));
            if keys.is_empty() {
                let _ = writeln!(out, "  {strength}{slot}");
            } else if !names.is_empty() {
                let _ = writeln!(out, "  {strength}{slot}: {}", names.join(", "));
            }
            for record in records {
                let _ = writeln!(out, "  {strength}{slot}: {record}");
            }
        }
    }
    out
}
