//! Expressions: their types, and the program's expressions that compute them.

use std::sync::Arc;

use super::Checker;
use super::convert::{conversion, join};
use super::scope::{Known, Learned, Typed};
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{ArithmeticOp, Expr, ExprId};
use crate::schema::types::{Type, Words};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, JoinOp};

impl Checker<'_> {
    /// Checks an expression. `hint` is the type that its place wants; literals take it on, others need not.
    /// None if it has a mistake, which is reported.
    pub(super) fn expr(&mut self, expr: &ast::Expr, hint: Option<&Type>) -> Option<Typed> {
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
            ExprKind::Not(inner) => {
                let inner = self.condition(inner)?;
                Typed::new(self.builder.add(Expr::Not(inner), span), Type::Bool)
            }
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
                let found = format!("expected `{expected}`, found `{}`", typed.ty);
                let mut diagnostic =
                    Diagnostic::new(code::TYPE_MISMATCH, found).label(span, format!("this is `{}`", typed.ty));
                if let (Type::List(element), true) = (expected, mismatch.detail.is_none())
                    && conversion(&typed.ty, element).is_ok()
                {
                    let text = self.snippet(span).to_owned();
                    diagnostic =
                        diagnostic.help("a list is wanted: put it in brackets").edit(span, format!("[{text}]"));
                } else if let Some(detail) = mismatch.detail {
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

    fn text(&mut self, pieces: &[ast::Piece], hint: Option<&Type>, span: Span) -> Option<Typed> {
        if let Some(text) = whole_text(pieces) {
            return self.word(text, hint, span);
        }
        let mut parts = Vec::with_capacity(pieces.len());
        let mut sound = true;
        for piece in pieces {
            match piece {
                ast::Piece::Text(text) => parts.push(self.builder.text(text, span)),
                ast::Piece::Hole(hole) => match self.printable(hole) {
                    Some(id) => parts.push(id),
                    None => sound = false,
                },
            }
        }
        sound.then(|| Typed::new(self.builder.add(Expr::Text(parts.into()), span), Type::STRING))
    }

    /// A text without holes: of a closed set, one of its words.
    fn word(&mut self, text: &str, hint: Option<&Type>, span: Span) -> Option<Typed> {
        if let Some(Type::Text(Words::Closed(closed))) = hint {
            let Some(word) = closed.find(text).cloned() else {
                self.unknown_word(text, closed, span);
                return None;
            };
            let one = Words::Closed(Arc::new(crate::schema::types::ClosedWords {
                vocabulary: closed.vocabulary,
                words: [word.clone()].into(),
            }));
            return Some(Typed::new(self.builder.text(&word, span), Type::Text(one)));
        }
        Some(Typed::new(self.builder.text(text, span), Type::Text(Words::of([text]))))
    }

    pub(super) fn unknown_word(&mut self, text: &str, closed: &crate::schema::types::ClosedWords, span: Span) {
        const LISTED: usize = 12;
        let name = closed.name();
        let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let message = match closed.vocabulary {
            Some(_) => format!("{text:?} is not {article} {name}"),
            None => format!("{text:?} is not one of the words that are possible here"),
        };
        let mut diagnostic = Diagnostic::new(code::UNKNOWN_WORD, message).label(span, "");
        let words = closed.words.iter().map(|w| &**w);
        diagnostic = match crate::diagnostics::nearest(text, words.clone()) {
            Some(word) => diagnostic.help(format!("did you mean {word:?}?")).edit(span, format!("{word:?}")),
            None if closed.words.len() <= LISTED => {
                let list: Vec<String> = words.map(|w| format!("{w:?}")).collect();
                diagnostic.help(format!("possible here: {}", list.join(", ")))
            }
            None => diagnostic,
        };
        self.report(diagnostic);
    }

    /// A hole of a template.
    pub(super) fn printable(&mut self, hole: &ast::Expr) -> Option<ExprId> {
        let typed = self.expr(hole, None)?;
        if !self.there(&typed, hole.span) {
            return None;
        }
        match typed.ty {
            Type::Never | Type::Bool | Type::Int | Type::Float | Type::Version | Type::Text(_) => Some(typed.id),
            ty => {
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("a `{ty}` cannot be printed"))
                        .label(hole.span, "only texts, numbers, booleans and versions can")
                        .help("for a list of texts, write `join(list, \", \")`"),
                );
                None
            }
        }
    }

    fn alternatives(&mut self, parts: &[ast::Expr], hint: Option<&Type>, span: Span) -> Option<Typed> {
        let mark = self.mark();
        let mut checked: Vec<Option<Typed>> = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let typed = self.expr(part, hint);
            if let Some(typed) = &typed {
                if index + 1 < parts.len() && !typed.optional {
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
            .help("leave out the `else`, or say with `when` where the first one is meant"),
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

    fn is_set(&mut self, value: &ast::Expr, negated: bool, span: Span) -> Option<Typed> {
        let typed = self.expr(value, None)?;
        if !typed.optional {
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

    fn join(
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

    fn arithmetic(&mut self, first: &ast::Expr, rest: &[(ArithmeticOp, ast::Expr)], span: Span) -> Option<Typed> {
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

    fn negate(&mut self, inner: &ast::Expr, span: Span) -> Option<Typed> {
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

fn run_ids(operands: Vec<Typed>) -> Box<[ExprId]> {
    operands.into_iter().map(|typed| typed.id).collect()
}

/// The text of a string literal without holes.
pub(super) fn whole_text(pieces: &[ast::Piece]) -> Option<&str> {
    match pieces {
        [] => Some(""),
        [ast::Piece::Text(text)] => Some(text),
        _ => None,
    }
}
