//! A new folder, made beside its place and renamed into it.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::disk::{Disk, Step, run};
use super::error::BundleError;
use super::exchange::{Change, NewFile, make_folders};
use super::look::{Kind, Lock, is_there, lock};

/// Makes a folder (0700) with files, and an empty folder for a root file system where one is asked for. Nothing is there
/// until all of it is.
pub(super) fn make(
    disk: &dyn Disk,
    folder: &Path,
    files: &Change<'_>,
    rootfs: Option<&str>,
) -> Result<(), BundleError> {
    let above = folder.parent().unwrap_or(folder);
    let mut made = Vec::new();
    let result = make_above(disk, above, &mut made).and_then(|()| {
        let staging = beside(folder);
        // Who holds the lock is the one who may write and remove it.
        let lock = claim(disk, folder, &staging)?;
        let result = fill(disk, folder, &staging, files, rootfs).and_then(|()| put(disk, folder, &staging));
        if result.is_err() && matches!(is_there(&staging, Kind::Folder), Ok(true)) {
            // What goes wrong here is the consequence of what is told already.
            let _ = run(disk, Step::RemoveTree { path: &staging });
        }
        drop(lock);
        result
    });
    if result.is_err() {
        // One that is not empty is no longer ours.
        made.iter().rev().for_each(|path| drop(run(disk, Step::RemoveFolder { path })));
    }
    result?;
    run(disk, Step::Sync { path: above })
}

/// Where a folder is made ready: the same name for each who makes it, so that the next one finds what one that died
/// left.
pub(super) fn beside(folder: &Path) -> PathBuf {
    // Of a name that is as long as names can be, a part must do.
    const LONGEST: usize = 200;
    let name = folder.file_name().unwrap_or_default().as_bytes();
    let name = name.get(..LONGEST).unwrap_or(name);
    folder.with_file_name(OsString::from_vec([b".", name, b".plimsoll"].concat()))
}

/// The folders above, as the umask says.
fn make_above(disk: &dyn Disk, above: &Path, made: &mut Vec<PathBuf>) -> Result<(), BundleError> {
    let missing: Vec<&Path> = above.ancestors().take_while(|path| !path.exists()).collect();
    for path in missing.into_iter().rev() {
        match run(disk, Step::MakeFolder { path, mode: None }) {
            Ok(()) => made.push(path.to_owned()),
            // Somebody was faster.
            Err(BundleError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            Err(error) => return Err(error),
        }
        if let Some(above) = path.parent() {
            run(disk, Step::Sync { path: above })?;
        }
    }
    Ok(())
}

/// Makes and locks the folder to be. One that nobody has locked was left by a process that died.
fn claim(disk: &dyn Disk, folder: &Path, staging: &Path) -> Result<Lock, BundleError> {
    let busy = |error| match error {
        BundleError::Busy { .. } => BundleError::Busy { path: folder.to_owned() },
        other => other,
    };
    if is_there(staging, Kind::Folder)? {
        let _left = lock(staging).map_err(busy)?;
        run(disk, Step::RemoveTree { path: staging })?;
    }
    match run(disk, Step::MakeFolder { path: staging, mode: Some(0o700) }) {
        // Somebody was faster.
        Err(BundleError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BundleError::Busy { path: folder.to_owned() });
        }
        result => result?,
    }
    lock(staging).map_err(busy)
}

fn fill(
    disk: &dyn Disk,
    folder: &Path,
    staging: &Path,
    files: &Change<'_>,
    rootfs: Option<&str>,
) -> Result<(), BundleError> {
    for (name, file) in files {
        let Some(NewFile { bytes, mode }) = *file else { continue };
        make_folders(disk, staging, name)?;
        run(disk, Step::Write { path: &staging.join(name), shown: &folder.join(name), bytes, mode })?;
        if let Some(path) = staging.join(name).parent().filter(|above| *above != staging) {
            run(disk, Step::Sync { path })?;
        }
    }
    if let Some(name) = rootfs {
        run(disk, Step::MakeFolder { path: &staging.join(name), mode: Some(0o755) })?;
    }
    run(disk, Step::Sync { path: staging })
}

fn put(disk: &dyn Disk, folder: &Path, staging: &Path) -> Result<(), BundleError> {
    match run(disk, Step::Rename { from: staging, to: folder }) {
        // Somebody was faster.
        Err(BundleError::Io { source, .. }) if source.kind() == io::ErrorKind::DirectoryNotEmpty => {
            Err(BundleError::Exists { path: folder.to_owned() })
        }
        other => other,
    }
}
