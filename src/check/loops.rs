//! Loops: comprehensions, and what a `for` binds.

use super::Checker;
use super::convert::{conversion, join};
use super::literal::element_hint;
use super::scope::Typed;
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Comprehension, Expr, ExprId, Loop, OrderKind};
use crate::schema::types::Type;
use crate::source::Span;
use crate::syntax::ast::{self, Clause, Entry, Key};

impl Checker<'_> {
    pub(super) fn list_comprehension(
        &mut self,
        value: &ast::Expr,
        clauses: &[Clause],
        sort: Option<&ast::Expr>,
        hint: Option<&Type>,
        span: Span,
    ) -> Option<Typed> {
        let mark = self.mark();
        let loops = self.loops(clauses);
        let hint = element_hint(hint);
        let value_typed = self.expr(value, hint).filter(|typed| self.may_be_left_out(typed, value));
        let sort = sort.map(|sort| self.sort_key(sort));
        self.release(mark);
        let (loops, mut value_typed) = (loops?, value_typed?);
        if let Some(hint) = hint
            && !matches!(conversion(&value_typed.ty, hint), Err(_) | Ok(crate::ir::Conversion::Same))
        {
            value_typed = self.fit(value_typed, hint, value.span)?;
        }
        let sort = match sort {
            Some(sort) => Some(sort?),
            None => None,
        };
        let comprehension = Comprehension { loops, key: None, value: value_typed.id, sort };
        let id = self.builder.add(Expr::Comprehension(Box::new(comprehension)), span);
        Some(Typed::new(id, Type::list(value_typed.ty)))
    }

    pub(super) fn map_comprehension(
        &mut self,
        entry: &Entry,
        clauses: &[Clause],
        hint: Option<&Type>,
        span: Span,
    ) -> Option<Typed> {
        let mark = self.mark();
        let loops = self.loops(clauses);
        let hint = match hint {
            Some(Type::Map(value)) => Some(&**value),
            _ => None,
        };
        let key = match &entry.key {
            Key::Name(name) => Some(self.builder.text(&name.name, name.span)),
            Key::Computed(key) => self.required(key, &Type::STRING),
        };
        let value = self.expr(&entry.value, hint).filter(|typed| self.may_be_left_out(typed, &entry.value));
        self.release(mark);
        let (loops, key, value) = (loops?, key?, value?);
        let comprehension = Comprehension { loops, key: Some(key), value: value.id, sort: None };
        let id = self.builder.add(Expr::Comprehension(Box::new(comprehension)), span);
        Some(Typed::new(id, Type::map(value.ty)))
    }

    fn sort_key(&mut self, sort: &ast::Expr) -> Option<(OrderKind, ExprId)> {
        let typed = self.expr(sort, None)?;
        let kind = self.order_kind(&typed, sort.span)?;
        self.there(&typed, sort.span).then_some((kind, typed.id))
    }

    fn loops(&mut self, clauses: &[Clause]) -> Option<Box<[Loop]>> {
        let loops: Vec<Option<Loop>> = clauses.iter().map(|clause| self.clause(clause)).collect();
        loops.into_iter().collect()
    }

    /// A loop; its names and what its `when` proves stay known until the mark before it is released.
    pub(super) fn clause(&mut self, clause: &Clause) -> Option<Loop> {
        let list = self.expr(&clause.list, None).filter(|typed| self.there(typed, clause.list.span));
        let element = match list.as_ref().map(|typed| &typed.ty) {
            Some(Type::List(element)) => Some((Type::Int, (**element).clone())),
            Some(Type::Map(value)) => Some((Type::STRING, (**value).clone())),
            Some(Type::Record(record)) => {
                record.fields.iter().try_fold(Type::Never, |all, f| join(&all, &f.ty)).map(|v| (Type::STRING, v))
            }
            Some(Type::Never) => Some((Type::Int, Type::Never)),
            _ => None,
        };
        let Some(((index_type, element_type), list)) = element.zip(list.clone()) else {
            if let Some(typed) = list {
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("a `{}` cannot be gone through", typed.ty))
                        .label(clause.list.span, "expected a list or a map"),
                );
            }
            // The names are bound all the same, so that the body is checked as far as it can be.
            self.poison(&clause.first);
            clause.second.iter().for_each(|name| self.poison(name));
            return None;
        };
        let list = match &list.ty {
            Type::Record(_) => self.fit(list, &Type::map(element_type.clone()), clause.list.span)?,
            _ => list,
        };
        let is_map = index_type == Type::STRING;
        let (index, element) = match &clause.second {
            Some(second) => (Some(self.bind(&clause.first, index_type)), self.bind(second, element_type)),
            None => (None, self.bind(&clause.first, element_type)),
        };
        if is_map && clause.second.is_none() {
            self.report(
                Diagnostic::new(code::ARITY, "a loop over a map takes two names")
                    .label(clause.first.span, "key and value are wanted")
                    .help(format!(
                        "write `for {}, value in …`, or go through `keys(…)` or `values(…)`",
                        clause.first.name
                    )),
            );
            return None;
        }
        let when = match &clause.when {
            Some(when) => {
                let condition = self.condition(when)?;
                self.assume(condition, true);
                Some(condition)
            }
            None => None,
        };
        Some(Loop { index, element, list: list.id, when })
    }

    /// Binds a name whose value has a mistake: it fits everywhere, so that the mistake is said once.
    pub(super) fn poison(&mut self, name: &ast::Ident) {
        let id = self.absent(name.span);
        self.name_local(name, Typed::new(id, Type::Never));
    }

    /// What values are put in order by.
    pub(super) fn order_kind(&mut self, typed: &Typed, span: Span) -> Option<OrderKind> {
        match &typed.ty {
            Type::Int => Some(OrderKind::Int),
            Type::Float => Some(OrderKind::Float),
            Type::Text(_) => Some(OrderKind::Text),
            Type::Version => Some(OrderKind::Version),
            Type::Never => Some(OrderKind::Int),
            ty => {
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("a `{ty}` has no order"))
                        .label(span, "only numbers, texts and versions have one"),
                );
                None
            }
        }
    }
}
