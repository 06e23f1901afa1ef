//! What the command reads and is asked for, at each limit and one past it.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use plimsoll::eval::Arena;
use plimsoll::facts::limits::REQUEST_BYTES;
use plimsoll::facts::request::Request;
use plimsoll::policy::Policy;

use super::DEPLOYMENT;
use crate::cli::diff::git;
use crate::cli::{Run, folder, run_in, write};
use crate::machine::has_git;

/// A file of a size that takes no room on the disk: all of it is NUL.
fn sparse(folder: &Path, name: &str, size: u64) {
    File::create(folder.join(name)).and_then(|file| file.set_len(size)).expect("a file system with holes");
}

/// Whether a run refuses with this, and what it is about fits no better.
fn says(run: &Run, message: &str) -> bool {
    run.stderr.replace("\n  │ ", " ").contains(message)
}

#[test]
fn of_a_file_of_rules() {
    let folder = folder("limit-rules");
    for (size, refused) in [(1 << 20, false), ((1 << 20) + 1, true)] {
        write(&folder, "a.plim", format!("rule a {{}}{}", " ".repeat(size - 9)));
        let run = run_in(&folder, &["check", "--no-standard", "a.plim"]);
        assert_eq!(says(&run, "`a.plim` is larger than 1 MiB"), refused, "{}", run.stderr);
    }
}

#[test]
fn of_a_compiled_policy() {
    let folder = folder("limit-compiled");
    write(&folder, "shop.yaml", DEPLOYMENT);
    for (size, message) in
        [(256 << 20, "`a.plc` is no policy that can be run"), ((256 << 20) + 1, "larger than 256 MiB")]
    {
        sparse(&folder, "a.plc", size);
        let run = run_in(&folder, &["render", "--policy", "a.plc", "shop.yaml"]);
        assert!(says(&run, message), "{}", run.stderr);
    }
}

#[test]
fn of_folders_that_are_laid_out() {
    let folder = folder("limit-fmt");
    for (levels, refused) in [(32, false), (33, true)] {
        write(&folder, &format!("top/{}a.plim", "a/".repeat(levels)), "rule a {}\n");
        let run = run_in(&folder, &["fmt", "--check", "top"]);
        assert_eq!(says(&run, "is more than 32 folders deep"), refused, "{}", run.stderr);
    }
}

#[test]
fn of_a_line_of_a_record() {
    let folder = folder("limit-record");
    for (size, message) in [(96 << 20, "P0873"), ((96 << 20) + 1, "P0701: it is larger than 96 MiB")] {
        sparse(&folder, "a.ndjson", size);
        let run = run_in(&folder, &["replay", "a.ndjson"]);
        assert!(says(&run, message), "{}", run.stderr);
    }
}

#[test]
fn of_a_file_that_a_test_names() {
    let folder = folder("limit-test");
    write(&folder, "a.plim", super::FRAME);
    write(&folder, "a.test.plim", "test \"t\" { given request = \"a.json\"  expect no warning }");
    for (size, refused) in [(REQUEST_BYTES, false), (REQUEST_BYTES + 1, true)] {
        write(&folder, "a.json", super::padded(super::REQUEST, " ", size));
        let run = run_in(&folder, &["test", "--no-standard", "."]);
        assert_eq!(says(&run, "it is no file, or larger than 16 MiB"), refused, "{}", run.stderr);
    }
}

/// All names of one file, so that there is no more to write than a tree.
#[test]
fn of_files_of_a_commit() {
    if !has_git() {
        return;
    }
    let folder = folder("limit-git");
    write(&folder, "shop.yaml", DEPLOYMENT);
    write(&folder, "site/0.plim", "# Nothing.\n");
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "site"]);
    for (count, refused) in [(10_000, false), (10_001, true)] {
        let object =
            Command::new("git").current_dir(&folder).args(["rev-parse", ":site/0.plim"]).output().expect("git");
        let object = String::from_utf8(object.stdout).expect("UTF-8");
        let entries: String = (0..count).map(|it| format!("100644 {}\tsite/{it}.plim\n", object.trim())).collect();
        write(&folder, "entries", entries);
        let mut index = Command::new("git");
        index.current_dir(&folder).args(["update-index", "--index-info"]);
        let done = index.stdin(File::open(folder.join("entries")).expect("a file")).status().expect("git");
        assert!(done.success());
        git(&folder, &["commit", "-q", "-m", "many"]);
        let run = run_in(&folder, &["diff", "git:HEAD:site", "standard", "shop.yaml"]);
        assert_eq!(says(&run, "`git:HEAD:site` holds more than 10000 files of rules"), refused, "{}", run.stderr);
    }
    fs::remove_dir_all(&folder).expect("a folder");
}

#[test]
fn of_a_path_that_is_asked_for() {
    let policy = Policy::standard().expect("the shipped policy");
    let facts = Request::builder("shop.yaml", DEPLOYMENT).build(policy.schema()).and_then(|request| request.facts());
    let (facts, arena) = (facts.expect("a sound request"), Arena::new());
    let explanation = policy.explain(&facts, &arena);
    for (size, refused) in [(4096, false), (4097, true)] {
        let path = format!("annotations.{}", "a".repeat(size - 12));
        let told = explanation.why(&path).map_or_else(|report| report.to_string(), |_| String::new());
        assert_eq!(told.contains("a path of more than 4096 bytes"), refused, "{told}");
    }
}
