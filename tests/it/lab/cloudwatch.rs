//! Metrics and alarms through the door.

use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn call(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_call(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error:?}"))
}

fn try_call(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ecs_lab::aws::ApiError> {
    lab.apply(Command::Api(ApiCall::new("cloudwatch", operation, input))).map(|outcome| outcome.reply)
}

fn put(lab: &mut Lab, value: f64) {
    let data =
        json!({ "Namespace": "Shop", "MetricData": [{ "MetricName": "Queue", "Value": value, "Unit": "Count" }] });
    call(lab, "PutMetricData", data);
}

fn alarm(extra: Value) -> Value {
    let mut input = json!({
        "AlarmName": "high", "Namespace": "Shop", "MetricName": "Queue", "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 3, "Threshold": 60.0, "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:pager"],
    });
    let own = input.as_object_mut().unwrap();
    own.extend(extra.as_object().unwrap().clone());
    own.retain(|_, value| !value.is_null());
    input
}

fn shown(lab: &mut Lab) -> Value {
    call(lab, "DescribeAlarms", json!({ "AlarmNames": ["high"] }))["MetricAlarms"][0].clone()
}

#[test]
fn scaling_1_13_an_alarm_goes_through_its_states() {
    let mut lab = lab();
    call(&mut lab, "PutMetricAlarm", alarm(json!({})));
    let first = shown(&mut lab);
    assert_eq!(first["StateValue"], "INSUFFICIENT_DATA");
    assert_eq!(first["StateReason"], "Unchecked: Initial alarm creation");
    assert_eq!(first["AlarmArn"], "arn:aws:cloudwatch:us-east-1:123456789012:alarm:high");
    for (value, state) in [
        // Three points make the first judgement: with fewer, and none beyond the threshold, it is OK already.
        (50.0, "OK"),
        (70.0, "OK"),
        (80.0, "OK"),
        (90.0, "ALARM"),
        (95.0, "ALARM"),
        (60.0, "OK"),
    ] {
        put(&mut lab, value);
        wait(&mut lab, "1m");
        assert_eq!(shown(&mut lab)["StateValue"], state, "after {value}");
    }
    let changes =
        call(&mut lab, "DescribeAlarmHistory", json!({ "AlarmName": "high", "HistoryItemType": "StateUpdate" }));
    let summaries: Vec<&str> = changes["AlarmHistoryItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["HistorySummary"].as_str().unwrap())
        .collect();
    assert_eq!(
        summaries,
        [
            "Alarm updated from ALARM to OK",
            "Alarm updated from OK to ALARM",
            "Alarm updated from INSUFFICIENT_DATA to OK"
        ]
    );
    // No point for longer than the evaluation range.
    wait(&mut lab, "10m");
    assert_eq!(shown(&mut lab)["StateValue"], "INSUFFICIENT_DATA");
    assert_eq!(shown(&mut lab)["StateReason"], "Insufficient Data: 3 datapoints were unknown.");
}

#[test]
fn the_reason_names_the_points_that_decided() {
    let mut lab = lab();
    call(&mut lab, "PutMetricAlarm", alarm(json!({ "EvaluationPeriods": 2, "DatapointsToAlarm": 1 })));
    put(&mut lab, 61.5);
    wait(&mut lab, "1m");
    put(&mut lab, 10.0);
    wait(&mut lab, "1m");
    assert_eq!(
        shown(&mut lab)["StateReason"],
        "Threshold Crossed: 1 out of the last 2 datapoints [61.5 (05/01/26 09:00:00)] was greater than the threshold (60.0) (minimum 1 datapoint for OK -> ALARM transition)."
    );
}

/// 1.13: what a reason tells of points that are missing. Where they count as nothing it names those that are there, and
/// how many it takes by rights; else what they were treated as.
#[test]
fn scaling_1_13_reasons_with_missing_points() {
    let above = "greater than the threshold (60.0)";
    for (treat, given, waits, state, reason) in [
        (
            "missing",
            &[70.0, 80.0][..],
            1,
            "ALARM",
            format!(
                "2 out of the last 3 datapoints [80.0 (05/01/26 09:01:00), 70.0 (05/01/26 09:00:00)] were {above} (minimum 3 datapoints for OK -> ALARM transition)."
            ),
        ),
        (
            "missing",
            &[70.0],
            2,
            "ALARM",
            format!(
                "1 out of the last 3 datapoints [70.0 (05/01/26 09:00:00)] was {above} (minimum 3 datapoints for OK -> ALARM transition)."
            ),
        ),
        (
            "breaching",
            &[70.0],
            0,
            "ALARM",
            format!(
                "1 out of the last 3 datapoints [70.0 (05/01/26 09:00:00)] was {above} and 2 missing datapoints were treated as [Breaching] (minimum 3 datapoints for OK -> ALARM transition)."
            ),
        ),
        (
            "notBreaching",
            &[70.0, 70.0],
            0,
            "OK",
            "2 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for ALARM -> OK transition)."
                .to_string(),
        ),
        (
            "notBreaching",
            &[],
            1,
            "OK",
            "no datapoints were received for 3 periods and 3 missing datapoints were treated as [NonBreaching]."
                .to_string(),
        ),
        (
            "breaching",
            &[],
            1,
            "ALARM",
            "no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching]."
                .to_string(),
        ),
    ] {
        let mut lab = lab();
        call(&mut lab, "PutMetricAlarm", alarm(json!({ "TreatMissingData": treat })));
        for value in given {
            put(&mut lab, *value);
            wait(&mut lab, "1m");
        }
        (0..waits).for_each(|_| wait(&mut lab, "1m"));
        let own = shown(&mut lab);
        assert_eq!(
            (&own["StateValue"], &own["StateReason"]),
            (&json!(state), &json!(format!("Threshold Crossed: {reason}"))),
            "{treat}"
        );
    }
}

/// Section 5: what PutMetricData takes of the past and the future, and one way to say a value.
#[test]
fn section_5_points_that_are_refused() {
    let mut lab = lab();
    let now = lab.now().as_millis() / 1000;
    let datum = |extra: Value| {
        let mut datum = json!({ "MetricName": "Queue", "Value": 1.0 });
        datum.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        datum.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        json!({ "Namespace": "Shop", "MetricData": [{ "MetricName": "Queue", "Value": 1.0 }, datum] })
    };
    let set = json!({ "SampleCount": 1.0, "Sum": 1.0, "Minimum": 1.0, "Maximum": 1.0 });
    let old = "The parameter MetricData.member.2.Timestamp must specify a time within the past two weeks.";
    let both = |first: &str, second: &str| {
        format!(
            "The parameters MetricData.member.2.{first} and MetricData.member.2.{second} are mutually exclusive and you have specified both."
        )
    };
    let large =
        |member: &str, value: &str| format!("The value {value} for parameter MetricData.member.2.{member} is invalid.");
    for (extra, code, message) in [
        (json!({ "Value": 1e130 }), "InvalidParameterValue", large("Value", "1e+130")),
        (json!({ "Value": -2.4e108 }), "InvalidParameterValue", large("Value", "-2.4e+108")),
        (json!({ "Value": null, "Values": [1.0, 1e109] }), "InvalidParameterValue", large("Values", "1e+109")),
        (
            json!({ "Value": null, "StatisticValues": { "SampleCount": 1.0, "Sum": 1e109, "Minimum": 1.0, "Maximum": 1.0 } }),
            "InvalidParameterValue",
            large("StatisticValues", "1e+109"),
        ),
        (json!({ "Timestamp": now - 14 * 86_400 - 1 }), "InvalidParameterValue", old.to_string()),
        (json!({ "Timestamp": now + 7201 }), "InvalidParameterValue", old.to_string()),
        (json!({ "StatisticValues": set }), "InvalidParameterCombination", both("Value", "StatisticValues")),
        (json!({ "Values": [1.0] }), "InvalidParameterCombination", both("Value", "Values")),
        (
            json!({ "Value": null, "Values": [1.0], "StatisticValues": set }),
            "InvalidParameterCombination",
            both("Values", "StatisticValues"),
        ),
    ] {
        let before = lab.digest();
        let error = try_call(&mut lab, "PutMetricData", datum(extra.clone())).expect_err(&extra.to_string());
        assert_eq!((error.code.as_ref(), error.message.as_ref()), (code, message.as_str()), "{extra}");
        assert_eq!(lab.digest(), before, "nothing of it is kept");
    }
    call(&mut lab, "PutMetricData", datum(json!({ "Timestamp": now - 14 * 86_400 })));
    call(&mut lab, "PutMetricData", datum(json!({ "Timestamp": now + 7200 })));
    // Up to 2^360 either way.
    for value in [2f64.powi(360), -2f64.powi(360)] {
        call(&mut lab, "PutMetricData", datum(json!({ "Value": value })));
    }
}

/// The parts of an ARN are counted, and nothing else of an action is asked for.
#[test]
fn section_5_actions_that_are_no_arns() {
    let mut lab = lab();
    for member in ["OKActions", "AlarmActions", "InsufficientDataActions"] {
        for (action, good) in [
            ("arn:aws:foo", false),
            ("pager", false),
            ("arn:aws:sns:us-east-1:123456789012", false),
            ("urn:aws:sns:us-east-1:123456789012:pager", false),
            ("arn:aws:automate:us-east-1:ec2:recover", true),
            ("arn:aws-cn:sns:cn-north-1:123456789012:pager", true),
        ] {
            let outcome = try_call(&mut lab, "PutMetricAlarm", alarm(json!({ member: [action] })));
            let refused = outcome.err().map(|error| (error.code.to_string(), error.message.to_string()));
            let expected = (!good).then(|| ("ValidationError".to_string(), format!("Invalid arn syntax: {action}")));
            assert_eq!(refused, expected, "{member} {action}");
        }
    }
}

#[test]
fn a_state_set_by_hand_lasts_until_the_next_look() {
    let mut lab = lab();
    call(&mut lab, "PutMetricAlarm", alarm(json!({})));
    for _ in 0..3 {
        put(&mut lab, 10.0);
        wait(&mut lab, "1m");
    }
    call(&mut lab, "SetAlarmState", json!({ "AlarmName": "high", "StateValue": "ALARM", "StateReason": "a test" }));
    assert_eq!(
        (shown(&mut lab)["StateValue"].clone(), shown(&mut lab)["StateReason"].clone()),
        (json!("ALARM"), json!("a test"))
    );
    put(&mut lab, 10.0);
    wait(&mut lab, "1m");
    assert_eq!(shown(&mut lab)["StateValue"], "OK");
}

#[test]
fn what_an_alarm_refuses() {
    let mut lab = lab();
    for (extra, code, path) in [
        (json!({ "Period": 45 }), "ValidationError", "Period"),
        (json!({ "EvaluationPeriods": 1441 }), "ValidationError", "EvaluationPeriods"),
        (json!({ "DatapointsToAlarm": 4 }), "ValidationError", "DatapointsToAlarm"),
        (json!({ "TreatMissingData": "zero" }), "ValidationError", "TreatMissingData"),
        (json!({ "ExtendedStatistic": "p99" }), "ValidationError", "Statistic"),
        (json!({ "Statistic": null, "ExtendedStatistic": "p101" }), "ValidationError", "ExtendedStatistic"),
        (json!({ "Statistic": null, "ExtendedStatistic": "Sum" }), "ValidationError", "ExtendedStatistic"),
        (json!({ "Statistic": null }), "ValidationError", "Statistic"),
        (
            json!({ "EvaluateLowSampleCountPercentile": "ignore" }),
            "ValidationError",
            "EvaluateLowSampleCountPercentile",
        ),
        (
            json!({ "ComparisonOperator": "GreaterThanUpperThreshold" }),
            "UnsupportedFeatureException",
            "ComparisonOperator",
        ),
        (json!({ "Metrics": [{ "Id": "a", "Expression": "1" }] }), "ValidationError", "MetricName"),
    ] {
        let before = lab.digest();
        let error = try_call(&mut lab, "PutMetricAlarm", alarm(extra.clone())).expect_err(&extra.to_string());
        assert_eq!((error.code.as_ref(), error.path.as_str()), (code, path), "{extra}");
        assert_eq!(lab.digest(), before);
    }
    let input = json!({ "AlarmName": "none", "StateValue": "OK", "StateReason": "x" });
    assert_eq!(try_call(&mut lab, "SetAlarmState", input).unwrap_err().code, "ResourceNotFound");
    let data = json!({ "Namespace": "AWS/ECS", "MetricData": [{ "MetricName": "CPUUtilization", "Value": 1 }] });
    assert_eq!(try_call(&mut lab, "PutMetricData", data).unwrap_err().code, "InvalidParameterValue");
}

#[test]
fn statistics_and_lists_of_metrics() {
    let mut lab = lab();
    for (minute, value) in [(0, 10.0), (0, 30.0), (1, 5.0)] {
        let at = 1_767_603_600 + minute * 60;
        let datum = json!({ "MetricName": "Queue", "Value": value, "Timestamp": at, "Dimensions": [{ "Name": "Shop", "Value": "a" }] });
        call(&mut lab, "PutMetricData", json!({ "Namespace": "Shop", "MetricData": [datum] }));
    }
    let listed = call(&mut lab, "ListMetrics", json!({ "Dimensions": [{ "Name": "Shop" }] }));
    assert_eq!(
        listed["Metrics"],
        json!([{ "Namespace": "Shop", "MetricName": "Queue", "Dimensions": [{ "Name": "Shop", "Value": "a" }] }])
    );
    let span = json!({
        "Namespace": "Shop", "MetricName": "Queue", "Dimensions": [{ "Name": "Shop", "Value": "a" }], "Period": 60,
        "StartTime": "2026-01-05T09:00:00Z", "EndTime": "2026-01-05T09:05:00Z", "Statistics": ["Average", "SampleCount"],
    });
    let points = call(&mut lab, "GetMetricStatistics", span)["Datapoints"].clone();
    assert_eq!(
        points,
        json!([
            { "Timestamp": 1_767_603_600.0, "Unit": "None", "Average": 20.0, "SampleCount": 2.0 },
            { "Timestamp": 1_767_603_660.0, "Unit": "None", "Average": 5.0, "SampleCount": 1.0 },
        ])
    );
    let metric =
        json!({ "Namespace": "Shop", "MetricName": "Queue", "Dimensions": [{ "Name": "Shop", "Value": "a" }] });
    let data = call(
        &mut lab,
        "GetMetricData",
        json!({
            "StartTime": 1_767_603_600, "EndTime": 1_767_604_000,
            "MetricDataQueries": [{ "Id": "q", "MetricStat": { "Metric": metric, "Period": 300, "Stat": "Sum" } }],
        }),
    );
    assert_eq!(data["MetricDataResults"][0]["Values"], json!([45.0]));
}

#[test]
fn alarms_cost_nothing_once_they_are_gone() {
    let mut lab = lab();
    call(&mut lab, "PutMetricAlarm", alarm(json!({})));
    call(&mut lab, "DeleteAlarms", json!({ "AlarmNames": ["high"] }));
    wait(&mut lab, "2m");
    assert_eq!(lab.next_deadline(), None);
}
