//! A deployment: all of its services, decoded.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::decode::{Decoder, Path};
use super::findings::Findings;
use super::text::{Content, Node};
use super::view::View;
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::FactSchema;
use crate::schema::shape::Shape;
use crate::source::Span;

/// A deployment that was read.
#[derive(Debug)]
pub(in crate::facts) struct Deployment {
    /// Its name.
    pub(in crate::facts) name: SmolStr,
    /// Everything but its services.
    pub(in crate::facts) around: Datum,
    /// The word `services`, if it is there.
    pub(in crate::facts) place: Span,
    /// Its services in written order.
    pub(in crate::facts) services: IndexMap<Box<str>, Service>,
}

/// One service of a deployment.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Service {
    /// Where its name stands.
    pub(in crate::facts) name: Span,
    /// Its facts.
    pub(in crate::facts) facts: Datum,
    /// Values that nothing can be made of: they refuse this service and no other.
    pub(in crate::facts) refused: Findings,
}

/// Reads a deployment.
pub(in crate::facts) fn read(decoder: &mut Decoder, schema: &FactSchema, mut node: Node<'_>) -> Deployment {
    let mut written = Vec::new();
    let mut place = Span::NONE;
    if let Content::Map(entries) = &mut node.content
        && let Some(entry) = entries.iter_mut().find(|entry| entry.key == "services")
        && let Content::Map(services) = &mut entry.value.content
    {
        written = std::mem::take(services);
        place = entry.span;
    }
    let shape = schema.deployment();
    let root = if matches!(node.content, Content::Map(_)) { Path::Top } else { Path::Root("deployment") };
    let around = decoder.decode(&Shape::Record(Arc::clone(&shape)), &node, &root);
    let refused = std::mem::take(&mut decoder.refused);
    decoder.found.append(refused);
    let service = Shape::Record(schema.service.clone());
    let mut services = IndexMap::with_capacity(written.len());
    for entry in written {
        let parent = root.key("services", Span::NONE);
        let facts = decoder.decode(&service, &entry.value, &parent.key(&entry.key, entry.span));
        let refused = std::mem::take(&mut decoder.refused);
        services.insert(Box::from(&*entry.key), Service { name: entry.span, facts, refused });
    }
    let name = match &View::new(&shape, &around).get("deployment").kind {
        Kind::Text(name) => name.clone(),
        _ => SmolStr::default(),
    };
    Deployment { name, around, place, services }
}
