//! Container images: which exist, how large they are, and what a pull that fails says (5.5).
//!
//! The lab knows a small catalogue of Docker Hub. The room `ecr` knows what the account's registry holds. An
//! image of any other registry is taken on trust.

use super::releases::Release;
use crate::ecr::docker::upstream;
use crate::ecr::{LOCKED, Refusal, host};
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};

/// Repositories of Docker Hub with what a pull of them brings, in MB, and the newest version at the start of 2026 where it
/// is known.
const HUB: &str = "alpine=4:3.23 amazonlinux=60:2023 amazon/amazon-ecs-sample=50 amazon/aws-cli=120 amazon/aws-for-fluent-bit=160 amazon/aws-otel-collector=80 \
    amazon/aws-xray-daemon=10 amazon/cloudwatch-agent=60 bash=6:5.3 busybox=2:1.37 caddy=20:2.10 datadog/agent=300 debian=50:13 \
    docker=100:29 eclipse-temurin=150:25 elasticsearch=600:9.2 envoyproxy/envoy=60:1.36 fedora=70:44 fluent/fluent-bit=30:4.2 \
    fluent/fluentd=20:1.19 gcc=500:15 golang=300:1.25 grafana/grafana=120:12 haproxy=45:3.3 hello-world=1 httpd=60:2.4 jenkins/jenkins=250 \
    kennethreitz/httpbin=200 mariadb=120:12 memcached=30:1.6 mongo=250:8 mysql=200:9.5 nats=10:2.12 nextcloud=300:32 nginx=100:1.29 \
    nginxdemos/hello=15 node=380:25 openjdk=250:26 openresty/openresty=50:1.27 php=180:8.5 postgres=150:18 prom/prometheus=100:3.9 \
    python=370:3.15 rabbitmq=100:4.2 redis=45:8 registry=10:3 ruby=350:4 rust=500:1 solr=300:9 sonarqube=500 tomcat=200:11 traefik=50:3 \
    traefik/whoami=3:1 tutum/hello-world=20 ubuntu=30:26 wordpress=250:6 zookeeper=120:3";

/// Those whose own command ends at once, as nobody is at their keyboard.
const END_AT_ONCE: &str = " alpine amazonlinux bash busybox debian docker fedora gcc golang hello-world node openjdk python ruby rust ubuntu ";

/// The words with which tags begin that are no version.
const TAGS: &str = " latest alpine apache bookworm bullseye buster cli debian edge fpm init jammy jdk jre lts mainline \
    management musl nightly noble otel perl public slim stable trixie unstable ";

/// MB that a pull of an image brings; none for one that does not exist.
pub fn size(named: &str) -> Option<u32> {
    let (repository, tag) = parts(named);
    let Some(repository) = on_hub(repository) else { return Some(100) };
    let (_, known) = HUB.split(' ').filter_map(|entry| entry.split_once('=')).find(|(name, _)| *name == repository)?;
    let (size, newest) = known.split_once(':').unwrap_or((known, ""));
    size.parse().ok().filter(|_| tag_exists(tag, newest))
}

/// With what the names of images that hold Windows tell it.
const WINDOWS: [&str; 4] = ["windows", "servercore", "nanoserver", "dotnet/framework"];

/// Whether an image has nothing for a platform, `OS/ARCHITECTURE`: what Docker Hub and Amazon ECR Public hold is Linux, but
/// for what its name says; of other registries the name alone tells.
pub fn lacks(named: &str, platform: &str) -> bool {
    match platform.starts_with("windows") {
        true => !is_windows(named) && (named.starts_with("public.ecr.aws/") || on_hub(parts(named).0).is_some()),
        false => is_windows(named),
    }
}

fn is_windows(named: &str) -> bool {
    WINDOWS.iter().any(|own| named.contains(own))
}

/// The release of Windows that an image is made for, if its name and tag tell one.
pub fn release(named: &str) -> Option<Release> {
    is_windows(named).then(|| parts(named).1.split('-').find_map(Release::of_tag)).flatten()
}

/// MB of an image that is there for those who log in: what the catalogue lacks of Docker Hub, but for its official images.
pub fn private_size(named: &str) -> Option<u32> {
    on_hub(parts(named).0).filter(|repository| repository.contains('/') && size(repository).is_none()).map(|_| 100)
}

/// Whether the image's own command ends at once with exit code 0.
pub fn ends_at_once(named: &str) -> bool {
    on_hub(parts(named).0).is_some_and(|repository| END_AT_ONCE.contains(&format!(" {repository} ")))
}

/// How long a pull takes: 2 s and 25 MB a second (5.6).
pub fn pull_time(size: u32) -> SimDuration {
    SimDuration::from_millis(2000 + i64::from(size) * 40)
}

/// The digest of the image under a name elsewhere than in the account's registry: the same that a host pulls.
pub fn digest(named: &str) -> String {
    if let Some((_, digest)) = named.split_once('@') {
        return digest.to_string();
    }
    let (repository, tag) = parts(named);
    upstream(&format!("{repository}:{tag}")).digest
}

/// Why a pull fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullError {
    /// The repository or the tag is missing.
    NotFound,
    /// The role may not pull.
    AccessDenied,
    /// The registry cannot be reached.
    Network,
    /// Docker Hub's limit.
    RateLimit,
    /// The host's disk is full.
    DiskFull,
    /// S3 refuses a layer.
    Layer,
    /// Nothing comes any more.
    Stalled,
    /// The account's registry has no such repository.
    NoRepository,
    /// Its repository has no such tag or digest.
    NoTag,
    /// The image is not made for this platform.
    NoPlatform(&'static str),
    /// It is the one image of its tag, and made for another system: `linux` or `windows`.
    OtherSystem(&'static str),
    /// The image is in the archive.
    Archived,
    /// The registry behind a pull-through cache lets nobody in.
    Locked,
}

impl PullError {
    /// Of a refusal of the account's registry, to a host of this platform.
    pub fn of(why: Refusal, platform: &'static str) -> Self {
        match why {
            Refusal::NoRepository => Self::NoRepository,
            Refusal::NoImage => Self::NoTag,
            Refusal::NoPlatform => Self::NoPlatform(platform),
            Refusal::Archived => Self::Archived,
            Refusal::Locked => Self::Locked,
        }
    }

    /// Whether the registry says it, once it was asked for the image.
    pub fn is_of_the_registry(self) -> bool {
        !matches!(
            self,
            Self::AccessDenied | Self::Network | Self::RateLimit | Self::DiskFull | Self::Layer | Self::Stalled
        )
    }

    /// From the name in a fault.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "NOT_FOUND" => Self::NotFound,
            "ACCESS_DENIED" => Self::AccessDenied,
            "NETWORK" => Self::Network,
            "RATE_LIMIT" => Self::RateLimit,
            "DISK_FULL" => Self::DiskFull,
            "LAYER" => Self::Layer,
            "STALLED" => Self::Stalled,
            _ => return None,
        })
    }

    /// The reason of the container, as the agent words it: `daemon` on an instance, else as Fargate does.
    pub fn reason(self, named: &str, daemon: bool) -> String {
        // The registry answers 404, of which Fargate tells no more.
        if self == Self::Archived && !daemon {
            return Self::NoTag.reason(named, daemon);
        }
        let (repository, tag) = parts(named);
        // A digest says which image it is, whatever the tag beside it.
        let (sign, tag) = named.split_once('@').map_or((':', tag), |(_, digest)| ('@', digest));
        let version = format!("{sign}{tag}");
        let hub = on_hub(repository).is_some();
        let hint = match self {
            Self::NotFound | Self::NoRepository | Self::NoTag => {
                "The task can\u{2019}t pull the image. Check whether the image exists. "
            }
            Self::AccessDenied => MAY_NOT,
            Self::Network => "The task can\u{2019}t pull the image. Check your network configuration. ",
            _ => "",
        };
        let has_host = repository.split_once('/').is_some_and(|(host, _)| host.contains('.'));
        let reference = match (hub && !has_host, repository.contains(['/', '.'])) {
            (true, false) => format!("docker.io/library/{repository}{version}"),
            (true, true) => format!("docker.io/{repository}{version}"),
            (false, _) => format!("{repository}{version}"),
        };
        let raw = match self {
            Self::NotFound | Self::NoRepository | Self::NoTag if !daemon => {
                format!(
                    "pull image manifest has been retried 5 time(s): failed to resolve ref {reference}: {reference}: not found"
                )
            }
            Self::Network if !daemon => {
                let path = reference.strip_prefix("docker.io/").map(|path| ("registry-1.docker.io", path));
                let (host, path) = path.or_else(|| reference.split_once('/')).unwrap_or_default();
                let path = path.strip_suffix(&*version).unwrap_or(path);
                format!(
                    "pull image manifest has been retried 5 time(s): failed to resolve ref {reference}: failed to do request: \
                     Head \"https://{host}/v2/{path}/manifests/{tag}\": dial tcp 52.46.130.12:443: i/o timeout"
                )
            }
            Self::NotFound if hub && size(repository).is_some() => {
                format!(
                    "Error response from daemon: manifest for {repository}{version} not found: manifest unknown: manifest unknown"
                )
            }
            Self::NotFound => format!(
                "Error response from daemon: pull access denied for {repository}, repository does not exist or may require \
                 'docker login': denied: requested access to the resource is denied"
            ),
            Self::NoRepository => {
                let (host, name) = repository.split_once('/').unwrap_or_default();
                let registry = host.split('.').next().unwrap_or_default();
                format!(
                    "Error response from daemon: repository {repository} not found: name unknown: The repository with name \
                     '{name}' does not exist in the registry with id '{registry}'"
                )
            }
            Self::NoTag => format!(
                "Error response from daemon: manifest for {repository}{version} not found: manifest unknown: Requested image \
                 not found"
            ),
            Self::NoPlatform(platform) if daemon => {
                format!("Error response from daemon: no matching manifest for {platform} in the manifest list entries")
            }
            Self::NoPlatform(platform) => format!(
                "pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching \
                 platform '{platform}'."
            ),
            Self::OtherSystem(system) => {
                format!(
                    "Error response from daemon: image operating system \"{system}\" cannot be used on this platform"
                )
            }
            Self::Archived => {
                "Error response from daemon: unknown: The requested image is in an inaccessible state. Please restore if needed"
                    .to_string()
            }
            Self::Locked => denied(repository, LOCKED),
            Self::AccessDenied => denied(
                repository,
                &format!(
                    "User is not authorized to perform: ecr:BatchGetImage on resource: {repository} because no \
                     identity-based policy allows the ecr:BatchGetImage action"
                ),
            ),
            Self::Network => format!(
                "Error response from daemon: Get \"https://{}/v2/\": net/http: request canceled while waiting for connection \
                 (Client.Timeout exceeded while awaiting headers)",
                if hub { "registry-1.docker.io" } else { repository.split('/').next().unwrap_or_default() }
            ),
            Self::Layer => {
                "ref pull has been retried 1 time(s): failed to copy: httpReaderSeeker: failed open: unexpected \
                            status code: 403 Forbidden"
                    .to_string()
            }
            Self::Stalled if daemon => "inactivity time exceeded timeout while pulling image".to_string(),
            Self::Stalled => format!(
                "pull image manifest has been retried 5 time(s): failed to resolve ref {reference}: context deadline exceeded"
            ),
            Self::RateLimit => "toomanyrequests: You have reached your pull rate limit.".to_string(),
            Self::DiskFull => "write /var/lib/docker/tmp/GetImageBlob123456789: no space left on device".to_string(),
        };
        format!("CannotPullContainerError: {hint}{raw}")
    }
}

/// Registry, region and repository of an image in a private registry of Amazon ECR.
pub fn in_ecr(named: &str) -> Option<(&str, &str, &str)> {
    let (host, _) = named.split_once('/')?;
    let (registry, region) = host::read(host)?;
    let (repository, _) = parts(named);
    Some((registry, region, repository.split_once('/')?.1))
}

/// The reason of a container whose role may not pull its image, for the reason that ECR gave.
pub fn refused(named: &str, why: &str) -> String {
    format!("CannotPullContainerError: {MAY_NOT}{}", denied(parts(named).0, why))
}

fn denied(repository: &str, why: &str) -> String {
    format!(
        "Error response from daemon: pull access denied for {repository}, repository does not exist or may require \
         'docker login': denied: {why}"
    )
}

const MAY_NOT: &str =
    "The task can\u{2019}t pull the image. Check that the role has the permissions to pull images from the registry. ";

/// Repository and tag of an image; no tag means `latest`.
fn parts(named: &str) -> (&str, &str) {
    let named = named.split('@').next().unwrap_or_default();
    let name_from = named.rfind('/').map_or(0, |slash| slash + 1);
    match named.get(name_from..).and_then(|name| name.find(':')) {
        Some(colon) => named
            .split_at_checked(name_from + colon)
            .map_or((named, ""), |(own, tag)| (own, tag.trim_start_matches(':'))),
        None => (named, "latest"),
    }
}

/// The repository as Docker Hub calls it; none for another registry.
fn on_hub(repository: &str) -> Option<&str> {
    let own = ["docker.io/", "index.docker.io/", "registry-1.docker.io/", "public.ecr.aws/docker/"];
    let stripped = own.iter().find_map(|host| repository.strip_prefix(host));
    let elsewhere =
        repository.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']) || host == "localhost");
    let name = stripped.or((!elsewhere).then_some(repository))?;
    Some(name.strip_prefix("library/").unwrap_or(name))
}

/// Whether a tag may exist: a version that is not above the newest one, a date, or one of the words.
fn tag_exists(tag: &str, newest: &str) -> bool {
    let first = tag.split('-').next().unwrap_or_default();
    let version = first.strip_prefix('v').unwrap_or(first);
    if version.starts_with(|sign: char| sign.is_ascii_digit()) {
        let date = version.len() == 8 && version.bytes().all(|byte| byte.is_ascii_digit());
        return date || !is_above(version, newest);
    }
    !first.is_empty() && TAGS.contains(&format!(" {first} "))
}

/// Whether a version is above another one in the parts that the other one has; none is above an empty one.
fn is_above(version: &str, newest: &str) -> bool {
    let digits =
        |part: &str| part.split(|sign: char| !sign.is_ascii_digit()).next().unwrap_or_default().parse::<u64>().ok();
    let mut own = version.split('.').map(digits);
    for most in newest.split('.').filter(|part| !part.is_empty()).map(digits) {
        match (own.next().flatten(), most) {
            (Some(own), Some(most)) if own != most => return own > most,
            (Some(_), Some(_)) => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_that_exist() {
        for (named, expected) in [
            ("nginx", Some(100)),
            ("nginx:1.27", Some(100)),
            ("nginx:stable-alpine", Some(100)),
            ("library/nginx", Some(100)),
            ("docker.io/library/busybox:latest", Some(2)),
            ("public.ecr.aws/docker/library/alpine:3.20", Some(4)),
            ("amazon/amazon-ecs-sample", Some(50)),
            ("nginx@sha256:0000", Some(100)),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1", Some(100)),
            ("ghcr.io/some/thing:x", Some(100)),
            ("localhost:5000/web", Some(100)),
            ("nginx:1", Some(100)),
            ("nginx:1.29.4-alpine", Some(100)),
            ("python:3.9", Some(370)),
            ("alpine:20251016", Some(4)),
            ("hello-world:9.99", Some(1)),
            ("nginx:9.99", None),
            ("nginx:1.30", None),
            ("docker.io/library/node:26-alpine", None),
            ("public.ecr.aws/docker/library/alpine:4", None),
            ("nginx:nosuch", None),
            ("nginx:", None),
            ("ngnix", None),
            ("myteam/web:1", None),
            ("", None),
        ] {
            assert_eq!(size(named), expected, "{named}");
        }
        assert_eq!(pull_time(100).as_millis(), 6000, "5.6");
    }

    /// 5.5: Docker Hub's own name stands only before its own images.
    #[test]
    fn a_pull_that_fails_names_its_registry() {
        for (named, reference) in [
            ("ngnix", "docker.io/library/ngnix:latest"),
            ("team/api:2", "docker.io/team/api:2"),
            ("docker.io/library/nginx:no", "docker.io/library/nginx:no"),
            ("public.ecr.aws/docker/library/nginx:no", "public.ecr.aws/docker/library/nginx:no"),
            ("registry.example.com/api:1", "registry.example.com/api:1"),
        ] {
            let reason = PullError::NotFound.reason(named, false);
            let expected = format!("failed to resolve ref {reference}: {reference}: not found");
            assert!(reason.ends_with(&expected), "{reason}");
        }
    }

    #[test]
    fn each_name_stands_once() {
        let names = || HUB.split(' ').filter_map(|entry| entry.split_once('=')).map(|(name, _)| name);
        assert_eq!(names().count(), HUB.split_whitespace().count());
        for name in names() {
            assert_eq!(names().filter(|other| *other == name).count(), 1, "{name}");
        }
        for name in END_AT_ONCE.split_whitespace() {
            assert!(names().any(|known| known == name), "{name}");
        }
    }
}
