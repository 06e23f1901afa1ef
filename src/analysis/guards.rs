//! Rules that can never apply, and conditions or parts of them that are always true or always false.

use indexmap::IndexSet;

use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Effect, Expr, ExprId, Loop, Rule};
use crate::source::Span;

use super::solve::{Condition, Question};
use super::{Policy, sites};

/// Longest condition that a message shows, in characters.
const SHOWN: usize = 60;
/// Of rules with more conditions than this, those that contradict each other are not singled out.
const MANY: usize = 12;

/// Of all that is known where a condition is asked, the last so many are taken into account.
const NEAR: usize = 32;

/// A condition and where it stands.
#[derive(Clone, Copy, Debug)]
struct Placed {
    expr: ExprId,
    /// What it must be for what depends on it.
    holds: bool,
    span: Span,
}

impl Placed {
    const fn condition(self) -> Condition {
        (self.expr, self.holds)
    }
}

/// What is known where a condition is asked.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The conditions around it and before it.
    all: Vec<Placed>,
    /// Those of them that are the failure of an earlier arm. A last arm that could be an `else` is well said.
    arms: Vec<Condition>,
}

impl Policy<'_> {
    pub(super) fn guards(&self, found: &mut IndexSet<Diagnostic>) {
        for rule in &self.program.rules {
            self.at.set(rule.span);
            self.guards_of(rule, found);
        }
    }

    fn guards_of(&self, rule: &Rule, found: &mut IndexSet<Diagnostic>) {
        let heads = [(rule.when, true), (rule.unless, false)];
        let heads = heads.map(|(head, holds)| head.map(|it| Placed { expr: it.expr, holds, span: it.span }));
        let heads: Vec<Placed> = heads.into_iter().flatten().collect();
        let parts: Vec<Placed> = heads.iter().flat_map(|head| self.needed(*head)).collect();
        if self.never(parts.iter().copied().map(Placed::condition)) {
            found.insert(self.never_applies(rule, parts));
            return;
        }
        let mut known = Known::default();
        for head in heads {
            self.look_into(head, &mut known, found);
            known.all.push(head);
        }
        self.look_into_body(rule, &known, found);
    }

    fn look_into_body(&self, rule: &Rule, head: &Known, found: &mut IndexSet<Diagnostic>) {
        // What is reported once is not reported again for all that stands in it.
        let mut dead: Vec<std::ops::Range<u32>> = Vec::new();
        for site in sites::of(self.program, rule) {
            let index = u32::try_from(site.effect.index()).unwrap_or(u32::MAX);
            // What runs where a condition holds ends first, then what runs where it does not.
            let (condition, then_end, end, span) = match self.program.effects.get(site.effect.index()) {
                Some(Effect::If { condition, then_end, end, .. }) => {
                    (*condition, *then_end, *end, self.written(site.effect.index()))
                }
                Some(Effect::For { iteration: Loop { when: Some(when), .. }, end }) => {
                    (*when, *end, *end, Some(self.program.span(*when)))
                }
                _ => continue,
            };
            dead.retain(|range| range.end > index);
            if dead.iter().any(|range| range.contains(&index)) {
                continue;
            }
            let Some(span) = span else { continue };
            let mut known = head.clone();
            for link in site.path.iter() {
                if link.holds {
                    known.all.push(Placed {
                        expr: link.condition,
                        holds: true,
                        span: self.program.span(link.condition),
                    });
                } else {
                    known.arms.push((link.condition, false));
                }
            }
            match self.look_into(Placed { expr: condition, holds: true, span }, &mut known, found) {
                Some(true) => dead.push(then_end..end),
                Some(false) => dead.push(index..then_end),
                None => {}
            }
        }
    }

    /// The place of an `if`'s condition; none if it is the condition of a path, which nobody wrote as one.
    fn written(&self, effect: usize) -> Option<Span> {
        let span = self.program.notes.get(effect)?.span;
        let next = self.program.notes.get(effect + 1).map(|note| note.span);
        (next != Some(span)).then_some(span)
    }

    /// Looks at a condition and its parts. What it always is, if it is.
    fn look_into(&self, it: Placed, known: &mut Known, found: &mut IndexSet<Diagnostic>) -> Option<bool> {
        if let Some(truth) = self.always(it, known) {
            found.insert(self.is_always(it, truth, known));
            return Some(truth);
        }
        match self.program.exprs.get(it.expr.index()) {
            Some(Expr::And(_) | Expr::Or(_)) => {
                let before = known.all.len();
                let (parts, together) = self.junction(it);
                for part in parts {
                    // What is written as one thing is judged as one.
                    if part.span != it.span {
                        self.look_into(part, known, found);
                    }
                    if together {
                        known.all.push(part);
                    }
                }
                known.all.truncate(before);
            }
            Some(Expr::Not(inner)) if self.is_junction(*inner) => {
                self.look_into(
                    Placed { expr: *inner, holds: !it.holds, span: self.within(*inner, it.span) },
                    known,
                    found,
                );
            }
            _ => {}
        }
        None
    }

    fn is_junction(&self, expr: ExprId) -> bool {
        matches!(self.program.exprs.get(expr.index()), Some(Expr::And(_) | Expr::Or(_)))
    }

    /// The parts of a condition, and whether all of them must be what it must be.
    fn junction(&self, it: Placed) -> (Vec<Placed>, bool) {
        let (parts, together) = match self.program.exprs.get(it.expr.index()) {
            Some(Expr::And(parts)) => (parts, it.holds),
            Some(Expr::Or(parts)) => (parts, !it.holds),
            _ => return (vec![it], true),
        };
        let placed = |expr: &ExprId| Placed { expr: *expr, holds: it.holds, span: self.within(*expr, it.span) };
        (parts.iter().map(placed).collect(), together)
    }

    /// The parts that must each be what a condition must be; itself, if it has none.
    fn needed(&self, it: Placed) -> Vec<Placed> {
        match self.junction(it) {
            (parts, true) => parts,
            (_, false) => vec![it],
        }
    }

    /// The place of a part. What a let stands for is written elsewhere.
    fn within(&self, expr: ExprId, whole: Span) -> Span {
        let span = self.program.span(expr);
        let inside = span.source == whole.source && span.start >= whole.start && span.end <= whole.end;
        if inside { span } else { whole }
    }

    fn never(&self, conditions: impl Iterator<Item = Condition>) -> bool {
        Question { policy: self, switches: true }.never(conditions, &[])
    }

    /// What a condition always is where it is asked.
    fn always(&self, it: Placed, known: &Known) -> Option<bool> {
        let near = known.all.len().saturating_sub(NEAR);
        let around = || known.all.iter().skip(near).copied().map(Placed::condition);
        if self.never(around().chain(known.arms.iter().copied()).chain([it.condition()])) {
            return Some(!it.holds);
        }
        if self.never(around().chain([(it.expr, !it.holds)])) {
            return Some(it.holds);
        }
        if near > 0 {
            self.give_up();
        }
        None
    }

    fn is_always(&self, it: Placed, truth: bool, known: &Known) -> Diagnostic {
        let what = self.snippet(it.span).filter(|text| text.chars().count() <= SHOWN);
        let what = what.map_or_else(|| "this condition".to_owned(), |text| format!("`{text}`"));
        let help = match (truth, truth == it.holds) {
            (_, true) => "leave it out: it changes nothing",
            _ => "what depends on it never happens: mend the condition, or take that out",
        };
        let claim = (it.expr, !truth);
        let alone = self.never([claim].into_iter());
        let reason = known
            .all
            .iter()
            .rev()
            .take(if alone { 0 } else { NEAR })
            .find(|other| self.never([other.condition(), claim].into_iter()));
        let diagnostic = Diagnostic::new(code::CONSTANT_CONDITION, format!("{what} is always {truth} here"))
            .label(it.span, format!("always {truth}"));
        let diagnostic = match reason {
            Some(other) if other.holds => diagnostic.label(other.span, "because this is true here"),
            Some(other) => diagnostic.label(other.span, "because this is false here"),
            None => diagnostic,
        };
        diagnostic.help(help)
    }

    /// The diagnostic for a rule whose conditions exclude each other, with as few of them as do.
    fn never_applies(&self, rule: &Rule, mut parts: Vec<Placed>) -> Diagnostic {
        if parts.len() <= MANY {
            for index in (0..parts.len()).rev() {
                let without: Vec<Placed> =
                    parts.iter().enumerate().filter(|(it, _)| *it != index).map(|(_, it)| *it).collect();
                if self.never(without.iter().copied().map(Placed::condition)) {
                    parts = without;
                }
            }
        }
        let one = parts.len() == 1;
        let text = |holds: bool| match (one, holds) {
            (true, true) => "this is never true",
            (true, false) => "this is never false",
            (false, true) => "this must be true",
            (false, false) => "this must be false",
        };
        let diagnostic = Diagnostic::new(code::NEVER_APPLIES, format!("`{}` can never apply", rule.name));
        let diagnostic = parts.iter().fold(diagnostic, |it, part| it.label(part.span, text(part.holds)));
        diagnostic.help("mend its conditions: no service meets them; or take the rule out")
    }
}
