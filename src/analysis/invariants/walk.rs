//! The statements of a rule or invariant, each with what must hold for it to run, in every way in which it can.

use crate::ir::{Effect, EffectId, Expr, ExprId, Loop, Rule, Tail};

use super::super::Policy;
use super::super::solve::Condition;
use super::terms::{Made, Places, Terms};

/// What is so where a statement runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    pub(super) places: Places,
    pub(super) conditions: Vec<Condition>,
    /// Whether it is in a round that stands for many or for none. Else a statement runs just where the conditions hold.
    pub(super) looped: bool,
}

impl<'p> Terms<'_, 'p> {
    /// Goes through the statements; into loops only if asked.
    pub(super) fn walk(
        &mut self,
        rule: &Rule,
        loops: bool,
        seen: &mut dyn FnMut(&mut Self, &Around, EffectId, &'p Effect) -> Made<()>,
    ) -> Made<()> {
        let effects = &self.policy.program.effects;
        let head = Around { conditions: Policy::head(rule).collect(), ..Around::default() };
        let mut open = vec![(rule.effects.start, rule.effects.end, head)];
        while let Some((mut at, end, mut around)) = open.pop() {
            while at < end {
                self.pay(1)?;
                let Some(effect) = effects.get(at as usize) else { break };
                let first = at + 1;
                at = first;
                match effect {
                    Effect::Let { local, value, tail } => {
                        let value = self.put(*value, &around.places)?;
                        around.places.locals.insert(*local, value);
                        seen(self, &around, EffectId::new(first as usize - 1), effect)?;
                        if *tail != Tail::Never {
                            around.conditions.push((self.add(Expr::IsSet(value))?, true));
                        }
                    }
                    Effect::If { condition, then_end, end: after, .. } => {
                        let condition = self.put(*condition, &around.places)?;
                        for (from, to, holds) in [(first, *then_end, true), (*then_end, *after, false)] {
                            let mut inner = around.clone();
                            inner.conditions.push((condition, holds));
                            open.push((from, to, inner));
                        }
                        at = *after;
                    }
                    Effect::For { iteration, end: after } => {
                        if loops {
                            open.extend(self.rounds(iteration, &around)?.into_iter().map(|it| (first, *after, it)));
                        }
                        at = *after;
                    }
                    _ => seen(self, &around, EffectId::new(first as usize - 1), effect)?,
                }
            }
        }
        Ok(())
    }

    /// The rounds that a loop may have. One may stand for many.
    pub(super) fn rounds(&mut self, iteration: &Loop, around: &Around) -> Made<Vec<Around>> {
        let list = self.put(iteration.list, &around.places)?;
        let mut rounds = Vec::new();
        for member in self.members(list)? {
            let mut inner = around.clone();
            inner.looped |= !member.certain;
            inner.conditions.extend(member.conditions);
            inner.places.locals.insert(iteration.element, member.value);
            if let Some(index) = iteration.index {
                let key = match member.key {
                    Some(key) => key,
                    None => self.fresh(),
                };
                inner.places.locals.insert(index, key);
            }
            if let Some(when) = iteration.when {
                let when = self.put(when, &inner.places)?;
                inner.conditions.push((when, true));
            }
            self.pay(inner.conditions.len())?;
            rounds.push(inner);
        }
        Ok(rounds)
    }

    /// What is put in the place of an expression's locals.
    pub(super) fn here(&mut self, id: ExprId, around: &Around) -> Made<ExprId> {
        self.put(id, &around.places)
    }
}
