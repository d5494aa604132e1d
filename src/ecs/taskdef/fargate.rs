//! The sizes that Fargate sells: the only legal pairs of task CPU and memory.
//!
//! Source: Amazon ECS developer guide, fargate-tasks-services, read Oct 2026 (reference 3.3).

use alloc::vec::Vec;

/// One row of the table: a task CPU and the memory sizes that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FargateSize {
    /// Task CPU in CPU units (1024 = 1 vCPU).
    pub cpu: u32,
    /// Whether Windows tasks may have this size; Linux tasks may have every size.
    pub windows: bool,
    /// Whether Linux needs platform version 1.4.0 for it.
    pub needs_1_4_0: bool,
    /// Whether the row is too new to count unless [`Rules::fargate_32_vcpu`](super::Rules) asks for it.
    pub optional: bool,
    memory: Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
    Listed(&'static [u32]),
    Steps { from: u32, to: u32, step: u32 },
}

impl FargateSize {
    /// The task memory sizes of this row in MiB, ascending.
    pub fn memory(&self) -> Vec<u32> {
        match self.memory {
            Memory::Listed(sizes) => sizes.to_vec(),
            Memory::Steps { from, to, step } => core::iter::successors(Some(from), |size| size.checked_add(step))
                .take_while(|size| *size <= to)
                .collect(),
        }
    }

    fn allows(&self, memory: u32) -> bool {
        match self.memory {
            Memory::Listed(sizes) => sizes.contains(&memory),
            Memory::Steps { from, to, step } => (from..=to).contains(&memory) && (memory - from).is_multiple_of(step),
        }
    }
}

const fn steps(cpu: u32, windows: bool, needs_1_4_0: bool, from: u32, to: u32, step: u32) -> FargateSize {
    FargateSize { cpu, windows, needs_1_4_0, optional: false, memory: Memory::Steps { from, to, step } }
}

static SIZES: [FargateSize; 8] = [
    FargateSize {
        cpu: 256,
        windows: false,
        needs_1_4_0: false,
        optional: false,
        memory: Memory::Listed(&[512, 1024, 2048]),
    },
    steps(512, false, false, 1024, 4096, 1024),
    steps(1024, true, false, 2048, 8192, 1024),
    steps(2048, true, false, 4096, 16384, 1024),
    steps(4096, true, false, 8192, 30720, 1024),
    steps(8192, false, true, 16384, 61440, 4096),
    steps(16384, false, true, 32768, 122_880, 8192),
    FargateSize {
        cpu: 32768,
        windows: false,
        needs_1_4_0: true,
        optional: true,
        memory: Memory::Listed(&[61_440, 122_880, 249_856]),
    },
];

/// The table of reference 3.3, ascending by CPU; a form offers its rows.
pub fn fargate_sizes() -> &'static [FargateSize] {
    &SIZES
}

/// Whether the pair is in the table (FG-01).
pub(super) fn is_sold(cpu: u32, memory: u32, windows: bool, with_32_vcpu: bool) -> bool {
    SIZES.iter().any(|size| {
        size.cpu == cpu && (size.windows || !windows) && (with_32_vcpu || !size.optional) && size.allows(memory)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_reference_3_3() {
        let counts: Vec<(u32, usize)> = SIZES.iter().map(|size| (size.cpu, size.memory().len())).collect();
        let want = [(256, 3), (512, 4), (1024, 7), (2048, 13), (4096, 23), (8192, 12), (16384, 12), (32768, 3)];
        assert_eq!(counts, want);
    }

    #[test]
    fn a_pair_is_sold_exactly_when_the_table_lists_it() {
        for size in fargate_sizes() {
            for memory in (0..=262_144).step_by(256) {
                let listed = size.memory().contains(&memory);
                assert_eq!(is_sold(size.cpu, memory, false, true), listed, "{} {memory}", size.cpu);
            }
        }
        assert!(!is_sold(32768, 61_440, false, false));
        assert!(!is_sold(512, 2048, true, false), "Windows starts at 1 vCPU");
        assert!(is_sold(1024, 2048, true, false));
        assert!(!is_sold(300, 512, false, true));
    }
}
