//! The long texts of the codes: each example triggers its code, each mended one does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

use plimsoll::diagnostics::{CODES, Code, Report, Severity, Style, explain, render};
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json;
use plimsoll::policy::{Layers, Policy};

/// Codes whose page cannot have an example, each with the words by which it says why.
const WITHOUT: &[(&str, &str)] = &[
    ("P0316", "There is no example here because"),
    ("P0427", "because it takes two layers"),
    ("P0430", "because it takes two layers and a lock file"),
    ("P0431", "because it takes two layers and a lock file"),
    ("P0432", "because it takes two layers and a lock file"),
    ("P0514", "no text of a policy can cause it"),
    ("P0515", "no text of a policy can cause it"),
    ("P0520", "There is no example here because"),
    ("P0521", "There is no example here because"),
    ("P0654", "There is no example here because"),
    ("P0655", "There is no example here because"),
    ("P0656", "no text of a policy can cause it"),
    ("P0657", "no text of a policy can cause it"),
    ("P0658", "There is no example here because"),
    ("P0659", "There is no example here because"),
    ("P0660", "There is no example here because"),
    ("P0680", "no text of a policy can cause it"),
    ("P0681", "no text of a policy can cause it"),
    ("P0701", "a mebibyte long"),
    ("P0703", "several mebibytes long"),
    ("P0801", "no text of a policy can cause it"),
    ("P0802", "this page is UTF-8 itself"),
    ("P0804", "there is nothing to show"),
    ("P0805", "no text of a policy can cause it"),
    ("P0806", "no text of a policy can cause it"),
    ("P0807", "no text of a policy can cause it"),
    ("P0808", "no text of a policy can cause it"),
    ("P0809", "no text of a policy can cause it"),
    ("P0810", "There is no example here because"),
    ("P0811", "no text of a policy can cause it"),
    ("P0812", "no text of a policy can cause it"),
    ("P0820", "because it takes a lock file"),
    ("P0821", "because it takes a lock file"),
    ("P0822", "because it takes a lock file"),
    ("P0831", "a text that causes this is a mistake of ours"),
    ("P0840", "no text of a policy can cause it"),
    ("P0841", "every layout is a policy like any other"),
    ("P0842", "no text of a policy can cause it"),
    ("P0850", "no text of a policy can cause it"),
    ("P0860", "no text of a policy can cause it"),
    ("P0861", "no text of a policy can cause it"),
    ("P0862", "no text of a policy can cause it"),
    ("P0863", "no text of a policy can cause it"),
    ("P0870", "no text of a policy can cause it"),
    ("P0871", "no text of a policy can cause it"),
    ("P0872", "no text of a policy can cause it"),
    ("P0873", "no text of a policy can cause it"),
    ("P0874", "no text of a policy can cause it"),
    ("P0901", "we mend those that we know"),
];

const SERVICE: &str = "{ \"deployment\": { \"version\": \"v1\", \"deployment\": \"shop\", \
    \"services\": { \"web\": { \"image\": { \"name\": \"nginx\" } } } }, \"service\": \"web\" }";

/// The fenced blocks of a page: what stands behind the backticks, and the text.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(kind) if !open => {
                blocks.push((kind, String::new()));
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let (_, text) = blocks.last_mut().unwrap();
                *text += line;
                text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "a block that is not closed");
    blocks
}

/// What a page shows, or its mended form: a policy and what it is rendered with.
#[derive(Clone, Debug, Default, PartialEq)]
struct Example {
    policy: Option<String>,
    settings: Option<String>,
    yaml: Option<String>,
    request: Option<String>,
}

impl Example {
    /// The example of a page, mended or not; what a mended one does not repeat stays as it was.
    fn of(page: &str, mended: bool) -> Self {
        let mut example = Self::default();
        for (kind, text) in blocks(page) {
            let place = match kind.trim_end_matches(" fixed") {
                "plim" => &mut example.policy,
                "toml" => &mut example.settings,
                "yaml" => &mut example.yaml,
                "json request" => &mut example.request,
                other => panic!("a block of `{other}`"),
            };
            if mended || !kind.ends_with(" fixed") {
                *place = Some(text);
            }
        }
        example
    }

    /// Everything that is found, as far as it goes: a policy that does not pass is not rendered with.
    fn run(&self, code: Code) -> Report {
        let renders = renders(code);
        if let (true, Some(text)) = (tests(code), &self.policy) {
            return run_tests(text);
        }
        let files = [("example.plim", &self.policy), ("plimsoll.toml", &self.settings)];
        let files = files.iter().filter_map(|(name, text)| Some((*name, text.as_deref()?)));
        let policy = match Layers::new().layer("example", files).compile() {
            Ok(policy) => policy,
            Err(report) => return report,
        };
        let warnings = policy.warnings();
        let input = self.yaml.is_some() || self.request.is_some();
        if !warnings.diagnostics.is_empty() || !(input || renders) {
            return warnings;
        }
        self.render(&policy, code)
    }

    fn render(&self, policy: &Policy, code: Code) -> Report {
        let renders = renders(code);
        let request = match &self.yaml {
            Some(text) => Request::builder("deployment.yaml", text.as_str()).build(policy.schema()),
            None => Request::from_json("request.json", self.request.as_deref().unwrap_or(SERVICE), policy.schema()),
        };
        let facts = request.and_then(|request| {
            let warnings = Report::new(request.warnings().to_vec(), &[request.sources()]);
            Ok((request.facts()?, warnings))
        });
        let (facts, warnings) = match facts {
            Ok((facts, warnings)) if renders => (facts, warnings),
            Ok((_, warnings)) => return warnings,
            Err(report) => return report,
        };
        assert!(warnings.diagnostics.is_empty(), "{warnings}");
        let arena = Arena::default();
        match policy.render(&facts, &arena) {
            Err(report) => report,
            // Most pages leave out what a container needs to start.
            Ok(rendered) if matches!(code.id(), "P0610" | "P0611") => {
                rendered.validate().unwrap_or_else(|report| report)
            }
            Ok(rendered) => match rendered.json(json::Style::Compact) {
                Err(report) => report,
                Ok(_) => rendered.warnings(),
            },
        }
    }
}

fn codes(report: &Report) -> Vec<(Code, Severity)> {
    let mut codes: Vec<_> = report.diagnostics.iter().map(|d| (d.code, d.severity)).collect();
    codes.dedup();
    codes
}

/// Whether a page is about what happens when a service is rendered: of these the rest of a policy may be missing.
fn renders(code: Code) -> bool {
    code.id().starts_with("P06") || matches!(code.id(), "P0704" | "P0705" | "P0706")
}

/// Whether a page is about what comes of the tests of a policy.
fn tests(code: Code) -> bool {
    ("P0650".."P0669").contains(&code.id())
}

/// What the tests of a policy come to.
fn run_tests(text: &str) -> Report {
    let suite = Layers::new().layer("example", [("example.plim", text)]).suite().expect("a policy");
    let results = suite.run(suite.tests().collect(), &|_: &str| Ok(None), &|| {});
    let mut report = suite.findings();
    results.tests.into_iter().for_each(|test| report.append(test.failures));
    report
}

#[test]
fn examples_trigger_their_code_and_mended_ones_do_not() {
    let mut wrong = String::new();
    for code in CODES.iter().copied().filter(|code| !blocks(explain(*code)).is_empty()) {
        let page = explain(code);
        let (example, mended) = (Example::of(page, false), Example::of(page, true));
        assert_ne!(example, mended, "{code} has no mended example");
        let report = example.run(code);
        let told = render(&report, Style::default());
        let own = |(found, _): &(Code, Severity)| *found == code;
        // A policy that stands in a page about rendering may leave out what every spec needs.
        let beside = |(found, _): &(Code, Severity)| code.id() != "P0608" && found.id() == "P0608";
        let found = codes(&report);
        if !found.iter().any(own) || !found.iter().all(|it| own(it) || renders(code) && beside(it)) {
            wrong += &format!("{code}:\n{told}\n");
        }
        let report = mended.run(code);
        if !codes(&report).iter().all(beside) {
            wrong += &format!("{code}, mended:\n{}\n", render(&report, Style::default()));
        }
        let mut shown = String::new();
        for (name, text) in [
            ("policy", &example.policy),
            ("settings", &example.settings),
            ("deployment", &example.yaml),
            ("request", &example.request),
        ] {
            if let Some(text) = text {
                shown += &format!("──── {name}\n{text}");
            }
        }
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/explain"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(code.id(), format!("{shown}════\n{told}")) });
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_code_has_an_example_or_says_why_it_has_none() {
    for code in CODES.iter().copied() {
        let page = explain(code);
        assert_eq!(page.lines().next(), Some(&*format!("# {code}: {}", code.title())), "the heading of {code}");
        let reason = WITHOUT.iter().find(|(id, _)| *id == code.id());
        match (blocks(page).is_empty(), reason) {
            (true, Some((_, reason))) => assert!(page.replace('\n', " ").contains(reason), "{code}"),
            (true, None) => panic!("{code} has no example"),
            (false, Some(_)) => panic!("{code} has an example by now"),
            (false, None) => {}
        }
    }
}
