//! VPCs and subnets that somebody makes beside those of [`super::network`].
//!
//! A VPC comes with a main route table that leads nowhere else and a default security group that admits its own members.
//! Its subnets give no public addresses by themselves. What is deleted stays in mind, so that its id is not taken for one
//! that the lab does not know. Sources: Amazon VPC user guide (VPCs, subnets, default security groups), read 2026-11-22.

use super::cidr::Cidr;
use super::network;
use super::routes::{INTERNET_GATEWAY, Network};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A VPC.
#[derive(Clone, Debug)]
pub(super) struct Vpc {
    pub(super) block: Cidr,
    /// Whether the DNS server of Amazon answers in it.
    pub(super) dns_support: bool,
    /// Whether what has a public address gets a public name.
    pub(super) dns_hostnames: bool,
    pub(super) tenancy: String,
    pub(super) deleted: bool,
}

/// A subnet.
#[derive(Clone, Debug)]
pub(super) struct Subnet {
    pub(super) vpc: String,
    /// Which zone of the Region.
    pub(super) zone: usize,
    pub(super) block: Cidr,
    /// Whether instances get a public address by themselves.
    pub(super) maps_public: bool,
    /// Which one of those that somebody made.
    pub(super) number: u32,
    pub(super) deleted: bool,
}

/// Addresses at the beginning of a subnet that EC2 keeps.
const KEPT_BEFORE: u32 = 4;
/// Those, and the last one.
pub(super) const KEPT: u32 = 5;
/// Public addresses of a subnet that somebody made.
const PUBLIC_OF_SUBNET: u32 = 1024;
/// Where they begin, and how many there are: the default VPC has those before.
const PUBLIC: (u32, u32) = (96 * 256, 160 * 256);

/// What asks for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// The n-th instance of the account.
    Instance(u64),
    /// The n-th network interface of a task.
    Task(u64),
}

impl Network {
    /// A VPC that is there.
    pub(super) fn vpc(&self, id: &str) -> Option<Vpc> {
        let built_in = || {
            let block = Cidr::parse(network::BLOCK).filter(|_| id == network::VPC)?;
            Some(Vpc { block, dns_support: true, dns_hostnames: true, tenancy: "default".to_string(), deleted: false })
        };
        self.vpcs.get(id).cloned().or_else(built_in).filter(|own| !own.deleted)
    }

    /// All of them.
    pub(super) fn all_vpcs(&self) -> Vec<(String, Vpc)> {
        let others = self.vpcs.keys().filter(|id| *id != network::VPC).map(String::as_str);
        let all = core::iter::once(network::VPC).chain(others);
        all.filter_map(|id| Some((id.to_string(), self.vpc(id)?))).collect()
    }

    /// A subnet that the lab holds.
    pub(super) fn subnet(&self, id: &str) -> Option<Subnet> {
        let built_in = || {
            let (zone, block) = network::built_in(id)?;
            let (vpc, maps_public) = (network::VPC.to_string(), network::gives_addresses(id));
            Some(Subnet { vpc, zone, block, maps_public, number: 0, deleted: false })
        };
        self.subnets.get(id).cloned().or_else(built_in).filter(|own| !own.deleted)
    }

    /// A subnet that somebody made.
    fn made(&self, id: &str) -> Option<&Subnet> {
        self.subnets.get(id).filter(|own| !own.deleted && network::built_in(id).is_none())
    }

    /// The default subnets of a Region, and those that somebody made.
    pub(super) fn all_subnets(&self, region: &str) -> Vec<(String, Subnet)> {
        let first = network::default_subnets(region, usize::MAX);
        let made = self.subnets.keys().filter(|id| self.made(id).is_some()).cloned();
        first.into_iter().chain(made).filter_map(|id| Some((id.clone(), self.subnet(&id)?))).collect()
    }

    /// Whether there is a VPC beside the default one, so that not all that there is lies in one.
    pub fn has_vpcs(&self) -> bool {
        self.vpcs.iter().any(|(id, own)| id != network::VPC && !own.deleted)
    }

    /// Whether a VPC can be meant: one that is there, or one that the lab does not know.
    pub fn takes_vpc(&self, id: &str) -> bool {
        network::well_formed(id, "vpc-") && self.vpcs.get(id).is_none_or(|own| !own.deleted)
    }

    /// The VPC that an id means: one that the lab does not know counts as the default one.
    pub fn meant<'a>(&self, id: &'a str) -> &'a str {
        if self.vpcs.contains_key(id) { id } else { network::VPC }
    }

    /// The addresses of a VPC.
    pub fn block(&self, vpc: &str) -> Option<Cidr> {
        self.vpc(self.meant(vpc)).map(|own| own.block)
    }

    /// The VPC of a subnet; that of one that the lab does not know is the default one.
    pub fn vpc_of(&self, subnet: &str) -> &str {
        self.subnets.get(subnet).map_or(network::VPC, |own| own.vpc.as_str())
    }

    /// The zone of a subnet. A well-formed id that the lab does not know counts as one in the first zone; an ill-formed
    /// one, and one that was deleted, is `None`.
    pub fn zone_of(&self, region: &str, subnet: &str) -> Option<String> {
        match self.subnets.get(subnet) {
            Some(own) => network::zones(region).nth(own.zone).filter(|_| !own.deleted),
            None => network::zone_of(region, subnet),
        }
    }

    /// Whether instances in a subnet get a public address by themselves.
    pub(super) fn gives_addresses(&self, subnet: &str) -> bool {
        self.subnets.get(subnet).map_or_else(|| network::gives_addresses(subnet), |own| own.maps_public)
    }

    /// The addresses around those of a subnet.
    pub fn block_around(&self, subnet: &str) -> Option<Cidr> {
        match self.made(subnet) {
            Some(own) => Some(own.block),
            None => network::built_in(subnet)
                .map(|(_, block)| block)
                .or_else(|| network::zone_of("", subnet).and_then(|own| network::block_of(&own))),
        }
    }

    /// The zone of the subnet of a VPC in which an address lies; none outside of the VPC.
    pub fn zone_at(&self, vpc: &str, region: &str, address: [u8; 4]) -> Option<String> {
        let vpc = self.meant(vpc);
        let (at, holds) = (Cidr::only(address), |own: &Subnet, at| own.vpc == vpc && own.block.holds(at));
        let made = self.subnets.iter().filter(|(id, _)| self.made(id).is_some());
        let found = made.map(|(_, own)| own).find(|own| holds(own, at));
        match found {
            Some(own) => network::zones(region).nth(own.zone),
            None => network::zone_at(region, address).filter(|_| vpc == network::VPC),
        }
    }

    /// The private address of something in a subnet, or in the default subnet of a zone.
    pub fn address(&self, subnet: Option<&str>, zone: &str, asks: Asks) -> String {
        let Some(own) = subnet.and_then(|id| self.made(id)) else {
            let (Asks::Instance(number) | Asks::Task(number)) = asks;
            return network::address(zone, number);
        };
        // Instances and tasks take turns, so that neither gets what the other has.
        let (number, turn) = match asks {
            Asks::Instance(number) => (number, 0),
            Asks::Task(number) => (number, 1),
        };
        let pairs = u64::from((own.block.size() - KEPT) / 2);
        let [a, b, c, d] = own.block.at(KEPT_BEFORE + (number % pairs) as u32 * 2 + turn);
        format!("{a}.{b}.{c}.{d}")
    }

    /// The public address of what has a private one in a subnet.
    pub fn public_address(&self, subnet: &str, private: &str) -> String {
        let Some(own) = self.made(subnet) else {
            return network::public_address(private);
        };
        let (first, count) = PUBLIC;
        let place = own.number * PUBLIC_OF_SUBNET
            + own.block.place_of(network::ipv4(private).unwrap_or_default()) % PUBLIC_OF_SUBNET;
        let place = first + place % count;
        format!("198.18.{}.{}", place / 256, place % 256)
    }

    /// Whether what has a public address in a VPC has a public name, too.
    pub(super) fn names_public(&self, vpc: &str) -> bool {
        self.vpc(vpc).is_some_and(|own| own.dns_support && own.dns_hostnames)
    }

    /// The private address of an internal load balancer in a subnet: from the last ones of it.
    pub fn balancer_address(&self, subnet: &str, number: u32) -> Option<[u8; 4]> {
        let own = self.made(subnet)?;
        let last = own.block.size() - 2;
        Some(own.block.at(last - number % (own.block.size() - KEPT)))
    }

    /// The address of the DNS server in a VPC, the third one.
    pub fn resolver(&self, vpc: &str) -> [u8; 4] {
        self.block(vpc).map_or([0; 4], |own| own.at(2))
    }

    /// The VPC to which an internet gateway leads.
    pub(super) fn attached_to(&self, gateway: &str) -> Option<&str> {
        if gateway == INTERNET_GATEWAY {
            return Some(network::VPC);
        }
        self.internet.get(gateway)?.as_deref()
    }

    /// Whether a VPC has an internet gateway.
    pub fn has_internet(&self, vpc: &str) -> bool {
        vpc == network::VPC || self.internet.values().any(|own| own.as_deref() == Some(vpc))
    }

    /// The security groups of something in a VPC: those named, or, in a VPC that somebody made, its default one. A group
    /// that the lab does not hold is taken on trust.
    ///
    /// # Errors
    /// The first one named that belongs to another VPC.
    pub fn groups_in(&self, vpc: &str, named: Vec<String>) -> Result<Vec<String>, String> {
        let stray = |id: &&String| self.security_group(id).is_some_and(|own| own.vpc != vpc);
        if let Some(stray) = named.iter().find(stray) {
            return Err(stray.clone());
        }
        Ok(if named.is_empty() && vpc != network::VPC { self.default_group(vpc).into_iter().collect() } else { named })
    }

    /// The default security group of a VPC.
    pub fn default_group(&self, vpc: &str) -> Option<String> {
        let own = |group: &super::security::SecurityGroup| group.vpc == vpc && group.name == super::security::DEFAULT;
        self.security_groups().into_iter().find(own).map(|own| own.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(blocks: &[&str]) -> Network {
        let mut own = Network::default();
        for (number, block) in (0u32..).zip(blocks) {
            let subnet = Subnet {
                vpc: "vpc-0123456789abcdef0".to_string(),
                zone: 1,
                block: Cidr::parse(block).unwrap(),
                maps_public: false,
                number,
                deleted: number == 2,
            };
            own.subnets.insert(format!("subnet-0000000{number}"), subnet);
        }
        own
    }

    #[test]
    fn a_subnet_that_somebody_made_has_its_own_zone_and_addresses() {
        let own = network(&["10.0.0.0/24", "10.0.1.0/28", "10.0.2.0/24"]);
        assert_eq!(own.zone_of("r", "subnet-00000000").as_deref(), Some("rb"));
        assert_eq!(own.zone_of("r", "subnet-00000002"), None, "deleted");
        assert_eq!(own.zone_of("r", "subnet-00000009").as_deref(), Some("ra"), "taken on trust");
        let address = |id: &str, asks| own.address(Some(id), "ra", asks);
        for (id, asks, wanted) in [
            ("subnet-00000000", Asks::Instance(0), "10.0.0.4"),
            ("subnet-00000000", Asks::Task(0), "10.0.0.5"),
            ("subnet-00000000", Asks::Instance(124), "10.0.0.252"),
            ("subnet-00000000", Asks::Task(124), "10.0.0.253"),
            ("subnet-00000001", Asks::Task(4), "10.0.1.13"),
            ("subnet-00000001", Asks::Task(5), "10.0.1.5"),
            ("subnet-00000009", Asks::Task(5), "172.31.0.9"),
        ] {
            assert_eq!(address(id, asks), wanted, "{id} {asks:?}");
        }
        assert!(!own.gives_addresses("subnet-00000000") && own.gives_addresses("subnet-00000009"));
    }

    #[test]
    fn public_addresses_of_two_subnets_differ() {
        let own = network(&["10.0.0.0/24", "10.1.0.0/24"]);
        for (subnet, private, public) in [
            ("subnet-00000000", "10.0.0.5", "198.18.96.5"),
            ("subnet-00000001", "10.1.0.5", "198.18.100.5"),
            ("subnet-0ec51ab00000000a5", "172.31.95.255", "198.18.95.255"),
        ] {
            assert_eq!(own.public_address(subnet, private), public);
        }
    }

    #[test]
    fn an_address_lies_in_the_subnets_of_its_own_vpc() {
        let mut own = network(&["10.0.0.0/24"]);
        let (vpc, block) = ("vpc-0123456789abcdef0", Cidr::parse("10.0.0.0/16").unwrap());
        let tenancy = "default".to_string();
        let made = Vpc { block, dns_support: true, dns_hostnames: false, tenancy, deleted: false };
        own.vpcs.insert(vpc.to_string(), made);
        assert_eq!(own.zone_at(vpc, "r", [10, 0, 0, 9]).as_deref(), Some("rb"));
        assert_eq!(own.zone_at(vpc, "r", [172, 31, 0, 9]), None);
        assert_eq!(own.zone_at(network::VPC, "r", [172, 31, 0, 9]).as_deref(), Some("ra"));
        assert_eq!(own.zone_at("vpc-00000000", "r", [10, 0, 0, 9]), None, "an unknown VPC counts as the default one");
    }
}
