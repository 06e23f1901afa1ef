//! Lock files: what is told of an original that has changed, and of a lock file that is not one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

use plimsoll::diagnostics::{Report, Style, render};
use plimsoll::policy::{Layers, Policy};

const HOUSE: &str = "let size = 1\nrule limit { linux.resources.pids.limit = size }\nrule name { hostname = \"a\" }\n";
const SITE: &str = "replace let size = previous + 1\nreplace rule name { hostname = \"b\" }\n";

fn layers(house: &str, site: &str) -> Layers {
    Layers::new().layer("house", [("house/a.plim", house)]).layer("site", [("site/a.plim", site)])
}

fn found(layers: Layers) -> Report {
    layers.compile().map_or_else(|report| report, |policy| policy.warnings())
}

fn locked(house: &str, site: &str) -> String {
    let policy: Policy = layers(house, site).compile().unwrap();
    let locks: Vec<_> = policy.locks().collect();
    assert_eq!((locks.len(), locks[0].items, locks[1].layer), (2, 0, "site"));
    locks[1].text.clone()
}

fn told(name: &str, shown: &str, report: &Report) {
    let told = render(report, Style::default());
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/diagnostics"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, format!("{shown}════\n{told}")) });
}

#[test]
fn a_change_of_an_original_is_told() {
    let lock = locked(HOUSE, SITE);
    let same = found(layers(HOUSE, SITE).lock("site/plimsoll.lock", lock.clone()));
    assert!(same.diagnostics.is_empty(), "{same}");
    // Layout, comments, a doc text and an optional `;` are no change; whatever the layer itself says is none either.
    let house = HOUSE.replace("rule limit {", "# More.\nrule limit\n  \"The limit.\"\n{\n").replace("\"a\"", "\"a\";");
    let same = found(layers(&house, &SITE.replace("\"b\"", "\"c\"")).lock("site/plimsoll.lock", lock.clone()));
    assert!(same.diagnostics.is_empty(), "{same}");
    let house = HOUSE.replace("\"a\"", "\"A\"");
    let site = format!("{SITE}remove rule limit\nrule use {{ process.user.umask = size }}\n");
    let lock = lock + "invariant gone sha256:" + &"0".repeat(64) + "\n";
    let shown = format!("──── house/a.plim\n{house}──── site/a.plim\n{site}──── site/plimsoll.lock\n{lock}");
    told("lock-changes", &shown, &found(layers(&house, &site).lock("site/plimsoll.lock", lock)));
}

/// An entry of a chain of layers speaks of the layer below, and one layer's lock says nothing of another's.
#[test]
fn originals_are_those_of_the_layer_below() {
    let three = |house: &str, site: &str| layers(house, site).layer("top", [("top/a.plim", "replace let size = 7\n")]);
    let lock = three(HOUSE, SITE).compile().unwrap().locks().last().unwrap().text;
    let with = |house: &str, site: &str| found(three(house, site).lock("top/plimsoll.lock", lock.clone())).diagnostics;
    assert_eq!(with(&HOUSE.replace("= 1", "= 3"), SITE), []);
    let found = with(HOUSE, &SITE.replace("+ 1", "+ 2"));
    assert_eq!(found.iter().map(|it| it.code.id()).collect::<Vec<_>>(), ["P0430"]);
}

#[test]
fn hostile_lock_files_are_refused() {
    let digest = "0".repeat(64);
    let mut shown = String::new();
    let entry = format!("rule name sha256:{digest}\n");
    let cases = [
        String::new(),
        "# nothing\n".to_owned(),
        entry.clone(),
        "version 2\nwhatever\n".to_owned(),
        format!("version 1\nrules name sha256:{digest}\nrule name\n\u{1b}[31m {entry}"),
        format!(
            "version 1\nrule name sha256:{}\nrule name md5:{digest}\nlet size sha256:é{digest}",
            digest.replace('0', "A")
        ),
        format!("version 1\r\n{entry}{entry}"),
        "version 1\n".to_owned() + &"x\n".repeat(100_000),
        format!("version 1\nlet {} sha256:{digest}\n", "x".repeat(1_000_000)),
    ];
    for (number, text) in cases.into_iter().enumerate() {
        let report = found(layers(HOUSE, SITE).lock("site/plimsoll.lock", text.clone()));
        let mut lines: Vec<String> =
            report.diagnostics.iter().map(|it| format!("{} {}", it.code, it.message)).collect();
        lines.dedup();
        assert!(report.diagnostics.len() <= 22 && !lines.is_empty(), "{text:.80}");
        assert!(lines.iter().all(|line| line.len() < 200), "{text:.80}");
        shown += &format!("──── {number}\n{}\n", lines.join("\n"));
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/diagnostics"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("lock-hostile", shown) });
    let report = found(layers(HOUSE, SITE).lock("site/plimsoll.lock", format!("version 1\n{entry}{entry}rule name\n")));
    told("lock-mistakes", &format!("version 1\n{entry}{entry}rule name\n"), &report);
}
