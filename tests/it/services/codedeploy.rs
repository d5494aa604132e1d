//! Blue/green deployments by CodeDeploy (CDP-01 to CDP-07).

use super::balanced::behind;
use super::deck::*;
use super::load::{load, points};
use super::shifts::{Stage, alarm, stage};
use crate::lab::elb::{arn, elb};
use crate::lab::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/deployer";

fn try_call(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("codedeploy", operation, input))).map(|outcome| outcome.reply)
}

pub fn call(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_call(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// The settings of a group for the service `web`.
pub fn group(own: &Stage, extra: Value) -> Value {
    let group = json!({
        "applicationName": "app", "deploymentGroupName": "dgp", "serviceRoleArn": ROLE,
        "deploymentStyle": { "deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL" },
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": { "action": "TERMINATE", "terminationWaitTimeInMinutes": 5 },
            "deploymentReadyOption": { "actionOnTimeout": "CONTINUE_DEPLOYMENT" },
        },
        "ecsServices": [{ "clusterName": "prod", "serviceName": "web" }],
        "loadBalancerInfo": { "targetGroupPairInfoList": [{
            "targetGroups": [{ "name": "blue" }, { "name": "green" }],
            "prodTrafficRoute": { "listenerArns": [own.listener] },
        }] },
    });
    over(group, extra)
}

/// A service of two tasks with the controller CODE_DEPLOY that runs in blue, its application and its deployment group.
pub fn ready(extra: Value) -> Stage {
    let mut own = stage();
    apart(&mut own);
    let balancer = elb(&mut own.lab, "DescribeLoadBalancers", json!({}));
    let actions = json!([{ "Type": "forward", "TargetGroupArn": own.green }]);
    let input = json!({ "LoadBalancerArn": arn(&balancer, "LoadBalancers", "LoadBalancerArn"), "Protocol": "HTTP", "Port": 8080, "DefaultActions": actions });
    own.test = arn(&elb(&mut own.lab, "CreateListener", input), "Listeners", "ListenerArn");
    begin(&mut own, extra);
    own
}

/// One rule per listener: the production listener's own, which leads to blue. No listener leads to green.
fn apart(own: &mut Stage) {
    for rule in [own.rule.clone(), own.test.clone()] {
        elb(&mut own.lab, "DeleteRule", json!({ "RuleArn": rule }));
    }
}

fn begin(own: &mut Stage, extra: Value) {
    own.deployer();
    let service = json!({
        "taskDefinition": "api:1", "loadBalancers": behind(&own.blue), "deploymentController": { "type": "CODE_DEPLOY" },
    });
    create(&mut own.lab, 2, service);
    wait(&mut own.lab, "2m");
    call(&mut own.lab, "CreateApplication", json!({ "applicationName": "app", "computePlatform": "ECS" }));
    let group = group(own, extra);
    call(&mut own.lab, "CreateDeploymentGroup", group);
}

pub fn spec(definition: &str) -> Value {
    let text = format!(
        "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      Properties:\n        TaskDefinition: \"{definition}\"\n        LoadBalancerInfo:\n          ContainerName: \"app\"\n          ContainerPort: 80\n"
    );
    json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": text } })
}

pub fn deploy(own: &mut Stage, definition: &str, extra: Value) -> String {
    let input = json!({ "applicationName": "app", "deploymentGroupName": "dgp", "revision": spec(definition) });
    call(&mut own.lab, "CreateDeployment", over(input, extra))["deploymentId"].as_str().unwrap().to_string()
}

pub fn shown(own: &Stage, id: &str) -> Value {
    own.lab.read(&ApiCall::new("codedeploy", "GetDeployment", json!({ "deploymentId": id }))).unwrap()["deploymentInfo"]
        .clone()
}

pub fn status(own: &Stage, id: &str) -> String {
    shown(own, id)["status"].as_str().unwrap().to_string()
}

/// The weights of blue and green behind the production listener.
pub fn weights(own: &Stage) -> [u64; 2] {
    let (_, listener) = own.lab.world().elb().listener(&own.listener).unwrap();
    let rule = listener.rules.last().unwrap();
    [&own.blue, &own.green]
        .map(|group| rule.forwards_to().find(|(arn, _)| arn == group).map_or(0, |(_, weight)| weight))
}

pub fn sets(own: &Stage) -> Vec<String> {
    let all = service(&own.lab)["taskSets"].as_array().unwrap().clone();
    let name = |set: &Value| set["taskDefinition"].as_str().unwrap().rsplit('/').next().unwrap().to_string();
    all.iter().map(|set| format!("{} {} {}", set["status"].as_str().unwrap(), name(set), set["runningCount"])).collect()
}

#[test]
fn cdp_01_cdp_02_cdp_06_all_at_once_from_blue_to_green() {
    let mut own = ready(json!({}));
    assert_eq!(weights(&own), [1, 0]);
    let id = deploy(&mut own, "api:2", json!({}));
    assert!(id.starts_with("d-") && id.len() == 11);
    // The green task set comes up at the full count beside blue.
    wait(&mut own.lab, "8s");
    assert_eq!((status(&own, &id).as_str(), weights(&own)), ("InProgress", [1, 0]));
    assert_eq!(sets(&own), ["PRIMARY api:1 2", "ACTIVE api:2 2"]);
    let set = service(&own.lab)["taskSets"][1].clone();
    assert_eq!(
        (&set["startedBy"], &set["externalId"], &set["scale"]["value"]),
        (&json!("CODE_DEPLOY"), &json!(id), &json!(100.0))
    );
    // It is steady: all of the traffic moves, and it is PRIMARY. Blue waits for five minutes.
    wait(&mut own.lab, "30s");
    assert_eq!((status(&own, &id).as_str(), weights(&own)), ("InProgress", [0, 100]));
    assert_eq!(sets(&own), ["PRIMARY api:2 2", "ACTIVE api:1 2"]);
    assert_eq!(shown(&own, &id)["instanceTerminationWaitTimeStarted"], true);
    let read = |own: &Stage, operation: &str, input: Value| {
        own.lab.read(&ApiCall::new("codedeploy", operation, input)).unwrap()
    };
    let target = read(&own, "ListDeploymentTargets", json!({ "deploymentId": id }))["targetIds"][0].clone();
    assert_eq!(target, "prod:web");
    let target = read(&own, "GetDeploymentTarget", json!({ "deploymentId": id, "targetId": target }));
    let labels: Vec<_> = target["deploymentTarget"]["ecsTarget"]["taskSetsInfo"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| {
            (
                set["taskSetLabel"].as_str().unwrap(),
                set["trafficWeight"].as_f64().unwrap(),
                set["targetGroup"]["name"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(labels, [("Green", 100.0, "green"), ("Blue", 0.0, "blue")]);
    wait(&mut own.lab, "5m");
    assert_eq!(status(&own, &id), "Succeeded");
    wait(&mut own.lab, "30s");
    assert_eq!(sets(&own), ["PRIMARY api:2 2"]);
    assert_eq!(service(&own.lab)["taskDefinition"], set["taskDefinition"]);
    // The next one goes back into blue.
    let next = deploy(&mut own, "api:3", json!({}));
    wait(&mut own.lab, "1m");
    assert_eq!(weights(&own), [100, 0]);
    wait(&mut own.lab, "6m");
    assert_eq!(status(&own, &next), "Succeeded");
    let list = read(&own, "ListDeployments", json!({ "applicationName": "app", "deploymentGroupName": "dgp" }));
    assert_eq!(list["deployments"], json!([next, id]));
    let group = read(&own, "GetDeploymentGroup", json!({ "applicationName": "app", "deploymentGroupName": "dgp" }));
    assert_eq!(group["deploymentGroupInfo"]["lastSuccessfulDeployment"]["deploymentId"], next);
}

/// The guide's second target group has no listener before CodeDeploy moves the traffic there.
#[test]
fn cdp_01_green_needs_no_listener() {
    let green = |own: &mut Stage| {
        let shown = elb(&mut own.lab, "DescribeTargetGroups", json!({ "TargetGroupArns": [own.green] }));
        shown["TargetGroups"][0]["LoadBalancerArns"].as_array().unwrap().len()
    };
    for name in ["CodeDeployDefault.ECSAllAtOnce", "CodeDeployDefault.ECSCanary10Percent5Minutes"] {
        let mut own = stage();
        apart(&mut own);
        begin(&mut own, json!({ "deploymentConfigName": name }));
        assert_eq!(green(&mut own), 0);
        for (definition, end) in [("api:2", [0, 100]), ("api:3", [100, 0])] {
            let id = deploy(&mut own, definition, json!({}));
            wait(&mut own.lab, "1m");
            assert_eq!(own.states(), [2, 2], "{name}");
            wait(&mut own.lab, "12m");
            assert_eq!((status(&own, &id).as_str(), weights(&own)), ("Succeeded", end), "{}", shown(&own, &id));
            assert_eq!(sets(&own), [format!("PRIMARY {definition} 2")]);
        }
    }
    // One that never comes up leaves the group as it was.
    let mut own = stage();
    apart(&mut own);
    begin(&mut own, json!({}));
    let id = deploy(&mut own, "api:2", json!({}));
    call(&mut own.lab, "StopDeployment", json!({ "deploymentId": id, "autoRollbackEnabled": true }));
    wait(&mut own.lab, "10m");
    assert_eq!(
        (status(&own, &id).as_str(), weights(&own), sets(&own)),
        ("Stopped", [1, 0], vec!["PRIMARY api:1 2".into()])
    );
    elb(&mut own.lab, "DeleteTargetGroup", json!({ "TargetGroupArn": own.green }));
}

#[test]
fn cdp_03_the_predefined_configurations() {
    for (name, timeline) in [
        ("CodeDeployDefault.ECSAllAtOnce", vec![(0, 100)]),
        ("CodeDeployDefault.ECSCanary10Percent5Minutes", vec![(0, 10), (5, 100)]),
        ("CodeDeployDefault.ECSCanary10Percent15Minutes", vec![(0, 10), (15, 100)]),
        ("CodeDeployDefault.ECSLinear10PercentEvery1Minutes", (0..10).map(|n| (n, (n + 1) * 10)).collect()),
        ("CodeDeployDefault.ECSLinear10PercentEvery3Minutes", (0..10).map(|n| (n * 3, (n + 1) * 10)).collect()),
    ] {
        let mut own = ready(json!({ "deploymentConfigName": name }));
        deploy(&mut own, "api:2", json!({}));
        while weights(&own)[1] == 0 {
            wait(&mut own.lab, "1s");
        }
        let mut seen: Vec<(u64, u64)> = vec![];
        for minute in 0..40 {
            let share = weights(&own)[1];
            if seen.last().is_none_or(|(_, last)| *last != share) {
                seen.push((minute, share));
            }
            wait(&mut own.lab, "1m");
        }
        assert_eq!(seen, timeline, "{name}");
        assert_eq!(sets(&own), ["PRIMARY api:2 2"]);
        let input = json!({ "deploymentConfigName": name });
        let config = own.lab.read(&ApiCall::new("codedeploy", "GetDeploymentConfig", input)).unwrap();
        assert_eq!(config["deploymentConfigInfo"]["computePlatform"], "ECS");
    }
}

#[test]
fn cdp_02_test_traffic_and_a_wait_until_somebody_goes_on() {
    let waits = json!({
        "terminateBlueInstancesOnDeploymentSuccess": { "action": "TERMINATE", "terminationWaitTimeInMinutes": 60 },
        "deploymentReadyOption": { "actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 10 },
    });
    let mut own = ready(json!({ "blueGreenDeploymentConfiguration": waits }));
    let id = deploy(&mut own, "api:2", json!({}));
    wait(&mut own.lab, "1m");
    assert_eq!((status(&own, &id).as_str(), weights(&own)), ("Ready", [1, 0]));
    let go_on = |own: &mut Stage, wait: &str| {
        try_call(&mut own.lab, "ContinueDeployment", json!({ "deploymentId": id, "deploymentWaitType": wait }))
    };
    assert_eq!(go_on(&mut own, "TERMINATION_WAIT").unwrap_err().code, "DeploymentIsNotInReadyStateException");
    go_on(&mut own, "READY_WAIT").unwrap();
    assert_eq!((status(&own, &id).as_str(), weights(&own)), ("InProgress", [0, 100]));
    go_on(&mut own, "TERMINATION_WAIT").unwrap();
    assert_eq!(status(&own, &id), "Succeeded");
    assert_eq!(go_on(&mut own, "READY_WAIT").unwrap_err().code, "DeploymentAlreadyCompletedException");
    // Nobody goes on: it stops, and the green task set goes.
    let id = deploy(&mut own, "api:3", json!({}));
    wait(&mut own.lab, "5m");
    assert_eq!(status(&own, &id), "Ready");
    wait(&mut own.lab, "7m");
    assert_eq!(status(&own, &id), "Stopped");
    assert_eq!((sets(&own), weights(&own)), (vec!["PRIMARY api:2 2".to_string()], [0, 100]));
}

#[test]
fn cdp_02_a_stopped_deployment_goes_back_where_it_is_told_to() {
    for (back, ends) in
        [(true, vec!["PRIMARY api:1 2".to_string()]), (false, vec!["PRIMARY api:1 2".into(), "ACTIVE api:2 2".into()])]
    {
        let mut own = ready(json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes" }));
        let id = deploy(&mut own, "api:2", json!({}));
        wait(&mut own.lab, "1m");
        assert_eq!(weights(&own), [90, 10]);
        call(&mut own.lab, "StopDeployment", json!({ "deploymentId": id, "autoRollbackEnabled": back }));
        assert_eq!(status(&own, &id), "Stopped");
        wait(&mut own.lab, "1m");
        assert_eq!((weights(&own), sets(&own)), (if back { [100, 0] } else { [90, 10] }, ends));
        if back {
            let of = shown(&own, &id)["rollbackInfo"]["rollbackDeploymentId"].as_str().unwrap().to_string();
            let rollback = shown(&own, &of);
            assert_eq!(
                (&rollback["creator"], &rollback["status"]),
                (&json!("codeDeployRollback"), &json!("Succeeded"))
            );
            assert_eq!(rollback["rollbackInfo"]["rollbackTriggeringDeploymentId"], id);
        }
    }
}

#[test]
fn cdp_02_a_rollback_while_blue_waits_makes_it_primary_again() {
    let mut own = ready(json!({}));
    let id = deploy(&mut own, "api:2", json!({}));
    wait(&mut own.lab, "2m");
    assert_eq!((weights(&own), sets(&own)), ([0, 100], vec!["PRIMARY api:2 2".to_string(), "ACTIVE api:1 2".into()]));
    call(&mut own.lab, "StopDeployment", json!({ "deploymentId": id, "autoRollbackEnabled": true }));
    assert_eq!(weights(&own), [100, 0]);
    wait(&mut own.lab, "1m");
    assert_eq!(sets(&own), ["PRIMARY api:1 2"]);
    assert!(service(&own.lab)["taskDefinition"].as_str().unwrap().ends_with("api:1"));
}

#[test]
fn cdp_04_green_has_an_hour() {
    let rollback = json!({ "enabled": true, "events": ["DEPLOYMENT_FAILURE"] });
    let mut own = ready(json!({ "autoRollbackConfiguration": rollback }));
    register(
        &mut own.lab,
        "api",
        json!({ "image": "no-such-image-anywhere", "portMappings": [{ "containerPort": 80 }] }),
    );
    let id = deploy(&mut own, "api:4", json!({}));
    wait(&mut own.lab, "59m59s");
    assert_eq!(status(&own, &id), "InProgress");
    wait(&mut own.lab, "5s");
    let shown = shown(&own, &id);
    assert_eq!((&shown["status"], &shown["errorInformation"]["code"]), (&json!("Failed"), &json!("TIMEOUT")));
    wait(&mut own.lab, "1m");
    assert_eq!((sets(&own), weights(&own)[1]), (vec!["PRIMARY api:1 2".to_string()], 0));
}

/// CDP-07: scaling is not blocked while both task sets run, and who counts the service's tasks counts both sets.
#[test]
fn cdp_07_a_new_desired_count_in_the_middle_holds_for_both_task_sets() {
    let mut own = ready(json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes" }));
    let id = deploy(&mut own, "api:2", json!({}));
    wait(&mut own.lab, "2m");
    assert_eq!((weights(&own), counts(&own.lab)), ([90, 10], [2, 4, 0]));
    update(&mut own.lab, json!({ "desiredCount": 3 }));
    wait(&mut own.lab, "2m");
    assert_eq!((weights(&own), counts(&own.lab)), ([90, 10], [3, 6, 0]));
    wait(&mut own.lab, "15m");
    assert_eq!((status(&own, &id).as_str(), sets(&own)), ("Succeeded", vec!["PRIMARY api:2 3".to_string()]));
}

/// CDP-03: while the traffic shifts, the requests of a load follow the listener.
#[test]
fn cdp_03_a_canary_gets_its_part_of_the_requests() {
    let mut own = ready(json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes" }));
    load(&mut own.lab, json!({ "requestsPerSecond": 10, "workMilliseconds": 10 }));
    let requests = |own: &mut Stage| {
        [own.blue.clone(), own.green.clone()].map(|group| {
            let of = format!("TargetGroup={}", group.rsplit_once(':').unwrap().1);
            points(&mut own.lab, "AWS/ApplicationELB", "RequestCountPerTarget", &of, 60).last().map(|own| own[3])
        })
    };
    deploy(&mut own, "api:2", json!({}));
    let mut seen = Vec::new();
    for _ in 0..14 {
        wait(&mut own.lab, "1m");
        seen.push((weights(&own), requests(&mut own)));
    }
    assert!(seen.contains(&([90, 10], [Some(270.0), Some(30.0)])), "{seen:?}");
    assert!(seen.iter().any(|(weights, each)| *weights == [0, 100] && each[1] == Some(300.0)), "{seen:?}");
}

#[test]
fn cdp_02_an_alarm_stops_it() {
    let alarms = json!({ "enabled": true, "alarms": [{ "name": "errors" }] });
    let rollback = json!({ "enabled": true, "events": ["DEPLOYMENT_STOP_ON_ALARM"] });
    let mut own = ready(json!({ "alarmConfiguration": alarms, "autoRollbackConfiguration": rollback }));
    alarm(&mut own.lab, "errors", "OK");
    let id = deploy(&mut own, "api:2", json!({}));
    wait(&mut own.lab, "2m");
    assert_eq!(weights(&own), [0, 100]);
    alarm(&mut own.lab, "errors", "ALARM");
    wait(&mut own.lab, "2s");
    // It counts though it is over before anybody looks.
    alarm(&mut own.lab, "errors", "OK");
    wait(&mut own.lab, "60s");
    assert_eq!((status(&own, &id).as_str(), weights(&own)), ("Stopped", [100, 0]));
    assert_eq!(shown(&own, &id)["errorInformation"]["code"], "ALARM_ACTIVE");
}

#[test]
fn codedeploy_6_7_a_service_that_is_deleted_fails_it() {
    let mut own = ready(json!({}));
    let canary = json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent15Minutes" });
    let id = deploy(&mut own, "api:2", canary);
    wait(&mut own.lab, "2m");
    assert_eq!(weights(&own), [90, 10]);
    ecs(&mut own.lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    wait(&mut own.lab, "20m");
    assert_eq!((status(&own, &id).as_str(), weights(&own)), ("Failed", [90, 10]));
    assert_eq!(shown(&own, &id)["errorInformation"]["code"], "INVALID_ECS_SERVICE");
}

#[test]
fn cdp_02_7_1_its_role_must_be_allowed_to() {
    // What the role may not do, and which service it is said of.
    for (denied, of) in [
        ("ecs:CreateTaskSet", Some("AmazonECS")),
        ("elasticloadbalancing:ModifyListener", Some("AmazonElasticLoadBalancing")),
        ("ecs:UpdateServicePrimaryTaskSet", Some("AmazonECS")),
        ("ecs:DeleteTaskSet", Some("AmazonECS")),
        ("s3:GetObject", None),
    ] {
        let mut own = ready(json!({}));
        let policy =
            json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": denied, "Resource": "*" }] });
        own.iam(
            "PutRolePolicy",
            json!({ "RoleName": "deployer", "PolicyName": "no", "PolicyDocument": policy.to_string() }),
        );
        let id = deploy(&mut own, "api:2", json!({}));
        wait(&mut own.lab, "10m");
        let error = shown(&own, &id)["errorInformation"].clone();
        match of {
            Some(of) => {
                assert_eq!(
                    (status(&own, &id).as_str(), &error["code"]),
                    ("Failed", &json!("IAM_ROLE_PERMISSIONS")),
                    "{denied}"
                );
                assert!(
                    error["message"].as_str().unwrap().contains(&format!("in the following AWS service: {of}.")),
                    "{error}"
                );
            }
            None => assert_eq!(status(&own, &id), "Succeeded", "{error}"),
        }
    }
}

pub fn in_s3(bucket: &str, key: &str, bundle: &str) -> Value {
    json!({ "revisionType": "S3", "s3Location": { "bucket": bucket, "key": key, "bundleType": bundle } })
}

#[test]
fn cdp_06_what_ecs_refuses_fails_the_deployment() {
    let mut own = ready(json!({}));
    let id = deploy(&mut own, "none:1", json!({}));
    wait(&mut own.lab, "1s");
    let error = shown(&own, &id)["errorInformation"].clone();
    assert_eq!((status(&own, &id).as_str(), &error["code"]), ("Failed", &json!("ECS_UPDATE_ERROR")));
    assert!(error["message"].as_str().unwrap().contains("TaskDefinition not found."), "{error}");
}

#[test]
fn cdp_01_cdp_03_cdp_06_errors() {
    let mut own = ready(json!({}));
    let refused = |own: &mut Stage, operation: &str, input: Value| {
        let error = try_call(&mut own.lab, operation, input).expect_err(operation);
        error.code.to_string()
    };
    let named = json!({ "applicationName": "app", "deploymentGroupName": "dgp" });
    let other = group(&own, json!({ "deploymentGroupName": "other" }));
    for (extra, code) in [
        (json!({ "applicationName": "none" }), "ApplicationDoesNotExistException"),
        (json!({ "deploymentGroupName": "dgp" }), "DeploymentGroupAlreadyExistsException"),
        (json!({ "deploymentConfigName": "mine" }), "DeploymentConfigDoesNotExistException"),
        (json!({ "serviceRoleArn": "" }), "InvalidRoleException"),
        (json!({ "serviceRoleArn": "arn:aws:iam::123456789012:role/nosuch" }), "InvalidRoleException"),
        (json!({ "serviceRoleArn": "arn:aws:iam::123456789012:role/ecsInstanceRole" }), "InvalidRoleException"),
        (
            json!({ "serviceRoleArn": "arn:aws:iam::210987654321:role/on-trust" }),
            "ECSServiceMappingLimitExceededException",
        ),
        (json!({ "deploymentStyle": { "deploymentType": "IN_PLACE" } }), "InvalidDeploymentStyleException"),
        (json!({ "blueGreenDeploymentConfiguration": {} }), "InvalidBlueGreenDeploymentConfigurationException"),
        (json!({ "ecsServices": [] }), "InvalidECSServiceException"),
        (json!({ "ecsServices": [{ "clusterName": "prod", "serviceName": "none" }] }), "InvalidECSServiceException"),
        (json!({ "loadBalancerInfo": {} }), "InvalidLoadBalancerInfoException"),
        (json!({}), "ECSServiceMappingLimitExceededException"),
    ] {
        assert_eq!(refused(&mut own, "CreateDeploymentGroup", over(other.clone(), extra.clone())), code, "{extra}");
    }
    assert_eq!(
        refused(&mut own, "CreateApplication", json!({ "applicationName": "app", "computePlatform": "ECS" })),
        "ApplicationAlreadyExistsException"
    );
    assert_eq!(
        refused(&mut own, "CreateApplication", json!({ "applicationName": "x", "computePlatform": "Server" })),
        "UnsupportedFeatureException"
    );
    let content = |text: &str| json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": text } });
    for (extra, code) in [
        (json!({ "deploymentGroupName": "none" }), "DeploymentGroupDoesNotExistException"),
        (json!({}), "RevisionRequiredException"),
        (json!({ "revision": { "revisionType": "GitHub" } }), "UnsupportedFeatureException"),
        (json!({ "revision": { "revisionType": "S3" } }), "InvalidRevisionException"),
        (json!({ "revision": { "revisionType": "S3", "s3Location": { "bucket": "b" } } }), "InvalidRevisionException"),
        (json!({ "revision": in_s3("b", "k", "zip") }), "InvalidRevisionException"),
        (json!({ "revision": in_s3("b", "k", "tar") }), "InvalidRevisionException"),
        (json!({ "revision": content("Hooks:\n  - AfterInstall: arn\n") }), "UnsupportedFeatureException"),
        (json!({ "revision": spec("api:2"), "deploymentConfigName": "mine" }), "DeploymentConfigDoesNotExistException"),
    ] {
        assert_eq!(refused(&mut own, "CreateDeployment", over(named.clone(), extra.clone())), code, "{extra}");
    }
    let id = deploy(&mut own, "api:2", json!({}));
    let again = over(named, json!({ "revision": spec("api:3") }));
    let error = try_call(&mut own.lab, "CreateDeployment", again).unwrap_err();
    assert_eq!(error.message, format!("The Deployment Group 'dgp' already has an active Deployment '{id}'"));
    assert_eq!(
        refused(&mut own, "StopDeployment", json!({ "deploymentId": "d-1" })),
        "DeploymentDoesNotExistException"
    );
    // The service goes in the middle of it: it fails in time, and nothing is left.
    ecs(&mut own.lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    wait(&mut own.lab, "2h");
    assert_eq!(status(&own, &id), "Failed");
    assert_eq!(service(&own.lab)["status"], "INACTIVE");
}
