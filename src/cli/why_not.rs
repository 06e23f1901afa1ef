//! `plimsoll why-not`: why a rule did nothing.

use plimsoll::diagnostics::Report;
use plimsoll::explanation::text;

use super::question::Question;
use super::terminal::Terminal;

/// Ask why a rule does nothing for a service, or what it did
///
/// The answer is the first of its conditions that does not hold, with its value and where that comes from; or the
/// stronger writes that beat it; or what it wrote.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    /// The name of a rule or invariant, such as gpu.nodes
    #[arg(value_name = "RULE")]
    rule: String,

    #[command(flatten)]
    pub(super) question: Question,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    args.question.answer(terminal, |explanation| explanation.why_not(&args.rule), text::why_not)
}
