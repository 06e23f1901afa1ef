//! A change of rules over ten thousand services, beside rendering each of them twice: both on all cores, from the same
//! texts.

use std::error::Error;

use plimsoll::policy::{Layers, Policy};
use plimsoll::review::{Item, ItemKind, Reviewer};
use plimsoll::stream::{Memory, Stream};
use rayon::prelude::*;

use super::inputs;
use super::measure::{self, Contender};
use super::texts::Texts;

/// Services of the corpus.
const SERVICES: usize = 10_000;
/// What a review may take, as a multiple of both renders.
const TARGET: f64 = 3.0;
/// Requests that are handed in at once, as the command does.
const AT_ONCE: usize = 4096;

/// Requests of the four services in turns, each with a name of its own.
fn corpus(policy: &Policy) -> Result<Vec<Item>, Box<dyn Error>> {
    let texts = inputs::all().map(|input| Texts::of(&input, policy).map(|texts| texts.json));
    let texts: Vec<String> = texts.into_iter().collect::<Result<_, _>>()?;
    let named = texts.iter().cycle().enumerate().take(SERVICES).map(|(number, text)| Item {
        file: format!("requests.ndjson:{}", number + 1),
        text: text.replace("\"web\"", &format!("\"web-{number}\"")),
        kind: ItemKind::Request,
        output: None,
    });
    Ok(named.collect())
}

fn stream(policy: &Policy) -> Stream<'_> {
    let none = || Err(plimsoll::diagnostics::Diagnostic::new(plimsoll::diagnostics::code::INTERNAL, "there is a host"));
    Stream::new(policy, Box::new(none))
}

fn twice(streams: &[Stream<'_>; 2], items: &[Item]) -> usize {
    let memory = || (streams.each_ref().map(Stream::memory), Vec::new());
    let render = |(memories, out): &mut ([Memory; 2], Vec<u8>), item: &Item| {
        out.clear();
        for (stream, memory) in streams.iter().zip(memories) {
            stream.answer(1, item.text.as_bytes(), memory, out);
        }
        out.len()
    };
    items.par_iter().map_init(memory, render).sum()
}

fn reviewed(policies: &[Policy; 2], items: &[Item]) -> usize {
    let [old, new] = policies;
    let mut reviewer = Reviewer::new(("old", old), ("new", new));
    items.chunks(AT_ONCE).for_each(|items| reviewer.look(items));
    reviewer.finish().summary.changed
}

/// Both.
pub(crate) fn review(_: Option<&str>) -> Result<(), Box<dyn Error>> {
    let policies = || [Layers::standard(), Layers::standard().shipped("hardened")].map(|it| it.unanalysed().compile());
    let [old, new] = policies();
    let policies = [old?, new?];
    let items = corpus(&policies[0])?;
    let streams = policies.each_ref().map(stream);
    let changed = reviewed(&policies, &items);
    if twice(&streams, &items) == 0 || changed != SERVICES {
        return Err(format!("{changed} of {SERVICES} services change").into());
    }
    measure::compare(
        "10,000",
        &[
            Contender::new("render twice", || twice(&streams, &items)),
            Contender::new("diff", || reviewed(&policies, &items)).at_most(TARGET),
        ],
    );
    Ok(())
}
