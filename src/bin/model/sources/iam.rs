//! AWS IAM.

use crate::Source;

pub const IAM: Source = Source { service: "iam", first: &[], later: &[], cut: &[] };
