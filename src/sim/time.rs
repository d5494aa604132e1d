//! Simulated time in milliseconds, with ISO-8601 in and out.
//!
//! Calendar arithmetic follows the proleptic Gregorian calendar; days are converted with the well-known
//! era-based formulas (H. Hinnant, "chrono-compatible low-level date algorithms").

use alloc::string::String;
use core::fmt;
use core::num::NonZeroU64;
use core::ops::{Add, Sub};

/// A moment on the simulated clock: milliseconds since 1970-01-01T00:00:00Z. Kept with the sign turned round, in order and
/// never 0, so that a moment that may be absent takes no more room than one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(NonZeroU64);

/// A span of simulated time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(i64);

/// Why a text is not a moment or a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    /// What was expected, for a person.
    pub expected: &'static str,
}

impl fmt::Display for TimeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "expected {}", self.expected)
    }
}

const DAY_MS: i64 = 86_400_000;
const SIGN: u64 = 1 << 63;

impl Default for SimTime {
    /// The Unix epoch.
    fn default() -> Self {
        Self::from_millis(0)
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl SimTime {
    /// The moment `millis` after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(match NonZeroU64::new(millis as u64 ^ SIGN) {
            Some(turned) => turned,
            None => NonZeroU64::MIN,
        })
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        (self.0.get() ^ SIGN) as i64
    }

    /// Seconds since the Unix epoch as AWS JSON carries timestamps: a number with a fraction.
    pub fn as_epoch_seconds(self) -> f64 {
        self.as_millis() as f64 / 1000.0
    }

    /// Reads `2026-01-05`, `2026-01-05T09:00:00`, with an optional fraction and `Z` or `+hh:mm`; no zone means UTC.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        const EXPECTED: TimeError = TimeError { expected: "a time such as 2026-01-05T09:00:00Z" };
        parse_iso(text.trim()).ok_or(EXPECTED)
    }

    /// Year, month, day, hour, minute, second, millisecond in UTC.
    pub fn civil(self) -> Civil {
        let days = self.as_millis().div_euclid(DAY_MS);
        let rest = self.as_millis().rem_euclid(DAY_MS);
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            hour: (rest / 3_600_000) as u32,
            minute: (rest / 60_000 % 60) as u32,
            second: (rest / 1000 % 60) as u32,
            milli: (rest % 1000) as u32,
        }
    }

    /// Only the clock, `09:14:20`.
    pub fn clock(self) -> String {
        let c = self.civil();
        alloc::format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second)
    }
}

/// A moment taken apart, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Proleptic Gregorian year.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 0 to 999.
    pub milli: u32,
}

impl fmt::Display for SimTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil();
        write!(out, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second)?;
        if c.milli != 0 {
            write!(out, ".{:03}", c.milli)?;
        }
        out.write_str("Z")
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// A span of seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds * 1000)
    }

    /// Its milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads `90`, `90s`, `5m`, `2h`, `1d`, `500ms` and sums such as `1h30m`. A bare number is seconds.
    /// Negative spans and spans over 366 days are refused: the clock only runs forward, and a lab run ends.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        const EXPECTED: TimeError = TimeError { expected: "a span such as 90s, 5m, 1h30m or 2d, at most 366d" };
        let text = text.trim();
        if let Ok(seconds) = text.parse::<u32>() {
            let span = Self::from_secs(i64::from(seconds));
            return if span.0 <= 366 * DAY_MS { Ok(span) } else { Err(EXPECTED) };
        }
        let mut total: i64 = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at(digits);
            let number: i64 = number.parse::<u32>().map_err(|_| EXPECTED)?.into();
            let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, tail) = tail.split_at(letters);
            let unit_ms = match unit {
                "ms" => 1,
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => DAY_MS,
                _ => return Err(EXPECTED),
            };
            total = total.saturating_add(number.saturating_mul(unit_ms));
            rest = tail;
        }
        if text.is_empty() || total > 366 * DAY_MS { Err(EXPECTED) } else { Ok(Self(total)) }
    }
}

impl fmt::Display for SimDuration {
    /// The shortest form that [`SimDuration::parse`] reads back: `1h30m`, `90s` as `1m30s`, `0s`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return out.write_str("0s");
        }
        for (unit_ms, unit) in [(DAY_MS, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")] {
            let count = rest / unit_ms;
            if count != 0 {
                write!(out, "{count}{unit}")?;
            }
            rest %= unit_ms;
        }
        Ok(())
    }
}

impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    fn add(self, span: SimDuration) -> SimTime {
        SimTime::from_millis(self.as_millis().saturating_add(span.0))
    }
}

impl Sub for SimTime {
    type Output = SimDuration;
    fn sub(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.as_millis().saturating_sub(earlier.as_millis()))
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_add(other.0))
    }
}

fn parse_iso(text: &str) -> Option<SimTime> {
    let (date, rest) = match text.find(['T', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let year: i64 = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2)?;
    let day = number(parts.next()?, 2)?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_from_civil(year, month, day) * DAY_MS;
    if rest.is_empty() {
        return if text.len() == date.len() { Some(SimTime::from_millis(midnight)) } else { None };
    }
    let zone_at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |text| number(text, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let milli: i64 = alloc::format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let offset = match zone {
        "" | "Z" => 0,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let digits: String = zone.get(1..)?.chars().filter(|c| *c != ':').collect();
            let hours = number(digits.get(..2)?, 2)?;
            let minutes = number(digits.get(2..)?, 2)?;
            if hours > 18 || minutes > 59 {
                return None;
            }
            sign * (hours * 60 + minutes) * 60_000
        }
    };
    Some(SimTime::from_millis(midnight + hour * 3_600_000 + minute * 60_000 + second * 1000 + milli - offset))
}

fn number(text: &str, width: usize) -> Option<i64> {
    if text.len() == width && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn iso_8601_in_and_out() {
        for (text, millis, printed) in [
            ("1970-01-01", 0, "1970-01-01T00:00:00Z"),
            ("2026-01-05T09:00:00Z", 1_767_603_600_000, "2026-01-05T09:00:00Z"),
            ("2018-06-18T22:28:28+00:00", 1_529_360_908_000, "2018-06-18T22:28:28Z"),
            ("2018-06-18T22:28:28", 1_529_360_908_000, "2018-06-18T22:28:28Z"),
            ("2026-01-05T10:30:00.25+01:30", 1_767_603_600_250, "2026-01-05T09:00:00.250Z"),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000, "2024-02-29T23:59:59Z"),
            ("1969-12-31T23:59:59Z", -1000, "1969-12-31T23:59:59Z"),
        ] {
            let time = SimTime::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(time.as_millis(), millis, "{text}");
            assert_eq!(time.to_string(), printed, "{text}");
            assert_eq!(SimTime::parse(&time.to_string()), Ok(time), "{text}");
        }
    }

    #[test]
    fn moments_keep_their_order_and_none_takes_no_room() {
        let row = [i64::MIN + 1, -1, 0, 1, i64::MAX].map(SimTime::from_millis);
        assert!(row.is_sorted() && row.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(row.map(SimTime::as_millis), [i64::MIN + 1, -1, 0, 1, i64::MAX]);
        assert_eq!(SimTime::from_millis(i64::MIN), row[0]);
        assert_eq!(size_of::<Option<SimTime>>(), 8);
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "",
            "x",
            "2026",
            "2026-13-01",
            "2025-02-29",
            "2026-01-05T",
            "2026-01-05T25:00:00Z",
            "2026-01-05T09:00:00.Z",
            "2026-01-05T09:00:00+9",
            "2026-1-5",
        ] {
            assert!(SimTime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_day_survives_the_calendar() {
        for day in (-800_000..800_000).step_by(37) {
            let (year, month, dom) = civil_from_days(day);
            assert_eq!(days_from_civil(year, i64::from(month), i64::from(dom)), day);
        }
    }

    #[test]
    fn spans() {
        for (text, millis, printed) in [
            ("90", 90_000, "1m30s"),
            ("5m", 300_000, "5m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("250ms", 250, "250ms"),
            ("0", 0, "0s"),
            ("2d", 172_800_000, "2d"),
        ] {
            let span = SimDuration::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(span.as_millis(), millis, "{text}");
            assert_eq!(span.to_string(), printed, "{text}");
        }
        for text in ["", "-5m", "5x", "m", "99999999999", "367d", "1h-3m", "1.5h"] {
            assert!(SimDuration::parse(text).is_err(), "{text}");
        }
    }
}
