//! A set of small numbers that finds its n-th member in logarithmic time (a binary indexed tree; Fenwick, 1994).

use alloc::vec::Vec;

/// See the module.
#[derive(Debug)]
pub struct Tally {
    members: Vec<bool>,
    /// 1-based partial sums.
    sums: Vec<u32>,
    len: u32,
}

impl Tally {
    /// The empty set of numbers below `size`.
    pub fn new(size: usize) -> Self {
        Self { members: alloc::vec![false; size], sums: alloc::vec![0; size + 1], len: 0 }
    }

    /// How many members there are.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Puts a number in or out.
    pub fn set(&mut self, number: usize, member: bool) {
        let Some(slot) = self.members.get_mut(number) else { return };
        if core::mem::replace(slot, member) == member {
            return;
        }
        let step = |sum: u32| if member { sum + 1 } else { sum - 1 };
        self.len = step(self.len);
        let mut at = number + 1;
        while let Some(sum) = self.sums.get_mut(at) {
            *sum = step(*sum);
            at += at & at.wrapping_neg();
        }
    }

    /// The n-th member in ascending order, from 0.
    pub fn select(&self, n: u32) -> Option<usize> {
        if n >= self.len {
            return None;
        }
        let mut left = n;
        let mut at = 0;
        let mut width = self.sums.len().next_power_of_two();
        while width > 0 {
            if let Some(sum) = self.sums.get(at + width).filter(|sum| **sum <= left) {
                left -= sum;
                at += width;
            }
            width /= 2;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_like_a_sorted_list() {
        for size in [0, 1, 2, 7, 8, 9, 100] {
            let mut tally = Tally::new(size);
            for step in 0..3 * size {
                tally.set(step * 7 % size, step % 3 != 0);
                tally.set(size, true);
                let members: Vec<usize> = (0..size).filter(|number| tally.members[*number]).collect();
                assert_eq!(tally.len() as usize, members.len());
                for (n, member) in members.iter().enumerate() {
                    assert_eq!(tally.select(n as u32), Some(*member), "size {size}, step {step}, n {n}");
                }
                assert_eq!(tally.select(tally.len()), None);
            }
        }
    }
}
