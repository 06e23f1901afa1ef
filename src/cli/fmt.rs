//! `plimsoll fmt`: rules in, the same rules in their one layout out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll::diagnostics::{Diagnostic, Report, code};
use plimsoll::source::{SourceId, Span};
use plimsoll::syntax;
use similar::TextDiff;

use super::input::{Document, Inputs, RULES_BYTES, is_rules, name, unreadable};
use super::rewrite::rewrite;
use super::terminal::{self, Terminal};

/// Folders within each other that are looked into.
const MAX_DEPTH: usize = 32;
/// How long the smallest difference is searched for.
const DIFF_TIME: Duration = Duration::from_secs(2);

/// Lay out files of rules: one layout for everybody, the same rules
///
/// Files are changed in place, each in one moment and only where its layout differs; comments stay. A file that does not
/// parse is left as it is and told of, the others are laid out all the same.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    /// A `.plim` file, a folder (its `.plim` files and those of folders in it, but for hidden ones), or `-` for standard
    /// input, whose layout goes to standard output
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Change nothing; refuse if a file is not in its one layout
    #[arg(long)]
    check: bool,

    /// Change nothing; print what would change, with --check on standard error
    #[arg(long)]
    diff: bool,
}

/// What has come of the files so far.
#[derive(Default)]
struct Done {
    files: usize,
    changed: usize,
    layouts: String,
    diffs: String,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let (mut inputs, mut done) = (Inputs::default(), Done::default());
    for path in &args.paths {
        if path.as_path() == Path::new("-") {
            let document = inputs.document_or_stdin(path, RULES_BYTES);
            args.lay_out(None, document, &mut inputs, &mut done);
            continue;
        }
        for file in files(path, &mut inputs) {
            let document = inputs.document(&file, RULES_BYTES);
            args.lay_out(Some(&file), document, &mut inputs, &mut done);
        }
    }
    if args.check && !done.diffs.is_empty() {
        terminal.note(done.diffs.trim_end());
    }
    let finished = inputs.finish();
    if done.files > 0 && !args.check && !args.diff {
        terminal.note(&format!("laid out {} of {}", done.changed, super::check::counted(done.files, "file")));
    }
    finished?;
    terminal::print(if args.check {
        &[]
    } else if args.diff {
        done.diffs.as_bytes()
    } else {
        done.layouts.as_bytes()
    })
}

impl Args {
    /// Lays out a document, of a file or of standard input; what could not be read is empty and told of.
    fn lay_out(&self, file: Option<&Path>, document: Document, inputs: &mut Inputs, done: &mut Done) {
        let Document { name, text } = document;
        if text.is_empty() {
            return;
        }
        let source = inputs.shown.add(name.as_str(), text.as_str());
        let formatted = match syntax::format(source, &text) {
            Ok(formatted) => formatted,
            Err(found) => return found.into_iter().for_each(|diagnostic| inputs.refuse(diagnostic)),
        };
        let differs = formatted != text;
        if differs && self.diff {
            done.diffs += &difference(&name, &text, &formatted);
        }
        if differs && self.check {
            inputs.refuse(not_formatted(source, &name, &text, &formatted));
        }
        if let Some(file) = file {
            done.files += 1;
            if differs && !self.check && !self.diff {
                match rewrite(file, &text, &formatted) {
                    Ok(()) => done.changed += 1,
                    Err(diagnostic) => inputs.refuse(diagnostic),
                }
            }
        } else {
            done.layouts += &formatted;
        }
    }
}

fn difference(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::configure().timeout(DIFF_TIME).diff_lines(before, after);
    diff.unified_diff().header(name, name).to_string()
}

/// Points to the first line that would change.
fn not_formatted(source: SourceId, name: &str, before: &str, after: &str) -> Diagnostic {
    let same = before.split_inclusive('\n').zip(after.split_inclusive('\n')).take_while(|(old, new)| old == new);
    let start: usize = same.map(|(line, _)| line.len()).sum();
    let line = before.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let start = start + line.len() - line.trim_start().len();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span::new(source, offset(start), offset(start + line.trim().len()));
    Diagnostic::new(code::NOT_FORMATTED, format!("`{name}` is not in its one layout"))
        .label(span, "the first line that would change")
        .help("`plimsoll fmt` brings it into it, `plimsoll fmt --diff` shows what that would change")
}

/// The files that a path names, in the order of their names.
fn files(path: &Path, inputs: &mut Inputs) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut found = Vec::new();
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        if depth > MAX_DEPTH {
            let message = format!("`{}` is more than {MAX_DEPTH} folders deep", name(&folder));
            inputs.refuse(Diagnostic::new(code::UNREADABLE, message));
            continue;
        }
        match entries(&folder) {
            Ok((files, below)) => {
                found.extend(files);
                folders.extend(below.into_iter().map(|folder| (folder, depth + 1)));
            }
            Err(error) => inputs.refuse(unreadable(&folder, &name(&folder), &error)),
        }
    }
    if found.is_empty() {
        let message = format!("`{}` holds no `.plim` file", name(path));
        inputs.refuse(Diagnostic::new(code::UNREADABLE, message));
    }
    found.sort();
    found
}

/// The files of rules of a folder, and the folders in it. A link leads to a file at most, or a folder could be in itself.
fn entries(folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, hidden) = (entry.path(), entry.file_name().as_encoded_bytes().starts_with(b"."));
        if entry.file_type()?.is_dir() {
            folders.extend((!hidden).then_some(path));
        } else if is_rules(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok((files, folders))
}
