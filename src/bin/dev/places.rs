//! Where things stand: the project, its build folder and the tools kept per user.
//!
//! The browser tests include this file too, so that they find what the helper has installed.

use std::env;
use std::path::{Path, PathBuf};

/// The accessibility checker of the browser tests: npm's `axe-core`.
pub const AXE_VERSION: &str = "4.14.1";

/// The project's folder.
pub fn root() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).into(), PathBuf::from)
}

/// The folder of a tool in one version: `$XDG_CACHE_HOME/ecs-lab/tools/<name>-<version>`, in `~/.cache` by default.
pub fn tool(name: &str, version: &str) -> Result<PathBuf, String> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    let cache = cache.ok_or("no place to keep the tools: set HOME or XDG_CACHE_HOME to an absolute path")?;
    Ok(cache.join("ecs-lab/tools").join(format!("{name}-{version}")))
}

/// The script of axe-core, once installed.
pub fn axe_script() -> Result<PathBuf, String> {
    Ok(tool("axe-core", AXE_VERSION)?.join("node_modules/axe-core/axe.min.js"))
}

/// The first of some programs that stands on PATH.
pub fn program(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}
