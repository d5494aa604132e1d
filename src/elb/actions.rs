//! The actions of rules and listeners, checked and completed as the service answers them.

use super::words::{Named, joined, ours, text};
use super::{Elb, Kind, LoadBalancer};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Target groups of one action, and of one load balancer (service quotas).
const MOST_OF_ACTION: usize = 5;
const MOST_OF_BALANCER: usize = 100;

fn refused(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidLoadBalancerAction", message)
}

/// The actions given for a listener of this protocol: one that routes, complete.
pub fn read(
    elb: &Elb,
    account: &Account,
    balancer: &LoadBalancer,
    protocol: &str,
    given: &Value,
    path: &str,
) -> Result<Value, ApiError> {
    let given = given.as_array().map(Vec::as_slice).unwrap_or_default();
    let one = match given {
        [] => return Err(ours("An action must be specified").at(path)),
        [one] => one,
        _ => {
            for one in given {
                simulated(one, path)?;
            }
            let message = "A rule must have exactly one action of the types forward, redirect and fixed-response";
            return Err(refused(message).at(path).in_our_words());
        }
    };
    simulated(one, path)?;
    let kind = text(one, "Type");
    let config = match kind {
        "redirect" => "RedirectConfig",
        "fixed-response" => "FixedResponseConfig",
        _ => "ForwardConfig",
    };
    for other in ["ForwardConfig", "RedirectConfig", "FixedResponseConfig"] {
        if other != config && !one[other].is_null() {
            let message = joined(&[other, " cannot be specified with an action of the type '", kind, "'"]);
            return Err(refused(message).at(path).in_our_words());
        }
    }
    if kind != "forward" && balancer.kind == Kind::Network {
        let message = joined(&["Actions of type '", kind, "' are not supported for Network Load Balancers"]);
        return Err(refused(message).at(path).in_our_words());
    }
    let mut action = match kind {
        "redirect" => redirect(&one[config], protocol, path)?,
        "fixed-response" => fixed_response(&one[config], path)?,
        _ => forward(elb, account, balancer, protocol, one, path)?,
    };
    if let (false, Some(map)) = (one["Order"].is_null(), action.as_object_mut()) {
        map.insert("Order".to_string(), one["Order"].clone());
    }
    Ok(Value::Array(alloc::vec![action]))
}

fn simulated(one: &Value, path: &str) -> Result<(), ApiError> {
    match text(one, "Type") {
        "forward" | "redirect" | "fixed-response" => Ok(()),
        other => Err(ApiError::not_simulated(&joined(&["actions of the type ", other])).at(path)),
    }
}

fn redirect(config: &Value, protocol: &str, path: &str) -> Result<Value, ApiError> {
    if config.is_null() {
        return Err(refused("A redirect action needs a RedirectConfig").at(path).in_our_words());
    }
    let or = |member: &str, default: &'static str| config[member].as_str().unwrap_or(default).to_string();
    let port = or("Port", "#{port}");
    let number: Option<u16> = port.parse().ok().filter(|port| *port > 0);
    if port != "#{port}" && number.is_none() {
        return Err(ours("The redirect port must be '#{port}' or from 1 to 65535").at(path));
    }
    let to = or("Path", "/#{path}");
    if !to.starts_with('/') {
        return Err(ours("The redirect path must begin with '/'").at(path));
    }
    if protocol == "HTTPS" && config["Protocol"] == "HTTP" {
        return Err(refused("You cannot redirect HTTPS to HTTP").at(path).in_our_words());
    }
    let parts =
        [or("Protocol", "#{protocol}"), port.clone(), or("Host", "#{host}"), to.clone(), or("Query", "#{query}")];
    let same = ["#{protocol}", "#{port}", "#{host}", "/#{path}"];
    if parts.iter().zip(same).all(|(own, same)| own == same || own == protocol) {
        let message = "The redirect configuration is not valid because it creates a loop.";
        return Err(refused(message).at(path));
    }
    let [own_protocol, _, host, _, query] = parts;
    Ok(object!({
        "Type": "redirect",
        "RedirectConfig": object!({
            "Protocol": own_protocol,
            "Port": port,
            "Host": host,
            "Path": to,
            "Query": query,
            "StatusCode": config["StatusCode"].clone(),
        }),
    }))
}

fn fixed_response(config: &Value, path: &str) -> Result<Value, ApiError> {
    const TYPES: [&str; 5] = ["text/html", "application/json", "application/javascript", "text/css", "text/plain"];
    if config.is_null() {
        return Err(refused("A fixed-response action needs a FixedResponseConfig").at(path).in_our_words());
    }
    if config["ContentType"].as_str().is_some_and(|own| !TYPES.contains(&own)) {
        let message = "The ContentType must be one of:'text/html', 'application/json', 'application/javascript', 'text/css', 'text/plain'";
        return Err(refused(message).at(path));
    }
    Ok(object!({ "Type": "fixed-response", "FixedResponseConfig": config.clone() }))
}

fn forward(
    elb: &Elb,
    account: &Account,
    balancer: &LoadBalancer,
    protocol: &str,
    one: &Value,
    path: &str,
) -> Result<Value, ApiError> {
    let config = &one["ForwardConfig"];
    let listed = config["TargetGroups"].as_array().map(Vec::as_slice).unwrap_or_default();
    let single = one["TargetGroupArn"].as_str();
    let mut tuples: Vec<(&str, Option<i64>)> =
        listed.iter().map(|own| (text(own, "TargetGroupArn"), own["Weight"].as_i64())).collect();
    match (single, tuples.as_slice()) {
        (Some(single), []) => tuples.push((single, None)),
        (Some(single), [(own, _)]) if *own == single => {}
        (Some(_), _) => {
            let message = "ForwardConfig can only name the target group that TargetGroupArn names";
            return Err(refused(message).at(path).in_our_words());
        }
        (None, []) => return Err(refused("A forward action needs a target group").at(path).in_our_words()),
        (None, _) => {}
    }
    if tuples.len() > MOST_OF_ACTION {
        let message = "You've reached the limit on the number of target groups per action: 5";
        return Err(ApiError::new("TooManyTargetGroups", message).at(path).in_our_words());
    }
    for (index, (arn, weight)) in tuples.iter().enumerate() {
        Named::Group.check(account, arn, path)?;
        let group = elb.target_group(arn).ok_or_else(|| {
            ApiError::new("TargetGroupNotFound", joined(&["Target group '", arn, "' not found"])).at(path)
        })?;
        if weight.is_some_and(|weight| !(0..=999).contains(&weight)) {
            return Err(ours("The weight of a target group must be from 0 to 999").at(path));
        }
        if tuples.iter().take(index).any(|(other, _)| other == arn) {
            return Err(ours("A target group can stand only once in an action").at(path));
        }
        if !fits(balancer.kind, protocol, &group.protocol) {
            let message = joined(&["The listener and the following target groups have incompatible protocols: ", arn]);
            return Err(ApiError::new("IncompatibleProtocols", message).at(path));
        }
        if group.vpc != balancer.vpc {
            let message = joined(&["The load balancer and the following target groups are not in the same VPC: ", arn]);
            return Err(ApiError::new("InvalidConfigurationRequest", message).at(path).in_our_words());
        }
        if group.balancer.is_some_and(|user| user != balancer.id) {
            let message =
                joined(&["The following target groups cannot be associated with more than one load balancer: ", arn]);
            return Err(ApiError::new("TargetGroupAssociationLimit", message).at(path));
        }
    }
    let used = elb.target_groups().filter(|own| own.balancer == Some(balancer.id)).count();
    let new = tuples.iter().filter(|(arn, _)| elb.target_group(arn).is_some_and(|own| own.balancer.is_none())).count();
    if used + new > MOST_OF_BALANCER {
        let message = "You've reached the limit on the number of unique target groups per load balancer: 100";
        return Err(ApiError::new("TooManyUniqueTargetGroupsPerLoadBalancer", message).at(path).in_our_words());
    }
    let stickiness = stickiness(&config["TargetGroupStickinessConfig"], path)?;
    let of = |(arn, weight): &(&str, Option<i64>)| object!({ "TargetGroupArn": *arn, "Weight": weight.unwrap_or(1) });
    let groups: Vec<Value> = tuples.iter().map(of).collect();
    let mut action = object!({ "Type": "forward" });
    if let (Some(map), [(only, _)]) = (action.as_object_mut(), tuples.as_slice()) {
        map.insert("TargetGroupArn".to_string(), Value::from(*only));
    }
    if let Some(map) = action.as_object_mut() {
        let config = object!({ "TargetGroups": groups, "TargetGroupStickinessConfig": stickiness });
        map.insert("ForwardConfig".to_string(), config);
    }
    Ok(action)
}

fn stickiness(given: &Value, path: &str) -> Result<Value, ApiError> {
    let seconds = given["DurationSeconds"].as_i64();
    let enabled = given["Enabled"] == true;
    if seconds.is_some_and(|seconds| !(1..=604_800).contains(&seconds)) || enabled && seconds.is_none() {
        let message = "Target group stickiness needs a duration from 1 to 604800 seconds";
        return Err(ours(message).at(path));
    }
    let mut value = object!({ "Enabled": enabled });
    if let (Some(seconds), Some(map)) = (seconds, value.as_object_mut()) {
        map.insert("DurationSeconds".to_string(), seconds.into());
    }
    Ok(value)
}

/// Whether a listener's protocol goes with a target group's.
fn fits(kind: Kind, listener: &str, group: &str) -> bool {
    match kind {
        Kind::Application => matches!(group, "HTTP" | "HTTPS"),
        Kind::Network => match listener {
            "TLS" | "TCP" => {
                matches!(group, "TCP" | "TLS" | "TCP_UDP")
                    && (listener == "TLS" || group != "TLS")
                    && !(listener == "TLS" && group == "TCP_UDP")
            }
            "UDP" => matches!(group, "UDP" | "TCP_UDP"),
            other => group == other,
        },
    }
}
