//! What a change of a spec means for what a container can do, from the table of risks.

use super::{Detail, Entry, Part, Section};
use crate::review::risk::{Row, table};

pub(super) fn section() -> Section {
    Section { part: Part::Risks, entries: table().map(entry).collect() }
}

fn entry(row: &Row) -> Entry {
    let details = vec![
        ("Level", Detail::Text(row.level.to_string())),
        ("Paths", Detail::Codes(row.slots.iter().map(|slot| (*slot).to_owned()).collect())),
        ("Source", Detail::Text(row.source.to_owned())),
    ];
    Entry { name: row.name.to_owned(), summary: row.sentence(), details, page: String::new() }
}
