//! `plimsoll.toml`: the levels of one layer.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{LEVELS, Levels, Subject, SubjectError};
use crate::diagnostics::{Diagnostic, code};
use crate::source::{SourceId, Span, size};

/// The only table there is.
const TABLE: &str = "levels";

/// Mistakes of one file that are told.
const TOLD: usize = 20;

/// The levels that a `plimsoll.toml` of at most so many bytes sets. The mistakes in it are added to `found`.
pub(crate) fn read(source: SourceId, text: &str, most: usize, found: &mut Vec<Diagnostic>) -> Levels {
    if text.len() > most {
        let message = format!("more than {} of settings", size(most));
        found.push(Diagnostic::new(code::TOO_LARGE, message).label(Span::new(source, 0, 0), ""));
        return Levels::new();
    }
    let before = found.len();
    let mut reader = Reader { source, found, levels: Levels::new() };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or_default();
        reader.report(span, format!("settings that are no TOML: {}", error.message()), "");
    }
    if errors.is_empty() {
        reader.document(document.get_ref());
    }
    let Reader { levels, found, .. } = reader;
    found.truncate(before + TOLD);
    levels
}

struct Reader<'d> {
    source: SourceId,
    found: &'d mut Vec<Diagnostic>,
    levels: Levels,
}

impl Reader<'_> {
    fn diagnostic(&self, at: Range<usize>, message: impl Into<String>, label: &str) -> (Diagnostic, Span) {
        let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        let span = Span::new(self.source, narrow(at.start), narrow(at.end));
        (Diagnostic::new(code::BAD_SETTINGS, message).label(span, label), span)
    }

    fn report(&mut self, at: Range<usize>, message: impl Into<String>, label: &str) {
        let (diagnostic, _) = self.diagnostic(at, message, label);
        self.found.push(diagnostic);
    }

    fn document(&mut self, document: &DeTable<'_>) {
        for (key, value) in document.iter() {
            match value.get_ref() {
                DeValue::Table(table) if key.get_ref() == TABLE => self.table(table),
                _ if key.get_ref() == TABLE => {
                    self.report(value.span(), "levels that are no table", "write `[levels]`")
                }
                _ => {
                    let (diagnostic, span) =
                        self.diagnostic(key.span(), format!("there is no setting `{}`", key.get_ref()), "");
                    self.found.push(diagnostic.did_you_mean(span, key.get_ref(), [TABLE]));
                }
            }
        }
    }

    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table.iter() {
            let subject = Subject::parse(key.get_ref());
            if let Err(error) = &subject {
                let (mut diagnostic, span) = self.diagnostic(key.span(), error.to_string(), "");
                if let SubjectError::Unknown(name) = error {
                    diagnostic = diagnostic.did_you_mean(span, name, Subject::names());
                }
                self.found.push(diagnostic);
            }
            let level = self.level(value);
            if let (Ok(subject), Some(level)) = (subject, level) {
                self.levels = std::mem::take(&mut self.levels).with(subject, level);
            }
        }
    }

    fn level(&mut self, value: &Spanned<DeValue<'_>>) -> Option<super::Level> {
        let DeValue::String(written) = value.get_ref() else {
            self.report(value.span(), "a level that is no text", "`\"allow\"`, `\"warn\"` or `\"deny\"`");
            return None;
        };
        let level = LEVELS.iter().find(|(name, _)| name == written).map(|(_, level)| *level);
        if level.is_none() {
            let (diagnostic, span) = self.diagnostic(value.span(), format!("there is no level `{written}`"), "");
            let names = LEVELS.iter().map(|(name, _)| *name);
            let diagnostic = diagnostic.help("the levels are `allow`, `warn` and `deny`");
            self.found.push(diagnostic.did_you_mean_text(span, written, names));
        }
        level
    }
}
