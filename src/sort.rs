//! Sorting where its speed is no matter.
//!
//! The standard library's sort is compiled anew, to some six kilobytes, for each type and each order; so is the one with
//! which a tree is collected. These here sort by one that all share. What every render does has its own.

use std::cmp::Ordering;

/// Sorts as [`slice::sort_by`] does: what is equal stays in its order.
pub(crate) fn by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let order = order(items.len(), &mut |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    arrange(order, &mut |a, b| items.swap(a, b));
}

/// Sorts as [`slice::sort_by_key`] does.
pub(crate) fn by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    by(items, |a, b| key(a).cmp(&key(b)));
}

/// Collects into a tree, without sorting first.
pub(crate) fn tree<T, C: Default + Extend<T>>(items: impl IntoIterator<Item = T>) -> C {
    let mut tree = C::default();
    tree.extend(items);
    tree
}

/// The numbers of so many items as they are to stand.
#[inline(never)]
fn order(length: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

/// Swaps items, circle by circle, until each place has the item of the number that stands there.
#[inline(never)]
fn arrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut at = start;
        while let Some(place) = order.get_mut(at) {
            let from = std::mem::replace(place, at);
            if from == start {
                break;
            }
            swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_stands_as_the_standard_library_puts_it(keys in prop::collection::vec(0_u8..20, 0..100)) {
            let mut ours: Vec<(usize, u8)> = keys.into_iter().enumerate().collect();
            let mut theirs = ours.clone();
            by_key(&mut ours, |(_, key)| *key);
            theirs.sort_by_key(|(_, key)| *key);
            prop_assert_eq!(&ours, &theirs);
            by(&mut ours, |a, b| b.cmp(a));
            theirs.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(&ours, &theirs);
            let set: BTreeSet<_> = tree(ours.iter().copied());
            prop_assert_eq!(set, theirs.into_iter().collect());
        }
    }
}
