//! What the questions of [`crate::placement::what_if`] and [`crate::placement::scale_in`] need of a running cluster.

use super::{ApiCall, Command, Lab};
use crate::ecs::{InstanceStatus, LaunchType, Task, TaskStatus, survey};
use crate::event::{ClusterId, HexId};
use crate::placement::what_if::Resident;
use crate::placement::{Phase, Request, ServiceTask};
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

/// The tasks of a cluster that are to run on its instances, each with what was asked when it was placed. Indices are
/// those of [`survey::hosts`] for the launch type.
pub fn residents(lab: &Lab, cluster: ClusterId, launch: LaunchType) -> Vec<Resident> {
    let places = places(lab, cluster, launch);
    let mut asked: Map<(u32, &str), Rc<Request>> = Map::default();
    let resident = |task: &'_ Task| {
        let host = *places.get(&task.instance?)?;
        Some((task.key.id.to_string(), host))
    };
    let mut all = Vec::new();
    for task in wanted(lab, cluster) {
        if let Some((label, host)) = resident(task) {
            let key = (task.decision.revision, &*task.request.group);
            let request = Rc::clone(asked.or_insert_with(key, || Rc::new(request_of(lab, task))));
            all.push(Resident { task: label, host, request });
        }
    }
    all
}

/// The tasks of a group that are to run, as a service that scales in would count them. Indices are those of
/// [`survey::hosts`] for the launch type.
pub fn service_tasks(lab: &Lab, cluster: ClusterId, group: &str, launch: LaunchType) -> Vec<ServiceTask> {
    let places = places(lab, cluster, launch);
    let of_group = wanted(lab, cluster).filter(|task| &*task.request.group == group);
    let each = of_group.map(|task| ServiceTask {
        id: task.key.id.to_string(),
        host: task.instance.and_then(|id| places.get(&id)).copied(),
        zone: task.zone.to_string(),
        phase: if task.status == TaskStatus::Running { Phase::Running } else { Phase::Waiting },
        spared: None,
        created: task.times.created,
        cpu: task.request.demand.cpu,
        memory: task.request.demand.memory,
    });
    each.collect()
}

fn wanted(lab: &Lab, cluster: ClusterId) -> impl Iterator<Item = &Task> {
    lab.world().ecs().tasks(cluster).filter(|task| task.wanted())
}

/// The place of each instance among [`survey::hosts`] for a launch type.
fn places(lab: &Lab, cluster: ClusterId, launch: LaunchType) -> Map<HexId, usize> {
    let there = lab
        .world()
        .ecs()
        .instances(cluster)
        .filter(|instance| instance.status != InstanceStatus::Inactive && instance.launch() == launch);
    let mut places = Map::default();
    for (index, instance) in there.enumerate() {
        places.insert(instance.key.id, index);
    }
    places
}

/// What placed a task, read from its command; what is left of it when its definition was deregistered since.
fn request_of(lab: &Lab, task: &Task) -> Request {
    let command = task.decision.revision.checked_sub(1).and_then(|index| lab.past().nth(index as usize));
    let known = command.and_then(|(command, _)| {
        let Command::Api(ApiCall { input, .. }) = command else { return None };
        let mut input = input.clone();
        input.as_object_mut()?.insert("taskDefinition".to_string(), Value::from(task.definition.name()));
        survey::asked(lab.world().ecs(), &lab.world().options().account, &input).ok()
    });
    let plain =
        || Request { demand: (*task.request.demand).clone(), group: task.request.group.clone(), ..Request::default() };
    known.map_or_else(plain, |request| (*request).clone())
}
