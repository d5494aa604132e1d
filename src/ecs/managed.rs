//! Managed scaling of capacity providers: each minute the reservation of a provider is evaluated, and its Auto Scaling
//! group follows (`scaling-ecr-iam-cli.md` 2.7 to 2.9). A provider at rest is not evaluated until something changes.

use super::api::associated;
use super::{Cluster, ContainerInstance, Ecs, Provider, instance, pool};
use crate::autoscaling::{Group, Life, input_of};
use crate::ec2;
use crate::event::{ClusterId, Cx, Ec2Id, Event, InstanceKey, MachineId};
use crate::placement::{Constraint, Host, PORT_LIMIT, Request};
use crate::rooms::Rooms;
use crate::scaling;
use crate::scaling::capacity::Ask;
use crate::scaling::reservation::{Amounts, Held, Inputs, Reservation, Waiting, evaluate};
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// How often a provider is evaluated (2.9).
pub const PERIOD: SimDuration = SimDuration::from_secs(60);

/// What managed scaling remembers of a provider.
#[derive(Clone, Debug, Default)]
pub struct Managed {
    /// When it is evaluated next; none until something changes.
    next: Option<SimTime>,
    /// When the last scale-out was.
    last_out: Option<SimTime>,
    /// The newest last.
    pub evaluations: Rc<Vec<Rc<Reservation>>>,
}

impl Managed {
    /// Whether what was found last holds for a full minute: none is to come in it.
    pub fn holds(&self, minute: SimTime) -> bool {
        self.next.is_none_or(|next| next > minute)
    }
}

impl Ecs {
    /// The capacity providers with managed scaling that belong to a cluster: name, provider and cluster.
    pub fn scalers(&self) -> impl Iterator<Item = (&str, &Provider, &Cluster)> {
        let all = self.providers.iter().filter(|(_, own)| own.scales());
        all.filter_map(|(name, own)| Some((name.as_str(), own, self.cluster_of_provider(name)?)))
    }

    /// The cluster that a provider with managed scaling belongs to.
    pub fn cluster_of_provider(&self, name: &str) -> Option<&Cluster> {
        self.clusters().find(|own| own.active && associated(own).any(|known| known == name))
    }

    /// The provider with managed scaling that moves a group, and its name.
    pub fn scaler_of(&self, group: &str) -> Option<(&str, &Provider)> {
        let moves = |(_, own, _): &(&str, &Provider, &Cluster)| own.document["autoScalingGroupArn"] == *group;
        self.scalers().find(moves).map(|(name, own, _)| (name, own))
    }

    /// Whether an instance runs a task that is no daemon's: such an instance is not empty.
    pub fn is_busy(&self, id: Ec2Id) -> bool {
        self.checkpoints.get(&id).is_some_and(|key| self.replicas_on(*key) > 0)
    }

    /// How many tasks that are no daemon's are to run on an instance.
    pub fn replicas_on(&self, key: InstanceKey) -> u32 {
        let Some(host) = self.instance(key).map(|own| &own.host).filter(|own| own.running_tasks > 0) else { return 0 };
        let daemons = self.services.daemons_of(key.cluster).map(|own| host.tasks_of(&own.group()));
        host.running_tasks.saturating_sub(daemons.sum())
    }
}

/// Something changed that the reservation of a provider depends on: it is evaluated at the next full minute.
pub fn wake(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32) {
    let Some(own) = ecs.provider_mut(number) else { return };
    if own.pool.is_some() {
        return pool::wake(ecs, cx, number);
    }
    if own.scales() && own.managed.next.is_none() {
        let past = cx.now().as_millis().rem_euclid(PERIOD.as_millis());
        let wait = SimDuration::from_millis(PERIOD.as_millis() - past);
        own.managed.next = Some(cx.now() + wait);
        cx.schedule(wait, Event::ManagedScaling(number));
    }
}

/// The providers of a cluster changed, or their groups did.
pub fn wake_all(ecs: &mut Ecs, cx: &mut Cx<'_>) {
    let numbers: Vec<u32> = ecs.providers.values().map(|own| own.number).collect();
    for number in numbers {
        wake(ecs, cx, number);
    }
}

/// The group of a provider gets the tag by which ECS may change it, where its managed scaling is on (2.6).
pub fn tag(cx: &mut Cx<'_>, own: &Provider) {
    if own.scales() {
        cx.schedule(SimDuration::ZERO, Event::ManagedTag(own.number));
    }
}

/// CloudWatch takes the newest evaluations, and puts the alarms of the provider with that number anew; 0 for none.
pub fn publish(cx: &mut Cx<'_>, anew: u32) {
    cx.schedule(SimDuration::ZERO, Event::ManagedPublishes(anew));
}

/// The evaluation of a minute. It is kept, and told to the group where there is something to do.
pub fn evaluate_provider(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, number: u32) {
    let own = inputs(ecs, rooms, cx, number).map(evaluate);
    let kept = scaling::kept(ecs.providers.len());
    let Some((_, provider)) = ecs.providers.iter_mut().find(|(_, own)| own.number == number) else { return };
    provider.managed.next = None;
    let Some(own) = own else { return };
    if own.held.is_none() && own.desired > own.inputs.desired {
        provider.managed.last_out = Some(cx.now());
    }
    let protects = provider.document["managedTerminationProtection"] == "ENABLED";
    let settled = own.held == Some(Held::AtTarget) && own.desired == own.inputs.instances;
    if own.held.is_none() || protects {
        cx.schedule(SimDuration::ZERO, Event::ManagedCapacity(number));
    }
    let all = Rc::make_mut(&mut provider.managed.evaluations);
    all.drain(..(all.len() + 1).saturating_sub(kept));
    all.push(Rc::new(own));
    publish(cx, 0);
    if !settled {
        provider.managed.next = Some(cx.now() + PERIOD);
        cx.schedule(PERIOD, Event::ManagedScaling(number));
    }
}

/// What the evaluation looks at; none when the provider has no cluster, or a group that the lab does not hold.
fn inputs(ecs: &Ecs, rooms: &Rooms, cx: &Cx<'_>, number: u32) -> Option<Inputs> {
    let (name, provider) = ecs.provider(number).filter(|(_, own)| own.scales())?;
    let cluster = ecs.cluster_of_provider(name)?.id;
    let group = rooms.autoscaling.group(provider.document["autoScalingGroupArn"].as_str()?)?;
    let setting = |name: &str| provider.document["managedScaling"][name].as_u64().unwrap_or_default() as u32;
    let warm_up = SimDuration::from_secs(i64::from(setting("instanceWarmupPeriod")));
    let (smallest, largest) = sizes(ecs, rooms, cx, group)?;
    let counts = |own: &&ContainerInstance| match own.machine {
        MachineId::Ec2(id) => rooms.autoscaling.member(id).is_some_and(|(_, member)| member.state.counts()),
        _ => false,
    };
    let busy = ecs.instances(cluster).filter(|own| own.provider == number && ecs.replicas_on(own.key) > 0);
    let youngest = group.active().map(|member| member.since + warm_up).max();
    Some(Inputs {
        instances: group.size(),
        in_service: group.active().filter(|member| member.state == Life::InService).count() as u32,
        busy: busy.filter(counts).count() as u32,
        waiting: waiting(ecs, cluster, number),
        smallest,
        largest,
        target: setting("targetCapacity"),
        steps: (setting("minimumScalingStepSize"), setting("maximumScalingStepSize")),
        bounds: (group.min, group.max),
        desired: group.desired,
        warm_at: youngest,
        last_out: provider.managed.last_out,
        low_before: provider.managed.evaluations.last().map_or(0, |own| low_since(own, cx.now())),
        tagged: group.is_managed(),
        alarms: rooms.cloudwatch.moves_provider(number),
        now: cx.now(),
    })
}

/// The datapoints below the target up to now, without a break: while nothing is evaluated the last one goes on.
fn low_since(last: &Reservation, now: SimTime) -> u32 {
    let minutes = (now - last.inputs.now).as_millis() / PERIOD.as_millis() - 1;
    if last.low == 0 { 0 } else { last.low.saturating_add(u32::try_from(minutes).unwrap_or(0)) }
}

/// The smallest and the largest amounts over the instance types of a group, as they would register.
fn sizes(ecs: &Ecs, rooms: &Rooms, cx: &Cx<'_>, group: &Group) -> Option<(Amounts, Amounts)> {
    let account = &cx.options().account;
    let subnet = group.places.first().map_or("", |(_, subnet)| subnet.as_str());
    let host = |kind: &String| {
        let input = input_of(group, &rooms.ec2, &rooms.autoscaling, kind, subnet);
        let machine = ec2::preview(&rooms.ec2, &account.region, &input)?;
        Some(amounts(&instance::as_registered(&machine, instance::trunking(ecs, account, &machine.profile))))
    };
    let all: Vec<Amounts> = group.types(&rooms.ec2, &rooms.autoscaling).iter().filter_map(host).collect();
    let over = |choose: fn(u32, u32) -> u32| all.iter().copied().reduce(|left, right| left.each(right, choose));
    Some((over(u32::min)?, over(u32::max)?))
}

fn amounts(host: &Host) -> Amounts {
    Amounts {
        cpu: host.cpu.total,
        memory: host.memory.total,
        gpu: host.gpu.total,
        interfaces: host.enis.total,
        ports: PORT_LIMIT.saturating_sub(host.ports.len() as u32),
    }
}

/// What a task asks of an instance, as capacity counts it (2.8).
pub fn ask(request: &Request) -> Ask {
    let Request { demand, constraints, .. } = request;
    let needs = Amounts {
        cpu: demand.cpu,
        memory: demand.memory,
        gpu: demand.gpu.max(u32::from(demand.all_gpus)),
        interfaces: demand.enis,
        ports: demand.ports.len() as u32,
    };
    Ask { needs, alone: !demand.ports.is_empty() || constraints.contains(&Constraint::DistinctInstance) }
}

/// The waiting tasks of a provider by their needs (2.8).
fn waiting(ecs: &Ecs, cluster: ClusterId, number: u32) -> Vec<Waiting> {
    let mut groups: Vec<Waiting> = Vec::new();
    for waiter in ecs.waiters.iter().filter(|own| own.key.cluster == cluster && own.provider == number) {
        let Ask { needs, alone: distinct } = ask(&waiter.placement);
        match groups.iter_mut().find(|own| own.needs == needs && own.distinct == distinct) {
            Some(own) => own.tasks += 1,
            None => groups.push(Waiting { tasks: 1, needs, distinct }),
        }
    }
    groups
}
