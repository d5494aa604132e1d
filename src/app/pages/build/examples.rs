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
      "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1",
      "essential": true,
      "portMappings": [
        { "containerPort": 8080, "protocol": "tcp" }
      ],
      "healthCheck": {
        "command": ["CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"],
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
      "image": "app:1",
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
        "logDriver": "awslogs",
        "options": {
          "awslogs-group": "/ecs/app",
          "awslogs-region": "us-east-1",
          "awslogs-stream-prefix": "app"
        }
      }
    },
    {
      "name": "router",
      "image": "fluent-bit:4",
      "cpu": 64,
      "memory": 128,
      "essential": false
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
      "image": "agent:7",
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

    #[test]
    fn every_example_registers() {
        for example in EXAMPLES {
            let read = analyse(example.text);
            assert!(read.registration.is_some(), "{}: {:?}", example.title, read.problems);
        }
    }
}
