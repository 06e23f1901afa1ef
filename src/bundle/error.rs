//! Why a bundle is not written or removed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::diagnostics::{Code, Diagnostic, code};

/// Why a bundle is not written or removed. Nothing half is left behind.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A bundle is there, and nobody asked for it to be replaced.
    #[error("a bundle is at `{}` already", path.display())]
    Exists {
        /// The bundle.
        path: PathBuf,
    },
    /// Something else is where a part of a bundle belongs. A link is never followed.
    #[error("`{}` is {found}, not {wanted}", path.display())]
    Obstructed {
        /// Where.
        path: PathBuf,
        /// What is there, with its article.
        found: &'static str,
        /// What belongs there, with its article.
        wanted: &'static str,
    },
    /// A folder is there that holds other things than a bundle does.
    #[error("`{}` is no bundle: it holds `{entry}`", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// One of the things in it.
        entry: String,
    },
    /// There is no folder whose `config.json` could be written.
    #[error("no bundle is at `{}`", path.display())]
    Missing {
        /// Where none is.
        path: PathBuf,
    },
    /// A root file system that is not there or is no folder.
    #[error("the root file system `{}` cannot be used: {why}", path.display())]
    Rootfs {
        /// The path as it was given.
        path: PathBuf,
        /// One phrase.
        why: String,
    },
    /// A name that would lead out of the bundle or onto another part of it.
    #[error("no file in `{}` can be named `{name}`", path.display())]
    Name {
        /// The folder.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A path that is not UTF-8, which no spec can hold, or that ends in nothing that could be made.
    #[error("no bundle can be at `{}`: {why}", path.display())]
    Path {
        /// The path as it was given.
        path: PathBuf,
        /// One phrase.
        why: &'static str,
    },
    /// Somebody else is writing it at this moment.
    #[error("another process is writing `{}`", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The file system refuses: full, read-only, no permission, and the like.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// A verb.
        action: &'static str,
        /// The object of that verb.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl BundleError {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// Its stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Exists { .. } => code::BUNDLE_EXISTS,
            Self::Obstructed { .. } => code::OBSTRUCTED,
            Self::Foreign { .. } | Self::Missing { .. } => code::NO_BUNDLE,
            Self::Rootfs { .. } => code::BAD_ROOTFS,
            Self::Name { .. } | Self::Path { .. } => code::BAD_BUNDLE_PATH,
            Self::Busy { .. } => code::BUNDLE_BUSY,
            Self::Io { .. } => code::BUNDLE_NOT_WRITTEN,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Exists { .. } => "ask for it to be replaced, remove it first, or name another folder",
            Self::Obstructed { found: "a symbolic link", .. } => "links are never followed: name what it leads to",
            Self::Obstructed { .. } => "move it away, or name another folder",
            Self::Foreign { .. } => "name a folder that is empty, absent or a bundle",
            Self::Missing { .. } => "write the whole bundle, or name one that exists",
            Self::Rootfs { .. } => "name a folder that exists",
            Self::Name { .. } => "a name leads to a file below its folder, and to none that has another use there",
            Self::Path { .. } => "name the folder itself",
            Self::Busy { .. } => "try again when it is done",
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on that disk",
                io::ErrorKind::PermissionDenied => "choose a folder that this user may write",
                io::ErrorKind::ReadOnlyFilesystem => "choose a folder on a disk that can be written",
                io::ErrorKind::NotADirectory => "a part of the path is a file: name another folder",
                _ => return None,
            },
        })
    }

    /// The same as the value that reports are made of.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(self.code(), self.to_string());
        match self.advice() {
            Some(advice) => diagnostic.help(advice),
            None => diagnostic,
        }
    }
}

impl miette::Diagnostic for BundleError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.advice().map(|advice| -> Box<dyn fmt::Display> { Box::new(advice) })
    }
}
