//! Predictive scaling (1.12).

use super::deck::*;
use crate::lab::support::*;
use crate::services::deck::{create, on};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// A service under a load that is the same each day: from 10:00 on low, from 13:00 on high, from 19:00 on low again.
fn daily(max: u32, hours: u32) -> Lab {
    let mut lab = on(4);
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80 }] }));
    create(&mut lab, 4, json!({}));
    wait(&mut lab, "58m");
    register_target(&mut lab, 1, max);
    let point = |minute: u32, rate: u32| json!({ "seconds": minute * 60, "requestsPerSecond": rate });
    let points = [point(0, 20), point(179, 20), point(180, 90), point(540, 90), point(541, 20)];
    let load = json!({ "cluster": "prod", "service": "web", "points": points, "repeatSeconds": 86_400, "workMilliseconds": 10 });
    lab.apply(Command::Api(ApiCall::new("lab", "Load", load))).unwrap();
    wait(&mut lab, &format!("{hours}h"));
    lab
}

fn predict(lab: &mut Lab, extra: Value) {
    let pair = json!({ "PredefinedMetricType": "ECSServiceCPUUtilization" });
    let config =
        json!({ "MetricSpecifications": [{ "TargetValue": 60.0, "PredefinedMetricPairSpecification": pair }] });
    let input = json!({ "PolicyName": "soon", "PolicyType": "PredictiveScaling", "PredictiveScalingPolicyConfiguration": over(config, extra) });
    let made = aas(lab, "PutScalingPolicy", input);
    assert_eq!(made["Alarms"], json!([]));
}

fn forecast(lab: &mut Lab) -> Value {
    let (start, end) = (lab.now().as_epoch_seconds(), lab.now().as_epoch_seconds() + 2.0 * 86_400.0);
    aas(lab, "GetPredictiveScalingForecast", json!({ "PolicyName": "soon", "StartTime": start, "EndTime": end }))
}

#[test]
fn rule_1_12_a_forecast_needs_a_day_and_tells_two() {
    let mut lab = daily(20, 20);
    predict(&mut lab, json!({}));
    let early = forecast(&mut lab);
    assert_eq!(early["CapacityForecast"]["Values"], json!([]), "too little is known");
    // It is made anew each six hours.
    wait(&mut lab, "6h");
    let own = forecast(&mut lab);
    let values = own["CapacityForecast"]["Values"].as_array().unwrap();
    assert_eq!(values.len(), 48);
    assert_eq!(values[..24], values[24..], "each day is like the last");
    let (least, most) = (
        values.iter().filter_map(Value::as_f64).fold(f64::MAX, f64::min),
        values.iter().filter_map(Value::as_f64).fold(0.0, f64::max),
    );
    assert_eq!((least, most), (2.0, 6.0));
    assert_eq!(own["LoadForecast"][0]["MetricSpecification"]["TargetValue"], 60.0);
    wait(&mut lab, "1h");
    assert_eq!((desired(&lab), told(&mut lab).len()), (4, 0), "ForecastOnly");
    assert!(why(&lab, "soon").ends_with("; the policy only forecasts"), "{}", why(&lab, "soon"));
}

#[test]
fn rule_1_12_scales_out_ahead_of_the_hour_and_never_in() {
    let mut lab = daily(20, 24);
    predict(&mut lab, json!({ "Mode": "ForecastAndScale", "SchedulingBufferTime": 600 }));
    wait(&mut lab, "2h49m");
    assert_eq!(desired(&lab), 4);
    wait(&mut lab, "1m");
    let high = desired(&lab);
    assert!(high > 4, "{}", why(&lab, "soon"));
    assert!(why(&lab, "soon").contains("because ceil("), "{}", why(&lab, "soon"));
    let shown = aas(&mut lab, "DescribeScalableTargets", json!({}))["ScalableTargets"][0].clone();
    assert_eq!(shown["PredictedCapacity"], high);
    wait(&mut lab, "12h");
    assert_eq!(desired(&lab), high, "it never scales in");
    assert!(told(&mut lab)[0].contains("predictive scaling policy soon forecast a capacity of"));
}

/// MaxCapacityBreachBehavior: the raised maximum stays.
#[test]
fn rule_1_12_the_maximum_is_honoured_or_raised() {
    for (behavior, capped) in [
        (json!({}), true),
        (json!({ "MaxCapacityBreachBehavior": "IncreaseMaxCapacity", "MaxCapacityBuffer": 50 }), false),
    ] {
        let mut lab = daily(4, 24);
        predict(&mut lab, over(json!({ "Mode": "ForecastAndScale" }), behavior));
        wait(&mut lab, "12h");
        assert_eq!(target(&lab).max == 4, capped, "{}", target(&lab).max);
        assert_eq!(desired(&lab) == 4, capped);
    }
}

#[test]
fn rule_1_12_bad_predictive_policies() {
    let mut lab = scalable(1, 1, 4);
    let pair = json!({ "PredefinedMetricType": "ECSServiceCPUUtilization" });
    let one = |extra: Value| json!([over(json!({ "TargetValue": 50 }), extra)]);
    let good = one(json!({ "PredefinedMetricPairSpecification": pair }));
    for (config, code, path) in [
        (json!({ "MetricSpecifications": [] }), "ValidationException", "MetricSpecifications"),
        (json!({ "MetricSpecifications": [good[0], good[0]] }), "ValidationException", "MetricSpecifications"),
        (json!({ "MetricSpecifications": one(json!({})) }), "ValidationException", "MetricSpecifications"),
        (
            json!({ "MetricSpecifications": one(json!({ "PredefinedLoadMetricSpecification": { "PredefinedMetricType": "ECSServiceTotalCPUUtilization" } })) }),
            "ValidationException",
            "MetricSpecifications",
        ),
        (
            json!({ "MetricSpecifications": one(json!({ "PredefinedMetricPairSpecification": { "PredefinedMetricType": "ASGCPUUtilization" } })) }),
            "ValidationException",
            "PredefinedMetricType",
        ),
        (
            json!({ "MetricSpecifications": one(json!({ "PredefinedMetricPairSpecification": pair, "TargetValue": 0 })) }),
            "ValidationException",
            "TargetValue",
        ),
        (json!({ "MetricSpecifications": good, "MaxCapacityBuffer": 10 }), "ValidationException", "MaxCapacityBuffer"),
        (
            json!({ "MetricSpecifications": good, "MaxCapacityBreachBehavior": "IncreaseMaxCapacity" }),
            "ValidationException",
            "MaxCapacityBuffer",
        ),
        (
            json!({ "MetricSpecifications": good, "SchedulingBufferTime": 3601 }),
            "ValidationException",
            "PredictiveScalingPolicyConfiguration.SchedulingBufferTime",
        ),
    ] {
        let input = json!({ "PolicyName": "p", "PolicyType": "PredictiveScaling", "PredictiveScalingPolicyConfiguration": config });
        let error = try_aas(&mut lab, "PutScalingPolicy", input).expect_err(&config.to_string());
        assert_eq!((error.code.as_ref(), error.path.as_str()), (code, path), "{config}: {error}");
    }
    step_policy(&mut lab, "out", "0::1", json!({}));
    for name in ["out", "none"] {
        let input = json!({ "PolicyName": name, "StartTime": 0, "EndTime": 1 });
        assert_eq!(try_aas(&mut lab, "GetPredictiveScalingForecast", input).unwrap_err().code, "ValidationException");
    }
    aas(&mut lab, "RegisterScalableTarget", json!({ "RoleARN": "arn:aws:iam::123456789012:role/own" }));
    let input = json!({ "PolicyName": "p", "PolicyType": "PredictiveScaling", "PredictiveScalingPolicyConfiguration": { "MetricSpecifications": good } });
    let error = try_aas(&mut lab, "PutScalingPolicy", input).unwrap_err();
    assert_eq!(error.message, "Predictive scaling works with the service-linked role alone.");
}
