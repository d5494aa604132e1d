//! The host ports of a started task: fixed ones as written, the others out of the host's own range (PT-06).

use super::taskdef::{Core, NetworkMode};
use super::{Binding, ContainerInstance};
use alloc::vec::Vec;

/// Gives a task its bindings on a host. Dynamic ports are not placement's business (PT-13): the host hands them out in
/// ascending order. `None` when the range runs dry: then the task cannot start (PT-08) and holds none of them.
pub fn bind(core: &Core, instance: &mut ContainerInstance) -> Option<Vec<Binding>> {
    let mut bindings = Vec::new();
    if bind_all(core, instance, &mut bindings).is_none() {
        unbind(&bindings, instance);
        return None;
    }
    Some(bindings)
}

fn bind_all(core: &Core, instance: &mut ContainerInstance, bindings: &mut Vec<Binding>) -> Option<()> {
    if matches!(core.network_mode, NetworkMode::Awsvpc | NetworkMode::None) {
        return Some(());
    }
    for (index, container) in core.containers.iter().enumerate() {
        for mapping in &container.ports {
            let (first, last) = mapping.container;
            for container_port in first..=last {
                let host_port = match mapping.host {
                    Some(port) => port,
                    None if core.network_mode == NetworkMode::Host => container_port,
                    None => next_free(instance)?,
                };
                bindings.push(Binding {
                    container: index as u16,
                    container_port,
                    host_port,
                    protocol: mapping.protocol,
                });
            }
        }
    }
    Some(())
}

/// Takes the dynamic ports of an ended task back.
pub fn unbind(bindings: &[Binding], instance: &mut ContainerInstance) {
    for binding in bindings {
        instance.dynamic_ports.remove(&binding.host_port);
    }
}

fn next_free(instance: &mut ContainerInstance) -> Option<u16> {
    let (first, last) = instance.dynamic_range;
    let held = |port: u16| instance.host.ports.keys().any(|(_, fixed)| *fixed == port);
    let port = (first..=last).find(|port| !instance.dynamic_ports.contains(port) && !held(*port))?;
    instance.dynamic_ports.insert(port);
    Some(port)
}
