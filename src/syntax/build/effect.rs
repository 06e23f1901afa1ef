//! Effects: what stands in a body.

use super::Builder;
use crate::diagnostics::{Diagnostic, code};
use crate::syntax::ast::{Block, Clause, Effect, EffectKind, OutPath, Segment, Strength, Tail, TailKind, WriteOp};
use crate::syntax::grammar::{Pair, Rule};

/// Blocks that may stand within each other, the body of a rule included.
const MAX_BLOCKS: usize = 4;

impl Builder<'_> {
    pub(super) fn block(&mut self, pair: Pair<'_>) -> Option<Block> {
        let span = self.span(&pair);
        self.blocks += 1;
        if self.blocks == MAX_BLOCKS + 1 {
            let diagnostic = Diagnostic::new(code::TOO_DEEP, format!("blocks more than {MAX_BLOCKS} deep"))
                .label(span, "the fifth, the body of the rule included")
                .help("make it a rule of its own, or say `when` in the `for`");
            self.report(diagnostic);
        }
        let mut effects = Vec::new();
        for effect in pair.into_inner() {
            effects.push(self.effect(effect)?);
        }
        self.blocks -= 1;
        Some(Block { effects, span })
    }

    fn effect(&mut self, pair: Pair<'_>) -> Option<Effect> {
        let span = self.span(&pair);
        let effect = pair.into_inner().next()?;
        let kind = match effect.as_rule() {
            Rule::let_effect => self.let_effect(effect)?,
            Rule::if_effect => self.if_effect(effect)?,
            Rule::for_effect => self.for_effect(effect)?,
            Rule::warn_effect => EffectKind::Warn(self.message(effect)?),
            Rule::deny_effect => EffectKind::Deny(self.message(effect)?),
            Rule::require_effect => self.require_effect(effect)?,
            _ => self.change(effect)?,
        };
        Some(Effect { span, kind })
    }

    fn let_effect(&mut self, pair: Pair<'_>) -> Option<EffectKind> {
        let (mut name, mut value, mut tail) = (None, None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::binder => name = Some(self.binder(&child)),
                Rule::expr => value = Some(self.expr(child)?),
                Rule::tail => tail = Some(self.tail(child)?),
                _ => {}
            }
        }
        Some(EffectKind::Let { name: name?, value: value?, tail })
    }

    fn if_effect(&mut self, pair: Pair<'_>) -> Option<EffectKind> {
        let (mut arms, mut otherwise, mut condition) = (Vec::new(), None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::head_expr => condition = Some(self.expr(child)?),
                Rule::block => {
                    let block = self.block(child)?;
                    match condition.take() {
                        Some(condition) => arms.push((condition, block)),
                        None => otherwise = Some(block),
                    }
                }
                _ => {}
            }
        }
        Some(EffectKind::If { arms, otherwise })
    }

    fn for_effect(&mut self, pair: Pair<'_>) -> Option<EffectKind> {
        let (mut clause, mut body) = (None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::loop_head => clause = Some(self.clause(child)?),
                Rule::block => body = Some(self.block(child)?),
                _ => {}
            }
        }
        Some(EffectKind::For { clause: clause?, body: body? })
    }

    /// `x in L when C`, of a loop or of a comprehension.
    #[inline(never)]
    pub(super) fn clause(&mut self, pair: Pair<'_>) -> Option<Clause> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::binder => names.push(self.binder(&child)),
                Rule::head_expr | Rule::or_expr => values.push(self.expr(child)?),
                _ => {}
            }
        }
        let (mut names, mut values) = (names.into_iter(), values.into_iter());
        Some(Clause { first: names.next()?, second: names.next(), list: values.next()?, when: values.next() })
    }

    /// The text of `warn` or `deny`.
    fn message(&mut self, pair: Pair<'_>) -> Option<crate::syntax::ast::Expr> {
        let message = pair.into_inner().find(|child| child.as_rule() == Rule::expr)?;
        self.expr(message)
    }

    fn require_effect(&mut self, pair: Pair<'_>) -> Option<EffectKind> {
        let (mut condition, mut otherwise) = (None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::expr => condition = Some(self.expr(child)?),
                Rule::warn_effect => otherwise = Some((false, self.message(child)?)),
                Rule::deny_effect => otherwise = Some((true, self.message(child)?)),
                _ => {}
            }
        }
        let (deny, message) = otherwise?;
        Some(EffectKind::Require { condition: condition?, deny, message })
    }

    fn tail(&mut self, pair: Pair<'_>) -> Option<Tail> {
        let span = self.span(&pair);
        let action = pair.into_inner().nth(1)?;
        let kind = match action.as_rule() {
            Rule::warn_effect => TailKind::Warn(self.message(action)?),
            Rule::deny_effect => TailKind::Deny(self.message(action)?),
            _ => TailKind::Skip,
        };
        Some(Tail { span, kind })
    }

    fn change(&mut self, pair: Pair<'_>) -> Option<EffectKind> {
        let mut strength = Strength::Plain;
        for child in pair.into_inner() {
            match (child.as_rule(), child.as_str()) {
                (Rule::strength, "default") => strength = Strength::Default,
                (Rule::strength, _) => strength = Strength::Force,
                (Rule::unset, _) => return self.unset(child, strength),
                _ => return self.write(child, strength),
            }
        }
        None
    }

    fn unset(&mut self, pair: Pair<'_>, strength: Strength) -> Option<EffectKind> {
        let (mut path, mut because) = (None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::out_path => path = Some(self.out_path(child)?),
                Rule::because => because = Some(self.doc(child.into_inner().nth(1)?)?),
                _ => {}
            }
        }
        Some(EffectKind::Unset { strength, path: path?, because })
    }

    fn write(&mut self, pair: Pair<'_>, strength: Strength) -> Option<EffectKind> {
        let (mut path, mut op, mut value, mut because, mut tail) = (None, WriteOp::Set, None, None, None);
        for child in pair.into_inner() {
            match (child.as_rule(), child.as_str()) {
                (Rule::out_path, _) => path = Some(self.out_path(child)?),
                (Rule::write_op, "+=") => op = WriteOp::Add,
                (Rule::write_op, "-=") => op = WriteOp::Remove,
                (Rule::expr, _) => value = Some(self.expr(child)?),
                (Rule::because, _) => because = Some(self.doc(child.into_inner().nth(1)?)?),
                (Rule::tail, _) => tail = Some(self.tail(child)?),
                _ => {}
            }
        }
        Some(EffectKind::Write { strength, path: path?, op, value: value?, because, tail })
    }

    fn out_path(&mut self, pair: Pair<'_>) -> Option<OutPath> {
        let span = self.span(&pair);
        let mut segments = Vec::new();
        for child in pair.into_inner() {
            if let Some(Segment::Group(names)) = segments.last() {
                let (first, last) = (names.first()?.span, names.last()?.span);
                let diagnostic = Diagnostic::new(code::SYNTAX, "a path that goes on after `.{ }`")
                    .label(self.span(&child), "")
                    .label(first.to(last), "a group ends its path")
                    .help("write one line for each name");
                self.report(diagnostic);
            }
            segments.push(match child.as_rule() {
                Rule::index => Segment::Key(self.expr(child.into_inner().next()?)?),
                Rule::group => Segment::Group(child.into_inner().map(|name| self.ident(&name)).collect()),
                _ => Segment::Field(self.ident(&child)),
            });
        }
        Some(OutPath { segments, span })
    }
}
