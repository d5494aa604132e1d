//! The lifecycle events of a deployment (CDP-02).

use super::state::{Deployment, Phase};
use crate::aws::object::object;
use alloc::vec::Vec;
use serde_json::Value;

/// The events one after the other, with the phase that each begins with and the one that it ends with.
const EVENTS: [(&str, Phase, Phase); 8] = [
    ("BeforeInstall", Phase::Install, Phase::Install),
    ("Install", Phase::Install, Phase::Ready),
    ("AfterInstall", Phase::Ready, Phase::Ready),
    ("AllowTestTraffic", Phase::Ready, Phase::Ready),
    ("AfterAllowTestTraffic", Phase::Ready, Phase::Ready),
    ("BeforeAllowTraffic", Phase::Shift, Phase::Shift),
    ("AllowTraffic", Phase::Shift, Phase::Wait),
    ("AfterAllowTraffic", Phase::Wait, Phase::Wait),
];

/// How many lifecycle events are behind a deployment, and whether the next one runs. Without hooks only Install and
/// AllowTraffic last.
fn lifecycle(own: &Deployment) -> (usize, bool) {
    match own.phase {
        Phase::Install if own.status == "Created" => (0, false),
        Phase::Install => (1, true),
        Phase::Ready => (5, false),
        Phase::Shift => (6, true),
        Phase::Over if own.status != "Succeeded" => (own.passed, own.passed > 0 && own.status == "Failed"),
        Phase::Wait | Phase::Over => (EVENTS.len(), false),
    }
}

/// How many lifecycle events are behind a deployment.
pub fn passed(own: &Deployment) -> usize {
    lifecycle(own).0
}

/// The events as GetDeploymentTarget shows them.
pub fn events(own: &Deployment) -> Vec<Value> {
    let (passed, runs) = lifecycle(own);
    // A deployment that takes another one back goes through all of its phases at once.
    let began =
        |phase: Phase| own.began.get(phase as usize).copied().flatten().unwrap_or(own.created).as_epoch_seconds();
    // Without a listener for tests there is no traffic of tests.
    let tests = own.pair()["testTrafficRoute"]["listenerArns"][0].is_string();
    let shown = EVENTS.iter().enumerate().filter(|(_, (name, ..))| tests || !name.ends_with("AllowTestTraffic"));
    let each = shown.map(|(at, (name, first, last))| {
        let status = match (at == passed && runs, own.is_active()) {
            _ if at < passed => "Succeeded",
            (true, true) => "InProgress",
            (true, false) => "Failed",
            (false, true) => "Pending",
            (false, false) => "Skipped",
        };
        let mut value = object!({ "lifecycleEventName": *name, "status": status });
        if !matches!(status, "Pending" | "Skipped") {
            value["startTime"] = began(*first).into();
        }
        match (status, own.completed) {
            ("Succeeded", _) => value["endTime"] = began(*last).into(),
            ("Failed", Some(over)) => value["endTime"] = over.as_epoch_seconds().into(),
            _ => {}
        }
        value
    });
    each.collect()
}
