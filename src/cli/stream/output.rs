//! The results of a stream, written in order, and what people are told beside them.

use std::io::{self, ErrorKind, IsTerminal, Write};

use indicatif::ProgressBar;
use plimsoll::diagnostics::{Diagnostic, Report, code};
use plimsoll::stream::Answer;

use crate::cli::interrupt;
use crate::cli::terminal::{MOST_SHOWN, Terminal, bar};

/// Results of lines that follow one another.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// A line for each.
    pub(super) bytes: Vec<u8>,
    /// Bytes of the input up to the end of the batch, if nothing of it is left.
    pub(super) end: Option<u64>,
    /// Results that are errors.
    pub(super) refused: u64,
    first_refused: Option<u64>,
    lines: u64,
    /// Whether an error is a mistake of ours.
    bug: bool,
    /// The first warnings, and how many there are.
    shown: Vec<Report>,
    warnings: usize,
}

impl Piece {
    /// Counts what became of a line.
    pub(super) fn count(&mut self, number: u64, answer: Answer) {
        let Answer { refused, mut report } = answer;
        self.lines += 1;
        if refused {
            self.refused += 1;
            self.first_refused.get_or_insert(number);
            self.bug |= report.diagnostics.iter().any(|diagnostic| diagnostic.code == code::INTERNAL);
        } else if !report.diagnostics.is_empty() {
            self.warnings += report.diagnostics.len();
            if self.shown.len() < MOST_SHOWN {
                for diagnostic in &mut report.diagnostics {
                    diagnostic.message = format!("line {number}: {}", diagnostic.message);
                }
                self.shown.push(report);
            }
        }
    }
}

/// Where results go.
pub(super) struct Output<'t> {
    terminal: &'t Terminal,
    progress: ProgressBar,
    lines: u64,
    refused: u64,
    first_refused: Option<u64>,
    bug: bool,
    /// Warnings that were shown, and that were not.
    shown: usize,
    hidden: usize,
}

impl<'t> Output<'t> {
    /// With a bar for people where it is known how much there is, unless results would run through it.
    pub(super) fn new(length: Option<u64>, terminal: &'t Terminal) -> Self {
        let shown = length.is_some() && !io::stdout().is_terminal();
        let progress = bar(length, shown);
        let (lines, refused, first_refused) = (0, 0, None);
        Self { terminal, progress, lines, refused, first_refused, bug: false, shown: 0, hidden: 0 }
    }

    /// Writes results; false if nobody reads them any more.
    pub(super) fn write(&mut self, piece: Piece) -> Result<bool, Diagnostic> {
        let _whole = interrupt::hold();
        let mut stdout = io::stdout().lock();
        match stdout.write_all(&piece.bytes).and_then(|()| stdout.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(false),
            Err(error) => {
                return Err(Diagnostic::new(code::UNWRITABLE, format!("standard output cannot be written: {error}")));
            }
        }
        self.lines += piece.lines;
        self.refused += piece.refused;
        self.first_refused = self.first_refused.or(piece.first_refused);
        self.bug |= piece.bug;
        self.warn(piece.shown, piece.warnings);
        self.advance(piece.end);
        Ok(true)
    }

    /// Shows the first warnings of all.
    fn warn(&mut self, reports: Vec<Report>, count: usize) {
        let before = self.shown;
        for report in reports {
            if self.shown < MOST_SHOWN {
                self.shown += report.diagnostics.len();
                self.progress.suspend(|| self.terminal.report(&report));
            }
        }
        self.hidden += count - (self.shown - before);
    }

    fn advance(&self, end: Option<u64>) {
        if let Some(end) = end.filter(|_| !self.progress.is_hidden()) {
            let rate = self.lines as f64 / self.progress.elapsed().as_secs_f64().max(1e-3);
            self.progress.set_message(format!("{} requests, {rate:.0}/s", self.lines));
            self.progress.set_position(end);
        }
    }

    /// Tells how it went.
    pub(super) fn finish(self, failure: Option<Diagnostic>, fail_fast: bool) -> Result<(), Report> {
        self.progress.finish_and_clear();
        if self.hidden > 0 {
            self.terminal.note(&format!("{} more warnings are not shown", self.hidden));
        }
        let mut found: Vec<Diagnostic> = failure.into_iter().collect();
        if let Some(first) = self.first_refused {
            let code = if self.bug { code::INTERNAL } else { code::LINES_REFUSED };
            found.push(match fail_fast {
                true => Diagnostic::new(code, format!("line {first} is refused, and what follows it is not rendered"))
                    .help("its result says why"),
                false => {
                    let message =
                        format!("{} of {} lines are refused, the first is line {first}", self.refused, self.lines);
                    Diagnostic::new(code, message).help("the result of each says why")
                }
            });
        }
        if found.is_empty() { Ok(()) } else { Err(Report::new(found, &[])) }
    }
}
