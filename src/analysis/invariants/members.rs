//! What can be in a list or map.

use crate::facts::datum::{Datum, Kind};
use crate::ir::{Comprehension, Conversion, Expr, ExprId};
use crate::schema::facts::Root;
use crate::schema::functions::Function;
use crate::schema::output::{Content, Slot};
use crate::schema::shape::{FieldShape, Shape};

use super::super::solve::Condition;
use super::terms::{Made, Terms};
use super::walk::Around;

/// An element, or many of which the same is known.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Where these hold.
    pub(super) conditions: Vec<Condition>,
    /// The key of an entry.
    pub(super) key: Option<ExprId>,
    pub(super) value: ExprId,
    /// Whether it is in wherever they hold; else it may be.
    pub(super) certain: bool,
}

impl Member {
    const fn plain(value: ExprId) -> Self {
        Self { conditions: Vec::new(), key: None, value, certain: true }
    }
}

impl Terms<'_, '_> {
    /// What a list or map can have in it. Nothing else can be in it.
    pub(super) fn members(&mut self, list: ExprId) -> Made<Vec<Member>> {
        self.pay(1)?;
        match self.expr(list) {
            Expr::Const(_) => self.constant_members(list),
            Expr::Let(name) => match self.body(name) {
                Some(body) => self.members(body),
                None => self.unknown_members(list),
            },
            Expr::Else(parts) => {
                let (mut members, mut before) = (Vec::new(), Vec::new());
                for part in parts {
                    members.extend(self.members_where(part, &before)?);
                    before.push((self.add(Expr::IsSet(part))?, false));
                }
                Ok(members)
            }
            Expr::When(value, condition) => self.members_where(value, &[(condition, true)]),
            Expr::List(items) => {
                let mut members = Vec::new();
                for item in items {
                    members.push(self.item(item)?);
                }
                Ok(members)
            }
            Expr::Map(entries) => {
                let mut members = Vec::new();
                for (key, value) in entries {
                    members.push(Member { key: Some(key), ..self.item(value)? });
                }
                Ok(members)
            }
            Expr::ConcatLists(parts) => {
                let mut members = Vec::new();
                for part in parts {
                    members.extend(self.members(part)?);
                }
                Ok(members)
            }
            Expr::MergeMaps(parts) => self.merged_members(&parts),
            Expr::Comprehension(comprehension) => self.comprehension_members(&comprehension),
            Expr::Convert(conversion, inner) => match self.program.conversions.get(conversion.index()).cloned() {
                Some(Conversion::Each(each)) => {
                    let mut members = self.members(inner)?;
                    for member in &mut members {
                        member.value = self.convert((*each).clone(), member.value)?;
                    }
                    Ok(members)
                }
                _ => self.unknown_members(list),
            },
            Expr::Call(Function::Unique | Function::Sort, arguments) => match &*arguments {
                [inner] => self.members(*inner),
                _ => self.unknown_members(list),
            },
            Expr::Spec(slot) if !self.blind => self.slot_members(slot),
            _ => self.unknown_members(list),
        }
    }

    fn members_where(&mut self, list: ExprId, conditions: &[Condition]) -> Made<Vec<Member>> {
        let mut members = self.members(list)?;
        for member in &mut members {
            self.pay(conditions.len())?;
            member.conditions.splice(0..0, conditions.iter().copied());
        }
        Ok(members)
    }

    /// An element of a list as it is written, which is left out where it is absent.
    fn item(&mut self, item: ExprId) -> Made<Member> {
        if let Expr::When(value, condition) = self.expr(item) {
            let inner = self.item(value)?;
            let conditions = [(condition, true)].into_iter().chain(inner.conditions).collect();
            return Ok(Member { conditions, ..inner });
        }
        let conditions = self.there(item)?.into_iter().collect();
        Ok(Member { conditions, ..Member::plain(item) })
    }

    fn constant_members(&mut self, list: ExprId) -> Made<Vec<Member>> {
        let parts: Vec<(Option<Datum>, Datum)> = match self.datum(list).map(|datum| &datum.kind) {
            Some(Kind::List(elements)) if elements.len() > 1 && elements.iter().all(is_scalar) => {
                // Of all of them the same is known: that it is one of them.
                let element = self.ranging();
                let inside = (self.add(Expr::InList(element, list))?, true);
                return Ok(vec![Member { conditions: vec![inside], certain: false, ..Member::plain(element) }]);
            }
            Some(Kind::List(elements)) => elements.iter().map(|it| (None, it.clone())).collect(),
            Some(Kind::Map(entries)) => {
                entries.iter().map(|(key, it)| (Some(Datum::text(key.clone())), it.clone())).collect()
            }
            Some(Kind::Absent) => Vec::new(),
            _ => return self.unknown_members(list),
        };
        self.pay(parts.len())?;
        let member = |(key, value): (Option<Datum>, Datum)| {
            let key = key.map(|key| self.constant(key));
            Member { key, ..Member::plain(self.constant(value)) }
        };
        Ok(parts.into_iter().map(member).collect())
    }

    /// Of one key the last counts.
    fn merged_members(&mut self, parts: &[ExprId]) -> Made<Vec<Member>> {
        let mut members = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            for mut member in self.members(*part)? {
                for later in parts.iter().skip(index + 1) {
                    if let Some(key) = member.key {
                        member.conditions.push((self.add(Expr::InMap(key, *later))?, false));
                    }
                }
                members.push(member);
            }
        }
        Ok(members)
    }

    fn comprehension_members(&mut self, one: &Comprehension) -> Made<Vec<Member>> {
        let mut rounds = vec![Around::default()];
        for each in &one.loops {
            let mut inner = Vec::new();
            for round in &rounds {
                inner.extend(self.rounds(each, round)?);
            }
            rounds = inner;
        }
        let mut members = Vec::new();
        for round in rounds {
            let value = self.here(one.value, &round)?;
            let item = self.item(value)?;
            let key = match one.key {
                Some(key) => Some(self.here(key, &round)?),
                None => None,
            };
            let conditions = round.conditions.into_iter().chain(item.conditions).collect();
            // Of one key the last counts, so it is not certain that this one does.
            let certain = !round.looped && key.is_none();
            members.push(Member { conditions, key, value: item.value, certain });
        }
        Ok(members)
    }

    fn unknown_members(&mut self, list: ExprId) -> Made<Vec<Member>> {
        if self.is_map(list) {
            let key = self.ranging();
            let value = self.add(Expr::Entry(list, key))?;
            let conditions = vec![(self.add(Expr::InMap(key, list))?, true), (self.add(Expr::IsSet(value))?, true)];
            return Ok(vec![Member { conditions, key: Some(key), value, certain: false }]);
        }
        let element = self.ranging();
        let conditions = vec![(self.add(Expr::InList(element, list))?, true), (self.add(Expr::IsSet(element))?, true)];
        Ok(vec![Member { conditions, certain: false, ..Member::plain(element) }])
    }

    /// That a list is there and has an element.
    pub(super) fn in_list(&mut self, element: ExprId, list: ExprId) -> Made<ExprId> {
        let inside = self.add(Expr::InList(element, list))?;
        if !self.may_be_absent(list) {
            return Ok(inside);
        }
        // Operators are not asked about what is absent.
        let there = self.add(Expr::IsSet(list))?;
        self.all(vec![there, inside])
    }

    fn may_be_absent(&self, id: ExprId) -> bool {
        match self.program.exprs.get(id.index()) {
            Some(Expr::List(_) | Expr::ConcatLists(_) | Expr::Comprehension(_) | Expr::Map(_) | Expr::MergeMaps(_)) => {
                false
            }
            Some(Expr::Const(_)) => self.datum(id).is_none_or(Datum::is_absent),
            Some(Expr::Let(name)) => self.body(*name).is_none_or(|body| self.may_be_absent(body)),
            Some(Expr::Else(parts)) => parts.iter().all(|part| self.may_be_absent(*part)),
            Some(Expr::Spec(slot)) => self.policy.output.slots.get(*slot).is_none_or(Slot::read_optional),
            Some(Expr::Host(field)) => field.may_be_absent(),
            Some(Expr::Fact(root, path)) => self.fact_may_be_absent(*root, path),
            _ => true,
        }
    }

    fn fact_may_be_absent(&self, root: Root, path: &[u16]) -> bool {
        let mut record = self.policy.facts.root(root);
        for (depth, index) in path.iter().enumerate() {
            match record.fields.get(usize::from(*index)) {
                Some(field) if field.presence.may_be_absent() => return true,
                Some(FieldShape { shape: Shape::Record(inner), .. }) => record = inner,
                Some(_) => return depth + 1 < path.len(),
                None => return true,
            }
        }
        false
    }

    /// Whether an expression is known to be a list or map and no text.
    pub(super) fn is_collection(&self, id: ExprId) -> bool {
        let all = |parts: &[ExprId]| parts.iter().all(|part| self.is_collection(*part));
        match self.program.exprs.get(id.index()) {
            Some(Expr::List(_) | Expr::ConcatLists(_) | Expr::Comprehension(_) | Expr::Map(_) | Expr::MergeMaps(_)) => {
                true
            }
            Some(Expr::Const(_)) => {
                matches!(self.datum(id).map(|datum| &datum.kind), Some(Kind::List(_) | Kind::Map(_)))
            }
            Some(Expr::Fact(root, path)) => {
                matches!(self.fact_shape(*root, path), Some(Shape::List(_) | Shape::Map(_)))
            }
            Some(Expr::Spec(slot)) => {
                !matches!(self.policy.output.slots.get(*slot).map(|it| &it.content), Some(Content::Value(_)) | None)
            }
            Some(Expr::Let(name)) => self.body(*name).is_some_and(|body| self.is_collection(body)),
            Some(Expr::Else(parts)) => all(parts),
            Some(Expr::When(value, _)) => self.is_collection(*value),
            _ => false,
        }
    }

    /// Whether an expression is known to be a map.
    fn is_map(&self, id: ExprId) -> bool {
        match self.program.exprs.get(id.index()) {
            Some(Expr::Fact(root, path)) => matches!(self.fact_shape(*root, path), Some(Shape::Map(_))),
            Some(Expr::Host(field)) => {
                let shape = self.policy.facts.host.iter().find(|(it, ..)| it == field).map(|(_, _, shape)| shape);
                matches!(shape, Some(Shape::Map(_)))
            }
            Some(Expr::Spec(slot)) => {
                matches!(self.policy.output.slots.get(*slot).map(|it| &it.content), Some(Content::Keyed(_)))
            }
            _ => false,
        }
    }

    fn fact_shape(&self, root: Root, path: &[u16]) -> Option<&Shape> {
        let (last, rest) = path.split_last()?;
        let record = rest.iter().try_fold(self.policy.facts.root(root), |record, index| {
            match &record.fields.get(usize::from(*index))?.shape {
                Shape::Record(inner) => Some(inner),
                _ => None,
            }
        })?;
        record.fields.get(usize::from(*last)).map(|field| &field.shape)
    }
}

const fn is_scalar(datum: &Datum) -> bool {
    matches!(datum.kind, Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_))
}
