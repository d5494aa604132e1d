//! The host ports of a started task: fixed ones as written, the others out of the host's own range (PT-06).

use super::ContainerInstance;
use super::taskdef::{Core, NetworkMode};
use crate::placement::Protocol;
use alloc::string::String;
use alloc::vec::Vec;

/// A host port that leads to a container port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Index of the container in the definition.
    pub container: u16,
    /// The port inside.
    pub container_port: u16,
    /// The port of the host.
    pub host_port: u16,
    /// TCP or UDP.
    pub protocol: Protocol,
}

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
            let own = match mapping.host {
                None if core.network_mode == NetworkMode::Host => first,
                Some(port) => port,
                None => next_free(instance, protocol, last - first)?,
            };
            for (container_port, host_port) in (first..=last).zip(own..) {
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

/// The first of the free ports of the host with as many `more` free ones right behind it, for a range. The words are the
/// agent's ([AGENT:agent/utils/ephemeral_ports.go]).
fn next_free(instance: &ContainerInstance, protocol: Protocol, more: u16) -> Result<u16, String> {
    let (first, last) = instance.dynamic_range;
    let mut run = 0;
    for port in first..=last {
        let key = (protocol, port);
        let free = !instance.bound_ports.contains(&key) && !instance.host.ports.contains_key(&key);
        run = if free { run + 1 } else { 0 };
        if run > u32::from(more) {
            return Ok(port - more);
        }
    }
    Err(match more {
        0 => "HostConfigError: a host port is unavailable".into(),
        more => alloc::format!("HostConfigError: {} contiguous host ports are unavailable", u32::from(more) + 1),
    })
}
