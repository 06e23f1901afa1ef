//! The rules of one side of a comparison: layers on top of one another, some of them as they are in a commit.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use plimsoll::diagnostics::{Diagnostic, code};
use plimsoll::policy::{Layers, STANDARD};

use super::git;
use crate::cli::input::Inputs;

/// What a layer of a commit begins with.
const GIT: &str = "git:";

/// Layers, the first one below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stack {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Shipped(String),
    Path(PathBuf),
    Git {
        revision: String,
        path: PathBuf,
    },
    /// The other side in this commit.
    Commit(String),
}

impl FromStr for Stack {
    type Err = Infallible;

    fn from_str(written: &str) -> Result<Self, Infallible> {
        // A name may have a `+` in it.
        let whole = Path::new(written).exists();
        let parts = written.split('+').filter(|part| !part.is_empty()).map(Part::new);
        Ok(Self { parts: if whole { vec![Part::new(written)] } else { parts.collect() } })
    }
}

impl Part {
    fn new(written: &str) -> Self {
        if Layers::shipped_names().any(|name| name == written) {
            return Self::Shipped(written.to_owned());
        }
        match written.strip_prefix(GIT).map(|rest| rest.split_once(':')) {
            Some(Some((revision, path))) => Self::Git { revision: revision.to_owned(), path: path.into() },
            Some(None) => Self::Commit(written.trim_start_matches(GIT).to_owned()),
            None => Self::Path(written.into()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Shipped(name) => format!("<{name}>"),
            Self::Path(path) => path.display().to_string(),
            Self::Git { revision, path } => format!("{GIT}{revision}:{}", path.display()),
            Self::Commit(revision) => format!("{GIT}{revision}"),
        }
    }
}

impl Stack {
    /// The stack with what it takes of the other side.
    fn beside(&self, other: &Self) -> Result<Self, Diagnostic> {
        let mut parts = Vec::new();
        for part in &self.parts {
            let Part::Commit(revision) = part else {
                parts.push(part.clone());
                continue;
            };
            let before = parts.len();
            for theirs in &other.parts {
                parts.push(match theirs {
                    Part::Path(path) => Part::Git { revision: revision.clone(), path: path.clone() },
                    other => other.clone(),
                });
            }
            let has_path = |part: &Part| matches!(part, Part::Git { .. });
            if !parts.iter().skip(before).any(has_path) || other.parts.iter().any(|it| matches!(it, Part::Commit(_))) {
                let message = format!("`{}` does not say which rules of that commit are meant", part.name());
                let help = format!(
                    "write `{}:PATH`; alone it stands for the files and folders of the other side",
                    part.name()
                );
                return Err(Diagnostic::new(code::UNREADABLE, message).help(help));
            }
        }
        Ok(Self { parts })
    }

    /// The layers, and what reports call them.
    fn layers(&self, standard: bool, inputs: &mut Inputs) -> (String, Layers) {
        let mut names = Vec::new();
        let mut layers = Layers::new();
        let base = Part::Shipped(STANDARD.to_owned());
        let below = (standard && !self.parts.contains(&base)).then_some(&base);
        for (at, part) in below.into_iter().chain(&self.parts).enumerate() {
            // What is there already is not put on top again.
            if at > 0 && *part == base {
                continue;
            }
            names.push(part.name());
            layers = match part {
                Part::Shipped(name) => layers.shipped(name),
                Part::Path(path) => inputs.unlocked_layers(layers, std::slice::from_ref(path)),
                Part::Git { revision, path } => match git::layer(revision, path) {
                    Ok(files) => layers.layer(part.name(), files.into_iter().map(|file| (file.name, file.text))),
                    Err(diagnostic) => {
                        inputs.refuse(diagnostic);
                        layers
                    }
                },
                Part::Commit(_) => layers,
            };
        }
        (names.join(" + "), layers)
    }
}

/// The layers of both sides, and what reports call them.
pub(super) fn read(old: &Stack, new: &Stack, standard: bool, inputs: &mut Inputs) -> [(String, Layers); 2] {
    [(old, new), (new, old)].map(|(side, other)| match side.beside(other) {
        Ok(stack) => stack.layers(standard, inputs),
        Err(diagnostic) => {
            inputs.refuse(diagnostic);
            (String::new(), Layers::new())
        }
    })
}
