//! EC2 Auto Scaling groups, and the container instances of their capacity providers.

use super::strategies::{put, shares};
use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

pub const SUBNET_A: &str = "subnet-0ec51ab00000000a0";
pub const SUBNET_B: &str = "subnet-0ec51ab00000000a1";

/// A call of EC2 Auto Scaling.
pub fn try_asg(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("autoscaling", operation, input))).map(|outcome| outcome.reply)
}

/// One that must succeed.
pub fn asg(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_asg(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// The launch template `lt` of t3.medium instances that join `prod`.
pub fn template(lab: &mut Lab, config: &str) {
    let script = format!("#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\n{config}");
    let data = json!({
        "InstanceType": "t3.medium", "UserData": encoded(&script), "IamInstanceProfile": { "Name": "ecsInstanceRole" },
    });
    ec2(lab, "CreateLaunchTemplate", json!({ "LaunchTemplateName": "web-lt", "LaunchTemplateData": data }));
}

/// A group of the launch template in zones a and b, with more members.
pub fn create(lab: &mut Lab, name: &str, min: u32, max: u32, desired: u32, extra: Value) {
    let mut input = json!({
        "AutoScalingGroupName": name, "MinSize": min, "MaxSize": max, "DesiredCapacity": desired,
        "LaunchTemplate": { "LaunchTemplateName": "web-lt" }, "VPCZoneIdentifier": format!("{SUBNET_A},{SUBNET_B}"),
    });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    asg(lab, "CreateAutoScalingGroup", input);
}

pub fn group(lab: &mut Lab, name: &str) -> Value {
    let reply = asg(lab, "DescribeAutoScalingGroups", json!({ "AutoScalingGroupNames": [name] }));
    reply["AutoScalingGroups"][0].clone()
}

/// Zone, state and protection of each instance, the zone by its letter: `a InService`, `b Pending!`.
pub fn members(lab: &mut Lab, name: &str) -> Vec<String> {
    let own = group(lab, name);
    let word = |member: &Value| {
        let zone = member["AvailabilityZone"].as_str().unwrap().chars().last().unwrap();
        let mark = if member["ProtectedFromScaleIn"] == true { "!" } else { "" };
        format!("{zone} {}{mark}", member["LifecycleState"].as_str().unwrap())
    };
    let mut all: Vec<String> = own["Instances"].as_array().unwrap().iter().map(word).collect();
    all.sort();
    all
}

pub fn activities(lab: &mut Lab, name: &str) -> Vec<Value> {
    asg(lab, "DescribeScalingActivities", json!({ "AutoScalingGroupName": name }))["Activities"]
        .as_array()
        .unwrap()
        .clone()
}

/// A provider of a group, in `prod`, with settings beside the group.
pub fn provider(lab: &mut Lab, group: &str, extra: Value) {
    let mut settings = json!({ "autoScalingGroupArn": group });
    settings.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ecs(lab, "CreateCapacityProvider", json!({ "name": format!("cp-{group}"), "autoScalingGroupProvider": settings }));
}

fn of(provider: &str) -> Value {
    json!({ "capacityProviderStrategy": [{ "capacityProvider": provider, "weight": 1 }] })
}

fn refusal(outcome: Result<Value, ApiError>) -> (String, String) {
    let error = outcome.unwrap_err();
    (error.code.to_string(), error.message)
}

#[test]
fn a_group_is_balanced_and_follows_its_desired_capacity() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 1, 4, 3, json!({}));
    assert_eq!(members(&mut lab, "g"), ["a Pending", "a Pending", "b Pending"]);
    wait(&mut lab, "20s");
    assert_eq!(members(&mut lab, "g"), ["a InService", "a InService", "b InService"]);
    let launched = activities(&mut lab, "g");
    assert_eq!(launched.len(), 3);
    assert_eq!((&launched[0]["StatusCode"], &launched[0]["Progress"]), (&json!("Successful"), &json!(100)));
    assert_eq!(
        launched[0]["Cause"],
        "At 2026-01-05T09:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 3.  At \
         2026-01-05T09:00:00Z an instance was started in response to a difference between desired and actual capacity, \
         increasing the capacity from 0 to 3."
    );
    wait(&mut lab, "2m");
    assert_eq!(instances(&mut lab).len(), 3, "their agents join the cluster of the user data");
    // The zone with the most goes first, then the oldest of all; the bounds bind.
    asg(&mut lab, "SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 2 }));
    assert_eq!(members(&mut lab, "g"), ["a InService", "a Terminating", "b InService"]);
    wait(&mut lab, "1m");
    assert_eq!((members(&mut lab, "g").len(), instances(&mut lab).len()), (2, 2), "its container instance is gone");
    for (desired, message) in [
        (5, "New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup."),
        (0, "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."),
    ] {
        let input = json!({ "AutoScalingGroupName": "g", "DesiredCapacity": desired });
        let outcome = try_asg(&mut lab, "SetDesiredCapacity", input);
        assert_eq!(refusal(outcome), ("ValidationError".to_string(), message.to_string()));
    }
    asg(&mut lab, "UpdateAutoScalingGroup", json!({ "AutoScalingGroupName": "g", "MinSize": 4 }));
    assert_eq!(group(&mut lab, "g")["DesiredCapacity"], 4, "the bounds move it");
    wait(&mut lab, "1m");
    assert_eq!(members(&mut lab, "g").len(), 4);
    let input = json!({ "AutoScalingGroupName": "g", "ForceDelete": false });
    assert_eq!(refusal(try_asg(&mut lab, "DeleteAutoScalingGroup", input)).0, "ResourceInUse");
    asg(&mut lab, "DeleteAutoScalingGroup", json!({ "AutoScalingGroupName": "g", "ForceDelete": true }));
    assert_eq!(group(&mut lab, "g")["Status"], "Delete in progress");
    wait(&mut lab, "1m");
    assert_eq!(group(&mut lab, "g"), Value::Null);
}

#[test]
fn refusals_of_create_auto_scaling_group() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "known", 0, 1, 0, json!({}));
    let whole = json!({
        "AutoScalingGroupName": "g", "MinSize": 1, "MaxSize": 2,
        "LaunchTemplate": { "LaunchTemplateName": "web-lt" }, "AvailabilityZones": ["us-east-1a"],
    });
    for (change, code, message) in [
        (
            json!({ "AutoScalingGroupName": "known" }),
            "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name known already exists",
        ),
        (json!({ "MaxSize": 0 }), "ValidationError", "Max bound, 0, must be greater than or equal to min bound, 1"),
        (
            json!({ "DesiredCapacity": 3 }),
            "ValidationError",
            "Desired capacity:3 must be between the specified min size:1 and max size:2",
        ),
        (
            json!({ "AvailabilityZones": null }),
            "ValidationError",
            "At least one Availability Zone or VPC Subnet is required.",
        ),
        (
            json!({ "LaunchTemplate": null }),
            "ValidationError",
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy \
             parameter.",
        ),
        (
            json!({ "LaunchTemplate": { "LaunchTemplateName": "absent" } }),
            "ValidationError",
            "You must use a valid fully-formed launch template. The specified launch template or its version does not exist.",
        ),
    ] {
        let mut input = whole.clone();
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(input.as_object_mut().unwrap().remove(name)),
                value => input[name] = value.clone(),
            }
        }
        let before = lab.digest();
        let outcome = try_asg(&mut lab, "CreateAutoScalingGroup", input);
        assert_eq!(refusal(outcome), (code.to_string(), message.to_string()), "{change}");
        assert_eq!(lab.digest(), before);
    }
    asg(&mut lab, "CreateAutoScalingGroup", whole);
}

#[test]
fn what_ec2_loses_is_replaced() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 0, 4, 2, json!({}));
    wait(&mut lab, "2m");
    let id = group(&mut lab, "g")["Instances"][0]["InstanceId"].clone();
    ec2(&mut lab, "TerminateInstances", json!({ "InstanceIds": [id] }));
    wait(&mut lab, "2m");
    let now = group(&mut lab, "g");
    assert_eq!(members(&mut lab, "g"), ["a InService", "b InService"]);
    assert!(now["Instances"].as_array().unwrap().iter().all(|own| own["InstanceId"] != id));
    let causes: Vec<Value> = activities(&mut lab, "g").iter().map(|own| own["Cause"].clone()).collect();
    assert!(causes[1].as_str().unwrap().contains("in response to an EC2 health check"), "{causes:?}");
    // Out of capacity: it says so once, and tries again until there is some.
    let capacity = |available: bool, zone: &str| {
        let fault = json!({ "ec2Capacity": { "zone": zone, "available": available } });
        Command::from_json(&json!({ "api": "lab.Fault", "input": fault })).unwrap()
    };
    lab.apply(capacity(false, ZONE_A)).unwrap();
    lab.apply(capacity(false, ZONE_B)).unwrap();
    asg(&mut lab, "SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 4 }));
    wait(&mut lab, "5m");
    let failed: Vec<Value> =
        activities(&mut lab, "g").into_iter().filter(|own| own["StatusCode"] == "Failed").collect();
    assert_eq!(failed.len(), 1);
    let message = failed[0]["StatusMessage"].as_str().unwrap();
    assert!(message.starts_with("We currently do not have sufficient t3.medium capacity"), "{message}");
    lab.apply(capacity(true, ZONE_B)).unwrap();
    wait(&mut lab, "2m");
    assert_eq!(members(&mut lab, "g"), ["a InService", "b InService", "b InService", "b InService"]);
}

#[test]
fn protection_from_scale_in_and_termination_by_hand() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 0, 4, 2, json!({ "NewInstancesProtectedFromScaleIn": true }));
    wait(&mut lab, "1m");
    assert_eq!(members(&mut lab, "g"), ["a InService!", "b InService!"]);
    asg(&mut lab, "SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 1 }));
    wait(&mut lab, "1m");
    assert_eq!(members(&mut lab, "g"), ["a InService!", "b InService!"], "nobody goes");
    let last = activities(&mut lab, "g")[0].clone();
    assert_eq!(
        (&last["StatusCode"], &last["StatusMessage"]),
        (
            &json!("Cancelled"),
            &json!("Could not scale to desired capacity because all remaining instances are protected from scale-in.")
        )
    );
    let ids: Vec<Value> =
        group(&mut lab, "g")["Instances"].as_array().unwrap().iter().map(|own| own["InstanceId"].clone()).collect();
    let terminate = |lab: &mut Lab, id: &Value, decrement: bool| {
        let input = json!({ "InstanceId": id, "ShouldDecrementDesiredCapacity": decrement });
        try_asg(lab, "TerminateInstanceInAutoScalingGroup", input)
    };
    let activity = terminate(&mut lab, &ids[0], true).unwrap()["Activity"].clone();
    assert_eq!(activity["Description"], format!("Terminating EC2 instance: {}", ids[0].as_str().unwrap()));
    assert_eq!(group(&mut lab, "g")["DesiredCapacity"], 0);
    let unknown = refusal(terminate(&mut lab, &json!("i-00000000000000001"), true));
    assert_eq!(unknown.1, "Instance Id not found - No managed instance found for instance ID: i-00000000000000001");
    let input = json!({ "AutoScalingGroupName": "g", "InstanceIds": [ids[1]], "ProtectedFromScaleIn": false });
    asg(&mut lab, "SetInstanceProtection", input);
    wait(&mut lab, "1m");
    asg(&mut lab, "SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 0 }));
    wait(&mut lab, "1m");
    assert_eq!(members(&mut lab, "g").len(), 0);
}

/// A group that could not shrink does so once it may.
#[test]
fn a_group_shrinks_when_its_protection_is_taken_away() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 0, 4, 3, json!({ "NewInstancesProtectedFromScaleIn": true }));
    wait(&mut lab, "1m");
    asg(&mut lab, "SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 1 }));
    wait(&mut lab, "5m");
    assert_eq!(members(&mut lab, "g").len(), 3);
    let known = activities(&mut lab, "g").len();
    let ids: Vec<Value> =
        group(&mut lab, "g")["Instances"].as_array().unwrap().iter().map(|own| own["InstanceId"].clone()).collect();
    let protect = |lab: &mut Lab, ids: &[Value], on: bool| {
        let input = json!({ "AutoScalingGroupName": "g", "InstanceIds": ids, "ProtectedFromScaleIn": on });
        asg(lab, "SetInstanceProtection", input);
        wait(lab, "2m");
    };
    protect(&mut lab, &ids, true);
    assert_eq!((members(&mut lab, "g").len(), activities(&mut lab, "g").len()), (3, known), "nothing new to say");
    protect(&mut lab, &ids[..1], false);
    let left = group(&mut lab, "g")["Instances"].as_array().unwrap().clone();
    assert!(left.len() == 2 && left.iter().all(|own| own["InstanceId"] != ids[0]), "the one that may goes");
    protect(&mut lab, &ids[1..], false);
    assert_eq!(members(&mut lab, "g").len(), 1);
    let cause = activities(&mut lab, "g")[0]["Cause"].as_str().unwrap().to_string();
    assert!(cause.contains("shrinking the capacity from 2 to 1."), "{cause}");
}

#[test]
fn instances_are_attached_and_detached() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 0, 1, 0, json!({}));
    provider(&mut lab, "g", json!({}));
    put(&mut lab, json!(["cp-g"]), json!([]));
    let ids = launch(&mut lab, "t3.medium", ZONE_A, 2, "");
    wait(&mut lab, "2m");
    let name = |lab: &mut Lab| {
        let mut names: Vec<Value> = instances(lab).iter().map(|own| own["capacityProviderName"].clone()).collect();
        names.sort_by_key(Value::to_string);
        names
    };
    assert_eq!(name(&mut lab), [Value::Null, Value::Null]);
    let attach = |lab: &mut Lab, ids: &[String]| {
        try_asg(lab, "AttachInstances", json!({ "AutoScalingGroupName": "g", "InstanceIds": ids }))
    };
    assert_eq!(
        refusal(attach(&mut lab, &ids)).1,
        "AutoScalingGroup has min-size=0, max-size=1, and desired-size=0. To attach 2 more instances, please update the \
         AutoScalingGroup sizes appropriately."
    );
    attach(&mut lab, &ids[..1]).unwrap();
    assert_eq!(
        (members(&mut lab, "g"), name(&mut lab)),
        (vec!["a InService".into()], vec![json!("cp-g"), Value::Null])
    );
    let input =
        json!({ "AutoScalingGroupName": "g", "InstanceIds": &ids[..1], "ShouldDecrementDesiredCapacity": true });
    asg(&mut lab, "DetachInstances", input);
    assert_eq!((members(&mut lab, "g").len(), name(&mut lab)), (0, vec![Value::Null, Value::Null]));
}

/// 1.6 row 10: an agent that checks waits while its instance is in the warm pool.
#[test]
fn warm_pools_hold_instances_ready() {
    for state in ["Stopped", "Running"] {
        let mut lab = lab();
        template(&mut lab, "echo ECS_WARM_POOLS_CHECK=true >> /etc/ecs/ecs.config");
        create(&mut lab, "g", 0, 3, 1, json!({}));
        asg(&mut lab, "PutWarmPool", json!({ "AutoScalingGroupName": "g", "PoolState": state }));
        wait(&mut lab, "3m");
        let pool = asg(&mut lab, "DescribeWarmPool", json!({ "AutoScalingGroupName": "g" }));
        assert_eq!(pool["Instances"].as_array().unwrap().len(), 2, "up to the maximum");
        assert_eq!(pool["Instances"][0]["LifecycleState"], format!("Warmed:{state}"));
        assert_eq!((members(&mut lab, "g").len(), instances(&mut lab).len()), (1, 1), "{state}");
        let warm = pool["Instances"][0]["InstanceId"].clone();
        asg(&mut lab, "SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 2 }));
        wait(&mut lab, "3m");
        let own = group(&mut lab, "g");
        assert!(own["Instances"].as_array().unwrap().iter().any(|own| own["InstanceId"] == warm));
        assert_eq!((&own["WarmPoolSize"], instances(&mut lab).len()), (&json!(1), 2), "{state}");
        asg(&mut lab, "DeleteWarmPool", json!({ "AutoScalingGroupName": "g" }));
        wait(&mut lab, "1m");
        assert_eq!(group(&mut lab, "g")["WarmPoolSize"], Value::Null);
        assert_eq!(members(&mut lab, "g"), ["a InService", "b InService"]);
    }
}

/// 2.1, 2.3: a strategy takes the container instances of its provider's group alone.
#[test]
fn pl_40_a_strategy_goes_to_the_instances_of_its_provider() {
    let mut lab = lab();
    template(&mut lab, "");
    register(&mut lab, "web", json!({}));
    create(&mut lab, "g", 0, 4, 1, json!({}));
    create(&mut lab, "h", 0, 4, 0, json!({}));
    provider(&mut lab, "g", json!({}));
    provider(&mut lab, "h", json!({}));
    put(&mut lab, json!(["cp-g", "cp-h"]), json!([]));
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    let own: Vec<Value> = instances(&mut lab).iter().map(|own| own["capacityProviderName"].clone()).collect();
    assert!(own.contains(&json!("cp-g")) && own.contains(&Value::Null), "{own:?}");
    let reply = run(&mut lab, "web", 10, of("cp-g"));
    assert_eq!(shares(&reply), [("cp-g".to_string(), 7)], "3,828 MiB hold seven tasks of 512");
    assert_eq!(reply["failures"].as_array().unwrap().len(), 1, "PL-45: the provider's one instance");
    assert_eq!(
        (&reply["failures"][0]["reason"], &reply["tasks"][0]["launchType"]),
        (&json!("RESOURCE:MEMORY"), &json!("EC2"))
    );
    let mut input = json!({ "cluster": "prod", "taskDefinition": "web" });
    input["capacityProviderStrategy"] = of("cp-h")["capacityProviderStrategy"].clone();
    let error = try_ecs(&mut lab, "RunTask", input).unwrap_err();
    assert_eq!(error.message, "No Container Instances were found in your capacity provider.");
    // Without a strategy any instance does.
    assert_eq!(run(&mut lab, "web", 7, json!({}))["failures"], json!([]));
}

/// 2.11: DRAINING, the tasks of nobody are left alone, and the instance goes when the last one is over, or after 48 hours.
#[test]
fn dr_11_managed_draining_holds_a_termination_up() {
    for (draining, states) in
        [("ENABLED", ["a Terminating:Wait", "b InService"]), ("DISABLED", ["a Terminating", "b InService"])]
    {
        let mut lab = lab();
        template(&mut lab, "");
        register(&mut lab, "web", json!({}));
        create(&mut lab, "g", 0, 4, 2, json!({}));
        provider(&mut lab, "g", json!({ "managedDraining": draining }));
        put(&mut lab, json!(["cp-g"]), json!([]));
        wait(&mut lab, "2m");
        let hooks = asg(&mut lab, "DescribeLifecycleHooks", json!({ "AutoScalingGroupName": "g" }));
        assert_eq!(hooks["LifecycleHooks"].as_array().unwrap().len(), usize::from(draining == "ENABLED"));
        let spread = json!([{ "type": "spread", "field": "instanceId" }]);
        let mut extra = of("cp-g");
        extra["placementStrategy"] = spread;
        let tasks = run(&mut lab, "web", 2, extra)["tasks"].as_array().unwrap().clone();
        wait(&mut lab, "1m");
        asg(&mut lab, "SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 1 }));
        assert_eq!(members(&mut lab, "g"), states);
        wait(&mut lab, "1m");
        let own = |lab: &Lab| tasks.iter().map(|task| describe(lab, task)).collect::<Vec<Value>>();
        let running = own(&lab).iter().filter(|task| task["lastStatus"] == "RUNNING").count();
        if draining == "DISABLED" {
            assert_eq!((running, members(&mut lab, "g").len()), (1, 1), "killed with its host");
            continue;
        }
        assert_eq!((running, members(&mut lab, "g").len()), (2, 2));
        let waits = instances(&mut lab).into_iter().find(|own| own["status"] == "DRAINING").unwrap();
        let held =
            own(&lab).into_iter().find(|task| task["containerInstanceArn"] == waits["containerInstanceArn"]).unwrap();
        let mut late = lab.fork();
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": held["taskArn"] }));
        wait(&mut lab, "1m");
        assert_eq!(members(&mut lab, "g"), ["b InService"]);
        wait(&mut late, "47h");
        assert_eq!(members(&mut late, "g"), states);
        wait(&mut late, "1h");
        assert_eq!(members(&mut late, "g"), ["b InService"]);
    }
}

/// A zone that is lost takes its instances along; the group launches in the others.
#[test]
fn a_lost_zone_is_made_up_for_in_the_others() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 0, 4, 4, json!({}));
    wait(&mut lab, "2m");
    let fault = json!({ "api": "lab.Fault", "input": { "zone": { "zone": ZONE_A, "available": false } } });
    lab.apply(Command::from_json(&fault).unwrap()).unwrap();
    wait(&mut lab, "2m");
    assert_eq!(members(&mut lab, "g"), ["b InService"; 4]);
    assert_eq!(instances(&mut lab).len(), 4);
}

/// Sizes that no lab can hold are refused at once.
#[test]
fn a_group_holds_at_most_5000() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 0, 1, 0, json!({}));
    for (operation, input) in [
        ("UpdateAutoScalingGroup", json!({ "MaxSize": 2_000_000_000 })),
        ("UpdateAutoScalingGroup", json!({ "MinSize": -1 })),
        ("SetDesiredCapacity", json!({ "DesiredCapacity": 2_000_000_000 })),
        ("SetDesiredCapacity", json!({ "DesiredCapacity": -1 })),
        ("PutWarmPool", json!({ "MinSize": 2_000_000_000 })),
        ("PutWarmPool", json!({ "MaxGroupPreparedCapacity": 2_000_000_000 })),
    ] {
        let mut whole = json!({ "AutoScalingGroupName": "g" });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let before = lab.digest();
        let code = refusal(try_asg(&mut lab, operation, whole)).0;
        assert!(["LimitExceeded", "ValidationError"].contains(&code.as_str()), "{operation} {input}: {code}");
        assert_eq!(lab.digest(), before);
    }
}
