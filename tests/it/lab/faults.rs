//! Faults as commands (`lab fault`): what each does, what ends it, and what it refuses.

use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab, Start};
use ecs_lab::shell::line_of;
use serde_json::{Value, json};

fn command(input: &Value) -> Command {
    Command::Api(ApiCall::new("lab", "Fault", input.clone()))
}

fn try_fault(lab: &mut Lab, input: Value) -> Result<Value, ApiError> {
    lab.apply(command(&input)).map(|outcome| outcome.reply)
}

fn fault(lab: &mut Lab, input: Value) {
    assert_eq!(try_fault(lab, input.clone()).unwrap_or_else(|error| panic!("{input}: {error}")), json!({}));
}

/// One t3.medium with a running task of `web`, whose container has a health check that passes; host id and task.
fn running(config: &str) -> (Lab, String, Value) {
    let mut lab = lab();
    let host = launch(&mut lab, "t3.medium", ZONE_A, 1, config)[0].clone();
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "healthCheck": { "command": ["CMD-SHELL", "exit 0"], "interval": 10 } }));
    register(&mut lab, "plain", json!({}));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    (lab, host, task)
}

const SUBNET_A: &str = "subnet-0ec51ab00000000a0";

/// Runs a task of the new family `f` on Fargate in these subnets.
fn on_fargate(lab: &mut Lab, count: u32, subnets: &[&str]) -> Value {
    let definition = json!({
        "family": "f", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{ "name": "app", "image": "nginx", "stopTimeout": 90, "command": ["sleep", "infinity"] }],
    });
    ecs(lab, "RegisterTaskDefinition", definition);
    let network = json!({ "awsvpcConfiguration": { "subnets": subnets, "assignPublicIp": "ENABLED" } });
    run(lab, "f", count, json!({ "launchType": "FARGATE", "networkConfiguration": network }))
}

fn ended(lab: &Lab, task: &Value) -> (String, String, Value) {
    let over = describe(lab, task);
    let text = |member: &str| over[member].as_str().unwrap_or_default().to_string();
    (text("stopCode"), text("stoppedReason"), over["containers"][0]["exitCode"].clone())
}

/// 5.3: the exit code of a container that is killed, and LC-08 from there; of one whose task has one state for all too.
#[test]
fn a_container_is_killed() {
    let oom = "OutOfMemoryError: Container killed due to memory usage";
    for (family, extra, code, reason) in [
        ("web", json!({}), 137, Value::Null),
        ("web", json!({ "exitCode": 1, "container": "app" }), 1, Value::Null),
        ("plain", json!({ "exitCode": 139 }), 139, Value::Null),
        ("plain", json!({ "outOfMemory": true, "exitCode": 1 }), 137, json!(oom)),
    ] {
        let (mut lab, _, _) = running("");
        let task = run(&mut lab, family, 1, json!({}))["tasks"][0].clone();
        let mut input = json!({ "task": task["taskArn"] });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let early = try_fault(&mut lab, json!({ "container": input })).unwrap_err();
        assert_eq!(early.message, "The container is not running.");
        wait(&mut lab, "1m");
        fault(&mut lab, json!({ "container": input }));
        wait(&mut lab, "1m");
        let over = ("EssentialContainerExited".into(), "Essential container in task exited".into(), json!(code));
        assert_eq!(ended(&lab, &task), over, "{family} {extra}");
        assert_eq!(describe(&lab, &task)["containers"][0]["reason"], reason, "{family} {extra}");
    }
}

/// HC-04, HC-05: a health check that fails, and answers again.
#[test]
fn a_health_check_fails_and_is_restored() {
    let (mut lab, _, task) = running("");
    let health = |lab: &Lab| describe(lab, &task)["healthStatus"].clone();
    assert_eq!(health(&lab), "HEALTHY");
    fault(&mut lab, json!({ "healthCheck": { "task": task["taskArn"], "failing": true } }));
    wait(&mut lab, "26s");
    assert_eq!(health(&lab), "HEALTHY");
    wait(&mut lab, "1s");
    assert_eq!(health(&lab), "UNHEALTHY", "the third probe after it began to fail");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
    fault(&mut lab, json!({ "healthCheck": { "task": task["taskArn"], "container": "app", "failing": false } }));
    wait(&mut lab, "10s");
    assert_eq!(health(&lab), "HEALTHY", "one success is enough");
    let plain = run(&mut lab, "plain", 1, json!({}))["tasks"][0].clone();
    let none =
        try_fault(&mut lab, json!({ "healthCheck": { "task": plain["taskArn"], "failing": true } })).unwrap_err();
    assert_eq!(
        (none.path.as_str(), none.message.as_str()),
        ("healthCheck.container", "The task has no such container.")
    );
}

/// 5.4, CI-29: an instance that dies without a word; its entry goes because its agent was connected.
#[test]
fn an_instance_is_lost() {
    let (mut lab, host, task) = running("");
    fault(&mut lab, json!({ "instance": { "instanceId": host } }));
    let reason = format!("Host EC2 (instance {host}) terminated.");
    assert_eq!(ended(&lab, &task), ("TerminationNotice".into(), reason, json!(255)), "at once");
    assert_eq!(describe(&lab, &task)["lastStatus"], "STOPPED");
    assert!(instances(&mut lab).is_empty());
    fault(&mut lab, json!({ "instance": { "instanceId": host } }));
}

/// A zone is lost: its instances and its Fargate tasks; nothing new is there until it is back.
#[test]
fn a_zone_is_lost() {
    let (mut lab, _, task) = running("");
    launch(&mut lab, "t3.medium", ZONE_B, 1, "");
    let near = on_fargate(&mut lab, 1, &[SUBNET_A])["tasks"][0].clone();
    let far = on_fargate(&mut lab, 1, &["subnet-0ec51ab00000000a1"])["tasks"][0].clone();
    wait(&mut lab, "2m");
    fault(&mut lab, json!({ "zone": { "zone": ZONE_A, "available": false } }));
    assert_eq!(ended(&lab, &task).0, "TerminationNotice");
    assert_eq!(ended(&lab, &near).1, "ECS is performing maintenance on the underlying infrastructure hosting the task");
    assert_eq!(ended(&lab, &near).0, "InfrastructureHealth");
    assert_eq!(describe(&lab, &far)["lastStatus"], "RUNNING");
    assert_eq!(instances(&mut lab).len(), 1);
    let failed = on_fargate(&mut lab, 1, &[SUBNET_A]);
    assert_eq!(failed["tasks"], json!([]));
    let input = json!({ "InstanceType": "t3.medium", "MinCount": 1, "MaxCount": 1, "Placement": { "AvailabilityZone": ZONE_A } });
    let refused = lab.apply(Command::ec2("RunInstances", input.clone())).unwrap_err();
    assert_eq!(refused.code, "InsufficientInstanceCapacity");
    fault(&mut lab, json!({ "zone": { "zone": ZONE_A, "available": true } }));
    ec2(&mut lab, "RunInstances", input);
    assert_eq!(on_fargate(&mut lab, 1, &[SUBNET_A])["tasks"].as_array().unwrap().len(), 1);
}

/// EC2 out of capacity for a type in a zone, or for all types there, in EC2's words.
#[test]
fn ec2_is_out_of_capacity() {
    let mut lab = lab();
    let launch = |lab: &mut Lab, kind: &str, extra: Value| {
        let mut input = json!({ "InstanceType": kind, "MinCount": 1, "MaxCount": 1 });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        lab.apply(Command::ec2("RunInstances", input))
            .map(|outcome| outcome.reply["Instances"][0]["Placement"]["AvailabilityZone"].clone())
    };
    let there = json!({ "Placement": { "AvailabilityZone": ZONE_A } });
    let stopped = ec2(&mut lab, "RunInstances", json!({ "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1 }));
    let ids = json!({ "InstanceIds": [stopped["Instances"][0]["InstanceId"]] });
    ec2(&mut lab, "StopInstances", ids.clone());
    wait(&mut lab, "1m");
    fault(&mut lab, json!({ "ec2Capacity": { "zone": ZONE_A, "instanceType": "t3.micro", "available": false } }));
    let refused = launch(&mut lab, "t3.micro", there.clone()).unwrap_err();
    assert_eq!(refused.code, "InsufficientInstanceCapacity");
    assert_eq!(
        refused.message,
        "We currently do not have sufficient t3.micro capacity in the Availability Zone you requested (us-east-1a). Our system will be working on provisioning additional capacity. You can currently get t3.micro capacity by not specifying an Availability Zone in your request or choosing us-east-1b, us-east-1c, us-east-1d, us-east-1e, us-east-1f."
    );
    assert_eq!(lab.apply(Command::ec2("StartInstances", ids)).unwrap_err().code, "InsufficientInstanceCapacity");
    assert_eq!(launch(&mut lab, "t3.micro", json!({})).unwrap(), ZONE_B, "no zone named: another one");
    assert_eq!(launch(&mut lab, "t3.small", there.clone()).unwrap(), ZONE_A);
    fault(&mut lab, json!({ "ec2Capacity": { "zone": ZONE_A, "available": false } }));
    assert!(launch(&mut lab, "t3.small", there.clone()).is_err());
    fault(&mut lab, json!({ "ec2Capacity": { "zone": ZONE_A, "available": true } }));
    assert_eq!(launch(&mut lab, "t3.micro", there).unwrap(), ZONE_A, "all types again");
}

/// CI-27, LC-07: an agent that is away neither hears nor tells; what it missed it does when it is back.
#[test]
fn ci_27_an_agent_disconnects_and_reconnects() {
    let (mut lab, host, task) = running("");
    let starting = run(&mut lab, "plain", 1, json!({}))["tasks"][0].clone();
    let agent = |connected: bool| json!({ "agent": { "instanceId": host, "connected": connected } });
    fault(&mut lab, agent(false));
    assert_eq!(instances(&mut lab)[0]["agentConnected"], false);
    assert_eq!(describe(&lab, &task)["connectivity"], "DISCONNECTED");
    let more = run(&mut lab, "plain", 1, json!({}));
    assert_eq!((&more["tasks"], &more["failures"][0]["reason"]), (&json!([]), &json!("AGENT")));
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    fault(&mut lab, json!({ "healthCheck": { "task": task["taskArn"], "failing": true } }));
    wait(&mut lab, "10m");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING", "the stop is not heard");
    assert_eq!(describe(&lab, &task)["healthStatus"], "HEALTHY", "HC-06: stale");
    assert_eq!(describe(&lab, &starting)["lastStatus"], "PENDING", "its start is not told");
    fault(&mut lab, agent(true));
    assert_eq!(describe(&lab, &starting)["lastStatus"], "RUNNING");
    wait(&mut lab, "2s");
    assert_eq!(describe(&lab, &task)["lastStatus"], "STOPPED");
    fault(&mut lab, agent(false));
    ec2(&mut lab, "TerminateInstances", json!({ "InstanceIds": [host] }));
    wait(&mut lab, "1m");
    assert_eq!(instances(&mut lab).len(), 1, "CI-29: a ghost");
    let gone = try_fault(&mut lab, agent(true)).unwrap_err();
    assert_eq!((gone.path.as_str(), gone.message.as_str()), ("agent.instanceId", "The instance is not running."));
}

/// 8.3, 5.4: two minutes' notice; with `ECS_ENABLE_SPOT_INSTANCE_DRAINING` the instance drains.
#[test]
fn a_spot_instance_is_reclaimed() {
    for (config, status) in [("", "ACTIVE"), ("ECS_ENABLE_SPOT_INSTANCE_DRAINING=true", "DRAINING")] {
        let (mut lab, host, task) = running(config);
        fault(&mut lab, json!({ "spotReclaim": { "instanceId": host } }));
        assert_eq!(instances(&mut lab)[0]["status"], status);
        wait(&mut lab, "2m");
        assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
        wait(&mut lab, "10s");
        let reason = format!("Host EC2 (instance {host}) terminated.");
        assert_eq!(ended(&lab, &task), ("TerminationNotice".into(), reason, json!(255)));
        assert!(instances(&mut lab).is_empty());
        assert_eq!(
            try_fault(&mut lab, json!({ "spotReclaim": { "instanceId": host } })).unwrap_err().message,
            "The instance is not running."
        );
    }
}

/// 8.3, SP-02: a task on Fargate Spot gets SIGTERM at once and SIGKILL after its stop timeout.
#[test]
fn a_fargate_spot_task_is_reclaimed() {
    let (mut lab, _, on_ec2) = running("");
    let task = on_fargate(&mut lab, 1, &[SUBNET_A])["tasks"][0].clone();
    wait(&mut lab, "1m");
    fault(&mut lab, json!({ "spotReclaim": { "task": task["taskArn"] } }));
    wait(&mut lab, "89s");
    assert_eq!(
        (&describe(&lab, &task)["lastStatus"], &describe(&lab, &task)["desiredStatus"]),
        (&json!("STOPPING"), &json!("STOPPED"))
    );
    wait(&mut lab, "10s");
    assert_eq!(ended(&lab, &task), ("SpotInterruption".into(), "Your Spot Task was interrupted.".into(), json!(137)));
    assert!(try_fault(&mut lab, json!({ "spotReclaim": { "task": on_ec2["taskArn"] } })).is_err());
}

/// 5.5, 1.4: slow and failing pulls; what a host holds helps unless its agent always pulls.
#[test]
fn pulls_are_slow_or_fail() {
    let hint = "CannotPullContainerError: The task can\u{2019}t pull the image. ";
    let pull = |outcome: &str| json!({ "imagePull": { "image": "nginx:1.27", "outcome": outcome } });
    for (outcome, starts, contains) in [
        ("NOT_FOUND", format!("{hint}Check whether the image exists. "), "manifest unknown"),
        (
            "ACCESS_DENIED",
            format!("{hint}Check that the role has the permissions to pull images from the registry. "),
            "ecr:BatchGetImage",
        ),
        (
            "NETWORK",
            format!("{hint}Check your network configuration. "),
            "request canceled while waiting for connection",
        ),
        ("RATE_LIMIT", "CannotPullContainerError: ".into(), "toomanyrequests: You have reached your pull rate limit."),
        ("DISK_FULL", "CannotPullContainerError: ".into(), "no space left on device"),
    ] {
        let (mut lab, _, _) = running("ECS_IMAGE_PULL_BEHAVIOR=always");
        fault(&mut lab, pull(outcome));
        let task = run(&mut lab, "plain", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "1m");
        let (code, reason, exit) = ended(&lab, &task);
        assert_eq!((code.as_str(), exit), ("TaskFailedToStart", Value::Null), "{outcome}");
        assert!(reason.starts_with(&starts) && reason.contains(contains), "{outcome}: {reason}");
        fault(&mut lab, pull("NORMAL"));
        let task = run(&mut lab, "plain", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "1m");
        assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING", "{outcome}");
    }
    for (behavior, status) in
        [("default", "RUNNING"), ("once", "RUNNING"), ("prefer-cached", "RUNNING"), ("always", "STOPPED")]
    {
        let (mut lab, _, _) = running(&format!("ECS_IMAGE_PULL_BEHAVIOR={behavior}"));
        fault(&mut lab, pull("NETWORK"));
        let task = run(&mut lab, "plain", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "1m");
        assert_eq!(describe(&lab, &task)["lastStatus"], status, "{behavior}");
    }
    let (mut lab, _, _) = running("");
    fault(&mut lab, json!({ "imagePull": { "image": "nginx:1.27", "outcome": "SLOW", "seconds": 300 } }));
    let task = run(&mut lab, "plain", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "300s");
    assert_eq!(describe(&lab, &task)["lastStatus"], "PENDING");
    wait(&mut lab, "1s");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
}

/// 5.5, LG-06, VO-09: ResourceInitializationError by a fault.
#[test]
fn tasks_on_fargate_that_cannot_be_initialized() {
    for (outcome, contains) in [
        ("ECR_AUTH", "The task cannot pull registry authentication from Amazon ECR."),
        ("SECRETS_MANAGER", "secretsmanager:GetSecretValue"),
        ("PARAMETER_STORE", "from ssm"),
        ("LOG_GROUP", "The task cannot find the Amazon CloudWatch log group defined in the task definition."),
        ("EFS", "failed to invoke EFS utils commands to set up EFS volumes"),
    ] {
        let mut lab = lab();
        fault(&mut lab, json!({ "initialization": { "family": "f", "outcome": outcome } }));
        let task = on_fargate(&mut lab, 1, &[SUBNET_A])["tasks"][0].clone();
        wait(&mut lab, "1m");
        let (code, reason, _) = ended(&lab, &task);
        assert_eq!(code, "TaskFailedToStart");
        assert!(reason.starts_with("ResourceInitializationError: ") && reason.contains(contains), "{reason}");
        fault(&mut lab, json!({ "initialization": { "family": "f", "outcome": "NORMAL" } }));
        let task = on_fargate(&mut lab, 1, &[SUBNET_A])["tasks"][0].clone();
        wait(&mut lab, "1m");
        assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
    }
}

/// A refusal names its place and changes nothing.
#[test]
fn what_a_fault_refuses() {
    let (mut lab, host, task) = running("");
    let digest = lab.digest();
    let other = "i-00000000000000000";
    for (input, path) in [
        (json!({}), ""),
        (json!({ "container": { "task": "x" }, "instance": { "instanceId": host } }), ""),
        (json!({ "container": {} }), "container.task"),
        (json!({ "container": { "task": "x" } }), "container.task"),
        (json!({ "container": { "task": task["taskArn"], "container": "é" } }), "container.container"),
        (json!({ "container": { "task": task["taskArn"], "exitCode": 256 } }), "container.exitCode"),
        (json!({ "healthCheck": { "task": "", "failing": true } }), "healthCheck.task"),
        (json!({ "instance": { "instanceId": other } }), "instance.instanceId"),
        (json!({ "instance": { "instanceId": "i-é" } }), "instance.instanceId"),
        (json!({ "zone": { "zone": "mars", "available": false } }), "zone.zone"),
        (json!({ "ec2Capacity": { "zone": "us-east-1z", "available": false } }), "ec2Capacity.zone"),
        (
            json!({ "ec2Capacity": { "zone": ZONE_A, "instanceType": "t9.big", "available": false } }),
            "ec2Capacity.instanceType",
        ),
        (json!({ "fargateCapacity": { "zone": "", "available": false } }), "fargateCapacity.zone"),
        (json!({ "agent": { "instanceId": other, "connected": false } }), "agent.instanceId"),
        (json!({ "warmPool": { "instanceId": other, "waiting": true } }), "warmPool.instanceId"),
        (json!({ "spotReclaim": {} }), "spotReclaim"),
        (json!({ "spotReclaim": { "instanceId": other } }), "spotReclaim.instanceId"),
        (json!({ "spotReclaim": { "task": "x" } }), "spotReclaim.task"),
        (json!({ "imagePull": { "image": "nginx", "outcome": "SLOW" } }), "imagePull.seconds"),
        (json!({ "imagePull": { "image": "nginx", "outcome": "NETWORK", "seconds": 3 } }), "imagePull.seconds"),
        (json!({ "imagePull": { "image": "nginx", "outcome": "ODD" } }), "imagePull.outcome"),
        (json!({ "initialization": { "family": "f", "outcome": 3 } }), "initialization.outcome"),
    ] {
        let error = try_fault(&mut lab, input.clone()).unwrap_err();
        assert_eq!(error.path, path, "{input}: {error}");
        assert_eq!(lab.digest(), digest, "{input}");
    }
}

/// Invariants 2 and 3: each fault is a command of the log with its line; undo takes it back, redo and replay give the same.
#[test]
fn faults_are_undone_and_replayed() {
    let (lab, host, task) = running("ECS_ENABLE_SPOT_INSTANCE_DRAINING=true");
    let id = task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap();
    for (input, line) in [
        (json!({ "container": { "task": id, "exitCode": 3 } }), format!("lab fault --container task={id},exitCode=3")),
        (
            json!({ "healthCheck": { "task": id, "failing": true } }),
            format!("lab fault --health-check task={id},failing=true"),
        ),
        (json!({ "instance": { "instanceId": host } }), format!("lab fault --instance instanceId={host}")),
        (
            json!({ "zone": { "zone": ZONE_A, "available": false } }),
            "lab fault --zone zone=us-east-1a,available=false".into(),
        ),
        (
            json!({ "ec2Capacity": { "zone": ZONE_A, "instanceType": "t3.micro", "available": false } }),
            "lab fault --ec2-capacity zone=us-east-1a,instanceType=t3.micro,available=false".into(),
        ),
        (
            json!({ "agent": { "instanceId": host, "connected": false } }),
            format!("lab fault --agent instanceId={host},connected=false"),
        ),
        (json!({ "spotReclaim": { "instanceId": host } }), format!("lab fault --spot-reclaim instanceId={host}")),
        (
            json!({ "imagePull": { "image": "nginx", "outcome": "NETWORK" } }),
            "lab fault --image-pull image=nginx,outcome=NETWORK".into(),
        ),
    ] {
        let mut lab = lab.fork();
        let before = lab.digest();
        fault(&mut lab, input.clone());
        assert_ne!(lab.digest(), before, "{line}: a fact tells it");
        assert_eq!(line_of(&command(&input)), line);
        wait(&mut lab, "5m");
        let after = lab.digest();
        let commands: Vec<Command> = lab.past().map(|(command, _)| command.clone()).collect();
        assert!(lab.undo() && lab.undo());
        assert_eq!(lab.digest(), before, "{line}");
        assert!(lab.redo() && lab.redo());
        assert_eq!(lab.digest(), after, "{line}");
        let mut replayed = Lab::new(Start::default());
        for command in commands {
            replayed.apply(Command::from_json(&command.to_json()).unwrap()).unwrap();
        }
        assert_eq!(replayed.digest(), after, "{line}");
    }
}
