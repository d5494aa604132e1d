//! The host ports of a started task: fixed ones as written, the others out of the host's own range (PT-06).

use super::taskdef::{Core, NetworkMode};
use super::{Binding, ContainerInstance};
use crate::placement::Protocol;
use alloc::string::String;
use alloc::vec::Vec;

/// Gives a task its bindings on a host. Dynamic ports are not placement's business (PT-13): the host hands them out in
/// ascending order. Otherwise the task cannot start and holds none of them, for the reason given: the range ran dry
/// (PT-08), or a fixed port stands inside it and was handed out (PT-09).
pub fn bind(core: &Core, instance: &mut ContainerInstance) -> Result<Vec<Binding>, String> {
    let mut bindings = Vec::new();
    let outcome = bind_all(core, instance, &mut bindings);
    if outcome.is_err() {
        unbind(&bindings, instance);
    }
    outcome.map(|()| bindings)
}

fn bind_all(core: &Core, instance: &mut ContainerInstance, bindings: &mut Vec<Binding>) -> Result<(), String> {
    if matches!(core.network_mode, NetworkMode::Awsvpc | NetworkMode::None) {
        return Ok(());
    }
    for (index, container) in core.containers.iter().enumerate() {
        for mapping in &container.ports {
            let (first, last) = mapping.container;
            let protocol = mapping.protocol;
            for container_port in first..=last {
                let fixed = match mapping.host {
                    None if core.network_mode == NetworkMode::Host => Some(container_port),
                    host => host,
                };
                let host_port = match fixed {
                    Some(port) => port,
                    // The words are the agent's ([AGENT:agent/utils/ephemeral_ports.go]).
                    None => next_free(instance, protocol).ok_or("HostConfigError: a host port is unavailable")?,
                };
                if !instance.bound_ports.insert((protocol, host_port)) {
                    return Err(alloc::format!(
                        "CannotStartContainerError: Error response from daemon: Bind for 0.0.0.0:{host_port} failed: \
                         port is already allocated"
                    ));
                }
                bindings.push(Binding { container: index as u16, container_port, host_port, protocol });
            }
        }
    }
    Ok(())
}

/// Takes the ports of an ended task back.
pub fn unbind(bindings: &[Binding], instance: &mut ContainerInstance) {
    for binding in bindings {
        instance.bound_ports.remove(&(binding.protocol, binding.host_port));
    }
}

fn next_free(instance: &ContainerInstance, protocol: Protocol) -> Option<u16> {
    let (first, last) = instance.dynamic_range;
    let free = |port: &u16| {
        let key = (protocol, *port);
        !instance.bound_ports.contains(&key) && !instance.host.ports.contains_key(&key)
    };
    (first..=last).find(free)
}
