//! `plimsoll render`: services of a deployment in, their OCI runtime specs out.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::ArgGroup;
use plimsoll::deployment::{Batch, ServiceSpec, render_some};
use plimsoll::diagnostics::{Diagnostic, Report, Severity, code};
use plimsoll::facts::request::Request;
use plimsoll::facts::shared::SharedRecording;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;
use plimsoll::stream::Stream;

use super::given::{self, Given};
use super::input::{Document, Inputs};
use super::interrupt;
use super::machine;
use super::record;
use super::replicas::Replicas;
use super::rules::{Rules, Source};
use super::stream::Input;
use super::terminal::{self, Format, Terminal};
use super::validation::Validation;

/// Render services of a deployment into their OCI runtime specs
///
/// The spec of one service is printed to standard output as JSON, the same bytes for the same input every time. Without
/// `--service`, all services of the deployment are rendered: one spec a line, services in written order and their
/// replicas in the order asked for. With `--out`, each becomes a file. A `--request` is always about one service.
///
/// Warnings and mistakes go to standard error. If a rule refuses any of the services, there is no spec at all: all
/// refusals are reported, and nothing is printed or written.
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE, after_help = super::EXIT_CODES)]
#[command(group(ArgGroup::new("input").args(["deployment", "request", "stream"]).required(true)))]
pub(super) struct Args {
    #[command(flatten)]
    given: Given,

    /// Requests as `--request` takes them, one a line, in place of one: the result of each is a line as well, in order
    ///
    /// FILE is standard input where it is `-` or left out. A line that is no request, or is refused, gets
    /// {"error":{"line":…,"diagnostics":[…]}}. The host of a request without one is that of `--host`, else this machine.
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = "-",
        help_heading = "What is rendered",
        conflicts_with_all = ["deployment", "service", "image", "options", "request", "each", "range", "rootfs", "pretty"]
    )]
    #[cfg_attr(unix, arg(conflicts_with = "out"))]
    stream: Option<PathBuf>,

    #[command(flatten)]
    lines: Lines,

    #[command(flatten)]
    replicas: Replicas,

    /// The root file system of the image: names of users and groups are looked up in its /etc/passwd and /etc/group
    ///
    /// Nothing else of the spec changes: `root.path` stays `rootfs`. `plimsoll bundle` takes a `--rootfs` to start from.
    #[arg(long, value_name = "DIR", help_heading = "What is rendered")]
    rootfs: Option<PathBuf>,

    #[command(flatten)]
    rules: Rules,

    /// Write each spec to a file DIR/{service}-rep-{replica}.json instead: all of them, or none
    ///
    /// The folder is made where it is absent; files of these names are replaced, others stay.
    #[cfg(unix)]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,

    /// Lay out specs over many lines, indented; this is the default for one spec, and for files
    #[arg(long, help_heading = "Output")]
    pretty: bool,

    /// Lay out each spec on one line; this is the default where several are printed
    #[arg(long, conflicts_with = "pretty", help_heading = "Output")]
    compact: bool,

    /// Mask every value that was made from a secret or a variable of the host
    #[arg(long, help_heading = "Output")]
    redact: bool,

    #[command(flatten)]
    validation: Validation,

    /// Append a line to FILE for each render: digests of request, rules and spec, what was said, the rule behind each value,
    /// and the request, so that `plimsoll replay` can tell what other rules would have made of it
    ///
    /// Rules stand in lines of their own. The request holds the secrets and host variables that the render used: a new file
    /// can be read by its owner only. Of this machine it has what the rules asked. What cannot be recorded is not rendered.
    #[arg(long, value_name = "FILE", conflicts_with = "stream", help_heading = "Output")]
    record: Option<PathBuf>,

    /// How warnings and mistakes are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub(super) format: Format,
}

const USAGE: &str = "\
plimsoll render [OPTIONS] <DEPLOYMENT|->
       plimsoll render [OPTIONS] --request <FILE|->
       plimsoll render [OPTIONS] --stream [FILE|-]";

/// What a refused line of a stream means for the others.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is rendered")]
struct Lines {
    /// Go on after a line of `--stream` that is refused; this is the default
    #[arg(long, requires = "stream", conflicts_with_all = ["deployment", "request"])]
    keep_going: bool,

    /// Stop there: its error is the last result
    #[arg(long, requires = "stream", conflicts_with_all = ["deployment", "request", "keep_going"])]
    fail_fast: bool,
}

impl Args {
    /// The service that is rendered; none if all of them are.
    fn service<'r>(&self, request: &'r Request) -> Result<Option<&'r str>, Report> {
        let whole = self.given.request.is_none() && self.given.service.is_none() && request.services().nth(1).is_some();
        if whole { Ok(None) } else { request.service().map(Some) }
    }

    fn style(&self, several: bool) -> Style {
        #[cfg(unix)]
        let several = several && self.out.is_none();
        if self.compact || several && !self.pretty { Style::Compact } else { Style::Pretty }
    }

    fn deliver(&self, specs: &[ServiceSpec], terminal: &Terminal) -> Result<(), Report> {
        #[cfg(unix)]
        if let Some(folder) = &self.out {
            return write(folder, specs, terminal);
        }
        let specs: Vec<&[u8]> = specs.iter().map(|spec| spec.json.as_slice()).collect();
        terminal::print(&specs.concat())
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    match &args.stream {
        Some(requests) => stream(args, requests, terminal),
        None => one(args, terminal),
    }
}

/// Renders a request for each line.
fn stream(args: &Args, requests: &Path, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = args.rules.read(&mut inputs);
    let recording = args.given.recording(&mut inputs);
    let requests = Input::open(requests).map_err(|diagnostic| inputs.refuse(diagnostic));
    inputs.finish()?;
    let policy = layers.compile()?;
    terminal.report(&policy.warnings());
    let read = |Document { name, text }| SharedRecording::from_json(&name, &text, policy.schema());
    let recording = recording.map(read).transpose()?;
    let stream = Stream::new(&policy, Box::new(machine::host)).recording(recording);
    let stream = stream.redacted(args.redact).unvalidated(args.validation.no_validate);
    let Ok(requests) = requests else { return Ok(()) };
    let done = super::stream::run(&stream, requests, args.lines.fail_fast, terminal);
    given::warn_of(stream.host(), terminal);
    done
}

/// Renders a deployment, or a request.
fn one(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = args.rules.read(&mut inputs);
    let texts = args.given.read(&mut inputs);
    let accounts = given::accounts(args.rootfs.as_deref(), &mut inputs);
    inputs.finish()?;
    let (policy, conflicts) = compile(layers)?;
    // The process ends with it: taking it apart before would take longer than the render.
    let policy = ManuallyDrop::new(policy);
    let refused = |report: Report| match &conflicts {
        Some(conflicts) => joined(conflicts.clone(), report),
        None => report,
    };
    if conflicts.is_none() {
        terminal.report(&policy.warnings());
    }
    let recording = texts.host();
    let (request, machine) = texts.request(policy.schema(), accounts).map_err(refused)?;
    let request = ManuallyDrop::new(request);
    terminal.report(&Report::new(request.warnings().to_vec(), &[request.sources()]));
    let (service, replicas) = (args.service(&request)?, args.replicas.list());
    let style = args.style(service.is_none() || replicas.len() > 1);
    let (redacted, unvalidated) = (args.redact, args.validation.no_validate);
    let batch = Batch { service, replicas: &replicas, style, redacted, unvalidated };
    let specs = render_some(&policy, &request, &batch);
    given::warn_of(machine.as_deref(), terminal);
    // No spec comes out that is not in the record, and no refusal is left out of it.
    if let Some(file) = args.record.as_deref().filter(|_| conflicts.is_none()) {
        record::append(file, &policy, &request, &batch, recording.as_deref())?;
    }
    let mut specs = specs.map_err(refused)?;
    if let Some(conflicts) = conflicts {
        return Err(conflicts);
    }
    // A compact spec has no end of line of its own.
    for spec in specs.iter_mut().filter(|spec| !spec.json.ends_with(b"\n")) {
        spec.json.push(b'\n');
    }
    warn(&specs, terminal);
    for spec in &specs {
        let files: Vec<_> = spec.files.iter().map(|(name, _)| format!("`{name}`")).collect();
        if !files.is_empty() {
            let (id, files) = (spec.id(), files.join(", "));
            terminal.note(&format!("note: the bundle of `{id}` also holds {files}, not given here"));
        }
    }
    args.deliver(&specs, terminal)
}

fn joined(mut report: Report, other: Report) -> Report {
    report.append(other);
    report
}

/// The policy. One whose only mistakes are conflicts is rendered all the same, with these, to tell whether a service runs
/// into them; no spec comes out.
pub(super) fn compile(layers: Source) -> Result<(Policy, Option<Report>), Report> {
    layers.clone().compile().map(|policy| (policy, None)).or_else(|report| {
        let mut errors = report.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        if errors.all(|error| error.code == code::CONFLICT) {
            layers.compile_unanalysed().map(|policy| (policy, Some(report)))
        } else {
            Err(report)
        }
    })
}

/// Shows what rules warn of; replicas of one service are mostly warned of the same.
fn warn(specs: &[ServiceSpec], terminal: &Terminal) {
    let mut shown: Vec<Diagnostic> = Vec::new();
    for spec in specs {
        let mut report = spec.warnings.clone();
        report.diagnostics.retain(|diagnostic| !shown.contains(diagnostic));
        terminal.report(&report);
        shown.append(&mut report.diagnostics);
    }
}

#[cfg(unix)]
fn write(folder: &std::path::Path, specs: &[ServiceSpec], terminal: &Terminal) -> Result<(), Report> {
    let names: Vec<String> = specs.iter().map(ServiceSpec::file_name).collect();
    let files = names.iter().zip(specs).map(|(name, spec)| (name.as_str(), spec.json.as_slice()));
    let _whole = interrupt::hold();
    plimsoll::bundle::write_specs(folder, files).map_err(|error| Report::new(vec![error.diagnostic()], &[]))?;
    let count = if specs.len() == 1 { "1 spec".to_owned() } else { format!("{} specs", specs.len()) };
    terminal.note(&format!("wrote {count} to {}", folder.display()));
    Ok(())
}
