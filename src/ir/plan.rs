//! The plan: which rules a render can pass over without a look at their guards.

use indexmap::IndexMap;

use super::{EqualityTable, Expr, ExprId, Program, Rule, RuleId};
use crate::facts::datum::Kind;

/// Fewer rules than this over one fact are asked one by one.
const WORTH_A_TABLE: usize = 4;

/// Fills [`Program::index`].
pub fn index(program: &mut Program) {
    let mut by_fact: IndexMap<Expr, Vec<(RuleId, ExprId, Box<str>)>> = IndexMap::new();
    for (number, rule) in program.rules.iter().enumerate() {
        for (fact, text) in equalities(program, rule) {
            let Some(expr) = program.exprs.get(fact.index()).cloned() else { continue };
            by_fact.entry(expr).or_default().push((RuleId::new(number), fact, text));
        }
    }
    // A rule is looked up by the fact that most rules ask for: that table passes over the most of them.
    by_fact.retain(|_, rules| rules.len() >= WORTH_A_TABLE);
    by_fact.sort_by(|_, a, _, b| b.len().cmp(&a.len()));
    let mut placed = vec![false; program.rules.len()];
    let mut tables = Vec::new();
    for rules in by_fact.into_values() {
        let mut table: IndexMap<Box<str>, Vec<RuleId>> = IndexMap::new();
        let mut asked = None;
        for (rule, fact, text) in rules {
            if let Some(done @ false) = placed.get_mut(rule.index()) {
                *done = true;
                asked = asked.or(Some(fact));
                table.entry(text).or_default().push(rule);
            }
        }
        tables.extend(asked.map(|fact| EqualityTable { fact, rules: table }));
    }
    let always = placed.iter().enumerate().filter(|(_, done)| !**done).map(|(number, _)| RuleId::new(number));
    program.index.always = always.collect();
    program.index.tables = tables;
}

/// What of the guards of a rule is `fact == "constant"`, alone or beside others that must hold as well.
fn equalities<'p>(program: &'p Program, rule: &'p Rule) -> impl Iterator<Item = (ExprId, Box<str>)> + 'p {
    let mut conditions: Vec<ExprId> =
        rule.guards.iter().filter_map(|guard| program.guards.get(guard.index())).copied().collect();
    let mut at = 0;
    while let Some(condition) = conditions.get(at) {
        if let Some(Expr::And(parts)) = program.exprs.get(condition.index()) {
            conditions.extend_from_slice(parts);
        }
        at += 1;
    }
    conditions.into_iter().filter_map(|condition| match program.exprs.get(condition.index())? {
        Expr::Equal(a, b) => [(*a, *b), (*b, *a)].into_iter().find_map(|(fact, text)| {
            let is_fact = match program.exprs.get(fact.index())? {
                Expr::Fact(..) => true,
                // `image.labels["team"]`
                Expr::Entry(map, key) => {
                    matches!(program.exprs.get(map.index())?, Expr::Fact(..)) && constant_text(program, *key).is_some()
                }
                _ => false,
            };
            is_fact.then(|| Some((fact, constant_text(program, text)?.into())))?
        }),
        _ => None,
    })
}

fn constant_text(program: &Program, id: ExprId) -> Option<&str> {
    match &super::fold::constant_of(program, id)?.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}
