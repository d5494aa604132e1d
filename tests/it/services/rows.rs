//! Rows of ecs.md 6.6, 6.11, 6.14, 6.15, 8.1 and 8.3 that no other test holds.

use super::balanced::{behind, delay, in_use};
use super::deck::*;
use crate::lab::cloudmap::{private, service as service_in_cloud_map};
use crate::lab::elb::{SUBNETS, health};
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn fault(lab: &mut Lab, input: Value) {
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
}

/// 6.6: an application that needs 90 s to boot is killed for ever with a grace period of 0, where no substitute may come
/// first and give it the time. A grace period mends it that lasts until five probes have passed: the target was unhealthy.
#[test]
fn grace_6_6_an_application_that_boots_in_90_s() {
    for (grace, runs) in [(0, false), (90, false), (241, true)] {
        let mut lab = on(2);
        let boots = json!(["sh", "-c", "sleep 90 && nginx"]);
        register(
            &mut lab,
            "api",
            json!({ "image": "nginx:1.27", "command": boots, "portMappings": [{ "containerPort": 80 }] }),
        );
        let group = in_use(&mut lab, "instance");
        let input = json!({ "TargetGroupArn": group, "HealthCheckIntervalSeconds": 30, "UnhealthyThresholdCount": 2 });
        crate::lab::elb::elb(&mut lab, "ModifyTargetGroup", input);
        delay(&mut lab, &group, 10);
        let config = json!({ "minimumHealthyPercent": 0, "maximumPercent": 100 });
        let extra = json!({
            "taskDefinition": "api", "loadBalancers": behind(&group), "healthCheckGracePeriodSeconds": grace,
            "deploymentConfiguration": config,
        });
        create(&mut lab, 1, extra);
        wait(&mut lab, "20m");
        let killed = said(&lab).iter().filter(|own| own.contains("is unhealthy in (target-group")).count();
        assert_eq!((killed == 0, killed > 5), (runs, !runs), "{grace}: {killed}");
        assert_eq!(service(&lab)["deployments"][0]["rolloutState"], if runs { "COMPLETED" } else { "IN_PROGRESS" });
    }
}

/// 6.11: 5,000 container instances in a cluster.
#[test]
fn quota_6_11_of_container_instances() {
    let mut lab = lab();
    for _ in 0..5 {
        launch(&mut lab, "t3.micro", ZONE_A, 1001, "");
    }
    wait(&mut lab, "3m");
    let shown = ecs(&mut lab, "DescribeClusters", json!({ "clusters": ["prod"] }));
    assert_eq!(shown["clusters"][0]["registeredContainerInstancesCount"], 5000);
}

/// 6.14 fargate cap: a service on Fargate whose zone is out of capacity says so, and goes on when it is back.
#[test]
fn fargate_cap_6_14_a_service_without_capacity_on_fargate() {
    let mut lab = on(0);
    let input = json!({
        "family": "far", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    fault(&mut lab, json!({ "fargateCapacity": { "zone": ZONE_A, "available": false } }));
    let network = json!({ "awsvpcConfiguration": { "subnets": [SUBNETS[0]], "assignPublicIp": "ENABLED" } });
    create(&mut lab, 1, json!({ "taskDefinition": "far", "launchType": "FARGATE", "networkConfiguration": network }));
    wait(&mut lab, "5m");
    let text = "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later \
                or in a different availability zone.";
    assert_eq!(said(&lab), [text]);
    fault(&mut lab, json!({ "fargateCapacity": { "zone": ZONE_A, "available": true } }));
    wait(&mut lab, "2m");
    assert_eq!(counts(&lab), [1, 1, 0]);
}

/// 6.14: the words on a task of a task set.
#[test]
fn unhealthy_6_14_a_task_of_a_task_set() {
    let mut lab = on(2);
    register(&mut lab, "api", json!({ "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }));
    let group = in_use(&mut lab, "instance");
    let input = json!({
        "cluster": "prod", "serviceName": "web", "desiredCount": 1, "deploymentController": { "type": "EXTERNAL" },
    });
    ecs(&mut lab, "CreateService", input);
    let set = json!({
        "cluster": "prod", "service": "web", "taskDefinition": "api", "scale": { "value": 100.0, "unit": "PERCENT" },
        "loadBalancers": behind(&group),
    });
    ecs(&mut lab, "CreateTaskSet", set);
    fault(&mut lab, json!({ "application": { "family": "api", "outcome": "ERROR" } }));
    wait(&mut lab, "5m");
    let said: Vec<String> = said(&lab).into_iter().map(|own| own.replace(&group, "TG")).collect();
    let (start, end) = (
        "(service web, taskSet D) (task T) (instance i-",
        ") (port 32768) is unhealthy in (target-group TG) due to (reason Health checks failed with these codes: [500])",
    );
    assert!(said.iter().any(|own| own.starts_with(start) && own.ends_with(end)), "{said:#?}");
}

/// 8.3: a Fargate Spot task of a service leaves its load balancer before SIGTERM, and another one comes.
#[test]
fn spot_8_3_a_reclaimed_task_leaves_its_load_balancer_first() {
    let mut lab = on(0);
    let input = json!({
        "family": "far", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "containerDefinitions": [{ "name": "app", "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", input);
    let input = json!({
        "cluster": "prod", "capacityProviders": ["FARGATE_SPOT"], "defaultCapacityProviderStrategy": [],
    });
    ecs(&mut lab, "PutClusterCapacityProviders", input);
    let group = in_use(&mut lab, "ip");
    delay(&mut lab, &group, 60);
    let extra = json!({
        "taskDefinition": "far", "loadBalancers": behind(&group),
        "capacityProviderStrategy": [{ "capacityProvider": "FARGATE_SPOT", "weight": 1 }],
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": SUBNETS, "assignPublicIp": "ENABLED" } },
    });
    create(&mut lab, 1, extra);
    wait(&mut lab, "3m");
    let task = tasks(&mut lab, "RUNNING")[0].clone();
    fault(&mut lab, json!({ "spotReclaim": { "task": task["taskArn"] } }));
    let state = |lab: &Lab| describe(lab, &task)["lastStatus"].as_str().unwrap().to_string();
    assert_eq!(state(&lab), "DEACTIVATING");
    assert!(health(&mut lab, &group).iter().any(|own| own.0 == "draining"));
    wait(&mut lab, "59s");
    assert_eq!(state(&lab), "DEACTIVATING");
    wait(&mut lab, "2s");
    assert_eq!(state(&lab), "STOPPING");
    wait(&mut lab, "2m");
    let ended = describe(&lab, &task);
    assert_eq!((&ended["lastStatus"], &ended["stopCode"]), (&json!("STOPPED"), &json!("SpotInterruption")));
    assert_eq!(counts(&lab), [1, 1, 0]);
}

/// 6.11, 6.15: an override of more than 8,192 characters, and no container instance named.
#[test]
fn quota_6_11_of_overrides_and_6_15_of_nothing_named() {
    let mut lab = on(1);
    let environment = json!([{ "name": "A", "value": "x".repeat(8192) }]);
    let overrides = json!({ "containerOverrides": [{ "name": "app", "environment": environment }] });
    let input = json!({ "cluster": "prod", "taskDefinition": "web", "overrides": overrides });
    assert_eq!(try_ecs(&mut lab, "RunTask", input).unwrap_err().message, "Overrides length must be at most 8192.");
    let input = json!({ "cluster": "prod", "containerInstances": [] });
    let error = try_ecs(&mut lab, "DescribeContainerInstances", input).unwrap_err();
    assert_eq!(
        (error.code.as_ref(), error.message.as_str()),
        ("ClientException", "Container Instances cannot be empty.")
    );
}

/// 8.1: what services outside of AWS have not.
#[test]
fn ext_8_1_no_service_discovery_and_no_service_connect_outside() {
    let mut lab = on(0);
    register(&mut lab, "api", json!({ "portMappings": [{ "containerPort": 80, "name": "http" }] }));
    let space = private(&mut lab, "corp.internal");
    let registry = service_in_cloud_map(&mut lab, &space, "srv", &["SRV"]);
    let registries = json!([{ "registryArn": registry["Arn"], "containerName": "app", "containerPort": 80 }]);
    let connect = json!({ "enabled": true, "namespace": "corp.internal", "services": [{ "portName": "http" }] });
    for (extra, message) in [
        (
            json!({ "serviceRegistries": registries }),
            "Service discovery is not supported with the launch type EXTERNAL.",
        ),
        (
            json!({ "serviceConnectConfiguration": connect }),
            "Service Connect is not supported with the launch type EXTERNAL.",
        ),
    ] {
        let input = json!({
            "cluster": "prod", "serviceName": "web", "taskDefinition": "api", "desiredCount": 1, "launchType": "EXTERNAL",
        });
        assert_eq!(try_ecs(&mut lab, "CreateService", over(input, extra)).unwrap_err().message, message);
    }
}
