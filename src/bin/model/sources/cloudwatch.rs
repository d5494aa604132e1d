//! Amazon CloudWatch.

use crate::Source;

pub const CLOUDWATCH: Source = Source { service: "cloudwatch", first: &[], later: &[], cut: &[] };
