//! AWS STS.

use crate::Source;

pub const STS: Source = Source {
    service: "sts",
    first: &[],
    later: &["AssumeRole", "GetCallerIdentity"],
    cut: &[
        ("AssumeRoleRequest", &["RoleArn", "RoleSessionName", "Policy", "DurationSeconds"]),
        ("AssumeRoleResponse", &["Credentials", "AssumedRoleUser"]),
    ],
};
