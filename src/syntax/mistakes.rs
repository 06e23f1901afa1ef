//! What to say about a text that did not parse: from the place that the grammar got to, what it expected there, and
//! the tokens around. The first message that fits is given.

use super::foreign::{DEFINITIONS, EFFECT_WORDS, ITEM_WORDS, OPERATORS, RESERVED, STEP_WORDS};
use super::grammar::{self, Failure, Rule};
use super::lex::{Bracket, Kind, Lexer, Token};
use crate::diagnostics::{Diagnostic, code, nearest};
use crate::source::{SourceId, Span};

/// Where a text holds characters that nobody sees: controls, and those that turn the direction of writing. Reported once.
pub(super) fn control_characters(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let hidden = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| hidden(*c)).collect();
    if let Some((at, c)) = found.first() {
        let others = if found.len() > 1 { format!(", and {} more", found.len() - 1) } else { String::new() };
        let diagnostic =
            Diagnostic::new(code::SYNTAX, format!("the invisible character U+{:04X}{others}", u32::from(*c)))
                .label(super::span(source, *at, at + c.len_utf8()), "")
                .help("rules are made of visible characters, blanks, tabs and line ends; remove it");
        diagnostics.push(diagnostic);
    }
    found.into_iter().map(|(at, _)| at).collect()
}

/// The message for an item that did not parse.
pub(super) fn diagnostic(source: SourceId, base: usize, item: &str, failure: &Failure) -> Diagnostic {
    let mut lexer = Lexer::new(item);
    let mut tokens = Vec::new();
    let (mut index, mut within) = (0, None);
    while let Some(token) = lexer.next() {
        if token.kind != Kind::ForeignComment {
            tokens.push(token);
        }
        if token.end <= failure.at {
            (index, within) = (tokens.len(), lexer.open.last().map(|opener| opener.bracket));
        }
    }
    let place = Place { source, base, item, tokens, index, within, expected: &failure.expected };
    let special =
        place.item_word().or_else(|| place.foreign()).or_else(|| place.equals()).or_else(|| place.reserved_name());
    let special = special.or_else(|| place.unfinished_operator()).or_else(|| place.missing_value());
    let special = special.or_else(|| place.effect()).or_else(|| place.step()).or_else(|| place.body_in_head());
    special.unwrap_or_else(|| place.generic())
}

/// Where parsing stopped, and the tokens around.
struct Place<'t> {
    source: SourceId,
    base: usize,
    item: &'t str,
    tokens: Vec<Token>,
    /// Of the token that did not fit.
    index: usize,
    /// The bracket around it.
    within: Option<Bracket>,
    expected: &'t [Rule],
}

const EXPRESSIONS: &[Rule] =
    &[Rule::expr, Rule::or_expr, Rule::head_expr, Rule::hole_expr, Rule::operand, Rule::head_operand];
const INFIX: &[Rule] = &[Rule::operator, Rule::or_operator, Rule::hole_operator, Rule::is_test];

impl<'t> Place<'t> {
    fn token(&self, offset: isize) -> Option<Token> {
        self.tokens.get(self.index.checked_add_signed(offset)?).copied()
    }

    /// The text of the token that many before or behind; empty beyond the ends.
    fn text(&self, offset: isize) -> &'t str {
        self.token(offset).and_then(|token| self.item.get(token.start..token.end)).unwrap_or_default()
    }

    fn span(&self, offset: isize) -> Span {
        let (start, end) =
            self.token(offset).map_or((self.item.len(), self.item.len()), |token| (token.start, token.end));
        super::span(self.source, self.base + start, self.base + end)
    }

    fn expects(&self, rules: &[Rule]) -> bool {
        self.expected.iter().any(|rule| rules.contains(rule))
    }

    fn is_word(&self, offset: isize) -> bool {
        self.token(offset).is_some_and(|token| token.kind == Kind::Word)
    }

    fn here(&self, code: crate::diagnostics::Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).label(self.span(0), "")
    }

    /// The first word of an item is none that begins one.
    fn item_word(&self) -> Option<Diagnostic> {
        if self.index != 0 {
            return None;
        }
        let (word, span) = (self.text(0), self.span(0));
        if let Some((_, ours, help)) = DEFINITIONS.iter().find(|(foreign, ..)| *foreign == word) {
            let diagnostic = self.here(code::SYNTAX, format!("no item begins with `{word}`")).help(*help);
            return Some(if ours.is_empty() { diagnostic } else { diagnostic.edit(span, *ours) });
        }
        let is_effect = EFFECT_WORDS.contains(&word) || matches!(self.text(1), "." | "=" | "+=" | "-=");
        if is_effect && self.is_word(0) {
            let help = "effects stand in the body of a rule: `rule NAME { … }`";
            return Some(self.here(code::MISPLACED, "an effect outside a rule").help(help));
        }
        let message = format!("{} where an item should begin", self.found());
        let items = "items are `let`, `rule`, `invariant`, `fact`, `replace`, `remove` and `test`";
        let diagnostic = self.here(code::SYNTAX, message).help(items);
        Some(diagnostic.did_you_mean(span, word, ITEM_WORDS.iter().copied()))
    }

    /// Operators and words of other languages.
    fn foreign(&self) -> Option<Diagnostic> {
        if self.expects(&[Rule::kw_string, Rule::type_expr, Rule::type_atom]) || matches!(self.text(-1), "List" | "Map")
        {
            return None;
        }
        let spelt = |word: &str, offset: isize| -> Option<Diagnostic> {
            let (_, ours, help) = OPERATORS.iter().find(|(foreign, ..)| *foreign == word)?;
            let diagnostic = Diagnostic::new(code::FOREIGN_OPERATOR, format!("`{word}` is not of this language"))
                .label(self.span(offset), "")
                .help(*help);
            Some(if ours.is_empty() { diagnostic } else { diagnostic.edit(self.span(offset), *ours) })
        };
        if matches!(self.text(-1), "elif" | "elsif" | "elseif") && self.expects(&[Rule::write_op]) {
            return spelt(self.text(-1), -1);
        }
        if self.text(0) == "if" && self.expects(EXPRESSIONS) {
            let help = "`if` chooses between effects; a choice between values is written `A when C else B`";
            return Some(self.here(code::FOREIGN_OPERATOR, "`if` where a value is due").help(help));
        }
        spelt(self.text(0), 0)
    }

    /// `=` for `==` and the other way round.
    fn equals(&self) -> Option<Diagnostic> {
        match self.text(0) {
            "=" if self.expects(INFIX) && !self.expects(&[Rule::assign, Rule::write_op]) => {
                let diagnostic = self.here(code::ASSIGN_FOR_EQUAL, "`=` where `==` is meant");
                Some(diagnostic.help("`==` compares; `=` gives a name or a path its value").edit(self.span(0), "=="))
            }
            "==" if self.expects(&[Rule::assign, Rule::write_op]) => {
                let diagnostic = self.here(code::SYNTAX, "`==` where `=` is meant");
                Some(diagnostic.help("`=` gives a name or a path its value; `==` compares").edit(self.span(0), "="))
            }
            _ => None,
        }
    }

    fn reserved_name(&self) -> Option<Diagnostic> {
        let names = self.expects(&[Rule::binder, Rule::rule_name, Rule::loop_head, Rule::out_path, Rule::name]);
        if !names || !RESERVED.contains(&self.text(0)) || self.expects(EXPRESSIONS) || self.expects(&[Rule::effect]) {
            return None;
        }
        if matches!(self.text(-1), "default" | "force") {
            let message = format!("`{}` before `{}`", self.text(-1), self.text(0));
            let help = format!("only writes have a strength: `{} PATH = VALUE`", self.text(-1));
            return Some(self.here(code::MISPLACED, message).help(help));
        }
        let expected = if self.expects(&[Rule::rule_name]) { "the name of a rule" } else { "a name" };
        let message = format!("the reserved word `{}` where {expected} is due", self.text(0));
        let help = "choose another name; after `.` and before `:` every word may stand";
        Some(self.here(code::RESERVED_WORD, message).help(help))
    }

    /// `is`, `not` or `subset` without the word that makes it an operator.
    fn unfinished_operator(&self) -> Option<Diagnostic> {
        let help = match self.text(0) {
            _ if !self.expects(INFIX) => return None,
            _ if self.within == Some(Bracket::Hole) => {
                let message = format!("{} inside a hole", self.found());
                let help = "a hole holds names, calls, `else` and arithmetic; give the rest a name with `let` and use the name";
                return Some(self.here(code::SYNTAX, message).help(help));
            }
            "is" => "write `is set`, `is not set`, `is empty` or `is not empty`; `==` compares with a value",
            "not" => "between two values write `not in` or `not like`; `!=` for what is not equal",
            "subset" => "write `a subset of b`",
            "else" if self.text(1) == "skip" => {
                let help = "`else skip` ends a statement; give the value a name before: `let NAME = VALUE else skip`";
                return Some(self.here(code::MISPLACED, "`else skip` inside an expression").help(help));
            }
            _ => return self.misspelt_operator(),
        };
        let message = format!("an unfinished operator: `{}`", [self.text(0), self.text(1)].join(" ").trim_end());
        Some(self.here(code::SYNTAX, message).help(help))
    }

    /// `AND`, `unles`: a word where only operators and the like go on.
    fn misspelt_operator(&self) -> Option<Diagnostic> {
        let word = self.text(0);
        if !self.is_word(0) || word.len() < 2 || self.expects(&[Rule::effect, Rule::given]) {
            return None;
        }
        let known = ["and", "or", "else", "when", "unless", "in", "is", "like", "because"];
        let same = known.iter().copied().find(|known| known.eq_ignore_ascii_case(word));
        // One that is written well is in the wrong place.
        let meant = same.or_else(|| nearest(word, known)).filter(|meant| *meant != word)?;
        let diagnostic = self.here(code::SYNTAX, format!("unknown operator `{word}`"));
        Some(diagnostic.help(format!("did you mean `{meant}`?")).edit(self.span(0), meant))
    }

    /// `when {`, `x = }`: something that needs a value is followed by none.
    fn missing_value(&self) -> Option<Diagnostic> {
        let ends = matches!(self.text(0), "" | "{" | "}" | ")" | "]" | "," | ";") || RESERVED.contains(&self.text(0));
        if !self.expects(EXPRESSIONS) || !ends {
            return None;
        }
        let help = match self.text(-1) {
            "when" => "say when it applies, or leave the `when` out",
            "unless" => "say when it does not apply, or leave the `unless` out",
            "if" => "say what decides: `if CONDITION { … }`",
            "in" => "say what is gone through: `for NAME in LIST { … }`",
            "require" => "say what must hold: `require CONDITION else deny MESSAGE`",
            "warn" | "deny" => "say why, as a text: it is what the reader gets to see",
            "=" | "+=" | "-=" => "a value stands on its right; what may be absent is written with `unset` or `when`",
            _ => return None,
        };
        let message = format!("`{}` without {}, found {}", self.text(-1), noun(self.text(-1)), self.found());
        Some(self.here(code::SYNTAX, message).help(help))
    }

    /// A word in a body that begins no effect.
    fn effect(&self) -> Option<Diagnostic> {
        if self.text(0) == "," && self.expects(&[Rule::effect]) && self.within == Some(Bracket::Curly) {
            let help = "effects stand beside each other; `;` may separate them";
            return Some(self.here(code::SYNTAX, "a `,` between effects").help(help).edit(self.span(0), ";"));
        }
        let alone = self.is_word(-1) && self.text(-2) != "." && self.expects(&[Rule::write_op]);
        if !alone {
            return None;
        }
        let (word, span) = (self.text(-1), self.span(-1));
        let at_word = |code, message: String| Diagnostic::new(code, message).label(span, "");
        if (ITEM_WORDS.contains(&word) || STEP_WORDS.contains(&word)) && self.is_word(0) {
            let help = "items stand beside each other: close the body before it, with `}`";
            return Some(at_word(code::MISPLACED, format!("a `{word}` inside a body")).help(help));
        }
        if let Some(meant) =
            nearest(word, EFFECT_WORDS.iter().copied()).filter(|_| !matches!(self.text(0), "[" | "(") || word.len() > 3)
        {
            let diagnostic = at_word(code::SYNTAX, format!("unknown effect `{word}`"));
            return Some(diagnostic.help(format!("did you mean `{meant}`?")).edit(span, meant));
        }
        let (message, help) = match self.text(0) {
            "(" => ("a call where an effect is due", "a call gives a value; write it somewhere: `PATH = name(…)`"),
            ":" => (
                "an entry where an effect is due",
                "`=` writes a path; a map in a head stands in parentheses: `when ({ … }) == x`",
            ),
            _ => return None,
        };
        Some(at_word(code::SYNTAX, message.to_owned()).help(help))
    }

    /// A word in a test that begins no step.
    fn step(&self) -> Option<Diagnostic> {
        if !self.expects(&[Rule::given, Rule::expect, Rule::steps]) || !self.is_word(0) || self.expects(&[Rule::effect])
        {
            return None;
        }
        let message = format!("expected `given` or `expect`, found {}", self.found());
        let diagnostic =
            self.here(code::SYNTAX, message).help("a test reads `given ROOT = VALUE`, then `expect CONDITION`");
        Some(diagnostic.did_you_mean(self.span(0), self.text(0), STEP_WORDS.iter().copied()))
    }

    /// A rule whose head is followed by effects, not by a brace.
    fn body_in_head(&self) -> Option<Diagnostic> {
        let misses = self.expects(&[Rule::block]) && !self.expects(&[Rule::effect]) && self.text(0) != "{";
        if !misses || !(self.is_word(0) || self.token(0).is_none()) {
            return None;
        }
        let message = format!("expected `{{` before the body, found {}", self.found());
        Some(self.here(code::SYNTAX, message).help("effects stand in braces: `{ … }`"))
    }

    fn found(&self) -> String {
        match self.token(0) {
            None => "the end of the item".to_owned(),
            Some(token) if token.kind == Kind::Open(Bracket::Quote) => "a text".to_owned(),
            Some(_) => format!("`{}`", self.text(0).chars().take(32).collect::<String>()),
        }
    }

    fn generic(&self) -> Diagnostic {
        let mut names: Vec<&str> = Vec::new();
        let infix = self.expects(INFIX);
        for rule in self.expected {
            let goes_on = matches!(rule, Rule::field | Rule::index | Rule::arguments | Rule::postfix);
            let name = grammar::name(*rule);
            if !((infix || self.expects(&[Rule::write_op])) && goes_on) && !names.contains(&name) {
                names.push(name);
            }
        }
        if infix && !self.expects(&[Rule::effect, Rule::given]) {
            match self.within {
                Some(Bracket::Square) => names.extend(["`,`", "`]`"]),
                Some(Bracket::Round) => names.extend(["`,`", "`)`"]),
                Some(Bracket::Curly) if !self.expects(&[Rule::kw_else]) => names.extend(["`,`", "`}`"]),
                _ => {}
            }
        }
        let message = match names.as_slice() {
            [] => format!("unexpected {}", self.found()),
            [one] => format!("expected {one}, found {}", self.found()),
            [first @ .., last] => format!("expected {} or {last}, found {}", first.join(", "), self.found()),
        };
        let diagnostic = self.here(code::SYNTAX, message);
        if self.text(0) == "." && self.token(1).is_some_and(|token| token.kind == Kind::Number) {
            return diagnostic.help("a number begins with a digit: `0.5`");
        }
        let keywords =
            names.iter().filter_map(|name| name.strip_prefix('`')?.strip_suffix('`')).filter(|name| name.len() > 1);
        if let Some(meant) = nearest(self.text(0), keywords).filter(|_| self.is_word(0)) {
            return diagnostic.help(format!("did you mean `{meant}`?")).edit(self.span(0), meant);
        }
        if self.text(0) == "<" && self.expects(&[Rule::optional]) {
            return diagnostic.help("types that hold others are `List<T>` and `Map<String, T>`");
        }
        let begun = (1..self.index as isize + 1).map(|back| self.text(-back));
        if begun.into_iter().find(|word| *word != "else" && EFFECT_WORDS.contains(word)) == Some("require") {
            return diagnostic
                .help("a requirement reads `require CONDITION else deny MESSAGE`, or `else warn MESSAGE`");
        }
        match HELPS.iter().find(|(rule, _)| self.expected.contains(rule)) {
            Some((_, help)) => diagnostic.help(*help),
            None => diagnostic,
        }
    }
}

/// What stands behind a word.
fn noun(word: &str) -> &'static str {
    match word {
        "warn" | "deny" => "a message",
        "in" => "a list or map",
        "=" | "+=" | "-=" => "a value",
        _ => "a condition",
    }
}

/// What to do where something is missing.
const HELPS: &[(Rule, &str)] = &[
    (Rule::kw_in, "a loop reads `for NAME in LIST`, or `for KEY, VALUE in MAP`"),
    (Rule::write_op, "an effect is a write (`PATH = VALUE`), `unset`, `let`, `if`, `for`, `warn` or `deny`"),
    (Rule::assign, "a name is followed by `=` and its value"),
    (Rule::colon, "entries are written `key: value`, facts `fact service.NAME: TYPE`"),
    (Rule::rule_name, "names of rules are words of `a-z` and `0-9`, joined by `-` and `.`: `gpu.device-nodes`"),
    (
        Rule::type_expr,
        "types are `Bool`, `Int`, `Float`, `String`, `Capability`, `List<T>`, `Map<String, T>`, `{ a: T }`, `\"x\" | \"y\"` and `T?`",
    ),
    (
        Rule::type_atom,
        "types are `Bool`, `Int`, `Float`, `String`, `Capability`, `List<T>`, `Map<String, T>`, `{ a: T }`, `\"x\" | \"y\"` and `T?`",
    ),
    (Rule::kw_by, "a list is sorted with `sort by VALUE`"),
];
