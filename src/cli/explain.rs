//! `plimsoll explain`: the long text of a diagnostic.

use std::fmt::Write;

use plimsoll::diagnostics::{CODES, Code, Report, explain, find_code, nearest};

use super::terminal;

/// Say what a diagnostic means and how to mend what it is about
///
/// Without a code, all codes are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    /// The code of a diagnostic, such as P0401
    #[arg(value_parser = code)]
    code: Option<Code>,
}

pub(super) fn run(args: &Args) -> Result<(), Report> {
    let text = args.code.map_or_else(contents, |code| explain(code).to_owned());
    terminal::print(text.as_bytes())
}

/// Every code with its title.
fn contents() -> String {
    let mut out = String::new();
    for code in CODES {
        let severity = code.severity().to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{code}  {severity:7}  {}", code.title());
    }
    out
}

fn code(written: &str) -> Result<Code, String> {
    find_code(written).ok_or_else(|| match nearest(written, CODES.iter().map(|code| code.id())) {
        Some(near) => format!("no diagnostic has this code; did you mean `{near}`?"),
        None => "no diagnostic has this code; `plimsoll explain` lists them all".to_owned(),
    })
}
