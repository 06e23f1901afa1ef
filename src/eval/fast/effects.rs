//! Rules and invariants of a traced render. A warning or a refusal is for the general path to tell.

use super::op::Op;
use super::sym::Sym;
use super::tracer::{Off, Traced, Tracer};
use crate::eval::value::Value;
use crate::ir::{Effect, Rule, RuleId, Tail};

impl<'a> Tracer<'a> {
    /// Runs every rule that applies.
    pub(super) fn run_rules(&mut self) -> Traced<()> {
        let program = self.program;
        let mut candidates: Vec<RuleId> = Vec::new();
        for (table, rules) in program.index.tables.iter().enumerate() {
            let fact = self.eval(rules.fact)?;
            let Value::Text(text) = fact.value(self.machine.bump) else { continue };
            let is = rules.rules.get_index_of(text);
            if let Sym::Reg(_, text) = fact {
                self.ask(Op::Lookup { table, text, is })?;
            }
            if let Some((_, rules)) = is.and_then(|at| rules.rules.get_index(at)) {
                candidates.extend_from_slice(rules);
            }
        }
        candidates.extend_from_slice(&program.index.always);
        candidates.sort_unstable();
        for id in candidates {
            if let Some(rule) = program.rules.get(id.index()) {
                self.run(rule)?;
            }
        }
        Ok(())
    }

    /// Runs every invariant that applies.
    pub(super) fn run_invariants(&mut self) -> Traced<()> {
        self.program.invariants.iter().try_for_each(|invariant| self.run(invariant))
    }

    fn run(&mut self, rule: &'a Rule) -> Traced<()> {
        for guard in &rule.guards {
            if !self.guard(*guard)? {
                return Ok(());
            }
        }
        self.block(rule.effects.start, rule.effects.end)
    }

    /// Runs the statements of a block.
    fn block(&mut self, start: u32, end: u32) -> Traced<()> {
        let program = self.program;
        let mut at = start;
        while at < end {
            let effect = program.effects.get(at as usize).ok_or(Off)?;
            at += 1;
            self.charge(1)?;
            match effect {
                Effect::Write(write) => self.write(write)?,
                Effect::Let { local, value, tail } => {
                    let value = self.eval(*value)?;
                    if value.is_absent() {
                        return without(*tail);
                    }
                    self.bind(local.index(), value);
                }
                Effect::If { condition, guard, then_end, end: after } => {
                    let holds = match guard {
                        Some(guard) => self.guard(*guard)?,
                        None => self.truth(*condition)?,
                    };
                    let (first, last) = if holds { (at, *then_end) } else { (*then_end, *after) };
                    self.block(first, last)?;
                    at = *after;
                }
                Effect::For { iteration, end: after } => {
                    let first = at;
                    self.each(iteration, &mut |tracer| tracer.block(first, *after))?;
                    at = *after;
                }
                Effect::Require { condition, .. } if self.truth(*condition)? => {}
                Effect::Warn(_) | Effect::Deny(_) | Effect::Require { .. } => return Err(Off),
            }
        }
        Ok(())
    }
}

/// What a statement does whose value is absent.
pub(super) fn without(tail: Tail) -> Traced<()> {
    if tail == Tail::Skip { Ok(()) } else { Err(Off) }
}
