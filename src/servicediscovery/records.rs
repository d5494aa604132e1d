//! The DNS records of private namespaces: what Cloud Map has Route 53 hold for each instance.

use super::{Instance, Namespace, Service, ServiceDiscovery};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As many healthy records as an answer holds.
const MOST: usize = 8;

/// A record, with the instance that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name with the dot at the end.
    pub name: String,
    /// `A`, `AAAA`, `SRV` or `CNAME`.
    pub kind: String,
    /// Its time to live in seconds.
    pub ttl: u64,
    /// What it leads to.
    pub value: String,
    /// The instance; none of the name to which an SRV record leads, of which there is one.
    pub instance: Option<String>,
    /// Whether it is one of weighted records, not of a multivalue answer.
    pub weighted: bool,
    /// Whether others find it.
    pub healthy: bool,
}

/// The records of one instance.
fn of_instance(space: &Namespace, service: &Service, id: &str, own: &Instance) -> Vec<Record> {
    let name = match service.name.as_str() {
        "." => format!("{}.", space.name),
        own => format!("{own}.{}.", space.name),
    };
    let text = |member: &str| own.attributes[member].as_str();
    let mut all = Vec::new();
    let healthy = own.healthy != Some(false);
    let weighted = service.document["DnsConfig"]["RoutingPolicy"] == "WEIGHTED";
    let records = service.document["DnsConfig"]["DnsRecords"].as_array();
    for asked in records.into_iter().flatten() {
        let (kind, ttl) = (asked["Type"].as_str().unwrap_or_default(), asked["TTL"].as_u64().unwrap_or_default());
        let target = format!("{id}.{name}");
        let value = match kind {
            "A" => text("AWS_INSTANCE_IPV4").map(String::from),
            "AAAA" => text("AWS_INSTANCE_IPV6").map(String::from),
            "CNAME" => text("AWS_INSTANCE_CNAME").map(String::from),
            _ => text("AWS_INSTANCE_PORT").map(|port| format!("1 1 {port} {target}")),
        };
        let Some(value) = value else { continue };
        let record = |name: &str, kind: &str, value: String, instance: Option<&str>| Record {
            name: name.to_string(),
            kind: kind.to_string(),
            ttl,
            value,
            instance: instance.map(String::from),
            weighted,
            healthy,
        };
        if kind == "SRV" {
            let address = text("AWS_INSTANCE_IPV4").map(|own| record(&target, "A", own.to_string(), None));
            all.extend(address);
        }
        all.push(record(&name, kind, value, Some(id)));
    }
    all
}

impl ServiceDiscovery {
    /// The private namespaces in the order of creation.
    pub fn private(&self) -> impl Iterator<Item = &Namespace> {
        self.namespaces.iter().map(Rc::as_ref).filter(|own| own.zone.is_some())
    }

    /// The records of a namespace's instances, by name and type.
    pub fn records(&self, space: &Namespace) -> Vec<Record> {
        let of_service = |own: &Service| -> Vec<Record> {
            own.instances.iter().flat_map(|(id, each)| of_instance(space, own, id, each)).collect()
        };
        let mut all: Vec<Record> = self.services_in(space.number).flat_map(of_service).collect();
        crate::sim::order::sort_by(&mut all, |one, other| (&one.name, &one.kind).cmp(&(&other.name, &other.kind)));
        all
    }

    /// What a query within a VPC is answered: the healthy records, all of them where none is healthy; none when no zone of
    /// the VPC has the name.
    pub fn query(&self, vpc: &str, name: &str, kind: &str) -> Option<Vec<Record>> {
        let name = format!("{}.", name.trim_end_matches('.').to_ascii_lowercase());
        let own = |space: &&Namespace| {
            let suffix = format!(".{}.", space.name.to_ascii_lowercase());
            space.zone.as_ref().is_some_and(|(_, own)| own == vpc) && format!(".{name}").ends_with(&suffix)
        };
        // The zone with the longest name answers.
        let mut spaces: Vec<&Namespace> = self.private().filter(own).collect();
        crate::sim::order::sort_by_key(&mut spaces, |own| usize::MAX - own.name.len());
        let mut all = self.records(spaces.first()?);
        all.retain(|own| own.name.eq_ignore_ascii_case(&name));
        if all.is_empty() {
            return None;
        }
        all.retain(|own| own.kind == kind);
        if all.iter().any(|own| own.healthy) {
            all.retain(|own| own.healthy);
        }
        all.truncate(MOST);
        Some(all)
    }
}
