//! Fixes in plain English.

use super::{Change, Fix, Unit};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

impl Fix {
    /// `Lower the task's memory from 900 to 700 MiB`.
    pub fn words(&self) -> String {
        let changes: Vec<String> = self.changes.iter().map(ToString::to_string).collect();
        let text = changes.join(", and ");
        let mut signs = text.chars();
        let first = signs.next().map(|sign| sign.to_ascii_uppercase());
        format!("{}{}", first.unwrap_or_default(), signs.as_str())
    }
}

impl fmt::Display for Fix {
    /// `Lower the task's memory from 900 to 700 MiB: it then goes to i-2.`
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: it then goes to {}.", self.words(), self.host)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { host } => write!(out, "reconnect the agent of {host}"),
            Self::Activate { host } => write!(out, "set {host} back to ACTIVE"),
            Self::AddAttributes { host, attributes } => {
                let word = |(name, value): &(String, Option<String>)| match value {
                    Some(value) => format!("{name}={value}"),
                    None => name.clone(),
                };
                let words: Vec<String> = attributes.iter().map(word).collect();
                write!(out, "give {host} the {} {}", plural(words.len(), "attribute"), words.join(" and "))
            }
            Self::FreePorts { host, ports } => {
                let words: Vec<String> =
                    ports.iter().map(|(need, holder)| format!("port {need}, which {holder} holds")).collect();
                write!(out, "free on {host} {}", words.join(", and "))
            }
            Self::FreeUnits { host, unit, count } => {
                let unit = match unit {
                    Unit::Eni => "network interface",
                    Unit::Gpu => "GPU",
                };
                write!(out, "free {count} {} on {host}", plural(*count as usize, unit))
            }
            Self::LowerCpu { from, to } => write!(out, "lower the task's CPU from {from} to {to} units"),
            Self::LowerMemory { from, to } => write!(out, "lower the task's memory from {from} to {to} MiB"),
            Self::DynamicPorts { ports } => {
                let words: Vec<String> = ports.iter().map(ToString::to_string).collect();
                write!(out, "let the instance choose the host port in place of {}", words.join(", "))
            }
            Self::AddZone { zone } => write!(out, "add a subnet in {zone}"),
            Self::Widen { culprit, to, .. } => write!(out, "widen memberOf to \"{to}\" ({culprit} fails)"),
            Self::Drop { was, .. } => write!(out, "drop the constraint {}", was.words()),
            Self::AddInstance { instance_type, zone } if zone.is_empty() => {
                write!(out, "add one {instance_type}")
            }
            Self::AddInstance { instance_type, zone } => write!(out, "add one {instance_type} in {zone}"),
        }
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { String::from(noun) } else { format!("{noun}s") }
}
