//! One test: its facts and files made ready once, then rendered with the policy, or with any change of it.

use std::sync::Arc;

use super::{Files, Suite, expect, explain};
use crate::check::tests::{Expected, Test, TestFacts};
use crate::diagnostics::{Diagnostic, Report, Severity, code};
use crate::eval::probe::{Probe, Probed, Reached};
use crate::eval::{Arena, Limits, Outcome};
use crate::facts::Facts;
use crate::facts::request::Request;
use crate::ir::{ExprId, Program};
use crate::output::json::{self, Style};
use crate::output::redact;
use crate::provenance::Provenance;
use crate::schema::facts::FactSchema;
use crate::schema::output;

/// What came of one test.
#[derive(Debug)]
pub struct TestResult<'s> {
    /// The test.
    pub test: &'s Test,
    /// What did not come out as expected; empty if it passed.
    pub failures: Report,
    /// The snapshots that it expects: the file, and the spec as it came out.
    pub snapshots: Vec<(String, String)>,
    /// What it reached of the rules.
    pub reached: Reached,
}

impl<'s> TestResult<'s> {
    /// Whether all that it expects came out.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.diagnostics.is_empty()
    }

    pub(super) fn unprepared(test: &'s Test, failures: Report) -> Self {
        Self { test, failures, snapshots: Vec::new(), reached: Reached::default() }
    }
}

/// The rules that a test is run with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'p> {
    pub(super) program: &'p Program,
    pub(super) schema: &'p FactSchema,
}

/// A test with its facts and files.
#[derive(Debug)]
pub(super) struct Prepared<'s> {
    pub(super) test: &'s Test,
    facts: Arc<Facts>,
    /// What the request is warned of.
    warnings: Vec<Diagnostic>,
    /// What is asked of the finished spec.
    conditions: Vec<ExprId>,
    /// The snapshots, in written order.
    snapshots: Vec<Snapshot>,
}

/// A stored spec.
#[derive(Debug)]
struct Snapshot {
    path: String,
    text: Option<String>,
}

impl<'s> Prepared<'s> {
    /// Reads what a test names.
    pub(super) fn new(suite: &Suite, test: &'s Test, files: &dyn Files) -> Result<Self, Report> {
        let (facts, warnings) = match &test.given {
            TestFacts::Inline(facts) => (facts.as_ref().clone(), Vec::new()),
            TestFacts::Request { file, span } => {
                let path = beside(suite, test, file);
                let refuse = |why: &str| {
                    let message = format!("the request `{path}` cannot be read: {why}");
                    let diagnostic = Diagnostic::new(code::TEST_FILE, message).label(*span, "named here");
                    Report::new(vec![diagnostic], &[&suite.policy.sources])
                };
                let text = files.read(&path).map_err(|why| refuse(&why))?;
                let text = text.ok_or_else(|| refuse("it does not exist"))?;
                let request = Request::from_json(&path, &text, suite.policy.schema());
                let facts = request.and_then(|request| Ok((request.facts()?, request.warnings().to_vec())));
                facts.map_err(|found| {
                    let mut report = refuse("it has mistakes");
                    report.append(found);
                    report
                })?
            }
        };
        let mut snapshots = Vec::new();
        for expectation in &test.expectations {
            let Expected::Snapshot { file } = &expectation.what else { continue };
            let path = beside(suite, test, file);
            let text = files.read(&path).map_err(|why| {
                let message = format!("the snapshot `{path}` cannot be read: {why}");
                let diagnostic = Diagnostic::new(code::TEST_FILE, message).label(expectation.span, "");
                Report::new(vec![diagnostic], &[&suite.policy.sources])
            })?;
            snapshots.push(Snapshot { path, text });
        }
        let conditions = test.expectations.iter().filter_map(|expectation| match expectation.what {
            Expected::Holds { condition, .. } => Some(condition),
            _ => None,
        });
        Ok(Self { test, facts: Arc::new(facts), warnings, conditions: conditions.collect(), snapshots })
    }

    /// Runs the test as it stands. The spec is made as every render makes it, and looked at where that succeeds.
    pub(super) fn run(&self, suite: &Suite) -> TestResult<'s> {
        let rules = suite.rules();
        let (probed_in, rendered_in) = (Arena::new(), Arena::new());
        let mut probed = self.probe(rules, Limits::default(), &probed_in);
        if let Err(report) = suite.policy.render(&self.facts, &rendered_in) {
            probed.outcome = Err(report.diagnostics);
        }
        let spec = probed.outcome.as_ref().ok().and_then(|(outcome, provenance)| redacted(outcome, provenance));
        let failures = self.failures(rules, &probed, spec.as_deref());
        let snapshots = self.snapshots.iter().filter_map(|it| Some((it.path.clone(), spec.clone()?)));
        TestResult {
            test: self.test,
            failures: Report::new(failures, &[&suite.policy.sources, &self.facts.sources]),
            snapshots: snapshots.collect(),
            reached: probed.reached,
        }
    }

    /// Whether the test passes with other rules; none if they cannot even be run, because a value is there that
    /// checking would have refused.
    pub(super) fn passes(&self, rules: Rules<'_>, limits: Limits) -> Option<bool> {
        let arena = Arena::new();
        let probed = self.probe(rules, limits, &arena);
        let confused = |found: &Diagnostic| found.code == code::INTERNAL;
        let refused = probed.outcome.as_ref().err().map_or(&[][..], Vec::as_slice);
        let asked = probed.answers.iter().filter_map(|answer| answer.as_ref().err());
        if refused.iter().chain(asked).any(confused) {
            return None;
        }
        let spec = match &probed.outcome {
            Ok((outcome, provenance)) if !self.snapshots.is_empty() => redacted(outcome, provenance),
            _ => None,
        };
        Some(self.failures(rules, &probed, spec.as_deref()).is_empty())
    }

    fn probe<'a>(&'a self, rules: Rules<'a>, limits: Limits, arena: &'a Arena) -> Probed<'a> {
        let Rules { program, schema } = rules;
        Probe { program, output: output::output(), schema, facts: &self.facts, limits }.run(arena, &self.conditions)
    }

    fn failures(&self, rules: Rules<'_>, probed: &Probed<'_>, spec: Option<&str>) -> Vec<Diagnostic> {
        let (said, provenance) = match &probed.outcome {
            Ok((outcome, provenance)) => (outcome.warnings.as_slice(), Some(provenance)),
            Err(found) => (found.as_slice(), None),
        };
        let said: Vec<&Diagnostic> = self.warnings.iter().chain(said).collect();
        let mut failures = expect::unexpected_refusals(self.test, &said);
        let surprised = !failures.is_empty();
        let (mut answers, mut snapshots) = (probed.answers.iter(), self.snapshots.iter());
        for expectation in &self.test.expectations {
            match &expectation.what {
                Expected::Said { kind, code, like } => {
                    let wanted = expect::Wanted { kind: *kind, code: *code, like: like.as_deref() };
                    // What was not asked is no wonder where the service is refused against all expectation.
                    let silent = surprised && said.iter().all(|found| found.severity == Severity::Error);
                    failures.extend(wanted.failure(self.test, expectation.span, &said).filter(|_| !silent));
                }
                Expected::Holds { from, .. } => match (answers.next(), provenance) {
                    (Some(Ok(answer)), Some(provenance)) => {
                        let explain = explain::Explain { program: rules.program, provenance, test: self.test };
                        failures.extend(explain.failure(expectation.span, answer, *from));
                    }
                    (Some(Err(fault)), _) => failures.push(fault.clone().label(expectation.span, "expected here")),
                    _ if surprised => {}
                    _ => failures.push(expect::no_spec(self.test, expectation.span)),
                },
                Expected::Snapshot { .. } => match (snapshots.next(), spec) {
                    (Some(snapshot), Some(spec)) => {
                        let stored = snapshot.text.as_deref();
                        failures.extend(expect::snapshot(self.test, expectation.span, &snapshot.path, stored, spec));
                    }
                    _ if surprised => {}
                    _ => failures.push(expect::no_spec(self.test, expectation.span)),
                },
            }
        }
        failures
    }
}

/// The spec as a snapshot keeps it: what was made from secrets is not in it.
fn redacted(outcome: &Outcome<'_>, provenance: &Provenance) -> Option<String> {
    let (arena, mut bytes) = (Arena::new(), Vec::new());
    let draft = redact::redact(&outcome.draft, provenance, &arena);
    json::write(&draft, output::output(), Style::Pretty, json::LIMIT, &mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

/// A file that a test names, from the folder of its rule file.
fn beside(suite: &Suite, test: &Test, file: &str) -> String {
    let name = suite.policy.sources.get(test.span.source).map_or("", |source| source.name.as_str());
    match name.rsplit_once('/') {
        Some((folder, _)) if !file.starts_with('/') => format!("{folder}/{file}"),
        _ => file.to_owned(),
    }
}
