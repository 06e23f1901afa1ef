//! Who wrote all this: the whole spec, line by line.

use std::collections::BTreeMap;

use serde::Serialize;

use super::why::Numbered;
use super::{Explanation, Line};
use crate::diagnostics::{Diagnostic, Report, code};
use crate::eval::Arena;
use crate::output::json::{self, LIMIT, Style};
use crate::output::redact;
use crate::schema::output::{Layout, output};
use crate::sort;

/// The whole spec, with the rules that wrote it. Secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blame {
    /// What was written, in the order of the output; last the side files.
    pub entries: Vec<Entry>,
    /// The lines of the spec as it is printed.
    #[serde(skip)]
    pub lines: Vec<BlameLine>,
}

/// A value or element and the rule that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its JSON pointer in `config.json`; side files are below `/files`.
    pub pointer: String,
    /// As rules spell it.
    pub path: String,
    /// The rule; of several that say the same, the first.
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
    /// How many weaker writes it beat.
    pub beaten: usize,
}

/// A line of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlameLine {
    /// The line as it is printed.
    pub text: String,
    /// An index into [`Blame::entries`]; none of a line that only holds others.
    pub entry: Option<usize>,
}

impl Explanation<'_> {
    /// The whole spec, each line with the rule that put it there.
    ///
    /// # Errors
    ///
    /// What refuses the service, if anything does: then there is no spec.
    pub fn blame(&self) -> Result<Blame, Report> {
        if self.refusals.has_errors() {
            return Err(self.refusals.clone());
        }
        let text = self.spec()?;
        let beside = |slot: usize| output().slot(slot).is_some_and(|slot| slot.layout() == Some(Layout::Beside));
        let numbered = self.numbered();
        let (files, slots): (Vec<_>, Vec<_>) = numbered.iter().partition(|(slot, _)| beside(**slot));
        let leaves = slots.into_iter().chain(files).flat_map(|(_, leaves)| leaves);
        let entries: Vec<Entry> = leaves.filter(|leaf| leaf.1.present).filter_map(|leaf| self.entry(leaf)).collect();
        let lines = lines(&text, &entries);
        Ok(Blame { entries, lines })
    }

    /// The spec as JSON, indented, without secrets.
    ///
    /// # Errors
    ///
    /// What refuses the service, if anything does.
    pub fn spec(&self) -> Result<String, Report> {
        if self.refusals.has_errors() {
            return Err(self.refusals.clone());
        }
        let arena = Arena::new();
        let draft = redact::redact(&self.draft, &self.provenance, &arena);
        let mut text = Vec::new();
        json::write(&draft, output(), Style::Pretty, LIMIT, &mut text)
            .map_err(|error| Report::new(vec![Diagnostic::new(code::OUTPUT_TOO_LARGE, error.to_string())], &[]))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn entry(&self, leaf: &Numbered<'_>) -> Option<Entry> {
        let claim = leaf.1.origins.first()?;
        let (found, write) = (self.found(leaf, Some(claim)), self.teller().write(claim));
        Some(Entry {
            pointer: found.pointer?,
            path: found.path,
            rule: write.rule,
            strength: write.strength,
            place: write.place,
            origin: write.origin,
            because: write.because,
            beaten: leaf.1.beaten.len(),
        })
    }
}

/// The lines of indented JSON, each with the entry that it is a part of.
fn lines(text: &str, entries: &[Entry]) -> Vec<BlameLine> {
    let by_pointer: BTreeMap<&str, usize> =
        sort::tree(entries.iter().enumerate().map(|(index, entry)| (entry.pointer.as_str(), index)));
    let mut walk = Walk::default();
    let mut lines = Vec::new();
    for line in text.lines() {
        let pointer = walk.step(line.trim());
        let mut prefix = pointer.as_str();
        let mut entry = None;
        while entry.is_none() && !prefix.is_empty() {
            entry = by_pointer.get(prefix).copied();
            prefix = prefix.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        lines.push(BlameLine { text: super::teller::clean(line.trim_end()), entry });
    }
    lines
}

/// Where in a document a line of indented JSON is: each opens or closes a collection, or holds one value.
#[derive(Default)]
pub(super) struct Walk {
    /// The collections around: the pointer of each, and, of a list, how many elements there were.
    around: Vec<(String, Option<usize>)>,
}

impl Walk {
    /// The pointer of the value on the next line; of a closing bracket, that of what it closes.
    pub(super) fn step(&mut self, line: &str) -> String {
        if line.starts_with(['}', ']']) {
            return self.around.pop().map(|(pointer, _)| pointer).unwrap_or_default();
        }
        let pointer = match self.around.last_mut() {
            Some((pointer, Some(count))) => {
                *count += 1;
                format!("{pointer}/{}", *count - 1)
            }
            Some((pointer, None)) => {
                let name = name_of(line).unwrap_or_default();
                format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            None => String::new(),
        };
        if line.ends_with(['{', '[']) {
            self.around.push((pointer.clone(), line.ends_with('[').then_some(0)));
        }
        pointer
    }
}

/// The name of the member on a line.
fn name_of(line: &str) -> Option<String> {
    serde_json::Deserializer::from_str(line).into_iter::<String>().next()?.ok()
}
