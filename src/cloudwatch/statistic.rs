//! Statistics: what a period's samples come to.
//!
//! Source: CloudWatch user guide, "CloudWatch statistics definitions", read 2026-11-22. Percentiles and what is trimmed
//! need the samples themselves: of a set of statistics they are known only where all samples are alike.

use super::series::Point;
use alloc::rc::Rc;

/// A statistic by its name: `Average`, `p99`, `tm90`, `TS(5%:95%)`, `PR(:0.3)`, `IQM`.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    name: Rc<str>,
    how: How,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    SampleCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    /// p: the value below or at which such a part of the samples lies.
    Percentile(f64),
    /// What the samples in a range come to.
    Within(Measure, Range),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    /// TM: their mean.
    Mean,
    /// WM: the mean of all, those outside moved to the ends of the range.
    Winsorized,
    /// TC: their count.
    Count,
    /// TS: their sum.
    Sum,
    /// PR: which percentage they are.
    Percent,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Range {
    /// From one part of the samples, lowest first, to another; both from 0 to 1.
    Ranks(f64, f64),
    /// Values above the first and up to the second.
    Values(f64, f64),
}

impl Statistic {
    /// From AWS's word; none for what is no statistic.
    pub fn parse(name: &str) -> Option<Self> {
        let how = match name {
            "SampleCount" => How::SampleCount,
            "Sum" => How::Sum,
            "Average" => How::Average,
            "Minimum" => How::Minimum,
            "Maximum" => How::Maximum,
            _ => extended(name)?,
        };
        Some(Self { name: name.into(), how })
    }

    /// Its name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is given as an extended statistic: any but the five simple ones.
    pub fn is_extended(&self) -> bool {
        matches!(self.how, How::Percentile(_) | How::Within(..))
    }

    /// Samples below which a percentile tells little: 10 / (1 - p), or 10 / p for low ones. None for other statistics.
    pub fn needed(&self) -> Option<f64> {
        match self.how {
            // 10 / (1 - 0.9) is a little more than 100.
            How::Percentile(part) if part < 0.5 => Some(10.0 / part - 1e-6),
            How::Percentile(part) => Some(10.0 / (1.0 - part) - 1e-6),
            _ => None,
        }
    }

    /// What the samples of a point come to; none where that cannot be known.
    pub fn of(&self, point: &Point) -> Option<f64> {
        match self.how {
            How::SampleCount => Some(point.count),
            How::Sum => Some(point.sum),
            How::Average => Some(clean(point.sum / point.count)),
            How::Minimum => Some(point.min),
            How::Maximum => Some(point.max),
            How::Percentile(part) => point.samples(|all| at_rank(all, part * point.count)),
            How::Within(measure, range) => point.samples(|all| within(all, point.count, measure, range)).flatten(),
        }
    }
}

/// Without what adding fractions leaves behind the ninth decimal: a metric that is at its threshold is not above it.
pub(super) fn clean(value: f64) -> f64 {
    let shifted = value * 1e9;
    if !(-1e18..1e18).contains(&shifted) {
        return value;
    }
    (shifted + if shifted < 0.0 { -0.5 } else { 0.5 }) as i64 as f64 / 1e9
}

fn extended(name: &str) -> Option<How> {
    if name.eq_ignore_ascii_case("IQM") {
        return Some(How::Within(Measure::Mean, Range::Ranks(0.25, 0.75)));
    }
    if let Some(rest) = name.strip_prefix(['p', 'P']).filter(|rest| rest.starts_with(|own: char| own.is_ascii_digit()))
    {
        return Some(How::Percentile(part(rest)?));
    }
    let (measure, rest) = name.split_at_checked(2)?;
    let measure = match measure.to_ascii_uppercase().as_str() {
        "TM" => Measure::Mean,
        "WM" => Measure::Winsorized,
        "TC" => Measure::Count,
        "TS" => Measure::Sum,
        "PR" => Measure::Percent,
        _ => return None,
    };
    let range = match rest.strip_prefix('(') {
        None if measure == Measure::Percent => return None,
        None => Range::Ranks(0.0, part(rest)?),
        Some(rest) => bounds(rest.strip_suffix(')')?)?,
    };
    let fits = measure != Measure::Percent || matches!(range, Range::Values(..));
    fits.then_some(How::Within(measure, range))
}

/// A percentage as a part of 1, with ten decimals at most.
fn part(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|own| own.is_ascii_digit() || own == b'.');
    let value = text.parse::<f64>().ok().filter(|own| plain && (0.0..=100.0).contains(own))?;
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    (decimals <= 10).then_some(value / 100.0)
}

/// `10%:90%`, `:90%`, `100:`, where one bound may be left out.
fn bounds(text: &str) -> Option<Range> {
    let (from, to) = text.split_once(':')?;
    if text.contains('%') {
        let bound = |text: &str, open: f64| if text.is_empty() { Some(open) } else { part(text.strip_suffix('%')?) };
        let (from, to) = (bound(from, 0.0)?, bound(to, 1.0)?);
        return (from < to).then_some(Range::Ranks(from, to));
    }
    let bound = |text: &str, open: f64| if text.is_empty() { Some(open) } else { text.parse::<f64>().ok() };
    let (low, high) = (bound(from, f64::NEG_INFINITY)?, bound(to, f64::INFINITY)?);
    (low < high && text != ":").then_some(Range::Values(low, high))
}

/// The value of the sample of that rank; the samples are values with counts, the lowest first.
fn at_rank(all: &[(f64, f64)], rank: f64) -> f64 {
    let mut passed = 0.0;
    for (value, count) in all {
        passed += count;
        // 0.99 × 100 is not always 99.
        if passed >= rank - 1e-9 {
            return *value;
        }
    }
    all.last().map_or(0.0, |(value, _)| *value)
}

fn within(all: &[(f64, f64)], count: f64, measure: Measure, range: Range) -> Option<f64> {
    let (mut inside, mut sum, mut passed, mut moved) = (0.0, 0.0, 0.0, 0.0);
    let ends = match range {
        Range::Ranks(from, to) => (at_rank(all, from * count), at_rank(all, to * count)),
        Range::Values(low, high) => (low, high),
    };
    for (value, own) in all {
        let part = match range {
            Range::Ranks(from, to) => {
                let (low, high) = ((from * count).max(passed), (to * count).min(passed + own));
                if high > low { high - low } else { 0.0 }
            }
            Range::Values(low, high) if *value > low && *value <= high => *own,
            Range::Values(..) => 0.0,
        };
        passed += own;
        inside += part;
        sum += value * part;
        moved += (own - part) * value.clamp(ends.0, ends.1);
    }
    match measure {
        Measure::Mean => Some(sum / inside).filter(|_| inside > 0.0),
        Measure::Winsorized => Some((sum + moved) / count).filter(|own| own.is_finite()),
        Measure::Count => Some(inside),
        Measure::Sum => Some(sum),
        Measure::Percent => Some(inside / count * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::SimTime;

    /// The samples 1 to 100.
    fn hundred() -> Point {
        let unit = Rc::from("None");
        let mut all = Point::one(SimTime::default(), 1.0, &unit);
        (2..=100).rev().for_each(|value| all.add(&Point::one(SimTime::default(), f64::from(value), &unit)));
        all
    }

    #[test]
    fn table_of_statistics() {
        let all = hundred();
        for (name, value) in [
            ("SampleCount", 100.0),
            ("Sum", 5050.0),
            ("Average", 50.5),
            ("Minimum", 1.0),
            ("Maximum", 100.0),
            ("p0", 1.0),
            ("p50", 50.0),
            ("p95.45", 96.0),
            ("p99", 99.0),
            ("p99.9", 100.0),
            ("p100", 100.0),
            ("tm90", 45.5),
            ("TM(10%:90%)", 50.5),
            ("TM(80%:)", 90.5),
            ("TM(:3)", 2.0),
            ("IQM", 50.5),
            ("tc90", 90.0),
            ("TC(10:20)", 10.0),
            ("ts10", 55.0),
            ("TS(10:20)", 155.0),
            ("PR(:25)", 25.0),
            ("PR(90:)", 10.0),
            ("wm98", 50.47),
        ] {
            let own = Statistic::parse(name).unwrap_or_else(|| panic!("{name}"));
            let found = own.of(&all).unwrap();
            assert!((found - value).abs() < 1e-9, "{name}: {found}");
        }
    }

    #[test]
    fn words_that_are_no_statistics() {
        for name in [
            "",
            "average",
            "p",
            "p101",
            "p-1",
            "p9.12345678901",
            "px",
            "tm",
            "tm101",
            "PR90",
            "PR(10%:90%)",
            "TM()",
            "TM(90%:10%)",
            "TM(5:2)",
            "TM(1:2",
            "PR(:)",
            "é",
            "pé",
        ] {
            assert_eq!(Statistic::parse(name), None, "{name}");
        }
    }

    /// A set of statistics tells a percentile only where all its samples are alike, and none where one is negative.
    #[test]
    fn what_a_set_of_statistics_hides() {
        let p90 = Statistic::parse("p90").unwrap();
        let unit: Rc<str> = Rc::from("None");
        let one = |value: f64| Point::one(SimTime::default(), value, &unit);
        let set =
            |count: f64, min: f64, max: f64| Point { count, sum: (min + max) / 2.0 * count, min, max, ..one(0.0) };
        let both = |mut left: Point, right: Point| {
            left.add(&right);
            p90.of(&left)
        };
        assert_eq!(p90.of(&set(10.0, 1.0, 2.0)), None);
        assert_eq!(p90.of(&set(10.0, 2.0, 2.0)), Some(2.0));
        assert_eq!(both(set(10.0, 2.0, 2.0), one(3.0)), Some(2.0));
        assert_eq!(both(one(3.0), set(10.0, 1.0, 2.0)), None);
        assert_eq!(p90.of(&one(-1.0)), None);
    }

    #[test]
    fn samples_that_a_percentile_needs() {
        for (name, needed) in [("p99", Some(1000.0)), ("p50", Some(20.0)), ("p10", Some(100.0)), ("tm90", None)] {
            let needed: Option<f64> = needed;
            let found = Statistic::parse(name).unwrap().needed();
            assert_eq!(found.map(|own| (own + 0.5) as u32), needed.map(|own| own as u32), "{name}");
        }
    }

    #[test]
    fn averages_lose_what_adding_fractions_leaves() {
        for value in [60.00000000000001, -60.00000000000001, 0.0, 1e12, f64::MAX, 1e-12] {
            assert!((clean(value) - value).abs() <= 1e-9, "{value}");
        }
        assert_eq!(clean(60.00000000000001), 60.0);
    }
}
