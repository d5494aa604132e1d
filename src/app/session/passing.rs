//! A long time goes by in slices, so that the page never stands still: the reader sees how far it is and can stop it.

use crate::app::port::clock::{self, Timeout};
use crate::app::port::crash;
use crate::app::store::{Act, Action, Note, PASSES, Store, Tone};
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{Command, Lab, Outcome};
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
    left: SimDuration,
    step: SimDuration,
    /// What happened so far.
    outcome: Outcome,
    /// How it ended, once it has.
    done: Option<Result<(), ApiError>>,
}

impl Passing {
    fn new(whole: SimDuration) -> Self {
        let outcome = Outcome { reply: Value::Null, facts: Vec::new() };
        Self { whole, left: whole, step: FIRST, outcome, done: None }
    }

    fn passed(&self) -> SimDuration {
        SimDuration::from_millis(self.whole.as_millis() - self.left.as_millis())
    }

    /// Lets time go by until the page's clock, in milliseconds, has gone on by `budget`, or nothing is left.
    fn slice(&mut self, lab: &mut Lab, clock: impl Fn() -> u64, budget: u64) -> Result<(), ApiError> {
        let begun = clock();
        let mut before = begun;
        while self.left > SimDuration::ZERO {
            let step = self.step.min(self.left);
            self.outcome.facts.extend(lab.advance(step)?.facts);
            self.left = SimDuration::from_millis(self.left.as_millis() - step.as_millis());
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

/// Begins. Whatever else acts on the lab meanwhile ends it.
pub fn begin(store: &UseReducerHandle<Store>, span: SimDuration) {
    crash::note(Command::Advance(span).to_json().to_string());
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
        store.dispatch(Action::Passed(Command::Advance(own.passed()), done.map(|()| own.outcome)));
        return;
    }
    if show {
        let text = format!("Time goes by: {} of {}.", own.passed(), own.whole);
        let note = Note::new(PASSES, Tone::Info, text).with("Cancel", Act::Stop);
        store.dispatch(Action::Passes(own.passed(), note));
    } else {
        let done = own.slice(&mut store.shared_lab().borrow_mut(), clock::now_ms, SLICE);
        own.done = (own.left <= SimDuration::ZERO || done.is_err()).then_some(done);
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
        while own.left > SimDuration::ZERO {
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
            assert_eq!((own.outcome.facts.len(), own.passed()), (outcome.facts.len(), own.whole));
        }
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
