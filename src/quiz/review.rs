//! When a card comes back: the upstream FSRS-6 scheduler with its default parameters.
//!
//! The numbers are platform floats, so this stands outside the engine and its digest (feature `fsrs`).

use super::grade::Grade;
use super::progress::{Memory, Now, RETENTION_RANGE, Review};
use alloc::format;
use alloc::string::String;
use fsrs::{FSRS, FSRS6_DEFAULT_DECAY, MemoryState, current_retrievability};

const DAY_MS: f32 = 86_400_000.0;
const MINUTE_MS: i64 = 60_000;

/// What one grade would lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The grade.
    pub grade: Grade,
    /// FSRS's interval in days, unrounded.
    pub interval: f32,
    /// The memory after it, with the moment the card is due.
    pub memory: Memory,
}

/// Why there is no next interval: the stored memory is one that FSRS refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewError;

/// What each grade would lead to now, worst grade first. `retention` is the wanted chance of recall in thousandths and
/// is brought into [`RETENTION_RANGE`]. Days are counted by study day, so that this evening and tomorrow morning are a
/// day apart; a clock that went backwards counts as the same day.
pub fn next(memory: Option<&Memory>, last: Option<Now>, now: Now, retention: u16) -> Result<[Outcome; 4], ReviewError> {
    let retention = f32::from(retention.clamp(*RETENTION_RANGE.start(), *RETENTION_RANGE.end())) / 1000.0;
    let days = last.map_or(0, |last| u32::try_from((now.day() - last.day()).max(0)).unwrap_or(u32::MAX));
    let state = memory.map(|memory| MemoryState { stability: memory.stability, difficulty: memory.difficulty });
    let states = FSRS::default().next_states(state, retention, days).map_err(|_| ReviewError)?;
    let outcome = |grade, state: fsrs::ItemState| Outcome {
        grade,
        interval: state.interval,
        memory: Memory {
            stability: state.memory.stability,
            difficulty: state.memory.difficulty,
            last: now.at,
            due: due(now, state.interval),
        },
    };
    Ok([
        outcome(Grade::Again, states.again),
        outcome(Grade::Hard, states.hard),
        outcome(Grade::Good, states.good),
        outcome(Grade::Easy, states.easy),
    ])
}

/// The memory that a log of reviews comes to, the oldest first; `None` for an empty log. Fits [`super::progress::Progress::merge`].
pub fn replay(log: &[Review], retention: u16) -> Option<Memory> {
    let mut memory = None;
    let mut last = None;
    for review in log {
        let grade = Grade::from_number(review.grade)?;
        let outcomes = next(memory.as_ref(), last, review.when(), retention).ok()?;
        memory = outcomes.iter().find(|outcome| outcome.grade == grade).map(|outcome| outcome.memory);
        last = Some(review.when());
    }
    memory
}

/// The chance that a card is recalled at `at` (milliseconds since the epoch), 0 to 1.
pub fn recall(memory: &Memory, at: i64) -> f32 {
    let state = MemoryState { stability: memory.stability, difficulty: memory.difficulty };
    let days = at.saturating_sub(memory.last).max(0) as f32 / DAY_MS;
    current_retrievability(state, days, FSRS6_DEFAULT_DECAY)
}

/// An interval as a button shows it: `10 min`, `5 h`, `12 d`, `3.2 mo`, `1.4 y`.
pub fn interval_text(days: f32) -> String {
    let minutes = days * 1440.0;
    let tenths = |days_each: f32| (days * 10.0 / days_each + 0.5) as u32;
    if minutes < 60.0 {
        format!("{} min", minutes.max(1.0) as u32)
    } else if days < 1.0 {
        format!("{} h", (minutes / 60.0) as u32)
    } else if days < 30.0 {
        format!("{} d", (days + 0.5) as u32)
    } else if days < 365.0 {
        format!("{}.{} mo", tenths(30.4) / 10, tenths(30.4) % 10)
    } else {
        format!("{}.{} y", tenths(365.25) / 10, tenths(365.25) % 10)
    }
}

/// Intervals of a day and more end at the start of a study day; shorter ones to the minute.
fn due(now: Now, interval: f32) -> i64 {
    if interval >= 1.0 {
        now.start_of_day((interval + 0.5) as i64)
    } else {
        now.at.saturating_add(((interval * DAY_MS) as i64).max(MINUTE_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::super::progress::Progress;
    use super::*;
    use alloc::vec::Vec;

    const NOON: i64 = 1_767_614_400_000;
    const DAY: i64 = 86_400_000;

    /// Answers `(grade, days since the last)`, and (stability, difficulty, interval) after each.
    fn follow(sequence: &[(u8, i64)]) -> Vec<(f32, f32, f32)> {
        let (mut at, mut memory, mut last) = (NOON, None::<Memory>, None);
        let mut seen = Vec::new();
        for (grade, days) in sequence {
            at += days * DAY;
            let now = Now { at, offset: 60 };
            let outcomes = next(memory.as_ref(), last, now, 900).expect("a sound memory");
            let outcome = outcomes.iter().find(|o| o.grade.number() == *grade).expect("1 to 4");
            seen.push((outcome.memory.stability, outcome.memory.difficulty, outcome.interval));
            (memory, last) = (Some(outcome.memory), Some(now));
        }
        seen
    }

    fn close(found: f32, wanted: f32) -> bool {
        (found - wanted).abs() < 0.000_06
    }

    /// Vectors of the upstream library with default parameters and retention 0.9: stability and difficulty after each
    /// answer; at 0.9 the interval is the stability.
    #[test]
    fn vectors_of_fsrs_6() {
        type Case = (&'static [(u8, i64)], &'static [(f32, Option<f32>)]);
        let cases: [Case; 5] = [
            (&[(3, 0), (3, 2), (3, 11)], &[(2.3065, Some(2.1181)), (10.9643, Some(2.1112)), (46.2803, Some(2.1043))]),
            (&[(1, 0), (3, 1), (3, 3)], &[(0.2120, Some(6.4133)), (1.8868, Some(6.4021)), (7.6382, Some(6.3909))]),
            (&[(4, 0), (4, 8)], &[(8.2956, Some(1.0)), (65.6243, Some(1.0))]),
            (
                &[(3, 0), (3, 2), (1, 11), (3, 1)],
                &[(2.3065, None), (10.9643, None), (1.5383, Some(7.3922)), (3.5539, Some(7.3801))],
            ),
            (&[(3, 0), (3, 0), (2, 2)], &[(2.3065, Some(2.1181)), (2.3065, Some(2.1112)), (7.5174, Some(4.7483))]),
        ];
        for (sequence, wanted) in cases {
            let found = follow(sequence);
            assert_eq!(found.len(), wanted.len());
            for ((stability, difficulty, interval), (s, d)) in found.iter().zip(wanted) {
                assert!(close(*stability, *s), "{sequence:?}: stability {stability}, wanted {s}");
                assert!(d.is_none_or(|d| close(*difficulty, d)), "{sequence:?}: difficulty {difficulty}, wanted {d:?}");
                assert!(close(*interval, *stability), "{sequence:?}: interval {interval} at 0.9");
            }
        }
    }

    #[test]
    fn a_higher_retention_brings_a_card_back_sooner() {
        for (retention, interval) in [(800, 7.648), (900, 2.306), (950, 0.929), (970, 0.514)] {
            let good = next(None, None, Now { at: NOON, offset: 0 }, retention).expect("new")[2];
            assert!((good.interval - interval).abs() < 0.000_6, "{retention}: {}", good.interval);
        }
    }

    #[test]
    fn due_is_the_start_of_a_day_or_minutes_away() {
        let now = Now { at: NOON, offset: 0 };
        let [again, _, good, easy] = next(None, None, now, 900).expect("new");
        assert_eq!(again.memory.due - NOON, ((0.212 * 1440.0) as i64 * 60_000) + 16_800, "0.212 days");
        assert_eq!(good.memory.due, now.start_of_day(2));
        assert_eq!(easy.memory.due, now.start_of_day(8));
        assert_eq!([again, good, easy].map(|o| interval_text(o.interval)), ["5 h", "2 d", "8 d"]);
        for (days, text) in [(0.0, "1 min"), (0.0209, "30 min"), (29.4, "29 d"), (46.28, "1.5 mo"), (500.0, "1.4 y")] {
            assert_eq!(interval_text(days), text);
        }
    }

    #[test]
    fn recall_falls_to_nine_tenths_after_the_stability() {
        let memory = Memory { stability: 10.0, difficulty: 5.0, last: NOON, due: NOON };
        assert!(close(recall(&memory, NOON), 1.0));
        assert!(close(recall(&memory, NOON + 10 * DAY), 0.9));
        assert!(close(recall(&memory, NOON - DAY), 1.0), "a clock that went backwards");
    }

    #[test]
    fn a_log_replays_to_the_recorded_memory_and_a_merge_uses_it() {
        let mut mine = Progress::default();
        let (mut memory, mut last) = (None::<Memory>, None);
        for (days, grade) in [(0, Grade::Good), (2, Grade::Hard), (9, Grade::Again)] {
            let now = Now { at: NOON + days * DAY, offset: 60 };
            let outcome = next(memory.as_ref(), last, now, 900).expect("sound")[grade as usize - 1];
            mine.record("a", Review::new(now, grade), outcome.memory);
            (memory, last) = (Some(outcome.memory), Some(now));
        }
        let log = mine.cards["a"].log.clone();
        assert_eq!(replay(&log, 900), memory);
        assert_eq!(replay(&[], 900), None);

        let mut theirs = Progress::default();
        theirs.merge(&mine, &replay);
        assert_eq!(theirs, mine);
        let later = Review::new(Now { at: NOON + 12 * DAY, offset: 60 }, Grade::Good);
        let wrong = Memory { stability: 1.0, difficulty: 1.0, last: 0, due: 0 };
        theirs.record("a", later, wrong);
        mine.merge(&theirs, &replay);
        assert_eq!(mine.cards["a"].memory, replay(&mine.cards["a"].log, 900));
        assert_ne!(mine.cards["a"].memory, Some(wrong));
    }

    #[test]
    fn a_broken_memory_is_an_error_and_not_a_panic() {
        let memory = Memory { stability: f32::NAN, difficulty: 5.0, last: 0, due: 0 };
        let now = Now { at: i64::MAX, offset: 0 };
        assert_eq!(next(Some(&memory), Some(Now { at: i64::MIN, offset: 0 }), now, 900), Err(ReviewError));
    }
}
