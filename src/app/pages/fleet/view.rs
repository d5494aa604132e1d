//! What the fleet picture and its table show: plain values computed from the lab, tested natively.

use ecs_lab::ec2::{Instance, State, network};
use ecs_lab::ecs::{self, ContainerInstance, Ecs, InstanceStatus, LaunchType, TaskStatus};
use ecs_lab::event::{ClusterId, DecisionId, FactKind, InstanceKey, MachineId, TaskKey};
use ecs_lab::lab::Lab;
use ecs_lab::placement::{Amount, Protocol, reservation};
use ecs_lab::sim::order;
use ecs_lab::sim::sorted::Map;

/// One cluster as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetView {
    /// Its number.
    pub cluster: ClusterId,
    /// Its name.
    pub name: String,
    /// Its zones in order of name; a zone stands here when it holds something.
    pub zones: Vec<ZoneView>,
    /// EC2 instances that are in no cluster, terminated ones apart.
    pub loose: Vec<Loose>,
    /// Percent of CPU and of memory that tasks reserve (DR-09).
    pub reserved: [u32; 2],
    /// Requests that were not met in full, newest first.
    pub tray: Vec<Unplaced>,
    /// Tasks that stopped and can still be described, newest first, at most twenty.
    pub stopped: Vec<Stopped>,
    /// Container instances, tasks RUNNING, tasks on their way there, tasks on their way down.
    pub counts: [usize; 4],
}

/// One Availability Zone.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneView {
    /// Its name.
    pub name: String,
    /// Its instances in order of EC2 id.
    pub cards: Vec<Card>,
    /// Its tasks on Fargate.
    pub fargate: Vec<Brick>,
    /// Whether EC2 has no capacity there.
    pub out: bool,
}

/// An EC2 instance that is in no cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Loose {
    /// EC2 instance id.
    pub id: String,
    /// The machine of that id.
    pub machine: MachineId,
    /// Where it stands.
    pub host: State,
    /// What its agent logged when it could not register, the last time.
    pub log: Option<String>,
}

/// One container instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its place.
    pub key: InstanceKey,
    /// The machine that it is.
    pub machine: MachineId,
    /// EC2 instance id.
    pub id: String,
    /// Container instance ARN.
    pub arn: String,
    /// Availability Zone.
    pub zone: String,
    /// Instance type.
    pub kind: String,
    /// Its status.
    pub status: InstanceStatus,
    /// Where its EC2 instance stands.
    pub host: State,
    /// Whether its agent is connected.
    pub connected: bool,
    /// CPU units.
    pub cpu: Amount,
    /// MiB.
    pub memory: Amount,
    /// Network interfaces for tasks.
    pub enis: Amount,
    /// GPUs.
    pub gpu: Amount,
    /// Ports that tasks hold: as `8081` or `53/udp`, and by whom.
    pub ports: Vec<(String, String)>,
    /// Its tasks that are not STOPPED, in order of creation.
    pub bricks: Vec<Brick>,
    /// Task groups with their tasks here: what spread and distinctInstance count.
    pub groups: Vec<(String, u32)>,
    /// Attributes that a person put.
    pub custom: Vec<(String, Option<String>)>,
}

/// One task.
#[derive(Clone, Debug, PartialEq)]
pub struct Brick {
    /// Its place.
    pub key: TaskKey,
    /// The first eight digits of its id.
    pub short: String,
    /// `family:revision`.
    pub definition: String,
    /// Its look: the family's number.
    pub look: u32,
    /// The family's first letter or digit.
    pub letter: char,
    /// CPU units that it reserves; 0 once it is to stop (PL-60).
    pub cpu: u32,
    /// MiB that it reserves; 0 once it is to stop.
    pub memory: u32,
    /// lastStatus.
    pub status: TaskStatus,
    /// Whether desiredStatus is STOPPED.
    pub stopping: bool,
    /// The decision that placed it.
    pub decision: DecisionId,
}

/// A task that has stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    /// Its place.
    pub key: TaskKey,
    /// The first eight digits of its id.
    pub short: String,
    /// `family:revision`.
    pub definition: String,
    /// stoppedReason.
    pub reason: String,
}

/// A request that was not met in full.
#[derive(Clone, Debug, PartialEq)]
pub struct Unplaced {
    /// The decision that found no place.
    pub decision: DecisionId,
    /// The clock when it happened.
    pub clock: String,
    /// `family:revision`.
    pub definition: String,
    /// How many tasks were not made.
    pub missing: u32,
    /// Reason and how many instances gave it, most first.
    pub reasons: Vec<(String, usize)>,
}

impl FleetView {
    /// One card.
    pub fn card(&self, key: InstanceKey) -> Option<&Card> {
        self.zones.iter().flat_map(|zone| &zone.cards).find(|card| card.key == key)
    }
}

/// The view of a cluster, or of the first ACTIVE one.
pub fn fleet(lab: &Lab, wanted: Option<ClusterId>) -> Option<FleetView> {
    let ecs = lab.world().ecs();
    let mut active = ecs.clusters().filter(|cluster| cluster.active);
    let cluster = match wanted {
        Some(id) => active.find(|cluster| cluster.id == id),
        None => active.next(),
    };
    let cluster = cluster.or_else(|| ecs.clusters().find(|cluster| cluster.active))?;
    let mut bricks = bricks(ecs, cluster.id);
    let mut zones: Vec<ZoneView> = Vec::new();
    for instance in ecs.instances(cluster.id).filter(|instance| instance.status != InstanceStatus::Inactive) {
        let own = bricks.on_instances.remove(&instance.key).unwrap_or_default();
        zone(&mut zones, &instance.host.zone).cards.push(card(lab, instance, own));
    }
    for (name, brick) in bricks.on_fargate {
        zone(&mut zones, &name).fargate.push(brick);
    }
    // A lost zone holds nothing, and stays to be restored.
    let ec2 = lab.world().ec2();
    for name in network::zones(&lab.start().region).filter(|name| ec2.is_exhausted(name, "")) {
        zone(&mut zones, &name).out = true;
    }
    order::sort_by(&mut zones, |left, right| left.name.cmp(&right.name));
    for zone in &mut zones {
        order::sort_by(&mut zone.cards, |a, b| a.id.cmp(&b.id));
    }
    let counts = [zones.iter().map(|zone| zone.cards.len()).sum(), bricks.running, bricks.starting, bricks.stopping];
    Some(FleetView {
        cluster: cluster.id,
        name: cluster.name.clone(),
        zones,
        loose: loose(lab),
        reserved: reservation(ecs.instances(cluster.id).map(|instance| &instance.host)),
        tray: tray(lab, &cluster.name),
        stopped: stopped(ecs, cluster.id),
        counts,
    })
}

/// The zone of a name, made when it is not there yet: a Region has six at most.
fn zone<'a>(zones: &'a mut Vec<ZoneView>, name: &str) -> &'a mut ZoneView {
    let index = zones.iter().position(|zone| zone.name == name).unwrap_or_else(|| {
        zones.push(ZoneView { name: name.to_owned(), cards: Vec::new(), fargate: Vec::new(), out: false });
        zones.len() - 1
    });
    &mut zones[index]
}

#[derive(Default)]
struct Bricks {
    on_instances: Map<InstanceKey, Vec<Brick>>,
    on_fargate: Vec<(String, Brick)>,
    running: usize,
    starting: usize,
    stopping: usize,
}

fn bricks(ecs: &Ecs, cluster: ClusterId) -> Bricks {
    let mut all = Bricks::default();
    let mut tasks: Vec<&ecs::Task> = ecs.tasks(cluster).filter(|task| task.status != TaskStatus::Stopped).collect();
    order::sort_by_key(&mut tasks, |task| (task.times.created, task.decision));
    for task in tasks {
        match (task.wanted(), task.status) {
            (false, _) => all.stopping += 1,
            (true, TaskStatus::Running) => all.running += 1,
            (true, _) => all.starting += 1,
        }
        let brick = brick(ecs, task);
        match (task.launch, task.instance) {
            (LaunchType::Fargate, _) => all.on_fargate.push((task.zone.to_string(), brick)),
            // It waits for capacity of its provider and has no place yet.
            (_, None) => {}
            (LaunchType::Ec2 | LaunchType::External | LaunchType::ManagedInstances, Some(id)) => {
                all.on_instances.or_insert_with(InstanceKey { cluster, id }, Default::default).push(brick)
            }
        }
    }
    all
}

fn brick(ecs: &Ecs, task: &ecs::Task) -> Brick {
    let family = &task.definition.registration.family;
    let look = ecs.families().find(|(name, _)| name == family).map_or(0, |(_, family)| family.number);
    let letter = family.chars().find(char::is_ascii_alphanumeric).map_or('T', |sign| sign.to_ascii_uppercase());
    let held = |amount| if task.wanted() { amount } else { 0 };
    Brick {
        key: task.key,
        short: short_task(&task.key.id.to_string()).to_owned(),
        definition: task.definition.name(),
        look,
        letter,
        cpu: held(task.request.demand.cpu),
        memory: held(task.request.demand.memory),
        status: task.status,
        stopping: !task.wanted(),
        decision: task.decision,
    }
}

fn card(lab: &Lab, instance: &ContainerInstance, bricks: Vec<Brick>) -> Card {
    let host = &instance.host;
    let own = host.ports.iter().filter(|(_, holder)| ***holder != *ecs::instance::AGENT);
    let label = |protocol: &Protocol, port: &u16| match protocol {
        Protocol::Tcp => port.to_string(),
        Protocol::Udp => format!("{port}/udp"),
    };
    let custom = host.attributes.iter().filter(|(name, _)| ecs::capability::is_custom(name));
    Card {
        key: instance.key,
        machine: instance.machine,
        id: instance.machine.to_string(),
        arn: host.arn.clone(),
        zone: host.zone.clone(),
        kind: host.attributes.get("ecs.instance-type").cloned().flatten().unwrap_or_default(),
        status: instance.status,
        host: match instance.machine {
            MachineId::Ec2(id) => lab.world().ec2().get(id).map_or(State::Terminated, |machine| machine.state),
            MachineId::External(_) | MachineId::Outside(_) => State::Running,
        },
        connected: host.agent_connected,
        cpu: host.cpu,
        memory: host.memory,
        enis: host.enis,
        gpu: host.gpu,
        ports: own.map(|((protocol, port), holder)| (label(protocol, port), holder.to_string())).collect(),
        bricks,
        groups: host.groups.iter().map(|(group, tasks)| (group.to_string(), tasks)).collect(),
        custom: custom.map(|(name, value)| (name.clone(), value.clone())).collect(),
    }
}

fn stopped(ecs: &Ecs, cluster: ClusterId) -> Vec<Stopped> {
    let mut tasks: Vec<&ecs::Task> = ecs.tasks(cluster).filter(|task| task.status == TaskStatus::Stopped).collect();
    order::sort_by_key(&mut tasks, |task| std::cmp::Reverse(task.stopped_at()));
    let row = |task: &ecs::Task| Stopped {
        key: task.key,
        short: short_task(&task.key.id.to_string()).to_owned(),
        definition: task.definition.name(),
        reason: task.stop.as_ref().map(|stop| stop.reason.clone()).unwrap_or_default(),
    };
    tasks.into_iter().take(20).map(row).collect()
}

/// Machines on their way up, or whose agent could not register, or whose entry was deregistered.
fn loose(lab: &Lab) -> Vec<Loose> {
    let ec2 = lab.world().ec2();
    let stays = |own: &&Instance| {
        !matches!(own.state, State::ShuttingDown | State::Terminated) && !lab.world().ecs().is_registered(own.id)
    };
    let of =
        |own: &Instance| Loose { id: own.id.to_string(), machine: MachineId::Ec2(own.id), host: own.state, log: None };
    let mut all: Vec<Loose> = ec2.iter().filter(stays).map(of).collect();
    if all.is_empty() {
        return all;
    }
    for fact in lab.facts() {
        let (id, log) = match &fact.kind {
            FactKind::RegistrationFailed { instance, log } => (instance, Some(log)),
            FactKind::InstanceRegistered { instance, .. } => (instance, None),
            _ => continue,
        };
        if let Ok(at) = all.binary_search_by(|own| own.id.cmp(id)) {
            all[at].log = log.cloned();
        }
    }
    all
}

/// Newest first, at most twenty: older ones stay in the log.
fn tray(lab: &Lab, cluster: &str) -> Vec<Unplaced> {
    let facts = lab.facts().rev().filter_map(|fact| match &fact.kind {
        FactKind::NotPlaced { cluster: own, definition, missing, failures, decision, .. } if own == cluster => {
            let mut reasons: Vec<(String, usize)> = Vec::new();
            for (_, reason) in failures {
                match reasons.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, count)) => *count += 1,
                    None => reasons.push((reason.clone(), 1)),
                }
            }
            order::sort_by_key(&mut reasons, |(_, count)| std::cmp::Reverse(*count));
            let (decision, definition, missing) = (*decision, definition.clone(), *missing);
            Some(Unplaced { decision, clock: fact.at.clock(), definition, missing, reasons })
        }
        _ => None,
    });
    facts.take(20).collect()
}

/// The first eight digits of a task id, as people write it.
pub fn short_task(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// `i-0` and five digits: enough to tell the instances of a lab apart; the whole id stands in the title.
pub fn short_instance(id: &str) -> String {
    match id.get(..8) {
        Some(head) if id.len() > 8 => format!("{head}…"),
        _ => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::lab::{BOOT, Command, launch};
    use serde_json::json;

    fn opened() -> (Lab, FleetView) {
        let lab = opening::fleet();
        let view = fleet(&lab, None).unwrap();
        (lab, view)
    }

    #[test]
    fn the_opening_fleet_has_three_zones_with_tasks_and_something_that_was_not_placed() {
        let (_, view) = opened();
        let names: Vec<&str> = view.zones.iter().map(|zone| zone.name.as_str()).collect();
        assert_eq!(names, ["us-east-1a", "us-east-1b", "us-east-1c"]);
        assert!(view.counts[1] >= 6 && view.counts[2] + view.counts[3] == 0, "{:?}", view.counts);
        assert!(!view.tray.is_empty() && !view.tray[0].reasons.is_empty());
        assert!(view.loose.is_empty());
        let (cpu, memory) = (view.reserved[0], view.reserved[1]);
        assert!((1..=100).contains(&cpu) && (1..=100).contains(&memory), "{cpu} {memory}");
    }

    /// What a picture shows as reserved is what the instance has not free.
    #[test]
    fn bricks_add_up_to_what_is_reserved() {
        let (_, view) = opened();
        for card in view.zones.iter().flat_map(|zone| &zone.cards) {
            assert_eq!(card.bricks.iter().map(|brick| brick.cpu).sum::<u32>(), card.cpu.total - card.cpu.free);
            assert_eq!(card.bricks.iter().map(|brick| brick.memory).sum::<u32>(), card.memory.total - card.memory.free);
        }
    }

    /// Rows of 1.6 that the page can bring about: the machine runs, and stands in no cluster with what its agent logged.
    #[test]
    fn a_machine_whose_agent_cannot_register_stands_with_its_log() {
        let (mut lab, _) = opened();
        lab.apply(launch("later", "m5.large", 2, "us-east-1a", &[])).unwrap();
        let states = |lab: &Lab| -> Vec<(State, bool)> {
            fleet(lab, None).unwrap().loose.into_iter().map(|own| (own.host, own.log.is_some())).collect()
        };
        assert_eq!(states(&lab), [(State::Pending, false); 2]);
        lab.advance(BOOT).unwrap();
        assert_eq!(states(&lab), [(State::Running, true); 2]);
        lab.apply(Command::ecs("CreateCluster", json!({ "clusterName": "later" }))).unwrap();
        lab.advance(BOOT).unwrap();
        assert_eq!(states(&lab), []);
    }

    /// AT-04: what an agent logs stands with its instance once it has tried to register.
    #[test]
    fn an_instance_that_could_not_register_says_why() {
        let (mut lab, _) = opened();
        let many: Vec<_> = (0..11).map(|index| (format!("a{index}"), None)).collect();
        lab.apply(launch("prod", "t3.small", 2, "us-east-1a", &many)).unwrap();
        lab.advance(BOOT).unwrap();
        let loose = fleet(&lab, None).unwrap().loose;
        let log = loose[1].log.as_deref().unwrap_or_default();
        assert!(loose.len() == 2 && log.starts_with("InvalidParameterException"), "{loose:?}");
    }

    #[test]
    fn short_names() {
        assert_eq!(short_instance("i-00123456789abcdef"), "i-001234…");
        assert_eq!(short_instance("i-0a"), "i-0a");
        assert_eq!(short_task("0123456789"), "01234567");
    }
}
