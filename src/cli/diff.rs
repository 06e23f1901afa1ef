//! `plimsoll diff`: what a change of rules does to services.

mod corpus;
mod git;
pub(super) mod shown;
mod stack;

use std::path::PathBuf;

use plimsoll::diagnostics::Report;
use plimsoll::facts::limits;
use plimsoll::facts::shared::SharedRecording;
use plimsoll::policy::Policy;
use plimsoll::review::{Review, Reviewer, Setting};

use self::corpus::Corpus;
use self::shown::Shown;
use self::stack::Stack;
use super::given::Options;
use super::input::{Document, Inputs};
use super::terminal::Terminal;

/// Show what a change of rules does to every service of a corpus
///
/// Each service is rendered by the old rules and by the new ones. What differs is grouped by the changed rule that is behind
/// it, said once with the services that it reaches, and classed by what it means for what a container can do. Secrets and
/// host variables are masked.
///
/// OLD and NEW are layers, joined by `+`, the first below: names of shipped layers, `.plim` files, folders of them, and
/// `git:REV:PATH` for such a file or folder as it is in a commit of the repository around. All stand on the standard
/// policy. `git:REV` alone is the other side with each of its files and folders as in that commit. A folder that is called
/// as a shipped layer is written `./hardened`.
///
/// CORPUS are deployments (YAML or JSON), requests (JSON) and files with a request on each line (`.ndjson`, `.jsonl`, `-` for
/// standard input); folders of them; and patterns such as 'deployments/**/*.yaml', in quotes so that the shell leaves them
/// alone. What of it cannot be read is in the report and in the exit code, and the rest is compared.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!(include_str!("exit.txt"), "\n", include_str!("diff/exit.txt")))]
#[command(group(clap::ArgGroup::new("parts").multiple(true)))]
pub(super) struct Args {
    /// The rules before: layers such as `hardened+site`, or `git:main`
    #[arg(value_name = "OLD")]
    old: Stack,

    /// The rules after
    #[arg(value_name = "NEW")]
    new: Stack,

    /// Deployments, requests, files of requests, folders, patterns
    #[arg(value_name = "CORPUS", required = true)]
    corpus: Vec<PathBuf>,

    /// Leave out the standard policy below both sides
    #[arg(long, help_heading = "Rules")]
    no_standard: bool,

    /// A recording of the host in JSON, as `plimsoll host` prints it, for services that bring none; without one nothing is
    /// on their host
    #[arg(long, value_name = "FILE", help_heading = "What is rendered")]
    host: Option<PathBuf>,

    #[command(flatten, next_help_heading = "What is rendered")]
    options: Options,

    #[command(flatten)]
    pub(super) shown: Shown,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let sides = stack::read(&args.old, &args.new, !args.no_standard, &mut inputs);
    let host = args.host.as_deref().map(|path| inputs.document(path, limits::RECORDING_BYTES));
    let corpus = Corpus::find(&args.corpus, &mut inputs);
    inputs.finish()?;
    let [(was, old), (is, new)] = sides;
    // What conditions can do is what `check` looks at; here services show it.
    let (old, new) = (old.unanalysed().compile()?, new.unanalysed().compile()?);
    let review = review(args, [(&was, &old), (&is, &new)], host, corpus)?;
    args.shown.show(&review, terminal)
}

fn review(
    args: &Args,
    [old, new]: [(&str, &Policy); 2],
    host: Option<Document>,
    corpus: Corpus,
) -> Result<Review, Report> {
    let read = |Document { name, text }| SharedRecording::from_json(&name, &text, new.1.schema());
    let setting = Setting { host: host.map(read).transpose()?, options: args.options.options.clone() };
    let mut reviewer = Reviewer::new(old, new).setting(setting).with_sides(args.shown.sides());
    corpus.feed(&mut reviewer)?;
    Ok(reviewer.finish())
}
