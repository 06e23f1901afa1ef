//! Sets of values that are left for a subject, narrowed test by test.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::facts::datum::{Datum, Kind};
use crate::ir::OrderOp;
use crate::schema::shape::{Quantity, Shape};
use crate::schema::types::Words;
use crate::sort;

use super::items::{Holding, Items};
use super::subject::may_be_empty;
use super::texts::{Form, Texts};
use super::versions::Versions;

/// What a value that is there must be.
#[derive(Clone, Debug)]
pub(super) enum Test<'p> {
    /// Anything.
    Any,
    /// One of these, or none of them.
    Among(Vec<&'p Datum>, bool),
    /// Matches the glob, or does not.
    Like(&'p str, bool),
    /// A whole number `min..=max`.
    Ints(i128, i128),
    /// A number between these ends, each with whether it belongs to it.
    Floats((f64, bool), (f64, bool)),
    /// Has nothing in it, or something.
    Empty(bool),
    /// Has this element or key, or does not.
    Has(Cow<'p, Datum>, bool),
    /// Has only elements of these, or others as well.
    Within(&'p [Datum], bool),
    /// Stands in this order to a version.
    Version(OrderOp, &'p str),
}

/// What is left.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// Of any type; the first test tells it.
    Open,
    Bools {
        yes: bool,
        no: bool,
    },
    Ints {
        min: i128,
        max: i128,
        among: Option<BTreeSet<i128>>,
        not: BTreeSet<i128>,
    },
    Floats {
        min: (f64, bool),
        max: (f64, bool),
        among: Option<Vec<f64>>,
        not: Vec<f64>,
    },
    Texts(Texts),
    Items(Items),
    Versions(Versions),
    /// Of a type that no test looks into.
    Opaque,
}

/// What can be said of what is left.
pub(super) enum Left {
    Nothing,
    /// One value, as a sentence goes on: `is 3`.
    Value(String, Example),
    Unknown,
}

/// One of the values that are left.
#[derive(Clone, Debug)]
pub(super) enum Example {
    /// Whichever: all that is there will do.
    Any,
    This(Datum),
    /// A list with these elements, or a map with these keys.
    Holding(Holding),
}

impl Left {
    fn this(datum: Kind) -> Self {
        let said = match &datum {
            Kind::Bool(value) => format!("is {value}"),
            Kind::Int(value) => format!("is {value}"),
            Kind::Float(value) => format!("is {value}"),
            Kind::Text(text) => format!("is {text:?}"),
            _ => "is set".to_owned(),
        };
        Self::Value(said, Example::This(Datum::new(datum)))
    }

    pub(super) fn text(text: &str) -> Self {
        Self::this(Kind::Text(text.into()))
    }
}

impl Values {
    /// All of a shape.
    pub(super) fn of(shape: &Shape) -> Self {
        let ints = |min, max| Self::Ints { min, max, among: None, not: BTreeSet::new() };
        let texts = |form| Self::Texts(Texts::new(form));
        match shape {
            Shape::Bool => Self::Bools { yes: true, no: true },
            Shape::Int { min, max } => ints(*min, *max),
            Shape::Quantity(Quantity::Memory) => ints(1, i64::MAX.into()),
            Shape::Quantity(Quantity::FileMode) => ints(0, 0o7777),
            Shape::Float => floats(f64::MIN),
            Shape::Quantity(Quantity::Duration) => floats(0.0),
            Shape::Text(form) => match may_be_empty(*form) {
                Some(empty) => texts(if empty { Form::Any } else { Form::NotEmpty }),
                None => texts(Form::Unknown),
            },
            Shape::Json | Shape::Quantity(Quantity::Verbatim) => texts(Form::Any),
            Shape::Quantity(Quantity::TmpfsSize) => texts(Form::Unknown),
            Shape::Words(Words::Open) => texts(Form::Any),
            Shape::Words(Words::Closed(closed)) => Self::Texts(Texts::among(&closed.words)),
            Shape::List(element) => Self::Items(match &**element {
                Shape::Words(Words::Closed(closed)) => Items::of(closed),
                _ => Items::all(),
            }),
            Shape::Map(_) => Self::Items(Items::all()),
            Shape::Version => Self::Versions(Versions::all()),
            Shape::Record(_) => Self::Opaque,
        }
    }

    /// Names of containers and what they are made of.
    pub(super) fn named(free: bool) -> Self {
        Self::Texts(Texts::new(if free { Form::Name } else { Form::Unknown }))
    }

    /// Takes out what fails a test. False if that is not known, and nothing is taken out then.
    pub(super) fn narrow(&mut self, test: &Test<'_>) -> bool {
        if matches!(self, Self::Open) {
            *self = Self::fitting(test);
        }
        match (&mut *self, test) {
            (_, Test::Any) => true,
            (Self::Bools { yes, no }, Test::Among(data, among)) => {
                let named = |value: bool| data.iter().any(|datum| datum.kind == Kind::Bool(value)) == *among;
                (*yes, *no) = (*yes && named(true), *no && named(false));
                true
            }
            (Self::Ints { among, not, .. }, Test::Among(data, inside)) => {
                let numbers =
                    data.iter().filter_map(|datum| if let Kind::Int(i) = datum.kind { Some(i) } else { None });
                narrow_among(among, not, sort::tree(numbers), *inside);
                true
            }
            (Self::Ints { min, max, .. }, Test::Ints(low, high)) => {
                (*min, *max) = ((*min).max(*low), (*max).min(*high));
                true
            }
            (Self::Floats { min, max, .. }, Test::Floats(low, high)) => {
                *min = if low.0 > min.0 || (low.0 >= min.0 && !low.1) { *low } else { *min };
                *max = if high.0 < max.0 || (high.0 <= max.0 && !high.1) { *high } else { *max };
                true
            }
            (Self::Floats { among, not, .. }, Test::Among(data, inside)) => {
                let kind = |datum: &&Datum| if let Kind::Float(it) = datum.kind { Some(it) } else { None };
                let numbers: Vec<f64> = data.iter().filter_map(kind).collect();
                match (inside, among) {
                    (false, _) => not.extend(numbers),
                    (true, Some(among)) => among.retain(|it| numbers.iter().any(|other| same(*it, *other))),
                    (true, among) => *among = Some(numbers),
                }
                true
            }
            (Self::Texts(texts), test) => texts.narrow(test),
            (Self::Items(items), Test::Among(data, inside)) => match data.as_slice() {
                [Datum { kind: Kind::List(list), .. }] if list.is_empty() => items.narrow(&Test::Empty(*inside)),
                _ => false,
            },
            (Self::Items(items), test) => items.narrow(test),
            (Self::Versions(versions), Test::Version(op, version)) => {
                versions.narrow(*op, version);
                true
            }
            _ => false,
        }
    }

    /// All values of the type that a test is for.
    fn fitting(test: &Test<'_>) -> Self {
        match test {
            Test::Any => Self::Open,
            Test::Among(data, _) => match data.first().map(|datum| &datum.kind) {
                Some(Kind::Bool(_)) => Self::Bools { yes: true, no: true },
                Some(Kind::Int(_)) => Self::of(&Shape::Int { min: i128::MIN, max: i128::MAX }),
                Some(Kind::Float(_)) => floats(f64::MIN),
                Some(Kind::Text(_)) => Self::Texts(Texts::new(Form::Any)),
                _ => Self::Opaque,
            },
            Test::Like(..) => Self::Texts(Texts::new(Form::Any)),
            Test::Ints(..) => Self::of(&Shape::Int { min: i128::MIN, max: i128::MAX }),
            Test::Floats(..) => floats(f64::MIN),
            // It may be a text as well.
            Test::Empty(_) => Self::Opaque,
            Test::Has(..) | Test::Within(..) => Self::Items(Items::all()),
            Test::Version(..) => Self::Versions(Versions::all()),
        }
    }

    /// Whether anything is left, and what.
    pub(super) fn left(&self) -> Left {
        match self {
            Self::Open | Self::Opaque => Left::Value("is set".to_owned(), Example::Any),
            Self::Bools { yes: true, .. } => Left::this(Kind::Bool(true)),
            Self::Bools { no: true, .. } => Left::this(Kind::Bool(false)),
            Self::Bools { .. } => Left::Nothing,
            Self::Ints { min, max, among, not } => {
                let fits = |value: &i128| (*min..=*max).contains(value) && !not.contains(value);
                let found = match among {
                    Some(among) => among.iter().copied().find(fits),
                    None => (*min..=*max).take(not.len() + 1).find(fits),
                };
                found.map_or(Left::Nothing, |value| Left::this(Kind::Int(value)))
            }
            Self::Floats { min, max, among, not } => left_of_floats(*min, *max, among.as_deref(), not),
            Self::Texts(texts) => texts.left(),
            Self::Items(items) => items.left(),
            Self::Versions(versions) => versions.left(),
        }
    }
}

const fn floats(min: f64) -> Values {
    Values::Floats { min: (min, true), max: (f64::MAX, true), among: None, not: Vec::new() }
}

fn narrow_among(among: &mut Option<BTreeSet<i128>>, not: &mut BTreeSet<i128>, named: BTreeSet<i128>, inside: bool) {
    match (inside, among) {
        (false, _) => not.extend(named),
        (true, Some(among)) => among.retain(|value| named.contains(value)),
        (true, among) => *among = Some(named),
    }
}

/// Both zeros are one number.
fn same(a: f64, b: f64) -> bool {
    a.partial_cmp(&b) == Some(std::cmp::Ordering::Equal)
}

fn left_of_floats(min: (f64, bool), max: (f64, bool), among: Option<&[f64]>, not: &[f64]) -> Left {
    let above = |value: f64| value > min.0 || (same(value, min.0) && min.1);
    let below = |value: f64| value < max.0 || (same(value, max.0) && max.1);
    let fits = |value: &f64| above(*value) && below(*value) && !not.iter().any(|it| same(*it, *value));
    let found = |value: f64| Left::this(Kind::Float(value));
    if let Some(among) = among {
        return among.iter().copied().find(fits).map_or(Left::Nothing, found);
    }
    if min.0 > max.0 || (same(min.0, max.0) && !(min.1 && max.1 && fits(&min.0))) {
        return Left::Nothing;
    }
    let candidates = [0.0, 1.0, min.0, max.0, min.0 + 1.0, max.0 - 1.0, min.0 / 2.0 + max.0 / 2.0, 0.5, 2.0, 3.5];
    candidates.into_iter().find(fits).map_or(Left::Unknown, found)
}
