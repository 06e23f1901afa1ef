//! The plan: which rules a render can pass over without a look at their guards.

use indexmap::IndexMap;

use super::{EqualityTable, Expr, ExprId, Program, Rule, RuleId};
use crate::facts::datum::Kind;
use crate::schema::facts::Root;

/// Fewer rules than this over one fact are asked one by one.
const WORTH_A_TABLE: usize = 4;

/// Fills [`Program::index`].
pub fn index(program: &mut Program) {
    let mut by_fact: IndexMap<Asked<'_>, Vec<(RuleId, ExprId, Box<str>)>> = IndexMap::new();
    for (number, rule) in program.rules.iter().enumerate() {
        for (asked, fact, text) in equalities(program, rule) {
            by_fact.entry(asked).or_default().push((RuleId::new(number), fact, text));
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

/// A fact, or the entry of a key in one.
type Asked<'p> = (Root, &'p [u16], Option<&'p str>);

/// What of the guards of a rule is `fact == "constant"`, alone or beside others that must hold as well.
fn equalities<'p>(program: &'p Program, rule: &'p Rule) -> Vec<(Asked<'p>, ExprId, Box<str>)> {
    let mut conditions: Vec<ExprId> =
        rule.guards.iter().filter_map(|guard| program.guards.get(guard.index())).copied().collect();
    let mut found = Vec::new();
    while let Some(condition) = conditions.pop() {
        match program.exprs.get(condition.index()) {
            Some(Expr::And(parts)) => conditions.extend_from_slice(parts),
            Some(Expr::Equal(a, b)) => found.extend(
                [(*a, *b), (*b, *a)]
                    .into_iter()
                    .find_map(|(fact, text)| Some((asked(program, fact)?, fact, constant_text(program, text)?.into()))),
            ),
            _ => {}
        }
    }
    found
}

/// The fact that an expression is.
fn asked(program: &Program, fact: ExprId) -> Option<Asked<'_>> {
    match program.exprs.get(fact.index())? {
        Expr::Fact(root, path) => Some((*root, path, None)),
        // `image.labels["team"]`
        Expr::Entry(map, key) => match program.exprs.get(map.index())? {
            Expr::Fact(root, path) => Some((*root, path, Some(constant_text(program, *key)?))),
            _ => None,
        },
        _ => None,
    }
}

fn constant_text(program: &Program, id: ExprId) -> Option<&str> {
    match &super::fold::constant_of(program, id)?.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}
