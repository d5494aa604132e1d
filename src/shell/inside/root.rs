//! The files of a container that nobody has written to: the folders of a Linux file system, and a few files.

use super::Container;
use crate::shell::files::Files;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::String;

const FOLDERS: [&str; 22] = [
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib64",
    "managed-agents",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "tmp",
    "usr/bin",
    "usr/local/bin",
    "var/lib",
    "var/log",
];

/// Whose file system an image has: by a part of its name, the distribution's `ID` and name.
const SYSTEMS: [(&str, &str, &str); 5] = [
    ("alpine", "alpine", "Alpine Linux"),
    ("amazonlinux", "amzn", "Amazon Linux"),
    ("fedora", "fedora", "Fedora Linux"),
    ("ubuntu", "ubuntu", "Ubuntu"),
    ("", "debian", "Debian GNU/Linux"),
];

/// What the server of an image shows at first.
const PAGES: [(&str, &str, &str); 2] = [
    ("httpd", "/usr/local/apache2/htdocs", "<html><body><h1>It works!</h1></body></html>\n"),
    (
        "nginx",
        "/usr/share/nginx/html",
        "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n",
    ),
];

/// The files of a new container. The agent of ECS Exec is mounted at the root on Fargate.
pub(super) fn files(container: &Container, now: SimTime) -> Files {
    let mut files = Files::at(now);
    let here = |name: &&&str| match **name {
        "managed-agents" => container.on_fargate,
        "boot" | "lib64" => !container.is_slim(),
        _ => true,
    };
    for name in FOLDERS.iter().filter(here) {
        files.make(&format!("/{name}"));
    }
    files.make(&container.directory);
    let host = &container.host;
    let system = SYSTEMS.iter().find(|(part, _, _)| container.image.contains(part));
    let system = system.map(|(_, id, name)| format!("PRETTY_NAME=\"{name}\"\nNAME=\"{name}\"\nID={id}\n"));
    let page = PAGES.iter().find(|(program, _, _)| container.serves(program));
    if let Some((_, folder, _)) = page {
        files.make(folder);
    }
    let more: String = container.hosts.iter().map(|(address, name)| format!("{address} {name}\n")).collect();
    let own = [
        ("/etc/hostname".into(), format!("{host}\n")),
        ("/etc/hosts".into(), format!("127.0.0.1 localhost\n{more}")),
        ("/etc/os-release".into(), system.unwrap_or_default()),
    ];
    let shown = page.map(|(_, folder, text)| (format!("{folder}/index.html"), (*text).into()));
    for (path, text) in own.into_iter().chain(shown).chain(container.files.iter().cloned()) {
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
            files.make(folder);
        }
        // Small files fit.
        let _ = files.write(&path, text);
    }
    files
}
