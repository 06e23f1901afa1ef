//! What comes of all claims on a slot: of each key the strongest counts, and those of one strength must agree.

use std::collections::BTreeSet;

use plimsoll::syntax::ast::Strength;

use super::output::{Kind, SLOTS, ordered};
use super::value::Value;

/// One write's say about a slot, or a key of it.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) slot: &'static str,
    pub(super) key: Option<Value>,
    pub(super) says: Says,
    pub(super) strength: Strength,
    pub(super) rule: String,
    /// The write of a whole collection that it is a part of.
    pub(super) whole: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Says {
    Is(Value),
    Out,
}

/// A write that says what a whole collection is: what it does not have is out.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) slot: &'static str,
    pub(super) strength: Strength,
    pub(super) rule: String,
    /// There is no collection at all.
    pub(super) unset: bool,
}

/// What the slots hold, in the order of the table: those that hold nothing are not there.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) slots: Vec<(&'static str, Filled)>,
    /// Slots on which writes disagree.
    pub(super) conflicts: Vec<&'static str>,
}

/// Values in the order in which their keys were first written, and the rules that each comes from.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) values: Vec<(Value, Value, BTreeSet<String>)>,
}

impl Merged {
    pub(super) fn of(claims: &[Claim], wholes: &[Whole]) -> Self {
        let mut merged = Self::default();
        for slot in SLOTS {
            let own: Vec<&Claim> = claims.iter().filter(|claim| claim.slot == slot.path).collect();
            let filled = match slot.kind {
                Kind::One => one(&own),
                _ => many(&own, wholes, slot.path),
            };
            match filled {
                Ok(Some(filled)) => merged.slots.push((slot.path, filled)),
                Ok(None) => {}
                Err(Conflict) => merged.conflicts.push(slot.path),
            }
        }
        merged
    }

    pub(super) fn get(&self, path: &str) -> Option<&Filled> {
        self.slots.iter().find(|(other, _)| *other == path).map(|(_, filled)| filled)
    }

    pub(super) fn winners(&self) -> Vec<(&'static str, Vec<BTreeSet<String>>)> {
        let rules =
            |path, filled: &Filled| ordered(path, filled).into_iter().map(|at| filled.values[at].2.clone()).collect();
        self.slots.iter().map(|(path, filled)| (*path, rules(path, filled))).collect()
    }
}

struct Conflict;

/// What the strongest of these say, and who says it.
fn strongest(claims: &[(Strength, Says, &str)]) -> Result<Option<(Says, BTreeSet<String>)>, Conflict> {
    let Some(top) = claims.iter().map(|(strength, ..)| *strength).max() else { return Ok(None) };
    let says: Vec<_> = claims.iter().filter(|(strength, ..)| *strength == top).collect();
    let (_, first, _) = says.first().expect("there is a strongest");
    if says.iter().any(|(_, other, _)| other != first) {
        return Err(Conflict);
    }
    Ok(Some((first.clone(), says.iter().map(|(.., rule)| (*rule).to_owned()).collect())))
}

fn one(claims: &[&Claim]) -> Result<Option<Filled>, Conflict> {
    let claims: Vec<_> = claims.iter().map(|claim| (claim.strength, claim.says.clone(), claim.rule.as_str())).collect();
    Ok(match strongest(&claims)? {
        Some((Says::Is(value), rules)) => Some(Filled { values: vec![(Value::Absent, value, rules)] }),
        _ => None,
    })
}

fn many(claims: &[&Claim], wholes: &[Whole], slot: &'static str) -> Result<Option<Filled>, Conflict> {
    let wholes: Vec<(usize, &Whole)> = wholes.iter().enumerate().filter(|(_, whole)| whole.slot == slot).collect();
    let mut keys: Vec<&Value> = Vec::new();
    for key in claims.iter().filter_map(|claim| claim.key.as_ref()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut values = Vec::new();
    for key in keys {
        let own = claims.iter().filter(|claim| claim.key.as_ref() == Some(key));
        let mut said: Vec<(Strength, Says, &str)> =
            own.clone().map(|claim| (claim.strength, claim.says.clone(), claim.rule.as_str())).collect();
        for (number, whole) in &wholes {
            if !own.clone().any(|claim| claim.whole == Some(*number)) {
                said.push((whole.strength, Says::Out, &whole.rule));
            }
        }
        if let Some((Says::Is(value), rules)) = strongest(&said)? {
            values.push((key.clone(), value, rules));
        }
    }
    let top = wholes.iter().map(|(_, whole)| whole.strength).max();
    let top: Vec<bool> =
        wholes.iter().filter(|(_, whole)| Some(whole.strength) == top).map(|(_, whole)| whole.unset).collect();
    if top.iter().any(|unset| *unset != top[0]) {
        return Err(Conflict);
    }
    let given = top.first() == Some(&false);
    Ok((given || !values.is_empty()).then_some(Filled { values }))
}
