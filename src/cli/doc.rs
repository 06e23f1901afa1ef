//! `plimsoll doc`: the reference of the language and of a policy.

use std::path::PathBuf;

use clap::ValueEnum;
use plimsoll::diagnostics::Report;
use plimsoll::policy::STANDARD;
use plimsoll::reference::{Part, Reference, html, markdown, text};

use super::input::{Inputs, name};
use super::rules::Shipped;
use super::terminal;

/// Print the reference of the language and of a policy
///
/// Facts, output paths, functions, diagnostics and risks come from the tables that are checked against; rules are told
/// of each with its doc text, when it applies in words, and what it writes. The HTML page is one file with a search field; `#q=words` at the end of its
/// address searches for them.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
#[command(group(clap::ArgGroup::new("on_top").multiple(true)))]
pub(super) struct Args {
    /// Layers of rules on top of the standard policy, as `plimsoll check` takes them
    #[arg(value_name = "PATH", group = "on_top")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    shipped: Shipped,

    /// Leave out the standard policy; without any layer, only the language is told of
    #[arg(long)]
    no_standard: bool,

    /// How it is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: DocFormat,

    /// Only a part of it; may be given several times
    #[arg(long = "part", value_name = "PART", value_parser = part)]
    parts: Vec<Part>,
}

/// How a reference is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DocFormat {
    /// For a terminal
    #[default]
    Text,
    /// For a repository or a wiki
    Markdown,
    /// For a browser: one page that fetches nothing
    Html,
}

pub(super) fn run(args: &Args) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let base = args.shipped.on(!args.no_standard);
    let has_layers = !(args.no_standard && args.paths.is_empty() && args.shipped.is_empty());
    let layers = inputs.layers(base, &args.paths);
    inputs.finish()?;
    let reference = if has_layers {
        let names = (!args.no_standard).then(|| STANDARD.to_owned()).into_iter();
        let names = names.chain(args.shipped.names()).chain(args.paths.iter().map(|path| name(path)));
        Reference::of_policy(&layers.compile()?, &names.collect::<Vec<_>>().join(", "))
    } else {
        Reference::of_language()
    };
    let reference = reference.only(&args.parts);
    let written = match args.format {
        DocFormat::Text => text(&reference),
        DocFormat::Markdown => markdown(&reference),
        DocFormat::Html => html(&reference),
    };
    terminal::print(written.as_bytes())
}

fn part(written: &str) -> Result<Part, String> {
    let names = || Part::ALL.iter().map(|part| part.name());
    let found = Part::ALL.into_iter().find(|part| part.name() == written);
    found.ok_or_else(|| match plimsoll::diagnostics::nearest(written, names()) {
        Some(near) => format!("there is no such part; did you mean `{near}`?"),
        None => format!("there is no such part; there is {}", names().collect::<Vec<_>>().join(", ")),
    })
}
