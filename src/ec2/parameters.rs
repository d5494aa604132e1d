//! The public parameters of AWS Systems Manager that name the images of [`super::images`], and the container image of
//! AWS for Fluent Bit, as the guide looks them up.

use super::catalogue::Architecture::{self, Arm64, X86_64};
use super::images::{self, BOTTLEROCKET, IMAGES, Image};
use crate::aws::Account;
use crate::aws::object::object;
use crate::ecs::capability::{AGENT_VERSION, DOCKER_VERSION};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// When the lab's images were published: 2026-01-01.
const PUBLISHED: i64 = 1_767_225_600;

/// The variants of the ECS-optimized Amazon Linux: path, operating system, architecture, and what its image's name holds.
const LINUX: [(&str, &str, Architecture, &str); 13] = [
    ("amazon-linux-2", "Amazon Linux 2", X86_64, ""),
    ("amazon-linux-2/arm64", "Amazon Linux 2", Arm64, ""),
    ("amazon-linux-2/gpu", "Amazon Linux 2", X86_64, "gpu-"),
    ("amazon-linux-2/inf", "Amazon Linux 2", X86_64, "inf-"),
    ("amazon-linux-2/kernel-5.10", "Amazon Linux 2", X86_64, "kernel-5.10-"),
    ("amazon-linux-2/kernel-5.10/arm64", "Amazon Linux 2", Arm64, "kernel-5.10-"),
    ("amazon-linux-2/kernel-5.10/gpu", "Amazon Linux 2", X86_64, "kernel-5.10-gpu-"),
    ("amazon-linux-2/kernel-5.10/inf", "Amazon Linux 2", X86_64, "kernel-5.10-inf-"),
    ("amazon-linux-2023", "Amazon Linux 2023", X86_64, ""),
    ("amazon-linux-2023/arm64", "Amazon Linux 2023", Arm64, ""),
    ("amazon-linux-2023/gpu", "Amazon Linux 2023", X86_64, "gpu-"),
    // The path of the same image in older pages of the guide.
    ("amazon-linux-2023/inf", "Amazon Linux 2023", X86_64, "neuron-"),
    ("amazon-linux-2023/neuron", "Amazon Linux 2023", X86_64, "neuron-"),
];

/// The commit that the images of Bottlerocket are built of; made up.
const BUILD: &str = "0ec51ab0";

const FLUENT_BIT: &str = "/aws/service/aws-for-fluent-bit";

/// The versions of AWS for Fluent Bit that the lab lists; AWS has more.
const FLUENT_BIT_VERSIONS: [&str; 8] =
    ["2.28.4", "2.31.11", "2.31.12", "2.32.0", "2.32.2", "2.32.5", "latest", "stable"];

/// How the names of public parameters begin that AWS has and the lab leaves out: other services, and older images.
const ELSEWHERE: [&str; 22] = [
    "/aws/service/ami-amazon-linux-latest/",
    "/aws/service/ami-macos-latest/",
    "/aws/service/ami-windows-latest/",
    "/aws/service/appmesh/",
    "/aws/service/aws-for-fluent-bit/1",
    "/aws/service/aws-for-fluent-bit/2",
    "/aws/service/aws-for-fluent-bit/3",
    "/aws/service/aws-for-fluent-bit/debug-",
    "/aws/service/aws-for-fluent-bit/init-",
    "/aws/service/aws-for-fluent-bit/windowsservercore",
    "/aws/service/bottlerocket/",
    "/aws/service/canonical/",
    "/aws/service/debian/",
    "/aws/service/deeplearning/",
    "/aws/service/ecs/optimized-ami/amazon-linux-2/amzn2-ami-",
    "/aws/service/ecs/optimized-ami/amazon-linux-2023/al2023-ami-",
    "/aws/service/ecs/optimized-ami/amazon-linux/",
    "/aws/service/ecs/optimized-ami/windows_server/",
    "/aws/service/eks/",
    "/aws/service/global-infrastructure/",
    "/aws/service/neuron/",
    "/aws/service/suse/",
];

/// Whether AWS has public parameters of such a name, or below such a path, and the lab has none.
pub fn is_left_out(name: &str) -> bool {
    let path = name.split(':').next().unwrap_or(name).trim_end_matches('/');
    let below = format!("{path}/");
    let begins = ELSEWHERE.iter().any(|start| path.starts_with(start) || below == *start);
    begins && !values("").iter().any(|(own, _)| own == path || own.starts_with(&below))
}

/// All of them by name, as Systems Manager shows them.
pub fn all(account: &Account) -> Vec<(String, Value)> {
    let shown = |(name, value): (String, String)| {
        let shown = parameter(account, &name, &value);
        (name, shown)
    };
    values(&account.region).into_iter().map(shown).collect()
}

/// Whether one has this name, or the name in this ARN.
pub fn is_there(named: &str) -> bool {
    let name = named.split_once(":parameter").map_or(named, |(_, name)| name);
    values("").iter().any(|(own, _)| own == name)
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

/// Every parameter with its value in a Region.
fn values(region: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let runtime = DOCKER_VERSION.replace("DockerVersion:", "Docker version");
    for (path, os, architecture, kind) in LINUX {
        let word = architecture.name();
        let second = !path.contains("2023");
        let (name, version, source) = match second {
            true => (amzn2(kind, word), AMZN2, format!("amzn2-ami-minimal-hvm-2.0.20251229.0-{word}-ebs")),
            false => (al2023(kind, word), AL2023, format!("al2023-ami-minimal-2023.9.20251229.0-kernel-6.1-{word}")),
        };
        let parts = [
            ("ecs_agent_version", AGENT_VERSION),
            ("ecs_runtime_version", &runtime),
            ("image_id", images::optimized(architecture, second)),
            ("image_name", &name),
            ("image_version", version),
            ("os", os),
            ("schema_version", "1"),
            ("source_image_name", &source),
        ];
        for version in ["recommended", &name] {
            describe(&mut all, &format!("/aws/service/ecs/optimized-ami/{path}/{version}"), &parts);
        }
    }
    for image in IMAGES {
        let Some((year, kind)) = image.windows() else { continue };
        let name = windows(year, kind);
        let os = format!("Windows Server {year} {kind}");
        let parts = [
            ("ecs_agent_version", AGENT_VERSION),
            ("ecs_runtime_version", &runtime),
            ("image_id", image.id),
            ("image_name", &name),
            ("os", &os),
        ];
        describe(&mut all, &format!("/aws/service/ami-windows-latest/{name}"), &parts);
    }
    all.extend(IMAGES.iter().filter(|own| !own.variant.is_empty()).flat_map(bottlerocket));
    for image in IMAGES.iter().filter(|own| !own.has_agent) {
        let word = image.architecture.name();
        let name = format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{word}");
        all.push((name, image.id.to_string()));
    }
    // As the guide's table of Regions has it.
    let (owner, domain) = match region {
        _ if region.starts_with("cn-") => ("128054284489", "amazonaws.com.cn"),
        _ if region.starts_with("us-gov-") => ("161423150738", "amazonaws.com"),
        _ => ("906394416424", "amazonaws.com"),
    };
    all.extend(FLUENT_BIT_VERSIONS.map(|version| {
        let image = format!("{owner}.dkr.ecr.{region}.{domain}/aws-for-fluent-bit:{version}");
        (format!("{FLUENT_BIT}/{version}"), image)
    }));
    all
}

/// Those of an image of Bottlerocket: of its version by two names, and as the latest.
fn bottlerocket(image: &Image) -> impl Iterator<Item = (String, String)> {
    let start = format!("/aws/service/bottlerocket/{}/{}", image.variant, image.architecture.name());
    let (id, version) = (image.id, format!("{BOTTLEROCKET}-{BUILD}"));
    ["latest".to_string(), BOTTLEROCKET.to_string(), version.clone()].into_iter().flat_map(move |own| {
        let parts = [("image_id", id.to_string()), ("image_version", version.clone())];
        parts.map(|(part, value)| (format!("{start}/{own}/{part}"), value))
    })
}

/// The versions of the lab's images.
const AL2023: &str = "2023.0.20260101";
const AMZN2: &str = "2.0.20260101";

/// The name of an image, as those of Amazon are called: the one for GPUs tells of its volume.
fn al2023(kind: &str, architecture: &str) -> String {
    let end = if kind == "gpu-" { "-ebs" } else { "" };
    format!("al2023-ami-ecs-{kind}hvm-{AL2023}-kernel-6.1-{architecture}{end}")
}

fn amzn2(kind: &str, architecture: &str) -> String {
    format!("amzn2-ami-ecs-{kind}hvm-{AMZN2}-{architecture}-ebs")
}

fn windows(year: &str, kind: &str) -> String {
    format!("Windows_Server-{year}-English-{kind}-ECS_Optimized")
}

/// The name of an image with an ECS agent, as its parameter has it.
pub(super) fn image_name(image: &Image) -> Option<String> {
    match image.windows() {
        Some((year, kind)) => Some(windows(year, kind)),
        None if !image.variant.is_empty() => {
            let word = image.architecture.name();
            Some(format!("bottlerocket-{}-{word}-v{BOTTLEROCKET}-{BUILD}", image.variant))
        }
        None => image.has_agent.then(|| {
            let word = image.architecture.name();
            if image.is_linux_2 { amzn2("", word) } else { al2023("", word) }
        }),
    }
}

/// The whole of an image as JSON, and its parts.
fn describe(all: &mut Vec<(String, String)>, start: &str, parts: &[(&str, &str)]) {
    let shown = |(part, value): &(&str, &str)| match *part {
        "schema_version" => ((*part).to_string(), Value::from(1)),
        _ => ((*part).to_string(), Value::from(*value)),
    };
    let whole: serde_json::Map<String, Value> = parts.iter().map(shown).collect();
    all.push((start.to_string(), Value::Object(whole).to_string()));
    all.extend(parts.iter().map(|(part, value)| (format!("{start}/{part}"), (*value).to_string())));
}
