//! How much time may go by in one go, and how much may happen meanwhile: the same for a line of the prompt and for the
//! page's clock, since both hold the page while they last, and what happens stays in its memory.

use super::{Lab, Outcome};
use crate::aws::ApiError;
use crate::sim::SimDuration;

/// So much simulated time may go by in one go.
pub const LONGEST_SPAN: SimDuration = SimDuration::from_secs(30 * 86_400);

/// So many things may happen meanwhile: a page that stands still for longer looks broken.
pub const MOST_FACTS: usize = 150_000;

/// What of both is used up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowance {
    /// So much time went by.
    pub passed: SimDuration,
    /// So many things happened.
    pub happened: usize,
}

impl Allowance {
    /// Whether so much more time may go by.
    pub fn takes(&self, span: SimDuration) -> bool {
        span <= LONGEST_SPAN && self.passed + span <= LONGEST_SPAN
    }

    /// Whether more has happened than may: no more time is to go by.
    pub fn is_spent(&self) -> bool {
        self.happened > MOST_FACTS
    }

    /// Lets a part of a span go by that it [`takes`](Self::takes); the shorter the parts, the sooner it ends after too much.
    ///
    /// # Errors
    /// As of [`Lab::advance`].
    pub fn pass(&mut self, lab: &mut Lab, part: SimDuration) -> Result<Outcome, ApiError> {
        let outcome = lab.advance(part)?;
        self.passed = self.passed + part;
        self.happened += outcome.facts.len();
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Start;

    #[test]
    fn a_span_fits_with_those_before_it_or_not() {
        let (mut lab, mut own) = (Lab::new(Start::default()), Allowance::default());
        let days = |count: i64| SimDuration::from_secs(count * 86_400);
        for (span, takes) in [(days(30), true), (days(31), false), (SimDuration::from_millis(i64::MAX), false)] {
            assert_eq!(own.takes(span), takes, "{span}");
        }
        own.pass(&mut lab, days(20)).unwrap();
        for (span, takes) in [(days(10), true), (days(10) + SimDuration::from_millis(1), false), (days(30), false)] {
            assert_eq!(own.takes(span), takes, "{span} after {}", own.passed);
        }
        assert_eq!((lab.now() - lab.start().time, own.is_spent()), (days(20), false));
    }
}
