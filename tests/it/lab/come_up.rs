//! Tasks that do not come up: the classes of reason (5.5), the interface that never comes (EN-06), the stop that comes
//! before the pull, images that come early (DP-05), and a task on Fargate that is retired (8.3).

use super::containers::{after, host, start, story};
use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn try_fault(lab: &mut Lab, input: Value) -> Result<Value, ecs_lab::aws::ApiError> {
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).map(|outcome| outcome.reply)
}

fn fails(lab: &mut Lab, family: &str, outcome: &str) {
    try_fault(lab, json!({ "initialization": { "family": family, "outcome": outcome } })).unwrap();
}

/// Runs a task of `net`, with an interface of its own.
fn run_net(lab: &mut Lab, launch: &str) -> Value {
    let definition = json!({
        "family": "net", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    ecs(lab, "RegisterTaskDefinition", definition);
    let network = json!({ "awsvpcConfiguration": {
        "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": public_address(launch),
    } });
    run(lab, "net", 1, json!({ "launchType": launch, "networkConfiguration": network }))["tasks"][0].clone()
}

/// 5.5, LG-06, VO-09: each class of reason on an instance and on Fargate, and when the task gives up. Where the fault ends
/// the next task runs.
#[test]
fn each_class_of_reason_on_an_instance_and_on_fargate() {
    for (outcome, on_ec2, ends, on_fargate, fargate_ends) in [
        ("ECR_AUTH", "CannotPullECRContainerError: ", 500, "ResourceInitializationError: ", 500),
        ("SECRETS_MANAGER", "Fetching secret data from AWS Secrets Manager", 500, "ResourceInitializationError: ", 500),
        ("PARAMETER_STORE", "Fetching secret data from SSM Parameter Store", 500, "ResourceInitializationError: ", 500),
        (
            "EFS",
            "CannotCreateContainerError: Error response from daemon: VolumeDriver.Create: mounting volume failed",
            500,
            "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: ",
            500,
        ),
        (
            "LOG_GROUP",
            "CannotStartContainerError: Error response from daemon: failed to initialize logging driver",
            7000,
            "ResourceInitializationError: The task cannot find the Amazon CloudWatch log group",
            7000,
        ),
        ("CREATE", "CannotCreateContainerError: ", 6000, "CannotCreateContainerError: ", 6000),
        ("START", "CannotStartContainerError: ", 7000, "CannotStartContainerError: ", 7000),
        (
            "CREATE_TIMEOUT",
            "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s",
            246_000,
            "ContainerRuntimeTimeoutError: Could not transition to created; timed out after waiting 1m0s",
            66_000,
        ),
        (
            "START_TIMEOUT",
            "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s",
            186_000,
            "ContainerRuntimeTimeoutError: Could not transition to started; timed out after waiting 1m0s",
            66_000,
        ),
    ] {
        for (launch, reason, ends) in [("EC2", on_ec2, ends), ("FARGATE", on_fargate, fargate_ends)] {
            let mut lab = host("");
            fails(&mut lab, "net", outcome);
            let task = run_net(&mut lab, launch);
            wait(&mut lab, "6m");
            let over = describe(&lab, &task);
            assert_eq!((&over["lastStatus"], &over["stopCode"]), (&json!("STOPPED"), &json!("TaskFailedToStart")));
            assert!(over["stoppedReason"].as_str().unwrap().starts_with(reason), "{outcome}: {over}");
            assert_eq!(over["containers"][0]["reason"], over["stoppedReason"]);
            assert!(over["containers"][0].get("exitCode").is_none(), "5.3: it never ran");
            let span = over["stoppingAt"].as_f64().unwrap() - over["pullStartedAt"].as_f64().unwrap();
            assert_eq!((span * 1000.0).round() as i64, ends, "{outcome} {launch}");
            fails(&mut lab, "net", "NORMAL");
            let task = run_net(&mut lab, launch);
            wait(&mut lab, "6m");
            assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING", "{outcome} {launch}");
        }
    }
}

/// EN-06: placement counts on an interface that never comes; the task goes down by DEPROVISIONING and gives back what it
/// held. One whose interface comes late after all runs.
#[test]
fn en_06_an_interface_that_never_comes() {
    for launch in ["EC2", "FARGATE"] {
        let mut lab = host("");
        let free = instances(&mut lab)[0]["remainingResources"].clone();
        fails(&mut lab, "net", "ENI_TIMEOUT");
        let task = run_net(&mut lab, launch);
        wait(&mut lab, "179s");
        let waits = describe(&lab, &task);
        assert_eq!((&waits["lastStatus"], &waits["desiredStatus"]), (&json!("PROVISIONING"), &json!("RUNNING")));
        assert_eq!(waits["attachments"][0]["status"], "PRECREATED");
        let mut late = lab.fork();
        wait(&mut lab, "1s");
        assert_eq!(describe(&lab, &task)["lastStatus"], "DEPROVISIONING", "{launch}");
        wait(&mut lab, "1m");
        let over = describe(&lab, &task);
        assert_eq!(over["stopCode"], "TaskFailedToStart");
        assert_eq!(over["stoppedReason"], "Timeout waiting for network interface provisioning to complete.");
        assert_eq!((over.get("pullStartedAt"), over.get("executionStoppedAt")), (None, None));
        assert_eq!(instances(&mut lab)[0]["remainingResources"], free);
        fails(&mut late, "net", "NORMAL");
        wait(&mut late, "1m");
        assert_eq!(describe(&late, &task)["lastStatus"], "RUNNING", "{launch}");
    }
}

/// 5.5 with PL-61: a task that is stopped while it waits for its host never began to pull, and says so.
#[test]
fn stopped_before_its_pull_began() {
    let mut lab = host("");
    register(&mut lab, "big", json!({ "memory": 3000 }));
    let old = run(&mut lab, "big", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    let stop = |lab: &mut Lab, task: &Value| {
        ecs(lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }))["task"].clone()
    };
    stop(&mut lab, &old);
    let waiting = run(&mut lab, "big", 1, json!({}))["tasks"][0].clone();
    stop(&mut lab, &waiting);
    let reason = format!(
        "TaskStoppedBeforePullBeginError: Task stopped before image pull could begin for task: {}",
        waiting["taskArn"].as_str().unwrap()
    );
    assert_eq!(describe(&lab, &waiting)["containers"][0]["reason"], reason);
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &old)["containers"][0].get("reason"), None, "it ran");
    let pulling = run(&mut lab, "big", 1, json!({}))["tasks"][0].clone();
    stop(&mut lab, &pulling);
    assert_eq!(describe(&lab, &pulling)["containers"][0].get("reason"), None, "its pull had begun");
}

/// DP-05: with the switch of the agent every image is pulled at once, and the dependent starts as soon as it may.
#[test]
fn dp_05_images_come_upfront() {
    for (config, expected) in [
        ("", ["3.08 db RUNNING", "10.08 app RUNNING", "10.08 RUNNING"]),
        ("ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT=true", ["3.08 db RUNNING", "7 app RUNNING", "7 RUNNING"]),
        ("ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT=false", ["3.08 db RUNNING", "10.08 app RUNNING", "10.08 RUNNING"]),
    ] {
        let mut lab = host(config);
        let db = json!({ "image": "busybox", "command": ["sleep", "infinity"] });
        let task = start(&mut lab, &[("app", json!({ "dependsOn": after("db", "START") })), ("db", db)]);
        wait(&mut lab, "1m");
        assert_eq!(story(&lab, &task), expected, "{config}");
    }
    let mut lab = host("ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT=true");
    let once = json!({ "image": "busybox", "essential": false, "command": ["sh", "-c", "sleep 60; exit 3"] });
    let task = start(&mut lab, &[("app", json!({ "dependsOn": after("db", "SUCCESS") })), ("db", once)]);
    wait(&mut lab, "30s");
    let waits = describe(&lab, &task);
    assert_eq!(waits["containers"][0]["lastStatus"], "PENDING", "it is pulled and waits");
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &task)["stoppedReason"], "dependency graph: container db exited with code 3", "DP-04");
}

/// 8.3, 5.4: a task on Fargate is retired: SIGTERM, its stop timeout, InfrastructureHealth.
#[test]
fn a_task_on_fargate_is_retired() {
    let mut lab = host("");
    let (task, on_ec2) = (run_net(&mut lab, "FARGATE"), run_net(&mut lab, "EC2"));
    wait(&mut lab, "1m");
    let retire = |task: &Value| json!({ "retirement": { "task": task["taskArn"] } });
    try_fault(&mut lab, retire(&task)).unwrap();
    assert_eq!(describe(&lab, &task)["lastStatus"], "STOPPING");
    wait(&mut lab, "1m");
    let over = describe(&lab, &task);
    assert_eq!(over["stopCode"], "InfrastructureHealth");
    assert_eq!(
        over["stoppedReason"],
        "ECS is performing maintenance on the underlying infrastructure hosting the task"
    );
    assert_eq!(over["containers"][0]["exitCode"], 0);
    for (input, path) in
        [(retire(&on_ec2), "retirement.task"), (json!({ "retirement": { "task": "x" } }), "retirement.task")]
    {
        assert_eq!(try_fault(&mut lab, input).unwrap_err().path, path);
    }
    assert!(try_fault(&mut lab, json!({ "retirement": {} })).is_err());
}
