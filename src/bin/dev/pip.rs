//! The real AWS CLI and SDK of Python, pinned and kept per user like the other tools; none is part of the project.

use std::path::PathBuf;
use std::process::Command;

use crate::program::run;
use crate::{places, system, tools};

/// boto3, whose version the pinned list carries; a new one gets a new folder.
const VERSION: &str = "1.44.5";

/// The pinned packages.
const LIST: &str = "tests/endpoint/requirements.txt";

/// Installs the packages if they are missing; returns the folder that Python imports them from.
pub fn aws() -> Result<PathBuf, String> {
    let folder = places::tool("aws-python", VERSION)?;
    tools::install(&folder, &format!("boto3 {VERSION} and the AWS CLI"), |partial| {
        system::ensure(&[system::PYTHON, system::PIP], "the tests of the endpoint")?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]);
        pip.arg(partial).args(["--requirement", LIST]);
        run(pip.current_dir(places::root()), "pip")
            .map_err(|_| format!("pip could not install {LIST}: check that the package registry can be reached"))
    })?;
    Ok(folder)
}
