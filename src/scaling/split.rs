//! How a capacity provider strategy divides tasks: base first, then by weight
//! (`scaling-ecr-iam-cli.md` 2.4, CP-01, CP-05).
//!
//! AWS documents the totals, not the order of single tasks: the lab takes the provider with the fewest tasks beyond its
//! base for its weight, the first of the strategy among equals.

use alloc::vec::Vec;

/// What one item of a strategy asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its part of the tasks beyond the base; 0 gets none of them.
    pub weight: u32,
    /// How many tasks it gets before any other.
    pub base: u32,
}

/// The item that the next task goes to, by its index, when `counts` tasks are with each. A lone item takes them all,
/// whatever its weight; none when there is no base to fill and no weight.
pub fn next(shares: &[Share], counts: &[u32]) -> Option<usize> {
    let beyond = |index: usize, share: &Share| counts.get(index).map_or(0, |own| own.saturating_sub(share.base));
    let short = |(index, share): &(usize, &Share)| counts.get(*index).copied().unwrap_or_default() < share.base;
    if let Some((index, _)) = shares.iter().enumerate().find(short) {
        return Some(index);
    }
    if shares.len() == 1 {
        return Some(0);
    }
    let mut best: Option<(usize, u64, u64)> = None;
    for (index, share) in shares.iter().enumerate().filter(|(_, share)| share.weight > 0) {
        let (extra, weight) = (u64::from(beyond(index, share)), u64::from(share.weight));
        // extra / weight of both, without a division.
        if best.is_none_or(|(_, least, of)| extra * of < least * weight) {
            best = Some((index, extra, weight));
        }
    }
    best.map(|(index, ..)| index)
}

/// The item that loses a task when one has to go: the one that is furthest above its share of what is left, the last of
/// the strategy among equals; a base goes last (`UNDOC→`). None when there is no task.
pub fn last(shares: &[Share], counts: &[u32]) -> Option<usize> {
    let extra =
        |index: usize, share: &Share| i128::from(counts.get(index).map_or(0, |own| own.saturating_sub(share.base)));
    let (mut left, mut weights) = (-1, 0);
    for (index, share) in shares.iter().enumerate() {
        left += extra(index, share);
        weights += i128::from(share.weight);
    }
    let mut best: Option<(usize, i128)> = None;
    for (index, share) in shares.iter().enumerate().filter(|(index, share)| extra(*index, share) > 0) {
        // extra - left × weight / weights, times weights.
        let surplus = extra(index, share) * weights - left * i128::from(share.weight);
        if best.is_none_or(|(_, most)| surplus >= most) {
            best = Some((index, surplus));
        }
    }
    let bases = || counts.iter().take(shares.len()).rposition(|own| *own > 0);
    best.map(|(index, _)| index).or_else(bases)
}

/// How many of `tasks` each item gets, from none on.
pub fn split(shares: &[Share], tasks: u32) -> Vec<u32> {
    let mut counts = alloc::vec![0; shares.len()];
    for _ in 0..tasks {
        let Some(own) = next(shares, &counts).and_then(|index| counts.get_mut(index)) else { break };
        *own += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::String;

    fn shares(items: &[(u32, u32)]) -> Vec<Share> {
        items.iter().map(|(weight, base)| Share { weight: *weight, base: *base }).collect()
    }

    fn order(shares: &[Share], tasks: u32) -> String {
        let mut counts = alloc::vec![0; shares.len()];
        let next = |_| {
            let index = next(shares, &counts)?;
            counts[index] += 1;
            Some(char::from(b'A' + index as u8))
        };
        (0..tasks).filter_map(next).collect()
    }

    /// The table of 2.4, and CP-05's example; weight and base of each item.
    #[test]
    fn cp_05_table_2_4_of_splits() {
        for (tasks, items, counts, expected) in [
            (10, &[(1, 0), (1, 0)][..], &[5, 5][..], "ABABABABAB"),
            (10, &[(1, 0), (4, 0)], &[2, 8], "ABBBBABBBB"),
            (7, &[(1, 0), (4, 0)], &[2, 5], "ABBBBAB"),
            (10, &[(1, 2), (3, 0)], &[4, 6], "AAABBBABBB"),
            (5, &[(1, 2), (3, 0)], &[3, 2], "AAABB"),
            (1, &[(1, 2), (3, 0)], &[1, 0], "A"),
            (10, &[(0, 2), (1, 0)], &[2, 8], "AABBBBBBBB"),
            (20, &[(1, 4), (4, 0)], &[8, 12], "AAAAABBBBABBBBABBBBA"),
            (3, &[(1, 0), (1, 0)], &[2, 1], "ABA"),
            (12, &[(1, 0), (2, 0), (3, 0)], &[2, 4, 6], "ABCCBCABCCBC"),
            (12, &[(1, 2), (4, 0)], &[4, 8], "AAABBBBABBBB"),
            (3, &[(0, 0)], &[3], "AAA"),
            (3, &[(0, 0), (0, 0)], &[0, 0], ""),
            (3, &[], &[], ""),
        ] {
            let shares = shares(items);
            assert_eq!(split(&shares, tasks), counts, "{items:?}");
            assert_eq!(order(&shares, tasks), expected, "{items:?}");
        }
    }

    /// Choice 14 of section 8.
    #[test]
    fn table_of_what_scales_in_first() {
        for (items, counts, gone) in [
            (&[(1, 0), (1, 0)][..], &[5, 5][..], Some(1)),
            (&[(1, 0), (1, 0)], &[5, 4], Some(0)),
            (&[(1, 0), (4, 0)], &[2, 8], Some(1)),
            (&[(1, 0), (4, 0)], &[3, 7], Some(0)),
            (&[(1, 2), (3, 0)], &[2, 1], Some(1)),
            (&[(1, 2), (3, 0)], &[2, 0], Some(0)),
            (&[(0, 2), (1, 0)], &[3, 1], Some(0)),
            (&[(1, 0)], &[0], None),
            (&[], &[], None),
        ] {
            assert_eq!(last(&shares(items), counts), gone, "{items:?} {counts:?}");
        }
    }

    fn strategies() -> impl Strategy<Value = (Vec<Share>, u32)> {
        let items = proptest::collection::vec(1..6u32, 1..6);
        (items, 0..6usize, 0..20u32).prop_map(|(weights, holder, base)| {
            let each = |(index, weight): (usize, &u32)| Share {
                weight: *weight,
                base: if index == holder { base } else { 0 },
            };
            (weights.iter().enumerate().map(each).collect(), base)
        })
    }

    proptest! {
        /// Minimum test list 4: the split sums to the count, honours the base, and after whole cycles is the weights.
        #[test]
        fn splits_sum_up_and_honour_base_and_weights((shares, _) in strategies(), cycles in 0..5u32, tasks in 0..200u32) {
            let counts = split(&shares, tasks);
            prop_assert_eq!(counts.iter().sum::<u32>(), tasks);
            let base: u32 = shares.iter().map(|share| share.base).sum();
            for (share, count) in shares.iter().zip(&counts) {
                prop_assert!(tasks < base || *count >= share.base);
            }
            let weights: u32 = shares.iter().map(|share| share.weight).sum();
            for (share, count) in shares.iter().zip(split(&shares, base + cycles * weights)) {
                prop_assert!(shares.len() == 1 || count == share.base + cycles * share.weight);
            }
        }

        /// What goes first never takes a base while something else is left, and leaves a split of the same strategy.
        #[test]
        fn scaling_in_keeps_bases_and_sums((shares, base) in strategies(), tasks in 1..200u32) {
            let mut counts = split(&shares, tasks);
            let index = last(&shares, &counts).unwrap();
            counts[index] -= 1;
            prop_assert_eq!(counts.iter().sum::<u32>(), tasks - 1);
            for (share, count) in shares.iter().zip(&counts) {
                prop_assert!(tasks <= base || *count >= share.base);
            }
        }
    }
}
