//! Packages of node, pinned and kept per user like the Rust tools; none is part of the project.

use std::path::PathBuf;
use std::process::Command;

use crate::program::run;
use crate::{places, system, tools};

/// Installs one package if it is missing; returns its folder.
pub fn package(name: &str, version: &str, purpose: &str) -> Result<PathBuf, String> {
    let folder = places::tool(name, version)?;
    let label = format!("{name} {version}");
    tools::install(&folder, &label, |partial| {
        system::ensure(&[system::NODE, system::NPM], purpose)?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]);
        npm.args(["--loglevel", "error", "--prefix"]).arg(partial).arg(format!("{name}@{version}"));
        run(npm.current_dir(partial), &label).map_err(|_| {
            format!(
                "{purpose} need {label}, and npm could not install it: check that the package registry can be reached"
            )
        })
    })?;
    Ok(folder.join("node_modules").join(name))
}
