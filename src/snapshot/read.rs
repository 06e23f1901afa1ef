//! A snapshot's file, read back.

use super::settled;
use crate::diagnostics::{Diagnostic, Report, code, one_line};
use crate::digest;
use crate::source::{SourceId, SourceMap, Span, size};

/// Bytes of a snapshot's file.
pub const MAX_BYTES: usize = 32 << 20;
/// What git leaves in a file that it could not merge.
const CONFLICT: [&str; 3] = ["<<<<<<< ", "=======", ">>>>>>> "];

/// A snapshot as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it shows.
    pub body: String,
}

/// Reads a snapshot's file; `name` is what diagnostics call it.
///
/// # Errors
///
/// If it is none, if git left the marks of a conflict in it, or if it is not as it was written: somebody edited it.
pub fn read(name: &str, text: &str) -> Result<Kept, Report> {
    let mut sources = SourceMap::for_policy();
    let source = sources.add(name, text);
    kept(name, text, source).map_err(|diagnostic| Report::new(vec![*diagnostic], &[&sources]))
}

fn kept(name: &str, text: &str, source: SourceId) -> Result<Kept, Box<Diagnostic>> {
    let name = one_line(name);
    let broken = |why: String, line: Span| {
        let diagnostic = Diagnostic::new(code::BAD_SNAPSHOT, format!("`{name}` is no snapshot: {why}"));
        Box::new(diagnostic.label(line, "").help("`plimsoll snapshot` makes it anew; look at what that changes"))
    };
    if text.len() > MAX_BYTES {
        let message = format!("`{name}` is larger than {}", size(MAX_BYTES));
        return Err(Box::new(Diagnostic::new(code::TOO_LARGE, message)));
    }
    if let Some(line) = conflict(text, source) {
        return Err(broken("git left the marks of a conflict in it".to_owned(), line));
    }
    let settled_text = text.replace("\r\n", "\n");
    let inside = settled_text.strip_prefix("---\n");
    let inside = inside.ok_or_else(|| broken("it does not begin with `---`".to_owned(), line(text, source, 0)))?;
    let parts = inside.split_once("\n---\n");
    let (header, body) =
        parts.ok_or_else(|| broken("its header has no end (`---`)".to_owned(), line(text, source, 0)))?;
    let mut given = header.lines().filter_map(|line| line.trim().strip_prefix("digest:"));
    let given = given.next().map(|digest| digest.trim().trim_matches(['"', '\'']));
    let given = given.ok_or_else(|| {
        broken("its header has no digest, as `plimsoll snapshot` writes it".to_owned(), line(text, source, 0))
    })?;
    let body = settled(body);
    if digest::sha256(&body) != given {
        let at = header.lines().position(|line| line.trim().starts_with("digest:")).unwrap_or_default() + 1;
        let message = format!("`{name}` was edited by hand: its text is not the one that its digest is of");
        let diagnostic = Diagnostic::new(code::EDITED_SNAPSHOT, message).label(line(text, source, at), "");
        let help = "a snapshot shows what rules do, so change the rules; `plimsoll snapshot` makes it anew";
        return Err(Box::new(diagnostic.help(help)));
    }
    Ok(Kept { body })
}

fn conflict(text: &str, source: SourceId) -> Option<Span> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| CONFLICT.iter().any(|mark| line.starts_with(mark)));
    let (first, opening) = lines.next()?;
    // A row of `=` alone can be anything.
    (!opening.starts_with('=') && lines.next().is_some()).then(|| line(text, source, first))
}

/// A line, from 0.
fn line(text: &str, source: SourceId, number: usize) -> Span {
    let start: usize = text.split_inclusive('\n').take(number).map(str::len).sum();
    let length = text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(source, offset(start), offset(start + length))
}
