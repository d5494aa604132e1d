//! Keys of ecs.config that bound and clean up (1.4): how long the agent waits for Docker, what it keeps of images, GPUs
//! and logins; and the errors of 5.5 that come by a fault.

use super::containers::{host, start, stop, story};
use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn fault(lab: &mut Lab, input: Value) {
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
}

fn goes(lab: &mut Lab, family: &str, outcome: &str) {
    fault(lab, json!({ "initialization": { "family": family, "outcome": outcome } }));
}

/// The spans of the agent for a container that is not made or does not start.
#[test]
fn docker_timeouts_follow_the_configuration() {
    for (config, fails, at, reason) in [
        ("", "START_TIMEOUT", 186, "started; timed out after waiting 3m0s"),
        ("ECS_CONTAINER_START_TIMEOUT=1m30s", "START_TIMEOUT", 96, "started; timed out after waiting 1m30s"),
        ("ECS_CONTAINER_START_TIMEOUT=1s", "START_TIMEOUT", 51, "started; timed out after waiting 45s"),
        ("", "CREATE_TIMEOUT", 246, "created; timed out after waiting 4m0s"),
        ("ECS_CONTAINER_CREATE_TIMEOUT=20m", "CREATE_TIMEOUT", 1206, "created; timed out after waiting 20m0s"),
    ] {
        let mut lab = host(config);
        goes(&mut lab, "d", fails);
        let task = start(&mut lab, &[("app", json!({}))]);
        wait(&mut lab, "21m");
        assert_eq!(story(&lab, &task)[0], format!("{at} app STOPPED"), "{config}");
        let reason = format!("DockerTimeoutError: Could not transition to {reason}");
        assert_eq!(describe(&lab, &task)["stoppedReason"], reason, "{config}");
    }
}

/// A pull that stalls or is too slow: the agent gives up, and takes what the host holds where it may.
#[test]
fn pulls_are_given_up() {
    let stalled = json!({ "outcome": "STALLED" });
    let slow = json!({ "outcome": "SLOW", "seconds": 600 });
    let idle = Some("CannotPullContainerError: inactivity time exceeded timeout while pulling image");
    let late = Some("DockerTimeoutError: Could not transition to pulled; timed out after waiting 5m0s");
    let short = Some("DockerTimeoutError: Could not transition to pulled; timed out after waiting 3s");
    for (config, pull, held, first, reason) in [
        ("", &stalled, false, "60 app STOPPED", idle),
        ("ECS_IMAGE_PULL_INACTIVITY_TIMEOUT=2m", &stalled, false, "120 app STOPPED", idle),
        ("ECS_IMAGE_PULL_INACTIVITY_TIMEOUT=2m", &stalled, true, "121 app RUNNING", None),
        ("ECS_IMAGE_PULL_BEHAVIOR=always", &stalled, true, "60 app STOPPED", idle),
        ("ECS_IMAGE_PULL_BEHAVIOR=once", &stalled, true, "1 app RUNNING", None),
        ("", &slow, false, "601 app RUNNING", None),
        ("ECS_IMAGE_PULL_TIMEOUT=5m", &slow, false, "300 app STOPPED", late),
        ("ECS_IMAGE_PULL_TIMEOUT=3s", &json!({ "outcome": "NORMAL" }), false, "3 app STOPPED", short),
        (
            "",
            &json!({ "outcome": "LAYER" }),
            false,
            "2 app STOPPED",
            Some(
                "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReaderSeeker: failed open: unexpected status code: 403 Forbidden",
            ),
        ),
    ] {
        let mut lab = host(config);
        if held {
            let before = start(&mut lab, &[("app", json!({}))]);
            wait(&mut lab, "1m");
            stop(&mut lab, &before);
            wait(&mut lab, "1m");
        }
        let mut pull = pull.clone();
        pull["image"] = json!("nginx");
        fault(&mut lab, json!({ "imagePull": pull }));
        let task = start(&mut lab, &[("app", json!({}))]);
        wait(&mut lab, "20m");
        assert_eq!(story(&lab, &task)[0], first, "{config} {pull}");
        assert_eq!(describe(&lab, &task)["stoppedReason"].as_str(), reason, "{config} {pull}");
    }
}

/// Whether a host still holds nginx so long after the only task with it stopped: then its next start is short.
fn is_held(config: &str, after: &str) -> bool {
    let mut lab = host(config);
    let first = start(&mut lab, &[("app", json!({}))]);
    wait(&mut lab, "1m");
    stop(&mut lab, &first);
    wait(&mut lab, after);
    let task = run(&mut lab, "d", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    match story(&lab, &task)[0].as_str() {
        "1.5 RUNNING" => true,
        "7 RUNNING" => false,
        other => panic!("{config} {after}: {other}"),
    }
}

/// Images go once their tasks were cleaned up and they are old enough, at the next cycle.
#[test]
fn images_are_cleaned_up() {
    let wait = "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1m";
    for (config, after, held) in [
        ("", "3h", true),
        ("", "3h35m", false),
        (wait, "55m", true),
        (wait, "100m", false),
        ("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=0s", "100m", true),
        ("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1m\nECS_IMAGE_MINIMUM_CLEANUP_AGE=2m", "25m", true),
        ("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1m\nECS_IMAGE_MINIMUM_CLEANUP_AGE=2m", "35m", false),
        (
            "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1m\nECS_IMAGE_MINIMUM_CLEANUP_AGE=2m\nECS_IMAGE_CLEANUP_INTERVAL=10m",
            "15m",
            false,
        ),
        ("ECS_DISABLE_IMAGE_CLEANUP=true", "20h", true),
        ("ECS_NUM_IMAGES_DELETE_PER_CYCLE=0", "3h35m", false),
        ("ECS_IMAGE_PULL_BEHAVIOR=once", "3h35m", false),
    ] {
        assert_eq!(is_held(config, after), held, "{config} after {after}");
    }
}

/// What a task needs stays, however old; of the others a cycle takes so many, the one that was not needed for longest first.
#[test]
fn a_cycle_takes_so_many_images_and_none_in_use() {
    for (most, hours, held) in [("1", "3h30m", [false, true]), ("2", "3h30m", [false; 2]), ("1", "4h", [false; 2])] {
        let mut lab = host(&format!("ECS_NUM_IMAGES_DELETE_PER_CYCLE={most}"));
        let images = ["redis", "httpd"];
        for image in images {
            let task = start(&mut lab, &[("app", json!({ "image": image }))]);
            wait(&mut lab, "1m");
            stop(&mut lab, &task);
        }
        start(&mut lab, &[("app", json!({}))]);
        wait(&mut lab, hours);
        for (image, held) in images.into_iter().zip(held) {
            let task = start(&mut lab, &[("app", json!({ "image": image }))]);
            wait(&mut lab, "1m");
            assert_eq!(story(&lab, &task)[0] == "1.5 RUNNING", held, "{image} after {hours}, {most} a cycle");
        }
        let again = start(&mut lab, &[("app", json!({}))]);
        wait(&mut lab, "1m");
        assert_eq!(story(&lab, &again)[0], "1.5 RUNNING", "a running task needs it");
    }
}

/// CI-02: an agent without support registers no GPU.
#[test]
fn ci_02_gpus_are_registered_where_the_agent_supports_them() {
    for (config, reasons) in [("", 0), ("ECS_ENABLE_GPU_SUPPORT=false", 1)] {
        let mut lab = lab();
        launch(&mut lab, "g4dn.xlarge", ZONE_A, 1, config);
        wait(&mut lab, "2m");
        register(&mut lab, "gpu", json!({ "resourceRequirements": [{ "type": "GPU", "value": "1" }] }));
        let reply = run(&mut lab, "gpu", 1, json!({}));
        assert_eq!(reply["failures"].as_array().unwrap().len(), reasons, "{config}");
        let shown = instances(&mut lab)[0]["registeredResources"].as_array().unwrap().clone();
        assert_eq!(shown.iter().filter(|own| own["name"] == "GPU").count(), 1 - reasons, "{config}");
    }
}

/// What is not public on Docker Hub is there for an agent, or a definition, that logs in.
#[test]
fn private_images_need_a_login() {
    let data = "ECS_ENGINE_AUTH_DATA={\"https://index.docker.io/v1/\":{\"username\":\"me\",\"password\":\"x\"}}";
    let elsewhere = "ECS_ENGINE_AUTH_DATA={\"https://registry.example.com\":{\"username\":\"me\"}}";
    let secret = json!({ "credentialsParameter": "arn:aws:secretsmanager:us-east-1:123456789012:secret:hub" });
    let credentials = json!({ "repositoryCredentials": secret });
    for (config, image, extra, runs) in [
        (String::new(), "myteam/web:1", json!({}), false),
        (format!("ECS_ENGINE_AUTH_TYPE=docker\n{data}"), "myteam/web:1", json!({}), true),
        (format!("{data}\nECS_ENGINE_AUTH_TYPE=dockercfg"), "myteam/web:1", json!({}), true),
        (data.to_string(), "myteam/web:1", json!({}), false),
        (format!("ECS_ENGINE_AUTH_TYPE=docker\n{elsewhere}"), "myteam/web:1", json!({}), false),
        (format!("ECS_ENGINE_AUTH_TYPE=docker\n{data}"), "ngnix", json!({}), false),
        (String::new(), "myteam/web:1", credentials.clone(), true),
        (String::new(), "ngnix", credentials, false),
    ] {
        let mut lab = host(&config);
        let mut app = json!({ "name": "app", "image": image, "memory": 64 });
        app.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let role = task_role(&mut lab, "execution");
        let secret = json!({ "Name": "hub", "SecretString": "{}" });
        lab.apply(Command::Api(ApiCall::new("secretsmanager", "CreateSecret", secret))).unwrap();
        ecs(
            &mut lab,
            "RegisterTaskDefinition",
            json!({ "family": "d", "executionRoleArn": role, "containerDefinitions": [app] }),
        );
        let task = run(&mut lab, "d", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "1m");
        let status = if runs { "RUNNING" } else { "STOPPED" };
        assert_eq!(describe(&lab, &task)["lastStatus"], status, "{config} {image} {extra}");
    }
}

/// 5.5: the classes of error that come by a fault, on an instance and on Fargate: the second of the end, and the reason.
#[test]
fn errors_of_5_5_by_fault() {
    let subnet = "subnet-0ec51ab00000000a0";
    let address = format!(
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet '{subnet}'"
    );
    let runtime = ["CannotStartContainerError: ", "ContainerRuntimeError: "];
    for (outcome, [ec2, fargate]) in [
        ("NO_ADDRESS", [&*address; 2]),
        ("SPOT_CAPACITY", ["SpotInterruptionError: "; 2]),
        (
            "ENVIRONMENT_FILE",
            [
                "unable to download envfile from s3: AccessDenied: ",
                "ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation error S3: HeadObject, https response error StatusCode: 403, api error Forbidden: Forbidden",
            ],
        ),
        ("SECRET_MISSING", ["ResourceNotFoundException: "; 2]),
        ("VOLUME", ["CannotCreateVolumeError: "; 2]),
        ("RUNTIME", runtime),
        ("INSPECT", ["CannotInspectContainerError: "; 2]),
    ] {
        for (launch, reason) in [("EC2", ec2), ("FARGATE", fargate)] {
            let mut lab = host("");
            let definition = json!({
                "family": "f", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
                "requiresCompatibilities": ["EC2", "FARGATE"], "containerDefinitions": [{ "name": "app", "image": "nginx" }],
            });
            ecs(&mut lab, "RegisterTaskDefinition", definition);
            goes(&mut lab, "f", outcome);
            let network =
                json!({ "awsvpcConfiguration": { "subnets": [subnet], "assignPublicIp": public_address(launch) } });
            let input = json!({ "launchType": launch, "networkConfiguration": network });
            let task = run(&mut lab, "f", 1, input.clone())["tasks"][0].clone();
            wait(&mut lab, "5m");
            let over = describe(&lab, &task);
            let found = over["stoppedReason"].as_str().unwrap_or_default();
            assert!(found.starts_with(reason), "{outcome} on {launch}: {found}");
            assert_eq!((&over["stopCode"], &over["lastStatus"]), (&json!("TaskFailedToStart"), &json!("STOPPED")));
            assert_eq!(over["containers"][0]["exitCode"], Value::Null);
            goes(&mut lab, "f", "NORMAL");
            let task = run(&mut lab, "f", 1, input)["tasks"][0].clone();
            wait(&mut lab, "1m");
            assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING", "{outcome} is over");
        }
    }
}

/// 5.5: a container that cannot be stopped; the task ends all the same, and the container says why.
#[test]
fn containers_that_cannot_be_stopped() {
    for (outcome, seconds, reason) in [
        ("STOP", 30, "CannotStopContainerError: Error response from daemon: "),
        ("STOP_TIMEOUT", 180, "TaskStateError: Agent could not progress task's state to stopped"),
    ] {
        let mut lab = host("");
        let task = start(&mut lab, &[("app", json!({}))]);
        wait(&mut lab, "1m");
        goes(&mut lab, "d", outcome);
        stop(&mut lab, &task);
        wait(&mut lab, "5m");
        let last = story(&lab, &task);
        assert_eq!(
            last[1..],
            [
                "60 UserInitiated".to_string(),
                format!("{} app STOPPED", 60 + seconds),
                format!("{} STOPPED", 60 + seconds)
            ]
        );
        let over = describe(&lab, &task);
        let shown = over["containers"][0]["reason"].as_str().unwrap();
        assert!(shown.starts_with(reason), "{shown}");
        assert_eq!(over["containers"][0]["exitCode"], Value::Null, "nobody saw it");
    }
}

/// Tags of the EC2 instance, where the agent is to hand them on; its own stand before them.
#[test]
fn tags_of_the_ec2_instance_are_handed_on() {
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let given = json!([
        { "ResourceType": "instance", "Tags": [tag("team", "web"), tag("stage", "test"), tag("aws:cloudformation:stack-name", "x")] },
        { "ResourceType": "volume", "Tags": [tag("disk", "x")] },
    ]);
    let from = "ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM=ec2_instance";
    let own = "ECS_CONTAINER_INSTANCE_TAGS={\"stage\":\"prod\"}";
    for (config, expected) in [
        (String::new(), json!([])),
        (from.to_string(), json!([["stage", "test"], ["team", "web"]])),
        (format!("{from}\n{own}"), json!([["stage", "prod"], ["team", "web"]])),
        (format!("{own}\nECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM=none"), json!([["stage", "prod"]])),
    ] {
        let mut lab = lab();
        let input = json!({
            "InstanceType": "t3.medium", "MinCount": 1, "MaxCount": 1, "TagSpecifications": given,
            "UserData": encoded(&format!("ECS_CLUSTER=prod\n{config}")), "IamInstanceProfile": { "Name": "ecsInstanceRole" },
        });
        let made = ec2(&mut lab, "RunInstances", input);
        assert_eq!(made["Instances"][0]["Tags"], given[0]["Tags"]);
        wait(&mut lab, "2m");
        let arn = instances(&mut lab)[0]["containerInstanceArn"].clone();
        let shown = ecs(&mut lab, "ListTagsForResource", json!({ "resourceArn": arn }));
        let pairs = shown["tags"].as_array().unwrap().iter().map(|tag| json!([tag["key"], tag["value"]]));
        assert_eq!(Value::Array(pairs.collect()), expected, "{config}");
    }
}
