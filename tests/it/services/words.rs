//! Whose name an event bears, and who made a service.

use super::balanced::{behind, in_use};
use super::deck::*;
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command};
use serde_json::{Value, json};

/// The events as they are.
fn events(lab: &ecs_lab::lab::Lab) -> Vec<String> {
    let service = service(lab);
    let all = service["events"].as_array().unwrap().iter().rev();
    all.map(|own| own["message"].as_str().unwrap().to_string()).collect()
}

#[test]
fn si_04_the_event_names_the_deployment_whose_tasks_are_protected() {
    let mut lab = on(3);
    create(&mut lab, 4, json!({}));
    wait(&mut lab, "2m");
    let arns: Vec<Value> = tasks(&mut lab, "RUNNING").iter().map(|own| own["taskArn"].clone()).collect();
    ecs(&mut lab, "UpdateTaskProtection", json!({ "cluster": "prod", "tasks": arns, "protectionEnabled": true }));
    register(&mut lab, "web", json!({ "cpu": 10 }));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    wait(&mut lab, "5m");
    let old = service(&lab)["deployments"][1]["id"].as_str().unwrap().to_string();
    let expected = format!(
        "(service web) was unable to reach steady state because (taskSet {old}) was unable to scale in due to (reason 4 tasks under protection)"
    );
    let said: Vec<String> = events(&lab).into_iter().filter(|own| own.contains("protection")).collect();
    assert_eq!(said, [expected]);
}

#[test]
fn cdp_05_a_deleted_service_tells_of_each_task_set_by_itself() {
    let mut lab = on(3);
    let input = json!({
        "cluster": "prod", "serviceName": "web", "desiredCount": 2, "deploymentController": { "type": "EXTERNAL" },
    });
    ecs(&mut lab, "CreateService", input);
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let scale = json!({ "value": 100.0, "unit": "PERCENT" });
            let input = json!({ "cluster": "prod", "service": "web", "taskDefinition": "web", "scale": scale });
            ecs(&mut lab, "CreateTaskSet", input)["taskSet"]["id"].as_str().unwrap().to_string()
        })
        .collect();
    wait(&mut lab, "2m");
    assert_eq!(counts(&lab)[1], 4);
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    let all = events(&lab);
    for id in &ids {
        let start = format!("(service web, taskSet {id}) has stopped 2 running tasks:");
        assert_eq!(all.iter().filter(|own| own.starts_with(&start)).count(), 1, "{all:#?}");
    }
    assert_eq!(all.iter().filter(|own| own.contains("has stopped")).count(), 2);
}

/// LB-13: what ECS needs of a service role to look at a target group and to register tasks there.
#[test]
fn lb_13_a_role_that_may_do_too_little_is_refused() {
    let refusal = "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.";
    let all = ["DescribeTargetGroups", "RegisterTargets", "DeregisterTargets"];
    for missing in ["none", all[0], all[1], all[2], "all"] {
        let mut lab = on(1);
        register(&mut lab, "api", json!({ "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }));
        let group = in_use(&mut lab, "instance");
        let mut iam =
            |operation: &str, input: Value| lab.apply(Command::Api(ApiCall::new("iam", operation, input))).unwrap();
        let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ecs.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
        iam("CreateRole", json!({ "RoleName": "front", "AssumeRolePolicyDocument": trust.to_string() }));
        let actions: Vec<String> =
            all.iter().filter(|own| **own != missing).map(|own| format!("elasticloadbalancing:{own}")).collect();
        if missing != "all" {
            let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] });
            let input = json!({ "RoleName": "front", "PolicyName": "own", "PolicyDocument": policy.to_string() });
            iam("PutRolePolicy", input);
        }
        let input = json!({
            "cluster": "prod", "serviceName": "web", "taskDefinition": "api", "desiredCount": 1,
            "loadBalancers": behind(&group), "role": "front",
        });
        match try_ecs(&mut lab, "CreateService", input) {
            Ok(_) => assert_eq!(missing, "none"),
            Err(error) => {
                assert_eq!((&*error.code, &*error.message), ("InvalidParameterException", refusal), "{missing}")
            }
        }
    }
}
