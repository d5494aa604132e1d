//! What the calls on services refuse, the error in front first (6.1, 6.2, 6.3, 6.15), and what AWS was recorded to answer.

use super::deck::*;
use crate::lab::support::*;
use ecs_lab::lab::Command;
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";

#[test]
fn sv_03_sv_07_rl_04_errors_of_create_service() {
    let mut lab = on(1);
    create(&mut lab, 1, json!({}));
    let rolling = |minimum: i32, maximum: i32| json!({ "deploymentConfiguration": { "minimumHealthyPercent": minimum, "maximumPercent": maximum } });
    let input = json!({
        "cluster": "absent", "serviceName": "a b", "desiredCount": -1, "taskDefinition": "absent", "launchType": "FARGATE",
        "deploymentConfiguration": { "minimumHealthyPercent": 101, "maximumPercent": 0 },
        "healthCheckGracePeriodSeconds": -1, "serviceRegistries": [{ "containerName": "app" }],
        "placementStrategy": [{ "type": "spread", "field": "instanceId" }],
    });
    let both = "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments";
    descending(
        &mut lab,
        "CreateService",
        input,
        &[
            (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
            (
                (
                    INVALID,
                    "Invalid service name: up to 255 letters (upper and lowercase), numbers, underscores, and hyphens.",
                    true,
                ),
                json!({ "serviceName": "web" }),
            ),
            ((INVALID, "DesiredCount can not be lesser than 0", false), json!({ "desiredCount": 5001 })),
            ((INVALID, "desiredCount can be at most 5000.", true), json!({ "desiredCount": 1 })),
            ((INVALID, "maximumPercent must be at least 100", false), rolling(101, 150)),
            ((INVALID, "minimumHealthyPercent must be at most 100", false), rolling(100, 100)),
            ((INVALID, both, false), rolling(50, 100)),
            (
                (INVALID, "healthCheckGracePeriodSeconds should be between 0 and 2147483647.", true),
                json!({ "healthCheckGracePeriodSeconds": 0 }),
            ),
            (("ClientException", "TaskDefinition not found.", false), json!({ "taskDefinition": "web" })),
            ((INVALID, "registryArn can not be blank.", true), json!({ "serviceRegistries": [] })),
            ((INVALID, "Task definition does not support launch_type FARGATE.", false), json!({ "launchType": "EC2" })),
            ((INVALID, "Creation of service was not idempotent.", false), json!({ "serviceName": "another" })),
        ],
    );
}

#[test]
fn dm_02_dm_04_errors_of_a_daemon() {
    let mut lab = on(1);
    let strategy = json!([{ "type": "random" }]);
    let input = json!({
        "cluster": "prod", "serviceName": "d", "taskDefinition": "web", "schedulingStrategy": "DAEMON",
        "deploymentConfiguration": { "maximumPercent": 200 }, "placementStrategy": strategy, "launchType": "FARGATE",
        "availabilityZoneRebalancing": "ENABLED",
    });
    let daemon = |what: &str| format!("The daemon scheduling strategy does not support {what}");
    let texts = [
        daemon("a desired count for services"),
        daemon("values above 100 for maximumPercent"),
        daemon("placement strategies"),
        daemon("the launch type FARGATE"),
    ];
    let refusal =
        |index: usize, ours: bool| -> Refusal { (INVALID, Box::leak(texts[index].clone().into_boxed_str()), ours) };
    descending(
        &mut lab,
        "CreateService",
        input,
        &[
            (refusal(1, false), json!({ "deploymentConfiguration": {} })),
            (refusal(2, false), json!({ "placementStrategy": [] })),
            (refusal(3, true), json!({ "launchType": "EC2" })),
            (
                (INVALID, "Availability Zone Rebalancing does not support DAEMON services", false),
                json!({ "availabilityZoneRebalancing": "DISABLED" }),
            ),
        ],
    );
}

#[test]
fn sv_04_sv_05_errors_of_update_and_delete() {
    let mut lab = on(1);
    create(&mut lab, 1, json!({}));
    register(&mut lab, "old", json!({}));
    ecs(&mut lab, "DeregisterTaskDefinition", json!({ "taskDefinition": "old:1" }));
    let input = json!({ "cluster": "absent", "service": "absent", "desiredCount": -1, "taskDefinition": "old:1" });
    let unknown = ("ServiceNotFoundException", "Service not found.", false);
    descending(
        &mut lab,
        "UpdateService",
        input,
        &[
            (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
            (unknown, json!({ "service": "web" })),
            ((INVALID, "DesiredCount can not be lesser than 0", false), json!({ "desiredCount": 1 })),
            (("ClientException", "TaskDefinition is inactive", false), json!({ "taskDefinition": "web" })),
        ],
    );
    wait(&mut lab, "10s");
    let answer = descending(
        &mut lab,
        "DeleteService",
        json!({ "cluster": "absent", "service": "absent" }),
        &[
            (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
            (unknown, json!({ "service": "web" })),
            ((INVALID, "The service cannot be stopped while it is scaled above 0.", false), json!({ "force": true })),
        ],
    );
    assert_eq!(answer["service"]["status"], "DRAINING");
    let again = json!({ "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": 1 });
    let error = try_ecs(&mut lab, "CreateService", again.clone()).unwrap_err();
    assert_eq!(error.message, "Unable to Start a service that is still Draining.");
    let error = try_ecs(&mut lab, "UpdateService", json!({ "cluster": "prod", "service": "web" })).unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), ("ServiceNotActiveException", "Service was not ACTIVE."));
    wait(&mut lab, "10s");
    assert_eq!(service(&lab)["status"], "INACTIVE", "SV-02");
    let error = try_ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web" })).unwrap_err();
    assert_eq!(error.code, "ServiceNotFoundException");
    assert_eq!(ecs(&mut lab, "CreateService", again.clone())["service"]["status"], "ACTIVE", "SV-03");
    let twice = ecs(&mut lab, "CreateService", over(again, json!({ "clientToken": "t" })));
    assert_eq!(twice["service"]["serviceArn"], service(&lab)["serviceArn"], "SV-03: the same request");
}

#[test]
fn sv_05_sv_06_what_is_missing_is_a_failure_and_a_cluster_with_services_stays() {
    let mut lab = on(1);
    create(&mut lab, 0, json!({}));
    let found = ecs(&mut lab, "DescribeServices", json!({ "cluster": "prod", "services": ["web", "absent"] }));
    let arn = "arn:aws:ecs:us-east-1:123456789012:service/prod/absent";
    assert_eq!(found["failures"], json!([{ "arn": arn, "reason": "MISSING" }]));
    assert_eq!(found["services"].as_array().unwrap().len(), 1);
    let many: Vec<String> = (0..11).map(|n| format!("s{n}")).collect();
    assert!(try_ecs(&mut lab, "DescribeServices", json!({ "cluster": "prod", "services": many })).is_err());
    let error = try_ecs(&mut lab, "DeleteCluster", json!({ "cluster": "prod" })).unwrap_err();
    assert_eq!(error.message, "The Cluster cannot be deleted while Services are active.");
    // One that drains is not active.
    ecs(&mut lab, "UpdateService", json!({ "cluster": "prod", "service": "web", "desiredCount": 1 }));
    wait(&mut lab, "1m");
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    assert_eq!(service(&lab)["status"], "DRAINING");
    let error = try_ecs(&mut lab, "DeleteCluster", json!({ "cluster": "prod" })).unwrap_err();
    assert_eq!(error.message, "The Cluster cannot be deleted while Container Instances are active or draining.");
}

/// 8.6: what is refused without a task role is named.
#[test]
fn ecs_exec_of_a_service_needs_a_task_role() {
    let mut lab = on(1);
    let definition = json!({
        "family": "far", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } });
    let mut service = json!({
        "cluster": "prod", "serviceName": "far", "taskDefinition": "far", "desiredCount": 0, "launchType": "FARGATE",
        "networkConfiguration": network, "enableExecuteCommand": true,
    });
    let error = try_ecs(&mut lab, "CreateService", service.clone()).unwrap_err();
    assert!(error.message.starts_with("The service couldn't be created because a valid taskRoleArn"), "{error}");
    service["enableExecuteCommand"] = json!(false);
    ecs(&mut lab, "CreateService", service);
    let update = json!({ "cluster": "prod", "service": "far", "enableExecuteCommand": true });
    let error = try_ecs(&mut lab, "UpdateService", update).unwrap_err();
    assert!(error.message.starts_with("The service couldn't be updated because a valid taskRoleArn"), "{error}");
}

/// The answers recorded from AWS that are about services.
#[test]
fn recorded_answers_of_services() {
    let mut lab = on(1);
    let probe =
        |extra: Value| over(json!({ "serviceName": "probe", "cluster": "prod", "taskDefinition": "web:1" }), extra);
    let arn = |cluster: &str| format!("arn:aws:ecs:us-east-1:123456789012:service-revision/{cluster}/zero/1");
    for (operation, input, code, message) in [
        ("CreateService", probe(json!({ "desiredCount": -1 })), INVALID, "DesiredCount can not be lesser than 0"),
        (
            "CreateService",
            probe(json!({ "desiredCount": 0, "deploymentConfiguration": { "maximumPercent": 0 } })),
            INVALID,
            "maximumPercent must be at least 100",
        ),
        (
            "CreateService",
            probe(json!({ "desiredCount": 0, "taskDefinition": "absent" })),
            "ClientException",
            "TaskDefinition not found.",
        ),
        ("CreateService", probe(json!({})), INVALID, "DesiredCount is missing"),
        (
            "UpdateService",
            json!({ "cluster": "prod", "service": "absent", "desiredCount": 0 }),
            "ServiceNotFoundException",
            "Service not found.",
        ),
        (
            "DescribeServices",
            json!({ "cluster": "absent", "services": ["absent"] }),
            "ClusterNotFoundException",
            "Cluster not found.",
        ),
        (
            "DescribeServiceRevisions",
            json!({ "serviceRevisionArns": [] }),
            INVALID,
            "The Service ARN provided is invalid.",
        ),
        (
            "DescribeServiceRevisions",
            json!({ "serviceRevisionArns": vec![arn("prod"); 21] }),
            INVALID,
            "Service Revision ARN count cannot exceed 20",
        ),
        (
            "DescribeServiceRevisions",
            json!({ "serviceRevisionArns": [arn("deleted")] }),
            "ClusterNotFoundException",
            "The referenced cluster was inactive.",
        ),
    ] {
        let error = try_ecs(&mut lab, operation, input).unwrap_err();
        assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), (code, message, false), "{operation}");
    }
}

#[test]
fn ov_04_services_take_no_overrides() {
    let mut lab = on(1);
    let input = json!({ "serviceName": "web", "taskDefinition": "web", "desiredCount": 1, "overrides": {} });
    let error = lab.apply(Command::ecs("CreateService", input)).unwrap_err();
    assert!(error.message.contains("Unknown parameter in input: \"overrides\""), "{error}");
}
