//! Tags of load balancers, target groups, listeners and rules.

use super::words::{Named, joined, ours, text, texts};
use super::{Elb, balancers, groups};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::event::Cx;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// Tags of one resource.
const MOST: usize = 50;

/// Refuses tags of which two have the same key, or which are too many or AWS's own.
pub fn check(given: &Value) -> Result<(), ApiError> {
    let list = given.as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, tag) in list.iter().enumerate() {
        let key = text(tag, "Key");
        if list.iter().take(index).any(|other| other["Key"] == key) {
            let message = joined(&["Tag key was specified more than once: ", key]);
            return Err(ApiError::new("DuplicateTagKeys", message).at("Tags"));
        }
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(ours(joined(&["The tag key '", key, "' cannot begin with 'aws:'"])).at("Tags"));
        }
    }
    few(list.len())
}

/// The same for a call that lists no error of its own for repeated keys.
pub fn check_new(given: &Value) -> Result<(), ApiError> {
    check(given).map_err(|error| match &*error.code {
        "DuplicateTagKeys" => ApiError { code: "ValidationError".into(), ..error }.in_our_words(),
        _ => error,
    })
}

fn few(count: usize) -> Result<(), ApiError> {
    let message = "You've reached the limit on the number of tags for this resource: 50";
    if count > MOST { Err(ApiError::new("TooManyTags", message).at("Tags").in_our_words()) } else { Ok(()) }
}

/// Tags as a resource keeps them: a list, with a value in each.
pub fn given(given: &Value) -> Value {
    let each = given.as_array().into_iter().flatten();
    each.map(|tag| object!({ "Key": text(tag, "Key"), "Value": text(tag, "Value") })).collect()
}

/// The tags of what an ARN names.
fn of<'a>(elb: &'a Elb, account: &Account, arn: &str) -> Result<&'a Value, ApiError> {
    let path = "ResourceArns";
    let kind = Named::of(account, arn).ok_or_else(|| {
        ours(joined(&["'", arn, "' is not the ARN of a load balancer, target group, listener or rule"])).at(path)
    })?;
    let found = match kind {
        Named::Balancer => elb.load_balancer(arn).map(|own| &own.tags),
        Named::Group => elb.target_group(arn).map(|own| &own.tags),
        Named::Listener => elb.listener(arn).map(|(_, own)| &own.tags),
        Named::Rule => elb.rule(arn).map(|(_, _, own)| &own.tags),
    };
    found.ok_or_else(|| kind.missing(arn, path))
}

fn put(elb: &mut Elb, cx: &mut Cx<'_>, arn: &str, tags: Value) {
    if let Some(id) = elb.load_balancer(arn).map(|own| own.id) {
        balancers::change(elb, cx, id, |own| own.tags = tags);
    } else if let Some(id) = elb.target_group(arn).map(|own| own.id) {
        groups::change(elb, cx, id, |own| own.tags = tags);
    } else {
        let holder = elb.listener(arn).map(|(own, _)| own.id).or_else(|| elb.rule(arn).map(|(own, ..)| own.id));
        let Some(id) = holder else { return };
        balancers::change(elb, cx, id, |own| {
            for listener in &mut own.listeners {
                if listener.arn == arn {
                    listener.tags = tags.clone();
                }
                if let Some(rule) = listener.rules.iter_mut().find(|own| own.arn == arn) {
                    rule.tags = tags.clone();
                }
            }
        });
    }
}

fn named(input: &Value) -> Result<Vec<&str>, ApiError> {
    let arns = texts(input, "ResourceArns");
    if arns.is_empty() || arns.len() > 20 {
        return Err(ours("From 1 to 20 resources can be named in one call").at("ResourceArns"));
    }
    Ok(arns)
}

/// AddTags, over those that are there.
pub fn add(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    check(&input["Tags"])?;
    let new = given(&input["Tags"]);
    let new = new.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut all = Vec::new();
    for arn in named(input)? {
        let mut tags = of(elb, &account, arn)?.as_array().cloned().unwrap_or_default();
        tags.retain(|tag| new.iter().all(|other| other["Key"] != tag["Key"]));
        tags.extend(new.iter().cloned());
        few(tags.len())?;
        all.push((arn, tags));
    }
    for (arn, tags) in all {
        put(elb, cx, arn, Value::Array(tags));
    }
    Ok(object!({}))
}

/// RemoveTags, by key; a key that is not there is no error.
pub fn remove(elb: &mut Elb, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let keys = texts(input, "TagKeys");
    let mut all = Vec::new();
    for arn in named(input)? {
        let mut tags = of(elb, &account, arn)?.as_array().cloned().unwrap_or_default();
        tags.retain(|tag| !keys.contains(&text(tag, "Key")));
        all.push((arn, tags));
    }
    for (arn, tags) in all {
        put(elb, cx, arn, Value::Array(tags));
    }
    Ok(object!({}))
}

/// DescribeTags.
pub fn describe(elb: &Elb, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let mut all = Vec::new();
    for arn in named(input)? {
        all.push(object!({ "ResourceArn": arn.to_string(), "Tags": of(elb, account, arn)?.clone() }));
    }
    Ok(object!({ "TagDescriptions": all }))
}
