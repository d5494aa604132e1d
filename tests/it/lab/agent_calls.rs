//! What agents call, their update, and task protection (1.5, 6.12, 8.1).

use super::strict::{IDENTITY, world};
use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const CLIENT: &str = "ClientException";
const INVALID: &str = "InvalidParameterException";

fn join(lab: &mut Lab, extra: Value) -> Value {
    let mut input = json!({ "cluster": "prod", "instanceIdentityDocument": IDENTITY });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ecs(lab, "RegisterContainerInstance", input)["containerInstance"].clone()
}

fn ports(instance: &Value, list: &str, name: &str) -> Value {
    let all = instance[list].as_array().unwrap();
    all.iter().find(|resource| resource["name"] == name).unwrap()["stringSetValue"].clone()
}

fn attribute(instance: &Value, name: &str) -> Option<Value> {
    let all = instance["attributes"].as_array().unwrap();
    all.iter().find(|own| own["name"] == name).map(|own| own["value"].clone())
}

/// Issue 4: the identity document's word is taken; 4,096 CPU units, 7,482 MiB and the reserved ports without totalResources.
#[test]
fn ci_20_register_container_instance_from_outside() {
    let mut lab = lab();
    let own = join(&mut lab, json!({}));
    let arn = own["containerInstanceArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:ecs:us-east-1:123456789012:container-instance/prod/"), "CI-23: {arn}");
    assert_eq!(own["ec2InstanceId"], "i-1234567890abcdef0");
    assert_eq!((&own["status"], &own["agentConnected"]), (&json!("ACTIVE"), &json!(true)), "CI-26");
    assert_eq!(
        (amount(&own, "registeredResources", "CPU"), amount(&own, "registeredResources", "MEMORY")),
        (4096, 7482)
    );
    assert_eq!(ports(&own, "registeredResources", "PORTS"), json!(["22", "2375", "2376", "51678", "51679"]), "PT-01");
    assert_eq!(ports(&own, "registeredResources", "PORTS_UDP"), json!([]));
    for (name, value) in [
        ("ecs.instance-type", "t2.micro"),
        ("ecs.availability-zone", "us-east-1b"),
        ("ecs.ami-id", "ami-0123456789abcdef0"),
        ("ecs.os-type", "linux"),
    ] {
        assert_eq!(attribute(&own, name), Some(json!(value)), "AT-01");
    }
    // Tasks are placed on it, and come to life.
    register(&mut lab, "web", json!({}));
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "2m");
    let task = describe(&lab, &task);
    assert_eq!((&task["lastStatus"], &task["containerInstanceArn"]), (&json!("RUNNING"), &own["containerInstanceArn"]));
    assert_eq!(task["availabilityZone"], "us-east-1b");
    // Its agent comes back as the same container instance; after it was deregistered as another one.
    assert_eq!(join(&mut lab, json!({}))["containerInstanceArn"], own["containerInstanceArn"]);
    let input = json!({ "cluster": "prod", "containerInstance": own["containerInstanceArn"], "force": true });
    ecs(&mut lab, "DeregisterContainerInstance", input);
    assert_ne!(join(&mut lab, json!({}))["containerInstanceArn"], own["containerInstanceArn"]);
}

/// What the call gives stands in place of what the lab's agent would find.
#[test]
fn ci_01_register_container_instance_with_what_is_given() {
    let mut lab = lab();
    let integer = |name: &str, value: u32| json!({ "name": name, "type": "INTEGER", "integerValue": value });
    let set = |name: &str, value: Value| json!({ "name": name, "type": "STRINGSET", "stringSetValue": value });
    let own = join(
        &mut lab,
        json!({
            "totalResources": [integer("CPU", 2048), integer("MEMORY", 3768), set("PORTS", json!(["22", "80"])), set("PORTS_UDP", json!(["53"]))],
            "versionInfo": { "agentVersion": "1.50.0", "agentHash": "f94beb4*", "dockerVersion": "DockerVersion: 20.10.25" },
            "attributes": [{ "name": "com.amazonaws.ecs.capability.docker-remote-api.1.18" }, { "name": "stack", "value": "edge" }],
            "platformDevices": [{ "id": "GPU-a", "type": "GPU" }, { "id": "0", "type": "NEURON_DEVICE" }],
            "tags": [{ "key": "team", "value": "blue" }],
        }),
    );
    assert_eq!(
        (amount(&own, "registeredResources", "CPU"), amount(&own, "remainingResources", "MEMORY")),
        (2048, 3768)
    );
    assert_eq!(ports(&own, "remainingResources", "PORTS"), json!(["22", "80"]));
    assert_eq!(ports(&own, "remainingResources", "PORTS_UDP"), json!(["53"]));
    assert_eq!(ports(&own, "registeredResources", "GPU").as_array().unwrap().len(), 1, "CI-02");
    let version =
        json!({ "agentVersion": "1.50.0", "agentHash": "f94beb4*", "dockerVersion": "DockerVersion: 20.10.25" });
    assert_eq!((&own["versionInfo"], &own["tags"]), (&version, &json!([{ "key": "team", "value": "blue" }])));
    assert_eq!(attribute(&own, "stack"), Some(json!("edge")));
    assert!(attribute(&own, "com.amazonaws.ecs.capability.docker-remote-api.1.18").is_some());
    assert_eq!(attribute(&own, "com.amazonaws.ecs.capability.ecr-auth"), None, "only the capabilities that it names");
    // CI-33 and the tags only where they are asked for.
    let show = |lab: &mut Lab, include: Value| {
        let input =
            json!({ "cluster": "prod", "containerInstances": [own["containerInstanceArn"]], "include": include });
        ecs(lab, "DescribeContainerInstances", input)["containerInstances"][0].clone()
    };
    let plain = show(&mut lab, json!([]));
    assert_eq!((&plain["tags"], plain.get("healthStatus")), (&json!([]), None));
    let whole = show(&mut lab, json!(["TAGS", "CONTAINER_INSTANCE_HEALTH"]));
    assert_eq!((&whole["tags"], &whole["healthStatus"]["overallStatus"]), (&own["tags"], &json!("OK")));
    assert_eq!(whole["healthStatus"]["details"][0]["type"], "CONTAINER_RUNTIME");
}

#[test]
fn ci_20_register_container_instance_refuses() {
    let mut lab = lab();
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "other" }));
    let running = launch(&mut lab, "t3.medium", ZONE_A, 1, "").remove(0);
    let document = |id: &str| json!({ "instanceIdentityDocument": json!({ "instanceId": id }).to_string() });
    let none = "The instance identity document names no EC2 instance.";
    let own = descending(
        &mut lab,
        "RegisterContainerInstance",
        json!({
            "attributes": [{ "name": "a b" }], "tags": [{ "key": "aws:x" }],
            "totalResources": [{ "name": "CPU", "integerValue": -1 }],
        }),
        &[
            (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
            ((INVALID, "Invalid attribute.", true), json!({ "attributes": [{ "name": "stack", "value": "x" }] })),
            ((INVALID, "Tags that begin with aws: are reserved for AWS.", true), json!({ "tags": [] })),
            ((CLIENT, none, true), json!({ "instanceIdentityDocument": "{" })),
            ((CLIENT, none, true), document("mi-00000000")),
            ((CLIENT, none, true), document(&running)),
            ((CLIENT, "The EC2 instance is not running.", true), document("i-00000001")),
            (
                (INVALID, "An amount is missing.", true),
                json!({ "totalResources": [{ "name": "PORTS", "stringSetValue": ["70000"] }] }),
            ),
            ((INVALID, "A port is no number.", true), json!({ "totalResources": [] })),
        ],
    );
    let own = &own["containerInstance"];
    assert_eq!(own["ec2InstanceId"], "i-00000001");
    assert_eq!(attribute(own, "ecs.availability-zone"), None, "the document does not say");
    assert!(own["attributes"].as_array().unwrap().iter().all(|each| each["value"] != ""));
    let mut elsewhere = document("i-00000001");
    elsewhere["cluster"] = json!("other");
    let error = try_ecs(&mut lab, "RegisterContainerInstance", elsewhere).unwrap_err();
    assert_eq!(error.message, "The EC2 instance is registered in another cluster.");
    // One of the lab's own: what the lab knows of it.
    wait(&mut lab, "2m");
    let mut known = document(&running);
    known["cluster"] = json!("prod");
    let again = ecs(&mut lab, "RegisterContainerInstance", known)["containerInstance"].clone();
    assert_eq!((amount(&again, "registeredResources", "CPU"), &again["ec2InstanceId"]), (2048, &json!(running)));
    assert_eq!(instances(&mut lab).len(), 2, "its agent was there before");
}

/// UpdateContainerAgent: what is in the way, then the steps of the update.
#[test]
fn agent_update_step_by_step() {
    let mut lab = world().lab;
    let old = join(
        &mut lab,
        json!({ "instanceIdentityDocument": "{\"instanceId\":\"i-00000001\"}", "versionInfo": { "agentVersion": "1.9.0" } }),
    );
    let newest = join(&mut lab, json!({ "instanceIdentityDocument": "{\"instanceId\":\"i-00000002\"}" }));
    let unknown =
        join(&mut lab, json!({ "instanceIdentityDocument": "{\"instanceId\":\"i-00000003\"}", "versionInfo": {} }));
    let windows = join(
        &mut lab,
        json!({ "instanceIdentityDocument": "{\"instanceId\":\"i-00000004\"}", "attributes": [{ "name": "ecs.os-type", "value": "windows" }] }),
    );
    let external = json!({ "cpus": 1, "memory": 512, "cluster": "prod" });
    let external = lab.apply(Command::Api(ApiCall::new("lab", "External", external))).unwrap().reply;
    let name = |own: &Value| json!({ "containerInstance": own["containerInstanceArn"] });
    let linux = "UpdateContainerAgent is for Linux container instances in EC2 alone.";
    let answer = descending(
        &mut lab,
        "UpdateContainerAgent",
        json!({ "cluster": "absent", "containerInstance": "absent" }),
        &[
            (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
            ((CLIENT, "The referenced container instance was not found.", true), name(&external)),
            ((CLIENT, linux, true), name(&windows)),
            ((CLIENT, linux, true), name(&unknown)),
            (
                (
                    "MissingVersionException",
                    "Amazon ECS can't determine the current version of the container agent.",
                    true,
                ),
                name(&newest),
            ),
            (
                ("NoUpdateAvailableException", "There is no update available for your container agent.", false),
                name(&old),
            ),
        ],
    );
    assert_eq!(answer["containerInstance"]["agentUpdateStatus"], "PENDING");
    let input = json!({ "cluster": "prod", "containerInstance": old["containerInstanceArn"] });
    assert_eq!(try_ecs(&mut lab, "UpdateContainerAgent", input.clone()).unwrap_err().code, "UpdateInProgressException");
    let mut seen = Vec::new();
    for _ in 0..6 {
        let input = json!({ "cluster": "prod", "containerInstances": [old["containerInstanceArn"]] });
        let own = ecs(&mut lab, "DescribeContainerInstances", input)["containerInstances"][0].clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        seen.push((text(&own["agentUpdateStatus"]), text(&own["versionInfo"]["agentVersion"])));
        wait(&mut lab, "10s");
    }
    let (before, after) = ("1.9.0", "1.105.1");
    let expected = [
        ("PENDING", before),
        ("STAGING", before),
        ("STAGED", before),
        ("UPDATING", before),
        ("UPDATED", after),
        ("UPDATED", after),
    ];
    assert_eq!(seen, expected.map(|(status, version)| (status.to_string(), version.to_string())));
    assert_eq!(try_ecs(&mut lab, "UpdateContainerAgent", input).unwrap_err().code, "NoUpdateAvailableException");
}

/// 6.12: a standalone task cannot be protected.
#[test]
fn protection_6_12_is_for_tasks_of_a_service() {
    let mut world = world();
    let id = "0".repeat(32);
    let task = world.task["taskArn"].clone();
    let answer = descending(
        &mut world.lab,
        "UpdateTaskProtection",
        json!({ "cluster": "absent", "tasks": [], "protectionEnabled": true, "expiresInMinutes": 0 }),
        &[
            (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
            ((INVALID, "Tasks cannot be empty.", false), json!({ "tasks": vec![id.clone(); 11] })),
            ((INVALID, "Tasks can have at most 10 items.", true), json!({ "tasks": [id, task] })),
            ((INVALID, "expiresInMinutes should be between 1 and 2880.", true), json!({ "expiresInMinutes": 2881 })),
            ((INVALID, "expiresInMinutes should be between 1 and 2880.", true), json!({ "expiresInMinutes": 2880 })),
        ],
    );
    let arn = format!("arn:aws:ecs:us-east-1:123456789012:task/prod/{id}");
    let failures = json!([{ "arn": arn, "reason": "MISSING" }, { "arn": task, "reason": "TASK_NOT_VALID" }]);
    let expected = json!({ "protectedTasks": [], "failures": failures });
    assert_eq!(answer, expected);
    let get = |lab: &mut Lab, tasks: Value| ecs(lab, "GetTaskProtection", json!({ "cluster": "prod", "tasks": tasks }));
    assert_eq!(get(&mut world.lab, json!([id, task])), expected);
    assert_eq!(get(&mut world.lab, json!([])), json!({ "protectedTasks": [], "failures": [] }));
    let many = json!({ "cluster": "prod", "tasks": vec!["x"; 101] });
    assert_eq!(
        try_ecs(&mut world.lab, "GetTaskProtection", many).unwrap_err().message,
        "Tasks can have at most 100 items."
    );
}

/// Each partition and Region has its own names.
#[test]
fn agents_poll_the_region() {
    let lab = lab();
    let reply = lab.read(&ApiCall::new("ecs", "DiscoverPollEndpoint", json!({ "cluster": "prod" }))).unwrap();
    for name in ["endpoint", "telemetryEndpoint", "serviceConnectEndpoint"] {
        let text = reply[name].as_str().unwrap();
        assert!(text.starts_with("https://ecs-") && text.contains(".us-east-1.amazonaws.com"), "{name}: {text}");
    }
    assert!(ApiCall::new("ecs", "DiscoverPollEndpoint", json!({})).only_looks());
}
