//! AWS Cloud Map.

use crate::Source;

pub const SERVICEDISCOVERY: Source = Source { service: "servicediscovery", first: &[], later: &[], cut: &[] };
