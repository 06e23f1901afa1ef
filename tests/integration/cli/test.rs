//! `plimsoll test`: what a person, a script and a CI system see of it.

use super::{folder, run, run_in, snapshot, write};

const SITE: &str = "tests/fixtures/testing/site";

#[test]
fn failing_tests_are_explained() {
    let run = run(&["test", SITE]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    snapshot("test-failing", &[run]);
}

#[test]
fn a_test_with_a_mistake_hinders_no_other() {
    let broken = run(&["test", "tests/fixtures/testing/broken"]);
    assert_eq!(broken.code, Some(1));
    assert!(broken.stderr.ends_with("2 tests passed; those with a mistake were not run\n"), "{}", broken.stderr);
    let list = run(&["test", "tests/fixtures/testing/broken", "--list"]);
    assert_eq!((list.code, list.stdout.as_str()), (Some(1), "twice\nthe last\n"));
    snapshot("test-broken", &[broken]);
    // Whoever reads only this file must see them as well.
    let xml = folder("test-mistakes").join("tests.xml");
    let path = xml.to_str().expect("UTF-8");
    assert_eq!(run(&["test", "tests/fixtures/testing/broken", "--junit", path]).code, Some(1));
    let xml = std::fs::read_to_string(&xml).expect("it was written");
    assert!(xml.contains("tests=\"9\" failures=\"0\" errors=\"7\""), "{xml}");
}

#[test]
fn thin_tests_are_found_out() {
    let args = ["test", "tests/fixtures/testing/thin", "--coverage", "--fail-under", "80", "--mutate"];
    let thin = run(&args);
    assert_eq!(thin.code, Some(1));
    assert_eq!(run(&["test", "tests/fixtures/testing/thin", "--fail-under", "75"]).code, Some(0));
    snapshot("test-thin", &[thin]);
}

#[test]
fn results_for_programs() {
    let folder = folder("test-programs");
    let path = |name| folder.join(name).to_str().expect("UTF-8").to_owned();
    let (xml, info) = (path("tests.xml"), path("rules.info"));
    let filter = ["--filter", "a value*"];
    let json = run(&[&["test", SITE, "--format", "json", "--junit", &xml, "--lcov", &info], &filter[..]].concat());
    assert_eq!(json.code, Some(1));
    let read = |path| std::fs::read_to_string(path).expect("it was written");
    let shown = format!(
        "──── stdout\n{}──── stderr\n{}──── tests.xml\n{}──── rules.info\n{}",
        json.stdout,
        json.stderr,
        read(xml),
        read(info)
    );
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cli"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("test-programs", shown);
    });
}

#[test]
fn snapshots_are_stored_where_that_is_asked_for() {
    let folder = folder("test-update");
    let request = "{ \"deployment\": { \"version\": \"v1\", \"deployment\": \"shop\", \"services\": \
        { \"web\": { \"image\": { \"name\": \"nginx\" }, \"env\": { \"KEY\": \"$S:key\" } } } }, \"service\": \"web\", \
        \"options\": { \"secrets\": { \"key\": \"hush\" } } }";
    let test = "test \"all of it\" {\n  given request = \"web.json\"\n  expect snapshot \"kept/web.json\"\n}\n";
    write(&folder, "site/web.json", request);
    write(&folder, "site/web.test.plim", test);
    let missing = run_in(&folder, &["test", "site"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("P0655"), "{}", missing.stderr);
    let stored = run_in(&folder, &["test", "site", "--update"]);
    assert_eq!((stored.code, stored.stderr.as_str()), (Some(0), "wrote site/kept/web.json\n1 test passed\n"));
    let spec = std::fs::read_to_string(folder.join("site/kept/web.json")).expect("it was written");
    assert!(spec.contains("\"KEY=•••\"") && !spec.contains("hush"), "{spec}");
    let again = run_in(&folder, &["test", "site"]);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), "1 test passed\n"));
    // Nothing that renders reads the file of tests, whatever is in it.
    write(&folder, "site/10.plim", "rule site { default linux.resources.pids.limit = 1 }\n");
    write(&folder, "site/web.test.plim", "test \"all of it\" {\n  given request = 7\n}\n");
    let rendered = run_in(&folder, &["render", "--request", "site/web.json", "--rules", "site"]);
    assert!(rendered.code == Some(0) && rendered.stdout.contains("\"pids\""), "{}", rendered.stderr);
    assert_eq!(run_in(&folder, &["check", "site"]).code, Some(1));
}

#[test]
fn nothing_to_run_is_no_success() {
    let folder = folder("test-nothing");
    write(&folder, "site.plim", "rule site { default linux.resources.pids.limit = 1 }\n");
    let runs = [
        run_in(&folder, &["test", "site.plim"]),
        run(&["test", SITE, "--filter", "a vaule"]),
        run(&["test", SITE, "--filter", "nowhere"]),
    ];
    assert!(runs.iter().all(|run| run.code == Some(1)));
    snapshot("test-nothing", &runs);
}
