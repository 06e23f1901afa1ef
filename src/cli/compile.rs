//! `plimsoll compile`: rules in, a file out that starts without reading and checking them again.

use std::path::PathBuf;

use plimsoll::diagnostics::Report;

use super::check::counted;
use super::input::Inputs;
use super::rewrite::put;
use super::rules::Stacked;
use super::terminal::Terminal;

/// Compile rules into one file that `--policy` takes
///
/// The rules are parsed, checked and analysed as `plimsoll check` does it; warnings are told, mistakes refuse them. What
/// starts from the file has none of that to do. It holds the rules' text as well, for messages, but neither their
/// tests nor what findings weigh. It is of this version of plimsoll: another one refuses it, so keep the rules.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    #[command(flatten)]
    rules: Stacked,

    /// The file to write; one of that name is replaced
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = args.rules.read(&mut inputs);
    inputs.finish()?;
    let policy = layers.compile()?;
    terminal.report(&policy.warnings());
    let bytes = policy.to_bytes()?;
    put(&args.output, &bytes).map_err(|diagnostic| Report::new(vec![diagnostic], &[]))?;
    let (rules, file) = (counted(policy.rules().len(), "rule"), args.output.display());
    terminal.note(&format!("wrote {file}: {rules}, {} bytes", bytes.len()));
    Ok(())
}
