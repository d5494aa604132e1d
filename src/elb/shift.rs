//! ECS and CodeDeploy move traffic: a rule forwards to two target groups by new weights.

use super::{Elb, balancers, health};
use crate::aws::object::object;
use crate::ecs::service::Route;
use crate::event::Cx;
use crate::rooms::Rooms;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// Leads rules, or the default rules of listeners, as the routes say. What is not there any more stays away.
pub fn lead(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, routes: &[Route]) {
    for route in routes {
        if !crate::ecs::service::differs(elb, route) {
            continue;
        }
        let balancer =
            elb.rule(&route.rule).map(|own| own.0.id).or_else(|| elb.listener(&route.rule).map(|own| own.0.id));
        let Some(id) = balancer else { continue };
        let there: Vec<&(String, u16)> =
            route.groups.iter().filter(|(arn, _)| elb.target_group(arn).is_some()).collect();
        balancers::change(elb, cx, id, |own| {
            for listener in &mut own.listeners {
                let whole = listener.arn == route.rule;
                let last = listener.rules.len().saturating_sub(1);
                for (at, rule) in listener.rules.iter_mut().enumerate() {
                    if rule.arn == route.rule || whole && at == last {
                        rule.actions = forward(&rule.actions, &there);
                    }
                }
            }
        });
    }
    health::relink(elb, rooms, cx);
}

fn forward(before: &Value, groups: &[&(String, u16)]) -> Value {
    let groups = groups.iter().map(|(arn, weight)| object!({ "TargetGroupArn": arn.as_str(), "Weight": *weight }));
    let groups: Vec<Value> = groups.collect();
    let sticky = match &before[0]["ForwardConfig"]["TargetGroupStickinessConfig"] {
        Value::Null => object!({ "Enabled": false }),
        own => own.clone(),
    };
    let config = object!({ "TargetGroups": groups, "TargetGroupStickinessConfig": sticky });
    Value::Array(alloc::vec![object!({ "Type": "forward", "ForwardConfig": config })])
}
