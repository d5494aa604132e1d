//! `serviceRegistries` of services: in which service of Cloud Map the tasks are registered (SD-01, SD-02).

use super::super::taskdef::NetworkMode;
use super::super::{Definition, LaunchType};
use crate::aws::ApiError;
use crate::ecs::service::Revision;
use crate::rooms::Rooms;
use alloc::format;
use serde_json::Value;

/// Tasks of a service with a registry at most (SD-02).
const MOST_TASKS: u32 = 1000;

/// Checks `serviceRegistries` of the settings. Errors, in this order: SD-01 of more than one; SD-02; SD-01 of a registry
/// that is not there, of the launch type and network mode, of ports that are not needed, of ports that are missing. What
/// was taken before is not asked again: a registry may be gone since.
pub fn check(
    rooms: &Rooms,
    settings: &Value,
    (definition, launch): (&Definition, LaunchType),
    desired: u32,
    before: Option<&Revision>,
) -> Result<(), ApiError> {
    let list = settings["serviceRegistries"].as_array().map(alloc::vec::Vec::as_slice).unwrap_or_default();
    let [own] = list else {
        let message = "service registries can have at most 1 items";
        return if list.is_empty() { Ok(()) } else { Err(ApiError::invalid(message).at("serviceRegistries")) };
    };
    if desired > MOST_TASKS {
        let message = format!("A service with service discovery can have at most {MOST_TASKS} tasks.");
        return Err(ApiError::invalid(message).at("desiredCount").in_our_words());
    }
    let same = |own: &Revision| {
        own.settings["serviceRegistries"] == settings["serviceRegistries"] && own.definition.name() == definition.name()
    };
    if before.is_some_and(same) {
        return Ok(());
    }
    let path = |member: &str| format!("serviceRegistries[0].{member}");
    let refuse = |message: &str, member: &str| ApiError::invalid(message).at(path(member));
    let arn = own["registryArn"].as_str().unwrap_or_default();
    if arn.is_empty() {
        return Err(refuse("registryArn can not be blank.", "registryArn").in_our_words());
    }
    let service = rooms.servicediscovery.service(arn).filter(|_| arn.starts_with("arn:"));
    let missing = || refuse(&format!("The service registry {arn} does not exist."), "registryArn").in_our_words();
    let service = service.ok_or_else(missing)?;
    let mode = definition.registration.core.network_mode;
    if launch == LaunchType::External || mode == NetworkMode::None {
        let what = if launch == LaunchType::External { "the launch type EXTERNAL" } else { "the network mode none" };
        let message = format!("Service discovery is not supported with {what}.");
        return Err(refuse(&message, "registryArn").in_our_words());
    }
    let given = |member: &str| !own[member].is_null();
    let (port, name, mapped) = (given("port"), given("containerName"), given("containerPort"));
    if port && (name || mapped) {
        let message =
            "Specify a value for either 'port' or the 'containerName' and 'containerPort' combination, but not both";
        return Err(refuse(message, "port"));
    }
    let (a, srv) = (service.has_record("A"), service.has_record("SRV"));
    if mode != NetworkMode::Awsvpc {
        if a {
            let message = "The serviceRegistries value is configured to use a type 'A' DNS record, which is not \
                           supported when specifying 'host' or 'bridge' for networkMode.";
            return Err(refuse(message, "registryArn"));
        }
        if !(name && mapped) {
            let message = format!(
                "When specifying 'host' or 'bridge' for networkMode, values for 'containerName' and 'containerPort' must be specified from the task definition. Registry: {arn}"
            );
            return Err(refuse(&message, if name { "containerPort" } else { "containerName" }));
        }
    }
    let has_records = service.document["DnsConfig"].is_object();
    let needless = ["containerPort", "containerName", "port"].into_iter().find(|member| given(member));
    if let Some(member) = needless.filter(|_| has_records && !srv) {
        let message = format!(
            "The values specified for serviceRegistries do not require a value for '{member}'. Remove the value and retry. Registry: {arn}"
        );
        return Err(refuse(&message, member));
    }
    if name != mapped || (srv && !port && !name) {
        let message = "A service registry with SRV records needs 'port' or 'containerName' and 'containerPort'.";
        return Err(refuse(message, if name { "containerPort" } else { "port" }).in_our_words());
    }
    if name {
        container_port(definition, own, "serviceRegistries[0]")?;
    }
    Ok(())
}

/// The place of a container and its port that `containerName` and `containerPort` of an item name. Errors: LB-02.
pub fn container_port(definition: &Definition, item: &Value, path: &str) -> Result<(u16, u16), ApiError> {
    let refuse = |message: &str, member: &str| ApiError::invalid(message).at(format!("{path}.{member}"));
    let name = item["containerName"].as_str().unwrap_or_default();
    let Some(index) = definition.registration.core.containers.iter().position(|own| own.name == name) else {
        let message = format!("The container {name} does not exist in the task definition.");
        return Err(refuse(&message, "containerName"));
    };
    let port = item["containerPort"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
    let named = definition.registration.document["containerDefinitions"][index]["portMappings"].as_array();
    let is_mapped = |own: &Value| own["containerPort"].as_u64() == Some(u64::from(port));
    if !named.into_iter().flatten().any(is_mapped) {
        let message = format!("The container {name} did not have a container port {port} defined.");
        return Err(refuse(&message, "containerPort"));
    }
    Ok((u16::try_from(index).unwrap_or(u16::MAX), port))
}
