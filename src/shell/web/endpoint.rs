//! The endpoints of the APIs of Amazon ECS and Amazon ECR over HTTP: what they say to a request that names no operation.
//!
//! Source: the ECS developer guide, "Using Amazon ECS dual-stack endpoints", and the ECR user guide, "Making requests to
//! Amazon ECR registries", which tries one with `curl --verbose`.

use super::{Failure, Page, date};
use crate::aws::arn::has_region;
use crate::elb::route::Request;
use crate::shell::exec::Shell;
use crate::sim::SimDuration;
use alloc::string::ToString;

/// Where they lead: made up, as every public address of the lab.
pub const ADDRESS: &str = "198.19.255.2";

const NO_OPERATION: &str = "<UnknownOperationException/>\n";

/// Whether a name is that of such an endpoint.
pub fn is_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let plain = ["ecs.", "api.ecr."].iter().find_map(|own| host.strip_prefix(own)?.strip_suffix(".amazonaws.com"));
    let dual = || ["ecs.", "ecr."].iter().find_map(|own| host.strip_prefix(own)?.strip_suffix(".api.aws"));
    plain.or_else(dual).is_some_and(has_region)
}

/// What one answers; the lab takes calls from the AWS CLI alone.
pub fn answer(shell: &Shell<'_>, request: &Request) -> Result<Page, Failure> {
    if !request.tls {
        return Err(Failure::Refused);
    }
    let headers = [("Date", date(shell.lab.now())), ("Content-Length", NO_OPERATION.len().to_string())];
    let headers = headers.map(|(name, value)| (name.to_string(), value)).to_vec();
    Ok(Page { code: 404, headers, body: NO_OPERATION.to_string(), after: SimDuration::ZERO })
}
