//! Verbs for tests of scaling.

use crate::lab::support::*;
use crate::services::deck::{counts, create, on};
use ecs_lab::applicationautoscaling::{Policy, Target};
use ecs_lab::aws::{ApiError, check, model};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

pub const RESOURCE: &str = "service/prod/web";

/// Lays members over others.
pub fn over(under: Value, members: Value) -> Value {
    crate::services::deck::over(under, members)
}

/// A call of Application Auto Scaling about the service `web`, unless the members say otherwise. Its answer holds to the
/// model, and so does its refusal.
pub fn try_aas(lab: &mut Lab, operation: &str, extra: Value) -> Result<Value, ApiError> {
    let mut input = json!({});
    if !["TagResource", "UntagResource", "ListTagsForResource"].contains(&operation) {
        input = json!({ "ServiceNamespace": "ecs" });
        if !operation.starts_with("Describe") {
            input["ResourceId"] = json!(RESOURCE);
            input["ScalableDimension"] = json!("ecs:service:DesiredCount");
        }
    }
    let call = ApiCall::new("application-autoscaling", operation, over(input, extra));
    let known = model::operation("application-autoscaling", operation).unwrap();
    let done = lab.apply(Command::Api(call)).map(|outcome| outcome.reply);
    match &done {
        Ok(reply) => {
            let faults: Vec<String> = check::check_shape(known.output, reply).iter().map(ToString::to_string).collect();
            assert_eq!(faults, [""; 0], "{operation}: {reply}");
        }
        Err(error) => {
            let always = ["ParamValidation", "UnsupportedFeatureException", "AccessDeniedException"];
            let code = error.code.as_ref();
            assert!(known.errors.contains(&code) || always.contains(&code), "{operation}: {error}");
        }
    }
    done
}

pub fn aas(lab: &mut Lab, operation: &str, extra: Value) -> Value {
    try_aas(lab, operation, extra).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

pub fn cloudwatch(lab: &mut Lab, operation: &str, input: Value) -> Value {
    let call = ApiCall::new("cloudwatch", operation, input);
    lab.apply(Command::Api(call)).unwrap_or_else(|error| panic!("{operation}: {error}")).reply
}

/// RegisterScalableTarget of the service `web`.
pub fn register_target(lab: &mut Lab, min: u32, max: u32) -> Value {
    aas(lab, "RegisterScalableTarget", json!({ "MinCapacity": min, "MaxCapacity": max }))
}

/// The steady service `web` with so many tasks, between these bounds.
pub fn scalable(tasks: u32, min: u32, max: u32) -> Lab {
    let mut lab = on(4);
    create(&mut lab, tasks, json!({}));
    wait(&mut lab, "2m");
    assert_eq!(counts(&lab), [u64::from(tasks), u64::from(tasks), 0]);
    register_target(&mut lab, min, max);
    lab
}

/// PutScalingPolicy: target tracking of a metric of one's own.
pub fn track(lab: &mut Lab, name: &str, metric: &str, target: f64, extra: Value) -> Value {
    let custom = json!({ "Namespace": "Shop", "MetricName": metric, "Statistic": "Average" });
    let config = over(json!({ "TargetValue": target, "CustomizedMetricSpecification": custom }), extra);
    let input = json!({
        "PolicyName": name, "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config,
    });
    aas(lab, "PutScalingPolicy", input)
}

/// PutScalingPolicy: steps as LOWER:UPPER:ADJUSTMENT.
pub fn steps(text: &str) -> Value {
    let step = |own: &str| {
        let parts: Vec<&str> = own.split(':').collect();
        let mut step = json!({ "ScalingAdjustment": parts[2].parse::<i64>().unwrap() });
        for (member, part) in ["MetricIntervalLowerBound", "MetricIntervalUpperBound"].into_iter().zip(&parts) {
            if !part.is_empty() {
                step[member] = json!(part.parse::<f64>().unwrap());
            }
        }
        step
    };
    text.split(' ').map(step).collect()
}

pub fn step_policy(lab: &mut Lab, name: &str, adjustments: &str, extra: Value) -> Value {
    let config = over(json!({ "AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps(adjustments) }), extra);
    let input = json!({ "PolicyName": name, "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": config });
    aas(lab, "PutScalingPolicy", input)
}

/// An alarm of one point that triggers a policy.
pub fn alarm(lab: &mut Lab, name: &str, metric: &str, comparison: &str, threshold: f64, policy: &Value) {
    let input = json!({
        "AlarmName": name, "Namespace": "Shop", "MetricName": metric, "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": threshold, "ComparisonOperator": comparison,
        "AlarmActions": [policy["PolicyARN"]],
    });
    cloudwatch(lab, "PutMetricAlarm", input);
}

/// A minute in which metrics have these values; at its end the alarms look.
pub fn minute(lab: &mut Lab, values: &[(&str, f64)]) {
    let data: Vec<Value> =
        values.iter().map(|(metric, value)| json!({ "MetricName": metric, "Value": value })).collect();
    if !data.is_empty() {
        cloudwatch(lab, "PutMetricData", json!({ "Namespace": "Shop", "MetricData": data }));
    }
    wait(lab, "1m");
}

/// So many minutes of one value.
pub fn minutes(lab: &mut Lab, count: u32, metric: &str, value: f64) {
    (0..count).for_each(|_| minute(lab, &[(metric, value)]));
}

pub fn desired(lab: &Lab) -> u64 {
    counts(lab)[0]
}

/// The target `web`.
pub fn target(lab: &Lab) -> &Target {
    lab.world().applicationautoscaling().target(RESOURCE).unwrap()
}

pub fn policy<'a>(lab: &'a Lab, name: &str) -> &'a Policy {
    target(lab).policies.iter().find(|own| &*own.name == name).unwrap()
}

/// The newest evaluation of a policy in a sentence.
pub fn why(lab: &Lab, name: &str) -> String {
    policy(lab, name).evaluations.last().map(|own| own.sentence()).unwrap_or_default()
}

/// The scaling activities, the oldest first.
pub fn activities(lab: &mut Lab) -> Vec<Value> {
    let input = json!({ "ResourceId": RESOURCE, "IncludeNotScaledActivities": true });
    let mut all = aas(lab, "DescribeScalingActivities", input)["ScalingActivities"].as_array().unwrap().clone();
    all.reverse();
    all
}

/// Of each its description, cause and status; of alarms the last word of the name without its id.
pub fn told(lab: &mut Lab) -> Vec<String> {
    let each = |own: &Value| {
        let text = |member: &str| own[member].as_str().unwrap_or_default().to_string();
        let codes = own["NotScaledReasons"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|reason| format!(" {}", reason["Code"].as_str().unwrap()));
        format!(
            "{} | {} | {}{}",
            text("Description"),
            plain(&text("Cause")),
            text("StatusCode"),
            codes.collect::<String>()
        )
    };
    activities(lab).iter().map(each).collect()
}

/// A text without the ids of alarms.
pub fn plain(text: &str) -> String {
    let word = |word: &str| match word.strip_prefix("TargetTracking-service/prod/web-") {
        Some(rest) => rest.split('-').next().unwrap().to_string(),
        None => word.to_string(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
