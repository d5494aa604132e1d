//! PutMetricData: samples of one's own.

use super::CloudWatch;
use super::call::{invalid, metric};
use super::series::Point;
use crate::aws::ApiError;
use crate::aws::wire::time;
use crate::event::Cx;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Value, json};

/// How far back and ahead a point that is put may lie.
const OLDEST: SimDuration = SimDuration::from_secs(14 * 86_400);
const NEWEST: SimDuration = SimDuration::from_secs(2 * 3600);

/// 2^360, the greatest value of a sample.
const LARGEST: f64 = f64::from_bits((1023 + 360) << 52);

/// # Errors
/// What PutMetricData refuses; nothing of its data is kept then.
pub(super) fn data(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let namespace = input["Namespace"].as_str().unwrap_or_default();
    if namespace.starts_with("AWS/") {
        return Err(invalid("The value AWS/ for parameter Namespace is invalid.").at("Namespace"));
    }
    let mut points = Vec::new();
    for (index, datum) in input["MetricData"].as_array().into_iter().flatten().enumerate() {
        let path = |member: &str| format!("MetricData[{index}].{member}");
        let named = |member: &str| format!("MetricData.member.{}.{member}", index + 1);
        let at = match &datum["Timestamp"] {
            Value::Null => cx.now(),
            given => time(given).unwrap_or(cx.now()),
        };
        if at + OLDEST < cx.now() || at > cx.now() + NEWEST {
            let message =
                format!("The parameter {} must specify a time within the past two weeks.", named("Timestamp"));
            return Err(invalid(message).at(path("Timestamp")));
        }
        let mut ways = ["Value", "Values", "StatisticValues"].into_iter().filter(|member| !datum[*member].is_null());
        if let (Some(first), Some(second)) = (ways.next(), ways.next()) {
            let message = format!(
                "The parameters {} and {} are mutually exclusive and you have specified both.",
                named(first),
                named(second)
            );
            return Err(ApiError::new("InvalidParameterCombination", message).at(path(second)));
        }
        let step = if datum["StorageResolution"].as_i64() == Some(1) { 1000 } else { 60_000 };
        let at = SimTime::from_millis(at.as_millis().div_euclid(step) * step);
        let unit: Rc<str> = Rc::from(datum["Unit"].as_str().unwrap_or("None"));
        let set = ["SampleCount", "Sum", "Minimum", "Maximum"]
            .map(|name| ("StatisticValues", &datum["StatisticValues"][name]));
        let values = datum["Values"].as_array().into_iter().flatten().map(|own| ("Values", own));
        for (member, value) in set.into_iter().chain(values).chain([("Value", &datum["Value"])]) {
            if value.as_f64().is_some_and(|value| !(-LARGEST..=LARGEST).contains(&value)) {
                let message = format!("The value {value} for parameter {} is invalid.", named(member));
                return Err(invalid(message).at(path(member)).in_our_words());
            }
        }
        points.push((metric(datum, &input["Namespace"]), samples(datum, at, &unit, path)?));
    }
    if points.is_empty() {
        let message = "The parameter MetricData is required.";
        return Err(ApiError::new("MissingParameter", message).at("MetricData"));
    }
    for (metric, point) in points {
        cloudwatch.add(metric, point);
    }
    Ok(json!({}))
}

/// The samples of one datum: one value, values with counts, or a set of statistics.
fn samples(datum: &Value, at: SimTime, unit: &Rc<str>, path: impl Fn(&str) -> String) -> Result<Point, ApiError> {
    let set = &datum["StatisticValues"];
    if let Some(value) = datum["Value"].as_f64() {
        return Ok(Point::one(at, value, unit));
    }
    if set.is_object() {
        let of = |name: &str| set[name].as_f64().unwrap_or_default();
        if of("SampleCount") <= 0.0 || of("Minimum") > of("Maximum") {
            let message = "The parameter StatisticValues must hold SampleCount above 0 and Minimum not above Maximum.";
            return Err(invalid(message).at(path("StatisticValues")).in_our_words());
        }
        let (count, sum, min, max) = (of("SampleCount"), of("Sum"), of("Minimum"), of("Maximum"));
        return Ok(Point { at, count, sum, min, max, unit: Rc::clone(unit), values: None });
    }
    let values: Vec<f64> = datum["Values"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let counts: Vec<f64> = datum["Counts"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    if !counts.is_empty() && counts.len() != values.len() {
        let message = "The parameters Values and Counts must have the same length.";
        return Err(ApiError::new("InvalidParameterCombination", message).at(path("Counts")).in_our_words());
    }
    let counts = counts.into_iter().chain(core::iter::repeat(1.0));
    let mut all: Option<Point> = None;
    for (value, count) in values.into_iter().zip(counts) {
        let point = Point { count, sum: value * count, ..Point::one(at, value, unit) };
        match &mut all {
            Some(all) => all.add(&point),
            None => all = Some(point),
        }
    }
    all.ok_or_else(|| {
        let message = "At least one of the parameters Value, Values or StatisticValues must be specified.";
        ApiError::new("MissingParameter", message).at(path("Value")).in_our_words()
    })
}
