//! What a client of the lab's network finds: the addresses of a name, and what answers at an address. It only looks.
//!
//! ```text
//! name ─► addresses ─► load balancer │ task's interface │ instance ─► security groups ─► container
//! ```
//!
//! A client stands outside of the VPC, as the prompt does, on an EC2 instance, or in a container of a task. The addresses of load balancers are made
//! up as those of tasks are (198.18.0.0/15), and so is the client's own, which is one of those kept for documentation.

use super::World;
use super::mesh::{self, Proxy};
use crate::ec2::{Instance, State, network};
use crate::ecs::containers::invocation;
use crate::ecs::startup;
use crate::ecs::taskdef::{Container, NetworkMode};
use crate::ecs::{Task, TaskStatus};
use crate::elb::route::{self, Client, Failure, Reply, Request};
use crate::elb::{LoadBalancer, probe};
use crate::event::{Ec2Id, MachineId, TaskKey};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The address from which the prompt goes out.
pub const HOME_ADDRESS: &str = "203.0.113.25";

/// What the proxy of a task calls itself.
pub const ENVOY: &str = "envoy";

/// How the addresses begin at which the proxy of Service Connect stands in a task.
pub const MESH: &str = "127.255.0.";

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Outside of the VPC.
    Home,
    /// On an EC2 instance.
    Instance(Ec2Id),
    /// In a container of a task.
    Task(TaskKey),
}

/// A client's network interface, as far as it decides what the client reaches.
struct Nic<'a> {
    address: &'a str,
    groups: &'a [String],
    /// Its public address, where its subnet leads to the internet gateway.
    public: Option<String>,
}

/// What holds an address.
enum Holder<'a> {
    Balancer(&'a LoadBalancer),
    Task(&'a Task),
    Instance(&'a Instance),
}

/// The address within a name such as `ec2-198-18-16-4.compute-1.amazonaws.com` or `ip-172-31-16-4.ec2.internal`.
fn named(host: &str, start: &str) -> Option<String> {
    let address = host.strip_prefix(start)?.split('.').next()?.replace('-', ".");
    network::ipv4(&address).map(|_| address)
}

impl World {
    /// The addresses to which a name leads for a client; none where it does not resolve.
    pub fn addresses(&self, from: Place, host: &str) -> Vec<String> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if network::ipv4(&host).is_some() {
            return [host].into();
        }
        if let Some(address) = self.mesh_address(from, &host) {
            return [address].into();
        }
        let balancers = self.elb().load_balancers().filter(|own| own.active);
        let plain = host.strip_prefix("dualstack.").unwrap_or(&host);
        if let Some(own) = balancers.into_iter().find(|own| own.dns_name.eq_ignore_ascii_case(plain)) {
            return self.addresses_of(own);
        }
        let vpc = self.vpc_of(from);
        let inside = from != Place::Home;
        let held = |address: &String| self.holder(vpc, address).is_some();
        if let Some(own) = named(&host, "ec2-").filter(held) {
            // Within the VPC the name leads to the private address.
            let private = match self.holder(vpc, &own) {
                Some(Holder::Task(task)) if self.ecs().vpc_of(task) == vpc => task.address.as_deref().map(String::from),
                Some(Holder::Instance(host)) if host.vpc == vpc => Some(host.private_ip.clone()),
                _ => None,
            };
            return private.filter(|_| inside).or(Some(own)).into_iter().collect();
        }
        if let Some(own) = named(&host, "ip-").filter(|own| inside && held(own)) {
            return [own].into();
        }
        let found = self.servicediscovery().query(vpc, &host, "A").filter(|_| inside);
        found.into_iter().flatten().map(|own| own.value).collect()
    }

    /// What a client gets at a port of an address.
    pub fn ask(&self, from: Place, address: &str, port: u16, request: &Request) -> Reply<'_> {
        match self.proxy(from, address, port, request) {
            Proxy::Elsewhere => {}
            Proxy::Refuses => return Reply::Failed(Failure::Refused),
            Proxy::Nobody => return mesh::unavailable("no healthy upstream"),
            Proxy::To(task, port) => return mesh::handed_on(self.ask(from, &task, port, request)),
        }
        let host = self.nic(from);
        let is_public = network::ipv4(address).is_some_and(|[a, ..]| a == 198);
        let Some(holder) = self.holder(self.vpc_of(from), address) else { return Reply::Failed(Failure::Dropped) };
        let Some(client) = client(host.as_ref(), is_public) else { return Reply::Failed(Failure::Dropped) };
        let (rooms, now) = (&self.rooms, self.now());
        let lets = |groups: &[String]| {
            let egress = |own: &Nic<'_>| {
                let there: Vec<_> = crate::ec2::cidr::Cidr::parse(&format!("{address}/32")).into_iter().collect();
                let theirs = if is_public { &[] } else { groups };
                self.ec2().network().lets_out(own.groups, port, theirs, &there)
            };
            host.as_ref().is_none_or(egress)
        };
        let admits = |groups: &[String]| {
            lets(groups) && self.ec2().network().admits(groups, port, &client.groups, &client.block())
        };
        match holder {
            Holder::Balancer(own) if !lets(&own.security_groups) => Reply::Failed(Failure::Dropped),
            Holder::Balancer(own) => route::ask(rooms, own, port, &client, request, now),
            Holder::Task(own) if !admits(&own.request.security_groups) => Reply::Failed(Failure::Dropped),
            Holder::Task(own) => plain(route::served(rooms, own, true, port, &request.path, now), request),
            Holder::Instance(own) if !admits(&own.security_groups) => Reply::Failed(Failure::Dropped),
            Holder::Instance(own) => self.on_instance(own.id, port, request),
        }
    }

    /// What answers at a port of an EC2 instance, to who stands on it.
    pub fn on_instance(&self, id: Ec2Id, port: u16, request: &Request) -> Reply<'_> {
        let ecs = self.ecs();
        let all = ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id));
        let mut own = all.filter(|task| {
            let machine = task.host().and_then(|key| ecs.instance(key)).map(|own| own.machine);
            machine == Some(MachineId::Ec2(id)) && task.address.is_none() && task.status < TaskStatus::Stopped
        });
        match own.find(|task| probe::container_at(task, false, port).is_some()) {
            Some(task) => plain(route::served(&self.rooms, task, false, port, &request.path, self.now()), request),
            None => Reply::Failed(Failure::Refused),
        }
    }

    /// The interface through which a client asks; none of one outside, and of one that is gone.
    fn nic(&self, from: Place) -> Option<Nic<'_>> {
        let (ec2, ecs) = (self.ec2(), self.ecs());
        let of_instance = |own: &'_ Instance| -> Option<Nic<'_>> {
            let own = ec2.get(own.id)?;
            let public = self.public_address(own);
            Some(Nic { address: &own.private_ip, groups: &own.security_groups, public })
        };
        match from {
            Place::Home => None,
            Place::Instance(id) => of_instance(ec2.get(id)?),
            Place::Task(key) => {
                let task = ecs.task(key)?;
                let Some(address) = task.address.as_deref() else {
                    return match task.host().and_then(|key| ecs.instance(key)).map(|own| own.machine)? {
                        MachineId::Ec2(id) => of_instance(ec2.get(id)?),
                        _ => None,
                    };
                };
                let request = &task.request;
                let leads = |subnet: &String| ec2.network().is_public(subnet);
                let is_public = request.has_public_ip && request.subnets.iter().all(leads);
                let subnet = request.subnets.first().map_or("", String::as_str);
                let public = is_public.then(|| ec2.network().public_address(subnet, address));
                Some(Nic { address, groups: &request.security_groups, public })
            }
        }
    }

    /// What answers at a port of the loopback interface in a container: the containers of the task share it in awsvpc mode,
    /// and the host's in host mode; in bridge mode a container has its own.
    pub fn within(&self, key: TaskKey, container: &str, port: u16, request: &Request) -> Reply<'_> {
        let Some(task) = self.ecs().task(key) else { return Reply::Failed(Failure::Refused) };
        let mode = task.definition.registration.core.network_mode;
        if let (NetworkMode::Host, Some(key)) = (mode, task.host())
            && let Some(MachineId::Ec2(id)) = self.ecs().instance(key).map(|own| own.machine)
        {
            return self.on_instance(id, port, request);
        }
        let all = &task.definition.registration.core.containers;
        // A web server listens whether or not a mapping says so.
        let web = |own: &Container| {
            port == 80
                && ["nginx", "httpd-foreground"].contains(&startup::program_of(invocation(task, &own.name).image))
        };
        let own = probe::container_at(task, true, port).or_else(|| all.iter().position(web));
        let near =
            |place: &usize| mode == NetworkMode::Awsvpc || all.get(*place).is_some_and(|own| own.name == container);
        let Some(place) = own.filter(near) else { return Reply::Failed(Failure::Refused) };
        plain(route::served_by(&self.rooms, task, place, &request.path, self.now()), request)
    }

    /// The public address of an instance, if it has one and its subnet leads to the internet gateway.
    fn public_address(&self, own: &Instance) -> Option<String> {
        own.public_ip().filter(|_| self.ec2().network().is_public(&own.subnet))
    }

    /// The VPC in which a client stands; one outside stands in none, and sees nothing private.
    pub fn vpc_of(&self, from: Place) -> &str {
        let of_instance = |id| self.ec2().get(id).map(|own| own.vpc.as_str());
        let found = match from {
            Place::Home => None,
            Place::Instance(id) => of_instance(id),
            Place::Task(key) => self.ecs().task(key).and_then(|task| {
                let host = || match task.host().and_then(|key| self.ecs().instance(key))?.machine {
                    MachineId::Ec2(id) => of_instance(id),
                    _ => None,
                };
                if task.address.is_some() { Some(self.ecs().vpc_of(task)) } else { host() }
            }),
        };
        found.unwrap_or(network::VPC)
    }

    /// What holds an address now, a private one of this VPC; a public one leads to what an internet gateway leads to.
    fn holder(&self, vpc: &str, address: &str) -> Option<Holder<'_>> {
        let ec2 = self.ec2();
        let is_public = address.starts_with("198.18.");
        let sees = |own: &LoadBalancer| own.scheme != "internal" || own.vpc == vpc;
        let mut balancers = self.elb().load_balancers().filter(|own| sees(own));
        if let Some(own) = balancers.find(|own| self.addresses_of(own).iter().any(|each| each == address)) {
            let open = own.scheme == "internal" || own.zones.iter().any(|(_, subnet)| ec2.network().is_public(subnet));
            return Some(Holder::Balancer(own)).filter(|_| open && own.active);
        }
        let ecs = self.ecs();
        let mut tasks = ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id));
        let holds = |task: &&Task| {
            let Some(private) = task.address.as_deref().filter(|_| task.status < TaskStatus::Deprovisioning) else {
                return false;
            };
            let subnet = task.request.subnets.first().map_or("", String::as_str);
            match is_public {
                true => task.request.has_public_ip && ec2.network().public_address(subnet, private) == address,
                false => private == address && ecs.vpc_of(task) == vpc,
            }
        };
        if let Some(own) = tasks.find(holds) {
            let way = own.request.subnets.iter().all(|subnet| ec2.network().is_public(subnet));
            return Some(Holder::Task(own)).filter(|_| !is_public || way);
        }
        let mut running = ec2.iter().filter(|own| own.state == State::Running);
        let own = running.find(|own| match is_public {
            true => own.public_address.as_deref() == Some(address) && self.public_address(own).is_some(),
            false => own.private_ip == address && own.vpc == vpc,
        })?;
        Some(Holder::Instance(own))
    }

    /// The addresses of a load balancer, one a zone.
    fn addresses_of(&self, own: &LoadBalancer) -> Vec<String> {
        let zone = |zone: &str| {
            let letter = zone.chars().last();
            network::ZONE_LETTERS.iter().position(|known| Some(*known) == letter).unwrap_or_default()
        };
        let address = |(name, subnet): &(String, String)| {
            let last = 4 + own.id % 250;
            match own.scheme == "internal" {
                true => match self.ec2().network().balancer_address(subnet, own.id) {
                    Some([a, b, c, d]) => format!("{a}.{b}.{c}.{d}"),
                    None => format!("172.31.{}.{last}", zone(name) * 16 + 15),
                },
                false => format!("198.19.{}.{last}", 128 + zone(name)),
            }
        };
        own.zones.iter().map(address).collect()
    }
}

/// A client as others see it; none when nothing leads it there.
fn client(own: Option<&Nic<'_>>, is_public: bool) -> Option<Client> {
    Some(match own {
        None if !is_public => return None,
        None => Client { address: HOME_ADDRESS.to_string(), groups: Vec::new() },
        Some(own) if is_public => Client { address: own.public.clone()?, groups: Vec::new() },
        Some(own) => {
            let mut groups = own.groups.to_vec();
            if groups.is_empty() {
                groups.push(network::SECURITY_GROUP.to_string());
            }
            Client { address: own.address.to_string(), groups }
        }
    })
}

/// What a container that speaks plain HTTP answers to a client that may have asked over TLS.
fn plain<'a>(reply: Reply<'a>, request: &Request) -> Reply<'a> {
    match reply {
        Reply::Container(_) | Reply::Failed(Failure::Silent) if request.tls => Reply::Failed(Failure::NotTls),
        reply => reply,
    }
}
