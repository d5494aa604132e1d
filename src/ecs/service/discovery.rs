//! The tasks of a service in Cloud Map (6.9): an instance of its service registry and of its Service Connect endpoints
//! while they are RUNNING and to run.
//!
//! `servicediscovery` keeps the instances; it is told of every moment at which a task could come, go or change its health.

use super::super::Ecs;
use crate::event::{Cx, Event, TaskKey};
use crate::sim::SimDuration;
use serde_json::Value;

/// Whether settings turn Service Connect on.
pub fn connects(settings: &Value) -> bool {
    settings["serviceConnectConfiguration"]["enabled"] == true
}

/// The port mapping of that name in a task definition, with the place of its container.
pub fn named_port<'a>(definition: &'a Value, name: &str) -> Option<(usize, &'a Value)> {
    let containers = definition["containerDefinitions"].as_array().into_iter().flatten().enumerate();
    let mut all = containers
        .flat_map(|(at, own)| own["portMappings"].as_array().into_iter().flatten().map(move |mapping| (at, mapping)));
    all.find(|(_, mapping)| mapping["name"] == name)
}

/// A task is RUNNING, is to stop, or changed its health.
pub fn changed(ecs: &Ecs, cx: &mut Cx<'_>, key: TaskKey) {
    let settings = ecs.task(key).and_then(|task| task.request.settings.as_deref());
    let registered = |own: &Value| own["serviceRegistries"].as_array().is_some_and(|list| !list.is_empty());
    if settings.is_some_and(|own| registered(own) || connects(own)) {
        cx.schedule(SimDuration::ZERO, Event::DiscoveryTask(key));
    }
}
