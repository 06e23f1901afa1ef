//! Whole deployments: every service at once, or all that refuses any of them.

use std::fmt;

use crate::diagnostics::{Diagnostic, Report};
use crate::eval::Arena;
use crate::facts::request::Request;
use crate::output::json::Style;
use crate::policy::Policy;
use crate::source::Span;

/// One rendered container of a deployment. It may hold secrets, so `Debug` shows only how much there is.
#[derive(Clone)]
pub struct ServiceSpec {
    /// The service's name.
    pub service: String,
    /// Which of its replicas.
    pub replica: u32,
    /// Its spec as canonical JSON.
    pub json: Vec<u8>,
    /// Side files of its bundle: name and text.
    pub files: Vec<(String, String)>,
    /// The warnings that rules gave.
    pub warnings: Report,
}

impl fmt::Debug for ServiceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.files.iter().map(|(name, text)| (name, text.len()));
        f.debug_struct("ServiceSpec")
            .field("id", &self.id())
            .field("json", &self.json.len())
            .field("files", &files.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl ServiceSpec {
    /// The container's id: `{service}-rep-{replica}`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-rep-{}", self.service, self.replica)
    }

    /// The name of its file in a folder of specs: `{service}-rep-{replica}.json`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.json", self.id())
    }
}

/// Renders every service of a request's deployment, in written order; which service the request names does not
/// matter. `replicas` are the numbers of the containers that each service gets; where it is empty, that is the one that
/// the request says.
///
/// # Errors
///
/// All that refuses any container. What refuses several in the same words and places is told once. Each diagnostic points
/// to its service, so that it can be told whom a rule refuses.
pub fn render_all(
    policy: &Policy,
    request: &Request,
    replicas: &[u32],
    style: Style,
) -> Result<Vec<ServiceSpec>, Report> {
    let own = [request.replica()];
    let replicas = if replicas.is_empty() { &own } else { replicas };
    let mut specs = Vec::new();
    let mut refusals = Report::new(Vec::new(), &[]);
    let mut arena = Arena::new();
    for service in request.services() {
        let mut of_service = Vec::new();
        for replica in replicas {
            arena.reset();
            match render(policy, request, (service, *replica), style, &arena) {
                Ok(spec) if refusals.diagnostics.is_empty() => specs.push(spec),
                Ok(_) => {}
                Err(mut report) => {
                    let found = std::mem::take(&mut report.diagnostics);
                    let place = request.place(service);
                    for diagnostic in found.into_iter().map(|diagnostic| naming(place, diagnostic)) {
                        if !of_service.contains(&diagnostic) {
                            of_service.push(diagnostic);
                        }
                    }
                    refusals.append(report);
                }
            }
        }
        refusals.append(Report::new(of_service, &[request.sources()]));
    }
    if refusals.diagnostics.is_empty() { Ok(specs) } else { Err(refusals) }
}

/// Points to the service that a diagnostic is about, unless it does so already.
fn naming(place: Span, diagnostic: Diagnostic) -> Diagnostic {
    match diagnostic.labels.iter().any(|label| label.span == place) {
        true => diagnostic,
        false => diagnostic.label(place, "of this service"),
    }
}

fn render(
    policy: &Policy,
    request: &Request,
    (service, replica): (&str, u32),
    style: Style,
    arena: &Arena,
) -> Result<ServiceSpec, Report> {
    let facts = request.facts_of_replica(service, replica)?;
    let rendered = policy.render(&facts, arena)?;
    Ok(ServiceSpec {
        service: service.to_owned(),
        replica,
        json: rendered.json(style)?,
        files: rendered.files().map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
        warnings: rendered.warnings(),
    })
}
