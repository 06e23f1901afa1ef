//! In which order lets can be checked: each after those that it needs. No recursion over lets: a policy may have very many.

use indexmap::{IndexMap, IndexSet};

use super::items::Placed;
use crate::syntax::ast::{
    self, Block, Clause, EffectKind, Entry, Expr, ExprKind, Key, OutPath, Piece, Segment, Tail, TailKind,
};

/// The names in order, and the cycles that there are; the names of a cycle are in no order.
pub(super) fn of(lets: &IndexMap<Box<str>, Vec<Placed<ast::Let>>>) -> (Vec<Box<str>>, Vec<Vec<Box<str>>>) {
    let needs: Vec<Vec<usize>> = lets
        .values()
        .map(|all| {
            let mut names = IndexSet::new();
            all.iter().for_each(|placed| {
                visit(&placed.item.value, &mut |name| {
                    names.insert(name.to_owned());
                });
            });
            names.iter().filter_map(|name| lets.get_index_of(name.as_str())).collect()
        })
        .collect();
    let mut walk = Walk { needs: &needs, state: vec![State::New; needs.len()], order: Vec::new(), cycles: Vec::new() };
    (0..needs.len()).for_each(|start| walk.from(start));
    let name = |index: &usize| lets.get_index(*index).map(|(name, _)| name.clone());
    let in_cycle: IndexSet<usize> = walk.cycles.iter().flatten().copied().collect();
    let order = walk.order.iter().filter(|index| !in_cycle.contains(*index)).filter_map(name).collect();
    (order, walk.cycles.iter().map(|cycle| cycle.iter().filter_map(name).collect()).collect())
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Walk<'n> {
    needs: &'n [Vec<usize>],
    state: Vec<State>,
    order: Vec<usize>,
    cycles: Vec<Vec<usize>>,
}

impl Walk<'_> {
    fn state(&self, index: usize) -> State {
        self.state.get(index).copied().unwrap_or(State::Done)
    }

    fn set(&mut self, index: usize, state: State) {
        if let Some(slot) = self.state.get_mut(index) {
            *slot = state;
        }
    }

    fn from(&mut self, start: usize) {
        if self.state(start) != State::New {
            return;
        }
        self.set(start, State::Open);
        let mut path = vec![(start, 0)];
        while let Some((index, next)) = path.last_mut() {
            let index = *index;
            let need = self.needs.get(index).and_then(|needs| needs.get(*next)).copied();
            *next += 1;
            match need.map(|need| (need, self.state(need))) {
                None => {
                    self.set(index, State::Done);
                    self.order.push(index);
                    path.pop();
                }
                Some((need, State::New)) => {
                    self.set(need, State::Open);
                    path.push((need, 0));
                }
                Some((need, State::Open)) => {
                    let cycle = path.iter().map(|(index, _)| *index).skip_while(|index| *index != need).collect();
                    self.cycles.push(cycle);
                }
                Some((_, State::Done)) => {}
            }
        }
    }
}

/// Every bare name of a rule.
pub(super) fn names_of_rule<'a>(rule: &'a ast::Rule, f: &mut impl FnMut(&'a str)) {
    rule.when.iter().chain(&rule.unless).for_each(|guard| visit(guard, f));
    visit_block(&rule.body, f);
}

/// Blocks nest no deeper than the limit on them.
fn visit_block<'a>(block: &'a Block, f: &mut impl FnMut(&'a str)) {
    block.effects.iter().for_each(|effect| visit_effect(&effect.kind, f));
}

pub(super) fn visit_effect<'a>(effect: &'a EffectKind, f: &mut impl FnMut(&'a str)) {
    match effect {
        EffectKind::Write { path, value, tail, .. } => {
            visit_path(path, f);
            visit(value, f);
            visit_tail(tail.as_ref(), f);
        }
        EffectKind::Unset { path, .. } => visit_path(path, f),
        EffectKind::Let { value, tail, .. } => {
            visit(value, f);
            visit_tail(tail.as_ref(), f);
        }
        EffectKind::If { arms, otherwise } => {
            for (condition, block) in arms {
                visit(condition, f);
                visit_block(block, f);
            }
            otherwise.iter().for_each(|block| visit_block(block, f));
        }
        EffectKind::For { clause, body } => {
            visit_clauses(std::slice::from_ref(clause), f);
            visit_block(body, f);
        }
        EffectKind::Warn(message) | EffectKind::Deny(message) => visit(message, f),
        EffectKind::Require { condition, message, .. } => {
            visit(condition, f);
            visit(message, f);
        }
    }
}

fn visit_path<'a>(path: &'a OutPath, f: &mut impl FnMut(&'a str)) {
    for segment in &path.segments {
        if let Segment::Key(key) = segment {
            visit(key, f);
        }
    }
}

fn visit_tail<'a>(tail: Option<&'a Tail>, f: &mut impl FnMut(&'a str)) {
    if let Some(TailKind::Warn(message) | TailKind::Deny(message)) = tail.map(|tail| &tail.kind) {
        visit(message, f);
    }
}

/// Every bare name of an expression. Its depth is bounded by the limit on brackets.
pub(super) fn visit<'a>(expr: &'a Expr, f: &mut impl FnMut(&'a str)) {
    match &expr.kind {
        ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) => {}
        ExprKind::Name(name) => f(name),
        ExprKind::Text(pieces) => pieces.iter().for_each(|piece| {
            if let Piece::Hole(hole) = piece {
                visit(hole, f);
            }
        }),
        ExprKind::Field(inner, _) | ExprKind::Not(inner) | ExprKind::Negate(inner) => visit(inner, f),
        ExprKind::Is { value, .. } => visit(value, f),
        ExprKind::Index(a, b) | ExprKind::When(a, b) | ExprKind::Compare(_, a, b) => {
            visit(a, f);
            visit(b, f);
        }
        ExprKind::Call { arguments: all, .. }
        | ExprKind::List(all)
        | ExprKind::Else(all)
        | ExprKind::Or(all)
        | ExprKind::And(all) => all.iter().for_each(|inner| visit(inner, f)),
        ExprKind::Map(entries) => entries.iter().for_each(|entry| visit_entry(entry, f)),
        ExprKind::ListComprehension { value, clauses, sort } => {
            visit_clauses(clauses, f);
            visit(value, f);
            sort.iter().for_each(|sort| visit(sort, f));
        }
        ExprKind::MapComprehension { entry, clauses } => {
            visit_clauses(clauses, f);
            visit_entry(entry, f);
        }
        ExprKind::Join(first, rest) => {
            visit(first, f);
            rest.iter().for_each(|(_, inner)| visit(inner, f));
        }
        ExprKind::Arithmetic(first, rest) => {
            visit(first, f);
            rest.iter().for_each(|(_, inner)| visit(inner, f));
        }
    }
}

fn visit_entry<'a>(entry: &'a Entry, f: &mut impl FnMut(&'a str)) {
    if let Key::Computed(key) = &entry.key {
        visit(key, f);
    }
    visit(&entry.value, f);
}

fn visit_clauses<'a>(clauses: &'a [Clause], f: &mut impl FnMut(&'a str)) {
    for clause in clauses {
        visit(&clause.list, f);
        clause.when.iter().for_each(|when| visit(when, f));
    }
}
