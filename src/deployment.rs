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
    /// The warnings that rules gave, and of what runtimes would drop.
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

/// Renders every service of a request's deployment, in written order, and validates each; which service the request names does not
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
    render_some(policy, request, &Batch { replicas, style, ..Batch::default() })
}

/// Which containers of a deployment are rendered, and how their specs are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batch<'b> {
    /// One service; all of them where none is named.
    pub service: Option<&'b str>,
    /// The numbers of the containers of each service; where it is empty, that is the one that the request says.
    pub replicas: &'b [u32],
    /// How JSON is laid out.
    pub style: Style,
    /// Whether what was made from secrets and host variables is masked; side files have no text then.
    pub redacted: bool,
    /// Whether specs are not held against what runtimes ask of one, see [`Rendered::validate`](crate::policy::Rendered::validate).
    pub unvalidated: bool,
}

/// Renders some containers of a request's deployment: services in written order, and the replicas of each as they are
/// listed. Where it is about several services, diagnostics and warnings point to theirs.
///
/// # Errors
///
/// As [`render_all`].
pub fn render_some(policy: &Policy, request: &Request, batch: &Batch<'_>) -> Result<Vec<ServiceSpec>, Report> {
    let own = [request.replica()];
    let replicas = if batch.replicas.is_empty() { &own } else { batch.replicas };
    let services: Vec<&str> = batch.service.map_or_else(|| request.services().collect(), |service| vec![service]);
    let named = |service: &str, report: Report| match batch.service {
        Some(_) => report,
        None => naming_all(request, service, report),
    };
    let mut specs = Vec::new();
    let mut refusals = Report::new(Vec::new(), &[]);
    let mut arena = Arena::new();
    for service in services {
        let mut of_service = Vec::new();
        for replica in replicas {
            arena.reset();
            match render(policy, request, (service, *replica), batch, &arena) {
                Ok(mut spec) if refusals.diagnostics.is_empty() => {
                    spec.warnings = named(service, spec.warnings);
                    specs.push(spec);
                }
                Ok(_) => {}
                Err(report) => {
                    let mut report = named(service, report);
                    report.diagnostics.retain(|diagnostic| !of_service.contains(diagnostic));
                    of_service.extend(report.diagnostics.iter().cloned());
                    refusals.append(report);
                }
            }
        }
    }
    if refusals.diagnostics.is_empty() { Ok(specs) } else { Err(refusals) }
}

/// Has every diagnostic of a report point to the service that it is about.
fn naming_all(request: &Request, service: &str, mut report: Report) -> Report {
    let place = request.place(service);
    let found = std::mem::take(&mut report.diagnostics);
    let found = found.into_iter().map(|diagnostic| naming(place, diagnostic));
    report.append(Report::new(found.collect(), &[request.sources()]));
    report
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
    batch: &Batch<'_>,
    arena: &Arena,
) -> Result<ServiceSpec, Report> {
    let facts = request.facts_of_replica(service, replica)?;
    let rendered = if batch.redacted { policy.trace(&facts, arena)? } else { policy.render(&facts, arena)? };
    let mut warnings = rendered.warnings();
    if !batch.unvalidated {
        warnings.append(rendered.validate()?);
    }
    let json = if batch.redacted { rendered.redacted_json(batch.style)? } else { rendered.json(batch.style)? };
    let shown = |text: &str| if batch.redacted { String::new() } else { text.to_owned() };
    Ok(ServiceSpec {
        service: service.to_owned(),
        replica,
        json,
        files: rendered.files().map(|(name, text)| (name.to_owned(), shown(text))).collect(),
        warnings,
    })
}
