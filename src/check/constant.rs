//! Constants against the shapes of their places: what can be known wrong is said before anything runs.

use super::Checker;
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{ExprId, WriteKind};
use crate::schema::output::{Content, KeyPlace, SlotIndex};
use crate::schema::shape::{RecordShape, Shape};
use crate::source::Span;

impl Checker<'_> {
    /// Checks a value against a shape, if it is constant.
    pub(super) fn constant_fits(&mut self, id: ExprId, shape: &Shape, span: Span) -> Option<()> {
        match self.builder.constant_of(id).cloned() {
            Some(datum) => self.datum_fits(&datum, shape, span),
            None => Some(()),
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
                let name = Datum::at(it.span, Kind::Text(name.clone()));
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
