//! The same four services by engines from the registry: `cargo run --release --manifest-path tests/bench/engines/Cargo.toml`.
//!
//! Each has the standard policy's decisions for these services in its own language (`policies/`), gets the same facts, ready in
//! memory as it wants them, and gives compact JSON. Nobody but ours and the hand-written code checks a value or refuses a
//! service. What comes out is compared with ours, as values, before anything is timed; a set may be in another order.
//! CEL merges no maps and sorts nothing, so it makes a part of the spec only, which is compared with that part.

#![expect(clippy::print_stdout, reason = "the figures are for the person who runs it")]

#[path = "../../baseline.rs"]
mod baseline;
#[path = "../../contenders.rs"]
mod contenders;
mod engines;
#[path = "../../facts.rs"]
mod facts;
#[path = "../../floor.rs"]
mod floor;
mod given;
#[path = "../../inputs.rs"]
mod inputs;
#[path = "../../measure.rs"]
mod measure;

use std::error::Error;

use plimsoll::facts::request::Request;
use plimsoll::policy::Policy;
use serde_json::Value;

use engines::{ENGINES, Render};
use measure::Contender;

fn main() -> Result<(), Box<dyn Error>> {
    let policy = Policy::standard()?;
    measure::head();
    let mut ratios = vec![Vec::new(); ENGINES.len() + 1];
    for input in inputs::all() {
        let facts = Request::from_json(input.name, input.request, policy.schema())?.facts()?;
        let (given, due) = (given::of(&input.service, &input.host), serde_json::from_str(input.spec)?);
        let mut all = vec![contenders::hand_written(&input), contenders::json(&policy, &facts)];
        for (name, engine) in ENGINES {
            let mut render = engine(&given)?;
            same(name, input.name, &render()?, &due)?;
            all.push(timed(name, render));
        }
        let medians = measure::compare(input.name, &all);
        for (ratios, median) in ratios.iter_mut().zip(medians.iter().skip(1)) {
            ratios.push(median / medians.first().copied().unwrap_or(1.0));
        }
    }
    let names = std::iter::once("json").chain(ENGINES.map(|(name, _)| name));
    names.zip(&ratios).for_each(|(name, ratios)| measure::mean(name, ratios));
    Ok(())
}

fn timed(name: &'static str, render: Render) -> Contender<'static> {
    Contender::with(name, render, |render| render().map_or(0, |json| json.len()))
}

/// Whether an engine says what ours does, as far as it says anything.
fn same(engine: &str, service: &str, json: &str, due: &Value) -> Result<(), Box<dyn Error>> {
    let got = sorted(serde_json::from_str(json)?);
    let due = if engine == "cel" { engines::cel_part(due) } else { due.clone() };
    if got == sorted(due.clone()) {
        return Ok(());
    }
    Err(format!("{engine}, {service}: another spec\n{got}\nfor\n{}", sorted(due)).into())
}

/// Capabilities in one order, numbers in one form.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries.into_iter().map(|(name, value)| (name, sorted(value))).collect(),
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.into_iter().map(sorted).collect();
            if elements.iter().all(|it| it.as_str().is_some_and(|it| it.starts_with("CAP_"))) {
                elements.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            Value::Array(elements)
        }
        Value::Number(number) => {
            number.as_f64().filter(|it| it.fract() == 0.0).map_or(Value::Null, |it| (it as i64).into())
        }
        other => other,
    }
}
