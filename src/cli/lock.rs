//! `plimsoll lock`: what layers replace and remove of earlier ones is accepted as it is.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::ArgGroup;
use plimsoll::diagnostics::{Diagnostic, Report, code};

use super::check::counted;
use super::input::{Inputs, lock_file};
use super::rules::Shipped;
use super::terminal::Terminal;

/// Accept what layers replace or remove of earlier ones, as it is now
///
/// For each layer that does, a lock file is written: `plimsoll.lock` in its folder, or NAME.plim.lock beside its file. Keep it
/// with the rules. `plimsoll check` then warns when an original has changed, say in a new version of the standard policy,
/// and with it what was written in its place may have to change.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
#[command(group(ArgGroup::new("on_top").multiple(true)))]
pub(super) struct Args {
    /// Layers of rules, each on top of the one before, as they are checked
    #[arg(value_name = "PATH", group = "on_top", required = true)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    shipped: Shipped,

    /// Look at the layers alone instead of on top of the standard policy
    #[arg(long, requires = "on_top")]
    no_standard: bool,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = inputs.unlocked_layers(args.shipped.on(!args.no_standard), &args.paths);
    inputs.finish()?;
    let policy = layers.compile()?;
    let shipped = policy.locks().len().saturating_sub(args.paths.len());
    for (lock, path) in policy.locks().skip(shipped).zip(&args.paths) {
        let file = lock_file(path);
        let shown = file.display();
        let result = match lock.items {
            0 => remove(&file)
                .map(|gone| gone.then(|| format!("removed {shown}: the layer replaces and removes nothing"))),
            items => write(&file, &lock.text)
                .map(|new| new.then(|| format!("wrote {shown}: {} of earlier layers", counted(items, "item")))),
        };
        match result {
            Ok(Some(told)) => terminal.note(&told),
            Ok(None) if lock.items == 0 => terminal.note(&format!("`{}` takes over nothing", lock.layer)),
            Ok(None) => terminal.note(&format!("{shown} is as it should be")),
            Err(error) => {
                let message = format!("`{shown}` cannot be written: {error}");
                return Err(Report::new(vec![Diagnostic::new(code::UNWRITABLE, message)], &[]));
            }
        }
    }
    Ok(())
}

/// Whether there was one.
fn remove(file: &Path) -> io::Result<bool> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// Whether it was another one before. A reader sees the old file or the new one.
fn write(file: &Path, text: &str) -> io::Result<bool> {
    if fs::read(file).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(false);
    }
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    remove(Path::new(&new))?;
    OpenOptions::new().write(true).create_new(true).open(&new)?.write_all(text.as_bytes())?;
    fs::rename(&new, file).map(|()| true)
}
