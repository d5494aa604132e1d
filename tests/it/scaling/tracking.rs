//! Target tracking: its alarms, what it does, and what holds it back (1.2 to 1.9, 1.14).

use super::deck::*;
use crate::lab::support::*;
use crate::services::deck::{create, on, update};
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

const HIGH: &str = "monitor alarm AlarmHigh in state ALARM triggered policy load";
const LOW: &str = "monitor alarm AlarmLow in state ALARM triggered policy load";

#[test]
fn rule_1_4_a_policy_makes_its_two_alarms() {
    let mut lab = scalable(2, 1, 4);
    let config = json!({ "TargetValue": 60.0, "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" } });
    let input = json!({ "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config });
    let made = aas(&mut lab, "PutScalingPolicy", input.clone());
    let arn = made["PolicyARN"].as_str().unwrap().to_string();
    let (start, end) =
        ("arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:", ":resource/ecs/service/prod/web:policyName/cpu");
    assert!(arn.starts_with(start) && arn.ends_with(end), "{arn}");
    let alarms = cloudwatch(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"].as_array().unwrap().clone();
    let of = |number: usize, side: &str, comparison: &str, threshold: f64, points: u32| {
        let own = &alarms[number];
        let name = own["AlarmName"].as_str().unwrap();
        let id = name.strip_prefix(&format!("TargetTracking-service/prod/web-Alarm{side}-")).unwrap();
        assert_eq!(id.len(), 36);
        let action = format!("{arn}:createdBy/{id}");
        for (member, expected) in [
            ("AlarmDescription", json!(format!("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {action}"))),
            ("AlarmActions", json!([action])),
            ("Namespace", json!("AWS/ECS")),
            ("MetricName", json!("CPUUtilization")),
            (
                "Dimensions",
                json!([{ "Name": "ClusterName", "Value": "prod" }, { "Name": "ServiceName", "Value": "web" }]),
            ),
            ("Statistic", json!("Average")),
            ("Period", json!(60)),
            ("EvaluationPeriods", json!(points)),
            ("Threshold", json!(threshold)),
            ("ComparisonOperator", json!(comparison)),
            ("TreatMissingData", json!("missing")),
        ] {
            assert_eq!(own[member], expected, "{member}");
        }
        assert_eq!(made["Alarms"][number], json!({ "AlarmName": name, "AlarmARN": own["AlarmArn"] }));
    };
    of(0, "High", "GreaterThanThreshold", 60.0, 3);
    of(1, "Low", "LessThanThreshold", 54.0, 15);
    let shown = aas(&mut lab, "DescribeScalingPolicies", json!({}))["ScalingPolicies"][0].clone();
    assert_eq!((&shown["Alarms"], &shown["TargetTrackingScalingPolicyConfiguration"]), (&made["Alarms"], &config));
    // A policy that is put again keeps its ARN and its alarms, and makes anew what somebody deleted.
    let name = alarms[0]["AlarmName"].clone();
    cloudwatch(&mut lab, "DeleteAlarms", json!({ "AlarmNames": [name] }));
    assert_eq!(aas(&mut lab, "PutScalingPolicy", input), made);
    let again = cloudwatch(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"].as_array().unwrap().len();
    assert_eq!(again, 2);
    aas(&mut lab, "DeleteScalingPolicy", json!({ "PolicyName": "cpu" }));
    assert_eq!(cloudwatch(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"], json!([]));
}

/// 1.2: what each metric type watches.
#[test]
fn table_1_2_of_metrics() {
    let mut lab = scalable(2, 1, 4);
    let put = |lab: &mut Lab, kind: &str| {
        let config = json!({ "TargetValue": 50.0, "PredefinedMetricSpecification": { "PredefinedMetricType": kind } });
        let input = json!({ "PolicyName": "p", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config });
        try_aas(lab, "PutScalingPolicy", input)
    };
    let high = |metric: &str| format!("ECSServiceAverage{metric}UtilizationHighResolution");
    let fine = |metrics: Value| json!({ "monitoring": { "metricConfigurations": [{ "metricNames": metrics, "resolutionSeconds": 20 }] } });
    let refused = |lab: &mut Lab, metric: &str| {
        let error = put(lab, &high(metric)).unwrap_err();
        assert_eq!((error.code.as_ref(), error.path.as_str()), ("ValidationException", "PredefinedMetricType"));
    };
    // High resolution has to be on before, for that very metric.
    refused(&mut lab, "CPU");
    update(&mut lab, fine(json!(["CPUUtilization"])));
    put(&mut lab, &high("CPU")).unwrap();
    refused(&mut lab, "Memory");
    update(&mut lab, fine(json!(["CPUUtilization", "MemoryUtilization"])));
    for (kind, metric, period, points) in [
        ("ECSServiceAverageCPUUtilization", "CPUUtilization", 60, [3, 15]),
        ("ECSServiceAverageMemoryUtilization", "MemoryUtilization", 60, [3, 15]),
        ("ECSServiceAverageCPUUtilizationHighResolution", "CPUUtilization", 20, [3, 45]),
        ("ECSServiceAverageMemoryUtilizationHighResolution", "MemoryUtilization", 20, [3, 45]),
    ] {
        put(&mut lab, kind).unwrap();
        let alarms = cloudwatch(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"].clone();
        for (number, points) in points.into_iter().enumerate() {
            let own = &alarms[number];
            let found = (
                own["MetricName"].as_str().unwrap(),
                own["Period"].as_i64().unwrap(),
                own["EvaluationPeriods"].as_i64().unwrap(),
            );
            assert_eq!(found, (metric, period, points), "{kind}");
        }
    }
}

#[test]
fn rule_1_5_scales_out_by_what_the_metric_asks_for() {
    let mut lab = scalable(4, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 2, "Load", 90.0);
    assert_eq!((desired(&lab), told(&mut lab).len()), (4, 0), "two points are too few");
    minute(&mut lab, &[("Load", 90.0)]);
    assert_eq!(desired(&lab), 6);
    assert_eq!(why(&lab, "load"), "wants 6 because ceil(4 × 90 / 60) = 6: the desired count goes from 4 to 6");
    let own = activities(&mut lab).pop().unwrap();
    assert_eq!((&own["StatusCode"], &own["EndTime"]), (&json!("InProgress"), &Value::Null));
    assert_eq!(own["StatusMessage"], "Successfully set desired count to 6. Waiting for change to be fulfilled by ecs.");
    wait(&mut lab, "40s");
    let own = activities(&mut lab).pop().unwrap();
    assert_eq!(told(&mut lab), [format!("Setting desired count to 6. | {HIGH} | Successful")]);
    assert_eq!(own["StatusMessage"], "Successfully set desired count to 6. Change successfully fulfilled by ecs.");
}

#[test]
fn rule_1_5_scales_in_after_fifteen_low_points() {
    let mut lab = scalable(6, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 14, "Load", 20.0);
    assert_eq!(desired(&lab), 6);
    assert_eq!(why(&lab, "load"), "wants no change; there are too few datapoints");
    minute(&mut lab, &[("Load", 20.0)]);
    assert_eq!(desired(&lab), 2);
    assert_eq!(told(&mut lab), [format!("Setting desired count to 2. | {LOW} | InProgress")]);
}

/// 1.5, 1.14: small services do not scale in until one task less is enough. The reason is noted once.
#[test]
fn rule_1_5_anticipates_flapping() {
    let mut lab = scalable(3, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 20, "Load", 50.0);
    assert_eq!(desired(&lab), 3);
    let expected =
        format!("Attempting to scale due to alarm triggered | {LOW} | Failed AutoScalingAnticipatedFlapping");
    assert_eq!(told(&mut lab), [expected]);
    let shown = aas(&mut lab, "DescribeScalingActivities", json!({ "ResourceId": RESOURCE }));
    assert_eq!(shown["ScalingActivities"], json!([]), "only who asks for them sees what was not scaled");
    minute(&mut lab, &[("Load", 40.0)]);
    assert_eq!(desired(&lab), 2);
}

#[test]
fn rule_1_14_reasons_for_not_scaling() {
    let reason = |lab: &mut ecs_lab::lab::Lab| activities(lab).pop().unwrap()["NotScaledReasons"].clone();
    let mut lab = scalable(4, 1, 4);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 5, "Load", 90.0);
    assert_eq!(reason(&mut lab), json!([{ "Code": "AlreadyAtMaxCapacity", "MaxCapacity": 4 }]));
    let mut lab = scalable(4, 4, 8);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 16, "Load", 20.0);
    assert_eq!(reason(&mut lab), json!([{ "Code": "AlreadyAtMinCapacity", "MinCapacity": 4 }]));
    // Nothing places the new tasks: what is desired stays desired.
    let mut lab = on(1);
    create(&mut lab, 1, json!({ "placementConstraints": [{ "type": "distinctInstance" }] }));
    wait(&mut lab, "2m");
    register_target(&mut lab, 1, 8);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 5, "Load", 90.0);
    assert_eq!(desired(&lab), 2, "one runs, and two are wanted");
    assert_eq!(reason(&mut lab), json!([{ "Code": "AlreadyAtDesiredCapacity", "CurrentCapacity": 2 }]));
}

/// 1.5: from zero it waits for one point and adds the smallest amount.
#[test]
fn rule_1_5_from_zero() {
    let mut lab = scalable(0, 0, 20);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 3, "Load", 60.0);
    assert_eq!(desired(&lab), 0);
    minute(&mut lab, &[("Load", 900.0)]);
    assert_eq!(desired(&lab), 1);
    assert_eq!(
        why(&lab, "load"),
        "wants 1 because no task runs and 900 is above 60: 1 is added: the desired count goes from 0 to 1"
    );
    assert_eq!(told(&mut lab)[0].split(" | ").nth(1), Some(HIGH));
}

/// 1.6: in the cooldown only more than what was asked for adds tasks; it begins when the activity has succeeded.
#[test]
fn rule_1_6_cooldowns() {
    let mut lab = scalable(4, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 6);
    // Six tasks run; 6 × 60.5 / 60 wants 7: more than 6, so at once.
    minute(&mut lab, &[("Load", 60.5)]);
    assert_eq!(desired(&lab), 7);
    // Somebody takes tasks away: what was asked for once is not asked for again in the cooldown.
    update(&mut lab, json!({ "desiredCount": 5 }));
    wait(&mut lab, "50s");
    minutes(&mut lab, 1, "Load", 80.0);
    assert_eq!(desired(&lab), 5);
    assert!(
        why(&lab, "load").starts_with("wants 7 because ceil(5 × 80 / 60) = 7; the scale-out cooldown lasts until 09:"),
        "{}",
        why(&lab, "load")
    );
    minutes(&mut lab, 5, "Load", 80.0);
    assert_eq!(desired(&lab), 7);
    // In the cooldown of a scale-out nothing is removed, after it is.
    minutes(&mut lab, 15, "Load", 20.0);
    assert_eq!(desired(&lab), 3);
    minutes(&mut lab, 4, "Load", 5.0);
    assert_eq!(desired(&lab), 3);
    assert!(why(&lab, "load").contains("; the scale-in cooldown lasts until"), "{}", why(&lab, "load"));
    // A scale-out ends the cooldown of a scale-in.
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 5);
    assert_eq!(target(&lab).last_in, None);
}

#[test]
fn rule_1_3_a_cooldown_of_nothing_and_disable_scale_in() {
    let mut lab = scalable(4, 1, 20);
    track(
        &mut lab,
        "load",
        "Load",
        60.0,
        json!({ "ScaleOutCooldown": 0, "ScaleInCooldown": 0, "DisableScaleIn": true }),
    );
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 6);
    minutes(&mut lab, 20, "Load", 10.0);
    assert_eq!(desired(&lab), 6);
    assert!(why(&lab, "load").ends_with("; the policy does not scale in"));
    track(&mut lab, "load", "Load", 60.0, json!({ "ScaleInCooldown": 0 }));
    minute(&mut lab, &[("Load", 10.0)]);
    assert_eq!(desired(&lab), 1);
}

/// 1.4: without its alarm a policy no longer scales out.
#[test]
fn rule_1_4_deleting_alarm_high_stops_scaling_out() {
    let mut lab = scalable(4, 1, 20);
    let made = track(&mut lab, "load", "Load", 60.0, json!({}));
    cloudwatch(&mut lab, "DeleteAlarms", json!({ "AlarmNames": [made["Alarms"][0]["AlarmName"]] }));
    minutes(&mut lab, 5, "Load", 90.0);
    assert_eq!(desired(&lab), 4);
    let out = "the alarm that would scale it out was deleted, and comes back when the policy is put again";
    assert_eq!(why(&lab, "load"), format!("wants no change; {out}"));
    minutes(&mut lab, 16, "Load", 55.0);
    assert!(why(&lab, "load").ends_with(out), "with all its datapoints: {}", why(&lab, "load"));
    track(&mut lab, "load", "Load", 60.0, json!({}));
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 6);
    cloudwatch(&mut lab, "DeleteAlarms", json!({ "AlarmNames": [made["Alarms"][1]["AlarmName"]] }));
    minutes(&mut lab, 2, "Load", 55.0);
    assert!(why(&lab, "load").contains("the alarm that would scale it in was deleted"), "{}", why(&lab, "load"));
    cloudwatch(&mut lab, "DeleteAlarms", json!({ "AlarmNames": [made["Alarms"][0]["AlarmName"]] }));
    minutes(&mut lab, 2, "Load", 55.0);
    assert!(why(&lab, "load").contains("both of its alarms were deleted"), "{}", why(&lab, "load"));
}

/// 1.3, 1.4: who never scales in misses no AlarmLow.
#[test]
fn rule_1_3_disable_scale_in_misses_no_alarm_low() {
    let mut lab = scalable(4, 1, 20);
    let made = track(&mut lab, "load", "Load", 60.0, json!({ "DisableScaleIn": true }));
    cloudwatch(&mut lab, "DeleteAlarms", json!({ "AlarmNames": [made["Alarms"][1]["AlarmName"]] }));
    minutes(&mut lab, 4, "Load", 55.0);
    assert_eq!(why(&lab, "load"), "wants no change; no alarm is in ALARM");
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 6);
}

/// 1.4: an alarm whose actions are off is there with all its datapoints, in either direction and from zero.
#[test]
fn rule_1_4_an_alarm_whose_actions_are_off_is_named() {
    let off = "wants no change; the actions of the alarm that would move it are off";
    for (place, metric, tasks) in [(0, 90.0, 4), (1, 10.0, 4), (0, 90.0, 0)] {
        let mut lab = scalable(tasks, 0, 20);
        let made = track(&mut lab, "load", "Load", 60.0, json!({}));
        cloudwatch(&mut lab, "DisableAlarmActions", json!({ "AlarmNames": [made["Alarms"][place]["AlarmName"]] }));
        minutes(&mut lab, 17, "Load", metric);
        assert_eq!((why(&lab, "load").as_str(), desired(&lab)), (off, u64::from(tasks)), "{metric}");
        cloudwatch(&mut lab, "EnableAlarmActions", json!({ "AlarmNames": [made["Alarms"][place]["AlarmName"]] }));
        minute(&mut lab, &[("Load", metric)]);
        assert_ne!(desired(&lab), u64::from(tasks), "{metric}: {}", why(&lab, "load"));
    }
}

/// An alarm that somebody sets to ALARM acts at once, and one whose actions are disabled does not.
#[test]
fn alarms_set_by_hand_and_disabled_actions() {
    let mut lab = scalable(4, 1, 20);
    let made = track(&mut lab, "load", "Load", 60.0, json!({}));
    let high = made["Alarms"][0]["AlarmName"].clone();
    minutes(&mut lab, 3, "Load", 55.0);
    wait(&mut lab, "10s");
    let set = json!({ "AlarmName": high, "StateValue": "ALARM", "StateReason": "a test" });
    cloudwatch(&mut lab, "SetAlarmState", set.clone());
    assert_eq!(desired(&lab), 5, "at least one more");
    wait(&mut lab, "50s");
    cloudwatch(&mut lab, "DisableAlarmActions", json!({ "AlarmNames": [high] }));
    minutes(&mut lab, 5, "Load", 90.0);
    cloudwatch(&mut lab, "SetAlarmState", set);
    assert_eq!(desired(&lab), 5);
}

/// 1.9: flags stop one direction; alarms go on, and what is in breach at the end of it counts.
#[test]
fn rule_1_9_suspension() {
    let mut lab = scalable(4, 1, 20);
    track(&mut lab, "load", "Load", 60.0, json!({ "ScaleInCooldown": 0, "ScaleOutCooldown": 0 }));
    let suspend = |lab: &mut ecs_lab::lab::Lab, flag: &str, on: bool| {
        aas(lab, "RegisterScalableTarget", json!({ "SuspendedState": { flag: on } }));
    };
    suspend(&mut lab, "DynamicScalingOutSuspended", true);
    minutes(&mut lab, 5, "Load", 90.0);
    assert_eq!(desired(&lab), 4);
    assert!(why(&lab, "load").ends_with("; scaling in this direction is suspended"));
    suspend(&mut lab, "DynamicScalingOutSuspended", false);
    minute(&mut lab, &[("Load", 90.0)]);
    assert_eq!(desired(&lab), 6);
    suspend(&mut lab, "DynamicScalingInSuspended", true);
    minutes(&mut lab, 16, "Load", 10.0);
    assert_eq!(desired(&lab), 6);
    suspend(&mut lab, "DynamicScalingInSuspended", false);
    minute(&mut lab, &[("Load", 10.0)]);
    assert_eq!(desired(&lab), 1);
}

/// 1.2: points each 20 s, and alarms that look as often.
#[test]
fn rule_1_2_high_resolution_scales_out_within_a_minute() {
    let mut lab = on(4);
    register(&mut lab, "web", json!({ "image": "nginx", "cpu": 256, "portMappings": [{ "containerPort": 80 }] }));
    let monitoring =
        json!({ "metricConfigurations": [{ "metricNames": ["CPUUtilization"], "resolutionSeconds": 20 }] });
    create(&mut lab, 2, json!({ "monitoring": monitoring }));
    wait(&mut lab, "2m");
    register_target(&mut lab, 1, 12);
    let kind = "ECSServiceAverageCPUUtilizationHighResolution";
    let config = json!({ "TargetValue": 50.0, "PredefinedMetricSpecification": { "PredefinedMetricType": kind } });
    let input = json!({ "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config });
    aas(&mut lab, "PutScalingPolicy", input);
    let load = json!({ "cluster": "prod", "service": "web", "requestsPerSecond": 40, "workMilliseconds": 10 });
    lab.apply(ecs_lab::lab::Command::Api(ecs_lab::lab::ApiCall::new("lab", "Load", load))).unwrap();
    wait(&mut lab, "59s");
    assert_eq!(desired(&lab), 2);
    wait(&mut lab, "21s");
    assert!(desired(&lab) > 2, "{}", why(&lab, "cpu"));
}
