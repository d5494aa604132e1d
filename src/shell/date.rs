//! `date`, with the moments that GNU's `-d` names most.

use super::builtins::bare;
use super::terminal::Output;
use crate::sim::{SimTime, moment};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const DAY: i64 = 86_400_000;

/// Years that are shown with four digits.
const YEARS: core::ops::RangeInclusive<i64> = 0..=9999;

/// `date [-u] [-d MOMENT] [-I[seconds]] [+FORMAT]`; the lab's time is UTC.
pub(super) fn run(now: SimTime, words: &[String]) -> Output {
    let mut format = "%a %b %e %H:%M:%S %Z %Y";
    let mut wish = None;
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        match word {
            "-u" | "--utc" | "--universal" => {}
            "-Is" | "-Iseconds" | "--iso-8601=seconds" => format = "%Y-%m-%dT%H:%M:%S+00:00",
            "-I" | "--iso-8601" => format = "%F",
            "-d" | "--date" => match rest.next() {
                Some(own) => wish = Some(own),
                None if word == "-d" => return misused("option requires an argument -- 'd'"),
                None => return misused("option '--date' requires an argument"),
            },
            // BSD's way to what `-d` does.
            _ if word.starts_with("-v") => return misused("invalid option -- 'v'"),
            _ => {
                let date = word.strip_prefix("--date=").or_else(|| word.strip_prefix("-d"));
                match (word.strip_prefix('+'), date) {
                    (Some(own), _) => format = own,
                    (None, Some(own)) => wish = Some(own),
                    (None, None) => {
                        return Output::fail(1, format!("date: the lab's clock does not know {}\n", bare(word)));
                    }
                }
            }
        }
    }
    match wish.map_or(Some(now), |wish| moment_of(now, wish)) {
        Some(at) => Output::print(moment::shown(at, format) + "\n"),
        None => {
            let wish = bare(wish.unwrap_or_default());
            let known =
                "'@SECONDS', '2026-01-05T09:00:00Z', '09:00', 'yesterday', '+1 day', '2 hours ago' and 'next month'";
            Output::fail(1, format!("date: invalid date {wish}; ECS Lab's date reads such as {known}\n"))
        }
    }
}

fn misused(why: &str) -> Output {
    Output::fail(1, format!("date: {why}\nTry 'date --help' for more information.\n"))
}

/// Spans to add to a moment: months and days keep the hour.
#[derive(Default)]
struct Spans {
    months: i64,
    days: i64,
    millis: i64,
}

impl Spans {
    /// Adds so many of a unit; none for a word that is no unit.
    fn add(&mut self, count: i64, unit: &str) -> Option<()> {
        let (sum, size) = match unit.strip_suffix('s').unwrap_or(unit) {
            "year" => (&mut self.months, 12),
            "month" => (&mut self.months, 1),
            "fortnight" => (&mut self.days, 14),
            "week" => (&mut self.days, 7),
            "day" => (&mut self.days, 1),
            "hour" => (&mut self.millis, 3_600_000),
            "minute" | "min" => (&mut self.millis, 60_000),
            "second" | "sec" => (&mut self.millis, 1000),
            _ => return None,
        };
        *sum = sum.checked_add(count.checked_mul(size)?)?;
        Some(())
    }

    /// The moment that lies so far behind another. A day that its month has not is counted on into the next.
    fn behind(&self, start: SimTime) -> Option<SimTime> {
        let c = start.civil();
        let months = (c.year * 12 + i64::from(c.month) - 1).checked_add(self.months)?;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        let first =
            SimTime::parse(&format!("{:04}-{month:02}-01", Some(year).filter(|own| YEARS.contains(own))?)).ok()?;
        let days = self.days.checked_add(i64::from(c.day) - 1)?.checked_mul(DAY)?;
        let clock = start.as_millis().rem_euclid(DAY);
        let millis = first.as_millis().checked_add(days)?.checked_add(clock)?.checked_add(self.millis)?;
        Some(SimTime::from_millis(millis)).filter(|at| YEARS.contains(&at.civil().year))
    }
}

/// The moment that a text names, as GNU's `date -d` reads it; none for one that the lab does not read.
fn moment_of(now: SimTime, text: &str) -> Option<SimTime> {
    let lower = text.to_ascii_lowercase();
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    let (start, taken) = start_of(now, &words)?;
    words.drain(..taken);
    let mut spans = Spans::default();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let count = match word {
            "now" | "today" => continue,
            "yesterday" | "tomorrow" => {
                spans.add(if word == "tomorrow" { 1 } else { -1 }, "day")?;
                continue;
            }
            "next" => 1,
            "last" => -1,
            "this" => 0,
            _ => {
                let unit = word.find(|sign: char| sign.is_ascii_alphabetic()).unwrap_or(word.len());
                let (number, unit) = word.split_at(unit);
                let count = if number.is_empty() { 1 } else { number.parse().ok()? };
                let unit = if unit.is_empty() { words.next()? } else { unit };
                let count: i64 = if words.next_if_eq(&"ago").is_some() { 0_i64.checked_sub(count)? } else { count };
                spans.add(count, unit)?;
                continue;
            }
        };
        spans.add(count, words.next()?)?;
    }
    spans.behind(start)
}

/// Where a text starts from, and how many of its words say so: a moment, a clock of today, or now.
fn start_of(now: SimTime, words: &[&str]) -> Option<(SimTime, usize)> {
    let today = moment::shown(now, "%F");
    let Some(first) = words.first() else { return Some((SimTime::parse(&today).ok()?, 0)) };
    if let Some(seconds) = first.strip_prefix('@') {
        // GNU counts nothing on from it.
        let millis = seconds.parse::<i64>().ok().filter(|_| words.len() == 1)?.checked_mul(1000)?;
        return Some((SimTime::from_millis(millis), 1)).filter(|(at, _)| YEARS.contains(&at.civil().year));
    }
    let has_date = first.split('-').count() > 2 && first.starts_with(|sign: char| sign.is_ascii_digit());
    if !has_date && !first.contains(':') {
        return Some((now, 0));
    }
    let date = if has_date { (*first).to_string() } else { format!("{today}t{first}") };
    let clock = words.get(1).filter(|own| has_date && own.contains(':'));
    let whole = clock.map_or(date.clone(), |clock| format!("{date}t{clock}")).to_ascii_uppercase();
    let mut taken = 1 + usize::from(clock.is_some());
    let is_zoned = whole.ends_with('Z') || whole.rsplit('T').next().is_some_and(|own| own.contains(['+', '-']));
    if words.get(taken).is_some_and(|own| ["utc", "gmt", "z"].contains(own)) {
        taken += 1;
    } else if whole.contains('T') && !is_zoned && words.get(taken).is_some_and(|own| own.starts_with(['+', '-'])) {
        // GNU takes such a number for the zone.
        return None;
    }
    Some((SimTime::parse(&whole).ok()?, taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What GNU reads is compared with it in `tests/it/shell/bash.txt`; here stands what counts from the lab's clock, and
    /// what is refused.
    #[test]
    fn moments_that_count_from_now_and_those_that_are_refused() {
        let now = SimTime::parse("2026-01-31T09:14:20Z").unwrap();
        for (text, expected) in [
            ("now", Some("2026-01-31T09:14:20Z")),
            ("", Some("2026-01-31T00:00:00Z")),
            ("10:30", Some("2026-01-31T10:30:00Z")),
            ("+1 day", Some("2026-02-01T09:14:20Z")),
            ("1 Hour ago", Some("2026-01-31T08:14:20Z")),
            ("next month", Some("2026-03-03T09:14:20Z")),
            ("tomorrow -30min", Some("2026-02-01T08:44:20Z")),
            ("foo", None),
            ("next monday", None),
            ("1", None),
            ("2026-02-30", None),
            ("2026-01-05 10:00 +1 day", None),
            ("@86400 -1day", None),
            ("@99999999999999999999", None),
            ("@9223372036854775807", None),
            ("@9223372036854775", None),
            ("9223372036854775807 years", None),
            ("-9223372036854775808 days ago", None),
            ("9000 years", None),
        ] {
            assert_eq!(moment_of(now, text).map(|at| at.to_string()).as_deref(), expected, "{text}");
        }
    }
}
