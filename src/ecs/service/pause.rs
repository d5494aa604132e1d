//! Pause hooks: a deployment that shifts traffic waits in a stage until somebody calls ContinueServiceDeployment, or until
//! the hook times out (BG-04). Sources: [DG:pause-lifecycle-hooks], [DG:continue-service-deployment], read 2026-11-21.

use super::super::Ecs;
use super::{Service, roll};
use crate::aws::object::object;
use crate::event::{Cx, ServiceKey};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// Until when a hook waits that does not say it, in minutes.
const DEFAULT: i64 = 1440;
const AWAITING: &str = "AWAITING_ACTION";

/// A pause hook that a deployment has reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// hookId.
    pub id: String,
    /// status.
    pub status: &'static str,
    /// When it times out.
    pub expires: SimTime,
    /// Whether the deployment then goes on, instead of back.
    pub goes_on: bool,
}

/// Whether no pause hook of its stage holds the deployment of a service up.
///
/// Errors: why it goes back.
pub fn passed(ecs: &mut Ecs, cx: &mut Cx<'_>, key: ServiceKey) -> Result<bool, String> {
    let now = cx.now();
    let Some(service) = ecs.services.get(key) else { return Ok(false) };
    let (Some(shift), Some(primary)) = (&service.shift, service.primary()) else { return Ok(false) };
    let stage = shift.stage.name();
    if primary.is_rollback {
        return Ok(true);
    }
    let mut hooks = shift.hooks.clone().unwrap_or_else(|| {
        let all = primary.revision.settings["deploymentConfiguration"]["lifecycleHooks"].as_array();
        let here =
            |own: &&Value| own["lifecycleStages"].as_array().is_some_and(|all| all.iter().any(|own| own == stage));
        let hook = |own: &Value| {
            let limit = &own["timeoutConfiguration"];
            let span = SimDuration::from_secs(limit["timeoutInMinutes"].as_i64().unwrap_or(DEFAULT) * 60);
            let id = format!("ecs-pause-{}{}", roll::letters(cx), roll::letters(cx));
            Hook { id, status: AWAITING, expires: now + span, goes_on: limit["action"] == "CONTINUE" }
        };
        all.into_iter().flatten().filter(here).map(hook).collect::<Vec<_>>()
    });
    for hook in hooks.iter_mut().filter(|own| own.status == AWAITING && own.expires <= now) {
        hook.status = "TIMED_OUT";
    }
    let until = waiting(&hooks).map(|own| own.expires).min();
    let back = hooks.iter().any(|own| own.status == "FAILED" || own.status == "TIMED_OUT" && !own.goes_on);
    if shift.hooks.as_ref() != Some(&hooks)
        && let Some(shift) = ecs.services.change(key).and_then(|own| own.shift.as_mut())
    {
        (shift.hooks, shift.due) = (Some(hooks), until);
    }
    match back {
        true => Err(format!("Service deployment rolled back because {stage} lifecycle hook(s) failed.")),
        false => Ok(until.is_none()),
    }
}

/// Those that still wait for somebody.
pub fn waiting(hooks: &[Hook]) -> impl Iterator<Item = &Hook> {
    hooks.iter().filter(|own| own.status == AWAITING)
}

/// Somebody lets the deployment of a service go on, or back. False when no such hook waits.
pub fn answer(ecs: &mut Ecs, key: ServiceKey, id: &str, back: bool) -> bool {
    let shift = ecs.services.change(key).and_then(|own| own.shift.as_mut());
    let mut hooks = shift.and_then(|own| own.hooks.as_mut()).into_iter().flatten();
    let hook = hooks.find(|own| own.status == AWAITING && own.id == id);
    let found = hook.is_some();
    if let Some(own) = hook {
        own.status = if back { "FAILED" } else { "SUCCEEDED" };
    }
    found
}

/// lifecycleHookDetails of the deployment that is on its way; null without hooks.
pub fn details(service: &Service) -> Value {
    let hooks = service.shift.iter().flat_map(|own| &own.hooks).flatten();
    let each = hooks.map(|own| {
        object!({
            "hookId": own.id.clone(),
            "targetType": "PAUSE",
            "status": own.status,
            "expiresAt": own.expires.as_epoch_seconds(),
            "timeoutAction": if own.goes_on { "CONTINUE" } else { "ROLLBACK" },
        })
    });
    let all: Vec<Value> = each.collect();
    if all.is_empty() { Value::Null } else { Value::Array(all) }
}
