//! `plimsoll man`: manual pages, made from the command line's own definition.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use plimsoll::diagnostics::Report;

use super::rewrite::{put, unwritable};
use super::terminal::{self, Terminal};
use super::{Cli, EXAMPLES, EXIT_CODES};

/// Write the manual pages, one for each command
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    /// The folder for `plimsoll.1` and its like, such as `/usr/local/share/man/man1`; made where it is absent. `-` is
    /// standard output, for all of them
    #[arg(value_name = "DIR|-")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let pages = pages().map_err(|error| refused(Path::new("-"), &error))?;
    if args.folder == Path::new("-") {
        let pages: Vec<_> = pages.into_iter().map(|(_, page)| page).collect();
        return terminal::print(&pages.concat());
    }
    fs::create_dir_all(&args.folder).map_err(|error| refused(&args.folder, &error))?;
    for (name, page) in &pages {
        let path = args.folder.join(name);
        put(&path, page).map_err(|error| Report::new(vec![error], &[]))?;
    }
    terminal.note(&format!("wrote {} pages to {}", pages.len(), args.folder.display()));
    Ok(())
}

fn refused(path: &Path, error: &io::Error) -> Report {
    Report::new(vec![unwritable(path, error)], &[])
}

/// The file name and the text of each page.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = vec![(Man::new(command.clone()).get_filename(), page(&command, EXAMPLES)?)];
    for command in command.get_subcommands() {
        pages.push((Man::new(command.clone()).get_filename(), page(command, "")?));
    }
    Ok(pages)
}

fn page(command: &Command, examples: &str) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    let mut exit = section("EXIT STATUS", &terms(EXIT_CODES));
    for line in EXIT_CODES.lines().skip(1).filter(|line| !line.starts_with(' ')) {
        exit.control("PP", []);
        exit.text([roman(line)]);
    }
    exit.to_writer(&mut out)?;
    let examples = terms(examples);
    if !examples.is_empty() {
        section("EXAMPLES", &examples).to_writer(&mut out)?;
    }
    man.render_version_section(&mut out)?;
    Ok(out)
}

/// Terms and what is said of them, from a text where each stands two columns in: beside it, or below it further in.
fn terms(text: &str) -> Vec<(&str, &str)> {
    let mut terms: Vec<(&str, &str)> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("  ")) {
        match (line.strip_prefix("      "), terms.last_mut()) {
            (Some(said), Some((_, what))) => *what = said,
            _ => terms.push(line.trim().split_once("  ").unwrap_or((line.trim(), ""))),
        }
    }
    terms
}

fn section(title: &str, terms: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, said) in terms {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*said)]);
    }
    roff
}
