//! AWS CodeDeploy.

use crate::Source;

pub const CODEDEPLOY: Source = Source { service: "codedeploy", first: &[], later: &[], cut: &[] };
