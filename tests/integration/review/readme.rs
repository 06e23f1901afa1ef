//! What the README shows of a review.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::read;
use crate::machine::has_git;

const ADVISORY: &str = "tests/fixtures/review/advisory";

/// A repository in which the rules of the main branch are those before the advisory, and the files those after it.
fn repository() -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("review/readme");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("rules")).expect("a folder");
    let put = |from: &str, to: &str| fs::write(folder.join(to), read(&format!("{ADVISORY}/{from}"))).expect("a file");
    let git = |args: &[&str]| {
        let names = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        let out = Command::new("git").args(names).args(args).current_dir(&folder).output().expect("git");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    put("before.plim", "rules/paths.plim");
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "rules"]);
    git(&["commit", "--quiet", "--message=before"]);
    for (from, to) in [("after.plim", "rules/paths.plim"), ("shop.yaml", "shop.yaml"), ("host.json", "host.json")] {
        put(from, to);
    }
    folder
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    if !has_git() {
        return;
    }
    let readme = read("README.md");
    let (_, rest) = readme.split_once("$ plimsoll diff ").expect("an example");
    let (line, rest) = rest.split_once('\n').expect("a command");
    let (shown, _) = rest.split_once("\n```").expect("an end");
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let out = command.arg("diff").args(line.split(' ')).current_dir(repository()).output().expect("the command");
    assert_eq!((out.status.code(), String::from_utf8_lossy(&out.stderr).as_ref()), (Some(0), ""));
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim_end(), shown);
}

/// Two lines are what the example is about, and they are shipped.
#[test]
fn the_example_is_two_lines_of_the_shipped_rules() {
    let [before, after] = ["before", "after"].map(|name| read(&format!("{ADVISORY}/{name}.plim")));
    let new: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!((new.len(), after.lines().count()), (2, before.lines().count() + 2));
    let shipped = read("rules/hardened/20-paths.plim");
    assert!(new.iter().all(|line| shipped.contains(line)), "{new:?}");
}

#[test]
fn the_picture_is_small_and_has_a_text() {
    let readme = read("README.md").replace('\n', " ");
    let (_, rest) = readme.split_once("![").expect("a picture");
    let (text, rest) = rest.split_once("](").expect("a text");
    let (path, _) = rest.split_once(')').expect("a path");
    assert!(text.len() > 50, "{text}");
    let picture = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG\r\n") && picture.len() < 200_000, "{}", picture.len());
}
