//! What a person and a script see of the command: standard output, standard error and the exit code.

#![expect(clippy::expect_used, reason = "a helper of tests may fail like a test")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::machine::bare;

mod bad;
mod bundle;
mod check;
mod compile;
pub(crate) mod diff;
mod doc;
mod faults;
mod fix;
mod fmt;
mod host;
mod levels;
mod made;
mod new;
mod render;
mod snapshot;
mod stream;
mod test;
mod usage;
mod validation;
mod whole;

const SHOP: &str = "tests/fixtures/render/shop.yaml";
const HOST: &str = "tests/fixtures/render/host.json";
const SITE: &str = "tests/fixtures/cli/site";

/// What no input may take more of, in a debug build: seconds of processor time, and KiB of memory.
const LIMITS: &str = "ulimit -t 10 && ulimit -v 1048576";

/// A run of the command, ended.
#[derive(Clone)]
pub(crate) struct Run {
    line: String,
    code: Option<i32>,
    stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn new(args: &[&str], output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("all output is UTF-8");
        let Output { status, stdout, stderr } = output;
        let line = format!("plimsoll {}", args.join(" "));
        Self { line, code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// The command line above everything that came of it.
    fn shown(&self) -> String {
        let mut out = format!("$ {}\n", self.line.trim_end());
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                let _ = write!(out, "──── {name}\n{text}");
            }
        }
        let _ = writeln!(out, "──── exit {}", self.code.expect("it ends by itself"));
        out
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    bare(&mut command).current_dir(folder).args(args);
    command
}

/// Runs the command in a folder.
pub(crate) fn run_in(folder: &Path, args: &[&str]) -> Run {
    Run::new(args, command(folder, args).output().expect("it starts"))
}

/// Runs the command at the top of the repository.
fn run(args: &[&str]) -> Run {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), args)
}

/// Runs the command with something on standard input.
fn run_with_stdin(args: &[&str], stdin: &[u8]) -> Run {
    let mut command = command(Path::new(env!("CARGO_MANIFEST_DIR")), args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    // It may not read to the end.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin);
    Run::new(args, child.wait_with_output().expect("it ends"))
}

/// A fresh folder of a test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

pub(crate) fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn snapshot(name: &str, runs: &[Run]) {
    let shown: Vec<_> = runs.iter().map(Run::shown).collect();
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cli"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, shown.join("\n"));
    });
}

/// A fresh folder with so short a path that messages with it are broken at blanks only.
fn short_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("plimsoll-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder.canonicalize().expect("a folder")
}

/// Runs with `…` in place of such a folder, which is removed, and with messages unbroken.
fn short(folder: &Path, runs: Vec<Run>) -> Vec<Run> {
    fs::remove_dir_all(folder).expect("a folder");
    let short = |text: String| text.replace("\n  │ ", " ").replace(folder.to_str().expect("UTF-8"), "…");
    runs.into_iter().map(|run| Run { stdout: short(run.stdout), stderr: short(run.stderr), ..run }).collect()
}

/// Runs a line on bad input: it must say what is wrong within limits, and nothing on standard output.
fn refused(folder: &Path, line: &str) -> Run {
    let args: Vec<_> = line.split(' ').collect();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("{LIMITS} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_plimsoll")]).args(&args);
    let run = Run::new(&args, bare(&mut command).current_dir(folder).output().expect("it starts"));
    assert_eq!(run.stdout, "", "`{line}`");
    assert!(matches!(run.code, Some(1 | 2)), "`{line}`: {:?}\n{}", run.code, run.stderr);
    run
}
