//! What the page's first load leaves out: the later model tables, and the rooms that only their calls lead into.

use crate::aws::model;

/// What leads into the later part from calls that the first tables know: signs written otherwise than the lab writes them,
/// which could hide anything; images of Amazon ECR's private registries; the log driver that writes to CloudWatch Logs, and
/// log routers; a caller other than the learner; roles other than that of instances, and what they are asked for; capacity
/// providers; expressions of the cluster query language; namespaces of Service Connect; Container Insights; tags, whose form
/// is a pattern; scripts of a shell, whose name ends a word.
const MARKS: [&str; 20] = [
    "\\u",
    ".dkr",
    "awslogs",
    "fluent",
    "irelens",
    "caller",
    "oleArn",
    "TaskExecutionRole",
    "ServiceRole",
    "ecrets",
    "ecretOptions",
    "environmentFiles",
    "repositoryCredentials",
    "apacityProvider",
    "memberOf",
    "serviceConnectDefaults",
    "containerInsights",
    "\"tags",
    "sh\"",
    "sh\\",
];

/// The same, however it is written: scripts of PowerShell, and of health checks.
const NAMES: [&str; 2] = ["shell", "pwsh"];

/// Whether a command, a log or a file that holds one, as text, needs the later part: a call that the first tables do not
/// know, one of the lab's own, or a mark. In doubt it does.
pub fn needs_later(text: &str) -> bool {
    // What is written otherwise than the lab writes it could hide anything.
    let names = |name: &&str| text.as_bytes().windows(name.len()).any(|own| own.eq_ignore_ascii_case(name.as_bytes()));
    MARKS.iter().any(|mark| text.contains(mark))
        || NAMES.iter().any(names)
        || text
            .split("api")
            .skip(1)
            .filter_map(call)
            .any(|(service, operation)| service == "lab" || !model::in_first_part(service, operation))
}

/// The call that stands after `"api"`; the quotes may be escaped, where a file holds the log as a text.
fn call(rest: &str) -> Option<(&str, &str)> {
    let value = rest.trim_start_matches(|c: char| c.is_whitespace() || "\\\":".contains(c));
    let name = value.split(['\\', '"']).next()?;
    name.split_once('.').filter(|(service, _)| !service.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Command, Lab, Start, launch};
    use alloc::string::ToString;
    use serde_json::json;

    #[test]
    fn only_what_the_first_load_knows_can_do_without() {
        let logs = json!({ "logDriver": "awslogs", "options": { "awslogs-group": "g" } });
        let container = |more: serde_json::Value| {
            let mut all = json!({ "name": "api", "image": "api.example.com/x", "memory": 8 });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Command::ecs("RegisterTaskDefinition", json!({ "family": "api", "containerDefinitions": [all] }))
        };
        let api = |service, operation| Command::Api(crate::lab::ApiCall::new(service, operation, json!({})));
        for (command, expected) in [
            (launch("prod", "m5.large", 1, "us-east-1a", &[]), false),
            (Command::Advance(crate::sim::SimDuration::from_secs(1)), false),
            (container(json!({})), false),
            (container(json!({ "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1" })), true),
            (container(json!({ "image": "123456789012.dkr-ecr.us-east-1.on.aws/web:1" })), true),
            (container(json!({ "image": "public.ecr.aws/docker/library/nginx:1.29" })), false),
            (container(json!({ "secrets": [{ "name": "A", "valueFrom": "b" }] })), true),
            (container(json!({ "command": ["nginx", "-g", "daemon off;"] })), false),
            (container(json!({ "command": ["sleep", "60"] })), false),
            (container(json!({ "command": ["/bin/sh", "-c", "exit 3"] })), true),
            (container(json!({ "entryPoint": ["bash", "-ec"] })), true),
            (container(json!({ "command": ["PowerShell.exe", "-Command", "exit 3"] })), true),
            (container(json!({ "command": ["PWSH.EXE", "-c", "exit 3"] })), true),
            (container(json!({ "healthCheck": { "command": ["CMD-SHELL", "exit 1"] } })), true),
            (container(json!({ "healthCheck": { "command": ["CMD", "true"] } })), false),
            (Command::ecs("RunTask", json!({ "overrides": { "taskRoleArn": "r" } })), true),
            (Command::ecs("RunTask", json!({ "capacityProviderStrategy": [{ "capacityProvider": "FARGATE" }] })), true),
            (Command::ecs("RunTask", json!({ "placementConstraints": [{ "type": "memberOf" }] })), true),
            (Command::ecs("RunTask", json!({ "placementConstraints": [{ "type": "distinctInstance" }] })), false),
            (Command::ecs("CreateCluster", json!({ "tags": [{ "key": "a", "value": "b" }] })), true),
            (Command::ecs("CreateCluster", json!({ "serviceConnectDefaults": { "namespace": "n" } })), true),
            (api("lab", "Fault"), true),
            (container(json!({ "logConfiguration": logs })), true),
            (api("logs", "CreateLogGroup"), true),
            (api("ec2", "CreateVpc"), true),
            (api("nobody", "Knows"), true),
        ] {
            let text = command.to_json().to_string();
            assert_eq!(needs_later(&text), expected, "{text}");
            let file = json!({ "log": json!({ "commands": [command.to_json()] }).to_string() }).to_string();
            assert_eq!(needs_later(&file), expected, "{file}");
        }
        let Command::Api(call) = Command::ecs("ListClusters", json!({})) else { panic!() };
        assert!(needs_later(&Command::Api(call.by("user/ci")).to_json().to_string()));
        assert!(needs_later("{\"\\u0061pi\": \"logs.CreateLogGroup\"}"));
        assert!(!needs_later(&Lab::new(Start::default()).save()));
    }
}
