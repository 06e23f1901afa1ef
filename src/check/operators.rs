//! Operators that make values of values: joining, merging and arithmetic.

use super::Checker;
use super::scope::Typed;
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{ArithmeticOp, Expr, ExprId};
use crate::schema::types::Type;
use crate::source::Span;
use crate::syntax::ast::{self, JoinOp};

impl Checker<'_> {
    pub(super) fn join(
        &mut self,
        first: &ast::Expr,
        rest: &[(JoinOp, ast::Expr)],
        hint: Option<&Type>,
        span: Span,
    ) -> Option<Typed> {
        let hint = hint.filter(|hint| matches!(hint, Type::List(_) | Type::Map(_)));
        let mut sound = true;
        let mut operands = Vec::with_capacity(rest.len() + 1);
        for operand in std::iter::once(first).chain(rest.iter().map(|(_, operand)| operand)) {
            let typed = self.expr(operand, hint);
            let typed = typed.filter(|typed| self.there(typed, operand.span));
            sound &= typed.is_some();
            operands.extend(typed.map(|typed| (typed, operand.span)));
        }
        if !sound {
            return None;
        }
        let mut operands = operands.into_iter();
        let mut run = vec![operands.next()?];
        let mut ops = rest.iter().map(|(op, _)| *op).peekable();
        while let Some(op) = ops.next() {
            run.push(operands.next()?);
            if ops.peek() != Some(&op) {
                let joined = match op {
                    JoinOp::Concat => self.concat(std::mem::take(&mut run), span)?,
                    JoinOp::Merge => self.merge(std::mem::take(&mut run), span)?,
                };
                run.push((joined, span));
            }
        }
        run.pop().map(|(joined, _)| joined)
    }

    fn concat(&mut self, run: Vec<(Typed, Span)>, span: Span) -> Option<Typed> {
        let spans: Vec<Span> = run.iter().map(|(_, span)| *span).collect();
        let is_text = run.iter().all(|(typed, _)| matches!(typed.ty, Type::Text(_)));
        let wrong = run.iter().find(|(typed, _)| !matches!(typed.ty, Type::List(_) | Type::Never));
        if let (false, Some((typed, place))) = (is_text, wrong) {
            self.report(
                Diagnostic::new(code::TYPE_MISMATCH, format!("`++` joins lists or texts, not `{}`", typed.ty))
                    .label(*place, format!("this is `{}`", typed.ty))
                    .help("numbers go into a text through a hole: \"{number}\"; maps and records merge with `|`"),
            );
            return None;
        }
        let operands = run.into_iter().map(|(typed, _)| typed).collect();
        if is_text {
            let ids = run_ids(operands);
            return Some(Typed::new(self.builder.add(Expr::ConcatTexts(ids), span), Type::STRING));
        }
        let (ids, ty) = self.unify(operands, &spans, None)?;
        Some(Typed::new(self.builder.add(Expr::ConcatLists(ids.into()), span), ty))
    }

    fn merge(&mut self, run: Vec<(Typed, Span)>, span: Span) -> Option<Typed> {
        let wrong = run.iter().find(|(typed, _)| !matches!(typed.ty, Type::Map(_) | Type::Record(_) | Type::Never));
        if let Some((typed, place)) = wrong {
            self.report(
                Diagnostic::new(code::TYPE_MISMATCH, format!("`|` merges maps or records, not `{}`", typed.ty))
                    .label(*place, format!("this is `{}`", typed.ty))
                    .help("lists and texts are joined with `++`; alternatives for what may be absent with `else`"),
            );
            return None;
        }
        if run.iter().any(|(typed, _)| matches!(typed.ty, Type::Map(_))) {
            let spans: Vec<Span> = run.iter().map(|(_, span)| *span).collect();
            let operands: Vec<Typed> = run.into_iter().map(|(typed, _)| typed).collect();
            let (ids, ty) = self.unify(operands, &spans, None)?;
            return Some(Typed::new(self.builder.add(Expr::MergeMaps(ids.into()), span), ty));
        }
        let mut operands = run.into_iter();
        let (mut merged, _) = operands.next()?;
        for (right, place) in operands {
            merged = self.merge_records(&merged, &right, span, place)?;
        }
        Some(merged)
    }

    pub(super) fn arithmetic(
        &mut self,
        first: &ast::Expr,
        rest: &[(ArithmeticOp, ast::Expr)],
        span: Span,
    ) -> Option<Typed> {
        let operands: Vec<Option<(Typed, Span)>> = std::iter::once(first)
            .chain(rest.iter().map(|(_, operand)| operand))
            .map(|operand| Some((self.number(operand)?, operand.span)))
            .collect();
        let operands: Vec<(Typed, Span)> = operands.into_iter().collect::<Option<_>>()?;
        let float = operands.iter().any(|(typed, _)| typed.ty == Type::Float);
        let ty = if float { Type::Float } else { Type::Int };
        let mut ids = Vec::with_capacity(operands.len());
        for (operand, place) in operands {
            ids.push(self.fit(operand, &ty, place)?.id);
        }
        let mut ids = ids.into_iter();
        let first = ids.next()?;
        let rest = rest.iter().map(|(op, _)| *op).zip(ids).collect();
        Some(Typed::new(self.builder.add(Expr::Arithmetic(float, first, rest), span), ty))
    }

    pub(super) fn negate(&mut self, inner: &ast::Expr, span: Span) -> Option<Typed> {
        let inner = self.number(inner)?;
        let expr = Expr::Negate(inner.ty == Type::Float, inner.id);
        Some(Typed::new(self.builder.add(expr, span), inner.ty))
    }

    fn number(&mut self, operand: &ast::Expr) -> Option<Typed> {
        let typed = self.expr(operand, None)?;
        if !matches!(typed.ty, Type::Int | Type::Float) {
            let help = match typed.ty {
                Type::Text(_) | Type::List(_) => "texts and lists are joined with `++`",
                _ => "arithmetic is for numbers",
            };
            self.report(
                Diagnostic::new(code::TYPE_MISMATCH, format!("expected a number, found `{}`", typed.ty))
                    .label(operand.span, format!("this is `{}`", typed.ty))
                    .help(help),
            );
            return None;
        }
        self.there(&typed, operand.span).then_some(typed)
    }
}

fn run_ids(operands: Vec<Typed>) -> Box<[ExprId]> {
    operands.into_iter().map(|typed| typed.id).collect()
}
