//! What findings about rules weigh: each that does not refuse the policy can be left out or made to refuse the policy, for a whole run,
//! for one layer by its `plimsoll.toml`, and for one item by a comment above it.

mod settings;
mod settle;

use std::collections::BTreeMap;

use crate::diagnostics::{CODES, Code, Severity, code, find_code, nearest};

pub(crate) use settings::read;
pub(crate) use settle::{idle, settle};

/// The file of a layer that says what findings about it weigh.
pub const SETTINGS: &str = "plimsoll.toml";

/// What is done with a finding that would not refuse the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is left out.
    Allow,
    /// It is told.
    Warn,
    /// It is an error: the policy is refused.
    Deny,
}

/// Every level by its name.
pub const LEVELS: [(&str, Level); 3] = [("allow", Level::Allow), ("warn", Level::Warn), ("deny", Level::Deny)];

/// Which findings a level is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// All that warn.
    Warnings,
    /// Those of one code.
    Code(Code),
}

/// Why a name is none of a subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// No finding has this code.
    #[error("no diagnostic has the code `{0}`")]
    Unknown(String),
    /// It always refuses.
    #[error("{0} is an error: its level cannot be changed")]
    Fixed(Code),
    /// It is no finding about rules.
    #[error("{0} is about a service or its input, not about rules: it has no level")]
    NotOfRules(Code),
}

impl Subject {
    /// The subject of that name: `warnings`, or a code such as `P0208` in any case.
    ///
    /// # Errors
    ///
    /// If it is none, or none that has a level.
    pub fn parse(name: &str) -> Result<Self, SubjectError> {
        if name == WARNINGS {
            return Ok(Self::Warnings);
        }
        match find_code(name) {
            None => Err(SubjectError::Unknown(name.to_owned())),
            Some(code) if code.severity() == Severity::Error => Err(SubjectError::Fixed(code)),
            Some(code) if !is_of_rules(code) => Err(SubjectError::NotOfRules(code)),
            Some(code) => Ok(Self::Code(code)),
        }
    }

    /// The subject that was perhaps meant.
    #[must_use]
    pub fn near(name: &str) -> Option<&'static str> {
        nearest(name, Self::names())
    }

    /// Every name of a subject.
    fn names() -> impl Iterator<Item = &'static str> {
        let lints = CODES.iter().filter(|code| code.severity() < Severity::Error && is_of_rules(**code));
        std::iter::once(WARNINGS).chain(lints.map(|code| code.id()))
    }
}

const WARNINGS: &str = "warnings";

/// Codes from P0500 on are found when a service is read and rendered, but for one that is about rules and their tests.
fn is_of_rules(code: Code) -> bool {
    code.id() < "P0500" || code == code::MUTANT_SURVIVED
}

/// Levels by subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels(BTreeMap<Subject, Level>);

impl Levels {
    /// None but the defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets the level of a subject.
    #[must_use]
    pub fn with(mut self, subject: Subject, level: Level) -> Self {
        self.0.insert(subject, level);
        self
    }

    /// The level that was set for a subject.
    #[must_use]
    pub fn get(&self, subject: Subject) -> Option<Level> {
        self.0.get(&subject).copied()
    }

    /// The level of a code where these levels stand above others: that of the code itself goes before that of all
    /// warnings, wherever it was set. None if nothing is said of it: what is only advice is no warning.
    fn over(&self, below: Option<&Self>, code: Code) -> Option<Level> {
        let all = [Some(self), below];
        let set = |subject| all.iter().flatten().find_map(|levels| levels.get(subject));
        let warns = code.severity() == Severity::Warning;
        set(Subject::Code(code)).or_else(|| set(Subject::Warnings).filter(|_| warns))
    }
}
