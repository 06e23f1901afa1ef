//! What runtimes ask of a spec: each row of the table on a spec that breaks it and on one that nearly does, alone and on
//! the fast path, and what the schema of the output holds by itself.

mod framed;
mod guaranteed;
mod official;
mod rows;

use plimsoll::diagnostics::{Report, Severity};
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Rendered};
use plimsoll::schema::requirements::{Outcome, requirements};
use serde_json::json;

use framed::{policy, request};

/// More renders than it takes until services share a template.
const TURNS: usize = 6;

fn report(rendered: &Rendered<'_>) -> Report {
    rendered.validate().unwrap_or_else(|report| report)
}

/// The names of what is found, each render the same.
fn found(body: &str, cgroup: &str) -> Vec<String> {
    let policy = policy(body);
    let facts = request(&policy, cgroup, &json!({ "N": "7", "T": "net.core.somaxconn" })).facts().unwrap();
    let mut all = (0..TURNS).map(|_| {
        let arena = Arena::new();
        let rendered = policy.render(&facts, &arena).unwrap_or_else(|report| panic!("{body}\n{report}"));
        let names = report(&rendered).diagnostics.iter().map(|found| name(found.help.as_deref().unwrap())).collect();
        (names, format!("{rendered:?}").contains("Fast("))
    });
    let (first, _): (Vec<String>, bool) = all.next().unwrap();
    let rest: Vec<(Vec<String>, bool)> = all.collect();
    assert!(rest.iter().all(|(names, _)| *names == first), "{body}: {first:?} {rest:?}");
    assert!(rest.last().unwrap().1, "{body} does not take the fast path");
    first
}

fn name(help: &str) -> String {
    help.split('`').nth(1).unwrap().to_owned()
}

#[test]
fn each_row_finds_what_breaks_it_and_not_what_nearly_does() {
    let mut wrong = String::new();
    for row in requirements() {
        let Some(case) = rows::CASES.iter().find(|case| case.name == row.name) else {
            wrong += &format!("{} has no case\n", row.name);
            continue;
        };
        let (broken, near) = (found(case.broken, case.cgroup), found(case.near, case.near_cgroup));
        if broken != [row.name] || !near.is_empty() {
            wrong += &format!("{}: {broken:?}, and {near:?} where it is not broken\n", row.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let known = |case: &&rows::Case| !requirements().any(|row| row.name == case.name);
    assert_eq!(rows::CASES.iter().filter(known).map(|case| case.name).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn each_row_has_a_name_of_its_own_a_reason_and_a_source() {
    let mut names: Vec<&str> = requirements().map(|row| row.name).collect();
    for row in requirements() {
        assert!(!row.says.is_empty() && !row.says.ends_with('.') && !row.sources.is_empty(), "{}", row.name);
        assert!(row.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", row.name);
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_is_refused_is_an_error_and_what_is_dropped_a_warning() {
    for row in requirements() {
        let case = rows::CASES.iter().find(|case| case.name == row.name).unwrap();
        let policy = policy(case.broken);
        let facts = request(&policy, case.cgroup, &json!({ "N": "7", "T": "net.core.somaxconn" })).facts().unwrap();
        let arena = Arena::new();
        let rendered = policy.render(&facts, &arena).unwrap();
        let expected = if row.outcome == Outcome::Refused { Severity::Error } else { Severity::Warning };
        assert_eq!(rendered.validate().is_err(), expected == Severity::Error, "{}", row.name);
        let report = report(&rendered);
        let found = report.diagnostics.first().unwrap();
        assert_eq!(found.severity, expected, "{}", row.name);
        assert!(found.labels.iter().any(|label| label.text == "`tested` wrote this"), "{}: {found:?}", row.name);
    }
}

#[test]
fn the_message_names_the_value_its_source_its_rule_and_its_facts() {
    let policy =
        policy("linux.sysctl[service.env[\"T\"] else \"net.x\"] = \"1\"\nforce linux.namespaces -= \"network\"");
    let facts = request(&policy, "v2", &json!({ "T": "net.core.somaxconn" })).facts().unwrap();
    let arena = Arena::new();
    let rendered = policy.render(&facts, &arena).unwrap();
    let report = rendered.validate().unwrap_err();
    let told = plimsoll::diagnostics::render(&report, plimsoll::diagnostics::Style::default());
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/validation"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("sysctl", told) });
}

#[test]
fn a_secret_is_masked() {
    let policy = policy(
        "let name = secret(trim_prefix(service.env[\"S\"] else \"\", \"$S:\")) else skip\n\
         process.apparmorProfile = name\nlinux.intelRdt.closID = name\nlinux.sysctl[name] = name",
    );
    let services = json!({ "web": { "image": { "name": "x" }, "env": { "S": "$S:db" } } });
    let request = json!({
        "deployment": { "version": "v1", "deployment": "shop", "services": services },
        "service": "web",
        "options": { "secrets": { "db": "hunter2/x" } },
    });
    let request = Request::from_json("request.json", &request.to_string(), policy.schema()).unwrap();
    let facts = request.facts().unwrap();
    for _ in 0..TURNS {
        let arena = Arena::new();
        let report = policy.render(&facts, &arena).unwrap().validate().unwrap_err();
        let told = plimsoll::diagnostics::render(&report, plimsoll::diagnostics::Style::default());
        assert!(!told.contains("hunter2") && told.contains("•••"), "{told}");
        assert_eq!(report.diagnostics.len(), 2, "{told}");
        let traced = policy.trace(&facts, &arena).unwrap();
        assert!(!traced.validate().unwrap_err().to_string().contains("hunter2"));
    }
}

/// What differs from service to service is asked of each of them, whoever came first.
#[test]
fn services_that_share_a_template_are_told_apart() {
    let policy = policy(
        "process.rlimits += { type: \"RLIMIT_NOFILE\", soft: int(service.env[\"N\"] else \"\") else 0, hard: 100 }",
    );
    for round in 0..4 {
        for number in ["7", "100", "101", "4096"] {
            let facts = request(&policy, "v2", &json!({ "N": number })).facts().unwrap();
            let arena = Arena::new();
            let rendered = policy.render(&facts, &arena).unwrap();
            let refused = number.parse::<u64>().unwrap() > 100;
            assert_eq!(rendered.validate().is_err(), refused, "{number} in round {round}");
            assert!(round < 2 || format!("{rendered:?}").contains("Fast("));
        }
    }
}

#[test]
fn the_shipped_services_pass() {
    let policies = [Layers::standard(), Layers::standard().shipped("hardened")].map(|layers| layers.compile().unwrap());
    for name in ["plain", "storage", "nvidia", "privileged"] {
        let path = format!("{}/tests/fixtures/bench/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        for policy in &policies {
            let Ok(request) = Request::from_json(name, &text, policy.schema()) else { panic!("{name}") };
            let (facts, arena) = (request.facts().unwrap(), Arena::new());
            let Ok(rendered) = policy.render(&facts, &arena) else { continue };
            assert!(report(&rendered).diagnostics.is_empty(), "{name}: {}", report(&rendered));
            assert!(!rendered.json(Style::Compact).unwrap().is_empty());
        }
    }
}
