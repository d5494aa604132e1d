//! What managed scaling of capacity providers has in CloudWatch: CapacityProviderReservation of each provider, a point a
//! minute, and the two alarms of the policy by which its group scales (`scaling-ecr-iam-cli.md` 2.7, 2.9).

use super::series::{Metric, Point};
use super::{CloudWatch, alarm, call};
use crate::autoscaling::Group;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::event::{Cx, HexId};
use crate::rooms::Rooms;
use crate::scaling::reservation::LOW_POINTS;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const NAMESPACE: &str = "AWS/ECS/ManagedScaling";
const METRIC: &str = "CapacityProviderReservation";
const MINUTE: SimDuration = SimDuration::from_secs(60);

/// A capacity provider with managed scaling.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Its number.
    number: u32,
    /// targetCapacity, the threshold of both alarms.
    target: u32,
    /// AlarmHigh and AlarmLow.
    alarms: [String; 2],
    /// When its newest point came.
    published: Option<SimTime>,
}

impl CloudWatch {
    /// The alarms of a capacity provider with managed scaling: above its target, and below.
    pub fn alarms_of_provider(&self, number: u32) -> Option<&[String; 2]> {
        self.managed.iter().find(|own| own.number == number).map(|own| &own.alarms)
    }

    /// Whether each of them is there and acts.
    pub fn moves_provider(&self, number: u32) -> [bool; 2] {
        let acts = |name: &String| self.alarm(name).is_some_and(|own| own.acts);
        self.alarms_of_provider(number).map_or([true; 2], |names| names.each_ref().map(acts))
    }
}

/// Publishes what was evaluated for this minute, or still holds from before, and has the alarms of such a provider look.
/// Providers that came get their alarms, those that are gone lose them; the alarms of the one with the number `anew` are
/// put once more.
pub fn publish(cloudwatch: &mut CloudWatch, rooms: &Rooms, cx: &mut Cx<'_>, anew: u32) {
    let now = cx.now();
    let full = now.as_millis().rem_euclid(MINUTE.as_millis()) == 0;
    let mut before = core::mem::take(&mut cloudwatch.managed);
    let mut managed: Vec<Managed> = Vec::new();
    for (name, provider, cluster) in rooms.ecs.scalers() {
        let group = rooms.autoscaling.group(provider.document["autoScalingGroupArn"].as_str().unwrap_or_default());
        let Some(group) = group else { continue };
        let target = provider.document["managedScaling"]["targetCapacity"].as_u64().unwrap_or(100) as u32;
        let place = before.iter().position(|own| own.number == provider.number);
        let mut own = match place.map(|at| before.swap_remove(at)) {
            Some(own) => own,
            None => {
                let alarms = ["High", "Low"].map(|side| {
                    let id = HexId::new(cx.draw_wide("scaling-alarm-id")).uuid();
                    format!("TargetTracking-{}-Alarm{side}-{id}", group.name)
                });
                Managed { number: provider.number, target: 0, alarms, published: None }
            }
        };
        let dimensions = [("CapacityProviderName", name), ("ClusterName", &*cluster.name)];
        if own.target != target || anew == own.number {
            own.target = target;
            put(cloudwatch, cx, &own, &policy_arn(&own.alarms, &group.arn, name), &dimensions);
        }
        let last = provider.managed.evaluations.last();
        let due = last.filter(|last| full && (last.inputs.now == now || provider.managed.rests()));
        if let Some(last) = due.filter(|_| own.published != Some(now)) {
            own.published = Some(now);
            let dimensions = dimensions.map(|(name, value)| (name.to_string(), value.to_string()));
            let metric = Metric { namespace: NAMESPACE.into(), name: METRIC.into(), dimensions: dimensions.into() };
            let start = SimTime::from_millis(now.as_millis() - MINUTE.as_millis());
            cloudwatch.add(metric, Point::one(start, last.percent(), &Rc::from("Percent")));
            for name in &own.alarms {
                alarm::look_at(cloudwatch, cx, name);
            }
        }
        managed.push(own);
    }
    for name in before.iter().flat_map(|own| &own.alarms) {
        cloudwatch.delete(name, now);
    }
    cloudwatch.managed = managed;
    alarm::plan(cloudwatch, cx);
}

/// Both alarms of a provider: above its target for one minute, below it for fifteen (2.9).
fn put(cloudwatch: &mut CloudWatch, cx: &mut Cx<'_>, own: &Managed, action: &str, dimensions: &[(&str, &str)]) {
    let dimensions: Vec<_> =
        dimensions.iter().map(|(name, value)| object!({ "Name": *name, "Value": *value })).collect();
    let shapes = [("GreaterThanThreshold", 1), ("LessThanThreshold", LOW_POINTS)];
    for (name, (operator, points)) in own.alarms.iter().zip(shapes) {
        let input = object!({
            "AlarmName": name.as_str(),
            "AlarmDescription": format!("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {action}."),
            "AlarmActions": alloc::vec![action],
            "Namespace": NAMESPACE,
            "MetricName": METRIC,
            "Dimensions": dimensions.clone(),
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": points,
            "Threshold": f64::from(own.target),
            "ComparisonOperator": operator,
        });
        // Its members are those that the call takes.
        let _ = call::call(cloudwatch, cx, "PutMetricAlarm", &input);
    }
}

/// The name of the policy by which the group of a provider scales (2.6).
pub fn policy(provider: &str) -> String {
    format!("ECSManagedAutoScalingPolicy-{provider}")
}

/// ARN of that policy, which has the id of the alarm above the target.
fn policy_arn([high, _]: &[String; 2], group: &str, provider: &str) -> String {
    let id = high.get(high.len().saturating_sub(36)..).unwrap_or_default();
    let (account, name) = group.split_once(":autoScalingGroup:").unwrap_or_default();
    let name = name.split_once(':').map_or("", |(_, name)| name);
    format!("{account}:scalingPolicy:{id}:{name}:policyName/{}", policy(provider))
}

/// As DescribePolicies of EC2 Auto Scaling shows it: which capacity provider moves a group, and by which alarms (2.6);
/// none before its first minute.
pub fn description(rooms: &Rooms, account: &Account, group: &Group) -> Option<Value> {
    let (name, provider) = rooms.ecs.scaler_of(&group.arn)?;
    let cluster = rooms.ecs.cluster_of_provider(name)?;
    let own = rooms.cloudwatch.managed.iter().find(|own| own.number == provider.number)?;
    let alarms = own.alarms.iter().filter(|name| rooms.cloudwatch.alarm(name).is_some());
    let alarms: Vec<_> =
        alarms.map(|name| object!({ "AlarmName": name.as_str(), "AlarmARN": call::arn(account, name) })).collect();
    let dimension = |name: &str, value: &str| object!({ "Name": name, "Value": value });
    let dimensions = alloc::vec![dimension("CapacityProviderName", name), dimension("ClusterName", &cluster.name)];
    Some(object!({
        "AutoScalingGroupName": group.name.as_str(),
        "PolicyName": policy(name),
        "PolicyARN": policy_arn(&own.alarms, &group.arn, name),
        "PolicyType": "TargetTrackingScaling",
        "StepAdjustments": Value::Array(Vec::new()),
        "Alarms": alarms,
        "TargetTrackingConfiguration": object!({
            "CustomizedMetricSpecification": object!({
                "MetricName": METRIC,
                "Namespace": NAMESPACE,
                "Dimensions": dimensions,
                "Statistic": "Average",
            }),
            "TargetValue": f64::from(own.target),
            "DisableScaleIn": false,
        }),
        "Enabled": true,
    }))
}
