//! Every answer holds to the public service model: no unknown member, right types and required members. The tests of the
//! endpoint hold enums too.

use super::support::*;
use ecs_lab::aws::{check, model};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// A world with something of everything, and in `names` what tests of single operations need of it.
pub struct World {
    pub lab: Lab,
    pub instance: Value,
    pub outside: Value,
    pub task: Value,
    pub fargate: Value,
    pub deployment: Value,
    pub revision: Value,
    pub set: Value,
    /// A service deployment that is paused, and the hook.
    pub paused: [Value; 2],
}

pub const IDENTITY: &str = r#"{"instanceId":"i-1234567890abcdef0","instanceType":"t2.micro","availabilityZone":"us-east-1b","imageId":"ami-0123456789abcdef0","region":"us-east-1","accountId":"123456789012"}"#;

pub const GROUP: &str = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:57ffcb94-11f0-4d6d-bf60-3bac5EXAMPLE:autoScalingGroupName/MyASG";

/// The ARN of another group that the lab does not hold.
pub fn group(name: &str) -> String {
    GROUP.replace("MyASG", name)
}

/// Two instances of the lab, one outside of AWS, one that the lab does not hold; tasks that run, that stopped and on
/// Fargate; ACTIVE, INACTIVE and dying definitions; a capacity provider, tags and settings.
pub fn world() -> World {
    let mut lab = lab();
    let mesh = ApiCall::new("servicediscovery", "CreateHttpNamespace", json!({ "Name": "mesh" }));
    lab.apply(Command::Api(mesh)).unwrap();
    launch(&mut lab, "t3.medium", ZONE_A, 2, "");
    wait(&mut lab, "2m");
    let tags = json!([{ "key": "team", "value": "blue" }]);
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80 }] }));
    ecs(
        &mut lab,
        "RegisterTaskDefinition",
        json!({
            "family": "far", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
            "memory": "512", "tags": tags, "containerDefinitions": [{ "name": "app", "image": "nginx" }],
        }),
    );
    register(&mut lab, "old", json!({}));
    register(&mut lab, "old", json!({}));
    ecs(&mut lab, "DeregisterTaskDefinition", json!({ "taskDefinition": "old:1" }));
    ecs(&mut lab, "DeregisterTaskDefinition", json!({ "taskDefinition": "old:2" }));
    ecs(&mut lab, "DeleteTaskDefinitions", json!({ "taskDefinitions": ["old:2"] }));
    lab.apply(Command::Api(ApiCall::new("lab", "External", json!({ "cpus": 4, "memory": 8192, "cluster": "prod" }))))
        .unwrap();
    let input = json!({ "cluster": "prod", "instanceIdentityDocument": IDENTITY, "tags": tags });
    let outside =
        ecs(&mut lab, "RegisterContainerInstance", input)["containerInstance"]["containerInstanceArn"].clone();
    let group = json!({ "autoScalingGroupArn": GROUP });
    ecs(&mut lab, "CreateCapacityProvider", json!({ "name": "own", "autoScalingGroupProvider": group, "tags": tags }));
    let fargate = json!({ "awsvpcConfiguration": { "subnets": ["subnet-12345678"] } });
    let input = json!({ "launchType": "FARGATE", "networkConfiguration": fargate, "propagateTags": "TASK_DEFINITION" });
    let fargate = run(&mut lab, "far", 1, input)["tasks"][0].clone();
    let channels = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "ssmmessages:*", "Resource": "*" },
    ] });
    let policy = json!({ "RoleName": "ecsInstanceRole", "PolicyName": "exec", "PolicyDocument": channels.to_string() });
    lab.apply(Command::Api(ApiCall::new("iam", "PutRolePolicy", policy))).unwrap();
    let more = json!({ "enableECSManagedTags": true, "enableExecuteCommand": true, "tags": tags });
    let tasks = run(&mut lab, "web", 3, more)["tasks"].clone();
    wait(&mut lab, "2m");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": tasks[1]["taskArn"] }));
    wait(&mut lab, "2m");
    let instance = tasks[0]["containerInstanceArn"].clone();
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-12345678"] } });
    let input = json!({
        "cluster": "prod", "serviceName": "shop", "taskDefinition": "far", "desiredCount": 1, "launchType": "FARGATE",
        "networkConfiguration": network, "propagateTags": "SERVICE", "tags": tags,
    });
    ecs(&mut lab, "CreateService", input);
    wait(&mut lab, "5m");
    let update = json!({ "cluster": "prod", "service": "shop", "forceNewDeployment": true });
    let service = ecs(&mut lab, "UpdateService", update)["service"].clone();
    let (deployment, revision) =
        (service["currentServiceDeployment"].clone(), service["currentServiceRevisions"][1]["arn"].clone());
    let controller = json!({ "type": "EXTERNAL" });
    let input =
        json!({ "cluster": "prod", "serviceName": "sets", "desiredCount": 1, "deploymentController": controller });
    ecs(&mut lab, "CreateService", input);
    let input = json!({ "cluster": "prod", "service": "sets", "taskDefinition": "web" });
    let set = ecs(&mut lab, "CreateTaskSet", input)["taskSet"]["id"].clone();
    let hook = json!({ "targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"] });
    let config = json!({ "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1, "lifecycleHooks": [hook] });
    let input = json!({
        "cluster": "prod", "serviceName": "held", "taskDefinition": "web", "desiredCount": 1, "deploymentConfiguration": config,
    });
    let held = ecs(&mut lab, "CreateService", input)["service"]["currentServiceDeployment"].clone();
    wait(&mut lab, "1s");
    let shown = ecs(&mut lab, "DescribeServiceDeployments", json!({ "serviceDeploymentArns": [held] }));
    let hook = shown["serviceDeployments"][0]["lifecycleHookDetails"][0]["hookId"].clone();
    let paused = [held, hook];
    World { lab, instance, outside, task: tasks[0].clone(), fargate, deployment, revision, set, paused }
}

/// For each operation an input that it takes, in an order in which all succeed.
pub fn accepted(world: &World) -> Vec<(&'static str, Value)> {
    let World { instance, outside, task, fargate, deployment, revision, set, paused, .. } = world;
    let task = &task["taskArn"];
    let prod = |mut input: Value| {
        input["cluster"] = json!("prod");
        input
    };
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-12345678"] } });
    let group = json!({ "autoScalingGroupArn": group("another"), "managedScaling": { "status": "ENABLED", "targetCapacity": 90 } });
    vec![
        ("CreateCluster", json!({ "clusterName": "test", "capacityProviders": ["FARGATE"], "tags": [{ "key": "a" }] })),
        (
            "UpdateCluster",
            json!({ "cluster": "prod", "configuration": { "executeCommandConfiguration": { "logging": "NONE" } }, "serviceConnectDefaults": { "namespace": "net" } }),
        ),
        ("UpdateClusterSettings", prod(json!({ "settings": [{ "name": "containerInsights", "value": "enhanced" }] }))),
        (
            "PutClusterCapacityProviders",
            prod(json!({ "capacityProviders": ["FARGATE", "own"], "defaultCapacityProviderStrategy": [] })),
        ),
        (
            "CreateCapacityProvider",
            json!({ "name": "second", "autoScalingGroupProvider": group, "tags": [{ "key": "a", "value": "b" }] }),
        ),
        (
            "UpdateCapacityProvider",
            json!({ "name": "second", "autoScalingGroupProvider": { "managedDraining": "DISABLED" } }),
        ),
        ("DescribeCapacityProviders", json!({ "include": ["TAGS"] })),
        (
            "DescribeCapacityProviders",
            json!({ "capacityProviders": ["second", "absent", "FARGATE_SPOT"], "maxResults": 1 }),
        ),
        ("DeleteCapacityProvider", json!({ "capacityProvider": "own" })),
        ("DeleteCapacityProvider", json!({ "capacityProvider": "second" })),
        (
            "DescribeClusters",
            json!({ "clusters": ["prod", "absent", "test"], "include": ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"] }),
        ),
        ("ListClusters", json!({ "maxResults": 1 })),
        (
            "RegisterTaskDefinition",
            json!({ "family": "new", "tags": [{ "key": "a" }], "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 64 }] }),
        ),
        ("DescribeTaskDefinition", json!({ "taskDefinition": "old:2", "include": ["TAGS"] })),
        ("ListTaskDefinitions", json!({ "maxResults": 1 })),
        ("ListTaskDefinitionFamilies", json!({ "maxResults": 1 })),
        ("DeregisterTaskDefinition", json!({ "taskDefinition": "new:1" })),
        ("DeleteTaskDefinitions", json!({ "taskDefinitions": ["new:1", "web:1", "absent:1", "web"] })),
        (
            "RegisterContainerInstance",
            prod(json!({
                "instanceIdentityDocument": "{\"instanceId\":\"i-0a1b2c3d\"}", "tags": [{ "key": "a" }],
                "totalResources": [{ "name": "CPU", "type": "INTEGER", "integerValue": 2048 }, { "name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"] }],
                "versionInfo": { "agentVersion": "1.50.0", "agentHash": "abc", "dockerVersion": "DockerVersion: 20" },
                "attributes": [{ "name": "stack", "value": "edge" }, { "name": "ecs.capability.task-eni" }],
                "platformDevices": [{ "id": "GPU-1", "type": "GPU" }],
            })),
        ),
        (
            "DescribeContainerInstances",
            prod(
                json!({ "containerInstances": [instance, outside, "absent"], "include": ["TAGS", "CONTAINER_INSTANCE_HEALTH"] }),
            ),
        ),
        ("ListContainerInstances", prod(json!({ "maxResults": 1, "status": "ACTIVE" }))),
        ("UpdateContainerInstancesState", prod(json!({ "containerInstances": [outside], "status": "DRAINING" }))),
        ("PutAttributes", prod(json!({ "attributes": [{ "name": "stack", "value": "prod", "targetId": instance }] }))),
        ("ListAttributes", prod(json!({ "targetType": "container-instance", "maxResults": 3 }))),
        ("DeleteAttributes", prod(json!({ "attributes": [{ "name": "stack", "targetId": instance }] }))),
        ("DiscoverPollEndpoint", prod(json!({ "containerInstance": instance }))),
        ("PutAccountSetting", json!({ "name": "containerInsights", "value": "enabled" })),
        ("PutAccountSettingDefault", json!({ "name": "awsvpcTrunking", "value": "enabled" })),
        ("ListAccountSettings", json!({ "effectiveSettings": true })),
        ("DeleteAccountSetting", json!({ "name": "containerInsights" })),
        ("RunTask", prod(json!({ "taskDefinition": "web", "count": 2, "startedBy": "me" }))),
        ("RunTask", prod(json!({ "taskDefinition": "far", "launchType": "FARGATE", "networkConfiguration": network }))),
        ("StartTask", prod(json!({ "taskDefinition": "web", "containerInstances": [instance, "absent"] }))),
        ("DescribeTasks", prod(json!({ "tasks": [task, "absent", fargate["taskArn"]], "include": ["TAGS"] }))),
        ("ListTasks", prod(json!({ "maxResults": 1 }))),
        ("GetTaskProtection", prod(json!({ "tasks": [task, "absent"] }))),
        ("UpdateTaskProtection", prod(json!({ "tasks": [task], "protectionEnabled": true, "expiresInMinutes": 5 }))),
        (
            "CreateTaskSet",
            prod(
                json!({ "service": "sets", "taskDefinition": "web", "externalId": "x", "scale": { "value": 0.0, "unit": "PERCENT" } }),
            ),
        ),
        (
            "UpdateTaskSet",
            prod(json!({ "service": "sets", "taskSet": set, "scale": { "value": 0.0, "unit": "PERCENT" } })),
        ),
        ("UpdateServicePrimaryTaskSet", prod(json!({ "service": "sets", "primaryTaskSet": set }))),
        ("DescribeTaskSets", prod(json!({ "service": "sets", "taskSets": [set, "absent"], "include": ["TAGS"] }))),
        ("DeleteTaskSet", prod(json!({ "service": "sets", "taskSet": set, "force": true }))),
        (
            "CreateService",
            prod(json!({
                "serviceName": "site", "taskDefinition": "web", "desiredCount": 1, "launchType": "EC2",
                "schedulingStrategy": "REPLICA", "deploymentConfiguration": { "maximumPercent": 150 },
            })),
        ),
        ("UpdateService", prod(json!({ "service": "site", "desiredCount": 2, "forceNewDeployment": true }))),
        ("DescribeServices", prod(json!({ "services": ["site", "shop", "absent"], "include": ["TAGS"] }))),
        ("ListServices", prod(json!({ "maxResults": 1 }))),
        ("ListServicesByNamespace", json!({ "namespace": "mesh", "maxResults": 1 })),
        ("ListServiceDeployments", prod(json!({ "service": "shop", "maxResults": 1 }))),
        ("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [deployment, "absent"] })),
        ("DescribeServiceRevisions", json!({ "serviceRevisionArns": [revision] })),
        ("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [paused[0]] })),
        ("ContinueServiceDeployment", json!({ "serviceDeploymentArn": paused[0], "hookId": paused[1] })),
        ("StopServiceDeployment", json!({ "serviceDeploymentArn": deployment, "stopType": "ROLLBACK" })),
        ("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [deployment] })),
        ("DeleteService", prod(json!({ "service": "site", "force": true }))),
        ("DescribeServices", prod(json!({ "services": ["site"] }))),
        ("TagResource", json!({ "resourceArn": task, "tags": [{ "key": "a", "value": "b" }] })),
        ("ListTagsForResource", json!({ "resourceArn": task })),
        ("UntagResource", json!({ "resourceArn": task, "tagKeys": ["a"] })),
        (
            "ExecuteCommand",
            prod(json!({ "task": task, "container": "app", "command": "/bin/sh", "interactive": true })),
        ),
        ("StopTask", prod(json!({ "task": task, "reason": "enough" }))),
        ("DeregisterContainerInstance", prod(json!({ "containerInstance": instance, "force": true }))),
        ("DeleteCluster", json!({ "cluster": "test" })),
    ]
}

/// Issue 4: every operation that is simulated is asked once at least, and each answer holds to its shape.
#[test]
fn every_answer_holds_to_the_model() {
    let mut world = world();
    let mut left: Vec<&str> = model::operations("ecs").map(|operation| operation.name).collect();
    let mut all = accepted(&world);
    // An agent that is older than the lab's.
    let old = json!({
        "cluster": "prod", "instanceIdentityDocument": "{\"instanceId\":\"i-00000001\"}",
        "versionInfo": { "agentVersion": "1.9.0" },
    });
    let arn =
        ecs(&mut world.lab, "RegisterContainerInstance", old)["containerInstance"]["containerInstanceArn"].clone();
    all.push(("UpdateContainerAgent", json!({ "cluster": "prod", "containerInstance": arn })));
    all.push(("DescribeContainerInstances", json!({ "cluster": "prod", "containerInstances": [arn] })));
    for (name, input) in all {
        let reply = ecs(&mut world.lab, name, input);
        let operation = model::operation("ecs", name).unwrap();
        let faults: Vec<String> =
            check::check_shape(operation.output, &reply).iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}\n{reply:#}");
        for list in reply.as_object().unwrap().values().filter_map(Value::as_array) {
            assert!(!list.iter().any(Value::is_null), "{name}: a null in a list");
        }
        left.retain(|own| *own != name);
    }
    assert_eq!(left, [""; 0], "not asked");
}

/// The check itself can fail.
#[test]
fn an_answer_that_does_not_hold_is_found() {
    let operation = model::operation("ecs", "RunTask").unwrap();
    for reply in
        [json!({ "task": [] }), json!({ "tasks": [{ "launchType": "EC3" }] }), json!({ "tasks": [{ "version": "1" }] })]
    {
        assert_eq!(check::check_shape(operation.output, &reply).len(), 1, "{reply}");
    }
}
