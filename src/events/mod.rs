//! Amazon EventBridge: rules with a schedule on the default event bus, whose targets start tasks of Amazon ECS.
//!
//! ```text
//! PutRule → ENABLED ⇄ DISABLED → DeleteRule, once RemoveTargets left no target
//!              └ each time the schedule comes: RunTask for every target, in the target's role
//! ```
//!
//! Sources: ecs.md 7.1, 7.2 and 8.4; the API reference of EventBridge and its user guide (rules that run on a schedule,
//! cron and rate expressions, metrics, retries), read 2026-11-22. Event patterns, other buses, other targets and
//! EventBridge Scheduler are not simulated. Refusals, the lab's own apart, are as the service has been seen to word them.

mod due;
mod expression;
mod rules;
mod targets;

pub use due::{Invocation, due, failed};

use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::event::{Cx, Event, FactKind};
use crate::iam::{RoleState, role_state_for};
use crate::rooms::Rooms;
use crate::scaling::schedule::Schedule;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// Who acts in the roles of rules and targets.
const PRINCIPAL: &str = "events.amazonaws.com";

/// All rules of the default event bus.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// By name.
    rules: Map<String, Rc<Rule>>,
    /// When a schedule comes next, as far as that is planned.
    due: Option<SimTime>,
}

/// A rule.
#[derive(Clone, Debug)]
struct Rule {
    /// ScheduleExpression as it came.
    text: String,
    schedule: Schedule,
    state: String,
    description: Option<String>,
    /// RoleArn. The targets have roles of their own, in which they are invoked.
    role: Option<String>,
    /// From when on rates count: when the rule was put, or enabled.
    since: SimTime,
    /// When it fires next; none while it is disabled, or when it does not fire again.
    next: Option<SimTime>,
    /// The targets as they were put, in order.
    targets: Vec<Value>,
}

/// A call that changes something.
#[inline(never)]
pub fn call(
    room: &mut Events,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    let account = &cx.options().account.clone();
    on_default_bus(account, input)?;
    let (rule, answer) = match operation {
        "PutRule" => ("Name", rules::put(room, rooms, account, cx.now(), input)),
        "DeleteRule" => ("Name", rules::delete(room, input)),
        "EnableRule" => ("Name", rules::set_state(room, cx.now(), input, "ENABLED")),
        "DisableRule" => ("Name", rules::set_state(room, cx.now(), input, "DISABLED")),
        "PutTargets" => ("Rule", targets::put(room, rooms, account, input)),
        "RemoveTargets" => ("Rule", targets::remove(room, input)),
        _ => return Err(ApiError::not_simulated(operation)),
    };
    let answer = answer?;
    cx.emit(FactKind::Rule { rule: text(input, rule).into(), what: operation.into() });
    room.plan(cx);
    Ok(answer)
}

/// A call that only looks.
#[inline(never)]
pub fn read(room: &Events, account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    on_default_bus(account, input)?;
    match operation {
        "DescribeRule" => rules::describe(room, account, input),
        "ListRules" => rules::list(room, account, input),
        "ListTargetsByRule" => targets::list(room, input),
        "ListRuleNamesByTarget" => targets::rules_of(room, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

impl Events {
    /// Plans for the next moment at which a rule fires.
    fn plan(&mut self, cx: &mut Cx<'_>) {
        let Some(next) = self.rules.values().filter_map(|own| own.next).min() else { return };
        if self.due.is_none_or(|due| due > next || due < cx.now()) {
            self.due = Some(next);
            cx.schedule(next - cx.now(), Event::RulesDue);
        }
    }

    fn find(&self, name: &str) -> Result<&Rc<Rule>, ApiError> {
        self.rules.get(name).ok_or_else(|| no_rule(name))
    }

    fn change(&mut self, name: &str) -> Result<&mut Rule, ApiError> {
        self.rules.get_mut(name).map(Rc::make_mut).ok_or_else(|| no_rule(name))
    }
}

fn no_rule(name: &str) -> ApiError {
    ApiError::new("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus default."))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

/// Nobody has made another bus.
fn on_default_bus(account: &Account, input: &Value) -> Result<(), ApiError> {
    let Some(named) = input["EventBusName"].as_str() else { return Ok(()) };
    if named == "default" || named == arn(account, "event-bus", "default") {
        return Ok(());
    }
    let message = format!("Event bus {named} does not exist.");
    Err(ApiError::new("ResourceNotFoundException", message).at("EventBusName"))
}

/// Whether EventBridge may act in a role for a rule, named, whose ARN trust policies may ask for.
///
/// Errors: its trust policy keeps EventBridge out, or it was deleted.
fn assumable(rooms: &Rooms, account: &Account, rule: &str, role: &str) -> Result<(), ApiError> {
    let state = role_state_for(&rooms.iam, account, role, PRINCIPAL, &arn(account, "rule", rule));
    if !matches!(state, RoleState::Closed | RoleState::Gone) {
        return Ok(());
    }
    let message = format!("Provided role '{role}' cannot be assumed by principal '{PRINCIPAL}'.");
    Err(invalid(message).at("RoleArn"))
}

/// The ARN of a rule on the default bus, or of the bus.
fn arn(account: &Account, kind: &str, name: &str) -> String {
    format!("arn:{}:events:{}:{}:{kind}/{name}", account.partition(), account.region, account.id)
}

/// One page of a list, under the member's name.
fn paged(scope: &str, member: &'static str, items: Vec<Value>, input: &Value) -> Result<Value, ApiError> {
    let (items, next) = page(scope, items, input["NextToken"].as_str(), input["Limit"].as_i64(), 100)
        .map_err(|_| invalid("The token is not one that this list gave.").at("NextToken").in_our_words())?;
    let mut answer = crate::aws::object::of(alloc::vec![(member, Value::from(items))]);
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

/// What PutTargets and RemoveTargets answer when no entry failed.
fn no_failure() -> Value {
    object!({ "FailedEntryCount": 0, "FailedEntries": Vec::<Value>::new() })
}

fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}
