//! Facts that a rule file's test gives as constants: read by the same shapes, with the same defaults.

use std::sync::Arc;

use super::Facts;
use super::decode::{Decoder, Path};
use super::recording::RecordedHost;
use super::secrets::SecretMap;
use super::text::{Content, Entry, Node, Style};
use super::view::View;
use crate::diagnostics::Diagnostic;
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::FactSchema;
use crate::schema::shape::{RecordShape, Shape, TextForm};
use crate::source::{SourceMap, Span};

/// The constants of one test, by root; what is not given is empty, or the empty recording. Records are
/// [`Kind::Map`]s, numbers are values and not spellings, and places are those of the rule file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'d> {
    /// `service`; without one, a service with an image and nothing else.
    pub service: Option<&'d Datum>,
    /// `container`; `id` follows from the others.
    pub container: Option<&'d Datum>,
    /// `image`, in the names of the facts.
    pub image: Option<&'d Datum>,
    /// `options`, and `secrets` among them
    pub options: Option<&'d Datum>,
    /// `host`, as a recording.
    pub host: Option<&'d Datum>,
}

impl Given<'_> {
    /// The facts.
    ///
    /// # Errors
    ///
    /// Every constant that does not fit its place.
    pub fn facts(&self, schema: &FactSchema) -> Result<Facts, Vec<Diagnostic>> {
        let mut decoder = Decoder::default();
        let root = |decoder: &mut Decoder, name: &str, shape: &RecordShape, given: Option<&Datum>| match given {
            Some(datum) => decoder.decode(&Shape::Record(Arc::new(shape.clone())), &node(datum), &Path::Root(name)),
            None => shape.defaults(),
        };
        let service = root(&mut decoder, "service", &schema.service, Some(self.service.unwrap_or(&any_service())));
        let named = named_container(&schema.container);
        let container = root(&mut decoder, "container", &named, self.container);
        let image = root(&mut decoder, "image", &schema.image, self.image);
        // Secrets are given with the options, as in a request; rules do not read them there.
        let mut given_options = self.options.cloned();
        let secrets = given_options.as_mut().and_then(take_secrets);
        let secrets: SecretMap = secrets.map(|datum| read_secrets(&mut decoder, &datum)).unwrap_or_default();
        let options = root(&mut decoder, "options", &schema.options, given_options.as_ref());
        let host = match self.host {
            Some(datum) => RecordedHost::read(&mut decoder, &node(datum), &Path::Root("host")),
            None => RecordedHost::empty(),
        };
        let Decoder { mut found, refused, .. } = decoder;
        found.append(refused);
        if found.has_errors() {
            return Err(found.into_list());
        }
        let container = with_id(&named, container);
        let (host, secrets) = (Arc::new(host), Arc::new(secrets));
        Ok(Facts { service, container, image, options, host, secrets, sources: SourceMap::for_facts() })
    }
}

fn take_secrets(options: &mut Datum) -> Option<Datum> {
    match &mut options.kind {
        Kind::Map(entries) => Arc::make_mut(entries).shift_remove("secrets"),
        _ => None,
    }
}

/// Secrets by their references.
fn read_secrets(decoder: &mut Decoder, given: &Datum) -> SecretMap {
    let shape = Shape::Map(Arc::new(Shape::Text(TextForm::Any)));
    match decoder.decode(&shape, &node(given), &Path::Root("options.secrets")).kind {
        Kind::Map(secrets) => secrets
            .iter()
            .filter_map(|(reference, datum)| match &datum.kind {
                Kind::Text(value) => Some((reference.clone(), value.as_str().into())),
                _ => None,
            })
            .collect(),
        _ => SecretMap::default(),
    }
}

/// `{ image: { name: "" } }`
fn any_service() -> Datum {
    let map = |name: &str, value| Datum::new(Kind::map([(name.into(), value)]));
    map("image", map("name", Datum::text("")))
}

/// The container's shape with nothing in it that must be given.
fn named_container(container: &RecordShape) -> RecordShape {
    use crate::schema::shape::Presence;
    let mut shape = container.clone();
    for field in &mut shape.fields {
        field.presence = match &*field.name {
            "replica" => Presence::Default(Datum::new(Kind::Int(1))),
            "id" => Presence::Optional,
            _ => Presence::Default(Datum::text("test")),
        };
    }
    shape
}

fn with_id(shape: &RecordShape, mut container: Datum) -> Datum {
    let view = View::new(shape, &container);
    let (service, replica) = (view.text("service").unwrap_or_default(), view.int("replica").unwrap_or_default());
    let id = Datum::text(format!("{service}-rep-{replica}"));
    if let (Kind::Record(values), Some(index)) = (&mut container.kind, shape.index_of("id"))
        && let Some(slot) = Arc::make_mut(values).get_mut(index).filter(|slot| slot.is_absent())
    {
        *slot = id;
    }
    container
}

/// A constant as the tree that the decoder reads. Its depth is that of a literal in a rule file, which is
/// bounded.
fn node(datum: &Datum) -> Node<'_> {
    let scalar = |text: String, style| Node::scalar(datum.span, text.into(), style);
    match &datum.kind {
        Kind::Absent => scalar(String::new(), Style::Plain),
        Kind::Bool(value) => scalar(value.to_string(), Style::Typed),
        Kind::Int(value) => scalar(value.to_string(), Style::Typed),
        Kind::Float(value) => scalar(value.to_string(), Style::Typed),
        Kind::Text(text) => Node::scalar(datum.span, (&**text).into(), Style::Quoted),
        Kind::List(elements) => list(datum.span, elements),
        Kind::Record(values) => list(datum.span, values),
        Kind::Map(entries) => {
            let entries =
                entries.iter().map(|(key, value)| Entry { key: (&**key).into(), span: value.span, value: node(value) });
            Node { span: datum.span, content: Content::Map(entries.collect()) }
        }
    }
}

fn list(span: Span, elements: &[Datum]) -> Node<'_> {
    Node { span, content: Content::List(elements.iter().map(node).collect()) }
}
