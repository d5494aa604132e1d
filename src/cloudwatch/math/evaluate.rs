//! The value of a query on a grid.

use super::Math;
use super::functions::{Fold, operate, real, repeated, straight};
use super::kind::{Expr, Filler};
use super::read::Op;
use crate::sim::{SimTime, order};
use alloc::vec::Vec;

/// Places for points: how many, from when on, and how far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// When the first begins.
    pub start: SimTime,
    /// Milliseconds from one to the next.
    pub step: i64,
    /// How many.
    pub count: usize,
}

impl Grid {
    /// When a place begins.
    pub fn at(&self, place: usize) -> SimTime {
        SimTime::from_millis(self.start.as_millis() + place as i64 * self.step)
    }

    /// When the last ends.
    pub fn end(&self) -> SimTime {
        self.at(self.count)
    }
}

/// A point or none for each place of a grid.
pub type Points = Vec<Option<f64>>;

/// A time series, and the query that it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The place of that query.
    pub of: usize,
    /// Its points.
    pub points: Points,
}

#[derive(Clone, Debug)]
enum Value {
    /// None where it cannot be computed.
    Scalar(Option<f64>),
    Series(Line),
    Array(Vec<Line>),
}

impl Math {
    /// The time series of a query, mostly one. `metric` gives the points of a metric.
    pub fn evaluate(&self, query: usize, grid: &Grid, metric: &mut dyn FnMut(usize) -> Points) -> Vec<Line> {
        let needs = self.items.get(query).map(|own| own.needs.as_slice()).unwrap_or_default();
        let mut scope = Scope { grid, known: Vec::new() };
        for place in needs {
            let value = match self.items.get(*place).and_then(|own| own.expression.as_ref()) {
                Some(expression) => scope.value(expression),
                None => Value::Series(Line { of: *place, points: metric(*place) }),
            };
            scope.known.push((*place, value));
        }
        match scope.known.pop() {
            Some((_, value)) => value.lines(),
            None => Vec::new(),
        }
    }
}

impl Value {
    fn lines(self) -> Vec<Line> {
        match self {
            Value::Scalar(_) => Vec::new(),
            Value::Series(own) => Vec::from([own]),
            Value::Array(all) => all,
        }
    }

    fn scalar(self) -> Option<f64> {
        if let Value::Scalar(own) = self { own } else { None }
    }

    /// With each series changed.
    fn map(self, change: impl Fn(Points) -> Points) -> Self {
        let line = |own: Line| Line { of: own.of, points: change(own.points) };
        match self {
            Value::Scalar(own) => Value::Scalar(own),
            Value::Series(own) => Value::Series(line(own)),
            Value::Array(all) => Value::Array(all.into_iter().map(line).collect()),
        }
    }
}

struct Scope<'a> {
    grid: &'a Grid,
    /// Queries with what they came to.
    known: Vec<(usize, Value)>,
}

impl Scope<'_> {
    fn value(&self, expr: &Expr) -> Value {
        match expr {
            Expr::Number(own) => Value::Scalar(Some(*own)),
            Expr::Query(place) => {
                let known = self.known.iter().find(|(own, _)| own == place);
                known.map_or(Value::Scalar(None), |(_, value)| value.clone())
            }
            Expr::List(all) => Value::Array(all.iter().flat_map(|own| self.lines(own)).collect()),
            Expr::Negative(own) => match self.value(own) {
                Value::Scalar(own) => Value::Scalar(own.map(|own| -own)),
                other => other.map(|points| points.into_iter().map(|own| own.map(|own| -own)).collect()),
            },
            Expr::Binary(op, both) => {
                let [left, right] = both.as_ref();
                binary(*op, self.value(left), self.value(right))
            }
            Expr::Each(each, own) => self.value(own).map(|points| each.of(&points, self.grid)),
            Expr::Fold(fold, own) => match self.value(own) {
                Value::Array(all) => Value::Series(together(*fold, &all, self.grid)),
                Value::Series(own) => Value::Scalar(fold.of(own.points.iter().flatten().copied(), None)),
                other => other,
            },
            Expr::Part(part, own) => {
                let moments = |count: usize| (0..count).map(|place| Some(part.of(self.grid.at(place)))).collect();
                self.value(own).map(|points| moments(points.len()))
            }
            Expr::Fill(own, filler) => self.fill(own, filler),
            Expr::If(both, other) => {
                let [condition, then] = both.as_ref();
                self.choose(condition, then, other.as_deref())
            }
            Expr::MetricCount(own) => Value::Scalar(Some(self.lines(own).len() as f64)),
            Expr::RemoveEmpty(own) => {
                let some = |own: &Line| own.points.iter().any(Option::is_some);
                Value::Array(self.lines(own).into_iter().filter(some).collect())
            }
            Expr::End(first, own) => {
                let mut all = self.lines(own).into_iter();
                let end = if *first { all.next() } else { all.next_back() };
                Value::Series(end.unwrap_or_else(|| self.empty()))
            }
            Expr::Slice(both, to) => {
                let [own, from] = both.as_ref();
                let to = to.as_deref().map_or(usize::MAX, |to| self.count(to));
                let from = self.count(from);
                Value::Array(self.lines(own).into_iter().take(to).skip(from).collect())
            }
            Expr::Sort(own, by, down, most) => self.sort(own, *by, *down, most.as_deref()),
            Expr::TimeSeries(own) => {
                let value = self.value(own).scalar();
                Value::Series(Line { points: alloc::vec![value; self.grid.count], ..self.empty() })
            }
        }
    }

    fn lines(&self, expr: &Expr) -> Vec<Line> {
        self.value(expr).lines()
    }

    fn empty(&self) -> Line {
        Line { of: usize::MAX, points: alloc::vec![None; self.grid.count] }
    }

    /// A number as a count; what is below 0, or no number, is 0.
    fn count(&self, expr: &Expr) -> usize {
        self.value(expr).scalar().unwrap_or(0.0) as usize
    }

    fn fill(&self, own: &Expr, filler: &Filler) -> Value {
        let own = self.value(own);
        let with = match filler {
            Filler::Repeat => return own.map(|points| repeated(&points)),
            Filler::Linear => return own.map(|points| straight(&points)),
            Filler::With(with) => self.value(with),
        };
        own.map(|points| match &with {
            Value::Scalar(value) => points.into_iter().map(|own| own.or(*value)).collect(),
            Value::Series(line) => points.into_iter().zip(&line.points).map(|(own, with)| own.or(*with)).collect(),
            Value::Array(_) => points,
        })
    }

    /// IF: where the condition is a time series, each of its points chooses. A point that is not there is 0 of what is
    /// chosen when true, and none of the other.
    fn choose(&self, condition: &Expr, then: &Expr, other: Option<&Expr>) -> Value {
        let line = match self.value(condition) {
            Value::Series(line) => line,
            Value::Scalar(Some(0.0)) => return other.map_or(Value::Series(self.empty()), |own| self.value(own)),
            Value::Scalar(Some(_)) => return self.value(then),
            _ => return Value::Series(self.empty()),
        };
        let (then, other) = (self.value(then), other.map(|own| self.value(own)));
        let at = |value: &Value, place: usize| match value {
            Value::Scalar(own) => *own,
            Value::Series(line) => line.points.get(place).copied().flatten(),
            Value::Array(_) => None,
        };
        let choose = |(place, own): (usize, &Option<f64>)| match own {
            None => None,
            Some(0.0) => at(other.as_ref()?, place),
            Some(_) => at(&then, place).or_else(|| matches!(then, Value::Series(_)).then_some(0.0)),
        };
        Value::Series(Line { of: line.of, points: line.points.iter().enumerate().map(choose).collect() })
    }

    /// SORT: a series without points stands last.
    fn sort(&self, own: &Expr, by: Fold, down: bool, most: Option<&Expr>) -> Value {
        let value = |own: &Line| by.of(own.points.iter().flatten().copied(), None);
        let mut all: Vec<(Option<f64>, Line)> = self.lines(own).into_iter().map(|own| (value(&own), own)).collect();
        order::sort_by(&mut all, |(left, _), (right, _)| match (left, right) {
            (Some(left), Some(right)) if down => right.total_cmp(left),
            (Some(left), Some(right)) => left.total_cmp(right),
            (left, right) => right.is_some().cmp(&left.is_some()),
        });
        let most = most.map_or(usize::MAX, |most| self.count(most));
        Value::Array(all.into_iter().take(most).map(|(_, own)| own).collect())
    }
}

/// An operator between values. Where one of two series has no point it counts as 0; where none has one there is none.
fn binary(op: Op, left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            Value::Scalar(left.zip(right).and_then(|(left, right)| operate(op, left, right)))
        }
        (Value::Scalar(left), right) => {
            right.map(|points| points.into_iter().map(|own| operate(op, left?, own?)).collect())
        }
        (left, Value::Scalar(right)) => {
            left.map(|points| points.into_iter().map(|own| operate(op, own?, right?)).collect())
        }
        (Value::Series(left), right) => right.map(|points| pairs(op, &left.points, &points)),
        (left, Value::Series(right)) => left.map(|points| pairs(op, &points, &right.points)),
        (left, Value::Array(_)) => left,
    }
}

fn pairs(op: Op, left: &Points, right: &Points) -> Points {
    let pair = |(left, right): (&Option<f64>, &Option<f64>)| {
        left.or(*right)?;
        operate(op, left.unwrap_or(0.0), right.unwrap_or(0.0))
    };
    left.iter().zip(right).map(pair).collect()
}

/// One series of an array: at each place the number of the points that are there.
fn together(fold: Fold, all: &[Line], grid: &Grid) -> Line {
    let at = |place: usize| {
        let points = all.iter().filter_map(|own| own.points.get(place).copied().flatten());
        points.clone().next()?;
        fold.of(points, Some(all.len())).and_then(real)
    };
    let of = all.first().map_or(usize::MAX, |own| own.of);
    Line { of, points: (0..grid.count).map(at).collect() }
}
