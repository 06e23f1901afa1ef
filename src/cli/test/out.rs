//! What a run of tests comes to, in a few lines or as JSON.

use serde_json::{Value, json};

use plimsoll::source::Span;
use plimsoll::testing::Suite;
use plimsoll::testing::coverage::{Coverage, PointKind};
use plimsoll::testing::mutation::{Mutation, Survivor};

use super::Done;
use crate::cli::terminal::Terminal;

/// A line on the tests, one on what they reach, one on the changes that they notice.
pub(super) fn summary(done: &Done<'_>, terminal: &Terminal) {
    if let Some(coverage) = &done.coverage {
        terminal.note(&reached(coverage));
    }
    if let Some(Mutation { noticed, survivors, accepted, .. }) = &done.mutation {
        let all = noticed + survivors.len() + accepted.len();
        let mut line = format!("changed the rules in {all} places: tests notice {noticed}");
        for (count, what) in [(accepted.len(), "accepted"), (survivors.len(), "not noticed")] {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
        terminal.note(&line);
    }
    let all = done.results.tests.len();
    let failed = done.results.tests.iter().filter(|test| !test.passed()).count();
    let rest = if done.broken { "; those with a mistake were not run" } else { "" };
    terminal.note(&match failed {
        0 => format!("{all} {} passed{rest}", if all == 1 { "test" } else { "tests" }),
        _ => format!("{failed} of {all} tests failed{rest}"),
    });
}

/// What no test reaches, a line each; the place first.
pub(super) fn table(suite: &Suite, coverage: &Coverage) -> String {
    let missing = coverage.points.iter().filter(|point| !point.reached).map(|point| {
        let place = suite.place(point.span).map(|it| format!("{}:{}:{}", it.file, it.line, it.column));
        (place.unwrap_or_default(), &point.rule, point.kind)
    });
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() {
        return "the tests reach everything".to_owned();
    }
    let wide = |length: fn(&(String, &Box<str>, PointKind)) -> usize| missing.iter().map(length).max().unwrap_or(0);
    let (places, rules) = (wide(|row| row.0.chars().count()), wide(|row| row.1.len()));
    let rows = missing.iter().map(|(place, rule, kind)| format!("  {place:places$}  {rule:rules$}  {kind}"));
    format!("no test reaches:\n{}", rows.collect::<Vec<_>>().join("\n"))
}

/// How many rules apply, and how many outcomes of their conditions come about.
fn reached(coverage: &Coverage) -> String {
    let (rules, outcomes): (Vec<_>, Vec<_>) =
        coverage.points.iter().partition(|point| point.kind == PointKind::Applies);
    let count = |points: &[&plimsoll::testing::coverage::Point]| {
        format!("{} of {}", points.iter().filter(|point| point.reached).count(), points.len())
    };
    let percent = coverage.percent();
    format!("reached {percent} %: {} rules and {} outcomes of their conditions", count(&rules), count(&outcomes))
}

/// Everything, for programs.
pub(super) fn json(suite: &Suite, done: &Done<'_>) -> String {
    let tests = done.results.tests.iter().map(|result| {
        let failures: Vec<Value> = result
            .failures
            .diagnostics
            .iter()
            .map(|it| json!({ "code": it.code.id(), "message": it.message }))
            .collect();
        json!({
            "name": result.test.name,
            "place": place(suite, result.test.span),
            "passed": result.passed(),
            "failures": failures,
        })
    });
    let mut document = json!({ "tests": tests.collect::<Vec<_>>() });
    if let (Some(coverage), Some(object)) = (&done.coverage, document.as_object_mut()) {
        let points = coverage.points.iter().map(|point| {
            json!({
                "rule": point.rule,
                "place": place(suite, point.span),
                "point": point.kind.to_string(),
                "reached": point.reached,
            })
        });
        let points: Vec<Value> = points.collect();
        object.insert("coverage".into(), json!({ "percent": coverage.percent(), "points": points }));
    }
    if let (Some(mutation), Some(object)) = (&done.mutation, document.as_object_mut()) {
        let list = |survivors: &[Survivor]| {
            let shown = survivors.iter().map(|survivor| {
                json!({ "place": place(suite, survivor.span), "change": survivor.what, "tests": survivor.tests })
            });
            shown.collect::<Vec<Value>>()
        };
        let found = json!({
            "noticed": mutation.noticed,
            "impossible": mutation.impossible,
            "accepted": list(&mutation.accepted),
            "survivors": list(&mutation.survivors),
        });
        object.insert("mutation".into(), found);
    }
    format!("{document:#}\n")
}

fn place(suite: &Suite, span: Span) -> Option<Value> {
    let place = suite.place(span)?;
    Some(json!({ "file": place.file, "line": place.line, "column": place.column }))
}
