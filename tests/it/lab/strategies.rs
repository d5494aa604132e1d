//! Capacity provider strategies of RunTask on Fargate (6.10, and 2.3 to 2.5 on scaling).

use super::support::*;
use ecs_lab::lab::{Command, Lab};
use ecs_lab::scaling::split::{Share, last, split};
use serde_json::{Value, json};

pub const SUBNET_A: &str = "subnet-0ec51ab00000000a0";

/// RunTask of the definition `fg` on Fargate with more members.
fn run_fargate(lab: &mut Lab, count: u32, extra: Value) -> Value {
    let network = json!({ "awsvpcConfiguration": { "subnets": [SUBNET_A], "assignPublicIp": "ENABLED" } });
    let mut all = json!({ "networkConfiguration": network });
    all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    run(lab, "fg", count, all)
}

fn fargate_lab() -> Lab {
    let mut lab = lab();
    let container = json!({ "name": "app", "image": "nginx:1.27" });
    let mut definition = json!({
        "family": "fg", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [container],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition.clone());
    definition["family"] = json!("win");
    definition["cpu"] = json!("1024");
    definition["memory"] = json!("2048");
    definition["runtimePlatform"] = json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    lab
}

fn item(name: &str, weight: u32, base: u32) -> Value {
    json!({ "capacityProvider": name, "weight": weight, "base": base })
}

pub fn put(lab: &mut Lab, providers: Value, default: Value) {
    let input =
        json!({ "cluster": "prod", "capacityProviders": providers, "defaultCapacityProviderStrategy": default });
    ecs(lab, "PutClusterCapacityProviders", input);
}

/// How many tasks of an answer went to each provider.
pub fn shares(reply: &Value) -> Vec<(String, usize)> {
    let mut all: Vec<(String, usize)> = Vec::new();
    for task in reply["tasks"].as_array().unwrap() {
        let name = task["capacityProviderName"].as_str().unwrap_or("-").to_string();
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => all.push((name, 1)),
        }
    }
    all
}

/// PL-47, PL-48, CP-01 to CP-04: which strategy applies, and what it may not be.
#[test]
fn pl_47_pl_48_which_strategy_applies() {
    let mut lab = fargate_lab();
    let both = json!(["FARGATE", "FARGATE_SPOT"]);
    let error = |lab: &mut Lab, extra: Value| {
        let mut input = json!({ "cluster": "prod", "taskDefinition": "fg" });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let error = try_ecs(lab, "RunTask", input).unwrap_err();
        (error.code.to_string(), error.message)
    };
    let strategy = |items: Value| json!({ "capacityProviderStrategy": items });
    let message = "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the \
                   cluster. Associate the capacity provider with the cluster and try again.";
    assert_eq!(error(&mut lab, strategy(json!([item("FARGATE", 1, 0)]))).1, message);
    put(&mut lab, both.clone(), json!([]));
    for (given, message) in [
        (
            json!({ "launchType": "FARGATE", "capacityProviderStrategy": [item("FARGATE", 1, 0)] }),
            "Specifying both a launch type and capacity provider strategy is not supported",
        ),
        (
            strategy(json!([item("FARGATE", 1, 1), item("FARGATE_SPOT", 1, 1)])),
            "There are multiple capacity providers in the specified capacity provider strategy with a base value defined",
        ),
        (
            strategy(json!([item("FARGATE", 0, 0), item("FARGATE_SPOT", 0, 0)])),
            "There are no capacity providers in the capacity provider strategy with a weight value greater than zero",
        ),
        (json!({}), "Network Configuration must be provided when networkMode 'awsvpc' is specified."),
    ] {
        assert_eq!(error(&mut lab, given), ("InvalidParameterException".to_string(), message.to_string()));
    }
    let tasks = run_fargate(&mut lab, 5, strategy(json!([item("FARGATE", 1, 2), item("FARGATE_SPOT", 3, 0)])));
    assert_eq!(shares(&tasks), [("FARGATE".to_string(), 3), ("FARGATE_SPOT".to_string(), 2)], "2.4");
    assert_eq!(tasks["tasks"][0]["launchType"], "FARGATE");
    let plain = run_fargate(&mut lab, 1, json!({ "launchType": "FARGATE" }));
    assert_eq!(shares(&plain), [("-".to_string(), 1)], "a launch type has no provider");
    put(&mut lab, both, json!([item("FARGATE_SPOT", 1, 0)]));
    let tasks = run_fargate(&mut lab, 2, json!({}));
    assert_eq!(shares(&tasks), [("FARGATE_SPOT".to_string(), 2)], "PL-48: the cluster's default strategy");
    let input = json!({ "cluster": "prod", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": [] });
    let error = try_ecs(&mut lab, "PutClusterCapacityProviders", input).unwrap_err();
    assert_eq!(error.code, "ResourceInUseException", "2.3: its tasks are there");
}

/// 2.4: a service that scales in gives up what is furthest above its share, never below the base; a protected task
/// stays, and its provider's turn goes to the next.
#[test]
fn table_2_4_a_service_scales_in_by_base_and_weight() {
    let on = |lab: &mut Lab| {
        let list = ecs(lab, "ListTasks", json!({ "cluster": "prod", "serviceName": "fg", "desiredStatus": "RUNNING" }));
        let tasks = ecs(lab, "DescribeTasks", json!({ "cluster": "prod", "tasks": list["taskArns"] }));
        let all = tasks["tasks"].as_array().unwrap().clone();
        let of = |name: &str| all.iter().filter(|task| task["capacityProviderName"] == name).count();
        ([of("FARGATE"), of("FARGATE_SPOT")], all)
    };
    for (first, second, protected) in
        [((1, 2), (3, 0), false), ((1, 0), (4, 0), false), ((0, 2), (1, 0), false), ((1, 2), (3, 0), true)]
    {
        let shares = [first, second].map(|(weight, base)| Share { weight, base });
        let mut lab = fargate_lab();
        put(&mut lab, json!(["FARGATE", "FARGATE_SPOT"]), json!([]));
        let strategy = [item("FARGATE", first.0, first.1), item("FARGATE_SPOT", second.0, second.1)];
        let network = json!({ "awsvpcConfiguration": { "subnets": [SUBNET_A], "assignPublicIp": "ENABLED" } });
        let input = json!({
            "cluster": "prod", "serviceName": "fg", "taskDefinition": "fg", "desiredCount": 10,
            "capacityProviderStrategy": strategy, "networkConfiguration": network,
        });
        ecs(&mut lab, "CreateService", input);
        wait(&mut lab, "2m");
        let (mut counts, tasks) = on(&mut lab);
        assert_eq!(split(&shares, 10), counts.map(|own| own as u32));
        if protected {
            let spot = tasks.iter().filter(|task| task["capacityProviderName"] == "FARGATE_SPOT");
            let spot: Vec<&Value> = spot.map(|task| &task["taskArn"]).collect();
            let input = json!({ "cluster": "prod", "tasks": spot, "protectionEnabled": true });
            ecs(&mut lab, "UpdateTaskProtection", input);
        }
        for desired in [8, 5, 4, 2, 1] {
            while !protected && counts.iter().sum::<usize>() > desired {
                counts[last(&shares, &counts.map(|own| own as u32)).unwrap()] -= 1;
            }
            if protected {
                counts = [desired.saturating_sub(6), 6];
            }
            ecs(&mut lab, "UpdateService", json!({ "cluster": "prod", "service": "fg", "desiredCount": desired }));
            wait(&mut lab, "1m");
            assert_eq!(on(&mut lab).0, counts, "{first:?} {second:?} {desired}");
        }
    }
}

/// 2.5: Linux only; out of capacity there is no fallback to on-demand; the whole reason of an interruption.
#[test]
fn cp_06_table_2_5_fargate_spot() {
    let mut lab = fargate_lab();
    put(&mut lab, json!(["FARGATE", "FARGATE_SPOT"]), json!([item("FARGATE", 1, 1), item("FARGATE_SPOT", 1, 0)]));
    let windows = json!({
        "cluster": "prod", "taskDefinition": "win",
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": [SUBNET_A], "assignPublicIp": "ENABLED" } },
    });
    let error = try_ecs(&mut lab, "RunTask", windows).unwrap_err();
    assert_eq!(error.message, "The FARGATE_SPOT capacity provider does not support Windows containers.");

    let fault = |lab: &mut Lab, input: Value| {
        lab.apply(Command::from_json(&json!({ "api": "lab.Fault", "input": input })).unwrap()).unwrap()
    };
    let capacity =
        |available: bool| json!({ "fargateCapacity": { "zone": ZONE_A, "spot": true, "available": available } });
    fault(&mut lab, capacity(false));
    let reply = run_fargate(&mut lab, 5, json!({}));
    assert_eq!(shares(&reply), [("FARGATE".to_string(), 3)], "on-demand gets its share and no more");
    let why = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
    assert_eq!(reply["failures"], json!([{ "reason": why }]), "once, however many are missing");
    fault(&mut lab, capacity(true));
    let reply = run_fargate(&mut lab, 3, json!({}));
    let spot = reply["tasks"].as_array().unwrap().iter().find(|task| task["capacityProviderName"] == "FARGATE_SPOT");
    let spot = spot.unwrap().clone();
    wait(&mut lab, "2m");
    fault(&mut lab, json!({ "spotReclaim": { "task": spot["taskArn"] } }));
    let now = describe(&lab, &spot);
    assert_eq!(
        (&now["desiredStatus"], &now["stopCode"], &now["stoppedReason"]),
        (&json!("STOPPED"), &json!("SpotInterruption"), &json!("Your Spot Task was interrupted."))
    );
    wait(&mut lab, "2m");
    assert_eq!(describe(&lab, &spot)["lastStatus"], "STOPPED");
}
