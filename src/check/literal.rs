//! Lists, maps, records and the comprehensions that make them.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Checker;
use super::convert::narrow;
use super::scope::Typed;
use crate::diagnostics::{Diagnostic, code};
use crate::ir::Expr;
use crate::schema::types::{FieldType, RecordType, Type};
use crate::source::Span;
use crate::syntax::ast::{self, Entry, ExprKind, Key};

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
    pub(super) fn may_be_left_out(&mut self, typed: &Typed, written: &ast::Expr) -> bool {
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
                    name: (*name).to_owned().into(),
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
                self.report(double_key(name, first));
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
}

/// A key that one literal has twice.
pub(super) fn double_key(name: &ast::Ident, first: Span) -> Diagnostic {
    Diagnostic::new(code::DUPLICATE_KEY, format!("`{}` is given twice", name.name))
        .label(name.span, "second")
        .label(first, "first")
        .help("keep one of them")
}

pub(super) fn element_hint(hint: Option<&Type>) -> Option<&Type> {
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
