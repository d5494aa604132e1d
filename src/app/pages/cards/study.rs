//! The one reducer of the cards: decks, progress, and the sitting. It calls no browser API; [`Study::changes`] tells
//! the page when there is something to write.

use std::rc::Rc;

use ecs_lab::quiz::grade::Grade;
use ecs_lab::quiz::progress::{Now, Progress};
use ecs_lab::quiz::proof::Run;
use ecs_lab::quiz::queue::new_today;
use ecs_lab::quiz::review::{interval_text, replay};
use yew::prelude::*;

use super::import::Draft;
use super::library::Entry;
use super::proof::verdict;
use super::sitting::{EXTRA, Sitting, share};
use crate::app::keep::OwnDeck;

/// Everything that the cards' views show.
#[derive(Clone, Default)]
pub struct Study {
    /// The site's decks; none while they are fetched.
    pub site: Option<Vec<Entry>>,
    /// The reader's own decks.
    pub own: Vec<Entry>,
    /// What is known of the learner.
    pub progress: Progress,
    /// Grows with each review given or taken back on this page.
    pub changes: u64,
    /// The sitting.
    pub sitting: Option<Sitting>,
    /// What the proof of the card on the table came to.
    pub proof: Option<Rc<Run>>,
    /// The deck that is being imported, while the dialog is open.
    pub draft: Option<Draft>,
    /// A deck of the reader's own that was removed and can be brought back.
    pub removed: Option<Rc<OwnDeck>>,
    /// The last line for the live region, with its number.
    pub said: (u64, String),
}

/// What may happen.
pub enum Step {
    /// The site's decks are there.
    Fetched(Vec<Entry>),
    /// The reader's own decks, after a change.
    Own(Vec<Entry>),
    /// Progress from the store: another tab's reviews.
    Learnt(Progress),
    /// Sits down with a deck; with `extra` new cards beyond the day's share are allowed.
    Sit { deck: String, now: Now, extra: bool },
    /// Picks an option.
    Pick(usize),
    /// Shows the answer.
    Show,
    /// Grades the card.
    Grade(Grade, Now),
    /// Takes the last grade back.
    Undo,
    /// Runs the proof of the card on the table.
    Prove,
    /// Opens the import with an empty draft, changes it, or closes it.
    Draft(Option<Draft>),
    /// Remembers the deck that was removed, or forgets it.
    Removed(Option<Rc<OwnDeck>>),
    /// Says a line to the live region.
    Say(String),
}

impl Study {
    /// Every entry: the site's, then the reader's own.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.site.iter().flatten().chain(&self.own)
    }

    /// How many new cards, of all decks, were met today.
    pub fn new_today(&self, now: Now) -> usize {
        self.entries().filter_map(Entry::deck).map(|deck| new_today(&deck.cards, &self.progress, now)).sum()
    }

    fn say(&mut self, text: impl Into<String>) {
        self.said = (self.said.0 + 1, text.into());
    }

    fn step(&mut self, step: Step) {
        if matches!(step, Step::Sit { .. } | Step::Grade(..) | Step::Undo) {
            self.proof = None;
        }
        match step {
            Step::Fetched(entries) => self.site = Some(entries),
            Step::Own(entries) => self.own = entries,
            Step::Learnt(mut progress) => {
                progress.merge(&self.progress, &replay);
                self.progress = progress;
            }
            Step::Sit { deck, now, extra } => {
                let found = self.entries().filter_map(Entry::deck).find(|found| found.id == deck).cloned();
                let share = share(self.new_today(now));
                let new = if extra { share.max(EXTRA) } else { share };
                self.sitting = found.map(|deck| Sitting::start(deck, &self.progress, now, new));
            }
            Step::Pick(place) => {
                if let Some(sitting) = &mut self.sitting {
                    sitting.pick(place);
                }
            }
            Step::Show => {
                if self.sitting.as_mut().is_some_and(Sitting::show) {
                    self.say(self.turned());
                }
            }
            Step::Grade(grade, now) => {
                let Some(sitting) = &mut self.sitting else { return };
                let Some(outcome) = sitting.grade(&mut self.progress, now, grade) else { return };
                let (done, all) = sitting.position();
                self.changes += 1;
                self.say(format!(
                    "{}: back in {}. {done} of {all} done.",
                    grade.word(),
                    interval_text(outcome.interval)
                ));
            }
            Step::Undo => {
                let Some(sitting) = &mut self.sitting else { return };
                if sitting.undo(&mut self.progress) {
                    self.changes += 1;
                    self.say("The last grade is taken back.");
                } else {
                    self.say("No grade to take back.");
                }
            }
            Step::Prove => {
                let Some(proof) = self.sitting.as_ref().and_then(|sitting| sitting.card()?.proof.as_ref()) else {
                    return;
                };
                let run = proof.run_in_new_lab();
                self.say(verdict(&run));
                self.proof = Some(Rc::new(run));
            }
            Step::Draft(draft) => self.draft = draft,
            Step::Removed(own) => self.removed = own,
            Step::Say(text) => self.say(text),
        }
    }

    fn turned(&self) -> &'static str {
        match self.sitting.as_ref().and_then(Sitting::mark) {
            Some(mark) if mark.right => "Right.",
            Some(_) => "Not this one.",
            None => "The answer shows.",
        }
    }
}

impl Reducible for Study {
    type Action = Step;

    fn reduce(self: Rc<Self>, step: Step) -> Rc<Self> {
        let mut next = Rc::unwrap_or_clone(self);
        next.step(step);
        Rc::new(next)
    }
}

#[cfg(test)]
mod tests;
