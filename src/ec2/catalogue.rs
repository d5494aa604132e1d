//! The instance types of the lab and what an agent registers of them (`ecs.md` 1.2, CI-03, CI-04).
//!
//! Registered memory is less than installed memory: kernel and firmware take their slice first. AWS prints no table;
//! a row with an observed value was seen in real output, the others follow [`expected_memory`], the lab's choice.

use crate::aws::model::lines;
use Architecture::{Arm64, X86_64};

/// One instance type.
#[derive(Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name, such as `t3.medium`.
    pub name: &'static str,
    /// vCPUs; each registers 1,024 CPU units (CI-03).
    pub vcpus: u32,
    /// Installed memory in MiB, the marketing number.
    pub installed_memory: u32,
    /// Registered memory in MiB where it was seen in real output.
    pub observed_memory: Option<u32>,
    /// Network interfaces the type can carry, the primary one included.
    pub interfaces: u32,
    /// IPv4 addresses per interface.
    pub addresses: u32,
    /// GPUs.
    pub gpus: u32,
    /// CPU architecture.
    pub architecture: Architecture,
}

/// A CPU architecture as the attribute `ecs.cpu-architecture` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit ARM (Graviton).
    Arm64,
}

impl Architecture {
    /// `x86_64` or `arm64` (AT-01).
    pub fn name(self) -> &'static str {
        match self {
            X86_64 => "x86_64",
            Arm64 => "arm64",
        }
    }
}

impl InstanceType {
    /// Registered CPU units (CI-03).
    pub fn cpu(&self) -> u32 {
        self.vcpus * 1024
    }

    /// Whether it stands on the Nitro system; the others take no EBS volume for a task (3.10).
    pub fn is_nitro(&self) -> bool {
        !["t2.", "m4.", "c4.", "p3."].iter().any(|family| self.name.starts_with(family))
    }

    /// Registered memory in MiB before `ECS_RESERVED_MEMORY` is taken off (CI-04).
    pub fn memory(&self) -> u32 {
        self.observed_memory.unwrap_or_else(|| expected_memory(self.installed_memory))
    }
}

/// The registered memory the lab expects of a type that nobody observed: 93 % up to 1 GiB, 92.8 % up to 2 GiB,
/// 93.5 % up to 4 GiB, 95.5 % above, rounded down (`ecs.md` 1.2, our choice).
pub fn expected_memory(installed: u32) -> u32 {
    let per_mille = match installed {
        0..=1024 => 930,
        1025..=2048 => 928,
        2049..=4096 => 935,
        _ => 955,
    };
    (u64::from(installed) * per_mille / 1000) as u32
}

/// A type by name.
pub fn find(name: &str) -> Option<&'static InstanceType> {
    TYPES.iter().find(|row| row.name == name)
}

/// Whether EC2 has a type of that name, which the lab need not have; nobody knows before the later texts are here.
pub fn exists(name: &str) -> bool {
    let Some((family, size)) = name.split_once('.') else { return false };
    let has = |list: &str, own: &str| list.split(' ').any(|known| known == own);
    lines("Instance types")
        .filter_map(|line| line.split_once('\t'))
        .any(|(families, sizes)| has(families, family) && has(sizes, size))
}

#[expect(clippy::too_many_arguments, reason = "one call is one row of the table")]
const fn row(
    name: &'static str,
    vcpus: u32,
    installed_memory: u32,
    observed_memory: Option<u32>,
    interfaces: u32,
    addresses: u32,
    gpus: u32,
    architecture: Architecture,
) -> InstanceType {
    InstanceType { name, vcpus, installed_memory, observed_memory, interfaces, addresses, gpus, architecture }
}

/// Name, vCPUs, installed MiB, observed MiB, interfaces, addresses per interface, GPUs, architecture.
#[rustfmt::skip]
pub const TYPES: &[InstanceType] = &[
    row("t2.micro", 1, 1024, Some(993), 2, 2, 0, X86_64),
    row("t2.small", 1, 2048, Some(2001), 3, 4, 0, X86_64),
    row("t2.medium", 2, 4096, Some(3955), 3, 6, 0, X86_64),
    row("t3.nano", 2, 512, None, 2, 2, 0, X86_64),
    row("t3.micro", 2, 1024, None, 2, 2, 0, X86_64),
    row("t3.small", 2, 2048, Some(1901), 3, 4, 0, X86_64),
    row("t3.medium", 2, 4096, Some(3828), 3, 6, 0, X86_64),
    row("t3.large", 2, 8192, None, 3, 12, 0, X86_64),
    row("t3.xlarge", 4, 16384, None, 4, 15, 0, X86_64),
    row("t3.2xlarge", 8, 32768, None, 4, 15, 0, X86_64),
    row("t4g.nano", 2, 512, None, 2, 2, 0, Arm64),
    row("t4g.micro", 2, 1024, None, 2, 2, 0, Arm64),
    row("t4g.small", 2, 2048, None, 3, 4, 0, Arm64),
    row("t4g.medium", 2, 4096, None, 3, 6, 0, Arm64),
    row("t4g.large", 2, 8192, None, 3, 12, 0, Arm64),
    row("t4g.xlarge", 4, 16384, None, 4, 15, 0, Arm64),
    row("t4g.2xlarge", 8, 32768, None, 4, 15, 0, Arm64),
    row("m4.large", 2, 8192, Some(7985), 2, 10, 0, X86_64),
    row("m5.large", 2, 8192, None, 3, 10, 0, X86_64),
    row("m5.xlarge", 4, 16384, None, 4, 15, 0, X86_64),
    row("m5.2xlarge", 8, 32768, None, 4, 15, 0, X86_64),
    row("m5.4xlarge", 16, 65536, None, 8, 30, 0, X86_64),
    row("m5.8xlarge", 32, 131072, None, 8, 30, 0, X86_64),
    row("m5.12xlarge", 48, 196608, None, 8, 30, 0, X86_64),
    row("m6a.large", 2, 8192, None, 3, 10, 0, X86_64),
    row("m6a.xlarge", 4, 16384, None, 4, 15, 0, X86_64),
    row("m6a.2xlarge", 8, 32768, None, 4, 15, 0, X86_64),
    row("m6a.4xlarge", 16, 65536, None, 8, 30, 0, X86_64),
    row("m6i.large", 2, 8192, Some(7817), 3, 10, 0, X86_64),
    row("m6i.xlarge", 4, 16384, None, 4, 15, 0, X86_64),
    row("m6i.2xlarge", 8, 32768, None, 4, 15, 0, X86_64),
    row("m6i.4xlarge", 16, 65536, None, 8, 30, 0, X86_64),
    row("m6i.8xlarge", 32, 131072, None, 8, 30, 0, X86_64),
    row("m6i.12xlarge", 48, 196608, None, 8, 30, 0, X86_64),
    row("m6i.16xlarge", 64, 262144, None, 15, 50, 0, X86_64),
    row("m7i.large", 2, 8192, None, 3, 10, 0, X86_64),
    row("m7i.xlarge", 4, 16384, None, 4, 15, 0, X86_64),
    row("m7i.2xlarge", 8, 32768, None, 4, 15, 0, X86_64),
    row("m7i.4xlarge", 16, 65536, None, 8, 30, 0, X86_64),
    row("c4.large", 2, 3840, Some(3768), 3, 10, 0, X86_64),
    row("c4.2xlarge", 8, 15360, Some(15042), 4, 15, 0, X86_64),
    row("c4.4xlarge", 16, 30720, Some(30158), 8, 30, 0, X86_64),
    row("c5.large", 2, 4096, None, 3, 10, 0, X86_64),
    row("c5.xlarge", 4, 8192, None, 4, 15, 0, X86_64),
    row("c5.2xlarge", 8, 16384, None, 4, 15, 0, X86_64),
    row("c5.4xlarge", 16, 32768, None, 8, 30, 0, X86_64),
    row("c6i.large", 2, 4096, None, 3, 10, 0, X86_64),
    row("c6i.xlarge", 4, 8192, None, 4, 15, 0, X86_64),
    row("c6i.2xlarge", 8, 16384, None, 4, 15, 0, X86_64),
    row("c6i.4xlarge", 16, 32768, None, 8, 30, 0, X86_64),
    row("c7i.large", 2, 4096, None, 3, 10, 0, X86_64),
    row("c7i.xlarge", 4, 8192, None, 4, 15, 0, X86_64),
    row("c7i.2xlarge", 8, 16384, None, 4, 15, 0, X86_64),
    row("c7i.4xlarge", 16, 32768, None, 8, 30, 0, X86_64),
    row("r5.large", 2, 16384, None, 3, 10, 0, X86_64),
    row("r5.xlarge", 4, 32768, None, 4, 15, 0, X86_64),
    row("r5.2xlarge", 8, 65536, None, 4, 15, 0, X86_64),
    row("r5.4xlarge", 16, 131072, None, 8, 30, 0, X86_64),
    row("r6i.large", 2, 16384, None, 3, 10, 0, X86_64),
    row("r6i.xlarge", 4, 32768, None, 4, 15, 0, X86_64),
    row("r6i.2xlarge", 8, 65536, None, 4, 15, 0, X86_64),
    row("r6i.4xlarge", 16, 131072, None, 8, 30, 0, X86_64),
    row("r7i.large", 2, 16384, None, 3, 10, 0, X86_64),
    row("r7i.xlarge", 4, 32768, None, 4, 15, 0, X86_64),
    row("r7i.2xlarge", 8, 65536, None, 4, 15, 0, X86_64),
    row("r7i.4xlarge", 16, 131072, None, 8, 30, 0, X86_64),
    row("m6g.medium", 1, 4096, None, 2, 4, 0, Arm64),
    row("m6g.large", 2, 8192, None, 3, 10, 0, Arm64),
    row("m6g.xlarge", 4, 16384, None, 4, 15, 0, Arm64),
    row("m6g.2xlarge", 8, 32768, None, 4, 15, 0, Arm64),
    row("m6g.4xlarge", 16, 65536, None, 8, 30, 0, Arm64),
    row("m7g.medium", 1, 4096, None, 2, 4, 0, Arm64),
    row("m7g.large", 2, 8192, None, 3, 10, 0, Arm64),
    row("m7g.xlarge", 4, 16384, None, 4, 15, 0, Arm64),
    row("m7g.2xlarge", 8, 32768, None, 4, 15, 0, Arm64),
    row("m7g.4xlarge", 16, 65536, None, 8, 30, 0, Arm64),
    row("c6g.medium", 1, 2048, None, 2, 4, 0, Arm64),
    row("c6g.large", 2, 4096, None, 3, 10, 0, Arm64),
    row("c6g.xlarge", 4, 8192, None, 4, 15, 0, Arm64),
    row("c6g.2xlarge", 8, 16384, None, 4, 15, 0, Arm64),
    row("c6g.4xlarge", 16, 32768, None, 8, 30, 0, Arm64),
    row("c7g.medium", 1, 2048, None, 2, 4, 0, Arm64),
    row("c7g.large", 2, 4096, None, 3, 10, 0, Arm64),
    row("c7g.xlarge", 4, 8192, None, 4, 15, 0, Arm64),
    row("c7g.2xlarge", 8, 16384, None, 4, 15, 0, Arm64),
    row("c7g.4xlarge", 16, 32768, None, 8, 30, 0, Arm64),
    row("r6g.medium", 1, 8192, None, 2, 4, 0, Arm64),
    row("r6g.large", 2, 16384, None, 3, 10, 0, Arm64),
    row("r6g.xlarge", 4, 32768, None, 4, 15, 0, Arm64),
    row("r6g.2xlarge", 8, 65536, None, 4, 15, 0, Arm64),
    row("r6g.4xlarge", 16, 131072, None, 8, 30, 0, Arm64),
    row("r7g.medium", 1, 8192, None, 2, 4, 0, Arm64),
    row("r7g.large", 2, 16384, None, 3, 10, 0, Arm64),
    row("r7g.xlarge", 4, 32768, None, 4, 15, 0, Arm64),
    row("r7g.2xlarge", 8, 65536, None, 4, 15, 0, Arm64),
    row("r7g.4xlarge", 16, 131072, None, 8, 30, 0, Arm64),
    row("g4dn.xlarge", 4, 16384, Some(15731), 3, 10, 1, X86_64),
    row("g4dn.2xlarge", 8, 32768, None, 3, 10, 1, X86_64),
    row("g4dn.4xlarge", 16, 65536, None, 3, 10, 1, X86_64),
    row("g4dn.8xlarge", 32, 131072, None, 4, 15, 1, X86_64),
    row("g4dn.12xlarge", 48, 196608, None, 8, 30, 4, X86_64),
    row("g4dn.16xlarge", 64, 262144, None, 4, 15, 1, X86_64),
    row("g5.xlarge", 4, 16384, None, 4, 15, 1, X86_64),
    row("g5.2xlarge", 8, 32768, None, 4, 15, 1, X86_64),
    row("g5.4xlarge", 16, 65536, None, 8, 30, 1, X86_64),
    row("g5.8xlarge", 32, 131072, None, 8, 30, 1, X86_64),
    row("g5.12xlarge", 48, 196608, None, 15, 50, 4, X86_64),
    row("p3.2xlarge", 8, 62464, None, 4, 15, 1, X86_64),
    row("p3.8xlarge", 32, 249856, None, 8, 30, 4, X86_64),
    row("p3.16xlarge", 64, 499712, None, 8, 30, 8, X86_64),
    row("p4d.24xlarge", 96, 1179648, None, 60, 50, 8, X86_64),
    row("p5.48xlarge", 192, 2097152, None, 64, 50, 8, X86_64),
    row("inf1.xlarge", 4, 8192, Some(7667), 4, 10, 0, X86_64),
    row("inf2.xlarge", 4, 16384, None, 4, 15, 0, X86_64),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// CI-03, CI-04 and the worked examples of `ecs.md` 1.2: copies of a 256 CPU, 512 MiB task that fit.
    #[test]
    fn registered_not_nominal_memory_decides_how_many_fit() {
        for (name, cpu, memory, copies) in [
            ("t3.micro", 2048, 952, 1),
            ("t3.small", 2048, 1901, 3),
            ("t3.medium", 2048, 3828, 7),
            ("m6i.large", 2048, 7817, 8),
        ] {
            let found = find(name).unwrap();
            assert_eq!((found.cpu(), found.memory()), (cpu, memory), "{name}");
            assert_eq!((found.cpu() / 256).min(found.memory() / 512), copies, "{name}");
        }
    }

    #[test]
    fn registered_memory_is_always_below_the_installed() {
        for row in TYPES {
            assert!(row.memory() < row.installed_memory, "{}", row.name);
            assert_eq!(TYPES.iter().filter(|other| other.name == row.name).count(), 1, "{} stands twice", row.name);
        }
    }

    /// What the lab has, EC2 has; an invented name it has not.
    #[test]
    fn types_that_exist() {
        for row in TYPES {
            assert!(exists(row.name), "{}", row.name);
        }
        for (name, expected) in [("m8g.metal-24xl", true), ("t3.huge", false), ("t9.large", false), ("m5", false)] {
            assert_eq!(exists(name), expected, "{name}");
        }
    }

    /// EN-01: the table of awsvpc tasks counts the same interfaces.
    #[test]
    fn interfaces_are_those_of_the_limits() {
        let limits = |row: &InstanceType| crate::placement::interfaces::find(row.name);
        for (row, limits) in TYPES.iter().filter_map(|row| Some((row, limits(row)?))) {
            assert_eq!(row.interfaces, limits.interfaces, "{}", row.name);
        }
    }
}
