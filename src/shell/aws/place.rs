//! Where a call goes: the Region and the address of its service, and what the lab holds of them.
//!
//! A lab holds one Region. Of another one it knows what replication has copied there and what is the same everywhere; all
//! else is in the lab that `lab region` leads to, if there is one.

use super::call::Caller;
use super::fail::Fail;
use crate::aws::arn::has_region;
use crate::aws::model::Operation;
use crate::shell::exec::Shell;
use alloc::format;
use alloc::string::String;
use serde_json::Value;

/// The Regions in which the API of Amazon ECR Public is.
const PUBLIC: [&str; 2] = ["us-east-1", "us-west-2"];

/// Behind the names of AWS's endpoints: those for IPv4, and the dual-stack ones.
const DOMAINS: [&str; 4] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn"];

/// Whether a call is answered alike in all Regions: of a service for all of them, about the caller alone, or about a bucket,
/// to whose Region the AWS CLI goes by itself.
pub(super) fn is_global(operation: &Operation) -> bool {
    matches!(operation.service, "iam" | "route53" | "sts")
        || operation.service == "s3" && operation.name != "CreateBucket"
}

/// The address of a service in a Region.
fn address(service: &str, region: &str) -> String {
    let host = match service {
        "ecr" => "api.ecr",
        "ecr-public" => "api.ecr-public",
        "elbv2" => "elasticloadbalancing",
        "cloudwatch" => "monitoring",
        own => own,
    };
    let end = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    if ["iam", "route53"].contains(&service) {
        format!("https://{service}.{end}/")
    } else {
        format!("https://{host}.{region}.{end}/")
    }
}

/// Whether a call finds anybody at its address who knows the caller.
///
/// # Errors
/// A Region that there is not, or without the service; an address that is not one of AWS; a call that is not signed.
pub(super) fn reach(
    shell: &Shell<'_>,
    caller: &Caller,
    service: &'static str,
    operation: &'static str,
) -> Result<(), Fail> {
    found(shell, caller, service)?;
    if caller.unsigned { Err(Fail::unsigned(service, operation)) } else { Ok(()) }
}

fn found(shell: &Shell<'_>, caller: &Caller, service: &str) -> Result<(), Fail> {
    let region = caller.region.as_str();
    let unreachable = |url: &str| Err(Fail::Other(format!("Could not connect to the endpoint URL: \"{url}\"")));
    if let Some(url) = caller.endpoint.as_deref() {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        if !DOMAINS.iter().any(|own| host.ends_with(own)) {
            return unreachable(&format!("{}/", url.trim_end_matches('/')));
        }
        return Ok(());
    }
    let label = |part: &str| !part.is_empty() && part.len() < 64 && !part.starts_with('-') && !part.ends_with('-');
    if !label(region) || !region.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-') {
        return Err(Fail::Other(format!("Provided region_name '{region}' doesn't match a supported format.")));
    }
    let known = has_region(region) || region == shell.lab.start().region;
    let served = service != "ecr-public" || PUBLIC.contains(&region);
    if (known && served) || ["iam", "route53"].contains(&service) {
        Ok(())
    } else {
        unreachable(&address(service, region))
    }
}

/// What the lab says beside an activation: which of its commands stands for the script that the machine would run.
pub(super) fn stand_in(operation: &Operation, reply: &Value) -> Option<String> {
    let text = |member: &str| reply[member].as_str().unwrap_or_default();
    (operation.name == "CreateActivation").then(|| {
        format!(
            "ECS Lab: no machine of yours can run the install script here; in its stead: lab external --cpus 2 --memory 4096 \
             --cluster NAME --activation-id {} --activation-code {}\n",
            text("ActivationId"),
            text("ActivationCode")
        )
    })
}

/// Whether this lab knows what a call would find in another Region: the copies that replication has made there, and tokens.
pub(super) fn is_here(shell: &Shell<'_>, region: &str, operation: &Operation) -> bool {
    let copied = operation.service == "ecr" && shell.lab.world().replicates_to(region);
    copied || operation.name == "GetAuthorizationToken"
}

/// What the lab says beside an answer of another Region; nothing where the answer is what that Region holds.
pub(super) fn remark(shell: &Shell<'_>, region: &str, operation: &Operation) -> Option<String> {
    let there = shell.terminal.copy_in(region);
    if is_here(shell, region, operation) {
        let more = there.filter(|_| operation.name != "GetAuthorizationToken");
        return more.map(|_| {
            format!("ECS Lab: these are the copies that this lab made in {region}; lab region {region} goes to the lab there, which holds none of them\n")
        });
    }
    if let Some((_, lab)) = there {
        let now = lab.now();
        return Some(format!(
            "ECS Lab: so it is in the lab in {region}, where it is {now} (lab region {region} goes there)\n"
        ));
    }
    // Public parameters are what they are anywhere.
    let home = &shell.lab.start().region;
    (operation.service != "ssm").then(|| {
        format!(
            "ECS Lab: this lab holds one Region, {home}; nothing was made in {region} (lab region {region} goes to a lab there)\n"
        )
    })
}
