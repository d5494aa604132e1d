//! `docker push`, `docker pull` and `docker manifest inspect`: the calls that a client makes of ECR, in their order (3.4,
//! 3.5).

use super::build::library;
use super::login::check;
use super::name::{Reference, cells, is_account, registry};
use super::show::short;
use super::{Local, Output, daemon, options, takes, value};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::ecr::docker::{self as client, Blob, Built, upstream};
use crate::ecr::token::Denied;
use crate::ecs::image as catalogue;
use crate::lab::{ApiCall, Command};
use crate::shell::exec::Shell;
use crate::shell::print;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Why a registry lets nobody in.
enum Closed {
    NoLogin,
    Expired,
    /// The host does not answer.
    NoHost,
}

/// An open registry: as whom its calls are made.
struct Open {
    account: Account,
    caller: Option<String>,
}

fn open(shell: &Shell<'_>, host: &str) -> Result<Open, Closed> {
    let account = registry(host).ok_or(Closed::NoHost)?;
    let login = shell.terminal.docker.logins.get(host).ok_or(Closed::NoLogin)?;
    match check(shell, &login.password, &account) {
        Ok(()) => Ok(Open { account, caller: login.caller.clone() }),
        Err(Denied::Expired) => Err(Closed::Expired),
        Err(Denied::Wrong) => Err(Closed::NoLogin),
    }
}

const EXPIRED: &str = "denied: Your authorization token has expired. Reauthenticate and try again.";
const NO_LOGIN: &str = "no basic auth credentials";

impl Open {
    fn call(&self, shell: &mut Shell<'_>, operation: &str, input: Value) -> Result<Value, ApiError> {
        let own = &shell.lab.world().options().account;
        let name = input["repositoryName"].as_str().unwrap_or_default();
        if self.account != *own || !is_account(&self.account.id) {
            // What another account or Region holds is not the lab's to know.
            let id = &self.account.id;
            let message = format!("The repository with name '{name}' does not exist in the registry with id '{id}'");
            return Err(ApiError::new("RepositoryNotFoundException", message));
        }
        let call = ApiCall { caller: self.caller.clone(), ..ApiCall::new("ecr", operation, input) };
        shell.lab.apply(Command::Api(call)).map(|done| done.reply)
    }
}

/// How the registry puts a refusal of ECR.
fn put(error: &ApiError) -> String {
    match error.code.as_ref() {
        "RepositoryNotFoundException" => format!("name unknown: {}", error.message),
        "ImageTagAlreadyExistsException" => format!("tag invalid: {}", error.message),
        "AccessDeniedException" => format!("denied: {}", error.message),
        _ => format!("unknown: {}", error.message),
    }
}

pub(super) fn push(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (given, names) = match options("push", words, &["-q", "--quiet", "-a", "--all-tags"], &["--platform"]) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let [name] = names.as_slice() else { return takes("push", "1 argument") };
    let Some(mut own) = Reference::parse(name) else { return Output::fail(1, "invalid reference format\n") };
    if own.digest.is_some() {
        return Output::fail(1, "cannot push a digest reference\n");
    }
    let shown = if own.host.is_some() { own.repository() } else { format!("docker.io/{}", library(&own.path)) };
    let mut keys = alloc::vec![own.key()];
    if value(&given, &["-a", "--all-tags"]).is_some() {
        if name.rsplit('/').next().unwrap_or_default().contains(':') {
            return Output::fail(1, "tag can't be used with --all-tags/-a\n");
        }
        keys = shell.terminal.docker.names();
        keys.retain(|key| cells(key).0 == own.repository() && !key.contains('@'));
    }
    let mut output = Output::print(format!("The push refers to repository [{shown}]\n"));
    let none = format!("An image does not exist locally with the tag: {}", own.repository());
    if keys.is_empty() {
        return Output { stdout: output.stdout, ..Output::fail(1, format!("{none}\n")) };
    }
    for key in &keys {
        own.tag = cells(key).1.to_string();
        let pushed = match shell.terminal.docker.images.get(key) {
            Some(local) => {
                let built = local.built.clone();
                push_one(shell, &own, &built, &mut output.stdout)
            }
            None => Err(none.clone()),
        };
        if let Err(why) = pushed {
            return Output { stdout: output.stdout, ..Output::fail(1, format!("{why}\n")) };
        }
    }
    output
}

/// Pushes one tag. Errors: what docker says.
fn push_one(shell: &mut Shell<'_>, own: &Reference, built: &Built, stdout: &mut String) -> Result<(), String> {
    for layer in built.layers.iter().rev() {
        stdout.push_str(&format!("{}: Preparing\n", short(&layer.digest)));
    }
    let host = own.host.clone().unwrap_or_default();
    let open = open(shell, &host).map_err(|closed| match closed {
        Closed::NoLogin => NO_LOGIN.to_string(),
        Closed::Expired => EXPIRED.to_string(),
        Closed::NoHost if own.is_public() => "denied: requested access to the resource is denied".to_string(),
        Closed::NoHost => format!("Get \"https://{host}/v2/\": dial tcp: lookup {host}: no such host"),
    })?;
    stdout.push_str(&upload(shell, &open, own, built).map_err(|error| put(&error))?);
    stdout.push_str(&format!("{}: digest: {} size: {}\n", own.tag, built.digest, built.manifest.len()));
    let digest = format!("{}@{}", own.repository(), built.digest);
    if let Some(local) = shell.terminal.docker.images.get_mut(&own.key())
        && !local.digests.contains(&digest)
    {
        local.digests.push(digest);
    }
    Ok(())
}

/// The calls of a push: what became of each layer, the last one first.
fn upload(shell: &mut Shell<'_>, open: &Open, own: &Reference, built: &Built) -> Result<String, ApiError> {
    let mut call = |operation: &'static str, input: Value| open.call(shell, operation, input);
    let pushed = client::push(&mut call, &own.path, &own.tag, built)?;
    let mut fates = String::new();
    for (digest, before) in pushed.blobs.iter().rev().filter(|(digest, _)| *digest != built.config.digest) {
        let fate = if *before { "Layer already exists" } else { "Pushed" };
        fates.push_str(&format!("{}: {fate}\n", short(digest)));
    }
    Ok(fates)
}

pub(super) fn pull(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (given, names) = match options("pull", words, &["-q", "--quiet", "-a", "--all-tags"], &["--platform"]) {
        Ok(read) => read,
        Err(output) => return output,
    };
    if value(&given, &["-a", "--all-tags"]).is_some() {
        return Output::fail(1, "ECS Lab: docker pull takes one tag at a time\n");
    }
    let [name] = names.as_slice() else { return takes("pull", "1 argument") };
    let Some(own) = Reference::parse(name) else { return Output::fail(1, "invalid reference format\n") };
    let built = match own.is_public() {
        true => public(&own),
        false => fetch(shell, &own),
    };
    let built = match built {
        Ok(built) => Rc::new(built),
        Err(why) => return daemon(&why),
    };
    let shown = if own.host.is_some() { own.path.clone() } else { library(&own.path) };
    let full = if own.host.is_some() { own.key() } else { format!("docker.io/{}", library(&own.key())) };
    let mut stdout = String::new();
    if !name.rsplit('/').next().unwrap_or_default().contains(':') {
        stdout.push_str("Using default tag: latest\n");
    }
    stdout.push_str(&format!("{}: Pulling from {shown}\n", own.digest.as_deref().unwrap_or(&own.tag)));
    let old = shell.terminal.docker.images.get(&own.key());
    let same = old.is_some_and(|old| old.built.digest == built.digest);
    if !same {
        for layer in &built.layers {
            stdout.push_str(&format!("{}: Pull complete\n", short(&layer.digest)));
        }
    }
    let status = if same { "Image is up to date for" } else { "Downloaded newer image for" };
    stdout.push_str(&format!("Digest: {}\nStatus: {status} {}\n{full}\n", built.digest, own.key()));
    let digests = alloc::vec![format!("{}@{}", own.repository(), built.digest)];
    let local = Local { built, made: shell.lab.now(), platform: "linux/amd64".to_string(), digests };
    shell.terminal.docker.images.insert(own.key(), local);
    Output::print(stdout)
}

/// An image of a public registry: of Docker Hub what the catalogue has, of others any, as a task takes it.
fn public(own: &Reference) -> Result<Built, String> {
    if catalogue::size(&own.key()).is_some() {
        return Ok(upstream(&own.key()));
    }
    let repository = own.repository();
    if catalogue::size(&repository).is_some() {
        return Err(format!("manifest for {} not found: manifest unknown: manifest unknown", own.key()));
    }
    Err(format!(
        "pull access denied for {repository}, repository does not exist or may require 'docker login': denied: requested access \
         to the resource is denied"
    ))
}

/// The manifest of an image of ECR.
fn manifest_of(shell: &mut Shell<'_>, own: &Reference) -> Result<(Open, String), String> {
    let host = own.host.clone().unwrap_or_default();
    let url = format!("https://{host}/v2/{}/manifests/{}", own.path, own.digest.as_deref().unwrap_or(&own.tag));
    let open = open(shell, &host).map_err(|closed| match closed {
        Closed::NoLogin => format!("Head \"{url}\": {NO_LOGIN}"),
        Closed::Expired => {
            format!(
                "pull access denied for {}, repository does not exist or may require 'docker login': {EXPIRED}",
                own.repository()
            )
        }
        Closed::NoHost => format!("Get \"https://{host}/v2/\": dial tcp: lookup {host}: no such host"),
    })?;
    let id = match &own.digest {
        Some(digest) => object!({ "imageDigest": digest.as_str() }),
        None => object!({ "imageTag": own.tag.as_str() }),
    };
    let input = object!({ "repositoryName": own.path.as_str(), "imageIds": alloc::vec![id] });
    let reply = open.call(shell, "BatchGetImage", input).map_err(|error| match error.code.as_ref() {
        "RepositoryNotFoundException" => format!("repository {} not found: {}", own.repository(), put(&error)),
        "AccessDeniedException" => {
            let repository = own.repository();
            format!(
                "pull access denied for {repository}, repository does not exist or may require 'docker login': {}",
                put(&error)
            )
        }
        _ => put(&error),
    })?;
    match reply["images"][0]["imageManifest"].as_str() {
        Some(manifest) => Ok((open, manifest.to_string())),
        None => Err(format!("manifest for {} not found: manifest unknown: Requested image not found", own.key())),
    }
}

fn fetch(shell: &mut Shell<'_>, own: &Reference) -> Result<Built, String> {
    let (open, manifest) = manifest_of(shell, own)?;
    let document: Value = serde_json::from_str(&manifest).unwrap_or_default();
    let known = |digest: &str| {
        let images = shell.terminal.docker.images.iter();
        let mut blobs = images.flat_map(|(_, local)| local.built.layers.iter().chain([&local.built.config]));
        blobs.find(|blob| blob.digest == digest).cloned()
    };
    let blob = |value: &Value| {
        let digest = value["digest"].as_str().unwrap_or_default();
        let size = value["size"].as_u64().unwrap_or_default();
        known(digest).unwrap_or_else(|| Blob { digest: digest.to_string(), size, bytes: String::new() })
    };
    let layers: Vec<Blob> = document["layers"].as_array().into_iter().flatten().map(blob).collect();
    let config = blob(&document["config"]);
    for layer in layers.iter().filter(|layer| layer.bytes.is_empty()) {
        let input = object!({ "repositoryName": own.path.as_str(), "layerDigest": layer.digest.as_str() });
        open.call(shell, "GetDownloadUrlForLayer", input).map_err(|error| put(&error))?;
    }
    let digest = crate::ecr::sha256(manifest.as_bytes());
    Ok(Built { layers, config, manifest, digest })
}

pub(super) fn manifest(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let [name] = words else { return takes("manifest inspect", "1 argument") };
    let Some(own) = Reference::parse(name) else { return Output::fail(1, format!("no such manifest: {name}\n")) };
    let manifest = match own.is_public() {
        true => public(&own).map(|built| built.manifest).map_err(|_| "manifest unknown".to_string()),
        false => manifest_of(shell, &own).map(|(_, manifest)| manifest),
    };
    match manifest {
        Ok(manifest) => {
            let document: Value = serde_json::from_str(&manifest).unwrap_or_default();
            Output::print(print::pretty(&document) + "\n")
        }
        Err(why) if why.contains("manifest unknown") => Output::fail(1, format!("no such manifest: {name}\n")),
        Err(why) => Output::fail(1, format!("{why}\n")),
    }
}
