//! The attributes that an agent registers by itself (`ecs.md` 1.7): what the host is, and what it can do.

use super::config::AgentConfig;
use crate::ec2::Instance;
use crate::placement::Attributes;
pub use crate::placement::input::is_custom_attribute as is_custom;
use crate::placement::input::{is_attribute_name, is_attribute_value};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The version of the simulated agent ([AGENT] v1.105.1, 29 Jun 2026).
pub const AGENT_VERSION: &str = "1.105.1";
/// The version of the simulated Docker engine.
pub const DOCKER_VERSION: &str = "DockerVersion: 25.0.14";
/// The version of the plugin for branch interfaces, as seen in real output.
const BRANCH_PLUGIN: (&str, &str) = ("ecs.capability.branch-cni-plugin-version", "a21d3a41-");

// In the tables, as in 1.7, `C.` stands for `com.amazonaws.ecs.capability.` and `E.` for `ecs.capability.`.

/// What every agent registers (AT-07). On Windows it answers for the old Docker versions too.
const EVERYWHERE: &[&str] = &[
    "C.docker-remote-api.1.17",
    "C.docker-remote-api.1.18",
    "C.docker-remote-api.1.19",
    "C.docker-remote-api.1.20",
    "C.docker-remote-api.1.21",
    "C.docker-remote-api.1.22",
    "C.docker-remote-api.1.23",
    "C.docker-remote-api.1.24",
    "C.docker-remote-api.1.25",
    "C.docker-remote-api.1.28",
    "C.docker-remote-api.1.29",
    "C.docker-remote-api.1.30",
    "C.docker-remote-api.1.32",
    "C.ecr-auth",
    "E.container-health-check",
    "E.container-ordering",
    "E.container-restart-policy",
    "E.docker-plugin.local",
    "E.ecr-endpoint",
    "E.env-files.s3",
    "E.execute-command",
    "E.execution-role-ecr-pull",
    "E.full-sync",
    "E.network.container-port-range",
    "E.private-registry-authentication.secretsmanager",
    "E.secrets.asm.bootstrap.log-driver",
    "E.secrets.asm.environment-variables",
    "E.secrets.ssm.bootstrap.log-driver",
    "E.secrets.ssm.environment-variables",
];

/// What only a Linux host can do.
const LINUX: &[&str] = &[
    "C.logging-driver.awsfirelens",
    "E.efs",
    "E.efsAuth",
    "E.firelens.fluentbit",
    "E.firelens.fluentd",
    "E.firelens.options.config.file",
    "E.firelens.options.config.s3",
    "E.logging-driver.awsfirelens.log-driver-buffer-limit",
    "E.pid-ipc-namespace-sharing",
];

/// What only a Linux host in EC2 can do.
const LINUX_IN_EC2: &[&str] =
    &["E.aws-appmesh", "E.fault-injection", "E.service-connect-v1", "E.storage.ebs-task-volume-attach"];

const WINDOWS: &[&str] = &["E.fsxWindowsFileServer", "E.storage.ebs-task-volume-attach"];

/// A switch of the agent's configuration (1.4).
pub struct Switch {
    /// Its key.
    pub key: &'static str,
    /// What it is where nobody sets it: on the ECS-optimized Linux AMI, and on Windows.
    defaults: [bool; 2],
    /// In which position it gives its capabilities.
    gives: bool,
    capabilities: &'static [&'static str],
}

impl Switch {
    /// What it is where nobody sets it.
    pub fn is_on_by_default(&self, windows: bool) -> bool {
        self.defaults[usize::from(windows)]
    }
}

const fn switch(key: &'static str, defaults: [bool; 2], gives: bool, capabilities: &'static [&'static str]) -> Switch {
    Switch { key, defaults, gives, capabilities }
}

/// The key that makes awsvpc tasks possible.
const TASK_ENI: &str = "ECS_ENABLE_TASK_ENI";
/// The key that lets an instance have a trunk (EN-03).
const TRUNKING: &str = "ECS_ENABLE_HIGH_DENSITY_ENI";
/// The key that makes task roles possible.
pub const TASK_ROLE: &str = "ECS_ENABLE_TASK_IAM_ROLE";

/// The key with which an agent drains its instance when the Spot notice comes.
pub const SPOT_DRAINING: &str = "ECS_ENABLE_SPOT_INSTANCE_DRAINING";
/// The key without which an agent that starts again knows nothing of its registration (CI-24). The lab's images have
/// `ECS_DATADIR`, so that it is on.
pub const CHECKPOINT: &str = "ECS_CHECKPOINT";
/// The key with which an agent waits until its instance leaves the warm pool.
pub const WARM_POOLS: &str = "ECS_WARM_POOLS_CHECK";

/// The key that names the log drivers.
const LOG_DRIVERS: &str = "ECS_AVAILABLE_LOGGING_DRIVERS";
/// The key with which the images of containers come before what these depend on (DP-05).
pub const PULLS_UPFRONT: &str = "ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT";

/// The key that registers the GPUs of the host (CI-02); it is on on the image for them, which the lab takes for such types.
pub const GPUS: &str = "ECS_ENABLE_GPU_SUPPORT";
/// The key that keeps images.
pub const KEEPS_IMAGES: &str = "ECS_DISABLE_IMAGE_CLEANUP";

/// The switches, with the capabilities that they decide.
pub const SWITCHES: &[Switch] = &[
    switch(TASK_ROLE, [true, false], true, &["C.task-iam-role"]),
    switch("ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST", [true, false], true, &["C.task-iam-role-network-host"]),
    switch(TASK_ENI, [true, false], true, &["E.task-eni"]),
    switch(TRUNKING, [true, false], true, &[]),
    switch("ECS_AWSVPC_BLOCK_IMDS", [false, false], true, &["E.task-eni-block-instance-metadata"]),
    switch(
        "ECS_ENABLE_TASK_CPU_MEM_LIMIT",
        [true, false],
        true,
        &["E.task-cpu-mem-limit", "E.increased-task-cpu-limit"],
    ),
    switch("ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE", [true, false], true, &["E.execution-role-awslogs"]),
    switch("ECS_DISABLE_PRIVILEGED", [false, false], false, &["C.privileged-container"]),
    switch("ECS_SELINUX_CAPABLE", [false, false], true, &["C.selinux"]),
    switch("ECS_APPARMOR_CAPABLE", [false, false], true, &["C.apparmor"]),
    switch(CHECKPOINT, [true, true], true, &[]),
    switch(SPOT_DRAINING, [false, false], true, &[]),
    switch(WARM_POOLS, [false, false], true, &[]),
    switch(PULLS_UPFRONT, [false, false], true, &[]),
    switch(GPUS, [true, false], true, &[]),
    switch(KEEPS_IMAGES, [false, false], true, &[]),
];

/// Whether the agent can use a trunk when its instance gets one. It says so either way, as seen in real output of
/// instances without one.
pub fn can_use_trunk(config: &AgentConfig) -> bool {
    !config.windows && config.is_on(TASK_ENI) && config.is_on(TRUNKING)
}

/// Everything that an EC2 instance registers: AT-01, capabilities, then the custom ones of its configuration.
pub fn attributes_of(instance: &Instance, config: &AgentConfig) -> Attributes {
    let lists: &[&[&str]] = if config.windows { &[WINDOWS] } else { &[LINUX, LINUX_IN_EC2] };
    let own = [
        ("ecs.ami-id", instance.image_id.as_str()),
        ("ecs.availability-zone", &instance.zone),
        ("ecs.cpu-architecture", instance.instance_type.architecture.name()),
        ("ecs.instance-type", instance.instance_type.name),
        ("ecs.os-family", instance.os_family()),
        ("ecs.os-type", if config.windows { "windows" } else { "linux" }),
        ("ecs.subnet-id", &instance.subnet),
        ("ecs.vpc-id", instance.vpc.as_str()),
        BRANCH_PLUGIN,
    ];
    let known = if can_use_trunk(config) { own.len() } else { own.len() - 1 };
    let mut all = gathered(own.get(..known).unwrap_or_default(), lists, config);
    if !instance.instance_type.is_nitro() {
        all.remove("ecs.capability.storage.ebs-task-volume-attach");
    }
    all
}

/// Everything that a machine outside of AWS registers: it has no zone, type or network of AWS, and nothing that needs
/// them (8.1).
pub fn attributes_of_external(config: &AgentConfig) -> Attributes {
    let own = [("ecs.cpu-architecture", "x86_64"), ("ecs.os-family", "LINUX"), ("ecs.os-type", "linux")];
    let mut all = gathered(&own, &[LINUX, &["E.external"]], config);
    all.remove("ecs.capability.task-eni");
    all
}

/// Takes out of the names what a key of the agent's configuration gives (1.4): the keys with their values.
pub fn settings_for(wanted: &mut Vec<(String, Option<String>)>, windows: bool) -> Vec<(&'static str, String)> {
    let mut drivers = AgentConfig::from_user_data("", windows).log_drivers;
    let (known, mut settings) = (drivers.len(), Vec::new());
    wanted.retain(|(name, _)| {
        if let Some(driver) = name.strip_prefix(&whole("C.logging-driver.")) {
            drivers.push(driver.to_string());
            return false;
        }
        let gives = |switch: &&Switch| switch.capabilities.iter().any(|short| whole(short) == *name);
        let switch = SWITCHES.iter().find(gives).map(|switch| (switch.key, switch.gives.to_string()));
        let missing = switch.is_none();
        settings.extend(switch.filter(|own| !settings.contains(own)));
        missing
    });
    if drivers.len() > known {
        settings.push((LOG_DRIVERS, serde_json::Value::from(drivers).to_string()));
    }
    settings
}

fn gathered(own: &[(&str, &str)], lists: &[&[&str]], config: &AgentConfig) -> Attributes {
    let mut all: Attributes =
        own.iter().map(|(name, value)| ((*name).to_string(), Some((*value).to_string()))).collect();
    let mut names = EVERYWHERE.to_vec();
    for list in lists {
        names.extend_from_slice(list);
    }
    for switch in SWITCHES.iter().filter(|switch| config.is_on(switch.key) == switch.gives) {
        names.extend_from_slice(switch.capabilities);
    }
    if own.contains(&BRANCH_PLUGIN) {
        names.push("E.task-eni-trunking");
    }
    for name in names {
        all.insert(whole(name), None);
    }
    for driver in config.log_drivers.iter().filter(|driver| well_formed(driver, None)) {
        all.insert(whole(&format!("C.logging-driver.{driver}")), None);
    }
    all.extend(config.attributes.iter().map(|(name, value)| (name.clone(), value.clone())));
    all
}

fn whole(short: &str) -> String {
    match short.split_once('.') {
        Some(("C", name)) => format!("com.amazonaws.ecs.capability.{name}"),
        Some((_, name)) => format!("ecs.capability.{name}"),
        None => short.to_string(),
    }
}

/// AT-03: 1–128 letters, digits and `-_/\.`; the value 1–128 of those and `@:` and inner spaces.
pub fn well_formed(name: &str, value: Option<&str>) -> bool {
    is_attribute_name(name) && value.is_none_or(is_attribute_value)
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
