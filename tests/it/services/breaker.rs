//! The circuit breaker, its rollback, and the throttling of starts (6.4, 6.5).

use super::deck::*;
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn breaker(rollback: bool) -> Value {
    json!({ "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": rollback } } })
}

/// A revision whose image does not exist.
fn register_broken(lab: &mut Lab) {
    register(lab, "web", json!({ "image": "no-such-image-anywhere" }));
}

/// A revision whose container ends with 1 after five seconds.
fn register_crashing(lab: &mut Lab) {
    register(lab, "web", json!({ "image": "busybox", "command": ["sh", "-c", "sleep 5; exit 1"] }));
}

/// A revision whose container check never passes.
fn register_sick(lab: &mut Lab) {
    let check = json!({ "command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2 });
    register(lab, "web", json!({ "healthCheck": check }));
}

#[test]
fn bg_07_cb_04_cb_06_cb_07_cb_09_a_failing_update_is_rolled_back_to_what_completed() {
    for broken in [register_broken as fn(&mut Lab), register_crashing, register_sick] {
        let mut lab = on(3);
        create(&mut lab, 2, breaker(true));
        wait(&mut lab, "2m");
        let before = tasks(&mut lab, "RUNNING");
        broken(&mut lab);
        let events = said(&lab).len();
        update(&mut lab, json!({ "taskDefinition": "web" }));
        wait(&mut lab, "10m");
        assert_eq!(deployments(&lab), ["PRIMARY web:1 2/2/0 COMPLETED"]);
        let same = |tasks: &[Value]| tasks.iter().map(|task| task["taskArn"].clone()).collect::<Vec<_>>();
        assert_eq!(same(&tasks(&mut lab, "RUNNING")), same(&before), "the old tasks never went");
        let texts = said(&lab)[events..].to_vec();
        let at = |text: &str| texts.iter().position(|own| own == text).unwrap_or_else(|| panic!("{text}: {texts:#?}"));
        let failed = at("(service web) (deployment D) deployment failed: tasks failed to start.");
        let back = at("(service web) rolling back to deployment D.");
        let steady = at("(service web) has reached a steady state.");
        let done = at("(service web) (deployment D) deployment completed.");
        assert!(failed < back && back < steady && steady < done, "{texts:#?}");
        assert!(service(&lab)["taskDefinition"].as_str().unwrap().ends_with("/web:1"));
        let list = ecs(&mut lab, "ListServiceDeployments", json!({ "cluster": "prod", "service": "web" }));
        let statuses: Vec<&Value> =
            list["serviceDeployments"].as_array().unwrap().iter().map(|own| &own["status"]).collect();
        assert_eq!(statuses, ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
    }
}

#[test]
fn cb_06_without_a_rollback_the_deployment_stalls_and_the_old_tasks_stay() {
    let mut lab = on(3);
    create(&mut lab, 2, breaker(false));
    wait(&mut lab, "2m");
    register_broken(&mut lab);
    update(&mut lab, json!({ "taskDefinition": "web" }));
    wait(&mut lab, "10m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 2/0/0 FAILED", "ACTIVE web:1 2/2/0 COMPLETED"]);
    let own = &service(&lab)["deployments"][0];
    assert_eq!(own["rolloutStateReason"], "ECS deployment circuit breaker: tasks failed to start.", "RL-11");
    assert_eq!(own["failedTasks"], 4, "CB-08: two rounds of two");
    let task = tasks(&mut lab, "RUNNING")[0].clone();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    wait(&mut lab, "2m");
    assert_eq!(deployments(&lab)[1], "ACTIVE web:1 2/2/0 COMPLETED", "RL-07: the old revision keeps the service up");
    update(&mut lab, json!({ "taskDefinition": "web:1" }));
    wait(&mut lab, "2m");
    assert_eq!(deployments(&lab), ["PRIMARY web:1 2/2/0 COMPLETED"]);
}

#[test]
fn cb_06_the_first_deployment_ever_has_nothing_to_go_back_to() {
    let mut lab = on(1);
    register_broken(&mut lab);
    create(&mut lab, 1, breaker(true));
    wait(&mut lab, "10m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 1/0/0 FAILED"]);
    assert_eq!(service(&lab)["deployments"][0]["failedTasks"], 3);
    assert!(!said(&lab).iter().any(|text| text.contains("rolling back")));
}

/// The breaker is off: starts go on for ever, further and further apart.
#[test]
fn cb_01_cb_10_th_01_th_03_th_04_without_a_breaker_it_never_gives_up() {
    let mut lab = on(1);
    create(&mut lab, 1, json!({}));
    wait(&mut lab, "2m");
    register_broken(&mut lab);
    update(&mut lab, json!({ "taskDefinition": "web" }));
    let starts = |lab: &Lab| {
        let events = service(lab)["events"].as_array().unwrap().clone();
        let started = |event: &&Value| event["message"].as_str().unwrap().contains("has started");
        let mut at: Vec<f64> = events.iter().filter(started).map(|own| own["createdAt"].as_f64().unwrap()).collect();
        at.reverse();
        at.windows(2).map(|pair| (pair[1] - pair[0]).round() as u32).collect::<Vec<_>>()
    };
    wait(&mut lab, "2h");
    // A start fails after 2 s; the first gap is between the old task and the first new one.
    let gaps = &starts(&lab)[1..];
    assert_eq!(gaps[..10], [2, 2, 12, 22, 42, 82, 162, 322, 642, 902]);
    assert!(gaps[10..].iter().all(|gap| *gap == 902), "TH-01: at most 15 min: {gaps:?}");
    assert_eq!(deployments(&lab)[1], "ACTIVE web:1 1/1/0 COMPLETED", "CB-10: the old task stays");
    assert!(said(&lab).iter().any(|own| own == "(service web) is unable to consistently start tasks successfully."));
    register(&mut lab, "web", json!({}));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    assert_eq!(deployments(&lab)[0], "PRIMARY web:3 1/0/1 IN_PROGRESS", "TH-03: at once");
    wait(&mut lab, "2m");
    assert_eq!(deployments(&lab), ["PRIMARY web:3 1/1/0 COMPLETED"]);
}

#[test]
fn th_02_a_crash_loop_is_not_throttled() {
    let mut lab = on(1);
    register_crashing(&mut lab);
    create(&mut lab, 1, json!({}));
    wait(&mut lab, "20m");
    assert_eq!(tasks(&mut lab, "STOPPED").len(), 100, "a page full of them");
    assert!(!said(&lab).iter().any(|own| own.contains("unable to consistently")));
}

/// CB-05: two failures, a healthy task, two more: never three in a row; without the reset the third ends it.
#[test]
fn cb_05_a_healthy_task_resets_the_count_unless_told_not_to() {
    for (resets, state) in [(true, "IN_PROGRESS"), (false, "FAILED")] {
        let mut lab = on(3);
        let config = json!({ "enable": true, "rollback": false, "resetOnHealthyTask": resets });
        create(&mut lab, 3, json!({ "deploymentConfiguration": { "deploymentCircuitBreaker": config } }));
        let kill = |lab: &mut Lab, task: &Value| {
            let input = json!({ "container": { "task": task["taskArn"], "exitCode": 1 } });
            lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
        };
        for round in 0..2 {
            wait(&mut lab, "10s");
            let young: Vec<Value> = tasks(&mut lab, "RUNNING").into_iter().rev().collect();
            let started = |task: &&Value| lab.now().as_epoch_seconds() - task["startedAt"].as_f64().unwrap() < 40.0;
            let young: Vec<Value> = young.iter().filter(started).take(2).cloned().collect();
            assert_eq!(young.len(), 2);
            for task in &young {
                kill(&mut lab, task);
            }
            if round == 0 {
                // The third task becomes healthy, the two new ones do not yet.
                wait(&mut lab, "30s");
            }
        }
        assert_eq!(service(&lab)["deployments"][0]["rolloutState"], state, "{resets}");
        let failed = service(&lab)["deployments"][0]["failedTasks"].as_u64().unwrap();
        assert_eq!(failed, if resets { 4 } else { 3 }, "{resets}");
    }
}
