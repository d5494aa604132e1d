//! Services behind load balancers (6.8): registered while they run, replaced when they fail, drained before they stop.

use super::deck::*;
use super::load_balanced::obstacles;
use crate::lab::elb::{SUBNETS, balancer, elb, group, health, listener};
use crate::lab::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::ecs::service::Obstacle;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// Two hosts, and the definition `api` whose container listens on port 80 at any host port.
fn bridge() -> (Lab, String) {
    let mut lab = on(2);
    register(&mut lab, "api", json!({ "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }));
    let group = in_use(&mut lab, "instance");
    (lab, group)
}

/// A target group with a listener of an active load balancer.
pub fn in_use(lab: &mut Lab, kind: &str) -> String {
    let group = group(lab, json!({ "TargetType": kind, "Name": kind, "HealthCheckIntervalSeconds": 10 }));
    let own = balancer(lab, "application");
    listener(lab, &own, "HTTP", 80, &group);
    wait(lab, "3m");
    group
}

/// The container `app` on port 80 in that group.
pub fn behind(group: &str) -> Value {
    json!([{ "targetGroupArn": group, "containerName": "app", "containerPort": 80 }])
}

fn states(lab: &mut Lab, group: &str) -> Vec<String> {
    health(lab, group).into_iter().map(|(state, _)| state).collect()
}

/// Sets the deregistration delay of a group, in seconds.
pub fn delay(lab: &mut Lab, group: &str, seconds: u32) {
    let own = json!([{ "Key": "deregistration_delay.timeout_seconds", "Value": seconds.to_string() }]);
    elb(lab, "ModifyTargetGroupAttributes", json!({ "TargetGroupArn": group, "Attributes": own }));
}

fn fault(lab: &mut Lab, input: Value) {
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
}

fn try_create(lab: &mut Lab, extra: Value) -> Result<Value, ApiError> {
    let input = json!({ "cluster": "prod", "serviceName": "web", "taskDefinition": "api", "desiredCount": 1 });
    lab.apply(Command::Api(ApiCall::new("ecs", "CreateService", over(input, extra)))).map(|outcome| outcome.reply)
}

/// What it said, with the target group as `TG` and the EC2 instance as `I`.
fn heard(lab: &Lab, group: &str) -> Vec<String> {
    let all = said(lab).into_iter().map(|text| text.replace(group, "TG"));
    let host = |text: String| match text.split_once("(instance i-") {
        Some((before, after)) => format!("{before}(instance I{}", &after[after.find(')').unwrap()..]),
        None => text,
    };
    all.map(host).collect()
}

#[test]
fn lb_06_lb_15_sp_07_each_task_is_a_target_at_its_own_host_port_until_it_stops() {
    let (mut lab, group) = bridge();
    delay(&mut lab, &group, 30);
    create(&mut lab, 3, json!({ "taskDefinition": "api", "loadBalancers": behind(&group) }));
    wait(&mut lab, "12s");
    assert_eq!(deployments(&lab), ["PRIMARY api:1 3/3/0 IN_PROGRESS"]);
    assert_eq!(states(&mut lab, &group), ["initial"; 3]);
    wait(&mut lab, "30s");
    assert_eq!(states(&mut lab, &group), ["healthy"; 3]);
    assert_eq!(deployments(&lab), ["PRIMARY api:1 3/3/0 COMPLETED"]);
    assert_eq!(
        heard(&lab, &group),
        [
            "(service web) has started 3 tasks: (task T) (task T) (task T).",
            "(service web) registered 3 targets in (target-group TG)",
            "(service web) has reached a steady state.",
            "(service web) (deployment D) deployment completed.",
        ]
    );
    // LB-15, SP-07: one leaves, answers for the whole delay, and then stops.
    update(&mut lab, json!({ "desiredCount": 2 }));
    let mut stopping = tasks(&mut lab, "STOPPED");
    assert_eq!(stopping.len(), 1);
    assert_eq!(
        (&stopping[0]["lastStatus"], &stopping[0]["containers"][0]["lastStatus"]),
        (&json!("DEACTIVATING"), &json!("RUNNING"))
    );
    assert_eq!(counts(&lab), [2, 2, 0]);
    assert_eq!(states(&mut lab, &group).iter().filter(|state| *state == "draining").count(), 1);
    wait(&mut lab, "29s");
    assert_eq!(tasks(&mut lab, "STOPPED")[0]["lastStatus"], "DEACTIVATING");
    wait(&mut lab, "1s");
    assert_eq!(tasks(&mut lab, "STOPPED")[0]["lastStatus"], "STOPPING");
    wait(&mut lab, "30s");
    stopping = tasks(&mut lab, "STOPPED");
    assert_eq!(
        (&stopping[0]["lastStatus"], &stopping[0]["stopCode"]),
        (&json!("STOPPED"), &json!("ServiceSchedulerInitiated"))
    );
    assert_eq!(states(&mut lab, &group), ["healthy"; 2]);
    assert_eq!(
        heard(&lab, &group)[4..],
        [
            "(service web) has stopped 1 running tasks: (task T).",
            "(service web) has begun draining connections on 1 tasks.",
            "(service web) deregistered 1 targets in (target-group TG)",
            "(service web) has reached a steady state.",
        ]
    );
}

#[test]
fn lb_11_a_task_that_fails_the_checks_is_replaced_after_the_grace_period() {
    let (mut lab, group) = bridge();
    delay(&mut lab, &group, 0);
    let extra =
        json!({ "taskDefinition": "api", "loadBalancers": behind(&group), "healthCheckGracePeriodSeconds": 120 });
    create(&mut lab, 1, extra);
    fault(&mut lab, json!({ "application": { "family": "api", "outcome": "ERROR" } }));
    wait(&mut lab, "100s");
    assert_eq!(states(&mut lab, &group), ["unhealthy"]);
    assert_eq!(tasks(&mut lab, "STOPPED").len(), 0, "6.6: its health does not count yet");
    wait(&mut lab, "60s");
    assert_eq!(tasks(&mut lab, "RUNNING").len(), 2, "RL-08: a substitute first, which fails as well");
    wait(&mut lab, "2m");
    let stopped = tasks(&mut lab, "STOPPED");
    assert_eq!(stopped[0]["stoppedReason"], format!("Task failed ELB health checks in (target-group {group})"));
    let heard = heard(&lab, &group);
    let why = "(service web) (task T) (instance I) (port 32768) is unhealthy in (target-group TG) due to (reason Health checks failed with these codes: [500])";
    assert!(heard.iter().any(|text| text == why), "{heard:#?}");
}

#[test]
fn lb_01_awsvpc_tasks_are_registered_by_their_own_address() {
    let mut lab = on(0);
    let container = json!({ "name": "app", "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] });
    ecs(
        &mut lab,
        "RegisterTaskDefinition",
        json!({ "family": "api", "containerDefinitions": [container], "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"] }),
    );
    let group = in_use(&mut lab, "ip");
    let network = json!({ "awsvpcConfiguration": { "subnets": SUBNETS, "assignPublicIp": "ENABLED" } });
    let extra = json!({
        "taskDefinition": "api", "loadBalancers": behind(&group), "launchType": "FARGATE", "networkConfiguration": network,
    });
    create(&mut lab, 2, extra);
    wait(&mut lab, "5m");
    assert_eq!(states(&mut lab, &group), ["healthy"; 2]);
    assert_eq!(deployments(&lab), ["PRIMARY api:1 2/2/0 COMPLETED"]);
    fault(&mut lab, json!({ "application": { "family": "api", "outcome": "ERROR", "code": 503 } }));
    wait(&mut lab, "5m");
    let why = "is unhealthy in (target-group TG) due to (reason Health checks failed with these codes: [503]).";
    assert!(heard(&lab, &group).iter().any(|text| text.ends_with(why)), "{:?}", heard(&lab, &group));
}

#[test]
fn lb_14_a_rolling_update_shifts_the_targets_and_loses_none() {
    let (mut lab, group) = bridge();
    delay(&mut lab, &group, 20);
    create(&mut lab, 2, json!({ "taskDefinition": "api", "loadBalancers": behind(&group) }));
    wait(&mut lab, "2m");
    register(&mut lab, "api", json!({ "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }], "cpu": 20 }));
    update(&mut lab, json!({ "taskDefinition": "api" }));
    for _ in 0..60 {
        wait(&mut lab, "2s");
        assert!(states(&mut lab, &group).iter().filter(|state| *state == "healthy").count() >= 2);
    }
    assert_eq!(deployments(&lab), ["PRIMARY api:2 2/2/0 COMPLETED"]);
    assert_eq!(states(&mut lab, &group), ["healthy"; 2]);
    // Without the group: a new deployment, whose tasks are not registered.
    update(&mut lab, json!({ "loadBalancers": [] }));
    wait(&mut lab, "5m");
    assert_eq!(deployments(&lab), ["PRIMARY api:2 2/2/0 COMPLETED"]);
    assert_eq!(states(&mut lab, &group), [""; 0]);
    assert_eq!(service(&lab)["loadBalancers"], json!([]));
}

#[test]
fn sv_02_deletion_in_the_middle_loses_no_target() {
    let (mut lab, group) = bridge();
    create(&mut lab, 2, json!({ "taskDefinition": "api", "loadBalancers": behind(&group) }));
    wait(&mut lab, "20s");
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    assert_eq!(service(&lab)["status"], "DRAINING");
    wait(&mut lab, "6m");
    assert_eq!(service(&lab)["status"], "INACTIVE");
    assert_eq!(states(&mut lab, &group), [""; 0]);
}

#[test]
fn bg_07_the_deployment_of_a_deleted_service_is_over() {
    let (mut lab, group) = bridge();
    create(&mut lab, 2, json!({ "taskDefinition": "api", "loadBalancers": behind(&group) }));
    wait(&mut lab, "5m");
    update(&mut lab, json!({ "forceNewDeployment": true }));
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    wait(&mut lab, "6m");
    let all = ecs(&mut lab, "ListServiceDeployments", json!({ "cluster": "prod", "service": "web" }));
    let all: Vec<&Value> = all["serviceDeployments"].as_array().unwrap().iter().map(|own| &own["status"]).collect();
    assert_eq!(all, ["STOPPED", "SUCCESSFUL"]);
}

#[test]
fn lb_08_what_ends_by_itself_leaves_its_group() {
    let (mut lab, group) = bridge();
    delay(&mut lab, &group, 60);
    create(&mut lab, 1, json!({ "taskDefinition": "api", "loadBalancers": behind(&group) }));
    wait(&mut lab, "1m");
    let task = tasks(&mut lab, "RUNNING")[0].clone();
    fault(&mut lab, json!({ "container": { "task": task["taskArn"], "exitCode": 1 } }));
    assert_eq!(tasks(&mut lab, "STOPPED")[0]["lastStatus"], "STOPPED", "nothing is left that could answer");
    wait(&mut lab, "3m");
    assert_eq!(states(&mut lab, &group), ["healthy"], "only its substitute");
}

#[test]
fn lb_01_lb_02_lb_03_lb_04_lb_05_lb_13_errors_of_create_service() {
    let (mut lab, group) = bridge();
    let loose = crate::lab::elb::group(&mut lab, json!({ "TargetType": "instance", "Name": "loose" }));
    let by_ip = in_use_by(&mut lab);
    let item = |extra: Value| {
        let own = json!({ "targetGroupArn": group, "containerName": "app", "containerPort": 80 });
        json!({ "loadBalancers": [over(own, extra)] })
    };
    let missing = group.replace("targetgroup/instance", "targetgroup/missing");
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let role = json!({ "RoleName": "other", "AssumeRolePolicyDocument": trust.to_string() });
    lab.apply(Command::Api(ApiCall::new("iam", "CreateRole", role))).unwrap();
    for (extra, expected) in [
        (json!({ "role": "ecsServiceRole" }), "IAM roles are only valid for services configured to use load balancers".to_string()),
        (
            over(item(json!({})), json!({ "role": "other" })),
            "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.".into(),
        ),
        (item(json!({ "loadBalancerName": "x" })), "loadBalancerName and targetGroupArn cannot both be specified".into()),
        (
            item(json!({ "targetGroupArn": missing })),
            "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.".into(),
        ),
        (
            over(item(json!({})), json!({ "launchType": "EXTERNAL" })),
            "Load balancers are not supported with the launch type EXTERNAL.".into(),
        ),
        (item(json!({ "containerName": "db" })), "The container db does not exist in the task definition.".into()),
        (item(json!({ "containerPort": 81 })), "The container app did not have a container port 81 defined.".into()),
        (
            item(json!({ "targetGroupArn": by_ip })),
            format!("The provided target group {by_ip} has target type ip, which is incompatible with the bridge network mode specified in the task definition."),
        ),
        (
            item(json!({ "targetGroupArn": loose })),
            format!("The target group with targetGroupArn {loose} does not have an associated load balancer."),
        ),
    ] {
        let before = lab.digest();
        let error = try_create(&mut lab, extra).unwrap_err();
        assert_eq!((error.code.as_ref(), error.message.as_ref()), ("InvalidParameterException", expected.as_str()));
        assert_eq!(lab.digest(), before);
    }
    let six: Vec<Value> = (0..6).map(|_| behind(&group)[0].clone()).collect();
    assert!(try_create(&mut lab, json!({ "loadBalancers": six })).unwrap_err().message.contains("at most 5"));
    assert!(try_create(&mut lab, json!({ "loadBalancers": behind(&group), "role": "ecsServiceRole" })).is_ok());
}

/// A target group for addresses with a listener of a Network Load Balancer.
fn in_use_by(lab: &mut Lab) -> String {
    let group = group(lab, json!({ "TargetType": "ip", "Name": "by-ip", "Protocol": "TCP" }));
    let own = balancer(lab, "network");
    listener(lab, &own, "TCP", 81, &group);
    group
}

#[test]
fn sp_05_a_task_that_somebody_stops_leaves_its_group_first_and_is_replaced() {
    let (mut lab, group) = bridge();
    delay(&mut lab, &group, 40);
    create(&mut lab, 1, json!({ "taskDefinition": "api", "loadBalancers": behind(&group) }));
    wait(&mut lab, "1m");
    let task = tasks(&mut lab, "RUNNING")[0]["taskArn"].clone();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task }));
    assert_eq!(tasks(&mut lab, "STOPPED")[0]["lastStatus"], "DEACTIVATING");
    assert_eq!(tasks(&mut lab, "RUNNING").len(), 1);
    wait(&mut lab, "2m");
    assert_eq!((tasks(&mut lab, "STOPPED")[0]["stopCode"].as_str(), counts(&lab)), (Some("UserInitiated"), [1, 1, 0]));
    assert_eq!(states(&mut lab, &group), ["healthy"]);
}

/// 6.14: somebody takes a target out by hand, or the whole group: the task fails its checks and is replaced.
#[test]
fn tg_gone_6_14_a_target_or_a_target_group_that_is_not_found_is_a_failed_check() {
    let (mut lab, group) = bridge();
    delay(&mut lab, &group, 20);
    create(&mut lab, 1, json!({ "taskDefinition": "api", "loadBalancers": behind(&group) }));
    wait(&mut lab, "1m");
    let reason = format!("Task failed ELB health checks in (target-group {group})");
    let before = heard(&lab, &group).len();
    let own = elb(&mut lab, "DescribeTargetHealth", json!({ "TargetGroupArn": group }));
    let target = own["TargetHealthDescriptions"][0]["Target"].clone();
    elb(&mut lab, "DeregisterTargets", json!({ "TargetGroupArn": group, "Targets": [target] }));
    wait(&mut lab, "19s");
    assert_eq!((states(&mut lab, &group), tasks(&mut lab, "STOPPED").len()), (vec!["draining".into()], 0));
    wait(&mut lab, "2m");
    assert_eq!(tasks(&mut lab, "STOPPED")[0]["stoppedReason"], reason);
    assert_eq!((counts(&lab), states(&mut lab, &group)), ([1, 1, 0], vec!["healthy".into()]));
    assert_eq!(
        heard(&lab, &group)[before..],
        [
            "(service web) has started 1 tasks: (task T). Amazon ECS replaced 1 tasks due to an unhealthy status.",
            "(service web) registered 1 targets in (target-group TG)",
            "(service web) (task T) is not healthy in target-group (TG) due to TARGET IS NOT FOUND.",
            "(service web) has stopped 1 running tasks: (task T).",
            "(service web) has reached a steady state.",
        ]
    );
    // Who is registered again before the drain is over is a target as before.
    let target = elb(&mut lab, "DescribeTargetHealth", json!({ "TargetGroupArn": group }));
    let target = target["TargetHealthDescriptions"][0]["Target"].clone();
    let named = json!({ "TargetGroupArn": group, "Targets": [target] });
    elb(&mut lab, "DeregisterTargets", named.clone());
    wait(&mut lab, "10s");
    elb(&mut lab, "RegisterTargets", named);
    wait(&mut lab, "1m");
    assert_eq!((tasks(&mut lab, "STOPPED").len(), states(&mut lab, &group)), (1, vec!["healthy".into()]));
    assert_eq!(heard(&lab, &group).last().unwrap(), "(service web) has reached a steady state.");
    // A group without listener can go; then no task of the service is ever healthy.
    let all = elb(&mut lab, "DescribeLoadBalancers", json!({}));
    let all = json!({ "LoadBalancerArn": all["LoadBalancers"][0]["LoadBalancerArn"] });
    let listeners = elb(&mut lab, "DescribeListeners", all);
    elb(&mut lab, "DeleteListener", json!({ "ListenerArn": listeners["Listeners"][0]["ListenerArn"] }));
    let before = heard(&lab, &group).len();
    elb(&mut lab, "DeleteTargetGroup", json!({ "TargetGroupArn": group }));
    wait(&mut lab, "1m");
    assert!(tasks(&mut lab, "STOPPED").iter().all(|own| own["stoppedReason"] == reason));
    let after = &heard(&lab, &group)[before..];
    let gone = "(service web) (task T) is not healthy in target-group (TG) due to TARGET GROUP IS NOT FOUND.";
    assert!(after.iter().filter(|own| *own == gone).count() > 2, "{after:#?}");
    assert!(after.iter().all(|own| !own.contains("registered") && !own.contains("draining")), "{after:#?}");
    let blocked = obstacles(&lab);
    assert!(
        blocked.iter().any(|own| matches!(own, Obstacle::Targets { code: "Target.NotRegistered", .. })),
        "{blocked:?}"
    );
    // What makes no deployment does not ask for the group.
    update(&mut lab, json!({ "desiredCount": 0 }));
    wait(&mut lab, "1m");
    assert_eq!(counts(&lab), [0, 0, 0]);
    let input = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true });
    assert!(try_ecs(&mut lab, "UpdateService", input).unwrap_err().message.starts_with("Unable to assume role"));
}
