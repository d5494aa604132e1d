//! A long time goes by in slices, so that the page never stands still: the reader sees how far it is and can stop it. Where
//! too much happens meanwhile, it ends early, as a line of the prompt does.

use crate::app::port::clock::{self, Timeout};
use crate::app::port::crash;
use crate::app::store::{Act, Action, Note, PASSES, Store, Tone};
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{Allowance, Command, Lab, MOST_FACTS, Outcome};
use ecs_lab::sim::SimDuration;
use serde_json::Value;
use yew::prelude::*;

/// What is not longer goes by at once.
pub const AT_ONCE: SimDuration = SimDuration::from_secs(60);
/// The engine runs so long at a time, and the page shows how far it is so often, both in milliseconds.
const SLICE: u64 = 16;
const SHOW: u64 = 300;
/// So much simulated time is tried first; afterwards as much as takes part of a slice.
const FIRST: SimDuration = SimDuration::from_secs(10);
const LEAST: i64 = 1000;
/// So much at most: what comes may cost far more than what was.
const MOST: i64 = 300_000;

/// Time that goes by.
struct Passing {
    whole: SimDuration,
    allowance: Allowance,
    step: SimDuration,
    /// What happened so far.
    outcome: Outcome,
    /// How it ended, once it has.
    done: Option<Result<(), ApiError>>,
}

impl Passing {
    fn new(whole: SimDuration) -> Self {
        let outcome = Outcome { reply: Value::Null, facts: Vec::new() };
        Self { whole, allowance: Allowance::default(), step: FIRST, outcome, done: None }
    }

    fn left(&self) -> SimDuration {
        SimDuration::from_millis(self.whole.as_millis() - self.allowance.passed.as_millis())
    }

    /// Whether all of it has gone by, or no more of it is to.
    fn is_over(&self) -> bool {
        self.left() <= SimDuration::ZERO || self.allowance.is_spent()
    }

    /// Why it has ended early; none where it has not.
    fn early(&self, lab: &Lab) -> Option<String> {
        (self.left() > SimDuration::ZERO && self.allowance.is_spent()).then(|| {
            let (passed, now) = (self.allowance.passed, lab.now());
            format!(
                "The clock stopped early: more than {MOST_FACTS} things happened in the {passed} that went by of {}. \
                 It is {now}.",
                self.whole
            )
        })
    }

    /// Lets time go by until the page's clock, in milliseconds, has gone on by `budget`, or it is over.
    fn slice(&mut self, lab: &mut Lab, clock: impl Fn() -> u64, budget: u64) -> Result<(), ApiError> {
        let begun = clock();
        let mut before = begun;
        while !self.is_over() {
            let step = self.step.min(self.left());
            self.outcome.facts.extend(self.allowance.pass(lab, step)?.facts);
            let now = clock();
            let millis = self.step.as_millis();
            match now.saturating_sub(before) {
                quick if quick * 4 < budget => self.step = SimDuration::from_millis((millis * 2).min(MOST)),
                slow if slow * 2 > budget => self.step = SimDuration::from_millis((millis / 2).max(LEAST)),
                _ => {}
            }
            if now.saturating_sub(begun) >= budget {
                break;
            }
            before = now;
        }
        Ok(())
    }
}

/// Begins. Whatever else acts on the lab meanwhile ends it. One undo takes it back, and nothing else with it.
pub fn begin(store: &UseReducerHandle<Store>, span: SimDuration) {
    crash::note(Command::Advance(span).to_json().to_string());
    store.shared_lab().borrow_mut().set_apart();
    go(store.clone(), Passing::new(span), store.act(), clock::now_ms());
}

/// One turn: either the engine runs, or the page shows how far it is. Both in one would hold a frame too long.
fn go(store: UseReducerHandle<Store>, mut own: Passing, act: u64, shown: u64) {
    if store.acts() != act {
        return;
    }
    let now = clock::now_ms();
    let show = now.saturating_sub(shown) >= SHOW;
    if let Some(done) = own.done.take() {
        let early = own.early(&store.lab());
        store.shared_lab().borrow_mut().set_apart();
        let command = Command::Advance(own.allowance.passed);
        store.dispatch(Action::Passed { command, result: done.map(|()| own.outcome), early });
        return;
    }
    if show {
        let passed = own.allowance.passed;
        let text = format!("Time goes by: {passed} of {}.", own.whole);
        let note = Note::new(PASSES, Tone::Info, text).with("Cancel", Act::Stop);
        store.dispatch(Action::Passes(passed, note));
    } else {
        let done = own.slice(&mut store.shared_lab().borrow_mut(), clock::now_ms, SLICE);
        own.done = (own.is_over() || done.is_err()).then_some(done);
    }
    Timeout::new(0, move || go(store, own, act, if show { now } else { shown })).forget();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;
    use std::cell::Cell;

    /// Every look at the clock costs so many milliseconds.
    fn run(span: &str, cost: u64) -> (Lab, Passing, usize) {
        let (mut lab, ticks) = (opening::fleet(), Cell::new(0));
        let mut own = Passing::new(SimDuration::parse(span).unwrap());
        let mut slices = 0;
        while !own.is_over() {
            own.slice(&mut lab, || ticks.replace(ticks.get() + cost), SLICE).unwrap();
            slices += 1;
            assert!(slices < 100_000, "it does not end");
        }
        (lab, own, slices)
    }

    #[test]
    fn slices_come_to_the_same_as_the_whole() {
        let mut whole = opening::fleet();
        let outcome = whole.advance(SimDuration::parse("3h").unwrap()).unwrap();
        for cost in [0, 1, 5, 16, 400] {
            let (lab, own, _) = run("3h", cost);
            assert_eq!((lab.digest(), lab.revision()), (whole.digest(), whole.revision()), "{cost} ms");
            assert_eq!((own.outcome.facts.len(), own.allowance.passed), (outcome.facts.len(), own.whole));
        }
    }

    /// The limit is that of a line of the prompt (`Shell::pass`), and so is what the lab looks like then.
    #[test]
    fn where_too_much_happens_it_ends_early_and_says_when() {
        let mut lab = opening::fleet();
        assert!(lab.undo(), "its tasks are yet to start");
        let mut own = Passing::new(SimDuration::parse("30d").unwrap());
        own.allowance.happened = MOST_FACTS;
        own.slice(&mut lab, || 0, SLICE).unwrap();
        let early = own.early(&lab).unwrap();
        let (passed, now) = (own.allowance.passed, lab.now());
        assert!(own.is_over() && passed < own.whole, "{passed}");
        assert_eq!(
            early,
            format!(
                "The clock stopped early: more than 150000 things happened in the {passed} that went by of 30d. It is {now}."
            )
        );
        assert_eq!(run("1d", 0).1.early(&lab), None, "all of it");
    }

    #[test]
    fn what_is_slow_is_cut_smaller_and_what_is_quick_larger() {
        assert_eq!(run("1d", 0).2, 1, "no time is used at all");
        let (quick, slow) = (run("1d", 1).2, run("10m", 20).2);
        // Five minutes a millisecond, sixteen of them a slice.
        assert!(quick <= 20, "{quick} slices");
        // Ten seconds, five, two and a half, and then a second each.
        assert!(slow > 500, "{slow} slices");
    }
}
