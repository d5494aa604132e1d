//! A day of services that Application Auto Scaling moves up and down.

use crate::clock::Watch;
use crate::report::Report;
use crate::services::{call, served, wait};
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

/// 24 hours of 50 services between 4 and 16 tasks, with a load that follows the day and three policies each: target
/// tracking of CPU and of memory, and steps. Then the same where metric math says how much CPU and memory is used.
pub fn day(report: Report<'_>) {
    of("scaling_day", |lab, name| serve(lab, name, predefined), report);
    of("scaling_day_math", |lab, name| serve(lab, name, math), report);
}

fn of(bench: &str, serve: fn(&mut Lab, &str), report: Report<'_>) {
    const SERVICES: u32 = 50;
    let mut lab = served(SERVICES, serve);
    let facts = lab.facts().count();
    let watch = Watch::start();
    wait(&mut lab, 86_400);
    report(bench, SERVICES.into(), watch.nanoseconds() / 1e6, "ms");
    let scaled = lab.facts().skip(facts).filter(|fact| fact.kind.sentence().contains(" wants ")).count();
    assert!(scaled >= 2 * SERVICES as usize, "the services followed their load: {scaled}");
}

/// The metric specification for a utilisation of a service.
fn predefined(_: &str, which: &str) -> Value {
    json!({ "PredefinedMetricSpecification": { "PredefinedMetricType": format!("ECSServiceAverage{which}Utilization") } })
}

fn math(name: &str, which: &str) -> Value {
    let dimensions = json!([{ "Name": "ClusterName", "Value": "prod" }, { "Name": "ServiceName", "Value": name }]);
    let metric =
        json!({ "Namespace": "AWS/ECS", "MetricName": format!("{which}Utilization"), "Dimensions": dimensions });
    let stat = |id: &str, stat: &str| json!({ "Id": id, "MetricStat": { "Metric": metric, "Stat": stat }, "ReturnData": false });
    let mean = json!({ "Id": "mean", "Expression": "IF(tasks > 0, used / tasks, 0)" });
    json!({ "CustomizedMetricSpecification": { "Metrics": [stat("used", "Sum"), stat("tasks", "SampleCount"), mean] } })
}

fn serve(lab: &mut Lab, name: &str, metric: fn(&str, &str) -> Value) {
    let service = json!({ "cluster": "prod", "serviceName": name, "taskDefinition": "api", "desiredCount": 4 });
    call(lab, "ecs", "CreateService", service);
    let point = |hour: u32, rate: u32| json!({ "seconds": hour * 3600, "requestsPerSecond": rate });
    let load = json!({
        "cluster": "prod", "service": name, "points": [point(0, 60), point(4, 220), point(10, 40), point(18, 60)],
        "repeatSeconds": 86_400, "workMilliseconds": 10, "memory": 200, "memoryPerRequest": 1,
    });
    call(lab, "lab", "Load", load);
    let about = |extra: Value| {
        let resource = format!("service/prod/{name}");
        let mut own = json!({ "ServiceNamespace": "ecs", "ResourceId": resource, "ScalableDimension": "ecs:service:DesiredCount" });
        own.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        own
    };
    let scaling =
        |lab: &mut Lab, operation: &str, extra: Value| call(lab, "application-autoscaling", operation, about(extra));
    scaling(lab, "RegisterScalableTarget", json!({ "MinCapacity": 4, "MaxCapacity": 16 }));
    for (policy, which) in [("cpu", "CPU"), ("memory", "Memory")] {
        let mut config = metric(name, which);
        config["TargetValue"] = json!(60);
        let input = json!({ "PolicyName": policy, "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config });
        scaling(lab, "PutScalingPolicy", input);
    }
    let step = json!({ "MetricIntervalLowerBound": 0, "ScalingAdjustment": 2 });
    let config = json!({ "AdjustmentType": "ChangeInCapacity", "StepAdjustments": [step], "Cooldown": 120 });
    let input = json!({ "PolicyName": "step", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": config });
    let policy = scaling(lab, "PutScalingPolicy", input)["PolicyARN"].clone();
    let alarm = json!({
        "AlarmName": format!("{name}-step"), "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average",
        "Dimensions": [{ "Name": "ClusterName", "Value": "prod" }, { "Name": "ServiceName", "Value": name }],
        "Period": 60, "EvaluationPeriods": 1, "Threshold": 85.0, "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [policy],
    });
    call(lab, "cloudwatch", "PutMetricAlarm", alarm);
}
