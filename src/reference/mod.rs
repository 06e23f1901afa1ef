//! The reference: what rules can read, write and call, what findings and changes mean, and what a policy
//! does. All of it comes from the tables themselves and from the policy, so that it cannot say anything else than what holds.
//!
//! `facts`, `paths`, `functions`, `codes`, `risks` and `rules` make the sections, `words` puts conditions into words; `text`,
//! `markdown` and `html` write them.

mod codes;
mod facts;
mod functions;
mod html;
mod markdown;
mod paths;
mod risks;
mod rules;
mod text;
mod words;

use crate::policy::Policy;
use crate::schema::facts::FactSchema;

pub use html::html;
pub use markdown::markdown;
pub use text::text;

/// A reference, ready to be written.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What it is of.
    pub title: String,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// Entries of one kind.
#[derive(Clone, Debug)]
pub struct Section {
    /// Which.
    pub part: Part,
    /// Its entries, in the order of their table or of the rule files.
    pub entries: Vec<Entry>,
}

/// The parts that a reference can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The rules of a policy.
    Rules,
    /// Its invariants.
    Invariants,
    /// Its `let`s.
    Lets,
    /// What rules read.
    Facts,
    /// What rules write.
    Paths,
    /// What expressions call.
    Functions,
    /// What findings mean.
    Diagnostics,
    /// What a change of a spec means for what a container can do.
    Risks,
}

impl Part {
    /// Every part, in order.
    pub const ALL: [Self; 8] = [
        Self::Rules,
        Self::Invariants,
        Self::Lets,
        Self::Facts,
        Self::Paths,
        Self::Functions,
        Self::Diagnostics,
        Self::Risks,
    ];

    /// Its name on a command line and in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Invariants => "invariants",
            Self::Lets => "lets",
            Self::Facts => "facts",
            Self::Paths => "paths",
            Self::Functions => "functions",
            Self::Diagnostics => "diagnostics",
            Self::Risks => "risks",
        }
    }

    /// The heading of its section.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rules => "Rules",
            Self::Invariants => "Invariants",
            Self::Lets => "Lets",
            Self::Facts => "Facts",
            Self::Paths => "Output paths",
            Self::Functions => "Functions",
            Self::Diagnostics => "Diagnostics",
            Self::Risks => "Risks of a change",
        }
    }

    /// What one of its entries is.
    #[must_use]
    pub const fn one(self) -> &'static str {
        match self {
            Self::Rules => "rule",
            Self::Invariants => "invariant",
            Self::Lets => "let",
            Self::Facts => "fact",
            Self::Paths => "output path",
            Self::Functions => "function",
            Self::Diagnostics => "diagnostic",
            Self::Risks => "risk",
        }
    }
}

/// One thing that is told of.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its name, as it is looked for.
    pub name: String,
    /// A sentence or two; may be empty. Backticks enclose code.
    pub summary: String,
    /// More of it, by what it says.
    pub details: Vec<(&'static str, Detail)>,
    /// A long text in Markdown; mostly empty.
    pub page: String,
}

/// What a detail is.
#[derive(Clone, Debug)]
pub enum Detail {
    /// Words; backticks enclose code.
    Text(String),
    /// Code.
    Code(String),
    /// Several pieces of code.
    Codes(Vec<String>),
    /// An address.
    Link(String),
}

impl Reference {
    /// Of the language alone: facts, output paths, functions and diagnostics; and of the risks of changes.
    #[must_use]
    pub fn of_language() -> Self {
        let sections = Self::language(&FactSchema::standard());
        Self { title: "The Plimsoll language".to_owned(), sections }
    }

    /// Of a policy, and of the language with the facts that the policy declares.
    #[must_use]
    pub fn of_policy(policy: &Policy, name: &str) -> Self {
        let mut sections = rules::sections(policy);
        sections.extend(Self::language(policy.schema()));
        Self { title: format!("The policy {name}"), sections }
    }

    fn language(schema: &FactSchema) -> Vec<Section> {
        vec![facts::section(schema), paths::section(), functions::section(), codes::section(), risks::section()]
    }

    /// Only some of its parts; with none, all.
    #[must_use]
    pub fn only(mut self, parts: &[Part]) -> Self {
        self.sections.retain(|section| parts.is_empty() || parts.contains(&section.part));
        self
    }
}
