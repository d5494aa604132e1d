//! Policies on metric math, and on metrics of one's own (1.2, 1.3, 1.12).

use super::deck::*;
use crate::lab::support::*;
use crate::services::deck::{counts, create, on};
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

const HIGH: &str = "monitor alarm AlarmHigh in state ALARM triggered policy backlog";
const LOW: &str = "monitor alarm AlarmLow in state ALARM triggered policy backlog";

/// The messages of a queue for each running task, as Container Insights counts tasks.
fn backlog() -> Value {
    let dimensions = json!([{ "Name": "ClusterName", "Value": "prod" }, { "Name": "ServiceName", "Value": "web" }]);
    let tasks =
        json!({ "Namespace": "ECS/ContainerInsights", "MetricName": "RunningTaskCount", "Dimensions": dimensions });
    let visible = json!({ "Namespace": "Shop", "MetricName": "ApproximateNumberOfMessagesVisible" });
    json!([
        { "Id": "m1", "Label": "Messages", "ReturnData": false, "MetricStat": { "Metric": visible, "Stat": "Sum" } },
        { "Id": "m2", "Label": "Tasks", "ReturnData": false, "MetricStat": { "Metric": tasks, "Stat": "Average" } },
        { "Id": "e1", "Label": "Backlog per task", "Expression": "m1 / m2", "ReturnData": true },
    ])
}

fn on_math(name: &str, metrics: &Value, extra: Value) -> Value {
    let config = json!({ "TargetValue": 10.0, "CustomizedMetricSpecification": { "Metrics": metrics } });
    json!({
        "PolicyName": name, "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": over(config, extra),
    })
}

fn observed(tasks: u32) -> Lab {
    let mut lab = on(4);
    let settings = json!([{ "name": "containerInsights", "value": "enabled" }]);
    ecs(&mut lab, "UpdateClusterSettings", json!({ "cluster": "prod", "settings": settings }));
    create(&mut lab, tasks, json!({}));
    wait(&mut lab, "2m");
    assert_eq!(counts(&lab), [u64::from(tasks), u64::from(tasks), 0]);
    register_target(&mut lab, 1, 12);
    lab
}

fn messages(lab: &mut Lab, count: u32, value: f64) {
    minutes(lab, count, "ApproximateNumberOfMessagesVisible", value);
}

/// 1.2, 1.5: a policy on an expression scales out and in by what it comes to.
#[test]
fn rule_1_2_a_backlog_for_each_task() {
    let mut lab = observed(2);
    let input = on_math("backlog", &backlog(), json!({}));
    let made = aas(&mut lab, "PutScalingPolicy", input.clone());
    let shown = aas(&mut lab, "DescribeScalingPolicies", json!({}))["ScalingPolicies"][0].clone();
    let member = "TargetTrackingScalingPolicyConfiguration";
    assert_eq!((&shown[member], &shown["Alarms"]), (&input[member], &made["Alarms"]));
    let alarms = cloudwatch(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"].clone();
    for (number, threshold, points) in [(0, 10.0, 3), (1, 9.0, 15)] {
        let own = &alarms[number];
        assert_eq!((&own["Threshold"], &own["EvaluationPeriods"]), (&json!(threshold), &json!(points)));
        assert_eq!((&own["MetricName"], &own["Period"]), (&Value::Null, &Value::Null));
        assert_eq!(own["Metrics"][0]["MetricStat"]["Period"], 60);
        assert_eq!(own["Metrics"][2], backlog()[2]);
    }
    messages(&mut lab, 2, 80.0);
    assert_eq!(desired(&lab), 2);
    messages(&mut lab, 1, 80.0);
    assert_eq!(desired(&lab), 8, "{}", why(&lab, "backlog"));
    assert_eq!(why(&lab, "backlog"), "wants 8 because ceil(2 × 40 / 10) = 8: the desired count goes from 2 to 8");
    // Eight tasks have ten messages each: neither alarm rings.
    messages(&mut lab, 5, 80.0);
    assert_eq!(why(&lab, "backlog"), "wants no change; no alarm is in ALARM");
    messages(&mut lab, 15, 20.0);
    assert_eq!(desired(&lab), 2, "{}", why(&lab, "backlog"));
    assert_eq!(why(&lab, "backlog"), "wants 2 because ceil(8 × 2.5 / 10) = 2: the desired count goes from 8 to 2");
    let both = [
        format!("Setting desired count to 8. | {HIGH} | Successful"),
        format!("Setting desired count to 2. | {LOW} | InProgress"),
    ];
    assert_eq!(told(&mut lab), both);
    // A metric without a point counts as 0 beside one that has one: no message is no backlog.
    wait(&mut lab, "20m");
    assert_eq!(desired(&lab), 1, "{}", why(&lab, "backlog"));
    aas(&mut lab, "DeleteScalingPolicy", json!({ "PolicyName": "backlog" }));
    assert_eq!(cloudwatch(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"], json!([]));
}

/// 1.3: the same expression over the same metrics is the same metric, whatever its queries are called.
#[test]
fn rule_1_3_the_same_math_twice() {
    let mut lab = scalable(2, 1, 4);
    aas(&mut lab, "PutScalingPolicy", on_math("backlog", &backlog(), json!({})));
    let renamed = |id: &str, text: &str| {
        let mut own = backlog();
        (own[0]["Id"], own[2]["Id"], own[2]["Label"]) = (json!(id), json!("ratio"), json!("Other"));
        own[2]["Expression"] = json!(text);
        own
    };
    let same = on_math("again", &renamed("visible", "(visible/m2)"), json!({}));
    let error = try_aas(&mut lab, "PutScalingPolicy", same).unwrap_err();
    assert_eq!(error.message, "Only one TargetTrackingScaling policy for a given metric specification is allowed.");
    aas(&mut lab, "PutScalingPolicy", on_math("other", &renamed("visible", "visible / m2 * 2"), json!({})));
    aas(&mut lab, "PutScalingPolicy", on_math("backlog", &backlog(), json!({ "TargetValue": 20.0 })));
    assert_eq!(target(&lab).policies.len(), 2);
}

#[test]
fn rule_1_2_what_no_policy_tracks() {
    let mut lab = scalable(2, 1, 4);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut own = backlog();
        change(&mut own);
        own
    };
    const LIST: &str = "CustomizedMetricSpecification.Metrics";
    for (metrics, extra, path, message) in [
        (
            changed(&|own| own[2]["ReturnData"] = json!(false)),
            json!({}),
            LIST.to_string(),
            "Exactly one element of the metrics list should return data.",
        ),
        (
            changed(&|own| own[0]["ReturnData"] = json!(true)),
            json!({}),
            LIST.to_string(),
            "Exactly one element of the metrics list should return data.",
        ),
        (
            changed(&|own| own[2]["Expression"] = json!("m1 / m3")),
            json!({}),
            format!("{LIST}[2].Expression"),
            "Error in expression 'e1': there is no query with the id 'm3' (character 6)",
        ),
        (
            changed(&|own| own[2]["Expression"] = json!("[m1, m2]")),
            json!({}),
            format!("{LIST}[2].Expression"),
            "Error in expression 'e1': it gives several time series, not one.",
        ),
        (
            changed(&|own| own[0]["MetricStat"]["Metric"] = json!({ "Namespace": "Shop" })),
            json!({}),
            format!("{LIST}[0].MetricStat.Metric"),
            "The metric of query 'm1' needs a MetricName.",
        ),
        (
            backlog(),
            json!({ "MetricName": "Load" }),
            "CustomizedMetricSpecification".to_string(),
            "MetricName does not go with Metrics, which has it for each metric.",
        ),
    ] {
        let mut input = on_math("p", &metrics, json!({}));
        let own = &mut input["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"];
        *own = over(own.clone(), extra);
        let error = try_aas(&mut lab, "PutScalingPolicy", input).expect_err(&metrics.to_string());
        assert_eq!((error.code.as_ref(), error.path), ("ValidationException", path), "{metrics}");
        assert_eq!(error.message, message);
    }
}

/// An alarm on metric math triggers a step policy, and stays when that goes.
#[test]
fn rule_1_10_steps_by_an_alarm_on_metric_math() {
    let mut lab = observed(2);
    let policy = step_policy(&mut lab, "out", "0::2", json!({}));
    let mut metrics = backlog();
    for place in 0..2 {
        metrics[place]["MetricStat"]["Period"] = json!(60);
    }
    let input = json!({
        "AlarmName": "deep", "Metrics": metrics, "EvaluationPeriods": 1, "Threshold": 20,
        "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [policy["PolicyARN"]],
    });
    cloudwatch(&mut lab, "PutMetricAlarm", input);
    messages(&mut lab, 1, 80.0);
    assert_eq!(desired(&lab), 4, "{}", why(&lab, "out"));
    assert!(why(&lab, "out").contains("40 is 20 above 20"), "{}", why(&lab, "out"));
    aas(&mut lab, "DeleteScalingPolicy", json!({ "PolicyName": "out" }));
    let left = cloudwatch(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"][0].clone();
    assert_eq!((&left["AlarmActions"], &left["Metrics"]), (&json!([]), &metrics));
}

/// 1.12: load and scaling metrics of one's own.
#[test]
fn rule_1_12_a_load_metric_of_ones_own() {
    let mut lab = scalable(2, 1, 20);
    let own = |metric: &str, stat: &str| {
        let metric = json!({ "Namespace": "Shop", "MetricName": metric });
        json!({ "MetricDataQueries": [{ "Id": "m", "MetricStat": { "Metric": metric, "Stat": stat }, "ReturnData": true }] })
    };
    // By the hour of the day: the messages of each minute, put five minutes apart.
    for hour in 0..26u32 {
        for _ in 0..12 {
            let value = f64::from(hour % 24) * 60.0;
            let data = json!({ "Namespace": "Shop", "MetricData": [{ "MetricName": "Messages", "Value": value }] });
            cloudwatch(&mut lab, "PutMetricData", data);
            wait(&mut lab, "5m");
        }
    }
    let twice = json!({ "MetricDataQueries": [
        { "Id": "m", "MetricStat": { "Metric": { "Namespace": "Shop", "MetricName": "Messages" }, "Stat": "Sum" }, "ReturnData": false },
        { "Id": "e", "Expression": "m * 2" },
    ] });
    let put = |lab: &mut Lab, load: &Value, extra: Value| {
        let mut specification = over(
            json!({
                "TargetValue": 30.0, "CustomizedLoadMetricSpecification": load,
                "CustomizedScalingMetricSpecification": own("Load", "Average"),
            }),
            extra,
        );
        specification.as_object_mut().unwrap().retain(|_, member| !member.is_null());
        let config = json!({ "MetricSpecifications": [specification] });
        let input = json!({
            "PolicyName": "soon", "PolicyType": "PredictiveScaling", "PredictiveScalingPolicyConfiguration": config,
        });
        try_aas(lab, "PutScalingPolicy", input).map(|_| config)
    };
    let forecast = |lab: &mut Lab| {
        let (start, end) = (lab.now().as_epoch_seconds(), lab.now().as_epoch_seconds() + 2.0 * 86_400.0);
        let told = aas(
            lab,
            "GetPredictiveScalingForecast",
            json!({ "PolicyName": "soon", "StartTime": start, "EndTime": end }),
        );
        let most = |own: &Value| own.as_array().unwrap().iter().filter_map(Value::as_f64).fold(0.0, f64::max);
        (most(&told["LoadForecast"][0]["Values"]), most(&told["CapacityForecast"]["Values"]))
    };
    let config = put(
        &mut lab,
        &own("Messages", "Sum"),
        json!({ "CustomizedCapacityMetricSpecification": own("Tasks", "Average") }),
    );
    let shown = aas(&mut lab, "DescribeScalingPolicies", json!({}))["ScalingPolicies"][0].clone();
    assert_eq!(shown["PredictiveScalingPolicyConfiguration"], config.unwrap());
    let (once, tasks) = forecast(&mut lab);
    assert!((200.0..=276.0).contains(&once), "{once}");
    assert_eq!(tasks, (once / 30.0).ceil());
    put(&mut lab, &twice, json!({})).unwrap();
    assert_eq!(forecast(&mut lab).0, once * 2.0);
    // Either kind of each, and each in one way.
    let scaling = json!({ "PredefinedMetricType": "ECSServiceAverageCPUUtilization" });
    let mixed =
        json!({ "CustomizedScalingMetricSpecification": null, "PredefinedScalingMetricSpecification": scaling });
    put(&mut lab, &twice, mixed).unwrap();
    let none = json!({ "MetricDataQueries": [] });
    for (load, extra, path) in [
        (&none, json!({}), "CustomizedLoadMetricSpecification.MetricDataQueries"),
        (
            &twice,
            json!({ "CustomizedScalingMetricSpecification": none }),
            "CustomizedScalingMetricSpecification.MetricDataQueries",
        ),
        (
            &twice,
            json!({ "CustomizedCapacityMetricSpecification": none }),
            "CustomizedCapacityMetricSpecification.MetricDataQueries",
        ),
        (&twice, json!({ "CustomizedScalingMetricSpecification": null }), "MetricSpecifications"),
        (&twice, json!({ "PredefinedScalingMetricSpecification": scaling }), "MetricSpecifications"),
    ] {
        let error = put(&mut lab, load, extra.clone()).expect_err(&extra.to_string());
        assert_eq!((error.code.as_ref(), error.path.as_str()), ("ValidationException", path), "{extra}");
    }
}
