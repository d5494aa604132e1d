//! What functions do with points, time series and arrays of them.

use super::evaluate::{Grid, Points};
use super::read::Op;
use crate::sim::SimTime;
use alloc::vec::Vec;

/// Functions that make of each time series another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    Abs,
    Ceil,
    Floor,
    Log,
    Log10,
    Diff,
    DiffTime,
    Rate,
    RunningSum,
}

/// Functions that make a number of a time series, and one time series of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Avg,
    Count,
    Max,
    Min,
    StdDev,
    Sum,
}

/// Functions that tell a part of the moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Minute,
    Hour,
    Day,
    Date,
    Month,
    Year,
    Epoch,
}

impl Each {
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "ABS" => Self::Abs,
            "CEIL" => Self::Ceil,
            "FLOOR" => Self::Floor,
            "LOG" => Self::Log,
            "LOG10" => Self::Log10,
            "DIFF" => Self::Diff,
            "DIFF_TIME" => Self::DiffTime,
            "RATE" => Self::Rate,
            "RUNNING_SUM" => Self::RunningSum,
            _ => return None,
        })
    }

    /// The series that it makes.
    pub fn of(self, points: &Points, grid: &Grid) -> Points {
        let alone = match self {
            Each::Abs => libm::fabs,
            Each::Ceil => libm::ceil,
            Each::Floor => libm::floor,
            Each::Log => libm::log,
            Each::Log10 => libm::log10,
            Each::RunningSum => {
                let mut sum = 0.0;
                return points.iter().map(|own| own.map(|own| sum += own).and_then(|()| real(sum))).collect();
            }
            Each::Diff | Each::DiffTime | Each::Rate => {
                let mut last: Option<(f64, f64)> = None;
                let step = grid.step as f64 / 1000.0;
                let at = |place: usize| place as f64 * step;
                let change = |(place, own): (usize, &Option<f64>)| {
                    let own = (*own)?;
                    let (then, before) = last.replace((at(place), own))?;
                    real(match self {
                        Each::Diff => own - before,
                        Each::DiffTime => at(place) - then,
                        _ => (own - before) / (at(place) - then),
                    })
                };
                return points.iter().enumerate().map(change).collect();
            }
        };
        points.iter().map(|own| own.and_then(|own| real(alone(own)))).collect()
    }
}

impl Fold {
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "AVG" => Self::Avg,
            "DATAPOINT_COUNT" => Self::Count,
            "MAX" => Self::Max,
            "MIN" => Self::Min,
            "STDDEV" => Self::StdDev,
            "SUM" => Self::Sum,
            _ => return None,
        })
    }

    /// The number of these values, of `all` that there could be: AVG of an array counts a missing value as 0. Without a
    /// value there is a sum and a count, and nothing else.
    pub fn of(self, values: impl Iterator<Item = f64> + Clone, all: Option<usize>) -> Option<f64> {
        let (mut count, mut sum) = (0.0, 0.0);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for own in values.clone() {
            count += 1.0;
            sum += own;
            least = if own < least { own } else { least };
            most = if own > most { own } else { most };
        }
        real(match self {
            Fold::Count => count,
            Fold::Sum => sum,
            Fold::Avg if count > 0.0 => sum / all.map_or(count, |all| all as f64),
            Fold::StdDev if count > 0.0 => {
                let mean = sum / count;
                libm::sqrt(values.map(|own| (own - mean) * (own - mean)).sum::<f64>() / count)
            }
            Fold::Min => least,
            Fold::Max => most,
            Fold::Avg | Fold::StdDev => return None,
        })
    }
}

impl Part {
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "MINUTE" => Self::Minute,
            "HOUR" => Self::Hour,
            "DAY" => Self::Day,
            "DATE" => Self::Date,
            "MONTH" => Self::Month,
            "YEAR" => Self::Year,
            "EPOCH" => Self::Epoch,
            _ => return None,
        })
    }

    /// That part of a moment in UTC; days of the week are 1, Monday, to 7, Sunday.
    pub fn of(self, at: SimTime) -> f64 {
        let civil = at.civil();
        match self {
            Part::Minute => f64::from(civil.minute),
            Part::Hour => f64::from(civil.hour),
            // 1970-01-01 was a Thursday.
            Part::Day => ((at.as_millis().div_euclid(86_400_000) + 3).rem_euclid(7) + 1) as f64,
            Part::Date => f64::from(civil.day),
            Part::Month => f64::from(civil.month),
            Part::Year => civil.year as f64,
            Part::Epoch => at.as_millis().div_euclid(1000) as f64,
        }
    }
}

/// A result that is a number: a point that divides by zero, or leaves the numbers, is dropped.
pub fn real(value: f64) -> Option<f64> {
    Some(value).filter(|own| own.is_finite())
}

/// What an operator makes of two values.
pub fn operate(op: Op, left: f64, right: f64) -> Option<f64> {
    let truth = |own: bool| if own { 1.0 } else { 0.0 };
    real(match op {
        Op::Or => truth(left != 0.0 || right != 0.0),
        Op::And => truth(left != 0.0 && right != 0.0),
        Op::Equal => truth(left == right),
        Op::Unequal => truth(left != right),
        Op::Less => truth(left < right),
        Op::LessOrEqual => truth(left <= right),
        Op::Greater => truth(left > right),
        Op::GreaterOrEqual => truth(left >= right),
        Op::Add => left + right,
        Op::Subtract => left - right,
        Op::Multiply => left * right,
        Op::Divide => left / right,
        Op::Power => libm::pow(left, right),
    })
}

/// A series with the last point before each gap in it.
pub fn repeated(points: &Points) -> Points {
    let mut last = None;
    let next = |own: &Option<f64>| {
        last = own.or(last);
        last
    };
    points.iter().map(next).collect()
}

/// A series with a straight line over each gap that has two ends.
pub fn straight(points: &Points) -> Points {
    let mut filled = points.clone();
    let known: Vec<(usize, f64)> =
        points.iter().enumerate().filter_map(|(place, own)| Some((place, (*own)?))).collect();
    for pair in known.windows(2) {
        let [(from, first), (to, last)] = pair else { continue };
        let slope = (last - first) / (to - from) as f64;
        for (steps, gap) in filled.iter_mut().take(*to).skip(from + 1).enumerate() {
            *gap = real(first + slope * (steps + 1) as f64);
        }
    }
    filled
}
