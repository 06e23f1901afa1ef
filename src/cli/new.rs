//! `plimsoll new`: a layer to begin with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use plimsoll::diagnostics::{Diagnostic, Report, code};

use super::input::name;
use super::interrupt;
use super::rewrite::unwritable;
use super::terminal::Terminal;

/// Start a layer of your own rules: a few with comments, their tests
///
/// They hold as they are, and are there to be changed; a README says how to check them. The folder is written whole or not at all.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    /// The layer's folder: one that is not there yet, or empty; those above it are made where they are absent
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// What is in a new layer.
const FILES: &[(&str, &str)] = &[
    ("10-site.plim", include_str!("new/10-site.plim")),
    ("10-site.test.plim", include_str!("new/10-site.test.plim")),
    ("README.md", include_str!("new/README.md")),
];

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    make(&args.folder).map_err(|diagnostic| Report::new(vec![diagnostic], &[]))?;
    let place = args.folder.display();
    terminal.note(&format!("started a layer in {place}; see {}", args.folder.join("README.md").display()));
    Ok(())
}

fn make(folder: &Path) -> Result<(), Diagnostic> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => {
            let message = format!("`{}` is not empty", name(folder));
            let help = "name a folder that is not there yet, or an empty one";
            return Err(Diagnostic::new(code::FOLDER_NOT_EMPTY, message).help(help));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unwritable(folder, &error)),
    }
    let made = put(folder);
    made.map_err(|error| unwritable(folder, &error))
}

/// Makes it ready beside its place, and puts it there in one moment: over an empty folder, but over nothing else.
fn put(folder: &Path) -> io::Result<()> {
    // `.` and `..` are places, not names.
    let folder = if folder.exists() { fs::canonicalize(folder)? } else { folder.to_owned() };
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(above)?;
    let _whole = interrupt::hold();
    let staging = above.join(format!(".plimsoll-new.{}", process::id()));
    fs::create_dir(&staging)?;
    let filled = FILES.iter().try_for_each(|(name, text)| fs::write(staging.join(name), text));
    let put = filled.and_then(|()| {
        if folder.exists() {
            fs::set_permissions(&staging, fs::metadata(&folder)?.permissions())?;
        }
        fs::rename(&staging, &folder)
    });
    if put.is_err() {
        // What went wrong before is told.
        let _ = fs::remove_dir_all(&staging);
    }
    put
}
