//! Building the site: Trunk compiles and bundles, then its output is finished here.
//!
//! ```text
//! static/, src/, quizzes/ ─ Trunk ─► raw ─ split ─► wasm-opt ─► names ─► CSP ─► 404.html ─► .br, .gz ─► the site
//! ```

mod csp;
mod finish;
mod links;
mod module;
pub mod release;
mod sizes;
mod split;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::program::{run, target};
use crate::tools::Tools;
use crate::{places, program::say};

/// Builds the page with a Cargo profile and finishes it into `out`, which it replaces.
///
/// `optimise` may rewrite the WebAssembly files before they get their final names.
pub fn build(
    tools: &Tools,
    profile: Profile,
    out: &Path,
    optimise: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} could not be written: {error}", out.display());
    let work = places::root().join(target()).join("site").join(profile.name());
    fs::create_dir_all(&work).map_err(failed)?;
    // Two builds at once would mix their files.
    File::create(work.join("lock")).and_then(|lock| lock.lock().map(|()| lock)).map_err(failed).and_then(|_lock| {
        say("building the page");
        let raw = work.join("raw");
        let mut trunk = tools.trunk();
        // Who names what decides what moves out of the first load: see `links`.
        trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", profile.link_flags());
        trunk.arg("build").arg("--skip-version-check").args(profile.arguments()).arg("--dist").arg(&raw);
        run(&mut trunk, "building the page")?;
        let stage = work.join("stage");
        finish::copy_fresh(&raw, &stage).map_err(failed)?;
        optimise(&stage)?;
        finish::finish(&stage)?;
        finish::copy_fresh(&stage, out).map_err(failed)
    })
}

/// What the page is built for.
#[derive(Clone, Copy)]
pub enum Profile {
    /// `cargo dev serve`: quick to rebuild.
    Serve,
    /// `cargo dev build`: as small as possible.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Release => "release",
        }
    }

    fn link_flags(self) -> &'static str {
        match self {
            Self::Serve => "",
            Self::Release => "-Clink-arg=--emit-relocs",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Serve => &["--cargo-profile", "serve"],
            // The page's own `data-cargo-profile-release` names the profile `site`.
            Self::Release => &["--release"],
        }
    }
}

/// The folder of the site for the code of the later views.
const VIEWS: &str = "views";

/// The folder of the release site.
pub fn dist() -> PathBuf {
    places::root().join("dist")
}
