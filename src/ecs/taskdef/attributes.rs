//! `requiresAttributes`: what an instance must offer to run the task (AT-08), by a table of feature → attribute.
//!
//! AWS does not publish the derivation. Sources of the rows: *agent* = reference 1.7 (the agent registers exactly this
//! attribute for the feature); *recorded* = answers of Sep 2026; *observed* = real describe outputs (2019 to 2026);
//! *inferred* = the only feature left that explains an observed output, or Docker's own API history.

use super::facts::NetworkMode;
use super::read::{filled, flag, has, list, member, text, texts};
use super::view::{View, at_launch, has_swap, is_ecr, linux, log_driver};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

macro_rules! old {
    ($name:literal) => {
        concat!("com.amazonaws.ecs.capability.", $name)
    };
}

macro_rules! new {
    ($name:literal) => {
        concat!("ecs.capability.", $name)
    };
}

macro_rules! docker {
    ($version:literal) => {
        concat!("com.amazonaws.ecs.capability.docker-remote-api.", $version)
    };
}

/// An attribute, and whether the task needs it.
type TaskRow = (&'static str, fn(&View) -> bool);

/// An attribute, and whether a container needs it.
type ContainerRow = (&'static str, fn(&Value) -> bool);

/// What a task-level feature needs.
const OF_THE_TASK: [TaskRow; 13] = [
    // recorded: both come with awsvpc alone
    (docker!("1.18"), |view| view.mode == NetworkMode::Awsvpc),
    (new!("task-eni"), |view| view.mode == NetworkMode::Awsvpc),
    // agent, observed
    (old!("task-iam-role"), |view| has_task_role(view) && view.mode != NetworkMode::Host),
    (old!("task-iam-role-network-host"), |view| has_task_role(view) && view.mode == NetworkMode::Host),
    // observed: an execution role and an ECR image
    (new!("execution-role-ecr-pull"), |view| view.has_execution_role() && view.containers.iter().any(is_ecr)),
    // observed: cpu 16384 has it, 4096 has not; the old limit was 10 vCPU
    (new!("increased-task-cpu-limit"), |view| view.cpu.known().is_some_and(|cpu| cpu > 10_240)),
    // observed; 1.18 with it in host mode, nothing else left to explain it
    (new!("pid-ipc-namespace-sharing"), shares_namespaces),
    (docker!("1.18"), shares_namespaces),
    // observed
    (new!("extensible-ephemeral-storage"), |view| has(view.root, "ephemeralStorage")),
    // agent
    (new!("aws-appmesh"), |view| has(view.root, "proxyConfiguration")),
    (new!("fault-injection"), |view| flag(view.root, "enableFaultInjection")),
    // agent
    (new!("storage.ebs-task-volume-attach"), |view| view.volumes.iter().any(at_launch)),
    // observed: ECR images need it with and without a role
    (old!("ecr-auth"), |view| view.containers.iter().any(is_ecr)),
];

/// Comes after what containers need, as observed: an execution role and awslogs.
const OF_ITS_LOGS: TaskRow =
    (new!("execution-role-awslogs"), |view| view.has_execution_role() && view.containers.iter().any(uses_awslogs));

/// What a feature of any container needs. "There" counts even when empty: the console writes empty lists and AWS
/// answers with the attribute.
const OF_A_CONTAINER: [ContainerRow; 31] = [
    // observed: user, workingDirectory, hostname, and the empty lists; inferred: readonlyRootFilesystem
    (docker!("1.17"), |container| {
        [
            "user",
            "workingDirectory",
            "hostname",
            "dnsServers",
            "dnsSearchDomains",
            "extraHosts",
            "readonlyRootFilesystem",
        ]
        .iter()
        .any(|key| has(container, key))
    }),
    // observed: ulimits, empty too; by the API's own documentation: dockerLabels
    (docker!("1.18"), |container| has(container, "ulimits") || has(container, "dockerLabels")),
    // observed: awslogs, journald, awsfirelens; the other drivers by Docker's history (agent)
    (docker!("1.18"), |container| uses(container, &["json-file", "syslog"])),
    (docker!("1.19"), |container| uses(container, &["awslogs", "journald", "awsfirelens"])),
    (docker!("1.20"), |container| uses(container, &["gelf", "fluentd"])),
    (docker!("1.22"), |container| uses(container, &["splunk"])),
    // observed
    (docker!("1.21"), |container| has(container, "memoryReservation")),
    // observed: tmpfs; Docker's history: --shm-size came with it
    (docker!("1.22"), |container| filled(linux(container), "tmpfs") || has(linux(container), "sharedMemorySize")),
    // observed
    (docker!("1.23"), |container| {
        texts(container, "dockerSecurityOptions").any(|option| option == "no-new-privileges")
    }),
    // observed: a start period raises the version
    (docker!("1.24"), |container| member(container, "healthCheck").is_some_and(|check| !has(check, "startPeriod"))),
    (docker!("1.29"), |container| member(container, "healthCheck").is_some_and(|check| has(check, "startPeriod"))),
    (new!("container-health-check"), |container| has(container, "healthCheck")),
    // observed: only when it is true
    (docker!("1.25"), |container| flag(linux(container), "initProcessEnabled")),
    // observed: delivery mode or buffer size, and creating the group
    (docker!("1.28"), |container| awslogs_option(container, &["mode", "max-buffer-size"])),
    (docker!("1.29"), |container| awslogs_option(container, &["awslogs-create-group"])),
    // inferred
    (docker!("1.32"), has_swap),
    // observed: only when it is true
    (old!("privileged-container"), |container| flag(container, "privileged")),
    // observed: SELinux; agent: AppArmor
    (old!("selinux"), |container| security_option(container, "label:")),
    (old!("apparmor"), |container| security_option(container, "apparmor:")),
    // recorded: startTimeout; observed: dependsOn, stopTimeout
    (new!("container-ordering"), |container| {
        filled(container, "dependsOn") || has(container, "startTimeout") || has(container, "stopTimeout")
    }),
    // observed
    (new!("secrets.ssm.environment-variables"), |container| secret(list(container, "secrets"), false)),
    (new!("secrets.asm.environment-variables"), |container| secret(list(container, "secrets"), true)),
    // agent
    (new!("secrets.ssm.bootstrap.log-driver"), |container| secret(log_secrets(container), false)),
    (new!("secrets.asm.bootstrap.log-driver"), |container| secret(log_secrets(container), true)),
    (new!("private-registry-authentication.secretsmanager"), |container| has(container, "repositoryCredentials")),
    // observed
    (new!("env-files.s3"), |container| filled(container, "environmentFiles")),
    (new!("network.container-port-range"), |container| {
        list(container, "portMappings").iter().any(|mapping| has(mapping, "containerPortRange"))
    }),
    // agent
    (new!("container-restart-policy"), |container| {
        member(container, "restartPolicy").is_some_and(|policy| flag(policy, "enabled"))
    }),
    (new!("gmsa"), |container| texts(container, "credentialSpecs").any(|spec| spec.starts_with("credentialspec:"))),
    (new!("gmsa-domainless"), |container| {
        texts(container, "credentialSpecs").any(|spec| spec.starts_with("credentialspecdomainless:"))
    }),
    // observed: with fluentd; the options name where the configuration comes from
    (new!("firelens.options.config.file"), |container| config_type(container) == Some("file")),
];

/// What a volume needs; observed for EFS (both, and 1.25, whatever its options), agent for the others.
const OF_A_VOLUME: [(&str, &str); 5] = [
    ("efsVolumeConfiguration", new!("efs")),
    ("efsVolumeConfiguration", new!("efsAuth")),
    ("efsVolumeConfiguration", docker!("1.25")),
    ("fsxWindowsFileServerVolumeConfiguration", new!("fsxWindowsFileServer")),
    ("s3filesVolumeConfiguration", new!("storage.s3-files")),
];

/// The attributes that the definition requires, in AWS's order.
pub(super) fn required(view: &View) -> Vec<String> {
    let task = |rows: &[TaskRow]| {
        let needed = rows.iter().filter(|(_, needs)| needs(view));
        needed.map(|(attribute, _)| attribute.to_string()).collect::<Vec<String>>()
    };
    let containers =
        OF_A_CONTAINER.iter().filter(|(_, needs)| view.containers.iter().any(needs)).map(|(attribute, _)| *attribute);
    let volumes = OF_A_VOLUME
        .iter()
        .filter(|(key, _)| view.volumes.iter().any(|volume| has(volume, key)))
        .map(|(_, attribute)| *attribute);
    let mut found = task(&OF_THE_TASK);
    found.extend(view.containers.iter().flat_map(named));
    found.extend(containers.map(ToString::to_string));
    found.extend(task(&[OF_ITS_LOGS]));
    found.extend(volumes.map(ToString::to_string));
    found.extend(view.volumes.iter().filter_map(docker_plugin));
    let mut once: Vec<String> = Vec::new();
    for name in found {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    let mut size = 16;
    while once.len() * 4 > size * 3 {
        size *= 2;
    }
    crate::sim::order::sort_by(&mut once, |left, right| (place(left) % size).cmp(&(place(right) % size)));
    once
}

/// AWS's order is that of a hash set of Java, whose elements are a name and an absent value: it explains every recorded
/// and observed answer. What shares a place stands as it was put in.
fn place(name: &str) -> usize {
    let text = name.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let hash = text.wrapping_add(59).wrapping_mul(59).wrapping_add(43);
    (hash ^ (hash >> 16)) as usize
}

/// The attributes that carry a name from the definition.
fn named(container: &Value) -> impl Iterator<Item = String> {
    let driver = log_driver(container).map(|(driver, _)| format!(concat!(old!("logging-driver."), "{}"), driver));
    let router = member(container, "firelensConfiguration").and_then(|router| text(router, "type"));
    let router = router.map(|kind| format!(concat!(new!("firelens."), "{}"), kind));
    let remote = (config_type(container) == Some("s3")).then(|| new!("firelens.options.config.s3").to_string());
    driver.into_iter().chain(router).chain(remote)
}

/// `ecs.capability.docker-plugin.<driver>[.<tag>]`.
fn docker_plugin(volume: &Value) -> Option<String> {
    let driver = text(member(volume, "dockerVolumeConfiguration")?, "driver")?;
    Some(format!(concat!(new!("docker-plugin."), "{}"), driver.replace(':', ".")))
}

fn has_task_role(view: &View) -> bool {
    filled(view.root, "taskRoleArn")
}

fn shares_namespaces(view: &View) -> bool {
    filled(view.root, "pidMode") || filled(view.root, "ipcMode")
}

fn uses(container: &Value, drivers: &[&str]) -> bool {
    log_driver(container).is_some_and(|(driver, _)| drivers.contains(&driver))
}

fn uses_awslogs(container: &Value) -> bool {
    uses(container, &["awslogs"])
}

fn awslogs_option(container: &Value, keys: &[&str]) -> bool {
    log_driver(container)
        .is_some_and(|(driver, options)| driver == "awslogs" && keys.iter().any(|key| has(options, key)))
}

fn security_option(container: &Value, prefix: &str) -> bool {
    texts(container, "dockerSecurityOptions").any(|option| option.starts_with(prefix))
}

fn log_secrets(container: &Value) -> &[Value] {
    member(container, "logConfiguration").map_or(&[], |logging| list(logging, "secretOptions"))
}

/// Whether one of the secrets stands in Secrets Manager, or in the Parameter Store (an ARN or a bare name).
fn secret(secrets: &[Value], in_secrets_manager: bool) -> bool {
    secrets.iter().filter_map(|secret| text(secret, "valueFrom")).any(|from| {
        let service = from.split(':').nth(2).filter(|_| from.starts_with("arn:"));
        (service == Some("secretsmanager")) == in_secrets_manager
    })
}

fn config_type(container: &Value) -> Option<&str> {
    text(member(member(container, "firelensConfiguration")?, "options")?, "config-file-type")
}
