//! `plimsoll review`: changes of snapshots, one after the other.

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use plimsoll::diagnostics::{Diagnostic, Report, code, one_line};
use plimsoll::snapshot::{Cause, causes};

use super::input::name;
use super::rewrite::unwritable;
use super::snapshot::{difference, kept, pending, snaps};
use super::terminal::{self, Terminal};

/// Look at changes of snapshots that `plimsoll snapshot` found, and accept or reject each
///
/// For each, the difference is shown and a line is read: `a` accepts it, `r` rejects it, `s` leaves it as it is, `e` tells
/// which rules do it, `q` leaves all others as they are. `A` and `R` do the same to all that are left. The answers can come
/// from a file or a pipe.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    /// The folder of the snapshots
    #[arg(value_name = "DIR", default_value = "snapshots")]
    folder: PathBuf,
}

#[derive(Default)]
struct Done {
    accepted: usize,
    rejected: usize,
    skipped: usize,
    found: Vec<Report>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Accept,
    Reject,
    Skip,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    if !args.folder.is_dir() {
        let message = format!("`{}` is no folder", name(&args.folder));
        let help = "name the folder of the snapshots, as `plimsoll snapshot --to` does";
        return Err(Report::new(vec![Diagnostic::new(code::UNREADABLE, message).help(help)], &[]));
    }
    let changes = snaps(&args.folder, "snap.new");
    let mut answers = Answers { all: None };
    let mut done = Done::default();
    for (index, new) in changes.iter().enumerate() {
        let head = format!("── {} of {} ── {}\n", index + 1, changes.len(), one_line(&name(new)));
        if let Err(report) = look(new, &head, &mut answers, terminal, &mut done) {
            done.found.push(report);
        }
    }
    let Done { accepted, rejected, skipped, mut found } = done;
    terminal.note(&format!("{accepted} accepted, {rejected} rejected, {skipped} left"));
    // Each has its own numbers of sources, so that reports on several cannot be made one.
    let last = found.pop();
    found.iter().for_each(|report| terminal.report(report));
    last.map_or(Ok(()), Err)
}

/// Shows one change and does what is answered.
fn look(new: &Path, head: &str, answers: &mut Answers, terminal: &Terminal, done: &mut Done) -> Result<(), Report> {
    let path = new.with_extension("");
    debug_assert_eq!(pending(&path), *new);
    let after = kept(new)?.unwrap_or_default();
    // What somebody edited or broke can be put in order by accepting what is new.
    let before = match kept(&path) {
        Ok(before) => before.unwrap_or_default(),
        Err(report) => {
            terminal.report(&report);
            String::new()
        }
    };
    if answers.all.is_none() {
        let difference = difference(&name(&path), &before, &after);
        terminal::print(format!("{head}{}\n", painted(&difference, terminal.paints_results())).as_bytes())?;
    }
    match answers.next(&|| explained(&causes(&before, &after)))? {
        Choice::Accept => {
            fs::rename(new, &path).map_err(|error| failed(&path, &error))?;
            done.accepted += 1;
        }
        Choice::Reject => {
            fs::remove_file(new).map_err(|error| failed(new, &error))?;
            done.rejected += 1;
        }
        Choice::Skip => done.skipped += 1,
    }
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> Report {
    Report::new(vec![unwritable(path, error)], &[])
}

/// What is answered, line by line.
struct Answers {
    /// What was answered for all that are left.
    all: Option<Choice>,
}

impl Answers {
    fn next(&mut self, explain: &dyn Fn() -> String) -> Result<Choice, Report> {
        loop {
            if let Some(choice) = self.all {
                return Ok(choice);
            }
            if io::stdin().is_terminal() {
                terminal::print(b"[a]ccept [r]eject [s]kip [e]xplain [q]uit, [A] or [R] for all: ")?;
            }
            let mut line = String::new();
            let read = io::stdin().lock().read_line(&mut line);
            match line.trim() {
                _ if !matches!(read, Ok(1..)) => self.all = Some(Choice::Skip),
                "a" | "accept" => return Ok(Choice::Accept),
                "r" | "reject" => return Ok(Choice::Reject),
                "s" | "skip" => return Ok(Choice::Skip),
                "e" | "explain" => terminal::print(explain().as_bytes())?,
                "q" | "quit" => self.all = Some(Choice::Skip),
                "A" => self.all = Some(Choice::Accept),
                "R" => self.all = Some(Choice::Reject),
                other => {
                    let told = format!("`{}` is none of a, r, s, e, q, A and R\n", one_line(other));
                    terminal::print(told.as_bytes())?;
                }
            }
            // Nobody is left to tell if standard output cannot be written.
            let _ = io::stdout().flush();
        }
    }
}

/// The rules that do it.
fn explained(causes: &[Cause]) -> String {
    if causes.is_empty() {
        return "the same rules write the same places as before; their values, or what was given, changed\n".to_owned();
    }
    let mut out = String::new();
    for Cause { rule, more, less } in causes {
        out += &format!("{rule}\n");
        less.iter().for_each(|path| out += &format!("  no longer writes {path}\n"));
        more.iter().for_each(|path| out += &format!("  now writes {path}\n"));
    }
    out
}

fn painted(difference: &str, color: bool) -> String {
    let paint = |line: &str| match line.chars().next() {
        Some('+') if color => format!("\u{1b}[32m{line}\u{1b}[0m\n"),
        Some('-') if color => format!("\u{1b}[31m{line}\u{1b}[0m\n"),
        _ => format!("{line}\n"),
    };
    difference.lines().map(paint).collect()
}
