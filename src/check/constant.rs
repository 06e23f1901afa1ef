//! Constants against the shapes of their places: what can be known wrong is said before anything runs.

use super::Checker;
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{ExprId, WriteKind};
use crate::schema::output::{Content, KeyPlace, Keyed, SlotIndex};
use crate::schema::shape::{RecordShape, Shape};
use crate::schema::types::Words;
use crate::source::Span;

impl Checker<'_> {
    /// Checks a value against a shape, if it is constant.
    pub(super) fn constant_fits(&mut self, id: ExprId, shape: &Shape, span: Span) -> Option<()> {
        match self.builder.constant_of(id).cloned() {
            Some(datum) => self.datum_fits(&datum, shape, span),
            None => Some(()),
        }
    }

    /// Checks a key against the form of its collection's keys, if it is constant.
    pub(super) fn key_fits(&mut self, key: ExprId, keyed: &Keyed) -> Option<()> {
        let Some(datum) = self.builder.constant_of(key).cloned() else { return Some(()) };
        let datum = Datum::at(self.builder.program.span(key), datum.kind);
        self.key_datum_fits(&datum, keyed)
    }

    /// Checks each key of a constant list of keys.
    pub(super) fn keys_fit(&mut self, keys: ExprId, keyed: &Keyed) -> Option<()> {
        let Some(Kind::List(keys)) = self.builder.constant_of(keys).map(|datum| datum.kind.clone()) else {
            return Some(());
        };
        keys.iter().try_for_each(|key| self.key_datum_fits(key, keyed))
    }

    fn key_datum_fits(&mut self, datum: &Datum, keyed: &Keyed) -> Option<()> {
        let shapes = keyed.key_shapes();
        if !shapes.iter().any(|shape| matches!(shape, Shape::Int { .. })) {
            return self.datum_fits(datum, &keyed.key_form, datum.span);
        }
        let Kind::Text(text) = &datum.kind else { return Some(()) };
        // Numbers are keys as `8` or, where two make the key, as `8:0`.
        let numbers: Option<Vec<i128>> = text.split(':').map(|part| part.parse().ok()).collect();
        match numbers.filter(|numbers| numbers.len() == shapes.len()) {
            Some(numbers) => numbers.iter().zip(shapes).try_for_each(|(number, shape)| {
                self.datum_fits(&Datum::at(datum.span, Kind::Int(*number)), shape, datum.span)
            }),
            None => {
                let wanted = if shapes.len() == 1 { "a number such as `1000`" } else { "two numbers such as `8:0`" };
                let message = format!("{text:?} does not fit: expected {wanted}");
                self.report(Diagnostic::new(code::BAD_CONSTANT, message).label(datum.span, ""));
                None
            }
        }
    }

    /// Whether a write's value is a constant that its slot takes as it stands. A constant that the slot does not
    /// take is reported.
    pub(super) fn is_checked(&mut self, index: SlotIndex, kind: WriteKind, value: ExprId, span: Span) -> bool {
        let Some(datum) = self.builder.constant_of(value).cloned() else { return false };
        let Some(slot) = self.output.slots.get(index) else { return false };
        let rule;
        let (element, key) = match &slot.content {
            Content::Value(shape) | Content::Set(shape) | Content::List(shape) => (shape, None),
            Content::DeviceRules(record) => {
                rule = Shape::Record(record.clone());
                (&rule, None)
            }
            Content::Keyed(keyed) => (&keyed.element, (keyed.key == KeyPlace::Name).then_some(&keyed.key_form)),
        };
        let sound = match (kind, &datum.kind) {
            (WriteKind::Value | WriteKind::AddAt(_), _) => self.datum_fits(&datum, element, span),
            (WriteKind::Whole | WriteKind::Add, Kind::List(elements)) => {
                elements.iter().try_for_each(|it| self.datum_fits(it, element, span))
            }
            (WriteKind::Whole | WriteKind::Add, Kind::Map(entries)) => entries.iter().try_for_each(|(name, it)| {
                let name = Datum::at(it.span, Kind::Text((&**name).into()));
                key.map_or(Some(()), |form| self.datum_fits(&name, form, span))?;
                self.datum_fits(it, element, span)
            }),
            _ => return false,
        };
        sound.is_some() && !needs_normal_form(element) && key.is_none_or(|key| !needs_normal_form(key))
    }

    fn datum_fits(&mut self, datum: &Datum, shape: &Shape, span: Span) -> Option<()> {
        let place = if datum.span.is_none() { span } else { datum.span };
        let wrong = match (shape, &datum.kind) {
            (Shape::Int { min, max }, Kind::Int(value)) if value < min || value > max => {
                Some(format!("{value} does not fit: this place holds {min} to {max}"))
            }
            (Shape::Text(form), Kind::Text(text)) => {
                form.check(text).err().map(|why| format!("{text:?} does not fit: expected {why}"))
            }
            (Shape::Words(Words::Closed(closed)), Kind::Text(text)) if closed.find(text).is_none() => {
                self.unknown_word(text, closed, place);
                return None;
            }
            (Shape::List(element), Kind::List(elements)) => {
                return elements.iter().try_for_each(|it| self.datum_fits(it, element, place));
            }
            (Shape::Map(value), Kind::Map(entries)) => {
                return entries.values().try_for_each(|it| self.datum_fits(it, value, place));
            }
            (Shape::Record(record), Kind::Record(fields)) => return self.record_fits(fields, record, place),
            _ => None,
        };
        match wrong {
            None => Some(()),
            Some(message) => {
                self.report(Diagnostic::new(code::BAD_CONSTANT, message).label(place, ""));
                None
            }
        }
    }

    fn record_fits(&mut self, fields: &[Datum], record: &RecordShape, span: Span) -> Option<()> {
        fields.iter().zip(&record.fields).try_for_each(|(value, field)| self.datum_fits(value, &field.shape, span))
    }
}

/// Whether texts of a shape are rewritten before they are compared.
fn needs_normal_form(shape: &Shape) -> bool {
    use crate::schema::shape::TextForm;
    match shape {
        Shape::Text(form) => *form == TextForm::CleanPath,
        Shape::List(inner) | Shape::Map(inner) => needs_normal_form(inner),
        Shape::Record(record) => record.fields.iter().any(|field| needs_normal_form(&field.shape)),
        _ => false,
    }
}
