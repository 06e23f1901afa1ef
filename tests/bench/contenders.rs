//! Everyone who renders: the same facts in, the same bytes or values out.

#![allow(dead_code, reason = "a module of two benchmarks, of which each uses a part")]

use std::hint::black_box;

use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;

use super::inputs::Input;
use super::measure::Contender;
use super::{baseline, floor};

/// Everyone who renders an input; the first is what the others are compared with.
pub(crate) fn all<'i>(input: &'i Input, policy: &'i Policy, facts: &'i Facts) -> Vec<Contender<'i>> {
    vec![
        hand_written(input),
        hand_specialised(input),
        json(policy, facts).at_most(0.18),
        validated(policy, facts).at_most(0.2),
        spec(policy, facts).at_most(1.0),
        writers(policy, facts).at_most(0.5),
        provenance(policy, facts),
    ]
}

/// Those who give a value of `oci_spec`, which nobody serializes.
pub(crate) fn specs<'i>(input: &'i Input, policy: &'i Policy, facts: &'i Facts) -> Vec<Contender<'i>> {
    let by_hand = Contender::new("spec by hand", || {
        let spec = baseline::spec(black_box(&input.service), black_box(&input.host));
        spec.map_or(0, |(spec, _)| usize::from(black_box(spec).process().is_some()))
    });
    vec![by_hand, spec(policy, facts).at_most(1.0)]
}

/// A tree of `oci_spec`, serialized.
pub(crate) fn hand_written(input: &Input) -> Contender<'_> {
    Contender::new("hand-written", || {
        baseline::render(black_box(&input.service), black_box(&input.host)).map_or(0, |json| json.len())
    })
}

/// Constant pieces and holes.
fn hand_specialised(input: &Input) -> Contender<'_> {
    Contender::with("floor", Vec::new(), |out| {
        out.clear();
        floor::render(black_box(&input.service), black_box(&input.host), out).map_or(0, |()| out.len())
    })
}

/// Facts to bytes, as an agent does it: one arena and one buffer for all renders.
pub(crate) fn json<'i>(policy: &'i Policy, facts: &'i Facts) -> Contender<'i> {
    Contender::with("json", (Arena::new(), Vec::new()), |(arena, out)| {
        arena.reset();
        out.clear();
        let written = policy.render(black_box(facts), arena).and_then(|it| it.write_json(Style::Compact, out));
        written.map_or(0, |()| out.len())
    })
}

/// The same, held against what runtimes ask of a spec, as the command line does it.
fn validated<'i>(policy: &'i Policy, facts: &'i Facts) -> Contender<'i> {
    Contender::with("validated", (Arena::new(), Vec::new()), |(arena, out)| {
        arena.reset();
        out.clear();
        let Ok(rendered) = policy.render(black_box(facts), arena) else { return 0 };
        let written = rendered.validate().and_then(|_| rendered.write_json(Style::Compact, out));
        written.map_or(0, |()| out.len())
    })
}

/// Facts to oci-spec's value.
fn spec<'i>(policy: &'i Policy, facts: &'i Facts) -> Contender<'i> {
    Contender::with("spec", Arena::new(), |arena| {
        arena.reset();
        let spec = policy.render(black_box(facts), arena).and_then(|it| it.spec());
        spec.map_or(0, |spec| usize::from(black_box(spec).process().is_some()))
    })
}

/// Facts to bytes, and who wrote each value.
fn writers<'i>(policy: &'i Policy, facts: &'i Facts) -> Contender<'i> {
    Contender::with("writers", (Arena::new(), Vec::new()), |(arena, out)| {
        arena.reset();
        out.clear();
        let Ok(traced) = policy.trace(black_box(facts), arena) else { return 0 };
        let Some(writers) = traced.writers() else { return 0 };
        let told: usize =
            writers.iter().flat_map(|writer| writer.writes).map(|write| black_box(write).rule.index()).sum();
        traced.write_json(Style::Compact, out).map_or(0, |()| out.len() + told)
    })
}

/// The same, and of which facts.
fn provenance<'i>(policy: &'i Policy, facts: &'i Facts) -> Contender<'i> {
    Contender::with("provenance", (Arena::new(), Vec::new()), |(arena, out)| {
        arena.reset();
        out.clear();
        let Ok(traced) = policy.trace(black_box(facts), arena) else { return 0 };
        let told = traced.provenance().map_or(0, |provenance| provenance.leaves.len());
        traced.write_json(Style::Compact, out).map_or(0, |()| out.len() + told)
    })
}
