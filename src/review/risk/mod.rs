//! What a change of the spec means for what a container can do, by a table.
//!
//! The rows are in `rows/`. Each says which slots of the output it is about, what makes one side wider than the other, which
//! level of the Pod Security Standards the wider side needs, why, and where that is written. All rows of a slot look at a
//! change, and the worst of what they say counts: what broadens goes before what narrows, however small it is beside it.
//!
//! - `condition` holds what a row can ask of a value, `compare` the measures by which it can order two.
//! - A side that nobody knows (it differs from service to service) is never guessed.

mod compare;
mod condition;
mod rows;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value as Json;

use super::{Change, ChangeKind, Class, Level, Risk};
use compare::{Compare, Order};
use condition::{Item, When};

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// Its name: `capability.sys-admin`.
    pub name: &'static str,
    /// The slots of the output's schema that it is about.
    pub slots: &'static [&'static str],
    /// What it says of a change.
    test: Test,
    /// The level of the Pod Security Standards that the wider side needs; where they say nothing, the one that fits.
    pub level: Level,
    /// What the wider side can do, as it goes on after "it can"; of a row that takes no side, the reason itself.
    pub reason: &'static str,
    /// Where that is written: a section of a standard, a manual page, an advisory.
    pub source: &'static str,
}

/// What a row says of a change.
#[derive(Debug)]
enum Test {
    /// The side of which it holds is the wider.
    More(When),
    /// The side of which it holds is the narrower.
    Less(When),
    /// As `More`, if something is there on both sides.
    Gains(When),
    /// As `Less`, if something is there on both sides.
    Loses(When),
    /// Where it holds of what is there: the side that measures more is the wider.
    By(When, Compare),
    /// Where it holds of a side: nobody knows.
    Unknown(When),
    /// Where it holds of all that is there: neither.
    Neutral(When),
    /// This, if no other row has anything to say.
    Else(Class),
    /// This of what is on one side only, if no other row has anything to say.
    Alone(Class),
    /// This of what only moved.
    Moved(Class),
}

/// The rows, in the order in which they go before each other.
pub fn table() -> impl Iterator<Item = &'static Row> {
    static TABLE: LazyLock<Vec<&'static Row>> = LazyLock::new(|| rows::ALL.iter().copied().flatten().collect());
    TABLE.iter().copied()
}

/// The row of a name, one that is about no slot of its own included.
#[must_use]
pub fn find(name: &str) -> Option<&'static Row> {
    table().chain(rows::GENERAL).find(|row| row.name == name)
}

/// The rows that are about a slot, in their order.
fn about(slot: &str) -> &'static [&'static Row] {
    static BY_SLOT: LazyLock<BTreeMap<&'static str, Vec<&'static Row>>> = LazyLock::new(|| {
        let mut rows: BTreeMap<_, Vec<_>> = BTreeMap::new();
        table().for_each(|row| row.slots.iter().for_each(|slot| rows.entry(*slot).or_default().push(row)));
        rows
    });
    BY_SLOT.get(slot).map_or(&[], Vec::as_slice)
}

/// What a change means. It is judged by its slot, its path (which has the key of an element), its kind and both values.
#[must_use]
pub fn of(change: &Change) -> Risk {
    let here = about(change.slot);
    if change.kind == ChangeKind::Moved {
        let moved = here.iter().find_map(|row| row.moved().map(|class| (class, *row)));
        let (class, row) = moved.unwrap_or((Class::Neutral, &rows::ORDER));
        return row.risk(class);
    }
    let (Some(before), Some(after)) = (side(change, true), side(change, false)) else {
        return differs(here);
    };
    let said = here.iter().filter_map(|row| row.says(before, after).map(|class| (class, *row)));
    // The first of several that are as bad.
    let worst = said.min_by_key(|(class, row)| (*class, row.level));
    let alone = before.is_some() != after.is_some();
    let otherwise = || here.iter().find_map(|row| row.otherwise(alone).map(|class| (class, *row)));
    let measured = || here.iter().any(|row| matches!(row.test, Test::By(..))).then_some((Class::Neutral, &rows::EQUAL));
    let (class, row) = worst.or_else(otherwise).or_else(measured).unwrap_or((Class::Unknown, &rows::UNLISTED));
    row.risk(class)
}

/// What a rule means that another rule of its side covers: whatever it allows is allowed without it.
#[must_use]
pub fn covered() -> Risk {
    rows::COVERED.risk(Class::Neutral)
}

/// What there is on a side: nothing at all if nobody knows.
fn side(change: &Change, before: bool) -> Option<Option<Item<'_>>> {
    let (value, absent) = if before {
        (&change.before, change.kind == ChangeKind::Added)
    } else {
        (&change.after, change.kind == ChangeKind::Removed)
    };
    match value {
        _ if absent => Some(None),
        Some(value) => Some(Some(Item { value, key: key(change) })),
        None => None,
    }
}

/// The key of an element, as it stands in its path.
fn key(change: &Change) -> &str {
    let inside = change.path.strip_prefix(change.slot).and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
    let inside = inside.unwrap_or_default();
    inside.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(inside)
}

/// The risk of a change of which a value is not known: neutral where every change of the slot is, else unknown, of the
/// widest level that there could be.
fn differs(here: &[&'static Row]) -> Risk {
    let neutral = |row: &&Row| matches!(row.test, Test::Else(Class::Neutral) | Test::Neutral(_) | Test::Moved(_));
    match here.first() {
        Some(first) if here.iter().all(neutral) => first.risk(Class::Neutral),
        _ => {
            let level = here.iter().map(|row| row.level).min().unwrap_or(rows::DIFFERS.level);
            Risk { level, ..rows::DIFFERS.risk(Class::Unknown) }
        }
    }
}

impl Row {
    fn says(&self, before: Option<Item<'_>>, after: Option<Item<'_>>) -> Option<Class> {
        let meets = |when: &When, side: Option<Item<'_>>| side.is_some_and(|item| when.holds(item));
        let both = before.is_some() && after.is_some();
        let all = |when: &When| [before, after].into_iter().flatten().all(|item| when.holds(item));
        match &self.test {
            Test::More(when) => direction(meets(when, before), meets(when, after)),
            Test::Less(when) => direction(meets(when, after), meets(when, before)),
            Test::Gains(when) if both => direction(meets(when, before), meets(when, after)),
            Test::Loses(when) if both => direction(meets(when, after), meets(when, before)),
            Test::By(when, compare) if all(when) => {
                match compare.order(before.map(|item| item.value), after.map(|item| item.value)) {
                    Order::Same => None,
                    Order::More => Some(Class::Broadening),
                    Order::Less => Some(Class::Narrowing),
                    Order::Unknown => Some(Class::Unknown),
                }
            }
            Test::Unknown(when) => (meets(when, before) || meets(when, after)).then_some(Class::Unknown),
            Test::Neutral(when) => all(when).then_some(Class::Neutral),
            _ => None,
        }
    }

    const fn otherwise(&self, alone: bool) -> Option<Class> {
        match self.test {
            Test::Else(class) => Some(class),
            Test::Alone(class) if alone => Some(class),
            _ => None,
        }
    }

    const fn moved(&self) -> Option<Class> {
        if let Test::Moved(class) = self.test { Some(class) } else { None }
    }

    /// Whether it takes sides: then its reason goes on after "it can".
    #[must_use]
    pub const fn takes_sides(&self) -> bool {
        !matches!(self.test, Test::Unknown(_) | Test::Neutral(_) | Test::Else(_) | Test::Alone(_) | Test::Moved(_))
    }

    /// What it says, as a sentence without a period.
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.takes_sides() { format!("it can {}", self.reason) } else { self.reason.to_owned() }
    }

    fn risk(&self, class: Class) -> Risk {
        let reason = match class {
            _ if !self.takes_sides() => self.reason.to_owned(),
            Class::Broadening => format!("it can now {}", self.reason),
            Class::Narrowing => format!("it can no longer {}", self.reason),
            Class::Unknown | Class::Neutral => {
                format!("the two cannot be compared: it may now {}, or no longer", self.reason)
            }
        };
        Risk { class, level: self.level, reason, row: self.name, source: self.source }
    }
}

const fn direction(before: bool, after: bool) -> Option<Class> {
    match (before, after) {
        (false, true) => Some(Class::Broadening),
        (true, false) => Some(Class::Narrowing),
        _ => None,
    }
}

/// A member of a record.
fn member<'v>(value: &'v Json, name: &str) -> Option<&'v Json> {
    value.get(name).filter(|member| !member.is_null())
}
