//! `plimsoll blame`: who wrote a spec.

use plimsoll::diagnostics::Report;
use plimsoll::explanation::text;

use super::question::Question;
use super::terminal::Terminal;

/// Show the whole spec of a service, each line with the rule that put it there
///
/// Secrets are masked. With `--format json` it is a document to keep beside the spec: for each value its JSON pointer,
/// the rule, the place of its statement and how strongly it was written.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) question: Question,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    args.question.answer(terminal, |explanation| explanation.blame(), text::blame)
}
