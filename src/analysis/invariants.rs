//! Whether invariants hold for every service. An invariant can be broken where its conditions and the failure of what
//! it requires hold together with what the rules may write: `walk` goes through the statements of both, `slots` and
//! `members` say what can be where, `bounds` what that means for a condition, over the expressions that `terms` makes.
//! What is left speaks of facts, and the solver is asked whether any service is like that.

mod bounds;
mod members;
mod slots;
mod terms;
mod walk;

use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostics::{Code, Diagnostic, Severity, Witness, code};
use crate::ir::{Effect, EffectId, Expr, ExprId, Rule, Tail};
use crate::schema::output::{Content, SlotIndex};

use super::Policy;
use super::solve::{Answer, Condition, Question};
use super::state::Model;

use terms::Places;
pub(super) use terms::{Made, Spent, Terms};

/// Of the places of the finished spec that a condition reads, the values of so many are told apart.
const READ: usize = 4;

/// Of each way in which an invariant may be broken, so many services are tried.
const GUESSES: usize = 2;

/// Whether an invariant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// For every service.
    Holds,
    /// A service breaks it, and nothing else refuses that one.
    CanFail {
        /// What it is like, in words.
        service: Vec<String>,
        /// A request for it; what takes a bundle has none.
        witness: Option<Box<Witness>>,
        /// What a render of it tells: the service is refused, or there is a warning if that is all that is asked for.
        told: Code,
    },
    /// That is not known: it is checked when a service is rendered.
    Unknown,
}

/// What would break an invariant.
struct Breach {
    effect: EffectId,
    /// Where all of these hold; unless it is certain there may be nothing that does.
    conditions: Vec<Condition>,
    /// What must not hold for it.
    required: Condition,
    certain: bool,
}

impl<'p> Policy<'p> {
    /// Of each invariant whether it holds.
    pub(super) fn standings(&self) -> Vec<Standing> {
        if self.program.invariants.is_empty() {
            return Vec::new();
        }
        let mut terms = Terms::new(self);
        let ways: Vec<Made<Vec<Vec<Condition>>>> =
            self.program.invariants.iter().map(|invariant| terms.ways_to_break(invariant)).collect();
        let denials = terms.denials().unwrap_or_default();
        terms.asking(|policy| {
            let question = Question { policy, switches: false };
            let standing = |(invariant, ways): (&Rule, &Made<Vec<Vec<Condition>>>)| {
                let Ok(ways) = ways else { return Standing::Unknown };
                let mut standing = Standing::Holds;
                for way in ways {
                    let ask = |fail: &[Arc<[Condition]>]| question.ask(way.iter().copied(), fail);
                    if ask(&[]).is_never() {
                        continue;
                    }
                    match ask(&denials) {
                        Answer::Unsatisfiable => {}
                        Answer::Unknown => {
                            standing = Standing::Unknown;
                            // Few services are refused for something else: that is asked for last.
                            let guesses = [&[], &*denials]
                                .into_iter()
                                .flat_map(|fail| question.guesses(way.iter().copied(), fail, GUESSES));
                            let mut tried = guesses.filter_map(|model| self.breaking(invariant, &model));
                            if let Some(standing) = tried.next() {
                                return standing;
                            }
                        }
                        Answer::Satisfiable(model) => match self.breaking(invariant, &model) {
                            Some(standing) => return standing,
                            None => standing = Standing::Unknown,
                        },
                    }
                }
                standing
            };
            self.program.invariants.iter().zip(&ways).map(standing).collect()
        })
    }

    /// That an invariant can fail, if a service like this breaks it and nothing else.
    fn breaking(&self, invariant: &Rule, model: &Model) -> Option<Standing> {
        let statements = self.program.notes.get(invariant.effects.start as usize..invariant.effects.end as usize)?;
        let own = |told: &Diagnostic| {
            let place = told.labels.first().map(|label| label.span);
            statements.iter().any(|note| Some(note.span) == place)
        };
        let shows = |told: &[Diagnostic]| {
            let refused = told.iter().filter(|it| it.severity == Severity::Error);
            told.iter().any(own) && refused.into_iter().all(own)
        };
        let mut code = None;
        let request = self.witness(model, |told| {
            code = told.iter().find(|it| own(it)).map(|it| it.code);
            shows(told)
        })?;
        let witness = request.map(|request| Box::new(Witness { rules: vec![invariant.name.clone()], request }));
        Some(Standing::CanFail { service: model.words.clone(), witness, told: code? })
    }

    /// Invariants that nothing can break, whatever rules write, and such that every service breaks to which they apply.
    pub(super) fn invariants(&self, terms: &mut Terms<'_, 'p>, found: &mut IndexSet<Diagnostic>) {
        let mut claims = Vec::new();
        for invariant in &self.program.invariants {
            self.at.set(invariant.span);
            match terms.claims(invariant) {
                Ok(breaches) => claims.push((invariant, breaches)),
                Err(_) => self.give_up(),
            }
        }
        let diagnostics: Vec<Diagnostic> = terms.asking(|policy| {
            let question = Question { policy, switches: true };
            let never = |way: &[Condition]| question.ask(way.iter().copied(), &[]).is_never();
            let broken = |it: &Breach| !never(&it.conditions.iter().copied().chain([it.required]).collect::<Vec<_>>());
            let failing = |(breach, ways): &(Breach, Option<Vec<Vec<Condition>>>)| {
                let kept = ways.as_ref().is_none_or(|ways| ways.iter().any(|way| !never(way)));
                !kept && !never(&breach.conditions)
            };
            let told = claims.iter().map(|(invariant, breaches)| {
                policy.at.set(invariant.span);
                if !breaches.iter().any(|(breach, _)| broken(breach)) {
                    return Some(self.cannot_fail(invariant, breaches.iter().map(|(breach, _)| breach.effect).min()));
                }
                breaches.iter().find(|it| failing(it)).map(|(breach, _)| self.must_fail(invariant, breach))
            });
            told.flatten().collect()
        });
        found.extend(diagnostics);
    }

    fn cannot_fail(&self, invariant: &Rule, first: Option<EffectId>) -> Diagnostic {
        let message = format!("nothing can break `{}`", invariant.name);
        let diagnostic = Diagnostic::new(code::CANNOT_FAIL, message);
        let diagnostic = match first {
            Some(effect) => diagnostic.label(self.statement(effect), "true whatever the spec is"),
            None => diagnostic.label(invariant.span, "it requires nothing"),
        };
        diagnostic.help("mend what it requires, or take it out: it protects nothing")
    }

    fn must_fail(&self, invariant: &Rule, breach: &Breach) -> Diagnostic {
        let who = if invariant.when.is_some() || invariant.unless.is_some() {
            "every service to which it applies breaks"
        } else {
            "every service breaks"
        };
        Diagnostic::new(code::MUST_FAIL, format!("{who} `{}`", invariant.name))
            .label(self.statement(breach.effect), "false whatever the service is")
            .help("mend what it requires, or the rules that write what it reads; to refuse services, use a rule with `deny`")
    }

    /// Whether the policy is meant to make whole specs. A layer that is looked at without those below it is not.
    pub(super) fn is_whole(&self, terms: &Terms<'_, '_>) -> bool {
        let first = self.output.slots.iter().position(|slot| slot.required);
        first.and_then(|slot| terms.writers.get(slot)).is_some_and(|rules| !rules.is_empty())
    }

    pub(super) fn statement(&self, effect: EffectId) -> crate::source::Span {
        self.program.notes.get(effect.index()).map_or(crate::source::Span::NONE, |note| note.span)
    }
}

impl<'p> Terms<'_, 'p> {
    /// What would break an invariant whatever rules write and, where that is certain to be asked, in which ways it may
    /// come to nothing.
    #[expect(clippy::type_complexity, reason = "a pair of what one loop makes and the next takes")]
    fn claims(&mut self, invariant: &Rule) -> Made<Vec<(Breach, Option<Vec<Vec<Condition>>>)>> {
        self.refill();
        self.blind = true;
        let breaches = self.breaches(invariant);
        self.blind = false;
        let whole = self.policy.is_whole(self);
        let mut claims = Vec::new();
        for breach in breaches? {
            let asked = whole && breach.certain && !self.is_constant(&breach);
            let ways = if asked { self.ways_to_keep(&breach) } else { Err(Spent) };
            if asked && ways.is_err() {
                self.policy.give_up();
            }
            claims.push((breach, ways.ok()));
        }
        Ok(claims)
    }

    /// Whether a breach is written as one: `require false`.
    fn is_constant(&self, breach: &Breach) -> bool {
        self.datum(breach.required.0).is_some()
    }

    /// Asks about the expressions made so far.
    pub(super) fn asking<T>(&self, ask: impl FnOnce(&Policy<'_>) -> T) -> T {
        let policy = self.policy.with(&self.program);
        let answer = ask(&policy);
        self.policy.fuel.set(policy.fuel.get());
        answer
    }

    /// The conditions of each way in which an invariant may be broken.
    fn ways_to_break(&mut self, invariant: &Rule) -> Made<Vec<Vec<Condition>>> {
        self.refill();
        let mut ways = Vec::new();
        for breach in self.breaches(invariant)? {
            let conditions = breach.conditions.into_iter().chain([breach.required]).collect();
            ways.extend(self.settled(conditions)?);
        }
        Ok(ways)
    }

    /// The conditions of each way in which what would break an invariant may come to nothing.
    fn ways_to_keep(&mut self, breach: &Breach) -> Made<Vec<Vec<Condition>>> {
        self.refill();
        let (required, fails) = breach.required;
        self.settled(breach.conditions.iter().copied().chain([(required, !fails)]).collect())
    }

    /// What an invariant requires, each as what would break it.
    fn breaches(&mut self, invariant: &Rule) -> Made<Vec<Breach>> {
        let mut breaches = Vec::new();
        self.walk(invariant, true, &mut |terms, around, effect, statement| {
            let required = match statement {
                Effect::Require { condition, .. } => (terms.here(*condition, around)?, false),
                Effect::Let { value, tail: Tail::Deny(_), .. } => {
                    let value = terms.here(*value, around)?;
                    (terms.add(Expr::IsSet(value))?, false)
                }
                _ => return Ok(()),
            };
            terms.pay(around.conditions.len())?;
            let (conditions, certain) = (around.conditions.clone(), !around.looped);
            breaches.push(Breach { effect, conditions, required, certain });
            Ok(())
        })?;
        Ok(breaches)
    }

    /// When services are refused, as far as that is certain.
    pub(super) fn denials(&mut self) -> Made<Vec<Arc<[Condition]>>> {
        self.refill();
        let mut denials: Vec<Arc<[Condition]>> = Vec::new();
        for rule in &self.policy.program.rules {
            self.walk(rule, false, &mut |terms, around, _, statement| {
                let refused = match statement {
                    Effect::Deny(_) => None,
                    Effect::Let { value, tail: Tail::Deny(_), .. } => Some(*value),
                    Effect::Write(write) if matches!(write.tail, Tail::Deny(_)) => Some(write.value),
                    _ => return Ok(()),
                };
                let mut conditions = around.conditions.clone();
                if let Some(value) = refused {
                    let value = terms.here(value, around)?;
                    conditions.push((terms.add(Expr::IsSet(value))?, false));
                }
                terms.pay(conditions.len())?;
                denials.push(conditions.into());
                Ok(())
            })?;
        }
        Ok(denials)
    }

    /// Conditions on facts and on the spec as conditions on facts alone, in each way in which the spec can be.
    fn settled(&mut self, conditions: Vec<Condition>) -> Made<Vec<Vec<Condition>>> {
        let (mut ways, mut open) = (Vec::new(), vec![(conditions, 0)]);
        while let Some((conditions, read)) = open.pop() {
            let place = if read < READ { self.place_read(&conditions) } else { None };
            let Some(place) = place else {
                let mut bounds = Vec::with_capacity(conditions.len());
                for (id, holds) in conditions {
                    bounds.push((self.bound(id, holds)?, holds));
                }
                ways.push(bounds);
                continue;
            };
            for (value, more) in self.readings(&place)? {
                let mut places = Places::default();
                match &place {
                    Place::Slot(slot) => _ = places.slots.insert(*slot, value),
                    Place::Entry(slot, key) => _ = places.entries.insert((*slot, key.clone()), value),
                }
                let mut inner = Vec::with_capacity(conditions.len() + more.len());
                for (id, holds) in &conditions {
                    inner.push((self.put(*id, &places)?, *holds));
                }
                inner.extend(more);
                self.pay(inner.len())?;
                open.push((inner, read + 1));
            }
        }
        Ok(ways)
    }

    /// A place of the finished spec that holds one value and that conditions read.
    fn place_read(&self, conditions: &[Condition]) -> Option<Place> {
        let mut open: Vec<ExprId> = conditions.iter().map(|(id, _)| *id).collect();
        let mut seen = IndexSet::new();
        while let Some(id) = open.pop() {
            if !self.is_open(id) || !seen.insert(id) {
                continue;
            }
            let expr = self.program.exprs.get(id.index())?;
            match expr {
                Expr::Spec(slot) if self.is_value(*slot) => return Some(Place::Slot(*slot)),
                Expr::Entry(map, key) => {
                    if let (Some(Expr::Spec(slot)), Some(key)) = (self.program.exprs.get(map.index()), self.text(*key))
                        && !self.is_value(*slot)
                    {
                        return Some(Place::Entry(*slot, key.into()));
                    }
                }
                _ => {}
            }
            crate::ir::build::map_children(expr, &mut |child| {
                open.push(child);
                child
            });
        }
        None
    }

    fn is_value(&self, slot: SlotIndex) -> bool {
        matches!(self.policy.output.slots.get(slot).map(|it| &it.content), Some(Content::Value(_)))
    }

    /// What can be at a place, and where.
    fn readings(&mut self, place: &Place) -> Made<Vec<(ExprId, Vec<Condition>)>> {
        let (slot, key) = match place {
            Place::Slot(slot) => return self.values(*slot),
            Place::Entry(slot, key) => (*slot, self.constant(crate::facts::datum::Datum::text(key.clone()))),
        };
        let mut readings = Vec::new();
        for member in self.slot_members(slot)? {
            let own = member.key.unwrap_or(member.value);
            if self.text(own).is_some_and(|own| self.text(key) != Some(own)) {
                continue;
            }
            let mut conditions = member.conditions;
            conditions.push((self.add(Expr::Equal(own, key))?, true));
            readings.push((member.value, conditions));
        }
        let map = self.add(Expr::Spec(slot))?;
        let gone = (self.add(Expr::InMap(key, map))?, false);
        readings.push((self.constant(crate::facts::datum::Datum::ABSENT), vec![gone]));
        Ok(readings)
    }
}

/// A place of the finished spec that holds one value.
#[derive(Clone, Debug)]
enum Place {
    Slot(SlotIndex),
    /// An element of a keyed collection.
    Entry(SlotIndex, Box<str>),
}
