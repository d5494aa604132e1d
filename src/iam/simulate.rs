//! SimulatePrincipalPolicy: the verdicts of an identity without doing anything.

use super::evaluate::{Kind as PolicyKind, Named, Verdict};
use super::needs::Need;
use super::policy::Use;
use super::state::{Document, Iam, Kind, no_such_entity};
use super::{Scene, listing};
use crate::aws::arn::short_name;
use crate::aws::object::object;
use crate::aws::{ApiError, arn::Account};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Each action on each resource.
pub fn simulate(iam: &Iam, scene: Scene<'_>, input: &Value) -> Result<Value, ApiError> {
    let caller = caller_of(iam, scene.account, input["PolicySourceArn"].as_str().unwrap_or_default())?;
    let scene = Scene { caller: &caller, ..scene };
    let more = texts(&input["PolicyInputList"]).map(|text| Document::read(text, Use::Identity));
    let more = more.collect::<Result<Vec<_>, _>>().map_err(|error| ApiError::new("InvalidInput", error.message))?;
    let mut resources: Vec<&str> = texts(&input["ResourceArns"]).collect();
    if resources.is_empty() {
        resources.push("*");
    }
    let mut results = Vec::new();
    for action in texts(&input["ActionNames"]) {
        for resource in &resources {
            let mut need = Need::new(action, *resource);
            for entry in input["ContextEntries"].as_array().into_iter().flatten() {
                let key = entry["ContextKeyName"].as_str().unwrap_or_default();
                texts(&entry["ContextKeyValues"]).for_each(|value| need.context.add(key, value));
            }
            let verdict = iam.verdict_with(scene, &need, &more);
            results.push(described(&verdict, &need));
        }
    }
    listing(results, input, "EvaluationResults")
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The user or role of an ARN, as a caller.
fn caller_of(iam: &Iam, account: &Account, named: &str) -> Result<String, ApiError> {
    let name = short_name(named);
    for kind in [Kind::User, Kind::Role] {
        if iam.get(kind, name).is_some_and(|own| own.arn(account) == named) {
            return Ok(match kind {
                Kind::User => format!("user/{name}"),
                _ => format!("assumed-role/{name}/simulation"),
            });
        }
    }
    Err(no_such_entity(format!("The entity {named} cannot be found.")).in_our_words())
}

impl Iam {
    /// The verdict with more policies beside the identity's own.
    fn verdict_with(&self, scene: Scene<'_>, need: &Need, more: &[Document]) -> Verdict {
        let mut policies = self.policies_of(scene.caller);
        policies.identity.extend(more.iter().map(|own| Named { name: "PolicyInputList", policy: &own.policy }));
        self.verdict_by(scene, need, &policies)
    }
}

fn described(verdict: &Verdict, need: &Need) -> Value {
    let decision = match (verdict.allowed, &verdict.by) {
        (true, _) => "allowed",
        (false, Some(_)) => "explicitDeny",
        (false, None) => "implicitDeny",
    };
    let matched: Vec<Value> = verdict
        .by
        .iter()
        .map(|by| {
            let source = match (verdict.kind, by.policy.contains(":aws:policy/")) {
                (PolicyKind::Resource, _) => "resource",
                (_, true) => "aws-managed",
                _ => "user-managed",
            };
            object!({ "SourcePolicyId": short_name(&by.policy).to_string(), "SourcePolicyType": source })
        })
        .collect();
    object!({
        "EvalActionName": need.action.as_str(),
        "EvalResourceName": need.resource.as_str(),
        "EvalDecision": decision,
        "MatchedStatements": matched,
        "MissingContextValues": Vec::<Value>::new(),
    })
}
