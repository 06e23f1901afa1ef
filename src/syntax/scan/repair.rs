//! What the scanner reports, and where it goes on behind each mistake.

use super::MAX_BRACKETS;
use super::Scanner;
use crate::diagnostics::{Diagnostic, code};
use crate::syntax::lex::{Bracket, Opener, Token, is_word};

impl Scanner<'_, '_> {
    /// A string or a brace inside a hole; most often the hole was not meant.
    pub(super) fn in_hole(&mut self, token: Token, bracket: Bracket) {
        self.lexer.open.pop();
        let hole = self.lexer.open.iter().rposition(|opener| opener.bracket == Bracket::Hole);
        let hole_at = hole.and_then(|at| self.lexer.open.get(at)).map_or(token.start, |opener| opener.at);
        let (place, hole_place) = (self.span(token.start, token.end), self.span(hole_at, hole_at + 1));
        let what = if bracket == Bracket::Quote { "a string inside a hole" } else { "a brace inside a hole" };
        let diagnostic = Diagnostic::new(code::UNTERMINATED, format!("{what}, or a hole that is not closed"))
            .label(place, "no hole goes on here")
            .label(hole_place, "the hole begins here")
            .help("write `\\{` where the brace itself is meant, or give the value a name with `let` and use the name");
        self.report(diagnostic);
        if bracket == Bracket::Quote {
            // The string ends here, as if its hole were closed.
            self.lexer.open.truncate(hole.unwrap_or_default().saturating_sub(1));
        }
    }

    /// Whether a closing quote stands where an opening one would: the string before it was not closed.
    pub(super) fn runs_into_text(&self, end: usize) -> bool {
        let next = self.text.as_bytes().get(end).copied().unwrap_or(b' ');
        is_word(next) || b"/$\"@~\\".contains(&next)
    }

    pub(super) fn unterminated_string(&mut self, at: usize) {
        let span = self.span(at, at + 1);
        let diagnostic = Diagnostic::new(code::UNTERMINATED, "a string that is not closed")
            .label(span, "opened here")
            .help("close it with `\"`; a quote inside is written `\\\"`, a brace `\\{`");
        self.report(diagnostic);
    }

    /// Ends the item at hand although something is open: the next item begins here, or the file ends.
    pub(super) fn cut(&mut self, at: usize) {
        let mut open = std::mem::take(&mut self.lexer.open);
        let (suspect, misaligned) =
            self.current.as_ref().map_or((None, None), |current| (current.suspect, current.misaligned));
        open.retain(|opener| suspect.is_none_or(|suspect| opener.at < suspect));
        let string = open.iter().find(|opener| opener.bracket == Bracket::Quote);
        let at = suspect.unwrap_or(at);
        match (string, open.last()) {
            (Some(opener), _) => self.unterminated_string(opener.at),
            (None, Some(opener)) => self.unclosed(*opener, at, misaligned),
            (None, None) => {}
        }
        self.end_item();
        self.lexer.pos = at;
    }

    pub(super) fn unclosed(&mut self, opener: Opener, at: usize, misaligned: Option<(usize, usize)>) {
        let open = misaligned.map_or(opener.at, |(from, _)| from);
        let bracket = self.text.get(open..=open).unwrap_or_default();
        let mut diagnostic = Diagnostic::new(code::UNTERMINATED, format!("a `{bracket}` that is not closed"))
            .label(self.span(open, open + 1), "opened here");
        if let Some((_, close)) = misaligned {
            diagnostic = diagnostic.label(self.span(close, close + 1), "closed here, by its place the end of another");
        }
        if at < self.text.len() {
            let end = at + self.text.get(at..).unwrap_or_default().bytes().take_while(|byte| is_word(*byte)).count();
            diagnostic = diagnostic.label(self.span(at, end), "the next item begins here");
        }
        let closer = closer(bracket);
        self.report(diagnostic.help(format!("close it with `{closer}`")));
    }

    /// A closing bracket that does not match the innermost open one.
    pub(super) fn stray(&mut self, token: Token) {
        let text = self.snippet(token).to_owned();
        let place = self.span(token.start, token.end);
        let wanted = |opener: &Opener| closer(self.text.get(opener.at..=opener.at).unwrap_or_default()) == text;
        let within = |opener: &&Opener| !matches!(opener.bracket, Bracket::Quote);
        let depth = self.lexer.open.iter().rev().take(MAX_BRACKETS).take_while(within).position(wanted);
        match (depth, self.lexer.open.last().copied()) {
            (Some(depth), Some(inner)) => {
                let bracket = self.text.get(inner.at..=inner.at).unwrap_or_default().to_owned();
                let diagnostic = Diagnostic::new(code::UNTERMINATED, format!("a `{bracket}` that is not closed"))
                    .label(self.span(inner.at, inner.at + 1), "opened here")
                    .label(place, format!("`{text}` comes first"))
                    .help(format!("write `{}` before this `{text}`", closer(&bracket)));
                self.report(diagnostic);
                self.lexer.open.truncate(self.lexer.open.len().saturating_sub(depth));
                self.lexer.pos = token.start;
            }
            // The item's own body has no `{`; its parser says so.
            (None, None) if text == "}" && self.current.as_ref().is_some_and(|current| current.has_body) => {
                self.end_item();
                self.after_junk = true;
            }
            _ if self.current.is_none() && self.after_junk => {}
            _ => {
                let help = "remove it, or look for the opening bracket that is missing before it";
                let message = format!("a `{text}` that closes nothing");
                self.report(Diagnostic::new(code::SYNTAX, message).label(place, "nothing is open here").help(help));
            }
        }
    }

    pub(super) fn foreign_comment(&mut self, token: Token) {
        let between = self.text.get(self.comment_end..token.start).unwrap_or_default();
        let follows = self.comment_end > 0 && between.trim_ascii_start().is_empty();
        self.comment_end = token.end;
        if follows {
            return;
        }
        let span = self.span(token.start, token.start + 2);
        let mut diagnostic = Diagnostic::new(code::FOREIGN_OPERATOR, "a comment in another language's spelling")
            .label(span, "")
            .help("a comment begins with `#` and ends with its line");
        if self.snippet(token).starts_with("//") {
            diagnostic = diagnostic.edit(span, "#");
        }
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn single_quote(&mut self, token: Token) {
        let near = self.text.bytes().skip(token.end).take(256).take_while(|byte| *byte != b'\n');
        let end = near.zip(token.end..).find(|(byte, _)| *byte == b'\'').map(|(_, at)| at + 1);
        let span = self.span(token.start, end.unwrap_or(token.end));
        let mut diagnostic = Diagnostic::new(code::FOREIGN_OPERATOR, "a string in single quotes")
            .label(span, "")
            .help("strings are written in double quotes: `\"text\"`");
        if let Some(inner) = end.and_then(|end| self.text.get(token.end..end - 1)) {
            diagnostic = diagnostic.edit(span, format!("\"{}\"", inner.replace('"', "\\\"")));
        }
        self.report(diagnostic);
        self.lexer.pos = end.unwrap_or(token.end);
    }
}

fn closer(opener: &str) -> &'static str {
    match opener {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}
