//! The formats of `plimsoll diff`, from the command line.

use std::process::Command;

use plimsoll::review::{github, html, markdown, sarif};
use serde_json::Value as Json;

use super::{HOST, SECRETS, SHOP, VOLUMES, hardened, setting, shop};

/// What comes to standard output, and the exit code. A review without mistakes says nothing on standard error.
fn diff(args: &[&str]) -> (String, Option<i32>) {
    let options = [format!("secrets={SECRETS}"), format!("volumes={VOLUMES}")];
    let out = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["diff", "standard", "hardened", SHOP, "--host", HOST, "--option", &options[0], "--option", &options[1]])
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the command");
    assert_eq!(out.stderr.is_empty(), out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    (String::from_utf8(out.stdout).expect("UTF-8"), out.status.code())
}

#[test]
fn each_is_what_the_library_writes() {
    let [old, new] = hardened();
    let mut reviewer = plimsoll::review::Reviewer::new(("<standard>", &old), ("<standard> + <hardened>", &new))
        .setting(setting(&old))
        .with_sides(100);
    reviewer.look(&[shop()]);
    let review = reviewer.finish();
    for (name, written) in [
        ("markdown", markdown::write(&review)),
        ("html", html::write(&review)),
        ("sarif", sarif::write(&review)),
        ("github", github::write(&review)),
    ] {
        assert!(!written.is_empty());
        assert_eq!(diff(&["--format", name]), (written, Some(0)), "{name}");
    }
}

#[test]
fn a_page_has_the_specs() {
    let (page, _) = diff(&["--format", "html"]);
    let (_, data) = page.split_once("id=\"data\">").expect("data");
    let data: Json = serde_json::from_str(data.split_once("</script>").expect("an end").0).expect("JSON");
    let sides = data["sides"].as_array().expect("sides");
    assert_eq!(sides.len(), data["services"].as_array().expect("services").len());
    assert!(sides.iter().all(|side| side[1].as_array().is_some_and(|rows| rows.len() > 100)));
    assert!(!page.contains("hunter2"), "a secret is shown");
}

#[test]
fn what_fails_is_printed_all_the_same() {
    for format in ["markdown", "html", "sarif", "github"] {
        let (written, code) = diff(&["--format", format]);
        assert_eq!(diff(&["--format", format, "--fail-on", "broadening"]), (written, Some(3)), "{format}");
        assert_eq!(code, Some(0));
    }
}
