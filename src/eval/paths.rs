//! What a fact is called, by where it is kept.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::{FactSchema, Root};
use crate::schema::shape::{RecordShape, Shape};

/// The paths of all facts of a render.
pub(super) struct Paths<'a> {
    by_address: BTreeMap<usize, Step<'a>>,
}

/// The last step of a path and where the rest is.
struct Step<'a> {
    parent: Option<usize>,
    segment: Segment<'a>,
}

enum Segment<'a> {
    Name(&'a str),
    /// A plain field of the host.
    Host(&'a str),
    Index(usize),
    Key(&'a str),
}

fn address(datum: &Datum) -> usize {
    std::ptr::from_ref(datum) as usize
}

impl<'a> Paths<'a> {
    /// The paths of all facts.
    pub(super) fn new(facts: &'a Facts, schema: &'a FactSchema) -> Self {
        let mut paths = Self { by_address: BTreeMap::new() };
        let roots = [Root::Service, Root::Container, Root::Image, Root::Options];
        for (root, name) in roots.into_iter().zip(["service", "container", "image", "options"]) {
            let datum = facts.root(root);
            paths.by_address.insert(address(datum), Step { parent: None, segment: Segment::Name(name) });
            paths.fields(address(datum), datum, Some(schema.root(root)));
        }
        for (field, name, shape) in &schema.host {
            paths.add(None, Segment::Host(name), facts.host.peek(*field), Some(shape));
        }
        paths
    }

    fn fields(&mut self, parent: usize, datum: &'a Datum, shape: Option<&'a RecordShape>) {
        let Kind::Record(fields) = &datum.kind else { return };
        for (index, field) in fields.iter().enumerate() {
            let shape = shape.and_then(|shape| shape.fields.get(index));
            let segment = shape.map_or(Segment::Index(index), |shape| Segment::Name(&shape.name));
            self.add(Some(parent), segment, field, shape.map(|shape| &shape.shape));
        }
    }

    /// Adds a fact and all below it; facts are no deeper than their schema.
    fn add(&mut self, parent: Option<usize>, segment: Segment<'a>, datum: &'a Datum, shape: Option<&'a Shape>) {
        let own = address(datum);
        self.by_address.insert(own, Step { parent, segment });
        match (&datum.kind, shape) {
            (Kind::Record(_), Some(Shape::Record(shape))) => self.fields(own, datum, Some(shape)),
            (Kind::Record(_), _) => self.fields(own, datum, None),
            (Kind::List(elements), _) => {
                let inner = if let Some(Shape::List(shape)) = shape { Some(&**shape) } else { None };
                for (index, element) in elements.iter().enumerate() {
                    self.add(Some(own), Segment::Index(index), element, inner);
                }
            }
            (Kind::Map(entries), _) => {
                let inner = if let Some(Shape::Map(shape)) = shape { Some(&**shape) } else { None };
                for (key, value) in entries.iter() {
                    self.add(Some(own), Segment::Key(key), value, inner);
                }
            }
            _ => {}
        }
    }

    /// The path of a fact; none of what is no fact.
    pub(super) fn of(&self, datum: &Datum) -> Option<String> {
        let mut segments = Vec::new();
        let mut next = Some(address(datum));
        while let Some(address) = next {
            let step = self.by_address.get(&address)?;
            segments.push(&step.segment);
            next = step.parent;
        }
        Some(segments.iter().rev().fold(String::new(), |path, segment| match segment {
            Segment::Host(name) => format!("host.{name}"),
            Segment::Name(name) if path.is_empty() => (*name).to_owned(),
            Segment::Name(name) => format!("{path}.{name}"),
            Segment::Index(index) => format!("{path}[{index}]"),
            Segment::Key(key) if is_name(key) => format!("{path}.{key}"),
            Segment::Key(key) => format!("{path}[{key:?}]"),
        }))
    }
}

fn is_name(key: &str) -> bool {
    let first = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    first && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
