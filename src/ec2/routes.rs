//! What leads out of a subnet: route tables, NAT gateways and VPC endpoints, together with what security groups let pass.
//!
//! ```text
//! public subnet    0.0.0.0/0 → internet gateway   for who has a public address
//! private subnet   0.0.0.0/0 → NAT gateway, which stands in a public subnet
//! isolated subnet  nothing but the VPC's endpoints
//! ```
//!
//! Every default subnet follows the main route table, which leads to the internet gateway of the default VPC. A subnet that
//! the lab does not know is taken on trust: something leads out of it (design.md section 8).
//! Sources: Amazon VPC user guide (route tables, NAT gateways), AWS PrivateLink guide (interface and gateway endpoints),
//! read 2026-11-22.

use super::addresses::Address;
use super::cidr::Cidr;
use super::security::SecurityGroup;
use super::vpc::{Subnet, Vpc};
use super::{Ec2, network};
use crate::event::{Cx, Event};
use crate::sim::sorted::Map;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The internet gateway of the default VPC.
pub const INTERNET_GATEWAY: &str = "igw-0ec51ab0000000001";
/// The route table of every subnet that has no other.
const MAIN: &str = "rtb-0ec51ab0000000001";
/// The route table of the isolated subnets.
const ISOLATED: &str = "rtb-0ec51ab0000000002";
/// Where a route for everything leads.
pub(super) const EVERYWHERE: &str = "0.0.0.0/0";
/// The port of every API and registry.
const HTTPS: u16 = 443;

/// The network of the account as far as somebody made or changed it.
#[derive(Clone, Default)]
pub struct Network {
    /// Security groups by id.
    pub(super) security: Map<String, Rc<SecurityGroup>>,
    /// Route tables by id.
    pub(super) tables: Map<String, RouteTable>,
    /// NAT gateways by id; a deleted one stays, and leads nowhere.
    pub(super) gateways: Map<String, NatGateway>,
    /// VPC endpoints by id.
    pub(super) endpoints: Map<String, Endpoint>,
    /// Elastic IP addresses in the order of their allocation.
    pub(super) addresses: Vec<Address>,
    /// VPCs by id; a deleted one stays.
    pub(super) vpcs: Map<String, Vpc>,
    /// Subnets by id; a deleted one stays.
    pub(super) subnets: Map<String, Subnet>,
    /// Internet gateways by id, each with the VPC that it is attached to.
    pub(super) internet: Map<String, Option<String>>,
    /// Tags by the id of what they stand on.
    pub(super) tags: Map<String, Vec<(String, String)>>,
}

/// A route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RouteTable {
    pub(super) id: String,
    pub(super) vpc: String,
    /// The association of the one that subnets follow which name no other.
    pub(super) main: Option<String>,
    /// Destinations, each with the gateway to which it leads; the route within the VPC goes without saying.
    pub(super) routes: Vec<(String, String)>,
    /// Associations: their ids, each with its subnet.
    pub(super) subnets: Vec<(String, String)>,
}

/// A NAT gateway.
#[derive(Clone, Debug)]
pub(super) struct NatGateway {
    pub(super) subnet: String,
    pub(super) allocation: String,
    pub(super) created: SimTime,
    pub(super) deleted: bool,
}

/// A VPC endpoint.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) vpc: String,
    /// What follows `com.amazonaws.REGION.`.
    pub(super) service: String,
    /// Whether it is a target of route tables, not an interface.
    pub(super) gateway: bool,
    /// Whether the service's own name leads here.
    pub(super) private_dns: bool,
    pub(super) subnets: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) tables: Vec<String>,
    pub(super) created: SimTime,
}

/// A network interface that calls out.
#[derive(Clone, Copy, Debug)]
pub struct Interface<'a> {
    /// Its subnet.
    pub subnet: &'a str,
    /// Its security groups; none means the VPC's default one.
    pub groups: &'a [String],
    /// Whether it has a public address.
    pub is_public: bool,
}

impl RouteTable {
    /// Whether every lab has it.
    pub(super) fn is_built_in(&self) -> bool {
        matches!(self.id.as_str(), MAIN | ISOLATED)
    }

    /// Where everything that is not within the VPC goes.
    fn way_out(&self) -> Option<&str> {
        self.routes.iter().find(|(to, _)| to == EVERYWHERE).map(|(_, gateway)| gateway.as_str())
    }
}

impl Network {
    /// A route table that the lab holds.
    pub(super) fn table(&self, id: &str) -> Option<RouteTable> {
        self.tables.get(id).cloned().or_else(|| built_in(id))
    }

    /// All of them.
    pub(super) fn route_tables(&self) -> Vec<RouteTable> {
        let first = [MAIN, ISOLATED].into_iter().filter(|id| !self.tables.contains_key(*id)).filter_map(built_in);
        first.chain(self.tables.values().cloned()).collect()
    }

    /// The route table that a subnet follows; none for a subnet that the lab does not know.
    pub(super) fn table_of(&self, subnet: &str) -> Option<RouteTable> {
        let vpc = self.subnet(subnet)?.vpc;
        let mut all = self.route_tables();
        let own = all.iter().position(|own| own.subnets.iter().any(|(_, other)| other == subnet));
        own.or_else(|| all.iter().position(|own| own.main.is_some() && own.vpc == vpc)).map(|at| all.swap_remove(at))
    }

    /// Whether something leads from a subnet to the internet, for somebody with or without a public address.
    fn leads_out(&self, subnet: &str, is_public: bool) -> bool {
        let Some(table) = self.table_of(subnet) else { return true };
        if self.leads_to_internet(&table) {
            return is_public;
        }
        table.way_out().and_then(|gateway| self.gateways.get(gateway)).is_some_and(|own| {
            let table = self.table_of(&own.subnet);
            !own.deleted && table.is_none_or(|table| self.leads_to_internet(&table))
        })
    }

    /// Whether a route leads to an internet gateway of the VPC.
    fn leads_to_internet(&self, table: &RouteTable) -> bool {
        table.way_out().and_then(|gateway| self.attached_to(gateway)) == Some(table.vpc.as_str())
    }

    /// Whether a subnet is a public one: its route table leads to the internet gateway.
    pub fn is_public(&self, subnet: &str) -> bool {
        self.table_of(subnet).is_none_or(|own| self.leads_to_internet(&own))
    }

    /// Whether an interface reaches the internet.
    pub fn reaches_internet(&self, from: Interface<'_>) -> bool {
        self.leads_out(from.subnet, from.is_public) && self.lets_out(from.groups, HTTPS, &[], &[Cidr::ALL])
    }

    /// Whether there is a VPC endpoint, which changes the way to its service.
    pub fn has_endpoints(&self) -> bool {
        !self.endpoints.is_empty()
    }

    /// Whether an interface reaches an AWS service, such as `ecr.api`: by the VPC's endpoint for it, else by the internet.
    pub fn reaches(&self, from: Interface<'_>, service: &str) -> bool {
        let vpc = self.vpc_of(from.subnet);
        let all = || self.endpoints.values().filter(|own| own.service == service && own.vpc == vpc);
        if let Some(endpoint) = all().find(|own| own.private_dns) {
            let blocks: Vec<Cidr> = endpoint.subnets.iter().filter_map(|own| self.block_around(own)).collect();
            let origin: Vec<Cidr> = self.block_around(from.subnet).into_iter().collect();
            return self.lets_out(from.groups, HTTPS, named(&endpoint.groups).as_slice(), &blocks)
                && self.admits(&endpoint.groups, HTTPS, named(from.groups).as_slice(), &origin);
        }
        let table = self.table_of(from.subnet).map(|own| own.id);
        let by_gateway = all().any(|own| own.gateway && table.as_ref().is_some_and(|id| own.tables.contains(id)));
        by_gateway && self.lets_out(from.groups, HTTPS, &[], &[Cidr::ALL]) || self.reaches_internet(from)
    }
}

/// Security groups as they hold: the default one where none is named.
fn named(groups: &[String]) -> Vec<String> {
    if groups.is_empty() { alloc::vec![network::SECURITY_GROUP.to_string()] } else { groups.to_vec() }
}

/// The two route tables that every lab has.
fn built_in(id: &str) -> Option<RouteTable> {
    let (routes, subnets) = match id {
        MAIN => (alloc::vec![(EVERYWHERE.to_string(), INTERNET_GATEWAY.to_string())], Vec::new()),
        ISOLATED => {
            let own = network::isolated_subnets().enumerate();
            (Vec::new(), own.map(|(n, subnet)| (format!("rtbassoc-0ec51ab00000000b{n}"), subnet)).collect())
        }
        _ => return None,
    };
    let main = (id == MAIN).then(|| "rtbassoc-0ec51ab0000000001".to_string());
    Some(RouteTable { id: id.to_string(), vpc: network::VPC.to_string(), main, routes, subnets })
}

impl Ec2 {
    /// The network as it is now.
    pub fn network(&self) -> &Rc<Network> {
        &self.network
    }

    /// The network, to be changed; who goes by it hears of that.
    pub(super) fn change_network(&mut self, cx: &mut Cx<'_>) -> &mut Network {
        cx.schedule(SimDuration::ZERO, Event::SecurityGroupsChanged);
        cx.schedule(SimDuration::ZERO, Event::NetworkChanged);
        Rc::make_mut(&mut self.network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "subnet-0ec51ab00000000a0";
    const PRIVATE: &str = "subnet-0ec51ab00000000b0";

    fn interface(subnet: &str, is_public: bool) -> Interface<'_> {
        Interface { subnet, groups: &[], is_public }
    }

    #[test]
    fn what_leads_out_of_a_subnet() {
        let mut own = Network::default();
        for (subnet, is_public, out) in [
            (PUBLIC, true, true),
            (PUBLIC, false, false),
            (PRIVATE, true, false),
            (PRIVATE, false, false),
            ("subnet-12345678", false, true),
        ] {
            assert_eq!(own.reaches_internet(interface(subnet, is_public)), out, "{subnet} {is_public}");
        }
        let closed = [network::SECURITY_GROUP_WITHOUT_EGRESS.to_string()];
        assert!(!own.reaches_internet(Interface { groups: &closed, ..interface("subnet-12345678", true) }));
        let gateway = |subnet: &str| NatGateway {
            subnet: subnet.to_string(),
            allocation: String::new(),
            created: SimTime::default(),
            deleted: false,
        };
        let mut table = built_in(ISOLATED).unwrap();
        table.routes.push((EVERYWHERE.to_string(), "nat-1".to_string()));
        own.tables.insert(table.id.clone(), table);
        for (subnet, out) in [(PRIVATE, false), (PUBLIC, true)] {
            own.gateways.insert("nat-1".to_string(), gateway(subnet));
            assert_eq!(own.reaches_internet(interface(PRIVATE, false)), out, "a NAT gateway in {subnet}");
        }
        own.gateways.insert("nat-1".to_string(), NatGateway { deleted: true, ..gateway(PUBLIC) });
        assert!(!own.reaches_internet(interface(PRIVATE, false)), "a black hole");
    }

    #[test]
    fn endpoints_lead_to_their_service_alone() {
        let mut own = Network::default();
        let endpoint = |service: &str, gateway: bool, groups: &[&str]| Endpoint {
            vpc: network::VPC.to_string(),
            service: service.to_string(),
            gateway,
            private_dns: !gateway,
            subnets: alloc::vec![PRIVATE.to_string()],
            groups: groups.iter().map(|id| id.to_string()).collect(),
            tables: if gateway { alloc::vec![ISOLATED.to_string()] } else { Vec::new() },
            created: SimTime::default(),
        };
        own.endpoints.insert("vpce-1".to_string(), endpoint("ecr.api", false, &[]));
        own.endpoints.insert("vpce-2".to_string(), endpoint("s3", true, &[]));
        let from = interface(PRIVATE, false);
        assert!(own.reaches(from, "ecr.api") && own.reaches(from, "s3") && !own.reaches(from, "ecr.dkr"));
        assert!(!own.reaches(interface(PUBLIC, false), "s3"), "another route table");
        let group = "sg-11111111";
        let shut = SecurityGroup { ingress: Vec::new(), ..own.security_group(network::SECURITY_GROUP).unwrap() };
        own.security.insert(group.to_string(), Rc::new(shut));
        own.endpoints.insert("vpce-1".to_string(), endpoint("ecr.api", false, &[group]));
        assert!(
            !own.reaches(interface(PUBLIC, true), "ecr.api"),
            "its name leads to the endpoint, which admits nobody"
        );
    }
}
