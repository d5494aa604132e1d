//! The calls about rules.

use super::{Events, Rule, arn, assumable, expression, invalid, paged, text};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::rooms::Rooms;
use crate::scaling::schedule::zone;
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Rules of an event bus at most.
const MOST: usize = 300;

impl Rule {
    pub(super) fn is_on(&self) -> bool {
        self.state != "DISABLED"
    }

    /// When it fires after a moment, as long as it is enabled.
    pub(super) fn after(&self, now: SimTime) -> Option<SimTime> {
        let utc = zone("UTC").filter(|_| self.is_on())?;
        self.schedule.next(now, utc, self.since)
    }
}

/// PutRule. What is not given anew is not kept, but for the targets.
pub(super) fn put(
    room: &mut Events,
    rooms: &Rooms,
    account: &Account,
    now: SimTime,
    input: &Value,
) -> Result<Value, ApiError> {
    let name = text(input, "Name");
    if !text(input, "EventPattern").is_empty() {
        return Err(ApiError::not_simulated("event patterns: a rule has a schedule").at("EventPattern"));
    }
    let given = text(input, "ScheduleExpression");
    if given.is_empty() {
        return Err(invalid("Parameter(s) EventPattern or ScheduleExpression must be specified."));
    }
    let wrong = || invalid("Parameter ScheduleExpression is not valid.").at("ScheduleExpression");
    let schedule = expression::read(given).ok_or_else(wrong)?;
    let role = input["RoleArn"].as_str();
    role.map_or(Ok(()), |role| assumable(rooms, account, name, role))?;
    let before = room.rules.get(name);
    if before.is_none() && room.rules.len() >= MOST {
        let message = "The requested resource exceeds the maximum number allowed.";
        return Err(ApiError::new("LimitExceededException", message));
    }
    let state = input["State"].as_str().unwrap_or("ENABLED");
    // Put again as it was, a rate goes on.
    let since = match before {
        Some(own) if own.text == given && own.state == state => own.since,
        _ => now,
    };
    let mut rule = Rule {
        text: given.to_string(),
        schedule,
        state: state.to_string(),
        description: input["Description"].as_str().map(String::from),
        role: role.map(String::from),
        since,
        next: None,
        targets: before.map(|own| own.targets.clone()).unwrap_or_default(),
    };
    rule.next = rule.after(now);
    room.rules.insert(name.to_string(), Rc::new(rule));
    Ok(object!({ "RuleArn": arn(account, "rule", name) }))
}

/// DeleteRule. One that is not there is no error.
pub(super) fn delete(room: &mut Events, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "Name");
    if room.rules.get(name).is_some_and(|own| !own.targets.is_empty()) {
        return Err(invalid("Rule can't be deleted since it has targets."));
    }
    room.rules.remove(name);
    Ok(object!({}))
}

/// EnableRule, DisableRule.
pub(super) fn set_state(room: &mut Events, now: SimTime, input: &Value, state: &str) -> Result<Value, ApiError> {
    let rule = room.change(text(input, "Name"))?;
    if rule.state != state {
        (rule.state, rule.since) = (state.to_string(), now);
        rule.next = rule.after(now);
    }
    Ok(object!({}))
}

fn shown(name: &str, own: &Rule, account: &Account) -> Value {
    let mut shown = object!({
        "Name": name,
        "Arn": arn(account, "rule", name),
        "State": own.state.as_str(),
        "ScheduleExpression": own.text.as_str(),
        "EventBusName": "default",
    });
    for (member, given) in [("Description", &own.description), ("RoleArn", &own.role)] {
        if let Some(given) = given {
            shown[member] = given.as_str().into();
        }
    }
    shown
}

/// DescribeRule.
pub(super) fn describe(room: &Events, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let name = text(input, "Name");
    let mut answer = shown(name, room.find(name)?, account);
    answer["CreatedBy"] = account.id.as_str().into();
    Ok(answer)
}

/// ListRules, by name.
pub(super) fn list(room: &Events, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let prefix = text(input, "NamePrefix");
    let found = room.rules.iter().filter(|(name, _)| name.starts_with(prefix));
    let found: Vec<Value> = found.map(|(name, own)| shown(name, own, account)).collect();
    paged(&format!("ListRules {prefix}"), "Rules", found, input)
}
