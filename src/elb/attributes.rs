//! Attributes of load balancers, target groups and listeners: keys, defaults and limits as the model's text says them.

use super::words::{self, invalid, joined, ours, text};
use super::{Elb, Kind, LoadBalancer, TargetGroup, balancers, groups};
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::{ApiError, model};
use crate::event::Cx;
use crate::sim::sorted::Map;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// One attribute a line: what has it, for which type of load balancer (`A`, `N`, `*` both), its key, its default (`-` for
/// none, or one that depends), and the values that go.
const TABLE: &str = "Attributes of load balancers";

#[derive(Clone, Copy)]
struct Attribute {
    key: &'static str,
    default: &'static str,
    values: &'static str,
}

/// The attributes of a kind of resource; `application` says which type of load balancer.
fn of(what: &str, application: bool) -> impl Iterator<Item = Attribute> {
    model::lines(TABLE).filter_map(move |line| {
        let mut words = line.split(' ');
        let (own, kind) = (words.next()?, words.next()?);
        let fits = own == what && (kind == "*" || (kind == "A") == application);
        let (key, default, values) = (words.next()?, words.next()?, words.next()?);
        fits.then_some(Attribute { key, default, values })
    })
}

/// An attribute of a load balancer: its default unless somebody set it.
pub fn of_balancer<'a>(own: &'a LoadBalancer, key: &str) -> &'a str {
    if let Some(value) = own.attributes.get(key) {
        return value;
    }
    let flag = |on: bool| if on { "true" } else { "false" };
    match key {
        "load_balancing.cross_zone.enabled" => flag(own.kind == Kind::Application),
        "ipv6.deny_all_igw_traffic" => flag(own.scheme == "internal"),
        _ => default("balancer", own.kind == Kind::Application, key),
    }
}

/// The same of a target group.
pub fn of_group<'a>(own: &'a TargetGroup, key: &str) -> &'a str {
    if let Some(value) = own.attributes.get(key) {
        return value;
    }
    let flag = |on: bool| if on { "true" } else { "false" };
    match key {
        "stickiness.type" if is_http(own) => "lb_cookie",
        "stickiness.type" => "source_ip",
        "deregistration_delay.connection_termination.enabled" => {
            flag(matches!(own.protocol.as_str(), "UDP" | "TCP_UDP"))
        }
        "preserve_client_ip.enabled" => flag(!(own.ip && matches!(own.protocol.as_str(), "TCP" | "TLS"))),
        _ => default("group", is_http(own), key),
    }
}

fn is_http(own: &TargetGroup) -> bool {
    matches!(own.protocol.as_str(), "HTTP" | "HTTPS")
}

fn default(what: &str, application: bool, key: &str) -> &'static str {
    let found = of(what, application).find(|own| own.key == key);
    found.map(|own| own.default).filter(|own| *own != "-").unwrap_or_default()
}

/// The attributes of a request over those that are set, or why not. `what` is as the service words it.
fn merged(
    before: &Map<String, String>,
    input: &Value,
    table: &str,
    application: bool,
    what: &str,
) -> Result<Map<String, String>, ApiError> {
    let mut after = before.clone();
    for (index, given) in input["Attributes"].as_array().into_iter().flatten().enumerate() {
        let path = alloc::format!("Attributes[{index}]");
        let (key, value) = (text(given, "Key"), text(given, "Value"));
        let Some(own) = of(table, application).find(|own| own.key == key) else {
            let message = joined(&[what, " attribute key '", key, "' is not recognized"]);
            return Err(invalid(message).at(path));
        };
        takes(own, value).map_err(|error| error.at(path))?;
        after.insert(key.to_string(), value.to_string());
    }
    Ok(after)
}

fn takes(own: Attribute, value: &str) -> Result<(), ApiError> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| digits)
    };
    let fits = |part: &str| match part.split_once("..") {
        Some((low, high)) => number(value).is_some_and(|own| Some(own) >= number(low) && Some(own) <= number(high)),
        None => part == value,
    };
    if own.values == "text" || own.values.split('|').any(fits) {
        return Ok(());
    }
    if !own.values.contains('|') {
        let range = own.values.replace("..", "-");
        return Err(invalid(joined(&["'", own.key, "' value '", value, "' must be between '", &range, "' inclusive"])));
    }
    let list = own.values.replace("..", "-").replace('|', ", ");
    Err(ours(joined(&["'", own.key, "' value '", value, "' must be one of [", &list, "]"])))
}

/// ModifyLoadBalancerAttributes.
pub fn modify_balancer(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::balancer(elb, &account, input)?;
    let application = own.kind == Kind::Application;
    let after = merged(&own.attributes, input, "balancer", application, "Load balancer")?;
    let refused = |message: &str| ApiError::new("InvalidConfigurationRequest", message).at("Attributes").in_our_words();
    let is = |key: &str, value: &str| after.get(key).is_some_and(|own| own == value);
    if application && is("load_balancing.cross_zone.enabled", "false") {
        return Err(refused("Cross-zone load balancing cannot be disabled for Application Load Balancers"));
    }
    for logs in ["access_logs", "connection_logs", "health_check_logs"] {
        let bucket = after.get(joined(&[logs, ".s3.bucket"]).as_str()).is_some_and(|bucket| !bucket.is_empty());
        if is(&joined(&[logs, ".s3.enabled"]), "true") && !bucket {
            return Err(refused(&joined(&["Enabling ", logs, " requires an S3 bucket"])));
        }
    }
    let id = own.id;
    balancers::change(elb, cx, id, |own| own.attributes = after);
    describe_balancer(elb, &account, input)
}

/// ModifyTargetGroupAttributes.
pub fn modify_group(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::group(elb, &account, input)?;
    let after = merged(&own.attributes, input, "group", is_http(own), "Target group")?;
    let refused = |message: String| ApiError::new("InvalidConfigurationRequest", message).at("Attributes");
    let kind = after.get("stickiness.type").map(String::as_str);
    let unfit = match kind {
        Some("source_ip") => is_http(own),
        Some(_) => !is_http(own),
        None => false,
    };
    if unfit {
        let (kind, protocol) = (kind.unwrap_or_default(), own.protocol.as_str());
        let message = joined(&[
            "Stickiness type '",
            kind,
            "' is not supported for target groups with the ",
            protocol,
            " protocol",
        ]);
        return Err(refused(message));
    }
    let named = after.get("stickiness.app_cookie.cookie_name").is_some_and(|name| !name.is_empty());
    if kind == Some("app_cookie") && !named {
        let message = "You must set an application cookie name to enable stickiness of type 'app_cookie'";
        return Err(refused(message.to_string()));
    }
    if after.get("stickiness.enabled").is_some_and(|own| own == "true") && own.protocol == "TLS" {
        let message = "You cannot enable stickiness on target groups with the TLS protocol";
        return Err(refused(message.to_string()));
    }
    let weighted = after.get("load_balancing.algorithm.type").is_some_and(|own| own == "weighted_random");
    if after.get("load_balancing.algorithm.anomaly_mitigation").is_some_and(|own| own == "on") && !weighted {
        let message = "Anomaly mitigation requires the load balancing algorithm weighted_random".to_string();
        return Err(refused(message).in_our_words());
    }
    let id = own.id;
    groups::change(elb, cx, id, |own| own.attributes = after);
    describe_group(elb, &account, input)
}

/// ModifyListenerAttributes.
pub fn modify_listener(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let (own, listener) = words::listener(elb, &account, input)?;
    let after = merged(&listener.attributes, input, "listener", own.kind == Kind::Application, "Listener")?;
    let (id, arn) = (own.id, listener.arn.clone());
    balancers::change(elb, cx, id, |own| {
        if let Some(listener) = own.listeners.iter_mut().find(|own| own.arn == arn) {
            listener.attributes = after;
        }
    });
    describe_listener(elb, &account, input)
}

fn list(what: &str, application: bool, value: impl Fn(&'static str) -> String) -> Value {
    let each = of(what, application).map(|own| object!({ "Key": own.key, "Value": value(own.key) }));
    object!({ "Attributes": each.collect::<Vec<Value>>() })
}

/// DescribeLoadBalancerAttributes.
pub fn describe_balancer(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let own = words::balancer(elb, account, input)?;
    Ok(list("balancer", own.kind == Kind::Application, |key| of_balancer(own, key).to_string()))
}

/// DescribeTargetGroupAttributes.
pub fn describe_group(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let own = words::group(elb, account, input)?;
    Ok(list("group", is_http(own), |key| of_group(own, key).to_string()))
}

/// DescribeListenerAttributes.
pub fn describe_listener(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let (own, listener) = words::listener(elb, account, input)?;
    let application = own.kind == Kind::Application;
    let value = |key: &'static str| {
        listener.attributes.get(key).cloned().unwrap_or_else(|| default("listener", application, key).to_string())
    };
    Ok(list("listener", application, value))
}
