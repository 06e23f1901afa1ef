//! Takes a bundle away and nothing else.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Step, run};
use super::error::BundleError;
use super::exchange::{remove_folders, settle};
use super::fresh::beside;
use super::look::{Kind, entries, is_reached, is_there, kind, lock};
use super::side::{LIST, List};
use super::{CONFIG, ROOTFS};

/// Removes the bundle at a path; what is left there is returned.
pub(super) fn remove(disk: &dyn Disk, folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
    // A process that died while it made the bundle left this.
    let staging = beside(folder);
    if let Ok(true) = is_there(&staging, Kind::Folder) {
        let _left = lock(&staging)?;
        run(disk, Step::RemoveTree { path: &staging })?;
    }
    if !is_there(folder, Kind::Folder)? {
        return Ok(Vec::new());
    }
    let _lock = lock(folder)?;
    settle(disk, folder)?;
    // The list goes last, so that what is interrupted can be done again.
    let list = List::read(folder)?;
    unlink(disk, &folder.join(CONFIG))?;
    for name in list.names() {
        if is_reached(folder, name) {
            unlink(disk, &folder.join(name))?;
            remove_folders(disk, folder, name)?;
        }
    }
    let rootfs = folder.join(ROOTFS);
    if kind(&rootfs)? == Some(Kind::Folder) && entries(&rootfs)?.is_empty() {
        match run(disk, Step::RemoveFolder { path: &rootfs }) {
            // Something empty is mounted there: it is not ours, and told as left.
            Err(BundleError::Io { source, .. }) if source.kind() == io::ErrorKind::ResourceBusy => {}
            result => result?,
        }
    }
    unlink(disk, &folder.join(LIST))?;
    let left: Vec<PathBuf> = entries(folder)?.into_iter().map(|name| folder.join(name)).collect();
    if left.is_empty() {
        run(disk, Step::RemoveFolder { path: folder })?;
    }
    if let Some(path) = folder.parent() {
        run(disk, Step::Sync { path })?;
    }
    Ok(left)
}

/// Removes a file or a link; a folder is not what was written there, and stays.
fn unlink(disk: &dyn Disk, path: &Path) -> Result<(), BundleError> {
    match kind(path)? {
        None | Some(Kind::Folder) => Ok(()),
        Some(_) => run(disk, Step::Unlink { path }),
    }
}
