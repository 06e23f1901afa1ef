//! Cuts a file into items, so that each is parsed alone and a broken one hides no other. What would make a parser
//! run deep or astray is refused here: too much text, too many brackets, strings and brackets that are not closed.

mod repair;

use super::lex::{Bracket, Kind, Lexer, Opener, Token, is_word};
use crate::diagnostics::{Diagnostic, code};
use crate::source::{SourceId, Span};

/// How much of a text of rules is read. A caller can lower each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that a file may have.
    pub bytes: usize,
    /// Brackets, holes and strings that may be open at once.
    pub brackets: usize,
    /// Rules that a policy, and so a file, may have; invariants count as well.
    pub rules: usize,
}

impl Limits {
    /// The greatest of each.
    pub(crate) const MOST: Self = Self { bytes: 1 << 20, brackets: 64, rules: 100_000 };

    /// Each, but never above its default.
    pub(crate) fn lowered(self) -> Self {
        let most = Self::MOST;
        Self {
            bytes: self.bytes.min(most.bytes),
            brackets: self.brackets.min(most.brackets),
            rules: self.rules.min(most.rules),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::MOST
    }
}

/// Brackets that are looked at from within.
const MAX_BRACKETS: usize = Limits::MOST.brackets;

/// Where an item is, from its first word to its last token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
    /// A mistake in it was reported: it is not parsed.
    pub(super) broken: bool,
}

/// An item on the way.
struct Current {
    start: usize,
    end: usize,
    /// How many tokens it has so far.
    tokens: usize,
    first: Word,
    /// Whether a body ends it, not the next item.
    has_body: bool,
    /// Whether it ends in something that a value could end with.
    complete: bool,
    /// Something was reported: the item is not parsed, and what follows from the mistake is not reported.
    broken: bool,
    /// A `let` at the beginning of a line inside a body: an effect, or the next item if the body never ends.
    suspect: Option<usize>,
    /// How many `<` of a type are open.
    angles: usize,
    /// The first brace whose end stands in another column than its beginning.
    misaligned: Option<(usize, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// `let`, `fact`
    Open,
    /// `rule`, `invariant`, `test`
    Body,
    /// `replace`: the next word tells
    Replace,
    /// `remove`
    Remove,
    /// No item begins so.
    Unknown,
}

pub(super) struct Scanner<'t, 'd> {
    source: SourceId,
    text: &'t str,
    lexer: Lexer<'t>,
    limits: Limits,
    diagnostics: &'d mut Vec<Diagnostic>,
    room: usize,
    current: Option<Current>,
    items: Vec<Extent>,
    rules: usize,
    /// Whether the last item was nothing that is known: a closing bracket after it is the same mistake.
    after_junk: bool,
    /// Whether the string that is open has gone over a line.
    multiline: bool,
    /// Where the last comment in another language's spelling ended.
    comment_end: usize,
}

/// The items of a text whose brackets and strings are whole; at most `room` mistakes are reported.
pub(super) fn items(
    source: SourceId,
    text: &str,
    limits: Limits,
    room: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Extent> {
    let mut scanner = Scanner {
        source,
        text,
        lexer: Lexer::new(text),
        limits,
        room: diagnostics.len() + room,
        diagnostics,
        current: None,
        items: Vec::new(),
        rules: 0,
        after_junk: false,
        multiline: false,
        comment_end: 0,
    };
    scanner.run();
    scanner.items
}

impl Scanner<'_, '_> {
    fn run(&mut self) {
        loop {
            let depth = self.lexer.open.len();
            let opener = self.lexer.open.last().copied();
            match self.lexer.next() {
                Some(token) => self.token(token, depth, opener),
                None if depth > 0 => self.cut(self.text.len()),
                None => break,
            }
            if self.diagnostics.len() >= self.room || self.rules > self.limits.rules {
                return;
            }
        }
        self.end_item();
    }

    fn span(&self, start: usize, end: usize) -> Span {
        super::span(self.source, start, end)
    }

    /// Reports a mistake of the item at hand, its first only.
    fn report(&mut self, diagnostic: Diagnostic) {
        let broken = self.current.as_mut().is_some_and(|current| std::mem::replace(&mut current.broken, true));
        if !broken {
            self.diagnostics.push(diagnostic);
        }
    }

    fn token(&mut self, token: Token, depth: usize, opener: Option<Opener>) {
        if self.at_line_start(token) && self.begins_item(token, depth) {
            if depth > 0 {
                return self.cut(token.start);
            }
            self.end_item();
        } else if depth == 0 && self.begins_inline(token) {
            self.end_item();
        }
        match token.kind {
            Kind::ForeignComment => return self.foreign_comment(token),
            Kind::Stray => return self.stray(token),
            Kind::Word => {}
            _ if self.current.is_none() => self.reopen(),
            _ => {}
        }
        self.start_item(token);
        match token.kind {
            Kind::Open(bracket) => self.opened(token, bracket),
            Kind::Close(bracket) => self.closed(token, bracket, opener),
            Kind::Text => self.multiline |= self.text.as_bytes().get(token.end - 1) == Some(&b'\n'),
            Kind::Symbol if self.snippet(token).starts_with('\'') => return self.single_quote(token),
            _ => {}
        }
        self.angle(token);
        self.extend(token, depth);
    }

    /// `List<List<…` nests as brackets do.
    fn angle(&mut self, token: Token) {
        let text = self.text.get(token.start..token.end).unwrap_or_default();
        let Some(current) = self.current.as_mut().filter(|current| current.first == Word::Open) else { return };
        match text {
            "<" => current.angles += 1,
            ">" | ">>" => current.angles = current.angles.saturating_sub(text.len()),
            _ => return,
        }
        let most = self.limits.brackets;
        if current.angles > most {
            let span = self.span(token.start, token.end);
            let message = format!("a type more than {most} deep");
            self.report(Diagnostic::new(code::TOO_DEEP, message).label(span, "one too many"));
        }
    }

    fn snippet(&self, token: Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    fn at_line_start(&self, token: Token) -> bool {
        token.start == 0 || self.text.as_bytes().get(token.start - 1) == Some(&b'\n')
    }

    /// Whether the line that begins here begins an item, whatever is open.
    fn begins_item(&mut self, token: Token, depth: usize) -> bool {
        if !matches!(token.kind, Kind::Word | Kind::Text) {
            return false;
        }
        let Some(current) = &mut self.current else { return false };
        if current.tokens == 1 && matches!(current.first, Word::Replace | Word::Remove) {
            return false;
        }
        let rest = self.text.get(token.start..).unwrap_or_default();
        if !looks_like_item(rest) {
            return false;
        }
        let in_blocks = self.lexer.open.iter().rev().take(MAX_BRACKETS).all(|opener| opener.bracket == Bracket::Curly);
        if depth > 0 && current.has_body && in_blocks && rest.starts_with("let") {
            current.suspect.get_or_insert(token.start);
            return false;
        }
        true
    }

    /// Whether a word outside brackets begins an item: nothing that goes on there could stand where it stands.
    fn begins_inline(&self, token: Token) -> bool {
        let Some(current) = &self.current else { return false };
        if token.kind != Kind::Word || current.tokens == 1 {
            return false;
        }
        let word = self.snippet(token);
        let name_follows = current.tokens == 2 && matches!(current.first, Word::Replace | Word::Remove);
        if word == "let" {
            return true;
        }
        let rest = self.text.get(token.start..).unwrap_or_default();
        let unknown = self.at_line_start(token) && !CONTINUE.contains(&word);
        current.complete && !name_follows && (unknown || looks_like_item(rest))
    }

    fn start_item(&mut self, token: Token) {
        if self.current.is_some() {
            return;
        }
        let first = if token.kind == Kind::Word { first_word(self.snippet(token)) } else { Word::Unknown };
        self.rules += usize::from(self.snippet(token) == "rule");
        if self.rules == self.limits.rules.saturating_add(1) {
            let span = self.span(token.start, token.end);
            let message = format!("more than {} rules", self.limits.rules);
            self.diagnostics.push(Diagnostic::new(code::TOO_MANY_RULES, message).label(span, "one too many"));
        }
        self.current = Some(Current {
            start: token.start,
            end: token.end,
            tokens: 0,
            first,
            has_body: matches!(first, Word::Body | Word::Unknown),
            complete: false,
            broken: false,
            suspect: None,
            angles: 0,
            misaligned: None,
        });
    }

    /// What follows an item's end and begins none goes on with it: its head held a map, and the body is still to come.
    fn reopen(&mut self) {
        let previous = self.items.last().copied();
        if let Some(extent) = previous.filter(|_| !self.after_junk) {
            self.items.pop();
            self.start_item(Token { kind: Kind::Word, start: extent.start, end: extent.end });
            if let Some(current) = &mut self.current {
                current.tokens = 3;
                current.has_body = true;
            }
        }
    }

    fn extend(&mut self, token: Token, depth: usize) {
        let word = self.text.get(token.start..token.end).unwrap_or_default();
        let ends_value = match token.kind {
            Kind::Word => !CONTINUE.contains(&word),
            Kind::Number | Kind::Close(_) => true,
            _ => false,
        };
        let closed = self.lexer.open.is_empty();
        let Some(current) = &mut self.current else { return };
        current.end = token.end;
        current.tokens += 1;
        if depth == 0 && current.tokens == 2 && current.first == Word::Replace {
            current.has_body = first_word(word) == Word::Body;
        }
        current.complete = ends_value && closed && current.tokens > 1;
        if closed && current.has_body && token.kind == Kind::Close(Bracket::Curly) {
            self.end_item();
        }
    }

    fn end_item(&mut self) {
        if let Some(current) = self.current.take() {
            self.after_junk = current.first == Word::Unknown || current.broken;
            self.items.push(Extent { start: current.start, end: current.end, broken: current.broken });
        }
    }

    fn opened(&mut self, token: Token, bracket: Bracket) {
        let most = self.limits.brackets;
        if self.lexer.open.len() > most {
            let span = self.span(token.start, token.end);
            let help = "give the inner part a name of its own with `let`";
            let message = format!("brackets more than {most} deep");
            self.report(Diagnostic::new(code::TOO_DEEP, message).label(span, "one too many").help(help));
        }
        let enclosing = self.lexer.open.len().checked_sub(2).and_then(|at| self.lexer.open.get(at));
        let in_hole = enclosing.is_some_and(|opener| opener.bracket == Bracket::Hole)
            || self.lexer.open.iter().rev().skip(1).take(MAX_BRACKETS).any(|opener| opener.bracket == Bracket::Hole);
        if in_hole && matches!(bracket, Bracket::Quote | Bracket::Curly) {
            self.in_hole(token, bracket);
        }
        if bracket == Bracket::Quote {
            self.multiline = false;
        }
    }

    fn closed(&mut self, token: Token, bracket: Bracket, opener: Option<Opener>) {
        let Some(opener) = opener else { return };
        if bracket == Bracket::Quote && self.multiline && self.runs_into_text(token.end) {
            self.unterminated_string(opener.at);
            // Go on behind the line where the string should have ended.
            let line = self.text.get(opener.at..).and_then(|rest| rest.find('\n'));
            self.lexer.pos = opener.at + line.unwrap_or_default();
        }
        if bracket == Bracket::Curly {
            let (from, to) = (self.line_before(opener.at), self.line_before(token.start));
            let first_of_line = to.trim_ascii_start().is_empty();
            let indent = |line: &str| line.len() - line.trim_ascii_start().len();
            let moved = first_of_line && indent(from) != indent(to);
            if let Some(current) = self.current.as_mut().filter(|_| moved) {
                current.misaligned.get_or_insert((opener.at, token.start));
            }
        }
    }

    /// What stands before an offset on its line; of lines too long to be laid out by hand, a part.
    fn line_before(&self, at: usize) -> &str {
        let bytes = self.text.as_bytes().get(at.saturating_sub(256)..at).unwrap_or_default();
        let length = bytes.iter().rev().take_while(|byte| **byte != b'\n').count();
        self.text.get(at - length..at).unwrap_or_default()
    }
}

/// Words after which, or with which, something goes on that outside brackets could not begin.
const CONTINUE: &[&str] =
    &["and", "because", "else", "if", "in", "is", "like", "not", "or", "subset", "of", "unless", "when", "for", "then"];

fn first_word(word: &str) -> Word {
    match word {
        "let" | "fact" => Word::Open,
        "rule" | "invariant" | "test" => Word::Body,
        "replace" => Word::Replace,
        "remove" => Word::Remove,
        _ => Word::Unknown,
    }
}

/// Whether a text reads like the beginning of an item: its word, and what has to follow it.
fn looks_like_item(text: &str) -> bool {
    let (word, rest) = split(text, is_word);
    match word {
        "let" => {
            let (name, rest) = split(rest, |byte| is_word(byte) || byte == b'-');
            !name.is_empty() && rest.starts_with('=') && !rest.starts_with("==")
        }
        "rule" | "invariant" => {
            let (name, rest) = split(rest, |byte| is_word(byte) || byte == b'-' || byte == b'.');
            let (next, _) = split(rest, is_word);
            !name.is_empty() && (rest.starts_with(['{', '"', '#']) || matches!(next, "when" | "unless"))
        }
        "fact" => {
            let (path, rest) = split(rest, |byte| is_word(byte) || byte == b'.');
            !path.is_empty() && rest.starts_with(':')
        }
        "replace" | "remove" => matches!(split(rest, is_word).0, "let" | "rule" | "invariant"),
        "test" => rest.starts_with('"'),
        _ => false,
    }
}

/// The bytes that fit at the beginning of a text, and what follows them and some blanks.
fn split(text: &str, fits: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().take_while(|byte| fits(*byte)).count();
    let (word, rest) = text.split_at_checked(end).unwrap_or_default();
    (word, rest.trim_ascii_start())
}
