//! OCI bundles on this machine's disk: a folder with `config.json`, side files and, perhaps, the root file system.
//!
//! **Whole or not at all.** A new bundle is made beside its place and renamed into it (`fresh`). In a bundle that
//! exists, all files change in one moment (`exchange`); the root file system stays where it is. Whatever a process that
//! died left behind is put right by the next one that writes or removes the bundle.
//!
//! **Links.** None is followed at the bundle's own path or below it. The folders above are the caller's: whoever can
//! change them can lead anywhere.
//!
//! | what | mode |
//! | --- | --- |
//! | the folder | 0700, also where it exists; as it is when only the config is written |
//! | `config.json`, the list of side files | 0600 |
//! | side files and the folders of theirs | 0644 and 0755: the container's user reads them through a mount |
//! | `rootfs`, where it is made | 0755 |
//! | folders above that are made | as the umask says |

mod disk;
mod error;
mod exchange;
mod fresh;
mod look;
mod remove;
mod side;
mod specs;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

pub use error::BundleError;
pub use specs::write_specs;

use self::disk::{Disk, Os, Step, run};
use self::exchange::{Change, NewFile, STAGING};
use self::look::{Kind, file_below, is_there, kind, lock};
use crate::diagnostics::Report;
use crate::output::json::Style;
use crate::policy::Rendered;
use crate::sort;

/// The spec's name in a bundle.
pub const CONFIG: &str = "config.json";
/// The folder of the root file system in a bundle that has its own; a relative `root.path` is this one.
pub const ROOTFS: &str = "rootfs";

/// The place of a bundle. Made before rendering, because rules see where the bundle and its root file system are:
/// [`Request::in_bundle`](crate::facts::request::Request::in_bundle) takes [`Bundle::path`] and [`Bundle::rootfs`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    path: PathBuf,
    text: String,
    rootfs: Option<String>,
}

/// What is done where something is already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A bundle that exists is refused; a folder that is empty, or holds only a `rootfs`, is filled.
    #[default]
    New,
    /// A bundle that exists is replaced, but for its root file system.
    Replace,
    /// `config.json` and side files are written into a folder that exists, whatever else is there, and nothing is
    /// made beside them.
    ConfigOnly,
}

/// What a bundle holds beside its root file system. It may hold secrets, so `Debug` shows only how much there is.
#[derive(Clone, PartialEq, Eq)]
pub struct Contents {
    /// The bytes of `config.json`.
    pub config: Vec<u8>,
    /// Side files: a relative path and its text.
    pub files: Vec<(String, String)>,
}

impl Contents {
    /// What was rendered.
    ///
    /// # Errors
    ///
    /// If the spec is larger than the policy's limit on output.
    pub fn of(rendered: &Rendered<'_>, style: Style) -> Result<Self, Report> {
        let files = rendered.files().map(|(name, text)| (name.to_owned(), text.to_owned()));
        Ok(Self { config: rendered.json(style)?, files: files.collect() })
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.files.iter().map(|(name, text)| (name, text.len()));
        f.debug_struct("Contents")
            .field("config", &self.config.len())
            .field("files", &files.collect::<Vec<_>>())
            .finish()
    }
}

impl Bundle {
    /// The bundle at a path. Nothing needs to be there, folders above included.
    ///
    /// # Errors
    ///
    /// If the path is not UTF-8, is `/`, or cannot be resolved.
    pub fn at(path: impl AsRef<Path>) -> Result<Self, BundleError> {
        let given = path.as_ref();
        let refused = |why| BundleError::Path { path: given.to_owned(), why };
        let path = resolve(given)?;
        if path.parent().is_none() {
            return Err(refused("it is the root of the file system"));
        }
        let text = path.to_str().ok_or_else(|| refused("the path is not UTF-8"))?.to_owned();
        Ok(Self { path, text, rootfs: None })
    }

    /// With a root file system elsewhere: its folder, by its own name, since runtimes refuse one that a link leads to.
    ///
    /// # Errors
    ///
    /// If no folder is there.
    pub fn with_rootfs(self, folder: impl AsRef<Path>) -> Result<Self, BundleError> {
        let given = folder.as_ref();
        let refused = |why: String| BundleError::Rootfs { path: given.to_owned(), why };
        let path = given.canonicalize().map_err(|error| refused(error.to_string()))?;
        if !path.is_dir() {
            return Err(refused("it is no folder".to_owned()));
        }
        let text = path.to_str().ok_or_else(|| refused("its path is not UTF-8".to_owned()))?;
        Ok(Self { rootfs: Some(text.to_owned()), ..self })
    }

    /// The bundle's absolute path, without links above it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.text
    }

    /// The absolute path of a root file system elsewhere; none where the bundle has its own.
    #[must_use]
    pub fn rootfs(&self) -> Option<&str> {
        self.rootfs.as_deref()
    }

    /// Writes the bundle, and an empty `rootfs` where it has its own and none is there.
    ///
    /// # Errors
    ///
    /// If anything is in the way or the disk refuses; what was there before is there still. An error while what was
    /// replaced is cleared away is told too, with the new bundle in place.
    pub fn write(&self, contents: &Contents, mode: Mode) -> Result<(), BundleError> {
        self.write_on(&Os, contents, mode)
    }

    /// Takes away what a bundle consists of: `config.json`, the side files that were written with it, an empty `rootfs`,
    /// and the folder if it is empty then. It succeeds where nothing is. Returned is what is left in the folder, sorted.
    ///
    /// # Errors
    ///
    /// If something else is at the path, or the disk refuses.
    pub fn remove(&self) -> Result<Vec<PathBuf>, BundleError> {
        remove::remove(&Os, &self.path)
    }

    fn write_on(&self, disk: &dyn Disk, contents: &Contents, mode: Mode) -> Result<(), BundleError> {
        side::check(&self.path, contents.files.iter().map(|(name, _)| name.as_str()))?;
        if is_there(&self.path, Kind::Folder)? {
            return self.update(disk, contents, mode);
        }
        if mode == Mode::ConfigOnly {
            return Err(BundleError::Missing { path: self.path.clone() });
        }
        let list = side::List::of(contents);
        let rootfs = self.rootfs.is_none().then_some(ROOTFS);
        fresh::make(disk, &self.path, &change(contents, &list, &side::List::default()), rootfs)
    }

    /// Writes into a folder that is there.
    fn update(&self, disk: &dyn Disk, contents: &Contents, mode: Mode) -> Result<(), BundleError> {
        let folder = &self.path;
        let lock = lock(folder)?;
        exchange::settle(disk, folder)?;
        let (before, after) = (side::List::read(folder)?, side::List::of(contents));
        let exists = is_there(&folder.join(CONFIG), Kind::File)?;
        match mode {
            Mode::New if exists => return Err(BundleError::Exists { path: folder.clone() }),
            Mode::New | Mode::Replace if !exists => self.refuse_foreign(&before)?,
            _ => {}
        }
        let change = self.differing(change(contents, &after, &before))?;
        if mode == Mode::ConfigOnly {
            return exchange::apply(disk, folder, &change);
        }
        run(disk, Step::SetMode { folder: lock.folder(), path: folder, mode: 0o700 })?;
        let rootfs = folder.join(ROOTFS);
        let made = self.rootfs.is_none() && !is_there(&rootfs, Kind::Folder)?;
        if made {
            run(disk, Step::MakeFolder { path: &rootfs, mode: Some(0o755) })?;
        }
        let result = exchange::apply(disk, folder, &change);
        if made && result.is_err() && !folder.join(CONFIG).exists() {
            // What goes wrong here is the consequence of what is told already.
            let _ = run(disk, Step::RemoveFolder { path: &rootfs });
        }
        result
    }

    /// The part of a change that changes something; `config.json` is always written. All that is in the way is told
    /// before anything is.
    fn differing<'c>(&self, mut change: Change<'c>) -> Result<Change<'c>, BundleError> {
        for name in change.keys().copied().collect::<Vec<_>>() {
            let is_there = file_below(&self.path, name)?;
            let unchanged = match change.get(name).copied().flatten() {
                None => !is_there,
                Some(file) => is_there && name != CONFIG && look::holds(&self.path.join(name), file.bytes),
            };
            if unchanged {
                change.remove(name);
            }
        }
        Ok(change)
    }

    /// A folder with other things in it is taken for somebody's own.
    fn refuse_foreign(&self, list: &side::List) -> Result<(), BundleError> {
        let known = |name: &str| matches!(name, ROOTFS | STAGING | side::LIST) || list.starts_with(name);
        let entries = look::entries(&self.path)?;
        let foreign = entries.iter().map(|name| name.to_string_lossy()).find(|name| !known(name));
        match foreign {
            Some(entry) => Err(BundleError::Foreign { path: self.path.clone(), entry: entry.into_owned() }),
            None => Ok(()),
        }
    }
}

/// What becomes of each file of a bundle.
fn change<'c>(contents: &'c Contents, after: &'c side::List, before: &'c side::List) -> Change<'c> {
    let mut change: Change<'c> = sort::tree(before.names().map(|name| (name, None)));
    if !before.is_empty() {
        change.insert(side::LIST, None);
    }
    let files = contents.files.iter();
    change.extend(files.map(|(name, text)| (name.as_str(), Some(NewFile { bytes: text.as_bytes(), mode: 0o644 }))));
    if !after.is_empty() {
        change.insert(side::LIST, Some(NewFile { bytes: after.bytes(), mode: 0o600 }));
    }
    change.insert(CONFIG, Some(NewFile { bytes: &contents.config, mode: 0o600 }));
    change
}

/// The absolute path, its existing folders by their own names. The last part may be a link: that is told when
/// the bundle is written or removed.
fn resolve(given: &Path) -> Result<PathBuf, BundleError> {
    let failed = |error| BundleError::io("resolve", given, error);
    let absolute = std::path::absolute(given).map_err(failed)?;
    // A path that ends in `..` is a folder that exists, or none that could be made.
    let (Some(above), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return absolute.canonicalize().map_err(failed);
    };
    let mut rest = vec![name];
    let mut above = above;
    while kind(above)?.is_none() {
        match (above.parent(), above.file_name()) {
            (Some(parent), Some(name)) => (above, _) = (parent, rest.push(name)),
            _ => {
                return Err(BundleError::Path {
                    path: given.to_owned(),
                    why: "`..` follows a folder that is not there",
                });
            }
        }
    }
    let above = above.canonicalize().map_err(failed)?;
    Ok(rest.into_iter().rev().fold(above, |path, name| path.join(name)))
}
