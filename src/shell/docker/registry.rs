//! The registries behind docker: who is let in, what stands under a name, and the calls that a client makes of ECR (3.4,
//! 3.5).

use super::login::check;
use super::name::{Reference, registry};
use super::{Local, config, credentials, hub};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::ecr::docker::{Blob, Built, Upstream};
use crate::ecr::host::is_account;
use crate::ecr::manifest::Manifest;
use crate::ecr::token::Denied;
use crate::lab::{ApiCall, Command};
use crate::shell::exec::Shell;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const EXPIRED: &str = "denied: Your authorization token has expired. Reauthenticate and try again.";
/// What the registry says of an image in the archive, as recorded: an error without a code of its own.
pub(in crate::shell) const ARCHIVED: &str = "The requested image is in an inaccessible state. Please restore if needed";
const NO_LOGIN: &str = "no basic auth credentials";

/// Why a registry gives or takes nothing.
pub(super) enum Refused {
    /// Nobody is logged in there.
    NoLogin,
    /// The credential helper that docker's configuration names is not there.
    NoHelper(String),
    /// It gets no token: why.
    NoToken(String),
    /// The token of the login is over.
    Expired,
    /// The host does not answer.
    NoHost,
    /// The repository is missing: the registry's words.
    NoRepository(String),
    /// The repository has no such tag or digest.
    NoImage,
    /// An index has no image for this platform.
    NoPlatform(String),
    /// The registry's own words, with their code in front.
    Told(String),
}

impl Refused {
    /// As ECR refuses a call.
    pub(super) fn of(error: &ApiError) -> Self {
        Self::Told(match error.code.as_ref() {
            "RepositoryNotFoundException" => return Self::NoRepository(format!("name unknown: {}", error.message)),
            "ImageTagAlreadyExistsException" => format!("tag invalid: {}", error.message),
            "AccessDeniedException" | "UnableToGetUpstreamImageException" => format!("denied: {}", error.message),
            _ => format!("unknown: {}", error.message),
        })
    }

    /// What the lab says beside a refusal for which docker's client gives no reason: it goes on without a login.
    fn remark(&self) -> String {
        match self {
            Self::NoHelper(helper) => {
                let package = "sudo dnf install -y amazon-ecr-credential-helper";
                let way = if helper == "ecr-login" { format!(": {package}") } else { String::new() };
                format!(
                    "\nECS Lab: ~/.docker/config.json names docker-credential-{helper}, which is not installed{way}"
                )
            }
            Self::NoToken(why) => format!("\nECS Lab: docker-credential-ecr-login got no token: {why}"),
            _ => String::new(),
        }
    }

    fn no_host(own: &Reference) -> String {
        let host = own.host.as_deref().unwrap_or_default();
        format!("Get \"https://{host}/v2/\": dial tcp: lookup {host}: no such host")
    }

    /// What the daemon says of a pull.
    pub(super) fn of_pull(&self, own: &Reference) -> String {
        let unknown = if own.is_public() { "manifest unknown" } else { "Requested image not found" };
        let denied = |why: &str| {
            let repository = own.repository();
            format!(
                "pull access denied for {repository}, repository does not exist or may require 'docker login': {why}"
            )
        };
        match self {
            Self::NoLogin | Self::NoHelper(_) | Self::NoToken(_) => {
                format!("Head \"{}\": {NO_LOGIN}{}", url(own), self.remark())
            }
            Self::Expired => denied(EXPIRED),
            Self::NoHost => Self::no_host(own),
            Self::NoRepository(why) => format!("repository {} not found: {why}", own.repository()),
            Self::NoImage => format!("manifest for {} not found: manifest unknown: {unknown}", own.key()),
            Self::NoPlatform(platform) => format!("no matching manifest for {platform} in the manifest list entries"),
            Self::Told(why) if why.starts_with("denied: ") => denied(why),
            Self::Told(why) => why.clone(),
        }
    }

    /// What the daemon says of a push.
    pub(super) fn of_push(&self, own: &Reference) -> String {
        match self {
            Self::NoLogin | Self::NoHelper(_) | Self::NoToken(_) => format!("{NO_LOGIN}{}", self.remark()),
            Self::Expired => EXPIRED.to_string(),
            Self::NoHost if own.is_public() => "denied: requested access to the resource is denied".to_string(),
            Self::NoHost => Self::no_host(own),
            Self::NoRepository(why) | Self::Told(why) => why.clone(),
            Self::NoImage => "manifest unknown: Requested image not found".to_string(),
            Self::NoPlatform(_) => self.of_pull(own),
        }
    }

    /// What `docker manifest` says, which asks the registry itself.
    pub(super) fn of_manifest(&self, own: &Reference) -> String {
        match self {
            Self::NoLogin | Self::NoHelper(_) | Self::NoToken(_) => {
                format!("Get \"{}\": {NO_LOGIN}{}", url(own), self.remark())
            }
            Self::NoRepository(_) | Self::NoImage => format!("no such manifest: {}", own.full()),
            // Of Docker Hub it is a list of errors.
            Self::Told(why) if own.is_public() && why.starts_with("denied: ") => {
                format!("errors:\n{why}\nunauthorized: authentication required\n")
            }
            _ => self.of_push(own),
        }
    }

    /// What BuildKit says of an image that it fetches or pushes.
    pub(super) fn of_buildkit(&self, own: &Reference) -> String {
        match self {
            Self::NoHelper(helper) => format!("error getting credentials - err: {}", credentials::missing(helper)),
            Self::NoLogin | Self::NoToken(_) => format!("authorization failed: {NO_LOGIN}{}", self.remark()),
            Self::NoImage => format!("{}: not found", own.full()),
            Self::Told(why) if own.is_public() && why.starts_with("denied: ") => {
                let access = "pull access denied, repository does not exist or may require authorization";
                format!("{access}: server message: insufficient_scope: authorization failed")
            }
            _ => self.of_push(own),
        }
    }
}

fn url(own: &Reference) -> String {
    let host = own.host.as_deref().unwrap_or_default();
    format!("https://{host}/v2/{}/manifests/{}", own.path, own.digest.as_deref().unwrap_or(&own.tag))
}

/// An open registry: as whom its calls are made.
pub(in crate::shell) struct Open {
    account: Account,
    caller: Option<String>,
}

/// Opens the registry of ECR that a name leads to, by the helper for it or the login there.
pub(super) fn open(shell: &mut Shell<'_>, own: &Reference) -> Result<Open, Refused> {
    let host = own.host.as_deref().unwrap_or_default();
    let account = registry(host).ok_or(Refused::NoHost)?;
    if let Some(helper) = credentials::helper(shell, host) {
        let caller = credentials::caller(shell, &helper, &account)?;
        return Ok(Open { account, caller: Some(caller) });
    }
    let login = config::login(shell, host).filter(|own| own.user == "AWS").ok_or(Refused::NoLogin)?;
    match check(shell, &login.password, &account) {
        Ok(caller) => Ok(Open { account, caller: Some(caller) }),
        Err(Denied::Expired) => Err(Refused::Expired),
        Err(Denied::Wrong) => Err(Refused::NoLogin),
    }
}

impl Open {
    /// The registry behind a host, opened by the password of a token.
    ///
    /// # Errors
    /// A token of another Region, none at all, and one that is over.
    pub(in crate::shell) fn with(shell: &Shell<'_>, host: &str, password: &str) -> Result<Self, Denied> {
        let account = registry(host).ok_or(Denied::Wrong)?;
        let caller = Some(check(shell, password, &account)?);
        Ok(Self { account, caller })
    }

    pub(in crate::shell) fn call(
        &self,
        shell: &mut Shell<'_>,
        operation: &str,
        input: Value,
    ) -> Result<Value, ApiError> {
        let own = &shell.lab.world().options().account;
        let name = input["repositoryName"].as_str().unwrap_or_default();
        if self.account.id == own.id && shell.lab.world().replicates_to(&self.account.region) {
            return Err(ApiError::not_simulated(
                "pulls from the copies of a replication, which aws ecr --region lists",
            ));
        }
        // What another account or Region holds is not the lab's to know, and no repository has a name of one letter.
        if self.account != *own || !is_account(&self.account.id) || name.len() < 2 {
            let (id, region, home) = (&self.account.id, &self.account.region, &own.region);
            let beside = match id == &own.id && region != home {
                true => {
                    format!("\nECS Lab: this lab is in {home}; lab region {region} goes to one that is in {region}")
                }
                false => String::new(),
            };
            let message =
                format!("The repository with name '{name}' does not exist in the registry with id '{id}'{beside}");
            return Err(ApiError::new("RepositoryNotFoundException", message));
        }
        let call = ApiCall { caller: self.caller.clone(), ..ApiCall::new("ecr", operation, input) };
        shell.lab.apply(Command::Api(call)).map(|done| done.reply)
    }

    /// The tags of a repository.
    pub(super) fn tags(&self, shell: &mut Shell<'_>, name: &str) -> Result<Vec<String>, Refused> {
        self.listed(shell, name).map_err(|error| Refused::of(&error))
    }

    /// The same.
    ///
    /// # Errors
    /// ECR's refusal.
    pub(in crate::shell) fn listed(&self, shell: &mut Shell<'_>, name: &str) -> Result<Vec<String>, ApiError> {
        let input = object!({ "repositoryName": name, "filter": object!({ "tagStatus": "TAGGED" }) });
        let reply = self.call(shell, "ListImages", input)?;
        let tags = reply["imageIds"].as_array().into_iter().flatten();
        Ok(tags.filter_map(|id| id["imageTag"].as_str()).map(ToString::to_string).collect())
    }
}

/// What stands under a name: a manifest, with what it came from.
pub(super) struct Found {
    pub(super) manifest: String,
    pub(super) digest: String,
    from: From,
}

enum From {
    Ecr(Open),
    Public(Upstream),
}

impl Found {
    /// Of an image of a public registry.
    pub(super) fn public(upstream: Upstream, digest: Option<&str>) -> Self {
        let image = upstream.images.iter().find(|(_, built)| Some(built.digest.as_str()) == digest);
        let manifest = image.map_or(&upstream.index, |(_, built)| &built.manifest).clone();
        let digest = digest.unwrap_or(&upstream.digest).to_string();
        Self { manifest, digest, from: From::Public(upstream) }
    }

    /// The entries of an index; none of an image.
    pub(super) fn entries(&self) -> Vec<Value> {
        let document: Value = serde_json::from_str(&self.manifest).unwrap_or_default();
        document["manifests"].as_array().cloned().unwrap_or_default()
    }
}

/// The manifest under a name.
pub(super) fn look(shell: &mut Shell<'_>, own: &Reference) -> Result<Found, Refused> {
    if own.is_public() {
        return hub::look(shell, own);
    }
    let open = open(shell, own)?;
    let manifest = manifest(shell, &open, own)?;
    let digest = crate::ecr::sha256(manifest.as_bytes());
    Ok(Found { manifest, digest, from: From::Ecr(open) })
}

fn manifest(shell: &mut Shell<'_>, open: &Open, own: &Reference) -> Result<String, Refused> {
    let id = match &own.digest {
        Some(digest) => object!({ "imageDigest": digest.as_str() }),
        None => object!({ "imageTag": own.tag.as_str() }),
    };
    let input = object!({ "repositoryName": own.path.as_str(), "imageIds": alloc::vec![id] });
    let reply = open.call(shell, "BatchGetImage", input).map_err(|error| Refused::of(&error))?;
    if reply["failures"][0]["failureCode"] == "ImageInaccessible" {
        return Err(Refused::Told(format!("unknown: {ARCHIVED}")));
    }
    let found = reply["images"][0]["imageManifest"].as_str();
    found.map(ToString::to_string).ok_or(Refused::NoImage)
}

/// The image that stands under a name, of an index that for the platform, and its platform.
pub(super) fn image(
    shell: &mut Shell<'_>,
    own: &Reference,
    found: &Found,
    platform: &str,
) -> Result<(Built, String), Refused> {
    let missing = || Refused::NoPlatform(platform.to_string());
    let open = match &found.from {
        From::Public(upstream) => {
            let by_digest = upstream.images.iter().find(|(_, built)| built.manifest == found.manifest);
            let (platform, built) = match by_digest {
                Some((platform, built)) => (*platform, built),
                None => (platform, upstream.image(platform).ok_or_else(missing)?),
            };
            return Ok((built.clone(), platform.to_string()));
        }
        From::Ecr(open) => open,
    };
    let parsed = Manifest::parse(&found.manifest, None).unwrap_or_default();
    let manifest = if parsed.is_index() {
        let child = parsed.children.iter().find(|child| child.platform == platform).ok_or_else(missing)?;
        manifest(shell, open, &own.at(&child.blob.digest))?
    } else {
        found.manifest.clone()
    };
    let built = assembled(shell, own, &manifest);
    for layer in &built.layers {
        if is_local(shell, &layer.digest) {
            continue;
        }
        let input = object!({ "repositoryName": own.path.as_str(), "layerDigest": layer.digest.as_str() });
        open.call(shell, "GetDownloadUrlForLayer", input).map_err(|error| Refused::of(&error))?;
    }
    let platform = platform_of(&built).unwrap_or_else(|| platform.to_string());
    Ok((built, platform))
}

/// Whether a local image has this layer.
pub(super) fn is_local(shell: &Shell<'_>, digest: &str) -> bool {
    local_blob(shell, digest).is_some()
}

fn local_blob(shell: &Shell<'_>, digest: &str) -> Option<Blob> {
    let of = |local: &Local| {
        local.built.layers.iter().chain([&local.built.config]).find(|own| own.digest == digest).cloned()
    };
    shell.terminal.docker.images.values().find_map(of)
}

/// An image from its manifest, with the bytes that the repository gives.
pub(super) fn assembled(shell: &Shell<'_>, own: &Reference, manifest: &str) -> Built {
    let repository = shell.lab.world().ecr().repository(&own.path);
    let parsed = Manifest::parse(manifest, None).unwrap_or_default();
    let blob = |own: &crate::ecr::manifest::Blob| {
        let bytes = repository.and_then(|repository| repository.layer(&own.digest)?.bytes.clone());
        let bytes = bytes.map(|bytes| bytes.to_string());
        let local = || local_blob(shell, &own.digest).map(|blob| blob.bytes);
        Blob { digest: own.digest.clone(), size: own.size, bytes: bytes.or_else(local).unwrap_or_default() }
    };
    let layers = parsed.layers.iter().map(blob).collect();
    let config = parsed.config.as_ref().map(blob);
    let config = config.unwrap_or_else(|| Blob { digest: String::new(), size: 0, bytes: String::new() });
    Built { layers, config, manifest: manifest.to_string(), digest: crate::ecr::sha256(manifest.as_bytes()) }
}

/// `OS/ARCHITECTURE` by an image's configuration.
pub(super) fn platform_of(built: &Built) -> Option<String> {
    let config: Value = serde_json::from_str(&built.config.bytes).ok()?;
    Some(format!("{}/{}", config["os"].as_str()?, config["architecture"].as_str()?))
}

/// Every image that a name leads to, of an index each with its entry: what a copy takes along.
pub(super) fn all(shell: &mut Shell<'_>, own: &Reference, found: &Found) -> Result<Vec<Rc<Built>>, Refused> {
    match &found.from {
        From::Public(upstream) => {
            let by_digest: Vec<_> =
                upstream.images.iter().filter(|(_, built)| built.manifest == found.manifest).collect();
            let images = if by_digest.is_empty() { upstream.images.iter().collect() } else { by_digest };
            Ok(images.into_iter().map(|(_, built)| Rc::new(built.clone())).collect())
        }
        From::Ecr(open) => {
            let parsed = Manifest::parse(&found.manifest, None).unwrap_or_default();
            if !parsed.is_index() {
                return Ok(alloc::vec![Rc::new(assembled(shell, own, &found.manifest))]);
            }
            let mut images = Vec::new();
            for child in &parsed.children {
                let manifest = manifest(shell, open, &own.at(&child.blob.digest))?;
                images.push(Rc::new(assembled(shell, own, &manifest)));
            }
            Ok(images)
        }
    }
}
