//! What is said about a mistake: one plain value for all stages, with its places.

mod codes;
mod excerpt;
mod github;
mod json;
mod part;
mod render;
mod report;
mod sarif;
mod text;

pub use codes::{ALL as CODES, Code, explain, find as find_code};
pub use github::to_github;
pub(crate) use github::{github_command, github_property};
pub use json::{to_harmless, to_json};
pub use render::{Style, render};
pub use report::Report;
pub use sarif::to_sarif;
pub(crate) use sarif::{sarif_document, sarif_level, sarif_message, sarif_uri};
pub use text::{lines, one_line};

/// The codes by name.
pub mod code {
    pub use super::codes::names::*;
}

use crate::source::Span;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something to know: nothing is wrong.
    Advice,
    /// Something to look at; the policy holds.
    Warning,
    /// The policy, the input or the service is refused.
    Error,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One mistake or warning: a kind, places, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// One lower-case line without a period.
    pub message: String,
    /// The places, the most important first; each with its own file.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// Edits that would mend it.
    pub edits: Vec<Edit>,
    /// A service that shows what is claimed.
    pub witness: Option<Box<Witness>>,
}

/// A service that shows what is claimed of a policy: rendered with the same rules, it is refused for that reason; of what
/// is only a warning, its spec shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Witness {
    /// The rules that it is about.
    pub rules: Vec<Box<str>>,
    /// A request for it in JSON, as `plimsoll render --request` reads it.
    pub request: String,
}

/// A finding that a comment in a rule file leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Allowed {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// Why, in the comment's words.
    pub reason: Box<str>,
}

/// A place and what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words; may be empty.
    pub text: String,
}

/// A change of one place that would mend a mistake.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// Whether it can be made without asking.
    pub applicability: Applicability,
}

/// How sure it is that an edit is what was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// It is one of several, or changes what the rules mean: somebody should look at it.
    Likely,
    /// There is nothing else that it could be.
    Certain,
}

impl std::fmt::Display for Applicability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Likely => "likely",
            Self::Certain => "certain",
        })
    }
}

impl Diagnostic {
    /// A diagnostic of the code's own severity, without places yet.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            labels: Vec::new(),
            help: None,
            edits: Vec::new(),
            witness: None,
        }
    }

    /// Adds a place; one without a place is left out.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        if !span.is_none() {
            self.labels.push(Label { span, text: text.into() });
        }
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers an edit that can be made without asking. The edits of a diagnostic are made together.
    #[must_use]
    pub fn edit(self, span: Span, replacement: impl Into<String>) -> Self {
        self.offer(span, replacement, Applicability::Certain)
    }

    /// Offers an edit that somebody should look at.
    #[must_use]
    pub fn likely_edit(self, span: Span, replacement: impl Into<String>) -> Self {
        self.offer(span, replacement, Applicability::Likely)
    }

    fn offer(mut self, span: Span, replacement: impl Into<String>, applicability: Applicability) -> Self {
        self.edits.push(Edit { span, replacement: replacement.into(), applicability });
        self
    }

    /// Offers the nearest of some names in place of a misspelt one: as help, and as an edit of `span`.
    #[must_use]
    pub fn did_you_mean<'n>(self, span: Span, written: &str, names: impl IntoIterator<Item = &'n str>) -> Self {
        match near(written, names) {
            Some((name, applicability)) => {
                self.help(format!("did you mean `{name}`?")).offer(span, name, applicability)
            }
            None => self,
        }
    }

    /// The same for a text, in quotes.
    #[must_use]
    pub fn did_you_mean_text<'n>(self, span: Span, written: &str, texts: impl IntoIterator<Item = &'n str>) -> Self {
        match near(written, texts) {
            Some((text, applicability)) => {
                self.help(format!("did you mean {text:?}?")).offer(span, format!("{text:?}"), applicability)
            }
            None => self,
        }
    }
}

/// The name nearest to what was written, if one is near enough to be a misspelling, an abbreviation or a longer form
/// of it.
#[must_use]
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    near(written, names).map(|(name, _)| name)
}

/// The nearest name. It is certain if it is one slip or two away and no other is as near.
fn near<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<(&'n str, Applicability)> {
    const SLIPS: usize = 2;
    let lower = written.to_lowercase();
    let limit = (written.chars().count() / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    let mut alone = true;
    let mut begun: Option<&str> = None;
    for name in names.into_iter().filter(|name| *name != written) {
        let other = name.to_lowercase();
        if begins(&lower, &other) && begun.is_none_or(|known| known.len() < name.len()) {
            begun = Some(name);
        }
        if name.len().abs_diff(written.len()) > 3 * limit {
            continue;
        }
        let distance = strsim::osa_distance(&lower, &other);
        let least = best.map_or(limit + 1, |(least, _)| least);
        if distance < least {
            (best, alone) = (Some((distance, name)), true);
        } else if best.is_some_and(|(least, known)| distance == least && known != name) {
            alone = false;
        }
    }
    match best {
        Some((distance, name)) if alone && distance <= SLIPS => Some((name, Applicability::Certain)),
        Some((_, name)) => Some((name, Applicability::Likely)),
        None => begun.map(|name| (name, Applicability::Likely)),
    }
}

/// Whether one begins with the other, by enough letters to tell: `env` and `environment`.
fn begins(a: &str, b: &str) -> bool {
    const TELLING: usize = 3;
    a.len().min(b.len()) >= TELLING && (a.starts_with(b) || b.starts_with(a))
}
