//! Application Auto Scaling.

use crate::Source;

pub const APPLICATION_AUTOSCALING: Source =
    Source { service: "application-autoscaling", first: &[], later: &[], cut: &[] };
