//! Comparisons, and what they teach.

use super::Checker;
use super::convert::{intersect, join, subtract};
use super::scope::{Known, Learned, Typed};
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Expr, ExprId, OrderKind, OrderOp};
use crate::schema::types::{RecordType, Type};
use crate::source::Span;
use crate::syntax::ast::{self, CompareOp, ExprKind};

impl Checker<'_> {
    pub(super) fn compare(&mut self, op: CompareOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Option<Typed> {
        let id = match op {
            CompareOp::Eq => self.equal(left, right, false, span)?,
            CompareOp::Ne => self.equal(left, right, true, span)?,
            CompareOp::In => self.within(left, right, false, span)?,
            CompareOp::NotIn => self.within(left, right, true, span)?,
            CompareOp::Like => self.like(left, right, false, span)?,
            CompareOp::NotLike => self.like(left, right, true, span)?,
            CompareOp::SubsetOf => self.subset(left, right, span)?,
            CompareOp::Lt => self.order(OrderOp::Less, left, right, span)?,
            CompareOp::Le => self.order(OrderOp::LessOrEqual, left, right, span)?,
            CompareOp::Gt => self.order(OrderOp::Greater, left, right, span)?,
            CompareOp::Ge => self.order(OrderOp::GreaterOrEqual, left, right, span)?,
        };
        Some(Typed::new(id, Type::Bool))
    }

    fn equal(&mut self, left: &ast::Expr, right: &ast::Expr, negated: bool, span: Span) -> Option<ExprId> {
        let (a, b) = self.sides(left, right)?;
        self.holds_by_absence(&a, &b, left, negated, span);
        self.holds_by_absence(&b, &a, right, negated, span);
        if a.ty == Type::Version || b.ty == Type::Version {
            let id = self.equal_versions(&a, &b, span);
            return Some(self.negated(id, negated, span));
        }
        let id = self.builder.add(Expr::Equal(a.id, b.id), span);
        self.equality_lesson(id, &a, &b);
        Some(self.negated(id, negated, span))
    }

    /// Versions are equal where neither is before the other: `6.1` and `6.1.0` are.
    fn equal_versions(&mut self, a: &Typed, b: &Typed, span: Span) -> ExprId {
        let orders = [OrderOp::LessOrEqual, OrderOp::GreaterOrEqual];
        let mut all = Vec::new();
        for side in [a, b].into_iter().filter(|side| side.optional) {
            all.push(self.builder.add(Expr::IsSet(side.id), span));
        }
        for op in orders {
            all.push(self.builder.add(Expr::Order(op, OrderKind::Version, a.id, b.id), span));
        }
        let both = self.builder.add(Expr::And(all.into()), span);
        if !(a.optional && b.optional) {
            return both;
        }
        let sides = [a.id, b.id].map(|id| self.builder.add(Expr::IsSet(id), span));
        let either = self.builder.add(Expr::Or(sides.into()), span);
        let neither = self.builder.add(Expr::Not(either), span);
        self.builder.add(Expr::Or([neither, both].into()), span)
    }

    /// Both sides of a comparison, of one type. A literal takes on the type of the other side.
    fn sides(&mut self, left: &ast::Expr, right: &ast::Expr) -> Option<(Typed, Typed)> {
        let (a, b) = if is_literal(left) && !is_literal(right) {
            let b = self.expr(right, None);
            let a = self.expr(left, b.as_ref().map(Typed::declared_type).as_ref());
            (a, b)
        } else {
            let a = self.expr(left, None);
            let b = self.expr(right, a.as_ref().map(Typed::declared_type).as_ref());
            (a, b)
        };
        let (a, b) = (a?, b?);
        let ty = match (a.declared_type(), b.declared_type()) {
            (Type::Version, Type::Text(_)) | (Type::Text(_), Type::Version) => Some(Type::Version),
            (x, y) => join(&x, &y),
        };
        let Some(ty) = ty else {
            self.report(
                Diagnostic::new(code::TYPE_MISMATCH, format!("`{}` and `{}` are never equal", a.ty, b.ty))
                    .label(left.span, format!("this is `{}`", a.ty))
                    .label(right.span, format!("this is `{}`", b.ty)),
            );
            return None;
        };
        if let (Type::Text(x), Type::Text(y)) = (a.declared_type(), b.declared_type())
            && intersect(&x, &y).is_impossible()
        {
            self.report(
                Diagnostic::new(code::UNKNOWN_WORD, "these can never be equal")
                    .label(left.span, format!("this is `{x}`"))
                    .label(right.span, format!("this is `{y}`")),
            );
            return None;
        }
        // The narrowed types stay: they are what the lesson starts from.
        let (a_id, b_id) = (self.fit(a.clone(), &ty, left.span)?.id, self.fit(b.clone(), &ty, right.span)?.id);
        Some((Typed { id: a_id, ..a }, Typed { id: b_id, ..b }))
    }

    /// `absent != "x"` holds: a surprise unless it is said.
    fn holds_by_absence(&mut self, a: &Typed, b: &Typed, place: &ast::Expr, negated: bool, span: Span) {
        if negated && a.optional && !b.optional {
            let text = self.snippet(place.span).to_owned();
            let subject = self.first_optional(&text).unwrap_or_else(|| text.clone());
            self.report(
                Diagnostic::new(code::HOLDS_BY_ABSENCE, format!("this also holds where there is no `{subject}`"))
                    .label(span, format!("`{text}` may be absent, and absent differs from everything"))
                    .help(format!("say which is meant: `{subject} is set and …` or `{subject} is not set or …`"))
                    .likely_edit(Span { end: span.start, ..span }, format!("({subject} is set and "))
                    .likely_edit(Span { start: span.end, ..span }, ")"),
            );
        }
    }

    fn equality_lesson(&mut self, id: ExprId, a: &Typed, b: &Typed) {
        let mut learned = Learned::default();
        for (subject, other) in [(a, b), (b, a)] {
            if other.optional {
                continue;
            }
            let Type::Text(words) = &other.ty else {
                learned.yes.extend(self.presence(subject.id));
                continue;
            };
            let within = self.narrowed_words(subject, words);
            let left = self.constant_words(other.id).and_then(|gone| match &subject.ty {
                Type::Text(words) => Some(subtract(words, &gone)),
                _ => None,
            });
            let (yes, no) = self.words_lesson(subject, &within, left);
            learned.yes.extend(yes);
            learned.no.extend(no);
        }
        self.lessons.insert(id, learned);
    }

    fn within(&mut self, left: &ast::Expr, right: &ast::Expr, negated: bool, span: Span) -> Option<ExprId> {
        if matches!(right.kind, ExprKind::List(_) | ExprKind::Map(_)) {
            return self.within_literal(left, right, negated, span);
        }
        let list = self.expr(right, None)?;
        if !self.there(&list, right.span) {
            return None;
        }
        match list.ty.clone() {
            Type::List(element) => {
                let element_hint = (*element != Type::Never).then_some(&*element);
                let subject = self.expr(left, element_hint.filter(|_| is_literal(left)))?;
                self.in_list(subject, left.span, list, &element, right.span, negated, span)
            }
            Type::Map(_) | Type::Record(_) => {
                let list = self.as_map(list, right.span)?;
                let key = self.required(left, &Type::STRING)?;
                let id = self.builder.add(Expr::InMap(key, list.id), span);
                let yes = self.entry_presence(list.id, key, span);
                self.lessons.insert(id, Learned { yes, no: Vec::new() });
                Some(self.negated(id, negated, span))
            }
            ty => {
                let help = match ty {
                    Type::Text(_) => "for a part of a text, write `text like \"*part*\"`",
                    _ => "`in` looks into lists and into the keys of maps",
                };
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("nothing is `in` a `{ty}`"))
                        .label(right.span, "expected a list or a map")
                        .help(help),
                );
                None
            }
        }
    }

    /// Says that a record cannot be taken for a map.
    pub(super) fn no_map(&mut self, record: &RecordType, span: Span) {
        self.report(
            Diagnostic::new(code::TYPE_MISMATCH, "a record with fields of different types is no map")
                .label(span, format!("this is `{record}`"))
                .help("read its fields by their names"),
        );
    }

    fn as_map(&mut self, value: Typed, span: Span) -> Option<Typed> {
        let Type::Record(record) = &value.ty.clone() else { return Some(value) };
        let ty = record.fields.iter().try_fold(Type::Never, |all, field| join(&all, &field.ty));
        let Some(ty) = ty else {
            self.no_map(record, span);
            return None;
        };
        self.fit(value, &Type::map(ty), span)
    }

    fn within_literal(&mut self, left: &ast::Expr, right: &ast::Expr, negated: bool, span: Span) -> Option<ExprId> {
        let subject = self.expr(left, None)?;
        let hint = match &right.kind {
            ExprKind::List(_) => Type::list(subject.declared_type()),
            _ => Type::map(Type::Never),
        };
        let hint = Some(&hint).filter(|_| matches!(right.kind, ExprKind::List(_)));
        let list = self.expr(right, hint)?;
        match list.ty.clone() {
            Type::List(element) => self.in_list(subject, left.span, list, &element, right.span, negated, span),
            _ => {
                let map = self.as_map(list, right.span)?;
                let key = self.required(left, &Type::STRING)?;
                let id = self.builder.add(Expr::InMap(key, map.id), span);
                let yes = self.entry_presence(map.id, key, span);
                self.lessons.insert(id, Learned { yes, no: Vec::new() });
                Some(self.negated(id, negated, span))
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "both sides with their places, and the operator with its own")]
    fn in_list(
        &mut self,
        subject: Typed,
        left: Span,
        list: Typed,
        element: &Type,
        right: Span,
        negated: bool,
        span: Span,
    ) -> Option<ExprId> {
        let Some(ty) = join(&subject.declared_type(), element) else {
            self.report(
                Diagnostic::new(code::TYPE_MISMATCH, format!("a `{}` is never in a list of `{element}`", subject.ty))
                    .label(left, format!("this is `{}`", subject.ty))
                    .label(right, format!("this is `{}`", list.ty)),
            );
            return None;
        };
        if negated && subject.optional {
            let text = self.snippet(left).to_owned();
            let part = self.first_optional(&text).unwrap_or_else(|| text.clone());
            self.report(
                Diagnostic::new(code::HOLDS_BY_ABSENCE, format!("this also holds where there is no `{part}`"))
                    .label(span, format!("`{text}` may be absent, and absent is in no list"))
                    .help(format!("say which is meant: `{part} is set and …` or `{part} is not set or …`"))
                    .likely_edit(Span { end: span.start, ..span }, format!("({part} is set and "))
                    .likely_edit(Span { start: span.end, ..span }, ")"),
            );
        }
        let subject_id = self.fit(subject.clone(), &ty, left)?.id;
        let list_id = self.fit(list, &Type::list(ty), right)?.id;
        let id = self.builder.add(Expr::InList(subject_id, list_id), span);
        let learned = match element {
            Type::Text(words) => {
                let subject = Typed { id: subject_id, ..subject };
                let within = self.narrowed_words(&subject, words);
                let left = self.constant_words(list_id).and_then(|gone| match &subject.ty {
                    Type::Text(words) => Some(subtract(words, &gone)),
                    _ => None,
                });
                let (yes, no) = self.words_lesson(&subject, &within, left);
                Learned { yes, no }
            }
            _ => Learned { yes: self.presence(subject_id), no: Vec::<Known>::new() },
        };
        self.lessons.insert(id, learned);
        Some(self.negated(id, negated, span))
    }

    fn like(&mut self, left: &ast::Expr, right: &ast::Expr, negated: bool, span: Span) -> Option<ExprId> {
        let text = self.required(left, &Type::STRING);
        let glob = self.required(right, &Type::STRING);
        let id = self.builder.add(Expr::Like(text?, glob?), span);
        Some(self.negated(id, negated, span))
    }

    fn subset(&mut self, left: &ast::Expr, right: &ast::Expr, span: Span) -> Option<ExprId> {
        let mut sides = Vec::with_capacity(2);
        for side in [left, right] {
            let typed = self.expr(side, None)?;
            if !self.there(&typed, side.span) {
                return None;
            }
            if !matches!(typed.ty, Type::List(_) | Type::Never) {
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("expected a list, found `{}`", typed.ty))
                        .label(side.span, "`subset of` stands between two lists"),
                );
                return None;
            }
            sides.push(typed);
        }
        let (ids, _) = self.unify(sides, &[left.span, right.span], None)?;
        match ids.as_slice() {
            [a, b] => Some(self.builder.add(Expr::SubsetOf(*a, *b), span)),
            _ => None,
        }
    }

    fn order(&mut self, op: OrderOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Option<ExprId> {
        let a = self.expr(left, None)?;
        let b = self.expr(right, None)?;
        if !(self.there(&a, left.span) & self.there(&b, right.span)) {
            return None;
        }
        if a.ty == Type::Version || b.ty == Type::Version {
            let (a, b) = (self.fit(a, &Type::Version, left.span)?, self.fit(b, &Type::Version, right.span)?);
            return Some(self.builder.add(Expr::Order(op, OrderKind::Version, a.id, b.id), span));
        }
        let kind_a = self.order_kind(&a, left.span)?;
        let kind_b = self.order_kind(&b, right.span)?;
        let (ids, ty) = self.unify(vec![a, b], &[left.span, right.span], None)?;
        let kind = if ty == Type::Float { OrderKind::Float } else { kind_a.max_of(kind_b) };
        match ids.as_slice() {
            [a, b] => Some(self.builder.add(Expr::Order(op, kind, *a, *b), span)),
            _ => None,
        }
    }
}

impl OrderKind {
    fn max_of(self, other: Self) -> Self {
        if self == Self::Text || other == Self::Text { Self::Text } else { self }
    }
}

/// Whether an expression is written out, so that it can take on the type of what it is compared with.
fn is_literal(expr: &ast::Expr) -> bool {
    matches!(expr.kind, ExprKind::Text(_) | ExprKind::List(_) | ExprKind::Map(_))
}
