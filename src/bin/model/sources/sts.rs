//! AWS STS.

use crate::Source;

pub const STS: Source = Source { service: "sts", first: &[], later: &["GetCallerIdentity"], cut: &[] };
