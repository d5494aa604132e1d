//! Listeners: made, described, changed and deleted.

use super::words::{self, Named, invalid, joined, paged, text, texts};
use super::{Elb, Kind, Listener, LoadBalancer, Rule, actions, arns, balancers, health, tags};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::event::Cx;
use crate::rooms::Rooms;
use crate::sim::sorted::Map;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// Listeners of one load balancer (service quota).
const MOST: usize = 50;

/// CreateListener. The same request again answers with what the first one made.
pub fn create(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let arn = Named::Balancer.check(&account, text(input, "LoadBalancerArn"), "LoadBalancerArn")?;
    let own = elb.load_balancer(arn).ok_or_else(|| Named::Balancer.missing(arn, "LoadBalancerArn"))?;
    let (port, protocol, document) = settings(own.kind, input)?;
    tags::check_new(&input["Tags"])?;
    let actions = actions::read(elb, &account, own, &protocol, &input["DefaultActions"], "DefaultActions")?;
    if let Some(known) = own.listeners.iter().find(|known| known.port == port) {
        if known.given == *input {
            return Ok(object!({ "Listeners": alloc::vec![description(own, known)] }));
        }
        return Err(duplicate(arn));
    }
    if own.listeners.len() >= MOST {
        let message = "You've reached the limit on the number of listeners per load balancer: 50";
        return Err(ApiError::new("TooManyListeners", message).in_our_words());
    }
    let id = own.id;
    let arn = arns::below(&own.arn, ":loadbalancer/", ":listener/", &arns::id(cx));
    let default = Rule {
        arn: arns::below(&arn, ":listener/", ":listener-rule/", &arns::id(cx)),
        priority: None,
        conditions: Value::Array(Vec::new()),
        actions,
        tags: tags::given(&Value::Null),
    };
    let made = Listener {
        arn: arn.clone(),
        protocol,
        port,
        document,
        rules: alloc::vec![default],
        attributes: Map::new(),
        tags: tags::given(&input["Tags"]),
        given: input.clone(),
    };
    balancers::change(elb, cx, id, |own| own.listeners.push(made));
    health::relink(elb, rooms, cx);
    Ok(shown(elb, &arn))
}

fn duplicate(arn: &str) -> ApiError {
    let message = joined(&["A listener already exists on this port for this load balancer '", arn, "'"]);
    ApiError::new("DuplicateListener", message).at("Port")
}

fn shown(elb: &Elb, arn: &str) -> Value {
    let own: Vec<Value> = elb.listener(arn).map(|(own, listener)| description(own, listener)).into_iter().collect();
    object!({ "Listeners": own })
}

/// Port, protocol and what only secure listeners have.
fn settings(kind: Kind, input: &Value) -> Result<(u16, alloc::string::String, Value), ApiError> {
    let Some(port) = input["Port"].as_u64().and_then(|port| u16::try_from(port).ok()) else {
        return Err(invalid("A listener port must be specified").at("Port"));
    };
    let Some(protocol) = input["Protocol"].as_str() else {
        return Err(invalid("A listener protocol must be specified").at("Protocol"));
    };
    let fitting: &[&str] = match kind {
        Kind::Application => &["HTTP", "HTTPS"],
        Kind::Network => &["UDP", "TCP", "TLS", "TCP_UDP"],
    };
    if !fitting.contains(&protocol) {
        let message = joined(&["Listener protocol '", protocol, "' must be one of '", &fitting.join(", "), "'"]);
        return Err(invalid(message).at("Protocol"));
    }
    let secure = matches!(protocol, "HTTPS" | "TLS");
    let certificates = input["Certificates"].as_array().map(Vec::as_slice).unwrap_or_default();
    if secure && certificates.is_empty() {
        let message = joined(&["A certificate must be specified for ", protocol, " listeners"]);
        return Err(invalid(message).at("Certificates"));
    }
    if certificates.len() > 1 {
        let message = "Only one certificate can be specified for a listener";
        return Err(ApiError::new("TooManyCertificates", message).at("Certificates").in_our_words());
    }
    for (member, what) in [("Certificates", "A certificate"), ("SslPolicy", "An SSL policy")] {
        if !secure && !input[member].is_null() {
            let message = joined(&[what, " cannot be specified for ", protocol, " listeners"]);
            return Err(invalid(message).at(member));
        }
    }
    if protocol != "TLS" && !texts(input, "AlpnPolicy").is_empty() {
        let message = joined(&["An ALPN policy cannot be specified for ", protocol, " listeners"]);
        return Err(invalid(message).at("AlpnPolicy").in_our_words());
    }
    let mut document = object!({});
    if let Some(map) = document.as_object_mut() {
        for member in ["Certificates", "SslPolicy", "AlpnPolicy"] {
            let default = match member {
                "SslPolicy" if secure => Value::from("ELBSecurityPolicy-2016-08"),
                _ => Value::Null,
            };
            let value = if input[member].is_null() { default } else { input[member].clone() };
            if !value.is_null() {
                map.insert(member.to_string(), value);
            }
        }
    }
    Ok((port, protocol.to_string(), document))
}

/// ModifyListener: what the request does not name stays.
pub fn modify(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let (own, listener) = words::listener(elb, &account, input)?;
    let mut whole = listener.document.clone();
    if let (Some(map), Some(given)) = (whole.as_object_mut(), input.as_object()) {
        map.insert("Port".to_string(), listener.port.into());
        map.insert("Protocol".to_string(), listener.protocol.clone().into());
        let open = !matches!(input["Protocol"].as_str().unwrap_or(&listener.protocol), "HTTPS" | "TLS");
        // A listener that is not secure any more leaves its certificate behind.
        map.retain(|member, _| !open || matches!(member.as_str(), "Port" | "Protocol"));
        map.extend(given.iter().map(|(member, value)| (member.clone(), value.clone())));
    }
    let (port, protocol, document) = settings(own.kind, &whole)?;
    let actions = match &input["DefaultActions"] {
        Value::Null => None,
        given => Some(actions::read(elb, &account, own, &protocol, given, "DefaultActions")?),
    };
    let (id, arn) = (own.id, listener.arn.clone());
    if own.listeners.iter().any(|other| other.port == port && other.arn != arn) {
        return Err(duplicate(&own.arn));
    }
    balancers::change(elb, cx, id, |own| {
        let Some(listener) = own.listeners.iter_mut().find(|own| own.arn == arn) else { return };
        (listener.port, listener.protocol, listener.document) = (port, protocol, document);
        if let (Some(actions), Some(default)) = (actions, listener.rules.last_mut()) {
            default.actions = actions;
        }
    });
    health::relink(elb, rooms, cx);
    Ok(shown(elb, &arn))
}

/// DeleteListener, with its rules.
pub fn delete(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (own, listener) = words::listener(elb, &cx.options().account, input)?;
    let (id, arn) = (own.id, listener.arn.clone());
    balancers::change(elb, cx, id, |own| own.listeners.retain(|each| each.arn != arn));
    health::relink(elb, rooms, cx);
    Ok(object!({}))
}

/// DescribeListeners: of a load balancer, or those named.
pub fn describe(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let arns = texts(input, "ListenerArns");
    if input["LoadBalancerArn"].is_null() && arns.is_empty() {
        return Err(invalid("You must specify either listener ARNs or a load balancer ARN").at("LoadBalancerArn"));
    }
    let mut found = Vec::new();
    if !input["LoadBalancerArn"].is_null() {
        if !arns.is_empty() {
            let message = "Listener ARNs and a load balancer ARN cannot be specified at the same time";
            return Err(invalid(message).at("ListenerArns"));
        }
        let own = words::balancer(elb, account, input)?;
        found.extend(own.listeners.iter().map(|listener| description(own, listener)));
    }
    for arn in arns {
        Named::Listener.check(account, arn, "ListenerArns")?;
        let (own, listener) = elb.listener(arn).ok_or_else(|| Named::Listener.missing(arn, "ListenerArns"))?;
        found.push(description(own, listener));
    }
    paged(found, input, "Listeners")
}

/// The listener as DescribeListeners shows it.
fn description(own: &LoadBalancer, listener: &Listener) -> Value {
    let mut value = object!({
        "ListenerArn": listener.arn.clone(),
        "LoadBalancerArn": own.arn.clone(),
        "Port": listener.port,
        "Protocol": listener.protocol.clone(),
        "DefaultActions": listener.rules.last().map(|rule| rule.actions.clone()).unwrap_or_default(),
    });
    if let (Some(map), Some(more)) = (value.as_object_mut(), listener.document.as_object()) {
        map.extend(more.iter().map(|(member, value)| (member.clone(), value.clone())));
    }
    value
}
