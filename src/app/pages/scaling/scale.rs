//! Scales of charts: where a moment and a value stand.

use ecs_lab::sim::{SimDuration, SimTime};

/// A span of simulated time from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    pub from: SimTime,
    pub to: SimTime,
}

const MINUTE: i64 = 60_000;
/// Parts of an axis of time at most.
const TICKS: i64 = 6;
/// What lies between two of them, in minutes.
const APART: [i64; 8] = [1, 2, 5, 10, 15, 30, 60, 120];

impl Span {
    /// What lies behind `now` since `first`: ten minutes at least.
    pub fn since(first: SimTime, now: SimTime) -> Self {
        Self { from: first.min(SimTime::from_millis(now.as_millis() - 600_000)), to: now }
    }

    /// How far from the left a moment stands, in percent; at an end where it lies outside.
    pub fn x(&self, at: SimTime) -> f64 {
        let whole = (self.to - self.from).as_millis().max(1);
        let part = (at - self.from).as_millis().clamp(0, whole);
        part as f64 * 100.0 / whole as f64
    }

    /// Whether something of `from` to `to` lies inside.
    pub fn meets(&self, from: SimTime, to: SimTime) -> bool {
        from < self.to && to > self.from
    }

    /// A moment in it: with the day where the span has more than one.
    pub fn moment(&self, at: SimTime) -> String {
        if day(self.from) == day(self.to) { clock(at) } else { dated(at) }
    }

    /// The moments that are named on the axis.
    pub fn ticks(&self) -> Vec<SimTime> {
        let whole = (self.to - self.from).as_millis();
        let apart = APART.into_iter().find(|minutes| whole / (minutes * 60_000) <= TICKS).unwrap_or(240) * 60_000;
        let first = (self.from.as_millis() + apart - 1).div_euclid(apart) * apart;
        (0..TICKS).map(|place| SimTime::from_millis(first + place * apart)).take_while(|at| *at <= self.to).collect()
    }
}

/// A moment that can be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instant {
    pub at: SimTime,
    /// The place of what was said last by then.
    pub place: usize,
}

/// The moments at which something was said.
pub fn said(all: impl IntoIterator<Item = SimTime>) -> Vec<Instant> {
    all.into_iter().enumerate().map(|(place, at)| Instant { at, place }).collect()
}

/// The same, with each full minute after one in which nothing was said, up to `now`.
pub fn minutes(all: impl IntoIterator<Item = SimTime>, now: SimTime) -> Vec<Instant> {
    let said = said(all);
    let mut whole = Vec::new();
    for (own, next) in said.iter().zip(said.iter().skip(1).map(|next| next.at.as_millis()).chain([now.as_millis() + 1]))
    {
        whole.push(*own);
        let mut at = (own.at.as_millis().div_euclid(MINUTE) + 1) * MINUTE;
        while at < next {
            whole.push(Instant { at: SimTime::from_millis(at), place: own.place });
            at += MINUTE;
        }
    }
    whole
}

/// What of a history is shown, the newest last: from some hours ago on, with the one before, which held until then.
pub fn recent<T>(all: &[T], now: SimTime, hours: i64, at: fn(&T) -> SimTime) -> (&[T], Span) {
    let from = SimTime::from_millis(now.as_millis() - hours * 3_600_000);
    let place = all.partition_point(|own| at(own) <= from).saturating_sub(1);
    let shown = all.get(place..).unwrap_or_default();
    (shown, Span::since(shown.first().map_or(now, at).max(from), now))
}

/// The clock without seconds where there are none: `09:14`, `09:14:20`.
pub fn clock(at: SimTime) -> String {
    let text = at.clock();
    text.strip_suffix(":00").map_or(text.clone(), str::to_owned)
}

/// Day and clock: `01-05 09:14`.
pub fn dated(at: SimTime) -> String {
    let text = at.to_string();
    format!("{} {}", text.get(5..10).unwrap_or_default(), clock(at))
}

/// A moment that is over: the clock alone where it is of the same day as `now`.
pub fn past(at: SimTime, now: SimTime) -> String {
    if day(at) == day(now) { clock(at) } else { dated(at) }
}

fn day(at: SimTime) -> i64 {
    at.as_millis().div_euclid(86_400_000)
}

/// A span of time in the largest unit that it is whole in: `5 min`, `90 s`.
pub fn lasting(span: SimDuration) -> String {
    match span.as_millis() / 1000 {
        seconds if seconds >= 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// `1 h 30 min`, `45 s`.
pub fn span(seconds: u32) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let some: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if some.is_empty() { "0 s".into() } else { some.join(" ") }
}

/// The top of an axis that reaches `most`: a round number, and never below 2.
pub fn top(most: f64) -> f64 {
    round(most, |_| true)
}

/// The same for an axis of counts, on which the middle is a whole number too.
pub fn count_top(most: u32) -> f64 {
    round(f64::from(most) * 1.1, |own| own % 2.0 == 0.0)
}

/// 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 or 10 times a power of ten, as far as it may be.
fn round(most: f64, may_be: fn(f64) -> bool) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= most {
        power *= 10.0;
    }
    let all = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let fits = all.into_iter().map(|own| own * power).find(|own| *own >= most && may_be(*own)).unwrap_or(most);
    if fits < 2.0 { 2.0 } else { fits }
}

/// A number with two decimals at most.
pub fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(clock: &str) -> SimTime {
        SimTime::parse(&format!("2026-01-05T{clock}Z")).unwrap()
    }

    #[test]
    fn a_moment_stands_between_the_ends_and_outside_of_them_at_one() {
        let span = Span { from: at("09:00:00"), to: at("09:20:00") };
        for (moment, percent) in
            [("09:00:00", 0.0), ("09:05:00", 25.0), ("09:20:00", 100.0), ("08:00:00", 0.0), ("10:00:00", 100.0)]
        {
            assert_eq!(span.x(at(moment)), percent, "{moment}");
        }
        assert!(span.meets(at("08:00:00"), at("09:00:01")));
        assert!(!span.meets(at("08:00:00"), at("09:00:00")));
    }

    #[test]
    fn what_held_at_the_beginning_is_shown_and_nothing_older() {
        let all: Vec<SimTime> = ["06:00:00", "08:00:00", "08:30:00", "09:30:00", "10:00:00"].map(at).to_vec();
        let now = at("10:10:00");
        for (hours, count, from) in [(1, 3, "09:10:00"), (2, 4, "08:10:00"), (24, 5, "06:00:00"), (0, 1, "10:00:00")] {
            let (shown, span) = recent(&all, now, hours, |own| *own);
            assert_eq!((shown.len(), span), (count, Span { from: at(from), to: now }), "{hours} h");
        }
        assert_eq!(recent(&[], now, 3, |own: &SimTime| *own).0, []);
    }

    #[test]
    fn a_table_over_midnight_names_the_day() {
        let midnight = SimTime::parse("2026-01-06T00:00:00Z").unwrap();
        for (to, moment, named) in [
            (at("23:59:59"), at("09:14:20"), "09:14:20"),
            (midnight, at("23:12:00"), "01-05 23:12"),
            (midnight, midnight, "01-06 00:00"),
        ] {
            assert_eq!(Span { from: at("09:00:00"), to }.moment(moment), named);
        }
    }

    #[test]
    fn an_axis_of_time_has_whole_moments_and_few() {
        for (from, to, first, last, count) in [
            ("09:00:00", "09:10:00", "09:00", "09:10", 6),
            ("09:03:20", "09:13:20", "09:04", "09:12", 5),
            ("09:01:00", "12:01:00", "09:30", "12:00", 6),
        ] {
            let ticks = Span { from: at(from), to: at(to) }.ticks();
            let named: Vec<String> = ticks.iter().map(|at| clock(*at)).collect();
            assert_eq!(
                (named.first().unwrap().as_str(), named.last().unwrap().as_str(), named.len()),
                (first, last, count)
            );
        }
    }

    #[test]
    fn an_axis_of_values_ends_at_a_round_number() {
        for (most, end) in
            [(0.0, 2.0), (1.0, 2.0), (7.0, 8.0), (66.0, 80.0), (100.0, 100.0), (101.0, 150.0), (2_400.0, 2_500.0)]
        {
            assert_eq!(top(most), end, "{most}");
        }
    }

    #[test]
    fn an_axis_of_counts_has_whole_numbers() {
        for (most, end) in [(0, 2.0), (1, 2.0), (2, 4.0), (4, 6.0), (9, 10.0), (10, 20.0), (19, 30.0), (100, 150.0)] {
            assert_eq!(count_top(most), end, "{most}");
        }
        for most in 0..3000 {
            let top = count_top(most);
            assert!(top >= f64::from(most) && (top / 2.0).fract() == 0.0, "{most}: {top}");
        }
    }

    #[test]
    fn a_minute_in_which_nothing_was_said_holds_what_was_said_last() {
        let said = ["09:05:00", "09:06:00", "09:08:30"].map(at);
        let all = minutes(said, at("09:10:20"));
        let told: Vec<(String, usize)> = all.iter().map(|own| (clock(own.at), own.place)).collect();
        let wanted =
            [("09:05", 0), ("09:06", 1), ("09:07", 1), ("09:08", 1), ("09:08:30", 2), ("09:09", 2), ("09:10", 2)];
        assert_eq!(told, wanted.map(|(at, place)| (at.to_owned(), place)));
        assert_eq!(minutes([at("09:10:00")], at("09:10:00")), [Instant { at: at("09:10:00"), place: 0 }]);
        assert_eq!(minutes([], at("09:10:00")), []);
    }

    #[test]
    fn times_are_said_in_hours_minutes_and_seconds() {
        assert_eq!([0, 59, 60, 5430, 86_400].map(span), ["0 s", "59 s", "1 min", "1 h 30 min 30 s", "24 h"]);
    }

    #[test]
    fn numbers_and_spans_read_short() {
        for (value, text) in [(90.0, "90"), (66.666_666, "66.67"), (0.1, "0.1")] {
            assert_eq!(number(value), text);
        }
        for (seconds, text) in [(300, "5 min"), (90, "90 s"), (0, "0 s")] {
            assert_eq!(lasting(SimDuration::from_secs(seconds)), text);
        }
        assert_eq!((clock(at("09:14:00")), clock(at("09:14:20"))), ("09:14".to_owned(), "09:14:20".to_owned()));
    }
}
