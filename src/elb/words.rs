//! The refusals and small readings that the calls share.

use super::{Listener, LoadBalancer, Rule, TargetGroup};
use crate::aws::arn::Account;
use crate::aws::page::page;
use crate::aws::{ApiError, object};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// `ValidationError` in AWS's words.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationError", message)
}

/// `ValidationError` in ours.
pub fn ours(message: impl Into<String>) -> ApiError {
    invalid(message).in_our_words()
}

/// A text of the input, empty when it is not there.
pub fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

/// The texts of a list of the input.
pub fn texts<'a>(input: &'a Value, member: &str) -> Vec<&'a str> {
    input[member].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The parts of a text between others, in one allocation each time: `format!` for texts alone.
pub fn joined(parts: &[&str]) -> String {
    parts.concat()
}

/// The kinds of resources that have ARNs, as the service words them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A load balancer.
    Balancer,
    /// A target group.
    Group,
    /// A listener.
    Listener,
    /// A rule.
    Rule,
}

impl Named {
    /// With what the resource of its ARN begins, and what the service calls it.
    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Named::Balancer => ("loadbalancer/", "load balancer"),
            Named::Group => ("targetgroup/", "target group"),
            Named::Listener => ("listener/", "listener"),
            Named::Rule => ("listener-rule/", "listener rule"),
        }
    }

    /// The kind of a resource by its ARN.
    pub fn of(account: &Account, arn: &str) -> Option<Self> {
        [Named::Balancer, Named::Group, Named::Listener, Named::Rule].into_iter().find(|own| own.is(account, arn))
    }

    fn is(self, account: &Account, arn: &str) -> bool {
        let own = super::arns::arn(account, self.parts().0);
        arn.strip_prefix(own.as_str()).is_some_and(|rest| !rest.is_empty())
    }

    /// Refuses what is no ARN of its kind in the account and Region.
    pub fn check<'a>(self, account: &Account, arn: &'a str, path: &str) -> Result<&'a str, ApiError> {
        if self.is(account, arn) {
            return Ok(arn);
        }
        let kind = self.parts().1;
        Err(invalid(joined(&["'", arn, "' is not a valid ", kind, " ARN"])).at(path))
    }

    /// The refusal of an ARN that names nothing.
    pub fn missing(self, arn: &str, path: &str) -> ApiError {
        let (code, what) = match self {
            Named::Balancer => {
                return ApiError::new("LoadBalancerNotFound", joined(&["Load balancer '", arn, "' not found"]))
                    .at(path);
            }
            Named::Group => ("TargetGroupNotFound", "One or more target groups not found"),
            Named::Listener => ("ListenerNotFound", "One or more listeners not found"),
            Named::Rule => ("RuleNotFound", "One or more rules not found"),
        };
        ApiError::new(code, what).at(path)
    }
}

/// One page of a Describe call: at most 400 items, and where the next begins.
pub fn paged(items: Vec<Value>, input: &Value, member: &str) -> Result<Value, ApiError> {
    let mut filters = input.clone();
    if let Some(map) = filters.as_object_mut() {
        map.retain(|name, _| name != "Marker" && name != "PageSize");
    }
    let scope = joined(&[member, &filters.to_string()]);
    let (items, next) = page(&scope, items, input["Marker"].as_str(), input["PageSize"].as_i64(), 400)
        .map_err(|error| ApiError { code: "ValidationError".into(), path: "Marker".to_string(), ..error })?;
    let mut answer = alloc::vec![(member, Value::Array(items))];
    answer.extend(next.map(|next| ("NextMarker", Value::from(next))));
    Ok(object::of(answer))
}

/// The load balancer that a member of the input names.
pub fn balancer<'a>(elb: &'a super::Elb, account: &Account, input: &Value) -> Result<&'a LoadBalancer, ApiError> {
    let arn = Named::Balancer.check(account, text(input, "LoadBalancerArn"), "LoadBalancerArn")?;
    elb.load_balancer(arn).ok_or_else(|| Named::Balancer.missing(arn, "LoadBalancerArn"))
}

/// The target group that a member of the input names.
pub fn group<'a>(elb: &'a super::Elb, account: &Account, input: &Value) -> Result<&'a TargetGroup, ApiError> {
    let arn = Named::Group.check(account, text(input, "TargetGroupArn"), "TargetGroupArn")?;
    elb.target_group(arn).ok_or_else(|| Named::Group.missing(arn, "TargetGroupArn"))
}

/// The listener that a member of the input names, with its load balancer.
pub fn listener<'a>(
    elb: &'a super::Elb,
    account: &Account,
    input: &Value,
) -> Result<(&'a LoadBalancer, &'a Listener), ApiError> {
    let arn = Named::Listener.check(account, text(input, "ListenerArn"), "ListenerArn")?;
    elb.listener(arn).ok_or_else(|| Named::Listener.missing(arn, "ListenerArn"))
}

/// The rule of an ARN, with what it stands in.
pub fn rule<'a>(
    elb: &'a super::Elb,
    account: &Account,
    arn: &str,
) -> Result<(&'a LoadBalancer, &'a Listener, &'a Rule), ApiError> {
    let arn = Named::Rule.check(account, arn, "RuleArn")?;
    elb.rule(arn).ok_or_else(|| Named::Rule.missing(arn, "RuleArn"))
}

/// A name of a load balancer or target group: at most 32 letters, digits and hyphens, none at an end.
pub fn name<'a>(input: &'a Value, what: &str) -> Result<&'a str, ApiError> {
    let name = text(input, "Name");
    let fault = if name.is_empty() {
        return Err(ours(joined(&[what, " name must not be empty"])).at("Name"));
    } else if name.chars().count() > 32 {
        "' cannot be longer than '32' characters"
    } else if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        "' can only contain characters that are alphanumeric characters or hyphens(-)"
    } else if name.starts_with('-') || name.ends_with('-') {
        "' cannot begin or end with '-'"
    } else {
        return Ok(name);
    };
    Err(invalid(joined(&[what, " name '", name, fault])).at("Name"))
}
