//! Who works in a slot.

use super::{LEASE, Shelf};

/// A lease is renewed this often.
pub const BEAT_MS: u32 = 5_000;
/// A lease this old is nobody's. Browsers let the timers of a hidden tab run once a minute, so it must be longer.
pub const DEAD_MS: u64 = 75_000;

/// What a slot's lease means to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody, or a page that is gone.
    Free,
    /// This page.
    Me,
    /// Another page that lives.
    Other,
}

/// Who holds a slot at `now`.
pub fn holder(shelf: &dyn Shelf, slot: u32, page: &str, now_ms: u64) -> Holder {
    let Some(text) = shelf.get(&key(slot)) else { return Holder::Free };
    let Some((who, since)) = text.split_once(' ') else { return Holder::Free };
    let Ok(since) = since.parse::<u64>() else { return Holder::Free };
    if who == page {
        Holder::Me
    } else if now_ms.abs_diff(since) > DEAD_MS {
        Holder::Free
    } else {
        Holder::Other
    }
}

/// Writes the lease. A full store may refuse; the mark in the slot still protects the work.
pub fn hold(shelf: &mut dyn Shelf, slot: u32, page: &str, now_ms: u64) {
    let _ = shelf.put(&key(slot), &format!("{page} {now_ms}"));
}

/// Gives the lease back if it is this page's.
pub fn release(shelf: &mut dyn Shelf, slot: u32, page: &str, now_ms: u64) {
    if holder(shelf, slot, page, now_ms) == Holder::Me {
        shelf.drop(&key(slot));
    }
}

/// Whether a key is the lease of a slot.
pub fn is_lease(changed: &str, slot: u32) -> bool {
    changed == key(slot)
}

fn key(slot: u32) -> String {
    format!("{LEASE}{slot}")
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;

    #[test]
    fn a_lease_is_free_mine_or_anothers() {
        for (text, now, expected) in [
            (None, 0, Holder::Free),
            (Some("me 100"), 100, Holder::Me),
            (Some("me 100"), 999_999, Holder::Me),
            (Some("you 100"), 100, Holder::Other),
            (Some("you 100"), 100 + DEAD_MS, Holder::Other),
            (Some("you 100"), 101 + DEAD_MS, Holder::Free),
            // A clock that was set back far does not lock the slot for years.
            (Some("you 900000"), 100, Holder::Free),
            (Some("you"), 0, Holder::Free),
            (Some("you soon"), 0, Holder::Free),
        ] {
            let mut shelf = Memory::default();
            if let Some(text) = text {
                shelf.texts.insert("ecs-lab/lease/1".into(), text.into());
            }
            assert_eq!(holder(&shelf, 1, "me", now), expected, "{text:?} at {now}");
        }
    }

    #[test]
    fn only_the_holder_gives_a_lease_back() {
        let mut shelf = Memory::default();
        hold(&mut shelf, 1, "you", 5);
        release(&mut shelf, 1, "me", 6);
        assert_eq!(holder(&shelf, 1, "me", 6), Holder::Other);
        release(&mut shelf, 1, "you", 6);
        assert_eq!(holder(&shelf, 1, "me", 6), Holder::Free);
    }
}
