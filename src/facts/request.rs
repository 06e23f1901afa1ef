//! A request: a deployment and all that a caller says about one container of it, read once and checked whole.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Facts;
use super::builder::RequestBuilder;
use super::deployment::{Deployment, Service};
use super::host::{Host, Secrets};
use super::reader::Reader;
use super::shared::SharedHost;
use crate::diagnostics::{Diagnostic, Report, code};
use crate::facts::datum::{Datum, Kind};
use crate::facts::text::{shown, suggest};
use crate::schema::facts::FactSchema;
use crate::source::{SourceMap, Span};

/// A request that was read. Facts of any of its services can be had without reading it again.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) deployment: Arc<Deployment>,
    pub(super) service: Option<(SmolStr, Span)>,
    pub(super) replica: u32,
    pub(super) image: Datum,
    pub(super) options: Datum,
    pub(super) host: Arc<dyn Host>,
    /// Whether anybody said what the host is.
    pub(super) host_given: bool,
    pub(super) secrets: Arc<dyn Secrets>,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) sources: SourceMap,
}

impl Request {
    /// Reads a request, a JSON document; `name` is what diagnostics call it. Without `host` it gets an empty
    /// recording: this machine is never read.
    ///
    /// # Errors
    ///
    /// Every mistake of the whole document, and a service that the deployment does not have.
    pub fn from_json(name: &str, text: &str, schema: &FactSchema) -> Result<Self, Report> {
        Reader::new(schema).request(name, text)
    }

    /// Reads one of many requests, which mostly have their host in common: it is read anew only where it differs from
    /// the one before. In diagnostics it is a source of its own, called `host`.
    ///
    /// # Errors
    ///
    /// As [`Request::from_json`].
    pub fn from_json_sharing(
        name: &str,
        text: &str,
        schema: &FactSchema,
        shared: &mut SharedHost,
    ) -> Result<Self, Report> {
        Reader::new(schema).request_sharing(name, text, shared)
    }

    /// A request from its parts, beginning with a deployment and what diagnostics call it.
    #[must_use]
    pub fn builder(name: impl Into<String>, deployment: impl Into<String>) -> RequestBuilder {
        RequestBuilder::new(name.into(), deployment.into())
    }

    /// The same request for a bundle: its absolute path, and that of its root file system where this is elsewhere.
    /// Rules read them as `options.bundle` and `options.rootfs`.
    #[must_use]
    pub fn in_bundle(mut self, schema: &FactSchema, path: &str, rootfs: Option<&str>) -> Self {
        for (name, path) in [("bundle", Some(path)), ("rootfs", rootfs)] {
            if let Some(path) = path {
                super::builder::set(schema, &mut self.options, name, path);
            }
        }
        self
    }

    /// Whether a host or a recording was given; else nothing is on the host.
    #[must_use]
    pub const fn has_host(&self) -> bool {
        self.host_given
    }

    /// The same request on another host.
    #[must_use]
    pub fn on_host(self, host: Arc<dyn Host>) -> Self {
        Self { host, host_given: true, ..self }
    }

    /// Whether accounts of a root file system were given.
    #[must_use]
    pub fn has_accounts(&self, schema: &FactSchema) -> bool {
        let index = schema.image.index_of("accounts");
        match (&self.image.kind, index) {
            (Kind::Record(values), Some(index)) => values.get(index).is_some_and(|accounts| !accounts.is_absent()),
            _ => false,
        }
    }

    /// The same request with these accounts, as [`accounts::of_rootfs`](super::accounts::of_rootfs) reads them.
    #[must_use]
    pub fn with_accounts(mut self, schema: &FactSchema, accounts: Datum) -> Self {
        if let (Kind::Record(values), Some(index)) = (&mut self.image.kind, schema.image.index_of("accounts"))
            && let Some(slot) = Arc::make_mut(values).get_mut(index)
        {
            *slot = accounts;
        }
        self
    }

    /// The names of the deployment's services, in written order.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.deployment.services.keys().map(|name| &**name)
    }

    /// The deployment's name.
    #[must_use]
    pub fn deployment(&self) -> &str {
        &self.deployment.name
    }

    /// Which of the service's replicas it is about.
    #[must_use]
    pub const fn replica(&self) -> u32 {
        self.replica
    }

    /// Where a service's name stands in the deployment.
    pub(crate) fn place(&self, service: &str) -> Span {
        self.deployment.services.get(service).map_or(Span::NONE, |service| service.name)
    }

    /// What the file of the deployment is called.
    #[must_use]
    pub fn deployment_file(&self) -> Option<&str> {
        Some(&self.sources.get(self.deployment.place.source)?.name)
    }

    /// A service as it is written in the deployment, indented as far as need be; of a document on one line, as much as
    /// fits on one.
    #[must_use]
    pub fn written(&self, service: &str, most_lines: usize) -> String {
        const LONG: usize = 2000;
        let place = self.place(service);
        let Some(source) = self.sources.get(place.source) else { return String::new() };
        let (text, start) = (&*source.text, place.start as usize);
        let begin = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let rest = text.get(begin..).unwrap_or_default();
        let indent = |line: &str| line.len() - line.trim_start().len();
        let own = start - begin;
        let more = rest.lines().skip(1).take_while(|line| line.trim().is_empty() || indent(line) > own);
        let lines = rest.lines().take(1).chain(more).take(most_lines);
        let text: String =
            lines.map(|line| format!("{}\n", line.get(own.min(indent(line))..).unwrap_or(line))).collect();
        match text.char_indices().nth(LONG) {
            Some((end, _)) if text.lines().nth(1).is_none() => format!("{}…", text.get(..end).unwrap_or_default()),
            _ => text,
        }
    }

    /// What is doubtful but refuses nothing.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The texts that the request was read from.
    #[must_use]
    pub const fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// The service that the request names, else the only one there is.
    ///
    /// # Errors
    ///
    /// If it names none and there are several, or none at all.
    pub fn service(&self) -> Result<&str, Report> {
        if let Some((name, _)) = &self.service {
            return Ok(name);
        }
        let mut names = self.services();
        match (names.next(), names.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => {
                let diagnostic = Diagnostic::new(code::UNKNOWN_SERVICE, "the deployment has no services");
                Err(self.report(vec![diagnostic.label(self.deployment.place, "")]))
            }
            (Some(_), Some(_)) => {
                let names: Vec<_> = self.services().take(20).map(|name| format!("`{}`", shown(name))).collect();
                let message = "the deployment has several services and none of them is chosen";
                let help = format!("name one of {}", names.join(", "));
                let diagnostic = Diagnostic::new(code::UNKNOWN_SERVICE, message).label(self.deployment.place, "");
                Err(self.report(vec![diagnostic.help(help)]))
            }
        }
    }

    /// The facts of the service that the request is about.
    ///
    /// # Errors
    ///
    /// If no service is chosen, or that service has values that nothing can be made of.
    pub fn facts(&self) -> Result<Facts, Report> {
        self.facts_of(self.service()?)
    }

    /// The same of a request that is needed for nothing else.
    ///
    /// # Errors
    ///
    /// As [`Request::facts`].
    pub fn into_facts(mut self) -> Result<Facts, Report> {
        let name = self.service()?.to_owned();
        let span = self.sound(&name)?.name;
        let container = self.container(&name, self.replica, span);
        // Copies of the request may need it still.
        let service = match Arc::get_mut(&mut self.deployment).and_then(|own| own.services.swap_remove(&*name)) {
            Some(service) => service.facts,
            None => self.sound(&name)?.facts.clone(),
        };
        let Self { image, options, host, secrets, sources, .. } = self;
        Ok(Facts { service, container, image, options, host, secrets, sources })
    }

    /// The facts of one service of the deployment, everything else being as the request says.
    ///
    /// # Errors
    ///
    /// If the deployment has no such service, no container can have its name, or it has values that nothing
    /// can be made of.
    pub fn facts_of(&self, name: &str) -> Result<Facts, Report> {
        self.facts_of_replica(name, self.replica)
    }

    /// The facts of one container of a service.
    ///
    /// # Errors
    ///
    /// As [`Request::facts_of`].
    pub fn facts_of_replica(&self, name: &str, replica: u32) -> Result<Facts, Report> {
        let service = self.sound(name)?;
        Ok(Facts {
            service: service.facts.clone(),
            container: self.container(name, replica, service.name),
            image: self.image.clone(),
            options: self.options.clone(),
            host: Arc::clone(&self.host),
            secrets: Arc::clone(&self.secrets),
            sources: self.sources.clone(),
        })
    }

    /// A service of which there can be a container.
    fn sound(&self, name: &str) -> Result<&Service, Report> {
        let found = self.deployment.services.get(name);
        let service: &Service = found.ok_or_else(|| self.report(vec![self.unknown(name, Span::NONE)]))?;
        let mut refused = service.refused.clone().into_list();
        if !is_service_name(name) {
            refused.push(
                Diagnostic::new(code::BAD_SERVICE_NAME, format!("no container can be named after `{}`", shown(name)))
                    .label(service.name, "")
                    .help("a service's name is letters, digits, `_`, `.` and `-`, with a letter or digit first"),
            );
        }
        if !refused.is_empty() {
            return Err(self.report(refused));
        }
        Ok(service)
    }

    fn container(&self, service: &str, replica: u32, span: Span) -> Datum {
        let id = [service, "-rep-", itoa::Buffer::new().format(replica)].concat();
        let name = Kind::Text(self.deployment.name.clone());
        let values = [Kind::Text(id.into()), Kind::Text(service.into()), Kind::Int(replica.into()), name];
        Datum::at(span, Kind::Record(Arc::new(values.map(|kind| Datum::at(span, kind)))))
    }

    /// Says that the deployment has no such service.
    pub(super) fn unknown(&self, name: &str, span: Span) -> Diagnostic {
        let message = format!("the deployment has no service `{}`", shown(name));
        let place = if span.is_none() { self.deployment.place } else { span };
        let diagnostic = Diagnostic::new(code::UNKNOWN_SERVICE, message).label(place, "");
        let diagnostic = suggest(diagnostic, span, name, self.services());
        if diagnostic.help.is_some() {
            return diagnostic;
        }
        let names: Vec<_> = self.services().take(20).map(|name| format!("`{}`", shown(name))).collect();
        diagnostic.help(if names.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        })
    }

    /// The name that the request gives, if the deployment does not have it.
    pub(super) fn misnamed(&self) -> Option<Diagnostic> {
        let (name, span) = self.service.as_ref()?;
        (!self.deployment.services.contains_key(&**name)).then(|| self.unknown(name, *span))
    }

    fn report(&self, diagnostics: Vec<Diagnostic>) -> Report {
        Report::new(diagnostics, &[&self.sources])
    }
}

/// Letters, digits, `_`, `.` and `-`, with a letter or digit first.
fn is_service_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(word)
}
