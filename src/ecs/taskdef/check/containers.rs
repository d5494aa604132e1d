//! Names, images, which container is essential, and the settings that stand alone (CD-02 to CD-04, CD-13, CD-15,
//! CD-16, CD-24, CD-25).

use super::Findings;
use super::identity::is_name;
use crate::ecs::taskdef::facts::NetworkMode;
use crate::ecs::taskdef::read::{flag, int, list, member, text};
use crate::ecs::taskdef::view::{View, asks_for, is_essential, name_of, outside};
use crate::sim::sorted::Set;
use alloc::format;
use alloc::string::String;
use serde_json::Value;

pub(super) fn names(view: &View, out: &mut Findings) {
    let mut seen = Set::new();
    for (path, container) in view.each() {
        match text(container, "name") {
            None | Some("") => out.add(format!("{path}.name"), "Container.name should not be null or empty."),
            Some(name) if !is_name(name) => {
                out.add(format!("{path}.name"), "Container.name contains invalid characters.");
            }
            Some(name) if !seen.insert(name) => {
                out.add(format!("{path}.name"), "Container names must be unique within a task definition.");
            }
            Some(_) => {}
        }
        match text(container, "image") {
            None | Some("") => out.add(format!("{path}.image"), "Container.image should not be null or empty."),
            Some(image) if !is_image(image) => {
                out.add(format!("{path}.image"), "Container.image contains invalid characters.");
            }
            Some(_) => {}
        }
    }
}

/// CD-13: printable without spaces; up to 255 characters, a digest is `@sha256:` and 64 hexadecimal digits.
fn is_image(image: &str) -> bool {
    let plain = |words: &str| {
        words
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'/' | b'#'))
    };
    match image.split_once('@') {
        None => image.len() <= 255 && plain(image),
        Some((name, digest)) => {
            let hex = digest.strip_prefix("sha256:").unwrap_or("");
            !name.is_empty()
                && name.len() <= 255
                && plain(name)
                && hex.len() == 64
                && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
    }
}

/// CD-04.
pub(super) fn essential(view: &View, out: &mut Findings) {
    if !view.containers.is_empty() && !view.containers.iter().any(is_essential) {
        out.add("containerDefinitions", "Task definition doesn't have any essential container.");
    }
}

pub(super) fn settings(view: &View, out: &mut Findings) {
    for (path, container) in view.each() {
        timeouts(view, &path, container, out);
        restart_policy(&path, container, out);
    }
    requirements(view, out);
    proxy(view, out);
}

/// CD-15, CD-16.
pub(super) fn requirements(view: &View, out: &mut Findings) {
    let neurons = view.containers.iter().filter(|container| asks_for(container, "NeuronDevice")).count();
    for (path, container) in view.each() {
        resources(neurons, &path, container, out);
    }
}

fn timeouts(view: &View, path: &str, container: &Value, out: &mut Findings) {
    let name = name_of(container);
    for (key, word) in [("startTimeout", "start"), ("stopTimeout", "stop")] {
        let Some(seconds) = int(container, key) else { continue };
        let at = format!("{path}.{key}");
        let low = format!("Granular {word} timeout on container '{name}' must be at least 2 seconds.");
        match word {
            "start" if seconds < 2 => out.add(at, low),
            _ if seconds < 2 => out.add_ours(at, low),
            _ if seconds > 120 && view.wants_fargate => {
                out.add_ours(at, format!("Granular {word} timeout on container '{name}' must be at most 120 seconds."));
            }
            _ => {}
        }
    }
}

/// CD-25.
fn restart_policy(path: &str, container: &Value, out: &mut Findings) {
    let Some(policy) = member(container, "restartPolicy") else { return };
    if outside(policy, "restartAttemptPeriod", 60, 1800) {
        let name = name_of(container);
        let message = format!("The 'restartAttemptPeriod' setting for container '{name}' must be between 60 and 1800.");
        out.add(format!("{path}.restartPolicy.restartAttemptPeriod"), message);
    }
    if list(policy, "ignoredExitCodes").len() > 50 {
        let message = "A restart policy ignores at most 50 exit codes.";
        out.add_ours(format!("{path}.restartPolicy.ignoredExitCodes"), message);
    }
}

fn resources(neurons: usize, path: &str, container: &Value, out: &mut Findings) {
    let mut seen = Set::new();
    for (index, requirement) in list(container, "resourceRequirements").iter().enumerate() {
        let at = format!("{path}.resourceRequirements[{index}]");
        let kind = text(requirement, "type").unwrap_or("");
        let value = text(requirement, "value").unwrap_or("");
        if !seen.insert(kind) {
            out.add_ours(format!("{at}.type"), format!("Resource requirement {kind} is given more than once."));
        }
        let number = value.parse::<u32>().is_ok_and(|gpus| gpus > 0);
        match kind {
            "GPU" if value != "ALL" && !number => {
                let message = format!("Invalid GPU value '{value}': it must be a positive whole number or ALL.");
                out.add_ours(format!("{at}.value"), message);
            }
            "NeuronDevice" if value != "ALL" => {
                out.add_ours(format!("{at}.value"), "Invalid NeuronDevice value: it must be ALL.");
            }
            "NeuronDevice" if neurons > 1 => {
                out.add_ours(at, "Only one container of a task may ask for NeuronDevice.");
            }
            _ => {}
        }
    }
}

/// CD-24, and the App Mesh properties without which the proxy cannot work.
fn proxy(view: &View, out: &mut Findings) {
    let Some(proxy) = member(view.root, "proxyConfiguration") else { return };
    if view.mode != NetworkMode::Awsvpc {
        out.add("proxyConfiguration", "APPMESH proxy configuration is only supported in networkMode=awsvpc");
    }
    let wanted = text(proxy, "containerName").unwrap_or("");
    if !view.containers.iter().any(|container| name_of(container) == wanted) {
        out.add("proxyConfiguration.containerName", format!("Proxy container [{wanted}] does not exist."));
    }
    let given: Set<&str> = list(proxy, "properties").iter().filter_map(|pair| text(pair, "name")).collect();
    if !given.contains("ProxyIngressPort") {
        out.add("proxyConfiguration.properties", "Ingress port not found");
    }
    if !given.contains("ProxyEgressPort") {
        out.add_ours("proxyConfiguration.properties", "Egress port not found");
    }
}

/// The paths of the containers that run privileged.
pub(super) fn privileged<'a>(view: &'a View) -> impl Iterator<Item = String> + use<'a> {
    view.each().filter(|(_, container)| flag(container, "privileged")).map(|(path, _)| format!("{path}.privileged"))
}
