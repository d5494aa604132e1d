//! Task sets of services whose deployments somebody else controls (6.7, CDP-05).

use super::balanced::{behind, delay};
use super::deck::*;
use super::shifts::stage;
use crate::lab::elb::health;
use crate::lab::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

/// Three hosts and an EXTERNAL service that wants so many tasks.
fn external(desired: u32) -> Lab {
    let mut lab = on(3);
    let input = json!({
        "cluster": "prod", "serviceName": "web", "desiredCount": desired, "deploymentController": { "type": "EXTERNAL" },
    });
    ecs(&mut lab, "CreateService", input);
    lab
}

fn input(extra: Value) -> Value {
    over(json!({ "cluster": "prod", "service": "web" }), extra)
}

/// CreateTaskSet of `web` at a scale.
fn add(lab: &mut Lab, scale: f64, extra: Value) -> Value {
    let own = json!({ "taskDefinition": "web", "scale": { "value": scale, "unit": "PERCENT" } });
    ecs(lab, "CreateTaskSet", input(over(own, extra)))["taskSet"].clone()
}

/// Each task set: status, computed, running and pending count, stabilityStatus.
fn sets(lab: &Lab) -> Vec<String> {
    let each = |own: &Value| {
        let [computed, running, pending] =
            ["computedDesiredCount", "runningCount", "pendingCount"].map(|member| own[member].as_u64().unwrap());
        let text = |member: &str| own[member].as_str().unwrap().to_string();
        format!("{} {computed}/{running}/{pending} {}", text("status"), text("stabilityStatus"))
    };
    service(lab)["taskSets"].as_array().unwrap().iter().map(each).collect()
}

fn refused(lab: &mut Lab, operation: &str, input: Value) -> ApiError {
    try_ecs(lab, operation, input).unwrap_err()
}

#[test]
fn cdp_05_task_sets_from_the_first_to_the_next() {
    let mut lab = external(3);
    let shown = service(&lab);
    assert_eq!(
        (&shown["deployments"], &shown["taskSets"], &shown["taskDefinition"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    assert_eq!(shown["deploymentController"]["type"], "EXTERNAL");
    // AWS's own example: 40 % of 3 is 2.
    let first = add(&mut lab, 40.0, json!({ "externalId": "blue" }));
    assert_eq!(
        (&first["computedDesiredCount"], &first["externalId"], &first["status"]),
        (&json!(2), &json!("blue"), &json!("ACTIVE"))
    );
    assert_eq!(sets(&lab), ["ACTIVE 2/0/2 STABILIZING"]);
    wait(&mut lab, "1m");
    assert_eq!(sets(&lab), ["ACTIVE 2/2/0 STEADY_STATE"]);
    // Nothing of a task set shows in the service before one is PRIMARY.
    assert_eq!(service(&lab)["taskDefinition"], Value::Null);
    let set = &first["id"];
    ecs(&mut lab, "UpdateServicePrimaryTaskSet", input(json!({ "primaryTaskSet": set })));
    let shown = service(&lab);
    assert_eq!((&shown["taskDefinition"], &shown["launchType"]), (&first["taskDefinition"], &json!("EC2")));
    ecs(&mut lab, "UpdateTaskSet", input(json!({ "taskSet": set, "scale": { "value": 100.0, "unit": "PERCENT" } })));
    wait(&mut lab, "1m");
    assert_eq!(sets(&lab), ["PRIMARY 3/3/0 STEADY_STATE"]);
    // The next one beside it; neither replaces the other.
    register(&mut lab, "web", json!({ "cpu": 10 }));
    let next = add(&mut lab, 100.0, json!({}));
    wait(&mut lab, "1m");
    assert_eq!(sets(&lab), ["PRIMARY 3/3/0 STEADY_STATE", "ACTIVE 3/3/0 STEADY_STATE"]);
    assert_eq!(counts(&lab), [3, 6, 0]);
    ecs(&mut lab, "UpdateServicePrimaryTaskSet", input(json!({ "primaryTaskSet": next["taskSetArn"] })));
    assert_eq!(sets(&lab), ["PRIMARY 3/3/0 STEADY_STATE", "ACTIVE 3/3/0 STEADY_STATE"]);
    assert_eq!(service(&lab)["taskDefinition"], next["taskDefinition"]);
    // RL-12: the desired count is the service's, for both.
    update(&mut lab, json!({ "desiredCount": 2 }));
    wait(&mut lab, "1m");
    assert_eq!(sets(&lab), ["PRIMARY 2/2/0 STEADY_STATE", "ACTIVE 2/2/0 STEADY_STATE"]);
    let error = refused(&mut lab, "DeleteTaskSet", input(json!({ "taskSet": set })));
    assert_eq!(error.message, "The task set cannot be deleted while it is scaled above 0.");
    let gone = ecs(&mut lab, "DeleteTaskSet", input(json!({ "taskSet": set, "force": true })));
    assert_eq!(gone["taskSet"]["status"], "DRAINING");
    wait(&mut lab, "1m");
    assert_eq!(sets(&lab), ["PRIMARY 2/2/0 STEADY_STATE"]);
    let said = said(&lab);
    for part in [
        "(service web, taskSet D) has started 2 tasks: (task T) (task T).",
        "(service web, taskSet D) has reached a steady state.",
        "(service web, taskSet D) has stopped 1 running tasks: (task T).",
    ] {
        assert!(said.iter().any(|own| own == part), "{part}: {said:#?}");
    }
}

#[test]
fn sv_01_each_task_set_replaces_its_own_tasks() {
    let mut lab = external(2);
    let first = add(&mut lab, 100.0, json!({}));
    register(&mut lab, "web", json!({ "cpu": 10 }));
    add(&mut lab, 50.0, json!({}));
    wait(&mut lab, "1m");
    let victim = tasks(&mut lab, "RUNNING").into_iter().find(|own| own["startedBy"] == first["id"]).unwrap();
    assert_eq!(victim["group"], "service:web");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": victim["taskArn"] }));
    wait(&mut lab, "1s");
    assert_eq!(sets(&lab), ["ACTIVE 2/1/1 STABILIZING", "ACTIVE 1/1/0 STEADY_STATE"]);
    wait(&mut lab, "1m");
    assert_eq!(sets(&lab), ["ACTIVE 2/2/0 STEADY_STATE", "ACTIVE 1/1/0 STEADY_STATE"]);
    let of = |lab: &mut Lab| tasks(lab, "RUNNING").iter().filter(|own| own["startedBy"] == first["id"]).count();
    assert_eq!(of(&mut lab), 2);
    // Deleted with all of them.
    ecs(&mut lab, "DeleteService", input(json!({ "force": true })));
    wait(&mut lab, "1m");
    assert_eq!(service(&lab)["status"], "INACTIVE");
}

#[test]
fn lb_06_task_sets_are_registered_in_groups_of_their_own() {
    let mut own = stage();
    delay(&mut own.lab, &own.blue.clone(), 0);
    let lab = &mut own.lab;
    ecs(
        lab,
        "CreateService",
        json!({ "cluster": "prod", "serviceName": "web", "desiredCount": 2, "deploymentController": { "type": "EXTERNAL" } }),
    );
    let blue = add(lab, 100.0, json!({ "taskDefinition": "api:1", "loadBalancers": behind(&own.blue) }));
    add(lab, 50.0, json!({ "taskDefinition": "api:2", "loadBalancers": behind(&own.green) }));
    wait(lab, "10s");
    assert_eq!(sets(lab)[0], "ACTIVE 2/2/0 STABILIZING", "its targets are not healthy yet");
    wait(lab, "1m");
    assert_eq!(sets(lab), ["ACTIVE 2/2/0 STEADY_STATE", "ACTIVE 1/1/0 STEADY_STATE"]);
    assert_eq!((health(lab, &own.blue).len(), health(lab, &own.green).len()), (2, 1));
    ecs(lab, "UpdateTaskSet", input(json!({ "taskSet": blue["id"], "scale": { "value": 0.0 } })));
    wait(lab, "1m");
    assert_eq!((health(lab, &own.blue).len(), health(lab, &own.green).len()), (0, 1));
    assert_eq!(sets(lab)[0], "ACTIVE 0/0/0 STEADY_STATE");
    ecs(lab, "DeleteTaskSet", input(json!({ "taskSet": blue["id"] })));
    wait(lab, "1s");
    assert_eq!(sets(lab), ["ACTIVE 1/1/0 STEADY_STATE"]);
}

#[test]
fn cdp_05_describe_task_sets() {
    let mut lab = external(1);
    let own = add(&mut lab, 0.0, json!({ "tags": [{ "key": "k", "value": "v" }] }));
    assert_eq!(own["scale"], json!({ "value": 0.0, "unit": "PERCENT" }));
    let without = ecs(&mut lab, "CreateTaskSet", input(json!({ "taskDefinition": "web" })));
    assert_eq!(without["taskSet"]["scale"]["value"], 0.0);
    let all = ecs(&mut lab, "DescribeTaskSets", input(json!({})));
    assert_eq!(all["taskSets"].as_array().unwrap().len(), 2);
    assert_eq!(all["taskSets"][0]["tags"], Value::Null);
    let named = json!({ "taskSets": [own["taskSetArn"], "ecs-svc/1"], "include": ["TAGS"] });
    let some = ecs(&mut lab, "DescribeTaskSets", input(named));
    assert_eq!(some["taskSets"][0]["tags"], json!([{ "key": "k", "value": "v" }]));
    assert_eq!(
        some["failures"],
        json!([{ "arn": "arn:aws:ecs:us-east-1:123456789012:task-set/prod/web/ecs-svc/1", "reason": "MISSING" }])
    );
    // The same token again is the same task set.
    let twice = |lab: &mut Lab| add(lab, 0.0, json!({ "clientToken": "t" }))["id"].clone();
    assert_eq!(twice(&mut lab), twice(&mut lab));
}

#[test]
fn cdp_05_errors_of_create_task_set_in_descending_precedence() {
    let mut lab = external(1);
    create_other(&mut lab);
    let faulty = json!({
        "cluster": "none", "service": "none", "taskDefinition": "none", "scale": { "value": 101.0 },
        "launchType": "EC2", "tags": [{ "key": "aws:x", "value": "" }],
        "loadBalancers": [{ "targetGroupArn": "", "containerName": "app", "containerPort": 80 }],
    });
    let steps = [
        (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
        (("ServiceNotFoundException", "Service not found.", false), json!({ "service": "other" })),
        (
            (
                "InvalidParameterException",
                "Task sets cannot be changed on services with the deployment controller ECS.",
                true,
            ),
            json!({ "service": "web" }),
        ),
        (
            ("InvalidParameterException", "The scale of a task set must be from 0 to 100.", true),
            json!({ "scale": { "value": 50.0 } }),
        ),
        (("InvalidParameterException", "Tags that begin with aws: are reserved for AWS.", true), json!({ "tags": [] })),
        (("ClientException", "TaskDefinition not found.", false), json!({ "taskDefinition": "web" })),
        (("InvalidParameterException", "targetGroupArn can not be blank.", true), json!({ "loadBalancers": [] })),
    ];
    descending(&mut lab, "CreateTaskSet", faulty, &steps);
    for _ in 0..4 {
        add(&mut lab, 0.0, json!({}));
    }
    let more = refused(&mut lab, "CreateTaskSet", input(json!({ "taskDefinition": "web" })));
    assert_eq!(more.code, "LimitExceededException");
    for (operation, member) in
        [("UpdateTaskSet", "taskSet"), ("DeleteTaskSet", "taskSet"), ("UpdateServicePrimaryTaskSet", "primaryTaskSet")]
    {
        let mut own = input(json!({ member: "ecs-svc/1" }));
        if operation == "UpdateTaskSet" {
            own["scale"] = json!({ "value": 1.0 });
        }
        assert_eq!(refused(&mut lab, operation, own).code, "TaskSetNotFoundException", "{operation}");
    }
}

fn create_other(lab: &mut Lab) {
    let own = json!({ "cluster": "prod", "serviceName": "other", "taskDefinition": "web", "desiredCount": 0 });
    ecs(lab, "CreateService", own);
}

#[test]
fn dm_04_6_7_what_a_service_with_another_controller_may_not_say() {
    let mut lab = external(1);
    for (extra, message, ours) in [
        (json!({ "taskDefinition": "web" }), "TaskDefinition must be blank", false),
        (
            json!({ "launchType": "EC2" }),
            "launchType must be blank: with the deployment controller EXTERNAL it belongs to a task set.",
            true,
        ),
        (
            json!({ "schedulingStrategy": "DAEMON" }),
            "The daemon scheduling strategy does not support the deployment controller EXTERNAL",
            true,
        ),
        (
            json!({ "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": true } } }),
            "deploymentCircuitBreaker is only supported with the deployment controller ECS, not with EXTERNAL.",
            true,
        ),
        (
            json!({ "deploymentController": { "type": "CODE_DEPLOY" }, "taskDefinition": "web" }),
            "the service requires an Application Load Balancer or Network Load Balancer",
            false,
        ),
    ] {
        let own = json!({ "cluster": "prod", "serviceName": "x", "deploymentController": { "type": "EXTERNAL" } });
        let count = if extra["schedulingStrategy"].is_null() { json!({ "desiredCount": 1 }) } else { json!({}) };
        let error = refused(&mut lab, "CreateService", over(over(own, count), extra));
        assert_eq!((error.message.as_str(), error.ours), (message, ours));
    }
    let error = refused(&mut lab, "UpdateService", input(json!({ "taskDefinition": "web" })));
    assert_eq!(
        error.message,
        "Unable to update task definition on services with an EXTERNAL deployment controller. Use a new task set."
    );
    let error = refused(&mut lab, "UpdateService", input(json!({ "deploymentController": { "type": "ECS" } })));
    assert_eq!(error.code, "UnsupportedFeatureException");
}

#[test]
fn cdp_01_a_code_deploy_service_begins_with_a_primary_task_set() {
    let mut own = stage();
    let extra = json!({
        "taskDefinition": "api:1", "loadBalancers": behind(&own.blue), "deploymentController": { "type": "CODE_DEPLOY" },
    });
    create(&mut own.lab, 2, extra);
    wait(&mut own.lab, "1m");
    let lab = &mut own.lab;
    assert_eq!(sets(lab), ["PRIMARY 2/2/0 STEADY_STATE"]);
    assert_eq!(service(lab)["deployments"], json!([]));
    for (extra, message) in [
        (
            json!({ "taskDefinition": "api:2" }),
            "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
        ),
        (
            json!({ "forceNewDeployment": true }),
            "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
        ),
    ] {
        let error = refused(lab, "UpdateService", input(extra));
        assert_eq!((error.message.as_str(), error.ours), (message, false));
    }
    update(lab, json!({ "desiredCount": 3 }));
    wait(lab, "1m");
    assert_eq!(sets(lab), ["PRIMARY 3/3/0 STEADY_STATE"]);
    let error = refused(lab, "CreateTaskSet", input(json!({ "taskDefinition": "api:2" })));
    assert!(error.message.ends_with("CODE_DEPLOY."));
}
