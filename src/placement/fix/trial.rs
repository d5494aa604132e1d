//! Changes tried out on a copy of what they touch.

use super::{Change, Fix, Unplaced};
use crate::placement::decide::choose;
use crate::placement::host::{Host, HostStatus};
use crate::placement::request::{Constraint, Request};
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

impl Unplaced<'_> {
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

    /// The instance that takes the task after the changes.
    pub fn lands_on(&self, changes: &[Change]) -> Option<String> {
        let mut request = self.request.clone();
        let mut changed: Map<&str, Host> = Map::new();
        let mut added = None;
        let mut dropped = Vec::new();
        let mut asks_other = false;
        for change in changes {
            match change {
                Change::Connect { host }
                | Change::Activate { host }
                | Change::AddAttributes { host, .. }
                | Change::Stop { host, .. } => {
                    let known = self.hosts.iter().find(|known| known.name == *host)?;
                    self.change_host(change, changed.or_insert_with(host, || (*known).clone()));
                }
                Change::AddInstance { offer, attributes, .. } => {
                    let mut host = self.offers.get(*offer)?.host.clone();
                    Rc::make_mut(&mut host.attributes).extend(attributes.iter().cloned());
                    added = Some(host);
                }
                _ => {
                    asks_other = true;
                    change_request(change, &mut request, &mut dropped);
                }
            }
        }
        let mut index = 0..;
        request.constraints.retain(|_| index.next().is_some_and(|index| !dropped.contains(&index)));
        // No host takes the task as it was asked, so that the others need not be looked at again.
        let mut views: Vec<&Host> = Vec::new();
        for host in if asks_other { self.hosts } else { &[] } {
            if !changed.contains_key(host.name.as_str()) {
                views.push(host);
            }
        }
        views.extend(changed.values());
        views.extend(&added);
        let chosen = choose(&request, &views, self.ties, self.draw)?;
        views.get(chosen).map(|host| host.name.clone())
    }

    fn change_host(&self, change: &Change, host: &mut Host) {
        match change {
            Change::Connect { .. } => host.agent_connected = true,
            Change::Activate { .. } => host.status = HostStatus::Active,
            Change::AddAttributes { attributes, .. } => {
                Rc::make_mut(&mut host.attributes).extend(attributes.iter().cloned());
            }
            Change::Stop { tasks, .. } => {
                for tenant in tasks.iter().filter_map(|index| self.tenants.get(*index)) {
                    host.release(&tenant.demand, &tenant.group, &tenant.label);
                }
            }
            _ => {}
        }
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
