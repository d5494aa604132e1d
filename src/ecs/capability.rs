//! The attributes that an agent registers by itself (`ecs.md` 1.7): what the host is, and what it can do.

use crate::ec2::Instance;
use crate::ec2::network::VPC;
use crate::placement::Attributes;
pub use crate::placement::input::is_custom_attribute as is_custom;
use crate::sim::order;
use alloc::string::ToString;

/// The version of the simulated agent ([AGENT] v1.105.1, 29 Jun 2026).
pub const AGENT_VERSION: &str = "1.105.1";
/// The version of the simulated Docker engine.
pub const DOCKER_VERSION: &str = "DockerVersion: 25.0.14";
/// The version of the plugin for branch interfaces; every agent that could use a trunk registers it (observed).
const BRANCH_PLUGIN: &str = "a21d3a41-";
/// The made-up image id of the ECS-optimized Amazon Linux 2023 AMI.
pub const AMI: &str = "ami-0ec51ab0000000001";

/// `com.amazonaws.ecs.capability.` names that the ECS-optimized Linux AMI registers (AT-07, 1.4 column AMI).
const OLD: &[&str] = &[
    "docker-remote-api.1.17",
    "docker-remote-api.1.18",
    "docker-remote-api.1.19",
    "docker-remote-api.1.20",
    "docker-remote-api.1.21",
    "docker-remote-api.1.22",
    "docker-remote-api.1.23",
    "docker-remote-api.1.24",
    "docker-remote-api.1.25",
    "docker-remote-api.1.28",
    "docker-remote-api.1.29",
    "docker-remote-api.1.30",
    "docker-remote-api.1.32",
    "ecr-auth",
    "logging-driver.awsfirelens",
    "logging-driver.awslogs",
    "logging-driver.fluentd",
    "logging-driver.json-file",
    "logging-driver.none",
    "logging-driver.syslog",
    "privileged-container",
    "task-iam-role",
    "task-iam-role-network-host",
];

/// `ecs.capability.` names that the ECS-optimized Linux AMI registers.
const NEW: &[&str] = &[
    "aws-appmesh",
    "container-health-check",
    "container-ordering",
    "container-restart-policy",
    "docker-plugin.local",
    "ecr-endpoint",
    "efs",
    "efsAuth",
    "env-files.s3",
    "execute-command",
    "execution-role-awslogs",
    "execution-role-ecr-pull",
    "fault-injection",
    "firelens.fluentbit",
    "firelens.fluentd",
    "firelens.options.config.file",
    "firelens.options.config.s3",
    "full-sync",
    "increased-task-cpu-limit",
    "logging-driver.awsfirelens.log-driver-buffer-limit",
    "network.container-port-range",
    "pid-ipc-namespace-sharing",
    "private-registry-authentication.secretsmanager",
    "secrets.asm.bootstrap.log-driver",
    "secrets.asm.environment-variables",
    "secrets.ssm.bootstrap.log-driver",
    "secrets.ssm.environment-variables",
    "service-connect-v1",
    "storage.ebs-task-volume-attach",
    "task-cpu-mem-limit",
    "task-eni",
    "task-eni-trunking",
];

/// Everything that a Linux instance registers: AT-01, capabilities, then the custom ones of its configuration.
pub fn attributes_of(instance: &Instance, custom: &Attributes) -> Attributes {
    let own = [
        ("ecs.ami-id", AMI),
        ("ecs.availability-zone", &instance.zone),
        ("ecs.capability.branch-cni-plugin-version", BRANCH_PLUGIN),
        ("ecs.cpu-architecture", instance.instance_type.architecture.name()),
        ("ecs.instance-type", instance.instance_type.name),
        ("ecs.os-family", "LINUX"),
        ("ecs.os-type", "linux"),
        ("ecs.subnet-id", &instance.subnet),
        ("ecs.vpc-id", VPC),
    ];
    let old = OLD.iter().map(|name| (alloc::format!("com.amazonaws.ecs.capability.{name}"), None));
    let new = NEW.iter().map(|name| (alloc::format!("ecs.capability.{name}"), None));
    let own = own.iter().map(|(name, value)| ((*name).to_string(), Some((*value).to_string())));
    order::map(own.chain(old).chain(new).chain(custom.iter().map(|(name, value)| (name.clone(), value.clone()))))
}

/// AT-03: 1–128 letters, digits and `-_/\.`; the value 1–128 of those and `@:` and inner spaces.
pub fn well_formed(name: &str, value: Option<&str>) -> bool {
    let name_ok = |c: char| c.is_ascii_alphanumeric() || "-_/\\.".contains(c);
    let value_ok = |c: char| name_ok(c) || "@: ".contains(c);
    let fits = |text: &str| (1..=128).contains(&text.chars().count());
    fits(name)
        && name.chars().all(name_ok)
        && value.is_none_or(|text: &str| fits(text) && text.chars().all(value_ok) && text.trim() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AT-03.
    #[test]
    fn names_and_values_of_custom_attributes() {
        for (name, value, ok) in [
            ("stack", Some("prod"), true),
            ("a/b\\c.d-e_f", None, true),
            ("stack", Some("two words: x@y"), true),
            ("", None, false),
            ("has space", None, false),
            ("é", None, false),
            ("stack", Some(" led"), false),
            ("stack", Some(""), false),
            ("stack", Some("a,b"), false),
            (&"n".repeat(129), None, false),
            (&"n".repeat(128), Some(&"v".repeat(128)), true),
        ] {
            assert_eq!(well_formed(name, value), ok, "{name:?} {value:?}");
        }
    }
}
