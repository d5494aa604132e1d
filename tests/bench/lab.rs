//! The lab at the size of a real cluster: RunTask through the door, seeking in a long log.

use std::hint::black_box;

use ecs_lab::event::{DecisionId, Explained};
use ecs_lab::lab::{ApiCall, Command, Lab, repairs};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

use crate::clock::Watch;
use crate::cluster::{apply, fleet, run_tasks};
use crate::report::Report;

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

/// Reports what it costs to be somebody: RunTask by a user with a narrow policy, of tasks that pull and log in an execution
/// role, and a call that only looks by the learner and by that user.
pub fn callers(report: Report<'_>) {
    let mut lab = fleet(1000);
    let iam = |operation: &str, input: Value| Command::Api(ApiCall::new("iam", operation, input));
    let statement = |action: &str| json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
    let statements: Vec<Value> = ["ecs:Describe*", "ecs:List*", "ecs:RunTask", "iam:PassRole"].map(statement).into();
    let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    apply(&mut lab, iam("CreateUser", json!({ "UserName": "ci" })));
    let policy = json!({ "UserName": "ci", "PolicyName": "own", "PolicyDocument": document });
    apply(&mut lab, iam("PutUserPolicy", policy));
    let options = json!({ "awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p" });
    let container = json!({
        "name": "app", "image": "public.ecr.aws/docker/library/nginx:1.29", "cpu": 64, "memory": 128,
        "logConfiguration": { "logDriver": "awslogs", "options": options },
    });
    let role = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole";
    let definition = json!({ "family": "web", "executionRoleArn": role, "containerDefinitions": [container] });
    apply(&mut lab, Command::ecs("RegisterTaskDefinition", definition));
    let calls = 1000;
    let watch = Watch::start();
    for _ in 0..calls {
        let Command::Api(call) = run_tasks(10, json!([{ "type": "binpack", "field": "memory" }])) else { return };
        apply(&mut lab, Command::Api(call.by("user/ci")));
    }
    let rate = f64::from(calls * 10) / (watch.nanoseconds() / 1e9);
    report("run_task_door_in_roles", 1000, rate, "tasks/s");
    for (name, caller) in [("learner", "user/learner"), ("narrow", "user/ci")] {
        let call = ApiCall::new("ecs", "ListClusters", json!({})).by(caller);
        let watch = Watch::start();
        for _ in 0..10_000 {
            black_box(lab.read(black_box(&call))).unwrap_or_else(|error| panic!("{error}"));
        }
        report(&format!("list_clusters_by_{name}"), 1, watch.nanoseconds() / 1e7, "us");
    }
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

/// Reports how long it takes to explain a request that 5,000 instances cannot meet, and to find and rehearse its every
/// fix: on empty ones, for ordinary constraints and for as many and as long ones as the API takes, and on such that run
/// 50,000 tasks, of which some would have to stop.
pub fn fixes(report: Report<'_>) {
    let mut lab = fleet(5000);
    let memory = |mib: u32| json!({ "containerOverrides": [{ "name": "app", "memory": mib }] });
    let stack = ["attribute:stack == prod".into()];
    unmet(&mut lab, "", memory(9000), &stack, report);
    let long = vec!["runningTasksCount==9"; 82].join(" or ");
    unmet(&mut lab, "_three_long", json!({}), &vec![long.clone(); 3], report);
    unmet(&mut lab, "_ten_long", json!({}), &vec![long; 10], report);
    for _ in 0..5000 {
        apply(&mut lab, run_tasks(10, json!([{ "type": "spread", "field": "instanceId" }])));
    }
    apply(&mut lab, Command::Advance(SimDuration::from_secs(300)));
    unmet(&mut lab, "_with_tasks", memory(6900), &stack, report);
}

fn unmet(lab: &mut Lab, name: &str, overrides: Value, expressions: &[String], report: Report<'_>) {
    let mut run = run_tasks(1, json!([{ "type": "binpack", "field": "memory" }]));
    if let Command::Api(call) = &mut run {
        call.input["overrides"] = overrides;
        let constraint = |expression| json!({ "type": "memberOf", "expression": expression });
        call.input["placementConstraints"] = expressions.iter().map(constraint).collect();
    }
    apply(lab, run);
    let decision = DecisionId { revision: lab.revision(), index: 0 };
    let watch = Watch::start();
    assert!(matches!(black_box(lab.explain(decision)), Some(Explained::Ec2(decided)) if decided.chosen.is_none()));
    report(&format!("explain_unmet{name}"), 5000, watch.nanoseconds() / 1e6, "ms");
    let watch = Watch::start();
    let found = black_box(repairs(lab, decision)).len();
    assert!(found > 0 || expressions.len() > 3, "there is a fix to be measured");
    report(&format!("fixes_rehearsed{name}"), 5000, watch.nanoseconds() / 1e6, "ms");
}

fn cluster(lab: &Lab) -> ecs_lab::event::ClusterId {
    lab.world().ecs().cluster("prod").unwrap().id
}
