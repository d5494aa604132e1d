//! What can happen to EC2 by itself: an instance, or a whole zone of them, is lost without notice; capacity runs out; a
//! Spot instance is reclaimed. Part of `lab fault`; the other members are ECS's.

use super::{Ec2, State, catalogue, network};
use crate::aws::ApiError;
use crate::event::{Cx, Ec2Id, Event, FactKind};
use crate::sim::SimDuration;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// From a Spot instance's interruption notice to its end (8.3).
pub const SPOT_NOTICE: SimDuration = SimDuration::from_secs(120);

/// Makes a fault of EC2, or ends it; those of ECS are not for it. Errors: what a fault names and the lab does not hold.
pub fn inject(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<(), ApiError> {
    let (kind, fault) =
        input.as_object().and_then(|map| map.iter().next()).map_or(("", &Value::Null), |(k, v)| (&**k, v));
    let zone = fault["zone"].as_str().unwrap_or_default();
    if fault["zone"].is_string() && !network::zones(&cx.options().account.region).any(|known| known == zone) {
        return Err(ApiError::invalid("Unknown Availability Zone.").at(format!("{kind}.zone")).in_our_words());
    }
    let available = fault["available"] == true;
    match kind {
        "ec2Capacity" => {
            let named = fault["instanceType"].as_str().unwrap_or_default();
            if !named.is_empty() && catalogue::find(named).is_none() {
                let message = "The lab knows no such instance type.";
                return Err(ApiError::invalid(message).at("ec2Capacity.instanceType").in_our_words());
            }
            set_capacity(ec2, cx, zone, named, available);
        }
        "zone" => {
            set_capacity(ec2, cx, zone, "", available);
            let ids = ec2.iter().filter(|own| own.zone == zone && !available).map(|own| own.id);
            for id in ids.collect::<Vec<Ec2Id>>() {
                lose(ec2, cx, id);
            }
        }
        "instance" => lose(ec2, cx, named(ec2, kind, fault)?),
        "spotReclaim" if fault["instanceId"].is_string() => {
            let id = named(ec2, kind, fault)?;
            if ec2.get(id).is_none_or(|own| own.state != State::Running) {
                let message = "The instance is not running.";
                return Err(ApiError::invalid(message).at("spotReclaim.instanceId").in_our_words());
            }
            let effect = "gets a Spot interruption notice: it ends in two minutes".to_string();
            cx.emit(FactKind::Fault { subject: id.to_string(), effect });
            cx.schedule(SPOT_NOTICE, Event::SpotReclaimed(id));
        }
        "warmPool" => {
            let id = named(ec2, kind, fault)?;
            let waits = fault["waiting"] == true;
            if let Some(own) = ec2.instances.get_mut(&id).map(Rc::make_mut).filter(|own| own.in_warm_pool != waits) {
                own.in_warm_pool = waits;
                let effect = if waits { "waits in its group's warm pool" } else { "goes InService" };
                cx.emit(FactKind::Fault { subject: id.to_string(), effect: effect.to_string() });
            }
        }
        _ => {}
    }
    Ok(())
}

/// The instance that a fault names.
pub(super) fn named(ec2: &Ec2, kind: &str, fault: &Value) -> Result<Ec2Id, ApiError> {
    let text = fault["instanceId"].as_str().unwrap_or_default();
    text.parse().ok().filter(|id| ec2.get(*id).is_some()).ok_or_else(|| {
        let message = format!("The instance ID '{text}' does not exist");
        ApiError::new("InvalidInstanceID.NotFound", message)
            .at(format!("{kind}{}instanceId", if kind.is_empty() { "" } else { "." }))
    })
}

/// The instance is gone at once, without a word from its agent.
fn lose(ec2: &mut Ec2, cx: &mut Cx<'_>, id: Ec2Id) {
    let there = |state| !matches!(state, State::Terminated | State::Stopped);
    if ec2.get(id).is_some_and(|own| there(own.state)) {
        ec2.set_state(cx, id, State::Terminated);
        cx.schedule(SimDuration::ZERO, Event::HostGone { instance: id, terminated: true });
        cx.schedule(SimDuration::ZERO, Event::GroupInstanceState(id));
    }
}

fn set_capacity(ec2: &mut Ec2, cx: &mut Cx<'_>, zone: &str, kind: &str, available: bool) {
    let key = (zone.to_string(), kind.to_string());
    if available && kind.is_empty() {
        let types: Vec<_> = ec2.exhausted.iter().filter(|(own, _)| own == zone).cloned().collect();
        for each in types {
            ec2.exhausted.remove(&each);
        }
    }
    let changed = if available { ec2.exhausted.remove(&key) || kind.is_empty() } else { ec2.exhausted.insert(key) };
    if changed {
        let what = if kind.is_empty() { "EC2" } else { kind };
        let effect = if available { "has capacity" } else { "is out of capacity" };
        cx.emit(FactKind::Fault { subject: format!("{what} in {zone}"), effect: effect.to_string() });
    }
}

impl Ec2 {
    /// Whether a zone has no capacity for an instance type.
    pub fn is_exhausted(&self, zone: &str, kind: &str) -> bool {
        [kind, ""].iter().any(|kind| self.exhausted.contains(&(zone.to_string(), (*kind).to_string())))
    }

    /// Refuses a launch for which a zone has no capacity, in EC2's words.
    pub(super) fn check_capacity(&self, region: &str, zone: &str, kind: &str) -> Result<(), ApiError> {
        if !self.is_exhausted(zone, kind) {
            return Ok(());
        }
        let others = network::zones(region).filter(|other| !self.is_exhausted(other, kind));
        let others = others.collect::<Vec<String>>().join(", ");
        let message = format!(
            "We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). Our system \
             will be working on provisioning additional capacity. You can currently get {kind} capacity by not specifying an \
             Availability Zone in your request or choosing {others}."
        );
        Err(ApiError::new("InsufficientInstanceCapacity", message).at("Placement.AvailabilityZone"))
    }
}
