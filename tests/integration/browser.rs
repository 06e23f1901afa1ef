//! Pages in headless Chromium: what became of them, what their console says and what they fetched.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::machine::lacks;

/// A page that was opened.
pub(crate) struct Visit {
    /// Its document once it was loaded and its scripts ran, as HTML.
    pub(crate) document: String,
    /// What was written to the console, with what the browser itself has to say of the page.
    pub(crate) console: Vec<String>,
    /// The addresses that it asked the network for.
    pub(crate) fetched: Vec<String>,
}

/// Opens a file, with the fragment of its address after it (`#top`; may be empty). Frames of other files can be read
/// by its scripts.
///
/// Without Chromium there is no visit.
pub(crate) fn visit(page: &Path, fragment: &str) -> Option<Visit> {
    let profile = page.with_extension("profile");
    let _ = fs::remove_dir_all(&profile);
    fs::create_dir_all(&profile).expect("a folder");
    let log = profile.join("network.json");
    let output = Command::new("timeout")
        .args(["60", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args(["--allow-file-access-from-files", "--enable-logging=stderr", "--log-level=0", "--dump-dom"])
        // What a page puts off for less than these milliseconds has happened as well.
        .arg("--virtual-time-budget=5000")
        // Nothing gets out, whatever asks for it.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("file://{}{fragment}", page.display()))
        .env("HOME", &profile)
        .output()
        .expect("coreutils");
    // So says `timeout` where there is no such program.
    if output.status.code() == Some(127) {
        lacks("there is no chromium");
        return None;
    }
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let console = said.lines().filter(|line| line.contains(":CONSOLE:")).map(str::to_owned).collect();
    let fetched = fetched(&fs::read_to_string(&log).expect("a log"));
    let document = String::from_utf8(output.stdout).expect("documents are UTF-8");
    fs::remove_dir_all(&profile).expect("a folder");
    Some(Visit { document, console, fetched })
}

/// The addresses in a log of the network, without those that the browser asks for on its own.
fn fetched(log: &str) -> Vec<String> {
    let log: Value = serde_json::from_str(log).expect("JSON");
    let events = log["events"].as_array().expect("events").iter().map(|event| &event["params"]);
    let by_page = events.filter(|it| it["initiator"].as_str().is_some_and(|by| by != "not an origin"));
    by_page.filter_map(|it| it["url"].as_str().map(str::to_owned)).collect()
}

#[test]
fn what_a_page_does_is_seen() {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("seen.html");
    let text = "<!DOCTYPE html><meta charset=utf-8><title>x</title><img src='http://example.invalid/a'><script>\
                fetch('http://example.invalid/b').catch(() => {});\
                console.error('oh'); document.title = location.hash</script>";
    fs::write(&page, text).expect("a file");
    let Some(visit) = visit(&page, "#here") else { return };
    assert!(visit.document.contains("<title>#here</title>"), "{}", visit.document);
    assert!(visit.console.iter().any(|line| line.contains("\"oh\"")), "{:?}", visit.console);
    for address in ["http://example.invalid/a", "http://example.invalid/b"] {
        assert!(visit.fetched.iter().any(|it| it == address), "{:?}", visit.fetched);
    }
}
