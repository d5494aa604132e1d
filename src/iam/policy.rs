//! Policy documents: what IAM takes, and what of them decides (reference section 4.2).

use super::condition::Test;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// What a document is for; each kind has its own grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Attached to a user, group or role: it names no principal.
    Identity,
    /// The trust policy of a role: it names principals and no resource.
    Trust,
    /// Attached to a resource, such as a repository: it names principals; without a resource it means that one.
    Resource,
}

/// A document that IAM takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// `Sid`; empty without one.
    pub sid: String,
    /// Whether its effect is Allow, and not Deny.
    pub allow: bool,
    pub(super) actions: Names,
    /// None means every resource: a trust policy, or the one that the policy is attached to.
    pub(super) resources: Option<Names>,
    /// Kind (`AWS`, `Service`) and name; none where the document's use has no principals.
    pub(super) principals: Option<Names>,
    pub(super) conditions: Vec<Test>,
}

/// `Action` or `NotAction`, and their like.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Names {
    /// Whether the element is the Not… one.
    pub(super) negated: bool,
    /// The patterns; of principals `KIND NAME`.
    pub(super) list: Vec<String>,
}

impl Names {
    /// Whether one of them matches, or none if negated.
    pub(super) fn match_by(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.list.iter().any(|pattern| matches(pattern)) != self.negated
    }
}

/// Says nothing, so it allows nothing.
pub(super) static EMPTY: Policy = Policy { statements: Vec::new() };

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";

impl Policy {
    /// Reads a document. Errors: the message of MalformedPolicyDocument, in IAM's words as they are seen.
    pub fn read(text: &str, purpose: Use) -> Result<Self, String> {
        let syntax = || SYNTAX.to_string();
        let document: Value = serde_json::from_str(text).map_err(|_| syntax())?;
        let map = document.as_object().ok_or_else(syntax)?;
        only(map, &["Version", "Id", "Statement"])?;
        match &map.get("Version").unwrap_or(&Value::Null) {
            Value::String(version) if version == "2012-10-17" => {}
            // The older language has no policy variables; the two do not differ for the lab otherwise.
            Value::Null | Value::String(_) if purpose != Use::Identity && known_version(map.get("Version")) => {}
            Value::Null => return Err("Policy document must be version 2012-10-17 or greater.".to_string()),
            version if known_version(Some(version)) => {
                return Err("Policy document must be version 2012-10-17 or greater.".to_string());
            }
            _ => return Err(syntax()),
        }
        let given = match map.get("Statement") {
            Some(Value::Array(list)) if !list.is_empty() => list.as_slice(),
            Some(one @ Value::Object(_)) => core::slice::from_ref(one),
            _ => return Err(syntax()),
        };
        let statements = given.iter().map(|own| Statement::read(own, purpose)).collect::<Result<Vec<_>, _>>()?;
        for (index, own) in statements.iter().enumerate().filter(|(_, own)| !own.sid.is_empty()) {
            if statements.iter().take(index).any(|other| other.sid == own.sid) {
                return Err("Statement IDs (SID) in a single policy must be unique.".to_string());
            }
        }
        Ok(Self { statements })
    }

    /// The trust policy that lets a service assume a role.
    pub(super) fn trusting(service: &str) -> Self {
        let names = |name: String| Names { negated: false, list: alloc::vec![name] };
        let statement = Statement {
            sid: String::new(),
            allow: true,
            actions: names("sts:AssumeRole".to_string()),
            resources: None,
            principals: Some(names(format!("Service {service}"))),
            conditions: Vec::new(),
        };
        Self { statements: alloc::vec![statement] }
    }

    /// Whether a statement may deny something.
    pub fn denies(&self) -> bool {
        self.statements.iter().any(|own| !own.allow)
    }
}

fn known_version(version: Option<&Value>) -> bool {
    version.is_none_or(|own| own == "2012-10-17" || own == "2008-10-17")
}

impl Statement {
    fn read(value: &Value, purpose: Use) -> Result<Self, String> {
        let syntax = || SYNTAX.to_string();
        let map = value.as_object().ok_or_else(syntax)?;
        only(
            map,
            &[
                "Sid",
                "Effect",
                "Principal",
                "NotPrincipal",
                "Action",
                "NotAction",
                "Resource",
                "NotResource",
                "Condition",
            ],
        )?;
        let allow = match map.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(syntax()),
        };
        let sid = match map.get("Sid") {
            None => "",
            Some(own) => own.as_str().ok_or_else(syntax)?,
        };
        if purpose == Use::Identity && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
                    .to_string(),
            );
        }
        let actions = names(map, "Action")?.filter(|own| !own.list.is_empty());
        let actions = actions.ok_or("Policy statement must contain actions.")?;
        actions.list.iter().try_for_each(|own| action(own))?;
        let resources = names(map, "Resource")?.filter(|own| !own.list.is_empty());
        let principals = principals(map)?;
        match purpose {
            Use::Identity if principals.is_some() => {
                return Err("Policy document should not specify a principal.".to_string());
            }
            Use::Identity if resources.is_none() => {
                return Err("Policy statement must contain resources.".to_string());
            }
            Use::Trust if resources.is_some() => return Err("Has prohibited field Resource".to_string()),
            Use::Trust if actions.list.iter().any(|own| !own.starts_with("sts:") && own != "*") => {
                return Err(
                    "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML, and sts:AssumeRoleWithWebIdentity"
                        .to_string(),
                );
            }
            Use::Trust | Use::Resource if principals.is_none() => {
                return Err("Missing required field Principal".to_string());
            }
            _ => {}
        }
        for own in resources.iter().flat_map(|own| &own.list) {
            resource(own)?;
        }
        let conditions = match map.get("Condition") {
            None => Vec::new(),
            Some(own) => Test::read(own).ok_or_else(syntax)?,
        };
        Ok(Self { sid: sid.to_string(), allow, actions, resources, principals, conditions })
    }
}

/// Members that the grammar does not know are syntax errors.
fn only(map: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    let unknown = map.keys().any(|key| !known.contains(&key.as_str()));
    if unknown { Err(SYNTAX.to_string()) } else { Ok(()) }
}

/// One text or a list of texts.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(alloc::vec![text.clone()]),
        Value::Array(list) => list.iter().map(|own| own.as_str().map(String::from)).collect(),
        _ => None,
    }
}

/// An element or its Not… twin, of which a statement has one at most.
fn names(map: &Map<String, Value>, element: &str) -> Result<Option<Names>, String> {
    let twin = format!("Not{element}");
    let (value, negated) = match (map.get(element), map.get(twin.as_str())) {
        (None, None) => return Ok(None),
        (Some(own), None) => (own, false),
        (None, Some(own)) => (own, true),
        (Some(_), Some(_)) => return Err(SYNTAX.to_string()),
    };
    let list = texts(value).ok_or_else(|| SYNTAX.to_string())?;
    Ok(Some(Names { negated, list }))
}

fn action(text: &str) -> Result<(), String> {
    let Some((vendor, name)) = text.split_once(':') else {
        if text == "*" {
            return Ok(());
        }
        return Err("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_string());
    };
    if name.contains(':') {
        return Err("Actions/Condition can contain only one colon.".to_string());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if vendor.is_empty() || !vendor.bytes().all(plain) {
        return Err(format!("Vendor {vendor} is not valid"));
    }
    Ok(())
}

fn resource(text: &str) -> Result<(), String> {
    if text == "*" {
        return Ok(());
    }
    let mut parts = text.splitn(6, ':');
    if parts.next() != Some("arn") {
        // What has a colon is read as an ARN, and fails later than what has none.
        let message = format!("Resource {text} must be in ARN format or \"*\".");
        return Err(if text.contains(':') { LEGACY.to_string() } else { message });
    }
    let partition = parts.next().unwrap_or_default();
    if !matches!(partition, "aws" | "aws-cn" | "aws-us-gov" | "*") {
        let rest: Vec<&str> = parts.chain(["*"; 4]).take(4).collect();
        return Err(format!(
            "Partition \"{partition}\" is not valid for resource \"arn:{partition}:{}\".",
            rest.join(":")
        ));
    }
    match parts.next() {
        None | Some("") => Err("Resource vendor must be fully qualified and cannot contain regexes.".to_string()),
        Some(vendor) if vendor.contains(['*', '?']) && vendor != "*" => {
            Err("Resource vendor must be fully qualified and cannot contain regexes.".to_string())
        }
        Some(_) => Ok(()),
    }
}

/// `"*"` or `{"AWS": …, "Service": …}`.
fn principals(map: &Map<String, Value>) -> Result<Option<Names>, String> {
    let (value, negated) = match (map.get("Principal"), map.get("NotPrincipal")) {
        (None, None) => return Ok(None),
        (Some(own), None) => (own, false),
        (None, Some(own)) => (own, true),
        (Some(_), Some(_)) => return Err(SYNTAX.to_string()),
    };
    let mut list = Vec::new();
    match value {
        Value::String(text) if text == "*" => list.push("AWS *".to_string()),
        Value::Object(kinds) => {
            for (kind, value) in kinds {
                if !matches!(kind.as_str(), "AWS" | "Service" | "Federated" | "CanonicalUser") {
                    return Err(format!("Invalid principal in policy: \"{kind}\":{value}"));
                }
                for name in texts(value).ok_or_else(|| SYNTAX.to_string())? {
                    if !plausible(kind, &name) {
                        return Err(format!("Invalid principal in policy: \"{kind}\":\"{name}\""));
                    }
                    list.push(format!("{kind} {name}"));
                }
            }
        }
        Value::String(text) => return Err(format!("Invalid principal in policy: \"STAR\":\"{text}\"")),
        _ => return Err(SYNTAX.to_string()),
    }
    if list.is_empty() { Err(SYNTAX.to_string()) } else { Ok(Some(Names { negated, list })) }
}

/// A principal of the account and of others is taken on trust; only its form counts.
fn plausible(kind: &str, name: &str) -> bool {
    match kind {
        "AWS" => {
            name == "*" || is_account(name) || {
                let mut parts = name.splitn(6, ':');
                let whole = parts.next() == Some("arn") && parts.next().is_some_and(|own| own.starts_with("aws"));
                let service = parts.next().is_some_and(|own| own == "iam" || own == "sts");
                let (region, account) = (parts.next(), parts.next());
                let known = ["root", "user/", "role/", "assumed-role/", "federated-user/"];
                let resource = parts.next().unwrap_or_default();
                let named = known.iter().any(|own| resource.starts_with(own)) && !resource.contains(['*', '?']);
                whole && service && region == Some("") && account.is_some_and(is_account) && named
            }
        }
        "Service" => name.contains('.') && !name.contains(['*', ' ']),
        _ => !name.is_empty(),
    }
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text matches a pattern with `*` and `?`.
pub fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while let Some(sign) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(own) if own == sign || *own == '?' => {
                p += 1;
                t += 1;
            }
            // The last star takes one sign more.
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|own| *own == '*')
}

/// Whether an ARN matches a pattern of one: each of the six parts by itself, missing ones as `*`.
pub(super) fn arn_like(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let mut patterns = pattern.splitn(6, ':');
    let mut parts = arn.splitn(6, ':');
    (0..6).all(|_| match (patterns.next(), parts.next()) {
        (Some(pattern), part) => like(pattern, part.unwrap_or_default()),
        (None, _) => true,
    })
}

#[cfg(test)]
mod tests;
