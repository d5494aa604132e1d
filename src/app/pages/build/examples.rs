//! Definitions to start from.

/// An example: what it shows, and its text.
pub struct Example {
    /// What the picker says.
    pub title: &'static str,
    /// The definition.
    pub text: &'static str,
}

/// The examples, the simplest first.
pub const EXAMPLES: [Example; 4] = [
    Example { title: "Web server on EC2, any free host port", text: WEB },
    Example { title: "Web server on Fargate", text: FARGATE },
    Example { title: "Application with a log router that starts first", text: SIDECAR },
    Example { title: "Agent on every host, reads the host's files", text: AGENT },
];

const WEB: &str = r#"{
  "family": "web",
  "networkMode": "bridge",
  "requiresCompatibilities": ["EC2"],
  "containerDefinitions": [
    {
      "name": "web",
      "image": "nginx:1.29",
      "cpu": 256,
      "memory": 512,
      "essential": true,
      "portMappings": [
        { "containerPort": 80, "hostPort": 0, "protocol": "tcp" }
      ]
    }
  ]
}
"#;

const FARGATE: &str = r#"{
  "family": "web-fargate",
  "networkMode": "awsvpc",
  "requiresCompatibilities": ["FARGATE"],
  "cpu": "512",
  "memory": "1024",
  "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
  "runtimePlatform": { "cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX" },
  "containerDefinitions": [
    {
      "name": "web",
      "image": "public.ecr.aws/docker/library/nginx:1.29",
      "essential": true,
      "portMappings": [
        { "containerPort": 80, "protocol": "tcp" }
      ],
      "healthCheck": {
        "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
        "interval": 30,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 10
      }
    }
  ]
}
"#;

const SIDECAR: &str = r#"{
  "family": "app-with-router",
  "networkMode": "bridge",
  "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
  "containerDefinitions": [
    {
      "name": "app",
      "image": "public.ecr.aws/docker/library/tomcat:11",
      "cpu": 512,
      "memory": 1024,
      "memoryReservation": 512,
      "essential": true,
      "environment": [
        { "name": "STAGE", "value": "test" }
      ],
      "dependsOn": [
        { "containerName": "router", "condition": "START" }
      ],
      "logConfiguration": {
        "logDriver": "awsfirelens",
        "options": {
          "Name": "cloudwatch_logs",
          "region": "us-east-1",
          "log_group_name": "/ecs/app",
          "log_stream_prefix": "app-",
          "auto_create_group": "true"
        }
      }
    },
    {
      "name": "router",
      "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
      "cpu": 64,
      "memory": 128,
      "essential": true,
      "firelensConfiguration": { "type": "fluentbit" }
    }
  ]
}
"#;

const AGENT: &str = r#"{
  "family": "host-agent",
  "networkMode": "host",
  "requiresCompatibilities": ["EC2"],
  "containerDefinitions": [
    {
      "name": "agent",
      "image": "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:latest",
      "cpu": 128,
      "memory": 256,
      "essential": true,
      "mountPoints": [
        { "sourceVolume": "host-proc", "containerPath": "/host/proc", "readOnly": true }
      ]
    }
  ],
  "volumes": [
    { "name": "host-proc", "host": { "sourcePath": "/proc" } }
  ],
  "placementConstraints": [
    { "type": "memberOf", "expression": "attribute:ecs.os-type == linux" }
  ]
}
"#;

#[cfg(test)]
mod tests {
    use super::super::analysis::analyse;
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::lab::Command;
    use ecs_lab::sim::SimDuration;
    use serde_json::{Value, json};

    #[test]
    fn every_example_registers() {
        for example in EXAMPLES {
            let read = analyse(example.text);
            assert!(read.registration.is_some(), "{}: {:?}", example.title, read.problems);
        }
    }

    /// What someone registers as it stands can be run, and goes on running.
    #[test]
    fn every_example_runs() {
        for example in EXAMPLES {
            let mut lab = opening::fleet();
            let definition: Value = serde_json::from_str(example.text).unwrap();
            let input = json!({ "cluster": "prod", "taskDefinition": definition["family"], "launchType": "EC2" });
            let input = match definition["requiresCompatibilities"][0] == "FARGATE" {
                true => json!({ "cluster": "prod", "taskDefinition": definition["family"], "launchType": "FARGATE",
                    "networkConfiguration": { "awsvpcConfiguration": {
                        "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": "ENABLED",
                    } } }),
                false => input,
            };
            lab.apply(Command::ecs("RegisterTaskDefinition", definition)).unwrap();
            let begun = lab.apply(Command::ecs("RunTask", input)).unwrap();
            let task = begun.reply["tasks"][0]["taskArn"].clone();
            lab.advance(SimDuration::from_secs(300)).unwrap();
            let input = json!({ "cluster": "prod", "tasks": [task] });
            let told = lab.apply(Command::ecs("DescribeTasks", input)).unwrap().reply;
            let now = &told["tasks"][0];
            assert_eq!(now["lastStatus"], "RUNNING", "{}: {now}", example.title);
        }
    }
}
