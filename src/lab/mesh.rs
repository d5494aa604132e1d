//! Names that Service Connect gives to the tasks of its services: the proxy of a task answers at them (SC-01).
//!
//! A task knows the endpoints of its namespace that were there when the deployment of its service began, also where it
//! replaces another task; later ones come with the next deployment ([DG:service-connect-concepts-deploy]).

use super::World;
use super::web::{ENVOY, MESH, Place};
use crate::ecs::service::{connects, named_port};
use crate::ecs::{Task, TaskStatus};
use crate::elb::route::{Failure, Own, Reply, Request};
use crate::servicediscovery::Service;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// An endpoint as the clients of a namespace call it.
struct Endpoint {
    name: String,
    port: u16,
    /// The addresses of its tasks and their port.
    tasks: Vec<(String, u16)>,
}

/// The address at which the proxy of a task stands for the endpoint of that place.
fn address(place: usize) -> String {
    format!("{MESH}{}", place + 1)
}

impl World {
    /// The endpoints that a task knows, in the order in which they were made; with those that came later, if asked for.
    fn endpoints(&self, from: Place, later: bool) -> Vec<Endpoint> {
        let Place::Task(key) = from else { return Vec::new() };
        let Some(task) = self.ecs().task(key) else { return Vec::new() };
        let Some(settings) = task.request.settings.as_deref().filter(|own| connects(own)) else { return Vec::new() };
        let rooms = &self.rooms.servicediscovery;
        let named = settings["serviceConnectConfiguration"]["namespace"].as_str().unwrap_or_default();
        let Some(space) = rooms.namespace_called(named) else { return Vec::new() };
        let known = rooms.services_in(space.number).filter(|own| own.owner.is_some());
        let services = self.ecs().services(key.cluster).flat_map(|own| &own.deployments);
        let by = task.request.started_by.as_deref();
        let began = services.into_iter().find(|own| by == Some(own.id().as_str())).map(|own| own.created);
        let began = began.unwrap_or(task.times.created);
        let known = known.filter(|own| later || own.created <= began);
        known.filter_map(|own| self.endpoint(own, &space.name)).collect()
    }

    fn endpoint(&self, own: &Service, space: &str) -> Option<Endpoint> {
        let settings = &self.ecs().service_of(own.owner?)?.settings;
        let resources = settings["serviceConnectResources"].as_array()?.iter();
        let asked = settings["serviceConnectConfiguration"]["services"].as_array()?;
        let (_, asked) = resources.zip(asked).find(|(made, _)| made["discoveryName"] == *own.name)?;
        let alias = &asked["clientAliases"][0];
        let port_name = asked["portName"].as_str()?;
        let port = |task: &Task| {
            let (_, mapping) = named_port(&task.definition.registration.document, port_name)?;
            u16::try_from(mapping["containerPort"].as_u64()?).ok()
        };
        let all = own.instances.values().filter(|each| each.healthy != Some(false)).filter_map(|each| each.task);
        let tasks: Vec<&Task> = all.filter_map(|key| self.ecs().task(key)).collect();
        let serves = |task: &&&Task| task.status == TaskStatus::Running;
        let reached = |task: &&Task| Some((task.address.as_deref()?.to_string(), port(task)?));
        let own_port = alias["port"].as_u64().and_then(|own| u16::try_from(own).ok());
        Some(Endpoint {
            name: alias["dnsName"].as_str().map_or_else(|| format!("{}.{space}", own.name), ToString::to_string),
            port: own_port.or_else(|| tasks.first().and_then(|task| port(task)))?,
            tasks: tasks.iter().filter(serves).filter_map(reached).collect(),
        })
    }

    /// The names that Service Connect writes into the hosts file of a task's containers, each behind its address and
    /// again behind one of IPv6, at which nothing in the lab asks.
    pub fn mesh_hosts(&self, from: Place) -> Vec<(String, String)> {
        let all = self.endpoints(from, false).into_iter().enumerate();
        all.flat_map(|(place, own)| {
            [(address(place), own.name.clone()), (format!("2600:f0f0:0:0:0:0:0:{:x}", place + 1), own.name)]
        })
        .collect()
    }

    /// The address to which a name of Service Connect leads in a task.
    pub(super) fn mesh_address(&self, from: Place, host: &str) -> Option<String> {
        let place = self.endpoints(from, false).iter().position(|own| own.name.eq_ignore_ascii_case(host))?;
        Some(address(place))
    }

    /// Whether a name is that of an endpoint which is there, but was not when the deployment of the task began.
    pub fn comes_later(&self, from: Place, host: &str) -> bool {
        let is = |own: &Endpoint| own.name.eq_ignore_ascii_case(host);
        !self.endpoints(from, false).iter().any(is) && self.endpoints(from, true).iter().any(is)
    }

    /// What the proxy of a task does with a request to an address and a port; tasks are asked in turn.
    pub(super) fn proxy(&self, from: Place, to: &str, port: u16, request: &Request) -> Proxy {
        if !to.starts_with(MESH) {
            return Proxy::Elsewhere;
        }
        let all = self.endpoints(from, false);
        let own = all.iter().enumerate().find(|(place, own)| address(*place) == to && own.port == port);
        let Some((_, own)) = own else { return Proxy::Refuses };
        match own.tasks.get(request.count as usize % own.tasks.len().max(1)) {
            Some((address, port)) => Proxy::To(address.clone(), *port),
            None => Proxy::Nobody,
        }
    }
}

/// What becomes of a request at a task's proxy.
pub(super) enum Proxy {
    /// It is not for the proxy.
    Elsewhere,
    /// The proxy does not listen there.
    Refuses,
    /// No task serves.
    Nobody,
    /// It goes to this address and port.
    To(String, u16),
}

/// What the proxy says of what it handed on: it answers itself where the task does not.
pub(super) fn handed_on(reply: Reply<'_>) -> Reply<'_> {
    const LOST: &str = "upstream connect error or disconnect/reset before headers. reset reason: ";
    let lost = |why: &str| unavailable(&format!("{LOST}{why}"));
    match reply {
        Reply::Failed(Failure::Dropped) => lost("connection timeout"),
        Reply::Failed(Failure::Refused) => lost("connection failure"),
        Reply::Failed(Failure::Reset) => lost("connection termination"),
        reply => reply,
    }
}

/// 503 of the proxy, which is an Envoy.
pub(super) fn unavailable(body: &str) -> Reply<'static> {
    Reply::Own(Own {
        code: 503,
        server: ENVOY,
        location: None,
        kind: "text/plain".to_string(),
        body: body.to_string(),
        after: SimDuration::ZERO,
    })
}
