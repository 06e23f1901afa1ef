//! Comments to plimsoll: `# plimsoll: allow P0208 reason`, on lines of their own above an item.

use super::ast::Allow;
use super::lex::Lexer;
use super::scan::Extent;
use crate::diagnostics::{Code, Diagnostic, code};
use crate::levels::{Subject, SubjectError};
use crate::source::{SourceId, Span};

/// What such a comment begins with, after `#`.
const ADDRESS: &str = "plimsoll:";
/// What it can ask for.
const ALLOW: &str = "allow";
const EXAMPLE: &str = "write `# plimsoll: allow CODE reason` on a line of its own above the item";

/// The comments of a text that allow something in one of its items; the others are reported.
pub(super) fn allows(source: SourceId, text: &str, items: &[Extent], found: &mut Vec<Diagnostic>) -> Vec<Allow> {
    if !text.contains(ADDRESS) {
        return Vec::new();
    }
    let read = |comment| {
        let reader = Reader { source, text, items };
        reader.read(comment).map_err(|diagnostic| found.push(diagnostic)).ok()
    };
    comments(text).into_iter().filter_map(read).collect()
}

/// A comment to plimsoll.
#[derive(Clone, Copy)]
struct Comment<'t> {
    start: usize,
    end: usize,
    /// What it says after the address.
    said: &'t str,
}

/// The comments of a text that are addressed to plimsoll. They lie between tokens.
fn comments(text: &str) -> Vec<Comment<'_>> {
    let mut lexer = Lexer::new(text);
    let (mut comments, mut end) = (Vec::new(), 0);
    loop {
        let token = lexer.next();
        let start = token.map_or(text.len(), |token| token.start);
        let gap = text.get(end..start).unwrap_or_default();
        let mut at = end;
        for line in gap.split_inclusive('\n') {
            comments.extend(comment(line, at));
            at += line.len();
        }
        match token {
            Some(token) => end = token.end,
            None => return comments,
        }
    }
}

fn comment(line: &str, at: usize) -> Option<Comment<'_>> {
    let line = line.trim_ascii_end();
    let hash = line.find('#')?;
    let said = line.get(hash..)?.trim_start_matches('#').trim_ascii_start().strip_prefix(ADDRESS)?;
    Some(Comment { start: at + hash, end: at + line.len(), said: said.trim_ascii() })
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    items: &'t [Extent],
}

impl<'t> Reader<'t> {
    fn span(&self, start: usize, end: usize) -> Span {
        super::span(self.source, start, end)
    }

    /// The place of a word with what follows it; of no word, the end of the comment.
    fn place(&self, comment: Comment<'_>, word: &str, rest: &str) -> Span {
        let end = comment.end - rest.len();
        let gap = self.text.get(comment.start..end).map_or(0, |all| all.len() - all.trim_ascii_end().len());
        let end = end - gap;
        self.span(end - word.len(), end)
    }

    fn read(&self, comment: Comment<'t>) -> Result<Allow, Diagnostic> {
        let refuse = |span, message: String| Diagnostic::new(code::BAD_ALLOW, message).label(span, "");
        let (verb, rest) = split(comment.said);
        if verb != ALLOW {
            let span = self.place(comment, verb, rest);
            let message = if verb.is_empty() {
                "a comment to plimsoll that asks nothing".to_owned()
            } else {
                format!("there is no `{verb}` to ask of plimsoll")
            };
            return Err(refuse(span, message).help(EXAMPLE).did_you_mean(span, verb, [ALLOW]));
        }
        let (name, reason) = split(rest);
        let code = self.code(name, self.place(comment, name, reason))?;
        if !reason.contains(char::is_alphanumeric) {
            let message = format!("{code} is allowed without a reason");
            return Err(
                refuse(self.span(comment.end, comment.end), message).help("say behind the code why it is right here")
            );
        }
        let before = self.line_before(comment.start);
        let next = self.items.partition_point(|item| item.start < comment.start);
        let last = next.checked_sub(1).and_then(|last| self.items.get(last));
        let alone = before.trim_ascii().is_empty() && last.is_none_or(|item| item.end <= comment.start);
        let Some(item) = self.items.get(next).filter(|_| alone) else {
            let message = format!("{code} is allowed where no item begins");
            return Err(refuse(self.span(comment.start, comment.end), message).help(EXAMPLE));
        };
        let rest = self.text.get(comment.end..).unwrap_or_default();
        let line_end = rest.find('\n').map_or(self.text.len(), |at| comment.end + at + 1);
        Ok(Allow {
            span: self.span(comment.start, comment.end),
            line: self.span(comment.start - before.len(), line_end),
            code,
            reason: reason.into(),
            item: self.span(item.start, item.end),
        })
    }

    fn code(&self, name: &str, span: Span) -> Result<Code, Diagnostic> {
        let refuse = |message: String| Diagnostic::new(code::BAD_ALLOW, message).label(span, "").help(EXAMPLE);
        match Subject::parse(name) {
            Ok(Subject::Code(code)) => Ok(code),
            Ok(Subject::Warnings) => Err(refuse("only one code at a time can be allowed".to_owned())),
            Err(SubjectError::Unknown(_)) if name.is_empty() => Err(refuse("an `allow` without a code".to_owned())),
            Err(error @ SubjectError::Unknown(_)) => {
                let near = Subject::near(name);
                Err(refuse(error.to_string()).did_you_mean(span, name, near))
            }
            Err(error) => Err(refuse(error.to_string()).help("mend what it is about")),
        }
    }

    /// What stands before an offset on its line.
    fn line_before(&self, at: usize) -> &'t str {
        let before = self.text.get(..at).unwrap_or_default();
        before.rsplit('\n').next().unwrap_or_default()
    }
}

/// The first word, and the rest.
fn split(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((text, ""));
    (word, rest.trim_ascii_start())
}
