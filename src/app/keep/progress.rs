//! The cards' progress in the store: united with what another tab or a file brings, never replaced by it.

use ecs_lab::quiz::progress::{Progress, ProgressError};
use ecs_lab::quiz::review;

/// What is kept and what comes, as one text in which no review is missing. Nothing kept is the same as an empty text.
///
/// # Errors
/// The text that cannot be read, `Kept` or `Incoming`, with the reason.
pub fn unite(kept: Option<&str>, incoming: &str) -> Result<String, Unread> {
    let incoming = Progress::load(incoming).map_err(Unread::Incoming)?;
    let Some(kept) = kept else { return Ok(incoming.save()) };
    let mut whole = Progress::load(kept).map_err(Unread::Kept)?;
    whole.merge(&incoming, &review::replay);
    Ok(whole.save())
}

/// Which of two texts could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The one in the store: set it aside.
    Kept(ProgressError),
    /// The one that came: refuse it.
    Incoming(ProgressError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::quiz::progress::{Now, Review};

    fn with(reviews: &[(&str, i64)]) -> String {
        let mut progress = Progress::default();
        for (card, at) in reviews {
            let review = Review::new(Now { at: *at, offset: 0 }, ecs_lab::quiz::grade::Grade::Good);
            let memory = review::replay(&[review], progress.retention).unwrap();
            progress.record(card, review, memory);
        }
        progress.save()
    }

    #[test]
    fn no_review_is_lost() {
        let (mine, theirs) = (with(&[("a", 1_000), ("b", 2_000)]), with(&[("b", 3_000), ("c", 4_000)]));
        let whole = Progress::load(&unite(Some(&mine), &theirs).unwrap()).unwrap();
        assert_eq!((whole.reviews(), whole.cards["b"].log.len()), (4, 2));
        assert_eq!(unite(None, &mine).unwrap(), mine);
        assert_eq!(unite(Some(&mine), &mine).unwrap(), mine);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let good = with(&[("a", 1_000)]);
        assert!(matches!(unite(Some("{"), &good), Err(Unread::Kept(_))));
        assert!(matches!(unite(Some(&good), r#"{"version":99}"#), Err(Unread::Incoming(_))));
    }
}
