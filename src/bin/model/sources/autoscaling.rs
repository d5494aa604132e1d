//! Amazon EC2 Auto Scaling.

use crate::Source;

pub const AUTOSCALING: Source = Source { service: "autoscaling", first: &[], later: &[], cut: &[] };
