//! Amazon ECR Public.

use crate::Source;

pub const ECR_PUBLIC: Source =
    Source { service: "ecr-public", first: &[], later: &["GetAuthorizationToken"], cut: &[] };
