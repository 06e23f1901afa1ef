//! A reference for a terminal.

use super::{Detail, Entry, Reference};

/// The reference as plain text.
#[must_use]
pub fn text(reference: &Reference) -> String {
    let mut out = format!("{}\n", reference.title);
    for section in &reference.sections {
        out += &format!("\n\n{}\n", section.part.title().to_uppercase());
        for entry in &section.entries {
            out += &format!("\n{}\n", entry.name);
            write(&mut out, entry);
        }
    }
    out
}

fn write(out: &mut String, entry: &Entry) {
    let mut line = |indent: usize, text: &str| {
        for text in text.lines() {
            *out += &format!("{:indent$}{text}\n", "").replace("\u{1b}", "\\u{1b}");
        }
    };
    line(4, &entry.summary);
    for (name, detail) in &entry.details {
        match detail {
            Detail::Text(text) => line(4, &format!("{name}: {}", text.replace('`', ""))),
            Detail::Code(code) | Detail::Link(code) => line(4, &format!("{name}: {code}")),
            Detail::Codes(codes) => {
                line(4, &format!("{name}:"));
                codes.iter().for_each(|code| line(6, code));
            }
        }
    }
    line(4, &entry.page);
}
