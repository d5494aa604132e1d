//! Amazon resource names of ECS: built, read, shortened.

use alloc::string::{String, ToString};
use core::fmt;

/// Whose resources they are and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The account's twelve digits.
    pub id: String,
}

/// The Regions (docs.aws.amazon.com/global-infrastructure/latest/regions, read 2026-11-22).
const REGIONS: &str = " af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 \
    ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 \
    ca-west-1 cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 \
    eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 \
    us-west-1 us-west-2 ";

/// The names of all Regions.
pub fn regions() -> impl Iterator<Item = &'static str> {
    REGIONS.split_whitespace()
}

/// Those that an account has from its beginning; it opts in to the others.
const FROM_THE_BEGINNING: &str = " ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 \
    ca-central-1 cn-north-1 cn-northwest-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 \
    us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2 ";

/// Whether an account opts in to a Region before it uses it.
pub fn opts_in(region: &str) -> bool {
    !FROM_THE_BEGINNING.split_whitespace().any(|own| own == region)
}

/// Whether AWS has a Region of that name.
pub fn has_region(name: &str) -> bool {
    regions().any(|own| own == name)
}

impl Default for Account {
    /// The lab's own: `us-east-1`, `123456789012`.
    fn default() -> Self {
        Self { region: "us-east-1".to_string(), id: "123456789012".to_string() }
    }
}

/// An ARN, `arn:PARTITION:ecs:REGION:ACCOUNT:RESOURCE`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arn {
    /// Whose and where.
    pub account: Account,
    /// What it names.
    pub resource: Resource,
}

/// A resource of ECS as its ARN names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// `cluster/NAME`
    Cluster {
        /// The cluster's name.
        name: String,
    },
    /// `container-instance/CLUSTER/ID`
    ContainerInstance {
        /// The cluster's name.
        cluster: String,
        /// The instance's id, 32 hexadecimal digits.
        id: String,
    },
    /// `task/CLUSTER/ID`
    Task {
        /// The cluster's name.
        cluster: String,
        /// The task's id, 32 hexadecimal digits.
        id: String,
    },
    /// `task-definition/FAMILY:REVISION` (TD-03)
    TaskDefinition {
        /// The family.
        family: String,
        /// The revision, from 1.
        revision: u32,
    },
    /// `service/CLUSTER/NAME`
    Service {
        /// The cluster's name.
        cluster: String,
        /// The service's name.
        name: String,
    },
    /// `capacity-provider/NAME`
    CapacityProvider {
        /// The provider's name.
        name: String,
    },
}

/// Why a text is not one of the ARNs above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArnError {
    /// What should have stood there.
    pub expected: &'static str,
}

impl Account {
    /// The ARN of `root`, `user/NAME` or `role/NAME`.
    pub fn principal(&self, name: &str) -> String {
        alloc::format!("arn:{}:iam::{}:{name}", self.partition(), self.id)
    }

    /// The ARN of a caller, `user/NAME` or the session `assumed-role/ROLE/SESSION`.
    pub fn caller(&self, name: &str) -> String {
        match name.starts_with("assumed-role/") {
            true => alloc::format!("arn:{}:sts::{}:{name}", self.partition(), self.id),
            false => self.principal(name),
        }
    }

    /// The cluster's ARN.
    pub fn cluster(&self, name: &str) -> Arn {
        self.arn(Resource::Cluster { name: name.to_string() })
    }

    /// The container instance's ARN.
    pub fn container_instance(&self, cluster: &str, id: &str) -> Arn {
        self.arn(Resource::ContainerInstance { cluster: cluster.to_string(), id: id.to_string() })
    }

    /// The task's ARN.
    pub fn task(&self, cluster: &str, id: &str) -> Arn {
        self.arn(Resource::Task { cluster: cluster.to_string(), id: id.to_string() })
    }

    /// The task definition's ARN (TD-03).
    pub fn task_definition(&self, family: &str, revision: u32) -> Arn {
        self.arn(Resource::TaskDefinition { family: family.to_string(), revision })
    }

    /// What the ARN of a task definition would be for a name that may be none.
    pub fn task_definition_named(&self, name: &str) -> String {
        alloc::format!("arn:{}:ecs:{}:{}:task-definition/{name}", self.partition(), self.region, self.id)
    }

    /// The service's ARN.
    pub fn service(&self, cluster: &str, name: &str) -> Arn {
        self.arn(Resource::Service { cluster: cluster.to_string(), name: name.to_string() })
    }

    /// The capacity provider's ARN.
    pub fn capacity_provider(&self, name: &str) -> Arn {
        self.arn(Resource::CapacityProvider { name: name.to_string() })
    }

    /// The ARN of a Cloud Map namespace of that number.
    pub fn namespace(&self, number: u64) -> String {
        alloc::format!(
            "arn:{}:servicediscovery:{}:{}:namespace/ns-{number:016x}",
            self.partition(),
            self.region,
            self.id
        )
    }

    /// The partition that the region belongs to.
    pub fn partition(&self) -> &'static str {
        match self.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    fn arn(&self, resource: Resource) -> Arn {
        Arn { account: self.clone(), resource }
    }
}

impl Arn {
    /// The ARN as text, in one allocation: answers hold several for each task.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(128);
        // Writing to a text cannot fail.
        let _ = fmt::write(&mut text, format_args!("{self}"));
        text
    }

    /// Reads an ARN of one of the resources above.
    ///
    /// # Errors
    /// With what was expected, for everything else; the old form of a task's ARN, without its cluster, included.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        const WHOLE: ArnError =
            ArnError { expected: "an ARN such as arn:aws:ecs:us-east-1:123456789012:cluster/default" };
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next().ok_or(WHOLE);
        let (arn, partition, service, region, id, resource) = (part()?, part()?, part()?, part()?, part()?, part()?);
        let account = Account { region: region.to_string(), id: id.to_string() };
        if arn != "arn" || region.is_empty() {
            return Err(WHOLE);
        }
        if service != "ecs" {
            return Err(ArnError { expected: "an ARN of the service ecs" });
        }
        if partition != account.partition() {
            return Err(ArnError { expected: "the partition of the region" });
        }
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ArnError { expected: "an account of twelve digits" });
        }
        Ok(Self { account, resource: Resource::parse(resource)? })
    }
}

impl Resource {
    fn parse(text: &str) -> Result<Self, ArnError> {
        let (kind, name) = text.split_once('/').unwrap_or((text, ""));
        let named = |text: &str| (!text.is_empty() && !text.contains(['/', ':'])).then(|| text.to_string());
        let in_cluster = || name.split_once('/').and_then(|(cluster, id)| Some((named(cluster)?, named(id)?)));
        match kind {
            "cluster" => named(name).map(|name| Self::Cluster { name }).ok_or(ArnError { expected: "cluster/NAME" }),
            "container-instance" => in_cluster()
                .map(|(cluster, id)| Self::ContainerInstance { cluster, id })
                .ok_or(ArnError { expected: "container-instance/CLUSTER/ID" }),
            "task" => in_cluster()
                .map(|(cluster, id)| Self::Task { cluster, id })
                .ok_or(ArnError { expected: "task/CLUSTER/ID" }),
            "task-definition" => name
                .split_once(':')
                .and_then(|(family, revision)| Some((named(family)?, number(revision)?)))
                .map(|(family, revision)| Self::TaskDefinition { family, revision })
                .ok_or(ArnError { expected: "task-definition/FAMILY:REVISION" }),
            "service" => in_cluster()
                .map(|(cluster, name)| Self::Service { cluster, name })
                .ok_or(ArnError { expected: "service/CLUSTER/NAME" }),
            "capacity-provider" => named(name)
                .map(|name| Self::CapacityProvider { name })
                .ok_or(ArnError { expected: "capacity-provider/NAME" }),
            _ => Err(ArnError {
                expected: "a capacity-provider, cluster, container-instance, service, task or task-definition",
            }),
        }
    }
}

/// The short form: of an ARN or of any text with slashes what stands behind the last one, else the text itself.
/// A cluster's and family's name, a task's and container instance's id, a task definition's `FAMILY:REVISION`.
pub fn short_name(arn_or_name: &str) -> &str {
    arn_or_name.rsplit_once('/').map_or(arn_or_name, |(_, name)| name)
}

/// A revision as AWS writes it: digits alone, the first not 0.
fn number(text: &str) -> Option<u32> {
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

impl fmt::Display for Arn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Account { region, id } = &self.account;
        write!(out, "arn:{}:ecs:{region}:{id}:{}", self.account.partition(), self.resource)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster { name } => write!(out, "cluster/{name}"),
            Self::ContainerInstance { cluster, id } => write!(out, "container-instance/{cluster}/{id}"),
            Self::Task { cluster, id } => write!(out, "task/{cluster}/{id}"),
            Self::TaskDefinition { family, revision } => write!(out, "task-definition/{family}:{revision}"),
            Self::Service { cluster, name } => write!(out, "service/{cluster}/{name}"),
            Self::CapacityProvider { name } => write!(out, "capacity-provider/{name}"),
        }
    }
}

impl fmt::Display for ArnError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "expected {}", self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_arn_reads_back_as_it_was_built() {
        let lab = Account::default();
        let china = Account { region: "cn-north-1".to_string(), id: "000000000001".to_string() };
        for (arn, text, short) in [
            (lab.cluster("default"), "arn:aws:ecs:us-east-1:123456789012:cluster/default", "default"),
            (lab.task("prod", "ab12"), "arn:aws:ecs:us-east-1:123456789012:task/prod/ab12", "ab12"),
            (
                lab.container_instance("prod", "cd34"),
                "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/cd34",
                "cd34",
            ),
            (lab.service("prod", "web"), "arn:aws:ecs:us-east-1:123456789012:service/prod/web", "web"),
            (lab.capacity_provider("spot"), "arn:aws:ecs:us-east-1:123456789012:capacity-provider/spot", "spot"),
            (lab.task_definition("web", 7), "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7", "web:7"),
            (china.cluster("c"), "arn:aws-cn:ecs:cn-north-1:000000000001:cluster/c", "c"),
        ] {
            assert_eq!(arn.to_string(), text);
            assert_eq!(Arn::parse(text), Ok(arn));
            assert_eq!(short_name(text), short);
        }
        assert_eq!(short_name("web:7"), "web:7");
        assert_eq!(short_name(""), "");
    }

    #[test]
    fn another_text_is_refused_with_what_was_expected() {
        let whole = "an ARN such as arn:aws:ecs:us-east-1:123456789012:cluster/default";
        for (text, expected) in [
            ("", whole),
            ("default", whole),
            ("arn:aws:ecs:us-east-1:123456789012", whole),
            ("arn:aws:ecs::123456789012:cluster/c", whole),
            ("nra:aws:ecs:us-east-1:123456789012:cluster/c", whole),
            ("arn:aws:ec2:us-east-1:123456789012:instance/i-1", "an ARN of the service ecs"),
            ("arn:aws-cn:ecs:us-east-1:123456789012:cluster/c", "the partition of the region"),
            ("arn:aws:ecs:us-east-1:12345678901x:cluster/c", "an account of twelve digits"),
            ("arn:aws:ecs:us-east-1:1234:cluster/c", "an account of twelve digits"),
            ("arn:aws:ecs:us-east-1:123456789012:cluster", "cluster/NAME"),
            ("arn:aws:ecs:us-east-1:123456789012:cluster/a/b", "cluster/NAME"),
            ("arn:aws:ecs:us-east-1:123456789012:task/ab12", "task/CLUSTER/ID"),
            ("arn:aws:ecs:us-east-1:123456789012:task/c/", "task/CLUSTER/ID"),
            ("arn:aws:ecs:us-east-1:123456789012:container-instance/x", "container-instance/CLUSTER/ID"),
            ("arn:aws:ecs:us-east-1:123456789012:task-definition/web", "task-definition/FAMILY:REVISION"),
            ("arn:aws:ecs:us-east-1:123456789012:task-definition/web:0", "task-definition/FAMILY:REVISION"),
            ("arn:aws:ecs:us-east-1:123456789012:task-definition/web:+1", "task-definition/FAMILY:REVISION"),
            ("arn:aws:ecs:us-east-1:123456789012:task-definition/web:99999999999", "task-definition/FAMILY:REVISION"),
            ("arn:aws:ecs:us-east-1:123456789012:capacity-provider/", "capacity-provider/NAME"),
            (
                "arn:aws:ecs:us-east-1:123456789012:daemon/c/s",
                "a capacity-provider, cluster, container-instance, service, task or task-definition",
            ),
        ] {
            assert_eq!(Arn::parse(text), Err(ArnError { expected }), "{text}");
        }
    }

    proptest! {
        /// What is read is written again letter by letter.
        #[test]
        fn reading_loses_nothing(resource in "(cluster|service|task|container-instance|task-definition|capacity-provider)[/:a-z0-9]{0,12}") {
            let text = alloc::format!("arn:aws:ecs:eu-west-1:123456789012:{resource}");
            if let Ok(arn) = Arn::parse(&text) {
                prop_assert_eq!(arn.to_string(), text);
            }
        }
    }
}
