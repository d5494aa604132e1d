//! What the learner did with the cards. Every tab holds all it knows and unites it with what lies in the store before
//! each write, so no review is lost to another tab, a full store or an imported file.

use ecs_lab::quiz::progress::Progress;
use ecs_lab::quiz::review::replay;

use super::{Aside, Full, PROGRESS, Shelf, set_aside};

/// The learner's progress as this page knows it, written or not.
#[derive(Default)]
pub struct Learnt {
    progress: Progress,
}

/// Kept progress that could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Unread {
    /// Why, in words for the reader.
    pub why: String,
    /// Where it lies now; none when the store was too full to move it, so that it lies where it was.
    pub aside: Option<Aside>,
}

impl Learnt {
    /// Everything this page knows.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Adds reviews. A setting stays what it was.
    pub fn add(&mut self, other: &Progress) {
        self.progress.merge(other, &replay);
    }

    /// Takes in what lies in the store; what cannot be read is set aside.
    pub fn take_in(&mut self, shelf: &mut dyn Shelf, now_ms: u64) -> Option<Unread> {
        let text = shelf.get(PROGRESS)?;
        match Progress::load(&text) {
            Ok(mut kept) => {
                kept.merge(&self.progress, &replay);
                self.progress = kept;
                None
            }
            Err(error) => {
                let aside = set_aside(shelf, PROGRESS, now_ms).ok().flatten();
                Some(Unread { why: error.to_string(), aside })
            }
        }
    }

    /// Writes everything, united with what another tab has written meanwhile. What cannot be read is never overwritten.
    pub fn write(&mut self, shelf: &mut dyn Shelf, now_ms: u64) -> (Option<Unread>, Result<(), Full>) {
        let unread = self.take_in(shelf, now_ms);
        let stuck = unread.as_ref().is_some_and(|unread| unread.aside.is_none());
        let written = if stuck { Err(Full) } else { shelf.put(PROGRESS, &self.progress.save()) };
        (unread, written)
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;
    use ecs_lab::quiz::grade::Grade;
    use ecs_lab::quiz::progress::{Now, Review};

    fn reviewed(id: &str, at: i64) -> Progress {
        let mut progress = Progress::default();
        let review = Review::new(Now { at, offset: 0 }, Grade::Good);
        progress.record(id, review, replay(&[review], 900).unwrap());
        progress
    }

    fn stored(shelf: &Memory) -> usize {
        Progress::load(&shelf.get(PROGRESS).unwrap()).unwrap().reviews()
    }

    #[test]
    fn two_tabs_lose_nothing_whoever_writes_last() {
        let mut shelf = Memory::default();
        let (mut one, mut two) = (Learnt::default(), Learnt::default());
        one.add(&reviewed("a", 1));
        assert_eq!(one.write(&mut shelf, 1), (None, Ok(())));
        two.add(&reviewed("a", 2));
        two.add(&reviewed("b", 3));
        assert_eq!(two.write(&mut shelf, 2), (None, Ok(())));
        one.add(&reviewed("c", 4));
        assert_eq!(one.write(&mut shelf, 3), (None, Ok(())));
        assert_eq!((stored(&shelf), one.progress().reviews(), two.progress().reviews()), (4, 4, 3));
        assert_eq!(two.take_in(&mut shelf, 4), None);
        assert_eq!(two.progress(), one.progress());
    }

    #[test]
    fn the_kept_setting_wins_over_the_default() {
        let mut shelf = Memory::default();
        let mut kept = reviewed("a", 1);
        kept.retention = 950;
        shelf.put(PROGRESS, &kept.save()).unwrap();
        let mut learnt = Learnt::default();
        learnt.add(&reviewed("b", 2));
        assert_eq!(learnt.write(&mut shelf, 1), (None, Ok(())));
        assert_eq!((learnt.progress().retention, learnt.progress().reviews()), (950, 2));
    }

    #[test]
    fn what_cannot_be_read_is_set_aside_or_stays_and_is_never_overwritten() {
        for text in ["{\"version\":2}", "oops"] {
            let mut shelf = Memory::default();
            shelf.put(PROGRESS, text).unwrap();
            let mut learnt = Learnt::default();
            learnt.add(&reviewed("a", 1));
            let (unread, written) = learnt.write(&mut shelf, 7);
            let aside = unread.and_then(|unread| unread.aside).unwrap();
            assert_eq!((shelf.get(&aside.key).as_deref(), written, stored(&shelf)), (Some(text), Ok(()), 1));

            let mut full = Memory::default();
            full.put(PROGRESS, text).unwrap();
            full.room = Some(PROGRESS.len() + text.len());
            let (unread, written) = learnt.write(&mut full, 7);
            assert!(unread.is_some_and(|unread| unread.aside.is_none()));
            assert_eq!((full.get(PROGRESS).as_deref(), written), (Some(text), Err(Full)));
        }
    }

    #[test]
    fn a_full_store_loses_no_review_of_the_page() {
        let mut shelf = Memory { room: Some(40), ..Memory::default() };
        let mut learnt = Learnt::default();
        learnt.add(&reviewed("a", 1));
        assert_eq!(learnt.write(&mut shelf, 1), (None, Err(Full)));
        shelf.room = None;
        assert_eq!(learnt.write(&mut shelf, 2), (None, Ok(())));
        assert_eq!(stored(&shelf), 1);
    }
}
