//! What rendering costs in instructions and allocations, which do not depend on what else the machine does: valgrind
//! counts them, for a run of some renders and for one of twice as many, and the difference is what a render takes.
//!
//! `cargo bench --bench counts` prints all of them, and what a compiled policy keeps in memory for a rule; `-- --check` counts only what `tests/bench/counts.txt` lists, and fails
//! if any of it has grown by more than 5 %, or allocates more than twice on a buffer that is used again. They change with the toolchain and with the C library: `-- --accept` writes
//! those of this machine into the file.

#![expect(clippy::print_stdout, reason = "the figures are for the person who runs it")]

mod baseline;
mod contenders;
mod facts;
mod floor;
mod inputs;
mod measure;
mod mirror;
mod mixed;
mod texts;

use std::error::Error;
use std::process::Command;

use plimsoll::facts::request::Request;
use plimsoll::policy::{Layers, Policy};

use texts::Texts;

/// Who is counted.
const NAMES: [&str; 11] = [
    "hand-written",
    "floor",
    "json",
    "validated",
    "spec",
    "writers",
    "provenance",
    "serde_json",
    "request",
    "serde-saphyr",
    "deployment",
];
/// Renders of the shorter run.
const TIMES: u64 = 20;
/// What may be more than the file says, as a share.
const TOLERANCE: f64 = 0.05;
/// How often a render may allocate that has its buffer and its arena from the one before.
const MOST_ALLOCATIONS: u64 = 2;
/// What is listed in the file.
const WATCHED: &str = "json";
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/counts.txt");

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a tool of valgrind says of a whole run.
struct Counter {
    tool: &'static str,
    /// What stands before the number.
    mark: &'static str,
}

const INSTRUCTIONS: Counter = Counter { tool: "callgrind", mark: "Collected :" };
const ALLOCATIONS: Counter = Counter { tool: "memcheck", mark: "total heap usage:" };

/// Bytes that were not given back.
const KEPT: Counter = Counter { tool: "memcheck", mark: "in use at exit:" };
/// Rules of the smaller and of the larger policy whose memory is compared.
const RULES: [u64; 2] = [1000, 10_000];

impl Counter {
    /// The count of one render.
    fn of(&self, service: &str, contender: &str) -> Result<u64> {
        let run = |times: u64| self.watch(&["--run", service, contender, &times.to_string()]);
        Ok(run(2 * TIMES)?.saturating_sub(run(TIMES)?).div_ceil(TIMES))
    }

    /// The count of one rule of a policy.
    fn of_rule(&self) -> Result<u64> {
        let [less, more] = RULES;
        let keep = |rules: u64| self.watch(&["--keep", &rules.to_string()]);
        Ok(keep(more)?.saturating_sub(keep(less)?).div_ceil(more - less))
    }

    /// The count of this program with these arguments.
    fn watch(&self, arguments: &[&str]) -> Result<u64> {
        let tool = format!("--tool={}", self.tool);
        let mut command = Command::new("valgrind");
        command.arg(tool).args((self.tool == "callgrind").then_some("--callgrind-out-file=/dev/null"));
        let out = command.arg(std::env::current_exe()?).args(arguments).output()?;
        let said = String::from_utf8_lossy(&out.stderr);
        let number = said.split_once(self.mark).and_then(|(_, rest)| rest.split_whitespace().next());
        let number = number.and_then(|number| number.replace(',', "").parse().ok());
        number.filter(|_| out.status.success()).ok_or_else(|| format!("valgrind: {said}").into())
    }
}

/// Renders a service so many times, for valgrind to watch.
fn run(service: &str, contender: &str, times: u32) -> Result<()> {
    let policy = Policy::standard()?;
    let input = inputs::all().into_iter().find(|input| input.name == service).ok_or("no such service")?;
    let facts = Request::from_json(input.name, input.request, policy.schema())?.facts()?;
    let texts = Texts::of(&input, &policy)?;
    let mut contenders = contenders::all(&input, &policy, &facts);
    contenders.extend(texts.of_json(&policy));
    contenders.extend(texts.of_yaml(&policy));
    let contender = contenders.iter().find(|it| it.name == contender).ok_or("no such contender")?;
    let written = (0..times).map(|_| contender.run()).min().unwrap_or_default();
    if written == 0 { Err("nothing was rendered".into()) } else { Ok(()) }
}

/// Compiles a policy of so many mixed rules and keeps it until the end, for valgrind to see.
fn keep(rules: usize) -> Result<()> {
    let policy = Layers::new().layer("mixed", [("mixed.plim", mixed::many(rules))]).compile()?;
    std::mem::forget(policy);
    Ok(())
}

/// Everything, as a table.
fn table() -> Result<()> {
    println!("{:<12} {:<16} {:>12} {:>12}", "service", "by", "instructions", "allocations");
    for input in inputs::all() {
        for contender in NAMES {
            let (instructions, allocations) =
                (INSTRUCTIONS.of(input.name, contender)?, ALLOCATIONS.of(input.name, contender)?);
            println!("{:<12} {contender:<16} {instructions:>12} {allocations:>12}", input.name);
        }
    }
    println!("a compiled policy keeps {} bytes for a rule", KEPT.of_rule()?);
    Ok(())
}

/// The lines of the file as they would be here.
fn accept() -> Result<()> {
    let mut lines = String::from(
        "# Instructions of one render by service; `cargo bench --bench counts -- --accept` writes them.\n",
    );
    for input in inputs::all() {
        lines.push_str(&format!("{} {}\n", input.name, INSTRUCTIONS.of(input.name, WATCHED)?));
    }
    Ok(std::fs::write(FILE, lines)?)
}

/// Holds the counts to the file.
fn check() -> Result<()> {
    let mut grown = Vec::new();
    for line in std::fs::read_to_string(FILE)?.lines().filter(|line| !line.starts_with('#')) {
        let (service, before) = line.split_once(' ').ok_or("a line is a service and a number")?;
        let (before, now): (u64, _) = (before.parse()?, INSTRUCTIONS.of(service, WATCHED)?);
        let change = now as f64 / before as f64 - 1.0;
        let allocations = ALLOCATIONS.of(service, WATCHED)?;
        println!(
            "{service:<12} {before:>10} -> {now:>10} instructions ({:+.1} %), {allocations} allocations",
            change * 100.0
        );
        if change > TOLERANCE || allocations > MOST_ALLOCATIONS {
            grown.push(service.to_owned());
        }
    }
    if grown.is_empty() {
        return Ok(());
    }
    Err(format!("rendering takes more than before: {}; if that must be, run it with `--accept`", grown.join(", "))
        .into())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--run", service, contender, times] = arguments.as_slice() {
        return run(service, contender, times.parse()?);
    }
    if let ["--keep", rules] = arguments.as_slice() {
        return keep(rules.parse()?);
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("valgrind is not installed: nothing is counted");
        return if arguments.is_empty() { Ok(()) } else { Err("valgrind is needed".into()) };
    }
    match arguments.as_slice() {
        [] => table(),
        ["--check"] => check(),
        ["--accept"] => accept(),
        other => Err(format!("{other:?}: it takes nothing, --check or --accept").into()),
    }
}
