//! Amazon ECR.

use crate::Source;

pub const ECR: Source = Source { service: "ecr", first: &[], later: &[], cut: &[] };
