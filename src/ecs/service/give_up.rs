//! Which tasks of a service go when it scales in.

use super::super::api::candidates;
use super::super::{Ecs, LaunchType, TaskStatus};
use super::look::Round;
use crate::event::{Cx, HexId, TaskKey};
use crate::placement::{Phase, ScaleIn, ServiceTask, Spared};
use crate::scaling::split::{self, Share};
use crate::sim::sorted::Map;
use alloc::string::ToString;
use alloc::vec::Vec;

/// Which tasks go: of the capacity provider that is furthest above its share (`scaling-ecr-iam-cli.md` 2.4), those that the
/// strategies of the service turned round choose. What its strategy no longer has goes first.
pub fn give_up(ecs: &Ecs, cx: &mut Cx<'_>, round: &Round, surplus: u32) -> Vec<HexId> {
    let Some(service) = ecs.services.get(round.key) else { return Vec::new() };
    let Some(run) = service.deployments.get(round.leader).map(|own| own.run.clone()) else { return Vec::new() };
    let hosts = match run.launch {
        LaunchType::Fargate => Vec::new(),
        launch => candidates(ecs, round.key.cluster, (launch, 0)),
    };
    let places: Map<&str, usize> = hosts.iter().enumerate().map(|(at, host)| (host.arn.as_str(), at)).collect();
    let outside = run.pools.len();
    let each = round.stays().filter_map(|seen| {
        let task = ecs.task(TaskKey { cluster: round.key.cluster, id: seen.id })?;
        let host = task.host().and_then(|key| ecs.instance(key)).and_then(|own| places.get(own.host.arn.as_str()));
        let phase = if seen.status < TaskStatus::Running { Phase::Waiting } else { Phase::Running };
        let pool = run.pools.iter().position(|own| own.shared.provider == task.request.provider).unwrap_or(outside);
        let own = ServiceTask {
            id: seen.id.to_string(),
            host: host.copied(),
            zone: task.zone.to_string(),
            phase,
            spared: seen.protected.then_some(Spared::Protected),
            created: task.times.created,
            cpu: task.request.demand.cpu,
            memory: task.request.demand.memory,
        };
        Some((own, pool))
    });
    let (tasks, pools): (Vec<ServiceTask>, Vec<usize>) = each.unzip();
    let shares: Vec<Share> = run.pools.iter().map(|own| own.share).collect();
    let mut counts: Vec<u32> = (0..outside).map(|at| pools.iter().filter(|own| **own == at).count() as u32).collect();
    let some_outside = pools.contains(&outside);
    let mut going = ScaleIn::new(&tasks, &hosts, &run.placement.strategies, cx.options().ties);
    let mut ids = Vec::new();
    for _ in 0..surplus {
        let draw = cx.draw("scale-in");
        let mut next = |at: usize| going.next_among(draw, &|index| pools.get(index) == Some(&at));
        // A provider whose tasks are all protected is passed over.
        let mut open = counts.clone();
        let mut chosen = some_outside.then(|| next(outside)).flatten();
        while chosen.is_none()
            && let Some(at) = split::last(&shares, &open)
        {
            chosen = next(at);
            let count = if chosen.is_some() { counts.get_mut(at) } else { open.get_mut(at) };
            let Some(count) = count else { break };
            *count = if chosen.is_some() { count.saturating_sub(1) } else { 0 };
        }
        let Some(chosen) = chosen else { break };
        ids.extend(tasks.get(chosen).and_then(|task| task.id.parse::<HexId>().ok()));
    }
    ids
}
