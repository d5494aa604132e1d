//! Launch types: what kind of capacity a task runs on.

/// Where a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaunchType {
    /// On a container instance.
    Ec2,
    /// On capacity that AWS manages.
    Fargate,
    /// On a container instance outside of AWS (8.1).
    External,
    /// On a container instance that ECS launched itself (2.12).
    ManagedInstances,
}

impl LaunchType {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            LaunchType::Ec2 => "EC2",
            LaunchType::Fargate => "FARGATE",
            LaunchType::External => "EXTERNAL",
            LaunchType::ManagedInstances => "MANAGED_INSTANCES",
        }
    }

    /// From AWS's word.
    pub fn parse(word: &str) -> Option<Self> {
        [LaunchType::Ec2, LaunchType::Fargate, LaunchType::External, LaunchType::ManagedInstances]
            .into_iter()
            .find(|launch| launch.name() == word)
    }
}
