//! `plimsoll replay`: what other rules would have made of what was rendered.

use std::fs::File;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use plimsoll::decision::{self, Line};
use plimsoll::diagnostics::{Diagnostic, Report, Severity, code};
use plimsoll::policy::Policy;
use plimsoll::review::{Item, ItemKind, Review, Reviewer};

use super::diff::shown::Shown;
use super::input::{Inputs, name, unreadable};
use super::rules::Rules;
use super::stream::batches::Batches;
use super::terminal::Terminal;

/// Bytes of one line: a request, or all rules.
const LINE_BYTES: usize = 96 << 20;
/// Requests that are compared at once.
const AT_ONCE: usize = 1024;

/// Show what other rules would have made of the services that were rendered
///
/// Each request of the records is rendered again, by the rules that it was rendered by, which the records hold, and by those
/// that are named here. What differs is reported as `plimsoll diff` does. A record of which the recorded rules now make
/// something else than they did is named, and not compared; so is a line that is damaged or of another version.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!(include_str!("exit.txt"), "\n", include_str!("diff/exit.txt")))]
pub(super) struct Args {
    /// Records, as `plimsoll render --record` writes them
    #[arg(value_name = "RECORDS", required = true)]
    records: Vec<PathBuf>,

    #[command(flatten)]
    rules: Rules,

    #[command(flatten)]
    pub(super) shown: Shown,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = args.rules.read(&mut inputs);
    inputs.finish()?;
    let new = layers.compile_unanalysed()?;
    let mut olds: IndexMap<String, Policy> = IndexMap::new();
    for path in &args.records {
        each_line(path, |_, line| match line.map(decision::read) {
            Ok(Ok(Line::Rules(rules))) if !olds.contains_key(&rules.digest) => {
                let policy = rules.compile()?;
                olds.insert(rules.digest, policy);
                Ok(())
            }
            _ => Ok(()),
        })?;
    }
    let mut replay = Replay::new(&olds, &new, args.shown.sides());
    for path in &args.records {
        each_line(path, |place, line| {
            replay.line(place, line);
            Ok(())
        })?;
    }
    args.shown.show(&replay.finish()?, terminal)
}

/// Hands out the lines of a record, each with its place; of one that cannot be read, why.
fn each_line(
    path: &Path,
    mut take: impl FnMut(String, Result<&str, String>) -> Result<(), Report>,
) -> Result<(), Report> {
    let cannot = |error: &std::io::Error| Report::new(vec![unreadable(path, &name(path), error)], &[]);
    let mut batches = Batches::new(File::open(path).map_err(|error| cannot(&error))?, LINE_BYTES);
    while let Some(batch) = batches.next().map_err(|error| cannot(&error))? {
        for (line, number) in batch.lines.iter().zip(batch.first..) {
            let place = format!("{}:{number}", name(path));
            let text = match line.clone().and_then(|line| batch.bytes.get(line)) {
                Some(line) if line.trim_ascii().is_empty() => continue,
                Some(line) => std::str::from_utf8(line).map_err(|_| format!("{}: it is not UTF-8", code::NOT_UTF8)),
                None => Err(format!("{}: it is larger than {} MiB", code::TOO_LARGE, LINE_BYTES >> 20)),
            };
            take(place, text)?;
        }
    }
    Ok(())
}

/// The services of each of the recorded policies, against the new one.
struct Replay<'p> {
    reviewers: IndexMap<&'p str, (Reviewer<'p>, Vec<Item>)>,
    /// Lines that cannot be compared.
    unread: Vec<(String, Vec<String>)>,
}

impl<'p> Replay<'p> {
    fn new(olds: &'p IndexMap<String, Policy>, new: &'p Policy, sides: usize) -> Self {
        let reviewer = |(digest, old): (&'p String, &'p Policy)| {
            let reviewer = Reviewer::new((&layers(old), old), (&layers(new), new)).with_sides(sides);
            (digest.as_str(), (reviewer, Vec::new()))
        };
        Self { reviewers: olds.iter().map(reviewer).collect(), unread: Vec::new() }
    }

    fn line(&mut self, place: String, line: Result<&str, String>) {
        let decision = match line.map(decision::read) {
            Ok(Ok(Line::Decision(decision))) => decision,
            Ok(Ok(Line::Rules(_))) => return,
            Ok(Err(report)) => return self.unread.push((place, report.told(Severity::Error))),
            Err(reason) => return self.unread.push((place, vec![reason])),
        };
        let Some((reviewer, items)) = self.reviewers.get_mut(decision.policy.as_str()) else {
            let reason = format!("{}: the rules {} are in none of the records", code::BAD_RECORD, decision.policy);
            return self.unread.push((place, vec![reason]));
        };
        let text = decision.document.get().to_owned();
        items.push(Item { file: place, text, kind: ItemKind::Request, output: decision.output });
        if items.len() >= AT_ONCE {
            reviewer.look(items);
            items.clear();
        }
    }

    fn finish(self) -> Result<Review, Report> {
        let reviews = self.reviewers.into_values().map(|(mut reviewer, items)| {
            reviewer.look(&items);
            reviewer.finish()
        });
        let joined = reviews.reduce(|mut all, review| {
            all.append(review);
            all
        });
        let Some(mut review) = joined else {
            let reasons = self.unread.iter().map(|(place, reasons)| format!("{place}: {}", reasons.join("; ")));
            let none = "the records hold no rules, so that nothing can be rendered again".to_owned();
            let found = std::iter::once(none).chain(reasons).map(|why| Diagnostic::new(code::BAD_RECORD, why));
            return Err(Report::new(found.collect(), &[]));
        };
        self.unread.into_iter().for_each(|(file, reasons)| review.leave_out(&file, reasons));
        Ok(review)
    }
}

/// What a policy is called: its layers.
fn layers(policy: &Policy) -> String {
    let names: Vec<&str> = policy.layers().collect();
    names.join(" + ")
}
