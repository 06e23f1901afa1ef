//! How a review is shown, and when it fails.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use plimsoll::diagnostics::{Diagnostic, Report, code, to_harmless};
use plimsoll::explanation::text::Paint;
use plimsoll::review::{Class, Level, Review, github, html, markdown, sarif, text};

use crate::cli::check::counted;
use crate::cli::terminal::{self, Format, Terminal};

/// What is done with a review.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct Shown {
    /// How the review is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Written,

    /// Fail with code 3 if there is such a change: broadening, unknown, narrowing, refused (a service that only the new
    /// rules refuse) or any, joined by commas
    ///
    /// The classes may name a level: `broadening:baseline` are those that need the baseline level or more.
    #[arg(long, value_name = "CLASS[:LEVEL]", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
}

impl Shown {
    /// How mistakes are written beside it.
    pub(in crate::cli) const fn format(&self) -> Format {
        match self.format {
            Written::Json => Format::Json,
            Written::Github => Format::Github,
            // The one document is on standard output.
            Written::Text | Written::Markdown | Written::Html | Written::Sarif => Format::Text,
        }
    }

    /// Of how many services that change both specs are shown.
    pub(in crate::cli) const fn sides(&self) -> usize {
        /// A page of some megabytes at the most: those of a deployment have most lines in common.
        const MOST: usize = 200;
        if matches!(self.format, Written::Html) { MOST } else { 0 }
    }

    /// Prints a review, and fails if it has what it must not have.
    pub(in crate::cli) fn show(&self, review: &Review, terminal: &Terminal) -> Result<(), Report> {
        terminal::print(self.format.write(review, terminal).as_bytes())?;
        verdict(review, &self.fail_on)
    }
}

/// How a review is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Written {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON document
    Json,
    /// For a comment of a pull request: folded, and no longer than that may be
    Markdown,
    /// For a browser: one page that fetches nothing, with filters and the specs side by side
    Html,
    /// For code review tools: what broadens or may, as SARIF 2.1.0
    Sarif,
    /// The same as workflow commands of GitHub
    Github,
}

impl Written {
    fn write(self, review: &Review, terminal: &Terminal) -> String {
        match self {
            Self::Text => text::review(review, Paint { color: terminal.paints_results() }),
            Self::Json => to_harmless(review),
            Self::Markdown => markdown::write(review),
            Self::Html => html::write(review),
            Self::Sarif => sarif::write(review),
            Self::Github => github::write(review),
        }
    }
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
    /// How many changes there are of it; of what has no class, how many services.
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
            let noun = if matches!(what, FailOn::Class(..)) { "change" } else { "service" };
            let message = format!("the review has {} of what must not be there: {what}", counted(count, noun));
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
