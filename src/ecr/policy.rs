//! The policies of repositories and of the registry: kept, and handed to whoever decides about access (3.3, 3.11).

use super::state::Ecr;
use super::{Look, text, words};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::event::{Cx, Event};
use crate::iam::policy::{Policy, Use};
use crate::sim::SimDuration;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A policy document.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text as answers give it.
    pub text: Rc<str>,
    /// The same as JSON.
    pub parsed: Rc<Value>,
    /// The same as IAM reads it.
    pub policy: Rc<Policy>,
}

/// What a registry policy may allow (3.11).
const REGISTRY_ACTIONS: [&str; 3] = ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"];

/// One or a list.
fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Null => Vec::new(),
        one => alloc::vec![one],
    }
}

/// Whether all actions of a document are ECR's.
fn speaks_of_ecr(document: &Value) -> bool {
    let ecr = |action: &&Value| action.as_str().is_some_and(|own| own == "*" || own.starts_with("ecr:"));
    let of = |own: &Value| [each(&own["Action"]), each(&own["NotAction"])].concat().iter().all(ecr);
    each(&document["Statement"]).into_iter().all(of)
}

pub fn parse(text: &str, kind: &str) -> Result<Document, ApiError> {
    let parsed: Option<Value> = serde_json::from_str(text).ok().filter(speaks_of_ecr);
    let read = parsed.zip(Policy::read(text, Use::Resource).ok());
    let (parsed, policy) = read.ok_or_else(|| {
        words::constraint("PolicyText", &alloc::format!("Invalid {kind} policy provided")).at("policyText")
    })?;
    let mut pretty = String::new();
    print(&parsed, 0, &mut pretty);
    Ok(Document { text: pretty.into(), parsed: Rc::new(parsed), policy: Rc::new(policy) })
}

/// JSON as the service prints it: `"key" : value`, lists in one line with their brackets apart.
fn print(value: &Value, depth: usize, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        (0..depth).for_each(|_| out.push_str("  "));
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (place, (name, member)) in members.iter().enumerate() {
                out.push_str(if place == 0 { "{" } else { "," });
                line(out, depth + 1);
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push_str(" : ");
                print(member, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            for (place, item) in list.iter().enumerate() {
                out.push_str(if place == 0 { "[ " } else { ", " });
                print(item, depth, out);
            }
            out.push_str(" ]");
        }
        Value::Object(_) => out.push_str("{ }"),
        Value::Array(_) => out.push_str("[ ]"),
        other => out.push_str(&other.to_string()),
    }
}

fn answer(account: &Account, name: &str, text: &str) -> Value {
    words::answer(account, name, alloc::vec![("policyText", text.into())])
}

pub fn set(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    let document = parse(text(input, "policyText"), "repository")?;
    let answer = answer(&account, &own.name, &document.text);
    own.policy = Some(document);
    super::tell(cx, &own.name, "policy set".to_string());
    cx.schedule(SimDuration::ZERO, Event::PermissionsChanged);
    Ok(answer)
}

fn none(name: &str, registry: &str) -> ApiError {
    words::nothing_for("RepositoryPolicyNotFoundException", "Repository policy", name, registry)
}

pub fn get(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let own = words::seen(look, input)?;
    let document = own.policy.as_ref().ok_or_else(|| none(&own.name, &look.account.id))?;
    Ok(answer(look.account, &own.name, &document.text))
}

pub fn delete(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let account = cx.options().account.clone();
    let own = words::change(ecr, cx, input)?;
    let document = own.policy.take().ok_or_else(|| none(&own.name, &account.id))?;
    super::tell(cx, &own.name, "policy deleted".to_string());
    cx.schedule(SimDuration::ZERO, Event::PermissionsChanged);
    Ok(answer(&account, &own.name, &document.text))
}

fn of_registry(account: &Account, document: Option<&Document>) -> Result<Value, ApiError> {
    let message = alloc::format!("Registry policy does not exist in the registry with id '{}'", account.id);
    let document = document.ok_or_else(|| ApiError::new("RegistryPolicyNotFoundException", message))?;
    Ok(object!({ "registryId": account.id.as_str(), "policyText": &*document.text }))
}

pub fn put_registry(ecr: &mut Ecr, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let document = parse(text(input, "policyText"), "registry")?;
    let fits = |action: &&Value| action.as_str().is_some_and(|own| REGISTRY_ACTIONS.contains(&own));
    if !each(&document.parsed["Statement"]).iter().all(|own| each(&own["Action"]).iter().all(fits)) {
        return Err(words::constraint("PolicyText", "Invalid registry policy provided").at("policyText"));
    }
    let answer = of_registry(&cx.options().account, Some(&document))?;
    ecr.registry_mut().policy = Some(document);
    Ok(answer)
}

pub fn get_registry(look: &Look<'_>, _input: &Value) -> Result<Value, ApiError> {
    of_registry(look.account, look.ecr.registry.policy.as_ref())
}

pub fn delete_registry(ecr: &mut Ecr, cx: &mut Cx<'_>, _input: &Value) -> Result<Value, ApiError> {
    let answer = of_registry(&cx.options().account, ecr.registry.policy.as_ref())?;
    ecr.registry_mut().policy = None;
    Ok(answer)
}
