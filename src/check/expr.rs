//! Expressions: their types, and the program's expressions that compute them.

use super::Checker;
use super::convert::{conversion, join};
use super::scope::{Known, Learned, Typed};
use crate::diagnostics::{Diagnostic, Severity, code};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{Expr, ExprId};
use crate::schema::types::{Type, Words};
use crate::source::Span;
use crate::syntax::ast::{self, CompareOp, ExprKind};

impl Checker<'_> {
    /// Checks an expression. `hint` is the type that its place wants; literals take it on, others need not.
    /// None if it has a mistake, which is reported.
    pub(super) fn expr(&mut self, expr: &ast::Expr, hint: Option<&Type>) -> Option<Typed> {
        let typed = self.expr_inside(expr, hint);
        self.said(typed, expr.span)
    }

    /// What could not be checked must have been reported: nothing may be left out of a policy that passes.
    pub(super) fn said<T>(&mut self, outcome: Option<T>, span: Span) -> Option<T> {
        if outcome.is_none() && self.found.iter().all(|diagnostic| diagnostic.severity < Severity::Error) {
            self.report(
                Diagnostic::new(code::INTERNAL, "this cannot be checked, and nothing tells why")
                    .label(span, "")
                    .help("this is a mistake of ours: please report it"),
            );
        }
        outcome
    }

    fn expr_inside(&mut self, expr: &ast::Expr, hint: Option<&Type>) -> Option<Typed> {
        let span = expr.span;
        let typed = match &expr.kind {
            ExprKind::Bool(value) => self.literal(Kind::Bool(*value), Type::Bool, span),
            ExprKind::Int(value) => self.literal(Kind::Int(*value), Type::Int, span),
            ExprKind::Float(value) => self.literal(Kind::Float(*value), Type::Float, span),
            ExprKind::Text(pieces) => self.text(pieces, hint, span)?,
            ExprKind::Name(name) => self.name(name, span)?,
            ExprKind::Field(base, field) => self.field(base, field, span)?,
            ExprKind::Index(base, key) => self.index(base, key, span)?,
            ExprKind::Call { receiver, function, arguments } => {
                self.call(receiver.as_ref(), function, arguments, span)?
            }
            ExprKind::List(elements) => self.list(elements, hint, span)?,
            ExprKind::Map(entries) => self.map(entries, hint, span)?,
            ExprKind::ListComprehension { value, clauses, sort } => {
                self.list_comprehension(value, clauses, sort.as_deref(), hint, span)?
            }
            ExprKind::MapComprehension { entry, clauses } => self.map_comprehension(entry, clauses, hint, span)?,
            ExprKind::Else(parts) => self.alternatives(parts, hint, span)?,
            ExprKind::When(value, condition) => self.when(value, condition, hint, span)?,
            ExprKind::Or(parts) => self.junction(parts, false, span)?,
            ExprKind::And(parts) => self.junction(parts, true, span)?,
            ExprKind::Not(inner) => self.not(inner, span)?,
            ExprKind::Compare(op, left, right) => self.compare(*op, left, right, span)?,
            ExprKind::Is { value, empty: false, negated } => self.is_set(value, *negated, span)?,
            ExprKind::Is { value, empty: true, negated } => self.is_empty(value, *negated, span)?,
            ExprKind::Join(first, rest) => self.join(first, rest, hint, span)?,
            ExprKind::Arithmetic(first, rest) => self.arithmetic(first, rest, span)?,
            ExprKind::Negate(inner) => self.negate(inner, span)?,
        };
        if self.builder.depth(typed.id) > crate::ir::build::MAX_DEPTH {
            self.report(
                Diagnostic::new(code::TOO_DEEP, "this value is made of too many values within values")
                    .label(span, format!("more than {} deep, lets included", crate::ir::build::MAX_DEPTH))
                    .help("take a step out of the chain of lets"),
            );
            return None;
        }
        Some(typed)
    }

    /// Checks an expression that its place wants to be of a type.
    pub(super) fn expect(&mut self, expr: &ast::Expr, expected: &Type) -> Option<Typed> {
        let typed = self.expr(expr, Some(expected))?;
        self.fit(typed, expected, expr.span)
    }

    /// Checks an expression that must be there and of a type.
    pub(super) fn required(&mut self, expr: &ast::Expr, expected: &Type) -> Option<ExprId> {
        let typed = self.expect(expr, expected)?;
        self.there(&typed, expr.span).then_some(typed.id)
    }

    /// Checks a condition.
    pub(super) fn condition(&mut self, expr: &ast::Expr) -> Option<ExprId> {
        self.required(expr, &Type::Bool)
    }

    /// Converts a value to the type that its place wants.
    pub(super) fn fit(&mut self, typed: Typed, expected: &Type, span: Span) -> Option<Typed> {
        match conversion(&typed.ty, expected) {
            Ok(conversion) => {
                let id = self.builder.convert(conversion, typed.id, span);
                Some(Typed { id, ty: expected.clone(), ..typed })
            }
            Err(mismatch) => {
                let found = match (expected, &typed.ty, &mismatch.detail) {
                    // Two records in full tell less than what is different about them.
                    (Type::Record(_), Type::Record(_), Some(detail)) => format!("this record does not fit: {detail}"),
                    _ => format!("expected `{expected}`, found `{}`", typed.ty),
                };
                let mut diagnostic =
                    Diagnostic::new(code::TYPE_MISMATCH, found).label(span, format!("this is `{}`", typed.ty));
                if let (Type::List(element), true) = (expected, mismatch.detail.is_none())
                    && conversion(&typed.ty, element).is_ok()
                {
                    let text = self.snippet(span).to_owned();
                    diagnostic =
                        diagnostic.help("a list is wanted: put it in brackets").edit(span, format!("[{text}]"));
                } else if let Some(detail) = mismatch.detail
                    && !diagnostic.message.ends_with(&detail)
                {
                    diagnostic = diagnostic.help(detail);
                }
                self.report(diagnostic);
                None
            }
        }
    }

    /// Whether a value is known to be there; reports it if not.
    pub(super) fn there(&mut self, typed: &Typed, span: Span) -> bool {
        if typed.optional {
            let text = self.snippet(span).to_owned();
            let subject = self.absent_part(typed.id, span);
            self.report(
                Diagnostic::new(code::MAY_BE_ABSENT, format!("`{text}` may be absent"))
                    .label(span, "nothing here says that it is there")
                    .help(format!(
                        "say what to take instead with `{text} else …`, or ask first with `when {subject} is set`"
                    )),
            );
        }
        !typed.optional
    }

    /// The shortest part of a path that may be absent, as it was written.
    fn absent_part(&self, id: ExprId, span: Span) -> String {
        let text = self.snippet(span);
        let is_path = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b));
        match (is_path, self.builder.expr(id)) {
            (true, Some(Expr::Fact(..) | Expr::Field(..))) => {
                self.first_optional(text).unwrap_or_else(|| text.to_owned())
            }
            _ => text.to_owned(),
        }
    }

    pub(super) fn literal(&mut self, kind: Kind, ty: Type, span: Span) -> Typed {
        Typed::new(self.builder.constant(Datum::new(kind), span), ty)
    }

    fn alternatives(&mut self, parts: &[ast::Expr], hint: Option<&Type>, span: Span) -> Option<Typed> {
        let mark = self.mark();
        let mut checked: Vec<Option<Typed>> = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let typed = self.expr(part, hint);
            if let Some(typed) = &typed {
                if index + 1 < parts.len() && !typed.optional && !self.is_unknown(typed) {
                    self.never_absent(part.span, parts.get(index + 1).map_or(span, |next| next.span));
                }
                // Where `E when C` is absent although E is not, C does not hold.
                if let Some(Expr::When(_, condition)) = self.builder.expr(typed.id).cloned() {
                    self.assume_failed_choice(typed.id, condition);
                }
            }
            checked.push(typed);
        }
        self.release(mark);
        let checked: Vec<Typed> = checked.into_iter().collect::<Option<_>>()?;
        let optional = checked.last().is_some_and(|last| last.optional);
        let spans: Vec<Span> = parts.iter().map(|part| part.span).collect();
        let (ids, ty) = self.unify(checked, &spans, hint)?;
        let id = self.builder.add(Expr::Else(ids.into()), span);
        Some(Typed { id, ty, optional, declared: None })
    }

    fn assume_failed_choice(&mut self, choice: ExprId, condition: ExprId) {
        if self.sure_choices.contains(&choice) {
            self.assume(condition, false);
        }
    }

    fn never_absent(&mut self, span: Span, next: Span) {
        let text = self.snippet(span).to_owned();
        self.report(
            Diagnostic::new(
                code::NEVER_ABSENT,
                format!("`{text}` is never absent, so this alternative is never taken"),
            )
            .label(span, "always there")
            .label(next, "never taken")
            .help("leave out the `else`, or say with `when` where the first one is meant")
            .likely_edit(Span { start: span.end, ..next }, ""),
        );
    }

    fn when(&mut self, value: &ast::Expr, condition: &ast::Expr, hint: Option<&Type>, span: Span) -> Option<Typed> {
        let condition = self.condition(condition);
        let mark = self.mark();
        if let Some(condition) = condition {
            self.assume(condition, true);
        }
        let value = self.expr(value, hint);
        self.release(mark);
        let (condition, value) = (condition?, value?);
        let id = self.builder.add(Expr::When(value.id, condition), span);
        if !value.optional {
            self.sure_choices.insert(id);
        }
        Some(Typed::optional(id, value.ty))
    }

    fn junction(&mut self, parts: &[ast::Expr], all: bool, span: Span) -> Option<Typed> {
        let mark = self.mark();
        let mut ids = Vec::with_capacity(parts.len());
        let mut sound = true;
        for part in parts {
            match self.condition(part) {
                Some(id) => {
                    self.assume(id, all);
                    ids.push(id);
                }
                None => sound = false,
            }
        }
        self.release(mark);
        let expr = if all { Expr::And(ids.into()) } else { Expr::Or(ids.into()) };
        sound.then(|| Typed::new(self.builder.add(expr, span), Type::Bool))
    }

    /// `not a == b` is `a != b`, with the same surprises.
    fn not(&mut self, inner: &ast::Expr, span: Span) -> Option<Typed> {
        match &inner.kind {
            ExprKind::Compare(CompareOp::Eq, left, right) => self.compare(CompareOp::Ne, left, right, span),
            ExprKind::Compare(CompareOp::In, left, right) => self.compare(CompareOp::NotIn, left, right, span),
            _ => {
                let inner = self.condition(inner)?;
                Some(Typed::new(self.builder.add(Expr::Not(inner), span), Type::Bool))
            }
        }
    }

    fn is_set(&mut self, value: &ast::Expr, negated: bool, span: Span) -> Option<Typed> {
        let typed = self.expr(value, None)?;
        if !typed.optional && !self.is_unknown(&typed) {
            let text = self.snippet(value.span).to_owned();
            self.report(
                Diagnostic::new(code::NEVER_ABSENT, format!("`{text}` is never absent"))
                    .label(value.span, "always there")
                    .help(format!(
                        "to ask whether there is anything in a list, map or text, write `{text} is not empty`"
                    )),
            );
        }
        let id = self.builder.add(Expr::IsSet(typed.id), span);
        let yes = self.presence(typed.id);
        self.lessons.insert(id, Learned { yes, no: Vec::new() });
        Some(Typed::new(self.negated(id, negated, span), Type::Bool))
    }

    fn is_empty(&mut self, value: &ast::Expr, negated: bool, span: Span) -> Option<Typed> {
        let typed = self.expr(value, None)?;
        let sized = matches!(typed.ty, Type::Text(_) | Type::List(_) | Type::Map(_) | Type::Never);
        if !sized {
            self.report(
                Diagnostic::new(code::TYPE_MISMATCH, format!("a `{}` is neither empty nor not", typed.ty))
                    .label(value.span, "only texts, lists and maps can be empty"),
            );
        }
        if !sized || !self.there(&typed, value.span) {
            return None;
        }
        let id = self.builder.add(Expr::IsEmpty(typed.id), span);
        Some(Typed::new(self.negated(id, negated, span), Type::Bool))
    }

    pub(super) fn negated(&mut self, id: ExprId, negated: bool, span: Span) -> ExprId {
        if negated { self.builder.add(Expr::Not(id), span) } else { id }
    }

    /// The type that all of some values fit, and the values converted to it.
    pub(super) fn unify(
        &mut self,
        values: Vec<Typed>,
        spans: &[Span],
        hint: Option<&Type>,
    ) -> Option<(Vec<ExprId>, Type)> {
        let mut ty = Type::Never;
        for (index, value) in values.iter().enumerate() {
            let Some(joined) = join(&ty, &value.ty) else {
                if let Some(hint) = hint {
                    ty = hint.clone();
                    break;
                }
                let span = spans.get(index).copied().unwrap_or(Span::NONE);
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("`{}` and `{ty}` do not go together", value.ty))
                        .label(span, format!("this is `{}`", value.ty))
                        .label(spans.first().copied().unwrap_or(span), format!("`{ty}` so far")),
                );
                return None;
            };
            ty = joined;
        }
        if let Some(hint) = hint
            && !matches!(conversion(&ty, hint), Err(_) | Ok(crate::ir::Conversion::Same))
        {
            // Better now, one by one, than once more for the whole; a narrower set of words stays as it is.
            ty = hint.clone();
        }
        let mut ids = Vec::with_capacity(values.len());
        for (value, span) in values.into_iter().zip(spans) {
            ids.push(self.fit(value, &ty, *span)?.id);
        }
        Some((ids, ty))
    }

    /// What is learned from a comparison of a path with words.
    pub(super) fn words_lesson(
        &mut self,
        subject: &Typed,
        within: &Words,
        gone: Option<Words>,
    ) -> (Vec<Known>, Vec<Known>) {
        let canonical = self.builder.canonical(subject.id);
        let mut yes = self.presence(subject.id);
        let mut no = Vec::new();
        if let Type::Text(Words::Closed(_)) = &subject.ty {
            yes.push(Known::Words(canonical, within.clone()));
            no.extend(gone.map(|left| Known::Words(canonical, left)));
        }
        (yes, no)
    }
}
