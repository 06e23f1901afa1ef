//! What a review says, as plain values: they serialize to JSON, and every report is made of them.

use serde::Serialize;
use serde_json::Value as Json;

use crate::explanation::Line;
pub use crate::output::diff::ChangeKind;

/// What a change of rules does to the services of a corpus. Secrets and host variables are masked in all of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Review {
    /// The rules before.
    pub old: Side,
    /// The rules after.
    pub new: Side,
    /// All of it in numbers.
    pub summary: Summary,
    /// What changes in specs, by what causes it: the riskiest first, then in the order of the rules.
    pub groups: Vec<Group>,
    /// Services that only one side refuses, or both for other reasons: newly refused first.
    pub refusals: Vec<Refused>,
    /// What of the corpus could not be compared, in its order.
    pub unread: Vec<Unread>,
    /// The services that the groups and refusals name by their index, in the order of the corpus.
    pub services: Vec<Service>,
}

/// The rules of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// What they are called: `<standard> + hardened`, `git:main rules/site`.
    pub name: String,
    /// `sha256:…` over the layers, their files and their texts, in order.
    pub digest: String,
    /// How many rules they have.
    pub rules: usize,
}

/// A review in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Services that were rendered both ways, refused ones included.
    pub services: usize,
    /// Services of which the spec changes.
    pub changed: usize,
    /// Services that the new rules refuse and the old did not.
    pub newly_refused: usize,
    /// Services that the old rules refused and the new do not.
    pub no_longer_refused: usize,
    /// Services that both refuse.
    pub refused: usize,
    /// Deployments and requests that could not be read, and services that could not be compared.
    pub unread: usize,
    /// The changes by class and level, the riskiest first; none of them is zero.
    pub risks: Vec<RiskCount>,
}

/// How many changes and services there are of one class and level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RiskCount {
    /// The class.
    pub class: Class,
    /// The level.
    pub level: Level,
    /// Effects of groups.
    pub changes: usize,
    /// Services that one of them reaches.
    pub services: usize,
}

/// What one changed item of the rules does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The item.
    pub cause: Cause,
    /// What it changes, the riskiest first, then in the order of the spec.
    pub effects: Vec<Effect>,
}

/// An item of the rules that differs between the sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// How it differs.
    pub kind: CauseKind,
    /// The name of the rule or `let`; empty where the cause is not known.
    pub item: String,
    /// Where it, or the part of it that differs, is among the old rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Line>,
    /// The same among the new rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Line>,
    /// The lines of its text that differ, as a diff: each begins with `-`, `+` or a blank.
    pub hunk: Vec<String>,
}

/// How an item differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// A rule that only the new rules have.
    RuleAdded,
    /// A rule that only the old rules have.
    RuleRemoved,
    /// A rule whose text differs.
    RuleChanged,
    /// A `let` that differs, is new or is gone, and what is read through it.
    LetChanged,
    /// A `fact` whose declaration differs.
    FactChanged,
    /// A rule that only stands elsewhere, so that what it writes comes in another order.
    RuleMoved,
    /// What the engine cannot lead back to one item.
    Unknown,
}

/// A change and the services that it reaches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The change, said once.
    pub change: Change,
    /// What it means for what a container can do.
    pub risk: Risk,
    /// Indices into [`Review::services`], ascending.
    pub services: Vec<usize>,
}

/// A change of one value or element of the spec.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The slot of the output's schema: `process.capabilities.bounding`.
    pub slot: &'static str,
    /// The value or element as rules spell it: `process.capabilities.bounding[SYS_ADMIN]`.
    pub path: String,
    /// What happens to it.
    pub kind: ChangeKind,
    /// What it was, as it is in `config.json`; none if it was not there, or if it differs from service to service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Json>,
    /// What it becomes; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Json>,
    /// The change in the words of the spec, on one line: `adds capability SYS_ADMIN to process.capabilities.bounding`.
    pub says: String,
}

/// What a change means for what a container can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Risk {
    /// Whether it can do more or less.
    pub class: Class,
    /// Which level of the Pod Security Standards the wider of the two sides needs.
    pub level: Level,
    /// Why, on one line.
    pub reason: String,
    /// The row of the table of risks: `capability.escape`.
    pub row: &'static str,
    /// Where the row comes from: a section of a standard, a manual page, an advisory.
    pub source: &'static str,
}

/// Whether a container can do more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// More.
    Broadening,
    /// Nobody knows.
    Unknown,
    /// Less.
    Narrowing,
    /// Neither.
    Neutral,
}

/// The levels of the Pod Security Standards, the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// What only the privileged level allows: known ways out of a container.
    Privileged,
    /// What the baseline level allows.
    Baseline,
    /// What the restricted level allows as well.
    Restricted,
}

impl Class {
    /// Its word, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broadening => "broadening",
            Self::Unknown => "unknown",
            Self::Narrowing => "narrowing",
            Self::Neutral => "neutral",
        }
    }
}

impl Level {
    /// Its word, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A service that is refused by one side, or by both for other reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// An index into [`Review::services`].
    pub service: usize,
    /// What refused it before, `P0601: message`; nothing if it was rendered.
    pub before: Vec<String>,
    /// What refuses it now.
    pub after: Vec<String>,
    /// The rule or invariant that refuses it now, or refused it before, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Line>,
}

/// A part of the corpus that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The file, and the line of one with a request on each.
    pub file: String,
    /// What is wrong with it, `P0501: message`, one each.
    pub reasons: Vec<String>,
}

/// A service of the corpus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// The deployment's name.
    pub deployment: String,
    /// The service's.
    pub name: String,
    /// The file that it is from, and the line of one with a request on each.
    pub file: String,
    /// Its specs with the rule of each line, where they were asked for and it is among the first so many.
    #[serde(skip)]
    pub sides: Option<Box<Sides>>,
}

/// The two specs of a service; one that is refused has no lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// Before.
    pub old: Vec<SpecLine>,
    /// After.
    pub new: Vec<SpecLine>,
}

/// A line of a spec as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecLine {
    /// Its text, with its indentation.
    pub text: String,
    /// The rule that wrote it; none of a line that only holds others.
    pub rule: Option<String>,
}
