//! `plimsoll fmt`: what it writes, what it says, what it leaves alone.

use std::fs;

use super::{folder, run, run_in, run_with_stdin, snapshot, write};

const LAID_OUT: &str = "let a = 1\n";
const NOT_YET: &str = "# Kept.\nrule  r{b=a} # too\n";
const BROKEN: &str = "rule s { c = }\n";

#[test]
fn files_are_laid_out_in_place_and_broken_ones_left_alone() {
    let folder = folder("fmt");
    for (name, text) in [
        ("a.plim", LAID_OUT),
        ("below/b.plim", NOT_YET),
        ("c.plim", BROKEN),
        (".hidden.plim", NOT_YET),
        (".git/d.plim", NOT_YET),
        ("e.txt", NOT_YET),
    ] {
        write(&folder, name, text);
    }
    let run = |args| run_in(&folder, args);
    let check = run(&["fmt", "--check", "."]);
    let both = run(&["fmt", "--check", "--diff", "below"]);
    let diff = run(&["fmt", "--diff", "below"]);
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    assert_eq!(text("below/b.plim"), NOT_YET);
    let first = run(&["fmt", "."]);
    assert_eq!(text("a.plim"), LAID_OUT);
    assert_eq!(text("below/b.plim"), "# Kept.\nrule r {\n  b = a\n} # too\n");
    assert_eq!(text("c.plim"), BROKEN);
    assert!([".hidden.plim", ".git/d.plim", "e.txt"].iter().all(|name| text(name) == NOT_YET));
    let clean = run(&["fmt", "--check", "a.plim", "below"]);
    let again = run(&["fmt", "a.plim", "below"]);
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 6);
    snapshot("fmt", &[check, both, diff, first, clean, again]);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let runs = [
        run_with_stdin(&["fmt", "-"], NOT_YET.as_bytes()),
        run_with_stdin(&["fmt", "-"], BROKEN.as_bytes()),
        run_with_stdin(&["fmt", "-"], b"\n"),
        run_with_stdin(&["fmt", "--check", "-"], NOT_YET.as_bytes()),
        run_with_stdin(&["fmt", "--check", "-"], LAID_OUT.as_bytes()),
        run_with_stdin(&["fmt", "--diff", "-"], NOT_YET.as_bytes()),
    ];
    snapshot("fmt-stdin", &runs);
}

#[test]
fn nothing_to_lay_out_is_a_mistake() {
    snapshot("fmt-nothing", &[run(&["fmt"]), run(&["fmt", "tests/fixtures/render"]), run(&["fmt", "nowhere.plim"])]);
}
