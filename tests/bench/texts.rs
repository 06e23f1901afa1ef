//! From text to bytes: a request in JSON as a stream reads it, and a deployment in YAML. Parsing alone, by serde into
//! plain types, is what each is compared with.

#![expect(clippy::indexing_slicing, reason = "its own requests have what is asked of them")]

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use plimsoll::facts::host::Host;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;
use plimsoll::stream::Stream;
use serde_json::Value;

use super::inputs::Input;
use super::measure::Contender;
use super::mirror;

/// The texts of an input.
pub(crate) struct Texts {
    /// A request that is JSON throughout.
    pub(crate) json: String,
    yaml: String,
    options: Vec<(String, String)>,
    host: Arc<dyn Host>,
}

impl Texts {
    pub(crate) fn of(input: &Input, policy: &Policy) -> Result<Self, Box<dyn Error>> {
        let mut request: Value = serde_json::from_str(input.request)?;
        let yaml = request["deployment"].as_str().unwrap_or_default().to_owned();
        let options = request["options"].as_object().into_iter().flatten();
        let options = options.map(|(name, value)| (name.clone(), value.to_string())).collect();
        // What sorts its keys must not touch the deployment, whose order means something.
        let deployment: mirror::Deployment = serde_saphyr::from_str(&yaml)?;
        request["deployment"] = Value::from("DEPLOYMENT");
        let json = request.to_string().replace("\"DEPLOYMENT\"", &serde_json::to_string(&deployment)?);
        let host = Request::from_json(input.name, input.request, policy.schema())?.facts()?.host;
        Ok(Self { json, yaml, options, host })
    }

    /// Everyone who reads the request, the measure first.
    pub(crate) fn of_json<'i>(&'i self, policy: &'i Policy) -> Vec<Contender<'i>> {
        let stream = Stream::new(
            policy,
            Box::new(|| {
                Err(plimsoll::diagnostics::Diagnostic::new(
                    plimsoll::diagnostics::code::INTERNAL,
                    "every request has a host",
                ))
            }),
        );
        let memory = (stream.memory(), Vec::new());
        let serde =
            || serde_json::from_str::<mirror::Request>(black_box(&self.json)).map_or(0, |it| it.host.devices.len() + 1);
        vec![
            Contender::new("serde_json", serde),
            Contender::with("request", memory, move |(memory, out)| {
                out.clear();
                let answer = stream.answer(1, black_box(&self.json).as_bytes(), memory, out);
                if answer.refused { 0 } else { out.len() - 1 }
            })
            .at_most(1.3),
        ]
    }

    /// Everyone who reads the deployment, the measure first.
    pub(crate) fn of_yaml<'i>(&'i self, policy: &'i Policy) -> Vec<Contender<'i>> {
        let serde =
            || serde_saphyr::from_str::<mirror::Deployment>(black_box(&self.yaml)).map_or(0, |it| it.services.len());
        let memory = (plimsoll::eval::Arena::new(), Vec::new());
        vec![
            Contender::new("serde-saphyr", serde),
            Contender::with("deployment", memory, |(arena, out)| {
                out.clear();
                arena.reset();
                let builder =
                    Request::builder("shop.yaml", black_box(&self.yaml).as_str()).host(Arc::clone(&self.host));
                let given = self.options.iter();
                let builder = given.fold(builder, |builder, (name, value)| builder.option(name, value));
                let request = builder.build(policy.schema());
                let facts = request.and_then(|request| request.facts());
                let written = facts.and_then(|facts| policy.render(&facts, arena)?.write_json(Style::Compact, out));
                written.map_or(0, |()| out.len())
            })
            .at_most(1.2),
        ]
    }
}
