//! Side files, and the list of them that a bundle keeps to know which are its own.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::sort;

use super::error::BundleError;
use super::exchange::STAGING;
use super::look::{Kind, folders_of, is_below, is_there};
use super::{CONFIG, Contents, ROOTFS};

/// The file that names a bundle's side files, a JSON list; not there where it has none.
pub(super) const LIST: &str = ".plimsoll.json";

/// The names of side files.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    names: BTreeSet<String>,
    text: String,
}

impl List {
    pub(super) fn of(contents: &Contents) -> Self {
        Self::new(sort::tree(contents.files.iter().map(|(name, _)| name.clone())))
    }

    fn new(names: BTreeSet<String>) -> Self {
        Self { text: serde_json::json!(names).to_string(), names }
    }

    /// That of a bundle. Names that are none of a side file are left out: they would lead elsewhere.
    pub(super) fn read(folder: &Path) -> Result<Self, BundleError> {
        const LONGEST: u64 = 16 << 20;
        let path = folder.join(LIST);
        if !is_there(&path, Kind::File)? {
            return Ok(Self::default());
        }
        let mut text = Vec::new();
        let file = File::open(&path).and_then(|file| file.take(LONGEST).read_to_end(&mut text));
        file.map_err(|error| BundleError::io("read", &path, error))?;
        let names: Vec<String> = serde_json::from_slice(&text).unwrap_or_default();
        let is_sound = |name: &String| is_side_file(name);
        Ok(Self::new(sort::tree(names.into_iter().filter(is_sound))))
    }

    pub(super) fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Whether a name, or the folders on the way to it, begin with that one.
    pub(super) fn starts_with(&self, first: &str) -> bool {
        self.names().any(|name| name.split('/').next() == Some(first))
    }
}

/// Whether all names are of side files, and none is a folder on the way to another.
pub(super) fn check<'n>(folder: &Path, names: impl Iterator<Item = &'n str>) -> Result<(), BundleError> {
    let names: BTreeSet<&str> = sort::tree(names);
    let refused = names.iter().find(|name| !is_side_file(name) || folders_of(name).any(|above| names.contains(above)));
    match refused {
        Some(name) => Err(BundleError::Name { path: folder.to_owned(), name: (*name).to_owned() }),
        None => Ok(()),
    }
}

/// Whether a name leads below the bundle and to no other part of it.
fn is_side_file(name: &str) -> bool {
    let first = name.split('/').next().unwrap_or_default();
    is_below(name) && ![CONFIG, ROOTFS, LIST, STAGING].contains(&first)
}
