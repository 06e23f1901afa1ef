//! `plimsoll completions`: what a shell completes, made from the command line's own definition.

use clap::CommandFactory;
use clap_complete::Shell;
use plimsoll::diagnostics::Report;

use super::{Cli, terminal};

/// Print the completions of a shell
///
/// For bash: `plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll`
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<(), Report> {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "plimsoll", &mut out);
    terminal::print(&out)
}
