//! What agents call, RegisterContainerInstance and DiscoverPollEndpoint, and UpdateContainerAgent.

use super::instance::{described, find};
use super::{cluster_of, tags};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::ec2::Ec2;
use crate::ecs::instances::Touches;
use crate::ecs::outside::{self, Outside};
use crate::ecs::{Ecs, InstanceStatus, LaunchType, capability, instance, timing};
use crate::event::{Cx, Event, FactKind, InstanceKey};
use crate::placement::query::Version;
use alloc::format;
use core::cmp::Ordering;
use serde_json::Value;

/// What an agent's update passes, one step after another.
const STEPS: [&str; 5] = ["PENDING", "STAGING", "STAGED", "UPDATING", "UPDATED"];

/// Registers an EC2 instance as its agent does. An instance that the lab does not know is taken at its identity
/// document's word.
pub fn register(ecs: &mut Ecs, ec2: &Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.id;
    let document = input["instanceIdentityDocument"].as_str().unwrap_or_default();
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    for (index, attribute) in input["attributes"].as_array().into_iter().flatten().enumerate() {
        if !capability::well_formed(attribute["name"].as_str().unwrap_or_default(), attribute["value"].as_str()) {
            let message = "Invalid attribute.";
            return Err(ApiError::invalid(message).at(format!("attributes[{index}]")).in_our_words());
        }
    }
    let tags = tags::given(input)?;
    let own = Outside { document: &document, given: input, tags };
    let key = outside::register(ecs, ec2, cx, cluster, own)?;
    Ok(object!({ "containerInstance": described(ecs, key, &["TAGS"]) }))
}

/// Starts the update of an agent; refusals in AWS's order of the states that are in the way.
pub fn update(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let refuse = |refusal: ApiError| Err(refusal.at("containerInstance").in_our_words());
    let found = find(ecs, cluster, input["containerInstance"].as_str().unwrap_or_default());
    let Some(own) = found.filter(|own| own.status != InstanceStatus::Inactive) else {
        return refuse(ApiError::client("The referenced container instance was not found."));
    };
    if own.managed {
        return refuse(ApiError::client("Amazon ECS updates the agent of a Managed Instance itself."));
    }
    let windows = own.host.attributes.get("ecs.os-type").is_some_and(|value| value.as_deref() == Some("windows"));
    if windows || own.launch() == LaunchType::External {
        return refuse(ApiError::client("UpdateContainerAgent is for Linux container instances in EC2 alone."));
    }
    if own.agent_update.is_some_and(|step| step != "UPDATED") {
        return refuse(ApiError::new(
            "UpdateInProgressException",
            "There is already an update of the agent in progress.",
        ));
    }
    let Some(order) = newest().and_then(|newest| newest.compared_to(&own.host.agent_version)) else {
        let message = "Amazon ECS can't determine the current version of the container agent.";
        return refuse(ApiError::new("MissingVersionException", message));
    };
    if order != Ordering::Greater {
        let message = "There is no update available for your container agent.";
        return Err(ApiError::new("NoUpdateAvailableException", message).at("containerInstance"));
    }
    let key = own.key;
    take(ecs, cx, key, STEPS[0]);
    Ok(object!({ "containerInstance": described(ecs, key, &[]) }))
}

/// The next step of an update. One of an instance that is disconnected waits, as AWS describes it.
pub fn step(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey) {
    let Some(own) = ecs.instance(key).filter(|own| own.status != InstanceStatus::Inactive) else { return };
    if !own.host.agent_connected {
        cx.schedule(timing::AGENT_UPDATE, Event::AgentUpdate(key));
        return;
    }
    let at = STEPS.iter().position(|step| own.agent_update == Some(*step));
    if let Some(next) = at.and_then(|at| STEPS.get(at + 1)) {
        take(ecs, cx, key, next);
    }
}

fn take(ecs: &mut Ecs, cx: &mut Cx<'_>, key: InstanceKey, status: &'static str) {
    let cluster = instance::cluster_name(ecs, key.cluster);
    let over = status == "UPDATED";
    let touches = if over { Touches::Whole } else { Touches::Nothing };
    let Some(own) = ecs.instances.change(key, touches) else { return };
    own.agent_update = Some(status);
    own.version += 1;
    if over {
        own.host.agent_version = capability::AGENT_VERSION.into();
    }
    cx.emit(FactKind::AgentUpdate { cluster, instance: own.machine.into(), status });
    if !over {
        cx.schedule(timing::AGENT_UPDATE, Event::AgentUpdate(key));
    }
}

fn newest() -> Option<Version> {
    Version::parse(capability::AGENT_VERSION)
}

/// Where an agent polls; the numbers in the names are AWS's to choose.
pub fn endpoint(account: &Account) -> Value {
    let suffix = if account.partition() == "aws-cn" { ".cn" } else { "" };
    let region = &account.region;
    object!({
        "endpoint": format!("https://ecs-a-1.{region}.amazonaws.com{suffix}/"),
        "telemetryEndpoint": format!("https://ecs-t-1.{region}.amazonaws.com{suffix}/"),
        "serviceConnectEndpoint": format!("https://ecs-sc.{region}.amazonaws.com{suffix}"),
    })
}
