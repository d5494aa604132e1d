//! What is attached to a task and what DescribeTasks tells of it: interfaces, EBS volumes, storage, platform versions.

use super::containers::{host, story};
use super::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

const SUBNET: &str = "subnet-0ec51ab00000000a0";

fn network() -> Value {
    json!({ "awsvpcConfiguration": { "subnets": [SUBNET] } })
}

/// A definition of one container; `extra` is laid over it.
fn define(lab: &mut Lab, family: &str, extra: Value) {
    let mut input = json!({
        "family": family, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ecs(lab, "RegisterTaskDefinition", input);
}

fn with_volume(mode: &str) -> Value {
    json!({
        "networkMode": mode, "volumes": [{ "name": "data", "configuredAtLaunch": true }],
        "containerDefinitions": [{
            "name": "app", "image": "nginx", "mountPoints": [{ "sourceVolume": "data", "containerPath": "/data" }],
        }],
    })
}

fn ebs(extra: Value) -> Value {
    let mut ebs = json!({ "roleArn": "arn:aws:iam::123456789012:role/ecsInfrastructureRole" });
    ebs.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    json!([{ "name": "data", "managedEBSVolume": ebs }])
}

fn detail<'a>(attachment: &'a Value, name: &str) -> Option<&'a str> {
    let all = attachment["details"].as_array().unwrap();
    all.iter().find(|detail| detail["name"] == name).map(|detail| detail["value"].as_str().unwrap())
}

/// EN-09: what the attachment tells, state by state; the interface has an id once it is attached.
#[test]
fn en_09_the_interface_from_state_to_state() {
    let mut lab = host("");
    define(&mut lab, "net", json!({}));
    let task = run(&mut lab, "net", 1, json!({ "networkConfiguration": network() }))["tasks"][0].clone();
    let names = ["networkInterfaceId", "macAddress", "privateDnsName", "privateIPv4Address"];
    let attachment = |lab: &Lab| describe(lab, &task)["attachments"][0].clone();
    let new = attachment(&lab);
    assert_eq!((&new["status"], detail(&new, "subnetId")), (&json!("PRECREATED"), Some(SUBNET)));
    assert!(names.iter().all(|name| detail(&new, name).is_none()));
    wait(&mut lab, "1m");
    let there = attachment(&lab);
    assert_eq!((&there["status"], &there["id"]), (&json!("ATTACHED"), &new["id"]));
    let address = detail(&there, "privateIPv4Address").unwrap();
    assert_eq!(detail(&there, "privateDnsName").unwrap(), format!("ip-{}.ec2.internal", address.replace('.', "-")));
    assert_eq!(detail(&there, "networkInterfaceId").unwrap().len(), "eni-".len() + 17);
    assert_eq!(detail(&there, "macAddress").unwrap().split(':').filter(|byte| byte.len() == 2).count(), 6);
    assert_eq!(describe(&lab, &task)["containers"][0]["networkInterfaces"][0]["attachmentId"], there["id"]);
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    wait(&mut lab, "3s");
    assert_eq!(
        (&describe(&lab, &task)["lastStatus"], &attachment(&lab)["status"]),
        (&json!("DEPROVISIONING"), &json!("DETACHING"))
    );
    wait(&mut lab, "1m");
    assert_eq!(attachment(&lab)["status"], "DELETED");
}

/// VO-02: the request configures the volume that the definition leaves to it, that one and no other.
#[test]
fn vo_02_the_request_names_the_volume() {
    let mut lab = host("");
    define(&mut lab, "plain", json!({ "networkMode": "bridge" }));
    define(&mut lab, "disk", with_volume("bridge"));
    let invalid = "ECS managed EBS volume configuration was invalid";
    let other = |name: &str| {
        format!("The volume name '{name}' in your request does not have a matching volume in your Task Definition")
    };
    let sized = ebs(json!({ "sizeInGiB": 10 }));
    let mut renamed = sized.clone();
    renamed[0]["name"] = json!("logs");
    for (family, given, message) in [
        ("plain", sized.clone(), other("data")),
        ("disk", renamed, other("logs")),
        ("disk", json!(null), invalid.into()),
        ("disk", json!([]), invalid.into()),
        ("disk", json!([{ "name": "data" }]), invalid.into()),
        ("disk", ebs(json!({})), invalid.into()),
        ("disk", ebs(json!({ "sizeInGiB": 0 })), invalid.into()),
        ("disk", json!([sized[0], sized[0]]), invalid.into()),
    ] {
        let mut input = json!({ "cluster": "prod", "taskDefinition": family });
        if !given.is_null() {
            input["volumeConfigurations"] = given.clone();
        }
        let error = try_ecs(&mut lab, "RunTask", input).unwrap_err();
        assert_eq!((&*error.code, error.message.as_str()), ("InvalidParameterException", message.as_str()), "{given}");
    }
    for given in [sized, ebs(json!({ "snapshotId": "snap-0123456789abcdef0" }))] {
        assert_eq!(run(&mut lab, "disk", 1, json!({ "volumeConfigurations": given }))["failures"], json!([]));
    }
}

/// VO-03, 5.1: a volume is attached in PROVISIONING and goes in DEPROVISIONING, also where the task has no interface. Only
/// a standalone task may keep it.
#[test]
fn vo_03_a_volume_from_state_to_state() {
    for (mode, kept) in [("bridge", true), ("awsvpc", false)] {
        let mut lab = host("");
        define(&mut lab, "disk", with_volume(mode));
        let mut config = json!({ "sizeInGiB": 10 });
        if kept {
            config["terminationPolicy"] = json!({ "deleteOnTermination": false });
        }
        let mut extra = json!({ "volumeConfigurations": ebs(config) });
        if mode == "awsvpc" {
            extra["networkConfiguration"] = network();
        }
        let task = run(&mut lab, "disk", 1, extra)["tasks"][0].clone();
        let of = |lab: &Lab| {
            let all = describe(lab, &task)["attachments"].as_array().unwrap().clone();
            assert_eq!(all.len(), if mode == "awsvpc" { 2 } else { 1 });
            all.into_iter().find(|own| own["type"] == "AmazonElasticBlockStorage").unwrap()
        };
        assert_eq!((&task["lastStatus"], detail(&of(&lab), "volumeId")), (&json!("PROVISIONING"), None), "{mode}");
        wait(&mut lab, "1m");
        let there = of(&lab);
        assert_eq!((&there["status"], detail(&there, "volumeName")), (&json!("ATTACHED"), Some("data")));
        assert_eq!(detail(&there, "deleteOnTermination"), Some(if kept { "false" } else { "true" }));
        assert_eq!(detail(&there, "roleArn"), Some("arn:aws:iam::123456789012:role/ecsInfrastructureRole"));
        assert_eq!(detail(&there, "volumeId").unwrap().len(), "vol-".len() + 17);
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
        wait(&mut lab, "1m");
        assert_eq!(of(&lab)["status"], "DELETED");
        let states: Vec<String> =
            story(&lab, &task).iter().map(|line| line.split(' ').nth(1).unwrap().into()).collect();
        let all = ["PENDING", "ACTIVATING", "RUNNING", "UserInitiated", "STOPPING", "DEPROVISIONING", "STOPPED"];
        assert_eq!(states, all, "{mode}");
    }
}

/// FG-14 to FG-16, 3.4: which platform version takes what, and what the task shows for good.
#[test]
fn fg_14_fg_15_fg_16_platform_versions() {
    let mut lab = lab();
    define(&mut lab, "plain", json!({}));
    define(&mut lab, "disk", with_volume("awsvpc"));
    define(&mut lab, "storage", json!({ "ephemeralStorage": { "sizeInGiB": 30 } }));
    define(&mut lab, "large", json!({ "cpu": "8192", "memory": "16384" }));
    let efs = json!({ "name": "files", "efsVolumeConfiguration": { "fileSystemId": "fs-12345678" } });
    define(&mut lab, "efs", json!({ "volumes": [efs] }));
    let core = json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" });
    define(&mut lab, "windows", json!({ "cpu": "1024", "memory": "2048", "runtimePlatform": core }));
    let (unknown, old) = ("PlatformUnknownException", "PlatformTaskDefinitionIncompatibilityException");
    for (family, version, expected) in [
        ("plain", "LATEST", Ok(("1.4.0", "Linux"))),
        ("plain", "1.4.0", Ok(("1.4.0", "Linux"))),
        ("plain", "1.3.0", Ok(("1.3.0", "Linux"))),
        ("plain", "1.0.0", Err(unknown)),
        ("plain", "2", Err(unknown)),
        ("disk", "1.3.0", Err(old)),
        ("disk", "1.4.0", Ok(("1.4.0", "Linux"))),
        ("storage", "1.3.0", Err(old)),
        ("large", "1.3.0", Err(old)),
        ("efs", "1.3.0", Err(old)),
        ("windows", "LATEST", Ok(("1.0.0", "WINDOWS_SERVER_2022_CORE"))),
        ("windows", "1.0.0", Ok(("1.0.0", "WINDOWS_SERVER_2022_CORE"))),
        ("windows", "1.4.0", Err(old)),
    ] {
        let mut input = json!({
            "cluster": "prod", "taskDefinition": family, "launchType": "FARGATE", "platformVersion": version,
            "networkConfiguration": network(),
        });
        if family == "disk" {
            input["volumeConfigurations"] = ebs(json!({ "sizeInGiB": 10 }));
        }
        match (try_ecs(&mut lab, "RunTask", input), expected) {
            (Ok(reply), Ok((version, platform))) => {
                wait(&mut lab, "1m");
                let task = describe(&lab, &reply["tasks"][0]);
                assert_eq!((&task["platformVersion"], &task["platformFamily"]), (&json!(version), &json!(platform)));
            }
            (Err(error), Err(code)) => assert_eq!(error.code, code, "{family} {version}"),
            (found, _) => panic!("{family} {version}: {found:?}"),
        }
    }
    let exec = json!({
        "cluster": "prod", "taskDefinition": "plain", "launchType": "FARGATE", "platformVersion": "1.3.0",
        "networkConfiguration": network(), "enableExecuteCommand": true,
    });
    assert_eq!(try_ecs(&mut lab, "RunTask", exec).unwrap_err().code, old);
}

/// 3.4, OV-01: 20 GiB on Fargate unless the definition or the request says more; none on an instance.
#[test]
fn ephemeral_storage_of_definition_and_request() {
    let mut lab = host("");
    define(&mut lab, "plain", json!({}));
    define(&mut lab, "storage", json!({ "ephemeralStorage": { "sizeInGiB": 30 } }));
    let size = |lab: &mut Lab, family: &str, launch: &str, overrides: Value| {
        let extra = json!({ "launchType": launch, "networkConfiguration": network(), "overrides": overrides });
        let task = run(lab, family, 1, extra)["tasks"][0].clone();
        assert_eq!(task["ephemeralStorage"]["sizeInGiB"], task["fargateEphemeralStorage"]["sizeInGiB"]);
        task["ephemeralStorage"]["sizeInGiB"].as_u64()
    };
    let more = json!({ "ephemeralStorage": { "sizeInGiB": 50 } });
    assert_eq!(size(&mut lab, "plain", "FARGATE", json!({})), Some(20));
    assert_eq!(size(&mut lab, "storage", "FARGATE", json!({})), Some(30));
    assert_eq!(size(&mut lab, "storage", "FARGATE", more.clone()), Some(50));
    assert_eq!(size(&mut lab, "plain", "EC2", json!({})), None);
}

/// LC-07: a task on an instance is connected from the start, one on Fargate when it has its place.
#[test]
fn lc_07_since_when_a_task_is_connected() {
    let mut lab = host("");
    define(&mut lab, "net", json!({}));
    for (launch, at_first, after) in [("EC2", json!("CONNECTED"), 0.0), ("FARGATE", json!(null), 15.0)] {
        let extra = json!({ "launchType": launch, "networkConfiguration": network() });
        let task = run(&mut lab, "net", 1, extra)["tasks"][0].clone();
        assert_eq!((&task["connectivity"], task.get("connectivityAt").is_some()), (&at_first, launch == "EC2"));
        wait(&mut lab, "1m");
        let shown = describe(&lab, &task);
        assert_eq!(shown["connectivity"], "CONNECTED");
        let span = shown["connectivityAt"].as_f64().unwrap() - shown["createdAt"].as_f64().unwrap();
        assert_eq!(span, after, "{launch}");
    }
}

/// LC-04 and [API:ListTasks]: RUNNING by default; startedBy is the only filter.
#[test]
fn lc_04_what_list_tasks_filters() {
    let mut lab = host("");
    register(&mut lab, "web", json!({}));
    let first = run(&mut lab, "web", 1, json!({ "startedBy": "me" }))["tasks"][0].clone();
    let second = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "1m");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": second["taskArn"] }));
    wait(&mut lab, "1m");
    let host = instances(&mut lab)[0]["containerInstanceArn"].clone();
    for (filter, expected) in [
        (json!({}), Ok(json!([first["taskArn"]]))),
        (json!({ "desiredStatus": "RUNNING" }), Ok(json!([first["taskArn"]]))),
        (json!({ "desiredStatus": "STOPPED" }), Ok(json!([second["taskArn"]]))),
        (json!({ "desiredStatus": "PENDING" }), Ok(json!([]))),
        (json!({ "startedBy": "me" }), Ok(json!([first["taskArn"]]))),
        (json!({ "startedBy": "me", "desiredStatus": "STOPPED" }), Ok(json!([]))),
        (json!({ "startedBy": "me", "family": "web" }), Err("startedBy")),
        (json!({ "startedBy": "me", "launchType": "EC2" }), Err("startedBy")),
        (json!({ "startedBy": "me", "containerInstance": host }), Err("startedBy")),
        (json!({ "family": "web", "launchType": "EC2", "containerInstance": host }), Ok(json!([first["taskArn"]]))),
    ] {
        let mut input = filter.clone();
        input["cluster"] = json!("prod");
        let found = try_ecs(&mut lab, "ListTasks", input).map(|reply| reply["taskArns"].clone());
        match expected {
            Ok(arns) => assert_eq!(found.unwrap(), arns, "{filter}"),
            Err(path) => assert_eq!(found.unwrap_err().path, path, "{filter}"),
        }
    }
}

/// 3.10: an instance that is not of the Nitro system takes no EBS volume for a task.
#[test]
fn volumes_need_nitro() {
    for (kind, failures) in [("t2.medium", json!(["ATTRIBUTE"])), ("t3.medium", json!([])), ("m5.large", json!([]))] {
        let mut lab = lab();
        launch(&mut lab, kind, ZONE_A, 1, "");
        wait(&mut lab, "2m");
        define(&mut lab, "disk", with_volume("bridge"));
        let reply = run(&mut lab, "disk", 1, json!({ "volumeConfigurations": ebs(json!({ "sizeInGiB": 10 })) }));
        let reasons = reply["failures"].as_array().unwrap().iter().map(|own| own["reason"].clone());
        assert_eq!(Value::Array(reasons.collect()), failures, "{kind}");
    }
}
