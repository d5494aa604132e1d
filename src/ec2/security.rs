//! Security groups: who may reach what.

/// A block of IPv4 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: u32,
    bits: u8,
}

impl Cidr {
    /// Reads `172.31.0.0/16`; none of another form, and none when the address has bits behind the prefix.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let plain = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits = bits.parse().ok().filter(|bits| *bits <= 32 && plain)?;
        let base = u32::from_be_bytes(super::network::ipv4(address)?);
        Some(Self { base, bits }).filter(|own| own.base & !own.mask() == 0)
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0)
    }

    /// Whether all of another block lies within this one.
    pub fn holds(self, other: Self) -> bool {
        self.bits <= other.bits && other.base & self.mask() == self.base
    }
}
