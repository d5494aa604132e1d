//! GetMetricStatistics and GetMetricData.

use super::CloudWatch;
use super::call::{invalid, metric, refused};
use super::math::Grid;
use super::series::Point;
use super::statistic::Statistic;
use super::watched::{Queries, Stat, is_period};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::aws::wire::time;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Value, json};

/// The most points that a call of GetMetricStatistics may ask for, whether they are there or not.
const MOST_POINTS: i64 = 1440;
/// The most points that GetMetricData gives of an expression, as CloudWatch has it for one call.
const MOST_PLACES: i64 = 100_800;
/// The most points that the lab computes for a call on the way to its results.
const MOST_COMPUTED: usize = 20_000_000;

/// StartTime and EndTime of a request, checked.
pub(super) fn span(input: &Value) -> Result<(SimTime, SimTime), ApiError> {
    let bad = |member: &str| invalid(format!("The parameter {member} is not valid.")).at(member).in_our_words();
    let start = time(&input["StartTime"]).ok_or_else(|| bad("StartTime"))?;
    let end = time(&input["EndTime"]).ok_or_else(|| bad("EndTime"))?;
    if start >= end {
        let message = "The parameter StartTime must be less than the parameter EndTime.";
        return Err(invalid(message).at("StartTime"));
    }
    Ok((start, end))
}

fn words(given: &Value) -> Vec<&str> {
    given.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// # Errors
/// What GetMetricStatistics refuses.
pub(super) fn statistics(cloudwatch: &CloudWatch, input: &Value) -> Result<Value, ApiError> {
    let (asked, extended) = (words(&input["Statistics"]), words(&input["ExtendedStatistics"]));
    if asked.is_empty() && extended.is_empty() {
        let message = "Must specify either Statistics or ExtendedStatistics";
        return Err(ApiError::new("InvalidParameterCombination", message).at("Statistics"));
    }
    let mut read = Vec::new();
    for (member, all) in [("Statistics", asked), ("ExtendedStatistics", extended)] {
        for name in all {
            let message = || format!("The value {name} for parameter {member} is not supported.");
            let own = Statistic::parse(name).filter(|own| own.is_extended() == (member == "ExtendedStatistics"));
            read.push(own.ok_or_else(|| invalid(message()).at(member).in_our_words())?);
        }
    }
    let (start, end) = span(input)?;
    let period = input["Period"].as_i64().unwrap_or(60);
    if !is_period(period) {
        let message = "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.";
        return Err(invalid(message).at("Period").in_our_words());
    }
    let most = (end - start).as_millis() / (period * 1000);
    if most > MOST_POINTS {
        let message = format!(
            "You have requested up to {most} datapoints, which exceeds the limit of {MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        );
        return Err(ApiError::new("InvalidParameterCombination", message));
    }
    let metric = metric(input, &input["Namespace"]);
    let points = cloudwatch.series(&metric).map(|series| series.points(start, end, period, input["Unit"].as_str()));
    let points = points.unwrap_or_default();
    let shown: Vec<Value> = points.iter().map(|point| datapoint(point, &read)).collect();
    Ok(json!({ "Label": metric.name, "Datapoints": shown }))
}

fn datapoint(point: &Point, asked: &[Statistic]) -> Value {
    let mut value = object!({ "Timestamp": point.at.as_epoch_seconds(), "Unit": &*point.unit });
    for own in asked {
        match own.of(point) {
            Some(number) if own.is_extended() => value["ExtendedStatistics"][own.name()] = Value::from(number),
            Some(number) => value[own.name()] = Value::from(number),
            None => {}
        }
    }
    value
}

/// The points of a result, and its label.
type Found = (String, Vec<(SimTime, f64)>);

/// # Errors
/// What GetMetricData refuses.
pub(super) fn get(cloudwatch: &CloudWatch, input: &Value) -> Result<Value, ApiError> {
    let queries = Queries::read(&input["MetricDataQueries"], None)
        .map_err(|bad| bad.refusal("ValidationError", "MetricDataQueries"))?;
    let (start, end) = span(input)?;
    let mut computed = 0usize;
    let mut results = Vec::new();
    for (place, query) in queries.all.iter().enumerate().filter(|(_, own)| own.returns) {
        let found = match &query.stat {
            Some(stat) => alloc::vec![(queries.label(place, place), metric_points(cloudwatch, stat, start, end))],
            None => expression(cloudwatch, &queries, place, (start, end), &mut computed)?,
        };
        for (label, mut points) in found {
            if input["ScanBy"].as_str() != Some("TimestampAscending") {
                points.reverse();
            }
            results.push(json!({
                "Id": query.id,
                "Label": label,
                "Timestamps": points.iter().map(|(at, _)| at.as_epoch_seconds()).collect::<Vec<_>>(),
                "Values": points.iter().map(|(_, value)| *value).collect::<Vec<_>>(),
                "StatusCode": "Complete",
            }));
        }
    }
    Ok(json!({ "MetricDataResults": results, "Messages": [] }))
}

fn metric_points(cloudwatch: &CloudWatch, stat: &Stat, start: SimTime, end: SimTime) -> Vec<(SimTime, f64)> {
    let Some(series) = cloudwatch.series(&stat.metric) else { return Vec::new() };
    let points = series.points(start, end, stat.period, stat.unit.as_deref());
    points.iter().filter_map(|point| Some((point.at, stat.statistic.of(point)?))).collect()
}

fn expression(
    cloudwatch: &CloudWatch,
    queries: &Queries,
    place: usize,
    (start, end): (SimTime, SimTime),
    computed: &mut usize,
) -> Result<Vec<Found>, ApiError> {
    let path = |member: &str| format!("MetricDataQueries[{place}].{member}");
    let Some(period) = queries.period(place) else {
        return Err(refused("Period must not be null", "MetricDataQueries").at(path("Period")));
    };
    let step = period * 1000;
    let first = start.as_millis().div_euclid(step) * step;
    let count = (end.as_millis() - first - 1).div_euclid(step) + 1;
    *computed = computed.saturating_add(queries.cost(place).saturating_mul(count as usize));
    if count > MOST_PLACES || *computed > MOST_COMPUTED {
        let message = "The expressions would compute too many datapoints: ask for a shorter time or a longer Period.";
        return Err(refused(message, "MetricDataQueries").at(path("Expression")));
    }
    let grid = Grid { start: SimTime::from_millis(first), step, count: count as usize };
    let lines = queries.lines(place, &grid, |_, stat| cloudwatch.series(&stat.metric));
    let points = |line: &[Option<f64>]| {
        let all = line.iter().enumerate();
        all.filter_map(|(place, value)| Some((grid.at(place), (*value)?))).collect()
    };
    Ok(lines.iter().map(|line| (queries.label(place, line.of), points(&line.points))).collect())
}
