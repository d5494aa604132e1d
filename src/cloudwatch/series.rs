//! Data points of metrics, and what statistics make of them.

use super::math::{Grid, Points};
use super::statistic::Statistic;
use crate::sim::SimTime;
use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// How long CloudWatch keeps points of one minute.
pub(super) use crate::ecs::past::KEPT_MS;

/// What makes a metric: no other has the same three.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// Such as `AWS/ECS`.
    pub namespace: String,
    /// Such as `CPUUtilization`.
    pub name: String,
    /// Name and value, by name.
    pub dimensions: Vec<(String, String)>,
}

impl Metric {
    /// Whether AWS puts its points there from what tasks and targets do.
    pub fn is_of_usage(&self) -> bool {
        ["AWS/ECS", "AWS/ApplicationELB", "AWS/NetworkELB"].contains(&self.namespace.as_str())
    }
}

/// The samples of one span of time, summed up.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The start of the span.
    pub at: SimTime,
    /// SampleCount.
    pub count: f64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Such as `Percent`.
    pub unit: Rc<str>,
    /// The samples themselves, where they are known and differ.
    pub values: Option<Rc<Values>>,
}

/// Values of samples, the least first, each with how often it came.
pub type Values = Vec<(f64, f64)>;

/// Different values that a point holds apart; beyond that neighbours become one.
const APART: usize = 200;

impl Point {
    /// One sample.
    pub fn one(at: SimTime, value: f64, unit: &Rc<str>) -> Self {
        Self { at, count: 1.0, sum: value, min: value, max: value, unit: Rc::clone(unit), values: None }
    }

    /// Both together. What is known of the samples of one alone is known no more.
    pub fn add(&mut self, other: &Self) {
        if self.values.is_some() || self.min == self.max {
            self.values = match (self.min == other.min && self.max == other.max, &other.values) {
                (true, _) if self.min == self.max => None,
                (_, Some(values)) => Some(self.joined(values)),
                (_, None) if other.min == other.max => Some(self.joined(&[(other.min, other.count)])),
                _ => None,
            };
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = if other.min < self.min { other.min } else { self.min };
        self.max = if other.max > self.max { other.max } else { self.max };
    }

    fn joined(&mut self, more: &[(f64, f64)]) -> Rc<Values> {
        let mut all = self.values.take().unwrap_or_else(|| Rc::new(Vec::from([(self.min, self.count)])));
        let own = Rc::make_mut(&mut all);
        for (value, count) in more {
            match own.binary_search_by(|(own, _)| own.total_cmp(value)) {
                Ok(place) => own.iter_mut().skip(place).take(1).for_each(|own| own.1 += count),
                Err(place) => own.insert(place, (*value, *count)),
            }
        }
        while own.len() > APART {
            join(own);
        }
        all
    }

    /// Hands on the samples, if they are known and none is negative.
    pub fn samples<T>(&self, look: impl Fn(&[(f64, f64)]) -> T) -> Option<T> {
        match &self.values {
            _ if self.min < 0.0 => None,
            Some(values) => Some(look(values)),
            None if self.min == self.max => Some(look(&[(self.min, self.count)])),
            None => None,
        }
    }
}

/// Makes one of the two neighbours that came the least often.
fn join(all: &mut Values) {
    let mut least = (f64::INFINITY, 0);
    for (place, pair) in all.windows(2).enumerate() {
        let count: f64 = pair.iter().map(|(_, count)| count).sum();
        least = if count < least.0 { (count, place) } else { least };
    }
    let (count, place) = least;
    let (value, own) = all.remove(place);
    if let Some(next) = all.get_mut(place) {
        *next = ((value * own + next.0 * next.1) / count, count);
    }
}

/// The points of one metric in the order of time. They stand in chunks, of which snapshots share those that are full.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// None is empty.
    chunks: Vec<Rc<Vec<Point>>>,
}

/// Points of a chunk, unless more are put between them later.
const CHUNK: usize = 128;

impl Series {
    /// Whether it has no point.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Adds samples to the span that `point` names.
    pub fn add(&mut self, point: Point) {
        let place = self.chunk_at(point.at);
        let Some(chunk) = self.chunks.get_mut(place).map(Rc::make_mut) else { return self.push(point) };
        match chunk.binary_search_by(|own| own.at.cmp(&point.at)) {
            Ok(place) if chunk.get(place).is_some_and(|own| own.unit == point.unit) => {
                if let Some(own) = chunk.get_mut(place) {
                    own.add(&point);
                }
            }
            Ok(place) | Err(place) => chunk.insert(place, point),
        }
    }

    /// Adds the newest point; chunks that are too old go.
    fn push(&mut self, point: Point) {
        let kept = SimTime::from_millis(point.at.as_millis() - KEPT_MS);
        let old = self.chunk_at(kept);
        self.chunks.drain(..old);
        match self.chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
            Some(chunk) => Rc::make_mut(chunk).push(point),
            None => self.chunks.push(Rc::new(alloc::vec![point])),
        }
    }

    /// The place of the first chunk that reaches as far as a moment.
    fn chunk_at(&self, at: SimTime) -> usize {
        let before = |chunk: &Rc<Vec<Point>>| chunk.last().is_none_or(|newest| newest.at < at);
        // Mostly it is about the newest.
        if self.chunks.last().is_none_or(before) { self.chunks.len() } else { self.chunks.partition_point(before) }
    }

    /// The points from a moment on, oldest first.
    fn from(&self, start: SimTime) -> impl Iterator<Item = &Point> {
        let chunks = self.chunks.get(self.chunk_at(start)..).unwrap_or_default();
        let skipped = chunks.first().map_or(0, |chunk| chunk.partition_point(|point| point.at < start));
        chunks.iter().flat_map(|chunk| chunk.iter()).skip(skipped)
    }

    /// All samples from `start` up to, not including, `end`; of one unit when one is named.
    pub fn between(&self, start: SimTime, end: SimTime, unit: Option<&str>) -> Option<Point> {
        let inside = self.from(start).take_while(|point| point.at < end);
        let mut fitting = inside.filter(|point| unit.is_none_or(|unit| *point.unit == *unit));
        let mut all = Point { at: start, ..fitting.next()?.clone() };
        fitting.for_each(|point| all.add(point));
        Some(all)
    }

    /// A statistic for each place of a grid; of samples of one unit when one is named.
    pub fn line(&self, grid: &Grid, statistic: &Statistic, unit: Option<&str>) -> Points {
        let mut line = alloc::vec![None; grid.count];
        let mut set =
            |place: usize, value: Option<f64>| line.iter_mut().skip(place).take(1).for_each(|own| *own = value);
        let mut open: Option<(usize, Cow<'_, Point>)> = None;
        let (start, end) = (grid.start.as_millis(), grid.end());
        for point in self.from(grid.start).take_while(|point| point.at < end) {
            if unit.is_some_and(|unit| *point.unit != *unit) {
                continue;
            }
            let place = ((point.at.as_millis() - start) / grid.step) as usize;
            match &mut open {
                Some((own, sum)) if *own == place => sum.to_mut().add(point),
                _ => {
                    if let Some((own, sum)) = open.replace((place, Cow::Borrowed(point))) {
                        set(own, statistic.of(&sum));
                    }
                }
            }
        }
        if let Some((own, sum)) = open {
            set(own, statistic.of(&sum));
        }
        line
    }

    /// The points of `period` seconds each that begin from `start` up to, not including, `end`, oldest first.
    pub fn points(&self, start: SimTime, end: SimTime, period: i64, unit: Option<&str>) -> Vec<Point> {
        let period = period.max(1) * 1000;
        let floor = |at: SimTime| at.as_millis().div_euclid(period) * period;
        let mut found: Vec<Point> = Vec::new();
        let from = SimTime::from_millis(floor(start));
        for point in self.from(from).take_while(|point| point.at < end) {
            if unit.is_some_and(|unit| *point.unit != *unit) {
                continue;
            }
            let at = SimTime::from_millis(floor(point.at));
            match found.last_mut().filter(|last| last.at == at) {
                Some(last) => last.add(point),
                None => found.push(Point { at, ..point.clone() }),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> SimTime {
        SimTime::from_millis(second * 1000)
    }

    #[test]
    fn statistics_of_samples_of_one_period() {
        let unit: Rc<str> = "Percent".into();
        let mut series = Series::default();
        for (second, value) in [(60, 10.0), (0, 1.0), (60, 30.0), (80, 5.0), (120, 7.0)] {
            series.add(Point::one(at(second), value, &unit));
        }
        let minute = series.between(at(60), at(120), None).unwrap();
        let of = |name: &str| Statistic::parse(name).unwrap();
        for (name, value) in
            [("Average", 15.0), ("Sum", 45.0), ("Minimum", 5.0), ("Maximum", 30.0), ("SampleCount", 3.0), ("p50", 10.0)]
        {
            assert_eq!(of(name).of(&minute), Some(value), "{name}");
        }
        for value in [0.1, 0.2] {
            series.add(Point::one(at(600), value, &unit));
        }
        let average = series.between(at(600), at(660), None).and_then(|point| of("Average").of(&point));
        assert_eq!(average, Some(0.15), "not 0.15000000000000002");
        let grid = Grid { start: at(0), step: 60_000, count: 11 };
        let mut line = alloc::vec![None; 11];
        (line[0], line[1], line[2], line[10]) = (Some(1.0), Some(15.0), Some(7.0), Some(0.15));
        assert_eq!(series.line(&grid, &of("Average"), None), line);
        let grid = Grid { start: at(60), step: 120_000, count: 1 };
        assert_eq!(series.line(&grid, &of("Sum"), Some("Percent")), [Some(52.0)]);
        assert_eq!(series.line(&grid, &of("Sum"), Some("Count")), [None]);
        assert_eq!(series.between(at(180), at(240), None), None, "no sample is no point");
        assert_eq!(series.between(at(0), at(240), Some("Count")), None);
        let sums = series.points(at(30), at(121), 60, None);
        assert_eq!(
            sums.iter().map(|p| (p.at, p.sum)).collect::<Vec<_>>(),
            [(at(0), 1.0), (at(60), 45.0), (at(120), 7.0)]
        );
        assert_eq!(series.points(at(0), at(200), 300, None).len(), 1);
    }

    /// However many different values come, the samples stay few, and a percentile near its place.
    #[test]
    fn a_point_keeps_few_values_apart() {
        let unit: Rc<str> = "None".into();
        let mut all = Point::one(at(0), 0.0, &unit);
        for value in 1..2000 {
            all.add(&Point::one(at(0), f64::from(value), &unit));
        }
        assert!(all.values.as_ref().unwrap().len() <= APART);
        assert_eq!(all.values.as_ref().unwrap().iter().map(|(_, count)| count).sum::<f64>(), 2000.0);
        let median = Statistic::parse("p50").unwrap().of(&all).unwrap();
        assert!((980.0..1020.0).contains(&median), "{median}");
    }

    #[test]
    fn points_of_more_than_15_days_ago_go() {
        let unit: Rc<str> = "Count".into();
        let mut series = Series::default();
        for minute in 0..25_000 {
            series.add(Point::one(at(minute * 60), 1.0, &unit));
        }
        let kept = series.from(at(0)).count();
        assert!((21_600..=21_600 + CHUNK).contains(&kept), "{kept}");
    }

    #[test]
    fn what_comes_late_finds_its_place() {
        let unit: Rc<str> = "Count".into();
        let mut series = Series::default();
        let even = |minute: &i64| minute % 2 == 0;
        let odd = |minute: &i64| minute % 2 == 1;
        for minute in (0..1000).filter(even).chain((0..1000).rev().filter(odd)).chain([500, 501]) {
            series.add(Point::one(at(minute * 60), minute as f64, &unit));
        }
        let all = series.points(at(0), at(60_000), 60, None);
        assert_eq!(all.len(), 1000);
        assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
        assert_eq!((all[500].count, all[501].count, all[502].count), (2.0, 2.0, 1.0));
        assert_eq!(series.between(at(499 * 60), at(503 * 60), None).map(|own| own.sum), Some(3003.0));
    }
}
