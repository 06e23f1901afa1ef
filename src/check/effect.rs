//! Statements of rules and invariants.

use super::Checker;
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Effect, EffectId, Expr, ExprId, Strength, Tail};
use crate::schema::types::Type;
use crate::source::Span;
use crate::syntax::ast::{self, EffectKind, TailKind};

/// The most arms that an `if … else if …` may have; each is a level for the evaluator.
const MAX_ARMS: usize = 64;

/// What all writes of one statement share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement<'t> {
    pub(super) span: Span,
    pub(super) strength: Strength,
    pub(super) because: Option<&'t str>,
    pub(super) tail: Tail,
    /// Where the tail is written, if it is.
    pub(super) tail_span: Option<Span>,
}

impl Checker<'_> {
    /// Checks a block; what its names and conditions make known ends with it.
    pub(super) fn block(&mut self, block: &ast::Block) {
        let mark = self.mark();
        for effect in &block.effects {
            self.effect(effect);
        }
        self.release(mark);
    }

    fn effect(&mut self, effect: &ast::Effect) {
        let span = effect.span;
        match &effect.kind {
            EffectKind::Write { strength, path, op, value, because, tail } => {
                if self.refused_in_invariant(span) {
                    return;
                }
                let Some((tail, tail_span)) = self.tail(tail.as_ref()) else { return };
                let because = because.as_ref().map(|doc| &*doc.text);
                let statement = Statement { span, strength: *strength, because, tail, tail_span };
                self.wants_reason(&statement);
                let targets = self.targets(path);
                for target in self.said(targets, span).unwrap_or_default() {
                    self.guarded(target.condition, span, |it| {
                        let written = it.write(&statement, target, *op, value);
                        it.said(written, span);
                    });
                }
            }
            EffectKind::Unset { strength, path, because } => {
                if self.refused_in_invariant(span) {
                    return;
                }
                let because = because.as_ref().map(|doc| &*doc.text);
                let statement = Statement { span, strength: *strength, because, tail: Tail::Skip, tail_span: None };
                self.wants_reason(&statement);
                for target in self.targets(path).unwrap_or_default() {
                    self.guarded(target.condition, span, |it| it.unset(&statement, target));
                }
            }
            EffectKind::Let { name, value, tail } => self.local_let(name, value, tail.as_ref(), span),
            EffectKind::If { arms, otherwise } => self.branches(arms, otherwise.as_ref(), span),
            EffectKind::For { clause, body } => self.iterate(clause, body, span),
            EffectKind::Warn(message) => {
                if let Some(message) = self.required(message, &Type::STRING) {
                    self.builder.add_effect(Effect::Warn(message), span, None);
                }
            }
            EffectKind::Deny(message) => {
                if let Some(message) = self.required(message, &Type::STRING) {
                    self.builder.add_effect(Effect::Deny(message), span, None);
                }
            }
            EffectKind::Require { condition, deny, message } => self.requirement(condition, *deny, message, span),
        }
    }

    fn wants_reason(&mut self, statement: &Statement<'_>) {
        if statement.strength == Strength::Force && statement.because.is_none_or(|reason| reason.trim().is_empty()) {
            self.report(
                Diagnostic::new(code::FORCE_WITHOUT_REASON, "`force` without a reason")
                    .label(statement.span, "nothing can take the place of this, and nobody is told why")
                    .help("say why: `force … because \"…\"`; or leave out `force`, if nothing else writes it"),
            );
        }
    }

    fn refused_in_invariant(&mut self, span: Span) -> bool {
        if self.spec_is_readable {
            self.report(
                Diagnostic::new(code::MISPLACED, "an invariant cannot write")
                    .label(span, "")
                    .help("invariants read the finished spec and refuse; what is to be in the spec is said by a rule"),
            );
        }
        self.spec_is_readable
    }

    fn requirement(&mut self, condition: &ast::Expr, deny: bool, message: &ast::Expr, span: Span) {
        if !self.spec_is_readable {
            self.report(
                Diagnostic::new(code::MISPLACED, "`require` stands only in invariants")
                    .label(span, "")
                    .help("in a rule, write `if not … { deny \"…\" }`"),
            );
            return;
        }
        let condition = self.condition(condition);
        let mark = self.mark();
        if let Some(condition) = condition {
            self.assume(condition, false);
        }
        let message = self.required(message, &Type::STRING);
        self.release(mark);
        // What follows runs even where this fails, so that all that is broken is said at once.
        if let (Some(condition), Some(message)) = (condition, message) {
            self.builder.add_effect(Effect::Require { condition, deny, message }, span, None);
        }
    }

    fn tail(&mut self, tail: Option<&ast::Tail>) -> Option<(Tail, Option<Span>)> {
        let Some(tail) = tail else { return Some((Tail::Never, None)) };
        let kind = match &tail.kind {
            TailKind::Skip => Tail::Skip,
            TailKind::Warn(message) => Tail::Warn(self.required(message, &Type::STRING)?),
            TailKind::Deny(message) => Tail::Deny(self.required(message, &Type::STRING)?),
        };
        Some((kind, Some(tail.span)))
    }

    /// The statement that a tail stands for.
    pub(super) fn tail_effect(&mut self, statement: &Statement<'_>) {
        let effect = match statement.tail {
            Tail::Never | Tail::Skip => return,
            Tail::Warn(message) => Effect::Warn(message),
            Tail::Deny(message) => Effect::Deny(message),
        };
        self.builder.add_effect(effect, statement.span, None);
    }

    fn local_let(&mut self, name: &ast::Ident, value: &ast::Expr, tail: Option<&ast::Tail>, span: Span) {
        self.peak = self.frame;
        let typed = self.expr(value, None);
        let peak = self.peak;
        let tail = self.tail(tail);
        let (Some(typed), Some((tail, tail_span))) = (typed, tail) else {
            self.poison(name);
            return;
        };
        if tail == Tail::Never && (typed.optional || self.is_path(typed.id)) {
            // It is evaluated wherever the name is read, so the slots of its own loops stay its own.
            self.frame = peak;
            self.name_local(name, typed);
            return;
        }
        let statement = Statement { span, strength: Strength::Plain, because: None, tail, tail_span };
        let Some(typed) = self.with_tail(&statement, typed, value.span) else {
            self.poison(name);
            return;
        };
        let known = self.presence(typed.id);
        self.known.extend(known);
        let local = self.bind(name, typed.ty);
        self.builder.add_effect(Effect::Let { local, value: typed.id, tail }, span, None);
    }

    /// Whether an expression only says where something is.
    pub(super) fn is_path(&self, id: ExprId) -> bool {
        match self.builder.expr(id) {
            Some(Expr::Fact(..) | Expr::Host(_) | Expr::Spec(_) | Expr::Local(_) | Expr::Const(_) | Expr::Let(_)) => {
                true
            }
            Some(Expr::Field(base, _)) => self.is_path(*base),
            Some(Expr::Entry(base, key)) => self.is_path(*base) && self.builder.constant_of(*key).is_some(),
            Some(Expr::Record(fields)) => fields.iter().all(|field| self.is_path(*field)),
            _ => false,
        }
    }

    fn branches(&mut self, arms: &[(ast::Expr, ast::Block)], otherwise: Option<&ast::Block>, span: Span) {
        if arms.len() > MAX_ARMS {
            self.report(
                Diagnostic::new(code::TOO_DEEP, format!("an `if` with {} arms; at most {MAX_ARMS}", arms.len()))
                    .label(span, "")
                    .help("a `let` with a column of `… when … else …` has no such limit"),
            );
            return;
        }
        let mark = self.mark();
        let mut open = Vec::with_capacity(arms.len());
        for (condition, body) in arms {
            let id = self.condition(condition);
            let inner = self.mark();
            let stand_in = id.unwrap_or_else(|| self.absent(condition.span));
            let branch = self.open_branch(stand_in, condition.span);
            if let Some(id) = id {
                self.assume(id, true);
            }
            self.block(body);
            self.release(inner);
            self.otherwise(branch);
            open.push(branch);
            if let Some(id) = id {
                self.assume(id, false);
            }
        }
        if let Some(block) = otherwise {
            self.block(block);
        }
        self.release(mark);
        open.into_iter().rev().for_each(|branch| self.close_branch(branch));
    }

    fn iterate(&mut self, clause: &ast::Clause, body: &ast::Block, span: Span) {
        let mark = self.mark();
        if let Some(iteration) = self.clause(clause) {
            let id = self.builder.add_effect(Effect::For { iteration, end: 0 }, span, None);
            self.block(body);
            let here = self.here();
            if let Some(Effect::For { end, .. }) = self.builder.program.effects.get_mut(id.index()) {
                *end = here;
            }
        } else {
            self.block(body);
        }
        self.release(mark);
    }

    fn guarded(&mut self, condition: Option<ExprId>, span: Span, body: impl FnOnce(&mut Self)) {
        let Some(condition) = condition else { return body(self) };
        let branch = self.open_branch(condition, span);
        body(self);
        self.otherwise(branch);
        self.close_branch(branch);
    }

    /// Begins an `if`; what is added next belongs to it.
    pub(super) fn open_branch(&mut self, condition: ExprId, span: Span) -> EffectId {
        let guard = self.builder.guard(condition);
        self.builder.add_effect(Effect::If { condition, guard, then_end: 0, end: 0 }, span, None)
    }

    /// Ends the part for success; what is added next belongs to the failure.
    pub(super) fn otherwise(&mut self, branch: EffectId) {
        let here = self.here();
        if let Some(Effect::If { then_end, .. }) = self.builder.program.effects.get_mut(branch.index()) {
            *then_end = here;
        }
    }

    /// Ends an `if`.
    pub(super) fn close_branch(&mut self, branch: EffectId) {
        let here = self.here();
        if let Some(Effect::If { end, .. }) = self.builder.program.effects.get_mut(branch.index()) {
            *end = here;
        }
    }

    /// The index that the next statement will have.
    pub(super) fn here(&self) -> u32 {
        u32::try_from(self.builder.program.effects.len()).unwrap_or(u32::MAX)
    }

    fn guards(&mut self, condition: ExprId, holds: bool) -> Vec<crate::ir::GuardId> {
        let parts = match (self.builder.expr(condition), holds) {
            (Some(Expr::And(parts)), true) | (Some(Expr::Or(parts)), false) => parts.to_vec(),
            _ => vec![condition],
        };
        let span = self.builder.program.span(condition);
        let mut guards = Vec::with_capacity(parts.len());
        for part in parts {
            let part = self.negated(part, !holds, span);
            guards.push(self.builder.shared_guard(part));
        }
        guards
    }

    /// Checks a condition of a rule's head, and adds the guards that it comes down to.
    pub(super) fn head_condition(
        &mut self,
        condition: Option<&ast::Expr>,
        holds: bool,
        guards: &mut Vec<crate::ir::GuardId>,
    ) -> Option<crate::ir::Condition> {
        let span = condition?.span;
        let expr = self.condition(condition?)?;
        self.assume(expr, holds);
        guards.extend(self.guards(expr, holds));
        Some(crate::ir::Condition { expr, span })
    }
}
