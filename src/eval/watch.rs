//! What is watched in a render that is to be explained: every condition that decided something, with what its parts were.

use std::ops::Range;
use std::rc::Rc;

use super::machine::Machine;
use super::paths::Paths;
use super::reads::{gist, is_sensitive};
use super::report::{asked_of, facts_of, round_of};
use super::trace::{Asked, Head, Skipped, Watch};
use super::value::Value;
use crate::ir::{Expr, ExprId, Loop, Rule};
use crate::provenance::{self, Conduct, Word};
use crate::schema::facts::FactSchema;

/// So much that was passed over is kept.
const MOST_SKIPPED: usize = 16_384;
/// So many parts of one condition are shown.
const MOST_PARTS: usize = 64;

type AskedParts<'a> = Vec<Rc<Asked<'a>>>;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// Watches from now on.
    pub(super) fn watch(&mut self) {
        let heads = self.program.rules.len() + self.program.invariants.len();
        self.trace.watch = Some(Watch { heads: vec![Head::default(); heads], ..Watch::default() });
    }

    const fn watches(&self) -> bool {
        self.trace.watch.is_some()
    }

    /// The conditions of a rule or invariant, up to the part that decides against it.
    pub(super) fn watch_head(&mut self, rule: &'a Rule) -> AskedParts<'a> {
        let mut asked = Vec::new();
        if !self.watches() {
            return asked;
        }
        for (word, condition) in [(Word::When, &rule.when), (Word::Unless, &rule.unless)] {
            let Some(condition) = condition else { continue };
            self.ask(word, condition.expr, &mut asked);
            if asked.last().is_some_and(|last| last.holds != word.wants()) {
                break;
            }
        }
        asked
    }

    /// Whether a rule or invariant applies has been decided.
    pub(super) fn decided(&mut self, number: usize, rule: &'a Rule, applies: bool, asked: AskedParts<'a>) {
        let is_invariant = self.program.invariants.get(number).is_some_and(|own| std::ptr::eq(own, rule));
        let index = if is_invariant { self.program.rules.len() + number } else { number };
        let Some(watch) = &mut self.trace.watch else { return };
        if let Some(head) = watch.heads.get_mut(index) {
            *head = Head { applies: Some(applies), asked: asked.clone() };
        }
        if applies {
            self.trace.because_of(asked);
        } else if let Some(last) = asked.last() {
            self.pass_over(rule.effects.clone(), Rc::clone(last));
        }
    }

    /// An `if` was decided, and one of its blocks is passed over.
    pub(super) fn branch(&mut self, condition: ExprId, holds: bool, then: Range<u32>, otherwise: Range<u32>) {
        if !self.watches() {
            return;
        }
        let mut parts = Vec::new();
        self.ask(Word::If, condition, &mut parts);
        let whole = self.condition(Word::Else, condition, holds);
        if holds {
            if !otherwise.is_empty() {
                self.pass_over(otherwise, whole);
            }
            self.trace.because_of(parts);
        } else {
            if let Some(last) = parts.last() {
                self.pass_over(then, Rc::clone(last));
            }
            self.trace.because_of(vec![whole]);
        }
    }

    /// A round of a loop counts, or does not.
    pub(super) fn watch_round(&mut self, one: &'a Loop, counts: bool) {
        let Some(condition) = one.when.filter(|_| self.watches()) else { return };
        let Some(effects) = self.body_of(one) else { return };
        let mut parts = Vec::new();
        self.ask(Word::If, condition, &mut parts);
        if counts {
            self.trace.because_of(parts);
        } else if let Some(last) = parts.last() {
            self.pass_over(effects, Rc::clone(last));
        }
    }

    /// The statements of a loop; none of a comprehension.
    fn body_of(&self, one: &Loop) -> Option<Range<u32>> {
        use crate::ir::Effect;
        let rules = if self.spec.is_empty() { &self.program.rules } else { &self.program.invariants };
        let own = rules.get(self.rule)?.effects.clone();
        let mut numbered = own.filter_map(|at| Some((at, self.program.effects.get(at as usize)?)));
        numbered.find_map(|(at, effect)| match effect {
            Effect::For { iteration, end } if std::ptr::eq(iteration, one) => Some(at + 1..*end),
            _ => None,
        })
    }

    /// A value was absent, so these statements do not run.
    pub(super) fn pass_over_value(&mut self, effects: Range<u32>, value: ExprId) {
        if self.watches() {
            let asked = self.condition(Word::Value, value, false);
            self.pass_over(effects, asked);
        }
    }

    /// A statement has what it writes, for which everything since `mark` was read. Of many rounds the first is kept.
    pub(super) fn watch_value(&mut self, effect: u32, mark: usize) {
        if self.trace.watch.as_ref().is_some_and(|watch| !watch.values.contains_key(&effect)) {
            let reads = gist(self.trace.log.get(mark..).unwrap_or_default().iter().copied());
            if let Some(watch) = &mut self.trace.watch {
                watch.values.insert(effect, reads);
            }
        }
    }

    /// A loop had nothing to go through.
    pub(super) fn pass_over_list(&mut self, effects: Range<u32>, list: ExprId) {
        if !self.watches() {
            return;
        }
        let asked = self.condition(Word::For, list, false);
        let is_empty = |value: &Value<'_>| match value {
            Value::List(list) => list.is_empty(),
            Value::Map(map) => map.is_empty(),
            _ => false,
        };
        // Where elements were there and none counted, that has been told of each.
        if asked.parts.iter().all(|(_, value, _)| is_empty(value)) {
            self.pass_over(effects, asked);
        }
    }

    fn pass_over(&mut self, effects: Range<u32>, asked: Rc<Asked<'a>>) {
        let around = self.trace.snapshot();
        let Some(watch) = &mut self.trace.watch else { return };
        if watch.skipped.len() < MOST_SKIPPED {
            watch.skipped.push(Skipped { effects, asked, around });
        } else {
            watch.cut = true;
        }
    }

    /// Asks a condition part by part, up to the part that decides. A let stands for what it says.
    fn ask(&mut self, word: Word, condition: ExprId, asked: &mut AskedParts<'a>) {
        let program = self.program;
        let mut left = vec![condition];
        while let Some(id) = left.pop() {
            let parts: &[ExprId] = match program.exprs.get(id.index()) {
                Some(Expr::And(parts)) if word.wants() => parts,
                Some(Expr::Or(parts)) if !word.wants() => parts,
                Some(Expr::Let(name)) => match program.lets.get(name.index()) {
                    Some(body) => std::slice::from_ref(&body.body),
                    None => &[],
                },
                _ => {
                    let Ok((holds, _)) = self.bracket(|machine| machine.truth(id)) else { return };
                    let part = self.condition(word, id, holds);
                    asked.push(part);
                    if holds != word.wants() {
                        return;
                    }
                    continue;
                }
            };
            left.extend(parts.iter().rev());
        }
    }

    /// A condition as it was asked. What cannot be told of it is left out.
    fn condition(&mut self, word: Word, id: ExprId, holds: bool) -> Rc<Asked<'a>> {
        let program = self.program;
        let mut parts = Vec::new();
        let mut left = vec![id];
        while let Some(id) = left.pop() {
            let below = operands(program.exprs.get(id.index()));
            if !below.is_empty() && word != Word::For && word != Word::Value {
                left.extend(below.into_iter().rev());
                continue;
            }
            let is_constant = matches!(program.exprs.get(id.index()), Some(Expr::Const(_)) | None);
            if is_constant && word != Word::For || parts.len() == MOST_PARTS {
                continue;
            }
            if let Ok((value, reads)) = self.bracket(|machine| machine.eval(id)) {
                parts.push((program.span(id), value, is_sensitive(&reads)));
            }
        }
        let reads = self.bracket(|machine| machine.eval(id)).map(|(_, reads)| reads);
        let reads = reads.unwrap_or_else(|_| Rc::new([]));
        Rc::new(Asked { word, span: program.span(id), holds, parts, reads })
    }

    /// What was watched, as it is told.
    pub(super) fn conduct(&self, schema: &'a FactSchema) -> Conduct {
        let Some(watch) = &self.trace.watch else { return Conduct::default() };
        let paths = Paths::new(self.facts, schema);
        let head = |head: &Head<'a>| provenance::Head {
            applies: head.applies,
            asked: head.asked.iter().map(|asked| asked_of(asked, &paths)).collect(),
        };
        let skipped = watch.skipped.iter().map(|skipped| provenance::Skipped {
            effects: skipped.effects.clone(),
            asked: asked_of(&skipped.asked, &paths),
            rounds: skipped.around.rounds.iter().map(round_of).collect(),
        });
        let mut rules: Vec<provenance::Head> = watch.heads.iter().map(head).collect();
        let values = watch.values.iter().map(|(effect, reads)| (*effect, facts_of(reads.iter(), &paths)));
        let invariants = rules.split_off(self.program.rules.len().min(rules.len()));
        Conduct { rules, invariants, skipped: skipped.collect(), cut: watch.cut, values: values.collect() }
    }
}

/// What an operator is about; nothing of what is shown as one value.
fn operands(expr: Option<&Expr>) -> Vec<ExprId> {
    match expr {
        Some(Expr::And(parts) | Expr::Or(parts) | Expr::ConcatTexts(parts)) => parts.to_vec(),
        Some(Expr::Not(inner) | Expr::IsSet(inner) | Expr::IsEmpty(inner) | Expr::Negate(_, inner)) => vec![*inner],
        Some(Expr::Convert(_, inner)) => vec![*inner],
        Some(
            Expr::Equal(a, b)
            | Expr::Order(_, _, a, b)
            | Expr::InList(a, b)
            | Expr::InMap(a, b)
            | Expr::Like(a, b)
            | Expr::SubsetOf(a, b),
        ) => vec![*a, *b],
        Some(Expr::Arithmetic(_, first, rest)) => {
            std::iter::once(*first).chain(rest.iter().map(|(_, operand)| *operand)).collect()
        }
        _ => Vec::new(),
    }
}
