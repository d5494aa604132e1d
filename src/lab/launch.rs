//! Adding instances, as everybody does it: RunInstances with the ECS-optimized AMI and the cluster in the user data.

use super::Command;
use crate::ec2::timing;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::String;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// From launch to registration.
pub const BOOT: SimDuration = SimDuration::from_millis(timing::BOOT.as_millis() + timing::AGENT_START.as_millis());

/// The public parameter that names the newest ECS-optimized Amazon Linux 2023 image.
const AMI: &str = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";

/// A custom attribute: its name, and its value if it has one.
pub type CustomAttribute = (String, Option<String>);

/// Launches `count` instances of a type into a zone; their agents join `cluster` and register the attributes.
pub fn launch(cluster: &str, kind: &str, count: u32, zone: &str, attributes: &[CustomAttribute]) -> Command {
    let mut script = format!("#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config");
    if !attributes.is_empty() {
        let named = |(name, value): &CustomAttribute| (name.clone(), Value::from(value.clone().unwrap_or_default()));
        let map: Map<String, Value> = attributes.iter().map(named).collect();
        script += &format!("\necho 'ECS_INSTANCE_ATTRIBUTES={}' >> /etc/ecs/ecs.config", Value::from(map));
    }
    Command::ec2(
        "RunInstances",
        json!({
            "ImageId": AMI,
            "InstanceType": kind,
            "MinCount": count,
            "MaxCount": count,
            "Placement": { "AvailabilityZone": zone },
            "IamInstanceProfile": { "Name": "ecsInstanceRole" },
            "UserData": STANDARD.encode(script),
        }),
    )
}
