//! Files by name, in a folder or in an archive.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::tar::{self, Entries};
use crate::diagnostics::{Code, code};
use crate::facts::limits;
use crate::facts::live::{Unread, read_at_most, read_within};

/// What is at a path.
pub(super) enum Opened {
    /// A file that is no archive, whole.
    Text(Vec<u8>),
    /// A compressed file, and the program that unpacks it.
    Compressed(&'static str),
    /// A folder or archive.
    Store(Store),
}

/// Files by name.
pub(super) enum Store {
    Folder(PathBuf),
    Archive(File, Entries),
}

/// Why there is nothing to read.
pub(super) enum Closed {
    Unread(Unread),
    Damaged(String),
}

impl Closed {
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Unread(why) => code_of(why),
            Self::Damaged(_) => code::BAD_IMAGE,
        }
    }

    pub(super) fn said(&self) -> String {
        match self {
            Self::Unread(why) => why.said(),
            Self::Damaged(why) => format!("is a damaged archive: {why}"),
        }
    }
}

impl From<io::Error> for Closed {
    fn from(error: io::Error) -> Self {
        Self::Unread(error.into())
    }
}

pub(super) const fn code_of(why: &Unread) -> Code {
    match why {
        Unread::TooLarge(_) => code::TOO_LARGE,
        Unread::Io(_) | Unread::NotAFile | Unread::Link => code::UNREADABLE,
    }
}

/// The first bytes of compressed files.
const COMPRESSED: &[(&[u8], &str)] =
    &[(b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ\0", "xz"), (b"BZh", "bzip2")];

/// Looks what is there. A file that is no archive may be a pipe; it is read whole.
pub(super) fn open(path: &Path) -> Result<Opened, Closed> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Ok(Opened::Store(Store::Folder(path.to_owned())));
    }
    let mut head = Vec::new();
    (&mut file).take(tar::BLOCK).read_to_end(&mut head)?;
    if let Some((_, with)) = COMPRESSED.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Ok(Opened::Compressed(with));
    }
    if tar::is_header(&head) {
        file.seek(SeekFrom::Start(0))?;
        let entries = tar::entries(&mut file, limits::ARCHIVE_ENTRIES).map_err(Closed::Damaged)?;
        return Ok(Opened::Store(Store::Archive(file, entries)));
    }
    let whole = read_at_most(head.as_slice().chain(file), limits::IMAGE_BYTES as u64);
    whole.map(Opened::Text).map_err(Closed::Unread)
}

impl Store {
    /// A file of at most `limit` bytes; nothing if there is none of that name.
    pub(super) fn get(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Unread> {
        match self {
            Self::Folder(folder) => read_within(folder, name, limit),
            Self::Archive(file, entries) => {
                let Some((offset, size)) = entries.get(name) else { return Ok(None) };
                if *size > limit {
                    return Err(Unread::TooLarge(limit));
                }
                file.seek(SeekFrom::Start(*offset))?;
                read_at_most(file.take(*size), limit).map(Some)
            }
        }
    }
}
