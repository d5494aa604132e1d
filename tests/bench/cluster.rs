//! The lab that the benchmarks through the door stand on.

use ecs_lab::lab::{Command, Lab, Start};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

/// A lab with a cluster of m5.large in three zones and one task definition.
pub fn fleet(instances: u32) -> Lab {
    let mut lab = Lab::new(Start::default());
    apply(&mut lab, Command::ecs("CreateCluster", json!({ "clusterName": "prod" })));
    for (index, zone) in ["us-east-1a", "us-east-1b", "us-east-1c"].into_iter().enumerate() {
        let count = instances / 3 + u32::from((index as u32) < instances % 3);
        let input = json!({
            "InstanceType": "m5.large", "MinCount": count, "MaxCount": count,
            "Placement": { "AvailabilityZone": zone }, "UserData": "RUNTX0NMVVNURVI9cHJvZA==",
            "IamInstanceProfile": { "Name": "ecsInstanceRole" },
        });
        apply(&mut lab, Command::ec2("RunInstances", input));
    }
    apply(&mut lab, Command::Advance(SimDuration::from_secs(90)));
    let container = json!({ "name": "app", "image": "nginx", "cpu": 64, "memory": 128 });
    apply(
        &mut lab,
        Command::ecs("RegisterTaskDefinition", json!({ "family": "web", "containerDefinitions": [container] })),
    );
    lab
}

/// A call of RunTask.
pub fn run_tasks(count: u32, strategies: Value) -> Command {
    Command::ecs(
        "RunTask",
        json!({ "cluster": "prod", "taskDefinition": "web", "count": count, "placementStrategy": strategies }),
    )
}

/// Does what must not be refused.
pub fn apply(lab: &mut Lab, command: Command) {
    lab.apply(command).unwrap_or_else(|error| panic!("{error}"));
}
