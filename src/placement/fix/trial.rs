//! Changes tried out on a copy of what they touch.

use super::{Change, Fix, Offer, Unit};
use crate::placement::decide::choose;
use crate::placement::host::{Host, HostStatus};
use crate::placement::request::{Constraint, Request};
use crate::placement::strategy::Ties;
use crate::sim::order;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// The task and the cluster on which changes are tried.
pub struct Trial<'a> {
    pub request: &'a Request,
    pub hosts: &'a [&'a Host],
    pub offers: &'a [Offer],
    pub ties: Ties,
    pub draw: u64,
}

impl Trial<'_> {
    /// The changes as a fix, if they place the task and each of them is needed.
    pub fn verified(&self, changes: Vec<Change>) -> Option<Fix> {
        let host = self.lands_on(&changes)?;
        let spare = |left_out: usize| {
            let mut fewer = changes.clone();
            fewer.remove(left_out);
            self.lands_on(&fewer).is_some()
        };
        let minimal = changes.len() == 1 || !(0..changes.len()).any(spare);
        minimal.then_some(Fix { changes, host })
    }

    pub fn lands_on(&self, changes: &[Change]) -> Option<String> {
        let mut request = self.request.clone();
        let mut changed: Map<&str, Host> = Map::new();
        let mut added = None;
        let mut dropped = Vec::new();
        for change in changes {
            let touched = match change {
                Change::Connect { host }
                | Change::Activate { host }
                | Change::AddAttributes { host, .. }
                | Change::FreePorts { host, .. }
                | Change::FreeUnits { host, .. } => Some(host.as_str()),
                _ => None,
            };
            match touched {
                Some(name) => {
                    let known = self.hosts.iter().find(|host| host.name == name)?;
                    change_host(change, changed.or_insert_with(name, || (*known).clone()));
                }
                None => change_request(change, &mut request, &mut dropped),
            }
            if let Change::AddInstance { instance_type, zone } = change {
                let mut offers = self.offers.iter();
                added = offers.find(|offer| offer.instance_type == *instance_type && offer.host.zone == *zone);
            }
        }
        order::sort_by(&mut dropped, usize::cmp);
        for index in dropped.into_iter().rev() {
            if index < request.constraints.len() {
                request.constraints.remove(index);
            }
        }
        let views: Vec<&Host> = self
            .hosts
            .iter()
            .map(|host| changed.get(host.name.as_str()).unwrap_or(host))
            .chain(added.map(|offer| &offer.host))
            .collect();
        let chosen = choose(&request, &views, self.ties, self.draw)?;
        views.get(chosen).map(|host| host.name.clone())
    }
}

fn change_host(change: &Change, host: &mut Host) {
    match change {
        Change::Connect { .. } => host.agent_connected = true,
        Change::Activate { .. } => host.status = HostStatus::Active,
        Change::AddAttributes { attributes, .. } => {
            Rc::make_mut(&mut host.attributes).extend(attributes.iter().cloned());
        }
        Change::FreePorts { ports, .. } => {
            for (need, _) in ports {
                host.ports.remove(&(need.protocol, need.port));
            }
        }
        Change::FreeUnits { unit: Unit::Eni, count, .. } => host.enis.free = host.enis.free.saturating_add(*count),
        Change::FreeUnits { unit: Unit::Gpu, count, .. } => host.gpu.free = host.gpu.free.saturating_add(*count),
        _ => {}
    }
}

fn change_request(change: &Change, request: &mut Request, dropped: &mut Vec<usize>) {
    let demand = &mut request.demand;
    match change {
        Change::LowerCpu { to, .. } => demand.cpu = *to,
        Change::LowerMemory { to, .. } => demand.memory = *to,
        Change::DynamicPorts { ports } => demand.ports.retain(|need| !ports.contains(need)),
        Change::AddZone { zone } => demand.zones.get_or_insert_default().push(zone.clone()),
        Change::Widen { constraint, to, .. } => {
            if let Some(slot) = request.constraints.get_mut(*constraint) {
                *slot = Constraint::MemberOf(Rc::clone(to));
            }
        }
        Change::Drop { constraint, .. } => dropped.push(*constraint),
        _ => {}
    }
}
