//! Writing a file anew in one moment, and never over what somebody else wrote since it was read.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use plimsoll::diagnostics::{Diagnostic, code};

use super::input::name;
use super::interrupt;

/// Replaces a file that was read as `before`; a link stays one, and the file keeps its mode.
pub(super) fn rewrite(path: &Path, before: &str, after: &str) -> Result<(), Diagnostic> {
    let written = fs::canonicalize(path).and_then(|file| replace(&file, before, after));
    match written {
        Ok(true) => Ok(()),
        Ok(false) => Err(changed(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(changed(path)),
        Err(error) => Err(unwritable(path, &error)),
    }
}

/// Writes a file, new or in the place of another, in one moment; the folders above it are made. A link stays one, and a
/// device or pipe is written to.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let _whole = interrupt::hold();
    let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let written = match fs::metadata(&file) {
        Ok(there) if !there.is_file() => {
            OpenOptions::new().write(true).open(&file).and_then(|mut it| it.write_all(bytes))
        }
        there => create(&file, there.ok().map(|there| there.permissions()), bytes),
    };
    written.map_err(|error| unwritable(path, &error))
}

fn create(file: &Path, permissions: Option<Permissions>, bytes: &[u8]) -> io::Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir_all)?;
    let beside = beside(file);
    let written = fill(&beside, permissions, bytes).and_then(|()| fs::rename(&beside, file));
    written.inspect_err(|_| {
        // What went wrong before is told.
        let _ = fs::remove_file(&beside);
    })
}

pub(super) fn changed(path: &Path) -> Diagnostic {
    Diagnostic::new(code::CHANGED_MEANWHILE, format!("`{}` has changed since it was read", name(path)))
        .help("it is as somebody else left it; run this again")
}

/// What to say about a place that cannot be written.
pub(super) fn unwritable(path: &Path, error: &io::Error) -> Diagnostic {
    let why = match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Diagnostic::new(code::UNWRITABLE, format!("`{}` cannot be written: {why}", name(path)))
}

/// False if the file is not what it was.
fn replace(file: &Path, before: &str, after: &str) -> io::Result<bool> {
    let _whole = interrupt::hold();
    let beside = beside(file);
    let replaced = write(&beside, file, after).and_then(|()| {
        let is_same = fs::read(file)? == before.as_bytes();
        if is_same {
            fs::rename(&beside, file)?;
        }
        Ok(is_same)
    });
    if !matches!(replaced, Ok(true)) {
        // What went wrong before is told.
        let _ = fs::remove_file(&beside);
    }
    replaced
}

/// A hidden file of the same folder, of this process alone.
fn beside(file: &Path) -> PathBuf {
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(file.file_name().unwrap_or_default());
    hidden.push(format!(".{}.plimsoll", process::id()));
    file.with_file_name(hidden)
}

fn write(path: &Path, like: &Path, text: &str) -> io::Result<()> {
    let permissions = fs::metadata(like)?.permissions();
    // Renaming would get around what the mode says.
    OpenOptions::new().write(true).open(like)?;
    fill(path, Some(permissions), text.as_bytes())
}

/// Makes a file, and has it on the disk before it takes its place.
fn fill(path: &Path, permissions: Option<Permissions>, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("plimsoll-rewrite-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_file_that_changed_is_left_as_it_is() {
        let folder = folder("changed");
        let file = folder.join("a.plim");
        fs::write(&file, "theirs").unwrap();
        assert_eq!(rewrite(&file, "before", "after").unwrap_err().code, code::CHANGED_MEANWHILE);
        assert_eq!(rewrite(&folder.join("gone"), "before", "after").unwrap_err().code, code::CHANGED_MEANWHILE);
        assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn mode_and_link_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("mode");
        let (file, link) = (folder.join("a.plim"), folder.join("b.plim"));
        fs::write(&file, "before").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.plim", &link).unwrap();
        rewrite(&link, "before", "after").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "after");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(folder).unwrap();
    }
}
