//! What was traced, in the words of an answer.

use super::{Condition, Fact, Line, Round, Write};
use crate::diagnostics::one_line;
use crate::ir::{Program, Strength};
use crate::provenance::{Asked, Claim, FactRead, Says, Shown, Word};
use crate::sort;
use crate::source::{SourceMap, Span};

/// Characters of a value within a condition.
const VALUE: usize = 80;
/// Characters of a line that is shown.
const LINE: usize = 160;

#[derive(Clone, Copy, Debug)]
pub(super) struct Teller<'e> {
    pub(super) rules: &'e SourceMap,
    pub(super) facts: &'e SourceMap,
    pub(super) program: &'e Program,
}

/// A place in a rule file, with what stands there.
pub(crate) fn code(rules: &SourceMap, span: Span) -> Option<Line> {
    let source = rules.get(span.source)?;
    let (line, column) = source.position(span.start);
    let text = collapsed(rules.snippet(span).unwrap_or_default());
    Some(Line { file: clean(&source.name), line, column, text: cut(&text, LINE) })
}

impl Teller<'_> {
    /// A place in a rule file, with what stands there.
    pub(super) fn code(&self, span: Span) -> Option<Line> {
        code(self.rules, span)
    }

    /// The same with the whole line, if it is one: beside an expression stands when it counts.
    fn code_line(&self, span: Span) -> Option<Line> {
        let within = self.rules.snippet(span)?.lines().count() <= 1;
        let whole = line_at(&self.rules.get(span.source)?.text, span.start as usize);
        let line = self.code(span)?;
        Some(if within { Line { text: cut(&collapsed(whole), LINE), ..line } } else { line })
    }

    /// A place in what facts were read from, with its line.
    pub(super) fn given(&self, span: Span) -> Option<Line> {
        let Some(source) = self.facts.get(span.source) else { return self.code(span) };
        let (line, column) = source.position(span.start);
        let whole = line_at(&source.text, span.start as usize);
        // A document on one line is too much of it.
        let text = match whole.chars().count() {
            0..=LINE => collapsed(whole),
            _ => collapsed(self.facts.snippet(span).unwrap_or_default()),
        };
        Some(Line { file: clean(&source.name), line, column, text: cut(&text, LINE) })
    }

    pub(super) fn fact(&self, fact: &FactRead) -> Fact {
        let value = cut(&clean(fact.value.as_str()), LINE);
        Fact { path: clean(&fact.path), value, place: self.given(fact.span) }
    }

    pub(super) fn round(&self, round: &crate::provenance::Round) -> Round {
        Round { value: cut(&clean(round.value.as_str()), VALUE), place: self.given(round.place) }
    }

    pub(super) fn condition(&self, asked: &Asked) -> Condition {
        let place = self.code(asked.span);
        let values = self.with_values(asked).filter(|values| place.as_ref().is_none_or(|place| place.text != *values));
        let facts = asked.facts.iter().map(|fact| self.fact(fact)).collect();
        Condition { word: word(asked.word), holds: asked.holds, place, values, facts }
    }

    /// The text of a condition with values in the place of what they were read from.
    fn with_values(&self, asked: &Asked) -> Option<String> {
        let source = self.rules.get(asked.span.source)?;
        let mut parts: Vec<&(Span, Shown)> =
            asked.parts.iter().filter(|(span, _)| asked.span.to(*span) == asked.span).collect();
        sort::by_key(&mut parts, |(span, _)| *span);
        let mut text = String::new();
        let mut at = asked.span.start;
        for (span, value) in parts {
            // What was folded or shared may stand elsewhere.
            let Some(between) = source.text.get(at as usize..span.start as usize) else { continue };
            text.push_str(between);
            text.push_str(&cut(value.as_str(), VALUE));
            at = span.end;
        }
        text.push_str(source.text.get(at as usize..asked.span.end as usize)?);
        Some(cut(&collapsed(&text), 2 * LINE))
    }

    pub(super) fn write(&self, claim: &Claim) -> Write {
        let conditions: Vec<Condition> = claim.asked.iter().map(|asked| self.condition(asked)).collect();
        let place = self.code(claim.statement);
        let told = |fact: &Fact| conditions.iter().any(|condition| condition.facts.contains(fact));
        let facts = claim.facts.iter().map(|fact| self.fact(fact)).filter(|fact| !told(fact)).collect();
        let elsewhere =
            claim.statement.to(claim.origin) != claim.statement || claim.statement.source != claim.origin.source;
        let rule = self.program.rules.get(claim.rule.index()).map_or("?", |rule| &*rule.name);
        Write {
            rule: rule.to_owned(),
            strength: strength(claim.strength),
            origin: if elsewhere { self.code_line(claim.origin) } else { None },
            place,
            because: claim.because.as_deref().map(clean),
            conditions,
            rounds: claim.rounds.iter().map(|round| self.round(round)).collect(),
            facts,
        }
    }
}

pub(super) fn says(claim: &Claim) -> String {
    match &claim.says {
        Says::Is(value) => clean(value.as_str()),
        Says::Out | Says::NotInWhole => "not in it".to_owned(),
        Says::Unset => "absent".to_owned(),
    }
}

pub(super) const fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Default => "default",
        Strength::Plain => "plain",
        Strength::Force => "force",
    }
}

const fn word(word: Word) -> &'static str {
    match word {
        Word::When => "when",
        Word::Unless => "unless",
        Word::If => "if",
        Word::Else => "else",
        Word::For => "for",
        Word::Value => "value",
    }
}

/// A text that can be shown.
pub(super) fn clean(text: &str) -> String {
    one_line(text).into_owned()
}

/// The line that a byte of a text is on.
fn line_at(text: &str, start: usize) -> &str {
    let begin = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default()
}

/// Code on one line, without its comments.
fn collapsed(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    clean(&lines.collect::<Vec<_>>().join(" ")).trim().to_owned()
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
