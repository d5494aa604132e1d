//! The attachments of a cluster: what ECS puts on the Auto Scaling groups of its capacity providers, a scaling policy for
//! managed scaling and a lifecycle hook for managed draining.
//!
//! ```text
//! PRECREATED ─► CREATED ─► DELETING ─► gone        UPDATE_IN_PROGRESS while one is on its way, else UPDATE_COMPLETE
//! ```
//!
//! Kinds, statuses and details as answers of DescribeClusters show them; read 2026-11-22.

use super::{list_or_empty, provider};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::cloudwatch;
use crate::ecs::{Cluster, Ecs, Provider, timing};
use crate::event::{ClusterId, Cx, Event, FactKind, HexId};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// The lifecycle hook by which ECS learns that an instance is to go.
pub const DRAINING_HOOK: &str = "ecs-managed-draining-termination-hook";

const STATUS: &str = "attachmentsStatus";
const BUSY: &str = "UPDATE_IN_PROGRESS";

/// # Errors
/// A cluster whose attachments are on their way takes no other ones, and is not deleted.
pub fn settled(cluster: &Cluster) -> Result<(), ApiError> {
    if cluster.document[STATUS] != BUSY {
        return Ok(());
    }
    let message = "The specified cluster is in a busy state. Cluster attachments must be in UPDATE_COMPLETE or UPDATE_FAILED \
                   state before they can be updated.";
    Err(ApiError::new("UpdateInProgressException", message).at("cluster"))
}

/// Brings the attachments of a cluster's document on their way to what its capacity providers ask for.
pub fn plan(ecs: &Ecs, cx: &mut Cx<'_>, document: &mut Value) {
    let names = document["capacityProviders"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let wanted: Vec<_> =
        names.flat_map(|name| ecs.providers.get(name).into_iter().flat_map(|own| asked(name, own))).collect();
    let same = |own: &Value, kind: &str, details: &Value| own["type"] == kind && own["details"] == *details;
    let old = document["attachments"].as_array().cloned().unwrap_or_default();
    let mut all: Vec<Value> = Vec::new();
    for mut own in old {
        if !wanted.iter().any(|(kind, details)| same(&own, kind, details)) {
            own["status"] = Value::from("DELETING");
        }
        all.push(own);
    }
    for (kind, details) in wanted {
        let there = |own: &&mut Value| same(own, kind, &details);
        match all.iter_mut().find(there) {
            // It was on its way out.
            Some(own) if own["status"] == "DELETING" => own["status"] = Value::from("PRECREATED"),
            Some(_) => {}
            None => {
                let id = HexId::new(cx.draw_wide("cluster-attachment")).uuid();
                all.push(object!({ "id": id, "type": kind, "status": "PRECREATED", "details": details }));
            }
        }
    }
    let busy = all.iter().any(|own| own["status"] != "CREATED");
    document[STATUS] = Value::from(if busy { BUSY } else { "UPDATE_COMPLETE" });
    document["attachments"] = Value::Array(all);
}

/// Schedules the end of what was planned for a cluster.
pub fn follow(ecs: &Ecs, cx: &mut Cx<'_>, id: ClusterId) {
    if ecs.clusters.get(&id).is_some_and(|own| own.document[STATUS] == BUSY) {
        cx.schedule(timing::ATTACHMENTS, Event::ClusterAttached(id));
    }
}

/// The settings of a capacity provider changed: so do the attachments of its clusters.
pub fn provider_changed(ecs: &mut Ecs, cx: &mut Cx<'_>, name: &str) {
    let has = |own: &&Cluster| own.active && provider::associated(own).any(|known| known == name);
    let ids: Vec<ClusterId> = ecs.clusters().filter(has).map(|own| own.id).collect();
    for id in ids {
        let Some(mut document) = ecs.clusters.get(&id).map(|own| own.document.clone()) else { continue };
        plan(ecs, cx, &mut document);
        if let Some(own) = ecs.clusters.get_mut(&id).map(Rc::make_mut) {
            own.document = document;
        }
        follow(ecs, cx, id);
    }
}

/// What was planned is done.
pub fn done(ecs: &mut Ecs, cx: &mut Cx<'_>, id: ClusterId) {
    let Some(own) = ecs.clusters.get_mut(&id).filter(|own| own.document[STATUS] == BUSY).map(Rc::make_mut) else {
        return;
    };
    let all = list_or_empty(&own.document["attachments"]);
    let left = all.as_array().into_iter().flatten().filter(|own| own["status"] != "DELETING").cloned();
    let left: Vec<Value> = left
        .map(|mut own| {
            own["status"] = Value::from("CREATED");
            own
        })
        .collect();
    own.document["attachments"] = Value::Array(left);
    own.document[STATUS] = Value::from("UPDATE_COMPLETE");
    cx.emit(FactKind::ClusterUpdated { cluster: own.name.clone() });
}

/// What a provider asks for: types and details.
fn asked(name: &str, own: &Provider) -> impl Iterator<Item = (&'static str, Value)> {
    let detail = |name: &str, value: &str| object!({ "name": name, "value": value });
    let one = |kind, member: &str, value: String| {
        (kind, Value::Array(alloc::vec![detail("capacityProviderName", name), detail(member, &value)]))
    };
    let scales = own.scales().then(|| one("as_policy", "scalingPolicyName", cloudwatch::managed_policy(name)));
    let drains = own.document["managedDraining"] == "ENABLED";
    let drains = drains.then(|| one("managed_draining", "autoScalingLifecycleHookName", DRAINING_HOOK.into()));
    [scales, drains].into_iter().flatten()
}
