//! The shipped layers' own tests: that they pass, reach all of the rules, and would notice if a rule said something else.

use plimsoll::policy::Layers;
use plimsoll::testing::Suite;

fn suite(layers: Layers) -> Suite {
    layers.with_shipped_tests().suite().expect("the shipped policy")
}

/// Runs all tests; of what no test reaches, and which changes none notices, nothing must be left.
fn is_thorough(suite: &Suite, mutate: bool) {
    let results = suite.run(suite.tests().collect(), &|_: &str| Ok(None), &|| {});
    let failed: Vec<String> = results.tests.iter().map(|test| test.failures.to_string()).collect();
    assert!(suite.findings().diagnostics.is_empty() && results.passed(), "{}\n{}", suite.findings(), failed.concat());
    let coverage = suite.coverage(&results.reached());
    assert_eq!(coverage.percent(), 100, "{}", coverage.missing(suite));
    if mutate {
        let mutation = suite.mutate(&results, &|| {});
        assert!(mutation.noticed > 0 && mutation.survivors.is_empty(), "{}", mutation.findings(suite));
    }
}

#[test]
fn the_standard_layer_is_tested() {
    // Its changes are tried on the release build: .ci/run.
    let suite = suite(Layers::standard());
    assert!(suite.tests().count() > 80);
    is_thorough(&suite, false);
}

#[test]
fn the_hardened_layer_is_tested() {
    let suite = suite(Layers::standard().shipped("hardened"));
    assert!(suite.tests().all(|test| suite.place(test.span).is_some_and(|it| it.file.starts_with("<hardened>"))));
    is_thorough(&suite, true);
}

const TESTED: &str = r#"
rule site.pids when service.resources.cpu is set { default linux.resources.pids.limit = 512 }

test "limits" {
  given service = { image: { name: "nginx" }, resources: { cpu: 2 } }
  expect spec.linux.resources.pids.limit == 512 from site.pids
}

test "no limits" {
  expect spec.linux.resources.pids.limit is not set
}
"#;

#[test]
fn every_single_change_is_noticed_or_not() {
    let survivors = |text: &str| {
        let suite = Layers::standard().layer("site", [("site.plim", text)]).suite().expect("a policy");
        let results = suite.run(suite.tests().collect(), &|_: &str| Ok(None), &|| {});
        assert!(results.passed());
        let mutation = suite.mutate(&results, &|| {});
        let all: Vec<String> = mutation.survivors.into_iter().map(|survivor| survivor.what).collect();
        (all, mutation.noticed)
    };
    // The rule left out, its condition turned around, its number one less and one more.
    assert_eq!(survivors(TESTED), (vec![], 4));
    let bounds = TESTED.replace("== 512 from site.pids", "is set");
    assert_eq!(survivors(&bounds), (vec!["512 turned into 511".to_owned(), "512 turned into 513".to_owned()], 2));
    let (once, _) = TESTED.split_once("test \"no limits\"").expect("two tests");
    assert_eq!(survivors(once), (vec![], 4));
}

#[test]
fn results_do_not_depend_on_how_many_threads_there_are() {
    let suite = suite(Layers::standard());
    let names = || {
        let results = suite.run(suite.tests().collect(), &|_: &str| Ok(None), &|| {});
        results.tests.iter().map(|result| result.test.name.clone()).collect::<Vec<_>>()
    };
    let written: Vec<_> = suite.tests().map(|test| test.name.clone()).collect();
    assert_eq!(names(), written);
}
