//! `deploymentConfiguration` of the strategies that shift traffic, and of early success (BG-02, BG-05, RL-14).

use crate::aws::ApiError;
use crate::aws::object::object;
use alloc::format;
use alloc::string::String;
use serde_json::Value;

/// The longest bake time, in minutes.
const LONGEST_BAKE: i64 = 1440;

fn path(member: &str) -> String {
    format!("deploymentConfiguration.{member}")
}

fn ours(message: impl Into<String>, member: &str) -> ApiError {
    ApiError::invalid(message).at(path(member)).in_our_words()
}

/// Checks the strategy of a whole configuration, of which `given` is new, and fills in what its steps leave out.
///
/// Errors: a DAEMON service, a bake time that is missing or too long, steps of another strategy or out of their range,
/// early success without its members or below the lower bound.
pub fn check(all: &mut Value, given: &Value, before: Option<&Value>, daemon: bool) -> Result<(), ApiError> {
    let strategy = String::from(all["strategy"].as_str().unwrap_or("ROLLING"));
    if daemon && strategy != "ROLLING" {
        let message = format!("The daemon scheduling strategy does not support the deployment strategy {strategy}");
        return Err(ours(message, "strategy"));
    }
    let first = before.is_none_or(|own| own["strategy"] != *strategy);
    if strategy == "BLUE_GREEN" && first && given["bakeTimeInMinutes"].is_null() {
        return Err(ours("bakeTimeInMinutes is required for the deployment strategy BLUE_GREEN.", "bakeTimeInMinutes"));
    }
    minutes(&all["bakeTimeInMinutes"], "bakeTimeInMinutes")?;
    for (own, member, percent, default, least, bake, default_bake) in [
        ("LINEAR", "linearConfiguration", "stepPercent", 10.0, 3.0, "stepBakeTimeInMinutes", 6),
        ("CANARY", "canaryConfiguration", "canaryPercent", 5.0, 0.1, "canaryBakeTimeInMinutes", 10),
    ] {
        if strategy != own {
            if given[member].is_object() {
                return Err(ours(format!("{member} goes with the deployment strategy {own} only."), member));
            }
            if let Some(map) = all.as_object_mut() {
                map.remove(member);
            }
            continue;
        }
        let config = &all[member];
        let share = config[percent].as_f64().unwrap_or(default);
        let tenths = share * 10.0;
        let off = tenths - (tenths + 0.5) as i64 as f64;
        if !(least..=100.0).contains(&share) || !(-1e-6..=1e-6).contains(&off) {
            let message = format!("{percent} must be a multiple of 0.1 from {least:.1} to 100.0.");
            return Err(ours(message, &format!("{member}.{percent}")));
        }
        let span = minutes(&config[bake], &format!("{member}.{bake}"))?.unwrap_or(default_bake);
        let filled = crate::aws::object::of(alloc::vec![(percent, share.into()), (bake, span.into())]);
        all[member] = filled;
    }
    hooks(given)?;
    early(all, given, &strategy)
}

/// BG-03, BG-04: where a deployment may pause.
fn hooks(given: &Value) -> Result<(), ApiError> {
    const MEMBER: &str = "lifecycleHooks";
    for hook in given[MEMBER].as_array().into_iter().flatten() {
        let stages = hook["lifecycleStages"].as_array().map(alloc::vec::Vec::as_slice).unwrap_or_default();
        if hook["targetType"] != "PAUSE" {
            return Err(ApiError::not_simulated("lifecycle hooks that call AWS Lambda").at(path(MEMBER)));
        }
        if stages.is_empty() {
            return Err(ours("lifecycleStages can not be blank.", MEMBER));
        }
        if stages.iter().any(|own| own == "TEST_TRAFFIC_SHIFT" || own == "PRODUCTION_TRAFFIC_SHIFT") {
            let message = "PAUSE hooks cannot be configured at TEST_TRAFFIC_SHIFT or PRODUCTION_TRAFFIC_SHIFT stages.";
            return Err(ours(message, MEMBER));
        }
    }
    Ok(())
}

fn minutes(value: &Value, member: &str) -> Result<Option<i64>, ApiError> {
    match value.as_i64() {
        Some(own) if !(0..=LONGEST_BAKE).contains(&own) => {
            Err(ours(format!("{member} must be from 0 to {LONGEST_BAKE}."), member))
        }
        own => Ok(own),
    }
}

/// RL-14.
fn early(all: &mut Value, given: &Value, strategy: &str) -> Result<(), ApiError> {
    const MEMBER: &str = "earlySuccessCriteria";
    if strategy != "ROLLING" && given[MEMBER]["enable"] == true {
        return Err(ours("earlySuccessCriteria goes with the deployment strategy ROLLING only.", MEMBER));
    }
    let own = &all[MEMBER];
    if own["enable"] != true {
        return Ok(());
    }
    if strategy != "ROLLING" {
        all[MEMBER] = object!({ "enable": false });
        return Ok(());
    }
    let least = all["minimumHealthyPercent"].as_i64().unwrap_or(100);
    if !own["healthyPercent"].as_i64().is_some_and(|percent| (least..=100).contains(&percent)) {
        let message = format!("healthyPercent must be from the minimumHealthyPercent ({least}) to 100.");
        return Err(ours(message, "earlySuccessCriteria.healthyPercent"));
    }
    if own["sourceServiceRevisionCleanup"].is_null() {
        let message = "sourceServiceRevisionCleanup is required when early success is enabled.";
        return Err(ours(message, "earlySuccessCriteria.sourceServiceRevisionCleanup"));
    }
    Ok(())
}
