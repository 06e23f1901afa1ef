//! `plimsoll test`: whether the rules do what their tests expect, how much of them the tests reach, and whether the
//! tests would notice if a rule said something else.

mod out;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plimsoll::diagnostics::{Diagnostic, Report, code, nearest};
use plimsoll::eval::like;
use plimsoll::testing::coverage::Coverage;
use plimsoll::testing::mutation::Mutation;
use plimsoll::testing::{Results, Suite};

use super::input::Inputs;
use super::rewrite::put;
use super::rules::Stacked;
use super::terminal::{self, Format, Terminal};

/// Run the tests of rules: `test` blocks in their files, and in files `*.test.plim` beside them
///
/// A test gives facts, or a request in a file, and says what must come of them. All tests are run whatever fails; what
/// differs is shown on standard error with the rule that wrote it and the facts that it read. Where there are layers of your
/// own, their tests are run; else those of the last shipped layer.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    #[command(flatten)]
    rules: Stacked,

    /// Run only tests whose name has this in it; with `*` or `?` it is a glob for the whole name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// Print the names of the tests instead of running them
    #[arg(long, conflicts_with_all = ["coverage", "fail_under", "mutate", "update", "junit", "lcov"])]
    list: bool,

    /// Write the snapshots that tests expect as they come out now, instead of comparing them
    #[arg(long)]
    update: bool,

    /// Show which rules apply in no test, and which of their conditions come out one way only
    #[arg(long, help_heading = "Thoroughness")]
    coverage: bool,

    /// Fail where less of this is reached, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100), help_heading = "Thoroughness")]
    fail_under: Option<u8>,

    /// Leave out each rule, turn around each condition and change each constant: fail where no test notices
    #[arg(long, help_heading = "Thoroughness")]
    mutate: bool,

    /// How warnings and failures are written; with `json`, the results are on standard output as one JSON object
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub(super) format: Format,

    /// Write the results as JUnit XML too
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    junit: Option<PathBuf>,

    /// Write the coverage as an lcov tracefile too
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    lcov: Option<PathBuf>,
}

/// All that is known at the end of a run.
struct Done<'s> {
    results: Results<'s>,
    coverage: Option<Coverage>,
    mutation: Option<Mutation>,
    /// Whether tests have mistakes and were not run.
    broken: bool,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::with_tests();
    let layers = args.rules.read(&mut inputs).with_shipped_tests();
    inputs.finish()?;
    let suite = layers.suite()?;
    terminal.report(&suite.policy().warnings());
    let findings = suite.findings();
    terminal.report(&findings);
    let tests = args.chosen(&suite)?;
    if args.list {
        let names: String = tests.iter().map(|test| format!("{}\n", test.name)).collect();
        terminal::print(names.as_bytes())?;
        return if findings.has_errors() { Err(Report::default()) } else { Ok(()) };
    }
    let bar = progress("tests", tests.len());
    let mut results = suite.run(tests, &read, &|| bar.inc(1));
    bar.finish_and_clear();
    if args.update {
        update(&mut results, terminal)?;
    }
    for result in results.tests.iter().filter(|result| !result.passed()) {
        terminal.report(&result.failures);
        terminal.note("");
    }
    let coverage = args.wants_coverage().then(|| suite.coverage(&results.reached()));
    let mutation = (args.mutate && results.passed()).then(|| {
        let bar = progress("changes", suite.mutants());
        let mutation = suite.mutate(&results, &|| bar.inc(1));
        bar.finish_and_clear();
        mutation
    });
    let broken = findings.has_errors();
    let done = Done { results, coverage, mutation, broken };
    let thorough = args.thorough(&suite, &done, terminal);
    let failed = broken || !done.results.passed() || !thorough;
    if let Some(path) = &args.junit {
        write(path, &plimsoll::testing::junit::junit(&suite, &done.results))?;
    }
    if let (Some(path), Some(coverage)) = (&args.lcov, &done.coverage) {
        write(path, &coverage.lcov(&suite))?;
    }
    match args.format {
        Format::Json => terminal::print(out::json(&suite, &done).as_bytes())?,
        _ => out::summary(&done, terminal),
    }
    // Everything that was found is told already.
    if failed { Err(Report::default()) } else { Ok(()) }
}

impl Args {
    /// The tests that are run.
    fn chosen<'s>(&self, suite: &'s Suite) -> Result<Vec<&'s plimsoll::check::tests::Test>, Report> {
        let all: Vec<_> = suite.tests().collect();
        let wanted = |name: &str| match &self.filter {
            Some(filter) if filter.contains(['*', '?']) => like(name, filter),
            Some(filter) => name.contains(filter.as_str()),
            None => true,
        };
        let tests: Vec<_> = all.iter().copied().filter(|test| wanted(&test.name)).collect();
        if !tests.is_empty() || suite.findings().has_errors() {
            return Ok(tests);
        }
        let diagnostic = match &self.filter {
            Some(filter) if !all.is_empty() => {
                let message = format!("no test has a name like `{filter}`");
                let diagnostic = Diagnostic::new(code::NO_TESTS, message);
                match nearest(filter, all.iter().map(|test| &*test.name)) {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic.help("`--list` prints the names of all"),
                }
            }
            _ => Diagnostic::new(code::NO_TESTS, "these layers have no tests")
                .help("a test is `test \"name\" { given service = { … } expect spec.… == … }` in one of their files"),
        };
        Err(Report::new(vec![diagnostic], &[]))
    }

    fn wants_coverage(&self) -> bool {
        self.coverage || self.fail_under.is_some() || self.lcov.is_some()
    }

    /// Shows what the tests miss; whether that is little enough.
    fn thorough(&self, suite: &Suite, done: &Done<'_>, terminal: &Terminal) -> bool {
        let mut enough = true;
        if let Some(coverage) = &done.coverage {
            if self.coverage || self.fail_under.is_some_and(|least| coverage.percent() < usize::from(least)) {
                match self.format {
                    Format::Text => terminal.note(&out::table(suite, coverage)),
                    _ => terminal.report(&coverage.missing(suite)),
                }
            }
            if let Some(least) = self.fail_under.filter(|least| coverage.percent() < usize::from(*least)) {
                let message =
                    format!("the tests reach {} % of the rules, which is less than {least} %", coverage.percent());
                terminal.report(&Report::new(vec![Diagnostic::new(code::COVERAGE_TOO_LOW, message)], &[]));
                enough = false;
            }
        }
        if let Some(mutation) = &done.mutation {
            terminal.report(&mutation.findings(suite));
            enough &= mutation.survivors.is_empty();
        }
        enough
    }
}

/// Stores the snapshots that differ, which are no failures then.
fn update(results: &mut Results<'_>, terminal: &Terminal) -> Result<(), Report> {
    for result in &mut results.tests {
        let found = &mut result.failures.diagnostics;
        let before = found.len();
        found.retain(|failure| ![code::SNAPSHOT_DIFFERS, code::SNAPSHOT_MISSING].contains(&failure.code));
        if found.len() < before {
            for (path, spec) in &result.snapshots {
                write(Path::new(path), spec)?;
                terminal.note(&format!("wrote {path}"));
            }
        }
    }
    Ok(())
}

/// A bar on a terminal; anywhere else nothing is shown.
fn progress(noun: &'static str, length: usize) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let bar = ProgressBar::with_draw_target(Some(length as u64), target).with_message(noun);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}

/// Reads a file that a test names.
fn read(path: &str) -> Result<Option<String>, String> {
    const LIMIT: u64 = 16 << 20;
    let too_large = fs::metadata(path).is_ok_and(|file| file.len() > LIMIT || !file.is_file());
    if too_large {
        return Err(format!("it is no file, or larger than {} MiB", LIMIT >> 20));
    }
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Report> {
    put(path, text.as_bytes()).map_err(|diagnostic| Report::new(vec![diagnostic], &[]))
}
