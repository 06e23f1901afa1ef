//! The command line: arguments in, a result on standard output or diagnostics on standard error, an exit code out.

mod blame;
#[cfg(unix)]
mod bundle;
mod check;
mod compile;
mod completions;
mod diff;
mod doc;
mod exit;
mod explain;
mod fix;
mod fmt;
mod given;
mod host;
mod input;
mod interrupt;
mod levels;
mod lock;
mod machine;
mod man;
mod new;
mod question;
mod record;
mod render;
mod replay;
mod replicas;
mod review;
mod rewrite;
mod rules;
mod snapshot;
mod stream;
mod terminal;
mod test;
mod validation;
mod why;
mod why_not;
#[cfg(unix)]
mod witness;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::Exit;
use plimsoll::diagnostics::Report;
use terminal::{Color, Format, Terminal};

/// Container policy as rules: checks rules, and renders services into OCI runtime specs.
///
/// Operators write rules about what a container may have. Plimsoll checks them before any service arrives, and turns
/// a service of a deployment into the OCI runtime spec (config.json) that a runtime starts it with. The standard
/// policy is built in; layers of your own rules stand on it.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
#[command(after_help = EXIT_CODES, after_long_help = concat!(include_str!("examples.txt"), "\n", include_str!("exit.txt")))]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When diagnostics are coloured: `auto` is on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, display_order = 100)]
    color: Color,
}

/// What stands under the long help of the whole.
const EXAMPLES: &str = include_str!("examples.txt");
/// What stands under every help.
const EXIT_CODES: &str = include_str!("exit.txt");

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Compile(compile::Args),
    Fix(fix::Args),
    Fmt(fmt::Args),
    Render(Box<render::Args>),
    #[cfg(unix)]
    Bundle(Box<bundle::Args>),
    Test(Box<test::Args>),
    Host(Box<host::Args>),
    Why(Box<why::Args>),
    WhyNot(Box<why_not::Args>),
    Blame(Box<blame::Args>),
    Snapshot(Box<snapshot::Args>),
    Diff(Box<diff::Args>),
    Replay(Box<replay::Args>),
    Review(review::Args),
    Lock(lock::Args),
    Explain(explain::Args),
    Doc(doc::Args),
    New(new::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    fn run(&self, terminal: &Terminal) -> Result<(), Report> {
        match self {
            Self::Check(args) => check::run(args, terminal),
            Self::Compile(args) => compile::run(args, terminal),
            Self::Fix(args) => fix::run(args, terminal),
            Self::Fmt(args) => fmt::run(args, terminal),
            Self::Render(args) => render::run(args, terminal),
            #[cfg(unix)]
            Self::Bundle(args) => bundle::run(args, terminal),
            Self::Test(args) => test::run(args, terminal),
            Self::Host(args) => host::run(args, terminal),
            Self::Why(args) => why::run(args, terminal),
            Self::WhyNot(args) => why_not::run(args, terminal),
            Self::Blame(args) => blame::run(args, terminal),
            Self::Snapshot(args) => snapshot::run(args, terminal),
            Self::Diff(args) => diff::run(args, terminal),
            Self::Replay(args) => replay::run(args, terminal),
            Self::Review(args) => review::run(args, terminal),
            Self::Lock(args) => lock::run(args, terminal),
            Self::Explain(args) => explain::run(args),
            Self::Doc(args) => doc::run(args),
            Self::New(args) => new::run(args, terminal),
            Self::Completions(args) => completions::run(args),
            Self::Man(args) => man::run(args, terminal),
        }
    }

    /// How it writes diagnostics.
    fn format(&self) -> Format {
        match self {
            Self::Check(args) => args.format,
            Self::Test(args) => args.format,
            Self::Render(args) => args.format,
            Self::Why(args) => args.question.format(),
            Self::WhyNot(args) => args.question.format(),
            Self::Blame(args) => args.question.format(),
            Self::Diff(args) => args.shown.format(),
            Self::Replay(args) => args.shown.format(),
            _ => Format::Text,
        }
    }
}

/// Runs the command that the process was started with.
pub(crate) fn main() -> ExitCode {
    exit::on_panic();
    let exit = match Cli::try_parse() {
        Ok(cli) => {
            let terminal = Terminal::new(cli.color, cli.command.format());
            let exit = match cli.command.run(&terminal) {
                Ok(()) => Exit::Done,
                Err(report) => {
                    terminal.report(&report);
                    Exit::of(&report)
                }
            };
            terminal.finish();
            exit
        }
        Err(usage) => {
            // Help and version come this way too. Nobody is left to tell if they cannot be written.
            let _ = usage.print();
            if usage.use_stderr() { Exit::Unusable } else { Exit::Done }
        }
    };
    exit.into()
}
