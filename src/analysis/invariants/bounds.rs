//! What follows from a condition on the finished spec for the facts. Where such a condition holds, so does what is made
//! of it; where it does not hold, what is made of it for that does not hold either.

use crate::ir::{Expr, ExprId};

use super::members::Member;
use super::terms::{Made, Places, Terms};

impl Terms<'_, '_> {
    /// A condition that holds wherever this one does, or that fails wherever this one does.
    pub(super) fn bound(&mut self, id: ExprId, holds: bool) -> Made<ExprId> {
        self.pay(1)?;
        match self.expr(id) {
            Expr::Not(inner) => {
                let inner = self.bound(inner, !holds)?;
                self.not(inner)
            }
            Expr::And(parts) => {
                let parts = self.bound_all(&parts, holds)?;
                self.all(parts)
            }
            Expr::Or(parts) => {
                let parts = self.bound_all(&parts, holds)?;
                self.any(parts)
            }
            Expr::InList(element, list) => {
                let inside = self.inside(element, list, holds)?;
                self.beside(id, inside, holds)
            }
            Expr::InMap(key, map) => match (self.expr(map), self.blind) {
                (Expr::Spec(slot), false) => {
                    let inside = if holds {
                        let mut ways = Vec::new();
                        for member in self.slot_members(slot)? {
                            let same = self.add(Expr::Equal(key, member.key.unwrap_or(member.value)))?;
                            let mut parts = vec![same];
                            parts.push(self.together(&member.conditions)?);
                            ways.push(self.all(parts)?);
                        }
                        self.any(ways)?
                    } else {
                        self.surely_in(slot, key)?
                    };
                    let inside = self.bound(inside, holds)?;
                    self.beside(id, Some(inside), holds)
                }
                _ => Ok(id),
            },
            Expr::SubsetOf(part, whole) if !holds => {
                let element = self.fresh();
                let (inside, within) = (self.in_list(element, part)?, self.in_list(element, whole)?);
                let inside = self.bound(inside, true)?;
                let within = self.bound(within, false)?;
                let stray = self.not(within)?;
                let stray = self.all(vec![inside, stray])?;
                let fits = self.not(stray)?;
                self.beside(id, Some(fits), holds)
            }
            Expr::IsEmpty(list) if !holds && self.is_collection(list) => {
                let mut ways = Vec::new();
                for member in self.members(list)? {
                    ways.push(self.together(&member.conditions)?);
                }
                let filled = self.any(ways)?;
                let filled = self.bound(filled, true)?;
                let empty = self.not(filled)?;
                self.beside(id, Some(empty), holds)
            }
            Expr::IsEmpty(list) => match (self.expr(list), self.blind) {
                (Expr::Spec(slot), false) => {
                    let filled = self.surely_filled(slot)?;
                    let filled = self.bound(filled, false)?;
                    let empty = self.not(filled)?;
                    self.beside(id, Some(empty), holds)
                }
                _ => Ok(id),
            },
            _ => Ok(id),
        }
    }

    fn bound_all(&mut self, parts: &[ExprId], holds: bool) -> Made<Vec<ExprId>> {
        let mut bounds = Vec::with_capacity(parts.len());
        for part in parts {
            bounds.push(self.bound(*part, holds)?);
        }
        Ok(bounds)
    }

    /// The condition itself counts as well: it is the same wherever it is asked.
    fn beside(&mut self, id: ExprId, bound: Option<ExprId>, holds: bool) -> Made<ExprId> {
        match (bound, holds) {
            (None, _) => Ok(id),
            (Some(bound), true) => self.all(vec![id, bound]),
            (Some(bound), false) => self.any(vec![id, bound]),
        }
    }

    /// What holds wherever a list has an element, or, for `holds` false, what does not hold where it has not. None if
    /// nothing more is known.
    fn inside(&mut self, element: ExprId, list: ExprId, holds: bool) -> Made<Option<ExprId>> {
        self.pay(1)?;
        let inside = |terms: &mut Self, list: ExprId| {
            let id = terms.in_list(element, list)?;
            terms.bound(id, holds)
        };
        let expr = match self.expr(list) {
            Expr::Let(name) => match self.body(name) {
                Some(body) => inside(self, body)?,
                None => return Ok(None),
            },
            Expr::Else(parts) => {
                let (mut ways, mut before) = (Vec::new(), Vec::new());
                for part in parts {
                    let mut all = before.clone();
                    all.push(inside(self, part)?);
                    ways.push(self.all(all)?);
                    let set = self.add(Expr::IsSet(part))?;
                    before.push(self.not(set)?);
                }
                self.any(ways)?
            }
            Expr::When(value, condition) => {
                let (value, condition) = (inside(self, value)?, self.bound(condition, holds)?);
                self.all(vec![condition, value])?
            }
            Expr::ConcatLists(parts) => {
                let mut ways = Vec::new();
                for part in parts {
                    ways.push(inside(self, part)?);
                }
                self.any(ways)?
            }
            Expr::Spec(slot) if !self.blind => {
                if !holds {
                    let sure = self.surely_in(slot, element)?;
                    return self.bound(sure, false).map(Some);
                }
                let may = self.may_be_in(slot, element)?;
                return self.bound(may, true).map(Some);
            }
            Expr::List(_) | Expr::Comprehension(_) if holds => return self.in_members(element, list).map(Some),
            Expr::List(_) | Expr::Comprehension(_) => return self.surely_a_member(element, list).map(Some),
            _ => return Ok(None),
        };
        Ok(Some(expr))
    }

    /// It is one of the members, and so what must hold for that one does.
    fn in_members(&mut self, element: ExprId, list: ExprId) -> Made<ExprId> {
        let mut ways = Vec::new();
        for member in self.members(list)? {
            let way = match self.own_conditions(element, &member)? {
                Some(own) => own,
                None => self.equal_to(element, &member)?,
            };
            ways.push(self.bound(way, true)?);
        }
        self.any(ways)
    }

    fn equal_to(&mut self, element: ExprId, member: &Member) -> Made<ExprId> {
        let same = self.add(Expr::Equal(element, member.value))?;
        let all = self.together(&member.conditions)?;
        self.all(vec![same, all])
    }

    /// What of an element makes it one of those that a member stands for.
    fn own_conditions(&mut self, element: ExprId, member: &Member) -> Made<Option<ExprId>> {
        let Some(local) = self.as_ranging(member.value) else { return Ok(None) };
        let mut places = Places::default();
        places.locals.insert(local, element);
        let together = self.together(&member.conditions)?;
        self.put(together, &places).map(Some)
    }

    /// What makes sure that it is one of the members: one that is certain and equal, or, where the list is all of
    /// another that fulfil a condition, that it is in that one and fulfils it.
    fn surely_a_member(&mut self, element: ExprId, list: ExprId) -> Made<ExprId> {
        let mut ways = Vec::new();
        for member in self.members(list)? {
            let part = match self.own_conditions(element, &member)? {
                Some(own) => own,
                None if member.certain => self.equal_to(element, &member)?,
                None => continue,
            };
            ways.push(self.bound(part, false)?);
        }
        self.any(ways)
    }
}
