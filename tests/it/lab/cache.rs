//! The order that the ecs room keeps of its instances is a cache: nothing in the record depends on it.

use super::support::*;
use ecs_lab::event::{Explained, FactKind};
use ecs_lab::lab::{Command, Lab, Start};
use ecs_lab::placement::Ties;
use ecs_lab::sim::SimDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

const FAMILIES: [&str; 3] = ["small", "fixed", "large"];

fn start(ties: Ties) -> Lab {
    let mut lab = Lab::new(Start { ties, ..Start::default() });
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "prod" }));
    launch(&mut lab, "t3.small", ZONE_A, 2, "");
    launch(&mut lab, "t3.medium", ZONE_B, 2, "");
    wait(&mut lab, "2m");
    register(&mut lab, "small", json!({ "cpu": 128, "memory": 128 }));
    register(&mut lab, "fixed", json!({ "portMappings": [{ "containerPort": 80, "hostPort": 80 }] }));
    register(&mut lab, "large", json!({ "cpu": 1024, "memory": 1500 }));
    lab
}

/// One of the things that people do, picked by numbers.
fn command(lab: &Lab, kind: u8, pick: usize, more: usize) -> Command {
    let world = lab.world();
    let cluster = world.ecs().cluster("prod").unwrap().id;
    let hosts: Vec<(String, String)> = world
        .ecs()
        .instances(cluster)
        .map(|instance| (instance.key.id.to_string(), instance.machine.to_string()))
        .collect();
    let (host, ec2) = hosts.get(pick % hosts.len().max(1)).cloned().unwrap_or_default();
    let on_prod = |operation: &str, mut input: Value| {
        input["cluster"] = json!("prod");
        Command::ecs(operation, input)
    };
    match kind {
        0 => {
            let task = world.ecs().tasks(cluster).nth(more % 7).map(|task| task.key.id.to_string());
            on_prod("StopTask", json!({ "task": task.unwrap_or_default() }))
        }
        1 => {
            let status = ["ACTIVE", "DRAINING"][more % 2];
            on_prod("UpdateContainerInstancesState", json!({ "containerInstances": [host], "status": status }))
        }
        2 => {
            let attribute = json!({ "name": "rack", "value": (more % 3).to_string(), "targetId": host });
            let operation = if more.is_multiple_of(5) { "DeleteAttributes" } else { "PutAttributes" };
            on_prod(operation, json!({ "attributes": [attribute] }))
        }
        3 => {
            let operation = ["StopInstances", "StartInstances", "TerminateInstances"][more % 3];
            Command::ec2(operation, json!({ "InstanceIds": [ec2] }))
        }
        4 => Command::Advance(SimDuration::from_secs([1, 20, 100, 4000][more % 4])),
        5 if more.is_multiple_of(3) => {
            on_prod("DeregisterContainerInstance", json!({ "containerInstance": host, "force": true }))
        }
        5 => Command::ec2(
            "RunInstances",
            json!({
                "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "UserData": "RUNTX0NMVVNURVI9cHJvZA==",
                "IamInstanceProfile": { "Name": "ecsInstanceRole" },
            }),
        ),
        _ => {
            let strategies = [
                json!([]),
                json!([{ "type": "binpack", "field": "memory" }]),
                json!([{ "type": "spread", "field": "attribute:ecs.availability-zone" }, { "type": "spread", "field": "instanceId" }]),
                json!([{ "type": "spread", "field": "attribute:rack" }, { "type": "binpack", "field": "cpu" }]),
                json!([{ "type": "random" }]),
            ];
            let constraints = [
                json!([]),
                json!([{ "type": "distinctInstance" }]),
                json!([{ "type": "memberOf", "expression": "not(attribute:rack == 1) and runningTasksCount < 5" }]),
            ];
            on_prod(
                "RunTask",
                json!({
                    "taskDefinition": FAMILIES[more % 3], "count": 1 + pick % 6,
                    "placementStrategy": strategies[pick % 5], "placementConstraints": constraints[(pick + more) % 3],
                }),
            )
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Invariants 1 and 4: a lab that keeps its cache, one that loses it before each command, and the explaining path
    /// say the same.
    #[test]
    fn the_cache_changes_nothing(
        drawn: bool,
        steps in vec((0u8..14, 0usize..30, 0usize..30), 1..40),
    ) {
        let ties = if drawn { Ties::Drawn } else { Ties::ByName };
        let mut kept = start(ties);
        let mut lost = start(ties);
        for (kind, pick, more) in steps {
            if (kind, pick % 4) == (4, 0) {
                prop_assert_eq!(kept.undo(), lost.undo());
            }
            let command = command(&kept, kind, pick, more);
            // A fork is a clone, and a clone holds no cache.
            lost = lost.fork();
            let (here, there) = (kept.apply(command.clone()), lost.apply(command));
            prop_assert_eq!(here.map(|outcome| outcome.reply), there.map(|outcome| outcome.reply));
            prop_assert_eq!(kept.digest(), lost.digest());
        }
        for fact in kept.facts() {
            let (decision, name) = match &fact.kind {
                FactKind::TaskCreated { decision, instance, .. } => (*decision, instance.clone()),
                FactKind::NotPlaced { decision, .. } => (*decision, None),
                _ => continue,
            };
            let Some(Explained::Ec2(explained)) = kept.explain(decision) else {
                return Err(TestCaseError::fail("no explanation"));
            };
            prop_assert_eq!(explained.chosen().map(|chosen| chosen.name.clone()), name);
        }
    }
}
