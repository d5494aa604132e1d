//! The lab at the size of a real cluster: RunTask through the door, seeking in a long log.

use std::hint::black_box;

use ecs_lab::lab::{Command, Lab, Start};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

use crate::Report;
use crate::clock::Watch;

const COMMANDS: u32 = 10_000;

/// Reports tasks a second through the door on 1,000 and 5,000 instances.
pub fn door(report: Report<'_>) {
    for instances in [1000, 5000] {
        run_task(instances, report);
    }
}

/// Reports seeks all over a log of 10,000 commands.
pub fn seek(report: Report<'_>) {
    let mut lab = fleet(60);
    // Runs and spans of time take turns, so that none merges; old tasks stop and are forgotten on the way.
    while lab.revision() < COMMANDS {
        apply(&mut lab, run_tasks(2, json!([{ "type": "spread", "field": "attribute:ecs.availability-zone" }])));
        let task =
            lab.world().ecs().tasks(cluster(&lab)).find(|task| task.wanted()).map(|task| task.key.id.to_string());
        if let Some(task) = task {
            apply(&mut lab, Command::ecs("StopTask", json!({ "cluster": "prod", "task": task })));
        }
        apply(&mut lab, Command::Advance(SimDuration::from_secs(60)));
    }
    let last = lab.revision();
    let mut times: Vec<f64> = (0..300u32)
        .map(|n| {
            let watch = Watch::start();
            lab.seek(black_box(n * 7919 % (last + 1)));
            black_box(lab.now());
            watch.nanoseconds() / 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    report("lab_seek_median", u64::from(last), times[times.len() / 2], "ms");
    report("lab_seek_slowest", u64::from(last), times[times.len() - 1], "ms");
}

fn run_task(instances: u32, report: Report<'_>) {
    for (name, strategies) in [
        ("binpack_memory", json!([{ "type": "binpack", "field": "memory" }])),
        (
            "spread_az_instance",
            json!([{ "type": "spread", "field": "attribute:ecs.availability-zone" }, { "type": "spread", "field": "instanceId" }]),
        ),
    ] {
        let mut lab = fleet(instances);
        let calls = 1000;
        let watch = Watch::start();
        for _ in 0..calls {
            apply(&mut lab, run_tasks(10, strategies.clone()));
        }
        let rate = f64::from(calls * 10) / (watch.nanoseconds() / 1e9);
        report(&format!("run_task_door_{name}"), u64::from(instances), rate, "tasks/s");
    }
}

fn fleet(instances: u32) -> Lab {
    let mut lab = Lab::new(Start::default());
    apply(&mut lab, Command::ecs("CreateCluster", json!({ "clusterName": "prod" })));
    for (index, zone) in ["us-east-1a", "us-east-1b", "us-east-1c"].into_iter().enumerate() {
        let count = instances / 3 + u32::from((index as u32) < instances % 3);
        let input = json!({
            "InstanceType": "m5.large", "MinCount": count, "MaxCount": count,
            "Placement": { "AvailabilityZone": zone }, "UserData": "RUNTX0NMVVNURVI9cHJvZA==",
        });
        apply(&mut lab, Command::ec2("RunInstances", input));
    }
    apply(&mut lab, Command::Advance(SimDuration::from_secs(90)));
    let container = json!({ "name": "app", "image": "nginx", "cpu": 64, "memory": 128 });
    apply(
        &mut lab,
        Command::ecs("RegisterTaskDefinition", json!({ "family": "web", "containerDefinitions": [container] })),
    );
    lab
}

fn run_tasks(count: u32, strategies: Value) -> Command {
    Command::ecs(
        "RunTask",
        json!({ "cluster": "prod", "taskDefinition": "web", "count": count, "placementStrategy": strategies }),
    )
}

fn cluster(lab: &Lab) -> ecs_lab::event::ClusterId {
    lab.world().ecs().cluster("prod").unwrap().id
}

fn apply(lab: &mut Lab, command: Command) {
    lab.apply(command).unwrap_or_else(|error| panic!("{error}"));
}
