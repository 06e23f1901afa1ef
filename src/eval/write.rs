//! Writes: a value is checked against its place, its key is found, and the slot's cell takes it in.

use super::effects::with_facts;
use super::fit::Misfit;
use super::machine::{Eval, Machine};
use super::reads::is_sensitive;
use super::text::{parse_int, show};
use super::trace::{Action, Site};
use super::value::{Record, Value};
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{ExprId, Write, WriteKind};
use crate::schema::output::{Content, KeyPlace, Keyed, Slot};
use crate::schema::shape::Shape;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    pub(super) fn write(&mut self, effect: u32, write: &'a Write) -> Eval<()> {
        let Some(slot) = self.schema.slots.get(write.slot) else { return Err(self.confused(self.place(effect))) };
        let value = match write.kind {
            WriteKind::Unset | WriteKind::RemoveAt(_) => Value::Absent,
            _ => {
                let mark = self.trace.log.len();
                let value = self.eval(write.value)?;
                if TRACE {
                    self.watch_value(effect, mark);
                    self.trace.log.truncate(mark);
                }
                if value.is_absent() {
                    if TRACE {
                        self.pass_over_value(effect..effect + 1, write.value);
                    }
                    return self.without(effect, write.tail);
                }
                value
            }
        };
        let site = Site { effect, rule: self.rule, write };
        match (&slot.content, write.kind) {
            (Content::Value(_), WriteKind::Unset) => self.set(site, Value::Absent),
            (Content::Value(shape), WriteKind::Value) => {
                let fitted = if write.checked { Some(value) } else { self.fitted(site, slot, shape, value)? };
                match fitted {
                    Some(value) => self.set(site, value),
                    None => Ok(()),
                }
            }
            (_, WriteKind::Unset | WriteKind::Whole) => self.write_whole(site, slot, value),
            (_, WriteKind::Add) => self.write_all(site, slot, value, None),
            (_, WriteKind::Remove) => self.write_removals(site, slot, value),
            (Content::Keyed(keyed), WriteKind::AddAt(key) | WriteKind::RemoveAt(key)) => {
                self.write_at(site, slot, keyed, key, value)
            }
            _ => Err(self.confused(self.place(effect))),
        }
    }

    fn set(&mut self, site: Site<'a>, value: Value<'a>) -> Eval<()> {
        if let Some(cell) = self.cells.get_mut(site.write.slot) {
            cell.set(site.write.strength, value);
        }
        if TRACE {
            let action = if value.is_absent() { Action::Unset } else { Action::Is };
            self.record_event(site, action, None, value)?;
        }
        Ok(())
    }

    fn write_whole(&mut self, site: Site<'a>, slot: &'a Slot, value: Value<'a>) -> Eval<()> {
        let (bump, strength) = (self.bump, site.write.strength);
        let Some(collection) = self.cells.get_mut(site.write.slot).and_then(|cell| cell.collection(bump)) else {
            return Err(self.confused(self.place(site.effect)));
        };
        let number = collection.begin_whole(strength, value.is_absent());
        if TRACE {
            let action = if value.is_absent() { Action::Unset } else { Action::Whole };
            self.record_event(site, action, None, value)?;
        }
        if value.is_absent() { Ok(()) } else { self.write_all(site, slot, value, Some(number)) }
    }

    /// The elements of a list or the entries of a map are in; `whole` numbers a write of the whole.
    fn write_all(&mut self, site: Site<'a>, slot: &'a Slot, value: Value<'a>, whole: Option<u32>) -> Eval<()> {
        let count = match value {
            Value::List(list) => list.len(),
            Value::Map(map) => map.len(),
            _ => return Err(self.confused(self.place(site.effect))),
        };
        self.charge(count, self.place(site.effect))?;
        if TRACE {
            self.trace.origins = Some(self.origins(site.write.value)?);
        }
        for position in 0..count {
            self.trace.position = Some(position);
            let (name, element) = match value {
                Value::List(list) => (None, list.get(position)),
                Value::Map(map) => map.entry(position).map(|(key, value)| (Some(key), value)).unwrap_or_default(),
                _ => continue,
            };
            let Some((key, element)) = self.keyed_element(site, slot, name, element)? else { continue };
            self.claim(site, key, element, whole)?;
        }
        self.trace.position = None;
        Ok(())
    }

    fn claim(&mut self, site: Site<'a>, key: Value<'a>, value: Value<'a>, whole: Option<u32>) -> Eval<()> {
        let (bump, strength) = (self.bump, site.write.strength);
        let Some(collection) = self.cells.get_mut(site.write.slot).and_then(|cell| cell.collection(bump)) else {
            return Err(self.confused(self.place(site.effect)));
        };
        match whole {
            Some(number) => collection.claim_in_whole(number, strength, key, value),
            None => {
                collection.claim(strength, key, value);
            }
        }
        if TRACE {
            let action = if value.is_absent() { Action::Out } else { Action::In };
            self.record_event(site, action, Some(key), value)?;
        }
        Ok(())
    }

    /// The key of an element and the element as it is written; none if it was refused.
    fn keyed_element(
        &mut self,
        site: Site<'a>,
        slot: &'a Slot,
        name: Option<&'a str>,
        element: Value<'a>,
    ) -> Eval<Option<(Value<'a>, Value<'a>)>> {
        let keyed = match &slot.content {
            Content::Value(shape) | Content::Set(shape) | Content::List(shape) => {
                let fitted = if site.write.checked { Some(element) } else { self.fitted(site, slot, shape, element)? };
                return Ok(fitted.map(|element| (element, element)));
            }
            Content::DeviceRules(shape) => {
                let Value::Record(record) = element else { return Err(self.confused(self.place(site.effect))) };
                let fitted = if site.write.checked { Ok(None) } else { self.fit_record(shape, record) };
                let fitted = self.accept(site, slot, element, fitted)?;
                return Ok(fitted.map(|element| (element, element)));
            }
            Content::Keyed(keyed) => keyed,
        };
        let checked = site.write.checked;
        let element = if checked { Some(element) } else { self.fitted(site, slot, &keyed.element, element)? };
        let Some(element) = element else { return Ok(None) };
        let key = match (&keyed.key, name) {
            (KeyPlace::Name, Some(name)) => self.fitted(site, slot, &keyed.key_form, Value::Text(name))?,
            (KeyPlace::Fields(fields), None) => Some(self.key_of(site, fields, element)?),
            _ => return Err(self.confused(self.place(site.effect))),
        };
        Ok(key.map(|key| (key, element)))
    }

    /// The key of an element: some of its fields as text, joined by `:`.
    fn key_of(&mut self, site: Site<'a>, fields: &[usize], element: Value<'a>) -> Eval<Value<'a>> {
        let Value::Record(record) = element else { return Err(self.confused(self.place(site.effect))) };
        if let [field] = fields
            && let text @ Value::Text(_) = record.get(*field)
        {
            return Ok(text);
        }
        let mark = self.texts.len();
        for (position, field) in fields.iter().enumerate() {
            if position > 0 {
                self.texts.push(':');
            }
            super::text::print(record.get(*field), &mut self.texts);
        }
        let key = self.bump.alloc_str(self.texts.get(mark..).unwrap_or_default());
        self.texts.truncate(mark);
        Ok(Value::Text(key))
    }

    fn write_removals(&mut self, site: Site<'a>, slot: &'a Slot, value: Value<'a>) -> Eval<()> {
        let Value::List(list) = value else { return Err(self.confused(self.place(site.effect))) };
        self.charge(list.len(), self.place(site.effect))?;
        if TRACE {
            self.trace.origins = Some(self.origins(site.write.value)?);
        }
        for (position, element) in list.iter().enumerate() {
            self.trace.position = Some(position);
            let key = match &slot.content {
                Content::Keyed(keyed) => self.fitted(site, slot, &keyed.key_form, element)?,
                _ => self.keyed_element(site, slot, None, element)?.map(|(key, _)| key),
            };
            if let Some(key) = key {
                self.claim(site, key, Value::Absent, None)?;
            }
        }
        self.trace.position = None;
        Ok(())
    }

    /// The element of a key is this, or there is none.
    fn write_at(
        &mut self,
        site: Site<'a>,
        slot: &'a Slot,
        keyed: &'a Keyed,
        key: ExprId,
        value: Value<'a>,
    ) -> Eval<()> {
        let mark = self.trace.log.len();
        let written = self.eval(key)?;
        if TRACE {
            self.trace.log.truncate(mark);
        }
        if written.is_absent() {
            if TRACE {
                self.pass_over_value(site.effect..site.effect + 1, key);
            }
            return self.without(site.effect, site.write.tail);
        }
        let Some(key) = self.fitted(site, slot, &keyed.key_form, written)? else { return Ok(()) };
        if value.is_absent() {
            return self.claim(site, key, value, None);
        }
        let Some(element) = self.fitted(site, slot, &keyed.element, value)? else { return Ok(()) };
        let element = match &keyed.key {
            KeyPlace::Name => Some(element),
            KeyPlace::Fields(fields) => self.with_key(site, slot, keyed, fields, key, element)?,
        };
        match element {
            Some(element) => self.claim(site, key, element, None),
            None => Ok(()),
        }
    }

    /// An element with the fields that its key gives; refused if it has others itself.
    fn with_key(
        &mut self,
        site: Site<'a>,
        slot: &'a Slot,
        keyed: &'a Keyed,
        fields: &[usize],
        key: Value<'a>,
        element: Value<'a>,
    ) -> Eval<Option<Value<'a>>> {
        let (Shape::Record(shape), Value::Record(record), Value::Text(text)) = (&keyed.element, element, key) else {
            return Err(self.confused(self.place(site.effect)));
        };
        let mark = self.values.len();
        self.values.extend((0..record.len()).map(|index| record.get(index)));
        let mut parts = text.splitn(fields.len(), ':');
        for index in fields {
            let part = parts.next().unwrap_or_default();
            let given = match shape.fields.get(*index).map(|field| &field.shape) {
                Some(Shape::Int { .. }) => parse_int(part).map_or(Value::Absent, Value::Int),
                _ => Value::Text(part),
            };
            if let Some(place) = self.values.get_mut(mark + index)
                && place.is_absent()
            {
                *place = given;
            }
        }
        let element = self.seal_record(mark);
        let own = self.key_of(site, fields, element)?;
        if !super::order::equal(own, key) {
            let what = if record_has(record, fields) { show(own) } else { "no such key".to_owned() };
            let message = format!("`{}[{}]` is given an element whose own key is {what}", slot.path, show(key));
            let diagnostic = Diagnostic::new(code::FORBIDDEN_TEXT, message);
            let help = "leave the key out of the element, or write it the same in both places";
            self.refusals.push(diagnostic.label(self.place(site.effect), "written here").help(help));
            return Ok(None);
        }
        self.fitted(site, slot, &keyed.element, element)
    }

    /// The value as its place takes it; none if it was refused.
    fn fitted(
        &mut self,
        site: Site<'a>,
        slot: &'a Slot,
        shape: &'a Shape,
        value: Value<'a>,
    ) -> Eval<Option<Value<'a>>> {
        let fitted = self.fit(shape, value);
        self.accept(site, slot, value, fitted)
    }

    fn accept(
        &mut self,
        site: Site<'a>,
        slot: &'a Slot,
        value: Value<'a>,
        fitted: Result<Option<Value<'a>>, Box<Misfit<'a>>>,
    ) -> Eval<Option<Value<'a>>> {
        match fitted {
            Ok(changed) => Ok(Some(changed.unwrap_or(value))),
            Err(misfit) => self.refuse_misfit(site, slot, &misfit).map(|()| None),
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse_misfit(&mut self, site: Site<'a>, slot: &'a Slot, misfit: &Misfit<'a>) -> Eval<()> {
        let mut reads = if TRACE { self.reads_of_write(site)?.to_vec() } else { Vec::new() };
        let shown = if is_sensitive(&reads) { crate::provenance::HIDDEN.to_owned() } else { show(misfit.value) };
        let message = format!("`{}{}` cannot be {shown}", slot.path, misfit.inside);
        let diagnostic = Diagnostic::new(misfit.code, message).label(self.place(site.effect), "written here");
        let diagnostic = diagnostic.help(format!("this place takes {} ({})", misfit.wants, slot.section));
        // Of all that went into the element, what went into this text.
        if let Value::Text(text) = misfit.value
            && reads.iter().any(|read| read.is_part_of(text))
        {
            reads.retain(|read| read.is_part_of(text));
        }
        self.refusals.push(with_facts(diagnostic, &reads));
        Ok(())
    }
}

fn record_has(record: Record<'_>, fields: &[usize]) -> bool {
    fields.iter().any(|index| !record.get(*index).is_absent())
}
