//! Elastic Load Balancing: application and network load balancers, listeners, rules, target groups and the health of
//! targets.
//!
//! ```text
//!             RegisterTargets                      probes                            DeregisterTargets
//! unused ───────────────────────→ initial ─→ healthy ⇄ unhealthy   initial, healthy, unhealthy ─→ draining → gone
//!    ↑ no listener forwards to the group, the zone is not enabled, the EC2 instance is down
//! ```
//!
//! There is no event for each probe. What a probe would find is read from the task ([`probe`]); the moment at which so
//! many probes in a row crossed a threshold is reckoned, and one event is scheduled then ([`health`]). Whatever changes
//! what a probe finds has the target planned anew.
//!
//! A target group needs a listener or a rule that forwards to it; the targets of one without are `unused`.
//! Sources: the user guides of Application and Network Load Balancers, read 2026-11-21; `ecs.md` LB-01 to LB-15.

mod actions;
mod arns;
mod attributes;
mod balancers;
mod checks;
mod conditions;
mod groups;
mod health;
mod listeners;
mod matching;
pub mod path;
pub mod probe;
pub mod route;
mod rules;
mod shift;
mod state;
mod tags;
mod targets;
mod words;

pub use state::{Elb, Finding, HealthCheck, Kind, Listener, LoadBalancer, Rule, Target, TargetGroup, TargetState};

use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::event::{Cx, Event};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use serde_json::Value;

/// From CreateLoadBalancer to `active`: two minutes, as it often is (`UNDOC→`).
pub const PROVISIONING: SimDuration = SimDuration::from_secs(120);

/// A call that changes something.
pub fn call(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "AddTags" => tags::add(elb, cx, input),
        "RemoveTags" => tags::remove(elb, cx, input),
        "CreateLoadBalancer" => balancers::create(elb, rooms, cx, input),
        "DeleteLoadBalancer" => balancers::delete(elb, rooms, cx, input),
        "ModifyLoadBalancerAttributes" => attributes::modify_balancer(elb, cx, input),
        "SetIpAddressType" => balancers::set_address_type(elb, cx, input),
        "SetSecurityGroups" => balancers::set_security_groups(elb, rooms, cx, input),
        "SetSubnets" => balancers::set_subnets(elb, rooms, cx, input),
        "CreateListener" => listeners::create(elb, rooms, cx, input),
        "ModifyListener" => listeners::modify(elb, rooms, cx, input),
        "DeleteListener" => listeners::delete(elb, rooms, cx, input),
        "ModifyListenerAttributes" => attributes::modify_listener(elb, cx, input),
        "CreateRule" => rules::create(elb, rooms, cx, input),
        "ModifyRule" => rules::modify(elb, rooms, cx, input),
        "DeleteRule" => rules::delete(elb, rooms, cx, input),
        "SetRulePriorities" => rules::set_priorities(elb, cx, input),
        "CreateTargetGroup" => groups::create(elb, rooms, cx, input),
        "ModifyTargetGroup" => groups::modify(elb, rooms, cx, input),
        "DeleteTargetGroup" => groups::delete(elb, cx, input),
        "ModifyTargetGroupAttributes" => attributes::modify_group(elb, cx, input),
        "RegisterTargets" => targets::register(elb, rooms, cx, input),
        "DeregisterTargets" => targets::deregister(elb, cx, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// A call that only looks.
pub fn read(elb: &Elb, account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "DescribeLoadBalancers" => balancers::describe(elb, account, input),
        "DescribeLoadBalancerAttributes" => attributes::describe_balancer(elb, account, input),
        "DescribeListeners" => listeners::describe(elb, account, input),
        "DescribeListenerAttributes" => attributes::describe_listener(elb, account, input),
        "DescribeRules" => rules::describe(elb, account, input),
        "DescribeTags" => tags::describe(elb, account, input),
        "DescribeTargetGroups" => groups::describe(elb, account, input),
        "DescribeTargetGroupAttributes" => attributes::describe_group(elb, account, input),
        "DescribeTargetHealth" => targets::describe(elb, account, input),
        _ => Err(ApiError::not_simulated(operation)),
    }
}

/// Handles the events that name this room; others are not for it.
pub fn on_event(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::LoadBalancerActive(id) => balancers::activate(elb, rooms, cx, id),
        Event::TargetsRegister { group, task, container, port } => {
            targets::register_task(elb, rooms, cx, group, task, (container, port));
        }
        Event::TargetsDeregister { group, task, container, port } => {
            targets::deregister_task(elb, cx, group, task, (container, port));
        }
        Event::TargetStep { target, timer } => health::step(elb, rooms, cx, target, timer),
        Event::TargetTaskChanged(task) => health::task_changed(elb, rooms, cx, task),
        Event::TrafficShift(key) => {
            let routes = rooms.ecs.service_of(key).map(|own| own.routes.clone()).unwrap_or_default();
            shift::lead(elb, rooms, cx, &routes);
        }
        Event::DeploymentShift(number) => {
            let routes = rooms.codedeploy.deployment(number).map(|own| own.routes.clone()).unwrap_or_default();
            shift::lead(elb, rooms, cx, &routes);
        }
        Event::SecurityGroupsChanged => health::refresh_all(elb, rooms, cx),
        Event::InstanceRunning(id) | Event::HostGone { instance: id, .. } => health::host_changed(elb, rooms, cx, id),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
