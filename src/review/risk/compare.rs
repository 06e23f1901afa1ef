//! The measures by which rows order two values.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::sort;

use serde_json::Value as Json;

use super::condition::{among, texts};
use super::member;

/// A measure: of two values, the one that lets a container do more is the greater.
#[derive(Debug)]
pub(super) enum Compare {
    /// Something is more than nothing; two that differ cannot be compared.
    There,
    /// Two that differ cannot be compared.
    Differs,
    /// Two numbers that differ cannot be compared; nothing is 0.
    Id,
    /// A greater number is more; a negative one is none at all, and nothing is this.
    Limit(Nothing),
    /// A smaller number is more; nothing is this number.
    Lower(i64),
    /// The words, the widest first; nothing is that of this index. Others cannot be compared.
    Ladder(&'static [&'static [&'static str]], usize),
    /// `0-3,7`: more numbers are more, nothing is all of them.
    Numbers,
    /// More bits are more; nothing is this number.
    Bits(i64),
    /// Fewer bits are more; nothing is this number.
    FewerBits(i64),
    /// More letters are more; nothing is none.
    Letters,
    /// `max`, or numbers: the first by the second, if there is one; nothing is `max`.
    Quota,
    /// This member of both, by this measure.
    Field(&'static str, &'static Compare),
    /// This option (`size=64k`), in bytes: nothing is all.
    Size(&'static str),
    /// All options but these: if they differ, they cannot be compared.
    Options(&'static [&'static str]),
    /// By this measure, if something is there on both sides.
    Both(&'static Compare),
    /// By all of these.
    Each(&'static [Compare]),
}

/// What no number at all means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Nothing {
    /// No limit.
    Unlimited,
    /// This number.
    Number(i64),
    /// What somebody else has set.
    Unknown,
}

/// How what a container can do compares, after with before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Same,
    More,
    Less,
    Unknown,
}

impl Compare {
    pub(super) fn order(&self, before: Option<&Json>, after: Option<&Json>) -> Order {
        match self {
            _ if before == after => Order::Same,
            Self::There => there(before.is_some(), after.is_some()),
            Self::Differs => Order::Unknown,
            Self::Id if number(before, 0) == number(after, 0) => Order::Same,
            Self::Id => Order::Unknown,
            Self::Limit(nothing) => ordered(limit(before, *nothing), limit(after, *nothing)),
            Self::Lower(nothing) => ordered(number(after, *nothing), number(before, *nothing)),
            Self::Ladder(steps, nothing) => ordered(step(after, steps, *nothing), step(before, steps, *nothing)),
            Self::Numbers => superset(before.map(numbers), after.map(numbers)),
            Self::Bits(nothing) => superset(bits(before, *nothing), bits(after, *nothing)),
            Self::FewerBits(nothing) => superset(bits(after, *nothing), bits(before, *nothing)),
            Self::Letters => superset(Some(letters(before)), Some(letters(after))),
            Self::Quota => quota(before, after),
            Self::Field(name, by) => {
                let of = |side: Option<&'_ Json>| side.and_then(|value| member(value, name)).cloned();
                by.order(of(before).as_ref(), of(after).as_ref())
            }
            Self::Size(name) => ordered(Some(size(before, name)), Some(size(after, name))),
            Self::Options(but) if others(before, but) == others(after, but) => Order::Same,
            Self::Options(_) => Order::Unknown,
            Self::Both(by) if before.is_some() && after.is_some() => by.order(before, after),
            Self::Both(_) => Order::Same,
            Self::Each(all) => all.iter().map(|by| by.order(before, after)).fold(Order::Same, Order::and),
        }
    }
}

impl Order {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, Self::Same) => one,
            (Self::Same, one) => one,
            (one, same) if one == same => one,
            // More of one thing and less of another.
            (Self::More, _) | (_, Self::More) => Self::More,
            _ => Self::Unknown,
        }
    }
}

const fn there(before: bool, after: bool) -> Order {
    match (before, after) {
        (false, true) => Order::More,
        (true, false) => Order::Less,
        _ => Order::Unknown,
    }
}

fn ordered<T: PartialOrd>(before: Option<T>, after: Option<T>) -> Order {
    match before.zip(after).and_then(|(before, after)| after.partial_cmp(&before)) {
        Some(Ordering::Equal) => Order::Same,
        Some(Ordering::Greater) => Order::More,
        Some(Ordering::Less) => Order::Less,
        None => Order::Unknown,
    }
}

/// Nothing is all there is.
fn superset<T: Ord>(before: Option<BTreeSet<T>>, after: Option<BTreeSet<T>>) -> Order {
    match (before, after) {
        (None, None) => Order::Same,
        (None, Some(_)) => Order::Less,
        (Some(_), None) => Order::More,
        (Some(before), Some(after)) if before == after => Order::Same,
        (Some(before), Some(after)) if before.is_subset(&after) => Order::More,
        (Some(before), Some(after)) if after.is_subset(&before) => Order::Less,
        _ => Order::Unknown,
    }
}

fn limit(value: Option<&Json>, nothing: Nothing) -> Option<i128> {
    let unlimited = i128::MAX;
    match (value, nothing) {
        (Some(value), _) => integer(value).map(|number| if number < 0 { unlimited } else { number }),
        (None, Nothing::Unlimited) => Some(unlimited),
        (None, Nothing::Number(number)) => Some(number.into()),
        (None, Nothing::Unknown) => None,
    }
}

fn number(value: Option<&Json>, nothing: i64) -> Option<i128> {
    value.map_or(Some(nothing.into()), integer)
}

fn integer(value: &Json) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

fn step(value: Option<&Json>, steps: &[&[&str]], nothing: usize) -> Option<usize> {
    match value {
        Some(value) => value.as_str().and_then(|word| steps.iter().position(|step| step.contains(&word))),
        None => Some(nothing),
    }
}

/// A list of numbers and ranges. A range of more than the kernel's CPUs and nodes is cut.
fn numbers(value: &Json) -> BTreeSet<u32> {
    const MOST: u32 = 1 << 16;
    let ranges = value.as_str().unwrap_or_default().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<u32>().ok()?..=last.parse::<u32>().ok()?.min(MOST))
    });
    sort::tree(ranges.flatten())
}

fn bits(value: Option<&Json>, nothing: i64) -> Option<BTreeSet<u32>> {
    let bits = number(value, nothing)?;
    Some(sort::tree((0..u32::BITS).filter(|bit| bits >> bit & 1 == 1)))
}

fn letters(value: Option<&Json>) -> BTreeSet<char> {
    sort::tree(value.and_then(Json::as_str).unwrap_or_default().chars())
}

/// Quotas as in `cpu.max`: `max 100000`, `50000 100000`.
fn quota(before: Option<&Json>, after: Option<&Json>) -> Order {
    let share = |value: Option<&Json>| {
        let Some(text) = value.map(|value| value.as_str().unwrap_or_default()) else { return Some(f64::INFINITY) };
        let mut words = text.split_whitespace();
        let first = match words.next()? {
            "max" => f64::INFINITY,
            number => number.parse::<f64>().ok()?,
        };
        let by = words.next().map_or(Some(1.0), |period| period.parse::<f64>().ok().filter(|period| *period > 0.0))?;
        words.next().is_none().then_some(first / by)
    };
    ordered(share(before), share(after))
}

/// Bytes, or a part of the memory; nothing, and 0, are all.
fn size(value: Option<&Json>, name: &str) -> f64 {
    let options = value.into_iter().flat_map(|value| texts(value, "options"));
    let given = options.filter_map(|option| option.strip_prefix(name)?.strip_prefix('=')).next_back();
    let Some(text) = given else { return f64::INFINITY };
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor = match text.strip_prefix(digits).and_then(|unit| unit.chars().next()) {
        None => 1.0,
        Some('k' | 'K') => 1024.0,
        Some('m' | 'M') => 1_048_576.0,
        Some('g' | 'G') => 1_073_741_824.0,
        // Of a memory that nobody knows, and so not to be compared.
        Some(_) => f64::NAN,
    };
    match digits.parse::<f64>() {
        Ok(0.0) => f64::INFINITY,
        Ok(number) => number * factor,
        Err(_) => f64::NAN,
    }
}

/// The options of a mount but those of which other rows know.
fn others<'v>(value: Option<&'v Json>, but: &[&str]) -> BTreeSet<&'v str> {
    let options = value.into_iter().flat_map(|value| texts(value, "options"));
    sort::tree(options.filter(|option| !among(option, but)))
}
