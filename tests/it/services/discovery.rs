//! Tasks of services in Cloud Map (SD-01 to SD-03): registered while they run, unhealthy with their container check.

use super::deck::*;
use crate::lab::cloudmap::{found, http, map, private, service as cloud_service};
use crate::lab::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const VPC: &str = "subnet-0ec51ab00000000a0";

/// Two hosts, the namespace `corp.internal`, and of one container that maps port 80: `api` in bridge mode, `own` with
/// awsvpc, `shared` in host mode, `cut` without a network.
fn fleet() -> (Lab, String) {
    let mut lab = on(2);
    for (family, mode) in [("api", "bridge"), ("own", "awsvpc"), ("shared", "host"), ("cut", "none")] {
        let mut container =
            json!({ "name": "app", "image": "nginx:1.27", "memory": 64, "portMappings": [{ "containerPort": 80 }] });
        if mode == "none" {
            container["portMappings"] = json!([]);
        }
        let input = json!({ "family": family, "networkMode": mode, "containerDefinitions": [container] });
        ecs(&mut lab, "RegisterTaskDefinition", input);
    }
    let id = private(&mut lab, "corp.internal");
    (lab, id)
}

/// The members of a service of this definition that are registered there, with more members of the registry.
fn among(family: &str, registry: &Value, more: Value) -> Value {
    let mut own = json!({ "taskDefinition": family, "serviceRegistries": [over(json!({ "registryArn": registry["Arn"] }), more)] });
    if family == "own" {
        own["networkConfiguration"] = json!({ "awsvpcConfiguration": { "subnets": [VPC] } });
    }
    own
}

fn try_create(lab: &mut Lab, desired: u32, extra: Value) -> Result<Value, ApiError> {
    let input = json!({ "cluster": "prod", "serviceName": "web", "desiredCount": desired });
    lab.apply(Command::Api(ApiCall::new("ecs", "CreateService", over(input, extra)))).map(|outcome| outcome.reply)
}

/// The instances of a registry: id and attributes.
fn instances(lab: &mut Lab, registry: &Value) -> Vec<(String, Value)> {
    let reply = map(lab, "ListInstances", json!({ "ServiceId": registry["Id"] }));
    let each = reply["Instances"].as_array().unwrap().iter();
    each.map(|own| (own["Id"].as_str().unwrap().to_string(), own["Attributes"].clone())).collect()
}

fn id_of(task: &Value) -> String {
    task["taskArn"].as_str().unwrap().rsplit_once('/').unwrap().1.to_string()
}

#[test]
fn sd_01_which_registry_goes_with_which_network_mode() {
    let (mut lab, space) = fleet();
    let mesh = http(&mut lab, "mesh");
    let registries = [("a", &["A"][..]), ("srv", &["SRV"]), ("both", &["A", "SRV"])]
        .map(|(name, records)| (name, cloud_service(&mut lab, &space, name, records)));
    let plain = ("http", cloud_service(&mut lab, &mesh, "http", &[]));
    let pair = || json!({ "containerName": "app", "containerPort": 80 });
    let needless = |member: &str| {
        format!(
            "The values specified for serviceRegistries do not require a value for '{member}'. Remove the value and retry. Registry: ARN"
        )
    };
    let named = "When specifying 'host' or 'bridge' for networkMode, values for 'containerName' and 'containerPort' must be specified from the task definition. Registry: ARN";
    let of_a = "The serviceRegistries value is configured to use a type 'A' DNS record, which is not supported when specifying 'host' or 'bridge' for networkMode.";
    let either =
        "Specify a value for either 'port' or the 'containerName' and 'containerPort' combination, but not both";
    let missing = "A service registry with SRV records needs 'port' or 'containerName' and 'containerPort'.";
    for (family, registry, more, expected) in [
        ("own", "a", json!({}), ""),
        ("own", "a", pair(), &*needless("containerPort")),
        ("own", "a", json!({ "port": 80 }), &needless("port")),
        ("own", "srv", pair(), ""),
        ("own", "srv", json!({ "port": 8080 }), ""),
        ("own", "srv", json!({}), missing),
        ("own", "srv", json!({ "port": 80, "containerName": "app" }), either),
        ("own", "srv", json!({ "containerName": "app" }), missing),
        ("own", "both", pair(), ""),
        ("own", "http", json!({}), ""),
        (
            "own",
            "srv",
            json!({ "containerName": "x", "containerPort": 80 }),
            "The container x does not exist in the task definition.",
        ),
        (
            "own",
            "srv",
            json!({ "containerName": "app", "containerPort": 81 }),
            "The container app did not have a container port 81 defined.",
        ),
        ("api", "srv", pair(), ""),
        ("shared", "srv", pair(), ""),
        ("api", "http", pair(), ""),
        ("api", "srv", json!({}), named),
        ("api", "srv", json!({ "port": 80 }), named),
        ("shared", "srv", json!({ "containerName": "app" }), named),
        ("api", "a", pair(), of_a),
        ("shared", "both", pair(), of_a),
        ("cut", "srv", pair(), "Service discovery is not supported with the network mode none."),
    ] {
        let own = registries.iter().chain([&plain]).find(|(name, _)| *name == registry).unwrap().1.clone();
        let mut asked = lab.fork();
        let done = try_create(&mut asked, 1, among(family, &own, more.clone()));
        let message = done.map(|_| String::new()).unwrap_or_else(|error| error.message);
        assert_eq!(message.replace(own["Arn"].as_str().unwrap(), "ARN"), expected, "{family} {registry} {more}");
    }
}

#[test]
fn sd_01_sd_02_errors_of_service_registries() {
    let (mut lab, space) = fleet();
    let a = cloud_service(&mut lab, &space, "a", &["A"]);
    let item = json!({ "registryArn": a["Arn"] });
    let absent = "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-0";
    for (list, desired, expected, ours) in [
        (json!([item, item]), 1, "service registries can have at most 1 items", false),
        (json!([{ "containerName": "app" }]), 1, "registryArn can not be blank.", true),
        (json!([{ "registryArn": absent }]), 1, "The service registry ARN does not exist.", true),
        (json!([item]), 1001, "A service with service discovery can have at most 1000 tasks.", true),
    ] {
        let extra = over(among("own", &a, json!({})), json!({ "serviceRegistries": list }));
        let error = try_create(&mut lab, desired, extra).unwrap_err();
        assert_eq!((error.message.replace(absent, "ARN").as_str(), error.ours), (expected, ours));
        assert_eq!(error.code, "InvalidParameterException");
    }
}

#[test]
fn sd_01_a_task_is_an_instance_while_it_runs() {
    let (mut lab, space) = fleet();
    let a = cloud_service(&mut lab, &space, "a", &["A"]);
    let made = create(&mut lab, 2, among("own", &a, json!({})));
    assert_eq!(made["serviceRegistries"], json!([{ "registryArn": a["Arn"] }]));
    wait(&mut lab, "5s");
    assert_eq!(instances(&mut lab, &a), [], "its tasks do not run yet");
    wait(&mut lab, "1m");
    let running = tasks(&mut lab, "RUNNING");
    let mut expected: Vec<(String, Value)> = running
        .iter()
        .map(|task| {
            let attributes = json!({
                "AWS_INSTANCE_IPV4": task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"],
                "AWS_INIT_HEALTH_STATUS": "HEALTHY",
                "AVAILABILITY_ZONE": task["availabilityZone"],
                "REGION": "us-east-1",
                "ECS_CLUSTER_NAME": "prod",
                "ECS_SERVICE_NAME": "web",
                "ECS_TASK_DEFINITION_FAMILY": "own",
            });
            (id_of(task), attributes)
        })
        .collect();
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(instances(&mut lab, &a), expected);
    // What is to stop leaves before its containers do.
    update(&mut lab, json!({ "desiredCount": 1 }));
    let stopping = tasks(&mut lab, "STOPPED");
    assert_eq!(stopping[0]["containers"][0]["lastStatus"], "RUNNING");
    let left = instances(&mut lab, &a);
    assert!(left.len() == 1 && left[0].0 != id_of(&stopping[0]));
    // A host that is lost takes its task out too; the next one comes in.
    let other = tasks(&mut lab, "RUNNING")[0].clone();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": other["taskArn"] }));
    assert_eq!(instances(&mut lab, &a), []);
    wait(&mut lab, "2m");
    assert_eq!(instances(&mut lab, &a).len(), 1);
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    assert_eq!(instances(&mut lab, &a), []);
    map(&mut lab, "DeleteService", json!({ "Id": a["Id"] }));
}

#[test]
fn sd_01_sd_02_srv_records_lead_to_the_private_address_and_port_of_the_host() {
    for (family, fixed) in [("api", None), ("shared", Some("80"))] {
        let (mut lab, space) = fleet();
        let srv = cloud_service(&mut lab, &space, "srv", &["SRV"]);
        create(&mut lab, 2, among(family, &srv, json!({ "containerName": "app", "containerPort": 80 })));
        wait(&mut lab, "1m");
        let hosts = ec2(&mut lab, "DescribeInstances", json!({}));
        let addresses: Vec<&Value> = hosts["Reservations"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|own| own["Instances"].as_array().unwrap())
            .map(|own| &own["PrivateIpAddress"])
            .collect();
        let all = instances(&mut lab, &srv);
        assert_eq!(all.len(), 2);
        for task in tasks(&mut lab, "RUNNING") {
            let (_, own) = all.iter().find(|(id, _)| *id == id_of(&task)).unwrap();
            assert!(addresses.contains(&&own["AWS_INSTANCE_IPV4"]), "{own}");
            let bound = &task["containers"][0]["networkBindings"][0]["hostPort"];
            let port = fixed.map(String::from).unwrap_or_else(|| bound.to_string());
            assert_eq!(own["AWS_INSTANCE_PORT"], port);
        }
    }
}

#[test]
fn sd_02_hc_03_custom_health_follows_the_container_check() {
    let (mut lab, space) = fleet();
    let check = json!({ "command": ["CMD-SHELL", "true"], "interval": 5, "retries": 1 });
    let container = json!({ "name": "app", "image": "nginx:1.27", "memory": 64, "healthCheck": check });
    ecs(
        &mut lab,
        "RegisterTaskDefinition",
        json!({ "family": "own", "networkMode": "awsvpc", "containerDefinitions": [container] }),
    );
    let a = cloud_service(&mut lab, &space, "a", &["A"]);
    // Nothing takes the place of an unhealthy task while the grace period lasts.
    create(&mut lab, 2, over(among("own", &a, json!({})), json!({ "healthCheckGracePeriodSeconds": 3600 })));
    let mut seen = Vec::new();
    for _ in 0..90 {
        wait(&mut lab, "1s");
        let now: Vec<String> = found(&mut lab, "corp.internal", "a", json!({})).into_iter().map(|own| own.1).collect();
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    assert_eq!(seen.last().unwrap(), &["HEALTHY"; 2], "{seen:?}");
    assert!(seen.iter().any(|own| own.first().is_some_and(|first| first == "UNHEALTHY")), "{seen:?}");
    assert_eq!(instances(&mut lab, &a)[0].1["AWS_INIT_HEALTH_STATUS"], "UNHEALTHY");
    let running = tasks(&mut lab, "RUNNING");
    for (count, task) in running.iter().enumerate() {
        let input = json!({ "healthCheck": { "task": task["taskArn"], "failing": true } });
        lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
        wait(&mut lab, "20s");
        let now = found(&mut lab, "corp.internal", "a", json!({}));
        match count {
            0 => assert!(now.len() == 1 && now[0].0 != id_of(task), "the healthy one alone is found: {now:?}"),
            _ => assert_eq!(now.len(), 2, "all unhealthy, so both"),
        }
    }
}

#[test]
fn sd_03_update_service_changes_the_registry_with_a_deployment() {
    let (mut lab, space) = fleet();
    let [old, new] = ["old", "new"].map(|name| cloud_service(&mut lab, &space, name, &["A"]));
    create(&mut lab, 1, among("own", &old, json!({})));
    wait(&mut lab, "2m");
    assert_eq!(instances(&mut lab, &old).len(), 1);
    update(&mut lab, json!({ "serviceRegistries": [{ "registryArn": new["Arn"] }] }));
    assert_eq!(deployments(&lab).len(), 2);
    wait(&mut lab, "3m");
    assert_eq!((instances(&mut lab, &old).len(), instances(&mut lab, &new).len()), (0, 1));
    // A registry that nobody uses any more may go; one in use is asked for only when it is named anew.
    map(&mut lab, "DeleteService", json!({ "Id": old["Id"] }));
    let gone = json!({ "cluster": "prod", "service": "web", "serviceRegistries": [{ "registryArn": old["Arn"] }] });
    assert_eq!(try_ecs(&mut lab, "UpdateService", gone).unwrap_err().code, "InvalidParameterException");
    let leaving = instances(&mut lab, &new)[0].0.clone();
    map(&mut lab, "DeregisterInstance", json!({ "ServiceId": new["Id"], "InstanceId": leaving }));
    map(&mut lab, "DeleteService", json!({ "Id": new["Id"] }));
    update(&mut lab, json!({ "desiredCount": 2 }));
    wait(&mut lab, "2m");
    assert_eq!(counts(&lab), [2, 2, 0], "its tasks run, and are registered nowhere");
    update(&mut lab, json!({ "serviceRegistries": [], "desiredCount": 1 }));
    wait(&mut lab, "3m");
    assert_eq!(counts(&lab), [1, 1, 0]);
}
