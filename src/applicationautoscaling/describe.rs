//! The calls that only look.

use super::names::{DIMENSION, refuse, scope};
use super::{Activity, Target, activity, predict, target};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::rooms::Rooms;
use crate::sim::{SimTime, order};
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use serde_json::Value;

/// Items of a page at most, and without a wish.
const PAGE: i64 = 50;

/// A call that only looks.
#[inline(never)]
pub fn read(rooms: &Rooms, account: &Account, now: SimTime, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let room = &rooms.applicationautoscaling;
    match operation {
        "ListTagsForResource" => {
            let arn = input["ResourceARN"].as_str().unwrap_or_default();
            let own = target::tagged(room, account, arn)?;
            let mut tags = object!({});
            for (tag, value) in own.tags.iter() {
                tags[tag.as_str()] = Value::from(value.as_str());
            }
            return Ok(object!({ "Tags": tags }));
        }
        "GetPredictiveScalingForecast" => return predict::get(room, input),
        _ => {}
    }
    scope(input)?;
    if operation != "DescribeScalableTargets" && !input["ScalableDimension"].is_null() && input["ResourceId"].is_null()
    {
        return Err(refuse("A scalable dimension goes with a resource ID.", "ScalableDimension"));
    }
    let within = |member: &str, own: &str| {
        let list = input[member].as_array().filter(|list| !list.is_empty());
        list.is_none_or(|list| list.iter().any(|name| *name == *own))
    };
    let asked = |own: &&Target| {
        within("ResourceIds", &own.resource) && input["ResourceId"].as_str().is_none_or(|id| id == &*own.resource)
    };
    let targets = room.targets().filter(asked);
    match operation {
        "DescribeScalableTargets" => {
            answer(input, "ScalableTargets", targets.map(|own| own.description(account, now)).collect())
        }
        "DescribeScalingPolicies" => {
            let mut all = Vec::new();
            for own in targets {
                let policies = own.policies.iter().filter(|policy| within("PolicyNames", &policy.name));
                all.extend(policies.map(|policy| policy.description(rooms, account, own)));
            }
            answer(input, "ScalingPolicies", all)
        }
        "DescribeScheduledActions" => {
            let mut all = Vec::new();
            for own in targets {
                let actions = own.actions.iter().filter(|action| within("ScheduledActionNames", &action.name));
                all.extend(actions.map(|action| action.description(own)));
            }
            answer(input, "ScheduledActions", all)
        }
        "DescribeScalingActivities" => {
            let unscaled = input["IncludeNotScaledActivities"] == true;
            let mut all: Vec<(SimTime, &Target, &Rc<Activity>)> = Vec::new();
            for own in targets {
                let shown = own.activities.iter().rev().filter(|activity| unscaled || activity.held.is_none());
                all.extend(shown.map(|activity| (activity.started, own, activity)));
            }
            // The newest first; those of one target stand so already.
            order::sort_by(&mut all, |(left, ..), (right, ..)| right.cmp(left));
            let shown = all.iter().map(|(_, target, own)| activity::description(target, own));
            answer(input, "ScalingActivities", shown.collect())
        }
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// One page of a list.
fn answer(input: &Value, member: &str, items: Vec<Value>) -> Result<Value, ApiError> {
    let size = input["MaxResults"].as_i64().unwrap_or(PAGE);
    if !(1..=PAGE).contains(&size) {
        return Err(refuse(format!("MaxResults must be between 1 and {PAGE}."), "MaxResults"));
    }
    let mut filters = input.clone();
    if let Some(map) = filters.as_object_mut() {
        map.retain(|name, _| name != "NextToken" && name != "MaxResults");
    }
    let scope = format!("{DIMENSION}{member}{filters}");
    let foreign =
        |_| ApiError::new("InvalidNextTokenException", "The next token is not valid.").at("NextToken").in_our_words();
    let (items, next) = page(&scope, items, input["NextToken"].as_str(), Some(size), PAGE as usize).map_err(foreign)?;
    let mut own = object!({});
    own[member] = Value::Array(items);
    if let Some(next) = next {
        own["NextToken"] = Value::from(next);
    }
    Ok(own)
}
