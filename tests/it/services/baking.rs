//! The bake time of rolling deployments (CB-11) and their early success (RL-14).

use super::deck::*;
use super::shifts::{alarm, newest};
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::json;

#[test]
fn cb_11_the_bake_time_of_a_rolling_deployment() {
    // What the settings say, and how long after the steady state it is over, in minutes.
    for (config, minutes) in [
        (json!({}), 0),
        (json!({ "bakeTimeInMinutes": 4 }), 4),
        (json!({ "alarms": { "alarmNames": ["errors"], "enable": true, "rollback": true } }), 2),
        (json!({ "alarms": { "alarmNames": ["errors"], "enable": true, "rollback": false } }), 0),
    ] {
        let mut lab = on(1);
        alarm(&mut lab, "errors", "OK");
        create(&mut lab, 1, json!({ "deploymentConfiguration": config }));
        wait(&mut lab, "50s");
        assert_eq!(said(&lab).iter().filter(|own| own.ends_with("has reached a steady state.")).count(), 1, "{config}");
        let state = |lab: &Lab| service(lab)["deployments"][0]["rolloutState"].as_str().unwrap().to_string();
        if minutes > 0 {
            wait(&mut lab, &format!("{}s", minutes * 60 - 20));
            assert_eq!(
                (state(&lab).as_str(), &newest(&lab)["lifecycleStage"]),
                ("IN_PROGRESS", &json!("BAKE_TIME")),
                "{config}"
            );
            wait(&mut lab, "20s");
        }
        assert_eq!(state(&lab), "COMPLETED", "{config}");
    }
}

#[test]
fn cb_11_an_alarm_in_the_bake_time_of_a_rolling_deployment_takes_it_back() {
    let mut lab = on(2);
    alarm(&mut lab, "errors", "OK");
    let alarms = json!({ "alarmNames": ["errors"], "enable": true, "rollback": true });
    create(&mut lab, 1, json!({ "deploymentConfiguration": { "alarms": alarms, "bakeTimeInMinutes": 10 } }));
    wait(&mut lab, "15m");
    register(&mut lab, "web", json!({ "cpu": 10 }));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    wait(&mut lab, "5m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 1/1/0 IN_PROGRESS"], "steady, and baking");
    alarm(&mut lab, "errors", "ALARM");
    wait(&mut lab, "2m");
    assert_eq!(service(&lab)["taskDefinition"].as_str().unwrap().rsplit('/').next(), Some("web:1"));
    assert_eq!(newest(&lab)["status"], "ROLLBACK_IN_PROGRESS");
}

#[test]
fn rl_14_early_success() {
    // desired, healthyPercent, and how many healthy tasks are enough, as the guide counts. There is one host for each of
    // those: the new tasks need a port of the host's, so that no more find a place.
    for (desired, percent, enough) in [(2, 50, 1), (3, 50, 2), (10, 80, 8), (10, 100, 10)] {
        for cleanup in ["BLOCKING", "DEFERRED"] {
            let mut lab = on(enough);
            let early = json!({ "enable": true, "healthyPercent": percent, "sourceServiceRevisionCleanup": cleanup });
            let config = json!({ "minimumHealthyPercent": 50, "maximumPercent": 200, "earlySuccessCriteria": early });
            create(&mut lab, desired, json!({ "deploymentConfiguration": config }));
            wait(&mut lab, "2m");
            let old = tasks(&mut lab, "RUNNING")[0]["taskArn"].clone();
            let protect = |lab: &mut Lab, on: bool| {
                let input = json!({ "cluster": "prod", "tasks": [old], "protectionEnabled": on });
                ecs(lab, "UpdateTaskProtection", input);
            };
            protect(&mut lab, true);
            register(
                &mut lab,
                "web",
                json!({ "cpu": 10, "portMappings": [{ "containerPort": 80, "hostPort": 8080 }] }),
            );
            update(&mut lab, json!({ "taskDefinition": "web" }));
            wait(&mut lab, "40s");
            assert_eq!(service(&lab)["deployments"][0]["rolloutState"], "IN_PROGRESS", "{desired} {percent} {cleanup}");
            wait(&mut lab, "1m");
            let state = if cleanup == "DEFERRED" { "COMPLETED" } else { "IN_PROGRESS" };
            let shown = service(&lab)["deployments"].clone();
            assert_eq!((&shown[0]["rolloutState"], &shown[0]["runningCount"]), (&json!(state), &json!(enough)));
            assert_eq!(shown[1]["runningCount"], 1, "what is protected stays");
            protect(&mut lab, false);
            wait(&mut lab, "1m");
            let alone = format!("PRIMARY web:2 {desired}/{enough}/0 COMPLETED");
            assert_eq!(deployments(&lab), [alone], "{desired} {percent} {cleanup}");
            assert_eq!(newest(&lab)["status"], "SUCCESSFUL");
        }
    }
}

/// An alarm without data that SetAlarmState puts into ALARM is in INSUFFICIENT_DATA again at its next look: the deployment
/// knows of it all the same, unless it was over before the deployment began.
#[test]
fn cb_11_an_alarm_that_was_in_alarm_for_some_seconds_counts() {
    for (before, expected) in [(false, "web:1"), (true, "web:2")] {
        let mut lab = on(2);
        let set = |lab: &mut Lab| {
            let input = json!({ "AlarmName": "errors", "StateValue": "ALARM", "StateReason": "test" });
            lab.apply(Command::Api(ApiCall::new("cloudwatch", "SetAlarmState", input))).unwrap();
        };
        let known = json!({
            "AlarmName": "errors", "Namespace": "Lab", "MetricName": "m", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        });
        lab.apply(Command::Api(ApiCall::new("cloudwatch", "PutMetricAlarm", known))).unwrap();
        let alarms = json!({ "alarmNames": ["errors", "nobody-made"], "enable": true, "rollback": true });
        create(&mut lab, 1, json!({ "deploymentConfiguration": { "alarms": alarms, "bakeTimeInMinutes": 10 } }));
        wait(&mut lab, "15m");
        register(&mut lab, "web", json!({ "cpu": 10 }));
        if before {
            set(&mut lab);
            wait(&mut lab, "2m");
        }
        update(&mut lab, json!({ "taskDefinition": "web" }));
        wait(&mut lab, "90s");
        if !before {
            set(&mut lab);
        }
        wait(&mut lab, "90s");
        let all = lab.read(&ApiCall::new("cloudwatch", "DescribeAlarms", json!({}))).unwrap();
        assert_eq!(all["MetricAlarms"][0]["StateValue"], "INSUFFICIENT_DATA");
        wait(&mut lab, "3m");
        assert_eq!(service(&lab)["taskDefinition"].as_str().unwrap().rsplit('/').next(), Some(expected));
    }
}
