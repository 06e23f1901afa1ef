//! Whether conditions can hold together: a search over the cases that they leave, each of them a [`State`]. What
//! speaks of one subject is taken in before cases are told apart, and every step is paid for.

use std::borrow::Cow;
use std::sync::Arc;

use crate::facts::datum::Datum;
use crate::ir::{Expr, ExprId};
use crate::schema::functions::Function;

use super::Policy;
use super::lower::absent_is;
use super::state::{CELLS_A_STEP, Contradiction, Model, State, Want};
use super::subject::{Base, Step, Subject};
use super::values::Test;

/// A condition and whether it holds.
pub(super) type Condition = (ExprId, bool);

/// Whether some conditions can hold together.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// They do for a service like this.
    Satisfiable(Model),
    /// There is no such service.
    Unsatisfiable,
    /// They go beyond what is looked into, or it takes too many steps.
    Unknown,
}

impl Answer {
    /// Whether it is known that there is no such service.
    pub(super) const fn is_never(&self) -> bool {
        matches!(self, Self::Unsatisfiable)
    }
}

/// Something that must be so.
#[derive(Clone, Debug)]
pub(super) enum Goal<'p> {
    /// A condition holds, or does not.
    Truth(ExprId, bool),
    /// Of the value of an expression, or of a part of it.
    Value(ExprId, Vec<Step>, Want<'p>),
    /// One of these parts, from an index on, is this.
    Some(&'p [ExprId], usize, bool),
    /// One of these values, from an index on, is the first; what is not is the second.
    OneOf(&'p [ExprId], usize, Box<(Want<'p>, Want<'p>)>),
    /// A list lacks one of these elements, from an index on.
    Lacks(ExprId, &'p [Datum], usize),
    /// One of these conditions, from an index on, fails.
    Fails(Arc<[Condition]>, usize),
    /// The first of these that is there, from an index on, or a part of it.
    First(&'p [ExprId], usize, Vec<Step>, Want<'p>),
    /// The first where the second holds, else absent; or a part of it.
    Choice(ExprId, ExprId, Vec<Step>, Want<'p>),
}

impl Goal<'_> {
    /// Whether it comes down to cases, which are told apart last.
    const fn has_cases(&self) -> bool {
        matches!(
            self,
            Self::Some(..) | Self::OneOf(..) | Self::Lacks(..) | Self::Fails(..) | Self::First(..) | Self::Choice(..)
        )
    }
}

/// What is to be looked at where a case fails.
struct Case<'p> {
    goals: Vec<Goal<'p>>,
    later: Vec<Goal<'p>>,
    state: State,
}

/// What a goal comes down to.
enum Next<'p> {
    Goals(Vec<Goal<'p>>),
    Cases([Vec<Goal<'p>>; 2]),
}

/// The steps that one question may take.
const STEPS: u32 = 4_000;

/// The devices of the host that are guessed at for one case.
const NODES: usize = 8;

/// A question about a policy.
pub(super) struct Question<'a, 'p> {
    pub(super) policy: &'a Policy<'p>,
    /// Whether a condition that is constant counts as one that may turn out either way: a let that somebody will edit.
    pub(super) switches: bool,
}

impl<'p> Question<'_, 'p> {
    /// Whether all of these hold, and of each of those at least one fails, for any service.
    pub(super) fn ask(&self, hold: impl IntoIterator<Item = Condition>, fail: &[Arc<[Condition]>]) -> Answer {
        let mut answer = Answer::Unsatisfiable;
        let whole = self.search(hold, fail, &mut |state| match state.model(self.policy.facts) {
            Some(model) => {
                answer = Answer::Satisfiable(model);
                true
            }
            None => {
                answer = Answer::Unknown;
                false
            }
        });
        if whole { answer } else { Answer::Unknown }
    }

    /// Services that may be such, to be tried: what conditions say that nothing looks into is left out.
    pub(super) fn guesses(
        &self,
        hold: impl IntoIterator<Item = Condition>,
        fail: &[Arc<[Condition]>],
        most: usize,
    ) -> Vec<Model> {
        let mut guesses = Vec::new();
        self.search(hold, fail, &mut |state| {
            let Some(model) = state.guess(self.policy.facts) else { return false };
            // One device more on the host at a time: what is asked of another may be taken from it.
            let nodes = state.others().flat_map(|id| self.nodes(id, state)).take(NODES);
            let with = |path: Box<str>| {
                let mut model = model.clone();
                model.words.push(format!("`host.device(\"{path}\")` is set"));
                model.node = Some(path);
                model
            };
            let before = guesses.len();
            guesses.extend(nodes.map(with));
            if guesses.len() == before {
                guesses.push(model);
            }
            guesses.len() >= most
        });
        guesses
    }

    /// Whether it is certain that not all of these hold with of each of those at least one failing. This takes less than
    /// [`Self::ask`], which also looks for a service where they do.
    pub(super) fn never(&self, hold: impl IntoIterator<Item = Condition>, fail: &[Arc<[Condition]>]) -> bool {
        let mut never = true;
        let whole = self.search(hold, fail, &mut |_| {
            never = false;
            true
        });
        whole && never
    }

    /// The paths of devices that an expression may ask the host for, where they are known.
    fn nodes(&self, id: ExprId, state: &State) -> Vec<Box<str>> {
        let path = match self.policy.program.exprs.get(id.index()) {
            Some(Expr::Call(Function::HostDevice, arguments)) => arguments.first().copied(),
            _ => None,
        };
        let Some(path) = path else { return Vec::new() };
        match self.text(path) {
            Some(path) => vec![path.into()],
            None => state.texts(&Subject { base: Base::Other(self.policy.canonical(path)), steps: Vec::new() }),
        }
    }

    /// Goes through the cases in which all of these hold, and of each of those at least one fails, until one is
    /// `enough`. Whether there were steps enough for that.
    fn search(
        &self,
        hold: impl IntoIterator<Item = Condition>,
        fail: &[Arc<[Condition]>],
        enough: &mut dyn FnMut(&State) -> bool,
    ) -> bool {
        let mut goals: Vec<Goal<'p>> = hold.into_iter().map(|(id, holds)| Goal::Truth(id, holds)).collect();
        goals.reverse();
        let later = fail.iter().map(|all| Goal::Fails(Arc::clone(all), 0)).collect();
        let mut open = vec![Case { goals, later, state: State::default() }];
        let mut left = STEPS.min(self.policy.fuel.get());
        let start = left;
        let mut whole = true;
        while let Some(case) = open.pop() {
            match self.follow(case, &mut open, &mut left) {
                Some(Ok(state)) if enough(&state) => break,
                Some(_) => {}
                None => {
                    whole = false;
                    break;
                }
            }
        }
        match whole {
            false if start < STEPS => self.policy.run_out(),
            false => self.policy.give_up(),
            true => {}
        }
        self.policy.fuel.set(self.policy.fuel.get().saturating_sub(start - left));
        whole
    }

    /// Follows a case to its end; the other cases that it meets are left open. None if there are no steps left.
    fn follow(&self, case: Case<'p>, open: &mut Vec<Case<'p>>, left: &mut u32) -> Option<Result<State, Contradiction>> {
        let Case { mut goals, mut later, mut state } = case;
        loop {
            let goal = match goals.pop() {
                Some(goal) if goal.has_cases() => {
                    later.push(goal);
                    continue;
                }
                Some(goal) => goal,
                None => match later.pop() {
                    Some(goal) => goal,
                    None => return Some(Ok(state)),
                },
            };
            *left = left.checked_sub(1)?;
            let next = self.step(goal, &mut state);
            *left = left.checked_sub(state.cost())?;
            match next {
                Err(contradiction) => return Some(Err(contradiction)),
                Ok(Next::Goals(more)) => goals.extend(more),
                Ok(Next::Cases([first, second])) => {
                    let size = u32::try_from((later.len() + state.len()) / CELLS_A_STEP).unwrap_or(u32::MAX);
                    *left = left.checked_sub(size)?;
                    open.push(Case { goals: second, later: later.clone(), state: state.clone() });
                    goals.extend(first);
                }
            }
        }
    }

    fn step(&self, goal: Goal<'p>, state: &mut State) -> Result<Next<'p>, Contradiction> {
        Ok(match goal {
            Goal::Truth(id, holds) => Next::Goals(self.truth(id, holds, state)?),
            Goal::Value(id, steps, want) => Next::Goals(self.value(id, steps, want, state)?),
            Goal::Some(parts, from, is) => match parts.get(from) {
                None => return Err(Contradiction),
                Some(part) => Next::Cases([
                    vec![Goal::Truth(*part, is)],
                    vec![Goal::Truth(*part, !is), Goal::Some(parts, from + 1, is)],
                ]),
            },
            Goal::OneOf(values, from, wants) => match values.get(from) {
                None => return Err(Contradiction),
                Some(value) => {
                    let is = |want: &Want<'p>| Goal::Value(*value, Vec::new(), want.clone());
                    Next::Cases([vec![is(&wants.0)], vec![is(&wants.1), Goal::OneOf(values, from + 1, wants)]])
                }
            },
            Goal::Lacks(list, all, from) => match all.get(from) {
                None => return Err(Contradiction),
                Some(element) => {
                    let has = |holds| Want { absent: false, present: Some(Test::Has(Cow::Borrowed(element), holds)) };
                    let is = |holds| Goal::Value(list, Vec::new(), has(holds));
                    Next::Cases([vec![is(false)], vec![is(true), Goal::Lacks(list, all, from + 1)]])
                }
            },
            Goal::Fails(all, from) => match all.get(from).copied() {
                None => return Err(Contradiction),
                Some((part, holds)) => Next::Cases([
                    vec![Goal::Truth(part, !holds)],
                    vec![Goal::Truth(part, holds), Goal::Fails(all, from + 1)],
                ]),
            },
            Goal::First(parts, from, steps, want) => match (parts.get(from), parts.len() - from) {
                (None, _) => Next::Goals(absent_is(&want)?),
                (Some(last), 1) => Next::Goals(vec![Goal::Value(*last, steps, want)]),
                (Some(part), _) => {
                    let there = Want { absent: false, present: Some(Test::Any) };
                    let gone = Want { absent: true, present: None };
                    Next::Cases([
                        vec![Goal::Value(*part, Vec::new(), there), Goal::Value(*part, steps.clone(), want.clone())],
                        vec![Goal::Value(*part, Vec::new(), gone), Goal::First(parts, from + 1, steps, want)],
                    ])
                }
            },
            Goal::Choice(value, condition, steps, want) => {
                let yes = vec![Goal::Truth(condition, true), Goal::Value(value, steps, want.clone())];
                if want.absent { Next::Cases([yes, vec![Goal::Truth(condition, false)]]) } else { Next::Goals(yes) }
            }
        })
    }
}
