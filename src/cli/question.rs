//! What the questions about one service have in common: which service, by which rules, and how they are answered.

use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use plimsoll::diagnostics::{Report, to_harmless};
use plimsoll::eval::Arena;
use plimsoll::explanation::Explanation;
use plimsoll::explanation::text::Paint;
use serde::Serialize;

use super::given::{self, Given};
use super::input::Inputs;
use super::render;
use super::rules::Rules;
use super::terminal::{self, Format, Terminal};

/// The service that is asked about.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("input").args(["deployment", "request"]).required(true)))]
pub(super) struct Question {
    #[command(flatten)]
    given: Given,

    /// Which of the service's replicas [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "request", help_heading = "What is rendered")]
    replica: Option<u32>,

    /// The root file system of the image: names of users and groups are looked up in its /etc/passwd and /etc/group
    #[arg(long, value_name = "DIR", help_heading = "What is rendered")]
    rootfs: Option<PathBuf>,

    #[command(flatten)]
    rules: Rules,

    /// How the answer and mistakes are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    format: Answered,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Answered {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON document
    Json,
}

impl Question {
    pub(super) const fn format(&self) -> Format {
        match self.format {
            Answered::Text => Format::Text,
            Answered::Json => Format::Json,
        }
    }

    /// Answers a question: as JSON, or in words.
    pub(super) fn answer<T: Serialize>(
        &self,
        terminal: &Terminal,
        ask: impl FnOnce(&Explanation<'_>) -> Result<T, Report>,
        words: impl FnOnce(&T, Paint) -> String,
    ) -> Result<(), Report> {
        let mut inputs = Inputs::default();
        let layers = self.rules.read(&mut inputs);
        let texts = self.given.read(&mut inputs);
        let accounts = given::accounts(self.rootfs.as_deref(), &mut inputs);
        inputs.finish()?;
        // Rules that disagree still have an answer.
        let (policy, conflicts) = render::compile(layers)?;
        terminal.report(&conflicts.unwrap_or_else(|| policy.warnings()));
        let (request, machine) = texts.request(policy.schema(), accounts)?;
        terminal.report(&Report::new(request.warnings().to_vec(), &[request.sources()]));
        let replica = self.replica.unwrap_or_else(|| request.replica());
        let facts = request.facts_of_replica(request.service()?, replica)?;
        let arena = Arena::new();
        let explanation = policy.explain(&facts, &arena);
        given::warn_of(machine.as_deref(), terminal);
        let answer = ask(&explanation)?;
        terminal::print(
            match self.format {
                Answered::Text => words(&answer, Paint { color: terminal.paints_results() }),
                Answered::Json => to_harmless(&answer),
            }
            .as_bytes(),
        )
    }
}
