//! What was read for a value.

use std::rc::Rc;

use super::value::{List, Map, Value};
use crate::facts::datum::{Datum, Kind};
use crate::schema::functions::Function;
use crate::source::Span;

/// One thing that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read<'a> {
    pub(super) what: What<'a>,
    /// Whether it is not to be shown.
    pub(super) sensitive: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    /// A fact, or a default or constant in the place of one.
    Datum(&'a Datum),
    /// An answer of the host or of the secrets.
    Answer { function: Function, argument: &'a str, answer: Value<'a> },
}

/// What was read for one value; each thing once, and no more of them than anybody would look at.
pub(super) type Reads<'a> = Rc<[Read<'a>]>;

/// How many reads are kept for one value.
const KEPT: usize = 64;

impl<'a> Read<'a> {
    /// Where it was written; nowhere if that is not to be shown.
    pub(super) fn place(&self) -> Option<Span> {
        match self.what {
            What::Datum(datum) if !datum.span.is_none() && !self.sensitive => Some(datum.span),
            _ => None,
        }
    }

    /// Whether a text was made of this.
    pub(super) fn is_part_of(&self, text: &str) -> bool {
        match self.what {
            What::Datum(Datum { kind: Kind::Text(part), .. }) => !part.is_empty() && text.contains(&**part),
            _ => false,
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self.what, other.what) {
            (What::Datum(a), What::Datum(b)) => std::ptr::eq(a, b),
            (What::Answer { function: f, argument: a, .. }, What::Answer { function: g, argument: b, .. }) => {
                f == g && a == b
            }
            _ => false,
        }
    }
}

/// Each read once, at most [`KEPT`], and none lost that makes a value sensitive.
pub(super) fn gist<'a>(reads: impl IntoIterator<Item = Read<'a>>) -> Reads<'a> {
    let mut kept: Vec<Read<'a>> = Vec::new();
    let mut sensitive = false;
    for read in reads {
        if kept.iter().any(|other| other.is(&read)) {
            continue;
        }
        if kept.len() < KEPT {
            kept.push(read);
        } else if read.sensitive && !sensitive {
            kept.pop();
            kept.push(read);
        }
        sensitive |= read.sensitive;
    }
    kept.into()
}

/// Both, see [`gist`].
pub(super) fn both<'a>(first: &Reads<'a>, second: &Reads<'a>) -> Reads<'a> {
    match (first.is_empty(), second.is_empty()) {
        (true, _) => Rc::clone(second),
        (_, true) => Rc::clone(first),
        _ => gist(first.iter().chain(second.iter()).copied()),
    }
}

pub(super) fn is_sensitive(reads: &[Read<'_>]) -> bool {
    reads.iter().any(|read| read.sensitive)
}

/// Whether a datum is the container that a value was taken out of.
pub(super) fn is_container(read: &Read<'_>, is: impl Fn(&Kind) -> bool) -> bool {
    matches!(read.what, What::Datum(datum) if is(&datum.kind))
}

pub(super) fn narrow<'a>(log: &mut [Read<'a>], is: impl Fn(&Kind) -> bool, part: &'a Datum) {
    if let Some(read) = log.iter_mut().rev().find(|read| is_container(read, &is)) {
        read.what = What::Datum(part);
    }
}

/// The reads for one part of what they were made for, in place of those for the whole.
pub(super) fn narrowed<'a>(reads: &Reads<'a>, value: Value<'a>, position: usize) -> Reads<'a> {
    let mut log = reads.to_vec();
    match value {
        Value::List(list) => narrow_list(&mut log, list, position),
        Value::Map(Map::Facts(entries)) => {
            if let Some((_, part)) = entries.get_index(position) {
                narrow(&mut log, |kind| matches!(kind, Kind::Map(map) if std::ptr::eq(&**map, entries)), part);
            }
        }
        _ => return Rc::clone(reads),
    }
    log.into()
}

pub(super) fn narrow_list<'a>(log: &mut [Read<'a>], list: List<'a>, position: usize) {
    if let List::Facts(elements) = list
        && let Some(part) = elements.get(position)
    {
        narrow(log, |kind| matches!(kind, Kind::List(list) if std::ptr::eq(&**list, elements)), part);
    }
}
