//! Log drivers, their options, FireLens (LG-01 to LG-03, LG-09).

use super::Findings;
use crate::ecs::taskdef::read::{filled, has, member, text};
use crate::ecs::taskdef::view::{View, log_driver};
use alloc::format;
use serde_json::Value;

const DRIVERS: [&str; 8] = ["awslogs", "fluentd", "gelf", "json-file", "journald", "syslog", "splunk", "awsfirelens"];

pub(super) fn check(view: &View, out: &mut Findings) {
    let routed = view.containers.iter().any(|container| member(container, "firelensConfiguration").is_some());
    let mut routers = 0;
    for (path, container) in view.each() {
        if has(container, "firelensConfiguration") {
            routers += 1;
            let router = member(container, "firelensConfiguration").unwrap_or(&Value::Null);
            if !matches!(text(router, "type"), Some("fluentd" | "fluentbit")) {
                let message = "A FireLens configuration is of type fluentd or fluentbit.";
                out.add_ours(format!("{path}.firelensConfiguration.type"), message);
            }
            if routers > 1 {
                let message = "A task has at most one FireLens container.";
                out.add_ours(format!("{path}.firelensConfiguration"), message);
            }
        }
        let Some((driver, options)) = log_driver(container) else { continue };
        let at = format!("{path}.logConfiguration");
        if !view.wants_fargate && !DRIVERS.contains(&driver) {
            let message = format!("Log driver {driver} is not one of {}.", DRIVERS.join(", "));
            out.add_ours(format!("{at}.logDriver"), message);
        }
        if driver == "awslogs" {
            missing_options(view.wants_fargate, &at, options, out);
        }
        if driver == "awsfirelens" && !routed {
            let message = "When awsfirelens log driver is specified in log configuration, a firelens configuration \
                           object must be specified";
            out.add(format!("{at}.logDriver"), message);
        }
    }
}

/// LG-02, LG-03: an EC2 task takes the instance's Region when `awslogs-region` is absent, a Fargate task cannot.
pub(super) fn missing_options(fargate: bool, at: &str, options: &Value, out: &mut Findings) {
    let region = fargate && !filled(options, "awslogs-region");
    let message = match (region, !filled(options, "awslogs-group")) {
        (true, true) => "Log driver awslogs requires options: awslogs-region, awslogs-group",
        (true, false) => "Log driver awslogs requires options: awslogs-region",
        (false, true) => "Log driver awslogs requires options: awslogs-group",
        (false, false) => return,
    };
    out.add(format!("{at}.options"), message);
}
