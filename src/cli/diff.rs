//! `plimsoll diff`: what a change of rules does to services.

mod corpus;
mod git;
mod stack;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use plimsoll::diagnostics::{Diagnostic, Report, code, to_harmless};
use plimsoll::explanation::text::Paint;
use plimsoll::facts::limits;
use plimsoll::facts::shared::SharedRecording;
use plimsoll::policy::Policy;
use plimsoll::review::{Class, Level, Review, Reviewer, Setting, text};

use self::corpus::Corpus;
use self::stack::Stack;
use super::check::counted;
use super::given::Options;
use super::input::{Document, Inputs};
use super::terminal::{self, Format, Terminal};

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

    /// How the review is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    format: Written,

    /// Fail with code 3 if there is such a change: broadening, unknown, narrowing, refused (a service that only the new
    /// rules refuse) or any, joined by commas
    ///
    /// The classes may name a level: `broadening:baseline` are those that need the baseline level or more.
    #[arg(long, value_name = "CLASS[:LEVEL]", value_delimiter = ',', help_heading = "Output")]
    fail_on: Vec<FailOn>,
}

/// How a review is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Written {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON document
    Json,
}

impl Written {
    fn write(self, review: &Review, terminal: &Terminal) -> String {
        match self {
            Self::Text => text::review(review, Paint { color: terminal.paints_results() }),
            Self::Json => to_harmless(review),
        }
    }
}

impl Args {
    pub(super) const fn format(&self) -> Format {
        match self.format {
            Written::Json => Format::Json,
            Written::Text => Format::Text,
        }
    }
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
    terminal::print(args.format.write(&review, terminal).as_bytes())?;
    verdict(&review, &args.fail_on)
}

fn review(
    args: &Args,
    [old, new]: [(&str, &Policy); 2],
    host: Option<Document>,
    corpus: Corpus,
) -> Result<Review, Report> {
    let read = |Document { name, text }| SharedRecording::from_json(&name, &text, new.1.schema());
    let setting = Setting { host: host.map(read).transpose()?, options: args.options.options.clone() };
    let mut reviewer = Reviewer::new(old, new).setting(setting);
    corpus.feed(&mut reviewer)?;
    Ok(reviewer.finish())
}

/// What a review must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailOn {
    Any,
    Refused,
    Class(Class, Option<Level>),
}

const CLASSES: [Class; 4] = [Class::Broadening, Class::Unknown, Class::Narrowing, Class::Neutral];
const LEVELS: [Level; 3] = [Level::Privileged, Level::Baseline, Level::Restricted];

impl FromStr for FailOn {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let (class, level) = match written.split_once(':') {
            Some((class, level)) => (class, Some(level)),
            None => (written, None),
        };
        let level = level.map(|level| {
            let found = LEVELS.into_iter().find(|known| known.name() == level);
            found.ok_or("levels are privileged, baseline and restricted")
        });
        match (class, level.transpose()?) {
            ("any", None) => Ok(Self::Any),
            ("refused", None) => Ok(Self::Refused),
            ("any" | "refused", Some(_)) => Err("only a class of changes has levels".to_owned()),
            (class, level) => match CLASSES.into_iter().find(|known| known.name() == class) {
                Some(class) => Ok(Self::Class(class, level)),
                None => Err("write broadening, unknown, narrowing, neutral, refused or any".to_owned()),
            },
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Refused => f.write_str("refused"),
            Self::Class(class, None) => class.fmt(f),
            Self::Class(class, Some(level)) => write!(f, "{class}:{level}"),
        }
    }
}

impl FailOn {
    /// How many changes there are of it.
    fn count(self, review: &Review) -> usize {
        let summary = &review.summary;
        match self {
            Self::Any => summary.changed + summary.newly_refused + summary.no_longer_refused,
            Self::Refused => summary.newly_refused,
            // Levels come with the widest first.
            Self::Class(class, level) => {
                let meant =
                    summary.risks.iter().filter(|it| it.class == class && level.is_none_or(|most| it.level <= most));
                meant.map(|it| it.changes).sum()
            }
        }
    }
}

/// Whether the run fails, though all was compared that can be.
fn verdict(review: &Review, fail_on: &[FailOn]) -> Result<(), Report> {
    let mut found = Vec::new();
    for what in fail_on {
        if let count @ 1.. = what.count(review) {
            let message = format!("the review has {} of what must not be there: {what}", counted(count, "change"));
            found.push(Diagnostic::new(code::CHANGE_FORBIDDEN, message).help("it is in the review, with its reason"));
        }
    }
    if let unread @ 1.. = review.summary.unread {
        let message = format!("{} of the corpus could not be compared", counted(unread, "part"));
        found.push(
            Diagnostic::new(code::CORPUS_UNREAD, message).help("the review says why of each; the rest was compared"),
        );
    }
    if found.is_empty() { Ok(()) } else { Err(Report::new(found, &[])) }
}
