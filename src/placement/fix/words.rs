//! Fixes in plain English.

use super::{Change, Fix, Offer, Wishes};
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
                write!(out, "give {host} {}", wished(attributes))
            }
            Self::Stop { host, labels, frees, .. } => {
                let mut words: Vec<String> = Vec::new();
                for (at, name) in labels.iter().enumerate() {
                    let tasks = labels.iter().filter(|label| *label == name).count();
                    if labels.iter().position(|label| label == name) == Some(at) {
                        words.push(if tasks == 1 { name.clone() } else { format!("{tasks} tasks of {name}") });
                    }
                }
                write!(out, "stop {} on {host}, which frees {}", words.join(" and "), frees.join(" and "))
            }
            Self::LowerCpu { from, to } => write!(out, "lower the task's CPU from {from} to {to} units"),
            Self::LowerMemory { from, to } => write!(out, "lower the task's memory from {from} to {to} MiB"),
            Self::DynamicPorts { ports } => {
                let words: Vec<String> = ports.iter().map(ToString::to_string).collect();
                write!(out, "let the instance choose the host port in place of {}", words.join(", "))
            }
            Self::AddZone { zone } => write!(out, "add a subnet in {zone}"),
            Self::Widen { culprit, without, to, .. } => {
                let gap = if without.is_empty() { "" } else { ", without " };
                write!(out, "widen memberOf to \"{to}\"{gap}{without} ({culprit} fails)")
            }
            Self::Drop { was, .. } => write!(out, "drop the constraint {}", was.words()),
            Self::AddInstance { words, attributes, .. } if attributes.is_empty() => out.write_str(words),
            Self::AddInstance { words, attributes, .. } => write!(out, "{words} with {}", wished(attributes)),
        }
    }
}

impl Offer {
    /// `add one m5.large in us-east-1a`.
    pub fn words(&self) -> String {
        let (kind, zone) = (&self.instance_type, &self.host.zone);
        match self.host.attribute("ecs.os-family").unwrap_or("LINUX") {
            _ if zone.is_empty() => format!("register one {kind}"),
            "LINUX" => format!("add one {kind} in {zone}"),
            windows => format!("add one {kind} with {windows} in {zone}"),
        }
    }
}

/// `the attributes stack=prod and ssd`.
fn wished(attributes: &Wishes) -> String {
    let word = |(name, value): &(String, Option<String>)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    };
    let words: Vec<String> = attributes.iter().map(word).collect();
    format!("the attribute{} {}", if words.len() == 1 { "" } else { "s" }, words.join(" and "))
}

/// `1 GPU`, `2 GPUs`.
pub fn plural(count: u32, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
