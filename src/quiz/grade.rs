//! Marking an answer, and the order in which options are shown.

use super::card::{Answer, Card};
use crate::sim::draw::{draw, pick};
use alloc::vec::Vec;

/// How well a card was remembered; the numbers are FSRS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Not remembered.
    Again = 1,
    /// Remembered with trouble.
    Hard = 2,
    /// Remembered.
    Good = 3,
    /// Remembered without effort.
    Easy = 4,
}

impl Grade {
    /// All four, worst first.
    pub const ALL: [Self; 4] = [Self::Again, Self::Hard, Self::Good, Self::Easy];

    /// The grade with this number, 1 to 4.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.number() == number)
    }

    /// 1 to 4.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The word on the button.
    pub fn word(self) -> &'static str {
        match self {
            Self::Again => "Again",
            Self::Hard => "Hard",
            Self::Good => "Good",
            Self::Easy => "Easy",
        }
    }
}

/// What to say about a picked option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark<'a> {
    /// Whether the pick was right.
    pub right: bool,
    /// What was picked, with its reason.
    pub picked: &'a Answer,
    /// What should have been picked, with its reason.
    pub correct: &'a Answer,
    /// The grade to offer; the learner may choose another.
    pub suggested: Grade,
}

/// Marks a pick by its place in the author's order; `None` when the card has no such option.
pub fn mark(card: &Card, picked: usize) -> Option<Mark<'_>> {
    let options = card.options();
    let picked = options.get(picked)?;
    let correct = options.iter().find(|option| option.right)?;
    let suggested = if picked.right { Grade::Good } else { Grade::Again };
    Some(Mark { right: picked.right, picked, correct, suggested })
}

/// The order to show `card`'s options in: places in the author's order. `seen` is how often the card was answered, so
/// that the place of the right answer is not what gets learnt, while a reload in between changes nothing.
pub fn shown_order(card: &Card, seen: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..card.options().len()).collect();
    for last in (1..order.len()).rev() {
        let other = pick(draw(0, seen, &card.id, last as u64), last as u32 + 1) as usize;
        order.swap(last, other);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::super::testing::choice;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_pick_is_marked_with_both_reasons() {
        let card = choice("c", &[("one", false), ("two", true), ("three", false)]);
        let right = mark(&card, 1).expect("there");
        assert!(right.right && right.suggested == Grade::Good && right.correct.text == "two");
        let wrong = mark(&card, 2).expect("there");
        assert!(!wrong.right && wrong.suggested == Grade::Again);
        assert_eq!((wrong.picked.text.as_str(), wrong.correct.text.as_str()), ("three", "two"));
        assert_eq!(mark(&card, 3), None);
    }

    #[test]
    fn options_move_between_reviews_and_stay_within_one() {
        let card = choice("c", &[("a", true), ("b", false), ("c", false), ("d", false)]);
        let orders: BTreeSet<Vec<usize>> = (0..200).map(|seen| shown_order(&card, seen)).collect();
        assert_eq!(orders.len(), 24, "every order turns up");
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3]);
        }
        assert_eq!(shown_order(&card, 7), shown_order(&card, 7));
    }

    #[test]
    fn grades_have_the_numbers_of_fsrs() {
        for (number, word) in [(1, "Again"), (2, "Hard"), (3, "Good"), (4, "Easy")] {
            assert_eq!(Grade::from_number(number).map(Grade::word), Some(word));
        }
        assert_eq!((Grade::from_number(0), Grade::from_number(5)), (None, None));
    }
}
