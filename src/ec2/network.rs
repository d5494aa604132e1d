//! The VPC of the lab: a default subnet in each zone (design.md section 8), and two more for what goes wrong.
//!
//! | id | subnet |
//! |---|---|
//! | `subnet-0ec51ab00000000a0` to `…a5` | the default one of zones a to f |
//! | `subnet-0ec51ab00000000b0` to `…b5` | isolated: private, with a route table in which nothing leads out |
//! | `subnet-0ec51ab00000000c0` to `…c5` | shared by another account |

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The default VPC of the lab.
pub const VPC: &str = "vpc-0ec51ab0000000001";
/// The addresses of the default VPC.
pub const BLOCK: &str = "172.31.0.0/16";
/// Its default security group; open.
pub const SECURITY_GROUP: &str = "sg-0ec51ab0000000001";
/// A security group that lets nothing out.
pub const SECURITY_GROUP_WITHOUT_EGRESS: &str = "sg-0ec51ab0000000002";
/// Zones a to f; the lab's fleet opens with a, b and c.
pub const ZONE_LETTERS: [char; 6] = ['a', 'b', 'c', 'd', 'e', 'f'];

/// How many zones those Regions have that have not three.
const ZONE_COUNTS: [(&str, usize); 4] = [("us-east-1", 6), ("us-west-2", 4), ("ap-northeast-2", 4), ("us-west-1", 2)];

fn zone_count(region: &str) -> usize {
    ZONE_COUNTS.iter().find(|(name, _)| *name == region).map_or(3, |(_, count)| *count)
}

/// The zones of a Region, `us-east-1a` and so on: as many as it has, from a on.
pub fn zones(region: &str) -> impl Iterator<Item = String> {
    ZONE_LETTERS.iter().take(zone_count(region)).map(move |letter| format!("{region}{letter}"))
}

/// The default subnet of a zone.
pub fn subnet_of(zone: &str) -> Option<String> {
    let letter = zone.chars().last()?;
    let index = ZONE_LETTERS.iter().position(|known| *known == letter)?;
    Some(format!("{SUBNET}a{index}"))
}

/// The default subnets of so many first zones of a Region, or of all that it has.
pub fn default_subnets(region: &str, count: usize) -> Vec<String> {
    zones(region).take(count).filter_map(|zone| subnet_of(&zone)).collect()
}

/// With what the ids of the lab's subnets begin; then comes their kind.
const SUBNET: &str = "subnet-0ec51ab00000000";

fn is_of_kind(subnet: &str, kind: char) -> bool {
    subnet.strip_prefix(SUBNET).is_some_and(|rest| rest.starts_with(kind))
}

/// The isolated subnets, one a zone.
pub(super) fn isolated_subnets() -> impl Iterator<Item = String> {
    (0..ZONE_LETTERS.len()).map(|index| format!("{SUBNET}b{index}"))
}

/// The zone, by its place, and the addresses of a subnet that every lab has.
pub fn built_in(subnet: &str) -> Option<(usize, super::cidr::Cidr)> {
    let digit = subnet.strip_prefix(SUBNET)?.strip_prefix(['a', 'b', 'c'])?;
    let zone: usize = digit.parse().ok().filter(|_| well_formed(subnet, "subnet-"))?;
    Some((zone, block_at(zone).filter(|_| zone < ZONE_LETTERS.len())?))
}

/// Whether instances in a subnet of every lab, or in one that the lab does not know, get a public address by themselves.
pub(super) fn gives_addresses(subnet: &str) -> bool {
    !is_of_kind(subnet, 'b')
}

/// Whether a subnet is shared by another account (EN-05).
pub fn is_shared(subnet: &str) -> bool {
    is_of_kind(subnet, 'c')
}

/// The zone of a subnet that nobody made. A well-formed id that the lab does not know counts as one in the first zone; an
/// ill-formed one is `None`.
pub(super) fn zone_of(region: &str, subnet: &str) -> Option<String> {
    let known = built_in(subnet).and_then(|(index, _)| zones(region).nth(index));
    known.or_else(|| if well_formed(subnet, "subnet-") { zones(region).next() } else { None })
}

/// Whether an id is its prefix and 8 or 17 hex digits, as EC2 makes them.
pub fn well_formed(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|digits| {
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// The private address of the n-th thing in a zone's subnet: 172.31.(16 × zone).0/20, as default VPCs are laid out.
pub(super) fn address(zone: &str, number: u64) -> String {
    let index = zone.chars().last().and_then(|l| ZONE_LETTERS.iter().position(|k| *k == l)).unwrap_or(0) as u64;
    let host = 4 + number % 4080;
    format!("172.31.{}.{}", index * 16 + host / 256, host % 256)
}

/// The public address of a private one, from the block that is kept for benchmarks (198.18.0.0/15): nothing in the world
/// answers there.
pub(super) fn public_address(private: &str) -> String {
    format!("198.18.{}", private.splitn(3, '.').nth(2).unwrap_or_default())
}

/// The name of a public address, in the first Region without the Region's.
pub fn public_name(region: &str, address: &str) -> String {
    let address = address.replace('.', "-");
    match region {
        "us-east-1" => format!("ec2-{address}.compute-1.amazonaws.com"),
        _ => format!("ec2-{address}.{region}.compute.amazonaws.com"),
    }
}

/// The name of a private address.
pub fn private_name(region: &str, address: &str) -> String {
    let address = address.replace('.', "-");
    match region {
        "us-east-1" => format!("ip-{address}.ec2.internal"),
        _ => format!("ip-{address}.{region}.compute.internal"),
    }
}

/// The zone in whose default subnet an address lies; none outside of the VPC.
pub(super) fn zone_at(region: &str, [a, b, third, _]: [u8; 4]) -> Option<String> {
    if (a, b) != (172, 31) {
        return None;
    }
    zones(region).nth(usize::from(third / 16))
}

/// The addresses of a zone's default subnet.
pub(super) fn block_of(zone: &str) -> Option<super::cidr::Cidr> {
    let letter = zone.chars().last()?;
    block_at(ZONE_LETTERS.iter().position(|known| *known == letter)?)
}

fn block_at(zone: usize) -> Option<super::cidr::Cidr> {
    super::cidr::Cidr::parse(&format!("172.31.{}.0/20", zone * 16))
}

/// The four parts of an IPv4 address.
pub fn ipv4(text: &str) -> Option<[u8; 4]> {
    let mut parts = text.split('.').map(|part| {
        let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'));
        part.parse::<u8>().ok().filter(|_| plain)
    });
    let mut next = || parts.next().flatten();
    let found = [next()?, next()?, next()?, next()?];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_names_are_of_their_region() {
        for (region, name) in
            [("us-east-1", "ip-172-31-0-4.ec2.internal"), ("eu-west-1", "ip-172-31-0-4.eu-west-1.compute.internal")]
        {
            assert_eq!(private_name(region, "172.31.0.4"), name);
        }
    }

    #[test]
    fn zones_of_regions() {
        for (region, last) in [("us-east-1", "us-east-1f"), ("us-west-2", "us-west-2d"), ("eu-west-1", "eu-west-1c")] {
            assert_eq!(zones(region).last().as_deref(), Some(last));
        }
    }

    #[test]
    fn subnets_and_zones_are_each_others_inverse() {
        for zone in zones("us-east-1") {
            let subnet = subnet_of(&zone).unwrap();
            assert!(well_formed(&subnet, "subnet-"), "{subnet}");
            assert_eq!(zone_of("us-east-1", &subnet).as_deref(), Some(zone.as_str()));
        }
        assert_eq!(zone_of("us-east-1", "subnet-0ec51ab00000000b2").as_deref(), Some("us-east-1c"));
        assert!(
            isolated_subnets().any(|own| own == "subnet-0ec51ab00000000b2") && is_shared("subnet-0ec51ab00000000c0")
        );
        assert_eq!(zone_of("us-east-1", "subnet-12345678").as_deref(), Some("us-east-1a"), "taken on trust");
        assert_eq!(zone_of("us-east-1", "subnet-abc"), None);
        assert_eq!(subnet_of("us-east-1z"), None);
        assert!(well_formed(VPC, "vpc-") && well_formed(SECURITY_GROUP, "sg-"));
    }
}
