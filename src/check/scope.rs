//! What is known at a point of a policy: names, and which optional values are there.

use crate::facts::datum::{Datum, Kind};
use crate::ir::build::Canonical;
use crate::ir::{Expr, ExprId, LocalId};
use crate::schema::types::{Type, Word, Words};
use crate::source::Span;

use super::Checker;

/// A checked expression.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    /// It.
    pub(super) id: ExprId,
    /// The type of its value when it is there.
    pub(super) ty: Type,
    /// Whether it may be absent here.
    pub(super) optional: bool,
    /// The words that its place declares, where conditions have narrowed `ty`.
    pub(super) declared: Option<Words>,
}

impl Typed {
    pub(super) const fn new(id: ExprId, ty: Type) -> Self {
        Self { id, ty, optional: false, declared: None }
    }

    pub(super) const fn optional(id: ExprId, ty: Type) -> Self {
        Self { id, ty, optional: true, declared: None }
    }

    /// The type without what conditions have narrowed.
    pub(super) fn declared_type(&self) -> Type {
        self.declared.clone().map_or_else(|| self.ty.clone(), Type::Text)
    }
}

/// A local: a name for an expression that is there already, or for a slot of the frame.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) name: Box<str>,
    pub(super) span: Span,
    pub(super) value: Typed,
}

/// Something that holds at this point.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    /// It is there.
    Present(Canonical),
    /// If it is there, it is one of these.
    Words(Canonical, Words),
}

/// What is known where a condition holds, and where it does not.
#[derive(Clone, Debug, Default)]
pub(super) struct Learned {
    pub(super) yes: Vec<Known>,
    pub(super) no: Vec<Known>,
}

/// A point to go back to when a block or clause ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    locals: usize,
    known: usize,
    frame: usize,
}

impl Checker<'_> {
    pub(super) fn mark(&self) -> Mark {
        Mark { locals: self.locals.len(), known: self.known.len(), frame: self.frame }
    }

    /// Forgets the names and proofs since a mark. The frame is kept where lets are checked, because a let can be
    /// evaluated in the middle of anything.
    pub(super) fn release(&mut self, mark: Mark) {
        self.locals.truncate(mark.locals);
        self.known.truncate(mark.known);
        if self.reuse_frame {
            self.frame = mark.frame;
        }
    }

    /// A slot of the frame.
    pub(super) fn slot(&mut self) -> LocalId {
        let id = LocalId::new(self.frame);
        self.frame += 1;
        self.peak = self.peak.max(self.frame);
        self.builder.program.locals = self.builder.program.locals.max(self.frame);
        id
    }

    /// Binds a name to a new slot of the frame.
    pub(super) fn bind(&mut self, name: &crate::syntax::ast::Ident, ty: Type) -> LocalId {
        let local = self.slot();
        let id = self.builder.add(Expr::Local(local), name.span);
        self.name_local(name, Typed::new(id, ty));
        local
    }

    /// Binds a name to an expression.
    pub(super) fn name_local(&mut self, name: &crate::syntax::ast::Ident, value: Typed) {
        self.refuse_shadowing(name);
        self.locals.push(Local { name: name.name.clone(), span: name.span, value });
    }

    /// Adds what a condition teaches, where it holds or where it does not.
    pub(super) fn assume(&mut self, condition: ExprId, holds: bool) {
        let learned = self.learned(condition);
        self.known.extend(if holds { learned.yes } else { learned.no });
    }

    /// Narrows a value by what is known about it here.
    pub(super) fn narrow(&self, mut value: Typed) -> Typed {
        let canonical = self.builder.canonical(value.id);
        for known in self.known.iter().rev() {
            match known {
                Known::Present(it) if *it == canonical => value.optional = false,
                Known::Words(it, words) if *it == canonical && value.declared.is_none() => {
                    if let Type::Text(declared) = std::mem::replace(&mut value.ty, Type::Text(words.clone())) {
                        value.declared = Some(declared);
                    }
                }
                _ => {}
            }
        }
        value
    }

    /// What a condition teaches.
    pub(super) fn learned(&self, condition: ExprId) -> Learned {
        match self.builder.expr(condition) {
            Some(Expr::Not(inner)) => {
                let Learned { yes, no } = self.learned(*inner);
                Learned { yes: no, no: yes }
            }
            Some(Expr::And(parts)) => self.learned_of_all(parts),
            Some(Expr::Or(parts)) => {
                // `a or b` fails where both fail.
                let flipped = parts.iter().map(|part| self.learned(*part)).map(|l| Learned { yes: l.no, no: l.yes });
                let Learned { yes, no } = combine(flipped);
                Learned { yes: no, no: yes }
            }
            Some(Expr::Let(id)) => {
                self.builder.program.lets.get(id.index()).map(|l| self.learned(l.body)).unwrap_or_default()
            }
            _ => self.lessons.get(&condition).cloned().unwrap_or_default(),
        }
    }

    fn learned_of_all(&self, parts: &[ExprId]) -> Learned {
        combine(parts.iter().map(|part| self.learned(*part)))
    }

    /// That a value is there, and with it all that it is a part of.
    pub(super) fn presence(&mut self, id: ExprId) -> Vec<Known> {
        let mut known = vec![Known::Present(self.builder.canonical(id))];
        let mut next = id;
        while let Some(expr) = self.builder.expr(next) {
            match expr.clone() {
                Expr::Field(base, _) | Expr::Entry(base, _) | Expr::Element(base, _) => {
                    known.push(Known::Present(self.builder.canonical(base)));
                    next = base;
                }
                Expr::Fact(root, path) => {
                    let prefixes = (1..path.len()).filter_map(|end| path.get(..end));
                    for prefix in prefixes {
                        known.push(Known::Present(self.builder.intern(Expr::Fact(root, prefix.into()))));
                    }
                    break;
                }
                _ => break,
            }
        }
        known
    }

    /// The words of a constant text, or of a constant list of texts.
    pub(super) fn constant_words(&self, id: ExprId) -> Option<std::collections::BTreeSet<Word>> {
        let word = |datum: &Datum| match &datum.kind {
            Kind::Text(text) => Some(text.to_string().into()),
            _ => None,
        };
        let datum = self.builder.constant_of(id)?;
        match &datum.kind {
            Kind::List(elements) => elements.iter().map(word).collect(),
            _ => Some([word(datum)?].into()),
        }
    }
}

/// All hold: what each teaches where they do; what all teach alike where one fails.
fn combine(parts: impl Iterator<Item = Learned>) -> Learned {
    let mut all = Learned::default();
    let mut first = true;
    for part in parts {
        all.yes.extend(part.yes);
        if first {
            all.no = part.no;
            first = false;
        } else {
            all.no = all.no.iter().filter_map(|known| either(known, &part.no)).collect();
        }
    }
    all
}

/// What is known if either this or one of those is.
fn either(known: &Known, others: &[Known]) -> Option<Known> {
    others.iter().find_map(|other| match (known, other) {
        (Known::Present(a), Known::Present(b)) if a == b => Some(known.clone()),
        (Known::Words(a, Words::Closed(x)), Known::Words(b, Words::Closed(y))) if a == b => {
            let mut union = (**x).clone();
            union.words.extend(y.words.iter().cloned());
            Some(Known::Words(*a, Words::Closed(std::sync::Arc::new(union))))
        }
        _ => None,
    })
}
