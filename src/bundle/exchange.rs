//! Changes several files of a folder at once.
//!
//! A file system replaces one name in one step, never several. So for the time of a change the names become links that
//! lead through one link more, and that one is what is replaced:
//!
//! 1. The new texts are written to `.plimsoll.new/new/`, and the old files get a second name in `.plimsoll.new/old/`.
//!    Nobody sees either yet.
//! 2. `.plimsoll.new/current` leads to `old`, and each name in turn becomes a link to `.plimsoll.new/current/…`. Whoever
//!    reads a name gets the old text, whether it is a link already or not; a name that is new leads nowhere.
//! 3. `current` is replaced by one that leads to `new`. **This is the moment of the change**, for all names together.
//! 4. Each link is replaced by the file it leads to, which reads the same; one that leads nowhere goes.
//!
//! So after any of these steps all names read as before or all read as after. A process that dies leaves links,
//! which work; whoever comes next does step 4 for the generation that `current` names. Where a single file changes, it
//! is written beside and renamed, without any link.
//!
//! Exchanging whole folders would not do: the root file system lies in the folder, may be a mount, and is
//! used by the container.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Step, run};
use super::error::BundleError;
use super::look::{Kind, entries, folders_of, is_below, is_reached, is_there, kind};

/// The folder in which a change is made ready.
pub(super) const STAGING: &str = ".plimsoll.new";
const NAMES: &str = "names";
const CURRENT: &str = "current";
const OLD: &str = "old";
const NEW: &str = "new";

/// What becomes of each name: a new file, or none.
pub(super) type Change<'c> = BTreeMap<&'c str, Option<NewFile<'c>>>;

/// A file to be. It may hold secrets, so it has no `Debug`.
#[derive(Clone, Copy)]
pub(super) struct NewFile<'c> {
    pub(super) bytes: &'c [u8],
    pub(super) mode: u32,
}

/// Makes a change in a folder that is locked and settled. On an error the folder is as before, unless the error came
/// after the moment of the change: then it is as after.
pub(super) fn apply(disk: &dyn Disk, folder: &Path, change: &Change<'_>) -> Result<(), BundleError> {
    let result = stage(disk, folder, change).and_then(|()| commit(disk, folder, change));
    let settled = settle(disk, folder);
    if settled.is_err() {
        // What refused once may not do so again; what it says now is told already.
        let _ = settle(disk, folder);
    }
    result.and(settled)
}

fn stage(disk: &dyn Disk, folder: &Path, change: &Change<'_>) -> Result<(), BundleError> {
    let staging = folder.join(STAGING);
    run(disk, Step::MakeFolder { path: &staging, mode: Some(0o700) })?;
    for generation in [OLD, NEW] {
        run(disk, Step::MakeFolder { path: &staging.join(generation), mode: Some(0o700) })?;
    }
    let names: Vec<&str> = change.keys().copied().collect();
    let path = staging.join(NAMES);
    let bytes = serde_json::json!(names).to_string();
    run(disk, Step::Write { path: &path, shown: &path, bytes: bytes.as_bytes(), mode: 0o600 })?;
    for (index, (name, new)) in change.iter().enumerate() {
        let Some(NewFile { bytes, mode }) = *new else { continue };
        make_folders(disk, folder, name)?;
        let path = held(&staging, NEW, index);
        run(disk, Step::Write { path: &path, shown: &folder.join(name), bytes, mode })?;
    }
    run(disk, Step::Sync { path: &staging.join(NEW) })
}

fn commit(disk: &dyn Disk, folder: &Path, change: &Change<'_>) -> Result<(), BundleError> {
    let staging = folder.join(STAGING);
    if let (1, Some((name, Some(_)))) = (change.len(), change.first_key_value()) {
        return run(disk, Step::Rename { from: &held(&staging, NEW, 0), to: &folder.join(name) });
    }
    for (index, name) in change.keys().enumerate() {
        let place = folder.join(name);
        if is_there(&place, Kind::File)? {
            run(disk, Step::HardLink { from: &place, to: &held(&staging, OLD, index) })?;
        }
    }
    run(disk, Step::Sync { path: &staging.join(OLD) })?;
    run(disk, Step::Link { target: Path::new(OLD), path: &staging.join(CURRENT) })?;
    run(disk, Step::Sync { path: &staging })?;
    for (index, (name, new)) in change.iter().enumerate() {
        let (place, link) = (folder.join(name), staging.join("link"));
        // Nothing was and nothing will be there.
        if new.is_none() && kind(&place)?.is_none() {
            continue;
        }
        run(disk, Step::Link { target: &target(name, index), path: &link })?;
        run(disk, Step::Rename { from: &link, to: &place })?;
        sync_above(disk, &place)?;
    }
    let next = staging.join("next");
    run(disk, Step::Link { target: Path::new(NEW), path: &next })?;
    run(disk, Step::Rename { from: &next, to: &staging.join(CURRENT) })?;
    run(disk, Step::Sync { path: &staging })
}

/// Ends a change that was begun, by this process or by one that died: files where links are, and no staging folder.
pub(super) fn settle(disk: &dyn Disk, folder: &Path) -> Result<(), BundleError> {
    let staging = folder.join(STAGING);
    if !is_there(&staging, Kind::Folder)? {
        return Ok(());
    }
    let names = names(&staging);
    let generation = fs::read_link(staging.join(CURRENT)).ok();
    let generation = [OLD, NEW].into_iter().find(|name| generation.as_deref() == Some(Path::new(name)));
    for (index, name) in names.iter().enumerate().filter(|(_, name)| is_below(name) && is_reached(folder, name)) {
        let place = folder.join(name);
        let ours = fs::read_link(&place).is_ok_and(|found| found == target(name, index));
        if let (true, Some(generation)) = (ours, generation) {
            let file = held(&staging, generation, index);
            match kind(&file)? {
                Some(_) => run(disk, Step::Rename { from: &file, to: &place })?,
                None => run(disk, Step::Unlink { path: &place })?,
            }
            sync_above(disk, &place)?;
        }
        remove_folders(disk, folder, name)?;
    }
    run(disk, Step::Sync { path: folder })?;
    run(disk, Step::RemoveTree { path: &staging })
}

/// The names of a change that was begun. They are written before any link is made, so none can be read only where
/// no link is.
fn names(staging: &Path) -> Vec<String> {
    let text = fs::read(staging.join(NAMES)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn held(staging: &Path, generation: &str, index: usize) -> PathBuf {
    staging.join(generation).join(index.to_string())
}

/// Where the link at a name leads: relative, so that the folder can be moved.
fn target(name: &str, index: usize) -> PathBuf {
    let up = "../".repeat(folders_of(name).count());
    PathBuf::from(format!("{up}{STAGING}/{CURRENT}/{index}"))
}

fn sync_above(disk: &dyn Disk, path: &Path) -> Result<(), BundleError> {
    path.parent().map_or(Ok(()), |path| run(disk, Step::Sync { path }))
}

/// The folders on the way to a name; the container reads what is in them, whoever it runs as.
pub(super) fn make_folders(disk: &dyn Disk, folder: &Path, name: &str) -> Result<(), BundleError> {
    for above in folders_of(name) {
        let path = folder.join(above);
        if !is_there(&path, Kind::Folder)? {
            run(disk, Step::MakeFolder { path: &path, mode: Some(0o755) })?;
            sync_above(disk, &path)?;
        }
    }
    Ok(())
}

/// Removes the folders on the way to a name, those that are empty.
pub(super) fn remove_folders(disk: &dyn Disk, folder: &Path, name: &str) -> Result<(), BundleError> {
    for above in folders_of(name).rev() {
        let path = folder.join(above);
        match kind(&path)? {
            Some(Kind::Folder) => {}
            None => continue,
            Some(_) => return Ok(()),
        }
        // One that is not empty is in use, and so are those above it.
        if !entries(&path)?.is_empty() {
            return Ok(());
        }
        run(disk, Step::RemoveFolder { path: &path })?;
    }
    Ok(())
}
