//! A second, naive evaluator, written from the page of the language alone: over the syntax tree, without plan, index or
//! templates. Generated policies and services must come out of both alike: specs, warnings, refusals, and the rules that
//! values come from. And what must not matter does not: how rules are spread over files and in which order, rules that never
//! apply, layout, threads, and whether a host is there or recorded.
//!
//! `PLIMSOLL_CASES` says how many cases of each property are tried (by default a few hundred, which take seconds), and
//! `PLIMSOLL_SEED` from which number they are made.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests may fail"
)]

mod evaluate;
mod expressions;
mod host;
mod made;
mod merge;
mod metamorphic;
mod output;
mod value;

use std::cell::Cell;
use std::collections::BTreeSet;

use plimsoll::diagnostics::{Report, Severity};
use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy, Rendered};
use plimsoll::provenance::{Claim, Leaf, Provenance, Writers, WrittenBy};
use plimsoll::schema::output::{Content, SlotIndex, output as schema};
use plimsoll::source::{SourceId, SourceMap};
use plimsoll::syntax::ast::File;
use proptest::prelude::any;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestCaseResult, TestRunner};

use self::evaluate::{Outcome, evaluate};
use self::made::Made;
use crate::machine::variable;

/// Numbers of which a case is made.
const MOST_NUMBERS: usize = 240;
/// More renders than it takes until services share a template.
const TURNS: usize = 5;

fn setting(name: &str, otherwise: u32) -> u32 {
    variable(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Tries a property on many cases; what fails is made small and shown.
fn hold(cases: u32, property: impl Fn(&Made) -> TestCaseResult) {
    let config = Config {
        cases: setting("PLIMSOLL_CASES", cases),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(setting("PLIMSOLL_SEED", 1).into()),
        max_shrink_iters: 4000,
        ..Config::default()
    };
    let numbers = proptest::collection::vec(any::<u16>(), 0..MOST_NUMBERS);
    let ran = TestRunner::new(config).run(&numbers, |numbers| property(&Made::new(&numbers)));
    ran.unwrap_or_else(|error| panic!("{error}"));
}

impl Made {
    /// The files in the order in which they run: the layer, the name, the text.
    fn files(&self) -> impl Iterator<Item = (usize, &str, String)> {
        let files = |(number, layer): (usize, &Vec<(String, Vec<String>)>)| {
            let mut files: Vec<_> =
                layer.iter().map(|(name, items)| (number, name.clone(), items.join("\n"))).collect();
            files.sort();
            files
        };
        let all: Vec<_> = self.layers.iter().enumerate().flat_map(files).collect();
        all.into_iter().map(|(layer, name, text)| (layer, Box::leak(name.into_boxed_str()) as &str, text))
    }

    fn layers(&self) -> Layers {
        let mut layers = Layers::new();
        for (number, layer) in self.layers.iter().enumerate() {
            let files = layer.iter().map(|(name, items)| (name.clone(), items.join("\n")));
            layers = layers.layer(format!("layer{number}"), files);
        }
        layers.unanalysed()
    }

    /// The policy; none if it has mistakes, which a generator of texts cannot always tell.
    fn compile(&self) -> Result<Policy, Report> {
        self.layers().compile()
    }

    fn text(&self) -> String {
        let files = self.files().map(|(layer, name, text)| format!("# layer {layer}, {name}\n{text}\n"));
        let services: Vec<String> = self.services.iter().map(value::Service::request).collect();
        format!("{}{}", files.collect::<String>(), services.join("\n"))
    }

    fn parsed(&self) -> Vec<File> {
        let mut sources = SourceMap::for_policy();
        let mut parse = |name: &str, text: String| {
            let id: SourceId = sources.add(name, text.clone());
            plimsoll::syntax::parse(id, &text, &mut Vec::new())
        };
        self.files().map(|(_, name, text)| parse(name, text)).collect()
    }
}

fn facts(policy: &Policy, request: &str) -> Facts {
    let read = Request::from_json("request.json", request, policy.schema());
    read.and_then(|read| read.facts()).unwrap_or_else(|report| panic!("{request}: {report}"))
}

/// What the program makes of a service, in the words of the other evaluator.
fn outcome(policy: &Policy, rendered: Result<Rendered<'_>, Report>) -> Outcome {
    match rendered {
        Err(report) => Outcome::Refused(codes(&report)),
        Ok(rendered) => {
            let json = rendered.json(Style::Compact).expect("a small spec");
            let warnings = rendered.warnings().diagnostics.into_iter().map(|warning| warning.message);
            let winners = winners(policy, &rendered);
            let spec = serde_json::from_slice(&json).expect("what was rendered is JSON");
            Outcome::Rendered { spec, warnings: warnings.collect(), winners }
        }
    }
}

fn codes(report: &Report) -> BTreeSet<&'static str> {
    report.diagnostics.iter().filter(|found| found.severity == Severity::Error).map(|found| found.code.id()).collect()
}

fn winners(policy: &Policy, rendered: &Rendered<'_>) -> Vec<(&'static str, Vec<BTreeSet<String>>)> {
    let provenance = rendered.provenance().expect("it was traced");
    let policy_rule = |leaf: &Leaf| {
        let names = leaf.origins.iter().map(|claim| policy.rule(claim.rule).expect("a rule").name.to_string());
        names.collect::<BTreeSet<String>>()
    };
    told_alike(provenance, rendered.writers().expect("it was traced"));
    let mut all: Vec<(&'static str, Vec<BTreeSet<String>>)> = Vec::new();
    for (number, slot) in schema().slots.iter().enumerate() {
        let is_one = matches!(slot.content, Content::Value(_));
        let present: Vec<&Leaf> = provenance.slot(number).filter(|leaf| leaf.present).collect();
        if !present.is_empty() {
            let own = present.into_iter().filter(|leaf| is_one != leaf.key.is_some());
            all.push((slot.path, own.map(policy_rule).collect()));
        }
    }
    all
}

/// What is told of all renders that were decided alike is what is told of this one.
fn told_alike(provenance: &Provenance, writers: &Writers) {
    let written = |claim: &Claim| WrittenBy {
        rule: claim.rule,
        statement: claim.statement,
        origin: claim.origin,
        strength: claim.strength,
    };
    let present = provenance.leaves.iter().filter(|leaf| leaf.present);
    let leaves = present.map(|leaf| (leaf.slot, leaf.origins.iter().map(written).collect(), leaf.is_secret()));
    let leaves: Vec<(SlotIndex, Vec<WrittenBy>, bool)> = leaves.collect();
    let writers = writers.iter().map(|writer| (writer.slot, writer.writes.to_vec(), writer.secret));
    assert_eq!(writers.collect::<Vec<_>>(), leaves);
}

/// Where several mistakes come together, the program tells those that it came to.
fn agree(program: &Outcome, reference: &Outcome) -> bool {
    match (program, reference) {
        (Outcome::Refused(said), Outcome::Refused(all)) => !said.is_empty() && said.is_subset(all),
        (program, reference) => program == reference,
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are for who asks for more cases")]
fn both_evaluators_agree() {
    let (compiled, tried, rendered) = (Cell::new(0_u32), Cell::new(0_u32), Cell::new(0_u32));
    hold(400, |made| {
        tried.set(tried.get() + 1);
        let Ok(policy) = made.compile() else { return Ok(()) };
        compiled.set(compiled.get() + 1);
        let files = made.parsed();
        let expected: Vec<Outcome> = made.services.iter().map(|it| evaluate(&files, &it.facts())).collect();
        rendered
            .set(rendered.get() + expected.iter().filter(|it| matches!(it, Outcome::Rendered { .. })).count() as u32);
        // In turn, or one service as often as all before the next: what one has decided is there for the next then.
        let count = expected.len();
        let in_turn = tried.get() % 2 == 0;
        for turn in 0..TURNS * count {
            let at = if in_turn { turn % count } else { turn / TURNS };
            let (service, expected) = (&made.services[at], &expected[at]);
            let (facts, arena) = (facts(&policy, &service.request()), Arena::new());
            let got = outcome(&policy, policy.trace(&facts, &arena));
            if !agree(&got, expected) {
                let what = format!("in turn {turn}\nthe program: {got:#?}\nthe reference: {expected:#?}");
                return Err(TestCaseError::fail(format!("{}\n{}\n{what}", made.text(), service.request())));
            }
        }
        Ok(())
    });
    let (compiled, tried, rendered) = (compiled.get(), tried.get(), rendered.get());
    println!("{tried} policies, of which {compiled} have no mistakes; {rendered} services are rendered");
    assert!(compiled * 2 > tried, "only {compiled} of {tried} policies have no mistakes");
    assert!(rendered > compiled / 2, "only {rendered} services of {compiled} policies are rendered");
}

/// The generator would be of no use if its policies were mostly wrong, or left constructs out.
#[test]
fn generated_policies_have_every_construct() {
    let mut text = String::new();
    let config = Config { rng_seed: RngSeed::Fixed(1), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let numbers = proptest::collection::vec(any::<u16>(), MOST_NUMBERS / 2..MOST_NUMBERS);
    for _ in 0..300 {
        let numbers = numbers.new_tree(&mut runner).expect("numbers").current();
        text += &Made::new(&numbers).text();
    }
    let constructs = [
        "default ",
        "force ",
        " += ",
        " -= ",
        "unset ",
        "because",
        "when ",
        "unless ",
        "if ",
        "else if",
        "} else {",
        "for ",
        "warn ",
        "deny ",
        "else skip",
        "else warn",
        "else deny",
        "let ",
        "invariant ",
        "require ",
        " | ",
        " ++ ",
        " like ",
        "is not set",
        "not in",
        " % ",
        " subset of ",
        "range(1, ",
        "sort by len(",
        "join(",
        "first(",
        "upper(",
        "replace(",
        "index_of(",
        "within(",
        ".{bounding",
        "linux.resources.devices = ",
        "mounts = ",
        "process.env = ",
    ];
    let missing: Vec<_> = constructs.iter().filter(|construct| !text.contains(**construct)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
