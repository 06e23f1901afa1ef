//! Output paths: which slots a write reaches.

use super::Checker;
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Expr, ExprId};
use crate::schema::output::{Content, Found, KeyPlace, Keyed, Node, SlotIndex};
use crate::schema::types::{Type, Words};
use crate::source::Span;
use crate::syntax::ast::{self, Ident, OutPath, Segment};

/// One place that a path leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'s> {
    /// The path leads here only where this holds: `hooks[name]` leads to as many places as `name` has words.
    pub(super) condition: Option<ExprId>,
    /// What is there.
    pub(super) place: Place<'s>,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'s> {
    /// A slot.
    Slot(SlotIndex),
    /// An element of a keyed collection, by its key.
    Element(SlotIndex, ExprId),
    /// A record of slots.
    Record(&'s Node),
}

impl<'s> Checker<'s> {
    /// All places that a path leads to; none if it has a mistake, which is reported.
    pub(super) fn targets(&mut self, path: &OutPath) -> Option<Vec<Target<'s>>> {
        let mut targets = vec![Target { condition: None, place: Place::Record(self.path_root) }];
        for segment in &path.segments {
            let mut next = Vec::new();
            for target in targets {
                match segment {
                    Segment::Field(field) => next.push(self.step(target, field)?),
                    Segment::Group(fields) => {
                        for field in fields {
                            next.push(self.step(target, field)?);
                        }
                    }
                    Segment::Key(key) => next.extend(self.keyed(target, key)?),
                }
            }
            targets = next;
        }
        Some(targets)
    }

    fn step(&mut self, target: Target<'s>, field: &Ident) -> Option<Target<'s>> {
        match target.place {
            Place::Record(node) => {
                let Some(member) = node.member(&field.name) else {
                    self.unknown_path(node, field);
                    return None;
                };
                let place = match member.found() {
                    Found::Slot(slot) => Place::Slot(slot),
                    Found::Record(node) => Place::Record(node),
                };
                Some(Target { place, ..target })
            }
            Place::Slot(slot) if self.is_named(slot) => {
                let key = self.builder.text(&field.name, field.span);
                Some(Target { place: Place::Element(slot, key), ..target })
            }
            Place::Slot(slot) | Place::Element(slot, _) => {
                self.too_far(slot, matches!(target.place, Place::Element(..)), field.span);
                None
            }
        }
    }

    fn is_named(&self, slot: SlotIndex) -> bool {
        let content = self.output.slots.get(slot).map(|slot| &slot.content);
        matches!(content, Some(Content::Keyed(keyed)) if keyed.key == KeyPlace::Name)
    }

    fn keyed(&mut self, target: Target<'s>, key: &ast::Expr) -> Option<Vec<Target<'s>>> {
        match target.place {
            Place::Record(_) => self.chosen(target, key),
            Place::Slot(slot) => {
                let Content::Keyed(keyed) = &self.output.slots.get(slot)?.content else {
                    self.too_far(slot, false, key.span);
                    return None;
                };
                let key = self.key(keyed, key)?;
                Some(vec![Target { place: Place::Element(slot, key), ..target }])
            }
            Place::Element(slot, _) => {
                self.too_far(slot, true, key.span);
                None
            }
        }
    }

    /// A key of a collection, as text. Where keys are words of a closed set, it is one of these; a number may be
    /// written as such.
    fn key(&mut self, keyed: &Keyed, key: &ast::Expr) -> Option<ExprId> {
        match keyed.key_form.ty() {
            ty @ Type::Text(_) => self.required(key, &ty),
            _ => {
                let typed = self.expr(key, None)?;
                if typed.ty != Type::Int {
                    let id = self.fit(typed.clone(), &Type::STRING, key.span)?.id;
                    return self.there(&typed, key.span).then_some(id);
                }
                self.there(&typed, key.span).then(|| self.builder.add(Expr::Text([typed.id].into()), key.span))
            }
        }
    }

    /// `record[E]`: every field whose name E can be.
    fn chosen(&mut self, target: Target<'s>, key: &ast::Expr) -> Option<Vec<Target<'s>>> {
        let typed = self.expr(key, None)?;
        if !self.there(&typed, key.span) {
            return None;
        }
        let Type::Text(Words::Closed(words)) = &typed.ty else {
            self.report(
                Diagnostic::new(code::WRONG_WRITE, "which field this is must be known from a closed set of names")
                    .label(key.span, format!("this is `{}`", typed.ty))
                    .help("look the name up in a table of the fields that are meant"),
            );
            return None;
        };
        let mut targets = Vec::new();
        for word in words.words.clone() {
            let field = Ident { name: (&*word).into(), span: key.span };
            let step = self.step(target, &field)?;
            let word = self.builder.text(&word, key.span);
            let condition = self.builder.add(Expr::Equal(typed.id, word), key.span);
            let condition = match target.condition {
                Some(outer) => self.builder.add(Expr::And([outer, condition].into()), key.span),
                None => condition,
            };
            targets.push(Target { condition: Some(condition), ..step });
        }
        Some(targets)
    }

    fn unknown_path(&mut self, node: &Node, field: &Ident) {
        let names: Vec<&str> = node.names().collect();
        let mut diagnostic =
            Diagnostic::new(code::UNKNOWN_PATH, format!("the OCI runtime spec has no `{}` here", field.name))
                .label(field.span, "")
                .did_you_mean(field.span, &field.name, names.iter().copied());
        if diagnostic.help.is_none() {
            if super::path::is_taken(&field.name) {
                let help = "rules write paths of `config.json`, such as `process.cwd`; facts and the finished `spec` are only read";
                self.report(diagnostic.help(help));
                return;
            }
            let elsewhere = self.output.slots.iter().find(|slot| slot.name() == &*field.name);
            diagnostic = match elsewhere {
                Some(slot) => diagnostic.help(format!("did you mean `{}`?", slot.path)),
                None => diagnostic.help(format!("possible here: {}", names.join(", "))),
            };
        }
        self.report(diagnostic);
    }

    fn too_far(&mut self, slot: SlotIndex, element: bool, span: Span) {
        let path = self.output.slots.get(slot).map_or("", |slot| slot.path);
        let (message, help) = if element {
            (
                format!("an element of `{path}` is one value"),
                "write the whole element: the strongest write of its key wins whole".to_owned(),
            )
        } else {
            (format!("`{path}` is no record"), format!("write to `{path}` itself"))
        };
        self.report(
            Diagnostic::new(code::WRONG_WRITE, message).label(span, "nothing below it can be written").help(help),
        );
    }
}
