//! What of an item bears meaning, without comments, layout and documentation.

use super::lex::{Bracket, Kind, Lexer};
use crate::source::Span;

/// The tokens of an item, one a line; strings stay as they are written. Its doc text, the word `replace` before it, and
/// separators that may as well be left out are left out.
pub(crate) fn canonical(item: &str, place: Span, doc: Option<Span>) -> String {
    let mut out = String::with_capacity(item.len());
    let mut lexer = Lexer::new(item);
    let within_doc = |at: usize| {
        let at = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(place.start);
        doc.is_some_and(|doc| (doc.start..doc.end).contains(&at))
    };
    // A comma counts unless a bracket closes behind it.
    let mut comma = false;
    loop {
        let in_text = lexer.open.last().is_some_and(|opener| opener.bracket == Bracket::Quote);
        let Some(token) = lexer.next() else { return out };
        let text = item.get(token.start..token.end).unwrap_or_default();
        let left_out = within_doc(token.start) || (!in_text && text == ";") || (out.is_empty() && text == "replace");
        if left_out {
            continue;
        }
        if !in_text {
            let closes = matches!(token.kind, Kind::Close(_));
            if std::mem::take(&mut comma) && !closes {
                out.push_str(",\n");
            }
            if text == "," {
                comma = true;
                continue;
            }
        }
        out.push_str(text);
        let still_in_text = lexer.open.last().is_some_and(|opener| opener.bracket == Bracket::Quote);
        if !still_in_text {
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn of(item: &str, doc: Option<&str>) -> String {
        let source = SourceMap::for_policy().add("a.plim", item);
        let span = |start: usize, len: usize| {
            let narrow = |at| u32::try_from(at).unwrap();
            Span::new(source, narrow(start), narrow(start + len))
        };
        let doc = doc.map(|doc| span(item.find(doc).unwrap(), doc.len()));
        canonical(item, span(0, item.len()), doc)
    }

    #[test]
    fn layout_comments_and_documentation_do_not_count() {
        let one = of("rule a \"doc\" when x { p = [1, 2] ; q = \"b {c}\" }", Some("\"doc\""));
        let other = of("replace rule a # why\n  when x\n{\n  p = [\n    1,\n    2,\n  ]\n  q = \"b {c}\"\n}", None);
        assert_eq!(one, other);
        assert_eq!(one.lines().next(), Some("rule"));
    }

    #[test]
    fn everything_else_counts() {
        let base = of("let a = \"x y\"", None);
        for other in
            ["let a = \"x  y\"", "let a = \"x\ny\"", "let a = \"# x y\"", "let a = \"x y;\"", "let b = \"x y\""]
        {
            assert_ne!(base, of(other, None), "{other}");
        }
        assert_ne!(of("let a = [1, 2]", None), of("let a = [12]", None));
        assert_ne!(of("let a = x - 1", None), of("let a = x -1 1", None));
    }
}
