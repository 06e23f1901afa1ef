//! Statements: what runs where a rule applies.

use super::machine::{Eval, Machine};
use super::reads::Read;
use super::value::Value;
use crate::diagnostics::{Code, Diagnostic, code};
use crate::ir::{Effect, ExprId, Rule, RuleId, Tail};
use crate::source::Span;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// Runs every rule that applies.
    pub(super) fn run_rules(&mut self) -> Eval<()> {
        let program = self.program;
        if TRACE && self.trace.watch.is_some() {
            return self.run_watched();
        }
        let mut candidates: Vec<RuleId> = Vec::new();
        for table in &program.index.tables {
            if let Value::Text(text) = self.eval(table.fact)?
                && let Some(rules) = table.rules.get(text)
            {
                candidates.extend_from_slice(rules);
            }
        }
        self.trace.log.clear();
        let always = program.index.always.as_slice();
        let order = if candidates.is_empty() {
            always
        } else {
            candidates.extend_from_slice(always);
            candidates.sort_unstable();
            candidates.as_slice()
        };
        for id in order {
            if let Some(rule) = program.rules.get(id.index()) {
                self.run(id.index(), rule)?;
            }
        }
        Ok(())
    }

    /// Runs every invariant that applies.
    pub(super) fn run_invariants(&mut self) -> Eval<()> {
        for (number, invariant) in self.program.invariants.iter().enumerate() {
            self.run(number, invariant)?;
        }
        Ok(())
    }

    /// Runs every rule, also those that the index would pass over: whoever watches wants to know why.
    fn run_watched(&mut self) -> Eval<()> {
        for (number, rule) in self.program.rules.iter().enumerate() {
            self.run(number, rule)?;
        }
        Ok(())
    }

    fn run(&mut self, number: usize, rule: &'a Rule) -> Eval<()> {
        (self.rule, self.rule_span) = (number, rule.span);
        let mark = self.trace.log.len();
        self.charge(1, rule.span)?;
        let asked = if TRACE { self.watch_head(rule) } else { Vec::new() };
        for guard in &rule.guards {
            if !self.guard(*guard)? {
                if TRACE {
                    self.trace.log.truncate(mark);
                    self.decided(number, rule, false, asked);
                }
                return Ok(());
            }
        }
        if TRACE {
            self.trace.enter(mark);
            self.decided(number, rule, true, asked);
        }
        self.block(rule.effects.start, rule.effects.end)?;
        if TRACE {
            self.trace.leave();
        }
        Ok(())
    }

    /// Runs the statements of a block.
    fn block(&mut self, start: u32, end: u32) -> Eval<()> {
        let program = self.program;
        let mut at = start;
        while at < end {
            let Some(effect) = program.effects.get(at as usize) else { return Err(self.confused(self.rule_span)) };
            let number = at;
            self.charge(1, self.place(number))?;
            at += 1;
            match effect {
                Effect::Write(write) => self.write(number, write)?,
                Effect::Let { local, value, tail } => {
                    let mark = self.trace.log.len();
                    let result = self.eval(*value)?;
                    if TRACE {
                        self.trace.define(*local, *value, mark);
                    }
                    if result.is_absent() {
                        if TRACE {
                            self.pass_over_value(at..end, *value);
                        }
                        return self.without(number, *tail);
                    }
                    self.bind(*local, result);
                }
                Effect::If { condition, guard, then_end, end: after } => {
                    let mark = self.trace.log.len();
                    let holds = match guard {
                        Some(guard) => self.guard(*guard)?,
                        None => self.truth(*condition)?,
                    };
                    if TRACE {
                        self.trace.enter(mark);
                        self.branch(*condition, holds, at..*then_end, *then_end..*after);
                        self.trace.decided.insert((number, holds));
                    }
                    if holds {
                        self.block(at, *then_end)?;
                    } else {
                        self.otherwise(*then_end, *after)?;
                    }
                    if TRACE {
                        self.trace.leave();
                    }
                    at = *after;
                }
                Effect::For { iteration, end: after } => {
                    let first = at;
                    let mut rounds = 0_usize;
                    self.each(iteration, &mut |machine| {
                        rounds += 1;
                        machine.block(first, *after)
                    })?;
                    if TRACE && rounds == 0 {
                        self.pass_over_list(first..*after, iteration.list);
                    }
                    at = *after;
                }
                Effect::Warn(message) => self.warn(code::WARNED, number, *message)?,
                Effect::Deny(message) => self.refuse(code::DENIED, number, *message)?,
                Effect::Require { condition, deny, message } => self.require(number, *condition, *deny, *message)?,
            }
            if TRACE {
                self.trace.settle();
            }
        }
        Ok(())
    }

    /// Runs the statements after `else`. A chain of `else if` is gone through here, so that only blocks recurse.
    fn otherwise(&mut self, mut start: u32, end: u32) -> Eval<()> {
        let mut entered = 0;
        while let Some(Effect::If { condition, guard, then_end, end: after }) = self.program.effects.get(start as usize)
            && start < end
            && *after == end
        {
            let mark = self.trace.log.len();
            self.charge(1, self.place(start))?;
            let holds = match guard {
                Some(guard) => self.guard(*guard)?,
                None => self.truth(*condition)?,
            };
            if TRACE {
                self.trace.enter(mark);
                self.branch(*condition, holds, start + 1..*then_end, *then_end..end);
                self.trace.decided.insert((start, holds));
                entered += 1;
            }
            if holds {
                self.block(start + 1, *then_end)?;
                start = end;
            } else {
                start = *then_end;
            }
        }
        self.block(start, end)?;
        for _ in 0..entered {
            self.trace.leave();
        }
        Ok(())
    }

    /// The place of a statement.
    pub(super) fn place(&self, effect: u32) -> Span {
        self.program.notes.get(effect as usize).map_or(Span::NONE, |note| note.span)
    }

    /// Does what a statement's tail says, its value being absent.
    pub(super) fn without(&mut self, effect: u32, tail: Tail) -> Eval<()> {
        match tail {
            Tail::Never => Err(self.confused(self.place(effect))),
            Tail::Skip => Ok(()),
            Tail::Warn(message) => self.warn(code::WARNED, effect, message),
            Tail::Deny(message) => self.refuse(code::DENIED, effect, message),
        }
    }

    fn require(&mut self, effect: u32, condition: ExprId, deny: bool, message: ExprId) -> Eval<()> {
        if self.truth(condition)? {
            Ok(())
        } else if deny {
            let refusal = self.refusal(code::INVARIANT_BROKEN, effect, message)?;
            let refusal = refusal.label(self.rule_span, "by this invariant");
            let refusal = if TRACE { self.label_broken(refusal, effect, condition) } else { refusal };
            self.refusals.push(refusal);
            Ok(())
        } else {
            self.warn(code::WARNED, effect, message)
        }
    }

    #[cold]
    #[inline(never)]
    fn warn(&mut self, code: Code, effect: u32, message: ExprId) -> Eval<()> {
        let (message, _) = self.message(message)?;
        self.warnings.push(Diagnostic::new(code, message).label(self.place(effect), "warned here"));
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn refuse(&mut self, code: Code, effect: u32, message: ExprId) -> Eval<()> {
        let refusal = self.refusal(code, effect, message)?;
        self.refusals.push(refusal.label(self.rule_span, "by this rule"));
        Ok(())
    }

    /// A refusal with the facts that its message reads.
    fn refusal(&mut self, code: Code, effect: u32, message: ExprId) -> Eval<Diagnostic> {
        let (message, reads) = self.message(message)?;
        let diagnostic = Diagnostic::new(code, message).label(self.place(effect), "refused here");
        Ok(with_facts(diagnostic, &reads))
    }

    /// The text of a message; what is sensitive in it is not shown.
    fn message(&mut self, id: ExprId) -> Eval<(String, Vec<Read<'a>>)> {
        if TRACE {
            return self.traced_message(id);
        }
        match self.eval(id)? {
            Value::Text(text) => Ok((one_line(text), Vec::new())),
            _ => Err(self.confused(self.program.span(id))),
        }
    }
}

/// A text on one line, without what would move a terminal's cursor.
pub(super) fn one_line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut line, c| {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
        line
    })
}

/// How many facts a refusal points at.
const POINTED_AT: usize = 4;

/// Labels the places of the facts that were read.
pub(super) fn with_facts(mut diagnostic: Diagnostic, reads: &[Read<'_>]) -> Diagnostic {
    let mut places: Vec<Span> = Vec::new();
    for place in reads.iter().filter_map(|read| read.place()) {
        if !places.contains(&place) && places.len() < POINTED_AT {
            places.push(place);
        }
    }
    for place in places {
        diagnostic = diagnostic.label(place, "from here");
    }
    diagnostic
}
