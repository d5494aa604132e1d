//! Waves of load: ready-made ones, and the points of one's own as they are drawn, moved by keys and typed.

use super::scale::span;
use ecs_lab::lab::{ApiCall, Command};
use ecs_lab::sim::SimTime;
use serde_json::{Value, json};

/// Name, words, after how many seconds it begins anew, and at which second which part of the highest rate comes. What
/// begins anew each day goes by the clock: its seconds count from midnight, UTC.
pub type Wave = (&'static str, &'static str, Option<u32>, &'static [(u32, f64)]);

const DAY: u32 = 86_400;

/// The ready-made waves.
pub const WAVES: [Wave; 5] = [
    ("steady", "steady", None, &[]),
    (
        "morning",
        "morning peak: up from 07:00 to 09:00 UTC, down by noon, each day",
        Some(DAY),
        &[(0, 0.1), (25_200, 0.2), (32_400, 1.0), (36_000, 0.9), (43_200, 0.4), (75_600, 0.2)],
    ),
    (
        "spike",
        "spike: ten times as much for five minutes",
        None,
        &[(0, 0.1), (300, 0.1), (330, 1.0), (630, 1.0), (660, 0.1)],
    ),
    (
        "sawtooth",
        "sawtooth: up within 20 minutes, down at once, again and again",
        Some(1_200),
        &[(0, 0.1), (1_190, 1.0)],
    ),
    (
        "outage",
        "outage: nothing for ten minutes, then twice as much",
        None,
        &[(0, 0.5), (60, 0.5), (61, 0.0), (660, 0.0), (661, 1.0), (960, 0.5)],
    ),
];

/// A second, and the requests per second then.
pub type Point = (u32, u32);

/// The limits of `lab load`.
const SECONDS: u32 = 604_800;
const RATE: u32 = 1_000_000;
const WORK: u32 = 600_000;
const MOST: usize = 100;

/// A wave as it is drawn.
#[derive(Clone, PartialEq)]
pub struct Drawing {
    /// Its points in order of time; at least one.
    pub points: Vec<Point>,
    /// Of each point the milliseconds of one vCPU that a request takes then, where it has its own.
    works: Vec<Option<u32>>,
    /// After so many seconds it begins anew.
    pub repeats: Option<u32>,
    /// Whether its seconds count from midnight, UTC; else they do from when it is put on.
    pub daily: bool,
    /// The highest rate on the picture.
    pub top: u32,
    /// The last second of the picture.
    pub span: u32,
    /// The point that the pointer holds.
    pub held: Option<usize>,
}

impl Default for Drawing {
    fn default() -> Self {
        Self::of("spike", 100)
    }
}

impl Drawing {
    /// A ready-made wave with this highest rate.
    pub fn of(name: &str, peak: u32) -> Self {
        let (repeats, shape) = WAVES.iter().find(|(id, ..)| *id == name).map_or((None, &[][..]), |own| (own.2, own.3));
        let point = |(second, part): &(u32, f64)| (*second, (f64::from(peak) * part).round() as u32);
        let points = if shape.is_empty() { vec![(0, peak)] } else { shape.iter().map(point).collect() };
        let works = vec![None; points.len()];
        let daily = repeats == Some(DAY);
        let mut own = Self { points, works, repeats, daily, top: 0, span: 0, held: None };
        own.fit();
        own
    }

    /// Makes the picture as large as the points are.
    pub fn fit(&mut self) {
        let highest = self.points.iter().map(|(_, rate)| *rate).max().unwrap_or_default();
        let last = self.points.last().map_or(0, |(second, _)| *second);
        self.top = round_up(highest.saturating_add(highest / 10));
        self.span = match self.repeats {
            Some(round) => round.max(last),
            None => last.saturating_add(last / 5).clamp(600, SECONDS),
        };
    }

    /// The last second at which a point may lie. Midnight is the first one of a day.
    fn end(&self) -> u32 {
        if self.daily { DAY - 1 } else { self.repeats.unwrap_or(SECONDS) }
    }

    /// Where a point may lie in time: between its neighbours.
    fn room(&self, index: usize) -> (u32, u32) {
        let before = index.checked_sub(1).and_then(|place| self.points.get(place)).map_or(0, |(second, _)| second + 1);
        let after = self.points.get(index + 1).map_or(self.end(), |(second, _)| second.saturating_sub(1));
        (before, after.max(before))
    }

    /// Moves a point, as far as its neighbours and the lab's limits let it.
    pub fn put(&mut self, index: usize, (second, rate): Point) {
        let (least, most) = self.room(index);
        if let Some(own) = self.points.get_mut(index) {
            *own = (second.clamp(least, most), rate.min(RATE));
        }
    }

    /// Takes what is typed for a point's second, or for its rate. Gives a sentence where that is no number, or not one that
    /// the point may have.
    pub fn typed(&mut self, index: usize, of_second: bool, text: &str) -> Option<String> {
        let (second, rate) = self.points.get(index).copied()?;
        let (least, most) = if of_second { self.room(index) } else { (0, RATE) };
        let what = if of_second { "seconds" } else { "requests per second" };
        let room = format!("Point {}: give a whole number of {what} from {least} to {most}", index + 1);
        let Ok(value) = text.trim().parse::<u32>() else { return Some(format!("{room}.")) };
        self.put(index, if of_second { (value, rate) } else { (second, value) });
        let near = value.clamp(least, most);
        (near != value).then(|| format!("{room}; it is {near} now."))
    }

    /// Adds a point, and gives its place; one at the same second is moved instead. None when there are too many.
    pub fn add(&mut self, (second, rate): Point) -> Option<usize> {
        let point = (second.min(self.end()), rate.min(RATE));
        let place = self.points.partition_point(|(own, _)| *own < point.0);
        let full = self.points.len() >= MOST;
        match self.points.get_mut(place) {
            Some(own) if own.0 == point.0 => *own = point,
            _ if full => return None,
            _ => {
                self.points.insert(place, point);
                self.works.insert(place.min(self.works.len()), None);
            }
        }
        Some(place)
    }

    /// Takes a point away, unless it is the only one.
    pub fn remove(&mut self, index: usize) {
        if self.points.len() > 1 && index < self.points.len() {
            self.points.remove(index);
            if index < self.works.len() {
                self.works.remove(index);
            }
        }
    }

    /// What a request takes at a point, where that has its own.
    pub fn work(&self, index: usize) -> Option<u32> {
        self.works.get(index).copied().flatten()
    }

    /// Gives a point its own work of a request, or takes it away.
    pub fn put_work(&mut self, index: usize, work: Option<u32>) {
        if let Some(own) = self.works.get_mut(index) {
            *own = work.map(|work| work.clamp(1, WORK));
        }
    }

    /// A point in the middle of the widest gap, for those who do not draw.
    pub fn add_between(&mut self) {
        let ends = self.points.iter().zip(self.points.iter().skip(1));
        let widest = ends.max_by_key(|(from, to)| to.0 - from.0).filter(|(from, to)| to.0 - from.0 > 1);
        let last = self.points.last().copied().unwrap_or_default();
        let point = match widest {
            Some((from, to)) => (from.0 + (to.0 - from.0) / 2, from.1.abs_diff(to.1) / 2 + from.1.min(to.1)),
            None => (last.0.saturating_add(60), last.1),
        };
        self.add(point);
        self.fit();
    }

    /// Where the focus goes once a point is gone: to the one that took its place, or the last.
    pub fn neighbour(&self, index: usize) -> usize {
        index.min(self.points.len().saturating_sub(1))
    }

    /// What a key does to a point; false when it does nothing. With Shift a step is as small as it gets.
    pub fn key(&mut self, index: usize, key: &str, fine: bool) -> bool {
        let Some((second, rate)) = self.points.get(index).copied() else { return false };
        let rise = if fine { 1 } else { (self.top / 20).max(1) };
        let far = if fine { 1 } else { (self.span / 60).max(1) };
        match key {
            "ArrowUp" => self.put(index, (second, rate.saturating_add(rise))),
            "ArrowDown" => self.put(index, (second, rate.saturating_sub(rise))),
            "ArrowRight" => self.put(index, (second.saturating_add(far), rate)),
            "ArrowLeft" => self.put(index, (second.saturating_sub(far), rate)),
            "Home" => self.put(index, (0, rate)),
            "End" => self.put(index, (SECONDS, rate)),
            "Delete" | "Backspace" => self.remove(index),
            _ => return false,
        }
        let highest = self.points.iter().map(|(_, rate)| *rate).max().unwrap_or_default();
        let last = self.points.last().map_or(0, |(second, _)| *second);
        if highest > self.top || last > self.span {
            self.fit();
        }
        true
    }

    /// The line of the wave over the whole picture, with the end of what repeats.
    pub fn line(&self) -> Vec<Point> {
        let mut all = self.points.clone();
        let (Some(first), Some(last)) = (all.first().copied(), all.last().copied()) else { return all };
        if self.repeats.is_some() {
            // A straight line leads to the first point of the next round.
            let gap = f64::from(self.span.saturating_sub(last.0) + first.0).max(1.0);
            let at_end = f64::from(last.1)
                + (f64::from(first.1) - f64::from(last.1)) * f64::from(self.span.saturating_sub(last.0)) / gap;
            let end = at_end.round() as u32;
            all.insert(0, (0, end));
            all.push((self.span, end));
        } else {
            all.insert(0, (0, first.1));
            all.push((self.span, last.1));
        }
        all
    }

    /// The same wave with the seconds counted from `now`, when it is put on.
    pub fn from(&self, now: SimTime) -> Self {
        let mut own = self.clone();
        if self.daily {
            let passed = now.as_millis().div_euclid(1000).rem_euclid(i64::from(DAY)) as u32;
            // What is over for today comes first tomorrow.
            let over = self.points.partition_point(|(second, _)| *second < passed);
            own.points.iter_mut().for_each(|(second, _)| *second = (*second + DAY - passed) % DAY);
            own.points.rotate_left(over);
            own.works.rotate_left(over);
            own.daily = false;
        }
        own
    }

    /// A second of it in words: `07:00` of what goes by the clock, else `1 h 30 min`.
    pub fn moment(&self, second: u32) -> String {
        if !self.daily {
            return span(second);
        }
        let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
        let clock = format!("{hours:02}:{minutes:02}");
        if seconds == 0 { clock } else { format!("{clock}:{seconds:02}") }
    }

    /// How long it is, and from when on, in words.
    pub fn lasting(&self) -> String {
        match self.repeats {
            _ if self.daily => "of each day, by the clock (UTC)".into(),
            Some(round) => format!("over {}, again and again from when it is put on", span(round)),
            None => format!("over {} from when it is put on", span(self.span)),
        }
    }

    /// `lab load` of the wave on a service; `more` holds what a request costs.
    pub fn command(&self, cluster: &str, service: &str, more: Value) -> Command {
        let mut input = json!({ "cluster": cluster, "service": service });
        match self.points.as_slice() {
            [(_, rate)] if self.work(0).is_none() => input["requestsPerSecond"] = Value::from(*rate),
            all => {
                let point = |(index, (second, rate)): (usize, &Point)| {
                    let mut point = json!({ "seconds": second, "requestsPerSecond": rate });
                    if let Some(work) = self.work(index) {
                        point["workMilliseconds"] = Value::from(work);
                    }
                    point
                };
                input["points"] = all.iter().enumerate().map(point).collect();
                if let Some(seconds) = self.repeats {
                    input["repeatSeconds"] = Value::from(seconds);
                }
            }
        }
        if let (Some(map), Value::Object(more)) = (input.as_object_mut(), more) {
            map.extend(more);
        }
        Command::Api(ApiCall::new("lab", "Load", input))
    }
}

/// The next number of one digit with zeros, or half of such: 1, 1.5, 2, … 9.5 times a power of ten.
fn round_up(value: u32) -> u32 {
    let mut unit = 1;
    while value / unit >= 100 {
        unit *= 10;
    }
    let step = if unit == 1 && value < 10 { 1 } else { 5 * unit };
    value.div_ceil(step).saturating_mul(step).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::sim::SimDuration;

    #[test]
    fn every_ready_made_wave_is_drawn_within_its_picture() {
        for (name, _, repeats, _) in WAVES {
            for peak in [0, 1, 40, 1_000_000, u32::MAX] {
                let own = Drawing::of(name, peak);
                assert_eq!(own.repeats, repeats);
                assert!(
                    own.points.iter().all(|(second, rate)| *second <= own.span && *rate <= own.top),
                    "{name} {peak}"
                );
                let line = own.line();
                assert!(line.first().unwrap().0 == 0 && line.last().unwrap().0 == own.span, "{name}: {line:?}");
                assert!(line.windows(2).all(|two| two[0].0 <= two[1].0), "{name}: {line:?}");
            }
        }
        assert_eq!([0, 7, 44, 110, 1_100_000].map(round_up), [1, 7, 45, 150, 1_500_000]);
    }

    #[test]
    fn points_stay_in_order_whatever_is_done_to_them() {
        let mut own = Drawing::of("spike", 100);
        own.put(1, (0, 50));
        assert_eq!(own.points[1], (1, 50), "after the one before it");
        own.put(1, (9_999_999, 2_000_000));
        assert_eq!(own.points[1], (329, 1_000_000), "before the next, within the limits");
        assert_eq!(own.add((400, 7)), Some(3));
        assert_eq!(own.add((400, 9)), Some(3));
        assert_eq!((own.points[3], own.points.len()), ((400, 9), 6));
        own.put(99, (1, 1));
        own.remove(99);
        (0..9).for_each(|_| own.remove(0));
        assert_eq!(own.points, [(660, 10)], "the last one stays");
        (0..120).for_each(|_| own.add_between());
        assert_eq!(own.points.len(), MOST);
        assert!(own.points.windows(2).all(|two| two[0].0 < two[1].0));
        assert_eq!(own.add((1, 1)), None);
    }

    #[test]
    fn what_is_typed_for_a_point_and_cannot_be_is_said() {
        let mut own = Drawing::of("spike", 100);
        for (of_second, text, said, point) in [
            (false, "50", None, (330, 50)),
            (false, "-1", Some("Point 3: give a whole number of requests per second from 0 to 1000000."), (330, 50)),
            (false, "", Some("Point 3: give a whole number of requests per second from 0 to 1000000."), (330, 50)),
            (
                false,
                "2000000",
                Some("Point 3: give a whole number of requests per second from 0 to 1000000; it is 1000000 now."),
                (330, 1_000_000),
            ),
            (true, " 400 ", None, (400, 1_000_000)),
            (
                true,
                "10",
                Some("Point 3: give a whole number of seconds from 301 to 629; it is 301 now."),
                (301, 1_000_000),
            ),
            (true, "99999999999", Some("Point 3: give a whole number of seconds from 301 to 629."), (301, 1_000_000)),
        ] {
            assert_eq!(own.typed(2, of_second, text).as_deref(), said, "{text}");
            assert_eq!(own.points[2], point, "{text}");
        }
    }

    #[test]
    fn a_point_keeps_its_work_wherever_it_goes() {
        let mut own = Drawing::of("spike", 100);
        own.put_work(2, Some(0));
        own.put_work(9, Some(5));
        own.add((10, 1));
        own.remove(0);
        own.remove(0);
        assert_eq!((own.points[1], own.work(1), own.work(0)), ((330, 100), Some(1), None));
        let Command::Api(call) = own.command("prod", "shop", json!({ "workMilliseconds": 9 })) else {
            panic!("no call")
        };
        let points = call.input["points"].as_array().unwrap();
        assert_eq!(points[1], json!({ "seconds": 330, "requestsPerSecond": 100, "workMilliseconds": 1 }));
        assert_eq!((points[0].get("workMilliseconds"), &call.input["workMilliseconds"]), (None, &json!(9)));
    }

    /// Whenever it is put on, the morning comes in the morning.
    #[test]
    fn a_wave_of_a_day_goes_by_the_clock() {
        let mut drawn = Drawing::of("morning", 100);
        drawn.put_work(2, Some(30));
        for clock in ["00:00:00", "07:00:00", "09:02:00", "09:00:01", "23:59:59"] {
            let now = SimTime::parse(&format!("2026-01-05T{clock}Z")).unwrap();
            let own = drawn.from(now);
            assert!(own.points.windows(2).all(|two| two[0].0 < two[1].0), "{clock}: {:?}", own.points);
            let peak = own.points.iter().position(|(_, rate)| *rate == 100).unwrap();
            let at = now + SimDuration::from_secs(own.points[peak].0.into());
            assert_eq!((at.clock().as_str(), own.work(peak)), ("09:00:00", Some(30)), "{clock}");
            assert!(at - now < SimDuration::from_secs(DAY.into()) && own.points.len() == 6, "{clock}");
        }
        assert_eq!([drawn.moment(25_200), drawn.moment(86_399)], ["07:00", "23:59:59"]);
        drawn.put(5, (DAY, 1));
        assert_eq!(drawn.points[5], (86_399, 1), "midnight is the first second of a day");
        let (noon, spike) = (SimTime::parse("2026-01-05T12:00:00Z").unwrap(), Drawing::of("spike", 100));
        assert!(spike.from(noon) == spike && spike.moment(300) == "5 min", "it counts from when it is put on");
        for (name, words) in [
            ("morning", "of each day, by the clock (UTC)"),
            ("sawtooth", "over 20 min, again and again from when it is put on"),
            ("spike", "over 13 min 12 s from when it is put on"),
        ] {
            assert_eq!(Drawing::of(name, 100).lasting(), words);
        }
    }

    #[test]
    fn keys_move_a_point_as_the_pointer_does() {
        let start = Drawing::of("spike", 100);
        assert_eq!((start.top, start.span), (150, 792));
        for (key, fine, point) in [
            ("ArrowUp", false, (330, 107)),
            ("ArrowUp", true, (330, 101)),
            ("ArrowDown", false, (330, 93)),
            ("ArrowRight", false, (343, 100)),
            ("ArrowLeft", true, (329, 100)),
            ("Home", false, (301, 100)),
            ("End", false, (629, 100)),
        ] {
            let mut own = start.clone();
            assert!(own.key(2, key, fine));
            assert_eq!(own.points[2], point, "{key} {fine}");
        }
        let mut own = start.clone();
        assert!(own.key(2, "Delete", false) && !own.key(2, "a", false) && !own.key(44, "ArrowUp", false));
        assert_eq!((own.points.len(), own.neighbour(2)), (4, 2), "the next one is focused");
        assert!(own.key(3, "Delete", false));
        assert_eq!(own.neighbour(3), 2, "there is no next one");
        let mut own = start.clone();
        (0..20).for_each(|_| assert!(own.key(2, "ArrowUp", false)));
        assert!(own.top >= own.points[2].1, "the picture grows with it");
    }
}
