//! What the endpoint alone needs of a model: how the XML protocols spell members, and which shape stands behind an
//! error's code. Only what differs from the rule of the protocol is written.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::{Model, word};

/// The file of a service that is spoken to in XML; none of one that speaks JSON alone.
pub fn wire(of: &Model<'_>) -> Result<Option<String>, String> {
    let metadata = &of.model["metadata"];
    let protocols = metadata["protocols"].as_array().ok_or("the model names no protocols")?;
    let Some(protocol) = ["query", "ec2"].into_iter().find(|name| protocols.iter().any(|own| own == name)) else {
        return Ok(None);
    };
    let mut out = of.head()?;
    let _ = writeln!(out, "dialect {protocol}\nxmlns {}", word(&metadata["xmlNamespace"])?);
    for (name, shape) in of.model["shapes"].as_object().into_iter().flatten() {
        if shape["exception"] != true {
            continue;
        }
        let (code, status) = (of.code(name), shape["error"]["httpStatusCode"].as_i64().unwrap_or(400));
        let sender = shape["error"]["senderFault"] == true || status < 500;
        if code != *name || status != 400 || !sender {
            let _ = writeln!(out, "error {code} {name} {status} {}", if sender { "Sender" } else { "Receiver" });
        }
    }
    let (mut seen, mut lines) = (BTreeSet::new(), BTreeSet::new());
    for name in of.source.first.iter().chain(of.source.later) {
        let operation = of.operation(name)?;
        for side in ["input", "output"] {
            if let Some(shape) = operation[side]["shape"].as_str() {
                Names { of, protocol, seen: &mut seen, lines: &mut lines }.shape(shape)?;
            }
        }
    }
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
    Ok(Some(out))
}

struct Names<'a> {
    of: &'a Model<'a>,
    protocol: &'a str,
    seen: &'a mut BTreeSet<String>,
    lines: &'a mut BTreeSet<String>,
}

impl Names<'_> {
    fn shape(&mut self, name: &str) -> Result<(), String> {
        if !self.seen.insert(name.to_string()) {
            return Ok(());
        }
        let shape = &self.of.model["shapes"][name];
        if shape["flattened"] == true {
            return Err(format!("{name} is flattened, which the endpoint does not know"));
        }
        for part in ["member", "key", "value"] {
            let Some(inner) = shape[part]["shape"].as_str() else { continue };
            let usual = if part == "member" && self.protocol == "ec2" { "item" } else { part };
            let own = shape[part]["locationName"].as_str().unwrap_or(part);
            if own != usual {
                self.lines.insert(format!("{part} {name} {own}"));
            }
            self.shape(inner)?;
        }
        let cut = self.of.source.cut.iter().find(|(structure, _)| *structure == name).map(|(_, members)| *members);
        for (member, reference) in shape["members"].as_object().into_iter().flatten() {
            let (asked, answered) = self.names(member, reference);
            let lower = other_case(member, char::to_ascii_lowercase);
            let usual = if self.protocol == "ec2" { lower.as_str() } else { member.as_str() };
            if asked != *member {
                self.lines.insert(format!("asked {name} {member} {asked}"));
            }
            if answered != usual {
                self.lines.insert(format!("answered {name} {member} {answered}"));
            }
            if cut.is_none_or(|kept| kept.contains(&member.as_str())) {
                self.shape(word(&reference["shape"])?)?;
            }
        }
        Ok(())
    }

    /// A member's name in a form and in an answer (botocore's `serialize.py` and `parsers.py`).
    fn names(&self, member: &str, reference: &Value) -> (String, String) {
        let location = reference["locationName"].as_str();
        let answered = location.unwrap_or(member).to_string();
        if self.protocol != "ec2" {
            return (answered.clone(), answered);
        }
        let upper = other_case(&answered, char::to_ascii_uppercase);
        (reference["queryName"].as_str().map_or(upper, str::to_string), answered)
    }
}

fn other_case(name: &str, case: impl Fn(&char) -> char) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| case(&letter));
    first.into_iter().chain(letters).collect()
}
