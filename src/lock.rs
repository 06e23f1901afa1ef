//! The lock file of a layer: what the layer replaces or removes of earlier layers, as it was when that was last
//! accepted. When an original changes, what was written in its place may have to change as well.
//!
//! It has one line for each item, `rule gpu.cgroup sha256:…`, sorted, below a line that says which version of this
//! form it is. Comments begin with `#`.

use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::check::Taken;
use crate::diagnostics::{Diagnostic, code, nearest};
use crate::sort;
use crate::source::{SourceId, Span};

/// Bytes of a lock file.
pub const MAX_BYTES: usize = 16 << 20;
/// What stands first in a lock file that this version writes.
const VERSION: &str = "version 1";
const HEAD: &str = "\
# What this layer replaces or removes of earlier layers, as it was when that was last accepted.
# `plimsoll lock` writes this file; keep it with the rules.
";
/// The kinds of items, in the order in which they are written.
const KINDS: &[&str] = &["let", "rule", "invariant"];
/// Mistakes of one file that are told.
const TOLD: usize = 20;

/// What a lock file says.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    entries: IndexMap<(&'static str, Box<str>), Entry>,
}

#[derive(Debug)]
struct Entry {
    digest: Box<str>,
    span: Span,
}

/// The text of a lock file for what a layer takes of earlier ones.
pub(crate) fn write<'t>(taken: impl IntoIterator<Item = &'t Taken>) -> String {
    let kind = |it: &Taken| KINDS.iter().position(|kind| *kind == it.kind);
    let mut taken: Vec<&Taken> = taken.into_iter().collect();
    sort::by_key(&mut taken, |it| (kind(it), &it.name));
    let mut text = format!("{HEAD}{VERSION}\n");
    for it in taken {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {} sha256:{}", it.kind, it.name, it.digest);
    }
    text
}

/// Reads a lock file. None if it has mistakes, which are added to `diagnostics`.
pub(crate) fn read(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Lock> {
    let before = diagnostics.len();
    if text.len() > MAX_BYTES {
        let message = format!("more than {} MiB in a lock file", MAX_BYTES >> 20);
        diagnostics.push(Diagnostic::new(code::TOO_LARGE, message).label(Span::new(source, 0, 0), ""));
        return None;
    }
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let (mut lock, mut versioned, mut start) = (Lock::default(), false, 0);
    for raw in text.split_inclusive('\n') {
        let line = raw.trim();
        let at = start + raw.len() - raw.trim_start().len();
        let span = Span::new(source, offset(at), offset(at + line.len()));
        start += raw.len();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !versioned {
            if let Err(mistake) = version(line, span) {
                diagnostics.push(mistake);
                return None;
            }
            versioned = true;
        } else if let Err(mistake) = lock.add(line, span) {
            diagnostics.push(mistake);
        }
        if diagnostics.len() - before >= TOLD {
            break;
        }
    }
    if !versioned {
        let message = format!("a lock file begins with `{VERSION}`");
        diagnostics.push(bad(message, Span::new(source, offset(text.len()), offset(text.len())), "there is nothing"));
    }
    (diagnostics.len() == before).then_some(lock)
}

fn bad(message: String, span: Span, label: &str) -> Diagnostic {
    Diagnostic::new(code::BAD_LOCK, message).label(span, label).help("`plimsoll lock` writes the file anew")
}

fn version(line: &str, span: Span) -> Result<(), Diagnostic> {
    match line.strip_prefix("version ") {
        _ if line == VERSION => Ok(()),
        Some(other) => {
            Err(Diagnostic::new(code::LOCK_VERSION, format!("version `{}` of lock files is not known", shown(other)))
                .label(span, format!("this plimsoll reads `{VERSION}`"))
                .help("use the plimsoll that wrote it or a later one, or write it anew with `plimsoll lock`"))
        }
        None => Err(bad(format!("a lock file begins with `{VERSION}`"), span, "this comes first")),
    }
}

/// As much of a word as a message has room for.
fn shown(word: &str) -> String {
    const SHOWN: usize = 40;
    word.chars().take(SHOWN).collect()
}

impl Lock {
    fn add(&mut self, line: &str, span: Span) -> Result<(), Diagnostic> {
        let words: Vec<&str> = line.split_whitespace().take(4).collect();
        let [kind, name, digest] = words.as_slice() else {
            return Err(bad("an entry of a lock file has three words".to_owned(), span, "KIND NAME sha256:DIGEST"));
        };
        let Some(kind) = KINDS.iter().find(|it| *it == kind) else {
            let diagnostic =
                bad(format!("there is no item called a `{}`", shown(kind)), span, "let, rule or invariant");
            return Err(match nearest(kind, KINDS.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic,
            });
        };
        let hex =
            |digest: &&str| digest.len() == 64 && digest.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        let Some(digest) = digest.strip_prefix("sha256:").filter(hex) else {
            return Err(bad("this is no digest".to_owned(), span, "`sha256:` and 64 lower-case hexadecimal digits"));
        };
        let entry = Entry { digest: digest.into(), span };
        match self.entries.insert((kind, (*name).into()), entry) {
            None => Ok(()),
            Some(first) => {
                Err(Diagnostic::new(code::DUPLICATE_LOCK, format!("{kind} `{}` stands here twice", shown(name)))
                    .label(span, "second")
                    .label(first.span, "first")
                    .help("leave the one that was accepted last, or write the file anew with `plimsoll lock`"))
            }
        }
    }

    /// What has changed since it was accepted.
    pub(crate) fn compare<'t>(&self, taken: impl IntoIterator<Item = &'t Taken>, found: &mut Vec<Diagnostic>) {
        let mut left: IndexMap<&(&'static str, Box<str>), &Entry> = self.entries.iter().collect();
        for it in taken {
            let Taken { kind, name, span, original, digest, .. } = it;
            match left.shift_remove(&(*kind, name.clone())) {
                Some(entry) if *entry.digest == **digest => {}
                Some(entry) => found.push(
                    Diagnostic::new(
                        code::ORIGINAL_CHANGED,
                        format!("{kind} `{name}` has changed since it was taken over"),
                    )
                    .label(*span, "replaced or removed here, for what it was")
                    .label(*original, "this is what it is now")
                    .label(entry.span, "what it was when that was accepted")
                    .help("compare the two, change what is to change, then accept it with `plimsoll lock`"),
                ),
                None => found.push(
                    Diagnostic::new(code::NOT_LOCKED, format!("{kind} `{name}` is not in the lock file of its layer"))
                        .label(*span, "replaced or removed here")
                        .label(*original, "this is the original")
                        .help("accept the original as it is with `plimsoll lock`"),
                ),
            }
        }
        for ((kind, name), entry) in left.into_iter().take(TOLD) {
            found.push(
                Diagnostic::new(code::STALE_LOCK, format!("the layer takes over no {kind} `{}`", shown(name)))
                    .label(entry.span, "neither replaced nor removed")
                    .help("write the file anew with `plimsoll lock`"),
            );
        }
    }
}
