//! Cron expressions: `minutes hours day-of-month month day-of-week year`, after the table of EventBridge.
//!
//! | field | values | signs |
//! |---|---|---|
//! | minutes | 0–59 | `, - * /` |
//! | hours | 0–23 | `, - * /` |
//! | day-of-month | 1–31 | `, - * ? / L W` |
//! | month | 1–12, JAN–DEC | `, - * /` |
//! | day-of-week | 1–7 (1 is Sunday), SUN–SAT | `, - * ? L #` |
//! | year | 1970–2199 | `, - * /` |
//!
//! A seventh field in front, the second, is taken and not honoured, as actions run to the minute.

use super::zone::{Zone, weekday};
use crate::sim::SimTime;
use crate::sim::time::days_from_civil as day;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const DAY_MS: i64 = 86_400_000;
const MONTHS: &str = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
const DAYS: &str = "SUNMONTUEWEDTHUFRISAT";
const YEARS: (u32, u32) = (1970, 2199);

/// A cron expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    months: u64,
    /// From, to, each so many.
    years: Vec<(u32, u32, u32)>,
    days: Vec<Days>,
}

/// Which days a part of the two day fields means; a day has to fit one of them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Days {
    /// Days of the month, as bits.
    OfMonth(u64),
    /// The last day.
    Last,
    /// The weekday next to a day; without one to the last day.
    Nearest(Option<u32>),
    /// Weekdays, as bits from Sunday at 1 on.
    OfWeek(u64),
    /// The last such weekday of the month.
    LastOfWeek(u32),
    /// The so-manieth such weekday.
    Nth(u32, u32),
}

impl Cron {
    /// Reads the fields. Errors say what is wrong, in our words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut fields: Vec<&str> = text.split_whitespace().collect();
        if fields.len() == 7 {
            let second = fields.remove(0);
            if second.parse::<u32>().is_ok_and(|own| own < 60) {
                // Taken, and not honoured.
            } else {
                return Err(format!(
                    "The second {second:?} is not a number below 60: an action runs once a minute at most."
                ));
            }
        }
        let [minutes, hours, of_month, month, of_week, years] = fields.as_slice() else {
            return Err("cron() takes six fields: minutes, hours, day of month, month, day of week, year.".into());
        };
        let any = |field: &str| field == "*" || field == "?";
        if !any(of_month) && !any(of_week) {
            return Err("Of the day of month and the day of week, one must be ? or *.".into());
        }
        let days = match (*of_month, *of_week) {
            ("?", "?") => return Err("Of the day of month and the day of week, only one may be ?.".into()),
            ("?", "*") => month_days("*"),
            (own, week) if any(week) => month_days(own),
            (_, week) => week_days(week),
        };
        let own = Self {
            minutes: bits(minutes, (0, 59), "")?,
            hours: bits(hours, (0, 23), "")?,
            months: bits(month, (1, 12), MONTHS)?,
            years: ranges(years, YEARS, "")?,
            days: days?,
        };
        Ok(own)
    }

    /// The first run after a moment: a local time that a zone skips is left out, one that comes twice counts once.
    pub fn next(&self, after: SimTime, zone: &Zone) -> Option<SimTime> {
        let start = zone.local(after).civil();
        for year in start.year.max(i64::from(YEARS.0))..=i64::from(YEARS.1) {
            let fits = |&(from, to, each): &(u32, u32, u32)| {
                let year = year as u32;
                (from..=to).contains(&year) && (year - from).is_multiple_of(each)
            };
            if !self.years.iter().any(fits) {
                continue;
            }
            for month in (1..=12i64).filter(|month| self.months & (1 << month) != 0) {
                if year == start.year && month < i64::from(start.month) {
                    continue;
                }
                let first = day(year, month, 1);
                let length = day(year + month / 12, month % 12 + 1, 1) - first;
                for number in 1..=length {
                    let early = year == start.year && month == i64::from(start.month) && number < i64::from(start.day);
                    if early || !self.days.iter().any(|own| own.holds(first, length, number)) {
                        continue;
                    }
                    if let Some(found) = self.on((first + number - 1) * DAY_MS, after, zone) {
                        return Some(found);
                    }
                }
            }
        }
        None
    }

    /// The first run after a moment on a local day.
    fn on(&self, midnight: i64, after: SimTime, zone: &Zone) -> Option<SimTime> {
        let hours = (0..24i64).filter(|hour| self.hours & (1 << hour) != 0);
        let minutes = |hour: i64| {
            (0..60i64).filter(move |minute| self.minutes & (1 << minute) != 0).map(move |own| hour * 60 + own)
        };
        let moments = hours.flat_map(minutes).map(|minute| SimTime::from_millis(midnight + minute * 60_000));
        moments.filter_map(|local| zone.to_utc(local)).find(|at| *at > after)
    }
}

impl Days {
    /// Whether it means a day of the month that begins on day `first` and has so many days.
    fn holds(self, first: i64, length: i64, number: i64) -> bool {
        let of_week = weekday(first + number - 1) + 1;
        match self {
            Days::OfMonth(bits) => bits & (1 << number) != 0,
            Days::Last => number == length,
            Days::OfWeek(bits) => bits & (1 << of_week) != 0,
            Days::LastOfWeek(own) => of_week == i64::from(own) && number + 7 > length,
            Days::Nth(own, which) => of_week == i64::from(own) && (number - 1) / 7 + 1 == i64::from(which),
            Days::Nearest(wanted) => {
                let wanted = wanted.map_or(length, i64::from);
                wanted <= length && number == nearest(first, length, wanted)
            }
        }
    }
}

/// The weekday from Monday to Friday that is next to a day, in the same month.
fn nearest(first: i64, length: i64, wanted: i64) -> i64 {
    match weekday(first + wanted - 1) {
        6 if wanted == 1 => 3,
        6 => wanted - 1,
        0 if wanted == length => wanted - 2,
        0 => wanted + 1,
        _ => wanted,
    }
}

fn month_days(field: &str) -> Result<Vec<Days>, String> {
    let part = |part: &str| {
        Ok(match part.strip_suffix('W') {
            Some("L") => Days::Nearest(None),
            Some(number) => Days::Nearest(Some(value(number, (1, 31), "").ok_or_else(|| wrong(part))?)),
            None if part == "L" => Days::Last,
            None => Days::OfMonth(bits(part, (1, 31), "")?),
        })
    };
    field.split(',').map(part).collect()
}

fn week_days(field: &str) -> Result<Vec<Days>, String> {
    let name = |text: &str| value(text, (1, 7), DAYS);
    let part = |part: &str| {
        if let Some((own, which)) = part.split_once('#') {
            let which = value(which, (1, 5), "");
            return name(own).zip(which).map(|(own, which)| Days::Nth(own, which)).ok_or_else(|| wrong(part));
        }
        Ok(match part.strip_suffix('L') {
            Some("") => Days::OfWeek(1 << 7),
            Some(own) => Days::LastOfWeek(name(own).ok_or_else(|| wrong(part))?),
            None => Days::OfWeek(bits(part, (1, 7), DAYS)?),
        })
    };
    field.split(',').map(part).collect()
}

fn wrong(part: &str) -> String {
    format!("{part:?} is no value of this field of a cron expression.")
}

/// A number, or a name of three letters.
fn value(text: &str, (min, max): (u32, u32), names: &str) -> Option<u32> {
    let named = || {
        let place = names.find(text.to_ascii_uppercase().as_str()).filter(|place| place % 3 == 0 && text.len() == 3)?;
        Some(place as u32 / 3 + min)
    };
    text.parse::<u32>().ok().filter(|own| (min..=max).contains(own)).or_else(named)
}

/// The parts of a field, each from, to, and every so many. From FRI to MON is over the end of the week.
fn ranges(field: &str, (min, max): (u32, u32), names: &str) -> Result<Vec<(u32, u32, u32)>, String> {
    let mut all = Vec::new();
    for part in field.split(',') {
        let (span, each) = match part.split_once('/') {
            Some((span, each)) => (span, each.parse::<u32>().ok().filter(|own| *own > 0).ok_or_else(|| wrong(part))?),
            None => (part, 1),
        };
        let own = |text: &str| value(text, (min, max), names).ok_or_else(|| wrong(part));
        match span.split_once('-') {
            _ if span == "*" => all.push((min, max, each)),
            None if part.contains('/') => all.push((own(span)?, max, each)),
            None => all.push((own(span)?, own(span)?, 1)),
            Some((from, to)) => match (own(from)?, own(to)?) {
                (from, to) if from <= to => all.push((from, to, each)),
                (from, to) if !names.is_empty() => all.extend([(from, max, each), (min, to, each)]),
                _ => return Err(wrong(part)),
            },
        }
    }
    Ok(all)
}

fn bits(field: &str, bounds: (u32, u32), names: &str) -> Result<u64, String> {
    let mut all = 0;
    for (from, to, each) in ranges(field, bounds, names)? {
        for own in (from..=to).filter(|own| (own - from).is_multiple_of(each)) {
            all |= 1 << own;
        }
    }
    Ok(all)
}
