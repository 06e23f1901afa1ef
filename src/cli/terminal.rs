//! Where results and diagnostics go.

use std::cell::RefCell;
use std::env;
use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plimsoll::diagnostics::{Diagnostic, Report, Style, code, render, to_github, to_json, to_sarif};

use super::interrupt;

/// Findings that a person is shown.
pub(super) const MOST_SHOWN: usize = 200;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people, with the lines that they are about
    #[default]
    Text,
    /// For programs: one JSON object for each, on a line of its own
    Json,
    /// For code review: one SARIF 2.1.0 document for the whole run
    Sarif,
    /// For GitHub Actions: workflow commands, which it shows beside the lines of a change
    Github,
}

/// Standard error, as the reader of diagnostics wants it.
#[derive(Debug)]
pub(super) struct Terminal {
    style: Style,
    format: Format,
    /// Whether results on standard output are coloured.
    paints_results: bool,
    /// What was found so far, for a format that writes all at once.
    held: RefCell<Report>,
}

impl Terminal {
    pub(super) fn new(color: Color, format: Format) -> Self {
        let stderr = io::stderr();
        let plain = Style::default();
        let style = if stderr.is_terminal() {
            let width = terminal_size::terminal_size_of(stderr).map(|(width, _)| usize::from(width.0));
            let width = width.map_or(plain.width, |width| width.clamp(40, 160));
            Style { color: wants_color(), width, unicode: speaks_utf8() }
        } else {
            plain
        };
        let wanted = |auto: bool| match color {
            Color::Auto => auto,
            Color::Always => true,
            Color::Never => false,
        };
        let paints_results = wanted(io::stdout().is_terminal() && wants_color());
        Self { style: Style { color: wanted(style.color), ..style }, format, paints_results, held: RefCell::default() }
    }

    /// Whether results on standard output are coloured.
    pub(super) const fn paints_results(&self) -> bool {
        self.paints_results
    }

    /// Shows what was found.
    pub(super) fn report(&self, report: &Report) {
        Self::write(&match self.format {
            Format::Text => text(report, self.style),
            Format::Json => to_json(report),
            Format::Github => to_github(report),
            Format::Sarif => return self.held.borrow_mut().append(report.clone()),
        });
    }

    /// Writes what was held back; nothing is shown after it.
    pub(super) fn finish(&self) {
        if self.format == Format::Sarif {
            Self::write(&to_sarif(&self.held.borrow()));
        }
    }

    /// Tells a person something in one line; programs are not told.
    pub(super) fn note(&self, line: &str) {
        if self.format == Format::Text {
            Self::write(&format!("{line}\n"));
        }
    }

    fn write(text: &str) {
        // Nobody is left to tell if standard error cannot be written.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

/// The report for people, who read the first of thousands of findings at most.
fn text(report: &Report, style: Style) -> String {
    let more = report.diagnostics.len().saturating_sub(MOST_SHOWN);
    if more == 0 {
        return render(report, style);
    }
    let mut first = report.clone();
    first.diagnostics.truncate(MOST_SHOWN);
    format!("{}\n{more} more findings are not shown\n", render(&first, style))
}

/// Writes a whole result to standard output. A reader that has gone away has read all that it wants.
pub(super) fn print(result: &[u8]) -> Result<(), Report> {
    let _whole = interrupt::hold();
    let mut stdout = io::stdout().lock();
    match stdout.write_all(result).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let message = format!("standard output cannot be written: {error}");
            Err(Report::new(vec![Diagnostic::new(code::UNWRITABLE, message)], &[]))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A bar on standard error for people, where that is a terminal.
pub(super) fn bar(length: Option<u64>, shown: bool) -> ProgressBar {
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let progress = ProgressBar::with_draw_target(length, target);
    let style = ProgressStyle::with_template("[{wide_bar}] {percent} % · {msg} · {eta} left");
    progress.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    progress
}

/// <https://no-color.org>: set to anything but nothing.
fn wants_color() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether the locale, by the first of its variables that is set, is one of UTF-8.
fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(env::var_os).find(|value| !value.is_empty());
    let locale = locale.unwrap_or_default().to_string_lossy().to_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8")
}
