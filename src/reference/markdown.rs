//! A reference in Markdown.

use super::{Detail, Entry, Reference};
use crate::markup::markdown::{code, escaped, prose};

/// The reference as one Markdown document.
#[must_use]
pub fn markdown(reference: &Reference) -> String {
    let mut out = format!("# {}\n", escaped(&reference.title));
    for section in &reference.sections {
        out += &format!("\n## {}\n", section.part.title());
        for entry in &section.entries {
            out += &format!("\n### {}\n\n", code(&entry.name));
            write(&mut out, entry);
        }
    }
    out
}

fn write(out: &mut String, entry: &Entry) {
    if !entry.summary.is_empty() {
        *out += &format!("{}\n\n", prose(&entry.summary));
    }
    for (name, detail) in &entry.details {
        let said = match detail {
            Detail::Text(text) => prose(text),
            Detail::Code(text) => code(text),
            Detail::Link(address) => format!("<{address}>"),
            Detail::Codes(codes) => codes.iter().map(|text| code(text)).collect::<Vec<_>>().join(", "),
        };
        *out += &format!("- {name}: {said}\n");
    }
    if !entry.page.is_empty() {
        *out += &format!("\n{}\n", entry.page);
    }
}
