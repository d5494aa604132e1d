//! What the instance role lets an agent do (7.1, 7.2, reference 4.6): register its instance, hear of tasks, and tell what
//! became of them.

use super::instance::{agent_retry, cluster_name, config_of, set_connected};
use super::{ContainerInstance, Ecs, lifecycle};
use crate::ec2::Instance;
use crate::event::{Cx, Ec2Id, InstanceKey, MachineId};
use crate::iam::{Need, Scene};
use crate::rooms::Rooms;
use crate::sim::sorted::{Map, Set};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// The agents that their roles keep from something.
#[derive(Clone, Debug, Default)]
pub struct Barred {
    /// From registering; they try again once they may.
    registering: Set<Ec2Id>,
    /// From ecs:Poll: they are registered and not connected.
    polling: Set<Ec2Id>,
    /// From ecs:SubmitTaskStateChange: their tasks stay as ECS last heard of them.
    telling: Set<Ec2Id>,
    /// The role of each registered instance.
    roles: Map<Ec2Id, Rc<str>>,
}

impl Barred {
    /// The role in which an agent acts; none for one that is not registered, or whose profile holds none.
    pub fn role(&self, id: Ec2Id) -> Option<&str> {
        self.roles.get(&id).map(Rc::as_ref)
    }

    /// Whether ECS hears what becomes of the tasks on an instance.
    pub fn hears(&self, own: &ContainerInstance) -> bool {
        own.host.agent_connected && !matches!(own.machine, MachineId::Ec2(id) if self.telling.contains(&id))
    }
}

/// Why an agent may not do something with its cluster, in AWS's words.
pub fn refusal(rooms: &Rooms, cx: &Cx<'_>, own: &Instance, action: &str, resource: &str) -> Option<String> {
    let role = rooms.iam.role_of_profile(&own.profile)?;
    let scene = Scene { caller: "", account: &cx.options().account, now: cx.now() };
    rooms.iam.role_refusal(scene, role, &format!("{}", own.id), &Need::new(action, resource))
}

/// Why an agent cannot register its instance into a cluster, as its log says. Notes who tries again.
pub fn keeps_from_registering(
    ecs: &mut Ecs,
    rooms: &Rooms,
    cx: &Cx<'_>,
    own: &Instance,
    cluster: &str,
) -> Option<String> {
    let resource = cx.options().account.cluster(cluster).text();
    let why = refusal(rooms, cx, own, "ecs:RegisterContainerInstance", &resource);
    match &why {
        Some(_) => ecs.barred.registering.insert(own.id),
        None => ecs.barred.registering.remove(&own.id),
    };
    why.map(|why| format!("Error registering container instance: AccessDeniedException: {why}"))
}

/// What an agent may do has changed, or it has just registered: it is connected while it may poll, and ECS hears of its
/// tasks while it may tell.
fn settle(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey, id: Ec2Id, [polls, tells]: [bool; 2]) {
    if !polls {
        if ecs.barred.polling.insert(id) {
            set_connected(ecs, cx, key, false);
        }
    } else if ecs.barred.polling.remove(&id) {
        set_connected(ecs, cx, key, true);
    }
    if !tells {
        ecs.barred.telling.insert(id);
    } else if ecs.barred.telling.remove(&id) {
        lifecycle::catch_up(ecs, cx, key);
    }
}

/// Notes the role of an instance, and one name for all that share it.
fn note_role(ecs: &mut Ecs, rooms: &Rooms, own: &Instance) {
    match rooms.iam.role_of_profile(&own.profile) {
        Some(role) => {
            let known = ecs.barred.roles.values().find(|known| ***known == *role).cloned();
            ecs.barred.roles.insert(own.id, known.unwrap_or_else(|| role.into()));
        }
        None => {
            ecs.barred.roles.remove(&own.id);
        }
    }
}

/// Whether an agent may poll, and tell what became of tasks.
fn may(rooms: &Rooms, cx: &Cx<'_>, own: &Instance, cluster: &str) -> [bool; 2] {
    let account = &cx.options().account;
    let instance = account.container_instance(cluster, "*").text();
    let polls = [("ecs:Poll", instance.as_str()), ("ecs:DiscoverPollEndpoint", "*")];
    [
        rooms.iam.role_of_profile(&own.profile).is_some()
            && polls.iter().all(|(action, resource)| refusal(rooms, cx, own, action, resource).is_none()),
        refusal(rooms, cx, own, "ecs:SubmitTaskStateChange", &account.cluster(cluster).text()).is_none(),
    ]
}

/// An agent has registered or is back.
pub fn registered(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, own: &Instance) {
    let Some(key) = ecs.checkpoints.get(&own.id).copied() else { return };
    let may = may(rooms, cx, own, &cluster_name(ecs, key.cluster));
    note_role(ecs, rooms, own);
    // It is connected at this moment, whatever was before.
    ecs.barred.polling.remove(&own.id);
    settle(ecs, cx, key, own.id, may);
}

/// Whether an agent may set its instance to DRAINING.
pub fn may_drain(ecs: &Ecs, rooms: &Rooms, cx: &Cx<'_>, key: InstanceKey, id: Ec2Id) -> bool {
    let arn = ecs.instance(key).map(|own| own.host.arn.as_str()).unwrap_or_default();
    let refused = |own| refusal(rooms, cx, own, "ecs:UpdateContainerInstancesState", arn).is_some();
    !rooms.ec2.get(id).is_some_and(refused)
}

/// What roles may do has changed.
pub fn changed(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>) {
    let waiting: Vec<Ec2Id> = ecs.barred.registering.iter().copied().collect();
    for own in waiting.into_iter().filter_map(|id| rooms.ec2.get(id)) {
        let config = config_of(own);
        if keeps_from_registering(ecs, rooms, cx, own, config.cluster()).is_none() {
            agent_retry(cx, own.id);
        }
    }
    // Instances of one profile and cluster may do the same.
    let mut known: Map<(String, InstanceKey), [bool; 2]> = Map::default();
    let all: Vec<(Ec2Id, InstanceKey)> = ecs.checkpoints.iter().map(|(id, key)| (*id, *key)).collect();
    for (id, key) in all {
        let Some(own) = rooms.ec2.get(id) else { continue };
        let group = (own.profile.clone(), InstanceKey { id: crate::event::HexId::new(0), ..key });
        note_role(ecs, rooms, own);
        let may = *known.or_insert_with(group, || may(rooms, cx, own, &cluster_name(ecs, key.cluster)));
        settle(ecs, cx, key, id, may);
    }
}
