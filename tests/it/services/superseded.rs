//! What becomes of a shift of traffic in the middle of which another deployment begins (BG-03), and what
//! DescribeServiceDeployments says of the weights.

use super::deck::*;
use super::shifts::{Stage, blue_green, newest, stage};
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Lab};
use serde_json::{Value, json};

/// Groups with a weight in the production rule that have no healthy target.
fn led_to_nothing(own: &mut Stage) -> bool {
    let (weights, states) = (own.weights()[0], own.states());
    weights.iter().zip(states).any(|(weight, healthy)| *weight > 0 && healthy == 0)
}

fn canary() -> Value {
    let own = json!({ "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5 });
    json!({ "strategy": "CANARY", "bakeTimeInMinutes": 5, "canaryConfiguration": own })
}

#[test]
fn bg_03_a_rolling_deployment_in_the_middle_takes_the_traffic_back() {
    for (config, after, revision) in [
        (blue_green(10), "1m", 1),
        (blue_green(10), "1m", 3),
        (blue_green(10), "8s", 3),
        (canary(), "1m", 1),
        (canary(), "1m", 3),
        (canary(), "7m", 3),
    ] {
        let mut own = stage();
        own.serve(config.clone());
        own.update(2);
        wait(&mut own.lab, after);
        let rolling = json!({ "taskDefinition": format!("api:{revision}"), "deploymentConfiguration": { "strategy": "ROLLING" } });
        update(&mut own.lab, rolling);
        for _ in 0..200 {
            wait(&mut own.lab, "5s");
            assert!(!led_to_nothing(&mut own), "{config} {after} {revision}: {:?}", own.weights());
        }
        assert_eq!(deployments(&own.lab), [format!("PRIMARY api:{revision} 2/2/0 COMPLETED")]);
        assert_eq!((own.weights(), own.states()), ([[100, 0], [100, 0]], [2, 0]), "{config} {after} {revision}");
    }
}

#[test]
fn bg_03_a_rolling_deployment_after_a_shift_leaves_the_listeners_alone() {
    let mut own = stage();
    own.serve(blue_green(1));
    own.update(2);
    wait(&mut own.lab, "5m");
    update(&mut own.lab, json!({ "taskDefinition": "api:3", "deploymentConfiguration": { "strategy": "ROLLING" } }));
    wait(&mut own.lab, "10m");
    assert_eq!((own.weights()[0], own.states()), ([0, 100], [0, 2]));
}

/// What is cleaning up has the traffic for good: the next deployment takes over from it, and blue goes on leaving.
#[test]
fn bg_03_a_deployment_that_begins_while_blue_leaves_takes_over_from_green() {
    for (config, weights, states) in [
        (blue_green(1), [100, 0], [2, 0]),
        (canary(), [100, 0], [2, 0]),
        (json!({ "strategy": "ROLLING" }), [0, 100], [0, 2]),
    ] {
        let mut own = stage();
        own.serve(blue_green(1));
        // Under protection blue's tasks stay for a while.
        let arns: Vec<Value> = tasks(&mut own.lab, "RUNNING").iter().map(|task| task["taskArn"].clone()).collect();
        let input = json!({ "cluster": "prod", "tasks": arns, "protectionEnabled": true, "expiresInMinutes": 5 });
        ecs(&mut own.lab, "UpdateTaskProtection", input);
        own.update(2);
        while own.deployment()[1] != "CLEAN_UP" {
            wait(&mut own.lab, "1s");
        }
        assert_eq!((own.deployment()[0].as_str(), own.weights()[0]), ("IN_PROGRESS", [0, 100]));
        let before = newest(&own.lab)["serviceDeploymentArn"].clone();
        update(&mut own.lab, json!({ "taskDefinition": "api:3", "deploymentConfiguration": config }));
        let input = json!({ "serviceDeploymentArns": [before] });
        let shown = own.lab.read(&ApiCall::new("ecs", "DescribeServiceDeployments", input)).unwrap();
        assert_eq!(shown["serviceDeployments"][0]["status"], "SUCCESSFUL", "{config}");
        assert_eq!(own.weights(), [[0, 100], [0, 100]], "{config}");
        for _ in 0..200 {
            wait(&mut own.lab, "5s");
            assert!(!led_to_nothing(&mut own), "{config}: {:?}", own.weights());
        }
        assert_eq!(deployments(&own.lab), ["PRIMARY api:3 2/2/0 COMPLETED"], "{config}");
        assert_eq!((own.weights()[0], own.states()), (weights, states), "{config}");
    }
}

#[test]
fn bg_07_a_rollback_in_a_service_that_has_become_rolling_takes_the_traffic_back() {
    let mut own = stage();
    own.serve(blue_green(10));
    own.update(2);
    wait(&mut own.lab, "1m");
    update(&mut own.lab, json!({ "deploymentConfiguration": { "strategy": "ROLLING" } }));
    own.stop();
    for _ in 0..60 {
        wait(&mut own.lab, "5s");
        assert!(!led_to_nothing(&mut own), "{:?}", own.weights());
    }
    assert_eq!((own.weights()[0], own.states()), ([100, 0], [2, 0]));
}

/// requestedTaskCount, runningTaskCount and the two weights of the target and of the sources.
fn summaries(deployment: &Value) -> Vec<String> {
    let sources = deployment["sourceServiceRevisions"].as_array().unwrap().iter();
    let all = core::iter::once(&deployment["targetServiceRevision"]).chain(sources);
    all.map(|own| {
        let [requested, running, test, production] = [
            "requestedTaskCount",
            "runningTaskCount",
            "requestedTestTrafficWeight",
            "requestedProductionTrafficWeight",
        ]
        .map(|member| own[member].to_string());
        format!("{requested}/{running} test {test} production {production}")
    })
    .collect()
}

#[test]
fn bg_03_the_summaries_of_revisions_tell_their_weights() {
    for (config, timeline) in [
        (
            blue_green(5),
            vec![
                ("8s", ["2/2 test 0.0 production 0.0", "2/2 test 100.0 production 100.0"]),
                ("20s", ["2/2 test 100.0 production 100.0", "2/2 test 0.0 production 0.0"]),
                ("10m", ["2/2 test 100.0 production 100.0", "0/0 test 0.0 production 0.0"]),
            ],
        ),
        (
            canary(),
            vec![
                ("8s", ["2/2 test 0.0 production 0.0", "2/2 test 100.0 production 100.0"]),
                ("20s", ["2/2 test 100.0 production 10.0", "2/2 test 0.0 production 90.0"]),
                ("5m", ["2/2 test 100.0 production 100.0", "2/2 test 0.0 production 0.0"]),
            ],
        ),
    ] {
        let mut own = stage();
        own.serve(config);
        own.update(2);
        for (after, expected) in timeline {
            wait(&mut own.lab, after);
            assert_eq!(summaries(&newest(&own.lab)), expected, "{after}");
        }
    }
}

fn oldest(lab: &Lab) -> Value {
    let read = |operation: &str, input: Value| lab.read(&ApiCall::new("ecs", operation, input)).unwrap();
    let list = read("ListServiceDeployments", json!({ "cluster": "prod", "service": "web" }));
    let arn = list["serviceDeployments"].as_array().unwrap().last().unwrap()["serviceDeploymentArn"].clone();
    read("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn] }))["serviceDeployments"][0].clone()
}

#[test]
fn bg_07_requested_counts_follow_the_desired_ones() {
    // In the own deployment of the revision that serves still, and as a source.
    let mut own = stage();
    own.serve(blue_green(5));
    own.update(2);
    wait(&mut own.lab, "1m");
    assert!(summaries(&oldest(&own.lab))[0].starts_with("2/2 "), "{:?}", summaries(&oldest(&own.lab)));
    update(&mut own.lab, json!({ "desiredCount": 3 }));
    wait(&mut own.lab, "1m");
    let now = summaries(&newest(&own.lab));
    assert!(now.iter().all(|own| own.starts_with("3/3 ")), "{now:?}");
    assert!(summaries(&oldest(&own.lab))[0].starts_with("3/3 "));
    // A rolling one has no weights.
    let mut lab = on(2);
    create(&mut lab, 2, json!({}));
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "image": "no-such-image-anywhere" }));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    wait(&mut lab, "1m");
    assert_eq!(summaries(&oldest(&lab))[0], "2/2 test null production null");
    update(&mut lab, json!({ "desiredCount": 1 }));
    let shown = newest(&lab);
    let source = &shown["sourceServiceRevisions"][0];
    assert_eq!(source["requestedTaskCount"], service(&lab)["deployments"][1]["desiredCount"]);
}
