//! What a place of the finished spec can hold, by all that may be written to it.
//!
//! Of one strength two writes that differ refuse the service, so only what is stronger takes something away. What
//! takes away counts only where it is certain to; what gives counts wherever it may.

use crate::facts::datum::Datum;
use crate::ir::{Effect, EffectId, Expr, ExprId, Strength, Tail, WriteKind};
use crate::schema::output::{Content, KeyPlace, Keyed, SlotIndex};
use crate::schema::shape::{Shape, TextForm};

use super::super::solve::Condition;
use super::members::Member;
use super::terms::{Made, Terms};

/// A write in one of the ways in which it can happen.
#[derive(Clone, Debug)]
pub(in super::super) struct Written {
    pub(in super::super) effect: EffectId,
    pub(super) strength: Strength,
    pub(super) kind: WriteKind,
    pub(super) value: ExprId,
    /// The key that it is about, if it is about one.
    pub(super) at: Option<ExprId>,
    pub(in super::super) conditions: Vec<Condition>,
    /// Whether it happens wherever they hold; else it may.
    pub(in super::super) certain: bool,
}

impl Written {
    pub(in super::super) const fn gives(&self) -> bool {
        matches!(self.kind, WriteKind::Value | WriteKind::Whole | WriteKind::Add | WriteKind::AddAt(_))
    }

    fn beats(&self, other: &Self) -> bool {
        self.strength > other.strength
    }
}

impl Terms<'_, '_> {
    /// All that may be written to a slot.
    pub(in super::super) fn writes(&mut self, slot: SlotIndex) -> Made<Vec<Written>> {
        let mut writes = Vec::new();
        for rule in self.writers.get(slot).cloned().unwrap_or_default() {
            self.walk(rule, true, &mut |terms, around, effect, statement| {
                let Effect::Write(write) = statement else { return Ok(()) };
                if write.slot != slot {
                    return Ok(());
                }
                let mut conditions = around.conditions.clone();
                let given = |terms: &mut Self, id: ExprId| terms.put(id, &around.places);
                let (value, at) = match write.kind {
                    WriteKind::Unset => (None, None),
                    WriteKind::RemoveAt(key) => (None, Some(given(terms, key)?)),
                    WriteKind::AddAt(key) => (Some(given(terms, write.value)?), Some(given(terms, key)?)),
                    _ => (Some(given(terms, write.value)?), None),
                };
                if write.tail != Tail::Never {
                    for part in value.into_iter().chain(at) {
                        conditions.push((terms.add(Expr::IsSet(part))?, true));
                    }
                }
                let value = value.unwrap_or_else(|| terms.constant(Datum::ABSENT));
                let (strength, kind, certain) = (write.strength, write.kind, !around.looped);
                terms.pay(conditions.len())?;
                writes.push(Written { effect, strength, kind, value, at, conditions, certain });
                Ok(())
            })?;
        }
        Ok(writes)
    }

    /// What a slot of one value can be, and where: its value, or absent. There is nothing else that it can be.
    pub(super) fn values(&mut self, slot: SlotIndex) -> Made<Vec<(ExprId, Vec<Condition>)>> {
        let writes = self.writes(slot)?;
        let mut values = Vec::new();
        for write in &writes {
            let mut conditions = write.conditions.clone();
            for other in writes.iter().filter(|other| other.certain && other.beats(write)) {
                conditions.push((self.together(&other.conditions)?, false));
            }
            values.push((self.as_written(slot, write.value), conditions));
        }
        let nothing = self.constant(Datum::ABSENT);
        let mut conditions = Vec::new();
        for other in writes.iter().filter(|other| other.certain && other.gives()) {
            conditions.push((self.together(&other.conditions)?, false));
        }
        values.push((nothing, conditions));
        Ok(values)
    }

    /// What a collection can have in it.
    pub(super) fn slot_members(&mut self, slot: SlotIndex) -> Made<Vec<Member>> {
        let writes = self.writes(slot)?;
        let mut members = Vec::new();
        for write in writes.iter().filter(|write| write.gives()) {
            for mut member in self.written_members(slot, write)? {
                let key = member.key.unwrap_or(member.value);
                for other in writes.iter().filter(|other| other.certain && other.effect != write.effect) {
                    if let Some(gone) = self.gone(slot, key, write, other)? {
                        member.conditions.push((gone, false));
                    }
                }
                members.push(member);
            }
        }
        Ok(members)
    }

    /// What holds wherever a collection that is no map has an element.
    pub(super) fn may_be_in(&mut self, slot: SlotIndex, element: ExprId) -> Made<ExprId> {
        let writes = self.writes(slot)?;
        let mut ways = Vec::new();
        for write in writes.iter().filter(|write| write.gives()) {
            let mut parts = vec![self.in_list(element, write.value)?, self.together(&write.conditions)?];
            for other in writes.iter().filter(|other| other.certain && other.effect != write.effect) {
                if let Some(gone) = self.gone(slot, element, write, other)? {
                    parts.push(self.not(gone)?);
                }
            }
            ways.push(self.all(parts)?);
        }
        self.any(ways)
    }

    /// The elements that a write puts in.
    fn written_members(&mut self, slot: SlotIndex, write: &Written) -> Made<Vec<Member>> {
        let keyed = match self.policy.output.slots.get(slot).map(|it| &it.content) {
            Some(Content::Keyed(keyed)) => Some(keyed),
            _ => None,
        };
        let mut members = match (write.at, keyed) {
            (Some(key), Some(keyed)) => {
                let value = self.with_key(keyed, write.value);
                vec![Member { conditions: Vec::new(), key: Some(key), value, certain: true }]
            }
            _ => self.members(write.value)?,
        };
        for member in &mut members {
            if let Some(keyed) = keyed {
                self.settle(keyed, member)?;
            }
            member.conditions.splice(0..0, write.conditions.iter().copied());
            member.certain &= write.certain;
            self.pay(member.conditions.len())?;
        }
        Ok(members)
    }

    /// An element whose key is given beside it.
    fn with_key(&mut self, keyed: &Keyed, value: ExprId) -> ExprId {
        match keyed.key {
            KeyPlace::Name => value,
            KeyPlace::Fields(_) => self.fresh(),
        }
    }

    /// The key of an element, and the element with what its place changes in it.
    fn settle(&mut self, keyed: &Keyed, member: &mut Member) -> Made<()> {
        if let (KeyPlace::Fields(fields), Shape::Record(shape), None) = (&keyed.key, &keyed.element, member.key) {
            if shape.fields.iter().any(|field| is_changed(&field.shape)) {
                let mut values = Vec::new();
                for (index, field) in shape.fields.iter().enumerate() {
                    let value = self.add(Expr::Field(member.value, u16::try_from(index).unwrap_or(u16::MAX)))?;
                    values.push(self.as_shaped(&field.shape, value));
                }
                member.value = self.add(Expr::Record(values.into()))?;
            }
            member.key = Some(match fields.as_slice() {
                [field] if matches!(keyed.key_form, Shape::Text(_) | Shape::Words(_)) => {
                    self.add(Expr::Field(member.value, u16::try_from(*field).unwrap_or(u16::MAX)))?
                }
                _ => self.fresh(),
            });
        }
        member.key = member.key.map(|key| self.as_shaped(&keyed.key_form, key));
        Ok(())
    }

    fn as_written(&mut self, slot: SlotIndex, value: ExprId) -> ExprId {
        match self.policy.output.slots.get(slot).map(|it| &it.content) {
            Some(Content::Value(shape)) => self.as_shaped(shape, value),
            _ => value,
        }
    }

    /// A value as its place takes it.
    fn as_shaped(&mut self, shape: &Shape, value: ExprId) -> ExprId {
        let clean = |text: &str| TextForm::CleanPath.check(text).is_ok_and(|clean| clean == text);
        if is_changed(shape) && !self.text(value).is_some_and(clean) { self.fresh() } else { value }
    }

    /// Where an element that one write puts in is not in for another one. None if that is not known.
    fn gone(&mut self, slot: SlotIndex, key: ExprId, write: &Written, other: &Written) -> Made<Option<ExprId>> {
        if other.strength < write.strength {
            return Ok(None);
        }
        let keyed = matches!(self.policy.output.slots.get(slot).map(|it| &it.content), Some(Content::Keyed(_)));
        let also = match (other.kind, other.at) {
            (WriteKind::Unset, _) => None,
            (WriteKind::Remove, _) => Some(self.in_list(key, other.value)?),
            (WriteKind::RemoveAt(_), Some(at)) => Some(self.add(Expr::Equal(key, at))?),
            (WriteKind::AddAt(_), Some(at)) if other.beats(write) => Some(self.add(Expr::Equal(key, at))?),
            (WriteKind::Whole, _) if !keyed => {
                let inside = self.in_list(key, other.value)?;
                Some(self.not(inside)?)
            }
            _ => return Ok(None),
        };
        let mut parts = vec![self.together(&other.conditions)?];
        parts.extend(also);
        self.all(parts).map(Some)
    }

    /// What, if it holds, makes sure that a collection has an element, or an entry of that key.
    pub(super) fn surely_in(&mut self, slot: SlotIndex, key: ExprId) -> Made<ExprId> {
        let writes = self.writes(slot)?;
        let mut ways = Vec::new();
        for write in writes.iter().filter(|write| write.certain && write.gives()) {
            let Some(safe) = self.unbeaten(slot, key, write, &writes)? else { continue };
            for inside in self.surely_written(slot, key, write)? {
                let mut parts = vec![self.together(&write.conditions)?, inside];
                parts.extend(safe.iter().copied());
                ways.push(self.all(parts)?);
            }
        }
        self.any(ways)
    }

    /// What must hold for no stronger write to take a key away; none if that is not known.
    fn unbeaten(
        &mut self,
        slot: SlotIndex,
        key: ExprId,
        write: &Written,
        writes: &[Written],
    ) -> Made<Option<Vec<ExprId>>> {
        let content = self.policy.output.slots.get(slot).map(|it| &it.content);
        // Another spelling takes the same key away.
        let spelt = matches!(content, Some(Content::Keyed(keyed)) if is_changed(&keyed.key_form));
        let mut safe = Vec::new();
        for other in writes.iter().filter(|other| other.beats(write)) {
            let also = match (other.kind, other.at) {
                (WriteKind::Add | WriteKind::AddAt(_), _) => continue,
                _ if !other.certain => return Ok(None),
                _ if spelt => None,
                (WriteKind::Remove, _) => Some(self.in_list(key, other.value)?),
                (WriteKind::RemoveAt(_), Some(at)) => Some(self.add(Expr::Equal(key, at))?),
                _ => None,
            };
            let mut parts = vec![self.together(&other.conditions)?];
            parts.extend(also);
            let taken = self.all(parts)?;
            safe.push(self.not(taken)?);
        }
        Ok(Some(safe))
    }

    /// Each of these makes sure that what a write puts in has a key.
    fn surely_written(&mut self, slot: SlotIndex, key: ExprId, write: &Written) -> Made<Vec<ExprId>> {
        match (self.policy.output.slots.get(slot).map(|it| &it.content), write.at) {
            (Some(Content::Keyed(_)), None) => {
                let mut ways = Vec::new();
                for member in self.written_members(slot, write)?.into_iter().filter(|it| it.certain) {
                    let same = self.add(Expr::Equal(key, member.key.unwrap_or(member.value)))?;
                    let mut parts = vec![self.together(&member.conditions)?];
                    parts.push(same);
                    ways.push(self.all(parts)?);
                }
                Ok(ways)
            }
            (Some(Content::Keyed(keyed)), Some(at)) if !is_changed(&keyed.key_form) => {
                Ok(vec![self.add(Expr::Equal(key, at))?])
            }
            (Some(Content::Keyed(_)), Some(_)) => Ok(Vec::new()),
            _ => Ok(vec![self.in_list(key, write.value)?]),
        }
    }

    /// What, if it holds, makes sure that a collection has something in it.
    pub(super) fn surely_filled(&mut self, slot: SlotIndex) -> Made<ExprId> {
        let writes = self.writes(slot)?;
        let mut ways = Vec::new();
        let takes = |write: &Written| !matches!(write.kind, WriteKind::Add | WriteKind::AddAt(_));
        for write in writes.iter().filter(|write| write.certain && write.gives()) {
            if writes.iter().any(|other| other.beats(write) && takes(other)) {
                continue;
            }
            for member in self.written_members(slot, write)? {
                // Of a constant list the same is known of all elements, and there are some.
                if member.certain || self.filled_constant(write.value) {
                    let conditions = if member.certain { &member.conditions } else { &write.conditions };
                    ways.push(self.together(conditions)?);
                }
            }
        }
        self.any(ways)
    }

    fn filled_constant(&self, value: ExprId) -> bool {
        use crate::facts::datum::Kind;
        matches!(self.datum(value).map(|datum| &datum.kind), Some(Kind::List(list)) if !list.is_empty())
    }
}

/// Whether a place writes some texts in another way than they are given.
fn is_changed(shape: &Shape) -> bool {
    match shape {
        Shape::Text(TextForm::CleanPath) => true,
        Shape::List(inner) | Shape::Map(inner) => is_changed(inner),
        Shape::Record(record) => record.fields.iter().any(|field| is_changed(&field.shape)),
        _ => false,
    }
}
