//! Diagnostics, from the table of codes.

use super::{Detail, Entry, Part, Section};
use crate::diagnostics::{CODES, explain};

pub(super) fn section() -> Section {
    let entries = CODES.iter().map(|code| {
        // The first line repeats code and title.
        let page = explain(*code).split_once('\n').map_or("", |(_, rest)| rest).trim();
        Entry {
            name: code.id().to_owned(),
            summary: code.title().to_owned(),
            details: vec![("Severity", Detail::Text(code.severity().to_string()))],
            page: page.to_owned(),
        }
    });
    Section { part: Part::Diagnostics, entries: entries.collect() }
}
