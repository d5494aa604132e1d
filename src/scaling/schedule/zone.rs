//! Time zones: those of the AWS Regions and a few more, as the IANA database has them on 2026-01-01. Summer time follows
//! these rules in every year.

use crate::sim::SimTime;
use crate::sim::time::days_from_civil as day;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// When summer time begins or ends: a weekday of a month, at a minute of the day on the zone's winter clock.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Turn {
    /// 1 to 12.
    month: i64,
    /// Which Sunday of the month: the first is 1, the last 0.
    sunday: i64,
    /// Days before that Sunday.
    before: i64,
    /// The minute; that of UTC where `utc` says so.
    minute: i64,
    utc: bool,
}

type Summer = [Turn; 2];

const fn turn(month: i64, sunday: i64, before: i64, minute: i64) -> Turn {
    Turn { month, sunday, before, minute, utc: false }
}

const AMERICA: Summer = [turn(3, 2, 0, 120), turn(11, 1, 0, 60)];
const EUROPE: Summer = [
    Turn { month: 3, sunday: 0, before: 0, minute: 60, utc: true },
    Turn { month: 10, sunday: 0, before: 0, minute: 60, utc: true },
];
const AUSTRALIA: Summer = [turn(10, 1, 0, 120), turn(4, 1, 0, 120)];
const NEW_ZEALAND: Summer = [turn(9, 0, 0, 120), turn(4, 1, 0, 120)];
const ISRAEL: Summer = [turn(3, 0, 2, 120), turn(10, 0, 0, 60)];

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// Its canonical name.
    pub name: &'static str,
    /// Minutes east of UTC in winter.
    standard: i64,
    summer: Option<&'static Summer>,
}

const fn fixed(name: &'static str, standard: i64) -> Zone {
    Zone { name, standard, summer: None }
}

const fn with(name: &'static str, standard: i64, summer: &'static Summer) -> Zone {
    Zone { name, standard, summer: Some(summer) }
}

static ZONES: [Zone; 44] = [
    fixed("UTC", 0),
    fixed("Etc/UTC", 0),
    fixed("GMT", 0),
    fixed("Africa/Johannesburg", 120),
    with("America/Chicago", -360, &AMERICA),
    with("America/Denver", -420, &AMERICA),
    with("America/Edmonton", -420, &AMERICA),
    with("America/Los_Angeles", -480, &AMERICA),
    fixed("America/Mexico_City", -360),
    with("America/Montreal", -300, &AMERICA),
    with("America/New_York", -300, &AMERICA),
    fixed("America/Phoenix", -420),
    fixed("America/Sao_Paulo", -180),
    with("America/Toronto", -300, &AMERICA),
    fixed("Asia/Bahrain", 180),
    fixed("Asia/Bangkok", 420),
    fixed("Asia/Dubai", 240),
    fixed("Asia/Hong_Kong", 480),
    fixed("Asia/Jakarta", 420),
    with("Asia/Jerusalem", 120, &ISRAEL),
    fixed("Asia/Kolkata", 330),
    fixed("Asia/Kuala_Lumpur", 480),
    fixed("Asia/Riyadh", 180),
    fixed("Asia/Seoul", 540),
    fixed("Asia/Shanghai", 480),
    fixed("Asia/Singapore", 480),
    fixed("Asia/Taipei", 480),
    fixed("Asia/Tokyo", 540),
    with("Australia/Melbourne", 600, &AUSTRALIA),
    with("Australia/Sydney", 600, &AUSTRALIA),
    with("Europe/Amsterdam", 60, &EUROPE),
    with("Europe/Berlin", 60, &EUROPE),
    with("Europe/Dublin", 0, &EUROPE),
    with("Europe/Lisbon", 0, &EUROPE),
    with("Europe/London", 0, &EUROPE),
    with("Europe/Madrid", 60, &EUROPE),
    with("Europe/Paris", 60, &EUROPE),
    with("Europe/Rome", 60, &EUROPE),
    with("Europe/Stockholm", 60, &EUROPE),
    with("Europe/Vienna", 60, &EUROPE),
    with("Europe/Warsaw", 60, &EUROPE),
    with("Europe/Zurich", 60, &EUROPE),
    with("Pacific/Auckland", 720, &NEW_ZEALAND),
    fixed("Pacific/Honolulu", -600),
];

/// The zone of a name; none for one that the lab does not hold.
pub fn zone(name: &str) -> Option<&'static Zone> {
    ZONES.iter().find(|own| own.name == name)
}

/// 0 for Sunday.
pub(super) fn weekday(day: i64) -> i64 {
    (day + 4).rem_euclid(7)
}

impl Turn {
    /// When it is in a year, in milliseconds of UTC.
    fn at(&self, year: i64, standard: i64) -> i64 {
        let sunday = match self.sunday {
            0 => {
                let next = day(year + self.month / 12, self.month % 12 + 1, 1);
                next - 1 - weekday(next - 1)
            }
            number => {
                let first = day(year, self.month, 1);
                first + (7 - weekday(first)) % 7 + 7 * (number - 1)
            }
        };
        let minute = if self.utc { self.minute } else { self.minute - standard };
        (sunday - self.before) * DAY_MS + minute * MINUTE_MS
    }
}

impl Zone {
    /// Milliseconds east of UTC at a moment.
    fn offset(&self, at: i64) -> i64 {
        let standard = self.standard * MINUTE_MS;
        let Some(summer) = self.summer else { return standard };
        let year = SimTime::from_millis(at + standard).civil().year;
        let [begins, ends] = summer.each_ref().map(|own| own.at(year, self.standard));
        // South of the equator summer goes over the turn of the year.
        let on = if begins < ends { (begins..ends).contains(&at) } else { at >= begins || at < ends };
        standard + if on { 60 * MINUTE_MS } else { 0 }
    }

    /// What the zone's clock shows.
    pub fn local(&self, at: SimTime) -> SimTime {
        SimTime::from_millis(at.as_millis() + self.offset(at.as_millis()))
    }

    /// When the zone's clock shows this: the first time where it does so twice, none where it never does.
    pub fn to_utc(&self, local: SimTime) -> Option<SimTime> {
        let local = local.as_millis();
        let standard = self.standard * MINUTE_MS;
        let found = [standard + 60 * MINUTE_MS, standard].into_iter().map(|offset| local - offset);
        found.filter(|at| at + self.offset(*at) == local).min().map(SimTime::from_millis)
    }
}
