//! What is there, told without following a link.

use std::ffi::OsString;
use std::fs::{self, File, FileType, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path};

use super::error::BundleError;

/// What is at a path; a link is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    Other,
}

impl Kind {
    const fn told(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Other => "a special file",
        }
    }
}

impl From<FileType> for Kind {
    fn from(found: FileType) -> Self {
        match found {
            found if found.is_file() => Self::File,
            found if found.is_dir() => Self::Folder,
            found if found.is_symlink() => Self::Link,
            _ => Self::Other,
        }
    }
}

/// What is at a path, if anything.
pub(super) fn kind(path: &Path) -> Result<Option<Kind>, BundleError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found.file_type().into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BundleError::io("look at", path, error)),
    }
}

/// Whether what belongs at a path is there; anything else in its place is refused.
pub(super) fn is_there(path: &Path, wanted: Kind) -> Result<bool, BundleError> {
    match kind(path)? {
        None => Ok(false),
        Some(found) if found == wanted => Ok(true),
        Some(found) => {
            Err(BundleError::Obstructed { path: path.to_owned(), found: found.told(), wanted: wanted.told() })
        }
    }
}

/// Whether a file is at `name` below `folder`, with nothing but folders on the way.
pub(super) fn file_below(folder: &Path, name: &str) -> Result<bool, BundleError> {
    for above in folders_of(name) {
        if !is_there(&folder.join(above), Kind::Folder)? {
            return Ok(false);
        }
    }
    is_there(&folder.join(name), Kind::File)
}

/// Whether the way to a name leads through no link: through folders, or through none that is there.
pub(super) fn is_reached(folder: &Path, name: &str) -> bool {
    folders_of(name).all(|above| matches!(kind(&folder.join(above)), Ok(None | Some(Kind::Folder))))
}

/// The folders on the way to a name, the outermost first: of `a/b/c`, `a` and `a/b`.
pub(super) fn folders_of(name: &str) -> impl DoubleEndedIterator<Item = &str> {
    let ends: Vec<usize> = name.match_indices('/').map(|(at, _)| at).collect();
    ends.into_iter().filter_map(|end| name.get(..end))
}

/// Whether a name, joined to a folder, stays below it, as it is written and without any way around.
pub(super) fn is_below(name: &str) -> bool {
    const DEEPEST: usize = 32;
    let parts: Vec<&str> = name.split('/').collect();
    let normal = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    normal && !name.contains('\0') && parts.len() <= DEEPEST && parts.iter().all(|part| !matches!(*part, "" | "."))
}

/// A folder that others of us are kept out of until this is dropped; the kernel does that for a process that dies.
pub(super) struct Lock(File);

impl Lock {
    pub(super) const fn folder(&self) -> &File {
        &self.0
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // To close it is not enough: a process that another thread starts at this moment has it open as well, until it
        // runs its own program. Nothing can be done where it fails, and closing is what happens then.
        let _ = self.0.unlock();
    }
}

/// Keeps others of us out of a folder.
///
/// A file system that knows no locks is no reason to refuse: there, one writer at a time is the caller's affair.
pub(super) fn lock(folder: &Path) -> Result<Lock, BundleError> {
    let busy = || BundleError::Busy { path: folder.to_owned() };
    // A folder that somebody saw and that is gone was taken away by another.
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => busy(),
        _ => BundleError::io("open", folder, error),
    };
    let file = File::open(folder).map_err(failed)?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Err(busy());
    }
    let lock = Lock(file);
    // It may have been replaced before it was locked.
    let (opened, named) = (lock.folder().metadata().map_err(failed)?, fs::symlink_metadata(folder).map_err(failed)?);
    let same = named.is_dir() && (opened.dev(), opened.ino()) == (named.dev(), named.ino());
    if same { Ok(lock) } else { Err(busy()) }
}

/// Whether a file holds just these bytes; one that cannot be read does not.
pub(super) fn holds(path: &Path, bytes: &[u8]) -> bool {
    let as_long = fs::symlink_metadata(path).is_ok_and(|found| found.len() == bytes.len() as u64);
    as_long && fs::read(path).is_ok_and(|found| found == bytes)
}

/// The names in a folder, sorted.
pub(super) fn entries(folder: &Path) -> Result<Vec<OsString>, BundleError> {
    let failed = |error| BundleError::io("list", folder, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name());
    }
    names.sort();
    Ok(names)
}
