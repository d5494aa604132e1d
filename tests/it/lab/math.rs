//! GetMetricData with expressions, alarms on metric math, percentiles.

use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const START: u32 = 1_767_603_600;

fn try_call(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("cloudwatch", operation, input))).map(|outcome| outcome.reply)
}

fn call(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_call(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error:?}"))
}

fn put(lab: &mut Lab, metric: &str, minute: u32, value: f64) {
    let datum = json!({ "MetricName": metric, "Value": value, "Timestamp": START + minute * 60 });
    call(lab, "PutMetricData", json!({ "Namespace": "Shop", "MetricData": [datum] }));
}

/// A metric of `Shop`.
fn stat(id: &str, metric: &str, period: u32, stat: &str) -> Value {
    let metric = json!({ "Namespace": "Shop", "MetricName": metric });
    json!({ "Id": id, "MetricStat": { "Metric": metric, "Period": period, "Stat": stat }, "ReturnData": false })
}

fn query(lab: &mut Lab, queries: Value) -> Result<Vec<(String, String, Vec<f64>)>, ApiError> {
    let input = json!({
        "StartTime": START, "EndTime": START + 600, "ScanBy": "TimestampAscending", "MetricDataQueries": queries,
    });
    let found = try_call(lab, "GetMetricData", input)?;
    let text = |own: &Value| own.as_str().unwrap().to_string();
    let values = |own: &Value| own.as_array().unwrap().iter().map(|own| own.as_f64().unwrap()).collect();
    let one = |own: &Value| {
        assert_eq!(own["Timestamps"].as_array().unwrap().len(), own["Values"].as_array().unwrap().len());
        (text(&own["Id"]), text(&own["Label"]), values(&own["Values"]))
    };
    Ok(found["MetricDataResults"].as_array().unwrap().iter().map(one).collect())
}

#[test]
fn get_metric_data_computes_expressions() {
    let mut lab = lab();
    for (minute, visible, tasks) in [(0, 40.0, 2.0), (1, 60.0, 2.0), (2, 90.0, 3.0), (3, 10.0, 5.0)] {
        put(&mut lab, "Visible", minute, visible);
        put(&mut lab, "Tasks", minute, tasks);
    }
    put(&mut lab, "Visible", 5, 7.0);
    let (visible, tasks) = (stat("visible", "Visible", 60, "Sum"), stat("tasks", "Tasks", 60, "Average"));
    let found = query(
        &mut lab,
        json!([
            { "Id": "backlog", "Expression": "visible / tasks", "Label": "Backlog per task" },
            visible,
            tasks,
            { "Id": "high", "Expression": "backlog > 25" },
            { "Id": "each", "Expression": "METRICS() * 2", "Label": "Twice" },
        ]),
    );
    let row = |id: &str, label: &str, values: &[f64]| (id.to_string(), label.to_string(), values.to_vec());
    let expected = [
        row("backlog", "Backlog per task", &[20.0, 30.0, 30.0, 2.0]),
        row("high", "high", &[0.0, 1.0, 1.0, 0.0]),
        row("each", "Twice Visible", &[80.0, 120.0, 180.0, 20.0, 14.0]),
        row("each", "Twice Tasks", &[4.0, 4.0, 6.0, 10.0]),
    ];
    assert_eq!(found.unwrap(), expected);
    // Over several periods, the longest; and at most so often as is asked.
    let five = stat("slow", "Tasks", 300, "Sum");
    let found = query(
        &mut lab,
        json!([
            visible, five,
            { "Id": "a", "Expression": "visible + slow" },
            { "Id": "b", "Expression": "visible * 1", "Period": 120 },
            { "Id": "c", "Expression": "TIME_SERIES(3)", "Period": 300 },
        ]),
    );
    let expected = [row("a", "a", &[212.0, 7.0]), row("b", "b", &[100.0, 100.0, 7.0]), row("c", "c", &[3.0, 3.0])];
    assert_eq!(found.unwrap(), expected);
    let newest = json!({
        "StartTime": START, "EndTime": START + 120,
        "MetricDataQueries": [visible, { "Id": "e", "Expression": "visible / 10" }],
    });
    let newest = call(&mut lab, "GetMetricData", newest)["MetricDataResults"][0].clone();
    assert_eq!((&newest["Values"], &newest["Timestamps"][0]), (&json!([6.0, 4.0]), &json!(f64::from(START + 60))));
}

#[test]
fn table_of_queries_that_are_refused() {
    let mut lab = lab();
    let own = || stat("m1", "Visible", 60, "Sum");
    let with = |member: &str, value: Value| {
        let mut own = own();
        own["MetricStat"][member] = value;
        own
    };
    let expression = |id: &str, text: &str| json!({ "Id": id, "Expression": text });
    for (queries, path, message) in [
        (
            json!([own(), own()]),
            "MetricDataQueries[1].Id",
            "The values for parameter id in MetricDataQueries are not unique.",
        ),
        (
            json!([expression("E1", "1")]),
            "MetricDataQueries[0].Id",
            "The value E1 for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
        ),
        (
            json!([{ "Id": "a" }]),
            "MetricDataQueries[0].MetricStat",
            "Query 'a' must have either MetricStat or Expression.",
        ),
        (
            json!([{ "Id": "a", "Expression": "1", "MetricStat": own()["MetricStat"] }]),
            "MetricDataQueries[0].MetricStat",
            "Query 'a' must have either MetricStat or Expression.",
        ),
        (
            json!([with("Stat", json!("Median"))]),
            "MetricDataQueries[0].MetricStat.Stat",
            "The value for parameter MetricDataQueries.member.1.MetricStat.Stat is not a valid statistic.",
        ),
        (
            json!([with("Period", json!(45))]),
            "MetricDataQueries[0].MetricStat.Period",
            "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.",
        ),
        (
            json!([expression("e1", "m9 * 2")]),
            "MetricDataQueries[0].Expression",
            "Error in expression 'e1': there is no query with the id 'm9' (character 1)",
        ),
        (
            json!([own(), expression("e1", "m1 +")]),
            "MetricDataQueries[1].Expression",
            "Error in expression 'e1': a number, an id or a function is expected, not the end (character 5)",
        ),
        (
            json!([expression("e1", "e2"), expression("e2", "e1")]),
            "MetricDataQueries[0].Expression",
            "Error in expression 'e1': it needs its own result",
        ),
        (json!([expression("e1", "TIME_SERIES(1)")]), "MetricDataQueries[0].Period", "Period must not be null"),
    ] {
        let error = query(&mut lab, queries.clone()).expect_err(&queries.to_string());
        assert_eq!((error.code.as_ref(), error.path.as_str()), ("ValidationError", path), "{queries}");
        assert_eq!(error.message, message, "{queries}");
    }
    let foreign = query(&mut lab, json!([expression("e1", "SEARCH('{Shop} Visible', 'Sum', 60)")])).unwrap_err();
    assert_eq!(foreign.code, "UnsupportedFeatureException");
    // A century by the second is no lab's work.
    let far = json!({
        "StartTime": 0, "EndTime": 4_000_000_000u32,
        "MetricDataQueries": [own(), { "Id": "e1", "Expression": "m1 * 2" }],
    });
    assert!(try_call(&mut lab, "GetMetricData", far).unwrap_err().message.contains("too many datapoints"));
}

fn alarm(metrics: Value, extra: Value) -> Value {
    let mut input = json!({
        "AlarmName": "backlog", "EvaluationPeriods": 2, "Threshold": 20.0, "Metrics": metrics,
        "ComparisonOperator": "GreaterThanThreshold",
    });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    input
}

#[test]
fn scaling_1_13_an_alarm_on_metric_math() {
    let mut lab = lab();
    let metrics = json!([
        { "Id": "backlog", "Expression": "FILL(visible, 0) / tasks", "Label": "Backlog" },
        stat("visible", "Visible", 60, "Sum"),
        stat("tasks", "Tasks", 60, "Average"),
    ]);
    call(&mut lab, "PutMetricAlarm", alarm(metrics.clone(), json!({ "TreatMissingData": "notBreaching" })));
    let shown = |lab: &mut Lab| call(lab, "DescribeAlarms", json!({}))["MetricAlarms"][0].clone();
    let mut whole = metrics.clone();
    whole[0]["ReturnData"] = json!(true);
    let first = shown(&mut lab);
    assert_eq!(first["Metrics"], whole);
    for member in ["MetricName", "Namespace", "Statistic", "Period", "Dimensions"] {
        assert_eq!(first[member], Value::Null, "{member}");
    }
    for (minute, visible, tasks, state) in [
        (0, Some(100.0), 2.0, "OK"),
        (1, Some(100.0), 2.0, "ALARM"),
        (2, Some(100.0), 4.0, "ALARM"),
        (3, Some(60.0), 4.0, "OK"),
        (4, Some(100.0), 2.0, "OK"),
        // No message: the filled 0 is a point.
        (5, None, 2.0, "OK"),
    ] {
        visible.into_iter().for_each(|visible| put(&mut lab, "Visible", minute, visible));
        put(&mut lab, "Tasks", minute, tasks);
        wait(&mut lab, "1m");
        let own = shown(&mut lab);
        assert_eq!(own["StateValue"], state, "minute {minute}: {}", own["StateReason"]);
    }
    // It is no alarm on any of its metrics; it is set by hand, and remembers.
    let of = json!({ "Namespace": "Shop", "MetricName": "Visible" });
    assert_eq!(call(&mut lab, "DescribeAlarmsForMetric", of)["MetricAlarms"], json!([]));
    let set = json!({ "AlarmName": "backlog", "StateValue": "ALARM", "StateReason": "a test" });
    call(&mut lab, "SetAlarmState", set);
    assert_eq!(shown(&mut lab)["StateReason"], "a test");
    let history = call(&mut lab, "DescribeAlarmHistory", json!({ "HistoryItemType": "StateUpdate" }));
    assert_eq!(history["AlarmHistoryItems"].as_array().unwrap().len(), 4);
    wait(&mut lab, "10m");
    assert_eq!(shown(&mut lab)["StateValue"], "OK", "without tasks there is no point, and that is not breaching");
}

#[test]
fn scaling_1_13_metric_math_that_no_alarm_takes() {
    let mut lab = lab();
    let (a, b) = (stat("a", "Visible", 60, "Sum"), stat("b", "Tasks", 60, "Average"));
    let sum = |text: &str| json!({ "Id": "e", "Expression": text });
    let shown = |own: &Value| {
        let mut own = own.clone();
        own["ReturnData"] = json!(true);
        own
    };
    let mut eleven: Vec<Value> = (0..11).map(|number| stat(&format!("m{number}"), "Visible", 60, "Sum")).collect();
    eleven.push(sum("SUM(METRICS())"));
    for (metrics, extra, path, message) in [
        (json!([]), json!({}), "Metrics", "Exactly one element of the metrics list should return data."),
        (json!([a, b]), json!({}), "Metrics", "Exactly one element of the metrics list should return data."),
        (
            json!([shown(&a), sum("a")]),
            json!({}),
            "Metrics",
            "Exactly one element of the metrics list should return data.",
        ),
        (
            json!([a, sum("a * 2")]),
            json!({ "Statistic": "Sum" }),
            "Statistic",
            "Statistic should not be set if list of Metrics is set.",
        ),
        (
            json!([a, sum("METRICS() * 2")]),
            json!({}),
            "Metrics[1].Expression",
            "Error in expression 'e': it gives several time series, not one.",
        ),
        (json!([sum("TIME_SERIES(1)")]), json!({}), "Metrics[0].Period", "Period must not be null"),
        (json!(eleven), json!({}), "Metrics", "An expression that is watched can have at most 10 metrics."),
        (
            json!([stat("a", "Visible", 5, "Sum"), sum("a")]),
            json!({}),
            "Period",
            "Period must be 10, 20, 30 or a multiple of 60.",
        ),
        (
            json!([a, sum("a")]),
            json!({ "EvaluationPeriods": 1441 }),
            "EvaluationPeriods",
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
        ),
    ] {
        let error =
            try_call(&mut lab, "PutMetricAlarm", alarm(metrics.clone(), extra)).expect_err(&metrics.to_string());
        assert_eq!((error.code.as_ref(), error.path.as_str()), ("ValidationError", path), "{metrics}");
        assert_eq!(error.message, message, "{metrics}");
    }
    let band = alarm(json!([a, sum("ANOMALY_DETECTION_BAND(a)")]), json!({}));
    assert_eq!(try_call(&mut lab, "PutMetricAlarm", band).unwrap_err().code, "UnsupportedFeatureException");
    // One metric alone, without an expression, is a list as well; its label is a name.
    let one = alarm(json!([shown(&stat("a", "Visible", 300, "p90"))]), json!({}));
    call(&mut lab, "PutMetricAlarm", one);
}

#[test]
fn scaling_1_13_an_alarm_on_a_percentile() {
    let percentile = |extra: Value| {
        let mut input = json!({
            "AlarmName": "slow", "Namespace": "Shop", "MetricName": "Seconds", "ExtendedStatistic": "p90", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 2.0, "ComparisonOperator": "GreaterThanThreshold",
        });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        input
    };
    let seconds = |lab: &mut Lab, slow: f64, count: u32| {
        let datum = json!({ "MetricName": "Seconds", "Values": [1.0, slow], "Counts": [count * 4, count] });
        call(lab, "PutMetricData", json!({ "Namespace": "Shop", "MetricData": [datum] }));
        wait(lab, "1m");
    };
    let state = |lab: &mut Lab| call(lab, "DescribeAlarms", json!({}))["MetricAlarms"][0]["StateValue"].clone();
    let mut lab = lab();
    call(&mut lab, "PutMetricAlarm", percentile(json!({})));
    seconds(&mut lab, 3.0, 2);
    assert_eq!(state(&mut lab), "ALARM", "a fifth takes 3 s");
    let shown = call(&mut lab, "DescribeAlarms", json!({}))["MetricAlarms"][0].clone();
    assert_eq!((&shown["ExtendedStatistic"], &shown["Statistic"]), (&json!("p90"), &Value::Null));
    // Ten samples are few for p90: with `ignore` they change nothing, a hundred do.
    call(&mut lab, "PutMetricAlarm", percentile(json!({ "EvaluateLowSampleCountPercentile": "ignore" })));
    seconds(&mut lab, 1.0, 2);
    assert_eq!(state(&mut lab), "ALARM");
    seconds(&mut lab, 1.0, 20);
    assert_eq!(state(&mut lab), "OK");
    let mut silent = lab.fork();
    wait(&mut silent, "10m");
    assert_eq!(state(&mut silent), "INSUFFICIENT_DATA", "no sample is not too few");
    let input = json!({
        "Namespace": "Shop", "MetricName": "Seconds", "StartTime": START, "EndTime": START + 60, "Period": 60,
        "Statistics": ["Maximum"], "ExtendedStatistics": ["p50", "p90", "tm80"],
    });
    let point = call(&mut lab, "GetMetricStatistics", input)["Datapoints"][0].clone();
    assert_eq!(point["ExtendedStatistics"], json!({ "p50": 1.0, "p90": 3.0, "tm80": 1.0 }));
    assert_eq!(point["Maximum"], 3.0);
    // Of a set of statistics no percentile is known.
    let set = json!({ "SampleCount": 9, "Sum": 18, "Minimum": 1, "Maximum": 3 });
    let datum = json!({ "MetricName": "Set", "StatisticValues": set });
    call(&mut lab, "PutMetricData", json!({ "Namespace": "Shop", "MetricData": [datum] }));
    let queries = json!([
        { "Id": "p", "MetricStat": { "Metric": { "Namespace": "Shop", "MetricName": "Set" }, "Period": 60, "Stat": "p50" } },
        { "Id": "s", "MetricStat": { "Metric": { "Namespace": "Shop", "MetricName": "Set" }, "Period": 60, "Stat": "Sum" } },
    ]);
    let found = query(&mut lab, queries).unwrap();
    assert_eq!((found[0].2.as_slice(), found[1].2.as_slice()), (&[][..], &[18.0][..]));
}
