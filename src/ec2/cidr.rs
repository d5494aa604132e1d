//! Blocks of IPv4 addresses.

use super::network;
use alloc::format;
use alloc::string::String;

/// A block of IPv4 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: u32,
    bits: u8,
}

impl Cidr {
    /// Every address.
    pub const ALL: Self = Self { base: 0, bits: 0 };

    /// Reads `172.31.0.0/16`; none of another form, and none when the address has bits behind the prefix.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, _) = text.split_once('/')?;
        Self::around(text).filter(|own| network::ipv4(address) == Some(own.base.to_be_bytes()))
    }

    /// Reads a block by any of its addresses, as EC2 takes those of VPCs and subnets: `10.0.0.1/16` is `10.0.0.0/16`.
    pub fn around(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let plain = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits = bits.parse().ok().filter(|bits| *bits <= 32 && plain)?;
        let own = Self { base: u32::from_be_bytes(network::ipv4(address)?), bits };
        Some(Self { base: own.base & own.mask(), bits })
    }

    /// The block of one address.
    pub fn only(address: [u8; 4]) -> Self {
        Self { base: u32::from_be_bytes(address), bits: 32 }
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0)
    }

    /// The length of its prefix.
    pub fn bits(self) -> u8 {
        self.bits
    }

    /// How many addresses it holds, as far as that fits.
    pub fn size(self) -> u32 {
        (!self.mask()).saturating_add(1)
    }

    /// One of its addresses.
    pub fn at(self, place: u32) -> [u8; 4] {
        (self.base | place & !self.mask()).to_be_bytes()
    }

    /// Which of its addresses this is.
    pub fn place_of(self, address: [u8; 4]) -> u32 {
        u32::from_be_bytes(address) & !self.mask()
    }

    /// As EC2 writes it.
    pub fn text(self) -> String {
        let [a, b, c, d] = self.at(0);
        format!("{a}.{b}.{c}.{d}/{}", self.bits)
    }

    /// Whether all of another block lies within this one.
    pub fn holds(self, other: Self) -> bool {
        self.bits <= other.bits && other.base & self.mask() == self.base
    }

    /// Whether the two have addresses in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.holds(other) || other.holds(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_addresses() {
        for (text, inner, holds) in [
            ("0.0.0.0/0", "172.31.16.0/20", true),
            ("172.31.0.0/16", "172.31.16.0/20", true),
            ("172.31.16.0/20", "172.31.0.0/16", false),
            ("172.31.0.0/20", "172.31.16.0/20", false),
            ("10.0.0.1/32", "10.0.0.1/32", true),
        ] {
            let [outer, inner] = [text, inner].map(|text| Cidr::parse(text).unwrap());
            assert_eq!(outer.holds(inner), holds, "{text}");
        }
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0.1/24",
            "10.0.0/8",
            "10.0.0.0/+8",
            "010.0.0.0/8",
            "::/0",
            "a.b.c.d/8",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_block_by_one_of_its_addresses() {
        for (text, canonical, size) in [
            ("10.0.0.1/16", "10.0.0.0/16", 65_536),
            ("100.68.0.18/18", "100.68.0.0/18", 16_384),
            ("10.0.1.255/28", "10.0.1.240/28", 16),
            ("1.2.3.4/0", "0.0.0.0/0", u32::MAX),
        ] {
            let own = Cidr::around(text).unwrap();
            assert_eq!((own.text().as_str(), own.size()), (canonical, size), "{text}");
        }
        let own = Cidr::parse("10.0.1.0/24").unwrap();
        assert_eq!((own.at(7), own.place_of([10, 0, 1, 7])), ([10, 0, 1, 7], 7));
        assert!(
            own.overlaps(Cidr::parse("10.0.0.0/16").unwrap()) && !own.overlaps(Cidr::parse("10.0.2.0/24").unwrap())
        );
    }
}
