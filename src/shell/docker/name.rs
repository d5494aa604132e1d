//! References to images, as docker reads them.

use crate::aws::Account;
use crate::ecr::host;
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

/// The longest name of a repository, and the longest tag.
const LONGEST: [usize; 2] = [255, 128];

impl Reference {
    /// Reads one; none where its form is wrong.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Reads one.
    ///
    /// # Errors
    /// What docker says of its form.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let wrong = || "invalid reference format".to_string();
        let text = text.strip_prefix("docker.io/").unwrap_or(text);
        let text = text.strip_prefix("library/").unwrap_or(text);
        let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
            _ => (None, rest),
        };
        let (path, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
        if path.chars().any(|sign| sign.is_ascii_uppercase()) {
            let name = if host.is_none() && !path.contains('/') { format!("library/{path}") } else { path.to_string() };
            return Err(format!("{}: repository name ({name}) must be lowercase", wrong()));
        }
        let [longest_name, longest_tag] = LONGEST;
        let word = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
        let tagged = tag.starts_with(word)
            && tag.len() <= longest_tag
            && tag.chars().all(|sign| word(sign) || ".-".contains(sign));
        if !tagged || !path.split('/').all(is_component) {
            return Err(wrong());
        }
        if path.len() > longest_name {
            return Err(format!("repository name must not be more than {longest_name} characters"));
        }
        if let Some(digest) = digest {
            let hex = digest.split_once(':').map(|(_, hex)| hex).unwrap_or_default();
            if hex.len() < 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(wrong());
            }
            if digest.starts_with("sha256:") && hex.len() != 64 {
                return Err("invalid checksum digest length".to_string());
            }
        }
        let (host, digest) = (host.map(ToString::to_string), digest.map(ToString::to_string));
        Ok(Self { host, path: path.to_string(), tag: tag.to_string(), digest })
    }

    /// Whole, with the registry and the folder of official images, as the client tells of it.
    pub(super) fn full(&self) -> String {
        match (&self.host, self.path.contains('/')) {
            (Some(_), _) => self.key(),
            (None, true) => format!("docker.io/{}", self.key()),
            (None, false) => format!("docker.io/library/{}", self.key()),
        }
    }

    /// The same image by a digest.
    pub(super) fn at(&self, digest: &str) -> Self {
        Self { digest: Some(digest.to_string()), ..self.clone() }
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

/// A part of a repository's name: letters and digits, joined by one dot, one or two underscores, or hyphens.
fn is_component(part: &str) -> bool {
    let letter = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
    let joins = part.split(letter).filter(|join| !join.is_empty());
    let fits = |join: &str| matches!(join, "." | "_" | "__") || join.chars().all(|sign| sign == '-');
    part.starts_with(letter) && part.ends_with(letter) && joins.into_iter().all(fits)
}

/// Account and Region of a registry's host; none where it is no registry of ECR.
pub(in crate::shell) fn registry(host: &str) -> Option<Account> {
    host::read(host).map(|(id, region)| Account { id: id.into(), region: region.into() })
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
            ("a-_b", None),
            ("a..b", None),
            ("a---b__c.d_e", Some(("", "a---b__c.d_e", "latest"))),
            ("-a", None),
            ("a/-b", None),
            ("a:", None),
            ("a:-1", None),
            ("", None),
        ] {
            let found = Reference::parse(text);
            let found =
                found.as_ref().map(|own| (own.host.as_deref().unwrap_or(""), own.path.as_str(), own.tag.as_str()));
            assert_eq!(found, expected, "{text}");
        }
    }
    #[test]
    fn a_wrong_form_is_refused_in_dockers_words() {
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        let hex = "0".repeat(63);
        for (text, expected) in [
            ("UPPER".to_string(), "invalid reference format: repository name (library/UPPER) must be lowercase"),
            (format!("{host}/Team/api:1"), "invalid reference format: repository name (Team/api) must be lowercase"),
            (format!("{host}/team//api"), "invalid reference format"),
            (format!("{host}/team/api:"), "invalid reference format"),
            (format!("{host}/a:{}", "1".repeat(129)), "invalid reference format"),
            (format!("{host}/{}", "a".repeat(256)), "repository name must not be more than 255 characters"),
            ("demo@sha256:c503".to_string(), "invalid reference format"),
            (format!("demo@sha256:{hex}"), "invalid checksum digest length"),
        ] {
            assert_eq!(Reference::read(&text), Err(expected.to_string()), "{text}");
        }
    }
}
