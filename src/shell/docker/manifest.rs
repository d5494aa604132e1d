//! `docker manifest`: lists of images for several platforms, made here and pushed (3.5).
//!
//! A list stays on the host until it is pushed: it holds what stood in the registry when it was made.

use super::name::Reference;
use super::platform::is_known;
use super::registry::{Found, Refused, assembled, image, look, open, platform_of};
use super::{Output, options, takes, value};
use crate::aws::object;
use crate::ecr::docker::{self as client, Built};
use crate::ecr::manifest::DOCKER;
use crate::shell::exec::Shell;
use crate::shell::print;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// An image of a list.
#[derive(Clone)]
pub(super) struct Entry {
    /// The name that it was given by.
    name: Reference,
    built: Built,
    /// As an index lists it.
    listed: Value,
}

pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (verb, rest) = words.split_first().map_or(("", words), |(verb, rest)| (verb.as_str(), rest));
    let done = match verb {
        "create" => create(shell, rest),
        "annotate" => annotate(shell, rest),
        "push" => push(shell, rest),
        "rm" => remove(shell, rest),
        "inspect" => inspect(shell, rest),
        _ => {
            let text = "Usage:  docker manifest COMMAND\n\nManage Docker image manifests and manifest lists\n\nCommands:\n  \
                        annotate    Add additional information to a local image manifest\n  create      Create a local \
                        manifest list for annotating and pushing to a registry\n  inspect     Display an image manifest, or \
                        manifest list\n  push        Push a manifest list to a repository\n  rm          Delete one or more \
                        manifest lists from local storage\n\nRun 'docker manifest COMMAND --help' for more information on a \
                        command.\n";
            return Output::print(text);
        }
    };
    done.unwrap_or_else(|output| output)
}

fn failed(why: &str) -> Output {
    Output::fail(1, format!("{why}\n"))
}

fn read(name: &str) -> Result<Reference, Output> {
    Reference::read(name).map_err(|why| failed(&why))
}

fn list<'a>(shell: &'a Shell<'_>, own: &Reference) -> Result<&'a Vec<Entry>, Output> {
    shell.terminal.docker.lists.get(&own.key()).ok_or_else(|| failed(&format!("No such manifest: {}", own.full())))
}

fn create(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("manifest create", words)?;
    let Some((target, sources)) = names.split_first().filter(|(_, sources)| !sources.is_empty()) else {
        return Err(takes("manifest create", "at least 2 arguments"));
    };
    let own = Reference::read(target)
        .map_err(|why| failed(&format!("error parsing name for manifest list {target}: {why}")))?;
    let amends = value(&given, "--amend").is_some();
    if shell.terminal.docker.lists.contains_key(&own.key()) && !amends {
        return Err(failed("refusing to amend an existing manifest list with no --amend flag"));
    }
    for source in sources {
        let name = read(source)?;
        let there = shell.terminal.docker.lists.get(&own.key());
        if there.is_some_and(|list| list.iter().any(|entry| entry.name == name)) {
            continue;
        }
        let entry = fetched(shell, &name)?;
        // What came before one that is missing stays, as docker leaves it.
        let lists = &mut shell.terminal.docker.lists;
        let mut list = lists.get(&own.key()).cloned().unwrap_or_default();
        list.push(entry);
        lists.insert(own.key(), list);
    }
    Ok(Output::print(format!("Created manifest list {}\n", own.full())))
}

/// An image of a registry, as it goes into a list.
fn fetched(shell: &mut Shell<'_>, name: &Reference) -> Result<Entry, Output> {
    let found = look(shell, name).map_err(|refused| failed(&refused.of_manifest(name)))?;
    if !found.entries().is_empty() {
        return Err(failed(&format!("{} is a manifest list", name.full())));
    }
    let (built, platform) =
        image(shell, name, &found, "linux/amd64").map_err(|refused| failed(&refused.of_manifest(name)))?;
    let listed = client::entry(&platform_of(&built).unwrap_or(platform), &built);
    Ok(Entry { name: name.clone(), built, listed })
}

fn annotate(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("manifest annotate", words)?;
    let [target, source] = names.as_slice() else { return Err(takes("manifest annotate", "2 arguments")) };
    let parsed = |what: &str, name: &str| {
        Reference::read(name).map_err(|why| failed(&format!("annotate: error parsing name for {what} {name}: {why}")))
    };
    let (own, name) = (parsed("manifest list", target)?, parsed("manifest", source)?);
    let entries = shell.terminal.docker.lists.get_mut(&own.key());
    let entry = entries.and_then(|list| list.iter_mut().find(|entry| entry.name == name));
    let missing = || failed(&format!("manifest for image {source} does not exist in {target}"));
    let entry = entry.ok_or_else(missing)?;
    let text = |name: &str| value(&given, name).unwrap_or_default();
    let mut platform = entry.listed["platform"].clone();
    let members =
        [("--arch", "architecture"), ("--os", "os"), ("--os-version", "os.version"), ("--variant", "variant")];
    for (option, member) in members {
        if !text(option).is_empty() {
            platform[member] = text(option).into();
        }
    }
    if !text("--os-features").is_empty() {
        platform["os.features"] = text("--os-features").split(',').map(Value::from).collect();
    }
    let part = |name: &str| platform[name].as_str().unwrap_or_default();
    if !is_known(part("os"), part("architecture")) {
        let why = "manifest entry for image has unsupported os/arch combination";
        return Err(failed(&format!("{why}: {}/{}", text("--os"), text("--arch"))));
    }
    entry.listed["platform"] = platform;
    Ok(Output::default())
}

/// A list as it is pushed: docker's client indents it, and its digest is that of these bytes.
fn written(list: &[Entry]) -> String {
    let (index, _) = client::index_of(list.iter().map(|entry| entry.listed.clone()).collect());
    indented(&serde_json::from_str(&index).unwrap_or_default(), "   ")
}

fn push(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("manifest push", words)?;
    let [target] = names.as_slice() else { return Err(takes("manifest push", "1 argument")) };
    let own = read(target)?;
    let entries = list(shell, &own)?.clone();
    for entry in &entries {
        let (from, to) = [&entry.name, &own].map(|own| own.host.as_deref().unwrap_or("docker.io")).into();
        if from != to {
            let why = "cannot use source images from a different registry than the target image";
            return Err(failed(&format!("{why}: {from} != {to}")));
        }
    }
    let refused = |refused: Refused| match refused {
        Refused::NoLogin | Refused::NoHelper(_) | Refused::NoToken(_) | Refused::NoHost => {
            failed(&refused.of_manifest(&own).replacen("Get ", "Put ", 1))
        }
        _ => failed(&format!("failed to put manifest {}: {}", own.full(), refused.of_push(&own))),
    };
    let open = open(shell, &own).map_err(refused)?;
    // The registry of the lab mounts no layers of another repository.
    if let Some(entry) = entries.iter().find(|entry| entry.name.path != own.path) {
        let name = entry.name.at(&entry.built.config.digest).full();
        return Err(failed(&format!("error mounting {name} to {}", own.full())));
    }
    let manifest = written(&entries);
    let mut call = |operation: &'static str, input: Value| open.call(shell, operation, input);
    client::push_manifest(&mut call, &own.path, Some(&own.tag), &manifest)
        .map_err(|error| refused(Refused::of(&error)))?;
    if value(&given, "--purge").is_some() {
        shell.terminal.docker.lists.remove(&own.key());
    }
    Ok(Output::print(format!("{}\n", crate::ecr::sha256(manifest.as_bytes()))))
}

fn remove(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (_, names) = options("manifest rm", words)?;
    if names.is_empty() {
        return Err(takes("manifest rm", "at least 1 argument"));
    }
    let mut output = Output::default();
    for name in &names {
        let missing = match read(name).and_then(|own| list(shell, &own).map(|_| own.key())) {
            Ok(key) => shell.terminal.docker.lists.remove(&key).map(|_| String::new()).unwrap_or_default(),
            Err(failed) => failed.stderr,
        };
        output.status |= u8::from(!missing.is_empty());
        output.stderr.push_str(&missing);
    }
    Ok(output)
}

fn inspect(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("manifest inspect", words)?;
    let verbose = value(&given, "--verbose").is_some();
    let (own, entries, whole) = match names.as_slice() {
        [name] => {
            let own = read(name)?;
            match shell.terminal.docker.lists.get(&own.key()).cloned() {
                Some(entries) => {
                    let manifest = written(&entries);
                    (own, entries, manifest)
                }
                None => {
                    let found = look(shell, &own).map_err(|refused| failed(&refused.of_manifest(&own)))?;
                    let entries = remote(shell, &own, &found)?;
                    (own, entries, found.manifest)
                }
            }
        }
        [target, name] => {
            let (target, name) = (read(target)?, read(name)?);
            let found = list(shell, &target)?.iter().find(|entry| entry.name == name).cloned();
            let entry = found.ok_or_else(|| failed(&format!("No such manifest: {}", name.full())))?;
            let manifest = entry.built.manifest.clone();
            (name, alloc::vec![entry], manifest)
        }
        _ => return Err(takes("manifest inspect", "at least 1 and at most 2 arguments")),
    };
    let document: Value = serde_json::from_str(&whole).unwrap_or_default();
    let is_list = document["manifests"].is_array();
    if !verbose {
        let unit = if is_list { "   " } else { "\t" };
        return Ok(Output::print(indented(&document, unit) + "\n"));
    }
    let one = |entry: &Entry| {
        let digest = entry.built.digest.as_str();
        let name = if is_list { own.at(digest).full() } else { own.full() };
        let document: Value = serde_json::from_str(&entry.built.manifest).unwrap_or_default();
        let kind = if document["mediaType"] == DOCKER { "SchemaV2Manifest" } else { "OCIManifest" };
        let members = alloc::vec![("Ref", name.into()), ("Descriptor", entry.listed.clone()), (kind, document)];
        object::of(members)
    };
    let told: Vec<Value> = entries.iter().map(one).collect();
    let told = match told.as_slice() {
        [only] if !is_list => only.clone(),
        _ => Value::Array(told),
    };
    Ok(Output::print(indented(&told, "\t") + "\n"))
}

/// The images of what stands in a registry.
fn remote(shell: &mut Shell<'_>, own: &Reference, found: &Found) -> Result<Vec<Entry>, Output> {
    let listed = found.entries();
    if listed.is_empty() {
        return Ok(alloc::vec![fetched(shell, own)?]);
    }
    let images = super::registry::all(shell, own, found).map_err(|refused| failed(&refused.of_manifest(own)))?;
    let entry = |(listed, built): (Value, alloc::rc::Rc<Built>)| {
        let built =
            if built.config.bytes.is_empty() { assembled(shell, own, &built.manifest) } else { (*built).clone() };
        Entry { name: own.at(&built.digest), built, listed }
    };
    Ok(listed.into_iter().zip(images).map(entry).collect())
}

/// JSON with another indent than four blanks.
pub(super) fn indented(value: &Value, unit: &str) -> String {
    let line = |line: &str| {
        let text = line.trim_start_matches(' ');
        unit.repeat((line.len() - text.len()) / 4) + text
    };
    print::pretty(value).lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_by_any_unit() {
        use crate::aws::object::object;
        let value = object!({ "a": object!({ "b": "  c" }), "d": 1 });
        assert_eq!(indented(&value, "\t"), "{\n\t\"a\": {\n\t\t\"b\": \"  c\"\n\t},\n\t\"d\": 1\n}");
    }
}
