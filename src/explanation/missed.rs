//! What could have written a place, and why it did not.

use super::query::{Key, Target, unquoted};
use super::{Explanation, Missed, Reason};
use crate::eval::like;
use crate::facts::datum::{Datum, Kind};
use crate::ir::{Effect, Expr, ExprId, Program, Rule, RuleId, Write, WriteKind};
use crate::provenance::{Says, Skipped};
use crate::schema::output::{Content, KeyPlace, Slot, output};
use crate::source::Span;

/// Reasons that are told of one statement.
const MOST_REASONS: usize = 8;
/// Other keys, and facts, that are told of one statement.
const MOST_OTHERS: usize = 8;

impl Explanation<'_> {
    /// The statements that could write what was asked for, with the reasons why they did not.
    pub(super) fn missed(&self, target: &Target) -> Vec<Missed> {
        let Some(slot) = output().slot(target.slot) else { return Vec::new() };
        let mut missed: Vec<Missed> = Vec::new();
        for (number, rule) in self.program.rules.iter().enumerate() {
            for at in rule.effects.clone() {
                let Some(Effect::Write(write)) = self.program.effects.get(at as usize) else { continue };
                if write.slot != target.slot || !may_write(self.program, write, slot, target.key.as_ref()) {
                    continue;
                }
                let one = self.missed_by(RuleId::new(number), rule, at, target);
                if !missed.contains(&one) {
                    missed.push(one);
                }
            }
        }
        missed
    }

    fn missed_by(&self, id: RuleId, rule: &Rule, at: u32, target: &Target) -> Missed {
        let statement = self.program.notes.get(at as usize).map_or(Span::NONE, |note| note.span);
        let skipped = self.conduct.skipped.iter().filter(|skipped| skipped.effects.contains(&at));
        let (mut reasons, more) = self.reasons(skipped, target.key.as_ref());
        if reasons.is_empty() {
            let applies = self.conduct.rules.get(id.index()).and_then(|head| head.applies);
            reasons.push(match applies {
                None => Reason::NotAsked,
                Some(_) => self.written_by(id, at, target),
            });
        }
        Missed { rule: rule.name.to_string(), place: self.teller().code(statement), reasons, more }
    }

    /// The reasons, each once, and how many more there are. Those of a round that has to do with the key are told alone.
    pub(super) fn reasons<'s>(
        &self,
        skipped: impl Iterator<Item = &'s Skipped>,
        key: Option<&Key>,
    ) -> (Vec<Reason>, usize) {
        let about = |skipped: &&Skipped| match key {
            Some(Key::Named(glob)) => skipped.rounds.iter().any(|round| like(unquoted(round.value.as_str()), glob)),
            _ => false,
        };
        let all: Vec<&Skipped> = skipped.collect();
        let of_key: Vec<&Skipped> = all.iter().copied().filter(about).collect();
        let told = if of_key.is_empty() { all } else { of_key };
        let teller = self.teller();
        let mut reasons: Vec<Reason> = Vec::new();
        let mut more = 0;
        for skipped in told {
            if reasons.len() == MOST_REASONS {
                more += 1;
                continue;
            }
            let rounds = skipped.rounds.iter().map(|round| teller.round(round)).collect();
            let reason = Reason::Condition { condition: teller.condition(&skipped.asked), rounds };
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        (reasons, more)
    }

    /// What a statement wrote into a slot, and what it read for that.
    fn written_by(&self, rule: RuleId, at: u32, target: &Target) -> Reason {
        let mut wrote = Vec::new();
        let statement = self.program.notes.get(at as usize).map_or(Span::NONE, |note| note.span);
        for leaf in self.provenance.slot(target.slot) {
            let mut claims = leaf.origins.iter().chain(&leaf.beaten);
            let own = claims.any(|it| it.rule == rule && it.statement == statement && matches!(it.says, Says::Is(_)));
            if own {
                wrote.push(self.found(&(None, leaf), None).path);
            }
        }
        let more = wrote.len().saturating_sub(MOST_OTHERS);
        wrote.truncate(MOST_OTHERS);
        if more > 0 {
            wrote.push(format!("{more} more"));
        }
        let facts = self.conduct.values.get(&at).into_iter().flatten().take(MOST_OTHERS);
        Reason::Otherwise { wrote, facts: facts.map(|fact| self.teller().fact(fact)).collect() }
    }
}

/// Whether a write could put something there, as far as its text tells.
fn may_write(program: &Program, write: &Write, slot: &Slot, key: Option<&Key>) -> bool {
    let glob = match key {
        _ if matches!(write.kind, WriteKind::Remove | WriteKind::RemoveAt(_) | WriteKind::Unset) => return false,
        Some(Key::Named(glob)) => glob,
        _ => return true,
    };
    let named = |text: Option<&str>| text.is_none_or(|text| like(text, glob));
    match write.kind {
        WriteKind::AddAt(key) => named(constant_text(program, key)),
        _ => match program.exprs.get(write.value.index()) {
            Some(Expr::Const(_)) => constant(program, write.value).is_none_or(|datum| has(datum, glob)),
            Some(Expr::List(elements)) => elements.iter().any(|element| named(key_of(program, *element, slot))),
            Some(Expr::Map(entries)) => entries.iter().any(|(key, _)| named(constant_text(program, *key))),
            _ => true,
        },
    }
}

/// The key that an element of a list has, if it is written out.
fn key_of<'p>(program: &'p Program, element: ExprId, slot: &Slot) -> Option<&'p str> {
    if let (Content::Keyed(keyed), Some(Expr::Record(fields))) = (&slot.content, program.exprs.get(element.index())) {
        let KeyPlace::Fields(own) = &keyed.key else { return None };
        let [only] = own.as_slice() else { return None };
        return constant_text(program, *fields.get(*only)?);
    }
    constant_text(program, element)
}

/// Whether a constant has a text or key like this.
fn has(datum: &Datum, glob: &str) -> bool {
    let mut left = vec![datum];
    while let Some(datum) = left.pop() {
        match &datum.kind {
            Kind::Text(text) if like(text, glob) => return true,
            Kind::List(parts) => left.extend(parts.iter()),
            Kind::Record(parts) => left.extend(parts.iter()),
            Kind::Map(entries) if entries.keys().any(|key| like(key, glob)) => return true,
            Kind::Map(entries) => left.extend(entries.values()),
            _ => {}
        }
    }
    false
}

fn constant(program: &Program, id: ExprId) -> Option<&Datum> {
    match program.exprs.get(id.index()) {
        Some(Expr::Const(constant)) => program.constants.get(constant.index()),
        _ => None,
    }
}

fn constant_text(program: &Program, id: ExprId) -> Option<&str> {
    match &constant(program, id)?.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}
