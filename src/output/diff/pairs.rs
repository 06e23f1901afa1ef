//! Which element of one collection is which of another.

use std::collections::{BTreeMap, VecDeque};

use super::{ChangeKind, Difference};
use crate::eval::draft::Filled;
use crate::eval::value::Value;
use crate::eval::{Ordered, equal};
use crate::schema::output::{Content, SlotIndex};
use crate::schema::shape::{RecordShape, Shape};
use crate::sort;

/// An element, or its key.
type Keys<'a> = Vec<Value<'a>>;

pub(super) fn of_collection(
    slot: SlotIndex,
    content: &Content,
    old: &Filled<'_>,
    new: &Filled<'_>,
    found: &mut Vec<Difference>,
) {
    let (befores, afters) = (elements(old), elements(new));
    if same_in_step(old, new, &befores, &afters) {
        return;
    }
    // Which of the new ones each of the old ones is.
    let mut partners = match (old, new) {
        (Filled::Keyed(_), _) | (_, Filled::Keyed(_)) => by_key(&keys(old), &keys(new)),
        _ => by_key(&befores, &afters),
    };
    if let Some(fields) = identity(content) {
        pair_alike(&fields, &befores, &afters, &mut partners);
    }
    let added = unpaired(&partners, afters.len());
    for (at, partner) in partners.iter().enumerate() {
        let before = befores.get(at).copied().unwrap_or_default();
        let (kind, new) = match partner {
            None => (ChangeKind::Removed, None),
            Some(other) if equal(before, afters.get(*other).copied().unwrap_or_default()) => continue,
            Some(other) => (ChangeKind::Changed, Some(*other)),
        };
        found.push(Difference { slot, kind, old: Some(at), new });
    }
    found.extend(added.map(|at| Difference { slot, kind: ChangeKind::Added, old: None, new: Some(at) }));
    let ordered = matches!(content, Content::List(_));
    if ordered && !partners.iter().flatten().is_sorted() {
        found.push(Difference { slot, kind: ChangeKind::Moved, old: None, new: None });
    }
}

fn elements<'a>(filled: &Filled<'a>) -> Keys<'a> {
    match filled {
        Filled::Empty => Vec::new(),
        Filled::One(value) => vec![*value],
        Filled::Many(values) => values.clone(),
        Filled::Keyed(entries) => entries.iter().map(|(_, value)| *value).collect(),
    }
}

fn keys<'a>(filled: &Filled<'a>) -> Keys<'a> {
    match filled {
        Filled::Keyed(entries) => entries.iter().map(|(key, _)| Value::Text(key)).collect(),
        _ => Vec::new(),
    }
}

/// Whether both are the same in the same order, as nearly all are.
fn same_in_step(old: &Filled<'_>, new: &Filled<'_>, befores: &[Value<'_>], afters: &[Value<'_>]) -> bool {
    let keyed = match (old, new) {
        (Filled::Keyed(a), Filled::Keyed(b)) => a.iter().zip(b).all(|((a, _), (b, _))| a == b),
        _ => true,
    };
    keyed && befores.len() == afters.len() && befores.iter().zip(afters).all(|(a, b)| equal(*a, *b))
}

/// No key is twice on one side.
fn by_key(old: &[Value<'_>], new: &[Value<'_>]) -> Vec<Option<usize>> {
    let index: BTreeMap<Ordered<'_>, usize> = sort::tree(new.iter().enumerate().map(|(at, key)| (Ordered(*key), at)));
    old.iter().map(|key| index.get(&Ordered(*key)).copied()).collect()
}

/// The fields by which an element is told that has no key: of a device rule what it is about, of a list's record its
/// first one.
fn identity(content: &Content) -> Option<Vec<usize>> {
    match content {
        Content::DeviceRules(rule) => Some(all_but(rule, "access")),
        Content::List(Shape::Record(_)) => Some(vec![0]),
        _ => None,
    }
}

fn all_but(rule: &RecordShape, name: &str) -> Vec<usize> {
    rule.fields.iter().enumerate().filter(|(_, field)| &*field.name != name).map(|(index, _)| index).collect()
}

/// Pairs what is left over and of the same identity, the first with the first.
fn pair_alike(fields: &[usize], old: &[Value<'_>], new: &[Value<'_>], partners: &mut [Option<usize>]) {
    let mut free: BTreeMap<Vec<Ordered<'_>>, VecDeque<usize>> = BTreeMap::new();
    for at in unpaired(partners, new.len()) {
        free.entry(told_by(fields, new.get(at))).or_default().push_back(at);
    }
    for (at, partner) in partners.iter_mut().enumerate().filter(|(_, partner)| partner.is_none()) {
        *partner = free.get_mut(&told_by(fields, old.get(at))).and_then(VecDeque::pop_front);
    }
}

fn told_by<'a>(fields: &[usize], value: Option<&Value<'a>>) -> Vec<Ordered<'a>> {
    match value {
        Some(Value::Record(record)) => fields.iter().map(|field| Ordered(record.get(*field))).collect(),
        _ => Vec::new(),
    }
}

/// Those of the new side that are none of the old.
fn unpaired(partners: &[Option<usize>], new: usize) -> impl Iterator<Item = usize> + use<> {
    let mut free = vec![true; new];
    for at in partners.iter().flatten() {
        if let Some(place) = free.get_mut(*at) {
            *place = false;
        }
    }
    free.into_iter().enumerate().filter_map(|(at, free)| free.then_some(at))
}
