//! Services whose deployments somebody else controls: CreateService and UpdateService of the controllers EXTERNAL and
//! CODE_DEPLOY (6.7).

use super::service_request as request;
use crate::aws::ApiError;
use crate::ecs::service::{self, Service};
use crate::ecs::{Ecs, instance};
use crate::event::{Cx, FactKind};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::ToString;
use serde_json::Value;

/// The controller of a request.
pub fn named(input: &Value) -> &str {
    input["deploymentController"]["type"].as_str().unwrap_or("ECS")
}

fn some(value: &Value) -> bool {
    !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
}

/// What CreateService must leave to others than ECS, or to the task sets.
///
/// Errors, in this order: DAEMON, what only the controller ECS does, members of a task set in an EXTERNAL service, a
/// CODE_DEPLOY service without a load balancer.
pub fn check(input: &Value) -> Result<(), ApiError> {
    let controller = named(input);
    if controller == "ECS" {
        return Ok(());
    }
    let refuse = |message: &str, path: &str| Err(ApiError::invalid(message).at(path));
    let ours = |message: &str, path: &str| Err(ApiError::invalid(message).at(path).in_our_words());
    if input["schedulingStrategy"] == "DAEMON" {
        let message = format!("The daemon scheduling strategy does not support the deployment controller {controller}");
        return ours(&message, "schedulingStrategy");
    }
    configuration(controller, &input["deploymentConfiguration"])?;
    if input["serviceConnectConfiguration"]["enabled"] == true {
        let message = format!("Service Connect does not support the deployment controller {controller}.");
        return ours(&message, "serviceConnectConfiguration");
    }
    if controller == "CODE_DEPLOY" {
        if !some(&input["loadBalancers"]) {
            return refuse(
                "the service requires an Application Load Balancer or Network Load Balancer",
                "loadBalancers",
            );
        }
        return Ok(());
    }
    if some(&input["taskDefinition"]) {
        return refuse("TaskDefinition must be blank", "taskDefinition");
    }
    for member in OF_SETS {
        if some(&input[member]) {
            let message =
                format!("{member} must be blank: with the deployment controller EXTERNAL it belongs to a task set.");
            return ours(&message, member);
        }
    }
    Ok(())
}

/// What a task set has of its own, beside its task definition.
const OF_SETS: [&str; 7] = [
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
    "volumeConfigurations",
];

fn configuration(controller: &str, given: &Value) -> Result<(), ApiError> {
    let on = |member: &str| given[member]["enable"] == true;
    let other = given["strategy"].as_str().is_some_and(|own| own != "ROLLING");
    let faulty = match () {
        () if other => "strategy",
        () if on("deploymentCircuitBreaker") => "deploymentCircuitBreaker",
        () if on("alarms") => "alarms",
        () if on("earlySuccessCriteria") => "earlySuccessCriteria",
        () => return Ok(()),
    };
    let message = format!("{faulty} is only supported with the deployment controller ECS, not with {controller}.");
    Err(ApiError::invalid(message).at(format!("deploymentConfiguration.{faulty}")).in_our_words())
}

/// UpdateService of a service with task sets: its desired count, its grace period, its placement and its tags.
///
/// Errors: what makes a new task set; the words for CODE_DEPLOY as far as they were seen.
pub fn update(ecs: &mut Ecs, cx: &mut Cx<'_>, own: &Service, input: &Value) -> Result<(), ApiError> {
    let controller = own.settings["deploymentController"]["type"].as_str().unwrap_or_default();
    let by_codedeploy = controller == "CODE_DEPLOY";
    let unable = |what: &str| {
        let message = match by_codedeploy {
            true => format!(
                "Unable to update {what} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to \
                 trigger a new deployment."
            ),
            false => format!(
                "Unable to update {what} on services with an EXTERNAL deployment controller. Use a new task set."
            ),
        };
        let refusal = ApiError::invalid(message);
        if by_codedeploy { refusal } else { refusal.in_our_words() }
    };
    if some(&input["taskDefinition"]) {
        return Err(unable("task definition").at("taskDefinition"));
    }
    for member in OF_SETS {
        let what = match member {
            "networkConfiguration" => "network parameters",
            "platformVersion" => "platform version",
            "loadBalancers" => "load balancers",
            other => other,
        };
        if some(&input[member]) {
            return Err(unable(what).at(member).in_our_words());
        }
    }
    if input["forceNewDeployment"] == true {
        let message = match by_codedeploy {
            true => {
                "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to \
                 trigger a new deployment."
            }
            false => {
                "Cannot force a new deployment on services with an EXTERNAL deployment controller. Use a new task set."
            }
        };
        let refusal = ApiError::invalid(message).at("forceNewDeployment");
        return Err(if by_codedeploy { refusal } else { refusal.in_our_words() });
    }
    configuration(controller, &input["deploymentConfiguration"])?;
    let desired = request::desired(input, false)?.unwrap_or(own.desired);
    let settings = Rc::new(request::updated(input, &own.settings, false)?);
    let cluster = instance::cluster_name(ecs, own.key.cluster);
    let mut next = own.clone();
    (next.settings, next.desired, next.steady) = (settings, desired, None);
    // What starts from now on is placed by the new settings.
    for at in 0..next.deployments.len() {
        let Some(set) = next.deployments.get(at).cloned() else { continue };
        let settings = service::set_settings(&next.settings, &set.revision.settings);
        let of = (set.run.launch, &settings);
        let run = service::run_of(ecs, cx, &cluster, &next, &set.revision, of, set.number)?;
        if let Some(set) = next.deployments.get_mut(at) {
            set.run = Rc::new(run);
        }
    }
    let fact = FactKind::Service { cluster, service: next.name.to_string(), status: next.status.name() };
    ecs.services.insert(next);
    cx.emit(fact);
    Ok(())
}
