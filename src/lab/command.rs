//! Everything that changes the world, and its form in the log.

use crate::aws::model;
use crate::iam::LEARNER;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use serde_json::{Value, json};

/// A call of an AWS service, or of the lab itself for what AWS has no call for: `lab.External`, `lab.Fault`, `lab.Load`
/// (`aws/model/lab.txt`).
#[derive(Clone, Debug, PartialEq)]
pub struct ApiCall {
    /// The service as the CLI names it: `ecs`, `ec2`; `lab` for the lab's own.
    pub service: String,
    /// The operation as the API names it: `RunTask`.
    pub operation: String,
    /// Its input.
    pub input: Value,
    /// As whom it is made, `user/NAME` or `assumed-role/ROLE/SESSION`; none for the learner.
    pub caller: Option<String>,
}

impl ApiCall {
    /// A call.
    pub fn new(service: &str, operation: &str, input: Value) -> Self {
        Self { service: service.to_string(), operation: operation.to_string(), input, caller: None }
    }

    /// The same call, made as somebody else.
    pub fn by(self, caller: &str) -> Self {
        Self { caller: Some(caller.to_string()), ..self }
    }

    /// As whom it is made.
    pub fn caller(&self) -> &str {
        self.caller.as_deref().unwrap_or(LEARNER)
    }

    /// Whether it changes nothing, so that the log need not keep it.
    pub fn only_looks(&self) -> bool {
        model::operation(&self.service, &self.operation).is_some_and(|operation| operation.read_only())
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Somebody calls AWS.
    Api(ApiCall),
    /// Time passes.
    Advance(SimDuration),
}

/// Why a piece of JSON is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError(String);

impl fmt::Display for CommandError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Command {
    /// A call of ECS.
    pub fn ecs(operation: &str, input: Value) -> Self {
        Self::Api(ApiCall::new("ecs", operation, input))
    }

    /// A call of EC2.
    pub fn ec2(operation: &str, input: Value) -> Self {
        Self::Api(ApiCall::new("ec2", operation, input))
    }

    /// Its form in the log: `{"api": "ecs.RunTask", "input": {…}}` or `{"advance": "90s"}`; a call by somebody else than
    /// the learner says so: `"caller": "user/ci"`.
    pub fn to_json(&self) -> Value {
        match self {
            Command::Api(call) => {
                let mut value = json!({ "api": format!("{}.{}", call.service, call.operation), "input": call.input });
                if let (Some(caller), Some(map)) = (&call.caller, value.as_object_mut()) {
                    map.insert("caller".to_string(), Value::from(caller.as_str()));
                }
                value
            }
            Command::Advance(span) => json!({ "advance": span.to_string() }),
        }
    }

    /// Reads that form back.
    pub fn from_json(value: &Value) -> Result<Self, CommandError> {
        let error = |message: &str| Err(CommandError(message.to_string()));
        let Some(map) = value.as_object() else { return error("a command is an object") };
        let known = |names: &[&str]| map.keys().find(|key| !names.contains(&key.as_str()));
        if let Some(span) = map.get("advance") {
            if let Some(other) = known(&["advance"]) {
                return error(&format!("unknown member \"{other}\" beside \"advance\""));
            }
            let Some(text) = span.as_str() else { return error("\"advance\" is a text such as \"90s\"") };
            return SimDuration::parse(text).map(Command::Advance).map_err(|e| CommandError(format!("advance: {e}")));
        }
        let Some(name) = map.get("api").and_then(Value::as_str) else {
            return error("a command has \"api\" or \"advance\"");
        };
        if let Some(other) = known(&["api", "input", "caller"]) {
            return error(&format!("unknown member \"{other}\" beside \"api\""));
        }
        let Some((service, operation)) = name.split_once('.') else {
            return error("\"api\" is service.Operation, such as \"ecs.RunTask\"");
        };
        let input = map.get("input").cloned().unwrap_or_else(|| json!({}));
        if !input.is_object() {
            return error("\"input\" is an object");
        }
        let caller = match map.get("caller") {
            None => None,
            Some(Value::String(caller)) if is_caller(caller) => Some(caller.clone()),
            Some(_) => return error("\"caller\" is user/NAME or assumed-role/ROLE/SESSION"),
        };
        Ok(Command::Api(ApiCall { caller, ..ApiCall::new(service, operation, input) }))
    }
}

/// Whether a text has the form of a caller.
fn is_caller(text: &str) -> bool {
    let mut parts = text.split('/');
    let count = if parts.next() == Some("user") { 1 } else { 2 };
    let named = parts.clone().all(|part| !part.is_empty()) && parts.count() == count;
    named && (count == 1 || text.starts_with("assumed-role/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_form_reads_back() {
        for command in [
            Command::ecs("RunTask", json!({ "taskDefinition": "web", "count": 2 })),
            Command::Api(ApiCall::new("ecs", "ListClusters", json!({})).by("user/ci")),
            Command::Api(ApiCall::new("ecs", "ListClusters", json!({})).by("assumed-role/deploy/pipeline")),
            Command::Advance(SimDuration::from_secs(90)),
        ] {
            assert_eq!(Command::from_json(&command.to_json()), Ok(command));
        }
    }

    #[test]
    fn what_is_no_command_says_why() {
        for (value, why) in [
            (json!([]), "a command is an object"),
            (json!({}), "a command has \"api\" or \"advance\""),
            (json!({ "advance": 5 }), "\"advance\" is a text such as \"90s\""),
            (json!({ "advance": "soon" }), "advance: expected a span such as 90s, 5m, 1h30m or 2d, at most 366d"),
            (json!({ "api": "RunTask" }), "\"api\" is service.Operation, such as \"ecs.RunTask\""),
            (json!({ "api": "ecs.RunTask", "input": 1 }), "\"input\" is an object"),
            (json!({ "api": "ecs.RunTask", "caller": 1 }), "\"caller\" is user/NAME or assumed-role/ROLE/SESSION"),
            (json!({ "api": "ecs.RunTask", "caller": "ci" }), "\"caller\" is user/NAME or assumed-role/ROLE/SESSION"),
            (
                json!({ "api": "ecs.RunTask", "caller": "role/x/y" }),
                "\"caller\" is user/NAME or assumed-role/ROLE/SESSION",
            ),
            (json!({ "api": "ecs.RunTask", "inputs": {} }), "unknown member \"inputs\" beside \"api\""),
        ] {
            assert_eq!(Command::from_json(&value).map_err(|e| e.to_string()), Err(why.to_string()), "{value}");
        }
    }
}
