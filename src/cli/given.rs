//! What is known about services, as the command line gives it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ArgGroup;
use clap::builder::{Resettable, Str};
use plimsoll::diagnostics::{Report, Severity};
use plimsoll::facts::datum::Datum;
use plimsoll::facts::host::Host;
use plimsoll::facts::limits;
use plimsoll::facts::request::Request;
use plimsoll::schema::facts::FactSchema;

use super::input::{Document, Inputs};
use super::machine;
use super::terminal::Terminal;

/// A request, or its parts.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("parts").multiple(true)), next_help_heading = "What is rendered")]
pub(super) struct Given {
    /// The deployment, in YAML or JSON; `-` is standard input
    #[arg(help_heading = Resettable::<Str>::Reset, group = "parts")]
    deployment: Option<PathBuf>,

    /// The service; needless where the deployment has only one
    #[arg(long, value_name = "NAME", group = "parts")]
    pub(super) service: Option<String>,

    #[command(flatten)]
    image: Image,

    /// A recording of the host in JSON, as `plimsoll host` prints it; what it does not list is not on that host
    ///
    /// Without it this machine is read, as far as rules ask about it.
    #[arg(long, value_name = "FILE", group = "parts")]
    host: Option<PathBuf>,

    #[command(flatten)]
    options: Options,

    /// A request in JSON in place of all these: deployment, service, replica, image, accounts, host and options in one
    /// document; `-` is standard input
    ///
    /// Where it has no `host`, this machine is read.
    #[arg(long, value_name = "FILE", conflicts_with = "parts")]
    pub(super) request: Option<PathBuf>,
}

/// The image.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct Image {
    /// The image's configuration: a JSON file, the folder of an OCI image layout, or an archive as `docker save` writes it
    ///
    /// Of an image for several processors, the configuration for the host's is taken.
    #[arg(long, value_name = "PATH", group = "parts")]
    image: Option<PathBuf>,

    /// Which image of a layout or archive that holds several, such as nginx:alpine
    #[arg(long, value_name = "NAME", requires = "image", group = "parts")]
    image_name: Option<String>,
}

/// What the caller asks for.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Options {
    /// What the caller asks for, such as hostname=web-1; VALUE is text or, where no text is due, JSON; may be given
    /// several times
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = option, group = "parts")]
    pub(super) options: Vec<(String, String)>,
}

/// What was read: the texts of a request or of its parts.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    given: &'a Given,
    document: Document,
    image: Option<Document>,
    host: Option<Document>,
}

impl Given {
    /// The recording of the host.
    pub(super) fn recording(&self, inputs: &mut Inputs) -> Option<Document> {
        self.host.as_deref().map(|path| inputs.document(path, limits::RECORDING_BYTES))
    }

    pub(super) fn read(&self, inputs: &mut Inputs) -> Texts<'_> {
        let (path, limit) = match (&self.request, &self.deployment) {
            (Some(path), _) => (Some(path), limits::REQUEST_BYTES),
            (None, path) => (path.as_ref(), limits::DEPLOYMENT_BYTES),
        };
        let document = path.map(|path| inputs.document_or_stdin(path, limit)).unwrap_or_default();
        let host = self.recording(inputs);
        let image = self.image.image.as_deref().map(|path| {
            let arch = host.as_ref().map_or_else(machine::arch, |host| recorded_arch(&host.text));
            inputs.image(path, self.image.image_name.as_deref(), arch.as_deref())
        });
        Texts { given: self, document, image, host }
    }
}

impl Texts<'_> {
    /// The recording of the host as it was given, whether in a file of its own or in a request.
    pub(super) fn host(&self) -> Option<String> {
        if self.given.request.is_none() {
            return self.host.as_ref().map(|host| host.text.clone());
        }
        let request: serde_json::Value = serde_json::from_str(&self.document.text).ok()?;
        request.get("host").filter(|host| !host.is_null()).map(serde_json::Value::to_string)
    }

    /// The request, and this machine if that is the host.
    pub(super) fn request(
        self,
        schema: &FactSchema,
        accounts: Option<Datum>,
    ) -> Result<(Request, Option<Arc<dyn Host>>), Report> {
        let Document { name, text } = self.document;
        let request = if self.given.request.is_some() {
            Request::from_json(&name, &text, schema)?
        } else {
            let mut builder = Request::builder(name, text);
            if let Some(service) = &self.given.service {
                builder = builder.service(service);
            }
            if let Some(image) = self.image {
                builder = builder.image(image.name, image.text);
            }
            if let Some(host) = self.host {
                builder = builder.recording(host.name, host.text);
            }
            let options = &self.given.options.options;
            options.iter().fold(builder, |builder, (name, value)| builder.option(name, value)).build(schema)?
        };
        let request = match accounts {
            Some(accounts) => request.with_accounts(schema, accounts),
            None => request,
        };
        if request.has_host() {
            return Ok((request, None));
        }
        let machine = machine::host().map_err(|diagnostic| Report::new(vec![diagnostic], &[]))?;
        Ok((request.on_host(Arc::clone(&machine)), Some(machine)))
    }
}

/// Shows what could not be read of a host and counts as absent; what refuses is in what refused.
pub(super) fn warn_of(host: Option<&dyn Host>, terminal: &Terminal) {
    let mut problems = host.map(Host::problems).unwrap_or_default();
    problems.retain(|diagnostic| diagnostic.severity < Severity::Error);
    terminal.report(&Report::new(problems, &[]));
}

/// The accounts of a root file system, where one is named.
pub(super) fn accounts(rootfs: Option<&Path>, inputs: &mut Inputs) -> Option<Datum> {
    let read = machine::accounts(rootfs?);
    read.map_err(|diagnostic| inputs.refuse(diagnostic)).ok()
}

/// The processor that a recording names; what else is wrong with it is said when it is read.
fn recorded_arch(recording: &str) -> Option<String> {
    let recording: serde_json::Value = serde_json::from_str(recording).ok()?;
    recording.get("arch")?.as_str().map(str::to_owned)
}

fn option(written: &str) -> Result<(String, String), String> {
    match written.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as hostname=web-1".to_owned()),
    }
}
