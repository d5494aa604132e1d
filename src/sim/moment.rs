//! Moments as text, in UTC.

use super::SimTime;
use alloc::format;
use alloc::string::{String, ToString};

const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment in a form of `strftime`; a letter that it does not know stays as it is.
pub fn shown(now: SimTime, format: &str) -> String {
    let c = now.civil();
    let day = DAYS.get(now.as_millis().div_euclid(86_400_000).rem_euclid(7) as usize).copied().unwrap_or_default();
    let month = MONTHS.get(c.month as usize - 1).copied().unwrap_or_default();
    let mut out = String::new();
    let mut signs = format.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            out.push(sign);
            continue;
        }
        match signs.next() {
            Some('Y') => out.push_str(&format!("{:04}", c.year)),
            Some('m') => out.push_str(&format!("{:02}", c.month)),
            Some('d') => out.push_str(&format!("{:02}", c.day)),
            Some('e') => out.push_str(&format!("{:2}", c.day)),
            Some('H') => out.push_str(&format!("{:02}", c.hour)),
            Some('M') => out.push_str(&format!("{:02}", c.minute)),
            Some('S') => out.push_str(&format!("{:02}", c.second)),
            Some('s') => out.push_str(&now.as_millis().div_euclid(1000).to_string()),
            Some('F') => out.push_str(&format!("{:04}-{:02}-{:02}", c.year, c.month, c.day)),
            Some('T') => out.push_str(&now.clock()),
            Some('Z') => out.push_str("UTC"),
            Some('z') => out.push_str("+0000"),
            Some('a') => out.push_str(day.get(..3).unwrap_or_default()),
            Some('A') => out.push_str(day),
            Some('b') => out.push_str(month.get(..3).unwrap_or_default()),
            Some('B') => out.push_str(month),
            Some('%') => out.push('%'),
            Some(other) => out.extend(['%', other]),
            None => out.push('%'),
        }
    }
    out
}
