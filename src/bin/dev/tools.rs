//! The Rust tools that build the page: the WebAssembly target, Trunk and wasm-bindgen of the locked version.
//!
//! They are kept per user and version, so a second clone installs nothing, and stand first on PATH, so Trunk finds
//! them there and downloads nothing.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, iter};

use crate::places;
use crate::program::{cannot_start, cargo, output, run, say};

const TRUNK: &str = "0.21.14";
const TARGET: &str = "wasm32-unknown-unknown";

/// The installed tools.
pub struct Tools {
    path: OsString,
    /// Runs a wasm test binary in node.
    pub test_runner: PathBuf,
}

impl Tools {
    /// Installs what is missing.
    pub fn ready() -> Result<Self, String> {
        target()?;
        let trunk = crate_tool("trunk", TRUNK, &["--locked"])?;
        // Its own lock file does not build (0.2.130), hence no `--locked`.
        let bindgen = crate_tool("wasm-bindgen-cli", &locked_version("wasm-bindgen")?, &[])?;
        let old = env::var_os("PATH").unwrap_or_default();
        let folders = [trunk, bindgen.clone()].into_iter().chain(env::split_paths(&old));
        let path = env::join_paths(folders).map_err(|_| "PATH holds a folder name that cannot be used")?;
        Ok(Self { path, test_runner: bindgen.join("wasm-bindgen-test-runner") })
    }

    /// A command that runs Trunk in the project's folder.
    pub fn trunk(&self) -> Command {
        let mut command = Command::new("trunk");
        // Trunk takes NO_COLOR for a flag with a value and refuses the usual `1`.
        command.env("PATH", &self.path).env_remove("NO_COLOR").current_dir(places::root());
        command
    }
}

/// Installs into `folder` what `make` puts into an empty folder, unless it is there. Clones that install the same at
/// the same time wait for each other, and what broke off half-way is never taken for installed.
pub fn install(folder: &Path, label: &str, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
    if folder.is_dir() {
        return Ok(());
    }
    let failed = |error: std::io::Error| format!("{label} could not be installed in {}: {error}", folder.display());
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(failed)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let lock = File::create(parent.join(format!(".{name}.lock"))).map_err(failed)?;
    if lock.try_lock().is_err() {
        say(&format!("waiting for another clone that installs {label}"));
        lock.lock().map_err(failed)?;
    }
    if folder.is_dir() {
        return Ok(());
    }
    say(&format!("installing {label} (once per user)"));
    let partial = parent.join(format!(".{name}.partial"));
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(failed)?;
    }
    fs::create_dir(&partial).map_err(failed)?;
    make(&partial)?;
    fs::rename(&partial, folder).map_err(failed)?;
    say(&format!("{label} is installed"));
    Ok(())
}

fn target() -> Result<(), String> {
    let folder = output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if folder.is_some_and(|folder| Path::new(folder.trim()).is_dir()) {
        return Ok(());
    }
    say(&format!("adding the Rust target {TARGET}"));
    run(Command::new("rustup").args(["target", "add", TARGET]), "adding the target").map_err(|_| {
        format!("the Rust target {TARGET} is missing: install it with `rustup target add {TARGET}` (it needs network)")
    })
}

/// A tool from the package registry; returns the folder of its programs.
fn crate_tool(name: &str, version: &str, options: &[&str]) -> Result<PathBuf, String> {
    let folder = places::tool(name, version)?;
    let label = format!("{name} {version}");
    install(&folder, &label, |partial| {
        let mut command = cargo(&["install", name, "--version", &format!("={version}"), "--color", "never"]);
        command.args(options).arg("--root").arg(partial).current_dir(partial).stdin(Stdio::null());
        // Neither this project's build folder nor its settings are meant for the tool.
        command.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_BUILD_TARGET").env_remove("RUSTFLAGS");
        let said = watched(&mut command, &label)?;
        let Some(said) = said else { return Ok(()) };
        let log = folder.with_added_extension("log");
        let kept = fs::write(&log, said.join("\n"));
        let why = if kept.is_ok() { format!("; {} says why", log.display()) } else { String::new() };
        let by_hand = iter::once(&"cargo install").chain([&name, &"--version", &version]).chain(options);
        let by_hand = by_hand.copied().collect::<Vec<_>>().join(" ");
        let cause = if offline(&said) { "the package registry cannot be reached" } else { "cargo could not build it" };
        Err(format!("{label} could not be installed, {cause}: `{by_hand}` must work here{why}"))
    })?;
    Ok(folder.join("bin"))
}

/// Runs cargo with a line of progress now and then; gives back its last lines when it fails.
fn watched(command: &mut Command, label: &str) -> Result<Option<Vec<String>>, String> {
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let (mut last, mut compiled, mut said) = (VecDeque::new(), 0, Instant::now());
    for line in child.stderr.take().into_iter().flat_map(|pipe| BufReader::new(pipe).lines()).map_while(Result::ok) {
        compiled += u32::from(line.trim_start().starts_with("Compiling "));
        if said.elapsed() > Duration::from_secs(10) {
            say(&format!("{label}: {compiled} packages compiled so far"));
            said = Instant::now();
        }
        last.push_back(line);
        if last.len() > 200 {
            last.pop_front();
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    Ok((!status.success()).then(|| last.into()))
}

fn offline(said: &[String]) -> bool {
    let signs =
        ["could not resolve host", "couldn't resolve host", "connect to server", "timed out", "spurious network"];
    said.iter().any(|line| signs.iter().any(|sign| line.to_lowercase().contains(sign)))
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String, String> {
    let lock = fs::read_to_string(places::root().join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    version_in(&lock, package).ok_or_else(|| format!("Cargo.lock names no version of {package}"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("\nname = \"{package}\"\nversion = \""))?;
    Some(rest.split_once('"')?.0.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_very_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "bindgen"), None);
        assert!(locked_version("wasm-bindgen").is_ok());
    }

    #[test]
    fn an_installation_that_failed_is_tried_again_and_one_that_worked_is_not() {
        let folder = env::temp_dir().join(format!("ecs-lab-install-{}", std::process::id())).join("tool-1.0");
        let broken = |partial: &Path| {
            fs::write(partial.join("half"), "").unwrap();
            Err("broken".to_string())
        };
        assert_eq!(install(&folder, "a tool", broken), Err("broken".into()));
        assert!(!folder.exists());
        assert_eq!(
            install(&folder, "a tool", |partial| fs::write(partial.join("whole"), "").map_err(|e| e.to_string())),
            Ok(())
        );
        assert!(folder.join("whole").is_file() && !folder.join("half").exists());
        assert_eq!(install(&folder, "a tool", broken), Ok(()));
        fs::remove_dir_all(folder.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_missing_network_is_recognised() {
        let said = |line: &str| [line.to_string()];
        assert!(offline(&said("  [6] Could not resolve host: index.example")));
        assert!(!offline(&said("error: linker `cc` not found")));
    }
}
