//! DescribeImages: the lab's images as EC2 shows them, all of them Amazon's.

use super::images::{self, IMAGES, Image};
use super::{filter, parameters};
use crate::aws::ApiError;
use crate::aws::object::object;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const FILTERS: [(&str, &str); 14] = [
    ("architecture", "Architecture"),
    ("creation-date", "CreationDate"),
    ("description", "Description"),
    ("hypervisor", "Hypervisor"),
    ("image-id", "ImageId"),
    ("image-type", "ImageType"),
    ("is-public", "Public"),
    ("name", "Name"),
    ("owner-alias", "ImageOwnerAlias"),
    ("owner-id", "OwnerId"),
    ("platform", "Platform"),
    ("root-device-type", "RootDeviceType"),
    ("state", "State"),
    ("virtualization-type", "VirtualizationType"),
];

/// The accounts that own the images: of Windows, of Amazon Linux, of the ECS-optimized Amazon Linux, of Bottlerocket.
const WINDOWS: &str = "801119661308";
const AMAZON_LINUX: &str = "137112412989";
const ECS_OPTIMIZED: &str = "591542846629";
const BOTTLEROCKET: &str = "092701018921";

/// DescribeImages.
pub(super) fn read(input: &Value) -> Result<Value, ApiError> {
    let mut all: Vec<Value> = IMAGES.iter().map(shown).collect();
    filter::named(&mut all, input, "ImageIds", "ImageId", |strays| {
        let message = format!("The image id '[{}]' does not exist", strays.join(", "));
        ApiError::new("InvalidAMIID.NotFound", message).at("ImageIds")
    })?;
    let owners: Vec<&str> = input["Owners"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let owns = |own: &Value| owners.iter().any(|owner| own["ImageOwnerAlias"] == **owner || own["OwnerId"] == **owner);
    all.retain(|own| owners.is_empty() || owns(own));
    filter::keep(&mut all, input, &FILTERS)?;
    filter::paged("Images", all, input, 1000)
}

fn shown(own: &Image) -> Value {
    let windows = own.windows().is_some();
    let owner = match (windows, own.has_agent) {
        _ if !own.variant.is_empty() => BOTTLEROCKET,
        (true, _) => WINDOWS,
        (_, true) => ECS_OPTIMIZED,
        _ => AMAZON_LINUX,
    };
    let name = name(own);
    let mut shown = object!({
        "Architecture": own.architecture.name(),
        "CreationDate": "2026-01-01T00:00:00.000Z",
        "Description": description(own),
        "EnaSupport": true,
        "Hypervisor": "xen",
        "ImageId": own.id,
        "ImageLocation": format!("amazon/{name}"),
        "ImageOwnerAlias": "amazon",
        "ImageType": "machine",
        "Name": name,
        "OwnerId": owner,
        "PlatformDetails": if windows { "Windows" } else { "Linux/UNIX" },
        "Public": true,
        "RootDeviceName": images::root_device(windows),
        "RootDeviceType": "ebs",
        "State": "available",
        "VirtualizationType": "hvm",
    });
    if windows {
        shown["Platform"] = "windows".into();
    }
    shown
}

/// The name, as the image's public parameter has it; Windows adds the day.
fn name(own: &Image) -> String {
    match parameters::image_name(own) {
        Some(name) if own.windows().is_some() => format!("{name}-2026.01.01"),
        Some(name) => name,
        None => format!("al2023-ami-2023.0.20260101.0-kernel-6.1-{}", own.architecture.name()),
    }
}

fn description(own: &Image) -> String {
    match (own.windows(), own.has_agent) {
        (Some((year, kind)), _) => format!("Microsoft Windows Server {year} {kind} with Amazon ECS"),
        (None, _) if !own.variant.is_empty() => name(own),
        (None, true) if own.is_linux_2 => {
            format!("Amazon Linux AMI 2.0.20260101 {} ECS HVM GP2", own.architecture.name())
        }
        (None, true) => "Amazon Linux AMI 2023 ECS HVM EBS".to_string(),
        (None, false) => "Amazon Linux 2023 AMI".to_string(),
    }
}
