//! UpdateTaskProtection, GetTaskProtection (6.12). Only tasks of a service can be protected, and the lab runs standalone
//! ones: each is a failure, as AWS answers it.

use super::{cluster_of, strings, task};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::Ecs;
use alloc::format;
use alloc::vec::Vec;
use serde_json::Value;

/// Longest protection, in minutes.
const LONGEST: i64 = 2880;

pub fn update(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let answer = answer(ecs, account, input, 1, 10)?;
    if input["expiresInMinutes"].as_i64().is_some_and(|minutes| !(1..=LONGEST).contains(&minutes)) {
        let message = format!("expiresInMinutes should be between 1 and {LONGEST}.");
        return Err(ApiError::invalid(message).at("expiresInMinutes").in_our_words());
    }
    Ok(answer)
}

/// Without tasks all protected ones of the cluster.
pub fn get(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    answer(ecs, account, input, 0, 100)
}

fn answer(ecs: &Ecs, account: &Account, input: &Value, least: usize, most: usize) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let named = strings(input, "tasks");
    if named.len() < least {
        return Err(ApiError::invalid("Tasks cannot be empty.").at("tasks"));
    }
    if named.len() > most {
        let message = format!("Tasks can have at most {most} items.");
        return Err(ApiError::invalid(message).at("tasks").in_our_words());
    }
    let failure = |name: &str| {
        let arn = account.task(&cluster.name, arn::short_name(name)).text();
        let reason = if task::find(ecs, cluster, name).is_some() { "TASK_NOT_VALID" } else { "MISSING" };
        object!({ "arn": arn, "reason": reason })
    };
    let failures: Vec<Value> = named.into_iter().map(failure).collect();
    Ok(object!({ "protectedTasks": Vec::<Value>::new(), "failures": failures }))
}
