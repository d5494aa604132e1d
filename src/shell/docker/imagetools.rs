//! `docker buildx imagetools`: indexes looked into and made in the registry, without an image on the host.

use super::builders::block;
use super::name::Reference;
use super::registry::{Found, Refused, all, look, open, platform_of};
use super::template::Template;
use super::{Output, manifest::indented, options, platform, takes, value};
use crate::aws::object;
use crate::ecr::docker::{self as client, Built};
use crate::shell::exec::Shell;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (verb, rest) = words.split_first().map_or(("", words), |(verb, rest)| (verb.as_str(), rest));
    let done = match verb {
        "inspect" => inspect(shell, rest),
        "create" => create(shell, rest),
        _ => Ok(Output::print(
            "Usage:  docker buildx imagetools [OPTIONS] COMMAND\n\nCommands to work on images in registry\n\nCommands:\n  \
             create      Create a new image based on source images\n  inspect     Show details of an image in the \
             registry\n\nRun 'docker buildx imagetools COMMAND --help' for more information on a command.\n",
        )),
    };
    done.unwrap_or_else(|output| output)
}

fn failed(why: &str) -> Output {
    Output::fail(1, format!("ERROR: {why}\n"))
}

fn read(name: &str) -> Result<Reference, Output> {
    Reference::read(name).map_err(|why| failed(&why))
}

fn refused<'a>(own: &'a Reference) -> impl Fn(Refused) -> Output + 'a {
    |refused| {
        let why = refused.of_buildkit(own);
        failed(&match refused {
            Refused::NoRepository(_) => format!("{}: not found", own.full()),
            _ => why,
        })
    }
}

fn inspect(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("buildx imagetools inspect", words)?;
    let [name] = names.as_slice() else { return Err(takes("buildx imagetools inspect", "1 argument")) };
    let own = read(name)?;
    let found = look(shell, &own).map_err(refused(&own))?;
    if value(&given, "--raw").is_some() {
        return Ok(Output::print(found.manifest));
    }
    let document: Value = serde_json::from_str(&found.manifest).unwrap_or_default();
    let kind = document["mediaType"].as_str().unwrap_or_default().to_string();
    if let Some(format) = value(&given, "--format") {
        let mut manifest = document.clone();
        manifest["digest"] = found.digest.as_str().into();
        manifest["size"] = found.manifest.len().into();
        let given = object::of(alloc::vec![("Name", own.full().into()), ("Manifest", manifest)]);
        let shown = Template::read(format).and_then(|template| template.show(&given)).map_err(|why| failed(&why))?;
        return Ok(Output::print(shown));
    }
    let head = [("Name", own.full()), ("MediaType", kind), ("Digest", found.digest.clone())];
    let mut out = block("", &head);
    let entries = found.entries();
    for (place, entry) in entries.iter().enumerate() {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_string();
        out.push_str(if place == 0 { "\nManifests:\n" } else { "\n" });
        let listed = own.at(&text("digest")).full();
        out.push_str(&block(
            "  ",
            &[("Name", listed), ("MediaType", text("mediaType")), ("Platform", platform::of(entry))],
        ));
        let notes: Vec<(&str, String)> = entry["annotations"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default().to_string()))
            .collect();
        if !notes.is_empty() {
            out.push_str("  Annotations:\n");
            out.push_str(&block("    ", &notes));
        }
    }
    Ok(Output::print(out))
}

/// Images with the name that they come from.
type Sources = Vec<(Reference, Found, Vec<Rc<Built>>)>;

fn create(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, mut names) = options("buildx imagetools create", words)?;
    let has = |name: &str| value(&given, name).is_some();
    if has("-f") || has("--file") || has("--annotation") {
        return Err(failed("ECS Lab: imagetools create takes names of images, without --file and --annotation"));
    }
    if names.is_empty() {
        return Err(failed("no sources specified"));
    }
    let given_tags = given.iter().filter(|(name, _)| name == "--tag").map(|(_, tag)| tag.as_str());
    let tags: Vec<Reference> = given_tags.map(read).collect::<Result<_, _>>()?;
    if tags.is_empty() && !has("--dry-run") {
        return Err(failed("can't push with no tags specified, please set --tag or --dry-run"));
    }
    if let Some(first) = tags.first().filter(|_| has("--append")) {
        names.insert(0, first.full());
    }
    let mut sources: Sources = Vec::new();
    for name in &names {
        let own = match (name.strip_prefix("sha256:"), tags.first()) {
            (Some(_), Some(tag)) => tag.at(name),
            _ => read(name)?,
        };
        let found = look(shell, &own).map_err(refused(&own))?;
        let images = all(shell, &own, &found).map_err(refused(&own))?;
        sources.push((own, found, images));
    }
    let manifest = match sources.as_slice() {
        // One index is copied as it is.
        [(_, found, _)] if !found.entries().is_empty() => found.manifest.clone(),
        _ => combined(&sources),
    };
    if has("--dry-run") {
        let document: Value = serde_json::from_str(&manifest).unwrap_or_default();
        return Ok(Output::print(indented(&document, "  ") + "\n"));
    }
    let digest = crate::ecr::sha256(manifest.as_bytes());
    let mut told = String::new();
    for (place, tag) in tags.iter().enumerate() {
        let pushing = format!("[internal] pushing {}", tag.full());
        let number = place + 1;
        told.push_str(&format!("#{number} {pushing}\n"));
        for (own, found, images) in sources.iter().filter(|(own, ..)| own.repository() != tag.repository()) {
            told.push_str(&format!("#{number} 0.100 copying {} from {} to {}\n", found.digest, own.full(), tag.full()));
            copy(shell, tag, images).map_err(refused(tag))?;
        }
        let open = open(shell, tag).map_err(refused(tag))?;
        let mut call = |operation: &'static str, input: Value| open.call(shell, operation, input);
        client::push_manifest(&mut call, &tag.path, Some(&tag.tag), &manifest)
            .map_err(|error| refused(tag)(Refused::of(&error)))?;
        told.push_str(&format!("#{number} 0.200 pushing {digest} to {}\n#{number} DONE 0.2s\n", tag.full()));
    }
    Ok(Output { stderr: told, ..Output::default() })
}

/// Takes images to another repository, layer by layer.
fn copy(shell: &mut Shell<'_>, to: &Reference, images: &[Rc<Built>]) -> Result<(), Refused> {
    let open = open(shell, to)?;
    for built in images {
        let mut call = |operation: &'static str, input: Value| open.call(shell, operation, input);
        client::push(&mut call, &to.path, None, built).map_err(|error| Refused::of(&error))?;
    }
    Ok(())
}

/// An index over all sources; of one that is an index its entries. A platform that comes again takes the place of the
/// one before.
fn combined(sources: &Sources) -> String {
    let mut entries: Vec<Value> = Vec::new();
    for (_, found, images) in sources {
        let listed = found.entries();
        let own = if listed.is_empty() {
            let one = |built: &Rc<Built>| client::entry(&platform_of(built).unwrap_or_default(), built);
            images.iter().map(one).collect()
        } else {
            listed
        };
        for entry in own {
            let name = platform::of(&entry);
            if name != "unknown/unknown" {
                entries.retain(|before| platform::of(before) != name);
            }
            entries.push(entry);
        }
    }
    client::index_of(entries).0
}
