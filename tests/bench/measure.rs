//! Who is timed, in turns and in one run, so that what disturbs one disturbs all; and the table that comes of it.

#![allow(dead_code, clippy::indexing_slicing, reason = "a module of two benchmarks, of which each uses a part")]

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Turns that each contender gets.
const ROUNDS: usize = 200;
/// About how long a turn lasts.
const TURN: Duration = Duration::from_micros(500);

/// One way to do what the others of its row do too.
pub(crate) struct Contender<'i> {
    pub(crate) name: &'static str,
    work: Box<dyn Fn() -> usize + 'i>,
    /// What its time may be at most, as a multiple of the first one's.
    target: Option<f64>,
}

impl<'i> Contender<'i> {
    /// What it does must give something that depends on all of its work.
    pub(crate) fn new(name: &'static str, work: impl Fn() -> usize + 'i) -> Self {
        Self { name, work: Box::new(work), target: None }
    }

    /// One that keeps memory from one time to the next.
    pub(crate) fn with<M: 'i>(name: &'static str, memory: M, work: impl Fn(&mut M) -> usize + 'i) -> Self {
        let memory = RefCell::new(memory);
        Self::new(name, move || work(&mut memory.borrow_mut()))
    }

    pub(crate) fn at_most(self, target: f64) -> Self {
        Self { target: Some(target), ..self }
    }

    pub(crate) fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Does it once.
    pub(crate) fn run(&self) -> usize {
        black_box((self.work)())
    }

    /// Nanoseconds of doing it once, over some `times`.
    fn turn(&self, times: u32) -> f64 {
        let start = now();
        for _ in 0..times {
            self.run();
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(times)
    }

    /// How many times fill a turn.
    fn calibrate(&self) -> u32 {
        let first = self.turn(1);
        let once = if first > 1e6 { first } else { self.turn(64) };
        (TURN.as_secs_f64() * 1e9 / once.max(1.0)).clamp(1.0, 1e6) as u32
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark needs a clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The head of the table.
pub(crate) fn head() {
    println!("{:<12} {:<16} {:>12} {:>12} {:>8} {:>8}", "what", "by", "least ns", "median ns", "ratio", "at most");
}

/// Runs contenders in turns and prints a row for each; gives the median times in nanoseconds.
pub(crate) fn compare(name: &str, contenders: &[Contender<'_>]) -> Vec<f64> {
    let times: Vec<_> = contenders.iter().map(Contender::calibrate).collect();
    // What takes long needs fewer samples to be told apart.
    let slowest = contenders.iter().map(|it| it.turn(1)).fold(1.0, f64::max);
    let rounds = ((2e9 / slowest) as usize).clamp(5, ROUNDS);
    let mut samples = vec![Vec::with_capacity(rounds); contenders.len()];
    for _ in 0..rounds {
        for ((contender, times), samples) in contenders.iter().zip(&times).zip(&mut samples) {
            samples.push(contender.turn(*times));
        }
    }
    let mut medians = Vec::new();
    for (contender, mut samples) in contenders.iter().zip(samples) {
        samples.sort_by(f64::total_cmp);
        let (least, median) = (samples[0], samples[rounds / 2]);
        medians.push(median);
        let ratio = median / medians[0];
        let target = contender.target.map(|target| format!("{target:.2}")).unwrap_or_default();
        println!("{name:<12} {:<16} {least:>12.0} {median:>12.0} {ratio:>8.3} {target:>8}", contender.name);
    }
    medians
}

/// Prints the geometric mean of a contender's ratios over all inputs.
pub(crate) fn mean(name: &str, ratios: &[f64]) {
    let mean = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64;
    println!("{:<12} {name:<16} {:>12} {:>12} {:>8.3}", "all", "", "", mean.exp());
}
