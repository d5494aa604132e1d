//! DAEMON services (6.2).

use super::deck::*;
use crate::lab::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

fn daemon(lab: &mut Lab, extra: Value) -> Value {
    let input = over(
        json!({ "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "schedulingStrategy": "DAEMON" }),
        extra,
    );
    ecs(lab, "CreateService", input)["service"].clone()
}

/// Tasks of the service that are to run, by instance.
fn spread(lab: &mut Lab) -> Vec<usize> {
    let hosts: Vec<Value> = instances(lab).iter().map(|host| host["containerInstanceArn"].clone()).collect();
    let tasks = tasks(lab, "RUNNING");
    hosts.iter().map(|host| tasks.iter().filter(|task| task["containerInstanceArn"] == *host).count()).collect()
}

#[test]
fn dm_01_dm_02_one_task_on_each_instance_and_on_each_that_comes() {
    let mut lab = on(3);
    let made = daemon(&mut lab, json!({}));
    assert_eq!(made["deploymentConfiguration"]["maximumPercent"], 100, "DM-03");
    assert_eq!(made["deploymentConfiguration"]["minimumHealthyPercent"], 0, "DM-03");
    assert_eq!(spread(&mut lab), [1, 1, 1]);
    wait(&mut lab, "1m");
    assert_eq!(counts(&lab), [3, 3, 0]);
    assert_eq!(deployments(&lab), ["PRIMARY web:1 3/3/0 COMPLETED"]);
    launch(&mut lab, "m5.large", ZONE_B, 2, "");
    wait(&mut lab, "5m");
    assert_eq!(spread(&mut lab), [1; 5]);
    assert_eq!(counts(&lab), [5, 5, 0]);
    let one = tasks(&mut lab, "RUNNING")[0]["taskArn"].clone();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": one }));
    wait(&mut lab, "1m");
    assert_eq!(spread(&mut lab), [1; 5], "SV-01");
}

#[test]
fn dm_03_an_update_stops_and_starts_on_each_host() {
    for (minimum, at_once) in [(0, 4), (50, 2), (75, 1)] {
        let mut lab = on(4);
        daemon(&mut lab, json!({ "deploymentConfiguration": { "minimumHealthyPercent": minimum } }));
        wait(&mut lab, "1m");
        register(&mut lab, "web", json!({}));
        update(&mut lab, json!({ "taskDefinition": "web" }));
        assert_eq!(tasks(&mut lab, "RUNNING").len(), 4 - at_once, "{minimum}");
        wait(&mut lab, "5m");
        assert_eq!(deployments(&lab), ["PRIMARY web:2 4/4/0 COMPLETED"], "{minimum}");
        assert_eq!(spread(&mut lab), [1; 4]);
    }
}

#[test]
fn dm_05_a_full_host_stays_without_and_says_so_until_there_is_room() {
    let mut lab = on(2);
    register(&mut lab, "big", json!({ "cpu": 4000, "memory": 1024 }));
    let big = run(&mut lab, "big", 1, json!({}))["tasks"][0]["taskArn"].clone();
    daemon(&mut lab, json!({}));
    wait(&mut lab, "2m");
    assert_eq!(counts(&lab), [2, 1, 0]);
    let event = "(service web) was unable to place a task because no container instance met all of its requirements. \
                 The closest matching container-instance T has insufficient CPU units available.";
    assert!(said(&lab).iter().any(|own| own == event), "{:#?}", said(&lab));
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": big }));
    wait(&mut lab, "2m");
    assert_eq!(spread(&mut lab), [1, 1]);
}

/// DR-05, DM-01: the daemon's task goes after the tasks of replica services.
#[test]
fn dr_05_on_a_draining_instance_the_daemon_goes_last() {
    let mut lab = on(2);
    daemon(&mut lab, json!({}));
    let shop = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web", "desiredCount": 2 });
    ecs(&mut lab, "CreateService", shop);
    wait(&mut lab, "2m");
    let host = instances(&mut lab)[0]["containerInstanceArn"].clone();
    let input = json!({ "cluster": "prod", "containerInstances": [host], "status": "DRAINING" });
    ecs(&mut lab, "UpdateContainerInstancesState", input);
    assert_eq!(spread(&mut lab).iter().sum::<usize>(), 2, "the shop's task is there still");
    let mut last = Vec::new();
    for _ in 0..120 {
        wait(&mut lab, "1s");
        let list = |name: &str| json!({ "cluster": "prod", "serviceName": name, "containerInstance": host });
        let of = |lab: &mut Lab, name: &str| ecs(lab, "ListTasks", list(name))["taskArns"].as_array().unwrap().len();
        let now = (of(&mut lab, "shop"), of(&mut lab, "web"));
        if last.last() != Some(&now) {
            last.push(now);
        }
    }
    assert_eq!(last, [(1, 1), (0, 1), (0, 0)]);
    assert_eq!(counts(&lab), [1, 1, 0]);
}
