//! Step scaling: alarms of one's own with a policy as their action (1.10).

use super::deck::*;
use crate::lab::support::*;
use crate::services::deck::{counts, update};
use serde_json::json;

/// The guide's example, threshold 50: 10 tasks, metric 60, 70, 40, 30.
#[test]
fn rule_1_10_the_documented_walk_through_the_door() {
    let mut lab = scalable(10, 1, 20);
    let percent = json!({ "AdjustmentType": "PercentChangeInCapacity", "Cooldown": 0 });
    let out = step_policy(&mut lab, "out", "0:10:0 10:20:10 20::30", percent.clone());
    let less = step_policy(&mut lab, "in", "-10:0:0 -20:-10:-10 :-20:-30", percent);
    alarm(&mut lab, "above", "Load", "GreaterThanOrEqualToThreshold", 50.0, &out);
    alarm(&mut lab, "below", "Load", "LessThanOrEqualToThreshold", 50.0, &less);
    for (metric, expected) in [(60.0, 11), (70.0, 14), (40.0, 13), (30.0, 10), (55.0, 10), (50.0, 10)] {
        minute(&mut lab, &[("Load", metric)]);
        assert_eq!(desired(&lab), expected, "at {metric}: {} / {}", why(&lab, "out"), why(&lab, "in"));
        // The new tasks run before the next point; the step from 50 to 60 changes nothing.
        minutes(&mut lab, 2, "Load", 55.0);
    }
    let causes: Vec<String> = told(&mut lab).iter().map(|own| own.split(" | ").nth(1).unwrap().to_string()).collect();
    let cause = |alarm: &str, policy: &str| format!("monitor alarm {alarm} in state ALARM triggered policy {policy}");
    assert_eq!(causes, [cause("above", "out"), cause("above", "out"), cause("below", "in"), cause("below", "in")]);
    assert_eq!(out["Alarms"], json!([]));
    let shown = aas(&mut lab, "DescribeScalingPolicies", json!({ "PolicyNames": ["out"] }));
    assert_eq!(shown["ScalingPolicies"][0]["Alarms"][0]["AlarmName"], "above");
}

#[test]
fn rule_1_10_all_adjustment_types() {
    for (kind, adjustments, extra, metric, expected) in [
        ("ChangeInCapacity", "0::3", json!({}), 90.0, 7),
        ("ExactCapacity", "0:20:5 20::9", json!({}), 90.0, 9),
        ("ExactCapacity", "0::0", json!({}), 90.0, 2),
        ("PercentChangeInCapacity", "0::25", json!({ "MinAdjustmentMagnitude": 2 }), 90.0, 6),
        ("PercentChangeInCapacity", "0::10", json!({}), 90.0, 5),
        ("PercentChangeInCapacity", "0::900", json!({}), 90.0, 12),
        ("ChangeInCapacity", "0::-9", json!({}), 90.0, 2),
    ] {
        let mut lab = scalable(4, 2, 12);
        let made = step_policy(&mut lab, "own", adjustments, over(json!({ "AdjustmentType": kind }), extra));
        alarm(&mut lab, "above", "Load", "GreaterThanThreshold", 60.0, &made);
        minute(&mut lab, &[("Load", metric)]);
        assert_eq!(desired(&lab), expected, "{kind} {adjustments}");
    }
}

/// 1.6: the first adjustment adds 2, the one that fires in the cooldown wants 3: one more is added.
#[test]
fn rule_1_6_only_the_difference_is_added_in_the_cooldown() {
    let mut lab = scalable(4, 1, 20);
    let made = step_policy(&mut lab, "out", "0:20:2 20::3", json!({}));
    alarm(&mut lab, "above", "Load", "GreaterThanThreshold", 60.0, &made);
    for (metric, expected) in [(70.0, 6), (90.0, 7), (90.0, 7), (70.0, 7)] {
        minute(&mut lab, &[("Load", metric)]);
        assert_eq!(desired(&lab), expected, "at {metric}");
    }
    // The cooldown over, the same alarm adds to what runs.
    minutes(&mut lab, 5, "Load", 70.0);
    assert_eq!(desired(&lab), 9);
}

/// 1.6: while another policy's scale-out cools down, what removes tasks counts from those that run.
#[test]
fn rule_1_6_a_step_that_removes_counts_from_what_runs() {
    let mut lab = scalable(4, 1, 20);
    let out = step_policy(&mut lab, "out", "0::3", json!({ "Cooldown": 600 }));
    let less = step_policy(&mut lab, "in", ":0:-1", json!({}));
    alarm(&mut lab, "above", "Load", "GreaterThanThreshold", 60.0, &out);
    alarm(&mut lab, "below", "Load", "LessThanThreshold", 30.0, &less);
    minute(&mut lab, &[("Load", 70.0)]);
    assert_eq!(desired(&lab), 7);
    minutes(&mut lab, 3, "Load", 20.0);
    assert_eq!(counts(&lab), [7, 7, 0]);
    let said = why(&lab, "in");
    assert!(
        said.starts_with("wants 6 because 20 is 10 below 30, and 7 − 1 = 6; the scale-out cooldown lasts"),
        "{said}"
    );
    minutes(&mut lab, 10, "Load", 20.0);
    assert!(desired(&lab) < 7, "{}", why(&lab, "in"));
}

/// 1.10: a policy that no alarm names, or whose alarm is told not to act, lacks no data.
#[test]
fn rule_1_10_a_step_policy_says_what_its_alarms_lack() {
    let mut lab = scalable(4, 1, 20);
    // Alarms of another policy, as otherwise nobody looks.
    track(&mut lab, "other", "Other", 60.0, json!({}));
    let own = step_policy(&mut lab, "own", "0::3", json!({}));
    minute(&mut lab, &[("Load", 70.0)]);
    assert_eq!(why(&lab, "own"), "wants no change; no alarm has the policy among its actions");
    alarm(&mut lab, "above", "Load", "GreaterThanThreshold", 60.0, &own);
    cloudwatch(&mut lab, "DisableAlarmActions", json!({ "AlarmNames": ["above"] }));
    minute(&mut lab, &[("Load", 70.0)]);
    assert_eq!(why(&lab, "own"), "wants no change; the actions of the alarm that would move it are off");
    minute(&mut lab, &[("Load", 50.0)]);
    assert_eq!(why(&lab, "own"), "wants no change; no alarm is in ALARM");
}

#[test]
fn rule_1_10_the_newest_points_are_taken_together() {
    for (aggregation, expected) in [("Average", 5), ("Minimum", 4), ("Maximum", 9)] {
        let mut lab = scalable(4, 1, 20);
        let config = json!({ "MetricAggregationType": aggregation });
        let made = step_policy(&mut lab, "out", "0:10:0 10:20:1 20::5", config);
        let input = json!({
            "AlarmName": "above", "Namespace": "Shop", "MetricName": "Load", "Statistic": "Average", "Period": 60,
            "EvaluationPeriods": 3, "Threshold": 50.0, "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [made["PolicyARN"]],
        });
        cloudwatch(&mut lab, "PutMetricAlarm", input);
        for metric in [55.0, 60.0, 80.0] {
            minute(&mut lab, &[("Load", metric)]);
        }
        assert_eq!(desired(&lab), expected, "{aggregation} of 55, 60 and 80 over 50");
    }
}

/// 1.1: a step policy leaves its alarms behind, without the action.
#[test]
fn rule_1_1_deleting_a_step_policy_keeps_the_alarm() {
    let mut lab = scalable(2, 1, 4);
    let made = step_policy(&mut lab, "out", "0::1", json!({}));
    alarm(&mut lab, "above", "Load", "GreaterThanThreshold", 60.0, &made);
    let shown = |lab: &mut ecs_lab::lab::Lab| cloudwatch(lab, "DescribeAlarms", json!({}))["MetricAlarms"].clone();
    let before = shown(&mut lab);
    aas(&mut lab, "DeleteScalingPolicy", json!({ "PolicyName": "out" }));
    let mut expected = before;
    expected[0]["AlarmActions"] = json!([]);
    assert_eq!(shown(&mut lab), expected);
    minutes(&mut lab, 3, "Load", 90.0);
    assert_eq!(desired(&lab), 2);
}

/// 1.5, 1.9: while a deployment runs old and new tasks, all of them count; what would remove some is held by it.
#[test]
fn rule_1_9_a_deployment_with_twice_the_tasks() {
    for (adjustments, operator, metric, expected, reason) in [
        ("0::1", "GreaterThanThreshold", 90.0, 13, "Successful"),
        (":0:-1", "LessThanThreshold", 10.0, 6, "Failed TargetServicePutResourceAsUnscalable"),
        (":0:-9", "LessThanThreshold", 10.0, 6, "Failed TargetServicePutResourceAsUnscalable"),
    ] {
        let mut lab = scalable(6, 1, 20);
        // Its health is not known for ten minutes, so that the old tasks stay.
        let check = json!({ "command": ["CMD-SHELL", "true"], "interval": 300, "startPeriod": 300 });
        register(&mut lab, "web", json!({ "healthCheck": check }));
        update(&mut lab, json!({ "taskDefinition": "web" }));
        wait(&mut lab, "1m");
        assert_eq!(counts(&lab), [6, 12, 0]);
        let made = step_policy(&mut lab, "own", adjustments, json!({}));
        alarm(&mut lab, "rings", "Load", operator, 60.0, &made);
        minute(&mut lab, &[("Load", metric)]);
        assert_eq!(desired(&lab), expected, "{adjustments}: {}", why(&lab, "own"));
        wait(&mut lab, "1m");
        let told = told(&mut lab);
        let told = told.last().unwrap();
        assert!(reason == "Successful" || told.ends_with(reason), "{told}");
    }
}

/// 1.7: of several alarms in one minute the largest capacity counts, and a step policy scales in by itself.
#[test]
fn rule_1_7_several_step_policies() {
    let mut lab = scalable(4, 1, 20);
    let small = step_policy(&mut lab, "small", "0::2", json!({}));
    let large = step_policy(&mut lab, "large", "0::200", json!({ "AdjustmentType": "PercentChangeInCapacity" }));
    alarm(&mut lab, "a", "Load", "GreaterThanThreshold", 60.0, &small);
    alarm(&mut lab, "b", "Load", "GreaterThanThreshold", 60.0, &large);
    minute(&mut lab, &[("Load", 90.0)]);
    assert_eq!(desired(&lab), 12);
    assert!(why(&lab, "small").ends_with("; another policy wants more tasks"));
}
