//! A reference in Markdown.

use super::{Detail, Entry, Reference};

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

/// Words in which backticks enclose code: everything else is text, whatever it looks like.
fn prose(words: &str) -> String {
    let parts = words.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { code(part) } else { escaped(part) }).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>#|~&".contains(c) {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

/// Code in one more backtick than it has in a row itself.
fn code(text: &str) -> String {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('\n', " "))
}
