//! The lab that the first visit opens: a fleet that already runs something, and shows at once what placement is about.

use ecs_lab::lab::{Command, Lab, Start, launch};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

/// Three zones, six instances, three families, one request that did not fit.
pub fn fleet() -> Lab {
    let mut lab = Lab::new(Start::default());
    for command in commands() {
        // Each is a call that AWS accepts; the test below holds that.
        let _ = lab.apply(command);
    }
    lab
}

/// Where its images are: the account's own registry is still empty, and Amazon ECR Public counts no pulls.
const LIBRARY: &str = "public.ecr.aws/docker/library";

/// The same as a log.
pub fn log() -> String {
    fleet().save()
}

fn commands() -> Vec<Command> {
    let spread = json!({ "type": "spread", "field": "attribute:ecs.availability-zone" });
    let binpack = json!({ "type": "binpack", "field": "memory" });
    vec![
        Command::ecs("CreateCluster", json!({ "clusterName": "prod" })),
        launch("prod", "t3.medium", 1, "us-east-1a", &[]),
        launch("prod", "m5.large", 1, "us-east-1a", &[]),
        launch("prod", "m5.large", 2, "us-east-1b", &[]),
        launch("prod", "m5.large", 1, "us-east-1c", &[]),
        launch("prod", "c5.large", 1, "us-east-1c", &[("stack".into(), Some("batch".into()))]),
        Command::Advance(SimDuration::from_secs(90)),
        register("web", "nginx:1.29", json!({ "cpu": 256, "memory": 512, "portMappings": [{ "containerPort": 80 }] })),
        register(
            "api",
            "tomcat:11",
            json!({ "cpu": 512, "memory": 1024, "portMappings": [{ "containerPort": 8080, "hostPort": 8081 }] }),
        ),
        register("jobs", "busybox:1.37", json!({ "cpu": 128, "memory": 1900, "command": ["sleep", "infinity"] })),
        run("web", 6, json!({ "placementStrategy": [spread] })),
        run("jobs", 3, json!({ "placementStrategy": [spread, binpack] })),
        run("api", 7, json!({ "placementStrategy": [spread, binpack] })),
        Command::Advance(SimDuration::from_secs(60)),
    ]
}

fn register(family: &str, image: &str, container: Value) -> Command {
    let mut whole = json!({ "name": "app", "image": format!("{LIBRARY}/{image}") });
    if let (Some(map), Some(more)) = (whole.as_object_mut(), container.as_object()) {
        map.extend(more.clone());
    }
    Command::ecs("RegisterTaskDefinition", json!({ "family": family, "containerDefinitions": [whole] }))
}

fn run(family: &str, count: u32, more: Value) -> Command {
    let mut input = json!({ "cluster": "prod", "taskDefinition": family, "count": count });
    if let (Some(map), Some(more)) = (input.as_object_mut(), more.as_object()) {
        map.extend(more.clone());
    }
    Command::ecs("RunTask", input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_opening_is_accepted() {
        let mut lab = Lab::new(Start::default());
        for command in commands() {
            let line = ecs_lab::shell::line_of(&command);
            assert!(lab.apply(command).is_ok(), "{line}");
        }
        assert_eq!(lab.digest(), fleet().digest());
    }
}
