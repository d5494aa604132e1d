//! Tags of every kind of resource (3.2, 6.11), and where else they come from.

use super::strict::{World, world};
use super::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

const MISSING: &str = "The specified resource wasn't found.";
const RESERVED: &str = "Tags that begin with aws: are reserved for AWS.";

fn tags_of(lab: &mut Lab, arn: &Value) -> Value {
    ecs(lab, "ListTagsForResource", json!({ "resourceArn": arn }))["tags"].clone()
}

/// Each kind of resource takes tags, shows them and loses them; a key again replaces its value.
#[test]
fn tags_3_2_of_every_kind_of_resource() {
    let World { mut lab, instance, outside, task, fargate, .. } = world();
    let arn = |rest: &str| json!(format!("arn:aws:ecs:us-east-1:123456789012:{rest}"));
    for (arn, before) in [
        (arn("cluster/prod"), json!([])),
        (instance, json!([])),
        (outside, json!([{ "key": "team", "value": "blue" }])),
        (
            task["taskArn"].clone(),
            json!([{ "key": "team", "value": "blue" }, { "key": "aws:ecs:clusterName", "value": "prod" }]),
        ),
        (fargate["taskArn"].clone(), json!([{ "key": "team", "value": "blue" }])),
        (arn("task-definition/web:1"), json!([])),
        (arn("task-definition/old:1"), json!([])),
        (arn("capacity-provider/own"), json!([{ "key": "team", "value": "blue" }])),
    ] {
        assert_eq!(tags_of(&mut lab, &arn), before, "{arn}");
        let tags = json!([{ "key": "a" }, { "key": "team", "value": "red" }]);
        assert_eq!(ecs(&mut lab, "TagResource", json!({ "resourceArn": arn, "tags": tags })), json!({}));
        let held = tags_of(&mut lab, &arn);
        let find =
            |key: &str| held.as_array().unwrap().iter().find(|tag| tag["key"] == key).map(|tag| tag["value"].clone());
        assert_eq!((find("a"), find("team")), (Some(json!("")), Some(json!("red"))), "{arn}");
        assert_eq!(
            ecs(&mut lab, "UntagResource", json!({ "resourceArn": arn, "tagKeys": ["a", "team", "none"] })),
            json!({})
        );
        let own: Vec<Value> = before.as_array().unwrap().iter().filter(|tag| tag["key"] != "team").cloned().collect();
        assert_eq!(tags_of(&mut lab, &arn), json!(own), "{arn}: only AWS's own stay");
    }
}

#[test]
fn tags_3_2_tag_resource_refuses() {
    let World { mut lab, instance, task, .. } = world();
    let invalid = "InvalidParameterException";
    let arn = |rest: &str| json!({ "resourceArn": format!("arn:aws:ecs:us-east-1:123456789012:{rest}") });
    let long = "Long arn format must be used for tagging operations";
    let inactive = "The specified cluster is inactive. Specify an active cluster and try again.";
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "gone" }));
    ecs(&mut lab, "DeleteCluster", json!({ "cluster": "gone" }));
    let over: Vec<Value> = (0..51).map(|n| json!({ "key": format!("k{n}") })).collect();
    let many: Vec<Value> = (0..50).map(|n| json!({ "key": format!("k{n}") })).collect();
    let id = "0".repeat(32);
    let whole = "expected an ARN such as arn:aws:ecs:us-east-1:123456789012:cluster/default";
    let lost = ("ResourceNotFoundException", MISSING, true);
    descending(
        &mut lab,
        "TagResource",
        json!({ "resourceArn": "prod", "tags": [{ "key": "aWs:x" }] }),
        &[
            ((invalid, whole, true), arn(&format!("task/{id}"))),
            ((invalid, long, false), arn(&format!("container-instance/{id}"))),
            ((invalid, long, false), arn("service/web")),
            ((invalid, long, false), arn("cluster/absent")),
            (("ClusterNotFoundException", "Cluster not found.", false), arn("cluster/gone")),
            ((invalid, inactive, false), arn(&format!("task/gone/{id}"))),
            ((invalid, inactive, false), arn(&format!("task/prod/{id}"))),
            (lost, arn(&format!("container-instance/prod/{id}"))),
            (lost, arn("task-definition/absent:1")),
            (lost, arn("task-definition/web:9")),
            (lost, arn("capacity-provider/FARGATE")),
            (lost, json!({ "resourceArn": task["taskArn"] })),
            ((invalid, RESERVED, true), json!({ "tags": [{ "key": "a", "value": "AWS:b" }] })),
            ((invalid, RESERVED, true), json!({ "tags": [{ "value": "b" }] })),
            ((invalid, "A tag must have a key.", true), json!({ "tags": [{ "key": "a" }, { "key": "a" }] })),
            ((invalid, "The same tag key is given more than once.", true), json!({ "tags": many })),
            // It has one of its own beside AWS's, which does not count.
            ((invalid, "A resource can have at most 50 tags.", true), json!({ "tags": many[1..] })),
        ],
    );
    let held = tags_of(&mut lab, &task["taskArn"]);
    assert_eq!(held.as_array().unwrap().len(), 51);
    let error = try_ecs(&mut lab, "TagResource", json!({ "resourceArn": task["taskArn"], "tags": over })).unwrap_err();
    assert_eq!(error.code, invalid, "all in one call");
    // ListTagsForResource has no ResourceNotFoundException in the model.
    let error = try_ecs(&mut lab, "ListTagsForResource", arn("capacity-provider/absent")).unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), (invalid, MISSING));
    let keys = json!({ "resourceArn": task["taskArn"], "tagKeys": ["a", "aws:ecs:clusterName"] });
    assert_eq!(try_ecs(&mut lab, "UntagResource", keys).unwrap_err().message, RESERVED);
    // What is over has no tags to write.
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    wait(&mut lab, "5m");
    ecs(
        &mut lab,
        "DeregisterContainerInstance",
        json!({ "cluster": "prod", "containerInstance": instance, "force": true }),
    );
    let stopped = "The specified task is stopped. Specify a running task and try again.";
    for (arn, refusal) in [(&task["taskArn"], (invalid, stopped, false)), (&instance, lost)] {
        let error = try_ecs(&mut lab, "TagResource", json!({ "resourceArn": arn, "tags": [] })).unwrap_err();
        assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), refusal, "{arn}");
    }
}

/// Every request that makes something holds its tags to the same rules.
#[test]
fn tags_3_2_of_requests_that_make_something() {
    let mut world = world();
    let far = json!({ "awsvpcConfiguration": { "subnets": ["subnet-12345678"] } });
    for (operation, input) in [
        ("CreateCluster", json!({ "clusterName": "test" })),
        (
            "CreateCapacityProvider",
            json!({ "name": "new", "autoScalingGroupProvider": { "autoScalingGroupArn": super::strict::group("x") } }),
        ),
        (
            "RegisterTaskDefinition",
            json!({ "family": "new", "containerDefinitions": [{ "name": "a", "image": "b", "memory": 64 }] }),
        ),
        (
            "RunTask",
            json!({ "cluster": "prod", "taskDefinition": "far", "launchType": "FARGATE", "networkConfiguration": far }),
        ),
        ("StartTask", json!({ "cluster": "prod", "taskDefinition": "web", "containerInstances": [world.instance] })),
        (
            "RegisterContainerInstance",
            json!({ "cluster": "prod", "instanceIdentityDocument": "{\"instanceId\":\"i-00000001\"}" }),
        ),
    ] {
        let mut input = input.clone();
        for (tags, message) in [
            (json!([{ "key": "aws:a" }]), RESERVED),
            (json!([{ "key": "a" }, { "key": "a" }]), "The same tag key is given more than once."),
        ] {
            input["tags"] = tags;
            let error = try_ecs(&mut world.lab, operation, input.clone()).expect_err(operation);
            assert_eq!(
                (error.code.as_ref(), error.message.as_str()),
                ("InvalidParameterException", message),
                "{operation}"
            );
        }
    }
}

/// propagateTags and enableECSManagedTags: the request's tags lie over the definition's; without `include` none is shown.
#[test]
fn pl_49_where_a_tasks_tags_come_from() {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let tag = |key: &str, value: &str| json!({ "key": key, "value": value });
    let container = json!([{ "name": "app", "image": "nginx", "memory": 64 }]);
    let tags = json!([tag("team", "blue"), tag("tier", "1")]);
    ecs(
        &mut lab,
        "RegisterTaskDefinition",
        json!({ "family": "web", "containerDefinitions": container, "tags": tags }),
    );
    let own = json!([tag("team", "red"), tag("a", "b")]);
    for (extra, expected) in [
        (json!({}), json!([])),
        (json!({ "propagateTags": "NONE" }), json!([])),
        (json!({ "tags": own }), own.clone()),
        (json!({ "propagateTags": "TASK_DEFINITION" }), tags.clone()),
        (
            json!({ "propagateTags": "TASK_DEFINITION", "tags": own }),
            json!([tag("team", "red"), tag("tier", "1"), tag("a", "b")]),
        ),
        (json!({ "enableECSManagedTags": true }), json!([tag("aws:ecs:clusterName", "prod")])),
    ] {
        let task = run(&mut lab, "web", 1, extra.clone())["tasks"][0].clone();
        assert_eq!(task["tags"], expected, "{extra}");
        assert_eq!(describe(&lab, &task)["tags"], json!([]), "{extra}");
        let input = json!({ "cluster": "prod", "tasks": [task["taskArn"]], "include": ["TAGS"] });
        assert_eq!(ecs(&mut lab, "DescribeTasks", input)["tasks"][0]["tags"], expected, "{extra}");
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    }
    let reference = json!({ "cluster": "prod", "taskDefinition": "web", "referenceId": "x".repeat(1025) });
    let error = try_ecs(&mut lab, "RunTask", reference).unwrap_err();
    assert_eq!((error.message.as_str(), error.ours), ("referenceId can be at most 1024 characters.", true));
}

/// 1.4: what an agent's configuration says, at registration; AWS's prefix keeps the instance out of the cluster.
#[test]
fn tags_1_4_of_the_agents_configuration() {
    let mut lab = lab();
    let config = |tags: &str| format!("echo 'ECS_CONTAINER_INSTANCE_TAGS={tags}' >> /etc/ecs/ecs.config");
    launch(&mut lab, "t3.medium", ZONE_A, 1, &config(r#"{"team":"blue","a":""}"#));
    launch(&mut lab, "t3.medium", ZONE_A, 1, &config(r#"{"aws:team":"blue"}"#));
    launch(&mut lab, "t3.medium", ZONE_A, 1, &config("{"));
    wait(&mut lab, "2m");
    let log = lab.facts().find_map(|fact| match &fact.kind {
        ecs_lab::event::FactKind::RegistrationFailed { log, .. } => Some(log.clone()),
        _ => None,
    });
    assert_eq!(log.as_deref(), Some("InvalidParameterException: Tags that begin with aws: are reserved for AWS."));
    let all = instances(&mut lab);
    let tags: Vec<Value> = all.iter().map(|own| tags_of(&mut lab, &own["containerInstanceArn"])).collect();
    let blue = json!([{ "key": "a", "value": "" }, { "key": "team", "value": "blue" }]);
    assert!(tags.len() == 2 && tags.contains(&blue) && tags.contains(&json!([])), "{tags:?}");
}
