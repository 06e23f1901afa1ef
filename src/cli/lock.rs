//! `plimsoll lock`: what layers replace and remove of earlier ones is accepted as it is.

use std::fs;
use std::io;
use std::path::Path;

use plimsoll::diagnostics::{Diagnostic, Report};

use super::check::counted;
use super::input::{Inputs, lock_file};
use super::rewrite::{put, unwritable};
use super::rules::Stacked;
use super::terminal::Terminal;

/// Accept what layers replace or remove of earlier ones, as it is now
///
/// For each layer that does, a lock file is written: `plimsoll.lock` in its folder, or NAME.plim.lock beside its file. Keep it
/// with the rules. `plimsoll check` then warns when an original has changed, say in a new version of the standard policy,
/// and with it what was written in its place may have to change.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
#[command(mut_arg("paths", |paths| paths.required(true)))]
pub(super) struct Args {
    #[command(flatten)]
    rules: Stacked,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = inputs.unlocked_layers(args.rules.base(), &args.rules.paths);
    inputs.finish()?;
    let policy = layers.compile()?;
    let shipped = policy.locks().len().saturating_sub(args.rules.paths.len());
    for (lock, path) in policy.locks().skip(shipped).zip(&args.rules.paths) {
        let file = lock_file(path);
        let shown = file.display();
        let result = match lock.items {
            0 => remove(&file)
                .map(|gone| gone.then(|| format!("removed {shown}: the layer replaces and removes nothing"))),
            items => write(&file, &lock.text)
                .map(|new| new.then(|| format!("wrote {shown}: {} of earlier layers", counted(items, "item")))),
        };
        match result.map_err(|diagnostic| Report::new(vec![diagnostic], &[]))? {
            Some(told) => terminal.note(&told),
            None if lock.items == 0 => terminal.note(&format!("`{}` takes over nothing", lock.layer)),
            None => terminal.note(&format!("{shown} is as it should be")),
        }
    }
    Ok(())
}

/// Whether there was one.
fn remove(file: &Path) -> Result<bool, Diagnostic> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true).map_err(|error| unwritable(file, &error)),
    }
}

/// Whether it was another one before.
fn write(file: &Path, text: &str) -> Result<bool, Diagnostic> {
    if fs::read(file).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(false);
    }
    put(file, text.as_bytes()).map(|()| true)
}
