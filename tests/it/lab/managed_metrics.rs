//! What managed scaling shows in CloudWatch: CapacityProviderReservation and its two alarms (2.7, 2.9 on scaling).

use super::groups::{asg, create, group, try_asg};
use super::managed::{last, scaled};
use super::strategies::put;
use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::scaling::reservation::Held;
use serde_json::{Value, json};

const SPACE: &str = "AWS/ECS/ManagedScaling";

fn watch(lab: &mut Lab, operation: &str, input: Value) -> Value {
    lab.apply(Command::Api(ApiCall::new("cloudwatch", operation, input))).unwrap().reply
}

fn dimensions() -> Value {
    json!([{ "Name": "CapacityProviderName", "Value": "cp-g" }, { "Name": "ClusterName", "Value": "prod" }])
}

/// Both alarms: high, then low.
fn alarms(lab: &mut Lab) -> Vec<Value> {
    let input = json!({ "AlarmNamePrefix": "TargetTracking-g-Alarm" });
    watch(lab, "DescribeAlarms", input)["MetricAlarms"].as_array().unwrap().clone()
}

fn states(lab: &mut Lab) -> Vec<String> {
    alarms(lab).iter().map(|own| own["StateValue"].as_str().unwrap().to_string()).collect()
}

/// The points of the last minutes, oldest first, and how far they are apart.
fn points(lab: &mut Lab, minutes: i64) -> Vec<(i64, f64)> {
    let end = lab.now().as_millis() / 1000;
    let input = json!({
        "Namespace": SPACE, "MetricName": "CapacityProviderReservation", "Dimensions": dimensions(),
        "StartTime": end - minutes * 60, "EndTime": end, "Period": 60, "Statistics": ["Average", "SampleCount"],
    });
    let reply = watch(lab, "GetMetricStatistics", input);
    let mut found: Vec<(i64, f64)> = reply["Datapoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| {
            assert_eq!(own["SampleCount"], 1.0);
            (own["Timestamp"].as_f64().unwrap() as i64, own["Average"].as_f64().unwrap())
        })
        .collect();
    found.sort_by_key(|own| own.0);
    found
}

#[test]
fn table_2_7_one_point_a_minute_also_at_rest() {
    let mut lab = scaled(0, 10, 1, json!({}), json!({}));
    run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "5m");
    let listed = watch(&mut lab, "ListMetrics", json!({ "Namespace": SPACE }));
    let metric = json!({ "Namespace": SPACE, "MetricName": "CapacityProviderReservation", "Dimensions": dimensions() });
    assert_eq!(listed["Metrics"], json!([metric]));
    wait(&mut lab, "20m");
    let past = lab.now().as_millis() % 60_000;
    wait(&mut lab, &format!("{}s", 60 - past / 1000));
    let found = points(&mut lab, 10);
    assert_eq!(found.len(), 10, "{found:?}");
    assert!(found.windows(2).all(|two| two[1].0 - two[0].0 == 60) && found.iter().all(|own| own.1 == 100.0));
    run(&mut lab, "web", 9, json!({}));
    wait(&mut lab, "1m");
    assert_eq!(points(&mut lab, 2).iter().map(|own| own.1).collect::<Vec<_>>(), [100.0, 200.0]);
    let end = lab.now().as_millis() / 1000;
    let query = json!({ "Id": "m", "MetricStat": { "Metric": metric, "Period": 60, "Stat": "Maximum" } });
    let data = json!({ "MetricDataQueries": [query], "StartTime": end - 60, "EndTime": end });
    assert_eq!(watch(&mut lab, "GetMetricData", data)["MetricDataResults"][0]["Values"], json!([200.0]));
}

/// 2.7, 2.8: what fits no type gives up on a full minute, and that minute has its point too.
#[test]
fn table_2_7_a_minute_in_which_something_changes_has_its_point() {
    for desired in [0, 1] {
        let mut lab = scaled(0, 10, desired, json!({}), json!({}));
        register(&mut lab, "huge", json!({ "cpu": 8192 }));
        let past = lab.now().as_millis() % 60_000;
        wait(&mut lab, &format!("{}s", 60 - past / 1000));
        assert_eq!(lab.now().as_millis() % 60_000, 0);
        run(&mut lab, "huge", 1, json!({}));
        wait(&mut lab, "12m");
        let found = points(&mut lab, 12);
        assert_eq!(found.len(), 12, "{desired} instances: {found:?}");
    }
}

/// What moves the group is a policy that can be looked up by the name that the activities have.
#[test]
fn rule_2_6_the_policy_of_managed_scaling_is_shown() {
    let mut lab = scaled(0, 10, 1, json!({}), json!({ "targetCapacity": 90 }));
    create(&mut lab, "alone", 0, 1, 0, json!({}));
    let own = alarms(&mut lab);
    let policies = |lab: &mut Lab, input: Value| asg(lab, "DescribePolicies", input)["ScalingPolicies"].clone();
    let all = policies(&mut lab, json!({}));
    let listed = own.iter().map(|own| json!({ "AlarmName": own["AlarmName"], "AlarmARN": own["AlarmArn"] }));
    let metric = json!({
        "MetricName": "CapacityProviderReservation", "Namespace": SPACE, "Dimensions": dimensions(),
        "Statistic": "Average",
    });
    let config = json!({ "CustomizedMetricSpecification": metric, "TargetValue": 90.0, "DisableScaleIn": false });
    let arn = &own[0]["AlarmActions"][0];
    assert_eq!(own[1]["AlarmActions"][0], *arn, "both are of one policy");
    let group_arn = group(&mut lab, "g")["AutoScalingGroupARN"].as_str().unwrap().to_string();
    assert_eq!(group_arn.split(':').nth(4), arn.as_str().unwrap().split(':').nth(4));
    assert_eq!(
        all,
        json!([{
            "AutoScalingGroupName": "g", "PolicyName": "ECSManagedAutoScalingPolicy-cp-g", "PolicyARN": arn,
            "PolicyType": "TargetTrackingScaling", "StepAdjustments": [], "Alarms": listed.collect::<Vec<_>>(),
            "TargetTrackingConfiguration": config, "Enabled": true,
        }])
    );
    for (input, count) in [
        (json!({ "AutoScalingGroupName": "g" }), 1),
        (json!({ "AutoScalingGroupName": "alone" }), 0),
        (json!({ "PolicyNames": ["ECSManagedAutoScalingPolicy-cp-g"] }), 1),
        (json!({ "PolicyNames": [arn] }), 1),
        (json!({ "PolicyNames": ["other"] }), 0),
        (json!({ "PolicyTypes": ["TargetTrackingScaling"] }), 1),
        (json!({ "PolicyTypes": ["StepScaling"] }), 0),
    ] {
        assert_eq!(policies(&mut lab, input.clone()).as_array().unwrap().len(), count, "{input}");
    }
    let error = try_asg(&mut lab, "DescribePolicies", json!({ "AutoScalingGroupName": "nobody" })).unwrap_err();
    assert_eq!(error.code, "ValidationError");
    put(&mut lab, json!([]), json!([]));
    assert_eq!(policies(&mut lab, json!({})), json!([]), "it goes with the association");
}

/// They go with the association.
#[test]
fn table_2_9_a_provider_without_a_cluster_has_no_alarms() {
    let mut lab = scaled(0, 10, 0, json!({}), json!({}));
    assert_eq!(alarms(&mut lab).len(), 2);
    put(&mut lab, json!([]), json!([]));
    assert_eq!(alarms(&mut lab).len(), 0);
    let points = points(&mut lab, 10).len();
    wait(&mut lab, "5m");
    assert_eq!((self::points(&mut lab, 15).len(), points > 0), (points, true));
    put(&mut lab, json!(["cp-g"]), json!([]));
    assert_eq!(alarms(&mut lab).len(), 2);
}

#[test]
fn table_2_9_the_alarms_of_managed_scaling() {
    let mut lab = scaled(0, 10, 1, json!({}), json!({ "targetCapacity": 90 }));
    let own = alarms(&mut lab);
    let told = |own: &Value, member: &str| own[member].clone();
    for (alarm, operator, periods) in [(&own[0], "GreaterThanThreshold", 1), (&own[1], "LessThanThreshold", 15)] {
        assert_eq!(
            ["Namespace", "MetricName", "Dimensions", "Statistic", "Period"].map(|member| told(alarm, member)),
            [json!(SPACE), json!("CapacityProviderReservation"), dimensions(), json!("Average"), json!(60)]
        );
        assert_eq!(
            ["ComparisonOperator", "EvaluationPeriods", "Threshold"].map(|member| told(alarm, member)),
            [json!(operator), json!(periods), json!(90.0)]
        );
        let action = alarm["AlarmActions"][0].as_str().unwrap();
        assert!(action.contains(":scalingPolicy:") && action.contains(":autoScalingGroupName/g:policyName/ECSManaged"));
    }
    let mut lab = scaled(1, 10, 2, json!({}), json!({}));
    run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "10m");
    // Half of the instances are empty: low, but not for long enough.
    assert_eq!((states(&mut lab)[1] == "ALARM", last(&lab).percent()), (false, 50.0));
    wait(&mut lab, "8m");
    assert_eq!(group(&mut lab, "g")["DesiredCapacity"], 1, "{:?}", last(&lab).held);
    let history = |lab: &mut Lab, name: &Value| {
        let input = json!({ "AlarmName": name, "HistoryItemType": "StateUpdate", "ScanBy": "TimestampAscending" });
        let all = watch(lab, "DescribeAlarmHistory", input)["AlarmHistoryItems"].as_array().unwrap().clone();
        all.iter().map(|own| own["HistorySummary"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    let low = alarms(&mut lab)[1]["AlarmName"].clone();
    assert!(history(&mut lab, &low).iter().any(|own| own.ends_with("to ALARM")), "{:?}", history(&mut lab, &low));
    // Waiting tasks: high in the minute in which it scales out, and the activity names the alarm.
    run(&mut lab, "web", 10, json!({}));
    wait(&mut lab, "1m");
    let high = alarms(&mut lab)[0].clone();
    assert_eq!((&high["StateValue"], last(&lab).held), (&json!("ALARM"), None));
    let cause = super::groups::activities(&mut lab, "g")[0]["Cause"].as_str().unwrap().to_string();
    assert!(
        cause.contains(&format!("a monitor alarm {} in state ALARM", high["AlarmName"].as_str().unwrap())),
        "{cause}"
    );
    wait(&mut lab, "10m");
    assert_eq!(states(&mut lab)[0], "OK");
}

/// 1.4 and 2.9: whoever deletes them stops the scaling; they come back with the provider's next update, and go with it.
#[test]
fn table_2_9_alarms_that_are_deleted_move_nothing() {
    let mut lab = scaled(0, 10, 1, json!({}), json!({}));
    let high = alarms(&mut lab)[0]["AlarmName"].clone();
    watch(&mut lab, "DeleteAlarms", json!({ "AlarmNames": [high] }));
    run(&mut lab, "web", 10, json!({}));
    wait(&mut lab, "3m");
    assert_eq!((last(&lab).held, &group(&mut lab, "g")["DesiredCapacity"]), (Some(Held::NoAlarm), &json!(1)));
    assert!(last(&lab).sentence().ends_with("the alarm that would move it was deleted, or does not act"));
    let scaling = json!({ "targetCapacity": 80 });
    let input = json!({ "name": "cp-g", "autoScalingGroupProvider": { "managedScaling": scaling } });
    ecs(&mut lab, "UpdateCapacityProvider", input);
    let own = alarms(&mut lab);
    assert_eq!((&own[0]["AlarmName"], &own[0]["Threshold"], &own[1]["Threshold"]), (&high, &json!(80.0), &json!(80.0)));
    wait(&mut lab, "1m");
    assert!(group(&mut lab, "g")["DesiredCapacity"].as_u64().unwrap() > 1);
    let input = json!({ "AlarmNames": [high] });
    watch(&mut lab, "DisableAlarmActions", input);
    wait(&mut lab, "1m");
    let scaling = json!({ "status": "DISABLED" });
    let input = json!({ "name": "cp-g", "autoScalingGroupProvider": { "managedScaling": scaling } });
    ecs(&mut lab, "UpdateCapacityProvider", input);
    assert_eq!(alarms(&mut lab), [json!(null); 0]);
}
