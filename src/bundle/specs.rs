//! The specs of a whole deployment as files of one folder.

use std::path::Path;

use super::disk::{Disk, Os};
use super::error::BundleError;
use super::exchange::{self, Change, NewFile};
use super::look::{Kind, is_there, lock};
use super::{Bundle, fresh};

/// Writes files (0600) into a folder: all of them, in one moment, or none. The folder is made (0700) where it is absent;
/// files of these names are replaced, others stay.
///
/// A name is one part of a path, such as [`ServiceSpec::file_name`](crate::deployment::ServiceSpec::file_name).
///
/// # Errors
///
/// If a name would lead out of the folder, something else is in the place of a file, or the disk refuses.
pub fn write_specs<'s>(
    folder: impl AsRef<Path>,
    specs: impl IntoIterator<Item = (&'s str, &'s [u8])>,
) -> Result<(), BundleError> {
    write_on(&Os, folder.as_ref(), specs)
}

pub(super) fn write_on<'s>(
    disk: &dyn Disk,
    folder: &Path,
    specs: impl IntoIterator<Item = (&'s str, &'s [u8])>,
) -> Result<(), BundleError> {
    let folder = Bundle::at(folder)?.path;
    let files = specs.into_iter().map(|(name, bytes)| (name, Some(NewFile { bytes, mode: 0o600 })));
    let files: Change<'s> = files.collect();
    let is_sound = |name: &str| super::look::is_below(name) && !name.contains('/') && name != exchange::STAGING;
    if let Some(name) = files.keys().find(|name| !is_sound(name)) {
        return Err(BundleError::Name { path: folder, name: (*name).to_owned() });
    }
    if !is_there(&folder, Kind::Folder)? {
        return fresh::make(disk, &folder, &files, None);
    }
    let _lock = lock(&folder)?;
    exchange::settle(disk, &folder)?;
    for name in files.keys() {
        is_there(&folder.join(name), Kind::File)?;
    }
    if files.is_empty() { Ok(()) } else { exchange::apply(disk, &folder, &files) }
}
