//! A reference model that only counts, against the engine under random commands and faults (5.1, PL-60, PT-11, 3.7).

use super::support::*;
use ecs_lab::ecs::containers::Phase;
use ecs_lab::ecs::{ContainerInstance, InstanceStatus, Task, TaskStatus};
use ecs_lab::event::FactKind;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::placement::Protocol;
use ecs_lab::sim::SimDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Two hosts, one of which drains at a Spot notice, and definitions of each kind.
fn start() -> Lab {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true");
    launch(&mut lab, "m5.large", ZONE_B, 1, "ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT=true");
    wait(&mut lab, "2m");
    let define = |lab: &mut Lab, family: &str, mode: &str, containers: Value| {
        let input = json!({
            "family": family, "networkMode": mode, "cpu": "256", "memory": "512", "containerDefinitions": containers,
            "requiresCompatibilities": if mode == "awsvpc" { json!(["EC2", "FARGATE"]) } else { json!(["EC2"]) },
        });
        ecs(lab, "RegisterTaskDefinition", input);
    };
    let check = json!({ "command": ["CMD-SHELL", "exit 0"], "interval": 5 });
    let ordered = json!([
        { "name": "init", "image": "busybox", "essential": false, "command": ["sh", "-c", "sleep 3"] },
        {
            "name": "db", "image": "redis", "healthCheck": check, "portMappings": [{ "containerPort": 80 }],
            "dependsOn": [{ "containerName": "init", "condition": "SUCCESS" }],
        },
        {
            "name": "app", "image": "nginx", "restartPolicy": { "enabled": true, "restartAttemptPeriod": 60 },
            "dependsOn": [{ "containerName": "db", "condition": "HEALTHY" }], "command": ["sleep", "200"], "stopTimeout": 7,
        },
    ]);
    let mut own_interface = ordered.clone();
    own_interface[1]["portMappings"] = json!([]);
    let sick = json!({ "command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2 });
    let tangled = json!([
        { "name": "app", "image": "nginx", "healthCheck": sick, "command": ["sleep", "infinity"], "stopTimeout": 40 },
        {
            "name": "log", "image": "nginx", "command": ["sleep", "infinity"], "stopTimeout": 25,
            "dependsOn": [{ "containerName": "app", "condition": "START" }, { "containerName": "once", "condition": "COMPLETE" }],
        },
        { "name": "once", "image": "busybox", "essential": false, "command": ["sleep", "15"], "startTimeout": 14 },
        {
            "name": "last", "image": "httpd", "essential": false,
            "dependsOn": [{ "containerName": "once", "condition": "SUCCESS" }, { "containerName": "log", "condition": "START" }],
        },
    ]);
    define(&mut lab, "tangled", "bridge", tangled);
    define(&mut lab, "ordered", "bridge", ordered);
    define(&mut lab, "net", "awsvpc", own_interface);
    let port = json!([{ "containerPort": 80, "hostPort": 8080 }]);
    define(&mut lab, "plain", "bridge", json!([{ "name": "app", "image": "nginx", "portMappings": port }]));
    define(&mut lab, "idle", "host", json!([{ "name": "app", "image": "nginx" }]));
    let disk = json!({
        "family": "disk", "volumes": [{ "name": "data", "configuredAtLaunch": true }],
        "containerDefinitions": [{
            "name": "app", "image": "nginx", "memory": 256, "mountPoints": [{ "sourceVolume": "data", "containerPath": "/d" }],
        }],
    });
    ecs(&mut lab, "RegisterTaskDefinition", disk);
    define(&mut lab, "batch", "bridge", json!([{ "name": "app", "image": "alpine", "command": ["sleep", "20"] }]));
    lab
}

const FAMILIES: [&str; 7] = ["ordered", "net", "plain", "batch", "tangled", "idle", "disk"];

fn command(lab: &Lab, kind: u8, pick: usize, more: usize) -> Command {
    let world = lab.world();
    let cluster = world.ecs().cluster("prod").unwrap().id;
    let tasks: Vec<String> = world.ecs().tasks(cluster).map(|task| task.key.id.to_string()).collect();
    let task = tasks.get(pick % tasks.len().max(1)).cloned().unwrap_or_default();
    let hosts: Vec<String> = world.ec2().iter().map(|own| own.id.to_string()).collect();
    let host = hosts[more % hosts.len()].clone();
    let fault = |input: Value| Command::Api(ApiCall::new("lab", "Fault", input));
    match kind {
        0..=3 => Command::Advance(SimDuration::from_millis([300, 1500, 4000, 9000, 61_000, 200_000][more % 6])),
        4 => Command::ecs("StopTask", json!({ "cluster": "prod", "task": task })),
        5 => fault(json!({ "agent": { "instanceId": host, "connected": !pick.is_multiple_of(3) } })),
        6 => fault(
            json!({ "container": { "task": task, "container": (["init", "db", "app", "once"][more % 4]), "exitCode": more % 2 } }),
        ),
        7 => fault(json!({ "healthCheck": { "task": task, "failing": more.is_multiple_of(2) } })),
        8 => {
            fault(json!({ "imagePull": { "image": "nginx", "outcome": (["NORMAL", "NETWORK", "STALLED"][more % 3]) } }))
        }
        9 if pick % 5 == 2 => fault(json!({ "retirement": { "task": task } })),
        9 if pick % 5 == 3 => {
            let outcome = [
                "NORMAL",
                "ENI_TIMEOUT",
                "START_TIMEOUT",
                "EFS",
                "CREATE",
                "STOP",
                "STOP_TIMEOUT",
                "NO_ADDRESS",
                "NORMAL",
            ][more % 9];
            fault(json!({ "initialization": { "family": FAMILIES[pick % FAMILIES.len()], "outcome": outcome } }))
        }
        9 if pick.is_multiple_of(5) => fault(json!({ "instance": { "instanceId": host } })),
        9 if pick % 5 == 1 => fault(json!({ "zone": { "zone": ZONE_A, "available": more.is_multiple_of(2) } })),
        9 => fault(json!({ "spotReclaim": { "instanceId": host } })),
        11 => {
            let there: Vec<String> = world.ecs().instances(cluster).map(|own| own.key.id.to_string()).collect();
            let one = there.get(more % there.len().max(1)).cloned().unwrap_or_default();
            match pick % 6 {
                0 => {
                    let input = json!({ "cluster": "prod", "containerInstance": one, "force": more.is_multiple_of(2) });
                    Command::ecs("DeregisterContainerInstance", input)
                }
                1 | 2 => {
                    let status = ["DRAINING", "ACTIVE"][pick % 2];
                    let input = json!({ "cluster": "prod", "containerInstances": [one], "status": status });
                    Command::ecs("UpdateContainerInstancesState", input)
                }
                3 => {
                    let config = ["ECS_CLUSTER=prod", "ECS_CLUSTER=prod\nECS_RESERVED_MEMORY=64"][more % 2];
                    let input =
                        json!({ "instanceId": host, "config": config, "deleteCheckpoint": more.is_multiple_of(3) });
                    Command::Api(ApiCall::new("lab", "Agent", input))
                }
                _ => {
                    let family = FAMILIES[more % FAMILIES.len()];
                    let input = json!({ "cluster": "prod", "taskDefinition": family, "containerInstances": there });
                    Command::ecs("StartTask", input)
                }
            }
        }
        10 => Command::ec2(["StopInstances", "StartInstances"][pick % 2], json!({ "InstanceIds": [host] })),
        _ => {
            let family = FAMILIES[more % FAMILIES.len()];
            let mut input = json!({ "cluster": "prod", "taskDefinition": family, "count": 1 + pick % 2 });
            if family == "net" {
                let subnets = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1"];
                let launch = ["EC2", "FARGATE"][pick % 2];
                input["launchType"] = json!(launch);
                let network = json!({ "subnets": subnets, "assignPublicIp": public_address(launch) });
                input["networkConfiguration"] = json!({ "awsvpcConfiguration": network });
            }
            if family == "disk" {
                let ebs = json!({ "roleArn": "arn:aws:iam::123456789012:role/r", "sizeInGiB": 8 });
                input["volumeConfigurations"] = json!([{ "name": "data", "managedEBSVolume": ebs }]);
            }
            Command::ecs("RunTask", input)
        }
    }
}

/// What may follow each state (5.1); a lost host ends a task from any of them.
const NEXT: [(&str, &[&str]); 7] = [
    ("PROVISIONING", &["PENDING", "DEPROVISIONING"]),
    ("PENDING", &["ACTIVATING", "RUNNING", "DEPROVISIONING"]),
    ("ACTIVATING", &["RUNNING", "STOPPING"]),
    ("RUNNING", &["STOPPING"]),
    ("STOPPING", &["DEPROVISIONING"]),
    ("DEPROVISIONING", &[]),
    ("STOPPED", &[]),
];

/// What DescribeContainerInstances counts: registered is what there is, and no more than that is reserved (CI-07, CI-09).
fn check_answers(lab: &Lab, instance: &ContainerInstance, wanted: usize) -> Result<(), TestCaseError> {
    let input = json!({ "cluster": "prod", "containerInstances": [instance.key.id.to_string()] });
    let reply = lab.read(&ApiCall::new("ecs", "DescribeContainerInstances", input)).unwrap();
    let shown = &reply["containerInstances"][0];
    prop_assert_eq!(shown["runningTasksCount"].as_u64(), Some(wanted as u64), "CI-09");
    for name in ["CPU", "MEMORY"] {
        let (registered, remaining) =
            ["registeredResources", "remainingResources"].map(|list| amount(shown, list, name)).into();
        prop_assert!((0..=registered).contains(&remaining), "{name}: {remaining} of {registered}");
    }
    Ok(())
}

fn check(lab: &Lab) -> Result<(), TestCaseError> {
    let ecs = lab.world().ecs();
    let cluster = ecs.cluster("prod").unwrap().id;
    for instance in ecs.instances(cluster) {
        let here = || ecs.tasks(cluster).filter(|task| task.host() == Some(instance.key));
        let (mut cpu, mut memory, mut enis) = (0, 0, 0);
        for task in here().filter(|task| task.wanted()) {
            (cpu, memory, enis) =
                (cpu + task.request.demand.cpu, memory + task.request.demand.memory, enis + task.request.demand.enis);
        }
        let host = &instance.host;
        let held = here().filter(|task| task.wanted()).flat_map(|task| &task.request.demand.ports);
        let mut held: Vec<(Protocol, u16)> = held.map(|need| (need.protocol, need.port)).collect();
        let agents = instance.reserved_ports.iter().zip([Protocol::Tcp, Protocol::Udp]);
        held.extend(agents.flat_map(|(ports, protocol)| ports.iter().map(move |port| (protocol, *port))));
        held.sort();
        let taken: Vec<(Protocol, u16)> = host.ports.keys().copied().collect();
        prop_assert_eq!(taken, held, "CI-08, PT-11: what placement takes for taken, each port once");
        // What really runs there fits, however much of it is to stop (PL-61).
        let runs = |task: &&Task| {
            let begun = task.status > TaskStatus::Provisioning && task.status < TaskStatus::Deprovisioning;
            begun && !instance.waiting.contains(&task.key)
        };
        let real = here()
            .filter(runs)
            .fold((0, 0), |(cpu, memory), task| (cpu + task.request.demand.cpu, memory + task.request.demand.memory));
        prop_assert!(real.0 <= host.cpu.total && real.1 <= host.memory.total, "PL-61: {real:?}");
        let wanted = here().filter(|task| task.wanted()).count();
        prop_assert_eq!(host.running_tasks as usize, wanted);
        check_answers(lab, instance, wanted)?;
        prop_assert_eq!(host.cpu.free + cpu, host.cpu.total);
        prop_assert_eq!(host.memory.free + memory, host.memory.total);
        prop_assert_eq!(host.enis.free + enis, host.enis.total);
        let bound = here().filter(|task| task.status != TaskStatus::Stopped).flat_map(|task| task.bindings.iter());
        let bound: BTreeSet<u16> = bound.map(|binding| binding.host_port).collect();
        let held: BTreeSet<u16> = instance.bound_ports.iter().map(|(_, port)| *port).collect();
        prop_assert_eq!(bound, held, "PT-11");
        if host.agent_connected || instance.status == InstanceStatus::Inactive {
            prop_assert!(instance.missed.is_empty() || !host.agent_connected);
        }
    }
    for task in ecs.tasks(cluster) {
        let Some(runs) = &task.containers else { continue };
        let over = runs.iter().all(|run| run.phase == Phase::Stopped);
        prop_assert_eq!(task.status >= TaskStatus::Deprovisioning, over && !task.wanted());
        if let [init, db, app] = &runs[..] {
            prop_assert!(db.phase == Phase::Waiting || db.started.is_none() || init.exit == Some(0), "SUCCESS");
            prop_assert!(app.started.is_none() || app.started >= db.started, "HEALTHY");
            let stops = |run: &ecs_lab::ecs::containers::Run| run.phase == Phase::Stopping;
            prop_assert!(!(stops(db) && stops(app)), "DP-01");
        }
        for run in runs.iter().filter(|run| run.phase == Phase::Stopped) {
            prop_assert!(run.started.is_some() || run.exit.is_none(), "5.3");
        }
    }
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for fact in lab.facts() {
        if let FactKind::TaskStatus { task, status, .. } = &fact.kind
            && let Some(before) = last.insert(task, status)
        {
            let (_, next) = NEXT.iter().find(|(own, _)| *own == before).unwrap();
            let ends = *status == "STOPPED" && before != "STOPPED";
            prop_assert!(ends || next.contains(status), "{task} goes from {before} to {status}");
        }
    }
    // What is due has happened: nothing can hold the clock up.
    prop_assert!(lab.next_deadline().is_none_or(|next| next.at > lab.now()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_keeps_the_books(steps in vec((0u8..16, 0usize..30, 0usize..30), 1..50)) {
        let mut lab = start();
        for (kind, pick, more) in steps {
            let revision = lab.revision();
            if lab.apply(command(&lab, kind, pick, more)).is_err() {
                prop_assert_eq!(lab.revision(), revision);
            }
            check(&lab)?;
        }
        // What is to stop and can hear it is over before long.
        lab.advance(SimDuration::from_secs(600)).unwrap();
        check(&lab)?;
        let ecs = lab.world().ecs();
        let cluster = ecs.cluster("prod").unwrap().id;
        for task in ecs.tasks(cluster).filter(|task| !task.wanted()) {
            let hears = task.host().and_then(|host| ecs.instance(host)).is_none_or(|own| own.host.agent_connected);
            prop_assert!(!hears || task.status == TaskStatus::Stopped, "{} is {}", task.key.id, task.status.name());
        }
        let digest = lab.digest();
        let mut again = start();
        let known = again.revision();
        for (command, _) in lab.past().skip(known as usize) {
            again.apply(command.clone()).unwrap();
        }
        prop_assert_eq!(again.digest(), digest);
    }
}
