//! Digests by which it is told whether something is what it was.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// `sha256:` and 64 lower-case hexadecimal digits.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    named(Sha256::new_with_prefix(bytes))
}

/// The same of several parts, each with its length, so that none runs into the next.
pub(crate) fn sha256_of_parts<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    let parts = parts.into_iter();
    named(parts.fold(Sha256::new(), |sha, part| sha.chain_update((part.len() as u64).to_le_bytes()).chain_update(part)))
}

fn named(sha: Sha256) -> String {
    sha.finalize().iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
