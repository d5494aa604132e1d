//! `requiresCompatibilities`: the definition must run on each capacity that it names (reference 3.2, 3.10).
//!
//! The same questions answer `compatibilities`, which AWS derives whether or not anything is required.

use super::{Findings, fargate};
use crate::ecs::taskdef::facts::NetworkMode;
use crate::ecs::taskdef::read::{has, texts};
use crate::ecs::taskdef::size::Size;
use crate::ecs::taskdef::view::{View, asks_for, at_launch, is_ecr, log_driver, named_mappings};
use crate::sim::sorted::Set;
use alloc::format;

const COMPATIBILITIES: [&str; 4] = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];

pub(super) fn check(view: &View, out: &mut Findings) {
    let mut seen = Set::new();
    for (index, wanted) in texts(view.root, "requiresCompatibilities").enumerate() {
        if !seen.insert(wanted) {
            continue;
        }
        match wanted {
            "FARGATE" => fargate::unmet(view, out),
            "EC2" => {
                if has(view.root, "ephemeralStorage") {
                    let message = "Tasks using the EC2 launch type do not support EphemeralStorage.";
                    out.add("ephemeralStorage", message);
                }
                ec2_unmet(view, out);
            }
            "EXTERNAL" => external_unmet(view, out),
            "MANAGED_INSTANCES" => managed_unmet(view, out),
            other => {
                let message = format!("'{other}' is no compatibility; use one of {}.", COMPATIBILITIES.join(", "));
                out.add_ours(format!("requiresCompatibilities[{index}]"), message);
            }
        }
    }
}

/// Why the definition cannot run on EC2 container instances.
pub(crate) fn ec2_unmet(view: &View, out: &mut Findings) {
    no_neuron(view, "EC2", out);
    for (path, volume) in view.each_volume() {
        if has(volume, "s3filesVolumeConfiguration") {
            let message = "EC2 tasks do not support S3 Files volumes.";
            out.add_ours(format!("{path}.s3filesVolumeConfiguration"), message);
        }
        if has(volume, "efsVolumeConfiguration") && view.windows {
            let message = "Windows tasks do not support EFS volumes.";
            out.add_ours(format!("{path}.efsVolumeConfiguration"), message);
        }
        if has(volume, "fsxWindowsFileServerVolumeConfiguration") && view.linux {
            let message = "FSx for Windows File Server volumes need a Windows task.";
            out.add_ours(format!("{path}.fsxWindowsFileServerVolumeConfiguration"), message);
        }
    }
}

/// Why it cannot run on external instances. Observed: a named port mapping (Service Connect) takes EXTERNAL away,
/// a missing execution role does not; the agent removes `task-eni` and Service Connect there (reference 1.7).
pub(crate) fn external_unmet(view: &View, out: &mut Findings) {
    no_neuron(view, "EXTERNAL", out);
    if view.mode == NetworkMode::Awsvpc {
        out.add_ours("networkMode", "External instances do not support networkMode awsvpc.");
    }
    for path in named_mappings(view) {
        out.add_ours(path, "External instances do not support Service Connect, hence no named port mappings.");
    }
    for (path, volume) in view.each_volume() {
        for key in ["efsVolumeConfiguration", "s3filesVolumeConfiguration"] {
            if has(volume, key) {
                out.add_ours(format!("{path}.{key}"), format!("External instances do not support {key}."));
            }
        }
        if at_launch(volume) {
            let message = "External instances do not support volumes configured at launch.";
            out.add_ours(format!("{path}.configuredAtLaunch"), message);
        }
    }
    if has(view.root, "ephemeralStorage") {
        out.add_ours("ephemeralStorage", "External instances do not support ephemeralStorage.");
    }
}

/// Why it cannot run on Managed Instances. Recorded (Sep 2026): Linux, `awsvpc`, task CPU and memory; observed: the
/// pair need not be a Fargate size, `bridge` does not count. `host` and the execution role are by the developer guide
/// (task_definition_parameters-managed-instances, read Nov 2026).
pub(crate) fn managed_unmet(view: &View, out: &mut Findings) {
    if !matches!(view.mode, NetworkMode::Awsvpc | NetworkMode::Host) {
        out.add_ours("networkMode", "Managed Instances support networkMode awsvpc and host.");
    }
    if view.windows {
        let message = "Managed Instances run Linux tasks.";
        out.add_ours("runtimePlatform.operatingSystemFamily", message);
    }
    for (key, size) in [("cpu", view.cpu), ("memory", view.memory)] {
        if size == Size::Absent {
            out.add_ours(key, format!("Managed Instances require that '{key}' be defined at the task level."));
        }
    }
    for (path, container) in view.each() {
        if view.has_execution_role() {
            break;
        }
        if is_ecr(container) {
            let message = "Managed Instances require an execution role to pull ECR images.";
            out.add_ours(format!("{path}.image"), message);
        }
        if log_driver(container).is_some_and(|(driver, _)| driver == "awslogs") {
            let message = "Managed Instances require an execution role for the log driver awslogs.";
            out.add_ours(format!("{path}.logConfiguration.logDriver"), message);
        }
    }
    for (path, volume) in view.each_volume() {
        for key in ["dockerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"] {
            if has(volume, key) {
                out.add_ours(format!("{path}.{key}"), format!("Managed Instances do not support {key}."));
            }
        }
    }
}

fn no_neuron(view: &View, capacity: &str, out: &mut Findings) {
    for (path, container) in view.each() {
        if asks_for(container, "NeuronDevice") {
            let message = format!("NeuronDevice needs Managed Instances; {capacity} cannot give it.");
            out.add_ours(format!("{path}.resourceRequirements"), message);
        }
    }
}
