//! What rendering costs: each contender builds one service's spec and serializes it, in turns and in one run, so that
//! what disturbs one disturbs all. `cargo bench` prints the least and the median time of a render, and the median's
//! ratio to the hand-written code's. Below that: what parsing, checking and analysing a policy costs.

#![expect(clippy::print_stdout, reason = "the figures are for the person who runs it")]
#![expect(clippy::indexing_slicing, reason = "as many samples as contenders and rounds")]

mod baseline;
mod facts;
mod inputs;
mod rules;

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy};

use inputs::Input;

/// Turns that each contender gets.
const ROUNDS: usize = 200;
/// About how long a turn lasts.
const TURN: Duration = Duration::from_micros(500);

/// Turns of what takes long.
const FEW_ROUNDS: usize = 10;

/// One way to get from facts to the bytes of `config.json`, or something else that takes its time.
struct Contender<'i> {
    name: &'static str,
    render: Box<dyn Fn() -> usize + 'i>,
}

/// Everyone who renders an input; the first is what the others are compared with.
fn contenders<'i>(input: &'i Input, policy: &'i Policy, facts: &'i Facts) -> Vec<Contender<'i>> {
    vec![hand_written(input), to_json(policy, facts), to_spec(policy, facts), with_provenance(policy, facts)]
}

fn hand_written(input: &Input) -> Contender<'_> {
    let bytes = || baseline::render(black_box(&input.service), black_box(&input.host)).map_or(0, |json| json.len());
    Contender { name: "hand-written", render: Box::new(bytes) }
}

/// Facts to bytes, as an agent does it: one arena and one buffer for all renders.
fn to_json<'i>(policy: &'i Policy, facts: &'i Facts) -> Contender<'i> {
    let memory = RefCell::new((Arena::new(), Vec::new()));
    let render = move || {
        let (arena, out) = &mut *memory.borrow_mut();
        arena.reset();
        out.clear();
        let written = policy.render(black_box(facts), arena).and_then(|it| it.write_json(Style::Compact, out));
        written.map_or(0, |()| out.len())
    };
    Contender { name: "json", render: Box::new(render) }
}

/// Facts to oci-spec's value.
fn to_spec<'i>(policy: &'i Policy, facts: &'i Facts) -> Contender<'i> {
    let memory = RefCell::new(Arena::new());
    let render = move || {
        let arena = &mut *memory.borrow_mut();
        arena.reset();
        let spec = policy.render(black_box(facts), arena).and_then(|it| it.spec());
        spec.map_or(0, |spec| usize::from(black_box(spec).process().is_some()))
    };
    Contender { name: "spec", render: Box::new(render) }
}

/// Facts to bytes and to where each value comes from.
fn with_provenance<'i>(policy: &'i Policy, facts: &'i Facts) -> Contender<'i> {
    let memory = RefCell::new((Arena::new(), Vec::new()));
    let render = move || {
        let (arena, out) = &mut *memory.borrow_mut();
        arena.reset();
        out.clear();
        let traced = policy.trace(black_box(facts), arena);
        traced.and_then(|it| it.write_json(Style::Compact, out)).map_or(0, |()| out.len())
    };
    Contender { name: "provenance", render: Box::new(render) }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark needs a clock")]
fn now() -> Instant {
    Instant::now()
}

/// Nanoseconds of one render, over `times` of them.
fn turn(contender: &Contender<'_>, times: u32) -> f64 {
    let start = now();
    for _ in 0..times {
        black_box((contender.render)());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(times)
}

/// How many renders fill a turn.
fn calibrate(contender: &Contender<'_>) -> u32 {
    let once = turn(contender, 64).max(1.0);
    (TURN.as_secs_f64() * 1e9 / once).clamp(1.0, 1e6) as u32
}

/// Runs contenders in turns and prints a row for each.
fn compare(name: &str, contenders: &[Contender<'_>]) {
    let times: Vec<_> = contenders.iter().map(calibrate).collect();
    measure(name, contenders, &times, ROUNDS);
}

fn measure(name: &str, contenders: &[Contender<'_>], times: &[u32], rounds: usize) {
    let mut samples = vec![Vec::with_capacity(rounds); contenders.len()];
    for _ in 0..rounds {
        for (index, contender) in contenders.iter().enumerate() {
            samples[index].push(turn(contender, times[index]));
        }
    }
    let mut first = None;
    for (contender, mut samples) in contenders.iter().zip(samples) {
        samples.sort_by(f64::total_cmp);
        let (least, median) = (samples[0], samples[rounds / 2]);
        let ratio = median / *first.get_or_insert(median);
        println!("{name:<12} {:<14} {least:>12.0} {median:>12.0} {ratio:>7.2}", contender.name);
    }
}

/// Parsing, checking and analysing policies, the shipped one and larger ones.
fn check() {
    let shipped = || usize::from(Policy::standard().is_ok());
    measure("standard", &[Contender { name: "check", render: Box::new(shipped) }], &[1], ROUNDS);
    for (name, count) in [("1,000 rules", 1_000), ("10,000 rules", 10_000)] {
        let text: Arc<str> = rules::many(count).into();
        let check = || usize::from(Layers::new().layer("many", [("many.plim", Arc::clone(&text))]).compile().is_ok());
        measure(name, &[Contender { name: "check", render: Box::new(check) }], &[1], FEW_ROUNDS);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{:<12} {:<14} {:>12} {:>12} {:>7}", "service", "by", "least ns", "median ns", "ratio");
    let policy = Policy::standard()?;
    for input in inputs::all() {
        let facts = Request::from_json(input.name, input.request, policy.schema())?.facts()?;
        compare(input.name, &contenders(&input, &policy, &facts));
    }
    check();
    Ok(())
}
