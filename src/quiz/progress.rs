//! What a learner did: every review, kept for good, and the memory that follows from it.
//!
//! The log of reviews is the document and the memory its cache, so that two files (another tab, an import) can be
//! merged without losing a review: the logs are united and the memory is worked out again.

use super::grade::Grade;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the progress file.
pub const VERSION: u64 = 1;
/// Desired chance of recall that a new learner starts with, in thousandths.
pub const RETENTION_DEFAULT: u16 = 900;
/// The chances of recall that may be asked for, in thousandths.
pub const RETENTION_RANGE: core::ops::RangeInclusive<u16> = 700..=990;
/// Longest file that is read, in bytes.
pub const FILE_MAX: usize = 16 << 20;

const DAY_MS: i64 = 86_400_000;
/// A study day starts at four in the morning, so that a late evening belongs to the day it started on.
const DAY_START_MS: i64 = 4 * 3_600_000;
/// Offsets from UTC that exist lie within a day; times within ±100,000 years.
const OFFSET_MAX: i16 = 24 * 60;
const TIME_MAX: i64 = 100_000 * 366 * DAY_MS;

/// A moment on the learner's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// How far local time is ahead of UTC, in minutes.
    pub offset: i16,
}

impl Now {
    /// Number of the study day: days since 1970-01-01, each starting at four in the morning, local time.
    pub fn day(self) -> i64 {
        self.local().saturating_sub(DAY_START_MS).div_euclid(DAY_MS)
    }

    /// The start of the study day `days` after this one, in milliseconds since 1970-01-01T00:00:00Z.
    pub fn start_of_day(self, days: i64) -> i64 {
        let shift = DAY_START_MS.saturating_sub(i64::from(self.offset) * 60_000);
        self.day().saturating_add(days).saturating_mul(DAY_MS).saturating_add(shift)
    }

    fn local(self) -> i64 {
        self.at.saturating_add(i64::from(self.offset) * 60_000)
    }
}

/// One answer of the learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// When: milliseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// The learner's offset from UTC then, in minutes.
    pub offset: i16,
    /// 1 to 4, see [`Grade`].
    pub grade: u8,
    /// Taken back. Kept, so that merging with an older copy does not bring it to life again.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub undone: bool,
}

impl Review {
    /// A review made now.
    pub fn new(now: Now, grade: Grade) -> Self {
        Self { at: now.at, offset: now.offset, grade: grade.number(), undone: false }
    }

    /// The moment of the review.
    pub fn when(&self) -> Now {
        Now { at: self.at, offset: self.offset }
    }
}

/// How well a card is remembered, by FSRS-6.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Days until the chance of recall falls to 90 %.
    pub stability: f32,
    /// 1 (easy) to 10 (hard).
    pub difficulty: f32,
    /// When the card was last answered, in milliseconds since 1970-01-01T00:00:00Z.
    pub last: i64,
    /// When it is due, likewise.
    pub due: i64,
}

/// One card's history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardProgress {
    /// What the reviews come to; none when every review was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// Every review, the oldest first.
    pub log: Vec<Review>,
}

impl CardProgress {
    /// The reviews that count, the oldest first.
    pub fn reviews(&self) -> impl DoubleEndedIterator<Item = &Review> {
        self.log.iter().filter(|review| !review.undone)
    }
}

/// Everything kept of a learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    version: u64,
    /// The chance of recall that intervals aim at, in thousandths.
    pub retention: u16,
    /// By card id.
    pub cards: Map<String, CardProgress>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { version: VERSION, retention: RETENTION_DEFAULT, cards: Map::new() }
    }
}

/// Works out the memory that reviews, the oldest first, come to at a wanted chance of recall in thousandths.
pub type Recall<'a> = &'a dyn Fn(&[Review], u16) -> Option<Memory>;

/// Why a file of progress cannot be used. The caller keeps the text and offers it for download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgressError {
    /// It is not JSON, or longer than [`FILE_MAX`].
    NotJson(String),
    /// It is JSON, but not progress.
    NotProgress(String),
    /// A newer version of the lab wrote it.
    Newer {
        /// The version it names.
        version: u64,
    },
}

impl fmt::Display for ProgressError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(why) => write!(out, "this file cannot be read: {why}"),
            Self::NotProgress(why) => write!(out, "this file holds no card progress: {why}"),
            Self::Newer { version } => write!(
                out,
                "this progress was written by a newer ECS Lab (format {version}, this one knows {VERSION}): \
                 reload the page to get the newer one"
            ),
        }
    }
}

impl Progress {
    /// Reads a file of progress.
    pub fn load(text: &str) -> Result<Self, ProgressError> {
        if text.len() > FILE_MAX {
            return Err(ProgressError::NotJson(format!("it has {} bytes; the most is {FILE_MAX}", text.len())));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| ProgressError::NotJson(error.to_string()))?;
        let version = value.get("version").and_then(Value::as_u64);
        match version {
            None => return Err(ProgressError::NotProgress("it has no version number".to_string())),
            Some(version) if version > VERSION => return Err(ProgressError::Newer { version }),
            Some(_) => {}
        }
        let mut progress: Self =
            serde_json::from_value(value).map_err(|error| ProgressError::NotProgress(error.to_string()))?;
        for (id, card) in progress.cards.iter_mut() {
            card.check().map_err(|why| ProgressError::NotProgress(format!("card {id}: {why}")))?;
            crate::sim::order::sort_by(&mut card.log, Ord::cmp);
        }
        if !RETENTION_RANGE.contains(&progress.retention) {
            let why = format!("retention {} is not within 700 to 990", progress.retention);
            return Err(ProgressError::NotProgress(why));
        }
        Ok(progress)
    }

    /// The text that [`Progress::load`] reads.
    pub fn save(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Unites two files without losing a review: a review in both counts once, one taken back in either stays taken
    /// back. `recall` works out the memory of a log (`review::replay`); it is asked only where the logs differ.
    /// The learner's setting stays that of `self`.
    pub fn merge(&mut self, other: &Self, recall: Recall) {
        for (id, theirs) in other.cards.iter() {
            let mine = self.cards.or_insert_with(id.clone(), CardProgress::default);
            if mine.log == theirs.log && mine.memory.is_some() {
                continue;
            }
            mine.log.extend(&theirs.log);
            crate::sim::order::sort_by(&mut mine.log, Ord::cmp);
            mine.log.dedup_by(|later, earlier| {
                let same = Review { undone: earlier.undone, ..*later } == *earlier;
                earlier.undone |= same && later.undone;
                same
            });
            mine.work_out(self.retention, recall);
        }
    }

    /// Adds a review and the memory it led to. Two reviews of a card never share a moment, as merging tells them apart
    /// by it: the later one moves by a millisecond. Gives the review as written.
    pub fn record(&mut self, id: &str, mut review: Review, memory: Memory) -> Review {
        let card = self.cards.or_insert_with(id.to_string(), CardProgress::default);
        while card.log.iter().any(|other| other.at == review.at) {
            review.at += 1;
        }
        let place = card.log.partition_point(|earlier| earlier.at < review.at);
        card.log.insert(place, review);
        card.memory = Some(memory);
        review
    }

    /// Takes a review back; the memory becomes what the others come to.
    pub fn take_back(&mut self, id: &str, review: &Review, recall: Recall) {
        let Some(card) = self.cards.get_mut(id) else { return };
        if let Some(found) = card.log.iter_mut().find(|found| *found == review) {
            found.undone = true;
        }
        card.work_out(self.retention, recall);
    }

    /// How many reviews count, over all cards.
    pub fn reviews(&self) -> usize {
        self.cards.values().map(|card| card.reviews().count()).sum()
    }
}

impl CardProgress {
    fn work_out(&mut self, retention: u16, recall: Recall) {
        let counted: Vec<Review> = self.reviews().copied().collect();
        self.memory = recall(&counted, retention);
    }

    fn check(&self) -> Result<(), String> {
        for review in &self.log {
            if Grade::from_number(review.grade).is_none() {
                return Err(format!("grade {} is not 1 to 4", review.grade));
            }
            if review.at.unsigned_abs() > TIME_MAX as u64 || review.offset.unsigned_abs() > OFFSET_MAX as u16 {
                return Err(format!("{} with offset {} is no time of a review", review.at, review.offset));
            }
        }
        let Some(memory) = self.memory else { return Ok(()) };
        let sane = (0.000_1..=100_000.0).contains(&memory.stability) && (1.0..=10.0).contains(&memory.difficulty);
        if sane {
            Ok(())
        } else {
            Err(format!("stability {} with difficulty {} cannot be", memory.stability, memory.difficulty))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now(at: i64, offset: i16) -> Now {
        Now { at, offset }
    }

    /// Stands in for the scheduler: counts the reviews it was shown.
    fn count(log: &[Review], _: u16) -> Option<Memory> {
        let last = log.last()?;
        Some(Memory { stability: log.len() as f32, difficulty: 5.0, last: last.at, due: last.at })
    }

    fn with(id: &str, log: &[(i64, u8, bool)]) -> Progress {
        let log: Vec<Review> = log
            .iter()
            .map(|(at, grade, undone)| Review { at: *at, offset: 0, grade: *grade, undone: *undone })
            .collect();
        let memory = count(&log, 900);
        Progress { cards: [(id.to_string(), CardProgress { memory, log })].into(), ..Progress::default() }
    }

    #[test]
    fn a_study_day_starts_at_four_local_time() {
        const HOUR: i64 = 3_600_000;
        for (at, offset, day) in [
            (0, 0, -1),
            (4 * HOUR, 0, 0),
            (28 * HOUR - 1, 0, 0),
            (28 * HOUR, 0, 1),
            (2 * HOUR, 120, 0),
            (8 * HOUR, -300, -1),
        ] {
            assert_eq!(now(at, offset).day(), day, "{at} {offset}");
            let start = now(at, offset).start_of_day(0);
            assert!(start <= at && at - start < 24 * HOUR, "{at} {offset}: {start}");
        }
        assert_eq!(now(5 * HOUR, 60).start_of_day(2), 51 * HOUR);
        assert!(now(i64::MAX, 1440).start_of_day(i64::MAX) > 0, "no overflow");
    }

    #[test]
    fn a_file_comes_back_and_bad_ones_say_why() {
        let progress = with("a", &[(1, 3, false), (2, 1, true)]);
        assert_eq!(Progress::load(&progress.save()), Ok(progress.clone()));
        for (text, word) in [
            ("", "cannot be read"),
            ("{\"version\":1", "cannot be read"),
            ("[]", "no version"),
            ("{\"version\":\"1\"}", "no version"),
            ("{\"version\":2,\"whatever\":[]}", "newer ECS Lab (format 2"),
            ("{\"version\":1,\"retention\":900}", "cards"),
            ("{\"version\":1,\"retention\":100,\"cards\":{}}", "retention 100"),
            ("{\"version\":1,\"retention\":900,\"cards\":{},\"x\":1}", "x"),
            (
                "{\"version\":1,\"retention\":900,\"cards\":{\"q\":{\"log\":[{\"at\":1,\"offset\":0,\"grade\":5}]}}}",
                "card q: grade 5",
            ),
            (
                "{\"version\":1,\"retention\":900,\"cards\":{\"q\":{\"log\":[{\"at\":9e18,\"offset\":0,\"grade\":1}]}}}",
                "invalid type",
            ),
            (
                "{\"version\":1,\"retention\":900,\"cards\":{\"q\":{\"log\":[{\"at\":9000000000000000000,\"offset\":0,\"grade\":1}]}}}",
                "no time",
            ),
            (
                "{\"version\":1,\"retention\":900,\"cards\":{\"q\":{\"log\":[],\"memory\":{\"stability\":-1,\"difficulty\":5,\"last\":0,\"due\":0}}}}",
                "stability -1",
            ),
        ] {
            let error = Progress::load(text).expect_err(text).to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
        assert!(Progress::load(&" ".repeat(FILE_MAX + 1)).is_err());
    }

    #[test]
    fn merging_counts_a_shared_review_once_and_keeps_undone_ones_undone() {
        let mut mine = with("a", &[(1, 3, false), (5, 4, false)]);
        let theirs = with("a", &[(1, 3, true), (3, 1, false)]);
        mine.merge(&theirs, &count);
        let log: Vec<_> = mine.cards["a"].log.iter().map(|r| (r.at, r.grade, r.undone)).collect();
        assert_eq!(log, [(1, 3, true), (3, 1, false), (5, 4, false)]);
        assert_eq!(mine.cards["a"].memory.map(|m| m.stability), Some(2.0), "recalled from the two that count");
        assert_eq!(mine.reviews(), 2);
    }

    #[test]
    fn reviews_of_one_millisecond_stay_apart_and_can_be_taken_back() {
        let mut progress = Progress::default();
        let memory = Memory { stability: 9.0, difficulty: 5.0, last: 7, due: 7 };
        let first = progress.record("a", Review::new(now(7, 0), Grade::Good), memory);
        let second = progress.record("a", Review::new(now(7, 0), Grade::Good), memory);
        assert_eq!((first.at, second.at), (7, 8));
        progress.take_back("a", &second, &count);
        assert_eq!(progress.cards["a"].memory.map(|m| (m.stability, m.last)), Some((1.0, 7)));
        progress.take_back("a", &first, &count);
        assert_eq!((progress.cards["a"].memory, progress.cards["a"].log.len()), (None, 2));
        let mut copy = Progress::default();
        copy.record("a", first, memory);
        progress.merge(&copy, &count);
        assert_eq!(progress.reviews(), 0, "an older copy does not bring it back");
    }

    proptest! {
        #[test]
        fn merging_loses_nothing_and_does_not_depend_on_the_order(
            mine in prop::collection::vec((0..20i64, 1..=4u8, any::<bool>()), 0..12),
            theirs in prop::collection::vec((0..20i64, 1..=4u8, any::<bool>()), 0..12),
        ) {
            let file = |log: &[(i64, u8, bool)]| { let mut empty = Progress::default(); empty.merge(&with("a", log), &count); empty };
            let (mut left, mut right) = (file(&mine), file(&theirs));
            let (before, other) = (left.clone(), right.clone());
            left.merge(&other, &count);
            right.merge(&before, &count);
            prop_assert_eq!(&left, &right);
            let keys = |log: &[Review]| log.iter().map(|r| (r.at, r.grade)).collect::<Vec<_>>();
            let union = keys(&left.cards["a"].log);
            for (at, grade, _) in mine.iter().chain(&theirs) {
                prop_assert!(union.contains(&(*at, *grade)));
            }
            let again = { let mut again = left.clone(); again.merge(&before, &count); again };
            prop_assert_eq!(again, left);
        }
    }
}
