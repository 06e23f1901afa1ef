//! Writes: what may be written where, and how it is brought into the slot's form.

use std::sync::Arc;

use super::Checker;
use super::effect::Statement;
use super::scope::Typed;
use super::target::{Place, Target};
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Effect, Expr, ExprId, Tail, Write, WriteKind, WriteOp};
use crate::schema::output::{Content, KeyPlace, Keyed, Node, Slot, SlotIndex};
use crate::schema::shape::Shape;
use crate::schema::types::{RecordType, Type, Words};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, Key};

impl<'s> Checker<'s> {
    /// A write to one place.
    pub(super) fn write(
        &mut self,
        statement: &Statement<'_>,
        target: Target<'s>,
        op: WriteOp,
        value: &ast::Expr,
    ) -> Option<()> {
        match target.place {
            Place::Record(node) => self.write_record(statement, node, op, value),
            Place::Element(slot, key) => self.write_element(statement, slot, key, op, value),
            Place::Slot(index) => {
                let slot = self.output.slots.get(index)?;
                match &slot.content {
                    Content::Value(shape) => self.write_value(statement, index, slot, shape, op, value),
                    Content::Set(shape) | Content::List(shape) => {
                        let kind = collection_kind(op);
                        let id = self.elements(statement, &shape.ty(), value, op == WriteOp::Set)?;
                        self.emit(statement, index, kind, id);
                        Some(())
                    }
                    Content::DeviceRules(rule) => {
                        let ty = Type::Record(Arc::new(rule.ty()));
                        let id = self.elements(statement, &ty, value, op == WriteOp::Set)?;
                        self.emit(statement, index, collection_kind(op), id);
                        Some(())
                    }
                    Content::Keyed(keyed) => self.write_keyed(statement, index, keyed, op, value),
                }
            }
        }
    }

    fn write_value(
        &mut self,
        statement: &Statement<'_>,
        index: SlotIndex,
        slot: &Slot,
        shape: &Shape,
        op: WriteOp,
        value: &ast::Expr,
    ) -> Option<()> {
        if op != WriteOp::Set {
            self.report(
                Diagnostic::new(code::WRONG_WRITE, format!("`{}` is one value, not a collection", slot.path))
                    .label(statement.span, "nothing can be put in or taken out")
                    .help(format!("say what it is: `{} = …`", slot.path)),
            );
            return None;
        }
        let typed = self.expect(value, &shape.ty())?;
        let typed = self.with_tail(statement, typed, value.span)?;
        self.constant_fits(typed.id, shape, value.span)?;
        self.emit(statement, index, WriteKind::Value, typed.id);
        Some(())
    }

    fn write_keyed(
        &mut self,
        statement: &Statement<'_>,
        index: SlotIndex,
        keyed: &Keyed,
        op: WriteOp,
        value: &ast::Expr,
    ) -> Option<()> {
        let id = match (op, &keyed.key) {
            (WriteOp::Remove, _) => {
                let keys = match keyed.key_form.ty() {
                    ty @ Type::Text(_) => ty,
                    _ => Type::STRING,
                };
                let id = self.elements(statement, &keys, value, false)?;
                self.keys_fit(id, keyed)?;
                id
            }
            (_, KeyPlace::Name) => {
                self.names_fit(keyed, value)?;
                let typed = self.expect(value, &Type::map(keyed.element.ty()))?;
                self.with_tail(statement, typed, value.span)?.id
            }
            (_, KeyPlace::Fields(_)) => self.elements(statement, &keyed.element.ty(), value, op == WriteOp::Set)?,
        };
        self.emit(statement, index, collection_kind(op), id);
        Some(())
    }

    /// Where names are of a closed set, they must be written out: the names of a map can be anything.
    fn names_fit(&mut self, keyed: &Keyed, value: &ast::Expr) -> Option<()> {
        let Shape::Words(Words::Closed(words)) = &keyed.key_form else { return Some(()) };
        let entries = match &value.kind {
            ExprKind::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        let known = !entries.is_empty() && entries.iter().all(|entry| matches!(entry.key, Key::Name(_)));
        if !known {
            self.report(
                Diagnostic::new(code::WRONG_WRITE, format!("each {} must be written out here", words.name()))
                    .label(value.span, "its names are not known")
                    .help("write one at a time, `…[name] = …`, with a name of a closed set"),
            );
            return None;
        }
        let mut sound = true;
        for entry in entries {
            if let Key::Name(name) = &entry.key
                && words.find(&name.name).is_none()
            {
                self.unknown_word(&name.name, words, name.span);
                sound = false;
            }
        }
        sound.then_some(())
    }

    fn write_element(
        &mut self,
        statement: &Statement<'_>,
        index: SlotIndex,
        key: ExprId,
        op: WriteOp,
        value: &ast::Expr,
    ) -> Option<()> {
        let slot = self.output.slots.get(index)?;
        let Content::Keyed(keyed) = &slot.content else { return None };
        if op != WriteOp::Set {
            self.report(
                Diagnostic::new(code::WRONG_WRITE, format!("an element of `{}` is one value", slot.path))
                    .label(statement.span, "nothing can be put in or taken out")
                    .help("say what it is with `=`, or that it is not there with `unset`"),
            );
            return None;
        }
        self.key_fits(key, keyed)?;
        let typed = self.expect(value, &without_key(keyed))?;
        let typed = self.with_tail(statement, typed, value.span)?;
        self.constant_fits(typed.id, &keyed.element, value.span)?;
        self.emit(statement, index, WriteKind::AddAt(key), typed.id);
        Some(())
    }

    /// A list of elements from one element or a list of them.
    fn elements(
        &mut self,
        statement: &Statement<'_>,
        element: &Type,
        value: &ast::Expr,
        whole: bool,
    ) -> Option<ExprId> {
        let list = Type::list(element.clone());
        let hint = if whole || is_list(value) { &list } else { element };
        let typed = self.expr(value, Some(hint))?;
        let many = whole || matches!(typed.ty, Type::List(_));
        let typed = self.fit(typed, if many { &list } else { element }, value.span)?;
        let typed = self.with_tail(statement, typed, value.span)?;
        if many {
            return Some(typed.id);
        }
        let one = self.builder.add(Expr::List([typed.id].into()), value.span);
        if !typed.optional {
            return Some(one);
        }
        // Absent as a whole, so that the tail applies.
        let there = self.builder.add(Expr::IsSet(typed.id), value.span);
        Some(self.builder.add(Expr::When(one, there), value.span))
    }

    /// Makes sure that an optional value has a tail, and a tail an optional value.
    pub(super) fn with_tail(&mut self, statement: &Statement<'_>, typed: Typed, span: Span) -> Option<Typed> {
        let judged = !self.is_unknown(&typed);
        if let (true, false, Some(tail)) = (judged, typed.optional, statement.tail_span) {
            let text = self.snippet(span).to_owned();
            self.report(
                Diagnostic::new(code::NEVER_ABSENT, format!("`{text}` is never absent"))
                    .label(span, "always there")
                    .label(tail, "never taken")
                    .help("leave it out")
                    .edit(tail, ""),
            );
        }
        if typed.optional && statement.tail == Tail::Never {
            let text = self.snippet(span).to_owned();
            self.report(
                Diagnostic::new(code::MAY_BE_ABSENT, format!("`{text}` may be absent"))
                    .label(span, "nothing here says that it is there")
                    .help("say what to take instead with `else …`, or what to do then: `else skip`, `else warn \"…\"` or `else deny \"…\"`")
                    .likely_edit(Span { start: statement.span.end, ..statement.span }, " else skip"),
            );
            return None;
        }
        Some(typed)
    }

    /// A record on the right of `=` is short for its leaves.
    fn write_record(
        &mut self,
        statement: &Statement<'_>,
        node: &'s Node,
        op: WriteOp,
        value: &ast::Expr,
    ) -> Option<()> {
        if op != WriteOp::Set {
            self.report(
                Diagnostic::new(code::WRONG_WRITE, "this path is a record, not a collection")
                    .label(statement.span, "nothing can be put in or taken out")
                    .help("write `=` and a record with the fields that are meant"),
            );
            return None;
        }
        if let ExprKind::Map(entries) = &value.kind {
            return self.write_fields(statement, node, entries);
        }
        let typed = self.expr(value, None)?;
        let typed = self.with_tail(statement, typed, value.span)?;
        let Type::Record(record) = typed.ty.clone() else {
            self.report(
                Diagnostic::new(code::TYPE_MISMATCH, format!("expected a record, found `{}`", typed.ty))
                    .label(value.span, format!("this is `{}`", typed.ty))
                    .help(format!("its fields are {}", node.names().collect::<Vec<_>>().join(", "))),
            );
            return None;
        };
        if !typed.optional {
            return self.write_record_value(statement, node, &typed, &record, value.span);
        }
        let there = self.builder.add(Expr::IsSet(typed.id), value.span);
        let branch = self.open_branch(there, statement.span);
        let written = self.write_record_value(statement, node, &typed, &record, value.span);
        self.otherwise(branch);
        self.tail_effect(statement);
        self.close_branch(branch);
        written
    }

    fn write_fields(&mut self, statement: &Statement<'_>, node: &'s Node, entries: &[ast::Entry]) -> Option<()> {
        let mut sound = true;
        for entry in entries {
            let Key::Name(name) = &entry.key else {
                self.report(
                    Diagnostic::new(code::WRONG_WRITE, "the fields of a record must be written out")
                        .label(entry.value.span, "computed")
                        .help("this path is a record of the spec, not a map"),
                );
                sound = false;
                continue;
            };
            let path = ast::OutPath { segments: vec![ast::Segment::Field(name.clone())], span: name.span };
            let optional = matches!(entry.value.kind, ExprKind::When(..));
            let inner =
                Statement { tail: if optional { Tail::Skip } else { Tail::Never }, tail_span: None, ..*statement };
            let written = self.targets_from(node, &path).and_then(|targets| {
                targets.into_iter().try_for_each(|t| self.write(&inner, t, WriteOp::Set, &entry.value))
            });
            sound &= written.is_some();
        }
        sound.then_some(())
    }

    fn write_record_value(
        &mut self,
        statement: &Statement<'_>,
        node: &'s Node,
        typed: &Typed,
        record: &RecordType,
        span: Span,
    ) -> Option<()> {
        for (index, field) in record.fields.iter().enumerate() {
            let name = ast::Ident { name: (&*field.name).into(), span };
            let path = ast::OutPath { segments: vec![ast::Segment::Field(name)], span };
            let targets = self.targets_from(node, &path)?;
            let id = self.builder.add(Expr::Field(typed.id, super::convert::narrow(index)), span);
            let value = Typed { id, ty: field.ty.clone(), optional: field.optional, declared: None };
            let inner = Statement {
                tail: if field.optional { Tail::Skip } else { Tail::Never },
                tail_span: None,
                ..*statement
            };
            for target in targets {
                self.write_typed(&inner, target, value.clone(), span)?;
            }
        }
        Some(())
    }

    /// A write of the whole of a slot or record, of a value that is checked already.
    fn write_typed(&mut self, statement: &Statement<'_>, target: Target<'s>, value: Typed, span: Span) -> Option<()> {
        match target.place {
            Place::Slot(index) => {
                let slot = self.output.slots.get(index)?;
                let (ty, kind) = match &slot.content {
                    Content::Value(shape) => (shape.ty(), WriteKind::Value),
                    Content::Keyed(keyed) if keyed.key == KeyPlace::Fields(Vec::new()) => return None,
                    Content::Keyed(Keyed { key: KeyPlace::Fields(_), element, .. }) => {
                        (Type::list(element.ty()), WriteKind::Whole)
                    }
                    _ => (slot.read_type(), WriteKind::Whole),
                };
                let value = self.fit(value, &ty, span)?;
                self.emit(statement, index, kind, value.id);
                Some(())
            }
            Place::Record(node) => match value.ty.clone() {
                Type::Record(record) => self.write_record_value(statement, node, &value, &record, span),
                ty => {
                    self.report(
                        Diagnostic::new(code::TYPE_MISMATCH, format!("expected a record, found `{ty}`"))
                            .label(span, ""),
                    );
                    None
                }
            },
            Place::Element(..) => None,
        }
    }

    fn targets_from(&mut self, node: &'s Node, path: &ast::OutPath) -> Option<Vec<Target<'s>>> {
        let root = std::mem::replace(&mut self.path_root, node);
        let targets = self.targets(path);
        self.path_root = root;
        targets
    }

    /// `unset PATH`
    pub(super) fn unset(&mut self, statement: &Statement<'_>, target: Target<'s>) {
        let absent = self.absent(statement.span);
        match target.place {
            Place::Slot(slot) => self.emit(statement, slot, WriteKind::Unset, absent),
            Place::Element(slot, key) => self.emit(statement, slot, WriteKind::RemoveAt(key), absent),
            Place::Record(node) => {
                for slot in node.slots.clone() {
                    self.emit(statement, slot, WriteKind::Unset, absent);
                }
            }
        }
    }

    fn emit(&mut self, statement: &Statement<'_>, slot: SlotIndex, kind: WriteKind, value: ExprId) {
        let checked = self.is_checked(slot, kind, value, statement.span);
        let write = Write { strength: statement.strength, slot, kind, value, checked, tail: statement.tail };
        self.builder.add_effect(Effect::Write(write), statement.span, statement.because);
    }
}

const fn collection_kind(op: WriteOp) -> WriteKind {
    match op {
        WriteOp::Set => WriteKind::Whole,
        WriteOp::Add => WriteKind::Add,
        WriteOp::Remove => WriteKind::Remove,
    }
}

fn is_list(value: &ast::Expr) -> bool {
    match &value.kind {
        ExprKind::List(_) | ExprKind::ListComprehension { .. } => true,
        ExprKind::When(value, _) => is_list(value),
        ExprKind::Else(parts) => parts.iter().any(is_list),
        ExprKind::Join(_, rest) => rest.iter().any(|(op, _)| *op == ast::JoinOp::Concat),
        _ => false,
    }
}

/// The type of an element whose key stands before the `=`: its key fields may be left out.
fn without_key(keyed: &Keyed) -> Type {
    let (Type::Record(record), KeyPlace::Fields(key)) = (keyed.element.ty(), &keyed.key) else {
        return keyed.element.ty();
    };
    let mut record = (*record).clone();
    for index in key {
        if let Some(field) = record.fields.get_mut(*index) {
            field.optional = true;
        }
    }
    Type::Record(Arc::new(record))
}
