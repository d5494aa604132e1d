//! A set of small numbers that finds its n-th member by counting: a bit for each number, and the members of words of
//! them in a Fenwick tree. A search takes the same steps wherever it ends, so that the processor has nothing to guess
//! and may look ahead to what comes after it.

use alloc::vec::Vec;

/// Bits of a word.
const WORD: usize = 64;

/// See the module.
#[derive(Debug)]
pub struct Tally {
    size: usize,
    words: Vec<u64>,
    /// The members of the words up to each, as many of them as the place's lowest bit says; places count from 1.
    sums: Vec<u32>,
    len: u32,
}

impl Tally {
    /// The empty set of numbers below `size`.
    pub fn new(size: usize) -> Self {
        let words = size.div_ceil(WORD);
        let sums = alloc::vec![0; words.next_power_of_two() + 1];
        Self { size, words: alloc::vec![0; words], sums, len: 0 }
    }

    /// How many members there are.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Puts a number in or out.
    pub fn set(&mut self, number: usize, member: bool) {
        let Some(word) = self.words.get_mut(number / WORD).filter(|_| number < self.size) else { return };
        let bit = 1 << (number % WORD);
        if (*word & bit != 0) == member {
            return;
        }
        *word ^= bit;
        let step = |count: &mut u32| *count = if member { *count + 1 } else { *count - 1 };
        step(&mut self.len);
        let mut place = number / WORD + 1;
        while let Some(sum) = self.sums.get_mut(place) {
            step(sum);
            place += place & place.wrapping_neg();
        }
    }

    /// The n-th member in ascending order, from 0.
    pub fn select(&self, n: u32) -> Option<usize> {
        if n >= self.len {
            return None;
        }
        // All are members, as in a fleet with room everywhere.
        if self.len as usize == self.size {
            return Some(n as usize);
        }
        let (mut at, mut left, mut step) = (0, n, self.sums.len() / 2);
        while step > 0 {
            let sum = *self.sums.get(at + step)?;
            let beyond = sum <= left;
            left -= if beyond { sum } else { 0 };
            at += if beyond { step } else { 0 };
            step /= 2;
        }
        Some(at * WORD + nth_bit(*self.words.get(at)?, left) as usize)
    }
}

/// The place of the n-th bit set in a word that has more than n.
fn nth_bit(word: u64, n: u32) -> u64 {
    let pairs = word - (word >> 1 & 0x5555_5555_5555_5555);
    let fours = (pairs & 0x3333_3333_3333_3333) + (pairs >> 2 & 0x3333_3333_3333_3333);
    let bytes = (fours + (fours >> 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    let halves = bytes + (bytes >> 8);
    let (mut at, mut left) = (0, u64::from(n));
    for (width, counts) in [
        (32, halves.wrapping_add(halves >> 16)),
        (16, halves & 0x00ff_00ff_00ff_00ff),
        (8, bytes),
        (4, fours),
        (2, pairs),
        (1, word),
    ] {
        let count = counts >> at & (2 * width - 1);
        let beyond = count <= left;
        left -= if beyond { count } else { 0 };
        at += if beyond { width } else { 0 };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_bit_of_a_word() {
        for word in [1, u64::MAX, 1 << 63, 0x8000_0000_0000_0001, 0xf0f0_0000_ffff_0000, 0xaaaa_5555_0001_8000] {
            let bits = (0..64).filter(|bit| word >> bit & 1 == 1);
            for (n, bit) in bits.enumerate() {
                assert_eq!(nth_bit(word, n as u32), bit, "bit {n} of {word:#x}");
            }
        }
    }

    #[test]
    fn selects_like_a_sorted_list() {
        for size in [0, 1, 2, 63, 64, 65, 512, 513, 1500] {
            let mut tally = Tally::new(size);
            for step in 0..3 * size {
                tally.set(step * 7 % size, step % 3 != 0);
                tally.set(size, true);
                let members: Vec<usize> =
                    (0..size).filter(|number| tally.words[number / 64] >> (number % 64) & 1 == 1).collect();
                assert_eq!(tally.len() as usize, members.len());
                for (n, member) in members.iter().enumerate() {
                    assert_eq!(tally.select(n as u32), Some(*member), "size {size}, step {step}, n {n}");
                }
                assert_eq!(tally.select(tally.len()), None);
            }
        }
    }
}
