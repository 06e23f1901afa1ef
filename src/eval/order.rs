//! Equality and a total order over values, by what they are and not by where they are kept.

use std::cmp::Ordering;

use super::value::{Map, Record, Value};
use crate::ir::{OrderKind, OrderOp};
use crate::sort;

/// Up to this many keys a linear search beats an index.
pub(super) const FEW: usize = 32;

/// Whether two values are the same, field by field and element by element; absent equals only absent.
#[must_use]
pub fn equal(left: Value<'_>, right: Value<'_>) -> bool {
    match (left, right) {
        (Value::Absent, Value::Absent) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b)),
        (Value::Map(a), Value::Map(b)) => a.len() == b.len() && equal_maps(a, b),
        (Value::Record(a), Value::Record(b)) => (0..a.len().max(b.len())).all(|i| equal(a.get(i), b.get(i))),
        _ => false,
    }
}

/// Maps are equal whatever the order of their entries.
fn equal_maps(left: Map<'_>, right: Map<'_>) -> bool {
    let in_step = left.iter().zip(right.iter()).all(|((a, x), (b, y))| a == b && equal(x, y));
    in_step || compare_maps(left, right).is_eq()
}

fn compare_maps(left: Map<'_>, right: Map<'_>) -> Ordering {
    let sorted = |map: Map<'_>| {
        let mut order: Vec<usize> = (0..map.len()).collect();
        sort::by_key(&mut order, |index| map.entry(*index).map(|(key, _)| key.to_owned()));
        order
    };
    let (left_order, right_order) = (sorted(left), sorted(right));
    let pairs = left_order.iter().zip(&right_order);
    let entries = pairs.filter_map(|(a, b)| left.entry(*a).zip(right.entry(*b)));
    let mut differences = entries.map(|((a, x), (b, y))| a.cmp(b).then_with(|| compare(x, y)));
    differences.find(|order| order.is_ne()).unwrap_or(left.len().cmp(&right.len()))
}

/// A total order that calls equal just what [`equal`] does. Texts are in order of their bytes.
#[must_use]
pub fn compare(left: Value<'_>, right: Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(&b),
        (Value::Int(a), Value::Int(b)) => a.cmp(&b),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::List(a), Value::List(b)) => {
            let mut differences = a.iter().zip(b.iter()).map(|(a, b)| compare(a, b));
            differences.find(|order| order.is_ne()).unwrap_or(a.len().cmp(&b.len()))
        }
        (Value::Map(a), Value::Map(b)) => compare_maps(a, b),
        (Value::Record(a), Value::Record(b)) => compare_records(a, b),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn compare_records(left: Record<'_>, right: Record<'_>) -> Ordering {
    let mut differences = (0..left.len().max(right.len())).map(|i| compare(left.get(i), right.get(i)));
    differences.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

const fn rank(value: Value<'_>) -> u8 {
    match value {
        Value::Absent => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Float(_) => 3,
        Value::Text(_) => 4,
        Value::List(_) => 5,
        Value::Map(_) => 6,
        Value::Record(_) => 7,
    }
}

/// Two values of one kind in that kind's order; none if they are not of it.
pub(super) fn by_kind(kind: OrderKind, left: Value<'_>, right: Value<'_>) -> Option<Ordering> {
    match (kind, left, right) {
        (OrderKind::Int, Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
        (OrderKind::Float, Value::Float(a), Value::Float(b)) => a.partial_cmp(&b),
        (OrderKind::Text, Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (OrderKind::Version, Value::Text(a), Value::Text(b)) => Some(compare_versions(a, b)),
        _ => None,
    }
}

pub(super) const fn holds(op: OrderOp, order: Ordering) -> bool {
    match op {
        OrderOp::Less => order.is_lt(),
        OrderOp::LessOrEqual => order.is_le(),
        OrderOp::Greater => order.is_gt(),
        OrderOp::GreaterOrEqual => order.is_ge(),
    }
}

/// Dotted versions, number by number; a number that is not there is 0, and what follows the first character
/// that is neither digit nor dot (`6.1.0-13-amd64`) does not count.
#[must_use]
pub fn compare_versions(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (numbers(left), numbers(right));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => {
                let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
                a.len().cmp(&b.len()).then_with(|| a.cmp(b))
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The numbers of a version without their leading zeros, so that longer is greater.
fn numbers(version: &str) -> impl Iterator<Item = &str> {
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let numeric = version.get(..end).unwrap_or_default();
    numeric.split('.').map(|number| number.trim_start_matches('0'))
}

/// A value as a key of an ordered map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ordered<'a>(pub(crate) Value<'a>);

impl PartialEq for Ordered<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered<'_> {}

impl PartialOrd for Ordered<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0, other.0)
    }
}
