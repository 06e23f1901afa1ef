//! Sets of versions: what lies between two of them.

use std::cmp::Ordering;

use crate::eval::compare_versions;
use crate::ir::OrderOp;

use super::values::Left;

/// The versions that are left.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    /// The least, and whether it is one of them. There is none below 0.
    min: (Box<str>, bool),
    max: Option<(Box<str>, bool)>,
}

impl Versions {
    /// All of them.
    pub(super) fn all() -> Self {
        Self { min: ("0".into(), true), max: None }
    }

    /// Keeps those that stand in an order to another one.
    pub(super) fn narrow(&mut self, op: OrderOp, version: &str) {
        let inside = matches!(op, OrderOp::LessOrEqual | OrderOp::GreaterOrEqual);
        let tighter = |order: Ordering, before: bool, wanted: Ordering| order == wanted || (order.is_eq() && before);
        match (op, &self.max) {
            (OrderOp::Greater | OrderOp::GreaterOrEqual, _) => {
                if tighter(compare_versions(version, &self.min.0), self.min.1, Ordering::Greater) {
                    self.min = (version.into(), inside);
                }
            }
            (_, Some(max)) if !tighter(compare_versions(version, &max.0), max.1, Ordering::Less) => {}
            _ => self.max = Some((version.into(), inside)),
        }
    }

    /// Whether any is left, and which.
    pub(super) fn left(&self) -> Left {
        let above = |version: &str| match compare_versions(version, &self.min.0) {
            Ordering::Equal => self.min.1,
            order => order.is_gt(),
        };
        let below = |version: &str| match self.max.as_ref().map(|max| (compare_versions(version, &max.0), max.1)) {
            None => true,
            Some((Ordering::Equal, inside)) => inside,
            Some((order, _)) => order.is_lt(),
        };
        let (low, high) = (numeric(&self.min.0), numeric(self.max.as_ref().map_or("", |max| &max.0)));
        // Between two different versions there is always one with more numbers.
        let between = format!("{low}{}.1", ".0".repeat(high.split('.').count()));
        let mut candidates = [low.to_owned(), high.to_owned(), format!("{low}.1"), between].into_iter();
        let found = candidates.find(|it| above(it) && below(it));
        found.map_or(Left::Nothing, |version| Left::text(&version))
    }
}

/// The numbers of a version, as a host has them.
fn numeric(version: &str) -> &str {
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let numbers = version.get(..end).unwrap_or_default().trim_matches('.');
    if numbers.is_empty() { "0" } else { numbers }
}
