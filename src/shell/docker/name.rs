//! References to images, as docker reads them.

use crate::aws::Account;
use alloc::format;
use alloc::string::{String, ToString};

/// The public registries besides Docker Hub.
const PUBLIC: [&str; 6] = ["gcr.io", "ghcr.io", "mcr.microsoft.com", "public.ecr.aws", "quay.io", "registry.k8s.io"];

/// `host/path:tag` or `host/path@digest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// The registry; none for Docker Hub.
    pub(super) host: Option<String>,
    /// The repository in it.
    pub(super) path: String,
    /// The tag; `latest` where none is given.
    pub(super) tag: String,
    /// The digest, where one is given.
    pub(super) digest: Option<String>,
}

impl Reference {
    /// Reads one; none where its form is wrong.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("docker.io/").unwrap_or(text);
        let text = text.strip_prefix("library/").unwrap_or(text);
        let (rest, digest) =
            text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest.to_string())));
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
            _ => (None, rest),
        };
        let (path, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
        let letters = |text: &str| {
            text.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "._-/".contains(sign))
        };
        let tagged = !tag.is_empty() && tag.chars().all(|sign| sign.is_ascii_alphanumeric() || "._-".contains(sign));
        let fits =
            !path.is_empty() && letters(path) && !path.starts_with(['/', '-', '.']) && !path.ends_with('/') && tagged;
        let host = host.map(ToString::to_string);
        fits.then(|| Self { host, path: path.to_string(), tag: tag.to_string(), digest })
    }

    /// Without the tag.
    pub(super) fn repository(&self) -> String {
        match &self.host {
            Some(host) => format!("{host}/{}", self.path),
            None => self.path.clone(),
        }
    }

    /// As the host keeps it: with the tag, or with the digest where one is given.
    pub(super) fn key(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{digest}", self.repository()),
            None => format!("{}:{}", self.repository(), self.tag),
        }
    }

    /// Whether it is in a registry that lets everybody pull; no other host but that of an account answers.
    pub(super) fn is_public(&self) -> bool {
        let Some(host) = self.host.as_deref() else { return true };
        PUBLIC.contains(&host) || host.ends_with(".gcr.io") || host.ends_with("-docker.pkg.dev")
    }
}

/// Repository and tag of a key, as they are listed: what was pulled by its digest has no tag.
pub(super) fn cells(key: &str) -> (&str, &str) {
    match key.split_once('@') {
        Some((repository, _)) => (repository, "<none>"),
        None => key.rsplit_once(':').unwrap_or((key, "<none>")),
    }
}

/// Account and Region of a registry's host; none where it is no registry of ECR.
pub(super) fn registry(host: &str) -> Option<Account> {
    let (id, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.strip_suffix(".amazonaws.com")?;
    Some(Account { id: id.into(), region: region.into() })
}

/// Whether an account's id has its twelve digits.
pub(super) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_docker_reads_them() {
        for (text, expected) in [
            ("nginx", Some(("", "nginx", "latest"))),
            ("team/api:v1", Some(("", "team/api", "v1"))),
            ("localhost/api", Some(("localhost", "api", "latest"))),
            (
                "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo:1.0",
                Some(("123456789012.dkr.ecr.us-east-1.amazonaws.com", "demo", "1.0")),
            ),
            ("docker.io/library/nginx:1.27", Some(("", "nginx", "1.27"))),
            ("quay.io/team/api", Some(("quay.io", "team/api", "latest"))),
            ("UPPER", None),
            ("a:", None),
            ("", None),
        ] {
            let found = Reference::parse(text);
            let found =
                found.as_ref().map(|own| (own.host.as_deref().unwrap_or(""), own.path.as_str(), own.tag.as_str()));
            assert_eq!(found, expected, "{text}");
        }
    }
}
