//! A set of hosts in the order of their own numbers and ranks.
//!
//! Hosts with the same numbers and neighbouring ranks share an entry, so that a large fleet of hosts that are alike is
//! a small tree.

use alloc::collections::BTreeMap;

/// A host's own numbers and its rank: three keys of 32 bits in the chain's order, then the rank.
pub type Order = u128;

/// See the module.
#[derive(Debug, Default)]
pub struct Ordered {
    /// By the order of an entry's first rank: a bit for each of its ranks. No entry is zero.
    words: BTreeMap<Order, u64>,
}

impl Ordered {
    /// Puts an order in.
    pub fn insert(&mut self, order: Order) {
        let (word, bit) = place(order);
        *self.words.entry(word).or_default() |= bit;
    }

    /// Takes an order out.
    pub fn remove(&mut self, order: Order) {
        let (word, bit) = place(order);
        if let Some(bits) = self.words.get_mut(&word) {
            *bits &= !bit;
            if *bits == 0 {
                self.words.remove(&word);
            }
        }
    }

    /// The least.
    pub fn first(&self) -> Option<Order> {
        self.words.first_key_value().map(|(word, bits)| word | Order::from(bits.trailing_zeros()))
    }

    /// All, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Order> {
        let ranks = |bits: u64| (0..u64::BITS).filter(move |rank| bits >> rank & 1 == 1);
        self.words.iter().flat_map(move |(word, bits)| ranks(*bits).map(move |rank| word | Order::from(rank)))
    }
}

/// The rank in an order.
pub fn rank_of(order: Order) -> u32 {
    order as u32
}

/// The entry in which an order stands, and its bit there.
fn place(order: Order) -> (Order, u64) {
    let rank = rank_of(order) % u64::BITS;
    (order - Order::from(rank), 1 << rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;

    proptest! {
        /// The same as a set of single orders, with ranks of several entries and beyond.
        #[test]
        fn holds_what_a_set_holds(steps in proptest::collection::vec((0u128..3, 0u128..200, any::<bool>()), 0..400)) {
            let (mut ordered, mut model) = (Ordered::default(), BTreeSet::new());
            for (key, rank, comes) in steps {
                let order = key << 64 | rank;
                if comes {
                    ordered.insert(order);
                    model.insert(order);
                } else {
                    ordered.remove(order);
                    model.remove(&order);
                }
                prop_assert_eq!(ordered.first(), model.first().copied());
                prop_assert!(ordered.iter().eq(model.iter().copied()));
                prop_assert!(ordered.words.values().all(|bits| *bits != 0));
            }
        }
    }
}
