//! The place in the text that a layout has got to. Everything between two tokens is looked at here, once: comments wait
//! for the next place where a line can end, an empty line is remembered.

use super::doc::{Comment, Doc, Line};
use crate::syntax::grammar::Pair;

/// What a place where a line can end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A blank, if the line does not end.
    Blank,
    /// Nothing, if the line does not end.
    Nothing,
    /// As [`Self::Blank`] and [`Self::Nothing`], and an empty line is kept if it does.
    Item(&'static str),
    /// As [`Self::Blank`], and an empty line before a comment is kept.
    Word,
    /// As [`Self::Item`], in front of a closing bracket.
    Closing(&'static str),
    /// The line ends.
    Always,
    /// The line ends, behind the brace of a body: no empty line follows.
    Opened,
    /// The line ends, in front of the brace of a body.
    Closed,
}

pub(super) struct Cursor<'t> {
    text: &'t str,
    /// Where the item at hand begins; the nodes of the grammar count from there.
    pub(super) base: usize,
    /// Behind the last token, or behind what follows it up to the next.
    at: usize,
    /// Comments that no line has taken yet.
    waiting: Vec<Comment<'t>>,
    /// Line ends since the last token or comment.
    line_ends: usize,
    /// No token has been on this line.
    fresh: bool,
    /// Whether the text was not as the nodes say.
    pub(super) astray: bool,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, base: 0, at: 0, waiting: Vec::new(), line_ends: 0, fresh: true, astray: false }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes on to the next token.
    fn gap(&mut self) {
        loop {
            let blanks = self.rest().bytes().take_while(u8::is_ascii_whitespace).count();
            let ends = self.rest().bytes().take(blanks).filter(|byte| *byte == b'\n').count();
            self.at += blanks;
            self.line_ends += ends;
            self.fresh |= ends > 0;
            if !self.rest().starts_with('#') {
                return;
            }
            let comment = self.rest().split('\n').next().unwrap_or_default();
            self.waiting.push(Comment { text: comment.trim_end(), own_line: self.fresh, blank: self.line_ends > 1 });
            self.at += comment.len();
            self.line_ends = 0;
        }
    }

    fn advance(&mut self, length: usize) -> Doc<'t> {
        let text = self.rest().get(..length).unwrap_or_default();
        self.astray |= text.len() != length;
        self.at += length;
        self.line_ends = 0;
        self.fresh = false;
        Doc::text(text)
    }

    /// The next token, which is this one.
    pub(super) fn punctuation(&mut self, token: &'static str) -> Doc<'t> {
        self.gap();
        self.astray |= !self.rest().starts_with(token);
        self.advance(token.len())
    }

    /// Passes over a token that the layout decides about; whether it was there.
    pub(super) fn skip(&mut self, token: &'static str) -> bool {
        self.gap();
        let found = self.rest().starts_with(token);
        if found {
            self.advance(token.len());
        }
        found
    }

    /// A node that is one token.
    pub(super) fn leaf(&mut self, pair: &Pair<'t>) -> Doc<'t> {
        self.gap();
        self.raw(pair)
    }

    /// A node as it is, blanks included.
    pub(super) fn raw(&mut self, pair: &Pair<'t>) -> Doc<'t> {
        self.astray |= self.at != self.base + pair.as_span().start();
        self.advance(pair.as_str().len())
    }

    /// The quotation mark that ends a string.
    pub(super) fn quote(&mut self) -> Doc<'t> {
        self.astray |= !self.rest().starts_with('"');
        self.advance(1)
    }

    /// Takes the comments that wait, so that no line in between does.
    pub(super) fn hold(&mut self) -> Vec<Comment<'t>> {
        std::mem::take(&mut self.waiting)
    }

    pub(super) fn release(&mut self, held: Vec<Comment<'t>>) {
        self.waiting.splice(0..0, held);
    }

    /// The words of an operator, one blank between them.
    pub(super) fn words(&mut self, pair: &Pair<'t>) -> Doc<'t> {
        let mut words = Vec::new();
        while self.at < self.base + pair.as_span().end() {
            self.gap();
            if !words.is_empty() {
                words.push(Doc::text(" "));
            }
            let left = (self.base + pair.as_span().end()).saturating_sub(self.at);
            let word = self.rest().bytes().take(left);
            let length = word.take_while(|byte| !byte.is_ascii_whitespace() && *byte != b'#').count();
            words.push(self.advance(length.max(1)));
        }
        Doc::concat(words)
    }

    /// A place where a line can end, with the comments that stand before it.
    pub(super) fn line(&mut self, end: End) -> Doc<'t> {
        Doc::line(self.end(end))
    }

    pub(super) fn end(&mut self, end: End) -> Line<'t> {
        self.gap();
        let mut comments = std::mem::take(&mut self.waiting);
        let (flat, hard, closing) = match end {
            End::Blank | End::Word => (" ", false, false),
            End::Nothing => ("", false, false),
            End::Item(flat) => (flat, false, false),
            End::Closing(flat) => (flat, false, true),
            End::Always | End::Opened => ("", true, false),
            End::Closed => ("", true, true),
        };
        let keeps = !matches!(end, End::Blank | End::Nothing);
        for comment in &mut comments {
            comment.blank &= keeps;
        }
        let mut blank = keeps && !closing && self.line_ends > 1 && (end != End::Word || !comments.is_empty());
        if end == End::Opened {
            match comments.first_mut() {
                Some(first) => first.blank = false,
                None => blank = false,
            }
        }
        Line { flat, hard, closing, blank, comments }
    }

    /// Whether the text has been gone through.
    pub(super) fn at_end(&mut self) -> bool {
        self.gap();
        self.rest().is_empty()
    }

    /// The tokens before a node of the grammar that has no node of their own, for nodes that no layout is written for.
    pub(super) fn up_to(&mut self, pair: &Pair<'t>) -> Vec<Doc<'t>> {
        let (start, mut tokens) = (self.base + pair.as_span().start(), Vec::new());
        loop {
            self.gap();
            let Some(left) = start.checked_sub(self.at).filter(|left| *left > 0) else { return tokens };
            let length = self.rest().bytes().take(left).take_while(|byte| !byte.is_ascii_whitespace() && *byte != b'#');
            let length = length.count().max(1);
            tokens.push(self.advance(length));
        }
    }
}
