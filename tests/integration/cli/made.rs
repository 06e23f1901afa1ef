//! What is made from the command line's own definition: completions and manual pages.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{folder, run, run_in};

/// The commands that the help names.
fn commands() -> Vec<String> {
    let help = run(&["-h"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let begins = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let names = listed.filter(begins).filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    names.filter(|name| name != "help").collect()
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let completions = run(&["completions", shell]);
        assert_eq!((completions.code, completions.stderr.as_str()), (Some(0), ""));
        for command in commands() {
            assert!(completions.stdout.contains(&command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn bash_reads_its_completions() {
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().expect("bash");
    let script = run(&["completions", "bash"]).stdout;
    bash.stdin.take().expect("a pipe").write_all(script.as_bytes()).expect("it reads");
    assert!(bash.wait().expect("it ends").success());
}

#[test]
fn every_command_has_a_page() {
    let folder = folder("man");
    assert_eq!(run_in(&folder, &["man", "man1"]).code, Some(0));
    let mut pages: Vec<_> = commands().iter().map(|command| format!("plimsoll-{command}.1")).collect();
    pages.push("plimsoll.1".to_owned());
    pages.sort();
    let mut files: Vec<_> = fs::read_dir(folder.join("man1"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    files.sort();
    assert_eq!(files, pages);
    let mut whole = 0;
    for page in &pages {
        let text = fs::read_to_string(folder.join("man1").join(page)).expect("a page");
        for section in
            [".TH plimsoll", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", ".SH \"EXIT STATUS\""]
        {
            assert_eq!(text.matches(section).count(), 1, "{section} in {page}");
        }
        assert!(text.contains("\\fB70\\fR\n"), "the exit codes in {page}");
        whole += text.len();
    }
    assert_eq!(run(&["man", "-"]).stdout.len(), whole);
}
