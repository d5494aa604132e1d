//! The instances behind a service: how many of its tasks they hold, from when on, and the tasks that it had.

use ecs_lab::ec2::catalogue;
use ecs_lab::ecs::service::Service;
use ecs_lab::ecs::{Cluster, LaunchType, managed};
use ecs_lab::event::FactKind;
use ecs_lab::lab::{Command, Lab};
use ecs_lab::placement::PORT_LIMIT;
use ecs_lab::scaling::capacity::{Ask, tasks};
use ecs_lab::scaling::reservation::Amounts;
use ecs_lab::sim::SimTime;
use ecs_lab::sim::sorted::Map;
use serde_json::Value;

/// What holds from a moment on.
pub type Past<T> = Vec<(SimTime, T)>;

/// What a task of a service asks of an instance; none on Fargate, which has no instances.
pub fn ask(own: &Service) -> Option<Ask> {
    let run = &own.deployments.first()?.run;
    (run.launch != LaunchType::Fargate).then(|| managed::ask(&run.placement))
}

/// How many tasks of a service the ACTIVE instances of its cluster hold with nothing else on them; empty where it runs on
/// none. Of instances that are still there, those of other capacity providers do not count.
pub fn history(lab: &Lab, cluster: &Cluster, own: &Service) -> Past<u32> {
    let Some((ask, first)) = ask(own).zip(own.deployments.first()) else { return Vec::new() };
    let pools: Vec<u32> = first.run.pools.iter().map(|pool| pool.provider).filter(|number| *number > 0).collect();
    let mut others: Map<&str, ()> = Map::new();
    for instance in lab.world().ecs().instances(cluster.id) {
        if !pools.is_empty() && !pools.contains(&instance.provider) {
            others.insert(instance.host.name.as_str(), ());
        }
    }
    let mut there: Map<&str, (u32, bool)> = Map::new();
    let (mut sum, mut all): (u32, Past<u32>) = (0, Vec::new());
    for fact in lab.facts() {
        let (instance, next) = match &fact.kind {
            FactKind::InstanceRegistered { cluster: at, instance, instance_type, cpu, memory, .. }
                if *at == cluster.name && !others.contains_key(instance.as_str()) =>
            {
                (instance, (tasks(&ask, 1, size(lab, cluster, instance_type, (*cpu, *memory))), true))
            }
            FactKind::InstanceStatus { cluster: at, instance, status } if *at == cluster.name => {
                let Some((each, _)) = there.get(instance.as_str()) else { continue };
                (instance, (*each, *status == "ACTIVE"))
            }
            _ => continue,
        };
        let counted = |(each, takes): (u32, bool)| if takes { each } else { 0 };
        let before = there.insert(instance.as_str(), next).map_or(0, counted);
        sum = sum.saturating_sub(before).saturating_add(counted(next));
        put(&mut all, fact.at, sum);
    }
    all
}

/// What an instance of a type registered.
fn size(lab: &Lab, cluster: &Cluster, kind: &str, (cpu, memory): (u32, u32)) -> Amounts {
    let known = catalogue::find(kind);
    // A trunk gives it more interfaces than its type has.
    let alike =
        lab.world().ecs().instances(cluster.id).find(|own| own.host.attribute("ecs.instance-type") == Some(kind));
    let plain = || known.map_or(u32::MAX, |own| own.interfaces.saturating_sub(1));
    Amounts {
        cpu,
        memory,
        gpu: known.map_or(0, |own| own.gpus),
        interfaces: alike.map_or_else(plain, |own| own.host.enis.total),
        ports: PORT_LIMIT,
    }
}

/// Adds what holds from a moment on, in place of what came at the same moment.
fn put<T>(all: &mut Past<T>, at: SimTime, value: T) {
    match all.last_mut() {
        Some(last) if last.0 == at => last.1 = value,
        _ => all.push((at, value)),
    }
}

/// What held at a moment.
pub fn held<T: Copy>(all: &[(SimTime, T)], at: SimTime) -> Option<T> {
    let place = all.partition_point(|(from, _)| *from <= at);
    all.get(place.checked_sub(1)?).map(|(_, value)| *value)
}

/// Running and pending tasks of a service.
pub fn counts(lab: &Lab, cluster: &Cluster, own: &Service) -> Past<[u32; 2]> {
    let group = format!("service:{}", own.name);
    let mut tasks: Map<&str, usize> = Map::new();
    let (mut now, mut all): ([u32; 2], Past<[u32; 2]>) = ([0; 2], Vec::new());
    for fact in lab.facts() {
        let (task, next) = match &fact.kind {
            FactKind::TaskProvisioning { cluster: at, task, group: of, .. }
            | FactKind::TaskCreated { cluster: at, task, group: of, .. }
                if *at == cluster.name && *of == group =>
            {
                (task, Some(1))
            }
            FactKind::TaskStatus { task, status, .. } if tasks.contains_key(task.as_str()) => match *status {
                "PROVISIONING" | "PENDING" | "ACTIVATING" => (task, Some(1)),
                "RUNNING" => (task, Some(0)),
                _ => (task, None),
            },
            FactKind::TaskStopping { task, .. } if tasks.contains_key(task.as_str()) => (task, None),
            _ => continue,
        };
        let before = match next {
            Some(place) => tasks.insert(task.as_str(), place),
            None => tasks.remove(task.as_str()),
        };
        if before == next {
            continue;
        }
        if let Some(count) = before.and_then(|place| now.get_mut(place)) {
            *count -= 1;
        }
        if let Some(count) = next.and_then(|place| now.get_mut(place)) {
            *count += 1;
        }
        put(&mut all, fact.at, now);
    }
    all
}

/// When tasks of a service stopped because they had waited in PROVISIONING for too long, and why (2.10).
pub fn given_up<'a>(lab: &'a Lab, cluster: &Cluster, own: &Service) -> Vec<(SimTime, &'a str)> {
    let group = format!("service:{}", own.name);
    let mut waits: Map<&str, ()> = Map::new();
    let mut all = Vec::new();
    for fact in lab.facts() {
        match &fact.kind {
            FactKind::TaskProvisioning { cluster: at, task, group: of, .. } if *at == cluster.name && *of == group => {
                waits.insert(task.as_str(), ());
            }
            FactKind::TaskCreated { task, .. } => {
                waits.remove(task.as_str());
            }
            FactKind::TaskStopping { task, code: "TaskFailedToStart", reason, .. } => {
                all.extend(waits.remove(task.as_str()).map(|()| (fact.at, reason.as_str())));
            }
            _ => {}
        }
    }
    all
}

/// What was desired of a service: as somebody asked, as its policies decided, and as its capacity range asked.
pub fn desired(lab: &Lab, cluster: &Cluster, own: &Service) -> Past<u32> {
    let last = |value: &Value| value.as_str().and_then(|own| own.rsplit('/').next()).unwrap_or_default().to_owned();
    let mut all: Past<u32> = Vec::new();
    for (command, facts) in lab.past() {
        let (Command::Api(call), Some(fact)) = (command, facts.first()) else { continue };
        let name = match call.operation.as_str() {
            "CreateService" => last(&call.input["serviceName"]),
            "UpdateService" => last(&call.input["service"]),
            _ => continue,
        };
        let at = if call.input["cluster"].is_null() { "default".to_owned() } else { last(&call.input["cluster"]) };
        if let Some(count) = call.input["desiredCount"].as_u64()
            && (name.as_str(), at) == (&*own.name, cluster.name.clone())
        {
            all.push((fact.at, count as u32));
        }
    }
    let resource = format!("service/{}/{}", cluster.name, own.name);
    let target = lab.world().applicationautoscaling().target(&resource);
    for policy in target.into_iter().flat_map(|own| &own.policies) {
        all.extend(policy.evaluations.iter().map(|one| (one.at, one.desired)));
    }
    let set = target.into_iter().flat_map(|own| own.activities.iter()).filter(|own| own.status != "Failed");
    all.extend(set.filter_map(|one| Some((one.started, one.to?))));
    all.sort_by_key(|(at, _)| *at);
    all.push((lab.now(), own.desired));
    all.dedup_by_key(|(_, count)| *count);
    all
}

#[cfg(test)]
mod tests {
    use super::super::test::advance;
    use super::*;
    use crate::app::store::opening;
    use serde_json::json;

    /// ux.md 4.4: what is wanted stands before what the instances hold.
    #[test]
    fn a_service_wants_more_than_its_instances_hold_until_more_come() {
        let mut lab = opening::fleet();
        let input = json!({ "family": "large", "containerDefinitions": [{ "name": "app", "image": "nginx", "cpu": 1024, "memory": 256 }] });
        lab.apply(Command::ecs("RegisterTaskDefinition", input)).unwrap();
        let input = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "large", "desiredCount": 20 });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        advance(&mut lab, 120);
        let of = |lab: &Lab| {
            let cluster = lab.world().ecs().cluster("prod").unwrap();
            let own = lab.world().ecs().service(cluster.id, "shop").unwrap();
            let now = lab.now();
            let counts = held(&counts(lab, cluster, own), now).unwrap();
            assert_eq!(held(&desired(lab, cluster, own), now), Some(own.desired));
            (held(&history(lab, cluster, own), now).unwrap(), counts, own.desired)
        };
        let (before, [running, pending], wanted) = of(&lab);
        let cores: u32 = {
            let cluster = lab.world().ecs().cluster("prod").unwrap();
            lab.world().ecs().instances(cluster.id).map(|own| own.host.cpu.total / 1024).sum()
        };
        assert_eq!((before, wanted, pending), (cores, 20, 0), "of 1,024 CPU units each");
        assert!(running <= before && running > 0 && before < 20, "{running} of {before}");
        lab.apply(ecs_lab::lab::launch("prod", "m5.large", 3, "us-east-1a", &[])).unwrap();
        advance(&mut lab, 300);
        let (after, [now, _], _) = of(&lab);
        assert_eq!((after, now), (before + 6, running + 6), "three instances more of two vCPUs");
        let input = json!({ "cluster": "prod", "service": "shop", "desiredCount": 2 });
        lab.apply(Command::ecs("UpdateService", input)).unwrap();
        advance(&mut lab, 60);
        assert_eq!((of(&lab).1, of(&lab).2), ([2, 0], 2));
    }
}
