//! What one task needs of the instance that will run it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Transport protocol of a host port. TCP and UDP ports are separate sets (PT-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// `tcp`.
    Tcp,
    /// `udp`.
    Udp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// A fixed host port that a task wants. Dynamic ports and awsvpc ports are no need (PT-12, PT-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortNeed {
    /// Host port.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
}

impl fmt::Display for PortNeed {
    /// `8081`, or `53/udp`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            Protocol::Tcp => write!(out, "{}", self.port),
            Protocol::Udp => write!(out, "{}/udp", self.port),
        }
    }
}

/// What one task needs (PL-05).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// CPU units; 0 never blocks (PL-04).
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// GPUs.
    pub gpu: u32,
    /// Whether it takes every GPU of its instance, besides those counted (CD-15).
    pub all_gpus: bool,
    /// Network interfaces: 1 for an awsvpc task, else 0.
    pub enis: u32,
    /// Fixed host ports.
    pub ports: Vec<PortNeed>,
    /// Attributes the instance must have; with a value, exactly that value (AT-08).
    pub attributes: Vec<(String, Option<String>)>,
    /// The Availability Zones of the awsvpc subnets (EN-10); `None` when any will do.
    pub zones: Option<Vec<String>>,
}
