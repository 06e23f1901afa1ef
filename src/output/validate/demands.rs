//! What each kind of demand finds in a draft.

use super::view::View;
use super::{Broken, Spot, mounts, namespaces};
use crate::eval::equal;
use crate::eval::value::Value;
use crate::schema::requirements::{At, Cgroup, Demand};

pub(super) fn broken(view: &View<'_, '_>, demand: &Demand) -> Vec<Broken> {
    match demand {
        Demand::Namespace(path, namespace) => namespaces::needed(view, path, namespace),
        Demand::Made(namespace, path) => namespaces::made(view, namespace, path),
        Demand::Joined(namespace, path) => namespaces::joined(view, namespace, path),
        Demand::SysctlNamespace => namespaces::sysctls(view),
        Demand::SysctlKnown => namespaces::shared_sysctls(view),
        Demand::SysctlNever(keys) => namespaces::forbidden_sysctls(view, keys),
        Demand::Mapped(path, mappings) => namespaces::unmapped(view, path, mappings),
        Demand::MountMapped(option, mappings) => namespaces::unmapped_mounts(view, option, mappings),
        Demand::Subset(subset) => outside(view, subset.small, subset.large),
        Demand::AtMost(small, large, zero) => above(view, *small, *large, *zero),
        Demand::Range(at, min, max) => out_of_range(view, *at, *min, *max),
        Demand::Without(at, layout, zero) => without(view, *at, *layout, *zero),
        Demand::Only(at, with, words) => only(view, *at, *with, words),
        Demand::Needs(at, with, words, zero) => needs(view, *at, *with, words, *zero),
        Demand::Any(path, fields) => none_of(view, path, fields),
        Demand::Differs(pairs) => same(view, pairs),
        Demand::Never(at) => each(view, *at, |value, _| view.counts(value, true).then_some(None)),
        Demand::Spelled(at, fits) => misspelt(view, *at, *fits),
        Demand::NoPair(path, word, listed) => pairs(view, path, *word, *listed),
        Demand::Swap => swap(view),
        Demand::BindOptions => mounts::bind_options(view),
        Demand::MountType => mounts::without_type(view),
        Demand::MountMappings => mounts::half_mapped(view),
        Demand::MappedBind => mounts::mapped(view),
        Demand::Wildcard => wildcards(view),
    }
}

/// The element that a value is a field of, and its collection.
type Context<'e, 'v, 'a> = Option<(&'e super::view::Elements<'v, 'a>, Value<'a>)>;

/// Goes through the values of a place. The check gives what a wrong one does not fit.
fn each<'v, 'a>(
    view: &View<'v, 'a>,
    at: At,
    check: impl Fn(Value<'a>, Context<'_, 'v, 'a>) -> Option<Option<Spot>>,
) -> Vec<Broken> {
    let Some(elements) = view.at(at.path) else { return Vec::new() };
    let Some(field) = at.field else {
        let wrong = check(elements.one(), None);
        return wrong.map(|other| elements.spot(None).beside(other)).into_iter().collect();
    };
    let wrong = elements.iter().filter_map(|(index, _, element)| {
        let other = check(elements.field(element, field), Some((&elements, element)))?;
        Some(elements.spot(Some(index)).field(Some(field)).beside(other.filter(|other| other.slot != elements.slot)))
    });
    wrong.collect()
}

fn outside(view: &View<'_, '_>, small: &str, large: &str) -> Vec<Broken> {
    let (Some(small), Some(large)) = (view.at(small), view.at(large)) else { return Vec::new() };
    let has = |wanted| large.iter().any(|(.., value)| equal(view.read(value), wanted));
    let stray = small.iter().filter(|(.., value)| !has(view.read(*value)));
    stray
        .map(|(index, _, value)| small.spot(Some(index)).lacking(&large, view.text(value).unwrap_or_default()))
        .collect()
}

fn above(view: &View<'_, '_>, small: At, large: At, zero: bool) -> Vec<Broken> {
    each(view, small, |value, context| {
        let number = view.int(value)?;
        let (spot, limit) = view.value(large, context);
        let limit = view.int(limit).filter(|limit| *limit > 0 || zero && *limit == 0)?;
        (number > limit).then_some(spot)
    })
}

fn out_of_range(view: &View<'_, '_>, at: At, min: i128, max: i128) -> Vec<Broken> {
    each(view, at, |value, _| {
        let number = view.int(value)?;
        (number > 0 && !(min..=max).contains(&number)).then_some(None)
    })
}

fn without(view: &View<'_, '_>, at: At, layout: Cgroup, zero: bool) -> Vec<Broken> {
    let is_there = |value| match value {
        Value::Bool(value) => value || zero,
        value => view.counts(value, zero),
    };
    // A collection as a whole.
    if let (None, Some(elements)) = (at.field, view.at(at.path))
        && elements.iter().next().is_some()
    {
        return if view.cgroup() == Some(layout) { vec![elements.first().alone()] } else { Vec::new() };
    }
    each(view, at, |value, _| (is_there(value) && view.cgroup() == Some(layout)).then_some(None))
}

/// Whether a value is one of some words, or, where there are none, is there.
fn is_one_of<'a>(view: &View<'_, 'a>, value: Value<'a>, words: &[&str]) -> bool {
    if words.is_empty() { view.counts(value, true) } else { view.text(value).is_some_and(|text| words.contains(&text)) }
}

fn only(view: &View<'_, '_>, at: At, with: At, words: &[&str]) -> Vec<Broken> {
    each(view, at, |value, context| {
        let (spot, other) = view.value(with, context);
        (view.counts(value, false) && !is_one_of(view, other, words)).then_some(spot)
    })
}

fn needs(view: &View<'_, '_>, at: At, with: At, words: &[&str], zero: bool) -> Vec<Broken> {
    each(view, with, |value, context| {
        if !is_one_of(view, value, words) {
            return None;
        }
        let (spot, needed) = view.value(at, context);
        (!view.counts(needed, zero)).then_some(spot)
    })
}

fn none_of(view: &View<'_, '_>, path: &str, fields: &[&'static str]) -> Vec<Broken> {
    let Some(elements) = view.at(path) else { return Vec::new() };
    let has = |element, field: &str| view.counts(elements.field(element, field), true);
    let bare = elements.iter().filter(|(.., element)| !fields.iter().any(|field| has(*element, field)));
    bare.map(|(index, ..)| elements.spot(Some(index)).alone()).collect()
}

fn same(view: &View<'_, '_>, pairs: &[(At, At)]) -> Vec<Broken> {
    let Some(((first, _), rest)) = pairs.split_first().map(|(first, _)| (*first, pairs)) else { return Vec::new() };
    each(view, first, |_, context| {
        let all = rest.iter().map(|(own, other)| {
            let ((_, own), (spot, other)) = (view.value(*own, context), view.value(*other, context));
            (equal(view.read(own), view.read(other)), spot)
        });
        let all: Vec<(bool, Option<Spot>)> = all.collect();
        let spot = all.first().and_then(|(_, spot)| *spot);
        all.iter().all(|(equal, _)| *equal).then_some(spot)
    })
}

fn misspelt(view: &View<'_, '_>, at: At, fits: fn(&str) -> bool) -> Vec<Broken> {
    let wrong = |value| view.text(value).is_some_and(|text| !fits(text));
    match view.at(at.path) {
        Some(elements) if at.field.is_none() && elements.one().is_absent() => {
            let keys = elements.iter().filter(|(_, key, _)| wrong(Value::Text(key)));
            keys.map(|(index, ..)| elements.spot(Some(index)).alone()).collect()
        }
        _ => each(view, at, |value, _| wrong(value).then_some(None)),
    }
}

fn pairs(
    view: &View<'_, '_>,
    path: &str,
    (field, word): (&'static str, &str),
    (list, listed): (&'static str, &str),
) -> Vec<Broken> {
    let Some(elements) = view.at(path) else { return Vec::new() };
    let has = |value| view.text(value) == Some(listed);
    let wrong = elements.iter().filter(|(.., element)| {
        view.text(elements.field(*element, field)) == Some(word) && view.list(elements.field(*element, list)).any(has)
    });
    wrong.map(|(index, ..)| elements.spot(Some(index)).field(Some(field)).alone()).collect()
}

/// 0 and −1 are said in their own way: none, and no limit.
fn swap(view: &View<'_, '_>) -> Vec<Broken> {
    let (Some(swap), Some(limit)) = (view.at("linux.resources.memory.swap"), view.at("linux.resources.memory.limit"))
    else {
        return Vec::new();
    };
    let Some(wanted) = view.int(swap.one()).filter(|wanted| *wanted > 0) else { return Vec::new() };
    let fits = match view.int(limit.one()) {
        Some(limit) => limit == -1 || limit != 0 && wanted >= limit,
        // A hole is noticed, and asked of each render.
        None => !limit.one().is_absent() && view.read(limit.one()).is_absent(),
    };
    if fits { Vec::new() } else { vec![swap.spot(None).beside(Some(limit.spot(None)))] }
}

fn wildcards(view: &View<'_, '_>) -> Vec<Broken> {
    let Some(rules) = view.at("linux.resources.devices") else { return Vec::new() };
    let field = |rule, name| view.read(rules.field(rule, name));
    let wrong = rules.iter().filter(|(.., rule)| {
        matches!(field(*rule, "type"), Value::Absent | Value::Text("a"))
            && !(field(*rule, "major").is_absent() && field(*rule, "minor").is_absent())
    });
    wrong.map(|(index, ..)| rules.spot(Some(index)).alone()).collect()
}
