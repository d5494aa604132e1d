//! What containers are made of and leave behind: images and their pulls (5.5, 5.6), ids and digests, log streams (3.9).

use super::containers::{each, host, id_of, start, stop, story};
use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// 5.5: an image that does not exist, on an instance and on Fargate.
#[test]
fn an_image_that_does_not_exist_cannot_be_pulled() {
    let mut lab = host("");
    for (image, reason) in [
        (
            "myteam/web",
            "CannotPullContainerError: The task can\u{2019}t pull the image. Check whether the image exists. Error response from daemon: pull access denied for myteam/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        ),
        (
            "nginx:nosuch",
            "CannotPullContainerError: The task can\u{2019}t pull the image. Check whether the image exists. Error response from daemon: manifest for nginx:nosuch not found: manifest unknown: manifest unknown",
        ),
    ] {
        let task = start(&mut lab, &[("app", json!({ "image": image })), ("side", json!({}))]);
        wait(&mut lab, "1m");
        assert_eq!(
            story(&lab, &task),
            ["2 app STOPPED", "2 TaskFailedToStart", "2 side STOPPED", "2 STOPPED"],
            "{image}"
        );
        let over = describe(&lab, &task);
        assert_eq!((&over["stopCode"], &over["stoppedReason"]), (&json!("TaskFailedToStart"), &json!(reason)));
        assert_eq!(
            (each(&lab, &task, "reason"), each(&lab, &task, "exitCode")),
            (vec![json!(reason), Value::Null], vec![Value::Null; 2])
        );
        assert_eq!(each(&lab, &task, "lastStatus"), ["STOPPED"; 2]);
        assert_eq!(over["startedAt"], Value::Null);
    }
    let definition = json!({
        "family": "f", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{ "name": "app", "image": "ngnix" }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let network =
        json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": "ENABLED" } });
    let task =
        run(&mut lab, "f", 1, json!({ "launchType": "FARGATE", "networkConfiguration": network }))["tasks"][0].clone();
    wait(&mut lab, "1m");
    assert_eq!(
        story(&lab, &task),
        [
            "15 PENDING",
            "16 ACTIVATING",
            "18 app STOPPED",
            "18 TaskFailedToStart",
            "18 STOPPING",
            "18 DEPROVISIONING",
            "21 STOPPED"
        ]
    );
    let reason = "CannotPullContainerError: The task can\u{2019}t pull the image. Check whether the image exists. pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/ngnix:latest: docker.io/library/ngnix:latest: not found";
    assert_eq!(describe(&lab, &task)["stoppedReason"], reason);
}

/// 5.6: 2 s and 25 MB a second; half a second when the host holds the image.
#[test]
fn pull_times() {
    for (image, running) in [("busybox:1", 3.08), ("nginx", 7.0), ("node:22", 18.2), ("ghcr.io/any/thing", 7.0)] {
        let mut lab = host("");
        for (round, wanted) in [running, 1.5].into_iter().enumerate() {
            let task = start(&mut lab, &[("app", json!({ "image": image, "command": ["serve"] }))]);
            wait(&mut lab, "1m");
            assert_eq!(story(&lab, &task), [format!("{wanted} RUNNING")], "{image} {round}");
        }
    }
}

/// LC-05: ids and digests of containers that started.
#[test]
fn lc_05_runtime_ids_and_digests() {
    let mut lab = host("");
    let task = start(&mut lab, &[("a", json!({})), ("b", json!({ "image": "redis" }))]);
    assert_eq!(each(&lab, &task, "runtimeId"), [Value::Null, Value::Null]);
    wait(&mut lab, "1m");
    for member in ["runtimeId", "imageDigest", "containerArn"] {
        let [a, b] = &each(&lab, &task, member)[..] else { panic!() };
        assert!(a.is_string() && b.is_string() && a != b, "{member}: {a} {b}");
    }
    assert_eq!(each(&lab, &task, "runtimeId")[0].as_str().unwrap().len(), 64);
    assert_eq!(each(&lab, &task, "imageDigest")[0].as_str().unwrap().len(), 7 + 64);
}

/// LG-04, LG-10: a stream for each container with awslogs, by prefix, container and task; else by the container's id.
#[test]
fn lg_04_log_streams() {
    use ecs_lab::ecs::logs::streams;
    let log = |prefix: Option<&str>| {
        let mut options =
            json!({ "awslogs-group": "/ecs/d", "awslogs-region": "us-east-1", "awslogs-create-group": "true" });
        if let Some(prefix) = prefix {
            options["awslogs-stream-prefix"] = json!(prefix);
        }
        json!({ "logDriver": "awslogs", "options": options })
    };
    let mut lab = host("");
    let may = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*" } });
    let role = json!({ "RoleName": "ecsInstanceRole", "PolicyName": "groups", "PolicyDocument": may.to_string() });
    super::identities::iam(&mut lab, "PutRolePolicy", role);
    let script = "echo one; sleep 5; echo two; sleep 100; echo three; exit 1";
    let task = start(
        &mut lab,
        &[
            ("app", json!({ "command": ["sh", "-c", script], "logConfiguration": log(Some("web")) })),
            ("side", json!({ "logConfiguration": log(None) })),
            ("quiet", json!({ "logConfiguration": { "logDriver": "json-file" } })),
        ],
    );
    let found = |lab: &Lab| {
        let ecs = lab.world().ecs();
        let cluster = ecs.cluster("prod").unwrap().id;
        streams(
            &lab.start().region,
            ecs.tasks(cluster).find(|own| own.key.id.to_string() == id_of(&task)).unwrap(),
            lab.now(),
        )
    };
    assert!(found(&lab).is_empty(), "before it started");
    wait(&mut lab, "20s");
    let [app, side] = &found(&lab)[..] else { panic!() };
    assert_eq!((&app.group[..], &app.stream), ("/ecs/d", &format!("web/app/{}", id_of(&task))));
    assert_eq!(json!(side.stream), each(&lab, &task, "runtimeId")[1]);
    let said = |lab: &Lab| found(lab)[0].lines.iter().map(|(_, line)| line.clone()).collect::<Vec<String>>();
    assert_eq!(said(&lab), ["one", "two"]);
    assert_eq!((app.lines[1].0 - app.lines[0].0).as_millis(), 5000);
    stop(&mut lab, &task);
    wait(&mut lab, "10m");
    assert_eq!(said(&lab), ["one", "two"], "it was killed before it said more");
}

/// CD-22, CD-23: a script sees the request's variables before the definition's; where a secret stands in place of what it
/// holds; and ends by them.
#[test]
fn cd_22_cd_23_variables_reach_the_log_and_the_exit_code() {
    use ecs_lab::ecs::logs::streams;
    let mut lab = host("");
    let container = json!({
        "name": "app", "image": "busybox", "memory": 64, "environment": [{ "name": "STAGE", "value": "test" }, { "name": "CODE", "value": "4" }],
        "secrets": [{ "name": "KEY", "valueFrom": "/app/key" }], "command": ["sh", "-c", "echo \"$STAGE $KEY\"; exit $CODE"],
        "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "/ecs/d", "awslogs-region": "us-east-1", "awslogs-create-group": "true" } },
    });
    let role = task_role(&mut lab, "execution");
    let key = json!({ "Name": "/app/key", "Type": "SecureString", "Value": "k" });
    lab.apply(Command::Api(ApiCall::new("ssm", "PutParameter", key))).unwrap();
    let definition = json!({ "family": "d", "executionRoleArn": role, "containerDefinitions": [container] });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let variables = json!([{ "name": "app", "environment": [{ "name": "STAGE", "value": "prod" }] }]);
    for (extra, text) in [
        (json!({}), "test </app/key>"),
        (json!({ "overrides": { "containerOverrides": variables } }), "prod </app/key>"),
    ] {
        let task = run(&mut lab, "d", 1, extra)["tasks"][0].clone();
        wait(&mut lab, "1m");
        let ecs = lab.world().ecs();
        let cluster = ecs.cluster("prod").unwrap().id;
        let own = ecs.tasks(cluster).find(|own| own.key.id.to_string() == id_of(&task)).unwrap();
        let lines = &streams(&lab.start().region, own, lab.now())[0].lines;
        assert_eq!((lines.len(), lines[0].1.as_str()), (1, text));
        assert_eq!(each(&lab, &task, "exitCode"), [4], "{text}");
    }
}
