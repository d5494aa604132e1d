//! Real numbers as `printf` reads and shows them.

use alloc::format;
use alloc::string::{String, ToString};
use core::cmp::Ordering;

/// So many digits a number may have of which a part is nudged.
const MOST_DIGITS: usize = 12;

/// As much as decides on which side of a half a number of so many digits lies.
const NUDGE: f64 = 1e-13;

/// The number with which a text begins, and what stands behind it.
pub(super) fn read(text: &str) -> (f64, &str) {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = bare.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        let end = digits.find(|sign: char| !sign.is_ascii_hexdigit()).unwrap_or(digits.len());
        let number = u64::from_str_radix(digits.get(..end).unwrap_or_default(), 16).map_or(0.0, |own| own as f64);
        let number = if text.starts_with('-') { -number } else { number };
        return (number, bare.get(2 + end..).unwrap_or_default());
    }
    let end = if lower.starts_with("inf") || lower.starts_with("nan") {
        if lower.starts_with("infinity") { 8 } else { 3 }
    } else {
        let run = |from: usize| {
            let rest = lower.get(from..).unwrap_or_default();
            from + rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len())
        };
        let whole = run(0);
        let end = if lower.get(whole..).is_some_and(|rest| rest.starts_with('.')) { run(whole + 1) } else { whole };
        let exponent = lower.get(end..).and_then(|rest| rest.strip_prefix('e')).map(|rest| {
            let sign = usize::from(rest.starts_with(['-', '+']));
            (end + 1 + sign, run(end + 1 + sign))
        });
        exponent.filter(|(from, to)| to > from).map_or(end, |(_, to)| to)
    };
    let size = text.len() - bare.len() + end;
    let number = text.get(..size).and_then(|own| own.parse::<f64>().ok());
    number.map_or((0.0, text), |number| (number, text.get(size..).unwrap_or_default()))
}

/// A number as `%f`, `%e` or `%g` shows it; a marked one keeps its point, and with `%g` its zeros.
pub(super) fn shown(number: f64, kind: char, places: usize, is_marked: bool) -> String {
    let lower = match kind.to_ascii_lowercase() {
        _ if number.is_nan() => "nan".to_string(),
        _ if number.is_infinite() => (if number < 0.0 { "-inf" } else { "inf" }).to_string(),
        'f' => pointed(format!("{number:.places$}"), is_marked),
        'e' => power(number, places, is_marked),
        _ => {
            let digits = places.max(1);
            let least = digits - 1;
            let exponent = format!("{number:.least$e}").split_once('e').and_then(|own| own.1.parse::<i64>().ok());
            let exponent = exponent.unwrap_or_default();
            let places = i64::try_from(digits).unwrap_or(i64::MAX) - 1 - exponent;
            match usize::try_from(places) {
                Ok(places) if exponent >= -4 => {
                    let text = format!("{number:.places$}");
                    if is_marked { pointed(text, true) } else { tight(&text).to_string() }
                }
                _ => {
                    let text = power(number, least, is_marked);
                    let (digits, behind) = text.split_once('e').unwrap_or((&text, ""));
                    if is_marked { text } else { format!("{}e{behind}", tight(digits)) }
                }
            }
        }
    };
    if kind.is_ascii_uppercase() { lower.to_ascii_uppercase() } else { lower }
}

/// Without the zeros behind the point.
fn tight(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

fn pointed(text: String, is_marked: bool) -> String {
    if is_marked && !text.contains('.') { text + "." } else { text }
}

/// The number of a text that lies just between two that can be shown, moved to the side on which the `long double` of bash
/// holds it: with 64 bits, where the lab has 53.
pub(super) fn leaning(number: f64, text: &str, kind: char, places: usize) -> f64 {
    let bare = text.trim_start_matches(['-', '+']);
    let (whole, part) = bare.split_once('.').unwrap_or((bare, ""));
    let part = part.trim_end_matches('0');
    let digits = format!("{whole}{part}");
    let digits = digits.trim_start_matches('0');
    let is_half = match kind.to_ascii_lowercase() {
        'f' => part.len() == places + 1,
        'e' => digits.len() == places + 2,
        _ => digits.len() == places.max(1) + 1,
    };
    if !is_half || !part.ends_with('5') || digits.len() > MOST_DIGITS || part.len() > MOST_DIGITS {
        return number;
    }
    let Ok(own) = digits.parse::<u128>() else { return number };
    let scale = 10u128.pow(u32::try_from(part.len()).unwrap_or_default());
    // So far to the left that the quotient has 64 bits.
    let bits = |own: u128| 128 - own.leading_zeros();
    let mut shift = (64 + bits(scale)).saturating_sub(bits(own));
    if bits((own << shift) / scale) > 64 {
        shift -= 1;
    }
    let wide = own << shift;
    let (quotient, rest) = (wide / scale, wide % scale);
    match (rest * 2).cmp(&scale) {
        _ if rest == 0 => number,
        Ordering::Greater => number * (1.0 + NUDGE),
        Ordering::Equal if quotient % 2 == 1 => number * (1.0 + NUDGE),
        _ => number * (1.0 - NUDGE),
    }
}

/// `1.500000e+03`.
fn power(number: f64, places: usize, is_marked: bool) -> String {
    let text = format!("{number:.places$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let sign = if exponent.starts_with('-') { '-' } else { '+' };
    format!("{}e{sign}{:0>2}", pointed(digits.to_string(), is_marked), exponent.trim_start_matches('-'))
}
