//! What is done to Trunk's output: names by final content, the security policy, the page for unknown paths.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{VIEWS, csp};
use crate::places;

/// Finishes the site in a folder, in place.
pub fn finish(site: &Path) -> Result<(), String> {
    let failed = |error: io::Error| format!("the site could not be finished: {error}");
    tables(&site.join(VIEWS)).map_err(failed)?;
    let index = site.join("index.html");
    let mut html = fs::read_to_string(&index).map_err(failed)?;
    // Scripts last: they name the WebAssembly, so its name belongs to their content.
    let renamed = rename(site, "wasm", &[]).and_then(|mut names| {
        names.extend(rename(site, "js", &names)?);
        let views = site.join(VIEWS);
        if views.is_dir() {
            names.extend(rename(&views, "wasm", &[])?);
        }
        Ok(names)
    });
    for (old, new) in renamed.map_err(failed)? {
        html = html.replace(&old, &new);
    }
    let html = csp::write(&html)?;
    fs::write(&index, &html).and_then(|()| fs::write(site.join("404.html"), html)).map_err(failed)
}

/// Texts of rooms that are fetched with the later model tables.
const TEXTS: [&str; 4] =
    ["src/ec2/types.txt", "src/ecr/scan/findings.txt", "src/elb/attributes.txt", "src/iam/managed.txt"];

/// Puts the later model tables and texts into one file, an empty line between two.
fn tables(views: &Path) -> io::Result<()> {
    let texts = TEXTS.iter().map(|text| places::root().join(text));
    let texts = files(&places::root().join("src/aws/model/later"))?.into_iter().chain(texts).map(fs::read_to_string);
    let texts = texts.collect::<io::Result<Vec<String>>>()?;
    fs::create_dir_all(views)?;
    fs::write(views.join("tables.txt"), texts.join("\n"))
}

/// Gives the files with one ending their names by content, after replacing `known` names in them. Returns old and new.
fn rename(site: &Path, end: &str, known: &[(String, String)]) -> io::Result<Vec<(String, String)>> {
    let mut names = Vec::new();
    for file in files(site)? {
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
        if file.extension().is_none_or(|own| own != end) {
            continue;
        }
        if !known.is_empty() {
            let text = fs::read_to_string(&file)?;
            fs::write(&file, known.iter().fold(text, |text, (old, new)| text.replace(old, new)))?;
        }
        if let Some(new) = name_by_content(name, &fs::read(&file)?) {
            fs::rename(&file, site.join(&new))?;
            names.push((name.to_string(), new));
        }
    }
    Ok(names)
}

/// The name with the hash of the final content, for Trunk's `name-<16 hex digits>[_bg].js|wasm`.
///
/// Trunk names both files by the unoptimised WebAssembly, though each can change alone (another wasm-opt, another
/// wasm-bindgen): a cache that keeps files for a year would then hold one that does not fit the other.
fn name_by_content(name: &str, bytes: &[u8]) -> Option<String> {
    let (stem, end) = name.rsplit_once('.').filter(|(_, end)| ["js", "wasm"].contains(end))?;
    let (stem, suffix) = stem.strip_suffix("_bg").map_or((stem, ""), |stem| (stem, "_bg"));
    let (stem, hash) = stem.rsplit_once('-')?;
    if hash.len() != 16 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = String::new();
    for byte in Sha256::digest(bytes).iter().take(8) {
        write!(hash, "{byte:02x}").ok()?;
    }
    Some(format!("{stem}-{hash}{suffix}.{end}"))
}

/// The files that stand directly in a folder, by name.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Makes `to` a copy of the folder `from`.
pub fn copy_fresh(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (path, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if path.is_dir() { copy_fresh(&path, &target)? } else { fs::copy(&path, &target).map(drop)? }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_that_trunk_hashed_are_named_by_content() {
        for (name, expected) in [
            ("app-0123456789abcdef.js", Some("app-ba7816bf8f01cfea.js")),
            ("app-0123456789abcdef_bg.wasm", Some("app-ba7816bf8f01cfea_bg.wasm")),
            ("style-0123456789abcdef.css", None),
            ("service-worker.js", None),
            ("app-0123456789abcdeg.js", None),
        ] {
            assert_eq!(name_by_content(name, b"abc").as_deref(), expected, "{name}");
        }
    }
}
