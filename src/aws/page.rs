//! Lists in pages, as the List operations give them.

use super::ApiError;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Cuts one page out of a listing and says how to ask for the next.
///
/// * `scope` names the listing — the operation and its filters. A token is good for the listing that gave it alone.
/// * `max_results` is the caller's wish, from 1 to `limit`; without one a page holds `limit` items.
///
/// # Errors
/// `InvalidParameterException` for a page size out of range and for a token that this listing did not give.
pub fn page<T>(
    scope: &str,
    items: Vec<T>,
    next_token: Option<&str>,
    max_results: Option<i64>,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let size = match max_results.map(usize::try_from) {
        None => limit,
        Some(Ok(size)) if (1..=limit).contains(&size) => size,
        Some(_) => {
            let text = format!("maxResults must be between 1 and {limit}.");
            return Err(ApiError::invalid(text).at("maxResults").in_our_words());
        }
    };
    let start = match next_token {
        None => 0,
        Some(text) => {
            let foreign = || ApiError::invalid("Invalid token.").at("nextToken").in_our_words();
            read(scope, text).ok_or_else(foreign)?
        }
    };
    let end = start.saturating_add(size);
    let next = (end < items.len()).then(|| token(scope, end));
    Ok((items.into_iter().skip(start).take(size).collect(), next))
}

/// The place in the listing with a digest that ties it there, opaque as AWS's tokens are.
fn token(scope: &str, place: usize) -> String {
    STANDARD.encode(format!("{place}:{}", seal(scope, place)))
}

fn read(scope: &str, token: &str) -> Option<usize> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let (place, sealed) = text.split_once(':')?;
    let place = place.parse().ok()?;
    (sealed == seal(scope, place)).then_some(place)
}

fn seal(scope: &str, place: usize) -> String {
    let digest = Sha256::digest(format!("page:{place}:{scope}"));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The pages of every size put together are the list, each full but the last.
        #[test]
        fn the_pages_together_are_the_list(count in 0usize..250, size in 1i64..=100) {
            let items: Vec<usize> = (0..count).collect();
            let (mut seen, mut token, mut pages) = (Vec::new(), None::<String>, 0);
            loop {
                let (part, next) = page("s", items.clone(), token.as_deref(), Some(size), 100).unwrap();
                prop_assert!(next.is_none() || part.len() as i64 == size);
                seen.extend(part);
                pages += 1;
                token = next;
                if token.is_none() {
                    break;
                }
            }
            prop_assert_eq!(&seen, &items);
            prop_assert_eq!(pages, count.div_ceil(size as usize).max(1), "no empty page ends a list");
        }
    }

    #[test]
    fn without_a_wish_a_page_is_as_long_as_it_may_be() {
        let (items, next) = page("s", (0..101).collect(), None, None, 100).unwrap();
        assert_eq!((items.len(), next.is_some()), (100, true));
        let (items, next) = page("s", (0..100).collect(), None, None, 100).unwrap();
        assert_eq!((items.len(), next), (100, None));
    }

    #[test]
    fn a_page_size_out_of_range_is_refused() {
        for size in [i64::MIN, -1, 0, 101, i64::MAX] {
            let error = page("s", alloc::vec![1], None, Some(size), 100).unwrap_err();
            let expected = ("InvalidParameterException", "maxResults must be between 1 and 100.", "maxResults");
            assert_eq!((error.code.as_ref(), error.message.as_str(), error.path.as_str()), expected);
        }
    }

    #[test]
    fn a_foreign_token_is_refused() {
        let list = || (0..10).collect::<Vec<_>>();
        let good = page("ListTasks default", list(), None, Some(4), 100).unwrap().1.unwrap();
        assert!(page("ListTasks default", list(), Some(&good), Some(2), 100).is_ok());
        assert_eq!(page("ListTasks default", list()[..3].to_vec(), Some(&good), None, 100), Ok((Vec::new(), None)));
        let forged = STANDARD.encode("4:0");
        for (scope, token) in [
            ("ListTasks prod", good.as_str()),
            ("ListTasks default", ""),
            ("ListTasks default", "abc"),
            ("ListTasks default", "ü"),
            ("ListTasks default", "AAAA"),
            ("ListTasks default", &forged),
            ("ListTasks default", &good.to_lowercase()),
        ] {
            let error = page(scope, list(), Some(token), None, 100).unwrap_err();
            assert_eq!(
                (error.code.as_ref(), error.path.as_str(), error.ours),
                ("InvalidParameterException", "nextToken", true)
            );
        }
    }
}
