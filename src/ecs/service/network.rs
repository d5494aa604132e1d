//! The listeners of a deployment that shifts traffic: are they as they must be, and may ECS change them (BG-01, 7.1, 7.2)?
//! The words are those of [DG:troubleshooting-blue-green], read 2026-11-21.

use super::shift::{routes, strategy_now};
use super::{Deployment, Route, Service};
use crate::aws::arn::Account;
use crate::elb::Elb;
use crate::event::Cx;
use crate::iam::{Need, RoleState, Scene, role_state};
use crate::rooms::Rooms;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

const INVALID: &str = "Service deployment rolled back because of invalid networking configuration";

/// The groups to which a rule forwards, each with its weight: of an Application Load Balancer's rule, or of a Network
/// Load Balancer's listener. None for what is not there.
pub fn forwards<'a>(elb: &'a Elb, rule: &str) -> Option<Vec<(&'a str, u64)>> {
    let own = match elb.rule(rule) {
        Some((_, _, own)) => own,
        None => elb.listener(rule)?.1.rules.last()?,
    };
    Some(own.forwards_to().collect())
}

/// The items of `loadBalancers` by which a deployment moves traffic: its own, or, where it goes back to a revision without
/// listeners or is a rolling one, those of the newest revision that names them.
pub fn items(service: &Service) -> impl Iterator<Item = &Value> {
    let back = service.primary().is_some_and(|own| own.is_rollback) || strategy_now(service).is_none();
    let of = |own: &'_ Deployment| own.revision.settings["loadBalancers"][0]["advancedConfiguration"].is_object();
    let own = service.deployments.iter().find(|own| !back || of(own));
    let settings = own.map(|own| &own.revision.settings["loadBalancers"]);
    settings.and_then(Value::as_array).into_iter().flatten().filter(|own| own["advancedConfiguration"].is_object())
}

/// Whether the listeners are fit for a deployment that begins; their `weights` are looked at unless they are about to be
/// led elsewhere.
///
/// Errors: a role that ECS cannot assume, a target group that no rule names, production traffic that goes to several
/// groups or to one that is not the service's.
pub fn check(rooms: &Rooms, account: &Account, service: &Service, weights: bool) -> Result<(), String> {
    for item in items(service) {
        let advanced = &item["advancedConfiguration"];
        let text = |value: &'_ Value| String::from(value.as_str().unwrap_or_default());
        assumable(rooms, account, &text(&advanced["roleArn"]))?;
        let (own, other) = (text(&item["targetGroupArn"]), text(&advanced["alternateTargetGroupArn"]));
        let rule = text(&advanced["productionListenerRule"]);
        let production = forwards(&rooms.elb, &rule).unwrap_or_default();
        let test =
            advanced["testListenerRule"].as_str().and_then(|rule| forwards(&rooms.elb, rule)).unwrap_or_default();
        for group in [&own, &other] {
            if !production.iter().chain(&test).any(|(arn, _)| arn == group) {
                return Err(format!(
                    "{INVALID}: Target group {group} is not associated with either productionListenerRule or \
                     testListenerRule."
                ));
            }
        }
        let serving: Vec<&str> = production.iter().filter(|(_, weight)| *weight > 0).map(|(arn, _)| *arn).collect();
        match serving.as_slice() {
            _ if !weights => {}
            [one] if *one == own || *one == other => {}
            [one] => {
                return Err(format!(
                    "{INVALID}. Production listener rule is forwarding traffic to unexpected target group {one}. Expected \
                     traffic to be forwarded to either targetGroupArn: {own} or alternateTargetGroupArn: {other}"
                ));
            }
            many => {
                let count = many.len();
                return Err(format!(
                    "{INVALID}. productionListenerRule {rule} should have exactly one target group serving traffic but \
                     found {count} target groups which are serving traffic"
                ));
            }
        }
    }
    Ok(())
}

fn assumable(rooms: &Rooms, account: &Account, role: &str) -> Result<(), String> {
    match role_state(&rooms.iam, account, role, "ecs.amazonaws.com") {
        RoleState::OnTrust | RoleState::Assumable => Ok(()),
        RoleState::Closed | RoleState::Gone => Err(format!(
            "{INVALID}. ECS was unable to manage the ELB resources due to missing permissions on ECS Infrastructure Role \
             '{role}'."
        )),
    }
}

/// Whether a rule has to be changed to lead where it is to lead.
pub fn differs(elb: &Elb, route: &Route) -> bool {
    let now = forwards(elb, &route.rule).unwrap_or_default();
    let weight = |group: &str| now.iter().find(|(arn, _)| *arn == group).map_or(0, |(_, weight)| *weight);
    let total: u64 = now.iter().map(|(_, weight)| weight).sum();
    let wanted: u64 = route.groups.iter().map(|(_, weight)| u64::from(*weight)).sum();
    // Shares count, not numbers: 1 of 1 is as good as 100 of 100.
    total == 0 || route.groups.iter().any(|(group, own)| weight(group) * wanted != u64::from(*own) * total)
}

/// The action that changes a rule, and its resource: a default rule is changed with its listener.
fn need(elb: &Elb, rule: &str) -> Need {
    match elb.rule(rule) {
        Some((_, _, own)) if own.priority.is_some() => Need::new("elasticloadbalancing:ModifyRule", rule),
        Some((_, listener, _)) => Need::new("elasticloadbalancing:ModifyListener", listener.arn.as_str()),
        None => Need::new("elasticloadbalancing:ModifyListener", rule),
    }
}

/// Whether listeners have to change, each in the infrastructure role that its load balancer names.
///
/// Errors: why ECS may not change one.
pub fn permitted(rooms: &Rooms, cx: &Cx<'_>, service: &Service) -> Result<bool, String> {
    let account = &cx.options().account;
    let scene = Scene { caller: "", account, now: cx.now() };
    let stage = service.shift.as_ref().map(|own| own.stage.name()).unwrap_or_default();
    let mut any = false;
    for route in routes(service).iter().filter(|route| differs(&rooms.elb, route)) {
        any = true;
        if forwards(&rooms.elb, &route.rule).is_none() {
            return Err(format!("{INVALID}. {} was not found.", route.rule));
        }
        let gone = |(group, weight): &&(String, u16)| *weight > 0 && rooms.elb.target_group(group).is_none();
        if let Some((group, _)) = route.groups.iter().find(gone) {
            return Err(format!("{INVALID}. {group} was not found."));
        }
        let names = |own: &&Value| {
            own["advancedConfiguration"].as_object().is_some_and(|own| own.values().any(|own| *own == *route.rule))
        };
        let role = items(service).find(names).and_then(|own| own["advancedConfiguration"]["roleArn"].as_str());
        let role = role.unwrap_or_default();
        assumable(rooms, account, role)?;
        let need = need(&rooms.elb, &route.rule);
        if let Some(why) = rooms.iam.role_refusal(scene, role, "ECSNetworkingWithELB", &need) {
            return Err(format!("Service deployment rolled back because {stage} lifecycle hook(s) failed. {why}"));
        }
    }
    Ok(any)
}
