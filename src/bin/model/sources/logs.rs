//! Amazon CloudWatch Logs.

use crate::Source;

pub const LOGS: Source = Source { service: "logs", first: &[], later: &[], cut: &[] };
