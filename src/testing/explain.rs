//! Why a condition on the spec does not hold: what the values are, which rule wrote them and what from.

use super::expect::{difference, named};
use crate::check::tests::Test;
use crate::diagnostics::{Diagnostic, code};
use crate::eval::probe::{Answer, Operand, SpecRead};
use crate::ir::{Program, RuleId};
use crate::provenance::{Claim, HIDDEN, Leaf, Provenance, Says};
use crate::schema::output;
use crate::source::Span;

/// A value that is longer than this is shown by its difference, or not at all.
const SHORT: usize = 80;

/// The writes, and the facts of each, that are pointed at.
const MOST_CLAIMS: usize = 3;
const MOST_FACTS: usize = 3;

/// What is known of the spec that a test looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Explain<'t> {
    pub(super) program: &'t Program,
    pub(super) provenance: &'t Provenance,
    pub(super) test: &'t Test,
}

impl Explain<'_> {
    /// What is wrong with a condition, if anything is.
    pub(super) fn failure(&self, span: Span, answer: &Answer, from: Option<RuleId>) -> Option<Diagnostic> {
        match from {
            _ if !answer.holds => Some(self.does_not_hold(span, answer)),
            Some(rule) => answer.reads.iter().find_map(|read| self.not_from(span, read, rule)),
            None => None,
        }
    }

    fn does_not_hold(&self, span: Span, answer: &Answer) -> Diagnostic {
        let texts: Vec<String> = answer.operands.iter().map(|operand| self.text(operand)).collect();
        let named = named(self.test);
        // The side that comes out of the rules, and the one that says what it should be.
        let actual = answer.operands.iter().position(|operand| !operand.reads.is_empty());
        let actual = actual.or_else(|| answer.operands.iter().position(|operand| !operand.constant)).unwrap_or(0);
        let sides = (texts.get(actual), texts.get(1 - actual.min(1)));
        let mut help = None;
        let message = match sides {
            (Some(is), Some(wanted)) if answer.equality && is.len().max(wanted.len()) <= SHORT => {
                format!("{named}: {is} came out where {wanted} is expected")
            }
            (Some(is), Some(wanted)) if answer.equality => {
                help = Some(difference(wanted, is));
                format!("{named}: something else came out than is expected")
            }
            _ => format!("{named}: this does not hold"),
        };
        let mut diagnostic = Diagnostic::new(code::EXPECTATION_FAILED, message);
        let shown = answer.operands.iter().zip(&texts).filter(|(operand, text)| !operand.constant && is_short(text));
        for (operand, text) in shown {
            // What many conditions read has one place, which need not be in this one.
            let place = if span.contains(operand.span) { operand.span } else { span };
            diagnostic = diagnostic.label(place, format!("is {text}"));
        }
        if diagnostic.labels.is_empty() {
            diagnostic = diagnostic.label(span, "");
        }
        let reads: Vec<&SpecRead> = answer.operands.iter().flat_map(|operand| &operand.reads).collect();
        let (diagnostic, notes) = self.explain(diagnostic, &reads);
        let help: Vec<String> = help.into_iter().chain(notes).collect();
        if help.is_empty() { diagnostic } else { diagnostic.help(help.join("\n")) }
    }

    fn text(&self, operand: &Operand) -> String {
        let mut leaves = operand.reads.iter().flat_map(|read| self.leaves(read));
        if leaves.any(Leaf::is_secret) { HIDDEN.to_owned() } else { operand.text.clone() }
    }

    /// Points at the writes that gave the values, at their guards and at the facts that were read.
    fn explain(&self, mut diagnostic: Diagnostic, reads: &[&SpecRead]) -> (Diagnostic, Vec<String>) {
        let (mut notes, mut told): (Vec<String>, Vec<Span>) = (Vec::new(), Vec::new());
        for read in reads {
            let mut leaves = self.leaves(read).peekable();
            // Of a whole record much is mostly absent, and rightly so.
            if leaves.peek().is_none() && reads.len() == 1 {
                notes.push(format!("no rule wrote {}", path(read)));
            }
            for leaf in leaves {
                let part = read.key.is_none() && leaf.key.is_some();
                for claim in &leaf.origins {
                    if told.len() < MOST_CLAIMS && !told.contains(&claim.statement) {
                        told.push(claim.statement);
                        diagnostic = self.claim(diagnostic, claim, part, &mut notes);
                    }
                }
            }
        }
        notes.dedup();
        (diagnostic, notes)
    }

    fn claim(&self, diagnostic: Diagnostic, claim: &Claim, part: bool, notes: &mut Vec<String>) -> Diagnostic {
        let Some(rule) = self.program.rules.get(claim.rule.index()) else { return diagnostic };
        let says = match &claim.says {
            Says::Is(_) if part => format!("`{}` writes to it", rule.name),
            Says::Is(value) if is_short(value.as_str()) => format!("`{}` says {value}", rule.name),
            Says::Is(_) => format!("`{}` writes it", rule.name),
            Says::Out | Says::NotInWhole => format!("`{}` takes it out", rule.name),
            Says::Unset => format!("`{}` unsets it", rule.name),
        };
        let mut diagnostic = diagnostic.label(claim.statement, says);
        let heads = [(rule.when, "because this holds"), (rule.unless, "because this does not hold")];
        for (condition, text) in heads {
            diagnostic = once(diagnostic, condition.map_or(Span::NONE, |it| it.span), text);
        }
        for fact in claim.facts.iter().take(MOST_FACTS) {
            let read = match is_short(fact.value.as_str()) {
                true => format!("`{}` is {}", fact.path, fact.value),
                false => format!("made from `{}`", fact.path),
            };
            if fact.span.is_none() {
                notes.push(read);
            } else {
                diagnostic = once(diagnostic, fact.span, &read);
            }
        }
        diagnostic
    }

    /// What is wrong if something that was read is not from that rule.
    fn not_from(&self, span: Span, read: &SpecRead, rule: RuleId) -> Option<Diagnostic> {
        let name = self.program.rules.get(rule.index()).map_or("", |rule| &rule.name);
        let from = |leaf: &Leaf| leaf.origins.iter().any(|claim| claim.rule == rule);
        let written = self.leaves(read).next().is_some();
        if written && self.leaves(read).all(from) {
            return None;
        }
        let is_not = if written { format!("is not from `{name}`") } else { "is written by no rule".to_owned() };
        let message = format!("{}: {} {is_not}", named(self.test), path(read));
        let diagnostic = Diagnostic::new(code::WRONG_WRITER, message).label(span, format!("expected from `{name}`"));
        let (diagnostic, notes) = self.explain(diagnostic, &[read]);
        Some(if notes.is_empty() { diagnostic } else { diagnostic.help(notes.join("\n")) })
    }

    /// The leaves that were read: of one key, or all that are in the output.
    fn leaves<'r>(&'r self, read: &'r SpecRead) -> impl Iterator<Item = &'r Leaf> {
        self.provenance.slot(read.slot).filter(move |leaf| match &read.key {
            Some(key) => leaf.key.as_ref() == Some(key),
            None => leaf.present || leaf.key.is_none(),
        })
    }
}

/// Adds a place, unless it is there with the same text.
fn once(diagnostic: Diagnostic, span: Span, text: &str) -> Diagnostic {
    let there = diagnostic.labels.iter().any(|label| label.span == span && label.text == text);
    if there { diagnostic } else { diagnostic.label(span, text) }
}

fn is_short(text: &str) -> bool {
    text.len() <= SHORT && !text.contains('\n')
}

/// A place of the spec as rules write it.
fn path(read: &SpecRead) -> String {
    let path = output::output().slots.get(read.slot).map_or("", |slot| slot.path);
    match &read.key {
        Some(key) => format!("`{path}[{key}]`"),
        None => format!("`{path}`"),
    }
}
