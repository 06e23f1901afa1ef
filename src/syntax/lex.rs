//! Words, numbers, brackets and strings: as much of the language as it takes to find where an item ends, and to say
//! what stands at a place that did not parse.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// Opens a bracket, a hole or a string.
    Open(Bracket),
    /// Closes the innermost one.
    Close(Bracket),
    /// A closing bracket that does not match the innermost open one.
    Stray,
    /// A piece of a string; never beyond the end of a line, so that lines inside strings can be looked at.
    Text,
    /// A comment as other languages write it.
    ForeignComment,
    /// Anything else.
    Symbol,
}

/// What can be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
    Quote,
    Hole,
}

/// A token and its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A bracket that is open, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opener {
    pub(super) bracket: Bracket,
    pub(super) at: usize,
}

/// Cuts a text into tokens; its state is a position and what is open there.
pub(super) struct Lexer<'t> {
    text: &'t str,
    pub(super) pos: usize,
    pub(super) open: Vec<Opener>,
}

/// Symbols of more than one character, longest first: ours, and those that people bring along.
const SYMBOLS: &[&str] = &[
    "===", "!==", "...", "<=>", "&&", "||", "==", "!=", "<=", ">=", ":=", "=>", "->", "<-", "<>", "+=", "-=", "*=",
    "/=", "|=", "++", "--", "**", "??", "?.", "?:", "..", "<<", ">>", "::",
];
/// What their second characters are: most symbols stand alone, and need not be held against all of these.
const SECONDS: &[u8] = b"=.&|<>-+*?:";

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, pos: 0, open: Vec::new() }
    }

    /// The next token, or none at the end.
    pub(super) fn next(&mut self) -> Option<Token> {
        let in_text = self.open.last().is_some_and(|opener| opener.bracket == Bracket::Quote);
        if !in_text {
            self.skip_blanks();
        }
        let start = self.pos;
        let byte = self.byte(start)?;
        let kind = if in_text { self.in_text(byte) } else { self.in_code(byte) };
        Some(Token { kind, start, end: self.pos })
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.byte(self.pos).is_some_and(&wanted) {
            self.pos += 1;
        }
    }

    fn skip_blanks(&mut self) {
        loop {
            self.skip_while(|byte| byte.is_ascii_whitespace());
            if self.byte(self.pos) != Some(b'#') {
                return;
            }
            self.skip_while(|byte| byte != b'\n');
        }
    }

    fn opened(&mut self, bracket: Bracket) -> Kind {
        self.open.push(Opener { bracket, at: self.pos });
        self.pos += 1;
        Kind::Open(bracket)
    }

    fn in_text(&mut self, first: u8) -> Kind {
        match first {
            b'"' => {
                self.pos += 1;
                self.open.pop();
                return Kind::Close(Bracket::Quote);
            }
            b'{' => return self.opened(Bracket::Hole),
            _ => {}
        }
        while let Some(byte) = self.byte(self.pos) {
            match byte {
                b'"' | b'{' => break,
                b'\\' if self.byte(self.pos + 1).is_some() => self.pos += 2,
                _ => self.pos += 1,
            }
            if byte == b'\n' {
                break;
            }
        }
        while !self.text.is_char_boundary(self.pos) {
            self.pos += 1;
        }
        Kind::Text
    }

    fn in_code(&mut self, first: u8) -> Kind {
        match first {
            b'(' => self.opened(Bracket::Round),
            b'[' => self.opened(Bracket::Square),
            b'{' => self.opened(Bracket::Curly),
            b'"' => self.opened(Bracket::Quote),
            b')' => self.closed(&[Bracket::Round]),
            b']' => self.closed(&[Bracket::Square]),
            b'}' => self.closed(&[Bracket::Curly, Bracket::Hole]),
            b'/' if self.rest().starts_with("//") => {
                self.skip_while(|byte| byte != b'\n');
                Kind::ForeignComment
            }
            b'/' if self.rest().starts_with("/*") => {
                self.pos += self.rest().find("*/").map_or(self.rest().len(), |at| at + 2);
                Kind::ForeignComment
            }
            b'0'..=b'9' => self.number(),
            _ if is_word(first) => {
                self.skip_while(is_word);
                Kind::Word
            }
            _ => {
                let joined = self.byte(self.pos + 1).is_some_and(|second| SECONDS.contains(&second));
                let known = SYMBOLS.iter().find(|symbol| joined && self.rest().starts_with(**symbol));
                let one = self.rest().chars().next().map_or(1, char::len_utf8);
                self.pos += known.map_or(one, |symbol| symbol.len());
                Kind::Symbol
            }
        }
    }

    fn closed(&mut self, wanted: &[Bracket]) -> Kind {
        self.pos += 1;
        match self.open.last() {
            Some(opener) if wanted.contains(&opener.bracket) => {
                let bracket = opener.bracket;
                self.open.pop();
                Kind::Close(bracket)
            }
            _ => Kind::Stray,
        }
    }

    fn number(&mut self) -> Kind {
        self.skip_while(is_word);
        if self.byte(self.pos) == Some(b'.') && self.byte(self.pos + 1).is_some_and(|byte| byte.is_ascii_digit()) {
            self.pos += 1;
            self.skip_while(is_word);
        }
        Kind::Number
    }
}

/// Whether a byte can be part of a name.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
