//! Whether a caller may do what a call asks for: its needs, one after another, held against the policies that speak to it.

use super::evaluate::{Named, Policies, Principal, Question, Verdict, decide};
use super::needs::{Need, needs};
use super::state::{Entity, Iam, Kind, invalid_token};
use super::{Context, Scene};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::rooms::Rooms;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// From where every call comes: an address for documentation (`UNDOC→`).
const SOURCE_ADDRESS: &str = "203.0.113.10";

/// One need of a call with its answer.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is needed.
    pub need: Need,
    /// Whether it is granted, and by what.
    pub verdict: Verdict,
}

impl Iam {
    /// The user or the session of a role behind `user/NAME` or `assumed-role/ROLE/SESSION`; none where there is none.
    pub fn principal(&self, account: &Account, caller: &str) -> Option<Principal> {
        let (kind, rest) = caller.split_once('/')?;
        if kind == "user" {
            return Some(Principal { arn: self.get(Kind::User, rest)?.arn(account), role: None });
        }
        let (role, _) = rest.split_once('/')?;
        let role = self.get(Kind::Role, role)?.arn(account);
        Some(Principal { arn: account.caller(caller), role: Some(role) })
    }

    /// Everything that speaks to what a caller may do, but for the policies of resources.
    pub fn policies_of(&self, caller: &str) -> Policies<'_> {
        let mut policies = Policies::default();
        let (kind, rest) = caller.split_once('/').unwrap_or_default();
        let own = match kind {
            "user" => self.get(Kind::User, rest),
            _ => self.get(Kind::Role, rest.split('/').next().unwrap_or_default()),
        };
        let Some(own) = own else { return policies };
        self.collect(own, &mut policies.identity);
        if own.kind == Kind::User {
            for group in own.members.iter().filter_map(|name| self.get(Kind::Group, name)) {
                self.collect(group, &mut policies.identity);
            }
        }
        // A boundary whose policy is gone allows nothing.
        let boundary = own.boundary.as_deref();
        policies.boundary =
            boundary.map(|name| Named { name, policy: self.policy(name).unwrap_or(&super::policy::EMPTY) });
        let session = self.sessions.get(rest).and_then(Option::as_ref);
        policies.session = session.map(|own| Named { name: "session policy", policy: &own.policy });
        policies
    }

    fn collect<'a>(&'a self, own: &'a Entity, into: &mut Vec<Named<'a>>) {
        into.extend(own.attached.iter().filter_map(|name| Some(Named { name, policy: self.policy(name)? })));
        into.extend(own.inline.iter().map(|(name, document)| Named { name, policy: &document.policy }));
    }

    /// Whether AdministratorAccess is all that speaks to a user: almost every call of a lab comes from one.
    fn is_administrator(&self, caller: &str) -> bool {
        let user = caller.strip_prefix("user/").and_then(|name| self.get(Kind::User, name));
        user.is_some_and(|own| {
            matches!(own.attached.as_slice(), [only] if only.ends_with(":iam::aws:policy/AdministratorAccess"))
                && own.inline.is_empty()
                && own.members.is_empty()
                && own.boundary.is_none()
        })
    }

    /// Whether a caller may do one thing. None for a caller that is not there.
    pub fn verdict(&self, scene: Scene<'_>, need: &Need, resource: Option<Named<'_>>) -> Option<Verdict> {
        self.principal(scene.account, scene.caller)?;
        Some(self.verdict_by(scene, need, &Policies { resource, ..self.policies_of(scene.caller) }))
    }

    /// What these policies say of one thing that a caller wants to do.
    pub(super) fn verdict_by(&self, scene: Scene<'_>, need: &Need, policies: &Policies<'_>) -> Verdict {
        let principal = self.principal(scene.account, scene.caller).unwrap_or_default();
        let mut context = context(self, scene, scene.caller);
        context.extend(&need.context);
        let question =
            Question { principal: &principal, action: &need.action, resource: &need.resource, context: &context };
        decide(policies, &question)
    }

    /// Why a caller may not do one thing, in AWS's words; none when it may.
    pub fn refusal(&self, scene: Scene<'_>, need: &Need, resource: Option<Named<'_>>) -> Option<String> {
        let verdict = self.verdict(scene, need, resource).filter(|own| !own.allowed)?;
        let who = self.principal(scene.account, scene.caller).unwrap_or_default().arn;
        // S3 names no resource where it lists all buckets.
        let on = match need.action.as_str() {
            "s3:ListAllMyBuckets" => String::new(),
            _ => format!(" on resource: {}", need.shown()),
        };
        let because = verdict.because(&need.action);
        Some(format!("User: {who} is not authorized to perform: {}{on} {because}", need.action))
    }
}

/// The condition keys that every request has.
pub(super) fn context(iam: &Iam, scene: Scene<'_>, caller: &str) -> Context {
    let mut context = Context::default();
    let principal = iam.principal(scene.account, caller).unwrap_or_default();
    if let Some(name) = caller.strip_prefix("user/") {
        context.add("aws:username", name);
    }
    // Of a session it is the role.
    context.add("aws:PrincipalArn", principal.role.unwrap_or(principal.arn));
    context.add("aws:PrincipalAccount", scene.account.id.as_str());
    context.add("aws:PrincipalType", if caller.starts_with("user/") { "User" } else { "AssumedRole" });
    context.add("aws:RequestedRegion", scene.account.region.as_str());
    context.add("aws:CurrentTime", scene.now.to_string());
    context.add("aws:EpochTime", (scene.now.as_millis() / 1000).to_string());
    context.add("aws:SourceIp", SOURCE_ADDRESS);
    context.add("aws:SecureTransport", "true");
    context
}

/// Refuses a call that its caller may not make, in the words and with the code of its service.
pub fn permit(rooms: &Rooms, scene: Scene<'_>, service: &str, operation: &str, input: &Value) -> Result<(), ApiError> {
    let iam = &rooms.iam;
    let resources_speak = service == "ecr" && rooms.ecr.repositories().any(|own| own.policy().is_some());
    if service == "lab" || iam.is_administrator(scene.caller) && !resources_speak {
        return Ok(());
    }
    judge(rooms, scene, service, operation, input)
}

#[inline(never)]
fn judge(rooms: &Rooms, scene: Scene<'_>, service: &str, operation: &str, input: &Value) -> Result<(), ApiError> {
    let iam = &rooms.iam;
    if iam.principal(scene.account, scene.caller).is_none() {
        return Err(invalid_token(service));
    }
    for need in needs(rooms, scene.account, service, operation, input) {
        if let Some(message) = iam.refusal(scene, &need, of_resource(rooms, scene, &need)) {
            return Err(match service {
                // AWS adds an encoded copy of the decision.
                "ec2" => {
                    let message = format!("You are not authorized to perform this operation. {message}");
                    ApiError::new("UnauthorizedOperation", message)
                }
                "iam" | "s3" | "sts" | "elbv2" | "autoscaling" | "cloudwatch" => ApiError::new("AccessDenied", message),
                _ => ApiError::new("AccessDeniedException", message),
            });
        }
    }
    Ok(())
}

/// The policy of the resource that a need is about: repositories have one.
fn of_resource<'a>(rooms: &'a Rooms, scene: Scene<'_>, need: &Need) -> Option<Named<'a>> {
    rooms.ecr.resource_policy(scene.account, &need.resource)
}

/// Every need of a call with its verdict, for the page: who calls what, and which statement decides.
pub fn verdicts(rooms: &Rooms, scene: Scene<'_>, service: &str, operation: &str, input: &Value) -> Vec<Asked> {
    let all = needs(rooms, scene.account, service, operation, input).into_iter();
    all.filter_map(|need| {
        let verdict = rooms.iam.verdict(scene, &need, of_resource(rooms, scene, &need))?;
        Some(Asked { verdict, need })
    })
    .collect()
}
