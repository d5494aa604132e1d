//! `cargo dev serve`: builds the page, serves it on this machine, and builds again when a file changes.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use crate::program::{say, target};
use crate::site::{Profile, build};
use crate::tools::Tools;
use crate::{places, server};

/// What the page is made of.
const SOURCES: [&str; 6] = ["src", "static", "quizzes", "Cargo.toml", "Cargo.lock", "Trunk.toml"];

/// Serves until it is interrupted. Port 0 means any free one.
pub fn serve(port: u16) -> Result<(), String> {
    // Taken first: whoever has the port in use learns it before the long build, not after.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} is in use: stop the program that has it, or choose another with `cargo dev serve --port N`"
        ),
        _ => format!("port {port} cannot be used: {error}"),
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let tools = Tools::ready()?;
    let mut seen = state();
    let mut builds = 0;
    let site = Arc::new(RwLock::new(next(&tools, address.port(), &mut builds)?));
    server::start(listener, "/", site.clone())?;
    answers(address)?;
    println!("ECS Lab is ready: http://{address}/ (Ctrl+C ends it; it is built again when a file changes)");
    loop {
        thread::sleep(Duration::from_millis(500));
        let now = state();
        if now == seen {
            continue;
        }
        seen = now;
        match next(&tools, address.port(), &mut builds) {
            Ok(folder) => {
                *site.write().map_err(|_| "the server broke off")? = folder;
                say("built again: reload the page");
            }
            Err(sentence) => say(&format!("{sentence}; the last good build is still served")),
        }
    }
}

/// Builds into a folder that is not being served: two take turns, and nobody else serves on this port.
fn next(tools: &Tools, port: u16, builds: &mut u64) -> Result<PathBuf, String> {
    *builds += 1;
    let folder = places::root().join(target()).join(format!("site/serve/{port}-{}", *builds % 2));
    build(tools, Profile::Serve, &folder, |_| Ok(()))?;
    Ok(folder)
}

/// Whether the page comes back from the address, so that "ready" is true when it is said.
fn answers(address: SocketAddr) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the server does not answer: {error}");
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err("the server does not answer with the page".into()) }
}

/// When each source file was last written.
fn state() -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    for source in SOURCES {
        walk(&places::root().join(source), &mut found);
    }
    found
}

fn walk(path: &Path, found: &mut BTreeMap<PathBuf, SystemTime>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            walk(&entry.path(), found);
        }
    } else if let Ok(time) = fs::metadata(path).and_then(|data| data.modified()) {
        found.insert(path.into(), time);
    }
}
