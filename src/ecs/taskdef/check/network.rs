//! Ports, and what each network mode allows (NM-02, NM-03, NM-06 to NM-08, CD-18, CD-19).

use super::Findings;
use crate::ecs::taskdef::facts::NetworkMode;
use crate::ecs::taskdef::read::{filled, flag, has, int, list, port, text};
use crate::ecs::taskdef::view::{View, is_udp, name_of, port_range};
use crate::sim::sorted::{Map, Set};
use alloc::format;
use serde_json::Value;

pub(super) fn check(view: &View, out: &mut Findings) {
    for (path, container, mapping) in view.mappings() {
        shape(&path, container, mapping, out);
    }
    for (path, container) in view.each() {
        if view.mode == NetworkMode::None && filled(container, "portMappings") {
            let message = "Port mappings are not supported when networkMode=none.";
            out.add_ours(format!("{path}.portMappings"), message);
        }
        if list(container, "portMappings").iter().filter(|mapping| has(mapping, "containerPortRange")).count() > 100 {
            let message = format!("Container '{}' has more than 100 port ranges.", name_of(container));
            out.add_ours(format!("{path}.portMappings"), message);
        }
    }
    match view.mode {
        NetworkMode::Awsvpc | NetworkMode::Host => {
            matching(view, out);
            shared_namespace(view, out);
        }
        NetworkMode::Bridge => repeated_host_ports(view, out),
        NetworkMode::None => {}
    }
    both_transports(view, out);
    repeated_names(view, out);
    if view.mode == NetworkMode::Awsvpc {
        unsupported_by_awsvpc(view, out);
    }
}

/// One mapping for itself: a port or a range, within bounds (CD-18, TD-01).
fn shape(path: &str, container: &Value, mapping: &Value, out: &mut Findings) {
    let name = name_of(container);
    if has(mapping, "containerPortRange") {
        if has(mapping, "containerPort") || has(mapping, "hostPort") {
            let message =
                format!("Invalid port mapping for container '{name}', cannot specify both single port and port range.");
            out.add(format!("{path}.containerPortRange"), message);
        } else if port_range(mapping).is_none() {
            let message = format!("Invalid 'containerPortRange' setting for container '{name}'.");
            out.add(format!("{path}.containerPortRange"), message);
        }
    } else if port(mapping, "containerPort").is_none() {
        let message = format!("Invalid 'containerPort' setting for container '{name}'.");
        out.add(format!("{path}.containerPort"), message);
    }
    if int(mapping, "hostPort").is_some_and(|host| !(0..=65_535).contains(&host)) {
        out.add_ours(format!("{path}.hostPort"), format!("Invalid 'hostPort' setting for container '{name}'."));
    }
    if let Some(protocol) = text(mapping, "protocol")
        && !matches!(protocol, "tcp" | "udp")
    {
        out.add_ours(format!("{path}.protocol"), format!("Invalid 'protocol' setting for container '{name}'."));
    }
    if let Some(label) = text(mapping, "name")
        && !is_port_name(label)
    {
        let message =
            "A port mapping's name has up to 64 lower-case letters, digits, _ and -, and does not start with -.";
        out.add_ours(format!("{path}.name"), message);
    }
}

/// TD-01.
fn is_port_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with('-')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-')
}

/// NM-02, NM-03. A host port of 0 counts as omitted.
fn matching(view: &View, out: &mut Findings) {
    for (path, _, mapping) in view.mappings() {
        let host = int(mapping, "hostPort").filter(|host| *host != 0);
        if host.is_some() && host != int(mapping, "containerPort") {
            let mode = view.mode.name();
            let message =
                format!("When networkMode={mode}, the host ports and container ports in port mappings must match.");
            out.add(format!("{path}.hostPort"), message);
        }
    }
}

/// NM-07: containers of one network namespace cannot listen on the same port.
fn shared_namespace(view: &View, out: &mut Findings) {
    let mut taken: Map<(bool, u16), u16> = Map::new();
    for (path, _, mapping) in view.mappings() {
        let single = port(mapping, "containerPort").map(|found| (found, found));
        let Some((first, last)) = single.or_else(|| port_range(mapping)) else { continue };
        let udp = is_udp(mapping);
        let before = taken.last_in(&(udp, 0), &(udp, last));
        if let Some((start, _)) = before.map(|((_, start), end)| (*start, *end)).filter(|(_, end)| *end >= first) {
            let clash = start.max(first);
            let transport = if udp { "UDP" } else { "TCP" };
            let mode = view.mode.name();
            let message =
                format!("{transport} container port '{clash}' is used multiple times in task when networkMode={mode}.");
            out.add(path, message);
        } else {
            taken.insert((udp, first), last);
        }
    }
}

/// Two containers of a bridge task cannot both hold one port of the instance.
fn repeated_host_ports(view: &View, out: &mut Findings) {
    let mut taken = Set::new();
    for (path, _, mapping) in view.mappings() {
        if let Some(host) = port(mapping, "hostPort")
            && !taken.insert((is_udp(mapping), host))
        {
            let transport = if is_udp(mapping) { "UDP" } else { "TCP" };
            let message = format!("{transport} host port '{host}' is mapped multiple times in task.");
            out.add(format!("{path}.hostPort"), message);
        }
    }
}

/// NM-08.
fn both_transports(view: &View, out: &mut Findings) {
    for (path, container) in view.each() {
        let mut first: Map<u16, bool> = Map::new();
        for (index, mapping) in list(container, "portMappings").iter().enumerate() {
            let Some(found) = port(mapping, "containerPort") else { continue };
            if *first.or_insert_with(found, || is_udp(mapping)) != is_udp(mapping) {
                let name = name_of(container);
                let message = format!("Container '{name}' cannot expose port {found} for both tcp and udp.");
                out.add_ours(format!("{path}.portMappings[{index}].protocol"), message);
            }
        }
    }
}

/// CD-19.
fn repeated_names(view: &View, out: &mut Findings) {
    let mut seen = Set::new();
    for (path, _, mapping) in view.mappings() {
        if let Some(name) = text(mapping, "name")
            && !seen.insert(name)
        {
            let message = format!("When networkMode={}, port mapping name is already used", view.mode.name());
            out.add(format!("{path}.name"), message);
        }
    }
}

/// NM-06.
fn unsupported_by_awsvpc(view: &View, out: &mut Findings) {
    for (path, container) in view.each() {
        let lists = [
            ("links", "Links are not supported when networkMode=awsvpc."),
            ("dnsServers", "DNS servers are not supported on container when networkMode=awsvpc."),
            ("extraHosts", "Extra hosts are not supported on container when networkMode=awsvpc."),
            ("hostname", "hostname is not supported on container when networkMode=awsvpc."),
        ];
        for (key, message) in lists {
            if filled(container, key) {
                out.add(format!("{path}.{key}"), message);
            }
        }
        if flag(container, "disableNetworking") {
            let message = "Disable Networking is not supported on container when networkMode=awsvpc.";
            out.add(format!("{path}.disableNetworking"), message);
        }
        if filled(container, "dnsSearchDomains") {
            let message = "DNS search domains are not supported on container when networkMode=awsvpc.";
            out.add_ours(format!("{path}.dnsSearchDomains"), message);
        }
    }
}
