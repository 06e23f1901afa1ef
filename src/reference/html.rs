//! A reference as one self-contained HTML page with a search field. `#q=service.image` at the end of its address searches
//! for that; `#diagnostics.P0401` is the address of an entry.

use super::{Detail, Entry, Part, Reference};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the browser may run, as `openssl dgst -sha256 -binary page.js | base64` says it: nothing else runs, whatever a
/// policy brings into the page, and nothing is fetched.
const STYLE_DIGEST: &str = "btE1fjhwEljQnNZ1yP3z2292r3K1Ti2Mp3lZWOOHp0U=";
const SCRIPT_DIGEST: &str = "XX7Alq50hCXC6jnFA3/RQGKNhptX9xFK7jLCslJ2X2g=";

/// The reference as one HTML page.
#[must_use]
pub fn html(reference: &Reference) -> String {
    let title = escaped(&reference.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'sha256-{STYLE_DIGEST}'; script-src 'sha256-{SCRIPT_DIGEST}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n\
         <input id=\"search\" type=\"search\" placeholder=\"Search\" aria-label=\"Search\" autocomplete=\"off\">\n\
         <output id=\"found\"></output>\n</header>\n<main>\n"
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

/// Words in which backticks enclose code.
fn prose(words: &str) -> String {
    let parts = words.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { code(part) } else { escaped(part) }).collect()
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No character of HTML.
            '\0' => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn digest(text: &str) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bytes = Sha256::digest(text);
        let letters = bytes.chunks(3).flat_map(|chunk| {
            let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default()));
            (0..4).map(move |at| {
                let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
                if at > chunk.len() { '=' } else { char::from(letter) }
            })
        });
        letters.collect()
    }

    #[test]
    fn what_may_run_is_what_is_there() {
        assert_eq!(digest(SCRIPT), SCRIPT_DIGEST);
        assert_eq!(digest(STYLE), STYLE_DIGEST);
    }
}
