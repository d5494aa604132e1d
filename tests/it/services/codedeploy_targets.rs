//! What is said of a CodeDeploy deployment while it goes on and when it failed: lifecycle events (CDP-02), broken AppSpec
//! files (CDP-06).

use super::codedeploy::{call, deploy, group, ready, shown, status};
use super::deck::over;
use super::shifts::Stage;
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command};
use serde_json::{Value, json};

/// The statuses of the lifecycle events in their order: Succeeded, InProgress, Failed, `.` for Pending, `-` for Skipped.
fn events(own: &Stage, id: &str) -> String {
    let input = json!({ "deploymentId": id, "targetId": "prod:web" });
    let target = own.lab.read(&ApiCall::new("codedeploy", "GetDeploymentTarget", input)).unwrap();
    let events = target["deploymentTarget"]["ecsTarget"]["lifecycleEvents"].as_array().unwrap().clone();
    let times: Vec<f64> = events
        .iter()
        .flat_map(|event| {
            let (status, [start, end]) = (&event["status"], ["startTime", "endTime"].map(|name| event[name].as_f64()));
            assert_eq!(start.is_some(), *status != "Pending" && *status != "Skipped", "{event}");
            assert_eq!(end.is_some(), *status == "Succeeded" || *status == "Failed", "{event}");
            [start, end].into_iter().flatten()
        })
        .collect();
    assert!(times.is_sorted(), "{events:?}");
    let one = |event: &Value| match event["status"].as_str().unwrap() {
        "Succeeded" => "S",
        "InProgress" => "I",
        "Failed" => "F",
        "Pending" => ".",
        "Skipped" => "-",
        other => panic!("{other}"),
    };
    events.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn cdp_02_one_lifecycle_event_at_a_time() {
    let waits = json!({
        "terminateBlueInstancesOnDeploymentSuccess": { "action": "TERMINATE", "terminationWaitTimeInMinutes": 60 },
        "deploymentReadyOption": { "actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 10 },
    });
    let canary = "CodeDeployDefault.ECSCanary10Percent5Minutes";
    let mut own = ready(json!({ "blueGreenDeploymentConfiguration": waits, "deploymentConfigName": canary }));
    let id = deploy(&mut own, "api:2", json!({}));
    assert_eq!(events(&own, &id), "S I . . . .", "green comes up");
    wait(&mut own.lab, "1m");
    assert_eq!((status(&own, &id).as_str(), events(&own, &id).as_str()), ("Ready", "S S S . . ."));
    call(&mut own.lab, "ContinueDeployment", json!({ "deploymentId": id, "deploymentWaitType": "READY_WAIT" }));
    assert_eq!(events(&own, &id), "S S S S I .", "a tenth of the traffic moved");
    wait(&mut own.lab, "6m");
    assert_eq!((status(&own, &id).as_str(), events(&own, &id).as_str()), ("InProgress", "S S S S S S"));
    call(&mut own.lab, "ContinueDeployment", json!({ "deploymentId": id, "deploymentWaitType": "TERMINATION_WAIT" }));
    assert_eq!((status(&own, &id).as_str(), events(&own, &id).as_str()), ("Succeeded", "S S S S S S"));
    // Stopped in the middle: what is over stays so.
    let id = deploy(&mut own, "api:3", json!({}));
    wait(&mut own.lab, "1m");
    call(&mut own.lab, "StopDeployment", json!({ "deploymentId": id, "autoRollbackEnabled": true }));
    assert_eq!((status(&own, &id).as_str(), events(&own, &id).as_str()), ("Stopped", "S S S - - -"));
    wait(&mut own.lab, "1m");
    // Green never comes up: Install fails.
    let image = json!({ "image": "no-such-image-anywhere", "portMappings": [{ "containerPort": 80 }] });
    register(&mut own.lab, "api", image);
    let id = deploy(&mut own, "api:4", json!({}));
    wait(&mut own.lab, "61m");
    assert_eq!((status(&own, &id).as_str(), events(&own, &id).as_str()), ("Failed", "S F - - - -"));
}

/// CDP-02: only a group with a listener for tests has events of its traffic.
#[test]
fn cdp_02_traffic_of_tests_has_events_of_its_own() {
    let mut own = ready(json!({}));
    let mut with_tests = group(&own, json!({}));
    with_tests["loadBalancerInfo"]["targetGroupPairInfoList"][0]["testTrafficRoute"] =
        json!({ "listenerArns": [own.test] });
    let names = json!({ "applicationName": "app", "deploymentGroupName": "dgp" });
    call(&mut own.lab, "DeleteDeploymentGroup", names);
    call(&mut own.lab, "CreateDeploymentGroup", with_tests);
    let id = deploy(&mut own, "api:2", json!({}));
    assert_eq!(events(&own, &id), "S I . . . . . .");
}

#[test]
fn cdp_06_a_broken_appspec_fails_the_deployment() {
    let mut own = ready(json!({}));
    let first = "The deployment failed because the AppSpec file that specifies the deployment configuration is missing or has an \
                 invalid configuration. ";
    let empty = "{\"Resources\":[{\"x\":{\"Type\":\"AWS::ECS::Service\",\"Properties\":{}}}]}";
    let needs =
        "The AppSpec file needs TaskDefinition, LoadBalancerInfo.ContainerName and LoadBalancerInfo.ContainerPort.";
    for (content, why) in [
        ("[", "The input AppSpec file is a not well-formed yaml. The template cannot be parsed. (line 1)"),
        ("", "The AppSpec file must have one resource of the type AWS::ECS::Service."),
        ("Resources: []", "The AppSpec file must have one resource of the type AWS::ECS::Service."),
        (empty, needs),
    ] {
        for revision in [
            json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": content } }),
            json!({ "revisionType": "String", "string": { "content": content } }),
        ] {
            let id = deploy(&mut own, "api:2", json!({ "revision": revision }));
            let error = shown(&own, &id)["errorInformation"].clone();
            let expected = json!({ "code": "INVALID_REVISION", "message": format!("{first}{why}") });
            assert_eq!((status(&own, &id).as_str(), error), ("Failed", expected), "{content}");
            assert_eq!(events(&own, &id), "- - - - - -", "{content}");
        }
    }
    // Nothing stands in the way of the next one.
    let id = deploy(&mut own, "api:2", json!({}));
    wait(&mut own.lab, "10m");
    assert_eq!(status(&own, &id), "Succeeded");
}

/// 1.2: not together with CodeDeploy, while the utilisation of the service is.
#[test]
fn rule_1_2_requests_per_target_are_not_for_codedeploy() {
    let mut own = ready(json!({}));
    let mut scaling = |operation: &str, more: Value| {
        let target = json!({
            "ServiceNamespace": "ecs", "ResourceId": "service/prod/web", "ScalableDimension": "ecs:service:DesiredCount",
        });
        own.lab.apply(Command::Api(ApiCall::new("application-autoscaling", operation, over(target, more))))
    };
    scaling("RegisterScalableTarget", json!({ "MinCapacity": 2, "MaxCapacity": 4 })).unwrap();
    let policy = |metric: Value| {
        let config = json!({ "TargetValue": 50.0, "PredefinedMetricSpecification": metric });
        json!({ "PolicyName": "p", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config })
    };
    let label = "app/lb/0123456789abcdef/targetgroup/blue/0123456789abcdef";
    let requests = json!({ "PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label });
    let error = scaling("PutScalingPolicy", policy(requests)).unwrap_err();
    assert_eq!((&*error.code, error.ours), ("ValidationException", true));
    assert!(error.message.contains("not supported for a service that CodeDeploy deploys"), "{error}");
    scaling("PutScalingPolicy", policy(json!({ "PredefinedMetricType": "ECSServiceAverageCPUUtilization" }))).unwrap();
}
