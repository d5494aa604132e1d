//! The public parameters of AWS Systems Manager that name the images of [`super::images`], as the guide looks them up.

use super::catalogue::Architecture::{self, Arm64, X86_64};
use super::images::IMAGES;
use crate::aws::Account;
use crate::aws::object::object;
use crate::ecs::capability::AGENT_VERSION;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// When the lab's images were published: 2026-01-01.
const PUBLISHED: i64 = 1_767_225_600;

const LINUX: [(&str, &str, Architecture); 4] = [
    ("amazon-linux-2", "Amazon Linux 2", X86_64),
    ("amazon-linux-2/arm64", "Amazon Linux 2", Arm64),
    ("amazon-linux-2023", "Amazon Linux 2023", X86_64),
    ("amazon-linux-2023/arm64", "Amazon Linux 2023", Arm64),
];

/// All of them by name, as Systems Manager shows them.
pub fn all(account: &Account) -> Vec<(String, Value)> {
    let shown = |(name, value): (String, String)| {
        let shown = parameter(account, &name, &value);
        (name, shown)
    };
    values().into_iter().map(shown).collect()
}

/// Whether one has this name, or the name in this ARN.
pub fn is_there(named: &str) -> bool {
    let name = named.split_once(":parameter").map_or(named, |(_, name)| name);
    values().iter().any(|(own, _)| own == name)
}

fn parameter(account: &Account, name: &str, value: &str) -> Value {
    object!({
        "Name": name,
        "Type": "String",
        "Value": value,
        "Version": 1,
        "LastModifiedDate": PUBLISHED,
        "ARN": format!("arn:{}:ssm:{}::parameter{name}", account.partition(), account.region),
        "DataType": if name.contains("/ami-") && value.starts_with("ami-") { "aws:ec2:image" } else { "text" },
    })
}

/// Every parameter with its value.
fn values() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let id = |architecture: Architecture, has_agent: bool| {
        let fits = |own: &&super::images::Image| own.architecture == architecture && own.has_agent == has_agent;
        IMAGES.iter().find(fits).map_or("", |image| image.id)
    };
    for (path, os, architecture) in LINUX {
        let start = format!("/aws/service/ecs/optimized-ami/{path}/recommended");
        let name = format!("{}-ami-ecs-hvm-2023.0.20260101", if path.contains("2023") { "al2023" } else { "amzn2" });
        describe(&mut all, &start, id(architecture, true), &name, os);
    }
    for image in IMAGES {
        let Some((year, kind)) = image.os_family.strip_prefix("WINDOWS_SERVER_").and_then(|own| own.split_once('_'))
        else {
            continue;
        };
        let kind = if kind == "CORE" { "Core" } else { "Full" };
        let name = format!("Windows_Server-{year}-English-{kind}-ECS_Optimized");
        let os = format!("Windows Server {year} {kind}");
        describe(&mut all, &format!("/aws/service/ami-windows-latest/{name}"), image.id, &name, &os);
    }
    for (architecture, word) in [(X86_64, "x86_64"), (Arm64, "arm64")] {
        let name = format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{word}");
        all.push((name, id(architecture, false).to_string()));
    }
    all
}

/// The whole of an image as JSON, and its parts.
fn describe(all: &mut Vec<(String, String)>, start: &str, id: &str, name: &str, os: &str) {
    let parts = [("ecs_agent_version", AGENT_VERSION), ("image_id", id), ("image_name", name), ("os", os)]
        .map(|(part, value)| (part.to_string(), value.to_string()));
    let whole: serde_json::Map<String, Value> =
        parts.iter().map(|(part, value)| (part.clone(), Value::from(value.as_str()))).collect();
    all.push((start.to_string(), Value::Object(whole).to_string()));
    all.extend(parts.into_iter().map(|(part, value)| (format!("{start}/{part}"), value)));
}
