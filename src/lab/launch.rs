//! Adding instances, as everybody does it: RunInstances with the ECS-optimized AMI and the cluster in the user data.

use super::Command;
use crate::ec2::timing;
use crate::ecs::capability::settings_for;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// From launch to registration.
pub const BOOT: SimDuration = SimDuration::from_millis(timing::BOOT.as_millis() + timing::AGENT_START.as_millis());

/// The public parameter that names the newest ECS-optimized Amazon Linux 2023 image.
const AMI: &str = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";

/// A custom attribute: its name, and its value if it has one.
pub type CustomAttribute = (String, Option<String>);

/// Launches `count` instances of a type into a zone; their agents join `cluster` and register the attributes, of which
/// capabilities come by other keys of their configuration.
pub fn launch(cluster: &str, kind: &str, count: u32, zone: &str, attributes: &[CustomAttribute]) -> Command {
    let mut script = format!("#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config");
    for (key, value) in settings(attributes, false) {
        script += &format!("\necho '{key}={value}' >> /etc/ecs/ecs.config");
    }
    run_instances(AMI, kind, count, zone, &script)
}

/// Launches `count` instances with a release of Windows, given as the attribute `ecs.os-family`; `None` for another system.
/// The script calls the PowerShell module of the ECS-optimized Windows AMIs, as people write it, and makes awsvpc tasks
/// possible, which a Windows agent does not by itself (1.4).
pub fn launch_windows(
    cluster: &str,
    kind: &str,
    count: u32,
    zone: &str,
    attributes: &[CustomAttribute],
    os_family: &str,
) -> Option<Command> {
    let (year, edition) = os_family.strip_prefix("WINDOWS_SERVER_")?.split_once('_')?;
    let edition = if edition == "CORE" { "Core" } else { "Full" };
    let image = format!(
        "resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-{year}-English-{edition}-ECS_Optimized/image_id"
    );
    let mut script = String::from("<powershell>\n");
    for (key, value) in settings(attributes, true) {
        script += &format!("[Environment]::SetEnvironmentVariable(\"{key}\", '{value}', \"Machine\")\n");
    }
    script +=
        &format!("Import-Module ECSTools\nInitialize-ECSAgent -Cluster '{cluster}' -EnableTaskENI\n</powershell>");
    Some(run_instances(&image, kind, count, zone, &script))
}

/// The same launch with a key pair.
pub fn with_key(launch: Command, key: &str) -> Command {
    match launch {
        Command::Api(mut call) => {
            call.input["KeyName"] = Value::from(key);
            Command::Api(call)
        }
        other => other,
    }
}

/// Keys and values of the configuration with which an agent registers the attributes.
fn settings(attributes: &[CustomAttribute], windows: bool) -> Vec<(&'static str, String)> {
    let mut own = attributes.to_vec();
    let mut settings = settings_for(&mut own, windows);
    if !own.is_empty() {
        settings.push(("ECS_INSTANCE_ATTRIBUTES", pairs(&own).to_string()));
    }
    settings
}

/// Attributes as a JSON object of texts, as the agent's configuration has them.
pub fn pairs(attributes: &[CustomAttribute]) -> Value {
    let named = |(name, value): &CustomAttribute| (name.clone(), Value::from(value.clone().unwrap_or_default()));
    Value::Object(attributes.iter().map(named).collect())
}

fn run_instances(image: &str, kind: &str, count: u32, zone: &str, script: &str) -> Command {
    Command::ec2(
        "RunInstances",
        json!({
            "ImageId": image,
            "InstanceType": kind,
            "MinCount": count,
            "MaxCount": count,
            "Placement": { "AvailabilityZone": zone },
            "IamInstanceProfile": { "Name": "ecsInstanceRole" },
            "UserData": STANDARD.encode(script),
        }),
    )
}
