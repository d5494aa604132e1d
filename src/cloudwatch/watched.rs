//! What is watched: one statistic of one metric, or an expression over several.

use super::call::{metric, text};
use super::math::{Asked, Grid, Line, Math, Points};
use super::series::{Metric, Series};
use super::statistic::Statistic;
use crate::aws::ApiError;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Metrics of an alarm on an expression at most.
const MOST_METRICS: usize = 10;

/// A statistic of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Stat {
    /// Which metric.
    pub metric: Metric,
    /// Such as `Average` or `p99`.
    pub statistic: Statistic,
    /// Unit of the samples that count, when one is named.
    pub unit: Option<String>,
    /// Seconds from point to point.
    pub period: i64,
}

impl Stat {
    fn line(&self, grid: &Grid, series: Option<&Series>) -> Points {
        match series {
            Some(series) => series.line(grid, &self.statistic, self.unit.as_deref()),
            None => alloc::vec![None; grid.count],
        }
    }
}

/// One time series.
#[derive(Clone, Debug)]
pub enum Watched {
    /// A statistic of a metric.
    Metric(Stat),
    /// The one of several queries that returns data.
    Math(Rc<Formula>),
}

/// Queries of which one gives the series.
#[derive(Clone, Debug)]
pub struct Formula {
    queries: Queries,
    /// The place of that one.
    shown: usize,
    period: i64,
}

/// The MetricDataQueries of a request.
#[derive(Clone, Debug)]
pub struct Queries {
    /// As they came.
    pub all: Vec<Query>,
    math: Math,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Query {
    /// Id.
    pub id: String,
    /// Label.
    pub label: Option<String>,
    /// ReturnData.
    pub returns: bool,
    /// MetricStat; none for an expression.
    pub stat: Option<Stat>,
    /// Expression; empty for a metric.
    pub expression: String,
}

/// What is wrong with a list of queries.
#[derive(Clone, Debug)]
pub struct Bad {
    /// Where, after the name of the list: `[1].Expression`.
    path: String,
    message: String,
    ours: bool,
    /// What the lab does not simulate, if it is that.
    foreign: Option<String>,
}

impl Bad {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), ours: false, foreign: None }
    }

    fn ours(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { ours: true, ..Self::new(path, message) }
    }

    /// As a refusal with this code, about the list of that name.
    pub fn refusal(self, code: &'static str, list: &str) -> ApiError {
        let error = match self.foreign {
            Some(what) => ApiError::not_simulated(&what),
            None => ApiError::new(code, self.message),
        };
        let error = error.at(format!("{list}{}", self.path));
        if self.ours { error.in_our_words() } else { error }
    }
}

impl Queries {
    /// Reads the queries of a list; `period` is that of metrics which cannot say one.
    ///
    /// # Errors
    /// In CloudWatch's words where they are known.
    pub fn read(list: &Value, period: Option<i64>) -> Result<Self, Bad> {
        let mut all: Vec<Query> = Vec::new();
        let mut periods = Vec::new();
        for (index, given) in list.as_array().into_iter().flatten().enumerate() {
            let own = query(index, given, period)?;
            if all.iter().any(|other| other.id == own.id) {
                let message = "The values for parameter id in MetricDataQueries are not unique.";
                return Err(Bad::new(format!("[{index}].Id"), message));
            }
            periods.push(given["Period"].as_i64());
            all.push(own);
        }
        let mut named: Vec<(&str, Asked<'_>)> = Vec::new();
        for (own, period) in all.iter().zip(&periods) {
            named.push((&own.id, asked(own, *period)));
        }
        let math = Math::read(&named).map_err(|fault| {
            let path = format!("[{}].Expression", fault.query);
            Bad { foreign: fault.foreign, ..Bad::ours(path, fault.text) }
        })?;
        Ok(Self { all, math })
    }

    /// The seconds from point to point of a query.
    pub fn period(&self, query: usize) -> Option<i64> {
        self.math.period(query)
    }

    /// Points that a query computes for each of its own.
    pub fn cost(&self, query: usize) -> usize {
        self.math.cost(query)
    }

    /// The series of a query on a grid; `find` leads from a metric's query to its points.
    pub fn lines<'a>(&self, query: usize, grid: &Grid, find: impl Fn(usize, &Stat) -> Option<&'a Series>) -> Vec<Line> {
        let mut metric = |place: usize| {
            let stat = self.all.get(place).and_then(|own| own.stat.as_ref());
            stat.map(|stat| stat.line(grid, find(place, stat))).unwrap_or_default()
        };
        self.math.evaluate(query, grid, &mut metric)
    }

    /// The label of a series of a query: its own, or that of the query, before that of the metric it comes from where the
    /// query gives several.
    pub fn label(&self, query: usize, origin: usize) -> String {
        let of = |place: usize| {
            let own = self.all.get(place)?;
            Some(own.label.as_deref().unwrap_or(own.stat.as_ref().map_or(&own.id, |stat| &stat.metric.name)))
        };
        let own = of(query).unwrap_or_default();
        match of(origin).filter(|_| !self.math.is_single(query)) {
            Some(metric) if own.is_empty() => metric.to_string(),
            Some(metric) => format!("{own} {metric}"),
            None => own.to_string(),
        }
    }
}

fn asked(own: &Query, period: Option<i64>) -> Asked<'_> {
    match &own.stat {
        Some(stat) => Asked::Metric { period: stat.period },
        None => Asked::Expression { text: &own.expression, period },
    }
}

fn query(index: usize, given: &Value, period: Option<i64>) -> Result<Query, Bad> {
    let path = |member: &str| format!("[{index}].{member}");
    let named = |member: &str| format!("MetricDataQueries.member.{}.{member}", index + 1);
    let id = text(&given["Id"]);
    let plain = |own: char| own.is_ascii_alphanumeric() || own == '_';
    if !id.starts_with(|own: char| own.is_ascii_lowercase()) || !id.chars().all(plain) {
        let message = format!(
            "The value {id} for parameter {} is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
            named("Id")
        );
        return Err(Bad::new(path("Id"), message));
    }
    let (asked, expression) = (&given["MetricStat"], &given["Expression"]);
    if asked.is_null() == expression.is_null() {
        let message = format!("Query '{id}' must have either MetricStat or Expression.");
        return Err(Bad::ours(path("MetricStat"), message));
    }
    let stat = match asked {
        Value::Null => None,
        asked => Some(stat(asked, period).map_err(|member| match member {
            "Stat" => {
                let message = format!("The value for parameter {} is not a valid statistic.", named("MetricStat.Stat"));
                Bad::new(path("MetricStat.Stat"), message)
            }
            "Period" => {
                let message = "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.";
                Bad::ours(path("MetricStat.Period"), message)
            }
            _ => Bad::ours(path("MetricStat.Metric"), format!("The metric of query '{id}' needs a {member}.")),
        })?),
    };
    if stat.is_none() && given["Period"].as_i64().is_some_and(|own| !is_period(own)) {
        let message = "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.";
        return Err(Bad::ours(path("Period"), message));
    }
    let label = given["Label"].as_str().map(String::from);
    Ok(Query { id, label, returns: given["ReturnData"] != false, stat, expression: text(expression) })
}

/// Whether points may come each so many seconds.
pub fn is_period(seconds: i64) -> bool {
    [1, 5, 10, 20, 30].contains(&seconds) || (seconds >= 60 && seconds % 60 == 0)
}

/// A MetricStat. Errors: the member at fault.
fn stat(given: &Value, period: Option<i64>) -> Result<Stat, &'static str> {
    let metric = metric(&given["Metric"], &given["Metric"]["Namespace"]);
    if metric.name.is_empty() {
        return Err("MetricName");
    }
    if metric.namespace.is_empty() {
        return Err("Namespace");
    }
    let statistic = Statistic::parse(given["Stat"].as_str().unwrap_or_default()).ok_or("Stat")?;
    let period = period.or(given["Period"].as_i64()).filter(|own| is_period(*own)).ok_or("Period")?;
    Ok(Stat { metric, statistic, unit: given["Unit"].as_str().map(String::from), period })
}

impl Watched {
    /// The one series of a list of queries, of which exactly one returns data.
    ///
    /// # Errors
    /// As [`Queries::read`], and what is not one series.
    pub fn read(list: &Value, period: Option<i64>) -> Result<Self, Bad> {
        let queries = Queries::read(list, period)?;
        let mut shown = queries.all.iter().enumerate().filter(|(_, own)| own.returns);
        let (Some((shown, own)), None) = (shown.next(), shown.next()) else {
            return Err(Bad::new("", "Exactly one element of the metrics list should return data."));
        };
        if !queries.math.is_single(shown) {
            let message = format!("Error in expression '{}': it gives several time series, not one.", own.id);
            return Err(Bad::ours(format!("[{shown}].Expression"), message));
        }
        if queries.math.metrics(shown).count() > MOST_METRICS {
            let message = format!("An expression that is watched can have at most {MOST_METRICS} metrics.");
            return Err(Bad::ours("", message));
        }
        let Some(period) = queries.period(shown) else {
            return Err(Bad::new(format!("[{shown}].Period"), "Period must not be null"));
        };
        Ok(Self::Math(Rc::new(Formula { queries, shown, period })))
    }

    /// Seconds from point to point.
    pub fn period(&self) -> i64 {
        match self {
            Self::Metric(own) => own.period,
            Self::Math(own) => own.period,
        }
    }

    /// The metric's name; of an expression its label, or its text.
    pub fn name(&self) -> &str {
        let formula = match self {
            Self::Metric(own) => return &own.metric.name,
            Self::Math(own) => own,
        };
        formula.queries.all.get(formula.shown).map_or("", |own| match (&own.label, &own.stat) {
            (Some(label), _) if !label.is_empty() => label,
            (_, Some(stat)) => &stat.metric.name,
            (_, None) => &own.expression,
        })
    }

    /// The statistics of metrics that it is made of.
    pub fn stats(&self) -> impl Iterator<Item = &Stat> {
        let (one, formula) = match self {
            Self::Metric(own) => (Some(own), None),
            Self::Math(own) => (None, Some(own)),
        };
        let of = |own: &Rc<Formula>| own.queries.math.metrics(own.shown).collect::<Vec<_>>();
        let places = formula.map(of).unwrap_or_default();
        let stat = move |place: usize| formula.and_then(|own| own.queries.all.get(place)?.stat.as_ref());
        one.into_iter().chain(places.into_iter().filter_map(stat))
    }

    /// Each step of an expression, the last first: `backlog = visible / tasks`, `tasks = RunningTaskCount, Average`; empty
    /// for a metric.
    pub fn steps(&self) -> Vec<String> {
        let Self::Math(own) = self else { return Vec::new() };
        let step = |query: &Query| match &query.stat {
            Some(stat) => format!("{} = {}, {}", query.id, stat.metric.name, stat.statistic.name()),
            None => format!("{} = {}", query.id, query.expression),
        };
        let all = &own.queries.all;
        let others = all.iter().enumerate().filter(|(place, _)| *place != own.shown).map(|(_, own)| own);
        all.get(own.shown).into_iter().chain(others).map(step).collect()
    }

    /// Its points on a grid; `find` leads from each of its statistics, by its place among them, to the points of the metric.
    pub fn line<'a>(&self, grid: &Grid, find: impl Fn(usize, &Stat) -> Option<&'a Series>) -> Points {
        match self {
            Self::Metric(own) => own.line(grid, find(0, own)),
            Self::Math(own) => {
                let number = |place: usize| own.queries.math.metrics(own.shown).position(|metric| metric == place);
                let found = |place: usize, stat: &Stat| find(number(place)?, stat);
                let mut lines = own.queries.lines(own.shown, grid, found);
                lines.pop().map(|own| own.points).unwrap_or_default()
            }
        }
    }
}

/// The same series, however its queries are called and labelled.
impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Metric(own), Self::Metric(other)) => own == other,
            (Self::Math(own), Self::Math(other)) => {
                let stats = |own: &Formula| own.queries.all.iter().map(|own| own.stat.clone()).collect::<Vec<_>>();
                own.shown == other.shown && own.queries.math == other.queries.math && stats(own) == stats(other)
            }
            _ => false,
        }
    }
}
