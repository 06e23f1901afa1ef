//! Lists, maps, records and the comprehensions that make them.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Checker;
use super::convert::{conversion, join, narrow};
use super::scope::Typed;
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Comprehension, Expr, ExprId, Loop, OrderKind};
use crate::schema::types::{FieldType, RecordType, Type};
use crate::source::Span;
use crate::syntax::ast::{self, Clause, Entry, ExprKind, Key};

impl Checker<'_> {
    pub(super) fn list(&mut self, elements: &[ast::Expr], hint: Option<&Type>, span: Span) -> Option<Typed> {
        let hint = element_hint(hint);
        let mut checked = Vec::with_capacity(elements.len());
        let mut sound = true;
        for element in elements {
            let typed = self.expr(element, hint).filter(|typed| self.may_be_left_out(typed, element));
            sound &= typed.is_some();
            checked.extend(typed);
        }
        if !sound {
            return None;
        }
        let spans: Vec<Span> = elements.iter().map(|element| element.span).collect();
        let (ids, ty) = self.unify(checked, &spans, hint)?;
        Some(Typed::new(self.builder.add(Expr::List(ids.into()), span), Type::list(ty)))
    }

    /// An element or entry written with `when` is left out where it is absent; no other may be absent.
    fn may_be_left_out(&mut self, typed: &Typed, written: &ast::Expr) -> bool {
        if matches!(written.kind, ExprKind::When(..)) {
            return true;
        }
        self.there(typed, written.span)
    }

    pub(super) fn map(&mut self, entries: &[Entry], hint: Option<&Type>, span: Span) -> Option<Typed> {
        let computed = entries.iter().any(|entry| matches!(entry.key, Key::Computed(_)));
        match hint {
            Some(Type::Map(value)) => self.map_literal(entries, Some(value), span),
            _ if computed => self.map_literal(entries, None, span),
            Some(Type::Record(record)) => self.record_literal(entries, Some(record), span),
            _ => self.record_literal(entries, None, span),
        }
    }

    fn map_literal(&mut self, entries: &[Entry], hint: Option<&Type>, span: Span) -> Option<Typed> {
        self.refuse_double_keys(entries)?;
        let mut keys = Vec::with_capacity(entries.len());
        let mut values = Vec::with_capacity(entries.len());
        let mut sound = true;
        for entry in entries {
            let key = match &entry.key {
                Key::Name(name) => Some(self.builder.text(&name.name, name.span)),
                Key::Computed(key) => self.required(key, &Type::STRING),
            };
            let value = self.expr(&entry.value, hint).filter(|typed| self.may_be_left_out(typed, &entry.value));
            sound &= key.is_some() && value.is_some();
            keys.extend(key);
            values.extend(value);
        }
        if !sound {
            return None;
        }
        let spans: Vec<Span> = entries.iter().map(|entry| entry.value.span).collect();
        let (values, ty) = self.unify(values, &spans, hint)?;
        let entries = keys.into_iter().zip(values).collect();
        Some(Typed::new(self.builder.add(Expr::Map(entries), span), Type::map(ty)))
    }

    fn record_literal(&mut self, entries: &[Entry], hint: Option<&Arc<RecordType>>, span: Span) -> Option<Typed> {
        self.refuse_double_keys(entries)?;
        let mut given: IndexMap<&str, (Typed, Span)> = IndexMap::new();
        let mut sound = true;
        for entry in entries {
            let Key::Name(name) = &entry.key else { return None };
            let field = match hint {
                Some(record) => match record.index_of(&name.name).and_then(|i| record.fields.get(i)) {
                    Some(field) => Some(field.clone()),
                    None => {
                        self.unknown_field(record, name);
                        sound = false;
                        continue;
                    }
                },
                None => None,
            };
            let value = self.expr(&entry.value, field.as_ref().map(|f| &f.ty));
            let value = value.filter(|typed| self.may_be_left_out(typed, &entry.value));
            let value = match (value, &field) {
                (Some(value), Some(field)) if value.optional && !field.optional => {
                    self.there(&value, entry.value.span);
                    None
                }
                (Some(value), Some(field)) => self.fit(value, &field.ty, entry.value.span),
                (value, _) => value,
            };
            sound &= value.is_some();
            if let Some(value) = value {
                given.insert(&name.name, (value, entry.value.span));
            }
        }
        if let Some(record) = hint {
            sound &= self.all_required(record, entries, span);
        }
        if !sound {
            return None;
        }
        match hint {
            Some(record) => {
                let ids =
                    record.fields.iter().map(|f| given.get(&*f.name).map(|(typed, _)| typed.id)).collect::<Vec<_>>();
                let absent = self.absent(span);
                let ids = ids.into_iter().map(|id| id.unwrap_or(absent)).collect();
                Some(Typed::new(self.builder.add(Expr::Record(ids), span), Type::Record(record.clone())))
            }
            None => {
                let fields = given.iter().map(|(name, (typed, _))| FieldType {
                    name: Arc::from(*name),
                    ty: typed.ty.clone(),
                    optional: typed.optional,
                });
                let record = RecordType { fields: fields.collect(), tags: Vec::new() };
                let ids = given.values().map(|(typed, _)| typed.id).collect();
                Some(Typed::new(self.builder.add(Expr::Record(ids), span), Type::Record(Arc::new(record))))
            }
        }
    }

    fn unknown_field(&mut self, record: &RecordType, name: &ast::Ident) {
        let names: Vec<&str> = record.fields.iter().map(|f| &*f.name).collect();
        let mut diagnostic = Diagnostic::new(code::UNKNOWN_FIELD, format!("there is no field `{}` here", name.name))
            .label(name.span, "")
            .did_you_mean(name.span, &name.name, names.iter().copied());
        if diagnostic.help.is_none() {
            diagnostic = diagnostic.help(format!("possible fields: {}", names.join(", ")));
        }
        self.report(diagnostic);
    }

    fn all_required(&mut self, record: &RecordType, entries: &[Entry], span: Span) -> bool {
        let is_given = |name: &str| entries.iter().any(|e| matches!(&e.key, Key::Name(key) if &*key.name == name));
        let missing: Vec<String> = record
            .fields
            .iter()
            .filter(|f| !f.optional && !is_given(&f.name))
            .map(|f| format!("`{}`", f.name))
            .collect();
        if missing.is_empty() {
            return true;
        }
        let plural = if missing.len() == 1 { "is" } else { "are" };
        self.report(
            Diagnostic::new(code::MISSING_FIELD, format!("{} {plural} missing", missing.join(" and ")))
                .label(span, "needed in this record"),
        );
        false
    }

    fn refuse_double_keys(&mut self, entries: &[Entry]) -> Option<()> {
        let mut seen: IndexMap<&str, Span> = IndexMap::new();
        let mut sound = true;
        for entry in entries {
            if let Key::Name(name) = &entry.key
                && let Some(first) = seen.insert(&name.name, name.span)
            {
                self.report(
                    Diagnostic::new(code::DUPLICATE_KEY, format!("`{}` is given twice", name.name))
                        .label(name.span, "second")
                        .label(first, "first"),
                );
                sound = false;
            }
        }
        sound.then_some(())
    }

    /// Two records merged, see [`super::convert::merge_records`].
    pub(super) fn merge_records(&mut self, left: &Typed, right: &Typed, span: Span, place: Span) -> Option<Typed> {
        let (Type::Record(a), Type::Record(b)) = (&left.ty, &right.ty) else {
            return Some(if left.ty == Type::Never { right.clone() } else { left.clone() });
        };
        let Some(merged) = super::convert::merge_records(a, b) else {
            self.report(
                Diagnostic::new(code::TYPE_MISMATCH, "these records have fields of one name and different types")
                    .label(place, format!("this is `{b}`"))
                    .help("rename the field in one of them"),
            );
            return None;
        };
        let left = self.fit(left.clone(), &adapted(a, b, &merged), span)?;
        let right = self.fit(right.clone(), &adapted(b, &RecordType::default(), &merged), place)?;
        let index = |record: &RecordType, name: &str| record.index_of(name).map(narrow);
        let fields = merged.fields.iter().map(|f| (index(a, &f.name), index(b, &f.name))).collect();
        let id = self.builder.add(Expr::MergeRecords(left.id, right.id, fields), span);
        Some(Typed::new(id, Type::Record(Arc::new(merged))))
    }

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

fn element_hint(hint: Option<&Type>) -> Option<&Type> {
    match hint {
        Some(Type::List(element)) => Some(element),
        _ => None,
    }
}

/// A record type with the field types that a merge gives them.
fn adapted(record: &RecordType, beaten_by: &RecordType, merged: &RecordType) -> Type {
    let fields = record.fields.iter().map(|field| {
        let replaced =
            beaten_by.index_of(&field.name).and_then(|i| beaten_by.fields.get(i)).is_some_and(|f| !f.optional);
        let ty = match merged.index_of(&field.name).and_then(|i| merged.fields.get(i)) {
            Some(to) if !replaced => to.ty.clone(),
            _ => field.ty.clone(),
        };
        FieldType { ty, ..field.clone() }
    });
    Type::Record(Arc::new(RecordType { fields: fields.collect(), tags: record.tags.clone() }))
}
