//! Service Connect (SC-01, SC-02) as far as a learner can see it: namespaces, endpoints in Cloud Map, the proxy of a task.

use super::deck::*;
use crate::lab::cloudmap::{found, http, map, try_map};
use crate::lab::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// The definition `own` in awsvpc mode with port 80, named `http`, or with these members of the mapping.
fn define(lab: &mut Lab, family: &str, mode: &str, more: Value) {
    let mapping = over(json!({ "containerPort": 80, "name": "http" }), more);
    let container = json!({ "name": "app", "image": "nginx:1.27", "memory": 64, "portMappings": [mapping] });
    let input = json!({ "family": family, "networkMode": mode, "containerDefinitions": [container] });
    ecs(lab, "RegisterTaskDefinition", input);
}

fn fleet() -> Lab {
    let mut lab = on(2);
    define(&mut lab, "own", "awsvpc", json!({}));
    lab
}

/// The members of a service of `own` with this serviceConnectConfiguration.
fn with(config: Value) -> Value {
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } });
    json!({ "taskDefinition": "own", "networkConfiguration": network, "serviceConnectConfiguration": over(json!({ "enabled": true }), config) })
}

fn try_service(lab: &mut Lab, operation: &str, extra: Value) -> Result<Value, ApiError> {
    let name = if operation == "CreateService" { "serviceName" } else { "service" };
    let input = over(json!({ "cluster": "prod", "desiredCount": 1 }), json!({ name: "web" }));
    lab.apply(Command::Api(ApiCall::new("ecs", operation, over(input, extra)))).map(|outcome| outcome.reply)
}

fn services(lab: &mut Lab) -> Vec<Value> {
    map(lab, "ListServices", json!({}))["Services"].as_array().unwrap().clone()
}

#[test]
fn sc_01_errors_of_service_connect_configuration() {
    let mut lab = fleet();
    http(&mut lab, "mesh");
    for (family, mode) in [("shared", "host"), ("cut", "none")] {
        let mapping = if mode == "none" { json!([]) } else { json!([{ "containerPort": 80, "name": "http" }]) };
        let container = json!({ "name": "app", "image": "nginx:1.27", "memory": 64, "portMappings": mapping });
        ecs(
            &mut lab,
            "RegisterTaskDefinition",
            json!({ "family": family, "networkMode": mode, "containerDefinitions": [container] }),
        );
    }
    let item = |more: Value| json!({ "namespace": "mesh", "services": [over(json!({ "portName": "http" }), more)] });
    let alias = json!({ "port": 80 });
    let invalid = "InvalidParameterException";
    for (extra, code, message, ours) in [
        (with(json!({})), invalid, "Namespace is missing", false),
        (
            with(json!({ "namespace": "absent" })),
            "NamespaceNotFoundException",
            "The specified namespace wasn't found.",
            true,
        ),
        (
            with(item(json!({ "portName": "web" }))),
            invalid,
            "portName(web) does not refer to any named PortMapping in the container definitions",
            false,
        ),
        (
            with(item(json!({ "clientAliases": [alias, alias] }))),
            invalid,
            "2 clientAliases exceeds the max limit of 1",
            false,
        ),
        (
            with(json!({ "namespace": "mesh", "services": [{ "portName": "http" }, { "portName": "http" }] })),
            invalid,
            "discoveryName http is used more than once.",
            true,
        ),
        (
            over(with(item(json!({}))), json!({ "taskDefinition": "shared", "networkConfiguration": null })),
            invalid,
            "Service Connect is not supported with the network mode host.",
            true,
        ),
        (
            over(with(item(json!({}))), json!({ "taskDefinition": "cut", "networkConfiguration": null })),
            invalid,
            "Service Connect is not supported with the network mode none.",
            true,
        ),
        (
            with(item(json!({ "tls": { "issuerCertificateAuthority": {} } }))),
            "UnsupportedFeatureException",
            "ECS Lab does not simulate TLS of Service Connect.",
            true,
        ),
    ] {
        let mut extra = extra;
        if extra["networkConfiguration"].is_null() {
            extra.as_object_mut().unwrap().remove("networkConfiguration");
        }
        let error = try_service(&mut lab, "CreateService", extra).expect_err(message);
        assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), (code, message, ours));
    }
    let long = "x".repeat(128);
    for name in ["Web", "-web", "we b", &long] {
        let error = try_service(&mut lab, "CreateService", with(item(json!({ "discoveryName": name })))).unwrap_err();
        assert_eq!(error.path, "serviceConnectConfiguration.services[0].discoveryName", "{name}");
    }
}

#[test]
fn sc_01_an_endpoint_is_a_service_of_the_namespace_and_each_task_an_instance() {
    let mut lab = fleet();
    let id = http(&mut lab, "mesh");
    let config = json!({ "namespace": "mesh", "services": [{
        "portName": "http", "discoveryName": "web-http", "clientAliases": [{ "port": 80, "dnsName": "web" }],
        "timeout": { "idleTimeoutSeconds": 30 },
    }] });
    let made = create(&mut lab, 2, with(config.clone()));
    let deployment = &made["deployments"][0];
    assert_eq!(deployment["serviceConnectConfiguration"], over(json!({ "enabled": true }), config));
    let resource = &deployment["serviceConnectResources"][0];
    let own = services(&mut lab)[0].clone();
    assert_eq!((&resource["discoveryName"], &resource["discoveryArn"]), (&json!("web-http"), &own["Arn"]));
    assert_eq!(own["Description"], "Managed by arn:aws:ecs:us-east-1:123456789012:service/prod/web");
    assert_eq!(own["Type"], "HTTP");
    let tags = map(&mut lab, "ListTagsForResource", json!({ "ResourceARN": own["Arn"] }));
    assert_eq!(tags["Tags"], json!([{ "Key": "AmazonECSManaged", "Value": "true" }]));
    wait(&mut lab, "2m");
    let listed =
        map(&mut lab, "ListInstances", json!({ "ServiceId": own["Id"] }))["Instances"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    let task = tasks(&mut lab, "RUNNING")
        .into_iter()
        .find(|task| task["taskArn"].as_str().unwrap().ends_with(listed[0]["Id"].as_str().unwrap()))
        .unwrap();
    let by = task["startedBy"].as_str().unwrap();
    assert_eq!(
        listed[0]["Attributes"],
        json!({
            "AWS_INSTANCE_IPV4": task["containers"][1]["networkInterfaces"][0]["privateIpv4Address"],
            "AWS_INSTANCE_PORT": "80",
            "AvailabilityZone": task["availabilityZone"],
            "DeploymentId": format!("arn:aws:ecs:us-east-1:123456789012:task-set/prod/web/{by}"),
            "IdleTimeoutInSeconds": "30",
            "PerRequestTimeoutInSeconds": "0",
        })
    );
    assert_eq!(found(&mut lab, "mesh", "web-http", json!({})).len(), 2);
    // A namespace that is in use stays; the endpoint goes with its service.
    assert_eq!(try_map(&mut lab, "DeleteNamespace", json!({ "Id": id })).unwrap_err().code, "ResourceInUse");
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    wait(&mut lab, "1m");
    assert_eq!(services(&mut lab), [] as [Value; 0]);
    map(&mut lab, "DeleteNamespace", json!({ "Id": id }));
}

#[test]
fn sc_01_the_proxy_stands_beside_the_containers() {
    let mut lab = fleet();
    http(&mut lab, "mesh");
    create(&mut lab, 1, with(json!({ "namespace": "mesh" })));
    wait(&mut lab, "2m");
    let task = tasks(&mut lab, "RUNNING")[0].clone();
    let attachment = &task["attachments"][0];
    assert_eq!((&attachment["type"], &attachment["status"]), (&json!("ServiceConnect"), &json!("ATTACHED")));
    let name = attachment["details"][0]["value"].as_str().unwrap();
    assert_eq!(attachment["details"][0]["name"], "ContainerName");
    assert!(name.starts_with("ecs-service-connect-") && name.len() == 25, "{name}");
    let proxy = &task["containers"][0];
    assert_eq!((&proxy["name"], &proxy["lastStatus"]), (&json!(name), &json!("RUNNING")));
    assert_eq!((&proxy["healthStatus"], proxy.get("image")), (&json!("HEALTHY"), None));
    assert_eq!(task["containers"][1]["name"], "app");
    assert_eq!(task["overrides"]["containerOverrides"][0]["name"], name);
    assert_eq!(task["attachments"][1]["type"], "ElasticNetworkInterface");
    let arn = task["taskArn"].clone();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": arn }));
    wait(&mut lab, "1m");
    let task = describe(&lab, &task);
    assert_eq!(task["containers"][0]["lastStatus"], "STOPPED");
    assert_eq!(task["attachments"][0]["status"], "DELETED");
}

#[test]
fn sc_01_a_name_belongs_to_one_service() {
    let mut lab = fleet();
    let id = http(&mut lab, "mesh");
    let config = || json!({ "namespace": "mesh", "services": [{ "portName": "http" }] });
    create(&mut lab, 1, with(config()));
    wait(&mut lab, "2m");
    let mut other = with(config());
    other["serviceName"] = json!("other");
    let error = try_service(&mut lab, "CreateService", other.clone()).unwrap_err();
    let arn = map(&mut lab, "GetNamespace", json!({ "Id": id }))["Namespace"]["Arn"].as_str().unwrap().to_string();
    assert_eq!((error.message, error.ours), (format!("SC service is already used by {arn}"), false));
    // Its own service may go on with it, and the request that made it may come again.
    let again = over(json!({ "cluster": "prod", "serviceName": "web", "desiredCount": 1 }), with(config()));
    assert_eq!(ecs(&mut lab, "CreateService", again)["service"]["serviceArn"], service(&lab)["serviceArn"]);
    let before = services(&mut lab)[0]["Arn"].clone();
    update(&mut lab, json!({ "forceNewDeployment": true }));
    assert_eq!(service(&lab)["deployments"][0]["serviceConnectResources"][0]["discoveryArn"], before);
    // Without Service Connect the name is free once the last task of before is gone.
    update(&mut lab, json!({ "serviceConnectConfiguration": { "enabled": false } }));
    assert_eq!(service(&lab)["deployments"][0].get("serviceConnectResources"), None);
    assert!(try_service(&mut lab, "CreateService", other.clone()).is_err());
    wait(&mut lab, "5m");
    assert_eq!(services(&mut lab), [] as [Value; 0]);
    try_service(&mut lab, "CreateService", other).unwrap();
}

#[test]
fn sc_01_a_cluster_names_a_namespace_that_is_made_once() {
    let mut lab = fleet();
    let name = |name: &str| json!({ "cluster": "prod", "serviceConnectDefaults": { "namespace": name } });
    let arn = ecs(&mut lab, "UpdateCluster", name("mesh"))["cluster"]["serviceConnectDefaults"]["namespace"].clone();
    let spaces = |lab: &mut Lab| map(lab, "ListNamespaces", json!({}))["Namespaces"].as_array().unwrap().clone();
    let made = spaces(&mut lab);
    assert_eq!(
        (made.len(), &made[0]["Arn"], &made[0]["Name"], &made[0]["Type"]),
        (1, &arn, &json!("mesh"), &json!("HTTP"))
    );
    let again = json!({ "clusterName": "second", "serviceConnectDefaults": { "namespace": "mesh" } });
    let second = ecs(&mut lab, "CreateCluster", again)["cluster"].clone();
    assert_eq!((&second["serviceConnectDefaults"]["namespace"], spaces(&mut lab).len()), (&arn, 1));
    let absent = name("arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-0");
    assert_eq!(try_ecs(&mut lab, "UpdateCluster", absent).unwrap_err().code, "NamespaceNotFoundException");
    // A service that names none takes the cluster's.
    let made = create(&mut lab, 1, with(json!({})));
    assert_eq!(made["deployments"][0]["serviceConnectConfiguration"]["namespace"], arn);
}

#[test]
fn sc_02_protocols_of_an_endpoint_stay() {
    let mut lab = fleet();
    http(&mut lab, "mesh");
    create(&mut lab, 1, with(json!({ "namespace": "mesh", "services": [{ "portName": "http" }] })));
    define(&mut lab, "own", "awsvpc", json!({ "appProtocol": "http2" }));
    let error = try_service(&mut lab, "UpdateService", json!({ "taskDefinition": "own" })).unwrap_err();
    let text = "appProtocol and protocol of the port mapping http can't be changed in a service with Service Connect.";
    assert_eq!((error.message.as_str(), error.ours), (text, true));
    define(&mut lab, "own", "awsvpc", json!({ "containerPort": 81 }));
    update(&mut lab, json!({ "taskDefinition": "own" }));
}

#[test]
fn sc_02_standalone_tasks_have_no_proxy() {
    let mut lab = fleet();
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } });
    let task = run(&mut lab, "own", 1, json!({ "networkConfiguration": network }))["tasks"][0].clone();
    let kinds: Vec<_> = task["attachments"].as_array().unwrap().iter().map(|own| own["type"].clone()).collect();
    assert_eq!((kinds, task["containers"].as_array().unwrap().len()), (vec![json!("ElasticNetworkInterface")], 1));
}

#[test]
fn sc_01_in_bridge_mode_the_instance_is_the_host_and_needs_the_agents_capability() {
    let mut lab = fleet();
    http(&mut lab, "mesh");
    define(&mut lab, "bridged", "bridge", json!({}));
    let config = json!({ "enabled": true, "namespace": "mesh", "services": [{ "portName": "http" }] });
    create(&mut lab, 1, json!({ "taskDefinition": "bridged", "serviceConnectConfiguration": config }));
    wait(&mut lab, "1m");
    let task = tasks(&mut lab, "RUNNING")[0].clone();
    let own = services(&mut lab)[0]["Id"].clone();
    let listed = map(&mut lab, "ListInstances", json!({ "ServiceId": own }))["Instances"][0].clone();
    let bound = &task["containers"][1]["networkBindings"][0]["hostPort"];
    assert_eq!(listed["Attributes"]["AWS_INSTANCE_PORT"], bound.to_string());
    assert_eq!(task["attachments"][0]["type"], "ServiceConnect");
}

/// What a namespace holds at most, over all clusters; who is in it may be changed still.
#[test]
fn quota_6_11_of_services_in_a_namespace() {
    let mut lab = fleet();
    http(&mut lab, "mesh");
    http(&mut lab, "other");
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "second" }));
    let service = |cluster: &str, name: &str, namespace: &str| {
        let extra = with(json!({ "namespace": namespace }));
        over(json!({ "cluster": cluster, "serviceName": name, "desiredCount": 0 }), extra)
    };
    for number in 0..300 {
        let cluster = if number % 2 == 0 { "prod" } else { "second" };
        ecs(&mut lab, "CreateService", service(cluster, &format!("s{number}"), "mesh"));
    }
    let error = try_ecs(&mut lab, "CreateService", service("prod", "more", "mesh")).unwrap_err();
    assert_eq!(
        (error.code.as_ref(), error.message.as_ref(), error.path.as_str()),
        (
            "InvalidParameterException",
            "A namespace can have at most 300 services.",
            "serviceConnectConfiguration.namespace"
        )
    );
    ecs(&mut lab, "CreateService", service("prod", "more", "other"));
    let into =
        |service: &str| over(with(json!({ "namespace": "mesh" })), json!({ "cluster": "prod", "service": service }));
    assert_eq!(try_ecs(&mut lab, "UpdateService", into("more")).unwrap_err().message, error.message);
    ecs(&mut lab, "UpdateService", into("s0"));
    ecs(&mut lab, "DeleteService", json!({ "cluster": "second", "service": "s1", "force": true }));
    ecs(&mut lab, "UpdateService", into("more"));
}
