//! One sitting with a deck: which card is on the table, what of it shows, and taking a grade back. Pure; the time comes
//! in with each step.

use std::rc::Rc;

use ecs_lab::quiz::card::Card;
use ecs_lab::quiz::deck::Deck;
use ecs_lab::quiz::grade::{Grade, Mark, mark, shown_order};
use ecs_lab::quiz::progress::{Now, Progress};
use ecs_lab::quiz::queue::{Counts, NEW_A_DAY, Session, counts};
use ecs_lab::quiz::review::{self, Outcome};

/// Cards of one sitting: a bite, with a button for more.
pub const BITE: usize = 10;
/// New cards that may be added to a day that has had its share.
pub const EXTRA: usize = 5;

/// A sitting.
#[derive(Clone, Debug, PartialEq)]
pub struct Sitting {
    /// The deck.
    pub deck: Rc<Deck>,
    session: Session,
    planned: usize,
    turn: Turn,
    past: Vec<(Turn, Grade)>,
}

/// How the card on the table lies there.
#[derive(Clone, Debug, Default, PartialEq)]
struct Turn {
    /// The options as shown: places in the author's order.
    order: Vec<usize>,
    /// The place of the picked option, as shown.
    picked: Option<usize>,
    /// Whether the answer shows.
    shown: bool,
}

/// An option as it stands on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown<'a> {
    pub text: &'a str,
    pub why: &'a str,
    pub right: bool,
    pub picked: bool,
}

impl Sitting {
    /// Lays out the next bite of a deck: due cards first, then `new` cards at most.
    pub fn start(deck: Rc<Deck>, progress: &Progress, now: Now, new: usize) -> Self {
        let session = Session::start(&deck.cards, progress, now, new).at_most(BITE);
        let planned = session.remaining();
        let mut sitting = Self { deck, session, planned, turn: Turn::default(), past: Vec::new() };
        sitting.lay_out(progress);
        sitting
    }

    /// The card on the table; none when the sitting is over.
    pub fn card(&self) -> Option<&Card> {
        let id = self.session.current()?;
        self.deck.cards.iter().find(|card| card.id == id)
    }

    /// Cards that need no more answer in this sitting, and all of it.
    pub fn position(&self) -> (usize, usize) {
        (self.planned.saturating_sub(self.session.remaining()), self.planned)
    }

    /// Whether the answer shows.
    pub fn shown(&self) -> bool {
        self.turn.shown
    }

    /// The grades given so far, the oldest first.
    pub fn grades(&self) -> impl ExactSizeIterator<Item = Grade> {
        self.past.iter().map(|(_, grade)| *grade)
    }

    /// The options in the order in which they are shown.
    pub fn options(&self) -> Vec<Shown<'_>> {
        let options = self.card().map(Card::options).unwrap_or_default();
        let shown = |(place, index): (usize, &usize)| {
            let option = options.get(*index)?;
            let picked = self.turn.picked == Some(place);
            Some(Shown { text: &option.text, why: &option.why, right: option.right, picked })
        };
        self.turn.order.iter().enumerate().filter_map(shown).collect()
    }

    /// Which option is picked, by its place as shown.
    pub fn picked(&self) -> Option<usize> {
        self.turn.picked
    }

    /// What to say of the picked option once the answer shows.
    pub fn mark(&self) -> Option<Mark<'_>> {
        let place = self.turn.picked.filter(|_| self.turn.shown)?;
        mark(self.card()?, *self.turn.order.get(place)?)
    }

    /// What each grade would lead to; none when the sitting is over.
    pub fn outcomes(&self, progress: &Progress, now: Now) -> Option<[Outcome; 4]> {
        let kept = progress.cards.get(&self.card()?.id);
        let memory = kept.and_then(|kept| kept.memory.as_ref());
        let last = kept.and_then(|kept| kept.reviews().next_back()).map(|review| review.when());
        let fresh = || review::next(None, None, now, progress.retention);
        review::next(memory, last, now, progress.retention).or_else(|_| fresh()).ok()
    }

    /// Picks an option by its place as shown.
    pub fn pick(&mut self, place: usize) {
        if !self.turn.shown && place < self.turn.order.len() {
            self.turn.picked = Some(place);
        }
    }

    /// Shows the answer; of a choice only once an option is picked. Gives whether it shows now and did not before.
    pub fn show(&mut self) -> bool {
        let open = !self.turn.shown && self.card().is_some();
        let ready = self.turn.order.is_empty() || self.turn.picked.is_some();
        self.turn.shown |= open && ready;
        open && ready
    }

    /// Grades the card on the table, whose answer must show, and goes on to the next.
    pub fn grade(&mut self, progress: &mut Progress, now: Now, grade: Grade) -> Option<Outcome> {
        let outcome = self.outcomes(progress, now)?.into_iter().find(|outcome| outcome.grade == grade)?;
        if !self.turn.shown {
            return None;
        }
        self.session.answer(progress, now, grade, outcome.memory);
        self.past.push((std::mem::take(&mut self.turn), grade));
        self.lay_out(progress);
        Some(outcome)
    }

    /// Takes the last grade back and shows its card as it lay.
    pub fn undo(&mut self, progress: &mut Progress) -> bool {
        if !self.session.undo(progress, &review::replay) {
            return false;
        }
        if let Some((turn, _)) = self.past.pop() {
            self.turn = turn;
        }
        true
    }

    fn lay_out(&mut self, progress: &Progress) {
        let order = self.card().map(|card| {
            let seen = progress.cards.get(&card.id).map_or(0, |kept| kept.log.len());
            shown_order(card, u32::try_from(seen).unwrap_or(u32::MAX))
        });
        self.turn = Turn { order: order.unwrap_or_default(), picked: None, shown: false };
    }
}

/// What can follow a sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another bite of this many cards waits.
    More(usize),
    /// The day has had its new cards; this many may be added.
    Extra(usize),
    /// Nothing waits today.
    Nothing,
}

/// What waits in a deck, when `new_today` new cards of all decks were met today.
pub fn next(deck: &Deck, progress: &Progress, now: Now, new_today: usize) -> Next {
    let Counts { due, new, .. } = counts(&deck.cards, progress, now);
    let ready = due + new.min(share(new_today));
    match (ready, new) {
        (1.., _) => Next::More(ready.min(BITE)),
        (0, 1..) => Next::Extra(new.min(EXTRA)),
        (0, 0) => Next::Nothing,
    }
}

/// New cards that are left of the day's share.
pub fn share(new_today: usize) -> usize {
    NEW_A_DAY.saturating_sub(new_today)
}
