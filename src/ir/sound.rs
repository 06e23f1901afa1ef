//! Whether a program is one that building could have made, as far as running it needs: nothing points out of its array,
//! nothing goes round in circles, nothing nests deeper than the evaluator's stack allows. What a value is of is not
//! looked at: the evaluator refuses a render that meets a kind which checking rules out.

use std::ops::Range;

use super::build::MAX_DEPTH;
use super::{Effect, Expr, ExprId, GuardId, LocalId, Loop, Program, Rule, Tail, Write, WriteKind};

/// How deep blocks may stand within each other: brackets nest half as deep where rules are written, and a write in them
/// can add a branch of its own.
const MAX_BLOCKS: usize = 128;
/// The most locals of a frame.
const MAX_LOCALS: usize = 1 << 20;

impl Program {
    /// Whether it can be run over an output of so many slots.
    pub(crate) fn is_sound(&self, slots: usize) -> bool {
        let Some(depths) = self.depths(slots) else { return false };
        let fits = |id: &ExprId| id.index() < depths.len();
        let rules = || self.rules.iter().chain(&self.invariants);
        self.spans.len() == self.exprs.len()
            && self.notes.len() == self.effects.len()
            && self.locals <= MAX_LOCALS
            && self.guards.iter().all(fits)
            && self.lets.iter().all(|it| fits(&it.body))
            && rules().all(|rule| self.is_sound_head(rule) && self.is_sound_block(rule.effects.clone(), slots))
    }

    /// How deep the evaluation of each expression goes; none if any is unsound.
    fn depths(&self, slots: usize) -> Option<Vec<u16>> {
        let mut depths: Vec<u16> = Vec::with_capacity(self.exprs.len());
        for expr in &self.exprs {
            // Children come before their parents, so a child that is not known yet would make a circle.
            let mut below = Some(0);
            let mut deepest = |child: Option<u16>| below = below.zip(child).map(|(a, b)| a.max(b));
            expr.each_child(&mut |child| deepest(depths.get(child.index()).copied()));
            if let Expr::Let(id) = expr {
                deepest(self.lets.get(id.index()).and_then(|it| depths.get(it.body.index()).copied()));
            }
            let depth = below.filter(|below| *below < MAX_DEPTH && self.is_sound_expr(expr, slots))? + 1;
            depths.push(depth);
        }
        Some(depths)
    }

    /// Whether an expression has what it names beside its children.
    fn is_sound_expr(&self, expr: &Expr, slots: usize) -> bool {
        match expr {
            Expr::Const(id) => id.index() < self.constants.len(),
            Expr::Convert(id, _) => id.index() < self.conversions.len(),
            Expr::Local(id) => self.has_local(*id),
            Expr::Spec(slot) => *slot < slots,
            Expr::Comprehension(one) => one.loops.iter().all(|it| self.has_locals(it)),
            _ => true,
        }
    }

    fn is_sound_head(&self, rule: &Rule) -> bool {
        let mut conditions = rule.when.iter().chain(&rule.unless);
        rule.guards.iter().all(|guard| self.has_guard(*guard)) && conditions.all(|it| self.has_expr(it.expr))
    }

    /// Whether the statements of a range are sound, those that they hold included.
    fn is_sound_block(&self, range: Range<u32>, slots: usize) -> bool {
        // What is still to be looked at, with how deep it lies.
        let mut blocks = vec![(range, 0)];
        while let Some((Range { start, end }, depth)) = blocks.pop() {
            if start > end || end as usize > self.effects.len() || depth > MAX_BLOCKS {
                return false;
            }
            let mut at = start;
            while at < end {
                let Some(effect) = self.effects.get(at as usize) else { return false };
                at += 1;
                let (sound, after) = match effect {
                    Effect::Write(write) => (self.is_sound_write(write, slots), at),
                    Effect::Let { local, value, tail } => {
                        (self.has_local(*local) && self.has_expr(*value) && self.is_sound_tail(*tail), at)
                    }
                    Effect::If { condition, guard, then_end, end: after } => {
                        // A chain of `else if` is gone through without recursion.
                        let next = self.effects.get(*then_end as usize);
                        let chain = matches!(next, Some(Effect::If { end, .. }) if end == after);
                        blocks.push((at..*then_end, depth + 1));
                        blocks.push((*then_end..*after, depth + usize::from(!chain)));
                        (self.has_expr(*condition) && guard.is_none_or(|guard| self.has_guard(guard)), *after)
                    }
                    Effect::For { iteration, end: after } => {
                        blocks.push((at..*after, depth + 1));
                        let whens = iteration.when.is_none_or(|when| self.has_expr(when));
                        (self.has_locals(iteration) && self.has_expr(iteration.list) && whens, *after)
                    }
                    Effect::Warn(message) | Effect::Deny(message) => (self.has_expr(*message), at),
                    Effect::Require { condition, message, .. } => {
                        (self.has_expr(*condition) && self.has_expr(*message), at)
                    }
                };
                if !sound || after < at || after > end {
                    return false;
                }
                at = after;
            }
        }
        true
    }

    fn is_sound_write(&self, write: &Write, slots: usize) -> bool {
        let key = match write.kind {
            WriteKind::AddAt(key) | WriteKind::RemoveAt(key) => self.has_expr(key),
            _ => true,
        };
        write.slot < slots && key && self.has_expr(write.value) && self.is_sound_tail(write.tail)
    }

    fn is_sound_tail(&self, tail: Tail) -> bool {
        match tail {
            Tail::Never | Tail::Skip => true,
            Tail::Warn(message) | Tail::Deny(message) => self.has_expr(message),
        }
    }

    const fn has_expr(&self, id: ExprId) -> bool {
        id.index() < self.exprs.len()
    }

    const fn has_guard(&self, id: GuardId) -> bool {
        id.index() < self.guards.len()
    }

    const fn has_local(&self, id: LocalId) -> bool {
        id.index() < self.locals
    }

    fn has_locals(&self, one: &Loop) -> bool {
        one.index.iter().chain([&one.element]).all(|id| self.has_local(*id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::datum::{Datum, Kind};
    use crate::ir::{ConstId, EffectNote};
    use crate::source::Span;

    /// A rule of so many loops within each other, over nothing.
    fn loops(levels: u32) -> Program {
        let iteration = || Loop { index: None, element: LocalId::new(0), list: ExprId::new(0), when: None };
        let rule = Rule {
            name: "r".into(),
            span: Span::NONE,
            doc: None,
            guards: Box::default(),
            when: None,
            unless: None,
            effects: 0..levels,
        };
        Program {
            exprs: vec![Expr::Const(ConstId::new(0))],
            spans: vec![Span::NONE],
            constants: vec![Datum::new(Kind::List(Vec::new().into()))],
            effects: (0..levels).map(|_| Effect::For { iteration: iteration(), end: levels }).collect(),
            notes: (0..levels).map(|_| EffectNote { span: Span::NONE, because: None }).collect(),
            rules: vec![rule],
            locals: 1,
            ..Program::default()
        }
    }

    #[test]
    fn blocks_locals_and_expressions_are_bounded() {
        let most = u32::try_from(MAX_BLOCKS).unwrap();
        assert!(loops(most).is_sound(0) && !loops(most + 1).is_sound(0));
        let locals = |locals| Program { locals, ..loops(1) };
        assert!(locals(MAX_LOCALS).is_sound(0) && !locals(MAX_LOCALS + 1).is_sound(0));
        let deep = |levels: u16| {
            let mut program = loops(1);
            let nots = (0..levels - 1).map(|below| Expr::Not(ExprId::new(below.into())));
            program.exprs.extend(nots);
            program.spans = vec![Span::NONE; program.exprs.len()];
            program
        };
        assert!(deep(MAX_DEPTH).is_sound(0) && !deep(MAX_DEPTH + 1).is_sound(0));
    }
}
