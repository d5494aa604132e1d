//! What names another container, `dependsOn`, `links` and `volumesFrom`: it must exist; and for `dependsOn` be able to
//! meet the condition, and not wait for the one that names it (reference 3.7).

use super::Findings;
use crate::ecs::taskdef::read::{list, member, text};
use crate::ecs::taskdef::view::{View, is_essential, name_of};
use crate::sim::sorted::Map;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use serde_json::Value;

pub(super) fn check(view: &View, out: &mut Findings) {
    let index: Map<&str, usize> =
        view.containers.iter().enumerate().map(|(index, container)| (name_of(container), index)).collect();
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); view.containers.len()];
    for ((path, container), waits) in view.each().zip(edges.iter_mut()) {
        let links = list(container, "links").iter().filter_map(Value::as_str);
        // The alias stands behind a colon.
        let links = links.map(|link| ("links", "links to", link.split(':').next().unwrap_or_default()));
        let volumes = list(container, "volumesFrom").iter().filter_map(|own| text(own, "sourceContainer"));
        for (own, verb, name) in links.chain(volumes.map(|name| ("volumesFrom", "takes volumes from", name))) {
            if !index.contains_key(name) {
                let whose = name_of(container);
                let message = format!("The container '{whose}' {verb} '{name}', which is not in the task definition.");
                out.add_ours(format!("{path}.{own}"), message);
            }
        }
        for (position, dependency) in list(container, "dependsOn").iter().enumerate() {
            let at = format!("{path}.dependsOn[{position}]");
            let name = text(dependency, "containerName").unwrap_or("");
            let Some(target) = index.get(name) else {
                let message = format!("Cannot depend on container + '{name}' because it does not exist");
                out.add(format!("{at}.containerName"), message);
                continue;
            };
            waits.push(*target);
            let found = view.containers.get(*target);
            match text(dependency, "condition").unwrap_or("") {
                "SUCCESS" | "COMPLETE" if found.is_some_and(is_essential) => {
                    let message =
                        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container";
                    out.add(format!("{at}.condition"), message);
                }
                "HEALTHY" if found.is_some_and(|container| member(container, "healthCheck").is_none()) => {
                    let message = "A dependency container with HEALTHY condition must have health check configured";
                    out.add(format!("{at}.condition"), message);
                }
                "START" | "SUCCESS" | "COMPLETE" | "HEALTHY" => {}
                other => {
                    let message = format!("'{other}' is no condition; use START, COMPLETE, SUCCESS or HEALTHY.");
                    out.add_ours(format!("{at}.condition"), message);
                }
            }
        }
    }
    if let Some(first) = in_a_cycle(&edges) {
        out.add(format!("containerDefinitions[{first}].dependsOn"), "Container dependsOn contains a cycle");
    }
}

/// A container that can never start because it waits, over others or directly, for a cycle; the first of them.
fn in_a_cycle(edges: &[Vec<usize>]) -> Option<usize> {
    let mut waiting: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        for target in targets {
            if let Some(list) = dependents.get_mut(*target) {
                list.push(from);
            }
        }
    }
    let mut ready: Vec<usize> =
        waiting.iter().enumerate().filter(|(_, count)| **count == 0).map(|(index, _)| index).collect();
    while let Some(done) = ready.pop() {
        for dependent in dependents.get(done).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*dependent) {
                *count -= 1;
                if *count == 0 {
                    ready.push(*dependent);
                }
            }
        }
    }
    waiting.iter().position(|count| *count > 0)
}
