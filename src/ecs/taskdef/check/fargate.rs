//! What Fargate demands and refuses (NM-01, FG-01 to FG-10, LG-01, LG-02).

use super::{Findings, containers, logging};
use crate::ecs::taskdef::Gpus;
use crate::ecs::taskdef::facts::NetworkMode;
use crate::ecs::taskdef::fargate::is_sold;
use crate::ecs::taskdef::read::{filled, has, list, member, text, texts};
use crate::ecs::taskdef::size::Size;
use crate::ecs::taskdef::view::{View, asks_for, gpus, is_ecr, linux, log_driver};
use alloc::format;
use serde_json::Value;

const DRIVERS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];

/// Why the definition cannot run on Fargate.
pub(crate) fn unmet(view: &View, out: &mut Findings) {
    if view.mode != NetworkMode::Awsvpc {
        out.add("networkMode", "Fargate only supports network mode ‘awsvpc’.");
    }
    size(view, out);
    task(view, out);
    for (path, container) in view.each() {
        refused_members(&path, container, out);
        log(view, &path, container, out);
    }
    for path in containers::privileged(view) {
        out.add(path, "Fargate requires that the 'privileged' setting be 'false'");
    }
    for (path, container) in view.each() {
        if is_ecr(container) && !view.has_execution_role() {
            let message = "Fargate requires task definition to have execution role ARN to support ECR images.";
            out.add(format!("{path}.image"), message);
        }
    }
    volumes(view, out);
}

/// FG-01, FG-02.
pub(super) fn size(view: &View, out: &mut Findings) {
    for (key, size) in [("cpu", view.cpu), ("memory", view.memory)] {
        if size == Size::Absent {
            out.add(key, format!("Fargate requires that '{key}' be defined at the task level."));
        }
    }
    if let (Size::Is(cpu), Size::Is(memory)) = (view.cpu, view.memory)
        && !is_sold(cpu, memory, view.windows, view.with_32_vcpu)
    {
        let message = "No Fargate configuration exists for given values.";
        let sold_at_all =
            super::super::fargate_sizes().iter().any(|size| size.cpu == cpu && (view.with_32_vcpu || !size.optional));
        out.add(if sold_at_all { "memory" } else { "cpu" }, message);
    }
}

/// FG-06, FG-07.
fn task(view: &View, out: &mut Findings) {
    if filled(view.root, "placementConstraints") {
        out.add("placementConstraints", "Fargate compatible task definitions do not support constraints");
    }
    if filled(view.root, "ipcMode") {
        out.add("ipcMode", "Tasks using the Fargate launch type do not support ipcMode.");
    }
    if text(view.root, "pidMode") == Some("host") {
        let message = "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for \
                       pidMode is 'task'.";
        out.add("pidMode", message);
    }
}

/// FG-06, FG-09, FG-10. The members that `awsvpc` itself refuses are in NM-06.
fn refused_members(path: &str, container: &Value, out: &mut Findings) {
    let refusal = |key: &str| format!("Fargate compatible task definitions do not support {key}");
    if filled(container, "dockerSecurityOptions") {
        out.add(format!("{path}.dockerSecurityOptions"), refusal("dockerSecurityOptions"));
    }
    let linux = linux(container);
    for key in ["devices", "maxSwap", "sharedMemorySize"] {
        if filled(linux, key) {
            out.add(format!("{path}.linuxParameters.{key}"), refusal(key));
        }
    }
    for key in ["swappiness", "tmpfs"] {
        if filled(linux, key) {
            out.add_ours(format!("{path}.linuxParameters.{key}"), refusal(key));
        }
    }
    let capabilities = member(linux, "capabilities").unwrap_or(&Value::Null);
    for capability in texts(capabilities, "add") {
        if capability != "SYS_PTRACE" {
            let at = format!("{path}.linuxParameters.capabilities.add");
            out.add(at, format!("{capability} is not allowed on Fargate."));
        }
    }
    let at = format!("{path}.resourceRequirements");
    if gpus(container) != Gpus::Number(0) {
        out.add(at, "Tasks using the Fargate launch type do not support GPU resource requirements.");
    } else if asks_for(container, "NeuronDevice") {
        out.add_ours(at, "Tasks using the Fargate launch type do not support NeuronDevice resource requirements.");
    }
}

/// FG-08, FG-04, LG-02.
fn log(view: &View, path: &str, container: &Value, out: &mut Findings) {
    let Some((driver, options)) = log_driver(container) else { return };
    let at = format!("{path}.logConfiguration");
    if !DRIVERS.contains(&driver) {
        let message = format!("{driver} is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]");
        out.add(format!("{at}.logDriver"), message);
    }
    if driver != "awslogs" {
        return;
    }
    // What is required of every definition that asks for Fargate is found among the logging rules already.
    if !view.wants_fargate {
        logging::missing_options(true, &at, options, out);
    }
    if !filled(options, "awslogs-stream-prefix") {
        let message = "Fargate requires log configuration options to include awslogs-stream-prefix to support log \
                       driver awslogs.";
        out.add(format!("{at}.options"), message);
    }
    if !view.has_execution_role() {
        let message = "Fargate requires task definition to have execution role ARN to support log driver awslogs.";
        out.add(format!("{at}.logDriver"), message);
    }
}

/// FG-06 and the table of reference 3.10.
fn volumes(view: &View, out: &mut Findings) {
    for (path, volume) in list(view.root, "volumes").iter().enumerate() {
        let at = format!("volumes[{path}]");
        if has(volume, "dockerVolumeConfiguration") {
            let message = "Fargate compatible task definitions do not support dockerVolumeConfiguration";
            out.add(format!("{at}.dockerVolumeConfiguration"), message);
        }
        if member(volume, "host").is_some_and(|host| filled(host, "sourcePath")) {
            let message = "Fargate compatible task definitions do not support sourcePath";
            out.add(format!("{at}.host.sourcePath"), message);
        }
        let windows = ["efsVolumeConfiguration", "s3filesVolumeConfiguration"];
        let refused =
            ["fsxWindowsFileServerVolumeConfiguration"].into_iter().chain(windows.into_iter().filter(|_| view.windows));
        for key in refused {
            if has(volume, key) {
                let message = format!("Fargate compatible task definitions do not support {key}");
                out.add_ours(format!("{at}.{key}"), message);
            }
        }
        if view.windows && super::super::view::at_launch(volume) {
            let message = "Fargate compatible task definitions for Windows do not support volumes configured at launch";
            out.add_ours(format!("{at}.configuredAtLaunch"), message);
        }
    }
}
