//! The public parameters of AWS Systems Manager that name the images of [`super::images`], as the guide looks them up.

use super::catalogue::Architecture::{self, Arm64, X86_64};
use super::images::IMAGES;
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
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

/// A call that only looks.
///
/// # Errors
/// A parameter that is none of AWS's public ones of ECS.
pub fn read(account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let known = all();
    let shown = |(name, value): &(String, String)| parameter(account, name, value);
    match operation {
        "GetParameter" => {
            let found = known.iter().find(|(name, _)| input["Name"] == name.as_str());
            let own = found.map(shown).ok_or_else(|| ApiError::new("ParameterNotFound", "").at("Name"))?;
            Ok(object!({ "Parameter": own }))
        }
        "GetParameters" => {
            let (mut found, mut invalid) = (Vec::new(), Vec::new());
            for name in input["Names"].as_array().into_iter().flatten() {
                match known.iter().find(|(own, _)| name == own.as_str()) {
                    Some(own) => found.push(shown(own)),
                    None => invalid.push(name.clone()),
                }
            }
            Ok(object!({ "Parameters": found, "InvalidParameters": invalid }))
        }
        _ => {
            let path = input["Path"].as_str().unwrap_or_default().trim_end_matches('/');
            let below = |name: &str| {
                let rest = name.strip_prefix(path)?.strip_prefix('/')?;
                (input["Recursive"] == true || !rest.contains('/')).then_some(())
            };
            let found = known.iter().filter(|(name, _)| below(name).is_some()).map(shown).collect();
            let scope = alloc::format!("Parameters {path} {}", input["Recursive"]);
            let [token, most] = ["NextToken", "MaxResults"].map(|name| &input[name]);
            let (page, next) = crate::aws::page::page(&scope, found, token.as_str(), most.as_i64(), 10)
                .map_err(|_| ApiError::new("InvalidNextToken", "The specified token isn't valid."))?;
            let mut answer = object!({ "Parameters": page });
            if let Some(next) = next {
                answer["NextToken"] = next.into();
            }
            Ok(answer)
        }
    }
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
fn all() -> Vec<(String, String)> {
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
