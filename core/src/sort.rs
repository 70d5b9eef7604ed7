//! Stable sorting with little code: the standard sort is some 5 KB of wasm for every type it is used on.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Sorts by an order, as [`slice::sort_by`] does.
pub(crate) fn by<T>(list: &mut Vec<T>, mut order: impl FnMut(&T, &T) -> Ordering) {
    let places = places(list.len(), &mut |a, b| match (list.get(a as usize), list.get(b as usize)) {
        (Some(a), Some(b)) => order(a, b),
        _ => Ordering::Equal,
    });
    if places.is_empty() {
        return;
    }
    let mut taken: Vec<Option<T>> = core::mem::take(list).into_iter().map(Some).collect();
    list.extend(places.into_iter().filter_map(|i| taken.get_mut(i as usize)?.take()));
}

/// Sorts by the natural order, as [`slice::sort`] does.
pub(crate) fn natural<T: Ord>(list: &mut Vec<T>) {
    by(list, T::cmp);
}

/// Sorts by the natural order, where equal elements are the same, as [`slice::sort_unstable`] does. The module has less
/// code for it and takes longer over long lists: those that are long and sorted often call the slice's own.
pub(crate) fn unstable<T: Ord>(list: &mut [T]) {
    #[cfg(not(target_arch = "wasm32"))]
    list.sort_unstable();
    #[cfg(target_arch = "wasm32")]
    small(list);
}

/// Insertion for the few that it mostly is; else a heap.
#[cfg(any(target_arch = "wasm32", test))]
fn small<T: Ord>(list: &mut [T]) {
    let less = |list: &[T], a: usize, b: usize| matches!((list.get(a), list.get(b)), (Some(a), Some(b)) if a < b);
    if list.len() <= 20 {
        for end in 1..list.len() {
            let mut at = end;
            while at > 0 && less(list, at, at.wrapping_sub(1)) {
                list.swap(at, at.wrapping_sub(1));
                at = at.wrapping_sub(1);
            }
        }
        return;
    }
    let len = list.len();
    // The first half of the turns makes the heap, the second takes its greatest away.
    for turn in (0..len.saturating_add(len / 2)).rev() {
        let (mut at, end) = match turn.checked_sub(len) {
            Some(root) => (root, len),
            None => {
                list.swap(0, turn);
                (0, turn)
            }
        };
        loop {
            let mut child = at.saturating_mul(2).saturating_add(1);
            if child >= end {
                break;
            }
            if child.saturating_add(1) < end && less(list, child, child.saturating_add(1)) {
                child = child.saturating_add(1);
            }
            if !less(list, at, child) {
                break;
            }
            list.swap(at, child);
            at = child;
        }
    }
}

/// Which element comes at which place; nothing where they are in order.
fn places(len: usize, order: &mut dyn FnMut(u32, u32) -> Ordering) -> Vec<u32> {
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    if (1..len).all(|i| order(i.saturating_sub(1), i) != Ordering::Greater) {
        return Vec::new();
    }
    let mut out: Vec<u32> = (0..len).collect();
    out.sort_by(|a, b| order(*a, *b));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn sorts_and_keeps_equals_in_order() {
        let mut list = vec![(2, 'a'), (1, 'a'), (2, 'b'), (1, 'b')];
        by(&mut list, |a, b| a.0.cmp(&b.0));
        assert_eq!(list, [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]);
        natural(&mut list);
        assert_eq!(list, [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]);
        natural(&mut Vec::<u8>::new());
    }

    #[test]
    fn both_ways_without_order_among_equals_give_the_same() {
        for len in (0..70).chain([1_000, 1_001]) {
            let mut list: Vec<u32> = (0..len).map(|i: u32| i.wrapping_mul(2_654_435_761) >> 24).collect();
            let mut other = list.clone();
            unstable(&mut list);
            small(&mut other);
            assert!(list.is_sorted() && list == other, "{other:?}");
        }
    }
}
