//! What a review is made over: deployments and requests, as texts.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::diagnostics::Report;
use crate::facts::request::Request;
use crate::facts::shared::{SharedHost, SharedRecording};
use crate::schema::facts::FactSchema;

/// A document of a corpus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What reports call it: a file, and the line of one with a request on each.
    pub file: String,
    /// The whole of it.
    pub text: String,
    /// How it is read.
    pub kind: ItemKind,
    /// What the old rules made of a request once, where that was recorded: the digest of the spec as compact JSON. A request
    /// of which they make something else is not compared.
    pub output: Option<String>,
}

/// How a document of a corpus is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A deployment in YAML or JSON: all of its services are compared.
    Deployment,
    /// A request in JSON, as `plimsoll render --request` takes it: it is about one service.
    Request,
}

impl ItemKind {
    /// What a document is by its fields: only a deployment says of which version it is, and only a request holds one.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let fields: Option<BTreeMap<String, &RawValue>> = serde_json::from_str(text).ok();
        let is_request = fields.is_some_and(|fields| {
            let has = |name: &str| fields.contains_key(name);
            has("deployment") && !has("version") && !has("services")
        });
        if is_request { Self::Request } else { Self::Deployment }
    }
}

/// What is said of services beside their document.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The host of all that name none; where it is absent, nothing is on their host.
    pub host: Option<SharedRecording>,
    /// Options of the services of deployments, by name: text or, where no text is due, JSON.
    pub options: Vec<(String, String)>,
}

impl Item {
    /// Reads it for a policy whose facts look so.
    pub(super) fn read(
        &self,
        setting: &Setting,
        schema: &FactSchema,
        shared: &mut SharedHost,
    ) -> Result<Request, Report> {
        match self.kind {
            ItemKind::Request => Request::from_json_sharing(&self.file, &self.text, schema, shared),
            ItemKind::Deployment => {
                let mut builder = Request::builder(self.file.as_str(), self.text.as_str());
                if let Some(host) = &setting.host {
                    builder = builder.host(host.host());
                }
                let given = setting.options.iter();
                given.fold(builder, |builder, (name, value)| builder.option(name, value)).build(schema)
            }
        }
    }
}
