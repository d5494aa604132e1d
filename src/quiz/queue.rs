//! What to study next: how much of a deck is due, the order of a session, and taking the last grade back.

use super::card::Card;
use super::grade::Grade;
use super::progress::{Memory, Now, Progress, Recall, Review};
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// New cards shown in a day unless the learner says otherwise: a bite that stays light when it comes back.
pub const NEW_A_DAY: usize = 15;

/// How much of a deck waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Seen before and due now.
    pub due: usize,
    /// Never answered.
    pub new: usize,
    /// Seen before and not due yet.
    pub later: usize,
}

/// Counts a deck's cards.
pub fn counts(cards: &[Card], progress: &Progress, now: Now) -> Counts {
    let mut counts = Counts::default();
    for card in cards {
        match memory(progress, &card.id) {
            None => counts.new += 1,
            Some(memory) if memory.due <= now.at => counts.due += 1,
            Some(_) => counts.later += 1,
        }
    }
    counts
}

/// How many of these cards were answered for the first time today.
pub fn new_today(cards: &[Card], progress: &Progress, now: Now) -> usize {
    let first = |card: &&Card| progress.cards.get(&card.id)?.reviews().next().map(|review| review.when().day());
    cards.iter().filter(|card| first(card) == Some(now.day())).count()
}

/// The earliest moment at which a card of the deck that is not due yet becomes due, in milliseconds since the epoch.
pub fn next_due(cards: &[Card], progress: &Progress, now: Now) -> Option<i64> {
    cards
        .iter()
        .filter_map(|card| memory(progress, &card.id))
        .map(|memory| memory.due)
        .filter(|due| *due > now.at)
        .min()
}

fn memory<'a>(progress: &'a Progress, id: &str) -> Option<&'a Memory> {
    progress.cards.get(id)?.memory.as_ref()
}

/// A sitting: cards to answer, one after the other. A card that was not remembered comes back before the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    waiting: VecDeque<String>,
    done: Vec<Answered>,
}

/// An answer given in this session, with what is needed to take it back.
#[derive(Clone, Debug, PartialEq)]
struct Answered {
    id: String,
    review: Review,
    queue: VecDeque<String>,
}

impl Session {
    /// Due cards first, the longest overdue at the front, then up to `new` cards never seen, in the deck's order.
    pub fn start(cards: &[Card], progress: &Progress, now: Now, new: usize) -> Self {
        let mut due: Vec<(i64, &str)> = cards
            .iter()
            .filter_map(|card| Some((memory(progress, &card.id)?.due, card.id.as_str())))
            .filter(|(due, _)| *due <= now.at)
            .collect();
        crate::sim::order::sort_by_key(&mut due, |(due, _)| *due);
        let unseen = cards.iter().filter(|card| memory(progress, &card.id).is_none()).take(new);
        let waiting = due.into_iter().map(|(_, id)| id).chain(unseen.map(|card| card.id.as_str()));
        Self { waiting: waiting.map(ToString::to_string).collect(), done: Vec::new() }
    }

    /// The first `most` cards of this session, for a sitting that ends soon.
    pub fn at_most(mut self, most: usize) -> Self {
        self.waiting.truncate(most);
        self
    }

    /// The card to show; none when the session is over.
    pub fn current(&self) -> Option<&str> {
        self.waiting.front().map(String::as_str)
    }

    /// How many cards are still to come, the one shown included.
    pub fn remaining(&self) -> usize {
        self.waiting.len()
    }

    /// How many answers were given.
    pub fn answered(&self) -> usize {
        self.done.len()
    }

    /// Grades the card shown, writes it down, and goes on. `memory` is what the scheduler makes of this grade.
    pub fn answer(&mut self, progress: &mut Progress, now: Now, grade: Grade, memory: Memory) {
        let queue = self.waiting.clone();
        let Some(id) = self.waiting.pop_front() else { return };
        let review = progress.record(&id, Review::new(now, grade), memory);
        if grade == Grade::Again {
            self.waiting.push_back(id.clone());
        }
        self.done.push(Answered { id, review, queue });
    }

    /// Takes the last answer of this session back and shows its card again. `false` when there is none.
    pub fn undo(&mut self, progress: &mut Progress, recall: Recall) -> bool {
        let Some(last) = self.done.pop() else { return false };
        progress.take_back(&last.id, &last.review, recall);
        self.waiting = last.queue;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::flip;
    use super::*;
    use alloc::vec;

    const NOW: Now = Now { at: 1_000_000_000_000, offset: 0 };
    const DAY: i64 = 86_400_000;

    fn memory(due_in: i64) -> Memory {
        Memory { stability: 1.0, difficulty: 5.0, last: NOW.at - DAY, due: NOW.at + due_in }
    }

    /// Stands in for the scheduler: due a day after the last review.
    fn recall(log: &[Review], _: u16) -> Option<Memory> {
        log.last().map(|last| Memory { due: last.at + DAY, ..memory(0) })
    }

    fn seen(progress: &mut Progress, id: &str, days_ago: i64, due_in: i64) {
        let then = Now { at: NOW.at - days_ago * DAY, ..NOW };
        progress.record(id, Review::new(then, Grade::Good), memory(due_in));
    }

    /// Cards a…e: a later, b due, c new, d long overdue, e new.
    fn scene() -> (Vec<Card>, Progress) {
        let cards = ["a", "b", "c", "d", "e"].map(|id| flip(id, "?", "!")).to_vec();
        let mut progress = Progress::default();
        seen(&mut progress, "a", 3, DAY);
        seen(&mut progress, "b", 0, 0);
        seen(&mut progress, "d", 9, -5 * DAY);
        (cards, progress)
    }

    fn order(session: &Session) -> Vec<&str> {
        session.waiting.iter().map(String::as_str).collect()
    }

    #[test]
    fn counts_and_order() {
        let (cards, progress) = scene();
        assert_eq!(counts(&cards, &progress, NOW), Counts { due: 2, new: 2, later: 1 });
        assert_eq!(new_today(&cards, &progress, NOW), 1);
        assert_eq!(next_due(&cards, &progress, NOW), Some(NOW.at + DAY));
        for (new, wanted) in [(0, vec!["d", "b"]), (1, vec!["d", "b", "c"]), (9, vec!["d", "b", "c", "e"])] {
            assert_eq!(order(&Session::start(&cards, &progress, NOW, new)), wanted);
        }
        assert_eq!(order(&Session::start(&cards, &progress, NOW, 9).at_most(3)), ["d", "b", "c"]);
    }

    #[test]
    fn a_forgotten_card_comes_back_and_undo_restores_everything() {
        let (cards, progress) = scene();
        let mut now_progress = progress.clone();
        let mut session = Session::start(&cards, &progress, NOW, 1);
        let start = session.clone();
        session.answer(&mut now_progress, NOW, Grade::Again, memory(DAY));
        assert_eq!(order(&session), ["b", "c", "d"]);
        session.answer(&mut now_progress, NOW, Grade::Good, memory(DAY));
        session.answer(&mut now_progress, NOW, Grade::Easy, memory(9 * DAY));
        assert_eq!((order(&session), session.answered()), (vec!["d"], 3));
        assert_eq!(counts(&cards, &now_progress, NOW), Counts { due: 0, new: 1, later: 4 });

        assert!(session.undo(&mut now_progress, &recall));
        assert_eq!(session.current(), Some("c"));
        assert_eq!(counts(&cards, &now_progress, NOW).new, 2, "c is new again");
        assert!(session.undo(&mut now_progress, &recall) && session.undo(&mut now_progress, &recall));
        assert!(!session.undo(&mut now_progress, &recall));
        assert_eq!(session, start);
        assert_eq!(
            counts(&cards, &now_progress, NOW),
            Counts { due: 1, new: 2, later: 2 },
            "b was answered a moment ago"
        );
        assert_eq!(now_progress.reviews(), progress.reviews());
        assert_eq!(now_progress.cards["d"].log.len(), 2, "taken back, not lost");
    }

    #[test]
    fn a_finished_session_takes_no_answer() {
        let mut session = Session::default();
        let mut progress = Progress::default();
        session.answer(&mut progress, NOW, Grade::Good, memory(0));
        assert_eq!((session.current(), progress), (None, Progress::default()));
    }
}
