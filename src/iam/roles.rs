//! The roles in which ECS, its agents and its tasks act (reference 7.1): may they be assumed, and what may they do there?

use super::evaluate::{Named, Principal, Question, decide};
use super::needs::Need;
use super::state::{INSTANCE_ROLE, Iam, Kind};
use super::{Context, Policies, Scene, Verdict};
use crate::aws::arn::{Account, short_name};
use alloc::format;
use alloc::string::String;

/// What is known of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleState {
    /// The lab never held it: a well-formed ARN is taken on trust, and the role may do everything (design.md section 8).
    OnTrust,
    /// It is there, and the service may assume it.
    Assumable,
    /// It is there, and its trust policy keeps the service out.
    Closed,
    /// It was deleted.
    Gone,
}

/// What the instance role that every lab begins with may do on everything, of what agents and their tasks ask for.
const AT_START: [&str; 9] = [
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:SubmitTaskStateChange",
    "ecs:UpdateContainerInstancesState",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "logs:CreateLogStream",
];

/// Whether a service may assume a role, given by name or ARN, for a resource of the account that stands for all.
pub fn role_state(iam: &Iam, account: &Account, role: &str, service: &str) -> RoleState {
    let own = service.split('.').next().unwrap_or_default();
    let own = if own == "ecs-tasks" { "ecs" } else { own };
    let source = format!("arn:{}:{own}:{}:{}:*", account.partition(), account.region, account.id);
    role_state_for(iam, account, role, service, &source)
}

/// Whether a service may assume a role, given by name or ARN, for one resource (aws:SourceArn).
#[inline(never)]
pub fn role_state_for(iam: &Iam, account: &Account, role: &str, service: &str, source: &str) -> RoleState {
    let name = short_name(role);
    let Some(own) = iam.get(Kind::Role, name) else {
        return if iam.is_gone(Kind::Role, name) { RoleState::Gone } else { RoleState::OnTrust };
    };
    let arn = own.arn(account);
    if role.starts_with("arn:") && role != arn {
        // A role of another account, or of another path.
        return RoleState::OnTrust;
    }
    let (principal, context) = (Principal { arn: service.into(), role: None }, on_behalf(account, source));
    let question = Question { principal: &principal, action: "sts:AssumeRole", resource: &arn, context: &context };
    let trust = own.trust.as_ref().map(|own| Named { name: "trust policy", policy: &own.policy });
    match decide(&Policies { trust, ..Policies::default() }, &question).allowed {
        true => RoleState::Assumable,
        false => RoleState::Closed,
    }
}

/// For whom a service assumes a role, as trust policies ask against a confused deputy: the account, and a resource of it.
fn on_behalf(account: &Account, source: &str) -> Context {
    let mut context = Context::default();
    context.add("aws:SourceAccount", account.id.as_str());
    context.add("aws:SourceArn", source);
    context
}

/// Whether the ARN of a role is one of another account: what the lab cannot know is taken on trust.
pub fn is_foreign(account: &Account, role: &str) -> bool {
    role.split(':').nth(4).is_some_and(|own| own.len() == 12 && own != account.id)
}

impl Iam {
    /// Whether a session of a role may do one thing, of whose resource a policy may speak; none for a role that is taken on
    /// trust.
    pub fn role_verdict(
        &self,
        scene: Scene<'_>,
        role: &str,
        session: &str,
        (need, resource): (&Need, Option<Named<'_>>),
    ) -> Option<Verdict> {
        let caller = self.session_of(scene.account, role, session)?;
        self.verdict(Scene { caller: &caller, ..scene }, need, resource)
    }

    /// Why a session of a role may not do one thing, in AWS's words; none when it may, or when the role is taken on trust.
    pub fn role_refusal(&self, scene: Scene<'_>, role: &str, session: &str, need: &Need) -> Option<String> {
        self.role_refusal_on(scene, role, session, (need, None))
    }

    /// The same where the resource may have a policy of its own.
    pub fn role_refusal_on(
        &self,
        scene: Scene<'_>,
        role: &str,
        session: &str,
        (need, resource): (&Need, Option<Named<'_>>),
    ) -> Option<String> {
        let known = role == INSTANCE_ROLE && AT_START.contains(&need.action.as_ref());
        if !self.changed && resource.is_none() && (known || self.get(Kind::Role, short_name(role)).is_none()) {
            return None;
        }
        self.role_judged(scene, role, session, need, resource)
    }

    /// The same by its policies.
    #[inline(never)]
    fn role_judged(
        &self,
        scene: Scene<'_>,
        role: &str,
        session: &str,
        need: &Need,
        resource: Option<Named<'_>>,
    ) -> Option<String> {
        let caller = self.session_of(scene.account, role, session)?;
        self.refusal(Scene { caller: &caller, ..scene }, need, resource)
    }

    /// The session of a role that the lab holds, given by name or ARN.
    pub fn session_of(&self, account: &Account, role: &str, session: &str) -> Option<String> {
        let name = short_name(role);
        let own = self.get(Kind::Role, name)?;
        let elsewhere = role.starts_with("arn:") && role != own.arn(account);
        (!elsewhere).then(|| format!("assumed-role/{name}/{session}"))
    }

    /// The role that an instance profile gives to its instance. A profile that the lab never held stands for the role of
    /// its name (EN-04). Errors: there is none, or it holds no role.
    pub fn role_of_profile<'a>(&'a self, profile: &'a str) -> Option<&'a str> {
        match self.get(Kind::InstanceProfile, profile) {
            Some(own) => own.members.first().map(String::as_str),
            None => Some(profile).filter(|own| !own.is_empty() && !self.is_gone(Kind::InstanceProfile, own)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::SimTime;

    #[test]
    fn what_a_lab_begins_with_may_be_judged_as_well() {
        let (now, account) = (SimTime::from_millis(0), &Account::default());
        let iam = Iam::new(now);
        let scene = Scene { caller: "user/learner", account, now };
        for action in AT_START {
            let need = Need::new(action, "*");
            assert!(iam.session_of(account, INSTANCE_ROLE, "i-1").is_some());
            assert_eq!(iam.role_judged(scene, INSTANCE_ROLE, "i-1", &need, None), None, "{action}");
        }
        assert!(iam.role_judged(scene, INSTANCE_ROLE, "i-1", &Need::new("iam:CreateRole", "*"), None).is_some());
    }
}
