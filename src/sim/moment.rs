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

/// A moment in a form of `strftime`, as GNU's `date` reads it: `%-d` has no zero in front, `%3N` so many digits. A letter that it
/// does not know stays as it is.
pub fn shown(now: SimTime, format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once('%') {
        out.push_str(before);
        let end = behind.find(|sign: char| sign != '-' && !sign.is_ascii_digit()).unwrap_or(behind.len());
        let (flags, behind) = behind.split_at(end);
        let letter = behind.chars().next();
        let own = letter.and_then(|letter| part(now, letter));
        match own {
            Some(own) if flags == "-" => out.push_str(match own.trim_start_matches(['0', ' ']) {
                "" => "0",
                bare => bare,
            }),
            Some(own) if letter == Some('N') && flags.len() == 1 => {
                out.push_str(own.get(..flags.parse().unwrap_or(9)).unwrap_or(&own));
            }
            Some(own) if flags.is_empty() => out.push_str(&own),
            _ => {
                out.push('%');
                out.push_str(flags);
                out.extend(letter);
            }
        }
        rest = behind.get(letter.map_or(0, char::len_utf8)..).unwrap_or_default();
    }
    out + rest
}

/// What a letter stands for; none for one that it does not know.
fn part(now: SimTime, letter: char) -> Option<String> {
    let c = now.civil();
    let weekday = now.as_millis().div_euclid(86_400_000).rem_euclid(7) as usize;
    let day = DAYS.get(weekday).copied().unwrap_or_default();
    let month = MONTHS.get(c.month as usize - 1).copied().unwrap_or_default();
    let half = (c.hour + 11) % 12 + 1;
    // The first of the days is a Thursday.
    let of_week = (weekday + 4) % 7;
    Some(match letter {
        'Y' => format!("{:04}", c.year),
        'C' => format!("{:02}", c.year.div_euclid(100)),
        'y' => format!("{:02}", c.year.rem_euclid(100)),
        'm' => format!("{:02}", c.month),
        'd' => format!("{:02}", c.day),
        'e' => format!("{:2}", c.day),
        'j' => format!("{:03}", of_year(now)),
        'H' => format!("{:02}", c.hour),
        'k' => format!("{:2}", c.hour),
        'I' => format!("{half:02}"),
        'l' => format!("{half:2}"),
        'p' => (if c.hour < 12 { "AM" } else { "PM" }).to_string(),
        'M' => format!("{:02}", c.minute),
        'S' => format!("{:02}", c.second),
        'N' => format!("{:03}000000", now.as_millis().rem_euclid(1000)),
        's' => now.as_millis().div_euclid(1000).to_string(),
        'F' => shown(now, "%Y-%m-%d"),
        'D' => shown(now, "%m/%d/%y"),
        'T' => now.clock(),
        'R' => shown(now, "%H:%M"),
        'r' => shown(now, "%I:%M:%S %p"),
        'c' => shown(now, "%a %b %e %T %Y"),
        'Z' => "UTC".to_string(),
        'z' => "+0000".to_string(),
        'u' => (if of_week == 0 { 7 } else { of_week }).to_string(),
        'w' => of_week.to_string(),
        'a' => day.chars().take(3).collect(),
        'A' => day.to_string(),
        'b' | 'h' => month.chars().take(3).collect(),
        'B' => month.to_string(),
        'n' => "\n".to_string(),
        't' => "\t".to_string(),
        '%' => "%".to_string(),
        _ => return None,
    })
}

/// The number of a day in its year, from 1.
fn of_year(now: SimTime) -> i64 {
    let first = SimTime::parse(&format!("{:04}-01-01", now.civil().year)).unwrap_or(now);
    (now - first).as_millis().div_euclid(86_400_000) + 1
}
