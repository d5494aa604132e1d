//! One world per region, and how their clocks run.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ecs_lab::lab::{Lab, Start};
use ecs_lab::sim::SimDuration;

/// How simulated time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clock {
    /// Simulated seconds per real second.
    Runs(f64),
    /// On after each request, until nothing is on its way.
    Settles,
}

/// As far as a settling clock runs on at most.
const SETTLES_WITHIN: SimDuration = SimDuration::from_secs(3600);

/// All regions.
pub struct Worlds {
    clock: Clock,
    seed: u64,
    labs: BTreeMap<String, Lab>,
    /// Up to when real time has been turned into simulated time.
    since: Instant,
    requests: u64,
}

impl Worlds {
    /// No world yet: each comes with the first request for its region.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self { clock, seed, labs: BTreeMap::new(), since: Instant::now(), requests: 0 }
    }

    /// The world of a region, its clock brought to now.
    pub fn of(&mut self, region: &str) -> &mut Lab {
        self.catch_up();
        let seed = self.seed;
        self.labs
            .entry(region.to_string())
            .or_insert_with(|| Lab::new(Start { seed, region: region.to_string(), ..Start::default() }))
    }

    /// Lets a settling world come to rest after a request.
    pub fn settle(&mut self, region: &str) {
        if self.clock == Clock::Settles
            && let Some(lab) = self.labs.get_mut(region)
        {
            lab.settle(SETTLES_WITHIN);
        }
    }

    /// Lets time pass in every region.
    pub fn advance(&mut self, span: SimDuration) {
        self.catch_up();
        for lab in self.labs.values_mut() {
            // Time passes in any state.
            let _ = lab.advance(span);
        }
    }

    /// Forgets every region.
    pub fn reset(&mut self) {
        self.labs.clear();
    }

    /// Each region with its world.
    pub fn labs(&mut self) -> &BTreeMap<String, Lab> {
        self.catch_up();
        &self.labs
    }

    /// Numbers a request.
    pub fn next_request(&mut self) -> u64 {
        self.requests += 1;
        self.requests
    }

    fn catch_up(&mut self) {
        let Clock::Runs(speed) = self.clock else { return };
        let (span, taken) = due(self.since.elapsed(), speed);
        if span > SimDuration::ZERO {
            self.since += taken;
            for lab in self.labs.values_mut() {
                // Time passes in any state.
                let _ = lab.advance(span);
            }
        }
    }
}

/// The whole simulated milliseconds that a span of real time comes to, and how much of it they take: the rest counts
/// for the next request, so that many small spans lose nothing.
fn due(elapsed: Duration, speed: f64) -> (SimDuration, Duration) {
    let millis = (elapsed.as_secs_f64() * speed * 1000.0).floor();
    let taken = if millis > 0.0 { Duration::from_secs_f64(millis / 1000.0 / speed) } else { Duration::ZERO };
    (SimDuration::from_millis(millis as i64), taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_spans_are_as_long_as_their_sum() {
        for (speed, expected) in [(1.0, 10_000), (0.25, 2_500), (60.0, 600_000), (0.0, 0)] {
            let (mut waiting, mut passed) = (Duration::ZERO, 0);
            for _ in 0..66_667 {
                waiting += Duration::from_micros(150);
                let (span, taken) = due(waiting, speed);
                waiting -= taken.min(waiting);
                passed += span.as_millis();
            }
            assert!((passed - expected).abs() <= 10, "{passed} at {speed}");
        }
    }
}
