//! `plimsoll fix`: makes the edits that findings offer.

use std::fs;
use std::path::Path;
use std::time::Duration;

use plimsoll::diagnostics::{Applicability, Diagnostic, Report, code};
use plimsoll::fix::{self, Fixed};
use similar::TextDiff;

use super::check::counted;
use super::input::Inputs;
use super::rewrite::{self, rewrite};
use super::rules::Stacked;
use super::terminal::{self, Terminal};

/// How long the smallest difference is searched for.
const DIFF_TIME: Duration = Duration::from_secs(2);

/// Make the edits that findings offer, and check the rules again
///
/// Misspelt names, operators of other languages, a `let` that nothing uses: what is found is mended where it is certain
/// what was meant, and what is left is reported as by `plimsoll check`. Unless the result has fewer mistakes than there
/// were, or as many, nothing is written. Files are changed in one moment each, and none that has changed meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
#[command(mut_arg("paths", |paths| paths.required(true)))]
pub(super) struct Args {
    #[command(flatten)]
    rules: Stacked,

    /// Change nothing: print what would change, as a diff
    #[arg(long)]
    dry_run: bool,

    /// Make edits too that may not be what was meant: look at the diff before
    ///
    /// Such as a name that is near, but not the only one, or a guard for what may be absent.
    #[arg(long)]
    likely: bool,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = args.rules.read(&mut inputs);
    inputs.finish()?;
    let least = if args.likely { Applicability::Likely } else { Applicability::Certain };
    let fixed = fix::fix(layers, least);
    if fixed.refused {
        let diagnostic = Diagnostic::new(code::WORSE, "the edits would leave more mistakes than there are");
        let mut report = fixed.left;
        report.append(Report::new(vec![diagnostic.help("mend one of them by hand and run this again")], &[]));
        return Err(report);
    }
    if args.dry_run {
        let diffs: String = fixed.files.iter().map(|(name, (before, after))| diff(name, before, after)).collect();
        return terminal::print(diffs.as_bytes());
    }
    write(&fixed)?;
    let edited =
        if fixed.files.is_empty() { String::new() } else { format!(" in {}", counted(fixed.files.len(), "file")) };
    terminal.note(&format!(
        "mended {}{edited}; {} left",
        counted(fixed.mended, "finding"),
        fixed.left.diagnostics.len()
    ));
    if fixed.left.has_errors() {
        return Err(fixed.left);
    }
    terminal.report(&fixed.left);
    Ok(())
}

/// Writes the files, none of them if any has changed since it was read.
fn write(fixed: &Fixed) -> Result<(), Report> {
    let refused = |found: Vec<Diagnostic>| if found.is_empty() { Ok(()) } else { Err(Report::new(found, &[])) };
    let is_same = |name: &str, before: &str| fs::read(name).is_ok_and(|now| now == before.as_bytes());
    let changed = fixed.files.iter().filter(|(name, (before, _))| !is_same(name, before));
    refused(changed.map(|(name, _)| rewrite::changed(Path::new(name))).collect())?;
    let written =
        fixed.files.iter().filter_map(|(name, (before, after))| rewrite(Path::new(name), before, after).err());
    refused(written.collect())
}

fn diff(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::configure().timeout(DIFF_TIME).diff_lines(before, after);
    diff.unified_diff().header(name, name).to_string()
}

#[cfg(test)]
mod tests {
    use plimsoll::policy::Layers;

    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("plimsoll-fix-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let paths = ["a.plim", "b.plim"].map(|name| folder.join(name).to_str().unwrap().to_owned());
        let texts = ["let one = 1\n", "let two = 2\n"];
        let files = paths.iter().zip(texts).map(|(path, text)| (path.as_str(), text));
        let fixed = fix::fix(Layers::new().layer("site", files), Applicability::Certain);
        fs::write(&paths[0], texts[0]).unwrap();
        fs::write(&paths[1], "# mine\n").unwrap();
        let report = write(&fixed).unwrap_err();
        let now = paths.clone().map(|path| fs::read_to_string(path).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(report.diagnostics.iter().map(|it| it.code).collect::<Vec<_>>(), [code::CHANGED_MEANWHILE]);
        assert_eq!(now, [texts[0], "# mine\n"]);
    }
}
