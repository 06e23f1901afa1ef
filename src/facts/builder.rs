//! A request from its parts, as a command line or a library user has them.

use std::sync::Arc;

use super::decode::Path;
use super::host::{Host, Secrets};
use super::reader::{Parts, Reader, option_nodes};
use super::request::Request;
use crate::diagnostics::Report;
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::FactSchema;
use crate::source::Span;

/// A document and what diagnostics call it.
type Document = (String, String);

/// The parts of a request. Only the deployment is needed.
#[derive(Clone)]
pub struct RequestBuilder {
    deployment: Document,
    service: Option<String>,
    replica: u32,
    image: Option<Document>,
    accounts: Option<Document>,
    #[cfg(target_os = "linux")]
    accounts_of: Option<std::path::PathBuf>,
    recording: Option<Document>,
    host: Option<Arc<dyn Host>>,
    options: Vec<(String, String)>,
    secrets: Option<Arc<dyn Secrets>>,
    bundle: Vec<(&'static str, String)>,
}

impl RequestBuilder {
    pub(super) const fn new(name: String, deployment: String) -> Self {
        Self {
            deployment: (name, deployment),
            service: None,
            replica: 1,
            image: None,
            accounts: None,
            #[cfg(target_os = "linux")]
            accounts_of: None,
            recording: None,
            host: None,
            options: Vec::new(),
            secrets: None,
            bundle: Vec::new(),
        }
    }

    /// Which service it is about; needless where the deployment has only one.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Which of the service's replicas; 1 where not said.
    #[must_use]
    pub const fn replica(mut self, replica: u32) -> Self {
        self.replica = replica;
        self
    }

    /// An image's configuration in JSON: the `config` object, or the whole that has one.
    #[must_use]
    pub fn image(mut self, name: impl Into<String>, json: impl Into<String>) -> Self {
        self.image = Some((name.into(), json.into()));
        self
    }

    /// The accounts of the root file system in JSON: `users` and `groups`, as in a request.
    #[must_use]
    pub fn accounts(mut self, name: impl Into<String>, json: impl Into<String>) -> Self {
        self.accounts = Some((name.into(), json.into()));
        self
    }

    /// The root file system of the image: its accounts are read from `/etc/passwd` and `/etc/group` in it when the request
    /// is built, as [`accounts::of_rootfs`](super::accounts::of_rootfs) says. Goes before accounts in JSON.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn rootfs_accounts(mut self, rootfs: impl Into<std::path::PathBuf>) -> Self {
        self.accounts_of = Some(rootfs.into());
        self
    }

    /// A recording of the host in JSON.
    #[must_use]
    pub fn recording(mut self, name: impl Into<String>, json: impl Into<String>) -> Self {
        self.recording = Some((name.into(), json.into()));
        self
    }

    /// The host itself; goes before a recording. Without either nothing is on the host.
    #[must_use]
    pub fn host(mut self, host: Arc<dyn Host>) -> Self {
        self.host = Some(host);
        self
    }

    /// One option. `value` is taken as it is where text is due, and else is JSON.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((name.into(), value.into()));
        self
    }

    /// Where secrets come from; goes before those of the option `secrets`.
    #[must_use]
    pub fn secrets(mut self, secrets: Arc<dyn Secrets>) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// `options.rootfs`: the root file system of the bundle that is made.
    #[must_use]
    pub fn rootfs(mut self, path: impl Into<String>) -> Self {
        self.bundle.push(("rootfs", path.into()));
        self
    }

    /// `options.bundle`: the folder of the bundle that is made.
    #[must_use]
    pub fn bundle(mut self, path: impl Into<String>) -> Self {
        self.bundle.push(("bundle", path.into()));
        self
    }

    /// Reads all parts.
    ///
    /// # Errors
    ///
    /// Every mistake in any of them, and a service that the deployment does not have.
    pub fn build(&self, schema: &FactSchema) -> Result<Request, Report> {
        let mut reader = Reader::new(schema);
        let deployment = reader.deployment(&self.deployment.0, &self.deployment.1);
        let accounts = self.known_accounts(&mut reader);
        let image = part(&mut reader, self.image.as_ref(), schema.limits().image, |reader, node, at| {
            reader.image(node, accounts, at)
        });
        let host_given = self.host.is_some() || self.recording.is_some();
        let host: Arc<dyn Host> = match &self.host {
            Some(host) => Arc::clone(host),
            None => part(&mut reader, self.recording.as_ref(), schema.limits().recording, |reader, node, at| {
                Arc::new(reader.host(node, at))
            }),
        };
        let nodes = option_nodes(&mut reader, &self.options);
        let (mut options, secrets) = reader.options(Some(&nodes));
        for (name, path) in &self.bundle {
            set(schema, &mut options, name, path);
        }
        let secrets = self.secrets.clone().unwrap_or_else(|| Arc::new(secrets));
        let service = self.service.as_deref().map(|name| (name.into(), Span::NONE));
        let parts = Parts { deployment, service, replica: self.replica, image, options, host, host_given, secrets };
        reader.finish(Some(parts))
    }

    fn known_accounts(&self, reader: &mut Reader<'_>) -> Datum {
        #[cfg(target_os = "linux")]
        if let Some(rootfs) = &self.accounts_of {
            return super::accounts::of_rootfs(rootfs).unwrap_or_else(|diagnostic| {
                reader.decoder.found.push(diagnostic);
                Datum::ABSENT
            });
        }
        part(reader, self.accounts.as_ref(), reader.schema.limits().recording, |reader, node, at| {
            node.map_or(Datum::ABSENT, |node| reader.accounts(node, at))
        })
    }
}

/// Reads a document that may not be there.
fn part<'t, T>(
    reader: &mut Reader<'_>,
    document: Option<&'t Document>,
    limit: usize,
    read: impl FnOnce(&mut Reader<'_>, Option<&super::text::Node<'t>>, &Path<'_>) -> T,
) -> T {
    let node = document.and_then(|(name, text)| reader.json(name, text, limit));
    let name = document.map_or("", |(name, _)| name);
    read(reader, node.as_ref(), &Path::Root(name))
}

/// Gives an option that holds a text.
pub(super) fn set(schema: &FactSchema, options: &mut Datum, name: &str, value: &str) {
    let index = schema.options.index_of(name);
    if let (Kind::Record(values), Some(index)) = (&mut options.kind, index)
        && let Some(slot) = Arc::make_mut(values).get_mut(index)
    {
        *slot = Datum::text(value);
    }
}

/// Nothing of what was given: options and recordings hold secrets.
impl std::fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestBuilder").finish_non_exhaustive()
    }
}
