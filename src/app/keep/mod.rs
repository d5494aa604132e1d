//! What stays between visits, and how two tabs stay apart. Decisions only, over a [`Shelf`]; `port::storage` is the
//! browser's shelf and the tests have one in memory.
//!
//! Each lab lies in a numbered slot. A page works in one slot and holds a lease on it, which it renews while it
//! lives and gives back when it is left. A second tab finds the lease and works in a slot of its own, so both keep
//! everything; it may take the first one's lab over. A write never trusts the lease alone: it also looks for its own
//! mark on what lies there, and moves to a free slot when the mark is another's. So whoever is late moves; nothing is
//! overwritten. Progress of the cards is united instead, as its reviews can be. Web Locks would do the same, but only on https.

mod aside;
mod bundle;
mod keeper;
mod learnt;
mod lease;
mod own;

pub use aside::{Aside, asides, copy_aside, set_aside};
pub use bundle::{Bundle, Opened, open_file, pack};
pub use keeper::{Keeper, Written, labs, prompt_beside, unwrapped};
pub use learnt::{Learnt, Unread};
pub use lease::BEAT_MS;
pub use own::{OwnDeck, add_deck, drop_deck, is_own_deck, own_decks, put_deck};

/// The store is full, or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// A store of texts by key.
pub trait Shelf {
    /// The text under a key.
    fn get(&self, key: &str) -> Option<String>;
    /// Puts a text under a key. When it is refused, what lay there stays.
    fn put(&mut self, key: &str, value: &str) -> Result<(), Full>;
    /// Removes a key.
    fn drop(&mut self, key: &str);
    /// Every key.
    fn keys(&self) -> Vec<String>;
}

/// Where the cards' progress lies.
pub const PROGRESS: &str = "ecs-lab/progress";
/// Where the reader's choices lie.
pub const PREFS: &str = "ecs-lab/prefs";
/// Labs, by slot.
const LAB: &str = "ecs-lab/lab/";
/// What the terminal keeps beside a lab, by the lab's slot: at first these were copies of it alone.
const PROMPT: &str = "ecs-lab/copies/";
/// Leases, by slot.
const LEASE: &str = "ecs-lab/lease/";
/// What could not be read.
const ASIDE: &str = "ecs-lab/aside/";

#[cfg(test)]
pub mod memory {
    use std::collections::BTreeMap;

    use super::{Full, Shelf};

    /// A shelf of a given size in bytes.
    #[derive(Clone, Default)]
    pub struct Memory {
        pub texts: BTreeMap<String, String>,
        pub room: Option<usize>,
    }

    impl Shelf for Memory {
        fn get(&self, key: &str) -> Option<String> {
            self.texts.get(key).cloned()
        }
        fn put(&mut self, key: &str, value: &str) -> Result<(), Full> {
            let others: usize = self.texts.iter().filter(|(k, _)| *k != key).map(|(k, v)| k.len() + v.len()).sum();
            if self.room.is_some_and(|room| others + key.len() + value.len() > room) {
                return Err(Full);
            }
            self.texts.insert(key.into(), value.into());
            Ok(())
        }
        fn drop(&mut self, key: &str) {
            self.texts.remove(key);
        }
        fn keys(&self) -> Vec<String> {
            self.texts.keys().cloned().collect()
        }
    }
}
