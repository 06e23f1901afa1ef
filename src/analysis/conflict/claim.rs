//! What a write says for certain: of which places, and what.

use std::borrow::Cow;

use crate::facts::datum::{Datum, Kind};
use crate::ir::build::constant_key;
use crate::ir::{Expr, ExprId, Program, Write, WriteKind};
use crate::schema::output::{Content, KeyPlace, Keyed, OutputSchema, SlotIndex};
use crate::schema::shape::{Shape, TextForm};

/// Longest value that a message shows, in characters.
const SHOWN: usize = 40;

/// A slot, or an element of its collection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) slot: SlotIndex,
    /// What tells elements apart.
    key: Option<Box<str>>,
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
    /// The element is there; it is its own key.
    In,
    /// There is nothing.
    Gone,
}

impl PartialEq for Says {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is { key: a, .. }, Self::Is { key: b, .. }) => a == b,
            (Self::In, Self::In) | (Self::Gone, Self::Gone) => true,
            _ => false,
        }
    }
}

/// What a write says of which places, as far as it is constant.
pub(super) fn of(program: &Program, output: &OutputSchema, write: &Write) -> Vec<(Place, Says)> {
    let Some(slot) = output.slots.get(write.slot) else { return Vec::new() };
    let value = || constant(program, write.value);
    let place = |key: Option<(String, String)>| {
        let (key, shown) = key.map(|(key, shown)| (key.into(), shown.into())).unzip();
        Place { slot: write.slot, key, shown }
    };
    match (write.kind, &slot.content) {
        (WriteKind::Value, _) => value().map(|datum| (place(None), is(datum))).into_iter().collect(),
        (WriteKind::Unset, Content::Value(_)) => vec![(place(None), Says::Gone)],
        (WriteKind::Unset | WriteKind::Whole, _) => Vec::new(),
        (WriteKind::Add, Content::Keyed(keyed)) => {
            let entries = value().map(|datum| keyed_elements(keyed, datum)).unwrap_or_default();
            entries.into_iter().map(|(key, says)| (place(Some(named(&key))), says)).collect()
        }
        (WriteKind::Add | WriteKind::Remove, Content::Set(_) | Content::List(_) | Content::DeviceRules(_)) => {
            let says = if write.kind == WriteKind::Add { Says::In } else { Says::Gone };
            let elements = elements(value());
            elements
                .iter()
                .map(|it| (place(Some((constant_key(it), shown(it).unwrap_or_default()))), says.clone()))
                .collect()
        }
        (WriteKind::Remove, Content::Keyed(keyed)) => {
            let keys = elements(value()).iter().filter_map(|key| clean(keyed, text(key)?));
            keys.map(|key| (place(Some(named(&key))), Says::Gone)).collect()
        }
        (WriteKind::AddAt(key) | WriteKind::RemoveAt(key), Content::Keyed(keyed)) => {
            let key = constant(program, key).and_then(text).and_then(|key| clean(keyed, key));
            let says = match write.kind {
                WriteKind::RemoveAt(_) => Some(Says::Gone),
                _ => key.as_deref().and_then(|key| {
                    let element = with_key(keyed, key, value()?)?;
                    Some(is(&element))
                }),
            };
            key.zip(says).map(|(key, says)| (place(Some(named(&key))), says)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn constant(program: &Program, id: ExprId) -> Option<&Datum> {
    match program.exprs.get(id.index())? {
        Expr::Const(id) => program.constants.get(id.index()),
        _ => None,
    }
}

fn text(datum: &Datum) -> Option<&str> {
    if let Kind::Text(text) = &datum.kind { Some(text) } else { None }
}

fn elements(list: Option<&Datum>) -> &[Datum] {
    match list.map(|datum| &datum.kind) {
        Some(Kind::List(elements)) => elements,
        _ => &[],
    }
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

/// The elements of a constant by their keys; those whose key is not a plain text are left to the evaluator.
fn keyed_elements(keyed: &Keyed, value: &Datum) -> Vec<(String, Says)> {
    match (&value.kind, &keyed.key) {
        (Kind::Map(entries), KeyPlace::Name) => entries.iter().map(|(key, it)| (key.to_string(), is(it))).collect(),
        (Kind::List(elements), KeyPlace::Fields(fields)) => {
            let [field] = fields.as_slice() else { return Vec::new() };
            let key = |element: &Datum| match &element.kind {
                Kind::Record(values) => {
                    let key = text(values.get(*field)?)?;
                    // A path in another spelling would make equal elements look different.
                    clean(keyed, key).filter(|clean| clean == key)
                }
                _ => None,
            };
            elements.iter().filter_map(|element| Some((key(element)?, is(element)))).collect()
        }
        _ => Vec::new(),
    }
}

/// An element with the field that its key gives.
fn with_key<'d>(keyed: &Keyed, key: &str, element: &'d Datum) -> Option<Cow<'d, Datum>> {
    let KeyPlace::Fields(fields) = &keyed.key else { return Some(Cow::Borrowed(element)) };
    let ([field], Kind::Record(values)) = (fields.as_slice(), &element.kind) else { return None };
    if !matches!(keyed.key_form, Shape::Text(_) | Shape::Words(_)) {
        return None;
    }
    let mut values = values.clone();
    *values.get_mut(*field)? = Datum::text(key);
    Some(Cow::Owned(Datum::new(Kind::Record(values))))
}

/// A key in its collection's normal form.
fn clean(keyed: &Keyed, key: &str) -> Option<String> {
    match &keyed.key_form {
        Shape::Text(TextForm::CleanPath) => TextForm::CleanPath.check(key).ok().map(Cow::into_owned),
        _ => Some(key.to_owned()),
    }
}
