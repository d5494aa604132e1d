//! Which instance types a capacity provider of Managed Instances may launch: instanceRequirements as far as the lab's
//! table of types can answer them.
//!
//! Sources: ECS API reference (InstanceRequirementsRequest), EC2 user guide (attribute-based instance type selection),
//! read 2026-11-22. What the table does not know (generation, prices, local storage, bandwidth, memory and names of
//! accelerators, hibernation) has no effect.

use crate::ec2::catalogue::{Architecture, InstanceType, TYPES};
use crate::iam::like;
use alloc::vec::Vec;
use serde_json::Value;

/// The types that meet the requirements, null for none, the smallest first: those without accelerators, of which those for
/// general purposes where nothing is required, those with the processors that a task has which names none, then by vCPUs,
/// memory, and their place in the table.
pub fn allowed(wanted: &Value) -> Vec<&'static InstanceType> {
    let mut all: Vec<&'static InstanceType> = TYPES.iter().filter(|own| meets(own, wanted)).collect();
    crate::sim::order::sort_by_key(&mut all, |own| {
        let special = wanted.is_null() && !own.name.starts_with('m');
        let arm = own.architecture == Architecture::Arm64;
        (accelerator(own).is_some(), special, arm, own.vcpus, own.installed_memory)
    });
    all
}

/// The accelerators of a type: what they are, who makes them, and how many there are.
fn accelerator(own: &InstanceType) -> Option<(&'static str, &'static str, u32)> {
    match own.gpus {
        0 if own.name.starts_with("inf") => Some(("inference", "amazon-web-services", 1)),
        0 => None,
        gpus => Some(("gpu", "nvidia", gpus)),
    }
}

/// Families with processors of AMD whose names do not tell it by an `a` behind their generation.
const AMD: [&str; 3] = ["g5", "inf2", "p5"];

/// Who makes the processors of a type: of Graviton it is AWS.
fn manufacturer(own: &InstanceType) -> &'static str {
    let family = own.name.split('.').next().unwrap_or_default();
    let attributes = family.trim_start_matches(|sign: char| sign.is_ascii_lowercase());
    let attributes = attributes.trim_start_matches(|sign: char| sign.is_ascii_digit());
    match own.architecture {
        Architecture::Arm64 => "amazon-web-services",
        Architecture::X86_64 if attributes.starts_with('a') || AMD.contains(&family) => "amd",
        Architecture::X86_64 => "intel",
    }
}

/// Whether a type meets the requirements. Those that do not stand on Nitro are left out.
fn meets(own: &InstanceType, wanted: &Value) -> bool {
    let named = |list: &str| wanted[list].as_array().into_iter().flatten().filter_map(Value::as_str);
    let among = |list: &str, value: Option<&str>| {
        named(list).next().is_none() || value.is_some_and(|value| named(list).any(|own| own == value))
    };
    let patterns = |list: &str| named(list).any(|pattern| like(pattern, own.name));
    let (vcpus, memory) = (f64::from(own.vcpus), f64::from(own.installed_memory));
    let accelerators = accelerator(own);
    let count = accelerators.map_or(0, |(_, _, count)| count);
    own.is_nitro()
        && within(vcpus, &wanted["vCpuCount"])
        && within(memory, &wanted["memoryMiB"])
        && within(memory / 1024.0 / vcpus, &wanted["memoryGiBPerVCpu"])
        && within(f64::from(own.interfaces), &wanted["networkInterfaceCount"])
        && within(f64::from(count), &wanted["acceleratorCount"])
        && (named("allowedInstanceTypes").next().is_none() || patterns("allowedInstanceTypes"))
        && !patterns("excludedInstanceTypes")
        && is_as(own.name.starts_with('t'), &wanted["burstablePerformance"])
        && is_as(own.name.ends_with(".metal"), &wanted["bareMetal"])
        && among("cpuManufacturers", Some(manufacturer(own)))
        && among("acceleratorTypes", accelerators.map(|(kind, ..)| kind))
        && among("acceleratorManufacturers", accelerators.map(|(_, by, _)| by))
}

/// Whether a number is between `min` and `max`, as far as they are given.
fn within(own: f64, bounds: &Value) -> bool {
    let at = |name: &str| bounds[name].as_f64();
    at("min").is_none_or(|min| own >= min) && at("max").is_none_or(|max| own <= max)
}

/// Whether what a type is goes with `included`, `required` or, as when nothing is said, `excluded`.
fn is_as(own: bool, wanted: &Value) -> bool {
    match wanted.as_str() {
        Some("included") => true,
        Some("required") => own,
        _ => !own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// 2.12: instanceRequirements over the lab's table, the smallest type first.
    #[test]
    fn the_smallest_type_that_meets_the_requirements_comes_first() {
        let range = |vcpus: [u32; 2], memory: [u32; 2]| {
            json!({
                "vCpuCount": { "min": vcpus[0], "max": vcpus[1] }, "memoryMiB": { "min": memory[0], "max": memory[1] },
            })
        };
        let with = |name: &str, value: Value| {
            let mut all = json!({ "vCpuCount": { "min": 1 }, "memoryMiB": { "min": 1 } });
            all[name] = value;
            all
        };
        for (wanted, first) in [
            (Value::Null, Some("m5.large")),
            (range([4, 8], [8192, 16384]), Some("c5.xlarge")),
            (range([2, 2], [16384, 16384]), Some("r5.large")),
            (range([64, 96], [1, 1_000_000]), Some("m6i.16xlarge")),
            (range([1, 1], [65_536, 65_536]), None),
            (with("cpuManufacturers", json!(["intel"])), Some("c5.large")),
            (with("cpuManufacturers", json!(["amazon-web-services"])), Some("c6g.medium")),
            (with("cpuManufacturers", json!(["amd"])), Some("m6a.large")),
            (with("allowedInstanceTypes", json!(["m5.*", "r5.large"])), Some("m5.large")),
            (with("allowedInstanceTypes", json!(["t3.*"])), None),
            (with("allowedInstanceTypes", json!(["m4.large"])), None),
            (with("excludedInstanceTypes", json!(["m*", "c5*"])), Some("c6i.large")),
            (with("burstablePerformance", json!("required")), Some("t3.nano")),
            (with("burstablePerformance", json!("included")), Some("t3.nano")),
            (with("bareMetal", json!("required")), None),
            (with("acceleratorTypes", json!(["gpu"])), Some("g4dn.xlarge")),
            (with("acceleratorManufacturers", json!(["amazon-web-services"])), Some("inf1.xlarge")),
            (with("acceleratorCount", json!({ "min": 4 })), Some("g4dn.12xlarge")),
            (with("memoryGiBPerVCpu", json!({ "min": 8, "max": 8 })), Some("r5.large")),
            (with("networkInterfaceCount", json!({ "min": 8 })), Some("c5.4xlarge")),
            (with("instanceGenerations", json!(["previous"])), Some("c5.large")),
        ] {
            assert_eq!(allowed(&wanted).first().map(|own| own.name), first, "{wanted}");
        }
    }

    #[test]
    fn types_with_accelerators_come_last_and_can_be_left_out() {
        let all = allowed(&Value::Null);
        let at = |name: &str| all.iter().position(|own| own.name == name).unwrap();
        assert!(at("inf1.xlarge") > at("r6i.4xlarge") && at("g4dn.xlarge") > at("r6i.4xlarge"));
        assert!(allowed(&json!({ "acceleratorCount": { "max": 0 } })).iter().all(|own| accelerator(own).is_none()));
    }
}
