//! `docker save` and `docker load`: images in a file.
//!
//! Where docker writes an archive of tar, the lab writes a text that it can read back; what stands in it is the image's own
//! documents, of which each has to fit its digest.

use super::show::found;
use super::{Local, Output, options, takes, value};
use crate::aws::object::object;
use crate::ecr::docker::{Blob, Built};
use crate::ecr::sha256;
use crate::shell::exec::Shell;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What the text begins with.
const MARK: &str = "images that docker save wrote in the lab";

/// `docker save`, to a file or through a pipe.
pub(super) fn save(shell: &mut Shell<'_>, words: &[String]) -> Output {
    saved(shell, words).unwrap_or_else(|output| output)
}

fn saved(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("save", words)?;
    if names.is_empty() {
        return Err(takes("save", "at least 1 argument"));
    }
    let mut images = Vec::new();
    for name in &names {
        let (key, local) = found(shell, name).ok_or_else(|| {
            let key = super::name::Reference::parse(name).map_or_else(|| name.clone(), |own| own.key());
            Output::fail(1, format!("Error response from daemon: reference does not exist: {key}\n"))
        })?;
        let Built { layers, config, manifest, digest } = &*local.built;
        images.push(object!({
            "name": key, "platform": local.platform.as_str(), "digest": digest.as_str(), "manifest": manifest.as_str(),
            "config": blob(config), "layers": layers.iter().map(blob).collect::<Vec<_>>(),
        }));
    }
    let text = object!({ "archive": MARK, "images": images }).to_string() + "\n";
    match value(&given, "--output") {
        Some(name) => {
            let path = shell.path(name);
            let done = shell.terminal.files.write(&path, text);
            done.map_err(|why| Output::fail(1, format!("failed to save image: {name}: {why}\n")))?;
            Ok(Output::default())
        }
        None if shell.to_screen => {
            Err(Output::fail(1, "cowardly refusing to save to a terminal. Use the -o flag or redirect\n"))
        }
        None => Ok(Output::print(text)),
    }
}

fn blob(own: &Blob) -> Value {
    object!({ "digest": own.digest.as_str(), "size": own.size, "bytes": own.bytes.as_str() })
}

/// `docker load`, of a file or of what comes through a pipe.
pub(super) fn load(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    loaded(shell, words, input).unwrap_or_else(|output| output)
}

fn loaded(shell: &mut Shell<'_>, words: &[String], input: &str) -> Result<Output, Output> {
    let (given, _) = options("load", words)?;
    let text = match value(&given, "--input") {
        Some(name) => {
            let path = shell.path(name);
            let missing = || Output::fail(1, format!("open {name}: no such file or directory\n"));
            shell.terminal.files.read(&path).ok_or_else(missing)?.to_string()
        }
        None if input.is_empty() => {
            return Err(Output::fail(1, "requested load from stdin, but stdin is empty\n"));
        }
        None => input.to_string(),
    };
    let images = read(&text).ok_or_else(|| super::daemon("unrecognized image format"))?;
    let mut told = String::new();
    for (name, platform, built) in images {
        let shown = if super::is_dangling(&name) { built.config.digest.clone() } else { name.clone() };
        let kind = if super::is_dangling(&name) { "Loaded image ID" } else { "Loaded image" };
        told.push_str(&format!("{kind}: {shown}\n"));
        let local = Local { built: Rc::new(built), made: shell.lab.now(), platform, digests: Vec::new() };
        shell.terminal.docker.put(name, local);
    }
    Ok(Output::print(if value(&given, "--quiet").is_some() { String::new() } else { told }))
}

/// The images of a text; none where it is no such text, or a document does not fit its digest.
fn read(text: &str) -> Option<Vec<(String, String, Built)>> {
    let whole: Value = serde_json::from_str(text).ok().filter(|whole: &Value| whole["archive"] == MARK)?;
    let fits = |digest: &str, bytes: &str| sha256(bytes.as_bytes()) == digest;
    let blob = |own: &Value| {
        let [digest, bytes] = ["digest", "bytes"].map(|name| own[name].as_str().unwrap_or_default().to_string());
        let size = own["size"].as_u64()?;
        fits(&digest, &bytes).then_some(Blob { digest, size, bytes })
    };
    let image = |own: &Value| {
        let text = |name: &str| own[name].as_str().map(ToString::to_string);
        let layers = own["layers"].as_array()?.iter().map(blob).collect::<Option<Vec<_>>>()?;
        let built =
            Built { layers, config: blob(&own["config"])?, manifest: text("manifest")?, digest: text("digest")? };
        fits(&built.digest, &built.manifest).then_some((text("name")?, text("platform")?, built))
    };
    whole["images"].as_array()?.iter().map(image).collect()
}
