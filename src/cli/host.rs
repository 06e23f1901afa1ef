//! `plimsoll host`: a recording of this machine.

use std::path::PathBuf;
use std::sync::Arc;

use plimsoll::diagnostics::{Diagnostic, Report, Severity, code};
use plimsoll::eval::Arena;
use plimsoll::facts::host::Host;
use plimsoll::facts::limits;
use plimsoll::facts::record::Recorder;
use plimsoll::facts::request::Request;
use plimsoll::policy::Policy;

use super::given::{Options, warn_of};
use super::input::{Document, Inputs};
use super::machine;
use super::rules::Rules;
use super::terminal::{self, Terminal};

/// Record this machine: all that the rules ask about it for these services
///
/// The recording goes to standard output as JSON. With it as `--host`, `plimsoll render` gives the same bytes anywhere
/// else as on this machine, for the same services and rules. It has what can be listed (capabilities, groups, the
/// version of the kernel and the like), what the rules ask in their own words, and what they ask for each service. Of
/// variables it has only those that services or rules name: they may be secrets, so look at it before you pass it on.
///
/// Without a deployment it has only what does not depend on services.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
#[command(group(clap::ArgGroup::new("parts").multiple(true)))]
pub(super) struct Args {
    /// Deployments, in YAML or JSON; `-` is standard input
    #[arg(value_name = "DEPLOYMENT")]
    deployments: Vec<PathBuf>,

    /// A service to record for, in place of all of them; may be given several times
    #[arg(long = "service", value_name = "NAME", requires = "deployments", help_heading = "What is recorded")]
    services: Vec<String>,

    #[command(flatten, next_help_heading = "What is recorded")]
    options: Options,

    /// A variable of the environment that is recorded too; may be given several times
    #[arg(long = "env", value_name = "NAME", help_heading = "What is recorded")]
    variables: Vec<String>,

    #[command(flatten)]
    rules: Rules,
}

impl Args {
    fn request(&self, document: Document, policy: &Policy, host: &Arc<Recorder>) -> Result<Request, Report> {
        let host: Arc<Recorder> = Arc::clone(host);
        let builder = Request::builder(document.name, document.text).host(host);
        let options = self.options.options.iter();
        options.fold(builder, |builder, (name, value)| builder.option(name, value)).build(policy.schema())
    }

    /// The services of a request that are recorded for.
    fn chosen<'r>(&'r self, request: &'r Request) -> Vec<&'r str> {
        let is_chosen = |name: &&str| self.services.is_empty() || self.services.iter().any(|own| own == name);
        request.services().filter(is_chosen).collect()
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = args.rules.read(&mut inputs);
    let read = |path| inputs.document_or_stdin(path, limits::DEPLOYMENT_BYTES);
    let documents: Vec<Document> = args.deployments.iter().map(|path| path.as_path()).map(read).collect();
    inputs.finish()?;
    let policy = layers.compile()?;
    terminal.report(&policy.warnings());
    let machine = machine::host().map_err(|diagnostic| Report::new(vec![diagnostic], &[]))?;
    let recorder = Arc::new(Recorder::new(machine).with_variables(args.variables.iter().map(String::as_str)));
    policy.ask(&*recorder);
    let requests = documents.into_iter().map(|document| args.request(document, &policy, &recorder));
    let requests = all(requests, terminal)?;
    if let Some(unknown) =
        args.services.iter().find(|name| !requests.iter().any(|it| it.services().any(|own| own == *name)))
        && let Some(last) = requests.last()
    {
        last.facts_of(unknown)?;
    }
    for request in &requests {
        for service in args.chosen(request) {
            if let Err(report) = ask(&policy, request, service) {
                terminal.report(&doubted(report, service));
            }
        }
    }
    unreadable(&recorder)?;
    warn_of(Some(&*recorder), terminal);
    terminal::print(recorder.recording().as_bytes())
}

/// Renders a service only for its questions.
fn ask(policy: &Policy, request: &Request, service: &str) -> Result<(), Report> {
    let (facts, arena) = (request.facts_of(service)?, Arena::new());
    policy.render(&facts, &arena).map(|_| ())
}

/// What refuses a service does not refuse its recording, but it may hold less than another one would.
fn doubted(mut report: Report, service: &str) -> Report {
    let refuses = |it: &Diagnostic| it.severity == Severity::Error && it.code != code::HOST_UNREADABLE;
    report.diagnostics.retain(refuses);
    for diagnostic in &mut report.diagnostics {
        diagnostic.severity = Severity::Warning;
    }
    if let Some(last) = report.diagnostics.last_mut() {
        let told = format!("`{service}` is refused here; all that it asked until then is recorded");
        last.help = Some(last.help.take().map_or(told.clone(), |help| format!("{help}; {told}")));
    }
    report
}

/// A recording without what could not be read would render something else than this machine does.
fn unreadable(recorder: &Recorder) -> Result<(), Report> {
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    let found: Vec<_> = recorder.problems().into_iter().filter(is_error).collect();
    if found.is_empty() { Ok(()) } else { Err(Report::new(found, &[])) }
}

/// All of them, or all that is wrong with any.
fn all(requests: impl Iterator<Item = Result<Request, Report>>, terminal: &Terminal) -> Result<Vec<Request>, Report> {
    let (mut read, mut refused) = (Vec::new(), Vec::new());
    for request in requests {
        match request {
            Ok(request) => read.push(request),
            Err(report) => refused.push(report),
        }
    }
    // Each has its own numbers of sources, so that reports on several cannot be made one.
    let last = refused.pop();
    refused.iter().for_each(|report| terminal.report(report));
    last.map_or(Ok(read), Err)
}
