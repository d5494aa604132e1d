//! What is refused: nothing changes, and of several faults the first counts (1.1, 1.3, 1.10 to 1.12).

use super::deck::*;
use crate::services::deck::{create, on};
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

type Told = (&'static str, &'static str, bool);

/// An input with every fault at once: each step names the refusal that stands in front and the members that mend it.
fn descending(lab: &mut Lab, operation: &str, mut input: Value, steps: &[(Told, Value)]) {
    for ((code, message, ours), mended) in steps {
        let before = (lab.revision(), lab.digest());
        let error = try_aas(lab, operation, input.clone()).expect_err(message);
        assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), (*code, *message, *ours), "{operation}");
        assert_eq!((lab.revision(), lab.digest()), before, "{operation}: refused, and nothing changed");
        input = over(input, mended.clone());
        input.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    }
    aas(lab, operation, input);
}

const INVALID: &str = "ValidationException";

#[test]
fn errors_of_register_scalable_target_in_descending_order() {
    let mut lab = on(1);
    create(&mut lab, 1, json!({}));
    let input = json!({
        "ServiceNamespace": "dynamo", "ScalableDimension": "dynamodb:table:ReadCapacityUnits", "ResourceId": "table/x",
        "MinCapacity": -1, "RoleARN": "nobody", "Tags": (0..51).map(|number| (format!("t{number}"), json!(""))).collect::<serde_json::Map<_, _>>(),
    });
    descending(
        &mut lab,
        "RegisterScalableTarget",
        input,
        &[
            (
                (
                    INVALID,
                    "1 validation error detected: Value 'dynamo' at 'serviceNamespace' failed to satisfy constraint: Member must satisfy enum value set: [ecs, elasticmapreduce, ec2, appstream, dynamodb, rds, sagemaker, custom-resource, comprehend, lambda, cassandra, kafka, elasticache, neptune, workspaces]",
                    false,
                ),
                json!({ "ServiceNamespace": "dynamodb" }),
            ),
            (
                ("UnsupportedFeatureException", "ECS Lab does not simulate the service namespace dynamodb.", true),
                json!({ "ServiceNamespace": "ecs" }),
            ),
            (
                (INVALID, "Unsupported service namespace, resource type or scalable dimension", false),
                json!({ "ScalableDimension": "ecs:service:DesiredCount" }),
            ),
            (
                (INVALID, "Unsupported service namespace, resource type or scalable dimension", false),
                json!({ "ResourceId": "service/prod" }),
            ),
            (
                (INVALID, "Unsupported service namespace, resource type or scalable dimension", false),
                json!({ "ResourceId": "service/prod/other" }),
            ),
            ((INVALID, "MinCapacity must not be negative.", true), json!({ "MinCapacity": 5 })),
            ((INVALID, "MaxCapacity is required for a new scalable target.", true), json!({ "MaxCapacity": 4 })),
            ((INVALID, "Maximum capacity cannot be less than minimum capacity", true), json!({ "MaxCapacity": 5 })),
            ((INVALID, "ECS service doesn't exist: service/prod/other", false), json!({ "ResourceId": RESOURCE })),
            ((INVALID, "Unable to assume IAM role: nobody", false), json!({ "RoleARN": null })),
            ((INVALID, "A scalable target can have at most 50 tags.", true), json!({ "Tags": null })),
        ],
    );
}

#[test]
fn rule_1_1_daemon_services_do_not_scale() {
    let mut lab = on(1);
    let input =
        json!({ "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "schedulingStrategy": "DAEMON" });
    crate::lab::support::ecs(&mut lab, "CreateService", input);
    let error = try_aas(&mut lab, "RegisterScalableTarget", json!({ "MinCapacity": 1, "MaxCapacity": 2 })).unwrap_err();
    assert_eq!((error.code.as_ref(), error.path.as_str(), error.ours), (INVALID, "ResourceId", true));
    let config = json!({ "AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps("0::1") });
    let input = json!({ "PolicyName": "p", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": config });
    let error = try_aas(&mut lab, "PutScalingPolicy", input).unwrap_err();
    let message = "No scalable target found for service namespace: ecs, resource ID: service/prod/web, scalable dimension: ecs:service:DesiredCount";
    assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), ("ObjectNotFoundException", message, false));
}

/// 0.1: what is not there is an ObjectNotFoundException.
#[test]
fn rule_0_1_what_is_missing() {
    let mut lab = on(1);
    create(&mut lab, 1, json!({}));
    let scope =
        "found for service namespace: ecs, resource ID: service/prod/web, scalable dimension: ecs:service:DesiredCount";
    for (operation, input, what) in [
        ("DeregisterScalableTarget", json!({}), "scalable target"),
        ("DeleteScalingPolicy", json!({ "PolicyName": "p" }), "scaling policy"),
        ("DeleteScheduledAction", json!({ "ScheduledActionName": "a" }), "scheduled action"),
        ("PutScheduledAction", json!({ "ScheduledActionName": "a", "Schedule": "rate(1 day)" }), "scalable target"),
    ] {
        let error = try_aas(&mut lab, operation, input).unwrap_err();
        assert_eq!((error.code.as_ref(), error.message), ("ObjectNotFoundException", format!("No {what} {scope}")));
    }
}

#[test]
fn errors_of_put_scaling_policy_in_descending_order() {
    let mut lab = scalable(1, 1, 4);
    track(&mut lab, "first", "Load", 60.0, json!({}));
    let member = "TargetTrackingScalingPolicyConfiguration";
    let custom = json!({ "MetricName": "Load", "Statistic": "Average" });
    let config = |extra: Value| {
        let predefined = json!({ "PredefinedMetricType": "ECSServiceAverageCPUUtilization" });
        let all = json!({
            "TargetValue": 0.0, "CustomizedMetricSpecification": custom, "PredefinedMetricSpecification": predefined,
            "ScaleInCooldown": -1,
        });
        let mut own = over(all, extra);
        own.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        json!({ member: own })
    };
    let whole = json!({ "Namespace": "Shop", "MetricName": "Load", "Statistic": "Average" });
    let other = over(whole.clone(), json!({ "MetricName": "Other" }));
    let mut input = over(config(json!({})), json!({ "PolicyName": "a:b" }));
    input["StepScalingPolicyConfiguration"] = json!({});
    descending(
        &mut lab,
        "PutScalingPolicy",
        input,
        &[
            ((INVALID, "A policy name has no colon and no vertical bar.", true), json!({ "PolicyName": "second" })),
            (
                (INVALID, "PolicyType is required for a new scaling policy.", true),
                json!({ "PolicyType": "StepScaling", "PolicyName": "first" }),
            ),
            (
                (INVALID, "The type of a scaling policy cannot be changed.", true),
                json!({ "PolicyType": "TargetTrackingScaling", "PolicyName": "second" }),
            ),
            (
                (INVALID, "StepScalingPolicyConfiguration is not for the policy type TargetTrackingScaling.", true),
                json!({ "StepScalingPolicyConfiguration": null }),
            ),
            ((INVALID, "TargetValue must be greater than 0.", true), config(json!({ "TargetValue": 1e200 }))),
            ((INVALID, "TargetValue must lie between -2^360 and 2^360.", true), config(json!({ "TargetValue": 60 }))),
            (
                (
                    INVALID,
                    "A target tracking policy has either a predefined or a customized metric specification.",
                    true,
                ),
                config(json!({ "TargetValue": 60, "PredefinedMetricSpecification": null })),
            ),
            (
                (INVALID, "A customized metric specification needs Namespace.", true),
                config(
                    json!({ "TargetValue": 60, "PredefinedMetricSpecification": null, "CustomizedMetricSpecification": whole }),
                ),
            ),
            (
                (INVALID, "A cooldown must not be negative.", true),
                config(
                    json!({ "TargetValue": 60, "PredefinedMetricSpecification": null, "CustomizedMetricSpecification": whole, "ScaleInCooldown": 0 }),
                ),
            ),
            (
                (INVALID, "Only one TargetTrackingScaling policy for a given metric specification is allowed.", false),
                config(
                    json!({ "TargetValue": 60, "PredefinedMetricSpecification": null, "CustomizedMetricSpecification": other, "ScaleInCooldown": 0 }),
                ),
            ),
        ],
    );
}

#[test]
fn rules_1_2_1_3_and_1_10_bad_policies() {
    let mut lab = scalable(1, 1, 4);
    let label = "app/lb/0123456789abcdef/targetgroup/web/0123456789abcdef";
    let predefined = |kind: &str, label: Option<&str>| {
        let mut own = json!({ "PredefinedMetricType": kind });
        if let Some(label) = label {
            own["ResourceLabel"] = json!(label);
        }
        json!({ "TargetValue": 50, "PredefinedMetricSpecification": own })
    };
    let stepping = |adjustments: &str, extra: Value| {
        over(json!({ "AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": steps(adjustments) }), extra)
    };
    let many: Vec<String> = (0..21)
        .map(|number| if number == 20 { "20::1".into() } else { format!("{number}:{}:1", number + 1) })
        .collect();
    for (kind, config, code, path) in [
        ("TargetTrackingScaling", predefined("DynamoDBReadCapacityUtilization", None), INVALID, "PredefinedMetricType"),
        ("TargetTrackingScaling", predefined("ECSServiceAverageCPUUtilization", Some(label)), INVALID, "ResourceLabel"),
        ("TargetTrackingScaling", predefined("ALBRequestCountPerTarget", None), INVALID, "ResourceLabel"),
        ("TargetTrackingScaling", predefined("ALBRequestCountPerTarget", Some("app/lb/1")), INVALID, "ResourceLabel"),
        ("TargetTrackingScaling", predefined("ALBRequestCountPerTarget", Some(label)), INVALID, "ResourceLabel"),
        (
            "TargetTrackingScaling",
            predefined("NoSuchMetric", None),
            INVALID,
            "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType",
        ),
        ("TargetTrackingScaling", json!({ "TargetValue": 50 }), INVALID, "TargetTrackingScalingPolicyConfiguration"),
        (
            "TargetTrackingScaling",
            json!({ "TargetValue": -5, "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" } }),
            INVALID,
            "TargetValue",
        ),
        (
            "TargetTrackingScaling",
            json!({ "TargetValue": "NaN" }),
            "ParamValidation",
            "TargetTrackingScalingPolicyConfiguration.TargetValue",
        ),
        (
            "TargetTrackingScaling",
            json!({ "TargetValue": 50, "CustomizedMetricSpecification": { "Metrics": [] } }),
            INVALID,
            "CustomizedMetricSpecification.Metrics",
        ),
        ("StepScaling", json!({ "StepAdjustments": [] }), INVALID, "AdjustmentType"),
        ("StepScaling", json!({ "AdjustmentType": "ChangeInCapacity" }), INVALID, "StepAdjustments"),
        ("StepScaling", stepping("::1", json!({})), INVALID, "StepAdjustments"),
        ("StepScaling", stepping("0:10:1 5::2", json!({})), INVALID, "StepAdjustments"),
        ("StepScaling", stepping("0:10:1 11::2", json!({})), INVALID, "StepAdjustments"),
        ("StepScaling", stepping("10:0:1", json!({})), INVALID, "StepAdjustments"),
        ("StepScaling", stepping("-10:0:1", json!({})), INVALID, "StepAdjustments"),
        ("StepScaling", stepping("0:10:1", json!({})), INVALID, "StepAdjustments"),
        ("StepScaling", stepping("0::-1", json!({ "AdjustmentType": "ExactCapacity" })), INVALID, "StepAdjustments"),
        (
            "StepScaling",
            stepping("0::1", json!({ "AdjustmentType": "ExactCapacity", "MinAdjustmentMagnitude": 1 })),
            INVALID,
            "MinAdjustmentMagnitude",
        ),
        ("StepScaling", stepping("0::1", json!({ "MinAdjustmentMagnitude": -1 })), INVALID, "MinAdjustmentMagnitude"),
        ("StepScaling", stepping("0::1", json!({ "Cooldown": -1 })), INVALID, "Cooldown"),
        ("StepScaling", stepping(&many.join(" "), json!({})), "LimitExceededException", ""),
    ] {
        let member = format!("{kind}PolicyConfiguration");
        let before = lab.digest();
        let input = json!({ "PolicyName": "p", "PolicyType": kind, member: config });
        let error = try_aas(&mut lab, "PutScalingPolicy", input).expect_err(&config.to_string());
        assert_eq!((error.code.as_ref(), error.path.as_str()), (code, path), "{config}: {error}");
        assert_eq!(lab.digest(), before);
    }
    let error =
        try_aas(&mut lab, "PutScalingPolicy", json!({ "PolicyName": "p", "PolicyType": "StepScaling" })).unwrap_err();
    assert_eq!(error.message, "The policy type StepScaling needs StepScalingPolicyConfiguration.");
}

#[test]
fn rule_1_1_limits_of_a_target() {
    let mut lab = scalable(1, 1, 4);
    for number in 0..50 {
        step_policy(&mut lab, &format!("p{number}"), "0::1", json!({}));
    }
    let config = json!({ "AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps("0::1") });
    let put = |name: &str| json!({ "PolicyName": name, "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": config });
    assert_eq!(try_aas(&mut lab, "PutScalingPolicy", put("p50")).unwrap_err().code, "LimitExceededException");
    aas(&mut lab, "PutScalingPolicy", put("p49"));
    let action = |name: &str| json!({ "ScheduledActionName": name, "Schedule": "rate(1 day)", "ScalableTargetAction": { "MinCapacity": 1 } });
    for number in 0..200 {
        aas(&mut lab, "PutScheduledAction", action(&format!("a{number}")));
    }
    assert_eq!(try_aas(&mut lab, "PutScheduledAction", action("a200")).unwrap_err().code, "LimitExceededException");
    aas(&mut lab, "PutScheduledAction", action("a199"));
}

#[test]
fn rule_1_11_bad_schedules() {
    let mut lab = scalable(1, 1, 4);
    let own = |extra: Value| {
        over(
            json!({ "ScheduledActionName": "a", "Schedule": "rate(1 hour)", "ScalableTargetAction": { "MinCapacity": 1 } }),
            extra,
        )
    };
    for (extra, code, path) in [
        (json!({ "Schedule": null }), INVALID, "Schedule"),
        (json!({ "Schedule": "daily" }), INVALID, "Schedule"),
        (json!({ "Schedule": "at(2026-01-05T09:00:00)" }), INVALID, "Schedule"),
        (json!({ "Schedule": "rate(0 hours)" }), INVALID, "Schedule"),
        (json!({ "Schedule": "cron(0 0 31 2 ? *)" }), INVALID, "Schedule"),
        (json!({ "Schedule": "cron(* * * * * ? *)" }), INVALID, "Schedule"),
        (json!({ "Schedule": "cron(0 8 * * ? 2020)" }), INVALID, "Schedule"),
        (json!({ "Timezone": "UTC" }), INVALID, "Timezone"),
        (
            json!({ "Schedule": "cron(0 8 * * ? *)", "Timezone": "Mars/Phobos" }),
            "UnsupportedFeatureException",
            "Timezone",
        ),
        (json!({ "StartTime": "2026-01-05T08:00:00Z" }), INVALID, "StartTime"),
        (json!({ "EndTime": "2026-01-05T08:00:00Z" }), INVALID, "EndTime"),
        (json!({ "StartTime": "2026-01-07T08:00:00Z", "EndTime": "2026-01-06T08:00:00Z" }), INVALID, "EndTime"),
        (json!({ "EndTime": "2026-01-05T09:30:00Z" }), INVALID, "Schedule"),
        (json!({ "ScalableTargetAction": null }), INVALID, "ScalableTargetAction"),
        (json!({ "ScalableTargetAction": {} }), INVALID, "ScalableTargetAction"),
        (json!({ "ScalableTargetAction": { "MinCapacity": 5, "MaxCapacity": 4 } }), INVALID, "ScalableTargetAction"),
        (json!({ "ScalableTargetAction": { "MaxCapacity": -1 } }), INVALID, "ScalableTargetAction"),
        (json!({ "ScheduledActionName": "a:b" }), INVALID, "ScheduledActionName"),
        (json!({ "ScheduledActionName": " a" }), INVALID, "ScheduledActionName"),
    ] {
        let mut input = own(extra.clone());
        input.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let before = lab.digest();
        let error = try_aas(&mut lab, "PutScheduledAction", input).expect_err(&extra.to_string());
        assert_eq!((error.code.as_ref(), error.path.as_str()), (code, path), "{extra}: {error}");
        assert_eq!(lab.digest(), before);
    }
    let error = try_aas(
        &mut lab,
        "PutScheduledAction",
        own(json!({ "Schedule": "cron(0 8 * * ? *)", "Timezone": "Europe/Oslo" })),
    )
    .unwrap_err();
    assert_eq!(error.message, "ECS Lab does not simulate the time zone Europe/Oslo.");
}

#[test]
fn bad_describes() {
    let mut lab = scalable(1, 1, 4);
    for (operation, input, path) in [
        ("DescribeScalableTargets", json!({ "MaxResults": 0 }), "MaxResults"),
        ("DescribeScalingPolicies", json!({ "MaxResults": 51 }), "MaxResults"),
        ("DescribeScalingPolicies", json!({ "ScalableDimension": "ecs:service:DesiredCount" }), "ScalableDimension"),
        (
            "DescribeScalingActivities",
            json!({ "ScalableDimension": "dynamodb:table:ReadCapacityUnits" }),
            "ScalableDimension",
        ),
    ] {
        let error = try_aas(&mut lab, operation, input).unwrap_err();
        assert_eq!((error.code.as_ref(), error.path.as_str()), (INVALID, path));
    }
}

/// Every value within a configuration, bent in many ways: an error and nothing changed, or an answer, and time goes on.
#[test]
fn configurations_survive_every_value() {
    let lab = scalable(1, 1, 4);
    let pair = json!({ "PredefinedMetricType": "ECSServiceCPUUtilization" });
    let custom = json!({ "Namespace": "Shop", "MetricName": "Load", "Statistic": "Average", "Dimensions": [{ "Name": "a", "Value": "b" }] });
    let action = json!({ "Schedule": "cron(0/5 * * * ? *)", "Timezone": "UTC", "StartTime": 1767690000, "EndTime": 1893456000,
        "ScalableTargetAction": { "MinCapacity": 1, "MaxCapacity": 4 }, "ScheduledActionName": "a" });
    let policy = |kind: &str, config: Value| {
        let member = format!("{kind}PolicyConfiguration");
        json!({ "PolicyName": "p", "PolicyType": kind, member: config })
    };
    let whole = [
        (
            "PutScalingPolicy",
            policy(
                "TargetTrackingScaling",
                json!({ "TargetValue": 60.0, "ScaleInCooldown": 1, "CustomizedMetricSpecification": custom }),
            ),
        ),
        (
            "PutScalingPolicy",
            policy(
                "StepScaling",
                json!({ "AdjustmentType": "ChangeInCapacity", "Cooldown": 1, "StepAdjustments": steps(":0:-1 0:5:1 5::2") }),
            ),
        ),
        (
            "PutScalingPolicy",
            policy(
                "PredictiveScaling",
                json!({ "Mode": "ForecastAndScale", "MetricSpecifications": [{ "TargetValue": 50.0, "PredefinedMetricPairSpecification": pair }] }),
            ),
        ),
        ("PutScheduledAction", action),
        (
            "RegisterScalableTarget",
            json!({ "MinCapacity": 1, "MaxCapacity": 4, "SuspendedState": { "DynamicScalingInSuspended": true } }),
        ),
    ];
    let mut refused = 0;
    for (operation, input) in &whole {
        aas(&mut lab.fork(), operation, input.clone());
        let mut paths = Vec::new();
        places(input, String::new(), &mut paths);
        for path in paths {
            for value in [
                json!(null),
                json!(-1),
                json!(0),
                json!(1e-300),
                json!(1e300),
                json!(i32::MAX),
                json!(i32::MIN),
                json!(i64::MAX),
                json!(""),
                json!("x".repeat(5000)),
                json!([]),
                json!({}),
                json!([null]),
                json!(true),
            ] {
                let mut bent = input.clone();
                *bent.pointer_mut(&path).unwrap() = value;
                let mut other = lab.fork();
                let before = other.digest();
                match try_aas(&mut other, operation, bent) {
                    Ok(_) => minutes(&mut other, 2, "Load", 90.0),
                    Err(_) => {
                        refused += 1;
                        assert_eq!(other.digest(), before);
                    }
                }
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

/// The JSON pointers of all values within one.
fn places(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, own)| places(own, format!("{path}/{name}"), found)),
        Value::Array(list) => list.iter().enumerate().for_each(|(at, own)| places(own, format!("{path}/{at}"), found)),
        _ => {}
    }
    if !path.is_empty() {
        found.push(path);
    }
}
