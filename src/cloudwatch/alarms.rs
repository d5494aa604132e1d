//! PutMetricAlarm.

use super::alarm::{self, Alarm, Comparison};
use super::call::{metric, refused, text};
use super::judge::{Missing, State};
use super::statistic::Statistic;
use super::watched::{Stat, Watched};
use super::{CloudWatch, sample};
use crate::aws::ApiError;
use crate::event::{Cx, FactKind};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use serde_json::{Value, json};

/// Members that DescribeAlarms gives back as they came.
const GIVEN: [&str; 18] = [
    "AlarmDescription",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
];

/// # Errors
/// What PutMetricAlarm refuses.
pub(super) fn put(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    for member in ["OKActions", "AlarmActions", "InsufficientDataActions"] {
        let given = input[member].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(bad) = given.into_iter().find(|arn| !arn.starts_with("arn:aws") || arn.matches(':').count() < 5) {
            return Err(ApiError::new("ValidationError", format!("Invalid arn syntax: {bad}")).at(member));
        }
    }
    let watched = if input["Metrics"].is_null() { one(input)? } else { several(input)? };
    if input["Threshold"].is_null() {
        return Err(refused("The parameter Threshold is required for an alarm on a metric.", "Threshold"));
    }
    let number = |member: &str| input[member].as_i64().unwrap_or_default();
    let (period, evaluated) = (watched.period(), number("EvaluationPeriods"));
    if ![10, 20, 30].contains(&period) && (period < 60 || period % 60 != 0) {
        return Err(refused("Period must be 10, 20, 30 or a multiple of 60.", "Period"));
    }
    if evaluated < 1 || evaluated.saturating_mul(period) > 86_400 {
        let message = "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).";
        return Err(ApiError::new("ValidationError", message).at("EvaluationPeriods"));
    }
    let to_alarm = input["DatapointsToAlarm"].as_i64().unwrap_or(evaluated);
    if to_alarm < 1 || to_alarm > evaluated {
        return Err(refused("DatapointsToAlarm must be between 1 and EvaluationPeriods.", "DatapointsToAlarm"));
    }
    let operator = input["ComparisonOperator"].as_str().unwrap_or_default();
    let comparison = Comparison::parse(operator)
        .ok_or_else(|| ApiError::not_simulated("anomaly detection").at("ComparisonOperator"))?;
    let missing = Missing::parse(input["TreatMissingData"].as_str()).ok_or_else(|| {
        refused("TreatMissingData is missing, ignore, breaching or notBreaching.", "TreatMissingData")
    })?;
    let (name, now) = (text(&input["AlarmName"]), cx.now());
    let before = cloudwatch.alarms.get(&name);
    let places = watched.stats().map(|own| cloudwatch.metrics.place(own.metric.clone())).collect();
    let mut alarm = Alarm {
        name: name.clone(),
        document: document(input),
        places,
        samples: low_samples(input, &watched)?,
        watched,
        period,
        evaluated: evaluated as usize,
        to_alarm: to_alarm as usize,
        threshold: input["Threshold"].as_f64().unwrap_or_default(),
        comparison,
        missing,
        acts: input["ActionsEnabled"].as_bool().unwrap_or(true),
        state: before.map_or(State::InsufficientData, |own| own.state),
        reason: before.map_or_else(|| "Unchecked: Initial alarm creation".to_string(), |own| own.reason.clone()),
        updated: before.map_or(now, |own| own.updated),
        configured: now,
        scales: false,
        acted: None,
        alarmed: before.and_then(|own| own.alarmed),
        history: before.map(|own| own.history.clone()).unwrap_or_default(),
    };
    alarm.scales = alarm.document["AlarmActions"]
        .as_array()
        .is_some_and(|all| all.iter().any(|own| own.as_str().is_some_and(|arn| arn.contains(alarm::POLICY))));
    let done = if before.is_some() { "updated" } else { "created" };
    alarm.note(now, "ConfigurationUpdate", format!("Alarm \"{name}\" {done}"));
    cx.emit(FactKind::AlarmState { alarm: name.clone(), state: alarm.state.name(), reason: alarm.reason.clone() });
    if alarm.is_of_usage() {
        sample(cloudwatch, cx);
    }
    let document = alarm.document.clone();
    if let Some(before) = cloudwatch.alarms.insert(name, Rc::new(alarm)).filter(|own| own.document != document) {
        cloudwatch.remember(before, now);
    }
    alarm::plan(cloudwatch, cx);
    Ok(json!({}))
}

/// What an alarm on one metric watches.
fn one(input: &Value) -> Result<Watched, ApiError> {
    for member in ["MetricName", "Namespace", "Period"] {
        if input[member].is_null() {
            return Err(refused(format!("The parameter {member} is required for an alarm on a metric."), member));
        }
    }
    let (simple, extended) = (input["Statistic"].as_str(), input["ExtendedStatistic"].as_str());
    let (name, member) = match (simple, extended) {
        (Some(name), None) => (name, "Statistic"),
        (None, Some(name)) => (name, "ExtendedStatistic"),
        _ => return Err(refused("An alarm on a metric has either Statistic or ExtendedStatistic.", "Statistic")),
    };
    let statistic = Statistic::parse(name).filter(|own| own.is_extended() == extended.is_some());
    let statistic = statistic
        .ok_or_else(|| refused(format!("The value {name} for parameter {member} is not supported."), member))?;
    let (metric, unit) = (metric(input, &input["Namespace"]), input["Unit"].as_str().map(String::from));
    Ok(Watched::Metric(Stat { metric, statistic, unit, period: input["Period"].as_i64().unwrap_or_default() }))
}

/// What an alarm on metric math watches.
fn several(input: &Value) -> Result<Watched, ApiError> {
    for member in ["MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"] {
        if !input[member].is_null() {
            let message = format!("{member} should not be set if list of Metrics is set.");
            return Err(ApiError::new("ValidationError", message).at(member));
        }
    }
    if !input["ThresholdMetricId"].is_null() {
        return Err(ApiError::not_simulated("anomaly detection").at("ThresholdMetricId"));
    }
    Watched::read(&input["Metrics"], None).map_err(|bad| bad.refusal("ValidationError", "Metrics"))
}

/// Samples without which the state stays: EvaluateLowSampleCountPercentile.
fn low_samples(input: &Value, watched: &Watched) -> Result<Option<f64>, ApiError> {
    const MEMBER: &str = "EvaluateLowSampleCountPercentile";
    let needed = match watched {
        Watched::Metric(own) => own.statistic.needed(),
        Watched::Math(_) => None,
    };
    match input[MEMBER].as_str() {
        None => Ok(None),
        Some(_) if needed.is_none() => Err(refused(format!("{MEMBER} is for an alarm on a percentile."), MEMBER)),
        Some("evaluate") => Ok(None),
        Some("ignore") => Ok(needed),
        Some(_) => Err(refused(format!("{MEMBER} is evaluate or ignore."), MEMBER)),
    }
}

/// What DescribeAlarms gives back.
fn document(input: &Value) -> Value {
    let mut document = json!({});
    for member in GIVEN {
        let listed = member.ends_with("Actions") || (member == "Dimensions" && input["Metrics"].is_null());
        match &input[member] {
            Value::Null if listed => document[member] = json!([]),
            Value::Null => {}
            given => document[member] = given.clone(),
        }
    }
    let queries = document.get_mut("Metrics").and_then(Value::as_array_mut).into_iter().flatten();
    for query in queries.filter(|own| own["ReturnData"].is_null()) {
        query["ReturnData"] = Value::from(true);
    }
    document
}
