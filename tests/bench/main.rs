//! What rendering costs, beside what it costs to write the same by hand: `cargo bench`. Each row has the least and the
//! median time and the median's ratio to the first row of its kind, taken in turns in the same run.
//!
//! `cargo bench --bench render -- services rules` runs two of the parts; `--plot FILE` draws render time over the number
//! of rules as SVG. `diff` compares ten thousand services under two policies. `peers` times whole processes, beside `cedar` and `nickel` if they are on the path.

#![expect(clippy::print_stdout, reason = "the figures are for the person who runs it")]
#![expect(clippy::indexing_slicing, reason = "as many samples as contenders and rounds")]

mod baseline;
mod contenders;
mod facts;
mod floor;
mod inputs;
mod measure;
mod mirror;
mod mixed;
mod peers;
mod plot;
mod review;
mod rules;
mod texts;

use std::error::Error;
use std::process::ExitCode;

use plimsoll::facts::request::Request;
use plimsoll::policy::{Layers, Policy};

use measure::{Contender, compare};
use texts::Texts;

/// The numbers of rules for other services; the most that a policy may have is 100,000.
const RULES: [usize; 6] = [0, 10, 100, 1000, 10_000, 99_000];

/// A part of the benchmark.
type Part = (&'static str, fn(Option<&str>) -> Result<(), Box<dyn Error>>);

const PARTS: [Part; 6] = [
    ("services", services),
    ("texts", from_texts),
    ("rules", flat),
    ("compile", compile),
    ("diff", review::review),
    ("peers", peers::peers),
];

/// The four services, by everyone.
fn services(_: Option<&str>) -> Result<(), Box<dyn Error>> {
    let policy = Policy::standard()?;
    let (mut floor, mut json) = (Vec::new(), Vec::new());
    for input in inputs::all() {
        let facts = Request::from_json(input.name, input.request, policy.schema())?.facts()?;
        let contenders = contenders::all(&input, &policy, &facts);
        let sizes: Vec<_> = contenders.iter().take(3).map(Contender::run).collect();
        if sizes.contains(&0) || sizes[1] != sizes[2] {
            return Err(format!("{}: not the same output: {sizes:?} bytes", input.name).into());
        }
        let medians = compare(input.name, &contenders);
        floor.push(medians[1] / medians[0]);
        json.push(medians[2] / medians[0]);
        compare(input.name, &contenders::specs(&input, &policy, &facts));
    }
    measure::mean("floor", &floor);
    measure::mean("json (0.12)", &json);
    Ok(())
}

/// From the text of a request or of a deployment.
fn from_texts(_: Option<&str>) -> Result<(), Box<dyn Error>> {
    let policy = Policy::standard()?;
    for input in inputs::all() {
        let texts = Texts::of(&input, &policy)?;
        let facts = Request::from_json(input.name, input.request, policy.schema())?.facts()?;
        let due = contenders::json(&policy, &facts).run();
        for contenders in [texts.of_json(&policy), texts.of_yaml(&policy)] {
            let size = contenders[1].run();
            if contenders[0].run() == 0 || size != due {
                return Err(format!("{}: not the same output: {size} bytes for {due}", input.name).into());
            }
            compare(input.name, &contenders);
        }
    }
    Ok(())
}

/// One service under more and more rules for others.
fn flat(plot: Option<&str>) -> Result<(), Box<dyn Error>> {
    let [_, input, ..] = inputs::all();
    let policies: Vec<Policy> = RULES.into_iter().map(rules::policy).collect::<Result<_, _>>()?;
    let facts = Request::from_json(input.name, input.request, policies[0].schema())?.facts()?;
    let names = ["no rule more", "10 more", "100 more", "1,000 more", "10,000 more", "99,000 more"];
    let contenders: Vec<_> = policies.iter().map(|policy| contenders::json(policy, &facts).at_most(1.2)).collect();
    let contenders: Vec<_> = contenders.into_iter().zip(names).map(|(it, name)| it.named(name)).collect();
    let medians = compare("rules", &contenders);
    if let Some(file) = plot {
        let points: Vec<_> = RULES.into_iter().zip(medians).collect();
        std::fs::write(file, plot::svg(&points))?;
    }
    Ok(())
}

/// From the text of rules to a policy: parsed, checked and analysed.
fn compile(_: Option<&str>) -> Result<(), Box<dyn Error>> {
    let compiled = |rules| usize::from(rules::policy(rules).is_ok());
    // Rules that write the same few places take the most looking at.
    let mixed = |rules| {
        let text: plimsoll::source::Text = mixed::many(rules).into();
        move || usize::from(Layers::new().layer("mixed", [("mixed.plim", text.clone())]).compile().is_ok())
    };
    compare(
        "compile",
        &[
            Contender::new("standard", move || compiled(0)),
            Contender::new("1,000 more", move || compiled(1000)),
            Contender::new("10,000 more", move || compiled(10_000)),
            Contender::new("1,000 mixed", mixed(1000)),
            Contender::new("10,000 mixed", mixed(10_000)),
        ],
    );
    Ok(())
}

fn main() -> ExitCode {
    // A report shows itself in full to whoever debugs it, all rules included.
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut plot = None;
    let mut named = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--plot" => plot = arguments.next(),
            // Cargo says so to every benchmark.
            "--bench" => {}
            part if PARTS.iter().any(|(name, _)| *name == part) => named.push(argument),
            other => return Err(format!("there is no part `{other}`").into()),
        }
    }
    measure::head();
    for (name, part) in PARTS {
        if named.is_empty() || named.iter().any(|named| named == name) {
            part(plot.as_deref())?;
        }
    }
    Ok(())
}
