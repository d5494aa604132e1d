//! Scaling policies: PutScalingPolicy, DeleteScalingPolicy, and the alarms that belong to them (1.1, 1.4).

use super::config::{Config, MEMBERS};
use super::names::{self, DIMENSION, invalid, refuse, registered};
use super::predict::{self, Forecast};
use super::{ApplicationAutoScaling, Target, ask};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::cloudwatch::{self, Stat, Watched};
use crate::event::{Cx, FactKind, HexId};
use crate::iam::{Need, Scene};
use crate::rooms::Rooms;
use crate::scaling::decide::{Evaluation, Held};
use crate::scaling::tracking;
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Policies of a target at most.
const MOST: usize = 50;

/// A scaling policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// PolicyName.
    pub name: Rc<str>,
    /// PolicyARN.
    pub arn: Rc<str>,
    /// PolicyType.
    pub kind: &'static str,
    /// CreationTime.
    pub created: SimTime,
    /// Its configuration as it came.
    pub document: Rc<Value>,
    /// What that says.
    pub config: Rc<Config>,
    /// The names of AlarmHigh and AlarmLow of target tracking; empty for others.
    pub alarms: [Rc<str>; 2],
    /// Its evaluations, each minute one, the newest last; of the last day, where policies are few.
    pub evaluations: Rc<Vec<Rc<Evaluation>>>,
    /// The newest forecast of a predictive policy.
    pub forecast: Option<Rc<Forecast>>,
    /// When a predictive policy has something to do.
    pub next: Option<SimTime>,
    /// Why it did not scale when that was last noted.
    pub(super) told: Option<Held>,
}

impl Policy {
    /// As DescribeScalingPolicies shows it.
    pub(super) fn description(&self, rooms: &Rooms, account: &Account, target: &Target) -> Value {
        let mut own = object!({
            "PolicyARN": &*self.arn,
            "PolicyName": &*self.name,
            "ServiceNamespace": "ecs",
            "ResourceId": &*target.resource,
            "ScalableDimension": DIMENSION,
            "PolicyType": self.kind,
            "Alarms": self.alarms_of(rooms).map(|name| shown(account, name)).collect::<Vec<_>>(),
            "CreationTime": self.created.as_epoch_seconds(),
        });
        own[member(self.kind)] = Value::clone(&self.document);
        own
    }

    /// The names of the alarms that act on it.
    fn alarms_of<'a>(&'a self, rooms: &'a Rooms) -> impl Iterator<Item = &'a str> {
        let alarms = rooms.cloudwatch.alarms();
        alarms.filter(|own| own.scaling_policies().any(|arn| arn == &*self.arn)).map(|own| own.name.as_str())
    }
}

fn member(kind: &str) -> &'static str {
    MEMBERS.iter().find(|(own, _)| *own == kind).map_or("", |(_, member)| member)
}

fn shown(account: &Account, name: &str) -> Value {
    object!({ "AlarmName": name, "AlarmARN": cloudwatch::arn(account, name) })
}

fn missing(resource: &str) -> ApiError {
    names::missing("scaling policy", resource)
}

pub fn put(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    input: &Value,
) -> Result<Value, ApiError> {
    let target = registered(room, input)?.clone();
    let name = input["PolicyName"].as_str().unwrap_or_default();
    if name.contains([':', '|']) {
        return Err(refuse("A policy name has no colon and no vertical bar.", "PolicyName"));
    }
    let known = target.policies.iter().find(|own| &*own.name == name);
    let asked = input["PolicyType"].as_str().or(known.map(|own| own.kind));
    let asked = asked.ok_or_else(|| refuse("PolicyType is required for a new scaling policy.", "PolicyType"))?;
    let Some((kind, member)) = MEMBERS.into_iter().find(|(own, _)| *own == asked) else {
        return Err(refuse("The policy type is unknown.", "PolicyType"));
    };
    if known.is_some_and(|own| own.kind != kind) {
        return Err(refuse("The type of a scaling policy cannot be changed.", "PolicyType"));
    }
    if let Some((_, other)) = MEMBERS.into_iter().find(|(own, member)| *own != kind && !input[*member].is_null()) {
        return Err(refuse(format!("{other} is not for the policy type {kind}."), "PolicyType"));
    }
    let given = match (&input[member], known) {
        (Value::Null, Some(own)) => own.document.as_ref(),
        (Value::Null, None) => return Err(refuse(format!("The policy type {kind} needs {member}."), "PolicyType")),
        (given, _) => given,
    };
    let config = Config::read(kind, given, &target, target.service(rooms))?;
    if let Config::Tracking(_, watched) = &config
        && target.policies.iter().any(|own| &*own.name != name && own.config.watches(watched))
    {
        let message = "Only one TargetTrackingScaling policy for a given metric specification is allowed.";
        return Err(invalid(message, member));
    }
    if known.is_none() && target.policies.len() >= MOST {
        return Err(names::over(format!("A scalable target can have at most {MOST} scaling policies.")));
    }
    let account = cx.options().account.clone();
    let mut own = match known {
        Some(own) => own.clone(),
        None => new(cx, &account, &target, name, kind, config.clone()),
    };
    (own.config, own.document, own.told) = (Rc::new(config), Rc::new(given.clone()), None);
    let shapes = alarms(&own);
    let may = |shape: &Value| may_set_up(rooms, cx, &target, shape);
    shapes.first().map_or(Ok(()), may)?;
    if matches!(*own.config, Config::Predictive(_)) {
        predict::refresh(rooms, &mut own, cx.now());
    }
    let answer = object!({
        "PolicyARN": &*own.arn,
        "Alarms": shapes.iter().filter_map(|own| own["AlarmName"].as_str()).map(|name| shown(&account, name)).collect::<Vec<_>>(),
    });
    let what = format!("has the scaling policy {name}");
    cx.emit(FactKind::Scaling { resource: target.resource.to_string(), what });
    for shape in shapes {
        ask::alarm(room, rooms, cx, target.role.as_deref(), "PutMetricAlarm", shape);
    }
    let Some(changed) = room.change(&target.resource) else { return Ok(answer) };
    match changed.policies.iter_mut().find(|before| before.name == own.name) {
        Some(before) => *before = own,
        None => changed.policies.push(own),
    }
    Ok(answer)
}

fn new(cx: &mut Cx<'_>, account: &Account, target: &Target, name: &str, kind: &'static str, config: Config) -> Policy {
    let id = HexId::new(cx.draw_wide("scaling-policy-id")).uuid();
    let Account { region, id: owner } = account;
    let resource = &target.resource;
    let partition = account.partition();
    let arn = format!(
        "arn:{partition}:autoscaling:{region}:{owner}:scalingPolicy:{id}:resource/ecs/{resource}:policyName/{name}"
    );
    let alarms = match kind {
        "TargetTrackingScaling" => ["High", "Low"].map(|side| {
            let id = HexId::new(cx.draw_wide("scaling-alarm-id")).uuid();
            Rc::from(format!("TargetTracking-{resource}-Alarm{side}-{id}"))
        }),
        _ => [Rc::from(""), Rc::from("")],
    };
    Policy {
        name: Rc::from(name),
        arn: Rc::from(arn),
        kind,
        created: cx.now(),
        document: Rc::default(),
        config: Rc::new(config),
        alarms,
        evaluations: Rc::default(),
        forecast: None,
        next: None,
        told: None,
    }
}

impl Config {
    /// Whether it is target tracking of the same metric.
    fn watches(&self, other: &Watched) -> bool {
        match (self, other) {
            (Config::Tracking(_, Watched::Metric(own)), Watched::Metric(other)) => {
                *own == Stat { unit: own.unit.clone(), ..other.clone() }
            }
            (Config::Tracking(_, own), _) => own == other,
            _ => false,
        }
    }
}

/// What PutMetricAlarm is asked for: both alarms of a target tracking policy (1.4).
fn alarms(policy: &Policy) -> Vec<Value> {
    let Config::Tracking(own, watched) = &*policy.config else { return Vec::new() };
    let mut all = Vec::new();
    for (shape, name) in tracking::alarms(own.target, watched.period()).into_iter().zip(&policy.alarms) {
        let id = name.get(name.len().saturating_sub(36)..).unwrap_or_default();
        let action = format!("{}:createdBy/{id}", policy.arn);
        let mut alarm = object!({
            "AlarmName": &**name,
            "AlarmDescription": format!("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {action}"),
            "AlarmActions": alloc::vec![action.as_str()],
            "EvaluationPeriods": shape.points,
            "Threshold": shape.threshold,
            "ComparisonOperator": if shape.high { "GreaterThanThreshold" } else { "LessThanThreshold" },
            "TreatMissingData": "missing",
        });
        match watched {
            Watched::Metric(stat) => name_metric(&mut alarm, stat),
            Watched::Math(_) => {
                let mut queries = policy.document["CustomizedMetricSpecification"]["Metrics"].clone();
                // A policy looks each minute: its metrics cannot say a period, those of an alarm have to.
                for stat in queries.as_array_mut().into_iter().flatten().filter_map(|own| own.get_mut("MetricStat")) {
                    stat["Period"] = Value::from(watched.period());
                }
                alarm["Metrics"] = queries;
            }
        }
        all.push(alarm);
    }
    all
}

fn name_metric(alarm: &mut Value, stat: &Stat) {
    let dimension = |(name, value): &(String, String)| object!({ "Name": name.as_str(), "Value": value.as_str() });
    alarm["Namespace"] = Value::from(stat.metric.namespace.as_str());
    alarm["MetricName"] = Value::from(stat.metric.name.as_str());
    alarm["Dimensions"] = stat.metric.dimensions.iter().map(dimension).collect();
    alarm["Statistic"] = Value::from(stat.statistic.name());
    alarm["Period"] = Value::from(stat.period);
    if let Some(unit) = &stat.unit {
        alarm["Unit"] = Value::from(unit.as_str());
    }
}

/// Whether the target's role may set up an alarm. Errors: FailedResourceAccessException.
fn may_set_up(rooms: &Rooms, cx: &Cx<'_>, target: &Target, alarm: &Value) -> Result<(), ApiError> {
    let account = &cx.options().account;
    let caller = ask::session(rooms, account, target.role.as_deref(), "ManageAlarms");
    let scene = Scene { caller: &caller, account, now: cx.now() };
    let arn = cloudwatch::arn(account, alarm["AlarmName"].as_str().unwrap_or_default());
    match rooms.iam.refusal(scene, &Need::new("cloudwatch:PutMetricAlarm", arn), None) {
        Some(why) => Err(ApiError::new("FailedResourceAccessException", why).at("RoleARN")),
        None => Ok(()),
    }
}

pub fn delete(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    input: &Value,
) -> Result<Value, ApiError> {
    let (resource, ..) = names::resource(input)?;
    let name = input["PolicyName"].as_str().unwrap_or_default();
    let target = room.target(resource).cloned().ok_or_else(|| missing(resource))?;
    let own = target.policies.iter().find(|own| &*own.name == name).ok_or_else(|| missing(resource))?;
    forget(room, rooms, cx, &target, own);
    if let Some(changed) = room.change(resource) {
        changed.policies.retain(|own| &*own.name != name);
    }
    let what = format!("has no scaling policy {name} any more");
    cx.emit(FactKind::Scaling { resource: resource.to_string(), what });
    Ok(Value::Null)
}

/// What becomes of the alarms of a policy that goes: its own go with it, others only lose the action.
pub fn forget(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>, target: &Target, policy: &Policy) {
    let role = target.role.as_deref();
    let own: Vec<&str> =
        policy.alarms.iter().map(|own| &**own).filter(|name| rooms.cloudwatch.alarm(name).is_some()).collect();
    if !own.is_empty() {
        ask::alarm(room, rooms, cx, role, "DeleteAlarms", object!({ "AlarmNames": own.clone() }));
    }
    for alarm in
        policy.alarms_of(rooms).filter(|name| !own.contains(name)).filter_map(|name| rooms.cloudwatch.alarm(name))
    {
        let mut input = alarm.document.clone();
        input["AlarmName"] = Value::from(alarm.name.as_str());
        input["ActionsEnabled"] = Value::from(alarm.acts);
        if let Some(actions) = input["AlarmActions"].as_array_mut() {
            actions.retain(|action| action.as_str() != Some(&policy.arn));
        }
        ask::alarm(room, rooms, cx, role, "PutMetricAlarm", input);
    }
}
