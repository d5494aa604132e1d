//! The ARNs and names that the service gives.

use super::Kind;
use crate::aws::arn::Account;
use crate::event::Cx;
use alloc::format;
use alloc::string::String;

/// `arn:aws:elasticloadbalancing:REGION:ACCOUNT:RESOURCE`.
pub fn arn(account: &Account, resource: &str) -> String {
    format!("arn:{}:elasticloadbalancing:{}:{}:{resource}", account.partition(), account.region, account.id)
}

/// 16 hex digits, as ids of load balancers and target groups are.
pub fn id(cx: &mut Cx<'_>) -> String {
    format!("{:016x}", cx.draw("elb-id"))
}

/// The ARN below another one: of a listener below its load balancer's, of a rule below its listener's.
pub fn below(parent: &str, from: &str, to: &str, id: &str) -> String {
    format!("{}/{id}", parent.replacen(from, to, 1))
}

/// The DNS name of a load balancer.
pub fn dns_name(account: &Account, kind: Kind, internal: bool, name: &str, id: &str) -> String {
    let region = &account.region;
    match kind {
        Kind::Application => {
            let digits = u64::from_str_radix(id, 16).unwrap_or_default() % 10_000_000_000;
            format!("{}{name}-{digits}.{region}.elb.amazonaws.com", if internal { "internal-" } else { "" })
        }
        Kind::Network => format!("{name}-{id}.elb.{region}.amazonaws.com"),
    }
}
