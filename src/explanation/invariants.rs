//! Which invariants look at a place, and what came of them.

use std::collections::BTreeSet;

use super::query::Target;
use super::{Explanation, Looked, Verdict};
use crate::diagnostics::{Diagnostic, one_line};
use crate::ir::{Effect, Expr, ExprId, Program, Rule, Tail};
use crate::schema::output::SlotIndex;
use crate::sort;
use crate::source::Span;

impl Explanation<'_> {
    /// The invariants that read any of these places.
    pub(super) fn looked(&self, targets: &[Target]) -> Vec<Looked> {
        let mut looked = Vec::new();
        for (number, invariant) in self.program.invariants.iter().enumerate() {
            let slots = slots_of(self.program, invariant);
            if targets.iter().any(|target| slots.contains(&target.slot)) {
                looked.push(self.verdict(number, invariant));
            }
        }
        looked
    }

    fn verdict(&self, number: usize, invariant: &Rule) -> Looked {
        let head = self.conduct.invariants.get(number);
        let applies = head.and_then(|head| head.applies);
        let (refused, warned) = self.said_by(invariant);
        let verdict = match applies {
            _ if !refused.is_empty() => Verdict::Refused,
            None => Verdict::NotAsked,
            Some(false) => Verdict::DoesNotApply,
            Some(true) if warned.is_empty() => Verdict::Holds,
            Some(true) => Verdict::Warned,
        };
        let decided = head.filter(|_| applies == Some(false)).and_then(|head| head.asked.last());
        Looked {
            invariant: invariant.name.to_string(),
            place: self.teller().code(invariant.span),
            verdict,
            messages: refused.into_iter().chain(warned).collect(),
            condition: decided.map(|asked| self.teller().condition(asked)),
        }
    }

    /// The messages of a rule or invariant: those that refuse, and warnings.
    pub(super) fn said_by(&self, rule: &Rule) -> (Vec<String>, Vec<String>) {
        let notes = rule.effects.clone().filter_map(|at| self.program.notes.get(at as usize));
        let own: BTreeSet<Span> = sort::tree(notes.map(|note| note.span));
        // The first label of what a rule says is its statement.
        let said = |found: &[Diagnostic]| {
            let by = found.iter().filter(|it| it.labels.first().is_some_and(|label| own.contains(&label.span)));
            by.map(|it| one_line(&it.message).into_owned()).collect()
        };
        (said(&self.refusals.diagnostics), said(&self.warnings.diagnostics))
    }
}

/// The slots of the finished spec that an invariant reads.
fn slots_of(program: &Program, invariant: &Rule) -> BTreeSet<SlotIndex> {
    let mut left: Vec<ExprId> = Vec::new();
    for guard in &invariant.guards {
        left.extend(program.guards.get(guard.index()));
    }
    for at in invariant.effects.clone() {
        match program.effects.get(at as usize) {
            Some(Effect::Let { value, tail, .. }) => left.extend(std::iter::once(*value).chain(message_of(*tail))),
            Some(Effect::If { condition, .. }) => left.push(*condition),
            Some(Effect::For { iteration, .. }) => left.extend(std::iter::once(iteration.list).chain(iteration.when)),
            Some(Effect::Warn(message) | Effect::Deny(message)) => left.push(*message),
            Some(Effect::Require { condition, message, .. }) => left.extend([*condition, *message]),
            Some(Effect::Write(_)) | None => {}
        }
    }
    let (mut slots, mut seen) = (BTreeSet::new(), BTreeSet::new());
    while let Some(id) = left.pop() {
        if !seen.insert(id) {
            continue;
        }
        match program.exprs.get(id.index()) {
            Some(Expr::Spec(slot)) => _ = slots.insert(*slot),
            Some(expr) => left.extend(expr.children()),
            None => {}
        }
    }
    slots
}

const fn message_of(tail: Tail) -> Option<ExprId> {
    match tail {
        Tail::Warn(message) | Tail::Deny(message) => Some(message),
        Tail::Never | Tail::Skip => None,
    }
}
