//! `plimsoll why`: why a value of a spec is what it is.

use plimsoll::diagnostics::Report;
use plimsoll::explanation::text;

use super::question::Question;
use super::terminal::Terminal;

/// Ask why a value of a service's spec is there, or is not
///
/// The answer names the rule that wrote it and its line, the conditions that led there with their values, and the lines
/// of the deployment that these came from; then what it beat, and the invariants that look at it. Where nothing was
/// written it names the rules that could have, and the first condition of each that did not hold. A service that is
/// refused has an answer too.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    /// A path as rules spell it, such as mounts["/proc"] or process.capabilities.*[SYS_ADMIN], or a JSON pointer such
    /// as /process/env/2; `*` and `?` stand for any names
    #[arg(value_name = "PATH")]
    path: String,

    #[command(flatten)]
    pub(super) question: Question,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    args.question.answer(terminal, |explanation| explanation.why(&args.path), text::why)
}
