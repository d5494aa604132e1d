//! A load as somebody asked for it: requests per second over time, and what they cost.

use crate::aws::ApiError;
use crate::sim::SimTime;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The load of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// When it began.
    pub since: SimTime,
    /// Milliseconds after that, and then the requests per second and the milliseconds of one vCPU that each takes; joined by
    /// straight lines.
    points: Vec<(i64, [f64; 2])>,
    /// After so many milliseconds it begins anew.
    round: Option<i64>,
    /// MiB that a task uses by itself.
    pub memory: f64,
    /// MiB that it uses for each open request.
    pub per_request: f64,
    /// CPU units that a task uses by itself.
    pub idle: f64,
}

impl Profile {
    /// Reads a request, which the model has checked; none when it asks for nothing, which clears a load. Errors, in our
    /// words: a rate and points, neither of them, points out of order, and a repetition without or before the last point.
    pub fn read(input: &Value, since: SimTime) -> Result<Option<Self>, ApiError> {
        let refuse = |message: &str, path: &str| Err(ApiError::invalid(message).at(path).in_our_words());
        let number = |value: &Value| value.as_i64().unwrap_or_default();
        let given = input["points"].as_array().map(Vec::as_slice).unwrap_or_default();
        let flat = &input["requestsPerSecond"];
        if flat.is_null() == given.is_empty() {
            return refuse("A load has either requestsPerSecond or points.", "requestsPerSecond");
        }
        let work = |own: &Value| own["workMilliseconds"].as_i64().map(|work| work as f64);
        let usual = work(input).unwrap_or(10.0);
        let mut points = Vec::new();
        for point in given {
            let at = number(&point["seconds"]) * 1000;
            if points.last().is_some_and(|(before, _)| *before >= at) {
                return refuse("Each point comes after the one before it.", "points");
            }
            points.push((at, [number(&point["requestsPerSecond"]) as f64, work(point).unwrap_or(usual)]));
        }
        let round = input["repeatSeconds"].as_i64().map(|seconds| seconds * 1000);
        if let Some(round) = round
            && points.last().is_none_or(|(last, _)| *last > round)
        {
            return refuse("Only points repeat, and not before the last of them.", "repeatSeconds");
        }
        if points.is_empty() {
            points.push((0, [number(flat) as f64, usual]));
        }
        let amount = |member: &str| number(&input[member]) as f64;
        let (memory, per_request, idle) = (amount("memory"), amount("memoryPerRequest"), amount("idleCpu"));
        let nothing = memory + idle == 0.0 && points.iter().all(|(_, own)| own[0] == 0.0);
        Ok(Some(Self { since, points, round, memory, per_request, idle }).filter(|_| !nothing))
    }

    /// Requests per second at a moment.
    pub fn rate(&self, at: SimTime) -> f64 {
        self.at(at)[0]
    }

    /// Requests per second at a moment, and the milliseconds of one vCPU that each takes: before the first point as at the
    /// first, after the last as at the last; where the points repeat, a straight line leads from the last to the first of
    /// the next round.
    pub fn at(&self, at: SimTime) -> [f64; 2] {
        let mut past = (at - self.since).as_millis();
        if let Some(round) = self.round {
            past = past.rem_euclid(round.max(1));
        }
        let next = self.points.partition_point(|(at, _)| *at <= past);
        let before = next.checked_sub(1).and_then(|place| self.points.get(place)).copied();
        let after = self.points.get(next).copied();
        let ends = self.points.first().copied().zip(self.points.last().copied());
        let (Some((first, last)), round) = (ends, self.round) else { return [0.0; 2] };
        let (from, to) = match (before, after, round) {
            (Some(from), Some(to), _) => (from, to),
            (Some(from), None, Some(round)) => (from, (first.0 + round, first.1)),
            (None, Some(to), Some(round)) => ((last.0 - round, last.1), to),
            (Some(only), None, None) | (None, Some(only), None) => return only.1,
            (None, None, _) => return [0.0; 2],
        };
        let line = |from: f64, to: f64, part: f64, whole: f64| from + (to - from) * part / whole;
        let (part, whole) = ((past - from.0) as f64, (to.0 - from.0).max(1) as f64);
        [line(from.1[0], to.1[0], part, whole), line(from.1[1], to.1[1], part, whole)]
    }

    /// In a few words, for a person.
    pub fn words(&self) -> String {
        let rates = || self.points.iter().map(|(_, own)| own[0] as u32);
        let (low, high) = (rates().min().unwrap_or_default(), rates().max().unwrap_or_default());
        let mut text = low.to_string();
        if high > low {
            text.push_str(" to ");
            text.push_str(&high.to_string());
        }
        text.push_str(" requests per second");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::SimDuration;
    use serde_json::json;

    fn read(input: Value) -> Result<Option<Profile>, ApiError> {
        Profile::read(&input, SimTime::default())
    }

    fn point(seconds: u32, rate: u32) -> Value {
        json!({ "seconds": seconds, "requestsPerSecond": rate })
    }

    #[test]
    fn straight_lines_join_the_points() {
        let day = json!([point(0, 10), point(100, 110), point(200, 50)]);
        let once = read(json!({ "points": day })).unwrap().unwrap();
        let again = read(json!({ "points": day, "repeatSeconds": 400 })).unwrap().unwrap();
        let late = read(json!({ "points": [point(50, 10), point(100, 20)], "repeatSeconds": 100 })).unwrap().unwrap();
        for (profile, second, rate) in [
            (&once, 0, 10.0),
            (&once, 25, 35.0),
            (&once, 100, 110.0),
            (&once, 150, 80.0),
            (&once, 9000, 50.0),
            (&again, 300, 30.0),
            (&again, 400, 10.0),
            (&again, 825, 35.0),
            (&late, 25, 15.0),
            (&late, 75, 15.0),
            (&late, 100, 20.0),
        ] {
            assert_eq!(profile.rate(SimTime::default() + SimDuration::from_secs(second)), rate, "{second}");
        }
        assert_eq!(once.words(), "10 to 110 requests per second");
    }

    #[test]
    fn the_work_of_a_request_changes_with_the_points() {
        let with =
            |second: u32, work: u32| json!({ "seconds": second, "requestsPerSecond": 8, "workMilliseconds": work });
        let own = read(json!({ "points": [with(0, 20), point(100, 8), with(200, 400)], "workMilliseconds": 40 }));
        let own = own.unwrap().unwrap();
        for (second, work) in [(0, 20.0), (50, 30.0), (100, 40.0), (150, 220.0), (999, 400.0)] {
            assert_eq!(own.at(SimTime::default() + SimDuration::from_secs(second)), [8.0, work], "{second}");
        }
        let usual = read(json!({ "points": [point(0, 8)] })).unwrap().unwrap();
        assert_eq!(usual.at(SimTime::default()), [8.0, 10.0]);
    }

    #[test]
    fn what_no_load_is() {
        for (input, message) in [
            (json!({}), "A load has either requestsPerSecond or points."),
            (
                json!({ "requestsPerSecond": 1, "points": [point(0, 1)] }),
                "A load has either requestsPerSecond or points.",
            ),
            (json!({ "points": [point(5, 1), point(5, 2)] }), "Each point comes after the one before it."),
            (
                json!({ "requestsPerSecond": 1, "repeatSeconds": 60 }),
                "Only points repeat, and not before the last of them.",
            ),
            (
                json!({ "points": [point(61, 1)], "repeatSeconds": 60 }),
                "Only points repeat, and not before the last of them.",
            ),
        ] {
            let refusal = read(input.clone()).unwrap_err();
            assert_eq!((refusal.message.as_ref(), refusal.ours), (message, true), "{input}");
        }
        for (input, load) in [
            (json!({ "requestsPerSecond": 0 }), false),
            (json!({ "points": [point(0, 0), point(9, 0)] }), false),
            (json!({ "requestsPerSecond": 0, "memory": 5 }), true),
            (json!({ "points": [point(0, 0), point(9, 1)] }), true),
        ] {
            assert_eq!(read(input.clone()).unwrap().is_some(), load, "{input}");
        }
    }
}
