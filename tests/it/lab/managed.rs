//! Managed scaling of capacity providers: reservation, waiting tasks, scale-out and scale-in (2.6 to 2.11 on scaling).

use super::groups::{activities, create, group, members, provider, template};
use super::strategies::{put, shares};
use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::scaling::reservation::{Held, Reservation};
use serde_json::{Value, json};
use std::rc::Rc;

/// A lab with the definition `web`, and a group `g` whose provider has managed scaling with these settings.
pub fn scaled(min: u32, max: u32, desired: u32, group: Value, settings: Value) -> Lab {
    let mut lab = lab();
    template(&mut lab, "");
    register(&mut lab, "web", json!({}));
    create(&mut lab, "g", min, max, desired, group);
    let mut scaling = json!({ "status": "ENABLED" });
    let mut extra = json!({});
    for (name, value) in settings.as_object().unwrap() {
        let into = if name.starts_with("managed") { &mut extra } else { &mut scaling };
        into[name] = value.clone();
    }
    extra["managedScaling"] = scaling;
    provider(&mut lab, "g", extra);
    put(&mut lab, json!(["cp-g"]), json!([{ "capacityProvider": "cp-g" }]));
    wait(&mut lab, "2m");
    lab
}

/// The evaluations so far, the newest last.
pub fn evaluations(lab: &Lab) -> Vec<Rc<Reservation>> {
    lab.world().ecs().provider(1).unwrap().1.managed.evaluations.to_vec()
}

pub fn last(lab: &Lab) -> Rc<Reservation> {
    evaluations(lab).pop().unwrap()
}

fn statuses(lab: &Lab, tasks: &Value) -> Vec<String> {
    let all = tasks["tasks"].as_array().unwrap();
    let mut found: Vec<String> =
        all.iter().map(|task| describe(lab, task)["lastStatus"].as_str().unwrap().to_string()).collect();
    found.sort();
    found.dedup();
    found
}

/// 6.14: a provider without an instance, and 500 tasks in PROVISIONING.
#[test]
fn events_6_14_what_a_service_says_without_capacity() {
    let cluster = "(service web) was unable to reach steady state. Reason: No Container Instances were found in your capacity provider.";
    let limit = "(service web) was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded.";
    for (status, desired, expected) in [("DISABLED", 1, cluster), ("ENABLED", 501, limit)] {
        let mut lab = scaled(0, 0, 0, json!({}), json!({ "status": status }));
        let input =
            json!({ "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": desired });
        ecs(&mut lab, "CreateService", input);
        wait(&mut lab, "2m");
        let shown = ecs(&mut lab, "DescribeServices", json!({ "cluster": "prod", "services": ["web"] }));
        let said: Vec<&str> = shown["services"][0]["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|own| own["message"].as_str())
            .collect();
        assert!(said.contains(&expected), "{status}: {}", said.iter().take(3).cloned().collect::<Vec<_>>().join("; "));
    }
}

/// RB-06: a task that is to even out the zones needs an instance of the service's own provider that is there already. It
/// neither counts the instances of others nor waits in PROVISIONING, for which the group would grow.
#[test]
fn rb_06_rebalancing_launches_no_instance() {
    let mut lab = scaled(0, 10, 2, json!({ "AvailabilityZones": ["us-east-1a", "us-east-1b"] }), json!({}));
    // An instance of a zone of its own that is no provider's.
    launch(&mut lab, "m5.large", "us-east-1c", 1, "");
    register(&mut lab, "core", json!({ "cpu": 1024 }));
    wait(&mut lab, "5m");
    let create = |lab: &mut Lab, name: &str, desired: u32, extra: Value| {
        let input =
            json!({ "cluster": "prod", "serviceName": name, "taskDefinition": "core", "desiredCount": desired });
        ecs(lab, "CreateService", crate::services::deck::over(input, extra));
    };
    create(
        &mut lab,
        "other",
        2,
        json!({ "placementConstraints": [
        { "type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1b" } ] }),
    );
    create(&mut lab, "web", 2, json!({}));
    wait(&mut lab, "30m");
    let shown = ecs(&mut lab, "DescribeServices", json!({ "cluster": "prod", "services": ["web"] }));
    let own = &shown["services"][0];
    assert_eq!([&own["runningCount"], &own["pendingCount"]], [2, 0], "{}", own["events"]);
    assert_eq!(group(&mut lab, "g")["DesiredCapacity"], 2);
    let said: Vec<&str> = own["events"].as_array().unwrap().iter().filter_map(|own| own["message"].as_str()).collect();
    let stuck = "(service web) is unable to place a task in us-east-1b because no container instance met all of its requirements.";
    assert!(said.contains(&stuck), "{said:#?}");
    assert!(!said.iter().any(|own| own.contains("us-east-1c")), "{said:#?}");
}

/// 2.8: seven tasks of 512 MiB fit on a t3.medium; three wait, and one more instance takes them.
#[test]
fn pl_51_wants_ten_and_fits_seven() {
    let mut lab = scaled(0, 10, 1, json!({}), json!({}));
    wait(&mut lab, "5m");
    let tasks = run(&mut lab, "web", 10, json!({}));
    assert_eq!(shares(&tasks), [("cp-g".to_string(), 10)]);
    let waiting: Vec<&Value> =
        tasks["tasks"].as_array().unwrap().iter().filter(|task| task["lastStatus"] == "PROVISIONING").collect();
    assert_eq!((waiting.len(), &tasks["failures"]), (3, &json!([])));
    assert_eq!(waiting[0]["containerInstanceArn"], Value::Null);
    assert_eq!((&waiting[0]["launchType"], &waiting[0]["availabilityZone"]), (&json!("EC2"), &Value::Null));
    wait(&mut lab, "1m");
    let own = last(&lab);
    assert_eq!((own.needed, own.percent(), own.desired, own.held), (2, 200.0, 2, None));
    assert_eq!(group(&mut lab, "g")["DesiredCapacity"], 2);
    let cause = activities(&mut lab, "g")[0]["Cause"].as_str().unwrap().to_string();
    assert!(cause.contains("in state ALARM triggered policy ECSManagedAutoScalingPolicy"), "{cause}");
    wait(&mut lab, "3m");
    assert_eq!(statuses(&lab, &tasks), ["RUNNING"]);
    assert_eq!(last(&lab).held, Some(Held::AtTarget));
    let at_rest = evaluations(&lab).len();
    wait(&mut lab, "10m");
    assert_eq!(evaluations(&lab).len(), at_rest, "at rest nobody looks");
}

/// 2.7: N counts instances on their way; which of them are in service is kept beside it.
#[test]
fn rule_2_7_instances_on_their_way_count() {
    let mut lab = scaled(0, 10, 1, json!({}), json!({}));
    let past = lab.now().as_millis() % 60_000;
    wait(&mut lab, &format!("{}s", 115 - past / 1000));
    let input = json!({ "AutoScalingGroupName": "g", "DesiredCapacity": 3 });
    lab.apply(Command::Api(ApiCall::new("autoscaling", "SetDesiredCapacity", input))).unwrap();
    wait(&mut lab, "5s");
    assert_eq!((last(&lab).inputs.instances, last(&lab).inputs.in_service), (3, 1));
    wait(&mut lab, "1m");
    assert_eq!((last(&lab).inputs.instances, last(&lab).inputs.in_service), (3, 3));
}

/// 2.7: two at first, the third once they are warm.
#[test]
fn table_2_8_from_zero() {
    let mut lab = scaled(0, 10, 0, json!({}), json!({}));
    let tasks = run(&mut lab, "web", 10, json!({}));
    let more = run(&mut lab, "web", 10, json!({}));
    wait(&mut lab, "1m");
    assert_eq!((last(&lab).percent(), last(&lab).needed, last(&lab).desired), (200.0, 3, 2));
    wait(&mut lab, "2m");
    assert!(matches!(last(&lab).held, Some(Held::WarmingUp(_))), "{:?}", last(&lab).held);
    assert_eq!(statuses(&lab, &tasks), ["RUNNING"]);
    assert_eq!(statuses(&lab, &more), ["PROVISIONING", "RUNNING"]);
    wait(&mut lab, "4m");
    assert_eq!(members(&mut lab, "g").len(), 3);
    wait(&mut lab, "2m");
    assert_eq!(statuses(&lab, &more), ["RUNNING"]);
}

/// 2.8 rule 4 and 4.10: what fits no type scales nothing, and stops after ten minutes with what was missing.
#[test]
fn pl_51_a_task_that_fits_no_type_waits_and_gives_up() {
    let mut lab = scaled(0, 10, 1, json!({}), json!({}));
    register(&mut lab, "huge", json!({ "memory": 9000 }));
    let tasks = run(&mut lab, "huge", 1, json!({}));
    wait(&mut lab, "9m59s");
    assert_eq!(statuses(&lab, &tasks), ["PROVISIONING"]);
    assert_eq!((last(&lab).percent(), last(&lab).needs[0].fit), (100.0, 0));
    wait(&mut lab, "1s");
    let task = describe(&lab, &tasks["tasks"][0]);
    assert_eq!(
        (&task["lastStatus"], &task["stopCode"], &task["stoppedReason"]),
        (&json!("STOPPED"), &json!("TaskFailedToStart"), &json!("TaskFailedToStart: RESOURCE:MEMORY"))
    );
    assert_eq!(group(&mut lab, "g")["DesiredCapacity"], 1);
    // The maximum: it waits, and then nobody is there.
    let mut full = scaled(0, 0, 0, json!({}), json!({}));
    let tasks = run(&mut full, "web", 1, json!({}));
    wait(&mut full, "2m");
    assert_eq!(last(&full).held, Some(Held::AtMaximum));
    wait(&mut full, "8m");
    let task = describe(&full, &tasks["tasks"][0]);
    assert_eq!(task["stoppedReason"], "TaskFailedToStart: EMPTY CAPACITY PROVIDER");
}

/// 2.8 rule 4 and 8, 2.9: when what fits no type is gone, M counts busy instances again, and the empty ones go.
#[test]
fn table_2_8_what_fits_no_type_and_leaves_lets_the_group_shrink() {
    let stop = |lab: &mut Lab, how: &str| match how {
        "desired 0" => {
            ecs(lab, "UpdateService", json!({ "cluster": "prod", "service": "huge", "desiredCount": 0 }));
        }
        _ => {
            ecs(lab, "DeleteService", json!({ "cluster": "prod", "service": "huge", "force": true }));
        }
    };
    for how in ["desired 0", "deleted"] {
        let mut lab = scaled(0, 10, 3, json!({}), json!({}));
        register(&mut lab, "huge", json!({ "cpu": 4096 }));
        let huge = json!({ "cluster": "prod", "serviceName": "huge", "taskDefinition": "huge", "desiredCount": 1 });
        ecs(&mut lab, "CreateService", huge);
        wait(&mut lab, "2m");
        assert_eq!((last(&lab).percent(), last(&lab).held), (100.0, Some(Held::AtTarget)));
        stop(&mut lab, how);
        wait(&mut lab, "1m");
        assert_eq!((last(&lab).needed, last(&lab).percent(), last(&lab).low), (0, 0.0, 1), "{how}");
        let mut sizes = vec![3];
        for _ in 0..20 {
            wait(&mut lab, "1m");
            let size = group(&mut lab, "g")["DesiredCapacity"].as_u64().unwrap();
            sizes.extend(Some(size).filter(|own| sizes.last() != Some(own)));
        }
        assert_eq!(sizes, [3, 2, 1, 0], "{how}");
        let low = |own: &Rc<Reservation>| matches!(own.held, Some(Held::Low(_)));
        assert!(evaluations(&lab).iter().filter(|own| low(own)).count() >= 14, "{how}");
    }
}

/// 500 to a cluster.
#[test]
fn pl_51_table_2_10_the_limit_of_waiting_tasks() {
    let mut lab = scaled(0, 0, 0, json!({}), json!({}));
    for _ in 0..50 {
        run(&mut lab, "web", 10, json!({}));
    }
    let error = try_ecs(&mut lab, "RunTask", json!({ "cluster": "prod", "taskDefinition": "web" })).unwrap_err();
    assert_eq!((error.code.as_ref(), error.ours), ("ClientException", true));
    let waiting = ecs(&mut lab, "ListTasks", json!({ "cluster": "prod" }))["taskArns"][0].clone();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": waiting }));
    run(&mut lab, "web", 1, json!({}));
}

/// 2.9: fifteen minutes below the target, then step by step; what runs tasks goes too where nothing protects it.
#[test]
fn table_2_9_scale_in_after_fifteen_minutes() {
    let mut lab = scaled(0, 10, 4, json!({}), json!({}));
    let mut seen = Vec::new();
    for _ in 0..25 {
        wait(&mut lab, "1m");
        let desired = group(&mut lab, "g")["DesiredCapacity"].as_u64().unwrap();
        if seen.last().is_none_or(|(_, known)| *known != desired) {
            seen.push((lab.now().clock(), desired));
        }
    }
    let sizes: Vec<u64> = seen.iter().map(|(_, size)| *size).collect();
    assert_eq!(sizes, [4, 3, 2, 1, 0], "{seen:?}");
    let low = |own: &Rc<Reservation>| matches!(own.held, Some(Held::Low(_)));
    assert_eq!(evaluations(&lab).iter().filter(|own| low(own)).count(), 14);
    // A scale-out holds the next scale-in for fifteen minutes.
    let tasks = run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "5m");
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": tasks["tasks"][0]["taskArn"] }));
    wait(&mut lab, "10m");
    assert_eq!(members(&mut lab, "g").len(), 2);
    wait(&mut lab, "15m");
    assert_eq!(members(&mut lab, "g").len(), 0);
}

/// 2.11: with protection the busy instance stays and the empty one goes; without it the termination policy decides.
#[test]
fn table_2_11_scale_in_with_protection() {
    for protection in ["ENABLED", "DISABLED"] {
        let group = json!({ "NewInstancesProtectedFromScaleIn": true });
        let group = if protection == "ENABLED" { group } else { json!({}) };
        let settings = json!({ "managedTerminationProtection": protection, "managedDraining": "DISABLED" });
        let mut lab = scaled(0, 4, 2, group, settings);
        // The oldest goes first by policy: the task is put there.
        let oldest = super::groups::group(&mut lab, "g")["Instances"][0]["InstanceId"].clone();
        let place =
            json!([{ "type": "memberOf", "expression": format!("ec2InstanceId == {}", oldest.as_str().unwrap()) }]);
        let task = run(&mut lab, "web", 1, json!({ "placementConstraints": place }))["tasks"][0].clone();
        assert_eq!(describe(&lab, &task)["lastStatus"], "PENDING");
        wait(&mut lab, "18m");
        let status = describe(&lab, &task)["lastStatus"].clone();
        if protection == "DISABLED" {
            assert_eq!(
                (status, members(&mut lab, "g").len()),
                (json!("STOPPED"), 0),
                "killed, and then all were empty"
            );
            continue;
        }
        assert_eq!((status, members(&mut lab, "g")), (json!("RUNNING"), vec!["a InService!".to_string()]));
        assert_eq!(super::groups::group(&mut lab, "g")["Instances"][0]["InstanceId"], oldest);
    }
}

/// 2.8 no. 8, 2.11: an instance with only daemon tasks is empty: it does not count, and protection does not hold it. When
/// its last other task leaves it is empty again.
#[test]
fn table_2_8_daemons_do_not_make_an_instance_busy() {
    let group = json!({ "NewInstancesProtectedFromScaleIn": true });
    let mut lab = scaled(0, 4, 2, group, json!({ "managedTerminationProtection": "ENABLED" }));
    register(&mut lab, "watch", json!({ "memory": 128 }));
    let daemon = json!({ "cluster": "prod", "serviceName": "watch", "taskDefinition": "watch", "schedulingStrategy": "DAEMON", "launchType": "EC2" });
    ecs(&mut lab, "CreateService", daemon);
    let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    let host = describe(&lab, &task)["containerInstanceArn"].clone();
    wait(&mut lab, "3m");
    assert!(instances(&mut lab).iter().all(|own| own["runningTasksCount"].as_u64().unwrap() >= 1));
    assert_eq!((last(&lab).inputs.busy, last(&lab).needed, last(&lab).percent()), (1, 1, 50.0));
    wait(&mut lab, "17m");
    assert_eq!(members(&mut lab, "g"), ["a InService!"], "the other one is gone");
    assert_eq!(describe(&lab, &task)["containerInstanceArn"], host);
    assert_eq!(last(&lab).held, Some(Held::AtTarget));
    let at_rest = evaluations(&lab).len();
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
    wait(&mut lab, "1m");
    assert_eq!((last(&lab).inputs.busy, evaluations(&lab).len()), (0, at_rest + 1), "its stop is seen");
    wait(&mut lab, "17m");
    assert_eq!(members(&mut lab, "g"), [""; 0]);
}

/// 2.8, CP-04: with room to spare asked for, a task that comes to a daemon's instance is seen at once.
#[test]
fn table_2_8_the_first_task_beside_a_daemon_is_seen() {
    let mut lab = scaled(0, 4, 2, json!({}), json!({ "targetCapacity": 50 }));
    register(&mut lab, "watch", json!({ "memory": 128 }));
    let daemon = json!({ "cluster": "prod", "serviceName": "watch", "taskDefinition": "watch", "schedulingStrategy": "DAEMON", "launchType": "EC2" });
    ecs(&mut lab, "CreateService", daemon);
    run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "6m");
    assert_eq!((last(&lab).inputs.busy, last(&lab).held, last(&lab).desired), (1, Some(Held::AtTarget), 2));
    let at_rest = evaluations(&lab).len();
    let spread = json!([{ "type": "spread", "field": "instanceId" }]);
    run(&mut lab, "web", 1, json!({ "placementStrategy": spread }));
    wait(&mut lab, "1m");
    assert_eq!((last(&lab).inputs.busy, evaluations(&lab).len() > at_rest), (2, true));
    assert_eq!(super::groups::group(&mut lab, "g")["DesiredCapacity"], 4);
}

/// 2.6: what a provider asks of its group.
#[test]
fn table_2_6_requirements_of_the_group() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 0, 1, 0, json!({}));
    let mut refused = |group: &str, extra: Value| {
        let mut settings = json!({ "autoScalingGroupArn": group });
        settings.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let input = json!({ "name": "cp", "autoScalingGroupProvider": settings });
        let error = try_ecs(&mut lab, "CreateCapacityProvider", input).unwrap_err();
        (error.code.to_string(), error.message)
    };
    let message =
        "The specified Auto Scaling group does not exist. Specify a valid Auto Scaling group ARN and try again.";
    assert_eq!(refused("absent", json!({})), ("ClientException".to_string(), message.to_string()));
    let message = "The managed termination protection setting for the capacity provider is invalid. To enable managed \
                   termination protection for a capacity provider, the Auto Scaling group must have instance protection from \
                   scale in enabled.";
    let protected = json!({ "managedScaling": { "status": "ENABLED" }, "managedTerminationProtection": "ENABLED" });
    assert_eq!(refused("g", protected), ("ClientException".to_string(), message.to_string()));
    provider(&mut lab, "g", json!({ "managedScaling": { "status": "ENABLED" } }));
    put(&mut lab, json!(["cp-g"]), json!([]));
    let own = group(&mut lab, "g");
    assert_eq!(own["Tags"][0]["Key"], "AmazonECSManaged");
    let described = ecs(&mut lab, "DescribeCapacityProviders", json!({ "capacityProviders": ["cp-g"] }));
    let arn = &described["capacityProviders"][0]["autoScalingGroupProvider"]["autoScalingGroupArn"];
    assert_eq!(arn, &own["AutoScalingGroupARN"], "a name becomes the ARN");
}

/// 2.11: a Spot notice drains the instance of a provider with managed draining, whatever its agent says, and the group
/// replaces it.
#[test]
fn dr_07_spot_reclaim_of_a_managed_instance() {
    let mut lab = scaled(1, 4, 1, json!({}), json!({}));
    run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "1m");
    let id = group(&mut lab, "g")["Instances"][0]["InstanceId"].clone();
    let fault = json!({ "api": "lab.Fault", "input": { "spotReclaim": { "instanceId": id } } });
    lab.apply(Command::from_json(&fault).unwrap()).unwrap();
    assert_eq!(instances(&mut lab)[0]["status"], "DRAINING");
    wait(&mut lab, "5m");
    let now = group(&mut lab, "g");
    assert_eq!(members(&mut lab, "g"), ["a InService"]);
    assert_ne!(now["Instances"][0]["InstanceId"], id);
}

/// The same commands give the same facts, and no event is left that somebody waits for.
#[test]
fn managed_scaling_replays_and_settles() {
    let digest = || {
        let mut lab = scaled(0, 10, 0, json!({}), json!({}));
        let tasks = run(&mut lab, "web", 10, json!({}));
        lab.settle(ecs_lab::sim::SimDuration::from_secs(3600));
        assert_eq!(statuses(&lab, &tasks), ["RUNNING"]);
        wait(&mut lab, "1h");
        assert_eq!(members(&mut lab, "g").len(), 2);
        lab.digest()
    };
    assert_eq!(digest(), digest());
}
