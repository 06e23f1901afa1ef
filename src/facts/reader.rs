//! From documents to a [`Request`]: reads every part, and says all that is wrong with any of them.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::decode::{Decoder, Path};
use super::deployment::{self, Deployment};
use super::direct::{self, GivenDeployment};
use super::host::{Host, Secrets};
use super::recording::RecordedHost;
use super::request::Request;
use super::secrets::SecretMap;
use super::shared::SharedHost;
use super::text::{Apart, Content, Entry, Node, Style, parse_json, parse_json_apart, parse_yaml};
use super::view::View;
use super::{image, loader};
use crate::diagnostics::{Diagnostic, Report, code};
use crate::facts::datum::{Datum, Kind};
use crate::facts::findings::Findings;
use crate::schema::facts::FactSchema;
use crate::schema::shape::{FieldShape, Presence, Shape};
use crate::source::{SourceId, SourceMap, Span, Text, size};

/// Reads the parts of one request.
#[derive(Debug)]
pub(super) struct Reader<'s> {
    pub(super) schema: &'s FactSchema,
    pub(super) decoder: Decoder,
    pub(super) sources: SourceMap,
}

/// The parts, read.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) deployment: Option<Deployment>,
    pub(super) service: Option<(SmolStr, Span)>,
    pub(super) replica: u32,
    pub(super) image: Datum,
    pub(super) options: Datum,
    pub(super) host: Arc<dyn Host>,
    pub(super) host_given: bool,
    pub(super) secrets: Arc<dyn Secrets>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(schema: &'s FactSchema) -> Self {
        Self { schema, decoder: Decoder::default(), sources: SourceMap::for_facts() }
    }

    /// A request in one JSON document.
    pub(super) fn request(mut self, name: &str, text: &str) -> Result<Request, Report> {
        let parts = self.json(name, text, self.schema.limits().request).map(|node| self.document(&node, None));
        self.finish(parts)
    }

    /// The same for one of many, whose host is mostly that of the one before.
    pub(super) fn request_sharing(
        mut self,
        name: &str,
        text: &str,
        shared: &mut SharedHost,
    ) -> Result<Request, Report> {
        if self.is_too_large(name, text, self.schema.limits().request) {
            return self.finish(None);
        }
        let Some(given) = direct::read(self.sources.next(), text, self.schema, shared.text()) else {
            return self.request_by_tree(name, text, shared);
        };
        self.sources.add(name, without(text, given.host.as_ref().map(|host| host.span)));
        let parts = self.parts(given, shared);
        self.finish(Some(parts))
    }

    /// The same for a request with which something may be wrong.
    pub(super) fn request_by_tree(
        mut self,
        name: &str,
        text: &str,
        shared: &mut SharedHost,
    ) -> Result<Request, Report> {
        let source = self.sources.next();
        let apart = Apart { key: "host", known: shared.text() };
        let node = parse_json_apart(source, text, Some(apart), self.schema.limits().depth, &mut self.decoder.found);
        // The host has a source of its own.
        let host = node.as_ref().and_then(|node| node.get("host")).map(|host| host.span);
        self.sources.add(name, without(text, host));
        let parts = node.map(|node| self.document(&node, Some(shared)));
        self.finish(parts)
    }

    /// The parts of a request that was read without a tree.
    fn parts(&mut self, given: direct::Given<'_>, shared: &mut SharedHost) -> Parts {
        let (host, host_given) = shared.of(self, given.host.as_ref());
        let deployment = match given.deployment {
            Some(GivenDeployment::Read(deployment)) => Some(deployment),
            Some(GivenDeployment::Yaml(text)) => self.deployment("deployment", &text),
            None => None,
        };
        let accounts = given.accounts.map_or(Datum::ABSENT, |node| self.accounts(&node, &Path::Root("accounts")));
        let image = self.image(given.image.as_ref(), accounts, &Path::Root("image"));
        let (options, secrets) = match given.options {
            Some(read) => self.split_options(read),
            None => self.options(None),
        };
        let (service, replica) = (given.service, given.replica.unwrap_or(1));
        Parts { deployment, service, replica, image, options, host, host_given, secrets: Arc::new(secrets) }
    }

    fn document(&mut self, node: &Node<'_>, shared: Option<&mut SharedHost>) -> Parts {
        let root = if matches!(node.content, Content::Map(_)) { Path::Top } else { Path::Root("request") };
        let shape = FactSchema::request();
        let given = self.decoder.split(&shape, node, &root);
        let entry = |name: &str| shape.index_of(name).and_then(|index| given.get(index).copied().flatten());
        let plain = |reader: &mut Self, name: &str| {
            let field = shape.index_of(name).and_then(|index| shape.fields.get(index))?;
            let entry = entry(name)?;
            Some(reader.decoder.decode(&field.shape, &entry.value, &root.key(name, entry.span)))
        };
        let value = |name: &str| entry(name).map(|entry| &entry.value);
        // Whoever shares a host counts on its source being the second.
        let (host, host_given): (Arc<dyn Host>, bool) = match (shared, value("host")) {
            (Some(shared), host) => shared.of(self, host),
            (None, host) => (Arc::new(self.host(host, &Path::Root("host"))), host.is_some()),
        };
        let deployment = entry("deployment").and_then(|entry| self.inner_deployment(&entry.value));
        let service = plain(self, "service").and_then(|datum| match datum.kind {
            Kind::Text(name) => Some((name, datum.span)),
            _ => None,
        });
        let replica = plain(self, "replica").map_or(1, |datum| match datum.kind {
            Kind::Int(replica) => replica.try_into().unwrap_or(1),
            _ => 1,
        });
        let accounts = value("accounts").map_or(Datum::ABSENT, |node| self.accounts(node, &Path::Root("accounts")));
        let image = self.image(value("image"), accounts, &Path::Root("image"));
        let (options, secrets) = self.options(value("options"));
        Parts { deployment, service, replica, image, options, host, host_given, secrets: Arc::new(secrets) }
    }

    /// A deployment inside of a request: YAML text becomes a source of its own.
    fn inner_deployment(&mut self, node: &Node<'_>) -> Option<Deployment> {
        match &node.content {
            Content::Scalar(scalar) if scalar.style == Style::Quoted => self.deployment("deployment", &scalar.text),
            _ => Some(deployment::read(&mut self.decoder, self.schema, node.clone())),
        }
    }

    /// A deployment in YAML, and so in JSON too.
    pub(super) fn deployment(&mut self, name: &str, text: &str) -> Option<Deployment> {
        let source = self.source(name, text, self.schema.limits().deployment)?;
        let node = parse_yaml(source, text, self.schema.limits().depth, &mut self.decoder.found)?;
        Some(deployment::read(&mut self.decoder, self.schema, node))
    }

    pub(super) fn image(&mut self, node: Option<&Node<'_>>, accounts: Datum, at: &Path<'_>) -> Datum {
        match node {
            Some(node) => image::read(&mut self.decoder, node, accounts, at),
            None => image::unknown(&self.schema.image, accounts),
        }
    }

    pub(super) fn accounts(&mut self, node: &Node<'_>, at: &Path<'_>) -> Datum {
        image::accounts(&mut self.decoder, node, at)
    }

    pub(super) fn host(&mut self, node: Option<&Node<'_>>, at: &Path<'_>) -> RecordedHost {
        self.hide(node.and_then(|node| node.get("env")));
        node.map_or_else(RecordedHost::empty, |node| RecordedHost::read(&mut self.decoder, node, at))
    }

    /// The options that rules read, and the secrets beside them.
    pub(super) fn options(&mut self, node: Option<&Node<'_>>) -> (Datum, SecretMap) {
        let may_be_none = |field: &FieldShape| !matches!(field.presence, Presence::Required);
        if node.is_none() && self.schema.options.fields.iter().all(may_be_none) {
            return (self.schema.options.defaults(), SecretMap::default());
        }
        let nothing = Node::empty_map();
        self.hide(node.and_then(|node| node.get("secrets")));
        let shape = Shape::Record(self.schema.request_options());
        let read = self.decoder.decode(&shape, node.unwrap_or(&nothing), &Path::Root("options"));
        self.split_options(read)
    }

    fn split_options(&mut self, mut read: Datum) -> (Datum, SecretMap) {
        let shape = self.schema.request_options();
        let view = View::new(&shape, &read);
        let values: Vec<Span> = view.map("secrets").map(|(_, secret)| secret.span).collect();
        self.sources.redact(&values);
        self.check_indices(view.list("gpu_indices"));
        let secrets = view.map("secrets").filter_map(|(reference, datum)| match &datum.kind {
            Kind::Text(value) => Some((reference.into(), value.as_str().into())),
            _ => None,
        });
        let secrets = secrets.collect();
        let values = if let Kind::Record(values) = &mut read.kind { Arc::make_mut(values) } else { &mut [] };
        // A request can give most of the options that there are, in the same order.
        let mut given = shape.fields.iter().zip(values).peekable();
        let values = self.schema.options.fields.iter().map(|field| {
            let value = given.next_if(|(own, _)| own.name == field.name);
            value
                .map_or_else(|| field.presence.fallback().clone(), |(_, value)| std::mem::replace(value, Datum::ABSENT))
        });
        (Datum::at(read.span, Kind::Record(values.collect())), secrets)
    }

    /// Keeps the values of a map out of what diagnostics show of its source.
    fn hide(&mut self, map: Option<&Node<'_>>) {
        if let Some(Content::Map(entries)) = map.map(|node| &node.content) {
            let values: Vec<Span> = entries.iter().map(|entry| entry.value.span).collect();
            self.sources.redact(&values);
        }
    }

    fn check_indices(&mut self, indices: &[Datum]) {
        let mut seen: IndexMap<i128, Span> = IndexMap::new();
        for datum in indices {
            let Kind::Int(index) = datum.kind else { continue };
            if let Some(first) = seen.insert(index, datum.span) {
                let message = format!("`options.gpu_indices` has {index} twice");
                let diagnostic = Diagnostic::new(code::BAD_OPTION, message).label(datum.span, "given again");
                self.decoder.found.push(diagnostic.label(first, "given first"));
            }
        }
    }

    /// A JSON document as a tree.
    pub(super) fn json<'t>(&mut self, name: &str, text: &'t str, limit: usize) -> Option<Node<'t>> {
        let source = self.source(name, text, limit)?;
        parse_json(source, text, self.schema.limits().depth, &mut self.decoder.found)
    }

    fn source(&mut self, name: &str, text: &str, limit: usize) -> Option<SourceId> {
        (!self.is_too_large(name, text, limit)).then(|| self.sources.add(name, text))
    }

    fn is_too_large(&mut self, name: &str, text: &str, limit: usize) -> bool {
        let too_large = text.len() > limit;
        if too_large {
            let message = format!("`{name}` is larger than {}", size(limit));
            self.decoder.found.push(Diagnostic::new(code::TOO_LARGE, message));
        }
        too_large
    }

    /// The request, if nothing is wrong with it.
    pub(super) fn finish(self, parts: Option<Parts>) -> Result<Request, Report> {
        let Decoder { mut found, refused, .. } = self.decoder;
        found.append(refused);
        let sources = self.sources;
        let failed = |found: Findings, sources: &SourceMap| Report::new(found.into_list(), &[sources]);
        let Some(Parts { deployment: Some(deployment), service, replica, image, options, host, host_given, secrets }) =
            parts
        else {
            return Err(failed(found, &sources));
        };
        let mut warnings = Findings::default();
        loader::check(self.schema, &deployment, &mut warnings);
        let warnings = warnings.into_list();
        let deployment = Arc::new(deployment);
        let request =
            Request { deployment, service, replica, image, options, host, host_given, secrets, warnings, sources };
        // Services that could not be read are not missing.
        let readable = request.services().next().is_some() || !found.has_errors();
        if let Some(diagnostic) = request.misnamed().filter(|_| readable) {
            found.push(diagnostic);
        }
        if !found.has_errors() {
            return Ok(request);
        }
        let chosen = request.service().ok().and_then(|name| request.deployment.services.get(name));
        if let Some(service) = chosen {
            found.append(service.refused.clone());
        }
        Err(failed(found, &request.sources))
    }
}

/// A text without what stands at a place, which nothing else moves.
fn without(text: &str, place: Option<Span>) -> Text {
    const STARS: &str = "****************************************************************";
    let place = place.map_or(0..0, |place| place.start as usize..place.end as usize);
    let parts = text.get(..place.start).zip(text.get(place.end..)).filter(|_| !place.is_empty());
    let Some((before, after)) = parts else { return text.into() };
    let mut shown = String::with_capacity(text.len());
    shown.push_str(before);
    for start in place.clone().step_by(STARS.len()) {
        shown.push_str(STARS.get(..place.end - start).unwrap_or(STARS));
    }
    shown.push_str(after);
    shown.into()
}

/// Options that a caller gave one by one. A text is taken as it is where text is due; anything else is JSON.
pub(super) fn option_nodes<'t>(reader: &mut Reader<'_>, given: &'t [(String, String)]) -> Node<'t> {
    let shape = reader.schema.request_options();
    let mut entries: Vec<Entry<'t>> = Vec::new();
    for (name, text) in given {
        let field = shape.index_of(name).and_then(|index| shape.fields.get(index));
        let source = reader.sources.add(format!("--option {name}"), text.as_str());
        let span = Span::new(source, 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        let as_text =
            field.is_none_or(|field| matches!(field.shape, Shape::Text(_) | Shape::Words(_) | Shape::Quantity(_)));
        let value = if as_text {
            Some(Node::scalar(span, text.as_str().into(), Style::Quoted))
        } else {
            parse_json(source, text, reader.schema.limits().depth, &mut reader.decoder.found)
        };
        let Some(value) = value.filter(|value| !value.is_null()) else { continue };
        if entries.iter().any(|entry| entry.key == *name) {
            let message = format!("the option `{name}` is given twice");
            reader.decoder.found.push(Diagnostic::new(code::BAD_OPTION, message).label(span, ""));
            continue;
        }
        entries.push(Entry { key: name.as_str().into(), span, value });
    }
    Node { span: Span::NONE, content: Content::Map(entries) }
}
