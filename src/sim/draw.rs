//! Keyed randomness: no stream, no state.
//!
//! A draw is a pure function of (seed, revision, purpose, key). Inserting a command earlier in the log does not
//! reshuffle what unrelated commands drew, and a snapshot has no generator to keep.

use alloc::string::String;

/// One 64-bit draw. `revision` is the number of the command that asks, `purpose` names what for, `key` tells apart
/// several draws of one purpose.
pub fn draw(seed: u64, revision: u32, purpose: &str, key: u64) -> u64 {
    let mut state = mix(seed ^ 0x9e37_79b9_7f4a_7c15);
    state = mix(state ^ u64::from(revision));
    state = mix(state ^ fnv1a(purpose));
    mix(state ^ key)
}

/// A number in `0..n`, without modulo bias that matters here (n is far below 2^32). `n` = 0 gives 0.
pub fn pick(draw: u64, n: u32) -> u32 {
    ((u128::from(draw) * u128::from(n)) >> 64) as u32
}

/// 128 bits as AWS prints them in task and container-instance ids: 32 lower-case hex digits.
pub fn hex32(high: u64, low: u64) -> String {
    alloc::format!("{high:016x}{low:016x}")
}

/// The SplitMix64 finaliser (Steele, Lea and Flood, 2014).
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64 of state 0 gives this first output in the published reference implementation.
    #[test]
    fn finaliser_matches_the_published_vector() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn every_part_of_the_key_matters() {
        let base = draw(1, 2, "task-id", 3);
        assert_eq!(base, draw(1, 2, "task-id", 3));
        for other in
            [draw(2, 2, "task-id", 3), draw(1, 3, "task-id", 3), draw(1, 2, "ec2-id", 3), draw(1, 2, "task-id", 4)]
        {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn pick_stays_in_range_and_is_even() {
        let mut seen = [0u32; 7];
        for key in 0..7000 {
            let index = pick(draw(42, 1, "die", key), 7) as usize;
            if let Some(slot) = seen.get_mut(index) {
                *slot += 1;
            }
        }
        assert_eq!(seen.iter().sum::<u32>(), 7000);
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
        assert_eq!(pick(u64::MAX, 0), 0);
    }
}
