//! Writes of a traced render. The slots' cells merge them as they are in this render; what decides how they merge is
//! asked beside, so that it is the same in every render on this way.

use super::effects::without;
use super::sym::Sym;
use super::tracer::{Off, Traced, Tracer};
use crate::eval::draft::{Draft, Filled};
use crate::eval::finish::DeviceRank;
use crate::eval::merge::{Cell, Verdict};
use crate::eval::text::parse_int;
use crate::eval::value::Value;
use crate::ir::{ExprId, Strength, Write, WriteKind};
use crate::schema::output::{Content, KeyPlace, Keyed, Layout, Slot};
use crate::schema::shape::Shape;

/// What a slot holds at the end.
pub(super) enum Held<'a> {
    Empty,
    One(Sym<'a>),
    Many(Vec<Sym<'a>>),
    Keyed(Vec<(Sym<'a>, Sym<'a>)>),
}

impl<'a> Tracer<'a> {
    pub(super) fn write(&mut self, write: &'a Write) -> Traced<()> {
        let slot = self.schema.slots.get(write.slot).ok_or(Off)?;
        let value = match write.kind {
            WriteKind::Unset | WriteKind::RemoveAt(_) => Sym::ABSENT,
            _ => {
                let value = self.eval(write.value)?;
                if value.is_absent() {
                    return without(write.tail);
                }
                value
            }
        };
        match (&slot.content, write.kind) {
            (Content::Value(_), WriteKind::Unset) => self.set(write, Sym::ABSENT),
            (Content::Value(shape), WriteKind::Value) => {
                let value = if write.checked { value } else { self.fitted(shape, value)? };
                self.set(write, value)
            }
            (_, WriteKind::Unset | WriteKind::Whole) => self.write_whole(write, slot, value),
            (_, WriteKind::Add) => self.write_all(write, slot, value, None),
            (_, WriteKind::Remove) => self.write_removals(write, slot, value),
            (Content::Keyed(keyed), WriteKind::AddAt(key) | WriteKind::RemoveAt(key)) => {
                self.write_at(write, keyed, key, value)
            }
            _ => Err(Off),
        }
    }

    fn set(&mut self, write: &'a Write, value: Sym<'a>) -> Traced<()> {
        let concrete = value.value(self.machine.bump);
        let before = match self.machine.cells.get(write.slot) {
            Some(Cell::One(one)) => Some(one.strength),
            _ => None,
        };
        let Some(shadow) = self.shadows.get_mut(write.slot) else { return Err(Off) };
        if before.is_none_or(|before| write.strength > before) {
            shadow.one = value;
        } else if before == Some(write.strength) {
            let one = shadow.one;
            self.same(one, value)?;
        }
        if let Some(cell) = self.machine.cells.get_mut(write.slot) {
            cell.set(write.strength, concrete);
        }
        Ok(())
    }

    fn write_whole(&mut self, write: &'a Write, slot: &'static Slot, value: Sym<'a>) -> Traced<()> {
        let bump = self.machine.bump;
        let cell = self.machine.cells.get_mut(write.slot).and_then(|cell| cell.collection(bump));
        let number = cell.ok_or(Off)?.begin_whole(write.strength, value.is_absent());
        if value.is_absent() { Ok(()) } else { self.write_all(write, slot, value, Some(number)) }
    }

    fn write_all(&mut self, write: &'a Write, slot: &'static Slot, value: Sym<'a>, whole: Option<u32>) -> Traced<()> {
        let elements: Vec<(Option<Sym<'a>>, Sym<'a>)> = match value.value(self.machine.bump) {
            Value::Map(_) => self.entries(value)?.iter().map(|(key, value)| (Some(*key), *value)).collect(),
            _ => self.elements(value)?.iter().map(|element| (None, *element)).collect(),
        };
        for (name, element) in elements {
            let (key, element) = self.keyed_element(write, slot, name, element)?;
            self.claim(write, key, element, whole)?;
        }
        Ok(())
    }

    /// The key of an element and the element as it is written.
    fn keyed_element(
        &mut self,
        write: &'a Write,
        slot: &'static Slot,
        name: Option<Sym<'a>>,
        element: Sym<'a>,
    ) -> Traced<(Sym<'a>, Sym<'a>)> {
        let keyed = match &slot.content {
            Content::Value(shape) | Content::Set(shape) | Content::List(shape) => {
                let element = if write.checked { element } else { self.fitted(shape, element)? };
                return Ok((element, element));
            }
            Content::DeviceRules(shape) => {
                let element = if write.checked { element } else { self.fitted_record(shape, element)? };
                return Ok((element, element));
            }
            Content::Keyed(keyed) => keyed,
        };
        let element = if write.checked { element } else { self.fitted(&keyed.element, element)? };
        let key = match (&keyed.key, name) {
            (KeyPlace::Name, Some(name)) => self.fitted(&keyed.key_form, name)?,
            (KeyPlace::Fields(fields), None) => self.key_of(fields, element)?,
            _ => return Err(Off),
        };
        Ok((key, element))
    }

    /// The key of an element: some of its fields as text, joined by `:`.
    fn key_of(&mut self, fields: &[usize], element: Sym<'a>) -> Traced<Sym<'a>> {
        let mut pieces = Vec::new();
        for (position, field) in fields.iter().enumerate() {
            if position > 0 {
                pieces.push(Sym::text(":"));
            }
            let part = self.field_of(element, *field)?;
            if !part.is_absent() {
                pieces.push(part);
            }
        }
        self.text_of(&pieces)
    }

    fn write_removals(&mut self, write: &'a Write, slot: &'static Slot, value: Sym<'a>) -> Traced<()> {
        for element in self.elements(value)? {
            let key = match &slot.content {
                Content::Keyed(keyed) => self.fitted(&keyed.key_form, *element)?,
                _ => self.keyed_element(write, slot, None, *element)?.0,
            };
            self.claim(write, key, Sym::ABSENT, None)?;
        }
        Ok(())
    }

    /// The element of a key is this, or there is none.
    fn write_at(&mut self, write: &'a Write, keyed: &'static Keyed, key: ExprId, value: Sym<'a>) -> Traced<()> {
        let key = self.eval(key)?;
        if key.is_absent() {
            return without(write.tail);
        }
        let key = self.fitted(&keyed.key_form, key)?;
        if value.is_absent() {
            return self.claim(write, key, value, None);
        }
        let element = self.fitted(&keyed.element, value)?;
        let element = match &keyed.key {
            KeyPlace::Name => element,
            KeyPlace::Fields(fields) => self.with_key(keyed, fields, key, element)?,
        };
        self.claim(write, key, element, None)
    }

    /// An element with the fields that its key gives.
    fn with_key(&mut self, keyed: &'static Keyed, fields: &[usize], key: Sym<'a>, element: Sym<'a>) -> Traced<Sym<'a>> {
        let Shape::Record(shape) = &keyed.element else { return Err(Off) };
        let mut parts = Vec::new();
        for index in 0..Self::field_count(element) {
            parts.push(self.field_of(element, index)?);
        }
        let givens: Vec<Sym<'a>> = match (fields, key) {
            (_, Sym::Const(Value::Text(text))) => text.splitn(fields.len(), ':').map(Sym::text).collect(),
            ([_], key) => vec![key],
            _ => return Err(Off),
        };
        let mut givens = givens.into_iter();
        for index in fields {
            let given = givens.next().unwrap_or(Sym::text(""));
            let number = shape.fields.get(*index).is_some_and(|field| matches!(field.shape, Shape::Int { .. }));
            let given = match (number, given) {
                (true, Sym::Const(Value::Text(text))) => {
                    parse_int(text).map_or(Sym::ABSENT, |number| Sym::Const(Value::Int(number)))
                }
                (true, _) => return Err(Off),
                (false, given) => given,
            };
            if let Some(part) = parts.get_mut(*index)
                && part.is_absent()
            {
                *part = given;
            }
        }
        let element = Sym::record(&parts, self.machine.bump);
        let own = self.key_of(fields, element)?;
        if !self.same(own, key)? {
            return Err(Off);
        }
        self.fitted(&keyed.element, element)
    }

    fn claim(&mut self, write: &'a Write, key: Sym<'a>, value: Sym<'a>, whole: Option<u32>) -> Traced<()> {
        let (bump, strength) = (self.machine.bump, write.strength);
        let keys = self.shadows.get(write.slot).map(|shadow| shadow.keys.clone()).unwrap_or_default();
        let found = self.find(&keys, key)?;
        let (concrete_key, concrete) = (key.value(bump), value.value(bump));
        let before = self.strength_of(write, found);
        let Some(shadow) = self.shadows.get_mut(write.slot) else { return Err(Off) };
        match found.and_then(|at| shadow.values.get_mut(at)) {
            None => {
                shadow.keys.push(key);
                shadow.values.push(value);
            }
            Some(place) if before.is_some_and(|before| strength > before) => *place = value,
            Some(place) if before == Some(strength) => {
                let place = *place;
                self.same(place, value)?;
            }
            Some(_) => {}
        }
        let cell = self.machine.cells.get_mut(write.slot).and_then(|cell| cell.collection(bump)).ok_or(Off)?;
        match whole {
            Some(number) => cell.claim_in_whole(number, strength, concrete_key, concrete),
            None => _ = cell.claim(strength, concrete_key, concrete),
        }
        Ok(())
    }

    fn strength_of(&self, write: &Write, position: Option<usize>) -> Option<Strength> {
        match self.machine.cells.get(write.slot) {
            Some(Cell::Many(collection)) => collection.entries.get(position?).map(|entry| entry.strength),
            _ => None,
        }
    }

    // The end.

    /// What the slots hold, now that all rules have run.
    pub(super) fn settle(&mut self) -> Traced<Vec<Held<'a>>> {
        let cells = std::mem::take(&mut self.machine.cells);
        let shadows = std::mem::take(&mut self.shadows);
        let mut held = Vec::with_capacity(cells.len());
        for ((cell, shadow), slot) in cells.iter().zip(&shadows).zip(&self.schema.slots) {
            held.push(match cell {
                Cell::Untouched => Held::Empty,
                Cell::One(one) if one.clash => return Err(Off),
                Cell::One(one) if one.value.is_absent() => Held::Empty,
                Cell::One(_) => Held::One(shadow.one),
                Cell::Many(collection) => {
                    let mut kept = Vec::new();
                    for ((entry, key), value) in collection.entries.iter().zip(&shadow.keys).zip(&shadow.values) {
                        match collection.verdict(entry) {
                            Verdict::In => kept.push((*key, *value)),
                            Verdict::Out => {}
                            Verdict::Clash => return Err(Off),
                        }
                    }
                    if collection.empty_or_unset() {
                        return Err(Off);
                    }
                    let given = collection.whole.is_some_and(|whole| whole.unset == 0);
                    if kept.is_empty() && !given { Held::Empty } else { self.arranged(slot, kept)? }
                }
            });
        }
        Ok(held)
    }

    /// Elements in the order in which they come out.
    fn arranged(&mut self, slot: &'static Slot, mut kept: Vec<(Sym<'a>, Sym<'a>)>) -> Traced<Held<'a>> {
        let values = |kept: Vec<(Sym<'a>, Sym<'a>)>| kept.into_iter().map(|(_, value)| value).collect();
        match &slot.content {
            Content::Keyed(keyed) if keyed.layout == Layout::ListByDepth => {
                let mut ranked = Vec::new();
                for (key, value) in kept {
                    ranked.push((self.depth(key)?, (key, value)));
                }
                ranked.sort_by_key(|(depth, _)| *depth);
                Ok(Held::Keyed(ranked.into_iter().map(|(_, entry)| entry).collect()))
            }
            Content::Keyed(_) => Ok(Held::Keyed(kept)),
            Content::Set(_) => {
                self.sort(None, &mut kept)?;
                Ok(Held::Many(values(kept)))
            }
            Content::DeviceRules(shape) => {
                let (rank, bump) = (DeviceRank::of(shape), self.machine.bump);
                for (_, rule) in &kept {
                    // The rank asks whether fields are there, which booleans they are, and for one word.
                    let kind = self.field_of(*rule, rank.kind)?;
                    self.same(kind, Sym::text("a"))?;
                }
                kept.sort_by_key(|(_, rule)| rank.rank(rule.value(bump)));
                Ok(Held::Many(values(kept)))
            }
            Content::Value(_) | Content::List(_) => Ok(Held::Many(values(kept))),
        }
    }

    /// The draft of this render.
    pub(super) fn draft(&self, held: &[Held<'a>]) -> Draft<'a> {
        let bump = self.machine.bump;
        let slots = held.iter().map(|held| match held {
            Held::Empty => Filled::Empty,
            Held::One(value) => Filled::One(value.value(bump)),
            Held::Many(values) => Filled::Many(values.iter().map(|value| value.value(bump)).collect()),
            Held::Keyed(entries) => {
                let text = |key: &Sym<'a>| if let Value::Text(text) = key.value(bump) { text } else { "" };
                Filled::Keyed(entries.iter().map(|(key, value)| (text(key), value.value(bump))).collect())
            }
        });
        Draft { slots: slots.collect() }
    }

    /// Makes the finished draft readable as `spec.…`.
    pub(super) fn publish(&mut self, held: &[Held<'a>]) {
        let bump = self.machine.bump;
        let values = held.iter().zip(&self.schema.slots).map(|(held, slot)| match (held, &slot.content) {
            (Held::One(value), _) => *value,
            (Held::Many(values), _) => Sym::list(values, bump),
            (Held::Keyed(entries), _) => Sym::map(entries, bump),
            (Held::Empty, Content::Value(_)) => Sym::ABSENT,
            (Held::Empty, Content::Keyed(_)) => Sym::map(&[], bump),
            (Held::Empty, _) => Sym::list(&[], bump),
        });
        self.spec = values.collect();
    }
}
