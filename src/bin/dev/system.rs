//! The programs of the system that tests and size optimisation need, installed through apt where that is possible.

use std::process::{Command, Stdio};

use crate::places;
use crate::program::{output, run, say};

/// A program, under the names it goes by, and its Debian package.
pub struct Need {
    names: &'static [&'static str],
    package: &'static str,
}

/// Runs the wasm tests, wasm-opt and the compressor.
pub const NODE: Need = Need { names: &["node"], package: "nodejs" };
/// Installs the pinned packages of node.
pub const NPM: Need = Need { names: &["npm"], package: "npm" };
/// Runs the AWS CLI and boto3 against the endpoint.
pub const PYTHON: Need = Need { names: &["python3"], package: "python3" };
/// Installs the pinned packages of Python.
pub const PIP: Need = Need { names: &["pip3", "pip"], package: "python3-pip" };
/// The browser of the tests.
pub const CHROMIUM: Need = Need { names: &["chromium", "chromium-browser", "google-chrome"], package: "chromium" };
/// Drives it.
pub const CHROMEDRIVER: Need = Need { names: &["chromedriver"], package: "chromium-driver" };

/// Installs what is missing, as root on Debian or Ubuntu; elsewhere says in one sentence what to install.
pub fn ensure(needs: &[Need], purpose: &str) -> Result<(), String> {
    let missing = || needs.iter().filter(|need| places::program(need.names).is_none()).collect::<Vec<_>>();
    let wanted = missing();
    if wanted.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = wanted.iter().map(|need| need.package).collect();
    let root = output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if root && places::program(&["apt-get"]).is_some() {
        say(&format!("installing {} through apt", packages.join(", ")));
        let apt = |words: &[&str]| {
            let mut command = Command::new("apt-get");
            command.args(["-q", "-y"]).args(words).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
            run(&mut command, "apt-get")
        };
        // A package that one release does not have must not keep the others from being installed.
        if apt(&["update"]).is_ok() && apt(&[&["install", "--no-install-recommends"], &packages[..]].concat()).is_err()
        {
            for package in &packages {
                let _ = apt(&["install", "--no-install-recommends", package]);
            }
        }
    }
    let names: Vec<&str> = missing().iter().map(|need| need.names[0]).collect();
    if names.is_empty() {
        return Ok(());
    }
    let packages = packages.join(", ");
    Err(format!("{purpose} need {}: install it (Debian's packages: {packages}) and run this again", names.join(", ")))
}
