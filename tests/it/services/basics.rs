//! A service lives: created, steady, scaled, updated, deleted (6.1).

use super::deck::*;
use crate::lab::support::*;
use serde_json::json;

#[test]
fn sv_01_sv_10_a_service_comes_up_and_is_steady() {
    let mut lab = on(2);
    let made = create(&mut lab, 3, json!({}));
    assert_eq!(made["status"], "ACTIVE");
    assert_eq!(counts(&lab), [3, 0, 3]);
    assert_eq!(said(&lab), ["(service web) has started 3 tasks: (task T) (task T) (task T)."]);
    wait(&mut lab, "10s");
    assert_eq!(counts(&lab), [3, 3, 0]);
    assert_eq!(deployments(&lab), ["PRIMARY web:1 3/3/0 IN_PROGRESS"]);
    wait(&mut lab, "40s");
    assert_eq!(deployments(&lab), ["PRIMARY web:1 3/3/0 COMPLETED"]);
    assert_eq!(
        said(&lab)[1..],
        ["(service web) has reached a steady state.", "(service web) (deployment D) deployment completed."]
    );
    let task = tasks(&mut lab, "RUNNING")[0].clone();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    assert_eq!(counts(&lab), [3, 2, 1], "SV-01");
    wait(&mut lab, "2m");
    assert_eq!(counts(&lab), [3, 3, 0]);
    assert_eq!(said(&lab).len(), 5);
}

#[test]
fn sv_08_sv_13_what_makes_a_deployment_and_what_does_not() {
    let mut lab = on(2);
    register(&mut lab, "web", json!({}));
    create(&mut lab, 1, json!({ "taskDefinition": "web:1" }));
    wait(&mut lab, "2m");
    let id = |lab: &ecs_lab::lab::Lab| service(lab)["deployments"][0]["id"].as_str().unwrap().to_string();
    let digits = id(&lab).strip_prefix("ecs-svc/").unwrap().to_string();
    assert!(digits.len() == 19 && digits.bytes().all(|digit| digit.is_ascii_digit()), "SV-13: {digits}");
    for (input, deploys) in [
        (json!({ "desiredCount": 2 }), false),
        (json!({ "placementStrategy": [{ "type": "binpack", "field": "memory" }] }), false),
        (
            json!({ "healthCheckGracePeriodSeconds": 5, "enableExecuteCommand": true, "propagateTags": "SERVICE" }),
            false,
        ),
        (json!({ "deploymentConfiguration": { "maximumPercent": 150 } }), false),
        (json!({ "taskDefinition": "web:1" }), false),
        (json!({ "taskDefinition": "web:2" }), true),
        (json!({ "forceNewDeployment": true }), true),
    ] {
        let before = id(&lab);
        update(&mut lab, input.clone());
        assert_eq!(id(&lab) != before, deploys, "{input}");
        wait(&mut lab, "5m");
    }
}

#[test]
fn sv_10_sv_11_a_steady_service_says_so_every_six_hours_and_keeps_a_hundred_events() {
    let mut lab = on(1);
    create(&mut lab, 1, json!({}));
    wait(&mut lab, "13h");
    let steady = said(&lab).iter().filter(|own| own.ends_with("has reached a steady state.")).count();
    assert_eq!(steady, 3, "at once, after 6 and after 12 hours");
    for _ in 0..80 {
        update(&mut lab, json!({ "desiredCount": 2 }));
        update(&mut lab, json!({ "desiredCount": 1 }));
    }
    let events = service(&lab)["events"].as_array().unwrap().clone();
    assert_eq!(events.len(), 100);
    assert!(events[0]["createdAt"].as_f64() >= events[99]["createdAt"].as_f64(), "newest first");
}

/// SV-09, SV-12: what the waiter looks at: one deployment, and as many RUNNING as desired.
#[test]
fn sv_09_sv_12_counts_leave_out_what_is_to_stop() {
    let mut lab = on(2);
    create(&mut lab, 3, json!({}));
    wait(&mut lab, "2m");
    update(&mut lab, json!({ "desiredCount": 1 }));
    assert_eq!(counts(&lab), [1, 1, 0]);
    assert_eq!(deployments(&lab), ["PRIMARY web:1 1/1/0 COMPLETED"]);
    let running = tasks(&mut lab, "STOPPED").iter().filter(|task| task["lastStatus"] == "RUNNING").count();
    assert_eq!(running, 2, "they run still");
}
