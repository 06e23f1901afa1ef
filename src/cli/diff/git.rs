//! Rules as they are in a commit, through the `git` program. Nothing of the repository is run or written.

use std::path::Path;

use plimsoll::diagnostics::{Diagnostic, code};

use crate::cli::input::Document;

/// The files of a layer as they are in a commit.
pub(super) fn layer(revision: &str, path: &Path) -> Result<Vec<Document>, Diagnostic> {
    _ = path;
    Err(Diagnostic::new(code::UNREADABLE, format!("`{revision}`")))
}
