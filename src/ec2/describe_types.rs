//! DescribeInstanceTypes and DescribeInstanceTypeOfferings: the lab's catalogue as EC2 shows it.
//!
//! The memory is the installed one; what an agent registers of it is less (CI-04).

use super::catalogue::{self, InstanceType};
use super::{filter, network};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

const FILTERS: [(&str, &str); 8] = [
    ("bare-metal", "BareMetal"),
    ("burstable-performance-supported", "BurstablePerformanceSupported"),
    ("hypervisor", "Hypervisor"),
    ("instance-type", "InstanceType"),
    ("memory-info.size-in-mib", "MemoryInfo.SizeInMiB"),
    ("network-info.maximum-network-interfaces", "NetworkInfo.MaximumNetworkInterfaces"),
    ("processor-info.supported-architecture", "ProcessorInfo.SupportedArchitectures"),
    ("vcpu-info.default-vcpus", "VCpuInfo.DefaultVCpus"),
];

const OFFERING_FILTERS: [(&str, &str); 2] = [("instance-type", "InstanceType"), ("location", "Location")];

/// DescribeInstanceTypes.
pub(super) fn types(input: &Value) -> Result<Value, ApiError> {
    let mut all = catalogue::TYPES.iter().map(shown).collect();
    filter::named(&mut all, input, "InstanceTypes", "InstanceType", |strays| {
        let invented: Vec<&str> = strays.iter().copied().filter(|own| !catalogue::exists(own)).collect();
        if invented.is_empty() {
            return absent(strays.iter().copied()).at("InstanceTypes");
        }
        let message = format!("The following supplied instance types do not exist: [{}]", invented.join(", "));
        ApiError::new("InvalidInstanceType", message).at("InstanceTypes")
    })?;
    filter::keep(&mut all, input, &FILTERS)?;
    filter::paged("InstanceTypes", all, input, 100)
}

/// Of types that EC2 has and the lab has not.
fn absent<'a>(names: impl Iterator<Item = &'a str>) -> ApiError {
    ApiError::not_simulated(&format!("the instance types {}", names.collect::<Vec<_>>().join(", ")))
}

fn shown(own: &InstanceType) -> Value {
    let mut shown = object!({
        "InstanceType": own.name,
        "SupportedUsageClasses": alloc::vec!["on-demand", "spot"],
        "BareMetal": false,
        "Hypervisor": if own.is_nitro() { "nitro" } else { "xen" },
        "ProcessorInfo": object!({ "SupportedArchitectures": alloc::vec![own.architecture.name()] }),
        "VCpuInfo": object!({ "DefaultVCpus": own.vcpus }),
        "MemoryInfo": object!({ "SizeInMiB": own.installed_memory }),
        "NetworkInfo": object!({
            "MaximumNetworkInterfaces": own.interfaces,
            "Ipv4AddressesPerInterface": own.addresses,
        }),
        "BurstablePerformanceSupported": own.name.starts_with('t'),
    });
    if own.gpus > 0 {
        let name = match own.name.split('.').next() {
            Some("g4dn") => "T4",
            Some("g5") => "A10G",
            Some("p4d") => "A100",
            Some("p5") => "H100",
            _ => "V100",
        };
        let gpu = object!({ "Name": name, "Manufacturer": "NVIDIA", "Count": own.gpus });
        shown["GpuInfo"] = object!({ "Gpus": alloc::vec![gpu] });
    }
    shown
}

/// DescribeInstanceTypeOfferings: every type is offered in every zone of every Region of the lab.
///
/// # Errors
/// A place or a filter that the lab leaves out, and types that EC2 has and the lab has not.
pub(super) fn offerings(account: &Account, input: &Value) -> Result<Value, ApiError> {
    let kind = input["LocationType"].as_str().unwrap_or("region");
    let places: Vec<String> = match kind {
        "region" => alloc::vec![account.region.clone()],
        "availability-zone" => network::zones(&account.region).collect(),
        other => {
            return Err(ApiError::not_simulated(&format!("offerings by {other}")).at("LocationType"));
        }
    };
    let each = |own: &'static InstanceType| {
        places
            .iter()
            .map(|place| object!({ "InstanceType": own.name, "LocationType": kind, "Location": place.as_str() }))
    };
    let filters = input["Filters"].as_array().into_iter().flatten().filter(|own| own["Name"] == "instance-type");
    let named = filters.flat_map(|own| own["Values"].as_array().into_iter().flatten()).filter_map(Value::as_str);
    let left_out: Vec<&str> = named.filter(|own| catalogue::find(own).is_none() && catalogue::exists(own)).collect();
    if !left_out.is_empty() {
        return Err(absent(left_out.into_iter()).at("Filters"));
    }
    let mut all = catalogue::TYPES.iter().flat_map(each).collect();
    filter::keep(&mut all, input, &OFFERING_FILTERS)?;
    filter::paged("InstanceTypeOfferings", all, input, 1000)
}
