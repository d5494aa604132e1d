//! The CloudWatch calls. Inputs were checked against the model before.

use super::alarm::Alarm;
use super::judge::State;
use super::series::Metric;
use super::watched::Watched;
use super::{CloudWatch, alarms, data, idle, put};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::aws::wire::time;
use crate::event::{Cx, Event, FactKind};
use crate::iam::Scene;
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime, order};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// A call that changes something.
#[inline(never)]
pub fn call(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "PutMetricData" => put::data(cloudwatch, cx, input),
        "PutMetricAlarm" => alarms::put(cloudwatch, cx, input),
        "DeleteAlarms" => delete_alarms(cloudwatch, cx, input),
        "SetAlarmState" => set_state(cloudwatch, cx, input),
        "EnableAlarmActions" => switch(cloudwatch, input, true),
        "DisableAlarmActions" => switch(cloudwatch, input, false),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// A call that only looks.
#[inline(never)]
pub fn read(rooms: &Rooms, scene: Scene<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let (cloudwatch, account) = (&rooms.cloudwatch, scene.account);
    let filled = || idle::filled(rooms, scene.now, operation, input);
    match operation {
        "DescribeAlarms" => describe_alarms(cloudwatch, account, input),
        "DescribeAlarmsForMetric" => describe_for_metric(cloudwatch, account, input),
        "DescribeAlarmHistory" => history(cloudwatch, input),
        "ListMetrics" => list_metrics(&filled(), input),
        "GetMetricStatistics" => data::statistics(&filled(), input),
        "GetMetricData" => data::get(&filled(), input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// ARN of an alarm.
pub fn arn(account: &Account, name: &str) -> String {
    format!("arn:{}:cloudwatch:{}:{}:alarm:{name}", account.partition(), account.region, account.id)
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValue", message)
}

/// What some calls name `ValidationError`.
pub(super) fn refused(message: impl Into<String>, path: &'static str) -> ApiError {
    ApiError::new("ValidationError", message).at(path).in_our_words()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// The metric that a request names by its three members.
pub(super) fn metric(input: &Value, namespace: &Value) -> Metric {
    let dimensions = input["Dimensions"].as_array().into_iter().flatten();
    let mut dimensions: Vec<_> = dimensions.map(|given| (text(&given["Name"]), text(&given["Value"]))).collect();
    order::sort_by(&mut dimensions, Ord::cmp);
    Metric { namespace: text(namespace), name: text(&input["MetricName"]), dimensions }
}

fn dimensions(metric: &Metric) -> Value {
    metric.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

fn names(input: &Value) -> impl Iterator<Item = &str> {
    input["AlarmNames"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn delete_alarms(cloudwatch: &mut CloudWatch, cx: &Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    if names(input).nth(1).is_some()
        && let Some(missing) = names(input).find(|name| !cloudwatch.alarms.contains_key(*name))
    {
        // Of several alarms either all are deleted or none.
        return Err(ApiError::new("ResourceNotFound", format!("Alarm {missing} does not exist.")).in_our_words());
    }
    for name in names(input) {
        cloudwatch.delete(name, cx.now());
    }
    Ok(json!({}))
}

fn set_state(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = text(&input["AlarmName"]);
    let missing = || ApiError::new("ResourceNotFound", "Unknown").at("AlarmName");
    let alarm = Rc::make_mut(cloudwatch.alarms.get_mut(&name).ok_or_else(missing)?);
    let state = State::parse(input["StateValue"].as_str().unwrap_or_default()).unwrap_or(alarm.state);
    alarm.become_state(state, text(&input["StateReason"]), cx.now());
    alarm.act(cx.now());
    let acts = alarm.acted == Some(cx.now());
    cx.emit(FactKind::AlarmState { alarm: name, state: state.name(), reason: alarm.reason.clone() });
    if acts {
        cx.schedule(SimDuration::ZERO, Event::AlarmsAct);
    }
    Ok(json!({}))
}

fn switch(cloudwatch: &mut CloudWatch, input: &Value, on: bool) -> Result<Value, ApiError> {
    for name in names(input) {
        if let Some(alarm) = cloudwatch.alarms.get_mut(name) {
            Rc::make_mut(alarm).acts = on;
        }
    }
    Ok(json!({}))
}

/// One page in CloudWatch's own member names.
fn paged(items: Vec<Value>, input: &Value, member: &str, limit: usize) -> Result<Value, ApiError> {
    let mut filters = input.clone();
    if let Some(map) = filters.as_object_mut() {
        map.retain(|name, _| name != "NextToken" && name != "MaxRecords");
    }
    let scope = format!("{member}{filters}");
    // ListMetrics declares no error for its token.
    let code = if member == "Metrics" { "InvalidParameterValue" } else { "InvalidNextToken" };
    let (items, next) = page(&scope, items, input["NextToken"].as_str(), input["MaxRecords"].as_i64(), limit)
        .map_err(|_| ApiError::new(code, "The token is not valid.").at("NextToken").in_our_words())?;
    let mut answer = json!({ member: items });
    if let Some(next) = next {
        answer["NextToken"] = Value::from(next);
    }
    Ok(answer)
}

fn describe_alarms(cloudwatch: &CloudWatch, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let metric_alarms =
        input["AlarmTypes"].as_array().is_none_or(|types| types.iter().any(|kind| kind == "MetricAlarm"));
    let named: Vec<&str> = names(input).collect();
    let prefix = input["AlarmNamePrefix"].as_str().unwrap_or_default();
    if !named.is_empty() && !prefix.is_empty() {
        let message = "You can not specify both AlarmNames and AlarmNamePrefix in the same request.";
        return Err(ApiError::new("ValidationError", message).at("AlarmNamePrefix").in_our_words());
    }
    let action = input["ActionPrefix"].as_str();
    let fits = |alarm: &&Alarm| {
        (named.is_empty() || named.contains(&alarm.name.as_str()))
            && alarm.name.starts_with(prefix)
            && input["StateValue"].as_str().is_none_or(|state| state == alarm.state.name())
            && action.is_none_or(|start| {
                let actions = alarm.document["AlarmActions"].as_array().into_iter().flatten();
                actions.filter_map(Value::as_str).any(|action| action.starts_with(start))
            })
    };
    let alarms = cloudwatch.alarms().filter(|_| metric_alarms).filter(fits);
    let found: Vec<Value> = alarms.map(|alarm| alarm.description(arn(account, &alarm.name))).collect();
    let mut answer = paged(found, input, "MetricAlarms", 100)?;
    answer["CompositeAlarms"] = json!([]);
    Ok(answer)
}

fn describe_for_metric(cloudwatch: &CloudWatch, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let wanted = metric(input, &input["Namespace"]);
    let same = |member: &str, own: &Value| input[member].is_null() || input[member] == *own;
    // Alarms on metric math are not among them, whatever metrics they are made of.
    let alarms = cloudwatch.alarms().filter(|alarm| {
        matches!(&alarm.watched, Watched::Metric(own) if own.metric == wanted)
            && ["Statistic", "ExtendedStatistic", "Period", "Unit"]
                .iter()
                .all(|name| same(name, &alarm.document[*name]))
    });
    Ok(json!({ "MetricAlarms": alarms.map(|alarm| alarm.description(arn(account, &alarm.name))).collect::<Vec<_>>() }))
}

fn history(cloudwatch: &CloudWatch, input: &Value) -> Result<Value, ApiError> {
    let kind = input["HistoryItemType"].as_str();
    let (start, end) = (time(&input["StartDate"]), time(&input["EndDate"]));
    let alarms = cloudwatch.alarms().filter(|own| input["AlarmName"].as_str().is_none_or(|name| name == own.name));
    let mut items: Vec<(SimTime, Value)> = Vec::new();
    for alarm in alarms {
        let changes = alarm.history.iter().filter(|change| {
            kind.is_none_or(|kind| kind == change.kind)
                && start.is_none_or(|start| change.at >= start)
                && end.is_none_or(|end| change.at <= end)
        });
        items.extend(changes.map(|change| {
            let item = object!({
                "AlarmName": alarm.name.clone(),
                "AlarmType": "MetricAlarm",
                "Timestamp": change.at.as_epoch_seconds(),
                "HistoryItemType": change.kind,
                "HistorySummary": change.summary.clone(),
            });
            (change.at, item)
        }));
    }
    order::sort_by_key(&mut items, |(at, _)| *at);
    if input["ScanBy"].as_str() != Some("TimestampAscending") {
        items.reverse();
    }
    paged(items.into_iter().map(|(_, item)| item).collect(), input, "AlarmHistoryItems", 100)
}

fn list_metrics(cloudwatch: &CloudWatch, input: &Value) -> Result<Value, ApiError> {
    let is = |member: &str, own: &str| input[member].as_str().is_none_or(|wanted| wanted == own);
    let has = |metric: &Metric| {
        input["Dimensions"].as_array().into_iter().flatten().all(|wanted| {
            metric.dimensions.iter().any(|(name, value)| {
                wanted["Name"] == name.as_str() && wanted["Value"].as_str().is_none_or(|wanted| wanted == value)
            })
        })
    };
    let fits = |metric: &&Metric| is("Namespace", &metric.namespace) && is("MetricName", &metric.name) && has(metric);
    let found = cloudwatch.metrics.iter().filter(fits).map(
        |metric| json!({ "Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions(metric) }),
    );
    paged(found.collect(), input, "Metrics", 500)
}
