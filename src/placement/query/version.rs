//! Dotted versions and decimal numbers, compared as numbers without floating point.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

/// A dotted version; `1.14.5` is less than `1.105.1`, and `1.14` equals `1.14.0`.
#[derive(Clone, Debug, Eq)]
pub struct Version {
    text: String,
    parts: Vec<u32>,
}

impl Version {
    /// Reads up to eight dotted numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Option<Vec<u32>> = text.split('.').map(part).collect();
        parts.filter(|parts| parts.len() <= 8).map(|parts| Self { text: String::from(text), parts })
    }

    /// Compares a version that is still text; `None` when it is no version.
    pub fn compared_to(&self, other: &str) -> Option<Ordering> {
        let mut theirs = other.split('.');
        let mut ours = self.parts.iter();
        let mut order = Ordering::Equal;
        loop {
            let (our, their) = (ours.next(), theirs.next());
            if our.is_none() && their.is_none() {
                return Some(order);
            }
            let their = their.map_or(Some(0), part)?;
            order = order.then(our.copied().unwrap_or(0).cmp(&their));
        }
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.compared_to(&other.text) == Some(Ordering::Equal)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

fn part(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Numerically when both are decimal numbers, else as texts (`attribute:NAME` in 4.7, `UNDOC→`).
pub fn compare_values(left: &str, right: &str) -> Ordering {
    match (decimal(left), decimal(right)) {
        (Some(left), Some(right)) => compare_decimals(left, right),
        _ => left.cmp(right),
    }
}

/// Whether a text is compared as a number.
pub fn is_decimal(text: &str) -> bool {
    decimal(text).is_some()
}

/// Negative?, whole digits without leading zeros, fraction digits without trailing zeros.
type Decimal<'a> = (bool, &'a str, &'a str);

fn decimal(text: &str) -> Option<Decimal<'_>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    Some((negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction))
}

fn compare_decimals(left: Decimal<'_>, right: Decimal<'_>) -> Ordering {
    // A proper prefix of a fraction without trailing zeros is the smaller fraction, as with texts.
    let size = left.1.len().cmp(&right.1.len()).then_with(|| left.1.cmp(right.1)).then_with(|| left.2.cmp(right.2));
    match (left.0, right.0) {
        (false, false) => size,
        (true, true) => size.reverse(),
        (negative, _) => {
            if negative {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_part_by_part() {
        for (left, right, order) in [
            ("1.14.5", "1.105.1", Some(Ordering::Less)),
            ("1.14", "1.14.0", Some(Ordering::Equal)),
            ("2", "1.99.99", Some(Ordering::Greater)),
            ("1.2.3", "", None),
            ("1.2.3", "1.2.3-rc1", None),
        ] {
            let version = Version::parse(left).unwrap();
            assert_eq!(version.compared_to(right), order, "{left} {right}");
        }
        for text in ["", "1.", "v1", "1..2", "1.2.3.4.5.6.7.8.9", "99999999999"] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn values_compare_as_numbers_when_both_are() {
        for (left, right, order) in [
            ("9", "10", Ordering::Less),
            ("09", "9", Ordering::Equal),
            ("1.5", "1.25", Ordering::Greater),
            ("-2", "1", Ordering::Less),
            ("-2", "-10", Ordering::Greater),
            ("-0", "0.0", Ordering::Equal),
            ("99999999999999999999999999", "100000000000000000000000000", Ordering::Less),
            ("9", "10x", Ordering::Greater),
            ("b", "a", Ordering::Greater),
        ] {
            assert_eq!(compare_values(left, right), order, "{left} {right}");
        }
    }
}
