//! One fact, owned, with the place it was read from.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::source::Span;

/// A value that a deployment, an image, a host or a caller gave, or that a schema or a rule file fixes. A copy shares its
/// lists, maps and records with what it is a copy of.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    /// Where it was written; [`Span::NONE`] for defaults and constants.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of facts. Enum values are texts; capabilities have no `CAP_`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Kind {
    /// Not given.
    #[default]
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// −2^63 … 2^64−1.
    Int(i128),
    /// Finite.
    Float(f64),
    /// UTF-8 without restriction.
    Text(SmolStr),
    /// Elements of one type.
    List(Arc<[Datum]>),
    /// Entries of one type, in written order.
    Map(Arc<IndexMap<Box<str>, Datum>>),
    /// One value a field, in the order of the record's shape, [`Kind::Absent`] where not given.
    Record(Arc<[Datum]>),
}

impl Kind {
    /// A map of these entries; of one key the last.
    #[must_use]
    pub fn map(entries: impl IntoIterator<Item = (Box<str>, Datum)>) -> Self {
        Self::Map(Arc::new(entries.into_iter().collect()))
    }
}

impl Datum {
    /// Not given.
    pub const ABSENT: Self = Self { span: Span::NONE, kind: Kind::Absent };

    /// A value without a place.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { span: Span::NONE, kind }
    }

    /// A value with its place.
    #[must_use]
    pub const fn at(span: Span, kind: Kind) -> Self {
        Self { span, kind }
    }

    /// A text without a place.
    #[must_use]
    pub fn text(text: impl Into<SmolStr>) -> Self {
        Self::new(Kind::Text(text.into()))
    }

    /// A copy that shares nothing: none of what is below it is below anything else.
    #[must_use]
    pub fn apart(&self) -> Self {
        let kind = match &self.kind {
            Kind::List(elements) => Kind::List(elements.iter().map(Self::apart).collect()),
            Kind::Map(entries) => Kind::map(entries.iter().map(|(key, value)| (key.clone(), value.apart()))),
            Kind::Record(fields) => Kind::Record(fields.iter().map(Self::apart).collect()),
            scalar => scalar.clone(),
        };
        Self { span: self.span, kind }
    }

    /// Whether both say the same, wherever they were written.
    #[must_use]
    pub fn says(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            // Those that share what is below them need no look at it.
            (Kind::List(a), Kind::List(b)) | (Kind::Record(a), Kind::Record(b)) => {
                Arc::ptr_eq(a, b) || a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.says(b))
            }
            (Kind::Map(a), Kind::Map(b)) => {
                a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| a.says(b)))
            }
            (a, b) => a == b,
        }
    }

    /// Whether nothing was given.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self.kind, Kind::Absent)
    }
}
