//! Decision records: what was rendered for whom, by which rules, and why; and all that it takes to render it again.
//!
//! A record is lines of JSON. One line tells of one render ([`Decision`]): the digests of request, policy and output, what
//! was said, the rule behind each value by JSON pointer, and the request itself. Rules stand in lines of their own
//! ([`Rules`]), once for many renders. So the record alone answers what other rules would have done to what ran
//! ([`crate::review`] compares).
//!
//! **It holds secrets.** A request that can be rendered again has the secrets and variables that the render used; all else
//! in the line is masked. Keep records as private as what they are about.
//!
//! ```
//! use plimsoll::decision::{self, Decision, Line};
//! use plimsoll::facts::request::Request;
//! use plimsoll::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::standard()?;
//! let deployment = "{ version: v1, deployment: shop, services: { web: { image: { name: nginx } } } }";
//! let request = Request::builder("shop.yaml", deployment).build(policy.schema())?;
//! let line = Decision::of(&policy, &request, "web", 1, None)?.to_line();
//!
//! let Line::Decision(again) = decision::read(&line)? else { panic!("a decision") };
//! assert_eq!(again.provenance["/hostname"], "hostname");
//! # Ok(())
//! # }
//! ```

mod read;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use read::{Line, read};

use crate::diagnostics::{Diagnostic, Report, Severity, code};
use crate::digest;
use crate::eval::Arena;
use crate::facts::Facts;
use crate::facts::encode::Wanted;
use crate::facts::host::Secrets;
use crate::facts::record::Recorder;
use crate::facts::request::Request;
use crate::output::json::Style;
use crate::policy::{Layers, Policy};
use crate::schema::facts::FactSchema;
use crate::sort;

/// The version of the form that this one writes and reads.
pub const VERSION: u64 = 1;

/// One render.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The container's id: `{service}-rep-{replica}`.
    pub container: String,
    /// `sha256:…` of the request as it stands in the record.
    pub request: String,
    /// That of the policy ([`Policy::digest`]).
    pub policy: String,
    /// That of the spec as compact JSON; none if the service was refused.
    pub output: Option<String>,
    /// What refused it, `P0601: message` each. Secrets are masked, here and below.
    pub refused: Vec<String>,
    /// What was warned of.
    pub warnings: Vec<String>,
    /// The rule that wrote each value, by its JSON pointer in `config.json`.
    pub provenance: BTreeMap<String, String>,
    /// The request, as `plimsoll render --request` takes it. It holds the secrets that the render used.
    pub document: Box<RawValue>,
}

/// The rules of renders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The policy's digest.
    pub digest: String,
    /// Its layers, the first one first.
    pub layers: Vec<RulesLayer>,
}

/// A layer of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesLayer {
    /// What messages call it.
    pub name: String,
    /// Its files: what messages call each, and its text.
    pub files: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Written<'w> {
    record: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<&'w Rules>,
    #[serde(skip_serializing_if = "Option::is_none")]
    render: Option<&'w Decision>,
}

impl Written<'_> {
    fn line(&self) -> String {
        // All of it is text that JSON can say.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

impl Rules {
    /// Those of a policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let mut layers: Vec<RulesLayer> = Vec::new();
        for (name, files) in policy.layer_files() {
            let files = files.map(|source| (source.name.clone(), source.text.to_string())).collect();
            layers.push(RulesLayer { name: name.to_owned(), files });
        }
        Self { digest: policy.digest(), layers }
    }

    /// The policy that they are.
    ///
    /// # Errors
    ///
    /// If they have mistakes, or are not those that their digest is of.
    pub fn compile(&self) -> Result<Policy, Report> {
        let layers = self.layers.iter().fold(Layers::new(), |layers, layer| {
            let files = layer.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
            layers.layer(layer.name.as_str(), files)
        });
        // What conditions can do was looked at when the rules were taken into use.
        let policy = layers.unanalysed().compile()?;
        if policy.digest() == self.digest {
            return Ok(policy);
        }
        let message = format!("the rules of the record are not those that their digest is of, {}", self.digest);
        Err(Report::new(vec![Diagnostic::new(code::BAD_RECORD, message).help("the record was edited or damaged")], &[]))
    }

    /// Their line of a record, with its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        Written { record: VERSION, rules: Some(self), render: None }.line()
    }
}

impl Decision {
    /// Renders a container for the record. `host` is the recording of its host in JSON, where there is one; else the record
    /// has what the rules asked the host about, and nothing else is on it when it is rendered again. A service that is
    /// refused has a record too.
    ///
    /// # Errors
    ///
    /// If nothing can be made of the service's values, or no request says the same of it.
    pub fn of(
        policy: &Policy,
        request: &Request,
        service: &str,
        replica: u32,
        host: Option<&str>,
    ) -> Result<Self, Report> {
        let facts = request.facts_of_replica(service, replica)?;
        let recorder = Arc::new(Recorder::new(Arc::clone(&facts.host)));
        policy.ask(&*recorder);
        let secrets = Arc::new(AskedSecrets { secrets: Arc::clone(&facts.secrets), asked: Mutex::default() });
        let facts = Facts { host: recorder.clone(), secrets: secrets.clone(), ..facts };
        let arena = Arena::new();
        let explanation = policy.explain(&facts, &arena);
        let output = policy.render(&facts, &arena).and_then(|rendered| rendered.json(Style::Compact)).ok();
        let recording = host.map_or_else(|| recorder.recording(), str::to_owned);
        let document = document(policy.schema(), &facts, &recording, &secrets).ok_or_else(|| unsaid(service))?;
        if again(policy, &document) != output {
            return Err(unsaid(service));
        }
        let provenance = explanation.blame().map(|blame| blame.entries).unwrap_or_default();
        Ok(Self {
            container: format!("{service}-rep-{replica}"),
            request: digest::sha256(document.get()),
            policy: policy.digest(),
            output: output.map(digest::sha256),
            refused: explanation.refusals().told(Severity::Error),
            warnings: explanation.warnings().told(Severity::Warning),
            provenance: sort::tree(provenance.into_iter().map(|entry| (entry.pointer, entry.rule))),
            document,
        })
    }

    /// Its line of a record, with its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        Written { record: VERSION, rules: None, render: Some(self) }.line()
    }
}

/// The request for facts, as one document.
fn document(schema: &FactSchema, facts: &Facts, host: &str, secrets: &AskedSecrets) -> Option<Box<RawValue>> {
    let wanted = Wanted {
        service: facts.service.clone(),
        container: facts.container.clone(),
        image: facts.image.clone(),
        options: facts.options.clone(),
        host: FactSchema::recording().defaults(),
    };
    let said = wanted.request(schema).filter(|said| said.bundle.is_none())?;
    let raw = |text: String| RawValue::from_string(text).ok();
    let mut fields: BTreeMap<&str, Box<RawValue>> = BTreeMap::new();
    for (name, tree) in &said.fields {
        fields.insert(name, serde_json::value::to_raw_value(tree).ok()?);
    }
    fields.insert("host", raw(one_line_json(host)?)?);
    let asked = secrets.asked.lock().unwrap_or_else(PoisonError::into_inner);
    if !asked.is_empty() {
        let mut options: IndexMap<String, &RawValue> = match fields.get("options") {
            Some(options) => serde_json::from_str(options.get()).ok()?,
            None => IndexMap::new(),
        };
        let asked = serde_json::value::to_raw_value(&*asked).ok()?;
        options.insert("secrets".to_owned(), &asked);
        let options = serde_json::value::to_raw_value(&options).ok()?;
        fields.insert("options", options);
    }
    raw(serde_json::to_string(&fields).ok()?)
}

/// A document without line breaks; between its values they mean nothing, and within texts there are none.
fn one_line_json(text: &str) -> Option<String> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    Some(raw.get().replace(['\n', '\r'], " "))
}

/// What a recorded request becomes; nothing if it is refused.
fn again(policy: &Policy, document: &RawValue) -> Option<Vec<u8>> {
    let facts = Request::from_json("record", document.get(), policy.schema()).ok()?.into_facts().ok()?;
    policy.render(&facts, &Arena::new()).and_then(|rendered| rendered.json(Style::Compact)).ok()
}

fn unsaid(service: &str) -> Report {
    let message = format!("`{service}` cannot be recorded: no request says all that its rules read");
    let help = "a rule that takes `host.env` as a whole is a reason; let it ask for variables by name";
    Report::new(vec![Diagnostic::new(code::BAD_RECORD, message).help(help)], &[])
}

/// Secrets that are noted as they are asked for.
struct AskedSecrets {
    secrets: Arc<dyn Secrets>,
    asked: Mutex<BTreeMap<String, String>>,
}

impl Secrets for AskedSecrets {
    fn secret(&self, reference: &str) -> Option<Cow<'_, str>> {
        let secret = self.secrets.secret(reference)?;
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(reference.to_owned(), secret.clone().into_owned());
        Some(secret)
    }
}

/// Nothing of what was asked.
impl std::fmt::Debug for AskedSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AskedSecrets").finish_non_exhaustive()
    }
}
