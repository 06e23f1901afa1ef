//! Help, mistaken command lines, and what stands beside the commands.

use plimsoll::diagnostics::{CODES, explain};

use super::*;

#[test]
fn help() {
    const COMMANDS: [&[&str]; 12] = [
        &[],
        &["check"],
        &["test"],
        &["fix"],
        &["render"],
        &["bundle"],
        &["host"],
        &["diff"],
        &["replay"],
        &["lock"],
        &["explain"],
        &["doc"],
    ];
    snapshot("help-short", &COMMANDS.map(|command| run(&[command, &["-h"]].concat())));
    snapshot("help-long", &COMMANDS.map(|command| run(&[command, &["--help"]].concat())));
}

#[test]
fn mistaken_command_lines() {
    let lines = [
        &["chek"][..],
        &["check", "--no-standard"],
        &["render"],
        &["render", "--request", "x.json", "--host", "y.json"],
        &["render", "--request", "x.json", "--replica", "1"],
        &["render", SHOP, "--option", "hostname"],
        &["render", SHOP, "--replica", "-1"],
        &["render", SHOP, "--pretty", "--compact"],
        &["render", SHOP, "--replicas", "3..1"],
        &["render", SHOP, "--replicas", "1..4294967295"],
        &["render", SHOP, "--replicas", "1-3"],
        &["render", SHOP, "--replicas", "1..3", "--replica", "1"],
        &["render", SHOP, "--image-name", "x"],
        &["render", "--stream", "x", "--request", "y"],
        &["render", "--stream", "x", "--service", "web"],
        &["render", SHOP, "--fail-fast"],
        &["check", "--layer", "hardend"],
        &["render", SHOP, "--layer", "standard"],
        &["bundle", SHOP],
        &["bundle", "--out", "x"],
        &["bundle", "--out", "x", "--remove", SHOP],
        &["bundle", SHOP, "--out", "x", "--force", "--config-only"],
        &["host", "--service", "web"],
        &["explain", "P0199"],
        &["explain", "E42"],
    ];
    let runs = lines.map(run);
    assert!(runs.iter().all(|run| run.code == Some(2) && run.stdout.is_empty()));
    snapshot("usage", &runs);
}

#[test]
fn version() {
    assert_eq!(run(&["--version"]).stdout, format!("plimsoll {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn explain_prints_pages() {
    let list = run(&["explain"]);
    assert_eq!((list.code, list.stdout.lines().count()), (Some(0), CODES.len()));
    for (code, line) in CODES.iter().zip(list.stdout.lines()) {
        assert!(line.starts_with(code.id()) && line.ends_with(code.title()), "{line}");
    }
    let code = CODES[0];
    let page = run(&["explain", &code.id().to_lowercase()]);
    assert_eq!((page.code, page.stdout.as_str(), page.stderr.as_str()), (Some(0), explain(code), ""));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let coloured = |args: &[&str]| run(args).stderr.contains('\u{1b}');
    assert!(!coloured(&["check", "no.plim"]));
    assert!(!coloured(&["check", "no.plim", "--color", "never"]));
    assert!(coloured(&["check", "no.plim", "--color", "always"]));
}
