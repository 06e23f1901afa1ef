//! Records by the names of their fields, for readers that look at what was decoded.

use indexmap::IndexMap;

use crate::facts::datum::{Datum, Kind};
use crate::schema::shape::{RecordShape, Shape};
use crate::source::Span;

/// A record with its shape. What is not there reads as absent or empty.
#[derive(Clone, Copy, Debug)]
pub(in crate::facts) struct View<'a> {
    shape: &'a RecordShape,
    datum: &'a Datum,
}

impl<'a> View<'a> {
    pub(in crate::facts) const fn new(shape: &'a RecordShape, datum: &'a Datum) -> Self {
        Self { shape, datum }
    }

    /// The names of its fields with their values.
    pub(in crate::facts) fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Datum)> + use<'a> {
        let values = match &self.datum.kind {
            Kind::Record(values) => &**values,
            _ => &[],
        };
        self.shape.fields.iter().map(|field| &*field.name).zip(values)
    }

    pub(in crate::facts) const fn span(&self) -> Span {
        self.datum.span
    }

    fn entry(&self, name: &str) -> Option<(&'a Shape, &'a Datum)> {
        let Kind::Record(values) = &self.datum.kind else { return None };
        let index = self.shape.index_of(name)?;
        Some((&self.shape.fields.get(index)?.shape, values.get(index)?))
    }

    pub(in crate::facts) fn get(&self, name: &str) -> &'a Datum {
        const NOTHING: &Datum = &Datum::ABSENT;
        self.entry(name).map_or(NOTHING, |(_, datum)| datum)
    }

    pub(in crate::facts) fn text(&self, name: &str) -> Option<&'a str> {
        match &self.get(name).kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(in crate::facts) fn int(&self, name: &str) -> Option<i128> {
        match self.get(name).kind {
            Kind::Int(value) => Some(value),
            _ => None,
        }
    }

    pub(in crate::facts) fn number<T: TryFrom<i128>>(&self, name: &str) -> Option<T> {
        self.int(name).and_then(|value| value.try_into().ok())
    }

    pub(in crate::facts) fn list(&self, name: &str) -> &'a [Datum] {
        match &self.get(name).kind {
            Kind::List(elements) => elements,
            _ => &[],
        }
    }

    pub(in crate::facts) fn map(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a Datum)> + use<'a> {
        entries(self.get(name)).into_iter().flatten().map(|(key, value)| (&**key, value))
    }

    /// The record in a field, if it is there.
    pub(in crate::facts) fn record(&self, name: &str) -> Option<Self> {
        let (shape, datum) = self.entry(name)?;
        let Shape::Record(shape) = shape else { return None };
        (!datum.is_absent()).then_some(Self { shape, datum })
    }

    /// The records in a list.
    pub(in crate::facts) fn records(&self, name: &str) -> impl Iterator<Item = Self> + use<'a> {
        let (shape, datum) = self.entry(name).unzip();
        let shape = shape.and_then(|shape| element(shape));
        let values = datum.map_or(&[][..], |datum| match &datum.kind {
            Kind::List(elements) => elements,
            _ => &[],
        });
        values.iter().filter_map(move |datum| Some(Self { shape: shape?, datum }))
    }

    /// The records in a map.
    pub(in crate::facts) fn named(&self, name: &str) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let shape = self.entry(name).and_then(|(shape, _)| element(shape));
        self.map(name).filter_map(move |(key, datum)| Some((key, Self { shape: shape?, datum })))
    }
}

fn entries(datum: &Datum) -> Option<&IndexMap<Box<str>, Datum>> {
    match &datum.kind {
        Kind::Map(entries) => Some(entries),
        _ => None,
    }
}

fn element(shape: &Shape) -> Option<&RecordShape> {
    match shape {
        Shape::List(element) | Shape::Map(element) => match &**element {
            Shape::Record(record) => Some(record),
            _ => None,
        },
        _ => None,
    }
}
