//! What a write says: of which places, and what, as far as that is known without any service.

use std::borrow::Cow;
use std::sync::Arc;

use crate::facts::datum::{Datum, Kind};
use crate::ir::build::constant_key;
use crate::ir::{Expr, ExprId, Program, Tail, Write, WriteKind};
use crate::schema::output::{Content, KeyPlace, Keyed, SlotIndex};
use crate::schema::shape::{Shape, TextForm};
use crate::source::Span;

use super::Policy;

/// Longest value that a message shows, in characters.
const SHOWN: usize = 40;

/// A slot, or an element of its collection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) slot: SlotIndex,
    /// What tells elements apart; none for a value or a whole collection.
    pub(super) key: Option<Box<str>>,
    /// The key as messages show it.
    pub(super) shown: Option<Box<str>>,
}

/// What a write says of its place.
#[derive(Clone, Debug)]
pub(super) enum Says {
    /// It is this.
    Is {
        /// Equal for equal values.
        key: String,
        /// The value as messages show it, if it is short.
        shown: Option<String>,
    },
    /// It is what this expression is, by its canonical one.
    Same(ExprId),
    /// It is something.
    Something,
    /// The element is there; it is its own key.
    In,
    /// There is nothing.
    Gone,
}

impl Place {
    /// An element of a set.
    pub(super) fn element(slot: SlotIndex, element: &Datum) -> Self {
        let shown = shown(element).unwrap_or_default();
        Self { slot, key: Some(constant_key(element).into()), shown: Some(shown.into()) }
    }
}

impl Says {
    /// Whether it is known without any service.
    pub(super) const fn is_known(&self) -> bool {
        !matches!(self, Self::Same(_) | Self::Something)
    }

    /// Whether both say the same for certain.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is { key: a, .. }, Self::Is { key: b, .. }) => a == b,
            (Self::Same(a), Self::Same(b)) => a == b,
            (Self::In, Self::In) | (Self::Gone, Self::Gone) => true,
            _ => false,
        }
    }

    /// Whether they cannot both be so.
    pub(super) fn differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is { key: a, .. }, Self::Is { key: b, .. }) => a != b,
            (Self::Gone, there) | (there, Self::Gone) => there.is_known() && !matches!(there, Self::Gone),
            _ => false,
        }
    }
}

/// What a write says of one place.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) place: Place,
    pub(super) says: Says,
    /// Only where this holds.
    pub(super) condition: Option<ExprId>,
    /// Whether it does wherever the write runs and the condition holds.
    pub(super) certain: bool,
    /// The element, where it is written in the write.
    pub(super) span: Span,
}

/// An element that a write puts in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'p> {
    Constant(&'p Datum),
    Expr(ExprId),
}

/// An element that a write puts in, or several of one form.
#[derive(Debug)]
pub(super) struct Template<'p> {
    pub(super) part: Part<'p>,
    /// As [`Said::condition`].
    pub(super) condition: Option<ExprId>,
    /// Where, if that is known.
    pub(super) place: Option<Place>,
    /// Whether there is one for certain.
    pub(super) certain: bool,
}

/// All that a write says.
#[derive(Debug, Default)]
pub(super) struct Written<'p> {
    /// The elements of a collection that it puts in.
    pub(super) parts: Vec<Template<'p>>,
    pub(super) said: Vec<Said>,
    /// Whether it may say more, of places that are not known.
    pub(super) open: bool,
    /// Whether it may put in more than those parts.
    pub(super) opaque: bool,
    /// What it says of a whole collection, beside that those elements are in it.
    pub(super) whole: Option<Says>,
}

impl<'p> Policy<'p> {
    /// What a write says of which places.
    pub(super) fn said_by(&self, write: &Write, span: Span) -> Written<'p> {
        let Some(slot) = self.output.slots.get(write.slot) else { return Written::default() };
        let reading = Reading { policy: self, write, span };
        match (write.kind, &slot.content) {
            (WriteKind::Value, _) => Written::one(reading.place(None, self.says(write.value))),
            (WriteKind::Unset, Content::Value(_)) => Written::one(reading.place(None, Says::Gone)),
            (WriteKind::Unset, _) => Written { whole: Some(Says::Gone), ..Written::default() },
            (WriteKind::Whole, content) => Written { whole: Some(self.says(write.value)), ..reading.elements(content) },
            (WriteKind::Add | WriteKind::Remove, content) => reading.elements(content),
            (WriteKind::AddAt(key) | WriteKind::RemoveAt(key), Content::Keyed(keyed)) => {
                let key = constant(self.program, key).and_then(text).and_then(|key| clean(keyed, key));
                let Some(key) = key else { return Written::unknown() };
                if matches!(write.kind, WriteKind::RemoveAt(_)) {
                    return Written::one(reading.place(Some(named(&key)), Says::Gone));
                }
                let value = constant(self.program, write.value);
                let says = match value.and_then(|value| with_key(keyed, &key, value)) {
                    Some(element) => is(&element),
                    None => self.says_no_constant(write.value),
                };
                let said = reading.place(Some(named(&key)), says);
                let part = value.map_or(Part::Expr(write.value), Part::Constant);
                let (place, certain) = (Some(said.place.clone()), said.certain);
                let parts = vec![Template { part, condition: None, place, certain }];
                Written { parts, ..Written::one(said) }
            }
            _ => Written::unknown(),
        }
    }

    fn says(&self, value: ExprId) -> Says {
        constant(self.program, value).map_or_else(|| self.says_no_constant(value), is)
    }

    fn says_no_constant(&self, value: ExprId) -> Says {
        if constant(self.program, value).is_some() || self.has_locals(value) {
            return Says::Something;
        }
        Says::Same(self.canonical(value))
    }
}

impl Written<'_> {
    fn unknown() -> Self {
        Self { open: true, opaque: true, ..Self::default() }
    }

    fn has_more(&mut self) {
        (self.open, self.opaque) = (true, true);
    }

    fn one(said: Said) -> Self {
        Self { said: vec![said], ..Self::default() }
    }
}

/// A write that is looked at.
struct Reading<'a, 'p> {
    policy: &'a Policy<'p>,
    write: &'a Write,
    /// Its place.
    span: Span,
}

impl<'p> Reading<'_, 'p> {
    fn place(&self, key: Option<(String, String)>, says: Says) -> Said {
        let (key, shown) = key.map(|(key, shown)| (key.into(), shown.into())).unzip();
        // A value that may be absent may leave all as it is.
        let constant = constant(self.policy.program, self.write.value).is_some();
        let there = matches!(self.write.tail, Tail::Never | Tail::Deny(_)) || matches!(says, Says::Gone) || constant;
        let place = Place { slot: self.write.slot, key, shown };
        Said { place, says, condition: None, certain: there, span: self.span }
    }

    /// What is said of the elements of a list, or the entries of a map.
    fn elements(&self, content: &Content) -> Written<'p> {
        let (program, mut written) = (self.policy.program, Written::default());
        let mut open = vec![self.write.value];
        while let Some(id) = open.pop() {
            match program.exprs.get(id.index()) {
                Some(Expr::Const(_)) => self.constants(content, constant(program, id), &mut written),
                Some(Expr::ConcatLists(parts)) => open.extend(parts.iter().rev()),
                Some(Expr::Let(name)) => match program.lets.get(name.index()) {
                    Some(it) if constant(program, it.body).is_some() => open.push(it.body),
                    _ => written.has_more(),
                },
                Some(Expr::Comprehension(it)) if it.key.is_none() => {
                    written.open = true;
                    let value = match program.exprs.get(it.value.index()) {
                        Some(Expr::When(value, _)) => *value,
                        _ => it.value,
                    };
                    written.parts.push(Template {
                        part: Part::Expr(value),
                        condition: None,
                        place: None,
                        certain: false,
                    });
                }
                Some(Expr::List(parts)) => parts.iter().for_each(|part| self.element(content, *part, &mut written)),
                Some(Expr::Map(entries)) => entries.iter().for_each(|(key, it)| self.entry(*key, *it, &mut written)),
                _ => written.has_more(),
            }
        }
        written
    }

    fn constants(&self, content: &Content, value: Option<&'p Datum>, written: &mut Written<'p>) {
        match value.map(|datum| &datum.kind) {
            Some(Kind::List(elements)) => {
                elements.iter().for_each(|it| self.constant_element(content, it, None, written));
            }
            Some(Kind::Map(entries)) if self.write.kind != WriteKind::Remove => {
                for (key, value) in entries.iter() {
                    let mut said = self.place(Some(named(key)), is(value));
                    said.span = self.inside(value.span);
                    written.said.push(said);
                }
            }
            _ => written.has_more(),
        }
    }

    fn constant_element(&self, content: &Content, it: &'p Datum, condition: Option<ExprId>, written: &mut Written<'p>) {
        let gone = self.write.kind == WriteKind::Remove;
        let key = match content {
            Content::Keyed(keyed) if gone => text(it).and_then(|key| clean(keyed, key)).map(|key| named(&key)),
            Content::Keyed(keyed) => key_of(keyed, it).map(|key| named(&key)),
            _ => Some((constant_key(it), shown(it).unwrap_or_default())),
        };
        let says = match content {
            _ if gone => Says::Gone,
            Content::Keyed(_) => is(it),
            _ => Says::In,
        };
        let said = key.map(|key| self.place(Some(key), says));
        if !gone {
            let place = said.as_ref().map(|said| said.place.clone());
            written.parts.push(Template { part: Part::Constant(it), condition, place, certain: true });
        }
        match said {
            Some(said) => {
                written.said.push(Said { condition, certain: true, span: self.inside(it.span), ..said });
            }
            None => written.open = true,
        }
    }

    /// An element that is not constant, or only sometimes there.
    fn element(&self, content: &Content, id: ExprId, written: &mut Written<'p>) {
        let program = self.policy.program;
        let (value, condition) = match program.exprs.get(id.index()) {
            Some(Expr::When(value, condition)) => (*value, Some(*condition)),
            _ => (id, None),
        };
        if let Some(datum) = constant(program, value) {
            return self.constant_element(content, datum, condition, written);
        }
        let key = match (program.exprs.get(value.index()), content) {
            (Some(Expr::Record(fields)), Content::Keyed(Keyed { key: KeyPlace::Fields(key), .. })) => match &**key {
                [key] => fields.get(*key).and_then(|field| text(constant(program, *field)?)),
                _ => None,
            },
            _ => None,
        };
        let clean = |keyed: &Keyed| key.and_then(|key| clean(keyed, key).filter(|clean| clean == key));
        let key = if let Content::Keyed(keyed) = content { clean(keyed) } else { None };
        let said = key.map(|key| self.place(Some(named(&key)), self.policy.says_no_constant(value)));
        if self.write.kind != WriteKind::Remove {
            let place = said.as_ref().map(|said| said.place.clone());
            written.parts.push(Template { part: Part::Expr(value), condition, place, certain: true });
        }
        match said {
            Some(said) => {
                let span = self.inside(program.span(value));
                written.said.push(Said { condition, certain: true, span, ..said });
            }
            None => written.open = true,
        }
    }

    fn entry(&self, key: ExprId, value: ExprId, written: &mut Written<'p>) {
        let program = self.policy.program;
        let (value, condition) = match program.exprs.get(value.index()) {
            Some(Expr::When(value, condition)) => (*value, Some(*condition)),
            _ => (value, None),
        };
        match constant(program, key).and_then(text) {
            Some(key) if self.write.kind != WriteKind::Remove => {
                let says = self.policy.says(value);
                let span = self.inside(program.span(value));
                written.said.push(Said { condition, certain: true, span, ..self.place(Some(named(key)), says) });
            }
            _ => written.open = true,
        }
    }

    /// The place of a part, if it is in the write; a let is written elsewhere.
    fn inside(&self, span: Span) -> Span {
        let inside = span.source == self.span.source && span.start >= self.span.start && span.end <= self.span.end;
        if inside { span } else { self.span }
    }
}

/// The constant that an expression is.
pub(super) fn constant(program: &Program, id: ExprId) -> Option<&Datum> {
    match program.exprs.get(id.index())? {
        Expr::Const(id) => program.constants.get(id.index()),
        _ => None,
    }
}

fn text(datum: &Datum) -> Option<&str> {
    if let Kind::Text(text) = &datum.kind { Some(text) } else { None }
}

fn named(key: &str) -> (String, String) {
    (key.to_owned(), format!("{key:?}"))
}

fn is(datum: &Datum) -> Says {
    Says::Is { key: constant_key(datum), shown: shown(datum) }
}

/// A short value, on one line.
fn shown(datum: &Datum) -> Option<String> {
    let text = match &datum.kind {
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) => value.to_string(),
        Kind::Text(text) => format!("{text:?}"),
        _ => return None,
    };
    (text.chars().count() <= SHOWN).then_some(text)
}

/// The key of a constant element, where it is one plain text; others are left to the evaluator.
fn key_of(keyed: &Keyed, element: &Datum) -> Option<String> {
    let (Kind::Record(values), KeyPlace::Fields(fields)) = (&element.kind, &keyed.key) else { return None };
    let [field] = fields.as_slice() else { return None };
    let key = text(values.get(*field)?)?;
    // A path in another spelling would make equal elements look different.
    clean(keyed, key).filter(|clean| clean == key)
}

/// An element with the field that its key gives.
fn with_key<'d>(keyed: &Keyed, key: &str, element: &'d Datum) -> Option<Cow<'d, Datum>> {
    let KeyPlace::Fields(fields) = &keyed.key else { return Some(Cow::Borrowed(element)) };
    let ([field], Kind::Record(values)) = (fields.as_slice(), &element.kind) else { return None };
    if !matches!(keyed.key_form, Shape::Text(_) | Shape::Words(_)) {
        return None;
    }
    let mut values = values.clone();
    *Arc::make_mut(&mut values).get_mut(*field)? = Datum::text(key);
    Some(Cow::Owned(Datum::new(Kind::Record(values))))
}

/// A key in its collection's normal form.
fn clean(keyed: &Keyed, key: &str) -> Option<String> {
    match &keyed.key_form {
        Shape::Text(TextForm::CleanPath) => TextForm::CleanPath.check(key).ok().map(Cow::into_owned),
        _ => Some(key.to_owned()),
    }
}
