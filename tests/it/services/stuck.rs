//! What still works while a deployment is stuck: the old revision is kept up, capacity that returns is used.

use super::deck::*;
use super::shifts::{blue_green, stage};
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn fault(lab: &mut Lab, input: Value) {
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
}

fn percents(minimum: u32, maximum: u32) -> Value {
    json!({ "deploymentConfiguration": { "minimumHealthyPercent": minimum, "maximumPercent": maximum } })
}

/// A steady service of revision 1 that goes to a revision 2 whose image is missing.
fn stuck(desired: u32, minimum: u32, maximum: u32) -> Lab {
    let mut lab = on(4);
    create(&mut lab, desired, percents(minimum, maximum));
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "image": "no-such-image-anywhere" }));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    lab
}

/// Takes a running task of revision 1 away, by hand or by its own exit.
fn lose(lab: &mut Lab, exits: bool) {
    let old =
        |task: &&Value| task["taskDefinitionArn"].as_str().unwrap().ends_with(":1") && task["lastStatus"] == "RUNNING";
    let all = tasks(lab, "RUNNING");
    let arn = all.iter().find(old).expect("an old task")["taskArn"].clone();
    match exits {
        true => fault(lab, json!({ "container": { "task": arn, "exitCode": 1 } })),
        false => _ = ecs(lab, "StopTask", json!({ "cluster": "prod", "task": arn })),
    }
}

#[test]
fn rl_07_rl_02_cb_10_sv_01_a_stuck_rollout_keeps_the_old_revision_up() {
    for (percents, lost, after, exits) in [
        ((100, 200), 1, "1s", false),
        ((100, 200), 2, "1s", false),
        ((100, 200), 2, "20m", false),
        ((100, 200), 2, "20m", true),
        ((100, 150), 2, "20m", true),
        ((0, 200), 2, "20m", true),
    ] {
        let mut lab = stuck(2, percents.0, percents.1);
        wait(&mut lab, after);
        for _ in 0..lost {
            lose(&mut lab, exits);
            wait(&mut lab, "1s");
        }
        wait(&mut lab, "1m");
        let label = format!("{percents:?} {lost} {after} {exits}");
        assert_eq!(deployments(&lab)[1..], ["ACTIVE web:1 2/2/0 COMPLETED"], "{label}");
        wait(&mut lab, "2h");
        assert_eq!(deployments(&lab)[1..], ["ACTIVE web:1 2/2/0 COMPLETED"], "{label}");
        assert!(!said(&lab).iter().any(|text| text.contains("pending tasks")), "{label}: {:#?}", said(&lab));
    }
}

/// The replacement of an old task goes once the new ones carry the service.
#[test]
fn rl_07_an_old_replacement_on_its_way_goes_when_the_new_tasks_run() {
    let mut lab = on(4);
    register(&mut lab, "web", json!({}));
    create(&mut lab, 2, over(percents(100, 200), json!({ "taskDefinition": "web:1" })));
    wait(&mut lab, "2m");
    update(&mut lab, json!({ "taskDefinition": "web:2" }));
    wait(&mut lab, "1s");
    lose(&mut lab, false);
    for _ in 0..120 {
        wait(&mut lab, "1s");
        assert!(counts(&lab)[1] >= 1);
    }
    wait(&mut lab, "2m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 2/2/0 COMPLETED"]);
}

#[test]
fn rl_10_a_superseded_revision_starts_nothing_more() {
    let mut lab = on(4);
    for _ in 0..2 {
        register(&mut lab, "web", json!({}));
    }
    create(&mut lab, 4, over(percents(50, 100), json!({ "taskDefinition": "web:1" })));
    wait(&mut lab, "2m");
    update(&mut lab, json!({ "taskDefinition": "web:2" }));
    wait(&mut lab, "8s");
    let of = |lab: &mut Lab, status: &str| {
        let all = tasks(lab, status);
        all.iter().filter(|task| task["taskDefinitionArn"].as_str().unwrap().ends_with(":2")).count()
    };
    let before = of(&mut lab, "RUNNING") + of(&mut lab, "STOPPED");
    assert_eq!(before, 2);
    update(&mut lab, json!({ "taskDefinition": "web:3" }));
    for _ in 0..240 {
        wait(&mut lab, "1s");
        assert!(counts(&lab)[1] >= 2, "RL-02");
    }
    assert_eq!(of(&mut lab, "RUNNING") + of(&mut lab, "STOPPED"), before);
    assert_eq!(deployments(&lab), ["PRIMARY web:3 4/4/0 COMPLETED"]);
}

/// The throttle of the green revision holds nothing of the blue one back.
#[test]
fn bg_03_th_01_crashed_production_tasks_do_not_wait_for_green() {
    let mut own = stage();
    own.serve(blue_green(5));
    let broken = json!({ "image": "no-such-image-anywhere", "portMappings": [{ "containerPort": 80 }] });
    register(&mut own.lab, "api", broken);
    own.update(4);
    wait(&mut own.lab, "2h");
    for _ in 0..2 {
        lose(&mut own.lab, true);
    }
    wait(&mut own.lab, "20s");
    assert_eq!(deployments(&own.lab)[1], "ACTIVE api:1 2/2/0 COMPLETED");
    update(&mut own.lab, json!({ "desiredCount": 3 }));
    wait(&mut own.lab, "20s");
    assert_eq!(deployments(&own.lab)[1], "ACTIVE api:1 3/3/0 COMPLETED");
}
