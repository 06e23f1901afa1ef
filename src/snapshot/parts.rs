//! What two snapshots of one service say about each other.

use std::collections::{BTreeMap, BTreeSet};

use super::RULES;

/// A rule that wrote otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The rule.
    pub rule: String,
    /// What it writes that it did not.
    pub more: Vec<String>,
    /// What it wrote and does no longer.
    pub less: Vec<String>,
}

/// The rules whose part in a snapshot has changed. A value that changed while its rule stayed is not among them.
#[must_use]
pub fn causes(before: &str, after: &str) -> Vec<Cause> {
    let (before, after) = (written(before), written(after));
    let rules: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let nothing = BTreeSet::new();
    let causes = rules.into_iter().map(|rule| {
        let of = |all: &BTreeMap<&str, BTreeSet<String>>| all.get(rule).unwrap_or(&nothing).clone();
        let (old, new) = (of(&before), of(&after));
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect();
        Cause { rule: rule.to_owned(), more: only(&new, &old), less: only(&old, &new) }
    });
    causes.filter(|cause| !cause.more.is_empty() || !cause.less.is_empty()).collect()
}

/// What each rule wrote, one path each.
fn written(body: &str) -> BTreeMap<&str, BTreeSet<String>> {
    let mut rules: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut rule = "";
    for line in body.lines().skip_while(|line| *line != RULES).skip(1) {
        match line.strip_prefix("  ") {
            None => rule = line,
            Some(wrote) => {
                let (slot, keys) = wrote.split_once(": ").unwrap_or((wrote, ""));
                let record = keys.starts_with('{').then_some(keys);
                let names = keys.split(", ").filter(|_| record.is_none()).chain(record);
                let paths = names.map(|key| if key.is_empty() { slot.to_owned() } else { format!("{slot}[{key}]") });
                rules.entry(rule).or_default().extend(paths);
            }
        }
    }
    rules
}
