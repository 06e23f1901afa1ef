//! How much of the rules the tests reach: each rule and invariant should apply in some test, and each `when`, `unless`
//! and `if` should come out both ways.

use super::Suite;
use crate::diagnostics::{Diagnostic, Report, code};
use crate::eval::probe::{Guard, Owner, Reached};
use crate::ir::{Effect, Program, Rule};
use crate::sort;
use crate::source::{SourceMap, Span};

/// What tests can reach of the rules under test.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// In written order.
    pub points: Vec<Point>,
}

/// Something that tests reach or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The rule or invariant.
    pub rule: Box<str>,
    /// The place of its name, or of the condition.
    pub span: Span,
    /// What is reached.
    pub kind: PointKind,
    /// Whether a test reaches it.
    pub reached: bool,
}

/// What a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// The rule applies.
    Applies,
    /// A condition comes out so.
    Outcome {
        /// `when`, `unless` or `if`.
        word: &'static str,
        /// Whether it holds.
        holds: bool,
    },
}

impl std::fmt::Display for PointKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Applies => f.write_str("applies"),
            Self::Outcome { word, holds: true } => write!(f, "`{word}` holds"),
            Self::Outcome { word, holds: false } => write!(f, "`{word}` does not hold"),
        }
    }
}

impl Suite {
    /// What of the rules under test was reached.
    #[must_use]
    pub fn coverage(&self, reached: &Reached) -> Coverage {
        let program = &self.policy.checked.program;
        let mut points = Vec::new();
        for (owner, rule) in Owner::all(program).filter(|(_, rule)| self.is_tested(rule.span)) {
            let applies = reached.applied.contains(&owner);
            points.push(Point { rule: rule.name.clone(), span: rule.span, kind: PointKind::Applies, reached: applies });
            for (guard, word, span) in guards(program, owner, rule) {
                for holds in [true, false] {
                    let kind = PointKind::Outcome { word, holds };
                    let reached = reached.outcomes.contains(&(guard, holds));
                    points.push(Point { rule: rule.name.clone(), span, kind, reached });
                }
            }
        }
        sort::by_key(&mut points, |point| (point.span.source, point.span.start));
        Coverage { points }
    }
}

/// The guards of a rule: which, its word, its place.
fn guards<'p>(
    program: &'p Program,
    owner: Owner,
    rule: &'p Rule,
) -> impl Iterator<Item = (Guard, &'static str, Span)> + 'p {
    let head = [
        rule.when.map(|when| (Guard::When(owner), "when", when.span)),
        rule.unless.map(|unless| (Guard::Unless(owner), "unless", unless.span)),
    ];
    let ifs = rule.effects.clone().filter_map(|number| match program.effects.get(number as usize)? {
        Effect::If { condition, .. } => Some((Guard::If(number), "if", program.span(*condition))),
        _ => None,
    });
    head.into_iter().flatten().chain(ifs)
}

impl Coverage {
    /// How many points are reached.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.points.iter().filter(|point| point.reached).count()
    }

    /// Of a hundred, rounded down, so that it is 100 only if nothing is missing; 100 where there is nothing to reach.
    #[must_use]
    pub fn percent(&self) -> usize {
        (self.reached() * 100).checked_div(self.points.len()).unwrap_or(100)
    }

    /// A finding for each point that is not reached.
    #[must_use]
    pub fn missing(&self, suite: &Suite) -> Report {
        let missing = self.points.iter().filter(|point| !point.reached).map(|point| {
            let message = match point.kind {
                PointKind::Applies => format!("`{}` applies in no test", point.rule),
                PointKind::Outcome { word, holds: true } => format!("this `{word}` holds in no test"),
                PointKind::Outcome { word, holds: false } => format!("this `{word}` holds in every test that asks it"),
            };
            Diagnostic::new(code::NOT_COVERED, message).label(point.span, "")
        });
        Report::new(missing.collect(), &[&suite.policy.sources])
    }

    /// The tracefile that `lcov` and its many readers know: a function for each rule, a branch for each outcome.
    #[must_use]
    pub fn lcov(&self, suite: &Suite) -> String {
        let mut out = String::new();
        for (id, source) in suite.policy.sources.iter() {
            let own: Vec<&Point> = self.points.iter().filter(|point| point.span.source == id).collect();
            if own.is_empty() {
                continue;
            }
            out.push_str(&format!("TN:\nSF:{}\n", source.name));
            let (functions, branches): (Vec<&Point>, Vec<&Point>) =
                own.into_iter().partition(|point| point.kind == PointKind::Applies);
            for point in &functions {
                out.push_str(&format!("FN:{},{}\n", line(&suite.policy.sources, point), point.rule));
            }
            for point in &functions {
                out.push_str(&format!("FNDA:{},{}\n", u8::from(point.reached), point.rule));
            }
            summary(&mut out, ["FNF", "FNH"], &functions);
            for (number, point) in branches.iter().enumerate() {
                let (line, taken) = (line(&suite.policy.sources, point), u8::from(point.reached));
                out.push_str(&format!("BRDA:{line},{},{},{taken}\n", number / 2, number % 2));
            }
            summary(&mut out, ["BRF", "BRH"], &branches);
            for point in &functions {
                out.push_str(&format!("DA:{},{}\n", line(&suite.policy.sources, point), u8::from(point.reached)));
            }
            summary(&mut out, ["LF", "LH"], &functions);
            out.push_str("end_of_record\n");
        }
        out
    }
}

fn line(sources: &SourceMap, point: &Point) -> usize {
    sources.get(point.span.source).map_or(1, |source| source.position(point.span.start).0)
}

fn summary(out: &mut String, [found, hit]: [&str; 2], points: &[&Point]) {
    let reached = points.iter().filter(|point| point.reached).count();
    out.push_str(&format!("{found}:{}\n{hit}:{reached}\n", points.len()));
}
