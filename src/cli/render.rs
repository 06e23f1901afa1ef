//! `plimsoll render`: one service of a deployment in, its OCI runtime spec out.

use std::path::PathBuf;

use plimsoll::diagnostics::Report;
use plimsoll::eval::Arena;
use plimsoll::facts::limits;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::schema::facts::FactSchema;

use super::input::{Document, Inputs};
use super::terminal::{self, Terminal};

/// Render a service of a deployment into its OCI runtime spec
///
/// The spec is printed to standard output as JSON, the same bytes for the same input every time; warnings and
/// mistakes go to standard error. If a rule refuses the service, there is no spec.
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE, after_help = super::EXIT_CODES)]
pub(super) struct Args {
    #[command(flatten)]
    parts: Parts,

    /// A request in JSON in place of all these: deployment, service, replica, image, host and options in one document;
    /// `-` is standard input
    ///
    /// Where it has no `host`, that is the empty recording too.
    #[arg(long, value_name = "FILE", conflicts_with = "parts", help_heading = "What is rendered")]
    request: Option<PathBuf>,

    /// A layer of rules on top of the standard policy: a `.plim` file or a folder of them; may be given several times
    #[arg(long, value_name = "LAYER", help_heading = "Rules")]
    rules: Vec<PathBuf>,

    /// Take the layers alone instead of on top of the standard policy
    #[arg(long, requires = "rules", help_heading = "Rules")]
    no_standard: bool,

    /// Print the spec over many lines, indented; this is the default
    #[arg(long, help_heading = "Output")]
    pretty: bool,

    /// Print the spec on one line
    #[arg(long, conflicts_with = "pretty", help_heading = "Output")]
    compact: bool,
}

const USAGE: &str = "\
plimsoll render [OPTIONS] <DEPLOYMENT|->
       plimsoll render [OPTIONS] --request <FILE|->";

const NO_HOST: &str = "note: without `--host FILE` the host is the empty recording: no devices, paths or variables";

/// What is rendered.
#[derive(Debug, clap::Args)]
#[group(id = "parts", multiple = true)]
struct Parts {
    /// The deployment, in YAML or JSON; `-` is standard input
    #[arg(required_unless_present = "request")]
    deployment: Option<PathBuf>,

    /// The service to render; needless where the deployment has only one
    #[arg(long, value_name = "NAME", help_heading = "What is rendered")]
    service: Option<String>,

    /// Which of its replicas
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 1,
        help_heading = "What is rendered"
    )]
    replica: u32,

    /// The image's configuration in JSON
    #[arg(long, value_name = "FILE", help_heading = "What is rendered")]
    image: Option<PathBuf>,

    /// A recording of the host in JSON; what it does not list is not on that host
    ///
    /// Without it the recording is the empty one: no device, no path, no variable, control groups of version 2, every
    /// capability. This machine is not read.
    #[arg(long, value_name = "FILE", help_heading = "What is rendered")]
    host: Option<PathBuf>,

    /// What the caller asks for, such as hostname=web-1; VALUE is text or, where no text is due, JSON; may be given
    /// several times
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = option, help_heading = "What is rendered")]
    options: Vec<(String, String)>,
}

/// The texts of what is rendered.
#[derive(Debug)]
enum Source {
    Request(Document),
    Parts { deployment: Document, image: Option<Document>, host: Option<Document> },
}

impl Args {
    fn read(&self, inputs: &mut Inputs) -> Source {
        if let Some(path) = &self.request {
            return Source::Request(inputs.document_or_stdin(path, limits::REQUEST_BYTES));
        }
        let parts = &self.parts;
        let deployment = parts.deployment.as_deref();
        Source::Parts {
            deployment: deployment
                .map(|path| inputs.document_or_stdin(path, limits::DEPLOYMENT_BYTES))
                .unwrap_or_default(),
            image: parts.image.as_deref().map(|path| inputs.document(path, limits::IMAGE_BYTES)),
            host: parts.host.as_deref().map(|path| inputs.document(path, limits::RECORDING_BYTES)),
        }
    }

    fn request(&self, source: Source, schema: &FactSchema) -> Result<Request, Report> {
        match source {
            Source::Request(document) => Request::from_json(&document.name, &document.text, schema),
            Source::Parts { deployment, image, host } => {
                let mut builder = Request::builder(deployment.name, deployment.text).replica(self.parts.replica);
                if let Some(service) = &self.parts.service {
                    builder = builder.service(service);
                }
                if let Some(image) = image {
                    builder = builder.image(image.name, image.text);
                }
                if let Some(host) = host {
                    builder = builder.recording(host.name, host.text);
                }
                for (name, value) in &self.parts.options {
                    builder = builder.option(name, value);
                }
                builder.build(schema)
            }
        }
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = inputs.layers(&args.rules, !args.no_standard);
    let source = args.read(&mut inputs);
    inputs.finish()?;
    let policy = layers.compile()?;
    terminal.report(&policy.warnings());
    let no_host = matches!(&source, Source::Parts { host: None, .. });
    let request = args.request(source, policy.schema())?;
    terminal.report(&Report::new(request.warnings().to_vec(), &[request.sources()]));
    let facts = request.facts()?;
    if no_host {
        terminal.note(NO_HOST);
    }
    let arena = Arena::new();
    let rendered = policy.render(&facts, &arena)?;
    let mut spec = rendered.json(if args.compact { Style::Compact } else { Style::Pretty })?;
    if args.compact {
        spec.push(b'\n');
    }
    terminal.report(&rendered.warnings());
    let files: Vec<_> = rendered.files().map(|(name, _)| format!("`{name}`")).collect();
    if !files.is_empty() {
        terminal.note(&format!("note: the bundle of this spec also holds {}, not printed here", files.join(", ")));
    }
    terminal::print(&spec)
}

fn option(written: &str) -> Result<(String, String), String> {
    match written.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as hostname=web-1".to_owned()),
    }
}
