//! Changes of a policy that its tests should notice: each rule left out, each condition turned around, each constant
//! another.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Suite;
use crate::eval::probe::{Guard, Owner, Reached};
use crate::facts::datum::{Datum, Kind};
use crate::ir::build::map_children;
use crate::ir::{ConstId, Effect, Expr, ExprId, GuardId, Program, WriteKind, plan};
use crate::sort;
use crate::source::Span;

/// A change of one place.
#[derive(Clone, Debug)]
pub(super) struct Mutant {
    /// The place.
    pub(super) span: Span,
    /// What is changed, in words.
    pub(super) what: String,
    /// One change, or the same one wherever a constant's name stands for it.
    changes: Vec<Change>,
    /// What a render must reach to be changed by it.
    places: BTreeSet<Place>,
}

#[derive(Clone, Debug)]
enum Change {
    LeaveOut(Owner),
    TurnAround(ExprId),
    Replace(ExprId, Datum),
}

/// Where an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Body(Owner),
    Guard(Guard),
}

impl Mutant {
    /// Whether a render that reached so much can come out otherwise.
    pub(super) fn concerns(&self, reached: &Reached) -> bool {
        self.places.iter().any(|place| match place {
            Place::Body(owner) => reached.applied.contains(owner),
            Place::Guard(guard) => [true, false].iter().any(|holds| reached.outcomes.contains(&(*guard, *holds))),
        })
    }

    /// The program with this change; it must be one of [`apart`].
    pub(super) fn apply(&self, program: &Program) -> Program {
        let mut program = program.clone();
        self.changes.iter().for_each(|change| change.apply(&mut program));
        plan::index(&mut program);
        program
    }
}

impl Change {
    fn apply(&self, program: &mut Program) {
        match self {
            Self::LeaveOut(owner) => {
                let rule = match owner {
                    Owner::Rule(id) => program.rules.get_mut(id.index()),
                    Owner::Invariant(id) => program.invariants.get_mut(id.index()),
                };
                if let Some(rule) = rule {
                    rule.effects.end = rule.effects.start;
                }
            }
            Self::TurnAround(id) => {
                if let Some(expr) = program.exprs.get(id.index()).cloned() {
                    let span = program.span(*id);
                    let copy = push(program, expr, span);
                    replace(program, *id, Expr::Not(copy));
                }
            }
            Self::Replace(id, datum) => {
                let constant = ConstId::new(program.constants.len());
                program.constants.push(datum.clone());
                replace(program, *id, Expr::Const(constant));
            }
        }
    }
}

fn push(program: &mut Program, expr: Expr, span: Span) -> ExprId {
    program.exprs.push(expr);
    program.spans.push(span);
    ExprId::new(program.exprs.len() - 1)
}

fn replace(program: &mut Program, id: ExprId, expr: Expr) {
    if let Some(place) = program.exprs.get_mut(id.index()) {
        *place = expr;
    }
}

/// The same program with guards that no two rules share: each is asked where it is written, and a change of it
/// changes nothing else.
pub(super) fn apart(program: &Program) -> Program {
    let mut program = program.clone();
    let heads: Vec<_> = program.rules.iter().chain(&program.invariants).map(|rule| (rule.when, rule.unless)).collect();
    let mut guards = Vec::new();
    for (when, unless) in heads {
        let mut own = Vec::new();
        if let Some(when) = when {
            own.push(when.expr);
        }
        if let Some(unless) = unless {
            own.push(push(&mut program, Expr::Not(unless.expr), unless.span));
        }
        let ids = own.into_iter().map(|condition| {
            program.guards.push(condition);
            GuardId::new(program.guards.len() - 1)
        });
        guards.push(ids.collect::<Box<[GuardId]>>());
    }
    for (rule, guards) in program.rules.iter_mut().chain(&mut program.invariants).zip(guards) {
        rule.guards = guards;
    }
    for effect in &mut program.effects {
        if let Effect::If { guard, .. } = effect {
            *guard = None;
        }
    }
    program
}

/// Every change of the rules under test, in written order.
pub(super) fn mutants(suite: &Suite) -> Vec<Mutant> {
    let program = &suite.policy.checked.program;
    let mut found = Found { program, constants: IndexMap::new(), conditions: IndexMap::new() };
    let mut all = Vec::new();
    for (owner, rule) in Owner::all(program) {
        let kind = if matches!(owner, Owner::Rule(_)) { "rule" } else { "invariant" };
        let what = format!("{kind} `{}` left out", rule.name);
        all.push((rule.span, what, Change::LeaveOut(owner), BTreeSet::from([Place::Body(owner)])));
        for (condition, guard) in [(rule.when, Guard::When(owner)), (rule.unless, Guard::Unless(owner))] {
            if let Some(condition) = condition {
                found.condition(condition.expr, Place::Guard(guard));
            }
        }
        for number in rule.effects.clone() {
            if let Some(effect) = program.effects.get(number as usize) {
                found.effect(number, effect, owner);
            }
        }
    }
    for (id, places) in found.conditions {
        all.push((program.span(id), "condition turned around".to_owned(), Change::TurnAround(id), places));
    }
    for (id, (constant, places)) in found.constants {
        let Some(datum) = program.constants.get(constant.index()) else { continue };
        for (span, what, datum) in variants(datum, program.span(id)) {
            all.push((span, what, Change::Replace(id, datum), places.clone()));
        }
    }
    all.retain(|(span, ..)| suite.is_tested(*span));
    let mut mutants: IndexMap<(Span, String), Mutant> = IndexMap::new();
    for (span, what, change, places) in all {
        let new = || Mutant { span, what: what.clone(), changes: Vec::new(), places: BTreeSet::new() };
        let mutant = mutants.entry((span, what.clone())).or_insert_with(new);
        mutant.changes.push(change);
        mutant.places.extend(places);
    }
    let mut mutants: Vec<Mutant> = mutants.into_values().collect();
    sort::by_key(&mut mutants, |mutant| (mutant.span.source, mutant.span.start, mutant.span.end));
    mutants
}

/// Constants and conditions, and where each is evaluated. The texts of messages are not among them: what is said is
/// not what a container may do.
struct Found<'p> {
    program: &'p Program,
    constants: IndexMap<ExprId, (ConstId, BTreeSet<Place>)>,
    conditions: IndexMap<ExprId, BTreeSet<Place>>,
}

impl Found<'_> {
    fn effect(&mut self, number: u32, effect: &Effect, owner: Owner) {
        let body = Place::Body(owner);
        match effect {
            Effect::Write(write) => {
                self.expr(write.value, body);
                if let WriteKind::AddAt(key) | WriteKind::RemoveAt(key) = write.kind {
                    self.expr(key, body);
                }
            }
            Effect::Let { value, .. } => self.expr(*value, body),
            Effect::If { condition, .. } => self.condition(*condition, Place::Guard(Guard::If(number))),
            Effect::For { iteration, .. } => {
                self.expr(iteration.list, body);
                if let Some(when) = iteration.when {
                    self.condition(when, body);
                }
            }
            Effect::Require { condition, .. } => self.condition(*condition, body),
            Effect::Warn(_) | Effect::Deny(_) => {}
        }
    }

    fn condition(&mut self, id: ExprId, place: Place) {
        self.conditions.entry(id).or_default().insert(place);
        self.expr(id, place);
    }

    fn expr(&mut self, id: ExprId, place: Place) {
        let (mut open, mut seen) = (vec![id], BTreeSet::new());
        while let Some(id) = open.pop() {
            let Some(expr) = self.program.exprs.get(id.index()).filter(|_| seen.insert(id)) else { continue };
            match expr {
                Expr::Const(constant) => {
                    self.constants.entry(id).or_insert_with(|| (*constant, BTreeSet::new())).1.insert(place);
                }
                Expr::When(_, condition) => {
                    self.conditions.entry(*condition).or_default().insert(place);
                }
                Expr::Comprehension(comprehension) => {
                    for condition in comprehension.loops.iter().filter_map(|one| one.when) {
                        self.conditions.entry(condition).or_default().insert(place);
                    }
                }
                // What a let stands for is evaluated where it is used.
                Expr::Let(id) => open.extend(self.program.lets.get(id.index()).map(|it| it.body)),
                _ => {}
            }
            map_children(expr, &mut |child| {
                open.push(child);
                child
            });
        }
    }
}

/// A constant with one thing changed in it: the place, what is changed, and all of it.
fn variants(datum: &Datum, around: Span) -> Vec<(Span, String, Datum)> {
    let span = if datum.span.is_none() { around } else { datum.span };
    let other = |what: String, kind: Kind| (span, what, Datum::at(datum.span, kind));
    match &datum.kind {
        Kind::Absent => Vec::new(),
        Kind::Bool(value) => vec![other(format!("`{value}` turned into `{}`", !value), Kind::Bool(!value))],
        Kind::Int(value) => {
            [value - 1, value + 1].map(|next| other(format!("{value} turned into {next}"), Kind::Int(next))).into()
        }
        Kind::Float(value) => [value - 1.0, value + 1.0]
            .map(|next| other(format!("{value} turned into {next}"), Kind::Float(next)))
            .into(),
        Kind::Text(text) => {
            let next = format!("{text}~");
            vec![other(format!("{text:?} turned into {next:?}"), Kind::Text(next.into()))]
        }
        Kind::List(elements) => elements.iter().enumerate().flat_map(|(at, it)| part(datum, at, it, span)).collect(),
        Kind::Map(entries) => entries.values().enumerate().flat_map(|(at, it)| part(datum, at, it, span)).collect(),
        Kind::Record(fields) => fields.iter().enumerate().flat_map(|(at, it)| part(datum, at, it, span)).collect(),
    }
}

/// The changes of one part of a constant: it is left out, where that is possible, or changed itself. Of a list of plain
/// values, an element that is left out is change enough.
fn part(whole: &Datum, at: usize, part: &Datum, around: Span) -> Vec<(Span, String, Datum)> {
    let scalar = !matches!(part.kind, Kind::List(_) | Kind::Map(_) | Kind::Record(_));
    let span = if part.span.is_none() { around } else { part.span };
    let mut changes = Vec::new();
    if !matches!(whole.kind, Kind::Record(_)) {
        changes.push((span, "element left out".to_owned(), with_part(whole, at, None)));
    }
    if !(scalar && matches!(whole.kind, Kind::List(_))) {
        let inner = variants(part, around).into_iter();
        changes.extend(inner.map(|(span, what, part)| (span, what, with_part(whole, at, Some(part)))));
    }
    changes
}

/// A list, map or record with another part in the place of one, or with none.
fn with_part(whole: &Datum, at: usize, part: Option<Datum>) -> Datum {
    let mut whole = whole.clone();
    match (&mut whole.kind, part) {
        (Kind::List(elements), None) => {
            *elements =
                elements.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, it)| it.clone()).collect();
        }
        (Kind::Map(entries), None) => drop(Arc::make_mut(entries).shift_remove_index(at)),
        (Kind::Map(entries), Some(part)) => {
            Arc::make_mut(entries).get_index_mut(at).into_iter().for_each(|(_, it)| it.clone_from(&part));
        }
        (Kind::List(parts) | Kind::Record(parts), Some(part)) => {
            Arc::make_mut(parts).get_mut(at).into_iter().for_each(|it| it.clone_from(&part));
        }
        _ => {}
    }
    whole
}
