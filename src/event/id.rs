//! Ids as AWS prints them, small enough to copy.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// 32 lower-case hex digits: task and container-instance ids (LC-02, CI-23). Two halves, because a whole number of 128
/// bits would be aligned to 16 bytes and pad every key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HexId([u64; 2]);

impl HexId {
    /// The id of a number.
    pub const fn new(number: u128) -> Self {
        Self([(number >> 64) as u64, number as u64])
    }

    /// Its number.
    pub const fn number(self) -> u128 {
        ((self.0[0] as u128) << 64) | self.0[1] as u128
    }
}

/// `i-` and 17 hex digits: an EC2 instance id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ec2Id(pub u64);

/// The machine behind a container instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MachineId {
    /// An EC2 instance.
    Ec2(Ec2Id),
    /// One outside of AWS, `mi-` and 17 hex digits (8.1).
    External(u64),
    /// An EC2 instance that the lab does not hold, by its digits behind a 1, since there are 8 or 17 of them.
    Outside(u128),
}

impl MachineId {
    /// An EC2 instance of that id, `i-` and 8 or 17 hex digits, that the lab does not hold.
    pub fn outside(id: &str) -> Option<Self> {
        let digits = id.strip_prefix("i-").filter(|digits| matches!(digits.len(), 8 | 17))?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let number = u128::from_str_radix(digits, 16).ok().filter(|_| plain)?;
        Some(Self::Outside(number | (1 << (4 * digits.len()))))
    }
}

/// A cluster's number in the order of creation; never reused, so a deleted and remade cluster is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterId(pub u32);

/// A container instance of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceKey {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its id within the account.
    pub id: HexId,
}

/// A task of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskKey {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its id within the account.
    pub id: HexId,
}

/// A service of a cluster, by its place in the order of creation in the account; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its number, from 1.
    pub number: u32,
}

/// A target of a target group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetKey {
    /// The group's number.
    pub group: u32,
    /// Its own, in the order of registration.
    pub number: u32,
}

impl HexId {
    /// The same digits as a UUID, as ids of attachments look.
    pub fn uuid(self) -> String {
        let id = self.number();
        let (a, b, c, d) = ((id >> 96) as u32, (id >> 80) as u16, (id >> 64) as u16, (id >> 48) as u16);
        alloc::format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{:012x}", id & 0xffff_ffff_ffff)
    }
}

impl fmt::Display for HexId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.number())
    }
}

impl FromStr for HexId {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let well_formed = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        if well_formed { u128::from_str_radix(text, 16).map(HexId::new).map_err(|_| ()) } else { Err(()) }
    }
}

impl fmt::Display for Ec2Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "i-0{:016x}", self.0)
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ec2(id) => id.fmt(out),
            Self::External(id) => write!(out, "mi-0{id:016x}"),
            Self::Outside(id) => {
                let digits = alloc::format!("{id:x}");
                write!(out, "i-{}", digits.get(1..).unwrap_or_default())
            }
        }
    }
}

impl FromStr for Ec2Id {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix("i-0").ok_or(())?;
        let well_formed =
            digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        if well_formed { u64::from_str_radix(digits, 16).map(Ec2Id).map_err(|_| ()) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn ids_print_and_read_back() {
        let task = HexId::new(0x0123_4567_89ab_cdef);
        assert_eq!(task.to_string(), "00000000000000000123456789abcdef");
        assert_eq!(task.to_string().parse(), Ok(task));
        assert_eq!(task.uuid(), "00000000-0000-0000-0123-456789abcdef");
        let host = Ec2Id(0xa41);
        assert_eq!(host.to_string(), "i-00000000000000a41");
        assert_eq!(MachineId::Ec2(host).to_string(), "i-00000000000000a41");
        assert_eq!(MachineId::External(0xa41).to_string(), "mi-00000000000000a41");
        assert_eq!(host.to_string().parse(), Ok(host));
        for id in ["i-1234567890abcdef0", "i-00000000000000a41", "i-00000000", "i-ffffffff"] {
            assert_eq!(MachineId::outside(id).map(|own| own.to_string()).as_deref(), Some(id));
        }
        for text in ["", "i-", "i-0", "i-0000000A", "mi-00000000000000a41", "i-+0000000", "i-é000000"] {
            assert_eq!(MachineId::outside(text), None, "{text}");
        }
        for text in ["", "i-", "i-0", "i-1000000000000a41", "i-0000000000000A41", "é-0000000000000a4"] {
            assert_eq!(text.parse::<Ec2Id>(), Err(()), "{text}");
        }
        assert_eq!("0123456789ABCDEF0123456789abcdef".parse::<HexId>(), Err(()));
    }
}
