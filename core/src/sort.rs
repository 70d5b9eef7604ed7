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
}
