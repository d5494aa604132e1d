//! What placement knows of one container instance.

use super::demand::{Demand, PortNeed, Protocol};
use super::groups::Groups;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// Reserved host ports an instance holds at most, the agent's own included (PT-05).
pub const PORT_LIMIT: u32 = 100;

/// Who holds the ports that the agent reserved (PT-01).
pub const AGENT: &str = "the agent";

/// How much of a resource an instance registered, and how much no task has reserved.
///
/// CPU in CPU units (1,024 a vCPU), memory in MiB, GPUs and task network interfaces in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// What was registered; it never changes (CI-07).
    pub total: u32,
    /// What is left of it.
    pub free: u32,
}

impl Amount {
    /// A resource of which nothing is reserved.
    pub const fn whole(total: u32) -> Self {
        Self { total, free: total }
    }

    fn take(&mut self, need: u32) {
        self.free = self.free.saturating_sub(need);
    }

    fn give(&mut self, need: u32) {
        self.free = self.free.saturating_add(need).min(self.total);
    }
}

/// CPU and memory that tasks reserve of what a cluster registered, each in percent, rounded; 0 without an instance.
/// Its ACTIVE and DRAINING instances count (DR-09).
pub fn reservation<'a>(hosts: impl Iterator<Item = &'a Host>) -> [u32; 2] {
    // Of each resource: reserved, registered.
    let mut sums = [(0u64, 0u64); 2];
    for host in hosts.filter(|host| host.status != HostStatus::Other) {
        for ((reserved, registered), amount) in sums.iter_mut().zip([host.cpu, host.memory]) {
            *reserved += u64::from(amount.total - amount.free.min(amount.total));
            *registered += u64::from(amount.total);
        }
    }
    sums.map(|(reserved, registered)| ((reserved * 100 + registered / 2).checked_div(registered).unwrap_or(0)) as u32)
}

/// Attribute name → value; `None` is an attribute without a value, such as a capability (AT-03, AT-07).
pub type Attributes = Map<String, Option<String>>;

/// The part of a container instance's status that placement tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostStatus {
    /// Takes tasks.
    #[default]
    Active,
    /// Keeps what it runs, takes nothing new (DR-02).
    Draining,
    /// Registering, deregistering or gone.
    Other,
}

/// One container instance as placement sees it.
///
/// What a placement reads and changes stands first, in one cache line: in a large fleet each line of a host that was
/// not touched for long costs more than the choice.
#[derive(Clone, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Host {
    /// CPU units.
    pub cpu: Amount,
    /// MiB.
    pub memory: Amount,
    /// GPUs.
    pub gpu: Amount,
    /// Network interfaces for awsvpc tasks (EN-01, EN-03).
    pub enis: Amount,
    /// Task group → its tasks here with desiredStatus RUNNING (ST-03, ST-04, QL-09). No entry is zero.
    pub groups: Groups,
    /// `runningTasksCount`: tasks with desiredStatus RUNNING (CI-09).
    pub running_tasks: u32,
    /// Whether it takes tasks at all.
    pub status: HostStatus,
    /// `agentConnected`.
    pub agent_connected: bool,
    /// Held host port → who holds it: [`AGENT`], or a task's short label.
    pub ports: Map<(Protocol, u16), Rc<str>>,
    /// Platform, capability and custom attributes, shared between clones.
    pub attributes: Rc<Attributes>,
    /// `ec2InstanceId`: what a person reads, and the last tie-break within a zone (ST-06).
    pub name: String,
    /// `containerInstanceArn`.
    pub arn: String,
    /// Availability Zone; empty for an EXTERNAL instance.
    pub zone: String,
    /// `agentVersion`, as `1.105.1`; empty when unknown.
    pub agent_version: Rc<str>,
    /// `registeredAt`.
    pub registered_at: SimTime,
}

const _: () = assert!(core::mem::offset_of!(Host, ports) <= 64, "what a placement touches fits a cache line");
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Host>() / 64 % 2 == 1, "an odd number of lines uses all sets of a cache");

impl Host {
    /// Whether what is left holds the demand: every amount, every port, and the port limit.
    pub fn has_room(&self, demand: &Demand) -> bool {
        self.cpu.free >= demand.cpu
            && self.memory.free >= demand.memory
            && self.gpu.free >= self.gpus_for(demand)
            && self.enis.free >= demand.enis
            && (demand.ports.is_empty() || self.has_ports(&demand.ports))
    }

    /// How many copies of the demand what is left holds; of one with ports, one at most.
    pub fn copies(&self, demand: &Demand) -> u32 {
        if !self.has_room(demand) {
            return 0;
        }
        let amounts = [
            (self.cpu, demand.cpu),
            (self.memory, demand.memory),
            (self.gpu, self.gpus_for(demand)),
            (self.enis, demand.enis),
        ];
        let most = if demand.ports.is_empty() { u32::MAX } else { 1 };
        amounts.into_iter().filter_map(|(amount, need)| amount.free.checked_div(need)).fold(most, u32::min)
    }

    /// Reserves what a placed task needs. Refuses, and changes nothing, when there is no room.
    pub fn reserve(&mut self, demand: &Demand, group: &Rc<str>, holder: &str) -> bool {
        if !self.has_room(demand) {
            return false;
        }
        self.cpu.take(demand.cpu);
        self.memory.take(demand.memory);
        self.gpu.take(self.gpus_for(demand));
        self.enis.take(demand.enis);
        for need in &demand.ports {
            self.ports.insert((need.protocol, need.port), Rc::from(holder));
        }
        self.running_tasks += 1;
        self.groups.add(group);
        true
    }

    /// Gives back what [`Host::reserve`] took, the moment desiredStatus becomes STOPPED (PL-60).
    pub fn release(&mut self, demand: &Demand, group: &str, holder: &str) {
        self.cpu.give(demand.cpu);
        self.memory.give(demand.memory);
        self.gpu.give(self.gpus_for(demand));
        self.enis.give(demand.enis);
        for need in &demand.ports {
            let key = (need.protocol, need.port);
            if self.ports.get(&key).is_some_and(|held_by| **held_by == *holder) {
                self.ports.remove(&key);
            }
        }
        self.running_tasks = self.running_tasks.saturating_sub(1);
        self.groups.take(group);
    }

    /// The GPUs that the demand takes here: all of them are one at least, so that an instance without any has too few.
    pub fn gpus_for(&self, demand: &Demand) -> u32 {
        let all = if demand.all_gpus { self.gpu.total.max(1) } else { 0 };
        demand.gpu.saturating_add(all)
    }

    /// Tasks of a group here.
    pub fn tasks_of(&self, group: &str) -> u32 {
        self.groups.count(group)
    }

    /// The value by which a spread over an attribute groups this host: `None` without the attribute (ST-08), the
    /// empty text for an attribute without a value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(|value| value.as_deref().unwrap_or_default())
    }

    /// The host ports held, in order, as `remainingResources` lists them (CI-08).
    pub fn held_ports(&self, protocol: Protocol) -> Vec<u16> {
        self.ports.keys().filter(|(held, _)| *held == protocol).map(|(_, port)| *port).collect()
    }

    fn has_ports(&self, needs: &[PortNeed]) -> bool {
        self.ports.len() + needs.len() <= PORT_LIMIT as usize
            && needs.iter().all(|need| !self.ports.contains_key(&(need.protocol, need.port)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(port: u16, protocol: Protocol) -> Demand {
        Demand { ports: alloc::vec![PortNeed { port, protocol }], ..Demand::default() }
    }

    /// The matrix of 1.3. A demand carries fixed ports only (PT-13), so bridge 0, awsvpc and none ask for none.
    #[test]
    fn pt_10_pt_12_pt_14_port_matrix() {
        let (fixed, none) = (port(80, Protocol::Tcp), Demand::default());
        let awsvpc = Demand { enis: 1, ..Demand::default() };
        for (held, wanted, fits) in [
            (&fixed, &fixed, false),
            (&fixed, &none, true),
            (&fixed, &awsvpc, true),
            (&none, &fixed, true),
            (&none, &none, true),
            (&awsvpc, &fixed, true),
            (&awsvpc, &awsvpc, true),
            (&fixed, &port(80, Protocol::Udp), true),
            (&fixed, &port(81, Protocol::Tcp), true),
        ] {
            let mut host = Host { enis: Amount::whole(2), ..Host::default() };
            assert!(host.reserve(held, &"g".into(), "first"));
            assert_eq!(host.reserve(wanted, &"g".into(), "second"), fits, "{held:?} then {wanted:?}");
            assert_eq!(host.running_tasks, 1 + u32::from(fits));
        }
    }

    #[test]
    fn pt_05_at_most_100_held_ports_with_the_agents_own() {
        let mut host = Host::default();
        for agent in [22, 2375, 2376, 51678, 51679] {
            host.ports.insert((Protocol::Tcp, agent), "agent".into());
        }
        let ports = (8000..8095).map(|port| PortNeed { port, protocol: Protocol::Tcp }).collect();
        assert!(host.reserve(&Demand { ports, ..Demand::default() }, &"g".into(), "many"));
        assert!(!host.reserve(&port(9000, Protocol::Udp), &"g".into(), "one more"));
        assert_eq!(host.held_ports(Protocol::Tcp).len(), 100);
    }

    #[test]
    fn dr_09_draining_instances_count_in_the_reservation() {
        let with = |status, cpu: (u32, u32), memory: (u32, u32)| {
            let amount = |(total, free)| Amount { total, free };
            Host { status, cpu: amount(cpu), memory: amount(memory), ..Host::default() }
        };
        let active = with(HostStatus::Active, (2048, 1024), (3828, 3828));
        let draining = with(HostStatus::Draining, (2048, 512), (3828, 0));
        let gone = with(HostStatus::Other, (2048, 0), (3828, 0));
        for (hosts, percent) in [
            (&[][..], [0, 0]),
            (&[&active][..], [50, 0]),
            (&[&active, &draining], [63, 50]),
            (&[&draining, &gone], [75, 100]),
        ] {
            assert_eq!(reservation(hosts.iter().copied()), percent);
        }
    }

    #[test]
    fn release_frees_only_what_the_holder_held() {
        let mut host = Host::default();
        host.ports.insert((Protocol::Tcp, 80), "other".into());
        host.release(&port(80, Protocol::Tcp), "g", "mine");
        assert_eq!(host.held_ports(Protocol::Tcp), [80]);
    }
}
