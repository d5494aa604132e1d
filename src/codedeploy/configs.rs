//! The predefined deployment configurations for ECS (CDP-03).

use super::words::{refuse, text};
use crate::aws::ApiError;
use crate::aws::object::object;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// How traffic shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routing {
    /// All at once.
    AllAtOnce,
    /// So many percent each so many minutes.
    Linear(u16, i64),
    /// So many percent, and the rest after so many minutes.
    Canary(u16, i64),
}

/// What a deployment group or a deployment gets that names none.
pub const DEFAULT: &str = "CodeDeployDefault.ECSAllAtOnce";

const ALL: [(&str, Routing); 5] = [
    (DEFAULT, Routing::AllAtOnce),
    ("CodeDeployDefault.ECSCanary10Percent15Minutes", Routing::Canary(10, 15)),
    ("CodeDeployDefault.ECSCanary10Percent5Minutes", Routing::Canary(10, 5)),
    ("CodeDeployDefault.ECSLinear10PercentEvery1Minutes", Routing::Linear(10, 1)),
    ("CodeDeployDefault.ECSLinear10PercentEvery3Minutes", Routing::Linear(10, 3)),
];

/// The configuration that a request names, or the default.
///
/// Errors: there is none of that name.
pub fn named(input: &Value) -> Result<&'static str, ApiError> {
    let name = input["deploymentConfigName"].as_str().unwrap_or(DEFAULT);
    let missing = || {
        let message = format!("No Deployment Configuration found for name: {name}");
        refuse("DeploymentConfigDoesNotExistException", message, "deploymentConfigName")
    };
    ALL.iter().find(|(own, _)| *own == name).map(|(own, _)| *own).ok_or_else(missing)
}

/// How a configuration shifts traffic.
pub fn routing(name: &str) -> Routing {
    ALL.iter().find(|(own, _)| *own == name).map_or(Routing::AllAtOnce, |(_, routing)| *routing)
}

/// GetDeploymentConfig.
pub fn describe(input: &Value) -> Result<Value, ApiError> {
    if text(input, "deploymentConfigName").is_empty() {
        let message = "deploymentConfigName is required.";
        return Err(super::words::ours("DeploymentConfigNameRequiredException", message, "deploymentConfigName"));
    }
    let name = named(input)?;
    let routing = match routing(name) {
        Routing::AllAtOnce => object!({ "type": "AllAtOnce" }),
        Routing::Linear(percent, minutes) => object!({
            "type": "TimeBasedLinear",
            "timeBasedLinear": object!({ "linearPercentage": percent, "linearInterval": minutes }),
        }),
        Routing::Canary(percent, minutes) => object!({
            "type": "TimeBasedCanary",
            "timeBasedCanary": object!({ "canaryPercentage": percent, "canaryInterval": minutes }),
        }),
    };
    Ok(object!({
        "deploymentConfigInfo": object!({
            "deploymentConfigId": "00000000-0000-0000-0000-000000000000",
            "deploymentConfigName": name,
            "computePlatform": "ECS",
            "trafficRoutingConfig": routing,
        }),
    }))
}

/// ListDeploymentConfigs.
pub fn list() -> Value {
    let names: Vec<Value> = ALL.iter().map(|(name, _)| Value::from(String::from(*name))).collect();
    object!({ "deploymentConfigsList": names })
}
