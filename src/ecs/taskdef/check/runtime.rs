//! `runtimePlatform`, `pidMode`, `ipcMode`, and what Windows cannot do (reference 2.3, 3.2; CD-27).

use super::Findings;
use super::containers::privileged;
use crate::ecs::taskdef::facts::NetworkMode;
use crate::ecs::taskdef::read::{filled, flag, has, member, text};
use crate::ecs::taskdef::view::View;
use alloc::format;

const FAMILIES: [&str; 10] = [
    "LINUX",
    "WINDOWS_SERVER_2016_FULL",
    "WINDOWS_SERVER_2019_FULL",
    "WINDOWS_SERVER_2019_CORE",
    "WINDOWS_SERVER_2004_CORE",
    "WINDOWS_SERVER_20H2_CORE",
    "WINDOWS_SERVER_2022_FULL",
    "WINDOWS_SERVER_2022_CORE",
    "WINDOWS_SERVER_2025_FULL",
    "WINDOWS_SERVER_2025_CORE",
];

pub(super) fn check(view: &View, out: &mut Findings) {
    let enums = [
        ("networkMode", ["bridge", "host", "awsvpc", "none"].as_slice()),
        ("pidMode", ["host", "task"].as_slice()),
        ("ipcMode", ["host", "task", "none"].as_slice()),
    ];
    for (key, allowed) in enums {
        if let Some(given) = text(view.root, key)
            && !allowed.contains(&given)
        {
            out.add_ours(key, format!("'{given}' is no {key}; use one of {}.", allowed.join(", ")));
        }
    }
    if let Some(platform) = member(view.root, "runtimePlatform") {
        let enums =
            [("operatingSystemFamily", FAMILIES.as_slice()), ("cpuArchitecture", ["X86_64", "ARM64"].as_slice())];
        for (key, allowed) in enums {
            if let Some(given) = text(platform, key)
                && !allowed.contains(&given)
            {
                let message = format!("'{given}' is no {key}; use one of {}.", allowed.join(", "));
                out.add_ours(format!("runtimePlatform.{key}"), message);
            }
        }
    }
    if view.windows {
        windows(view, out);
    }
}

fn windows(view: &View, out: &mut Findings) {
    if has(view.root, "networkMode") && view.mode != NetworkMode::Awsvpc {
        let message = "Windows tasks use networkMode awsvpc, or the default when it is omitted.";
        out.add_ours("networkMode", message);
    }
    for key in ["pidMode", "ipcMode"] {
        if filled(view.root, key) {
            out.add_ours(key, format!("Windows does not support {key}."));
        }
    }
    let members = ["ulimits", "linuxParameters", "user", "dnsServers", "dnsSearchDomains", "extraHosts", "links"];
    for (path, container) in view.each() {
        for key in members {
            if filled(container, key) {
                out.add_ours(format!("{path}.{key}"), format!("Windows containers do not support {key}."));
            }
        }
        for key in ["readonlyRootFilesystem", "disableNetworking"] {
            if flag(container, key) {
                out.add_ours(format!("{path}.{key}"), format!("Windows containers do not support {key}."));
            }
        }
    }
    for path in privileged(view) {
        out.add_ours(path, "Windows containers do not support privileged.");
    }
}
