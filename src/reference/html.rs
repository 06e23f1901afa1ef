//! A reference as one self-contained HTML page with a search field. `#q=service.image` at the end of its address searches
//! for that; `#diagnostics.P0401` is the address of an entry.

use super::{Detail, Entry, Part, Reference};
use crate::markup::html::{code, escaped, head, prose};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The reference as one HTML page.
#[must_use]
pub fn html(reference: &Reference) -> String {
    let mut out = head(&reference.title, STYLE, SCRIPT);
    out += &format!(
        "<body>\n<header>\n<h1>{}</h1>\n\
         <input id=\"search\" type=\"search\" placeholder=\"Search\" aria-label=\"Search\" autocomplete=\"off\">\n\
         <output id=\"found\"></output>\n</header>\n<main>\n",
        escaped(&reference.title)
    );
    for section in &reference.sections {
        let part = section.part;
        out += &format!("<section id=\"{}\">\n<h2>{}</h2>\n", part.name(), part.title());
        for entry in &section.entries {
            write(&mut out, part, entry);
        }
        out += "</section>\n";
    }
    out += &format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

fn write(out: &mut String, part: Part, entry: &Entry) {
    let name = escaped(&entry.name);
    *out +=
        &format!("<article id=\"{}.{name}\"><h3><code>{name}</code> <small>{}</small></h3>\n", part.name(), part.one());
    if !entry.summary.is_empty() {
        *out += &format!("<p>{}</p>\n", prose(&entry.summary));
    }
    if !entry.details.is_empty() {
        *out += "<dl>";
        for (name, detail) in &entry.details {
            let said = match detail {
                Detail::Text(text) => prose(text),
                Detail::Code(text) => code(text),
                Detail::Link(to) => format!("<a href=\"{0}\" rel=\"noreferrer\">{0}</a>", escaped(to)),
                Detail::Codes(codes) => codes.iter().map(|text| code(text)).collect::<Vec<_>>().join(" "),
            };
            *out += &format!("<dt>{name}</dt><dd>{said}</dd>");
        }
        *out += "</dl>\n";
    }
    page(out, &entry.page);
    *out += "</article>\n";
}

/// A page of a code: paragraphs and fenced blocks.
fn page(out: &mut String, page: &str) {
    let mut fenced = false;
    let mut paragraph = String::new();
    for line in page.lines() {
        if line.starts_with("```") {
            flush(out, &mut paragraph);
            *out += if fenced { "</code></pre>\n" } else { "<pre><code>" };
            fenced = !fenced;
        } else if fenced {
            *out += &format!("{}\n", escaped(line));
        } else if line.is_empty() {
            flush(out, &mut paragraph);
        } else {
            paragraph += line;
            paragraph.push(' ');
        }
    }
    flush(out, &mut paragraph);
    if fenced {
        *out += "</code></pre>\n";
    }
}

fn flush(out: &mut String, paragraph: &mut String) {
    if !paragraph.is_empty() {
        *out += &format!("<p>{}</p>\n", prose(paragraph.trim_end()));
        paragraph.clear();
    }
}
