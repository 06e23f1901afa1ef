//! The documents of a corpus: found first, then read as many at a time as memory should hold.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use indexmap::IndexSet;
use indicatif::ProgressBar;
use plimsoll::diagnostics::{Diagnostic, Report, code};
use plimsoll::facts::limits;
use plimsoll::review::{Item, ItemKind, Reviewer};

use crate::cli::input::{Inputs, name, unreadable};
use crate::cli::snapshot::snaps;
use crate::cli::stream::batches::Batches;
use crate::cli::terminal;

/// Bytes of documents that are compared at once, about.
const AT_ONCE: usize = 8 << 20;
/// How the names of files end that a folder is searched for.
const ENDINGS: [&str; 5] = ["yaml", "yml", "json", "ndjson", "jsonl"];

/// Where the documents are.
pub(super) struct Corpus {
    files: IndexSet<PathBuf>,
}

impl Corpus {
    /// The files that paths name: of a folder those in it, of a pattern those that match.
    pub(super) fn find(paths: &[PathBuf], inputs: &mut Inputs) -> Self {
        let mut files = IndexSet::new();
        for path in paths {
            match found(path) {
                Ok(found) => files.extend(found),
                Err(diagnostic) => inputs.refuse(diagnostic),
            }
        }
        Self { files }
    }

    /// Hands all documents to a reviewer.
    pub(super) fn feed(self, reviewer: &mut Reviewer<'_>) -> Result<(), Report> {
        let length: Option<u64> = self.files.iter().map(|file| Some(fs::metadata(file).ok()?.len())).sum();
        let mut feeder = Feeder { reviewer, items: Vec::new(), bytes: 0, bar: terminal::bar(length, length.is_some()) };
        for file in &self.files {
            feeder.file(file)?;
        }
        feeder.look();
        feeder.bar.finish_and_clear();
        Ok(())
    }
}

fn found(path: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    if path == Path::new("-") {
        return Ok(vec![path.to_owned()]);
    }
    if path.is_dir() {
        let mut files: Vec<PathBuf> = ENDINGS.iter().flat_map(|ending| snaps(path, ending)).collect();
        files.sort();
        if files.is_empty() {
            let message =
                format!("`{}` holds no document ({})", name(path), ENDINGS.map(|it| format!(".{it}")).join(", "));
            return Err(Diagnostic::new(code::UNREADABLE, message));
        }
        return Ok(files);
    }
    let is_pattern = path.to_str().is_some_and(|path| path.contains(['*', '?', '[']));
    match fs::metadata(path) {
        Ok(_) => Ok(vec![path.to_owned()]),
        Err(_) if is_pattern => matching(path),
        Err(error) => Err(unreadable(path, &name(path), &error)),
    }
}

/// The files that a pattern matches, in the order of their names.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let written = name(pattern);
    let bad = |why: String| Diagnostic::new(code::UNREADABLE, why);
    let paths = glob::glob(&written).map_err(|error| bad(format!("`{written}` is no pattern: {error}")))?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| bad(format!("`{}` cannot be read: {}", name(error.path()), error.error())))?;
        if path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(
            bad(format!("no file matches `{written}`")).help("`*` stands for any part of a name, `**` for folders")
        );
    }
    Ok(files)
}

/// What is on its way to a reviewer.
struct Feeder<'f, 'p> {
    reviewer: &'f mut Reviewer<'p>,
    items: Vec<Item>,
    bytes: usize,
    bar: ProgressBar,
}

impl Feeder<'_, '_> {
    fn file(&mut self, path: &Path) -> Result<(), Report> {
        let cannot = |error: &io::Error| Report::new(vec![unreadable(path, &name(path), error)], &[]);
        if path == Path::new("-") {
            return self.lines("<stdin>", io::stdin().lock()).map_err(|error| cannot(&error));
        }
        let ending = path.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        let file = fs::File::open(path).map_err(|error| cannot(&error))?;
        if matches!(ending, "ndjson" | "jsonl") {
            return self.lines(&name(path), file).map_err(|error| cannot(&error));
        }
        let mut bytes = Vec::new();
        file.take(limits::REQUEST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
        self.document(name(path), bytes);
        Ok(())
    }

    /// A request on each line.
    fn lines(&mut self, file: &str, input: impl Read) -> io::Result<()> {
        let mut batches = Batches::new(input, limits::REQUEST_BYTES);
        while let Some(batch) = batches.next()? {
            for (line, number) in batch.lines.iter().zip(batch.first..) {
                let place = format!("{file}:{number}");
                match line.clone().and_then(|line| batch.bytes.get(line)) {
                    // A last line of nothing is no request that is missing.
                    Some(line) if line.trim_ascii().is_empty() => {}
                    Some(line) => self.add(place, line.to_vec(), |_| ItemKind::Request),
                    None => self.leave_out(place, too_large()),
                }
            }
        }
        Ok(())
    }

    fn document(&mut self, file: String, bytes: Vec<u8>) {
        match bytes.len() {
            0 => self.leave_out(file, format!("{}: it is empty", code::EMPTY_FILE)),
            length if length > limits::REQUEST_BYTES => self.leave_out(file, too_large()),
            _ => self.add(file, bytes, ItemKind::of),
        }
    }

    fn add(&mut self, file: String, bytes: Vec<u8>, kind: impl Fn(&str) -> ItemKind) {
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.bytes += text.len();
                let kind = kind(&text);
                self.items.push(Item { file, text, kind, output: None });
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                self.leave_out(file, format!("{}: it is not UTF-8 from byte {at} on", code::NOT_UTF8));
            }
        }
        if self.bytes >= AT_ONCE {
            self.look();
        }
    }

    /// What cannot be read stands in the review at its place.
    fn leave_out(&mut self, file: String, reason: String) {
        self.look();
        self.reviewer.leave_out(&file, vec![reason]);
    }

    fn look(&mut self) {
        self.reviewer.look(&self.items);
        self.bar.inc(self.bytes as u64);
        self.bar.set_message(format!("{} services", self.reviewer.services()));
        self.items.clear();
        self.bytes = 0;
    }
}

fn too_large() -> String {
    format!("{}: it is larger than {} MiB", code::TOO_LARGE, limits::REQUEST_BYTES >> 20)
}
