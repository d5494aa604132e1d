//! Task definitions: RegisterTaskDefinition's rules, its answer, and what the engine reads from it.
//!
//! [`validate`] takes the input of RegisterTaskDefinition, checked against the API's shapes or not, and gives either
//! AWS's first refusal or a [`Registration`]. [`problems`] gives every refusal at its member, for an editor. Both are
//! total: any JSON value is answered.
//!
//! Sources: Amazon ECS developer guide (task_definition_parameters, fargate-tasks-services), API reference, and texts
//! that AWS answered in Sep 2026; rule ids such as CD-05 are those of the reference that the project was built from.
//! Where two sources disagree the recorded answer holds.

mod asks;
mod attributes;
mod check;
mod compat;
mod diff;
mod document;
mod facts;
mod fargate;
mod forward;
mod read;
mod size;
#[cfg(test)]
mod tests;
mod view;

pub use asks::Ask;
pub use diff::{Difference, diff};
pub use facts::{Condition, Container, Core, Gpus, HealthCheck, NetworkMode, PortMapping, Restart};
pub use fargate::{FargateSize, fargate_sizes};
pub use forward::Forward;

use crate::aws::ApiError;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value, json};
use view::View;

/// A definition that AWS takes: what a revision is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The family; the revision number is the registry's to give (TD-02).
    pub family: String,
    /// The answer's members that come from the input, with AWS's defaults.
    pub document: Value,
    /// The typed facts that the engine computes with.
    pub core: Core,
    /// Where it can run: EXTERNAL, EC2, MANAGED_INSTANCES, FARGATE, those that apply, in this order.
    pub compatibilities: Vec<String>,
    /// The attributes that an instance must have (AT-08), in AWS's order; the answer omits the member when there are none.
    pub requires_attributes: Vec<String>,
}

impl Registration {
    /// `taskDefinition` as the API gives it, but for `registeredAt` and `registeredBy` (TD-14).
    pub fn described(&self, arn: &str, revision: u32, status: &str) -> Value {
        let mut out = Map::new();
        out.insert("taskDefinitionArn".to_string(), json!(arn));
        out.extend(self.document.as_object().cloned().unwrap_or_default());
        out.insert("revision".to_string(), json!(revision));
        out.insert("status".to_string(), json!(status));
        if !self.requires_attributes.is_empty() {
            let attributes: Vec<Value> = self.requires_attributes.iter().map(|name| json!({ "name": name })).collect();
            out.insert("requiresAttributes".to_string(), Value::Array(attributes));
        }
        out.insert("compatibilities".to_string(), json!(self.compatibilities));
        Value::Object(out)
    }
}

/// What AWS derives from a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// As in [`Registration`].
    pub compatibilities: Vec<String>,
    /// As in [`Registration`].
    pub requires_attributes: Vec<String>,
}

/// What would be derived from the input, whether or not it registers: an editor shows it while the input is mended.
pub fn derived(input: &Value) -> Derived {
    derive(&View::new(input, Rules::default().fargate_32_vcpu))
}

fn derive(view: &View) -> Derived {
    Derived { compatibilities: compat::compatibilities(view), requires_attributes: attributes::required(view) }
}

/// What the lab leaves open about AWS's rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether Fargate sells 32 vCPU: in the guide of late 2026, absent from the API's own description.
    pub fargate_32_vcpu: bool,
}

/// Registers under the standing rules: AWS's first refusal, or the registration.
pub fn validate(input: &Value) -> Result<Registration, ApiError> {
    validate_with(input, Rules::default())
}

/// Registers under the given rules.
pub fn validate_with(input: &Value, rules: Rules) -> Result<Registration, ApiError> {
    let view = View::new(input, rules.fargate_32_vcpu);
    if let Some(first) = check::run(&view).into_iter().next() {
        return Err(first);
    }
    let Derived { compatibilities, requires_attributes } = derive(&view);
    Ok(Registration {
        family: read::text(input, "family").unwrap_or_default().to_string(),
        document: document::document(&view),
        core: facts::core(&view, requires_attributes.clone()),
        compatibilities,
        requires_attributes,
    })
}

/// The facts of a registered definition with other sizes, or the first rule on sizes and GPUs that they break.
pub(super) fn overridden(document: &Value, requires_attributes: &[String], on_fargate: bool) -> Result<Core, ApiError> {
    let view = View { wants_fargate: on_fargate, ..View::new(document, Rules::default().fargate_32_vcpu) };
    match check::sizes_of(&view).into_iter().next() {
        Some(first) => Err(first),
        None => Ok(facts::core(&view, requires_attributes.to_vec())),
    }
}

/// Every rule that the input breaks, each at its member, in the order in which AWS would name them.
pub fn problems(input: &Value) -> Vec<ApiError> {
    problems_with(input, Rules::default())
}

/// Every rule that the input breaks under the given rules.
pub fn problems_with(input: &Value, rules: Rules) -> Vec<ApiError> {
    check::run(&View::new(input, rules.fargate_32_vcpu))
}
