//! A set of small numbers that finds its n-th member by counting: bits, with the members of every 512 and every 16,384
//! of them counted. A fleet of 100,000 fits the first cache, and a search has few turns to guess wrong.

use alloc::vec::Vec;

/// Bits of a word, words of a block, blocks of a hall.
const WORD: usize = 64;
const BLOCK: usize = 8;
const HALL: usize = 32;

/// See the module.
#[derive(Debug)]
pub struct Tally {
    size: usize,
    words: Vec<u64>,
    /// Members of each block.
    blocks: Vec<u32>,
    /// Members of each hall.
    halls: Vec<u32>,
    len: u32,
}

impl Tally {
    /// The empty set of numbers below `size`.
    pub fn new(size: usize) -> Self {
        let words = size.div_ceil(WORD);
        let blocks = words.div_ceil(BLOCK);
        let zeros = |count: usize| alloc::vec![0; count];
        Self { size, words: alloc::vec![0; words], blocks: zeros(blocks), halls: zeros(blocks.div_ceil(HALL)), len: 0 }
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
        self.blocks.get_mut(number / (WORD * BLOCK)).map(step);
        self.halls.get_mut(number / (WORD * BLOCK * HALL)).map(step);
    }

    /// The n-th member in ascending order, from 0.
    pub fn select(&self, n: u32) -> Option<usize> {
        let mut left = n;
        let hall = skip(&self.halls, 0, &mut left)?;
        let block = skip(&self.blocks, hall * HALL, &mut left)?;
        let mut at = block * BLOCK;
        let mut word = *self.words.get(at)?;
        while word.count_ones() <= left {
            left -= word.count_ones();
            at += 1;
            word = *self.words.get(at)?;
        }
        for _ in 0..left {
            word &= word - 1;
        }
        Some(at * WORD + word.trailing_zeros() as usize)
    }
}

/// The first place from `start` on whose count goes beyond what is left; what stands before it is taken off.
fn skip(counts: &[u32], start: usize, left: &mut u32) -> Option<usize> {
    let beyond = |count: &u32| {
        let found = *count > *left;
        *left -= if found { 0 } else { *count };
        found
    };
    counts.get(start..)?.iter().position(beyond).map(|at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

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
