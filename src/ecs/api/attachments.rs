//! The attachments of a cluster: what ECS puts on the Auto Scaling groups of its capacity providers, a scaling policy for
//! managed scaling and a lifecycle hook for managed draining; and Service Connect for its default namespace.
//!
//! ```text
//! PRECREATED ─► CREATED ─► DELETING ─► gone        UPDATE_IN_PROGRESS while one is on its way, else UPDATE_COMPLETE
//!  ATTACHING ─► ATTACHED ─► DELETED                of Service Connect; only with a cluster that is made does it take time
//! ```
//!
//! A cluster that is made is PROVISIONING until its first attachments are there.
//!
//! Kinds, statuses and details as answers of CreateCluster, UpdateCluster and DescribeClusters show them; read 2026-11-22.

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
const COMPLETE: &str = "UPDATE_COMPLETE";
/// The type of what a default namespace of Service Connect attaches.
const CONNECT: &str = "sc";
/// The member of a document that says that its cluster is being made.
const PROVISIONING: &str = "provisioning";

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
        if own["type"] != CONNECT && !wanted.iter().any(|(kind, details)| same(&own, kind, details)) {
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
                all.push(one(cx, kind, "PRECREATED", details));
            }
        }
    }
    put(document, all);
}

fn one(cx: &mut Cx<'_>, kind: &'static str, status: &'static str, details: Value) -> Value {
    let id = HexId::new(cx.draw_wide("cluster-attachment")).uuid();
    object!({ "id": id, "type": kind, "status": status, "details": details })
}

fn put(document: &mut Value, all: Vec<Value>) {
    let busy = all.iter().any(|own| ["PRECREATED", "DELETING", "ATTACHING"].iter().any(|way| own["status"] == *way));
    document[STATUS] = Value::from(if busy { BUSY } else { COMPLETE });
    document["attachments"] = Value::Array(all);
}

/// Attaches Service Connect to a cluster whose default namespace was another one before, or none; what was attached for that
/// one is DELETED and stays in the list.
#[inline(never)]
pub fn connect(cx: &mut Cx<'_>, before: &Value, status: &'static str, document: &mut Value) {
    let namespace = document["serviceConnectDefaults"]["namespace"].clone();
    if namespace == *before {
        return;
    }
    let mut all = document["attachments"].as_array().cloned().unwrap_or_default();
    for own in all.iter_mut().filter(|own| own["type"] == CONNECT) {
        own["status"] = Value::from("DELETED");
    }
    if !namespace.is_null() {
        all.push(one(cx, CONNECT, status, Value::Array(Vec::new())));
    }
    put(document, all);
}

/// A cluster that is made waits for its attachments.
pub fn provision(document: &mut Value) {
    if document[STATUS] == BUSY {
        document[PROVISIONING] = Value::from(true);
    }
}

/// Whether a cluster is still being made.
pub fn is_provisioning(cluster: &Cluster) -> bool {
    cluster.document[PROVISIONING] == true
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
            let done = match own["status"].as_str() {
                Some("PRECREATED") => "CREATED",
                Some("ATTACHING") => "ATTACHED",
                _ => return own,
            };
            own["status"] = Value::from(done);
            own
        })
        .collect();
    put(&mut own.document, left);
    own.document.as_object_mut().map(|document| document.remove(PROVISIONING));
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
