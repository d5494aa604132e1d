//! Elastic Load Balancing: application and network load balancers.

use crate::Source;

pub const ELBV2: Source = Source { service: "elbv2", first: &[], later: &[], cut: &[] };
