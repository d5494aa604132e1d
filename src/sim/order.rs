//! One sort for all types.
//!
//! Each `slice::sort` of another type is 4 to 6 kB of WebAssembly. The page has dozens of short lists and a size budget, so they share one copy, which sorts indices.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Sorts stably by a comparison.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    sort_indices(&mut order, &|left, right| match (items.get(left as usize), items.get(right as usize)) {
        (Some(left), Some(right)) => compare(left, right),
        _ => Ordering::Equal,
    });
    let mut taken: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|index| taken.get_mut(index as usize)?.take()));
}

/// Sorts stably by a key.
pub fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |left, right| key(left).cmp(&key(right)));
}

#[inline(never)]
fn sort_indices(order: &mut [u32], compare: &dyn Fn(u32, u32) -> Ordering) {
    order.sort_by(|left, right| compare(*left, *right));
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};
    use proptest::prelude::*;

    proptest! {
        /// The same as the standard library's stable sort.
        #[test]
        fn sorts_as_the_standard_library_does(items in proptest::collection::vec((0u8..6, any::<u16>()), 0..60)) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            let mut found = items;
            sort_by_key(&mut found, |(key, _)| *key);
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn things_that_are_not_copied() {
        let mut words: Vec<String> = ["b", "a", "c"].iter().map(ToString::to_string).collect();
        sort_by(&mut words, String::cmp);
        assert_eq!(words, ["a", "b", "c"]);
    }
}
