//! Container health checks (reference 3.8).

use super::Findings;
use crate::ecs::taskdef::read::{int, member, texts};
use crate::ecs::taskdef::view::{View, name_of};
use alloc::format;

/// Member, least and greatest value.
const BOUNDS: [(&str, i64, i64); 4] =
    [("interval", 5, 300), ("timeout", 2, 60), ("retries", 1, 10), ("startPeriod", 0, 300)];

pub(super) fn check(view: &View, out: &mut Findings) {
    for (path, container) in view.each() {
        let Some(health) = member(container, "healthCheck") else { continue };
        let name = name_of(container);
        let at = format!("{path}.healthCheck");
        let mut words = texts(health, "command");
        match words.next() {
            Some("CMD" | "CMD-SHELL") if words.next().is_some() => {}
            Some("NONE") => {}
            _ => {
                let message = format!(
                    "The health check command of container '{name}' must start with CMD or CMD-SHELL and name a command."
                );
                out.add_ours(format!("{at}.command"), message);
            }
        }
        for (key, low, high) in BOUNDS {
            let Some(found) = int(health, key) else { continue };
            if found > high {
                let message = format!(
                    "Health check {key} must be less than or equal to the maximum allowed value {high} for container \
                     '{name}'"
                );
                out.add(format!("{at}.{key}"), message);
            } else if found < low {
                let message = format!(
                    "Health check {key} must be greater than or equal to the minimum allowed value {low} for \
                     container '{name}'"
                );
                out.add_ours(format!("{at}.{key}"), message);
            }
        }
    }
}
