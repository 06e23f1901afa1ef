//! Answers to what a person asks of one service: why is this value here, why did that rule do nothing, who wrote all this.
//!
//! [`Policy::explain`](crate::policy::Policy::explain) renders a service and watches every condition, also where the
//! service is refused. The answers are plain values: they serialize to JSON, and [`text`] writes them for people. What came
//! from secrets is [`HIDDEN`](crate::provenance::HIDDEN) in all of them.
//!
//! ```
//! use plimsoll::eval::Arena;
//! use plimsoll::facts::request::Request;
//! use plimsoll::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::standard()?;
//! let deployment = "{ version: v1, deployment: shop, services: { web: { image: { name: nginx }, privileged: true } } }";
//! let request = Request::builder("shop.yaml", deployment).build(policy.schema())?;
//! let (facts, arena) = (request.facts()?, Arena::new());
//! let explanation = policy.explain(&facts, &arena);
//!
//! let why = explanation.why("process.capabilities.bounding[SYS_ADMIN]")?;
//! assert_eq!(why.answers[0].origins[0].rule, "capabilities");
//! assert_eq!(explanation.why_not("gpu.indices")?.applies, Some(false));
//! assert!(explanation.blame()?.entries.iter().any(|entry| entry.pointer == "/process/args"));
//! # Ok(())
//! # }
//! ```

mod blame;
mod invariants;
mod missed;
mod query;
mod teller;
pub mod text;
mod why;
mod why_not;

use serde::Serialize;

pub use blame::{Blame, BlameLine, Entry};
pub(crate) use teller::code;

use crate::diagnostics::{Diagnostic, Report, one_line};
use crate::eval::Explained;
use crate::eval::draft::Draft;
use crate::facts::Facts;
use crate::ir::Program;
use crate::policy::Policy;
use crate::provenance::{Conduct, Provenance};
use teller::Teller;

/// One service of a policy, rendered so that questions about it can be answered.
#[derive(Debug)]
pub struct Explanation<'a> {
    policy: &'a Policy,
    program: &'a Program,
    facts: &'a Facts,
    draft: Draft<'a>,
    provenance: Provenance,
    conduct: Conduct,
    refusals: Report,
    warnings: Report,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The rule file, deployment, request or recording.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What stands there, on one line: the statement or expression of a rule, the line of a deployment.
    pub text: String,
}

/// A fact that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// `service.resources.gpu.vendor`
    pub path: String,
    /// What it is, as rules spell it; `nothing` if it is absent.
    pub value: String,
    /// Where it was given; none of a default, or of what the host said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Line>,
}

/// A condition that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// What it decides: `when`, `unless`, `if`, `else`, `for` (what a loop goes through) or `value` (one that may be absent).
    pub word: &'static str,
    /// Whether it holds; of a list or value, whether there is anything.
    pub holds: bool,
    /// Where it is written, and how.
    pub place: Option<Line>,
    /// The same with the values put in; none if that is the same text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
    /// The facts that it read.
    pub facts: Vec<Fact>,
}

/// A round of a loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Round {
    /// The element, or the key of an entry.
    pub value: String,
    /// Where the element was written, if it is a fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Line>,
}

/// A write of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Write {
    /// The rule's name.
    pub rule: String,
    /// `default`, `plain` or `force`
    pub strength: &'static str,
    /// The statement.
    pub place: Option<Line>,
    /// The innermost expression that gave the value, if that is not the statement itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Line>,
    /// The reason that the statement gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The conditions that led there, the rule's own first.
    pub conditions: Vec<Condition>,
    /// The rounds of loops that led there, the outermost first.
    pub rounds: Vec<Round>,
    /// The facts beside those of the conditions: those that the value was made of.
    pub facts: Vec<Fact>,
}

/// A write that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Beaten {
    /// What it says: a value, or `not in it`, or `absent`.
    pub says: String,
    /// Why it is beaten.
    pub why: String,
    /// The write.
    #[serde(flatten)]
    pub write: Write,
}

/// A value or element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// As rules spell it: `process.env["TZ"]`.
    pub path: String,
    /// Its JSON pointer in `config.json`; none if it is not there. Side files are below `/files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What was written: a value, or `not in it`, or `absent`.
    pub says: String,
    /// Whether it is in the spec; else it was taken out or unset.
    pub present: bool,
}

/// What holds of some values for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The values.
    pub found: Vec<Found>,
    /// The writes that count: the first is the origin, the others say the same unless they are in dispute.
    pub origins: Vec<Write>,
    /// Whether the origins disagree, which refuses the service.
    pub disputed: bool,
    /// Weaker writes, the strongest first.
    pub beaten: Vec<Beaten>,
}

/// A rule that could write what was asked for, and did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// The rule's name.
    pub rule: String,
    /// The statement.
    pub place: Option<Line>,
    /// Why it did not.
    pub reasons: Vec<Reason>,
    /// How many more reasons there are, such as other rounds of a loop.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: usize,
}

/// Why a statement did not write something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Reason {
    /// What decided against it.
    Condition {
        /// The first part of its conditions that decided so.
        condition: Condition,
        /// The rounds of loops in which that was.
        rounds: Vec<Round>,
    },
    /// It ran and wrote these instead, or nothing.
    Otherwise {
        /// Their paths.
        wrote: Vec<String>,
        /// The facts by which that was decided.
        facts: Vec<Fact>,
    },
    /// The service was refused before it was asked.
    NotAsked,
}

/// An invariant that looks at what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// Its name.
    pub invariant: String,
    /// Where it is.
    pub place: Option<Line>,
    /// What came of it.
    pub verdict: Verdict,
    /// What it said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
    /// The first condition that keeps it from applying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// What came of an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The spec is as it demands.
    Holds,
    /// It warned.
    Warned,
    /// It refuses the service.
    Refused,
    /// It is not about this service.
    DoesNotApply,
    /// The service was refused before it was asked.
    NotAsked,
}

/// What refuses a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The diagnostic's code.
    pub code: &'static str,
    /// What it says.
    pub message: String,
    /// The statement, the rule, and the facts that are to blame: a word on each, and the place.
    pub places: Vec<(String, Line)>,
}

/// The answer to "why is this here", or "why is it not".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The path that was asked for.
    pub asked: String,
    /// What refuses the service; nothing if it is rendered.
    pub refused: Vec<Refusal>,
    /// What was written there, by reason.
    pub answers: Vec<Answer>,
    /// Where nothing was written: what could have.
    pub missed: Vec<Missed>,
    /// The invariants that look at it.
    pub invariants: Vec<Looked>,
}

/// The answer to "why did this rule not do that".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyNot {
    /// The rule or invariant.
    pub rule: String,
    /// Where it is.
    pub place: Option<Line>,
    /// Whether it applies; none if the service was refused before it was asked.
    pub applies: Option<bool>,
    /// The parts of its conditions that were asked; of one that does not apply, the last decided that.
    pub conditions: Vec<Condition>,
    /// What refuses the service; nothing if it is rendered.
    pub refused: Vec<Refusal>,
    /// What the rule said itself: its warnings and refusals.
    pub messages: Vec<String>,
    /// What it wrote and what became of that.
    pub wrote: Vec<Outcome>,
    /// Its statements that did not run, and why.
    pub skipped: Vec<Missed>,
}

/// What became of some writes of one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The write.
    #[serde(flatten)]
    pub write: Write,
    /// What was written.
    pub found: Vec<Found>,
    /// Stronger writes that beat it; none if it counts.
    pub beaten_by: Vec<Beaten>,
    /// Whether another write of the same strength disagrees, which refuses the service.
    pub disputed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl<'a> Explanation<'a> {
    pub(crate) fn new(
        policy: &'a Policy,
        program: &'a Program,
        facts: &'a Facts,
        explained: Explained<'a>,
        (refusals, warnings): (Report, Report),
    ) -> Self {
        let Explained { draft, provenance, conduct, .. } = explained;
        Self { policy, program, facts, draft, provenance, conduct, refusals, warnings }
    }

    /// What refuses the service; empty if it is rendered.
    #[must_use]
    pub const fn refusals(&self) -> &Report {
        &self.refusals
    }

    /// The warnings that rules gave.
    #[must_use]
    pub const fn warnings(&self) -> &Report {
        &self.warnings
    }

    /// Where everything that was written comes from.
    #[must_use]
    pub const fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn refused(&self) -> Vec<Refusal> {
        let teller = self.teller();
        let told = |diagnostic: &Diagnostic| {
            let labels = diagnostic.labels.iter();
            let places =
                labels.filter_map(|label| Some((one_line(&label.text).into_owned(), teller.given(label.span)?)));
            let message = one_line(&diagnostic.message).into_owned();
            Refusal { code: diagnostic.code.id(), message, places: places.collect() }
        };
        self.refusals.diagnostics.iter().map(told).collect()
    }

    const fn teller(&self) -> Teller<'_> {
        Teller { rules: self.policy.sources(), facts: &self.facts.sources, program: self.program }
    }
}
