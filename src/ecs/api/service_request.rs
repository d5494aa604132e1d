//! What a CreateService or UpdateService may say, and the settings that it makes: the members as DescribeServices shows
//! them, AWS's defaults filled in (6.1 to 6.4, 6.15).

use super::{list_or_empty, tags};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::ecs::load::UTILIZATION;
use crate::placement::rebalance::{self, Ineligible, Write};
use crate::placement::{Constraint, Strategy};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Tasks of a service at most (6.11).
const MOST_TASKS: i64 = 5000;
/// The longest grace period (6.6).
const LONGEST_GRACE: i64 = 2_147_483_647;

/// desiredCount as given; none where the request has none. In AWS's words as they were recorded (SV-07, DM-02).
pub fn desired(input: &Value, daemon: bool) -> Result<Option<u32>, ApiError> {
    let Some(count) = input["desiredCount"].as_i64() else { return Ok(None) };
    let refuse = |message: &str| ApiError::invalid(message).at("desiredCount");
    if daemon {
        return Err(refuse("The daemon scheduling strategy does not support a desired count for services"));
    }
    if count < 0 {
        return Err(refuse("DesiredCount can not be lesser than 0"));
    }
    if count > MOST_TASKS {
        return Err(refuse(&format!("desiredCount can be at most {MOST_TASKS}.")).in_our_words());
    }
    Ok(u32::try_from(count).ok())
}

/// What the lab does not simulate yet of services.
pub fn is_simulated(input: &Value) -> Result<(), ApiError> {
    let some = |member: &str| input[member].as_array().is_some_and(|list| !list.is_empty());
    let refuse = |what: &str, path: &str| Err(ApiError::not_simulated(what).at(path));
    for member in ["vpcLatticeConfigurations", "gatewayConnectors"] {
        if some(member) {
            return refuse(&format!("{member} of services"), member);
        }
    }
    Ok(())
}

/// deploymentConfiguration as given, laid over what was there before; AWS's defaults first (DM-02, DM-03, RL-04, CB-03).
pub fn deployment(given: &Value, before: Option<&Value>, daemon: bool) -> Result<Value, ApiError> {
    let path = |member: &str| format!("deploymentConfiguration.{member}");
    let default = || {
        let (minimum, maximum) = if daemon { (0, 100) } else { (100, 200) };
        object!({
            "deploymentCircuitBreaker": object!({ "enable": false, "rollback": false }),
            "maximumPercent": maximum,
            "minimumHealthyPercent": minimum,
            "strategy": "ROLLING",
            "bakeTimeInMinutes": 0,
        })
    };
    let mut all = before.cloned().unwrap_or_else(default);
    for member in [
        "deploymentCircuitBreaker",
        "maximumPercent",
        "minimumHealthyPercent",
        "alarms",
        "strategy",
        "bakeTimeInMinutes",
        "linearConfiguration",
        "canaryConfiguration",
        "earlySuccessCriteria",
        "lifecycleHooks",
    ] {
        if !given[member].is_null() {
            all[member] = given[member].clone();
        }
    }
    super::strategy::check(&mut all, given, before, daemon)?;
    let percent = |member: &str| all[member].as_i64().unwrap_or_default();
    let (minimum, maximum) = (percent("minimumHealthyPercent"), percent("maximumPercent"));
    let refuse = |message: &str, member: &str| Err(ApiError::invalid(message).at(path(member)));
    if maximum < 100 {
        return refuse("maximumPercent must be at least 100", "maximumPercent");
    }
    if daemon && maximum > 100 {
        let message = "The daemon scheduling strategy does not support values above 100 for maximumPercent";
        return refuse(message, "maximumPercent");
    }
    if minimum > 100 {
        return refuse("minimumHealthyPercent must be at most 100", "minimumHealthyPercent");
    }
    if minimum < 0 {
        let message = "minimumHealthyPercent must be at least 0";
        return Err(ApiError::invalid(message).at(path("minimumHealthyPercent")).in_our_words());
    }
    if (minimum, maximum) == (100, 100) {
        let message = "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments";
        return refuse(message, "minimumHealthyPercent");
    }
    let threshold = &all["deploymentCircuitBreaker"]["thresholdConfiguration"];
    let value = threshold["value"].as_i64().unwrap_or(50);
    if value < 1 || (threshold["type"] != "COUNT" && value > 100) {
        let message =
            "The threshold of the deployment circuit breaker must be at least 1, and as a percentage at most 100.";
        let at = path("deploymentCircuitBreaker.thresholdConfiguration.value");
        return Err(ApiError::invalid(message).at(at).in_our_words());
    }
    Ok(all)
}

/// The settings of a new service but for its task definition and launch type.
pub fn settings(input: &Value, daemon: bool) -> Result<Value, ApiError> {
    let flag = |member: &str| input[member] == true;
    let mut all = object!({
        "deploymentConfiguration": deployment(&input["deploymentConfiguration"], None, daemon)?,
        "deploymentController": object!({ "type": super::controller::named(input) }),
        "enableECSManagedTags": flag("enableECSManagedTags"),
        "enableExecuteCommand": flag("enableExecuteCommand"),
        "healthCheckGracePeriodSeconds": grace(input)?.unwrap_or(0),
        "loadBalancers": list_or_empty(&input["loadBalancers"]),
        "placementConstraints": list_or_empty(&input["placementConstraints"]),
        "placementStrategy": list_or_empty(&input["placementStrategy"]),
        "propagateTags": input["propagateTags"].as_str().unwrap_or("NONE"),
        "schedulingStrategy": if daemon { "DAEMON" } else { "REPLICA" },
        "serviceRegistries": list_or_empty(&input["serviceRegistries"]),
        "tags": tags::given(input)?,
    });
    tags::few(&all["tags"])?;
    if daemon && !list_is_empty(&input["placementStrategy"]) {
        let message = "The daemon scheduling strategy does not support placement strategies";
        return Err(ApiError::invalid(message).at("placementStrategy"));
    }
    monitoring(input)?;
    for member in ["monitoring", "networkConfiguration", "serviceConnectConfiguration", "volumeConfigurations"] {
        if !input[member].is_null() {
            all[member] = input[member].clone();
        }
    }
    Ok(all)
}

/// What UpdateService changes without asking the task definition.
pub fn updated(input: &Value, before: &Value, daemon: bool) -> Result<Value, ApiError> {
    let mut all = before.clone();
    all["deploymentConfiguration"] =
        deployment(&input["deploymentConfiguration"], Some(&before["deploymentConfiguration"]), daemon)?;
    if daemon && !list_is_empty(&input["placementStrategy"]) {
        let message = "The daemon scheduling strategy does not support placement strategies";
        return Err(ApiError::invalid(message).at("placementStrategy"));
    }
    if let Some(grace) = grace(input)? {
        all["healthCheckGracePeriodSeconds"] = Value::from(grace);
    }
    monitoring(input)?;
    for member in [
        "enableECSManagedTags",
        "enableExecuteCommand",
        "loadBalancers",
        "monitoring",
        "networkConfiguration",
        "placementConstraints",
        "placementStrategy",
        "platformVersion",
        "propagateTags",
        "serviceConnectConfiguration",
        "serviceRegistries",
        "volumeConfigurations",
    ] {
        if !input[member].is_null() {
            all[member] = input[member].clone();
        }
    }
    Ok(all)
}

/// MT-04: the two metrics of a service have a point each 20 s or each minute.
fn monitoring(input: &Value) -> Result<(), ApiError> {
    let all = input["monitoring"]["metricConfigurations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let coarse = |own: &Value| own["resolutionSeconds"] != 20 && own["resolutionSeconds"] != 60;
    let known = |name: &Value| UTILIZATION.iter().any(|own| name == own);
    let unknown = |own: &Value| !own["metricNames"].as_array().is_some_and(|names| names.iter().all(known));
    let message = match () {
        () if all.iter().any(coarse) => "The resolution of a metric is 20 or 60 seconds.",
        () if all.iter().any(unknown) => "The supported metric names are CPUUtilization and MemoryUtilization.",
        () => return Ok(()),
    };
    Err(ApiError::invalid(message).at("monitoring.metricConfigurations").in_our_words())
}

fn list_is_empty(value: &Value) -> bool {
    value.as_array().is_none_or(|list| list.is_empty())
}

/// 6.6.
fn grace(input: &Value) -> Result<Option<i64>, ApiError> {
    let path = "healthCheckGracePeriodSeconds";
    match input[path].as_i64() {
        Some(seconds) if !(0..=LONGEST_GRACE).contains(&seconds) => {
            let message = format!("{path} should be between 0 and {LONGEST_GRACE}.");
            Err(ApiError::invalid(message).at(path).in_our_words())
        }
        other => Ok(other),
    }
}

/// RB-01, RB-02: whether zones are evened out, in AWS's word.
pub fn rebalancing(
    input: &Value,
    settings: &Value,
    strategies: &[Strategy],
    constraints: &[Constraint],
    write: Write,
) -> Result<&'static str, ApiError> {
    let path = "availabilityZoneRebalancing";
    let service = rebalance::Service {
        daemon: settings["schedulingStrategy"] == "DAEMON",
        external: settings["launchType"] == "EXTERNAL",
        classic_load_balancer: false,
        maximum_percent: settings["deploymentConfiguration"]["maximumPercent"].as_u64().unwrap_or(200) as u32,
        strategies: strategies.to_vec(),
        constraints: constraints.to_vec(),
    };
    let given = input[path].as_str().map(|word| word == "ENABLED");
    match rebalance::setting(&service, given, write) {
        Ok(true) => Ok("ENABLED"),
        Ok(false) => Ok("DISABLED"),
        Err(why) => {
            let refusal = ApiError::invalid(why.words()).at(path);
            Err(if why == Ineligible::Daemon { refusal } else { refusal.in_our_words() })
        }
    }
}

/// The name of a new service: up to 255 letters, digits, underscores and hyphens.
pub fn name(input: &Value) -> Result<String, ApiError> {
    let name = input["serviceName"].as_str().unwrap_or_default();
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 255 || !name.chars().all(legal) {
        let message =
            "Invalid service name: up to 255 letters (upper and lowercase), numbers, underscores, and hyphens.";
        return Err(ApiError::invalid(message).at("serviceName").in_our_words());
    }
    Ok(name.to_string())
}
