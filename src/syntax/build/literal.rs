//! Numbers and strings.

use super::Builder;
use crate::diagnostics::{Diagnostic, code};
use crate::syntax::ast::{ExprKind, Piece};
use crate::syntax::grammar::{Pair, Rule};

/// The units of sizes, and how far each shifts its number.
const UNITS: &[(&str, u32)] = &[("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

/// What is wrong with a number, and what to do.
type Complaint = (String, String);

impl Builder<'_> {
    #[inline(never)]
    pub(super) fn number(&mut self, pair: &Pair<'_>) -> ExprKind {
        match number(pair.as_str()) {
            Ok(kind) => kind,
            Err((message, help)) => {
                let span = self.span(pair);
                self.report(Diagnostic::new(code::BAD_LITERAL, message).label(span, "").help(help));
                ExprKind::Int(0)
            }
        }
    }

    /// The pieces of a string; neighbouring text and escapes are one piece.
    #[inline(never)]
    pub(super) fn string(&mut self, pair: Pair<'_>) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::text => {
                    self.lone_brace(&child);
                    text.push_str(child.as_str());
                }
                Rule::escape => text.push(self.escape(&child)),
                _ => {
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text).into()));
                    }
                    pieces.push(Piece::Hole(self.expr(child.into_inner().next()?)?));
                }
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
        Some(pieces)
    }

    #[inline(never)]
    fn escape(&mut self, pair: &Pair<'_>) -> char {
        match pair.as_str().chars().nth(1) {
            Some('n') => '\n',
            Some('t') => '\t',
            Some(c @ ('"' | '\\' | '{' | '}')) => c,
            _ => {
                let span = self.span(pair);
                let diagnostic = Diagnostic::new(code::BAD_LITERAL, format!("`{}` is no escape", pair.as_str()))
                    .label(span, "")
                    .help("escapes are `\\n`, `\\t`, `\\\"`, `\\\\`, `\\{` and `\\}`; other characters are written as they are");
                self.report(diagnostic);
                ' '
            }
        }
    }

    #[inline(never)]
    fn lone_brace(&mut self, pair: &Pair<'_>) {
        if let Some(at) = pair.as_str().find('}') {
            let start = self.base + pair.as_span().start() + at;
            let span = crate::syntax::span(self.source, start, start + 1);
            let diagnostic = Diagnostic::new(code::BAD_LITERAL, "a `}` that closes no hole")
                .label(span, "")
                .help("a brace in a text is written `\\}`")
                .edit(span, "\\}");
            self.report(diagnostic);
        }
    }
}

fn number(text: &str) -> Result<ExprKind, Complaint> {
    if let Some(digits) = text.strip_prefix("0x") {
        return integer(text, digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return integer(text, digits, 8);
    }
    let unit = text.find(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E'));
    if let Some((digits, unit)) = unit.and_then(|at| text.split_at_checked(at)) {
        return size(text, digits, unit);
    }
    if text.contains(['.', 'e', 'E']) {
        return float(text);
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => Err((
            format!("`{text}` begins with a zero"),
            format!("an octal number is written `0o{}`", octal.trim_start_matches('0')),
        )),
        _ => integer(text, text, 10),
    }
}

fn integer(text: &str, digits: &str, radix: u32) -> Result<ExprKind, Complaint> {
    let plain = without_separators(text, digits)?;
    if let Some(c) = plain.chars().find(|c| !c.is_digit(radix)) {
        return Err((format!("`{c}` is no digit of `{text}`"), format!("its digits are those of base {radix}")));
    }
    match u64::from_str_radix(&plain, radix) {
        Ok(value) => Ok(ExprKind::Int(value.into())),
        Err(_) if plain.is_empty() => Err((format!("`{text}` has no digits"), "write them behind it".to_owned())),
        Err(_) => Err((format!("`{text}` is too large"), "whole numbers go up to 2^64 − 1".to_owned())),
    }
}

/// `_` may stand between two digits.
fn without_separators(text: &str, digits: &str) -> Result<String, Complaint> {
    let between = digits.split('_').all(|part| !part.is_empty()) || digits.is_empty();
    let help = "`_` stands between two digits: `1_000_000`";
    if between { Ok(digits.replace('_', "")) } else { Err((format!("`{text}` has a `_` too many"), help.to_owned())) }
}

fn float(text: &str) -> Result<ExprKind, Complaint> {
    let plain = without_separators(text, text)?;
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(ExprKind::Float(value)),
        Ok(_) => Err((format!("`{text}` is too large"), "numbers with a fraction go up to 1.8e308".to_owned())),
        Err(_) => Err((format!("`{text}` is no number"), "numbers are written `195`, `0.5` or `1.5e-3`".to_owned())),
    }
}

fn size(text: &str, digits: &str, unit: &str) -> Result<ExprKind, Complaint> {
    let Some((_, shift)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(unknown_unit(text, digits, unit));
    };
    if digits.contains(['.', 'e', 'E']) {
        let help = "take the next smaller unit: `1536MiB` for one and a half GiB";
        return Err((format!("`{text}` is no whole number of units"), help.to_owned()));
    }
    match integer(text, digits, 10)? {
        ExprKind::Int(value) if value << shift <= i128::from(u64::MAX) => Ok(ExprKind::Int(value << shift)),
        _ => Err((format!("`{text}` is too large"), "sizes go up to 2^64 − 1 bytes".to_owned())),
    }
}

fn unknown_unit(text: &str, digits: &str, unit: &str) -> Complaint {
    let sizes = "sizes are written `64KiB`, `64MiB`, `64GiB` or `64TiB`";
    let letter = unit.chars().next().unwrap_or_default().to_ascii_uppercase();
    let meant = UNITS.iter().find(|(name, _)| name.starts_with(letter) && unit.len() <= 3);
    match (digits, meant) {
        ("0", _) if matches!(unit, "O" | "X" | "b" | "B") || unit.starts_with(['b', 'B', 'O', 'X']) => {
            (format!("`{text}` is no number"), "other bases are `0o666` and `0x1f`".to_owned())
        }
        (_, Some((name, _))) => (format!("`{unit}` is no unit"), format!("did you mean `{digits}{name}`? {sizes}")),
        _ => (format!("`{text}` is no number"), format!("a name cannot begin with a digit; {sizes}")),
    }
}
