//! Expressions of a policy and more that are made from them: with other expressions in the place of locals and of what
//! the finished spec has somewhere. Everything made is paid for.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::datum::{Datum, Kind};
use crate::ir::build::{boolean, map_children};
use crate::ir::fold::{self, Folded};
use crate::ir::{ConstId, Conversion, ConversionId, Effect, Expr, ExprId, Let, LocalId, Program, Rule};
use crate::schema::output::SlotIndex;

use super::super::Policy;
use super::super::solve::Condition;

/// So many expressions may be made for one invariant.
const MADE: u32 = 20_000;
/// Expressions are no deeper than this; what would be is unknown.
const DEPTH: u16 = 400;

/// There is nothing left to pay with.
#[derive(Debug)]
pub(in super::super) struct Spent;

pub(in super::super) type Made<T> = Result<T, Spent>;

/// What stands in the place of what.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub(super) locals: BTreeMap<LocalId, ExprId>,
    pub(super) slots: BTreeMap<SlotIndex, ExprId>,
    /// Elements of keyed collections.
    pub(super) entries: BTreeMap<(SlotIndex, Box<str>), ExprId>,
}

/// The expressions.
pub(in super::super) struct Terms<'a, 'p> {
    pub(in super::super) policy: &'a Policy<'p>,
    /// Those of the policy, at their places, and what is made. It has no statements.
    pub(in super::super) program: Program,
    /// Of each expression, whether it has locals or reads the spec, and how deep it is.
    known: Vec<(bool, u16)>,
    /// The last local that was made.
    fresh: usize,
    /// Those of them that stand for each element of which their conditions hold.
    ranging: BTreeSet<LocalId>,
    left: u32,
    /// Whether nothing is known of what rules write.
    pub(super) blind: bool,
    /// The rules that write each slot.
    pub(super) writers: Vec<Vec<&'p Rule>>,
}

impl<'a, 'p> Terms<'a, 'p> {
    /// Those of a policy.
    pub(in super::super) fn new(policy: &'a Policy<'p>) -> Self {
        let from = policy.program;
        let lets = from.lets.iter().map(|it| Let { name: Box::default(), body: it.body });
        let program = Program {
            constants: from.constants.clone(),
            conversions: from.conversions.clone(),
            lets: lets.collect(),
            ..Program::default()
        };
        let (known, ranging) = (Vec::new(), BTreeSet::new());
        let mut terms = Self {
            policy,
            program,
            known,
            fresh: from.locals,
            ranging,
            left: 0,
            blind: false,
            writers: writers(policy),
        };
        for expr in &from.exprs {
            terms.push(expr.clone());
        }
        terms.refill();
        terms
    }

    /// Pays for the next invariant.
    pub(in super::super) const fn refill(&mut self) {
        self.left = MADE;
    }

    pub(super) fn pay(&mut self, price: usize) -> Made<()> {
        let price = u32::try_from(price).unwrap_or(u32::MAX);
        self.left = self.left.checked_sub(price).ok_or(Spent)?;
        Ok(())
    }

    fn push(&mut self, expr: Expr) -> ExprId {
        let id = ExprId::new(self.program.exprs.len());
        let (mut open, mut depth) = (matches!(expr, Expr::Local(_) | Expr::Spec(_)), 0);
        map_children(&expr, &mut |child| {
            let (child_open, child_depth) = self.known.get(child.index()).copied().unwrap_or_default();
            (open, depth) = (open || child_open, depth.max(child_depth));
            child
        });
        self.known.push((open, depth.saturating_add(1)));
        self.program.exprs.push(expr);
        id
    }

    /// Adds an expression, in a simpler form where there is one.
    pub(super) fn add(&mut self, expr: Expr) -> Made<ExprId> {
        self.pay(1)?;
        match fold::fold(&self.program, &expr) {
            Some(Folded::Same(id)) => return Ok(id),
            Some(Folded::Expr(expr)) => return Ok(self.push(expr)),
            Some(Folded::Const(datum)) => return Ok(self.constant(datum)),
            None => {}
        }
        match &expr {
            Expr::InList(_, list) if matches!(self.datum(*list).map(|it| &it.kind), Some(Kind::List(all)) if all.is_empty()) => {
                Ok(self.constant(boolean(false)))
            }
            Expr::Field(record, index) => self.field(*record, *index),
            Expr::Entry(map, key) => self.entry(*map, *key),
            _ => Ok(self.bounded(expr)),
        }
    }

    fn bounded(&mut self, expr: Expr) -> ExprId {
        let id = self.push(expr);
        if self.known.get(id.index()).is_some_and(|(_, depth)| *depth > DEPTH) { self.fresh() } else { id }
    }

    /// A value of which nothing is known.
    pub(super) fn fresh(&mut self) -> ExprId {
        self.fresh += 1;
        self.push(Expr::Local(LocalId::new(self.fresh)))
    }

    /// Any element of which the conditions hold that are told with it.
    pub(super) fn ranging(&mut self) -> ExprId {
        let id = self.fresh();
        self.ranging.insert(LocalId::new(self.fresh));
        id
    }

    /// The local that an expression is, if it is such an element.
    pub(super) fn as_ranging(&self, id: ExprId) -> Option<LocalId> {
        match self.program.exprs.get(id.index()) {
            Some(Expr::Local(local)) if self.ranging.contains(local) => Some(*local),
            _ => None,
        }
    }

    pub(super) fn constant(&mut self, datum: Datum) -> ExprId {
        self.program.constants.push(datum);
        self.push(Expr::Const(ConstId::new(self.program.constants.len() - 1)))
    }

    pub(super) fn expr(&self, id: ExprId) -> Expr {
        self.program.exprs.get(id.index()).cloned().unwrap_or(Expr::Or(Box::default()))
    }

    pub(super) fn is_open(&self, id: ExprId) -> bool {
        self.known.get(id.index()).is_none_or(|(open, _)| *open)
    }

    pub(super) fn datum(&self, id: ExprId) -> Option<&Datum> {
        match self.program.exprs.get(id.index())? {
            Expr::Const(constant) => self.program.constants.get(constant.index()),
            _ => None,
        }
    }

    pub(super) fn text(&self, id: ExprId) -> Option<&str> {
        match &self.datum(id)?.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    // Conditions.

    pub(super) fn not(&mut self, id: ExprId) -> Made<ExprId> {
        match self.expr(id) {
            Expr::Not(inner) => Ok(inner),
            _ => self.add(Expr::Not(id)),
        }
    }

    pub(super) fn all(&mut self, parts: Vec<ExprId>) -> Made<ExprId> {
        self.junction(parts, true)
    }

    pub(super) fn any(&mut self, parts: Vec<ExprId>) -> Made<ExprId> {
        self.junction(parts, false)
    }

    /// Parts of which all must hold, or one; those that change nothing are left out.
    fn junction(&mut self, parts: Vec<ExprId>, all: bool) -> Made<ExprId> {
        let mut flat: Vec<ExprId> = Vec::with_capacity(parts.len());
        for part in parts {
            match (self.expr(part), all) {
                (Expr::And(inner), true) | (Expr::Or(inner), false) => flat.extend(inner),
                _ if self.datum(part).is_some_and(|datum| datum.kind == Kind::Bool(!all)) => return Ok(part),
                _ if self.datum(part).is_some_and(|datum| datum.kind == Kind::Bool(all)) => {}
                _ => flat.push(part),
            }
        }
        self.pay(flat.len())?;
        match flat.as_slice() {
            [] => Ok(self.constant(boolean(all))),
            [one] => Ok(*one),
            _ if all => self.add(Expr::And(flat.into())),
            _ => self.add(Expr::Or(flat.into())),
        }
    }

    /// Conditions as one.
    pub(super) fn together(&mut self, conditions: &[Condition]) -> Made<ExprId> {
        let mut parts = Vec::new();
        for (id, holds) in conditions {
            parts.push(if *holds { *id } else { self.not(*id)? });
        }
        self.all(parts)
    }

    /// What must hold for a value to be there: nothing, if it always is.
    pub(super) fn there(&mut self, value: ExprId) -> Made<Option<Condition>> {
        let sure = match self.expr(value) {
            Expr::Const(_) => self.datum(value).is_some_and(|datum| !datum.is_absent()),
            Expr::Text(_) | Expr::List(_) | Expr::Record(_) | Expr::Map(_) | Expr::ConcatLists(_) => true,
            Expr::MergeRecords(..) | Expr::MergeMaps(_) | Expr::Comprehension(_) => true,
            _ => false,
        };
        Ok(if sure { None } else { Some((self.add(Expr::IsSet(value))?, true)) })
    }

    // Parts.

    pub(super) fn field(&mut self, record: ExprId, index: u16) -> Made<ExprId> {
        match self.expr(record) {
            Expr::Let(name) => match self.body(name).map(|body| (body, self.expr(body))) {
                Some((body, Expr::Record(_) | Expr::Const(_) | Expr::MergeRecords(..))) => self.field(body, index),
                _ => Ok(self.bounded(Expr::Field(record, index))),
            },
            Expr::Record(_) | Expr::Const(_) => match fold::fold(&self.program, &Expr::Field(record, index)) {
                Some(Folded::Same(id)) => Ok(id),
                Some(Folded::Const(datum)) => Ok(self.constant(datum)),
                _ => Ok(self.bounded(Expr::Field(record, index))),
            },
            Expr::MergeRecords(left, right, plan) => {
                let (from_left, from_right) = plan.get(usize::from(index)).copied().unwrap_or_default();
                let mut parts = Vec::new();
                for (record, index) in [(right, from_right), (left, from_left)] {
                    if let Some(index) = index {
                        parts.push(self.add(Expr::Field(record, index))?);
                    }
                }
                self.first(parts)
            }
            Expr::Convert(conversion, inner) => match self.program.conversions.get(conversion.index()).cloned() {
                Some(Conversion::Fields(fields)) => match fields.get(usize::from(index)) {
                    Some(Some((from, conversion))) => {
                        let field = self.add(Expr::Field(inner, *from))?;
                        self.convert(conversion.clone(), field)
                    }
                    _ => Ok(self.constant(Datum::ABSENT)),
                },
                _ => Ok(self.bounded(Expr::Field(record, index))),
            },
            _ => Ok(self.bounded(Expr::Field(record, index))),
        }
    }

    /// The entry of a key, down to where the key is not known to be or not to be.
    pub(super) fn entry(&mut self, map: ExprId, key: ExprId) -> Made<ExprId> {
        let plain = Expr::Entry(map, key);
        let Some(wanted) = self.text(key).map(str::to_owned) else { return Ok(self.bounded(plain)) };
        match self.expr(map) {
            Expr::Map(entries) if entries.iter().all(|(key, _)| self.text(*key).is_some()) => {
                let entries = entries.iter().rev().filter(|(key, _)| self.text(*key) == Some(wanted.as_str()));
                let values: Vec<ExprId> = entries.map(|(_, value)| *value).collect();
                self.first(values)
            }
            Expr::MergeMaps(maps) => {
                let mut parts = Vec::new();
                for map in maps.iter().rev() {
                    parts.push(self.add(Expr::Entry(*map, key))?);
                }
                self.first(parts)
            }
            Expr::Let(name) => match self.body(name).map(|body| (body, self.expr(body))) {
                Some((body, Expr::Map(_) | Expr::MergeMaps(_) | Expr::Const(_))) => self.add(Expr::Entry(body, key)),
                _ => Ok(self.bounded(plain)),
            },
            _ => Ok(self.bounded(plain)),
        }
    }

    fn first(&mut self, parts: Vec<ExprId>) -> Made<ExprId> {
        match parts.as_slice() {
            [] => Ok(self.constant(Datum::ABSENT)),
            [one] => Ok(*one),
            _ => self.add(Expr::Else(parts.into())),
        }
    }

    pub(super) fn body(&self, name: crate::ir::LetId) -> Option<ExprId> {
        self.program.lets.get(name.index()).map(|it| it.body)
    }

    pub(super) fn convert(&mut self, conversion: Conversion, value: ExprId) -> Made<ExprId> {
        if conversion == Conversion::Same {
            return Ok(value);
        }
        if let Some(datum) = self.datum(value).and_then(|datum| fold::convert(&conversion, datum)) {
            return Ok(self.constant(datum));
        }
        let known = self.program.conversions.iter().position(|other| *other == conversion);
        let id = known.unwrap_or_else(|| {
            self.program.conversions.push(conversion);
            self.program.conversions.len() - 1
        });
        self.add(Expr::Convert(ConversionId::new(id), value))
    }

    /// The same expression with others in the place of some.
    pub(super) fn put(&mut self, id: ExprId, places: &Places) -> Made<ExprId> {
        self.put_known(id, places, &mut BTreeMap::new())
    }

    fn put_known(&mut self, id: ExprId, places: &Places, done: &mut BTreeMap<ExprId, ExprId>) -> Made<ExprId> {
        if !self.is_open(id) {
            return Ok(id);
        }
        if let Some(known) = done.get(&id) {
            return Ok(*known);
        }
        let expr = self.expr(id);
        let made = match &expr {
            Expr::Local(local) => places.locals.get(local).copied().unwrap_or(id),
            Expr::Spec(slot) => places.slots.get(slot).copied().unwrap_or(id),
            Expr::Comprehension(comprehension) => {
                let bound = comprehension.loops.iter().flat_map(|it| [Some(it.element), it.index]).flatten();
                let mut inner = places.clone();
                for local in bound {
                    inner.locals.remove(&local);
                }
                self.put_children(&expr, &inner, &mut BTreeMap::new())?
            }
            Expr::Entry(map, key) => {
                let place = match self.expr(*map) {
                    Expr::Spec(slot) => self.text(*key).map(|key| (slot, Box::from(key))),
                    _ => None,
                };
                match place.and_then(|place| places.entries.get(&place)) {
                    Some(value) => *value,
                    None => self.put_children(&expr, places, done)?,
                }
            }
            _ => self.put_children(&expr, places, done)?,
        };
        done.insert(id, made);
        Ok(made)
    }

    fn put_children(&mut self, expr: &Expr, places: &Places, done: &mut BTreeMap<ExprId, ExprId>) -> Made<ExprId> {
        let mut spent = None;
        let made = map_children(expr, &mut |child| match self.put_known(child, places, done) {
            Ok(id) => id,
            Err(error) => {
                spent = Some(error);
                child
            }
        });
        match spent {
            Some(error) => Err(error),
            None => self.add(made),
        }
    }
}

/// For each slot the rules that write it.
fn writers<'p>(policy: &Policy<'p>) -> Vec<Vec<&'p Rule>> {
    let mut writers: Vec<Vec<&Rule>> = vec![Vec::new(); policy.output.slots.len()];
    for rule in &policy.program.rules {
        let effects = policy.program.effects.get(rule.effects.start as usize..rule.effects.end as usize);
        for effect in effects.unwrap_or_default() {
            if let Effect::Write(write) = effect
                && let Some(rules) = writers.get_mut(write.slot)
                && !rules.last().is_some_and(|last| std::ptr::eq(*last, rule))
            {
                rules.push(rule);
            }
        }
    }
    writers
}
