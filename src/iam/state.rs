//! What IAM remembers: users, groups, roles and instance profiles in one map, the account's own policies, keys, sessions.

use super::managed;
use super::policy::{Policy, Use};
use crate::aws::arn::Account;
use crate::aws::{ApiError, arn};
use crate::sim::SimTime;
use crate::sim::sorted::{Map, Set};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The user behind every call that names no caller (design.md section 8).
pub const LEARNER: &str = "user/learner";
/// The role of container instances that stands in every lab, with an instance profile of the same name.
pub const INSTANCE_ROLE: &str = "ecsInstanceRole";
/// The task execution role that stands in every lab.
pub const EXECUTION_ROLE: &str = "ecsTaskExecutionRole";
/// The service-linked role of ECS.
pub const SERVICE_ROLE: &str = "AWSServiceRoleForECS";

/// The kinds of what has a name in IAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `AWS::IAM::User`
    User,
    /// `AWS::IAM::Group`
    Group,
    /// `AWS::IAM::Role`
    Role,
    /// `AWS::IAM::InstanceProfile`
    InstanceProfile,
}

impl Kind {
    /// The four kinds.
    pub const ALL: [Kind; 4] = [Kind::User, Kind::Group, Kind::Role, Kind::InstanceProfile];

    /// The word in operations and members: `User`.
    pub fn word(self) -> &'static str {
        match self {
            Kind::User => "User",
            Kind::Group => "Group",
            Kind::Role => "Role",
            Kind::InstanceProfile => "InstanceProfile",
        }
    }

    /// The word in ARNs: `user`.
    pub fn in_arn(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Group => "group",
            Kind::Role => "role",
            Kind::InstanceProfile => "instance-profile",
        }
    }

    /// The first four letters of its ids.
    pub fn id_prefix(self) -> &'static str {
        match self {
            Kind::User => "AIDA",
            Kind::Group => "AGPA",
            Kind::Role => "AROA",
            Kind::InstanceProfile => "AIPA",
        }
    }

    /// NoSuchEntity in IAM's words.
    pub fn missing(self, name: &str) -> ApiError {
        let text = match self {
            Kind::InstanceProfile => format!("Instance Profile {name} cannot be found."),
            _ => format!("The {} with name {name} cannot be found.", self.in_arn()),
        };
        no_such_entity(text)
    }
}

/// NoSuchEntity.
pub(super) fn no_such_entity(message: String) -> ApiError {
    ApiError::new("NoSuchEntity", message)
}

/// A document as given, and what it says.
#[derive(Clone, Debug)]
pub struct Document {
    /// As given.
    pub text: Rc<str>,
    /// As read.
    pub policy: Rc<Policy>,
}

impl Document {
    /// Reads a document. Errors: MalformedPolicyDocument.
    pub fn read(text: &str, purpose: Use) -> Result<Self, ApiError> {
        let policy = Policy::read(text, purpose).map_err(|why| ApiError::new("MalformedPolicyDocument", why))?;
        Ok(Self { text: text.into(), policy: Rc::new(policy) })
    }
}

/// A user, group, role or instance profile.
#[derive(Clone, Debug)]
pub struct Entity {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its path, `/` or `/…/`.
    pub path: String,
    /// Its id, such as `AROA…`.
    pub id: String,
    /// When it was made.
    pub created: SimTime,
    /// The trust policy of a role.
    pub trust: Option<Document>,
    /// Inline policies by name.
    pub inline: Map<String, Document>,
    /// The ARNs of attached managed policies, in order of attachment.
    pub attached: Vec<String>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// The groups of a user; the role of an instance profile.
    pub members: Vec<String>,
    /// `Description`, `MaxSessionDuration` and `Tags` as given.
    pub extra: Value,
}

impl Entity {
    /// Its ARN.
    pub fn arn(&self, account: &Account) -> String {
        account.principal(&format!("{}{}{}", self.kind.in_arn(), self.path, self.name))
    }
}

/// A policy of the account itself.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Its id, `ANPA…`.
    pub id: String,
    /// When it was made.
    pub created: SimTime,
    /// When its versions last changed.
    pub updated: SimTime,
    /// `Description` and `Tags` as given.
    pub extra: Value,
    /// Its versions by number, each with its moment.
    pub versions: Map<u32, (SimTime, Document)>,
    /// The number of the version that counts.
    pub default: u32,
    /// The highest number ever given.
    pub last: u32,
}

impl Managed {
    /// Its ARN.
    pub fn arn(&self, account: &Account) -> String {
        account.principal(&format!("policy{}{}", self.path, self.name))
    }
}

/// An access key.
#[derive(Clone, Debug)]
pub struct Key {
    /// As whom it acts: `user/NAME`, `assumed-role/ROLE/SESSION`.
    pub caller: String,
    /// With what its owner signs.
    pub(super) secret: String,
    /// Whether it is Active.
    pub active: bool,
    /// When it was made.
    pub created: SimTime,
    /// When the credentials of a session end.
    pub expires: Option<SimTime>,
}

/// The whole room.
#[derive(Clone, Default)]
pub struct Iam {
    pub(super) entities: Map<(Kind, String), Rc<Entity>>,
    pub(super) policies: Map<String, Rc<Managed>>,
    pub(super) keys: Map<String, Key>,
    /// The ids of access keys that were deleted.
    pub(super) lost_keys: Set<String>,
    /// The session policies of assumed roles, by `ROLE/SESSION`; none where the session has no policy.
    pub(super) sessions: Map<String, Option<Document>>,
    /// Roles and instance profiles that were there once; what never was is taken on trust (design.md section 8).
    pub(super) gone: Set<(Kind, String)>,
    /// Whether a call has changed anything.
    pub(super) changed: bool,
}

/// What lets a service assume a role.
fn trust(service: &str) -> Document {
    let text = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"Service\":\"{service}\"}},\"Action\":\"sts:AssumeRole\"}}]}}"
    );
    Document { text: text.into(), policy: Rc::new(Policy::trusting(service)) }
}

impl Iam {
    /// The account as every lab begins: the learner and the roles that the console makes for ECS.
    pub fn new(now: SimTime) -> Self {
        let mut iam = Self::default();
        for (kind, name, service, path, policy) in [
            (Kind::User, "learner", "", "/", "AdministratorAccess"),
            (Kind::Role, INSTANCE_ROLE, "ec2.amazonaws.com", "/", "service-role/AmazonEC2ContainerServiceforEC2Role"),
            (
                Kind::Role,
                EXECUTION_ROLE,
                "ecs-tasks.amazonaws.com",
                "/",
                "service-role/AmazonECSTaskExecutionRolePolicy",
            ),
            (
                Kind::Role,
                SERVICE_ROLE,
                "ecs.amazonaws.com",
                "/aws-service-role/ecs.amazonaws.com/",
                "aws-service-role/AmazonECSServiceRolePolicy",
            ),
            (Kind::InstanceProfile, INSTANCE_ROLE, "", "/", ""),
        ] {
            let number = iam.entities.len() + 1;
            let entity = Entity {
                kind,
                name: name.to_string(),
                path: path.to_string(),
                id: format!("{}ECSLABLEARNER{number:04}", kind.id_prefix()),
                created: now,
                trust: (!service.is_empty()).then(|| trust(service)),
                inline: Map::default(),
                attached: Some(policy).filter(|own| !own.is_empty()).map(aws_arn).into_iter().collect(),
                boundary: None,
                members: if kind == Kind::InstanceProfile { alloc::vec![name.to_string()] } else { Vec::new() },
                extra: Value::Null,
            };
            iam.put(entity);
        }
        iam
    }

    /// One entity.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&Entity> {
        self.entities.get(&(kind, name.to_string())).map(Rc::as_ref)
    }

    /// All entities of a kind, by name.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Entity> {
        self.entities.values().map(Rc::as_ref).filter(move |own| own.kind == kind)
    }

    /// The account's own policies, by name.
    pub fn policies(&self) -> impl Iterator<Item = &Managed> {
        self.policies.values().map(Rc::as_ref)
    }

    /// The policy of an ARN, AWS's or the account's own; none where there is none.
    pub fn policy(&self, policy_arn: &str) -> Option<&Policy> {
        match managed::find(policy_arn) {
            Some(aws) => Some(&aws.policy),
            None => {
                let own = self.policies.get(arn::short_name(policy_arn))?;
                own.versions.get(&own.default).map(|(_, document)| &*document.policy)
            }
        }
    }

    /// As whom an access key acts; none where IAM has made no such key. Errors, with the code of the service that is
    /// called: an inactive, a deleted or an expired one.
    pub fn caller_of(&self, key: &str, now: SimTime, service: &str) -> Result<Option<&str>, ApiError> {
        let in_xml = matches!(service, "ec2" | "iam" | "sts" | "elbv2" | "autoscaling");
        match self.keys.get(key) {
            None if self.lost_keys.contains(key) => Err(invalid_token(service)),
            None => Ok(None),
            Some(key) if !key.active => Err(invalid_token(service)),
            Some(key) if key.expires.is_some_and(|end| end <= now) => {
                let code = match service {
                    "ec2" => "RequestExpired",
                    _ if in_xml => "ExpiredToken",
                    _ => "ExpiredTokenException",
                };
                Err(ApiError::new(code, "The security token included in the request is expired"))
            }
            Some(key) => Ok(Some(&key.caller)),
        }
    }

    /// Whether a call is signed with the secret of its key; one that IAM has not made has none to compare.
    ///
    /// # Errors
    /// Another secret, with the code and the words of the service that is called.
    pub fn signed(&self, key: &str, secret: &str, service: &str) -> Result<(), ApiError> {
        if self.keys.get(key).is_none_or(|own| own.secret == secret) {
            return Ok(());
        }
        let differs = "The request signature we calculated does not match the signature you provided. Check your";
        Err(match service {
            "ec2" => ApiError::new("AuthFailure", "AWS was not able to validate the provided access credentials"),
            "s3" => ApiError::new("SignatureDoesNotMatch", format!("{differs} key and signing method.")),
            _ => {
                let more = "AWS Secret Access Key and signing method. Consult the service documentation for details.";
                ApiError::new("InvalidSignatureException", format!("{differs} {more}"))
            }
        })
    }

    /// Whether a role or instance profile was deleted, so that nobody takes its name on trust.
    pub fn is_gone(&self, kind: Kind, name: &str) -> bool {
        self.gone.contains(&(kind, name.to_string()))
    }

    pub(super) fn put(&mut self, entity: Entity) {
        self.gone.remove(&(entity.kind, entity.name.clone()));
        self.entities.insert((entity.kind, entity.name.clone()), Rc::new(entity));
    }
}

/// Of credentials that nobody has, or no longer, with the code of the service that is called.
pub(super) fn invalid_token(service: &str) -> ApiError {
    let code = match service {
        "ec2" => "AuthFailure",
        "iam" | "sts" | "elbv2" | "autoscaling" => "InvalidClientTokenId",
        _ => "UnrecognizedClientException",
    };
    ApiError::new(code, "The security token included in the request is invalid.")
}

/// The ARN of a policy that AWS manages, from its path and name.
pub(super) fn aws_arn(name: &str) -> String {
    format!("arn:aws:iam::aws:policy/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_trust_policies_say_what_their_text_says() {
        let own = trust("ecs-tasks.amazonaws.com");
        assert_eq!(Document::read(&own.text, Use::Trust).unwrap().policy, own.policy);
    }
}
