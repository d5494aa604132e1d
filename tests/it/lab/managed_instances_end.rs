//! When the instances of Amazon ECS Managed Instances end (2.12 on scaling, DR-10), and what ends with their provider.

use super::managed_instances::{fault, fleet, ids, network, pool, run_on, running, service};
use super::support::*;
use ecs_lab::lab::{Command, Lab};
use serde_json::{Value, json};

/// 2.12: idle instances end after scaleInAfter; null is five minutes here, −1 never.
#[test]
fn row_2_12_idle_instances_end() {
    for (after, stays, goes) in [
        (json!({}), "4m50s", "1m"),
        (json!({ "scaleInAfter": 60 }), "50s", "1m"),
        (json!({ "scaleInAfter": 0 }), "0s", "40s"),
    ] {
        let mut lab = pool(json!({ "infrastructureOptimization": after }));
        let task = run_on(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "3m");
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
        wait(&mut lab, stays);
        assert_eq!(instances(&mut lab).len(), 1, "{after}");
        wait(&mut lab, goes);
        assert_eq!((instances(&mut lab).len(), fleet(&mut lab).len()), (0, 0), "{after}");
    }
    let mut lab = pool(json!({ "infrastructureOptimization": { "scaleInAfter": -1 } }));
    let task = run_on(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "3m");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    wait(&mut lab, "2h");
    assert_eq!(fleet(&mut lab).len(), 1);
    // A task that comes in time finds room at once.
    run_on(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "30s");
    assert_eq!((instances(&mut lab)[0]["runningTasksCount"].clone(), fleet(&mut lab).len()), (json!(1), 1));
}

/// A pool of c5.large in one zone, each with room for two tasks.
fn twos(optimization: Value) -> Lab {
    pool(json!({
        "infrastructureOptimization": optimization,
        "instanceLaunchTemplate": {
            "instanceRequirements": {
                "vCpuCount": { "min": 1 }, "memoryMiB": { "min": 1 }, "allowedInstanceTypes": ["c5.large"],
            },
            "networkConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] },
        },
    }))
}

/// 2.12: an instance whose tasks have room on the others drains, and the service loses nothing; −1 leaves it alone.
#[test]
fn row_2_12_tasks_are_packed() {
    for (after, left) in [(json!({}), 1), (json!({ "scaleInAfter": -1 }), 2)] {
        let mut lab = twos(after.clone());
        service(&mut lab, "web", 2, json!({}));
        service(&mut lab, "web", 2, json!({ "serviceName": "other" }));
        wait(&mut lab, "4m");
        assert_eq!(fleet(&mut lab), ["c5.large a", "c5.large a"]);
        for name in ["web", "other"] {
            ecs(&mut lab, "UpdateService", json!({ "cluster": "prod", "service": name, "desiredCount": 1 }));
        }
        wait(&mut lab, "4m");
        assert_eq!(fleet(&mut lab).len(), 2, "not before its time");
        wait(&mut lab, "4m");
        assert_eq!((fleet(&mut lab).len(), running(&mut lab)), (left, 1), "{after}");
    }
}

/// 2.12: a task that nobody starts again keeps its instance.
#[test]
fn row_2_12_standalone_tasks_are_not_moved() {
    let mut lab = twos(json!({}));
    let alone = run_on(&mut lab, "web", 2, json!({}))["tasks"].clone();
    service(&mut lab, "web", 2, json!({}));
    wait(&mut lab, "4m");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": alone[0]["taskArn"] }));
    ecs(&mut lab, "UpdateService", json!({ "cluster": "prod", "service": "web", "desiredCount": 1 }));
    let on = describe(&lab, &alone[1])["containerInstanceArn"].clone();
    wait(&mut lab, "10m");
    let shown = describe(&lab, &alone[1]);
    assert_eq!((&shown["lastStatus"], &shown["containerInstanceArn"]), (&json!("RUNNING"), &on));
    assert_eq!((instances(&mut lab).len(), running(&mut lab)), (1, 1));
    assert_eq!(instances(&mut lab)[0]["runningTasksCount"], 2);
}

/// 2.12: an instance lives 14 days; the service's task moves to a new one without a gap.
#[test]
fn row_2_12_instances_are_replaced_after_14_days() {
    let mut lab = pool(json!({}));
    service(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "13d");
    let before = ids(&mut lab);
    assert_eq!((before.len(), running(&mut lab)), (1, 1));
    wait(&mut lab, "1d");
    wait(&mut lab, "5m");
    let after = ids(&mut lab);
    assert_eq!((after.len(), running(&mut lab)), (1, 1));
    assert_ne!(before, after);
}

/// DR-10: a drain comes to an end after seven days whatever the bounds of the service say.
#[test]
fn dr_10_draining_ends_after_seven_days() {
    let mut lab = pool(json!({}));
    let bounds = json!({ "deploymentConfiguration": { "minimumHealthyPercent": 100, "maximumPercent": 150 } });
    service(&mut lab, "web", 1, bounds);
    wait(&mut lab, "4m");
    let own = instances(&mut lab)[0].clone();
    let drain = json!({ "cluster": "prod", "containerInstances": [own["containerInstanceArn"]], "status": "DRAINING" });
    ecs(&mut lab, "UpdateContainerInstancesState", drain);
    wait(&mut lab, "6d");
    assert_eq!((ids(&mut lab), running(&mut lab)), (vec![own["ec2InstanceId"].as_str().unwrap().to_string()], 1));
    wait(&mut lab, "1d");
    wait(&mut lab, "10m");
    assert_eq!(running(&mut lab), 1);
    assert_ne!(ids(&mut lab)[0], own["ec2InstanceId"].as_str().unwrap());
}

/// 2.12: users neither stop nor terminate the instances; what they deregister, ECS ends.
#[test]
fn row_2_12_the_instances_are_managed_by_ecs() {
    let mut lab = pool(json!({ "instanceLaunchTemplate": { "capacityOptionType": "SPOT" } }));
    service(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "4m");
    let own = instances(&mut lab)[0].clone();
    let id = own["ec2InstanceId"].clone();
    let shown =
        ec2(&mut lab, "DescribeInstances", json!({ "InstanceIds": [id] }))["Reservations"][0]["Instances"][0].clone();
    assert_eq!(
        (&shown["InstanceLifecycle"], &shown["Operator"]["Principal"]),
        (&json!("spot"), &json!("ecs.amazonaws.com"))
    );
    for operation in ["TerminateInstances", "StopInstances"] {
        let error = lab.apply(Command::ec2(operation, json!({ "InstanceIds": [id] }))).unwrap_err();
        assert_eq!(
            (error.to_string().starts_with("OperationNotPermitted"), fleet(&mut lab).len()),
            (true, 1),
            "{operation}"
        );
    }
    let start = json!({
        "cluster": "prod", "taskDefinition": "web", "containerInstances": [own["containerInstanceArn"]],
        "networkConfiguration": network(),
    });
    assert!(try_ecs(&mut lab, "StartTask", start).unwrap_err().message.contains("places tasks"));
    // The notice of Spot drains it, and the service's task has moved before two minutes are over.
    fault(&mut lab, json!({ "spotReclaim": { "instanceId": id } }));
    assert_eq!(instances(&mut lab)[0]["status"], "DRAINING");
    wait(&mut lab, "3m");
    let next = ids(&mut lab);
    assert_eq!((running(&mut lab), next.len()), (1, 1));
    assert_ne!(json!(next[0]), id);
    let next = instances(&mut lab)[0].clone();
    let input = json!({ "cluster": "prod", "containerInstance": next["containerInstanceArn"], "force": true });
    ecs(&mut lab, "DeregisterContainerInstance", input);
    wait(&mut lab, "5m");
    let state = ec2(&mut lab, "DescribeInstances", json!({ "InstanceIds": [next["ec2InstanceId"]] }));
    assert_eq!(state["Reservations"][0]["Instances"][0]["State"]["Name"], "terminated");
    assert_eq!((running(&mut lab), fleet(&mut lab).len()), (1, 1));
}

/// 2.12: an instance that cannot register is given up, and one that is lost is replaced.
#[test]
fn row_2_12_instances_that_do_not_register_or_are_lost_are_replaced() {
    let isolated = json!({ "subnets": ["subnet-0ec51ab00000000b0"] });
    let mut lab = pool(json!({ "instanceLaunchTemplate": { "networkConfiguration": isolated } }));
    let task = run_on(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "9m");
    assert_eq!((instances(&mut lab).len(), fleet(&mut lab).len()), (0, 1));
    wait(&mut lab, "3m");
    assert_eq!(fleet(&mut lab).len(), 0);
    let reason = describe(&lab, &task)["stoppedReason"].clone();
    assert!(
        reason.as_str().unwrap().ends_with("for capacity provider mi. No instance has registered in time."),
        "{reason}"
    );

    let mut lab = pool(json!({}));
    service(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "4m");
    let lost = ids(&mut lab);
    fault(&mut lab, json!({ "instance": { "instanceId": lost[0] } }));
    wait(&mut lab, "5m");
    assert_eq!((running(&mut lab), ids(&mut lab).len()), (1, 1));
    assert_ne!(ids(&mut lab), lost);
}

/// 2.2: what uses a provider keeps it; its deletion ends its instances, and only then the cluster goes.
#[test]
fn row_2_2_deletion() {
    let mut lab = pool(json!({}));
    let task = run_on(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    wait(&mut lab, "3m");
    let delete = json!({ "capacityProvider": "mi", "cluster": "prod" });
    let reason = |lab: &mut Lab| {
        let own = ecs(lab, "DeleteCapacityProvider", delete.clone())["capacityProvider"].clone();
        format!("{} {}", own["updateStatus"].as_str().unwrap(), own["updateStatusReason"].as_str().unwrap_or_default())
    };
    assert!(
        reason(&mut lab)
            .starts_with("DELETE_FAILED The capacity provider cannot be deleted because it has running tasks")
    );
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    wait(&mut lab, "1m");
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "other" }));
    let elsewhere = json!({ "capacityProvider": "mi", "cluster": "other" });
    assert!(try_ecs(&mut lab, "DeleteCapacityProvider", elsewhere).is_err());
    assert_eq!(reason(&mut lab), "DELETE_IN_PROGRESS ");
    let held = try_ecs(&mut lab, "DeleteCluster", json!({ "cluster": "prod" })).unwrap_err();
    assert_eq!(held.code, "ClusterContainsCapacityProviderException");
    wait(&mut lab, "1m");
    let shown = ecs(&mut lab, "DescribeCapacityProviders", json!({ "capacityProviders": ["mi"] }));
    let own = &shown["capacityProviders"][0];
    assert_eq!((&own["status"], &own["updateStatus"]), (&json!("INACTIVE"), &json!("DELETE_COMPLETE")));
    assert_eq!(fleet(&mut lab).len(), 0);
    ecs(&mut lab, "DeleteCluster", json!({ "cluster": "prod" }));
}
