//! Rules: made, described, changed, reordered and deleted.

use super::words::{self, Named, invalid, joined, ours, paged, text, texts};
use super::{Elb, Kind, Listener, Rule, actions, arns, balancers, conditions, health, tags};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::event::Cx;
use crate::rooms::Rooms;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Rules of one load balancer without the default ones (service quota).
const MOST: usize = 100;

/// CreateRule.
pub fn create(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let (own, listener) = words::listener(elb, &account, input)?;
    if own.kind == Kind::Network {
        let message = "Rules are not supported for Network Load Balancer listeners";
        return Err(ApiError::new("UnsupportedProtocol", message).at("ListenerArn").in_our_words());
    }
    let conditions = conditions::read(&input["Conditions"])?;
    tags::check_new(&input["Tags"])?;
    let actions = actions::read(elb, &account, own, &listener.protocol, &input["Actions"], "Actions")?;
    let priority = input["Priority"].as_u64().and_then(|priority| u32::try_from(priority).ok());
    if let Some(priority) = priority.filter(|_| listener.rules.iter().any(|rule| rule.priority == priority)) {
        return Err(in_use(priority));
    }
    let rules = own.listeners.iter().flat_map(|own| &own.rules).filter(|rule| rule.priority.is_some());
    if rules.count() >= MOST {
        let message = "You've reached the limit on the number of rules per load balancer: 100";
        return Err(ApiError::new("TooManyRules", message).in_our_words());
    }
    let (id, of) = (own.id, listener.arn.clone());
    let arn = arns::below(&of, ":listener/", ":listener-rule/", &arns::id(cx));
    let made = Rule { arn: arn.clone(), priority, conditions, actions, tags: tags::given(&input["Tags"]) };
    balancers::change(elb, cx, id, |own| {
        let Some(listener) = own.listeners.iter_mut().find(|own| own.arn == of) else { return };
        listener.rules.push(made);
        in_order(listener);
    });
    health::relink(elb, rooms, cx);
    Ok(shown(elb, &[arn]))
}

fn in_use(priority: u32) -> ApiError {
    let message = joined(&["Priority '", &priority.to_string(), "' is currently in use"]);
    ApiError::new("PriorityInUse", message).at("Priority")
}

/// The default rule comes last.
fn in_order(listener: &mut Listener) {
    crate::sim::order::sort_by_key(&mut listener.rules, |rule| rule.priority.unwrap_or(u32::MAX));
}

fn shown(elb: &Elb, arns: &[String]) -> Value {
    let own: Vec<Value> = arns.iter().filter_map(|arn| elb.rule(arn)).map(|(_, _, rule)| description(rule)).collect();
    object!({ "Rules": own })
}

/// ModifyRule: its conditions, its actions, or both.
pub fn modify(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let (own, listener, rule) = words::rule(elb, &account, text(input, "RuleArn"))?;
    if rule.priority.is_none() {
        return Err(default_rule(&rule.arn, "modified"));
    }
    if input["Conditions"].is_null() && input["Actions"].is_null() {
        return Err(invalid("Either conditions or actions must be specified").at("Conditions"));
    }
    let conditions = match &input["Conditions"] {
        Value::Null => rule.conditions.clone(),
        given => conditions::read(given)?,
    };
    let actions = match &input["Actions"] {
        Value::Null => rule.actions.clone(),
        given => actions::read(elb, &account, own, &listener.protocol, given, "Actions")?,
    };
    let (id, arn) = (own.id, rule.arn.clone());
    balancers::change(elb, cx, id, |own| {
        let mut rules = own.listeners.iter_mut().flat_map(|own| own.rules.iter_mut());
        if let Some(rule) = rules.find(|own| own.arn == arn) {
            (rule.conditions, rule.actions) = (conditions, actions);
        }
    });
    health::relink(elb, rooms, cx);
    Ok(shown(elb, &[arn]))
}

fn default_rule(arn: &str, verb: &str) -> ApiError {
    let message = joined(&["Default rule '", arn, "' cannot be ", verb]);
    ApiError::new("OperationNotPermitted", message).at("RuleArn")
}

/// DeleteRule.
pub fn delete(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let (own, _, rule) = words::rule(elb, &cx.options().account, text(input, "RuleArn"))?;
    if rule.priority.is_none() {
        return Err(default_rule(&rule.arn, "deleted"));
    }
    let (id, arn) = (own.id, rule.arn.clone());
    balancers::change(elb, cx, id, |own| {
        for listener in &mut own.listeners {
            listener.rules.retain(|rule| rule.arn != arn);
        }
    });
    health::relink(elb, rooms, cx);
    Ok(object!({}))
}

/// SetRulePriorities: all of them at once, so that rules can change places.
pub fn set_priorities(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let mut wanted: Vec<(String, u32)> = Vec::new();
    let mut of: Option<(u32, &Listener)> = None;
    for pair in input["RulePriorities"].as_array().into_iter().flatten() {
        let missing = || ours("Each rule priority needs a RuleArn and a Priority").at("RulePriorities");
        let arn = pair["RuleArn"].as_str().ok_or_else(missing)?;
        let priority = pair["Priority"].as_u64().and_then(|own| u32::try_from(own).ok()).ok_or_else(missing)?;
        let (own, listener, rule) = words::rule(elb, &account, arn)?;
        if rule.priority.is_none() {
            return Err(default_rule(arn, "modified"));
        }
        if of.is_some_and(|(_, other)| other.arn != listener.arn) {
            return Err(ours("All rules must belong to one listener").at("RulePriorities"));
        }
        of = Some((own.id, listener));
        if wanted.iter().any(|(_, other)| *other == priority) {
            let message = joined(&["Priority '", &priority.to_string(), "' was provided multiple times"]);
            return Err(invalid(message).at("RulePriorities"));
        }
        wanted.push((rule.arn.clone(), priority));
    }
    let Some((id, listener)) = of else {
        return Err(ours("At least one rule priority must be specified").at("RulePriorities"));
    };
    let stays = |rule: &&Rule| wanted.iter().all(|(arn, _)| *arn != rule.arn);
    let taken = listener.rules.iter().filter(stays).filter_map(|rule| rule.priority);
    if let Some(priority) = taken.into_iter().find(|own| wanted.iter().any(|(_, other)| other == own)) {
        return Err(in_use(priority));
    }
    let arn = listener.arn.clone();
    balancers::change(elb, cx, id, |own| {
        let Some(listener) = own.listeners.iter_mut().find(|own| own.arn == arn) else { return };
        for rule in &mut listener.rules {
            if let Some((_, priority)) = wanted.iter().find(|(arn, _)| *arn == rule.arn) {
                rule.priority = Some(*priority);
            }
        }
        in_order(listener);
    });
    let arns: Vec<String> = wanted.into_iter().map(|(arn, _)| arn).collect();
    Ok(shown(elb, &arns))
}

/// DescribeRules: of a listener, or those named.
pub fn describe(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let arns = texts(input, "RuleArns");
    if input["ListenerArn"].is_null() && arns.is_empty() {
        return Err(invalid("You must specify either listener rule ARNs or a listener ARN").at("ListenerArn"));
    }
    let mut found = Vec::new();
    if !input["ListenerArn"].is_null() {
        if !arns.is_empty() {
            let message = "Listener rule ARNs and a listener ARN cannot be specified at the same time";
            return Err(invalid(message).at("RuleArns"));
        }
        found.extend(words::listener(elb, account, input)?.1.rules.iter().map(description));
    }
    for arn in arns {
        Named::Rule.check(account, arn, "RuleArns")?;
        let (_, _, rule) = elb.rule(arn).ok_or_else(|| Named::Rule.missing(arn, "RuleArns"))?;
        found.push(description(rule));
    }
    paged(found, input, "Rules")
}

/// The rule as DescribeRules shows it.
fn description(rule: &Rule) -> Value {
    object!({
        "RuleArn": rule.arn.clone(),
        "Priority": rule.priority.map_or("default".to_string(), |priority| priority.to_string()),
        "Conditions": rule.conditions.clone(),
        "Actions": rule.actions.clone(),
        "IsDefault": rule.priority.is_none(),
    })
}
