//! Rebuilds the API tables from the public service models of botocore (Apache-2.0).
//!
//! ```text
//! cargo run --features model --bin model -- <the unpacked package's directory `botocore`> [SERVICE…]
//! ```
//!
//! The directory holds `__init__.py` (the version) and `data/<service>/<date>/service-2.json`; a model that is still
//! packed as `service-2.json.gz` is unpacked by hand first. Without a service named, all are rebuilt. Documentation text
//! is dropped. What is taken over stands in `sources`, one service a file: to simulate an operation, name it there.
//!
//! | file | holds |
//! |---|---|
//! | `src/aws/model/SERVICE.txt` | the operations that the page's first load knows |
//! | `src/aws/model/later/SERVICE.txt` | the other simulated ones, and the names of all that AWS has |
//! | `src/aws/model/later/SERVICE.left.txt` | what these leave out of answers, for skeletons |
//! | `src/bin/endpoint/wire/SERVICE.txt` | names and error codes on the wire where they differ from the model's own |
//! | `src/shell/aws/waiters.txt` | the waiters of all services |
//!
//! The line format of the first two is described in `src/aws/model/table.rs`, that of the third in
//! `src/bin/endpoint/wire.rs`.

mod sources;
mod table;
mod waiters;
mod wire;

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sources::SOURCES;
use table::Table;
use wire::wire;

/// What the lab takes over from one service's model.
pub struct Source {
    /// The service as the command line calls it; also the name of its tables.
    service: &'static str,
    /// The operations the lab simulates and the page's first load knows. Only simulated operations keep their shapes.
    first: &'static [&'static str],
    /// The other operations the lab simulates: the page fetches their tables after its first picture.
    later: &'static [&'static str],
    /// Structures of which the lab reads or fills only these members; the others are kept by name. The values of an enum
    /// that stands here are left to the service's room.
    cut: &'static [(&'static str, &'static [&'static str])],
}

/// A service's model and what is taken of it.
struct Model<'a> {
    source: &'a Source,
    model: &'a Value,
    pages: &'a Value,
    version: &'a str,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(package) = words.next() else {
        eprintln!(
            "usage: cargo run --features model --bin model -- <directory of the unpacked package botocore> [SERVICE…]"
        );
        return ExitCode::FAILURE;
    };
    match rebuild(Path::new(&package), &words.collect::<Vec<_>>()) {
        Ok(lines) => {
            print!("{lines}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("model: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn rebuild(package: &Path, named: &[String]) -> Result<String, String> {
    let version = version(package)?;
    if let Some(other) = named.iter().find(|name| SOURCES.iter().all(|source| source.service != *name)) {
        return Err(format!("there is no source for {other}"));
    }
    let mut report = String::new();
    for source in SOURCES.iter().filter(|source| named.is_empty() || named.iter().any(|name| name == source.service)) {
        let folder = newest(&package.join("data").join(source.service))?;
        let service = read(&folder.join("service-2.json"))?;
        let pages = read(&folder.join("paginators-1.json"))?;
        let model = Model { source, model: &service, pages: &pages, version: &version };
        let files = [
            ("src/aws/model", "txt", Table::new(&model).first()?),
            ("src/aws/model/later", "txt", Some(Table::new(&model).later()?)),
            ("src/aws/model/later", "left.txt", Table::new(&model).left()?),
            ("src/bin/endpoint/wire", "txt", wire(&model)?),
        ];
        for (folder, end, text) in files {
            let Some(text) = text else { continue };
            let name = format!("{folder}/{}.{end}", source.service);
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
            std::fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
            let _ = writeln!(report, "{name}: {} bytes, {} lines", text.len(), text.lines().count());
        }
    }
    let waiters = waiters::waiters(package, &version, SOURCES)?;
    let name = "src/shell/aws/waiters.txt";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::write(&path, &waiters).map_err(|error| format!("{}: {error}", path.display()))?;
    let _ = writeln!(report, "{name}: {} bytes, {} lines", waiters.len(), waiters.lines().count());
    Ok(report)
}

impl Model<'_> {
    /// The lines that a file begins with.
    fn head(&self) -> Result<String, String> {
        let metadata = &self.model["metadata"];
        Ok(format!(
            "# Derived from the {0} service model of botocore {3}, Copyright Amazon.com, Inc. or its affiliates, \
             licensed under Apache-2.0.\n# Made by the binary `model` (src/bin/model): do not edit.\n\
             service {0} {1} {2}\n",
            self.source.service,
            word(&metadata["apiVersion"])?,
            word(&metadata["protocol"])?,
            self.version,
        ))
    }

    /// One operation of the model.
    fn operation(&self, name: &str) -> Result<&Value, String> {
        let operation = &self.model["operations"][name];
        operation.is_object().then_some(operation).ok_or_else(|| format!("no operation {name}"))
    }

    /// The name of an error on the wire.
    fn code(&self, shape: &str) -> String {
        self.model["shapes"][shape]["error"]["code"].as_str().unwrap_or(shape).to_string()
    }
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn version(package: &Path) -> Result<String, String> {
    let path = package.join("__init__.py");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "));
    line.map(|value| value.trim_matches(['\'', '"']).to_string())
        .ok_or_else(|| format!("{}: has no __version__ line", path.display()))
}

/// The folder of the newest API date.
fn newest(service: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(service).map_err(|error| format!("{}: {error}", service.display()))?;
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir());
    folders.max().ok_or_else(|| format!("{}: holds no API date", service.display()))
}

/// A name or value of the model, which the tables separate by spaces.
fn word(value: &Value) -> Result<&str, String> {
    let text = value.as_str().ok_or_else(|| format!("{value} is no text"))?;
    let plain = !text.is_empty() && !text.contains(char::is_whitespace);
    plain.then_some(text).ok_or_else(|| format!("{text:?} is no single word"))
}
