//! Rules as they are in a commit, read through the `git` program. Nothing of the repository is written, and nothing in it
//! is run: trees and blobs are read as they are, without filters.

use std::ffi::OsStr;
use std::io::{ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use plimsoll::diagnostics::{Diagnostic, code, one_line};
use plimsoll::levels::SETTINGS;
use plimsoll::policy::TESTS;

use crate::cli::input::{Document, RULES_BYTES, is_rules};

/// The modes of entries that are files.
const FILES: [&str; 2] = ["100644", "100755"];
/// Files of a folder that are looked at.
const MOST_FILES: usize = 10_000;

/// An entry of a tree.
struct Entry {
    mode: String,
    object: String,
    /// Bytes; none of a folder.
    size: Option<usize>,
    path: String,
}

/// The files of a layer as they are in a commit: a file, or those of a folder. Paths start at the current folder.
pub(super) fn layer(revision: &str, path: &Path) -> Result<Vec<Document>, Diagnostic> {
    let shown = format!("git:{}:{}", one_line(revision), one_line(&path.to_string_lossy()));
    // It would be taken for an option.
    if revision.starts_with('-') || revision.is_empty() {
        return Err(bad(
            format!("`{shown}` names no revision"),
            "write a branch, a tag or a commit, such as `git:main:site`",
        ));
    }
    let top = top()?;
    let commit = commit(revision)?;
    let within = within(&top, path, &shown)?;
    let entries = entries(&commit, &within, &shown)?;
    if entries.is_empty() {
        let message = format!("`{shown}` holds no `.plim` file");
        return Err(bad(
            message,
            "a layer is a `.plim` file or a folder of them; folders inside it are not looked into",
        ));
    }
    let texts = blobs(&entries)?;
    let named = |(entry, bytes): (&Entry, Vec<u8>)| {
        let name = format!("git:{revision}:{}", entry.path);
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Diagnostic::new(code::NOT_UTF8, format!("`{}` is not UTF-8 from byte {at} on", one_line(&name)))
        })?;
        Ok(Document { name, text })
    };
    entries.iter().zip(texts).map(named).collect()
}

fn bad(message: String, help: &str) -> Diagnostic {
    Diagnostic::new(code::BAD_REVISION, message).help(help)
}

/// The folder of the work tree around the current one.
fn top() -> Result<PathBuf, Diagnostic> {
    let help = "`git:REV` is about the repository around the current folder";
    let found = git(["rev-parse", "--show-toplevel"], None)?;
    let told = |told: Vec<u8>| String::from_utf8(told).ok().map(|told| PathBuf::from(told.trim_end_matches('\n')));
    match found {
        Ok(out) => told(out)
            .filter(|top| !top.as_os_str().is_empty())
            .ok_or_else(|| bad("the repository has no folder of files".to_owned(), help)),
        Err(why) => Err(bad(format!("there is no repository here: {why}"), help)),
    }
}

/// The commit that a revision names.
fn commit(revision: &str) -> Result<String, Diagnostic> {
    let wanted = format!("{revision}^{{commit}}");
    let found = git(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted], None)?;
    let commit = found.ok().and_then(|out| String::from_utf8(out).ok()).map(|out| out.trim().to_owned());
    commit.filter(|commit| !commit.is_empty()).ok_or_else(|| {
        let message = format!("the repository has no revision `{}`", one_line(revision));
        bad(
            message,
            "`git branch --all`, `git tag` and `git log` list what there is; `git fetch` gets what is elsewhere",
        )
    })
}

/// A path from the top of the repository, of one from the current folder; empty is the top itself.
fn within(top: &Path, path: &Path, shown: &str) -> Result<String, Diagnostic> {
    let outside = || {
        let message = format!("`{shown}` is outside of the repository at `{}`", top.display());
        bad(message, "name a path inside of it; it is taken from the current folder")
    };
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let here =
        here.map_err(|error| bad(format!("the current folder cannot be read: {error}"), "change to another one"))?;
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::ParentDir => _ = whole.pop(),
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    let rest = whole.strip_prefix(top).map_err(|_| outside())?;
    rest.to_str().map(|rest| rest.replace(std::path::MAIN_SEPARATOR, "/")).ok_or_else(outside)
}

/// The file at a path of a commit, or the files of rules of the folder there.
fn entries(commit: &str, path: &str, shown: &str) -> Result<Vec<Entry>, Diagnostic> {
    let missing = || {
        let message = format!("there is no `{shown}`: the commit has no such path");
        bad(message, "the path is taken from the current folder; `git ls-tree -r --name-only REV` lists what there is")
    };
    let one = if path.is_empty() { Vec::new() } else { tree(commit, path)? };
    let Some(found) = one.into_iter().find(|entry| entry.path == path) else {
        return if path.is_empty() { files(tree(commit, "")?, shown) } else { Err(missing()) };
    };
    if found.size.is_none() && found.mode == "040000" {
        return files(tree(commit, &format!("{path}/"))?, shown);
    }
    Ok(vec![sound(found)?])
}

fn files(mut entries: Vec<Entry>, shown: &str) -> Result<Vec<Entry>, Diagnostic> {
    let is_layer = |path: &str| {
        let path = Path::new(path);
        let is_test = path.to_string_lossy().ends_with(TESTS);
        is_rules(path) && !is_test || path.file_name() == Some(OsStr::new(SETTINGS))
    };
    entries.retain(|entry| is_layer(&entry.path));
    if entries.len() > MOST_FILES {
        return Err(bad(format!("`{shown}` holds more than {MOST_FILES} files of rules"), "name a folder with fewer"));
    }
    if !entries.iter().any(|entry| is_rules(Path::new(&entry.path))) {
        return Ok(Vec::new());
    }
    entries.into_iter().map(sound).collect()
}

/// An entry that is a file, and not too large.
fn sound(entry: Entry) -> Result<Entry, Diagnostic> {
    let shown = one_line(&entry.path);
    match entry.size {
        Some(size) if size > RULES_BYTES => {
            Err(Diagnostic::new(code::TOO_LARGE, format!("`{shown}` is larger than {} MiB", RULES_BYTES >> 20)))
        }
        Some(_) if FILES.contains(&entry.mode.as_str()) => Ok(entry),
        _ => Err(bad(format!("`{shown}` is no file in that commit"), "links and submodules are not followed")),
    }
}

/// The entries of a tree: `MODE TYPE OBJECT SIZE\tPATH`, each ended by NUL.
fn tree(commit: &str, path: &str) -> Result<Vec<Entry>, Diagnostic> {
    let mut arguments = vec!["ls-tree", "-z", "--long", "--full-tree", commit];
    if !path.is_empty() {
        arguments.extend(["--", path]);
    }
    let out = git(arguments, None)?.map_err(|why| bad(format!("the commit cannot be read: {why}"), HEALTH))?;
    let entry = |line: &[u8]| {
        let line = std::str::from_utf8(line).ok()?;
        let (about, path) = line.split_once('\t')?;
        let mut words = about.split_ascii_whitespace();
        let (mode, _, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
        Some(Entry { mode: mode.into(), object: object.into(), size: size.parse().ok(), path: path.into() })
    };
    Ok(out.split(|byte| *byte == 0).filter_map(entry).collect())
}

/// What is said where `git` does not answer as it should.
const HEALTH: &str = "`git fsck` tells whether the repository is sound";

/// The texts of files: `OBJECT TYPE SIZE\n`, then so many bytes and a line end, each.
fn blobs(entries: &[Entry]) -> Result<Vec<Vec<u8>>, Diagnostic> {
    let names: String = entries.iter().map(|entry| format!("{}\n", entry.object)).collect();
    let out = git(["cat-file", "--batch"], Some(names))?;
    let out = out.map_err(|why| bad(format!("the commit cannot be read: {why}"), HEALTH))?;
    let mut rest = out.as_slice();
    let mut take = || {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let head = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size: usize = head.rsplit_once(' ')?.1.parse().ok()?;
        let blob = rest.get(end + 1..end + 1 + size)?.to_vec();
        rest = rest.get(end + 2 + size..)?;
        Some(blob)
    };
    let blobs: Option<Vec<_>> = entries.iter().map(|_| take()).collect();
    blobs.ok_or_else(|| bad("a file of the commit is not there".to_owned(), HEALTH))
}

/// What `git` answers; or what it says that is wrong.
fn git<'g>(
    arguments: impl IntoIterator<Item = &'g str>,
    input: Option<String>,
) -> Result<Result<Vec<u8>, String>, Diagnostic> {
    let cannot = |error: std::io::Error| {
        let why =
            if error.kind() == ErrorKind::NotFound { "it is not installed".to_owned() } else { error.to_string() };
        bad(format!("`git` cannot be run: {why}"), "it reads what `git:REV` names")
    };
    let mut child = Command::new("git")
        .args(arguments)
        // Paths are taken as they are, what is missing is not fetched, and nothing is written.
        .envs([
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("LC_ALL", "C"),
        ])
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let stdin = child.stdin.take();
    let writer = thread::spawn(move || {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // If it does not read all of it, its answer shows that.
            let _ = stdin.write_all(input.as_bytes());
        }
    });
    let out = child.wait_with_output().map_err(cannot)?;
    let _ = writer.join();
    if out.status.success() {
        return Ok(Ok(out.stdout));
    }
    let said = String::from_utf8_lossy(&out.stderr);
    let first = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
    Ok(Err(one_line(first).into_owned()))
}
