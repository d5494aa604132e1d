//! May they? The decision procedure of one account (reference 4.1), pure: policies and a question in, a verdict out.

use super::condition::Context;
use super::policy::{Policy, Statement, arn_like, is_account, like};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// The ARN of a user or of a role's session; of a service its name, such as `ecs-tasks.amazonaws.com`.
    pub arn: String,
    /// Of a session the ARN of its role.
    pub role: Option<String>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// `service:Name`.
    pub action: &'a str,
    /// The ARN that it is about, or `*`.
    pub resource: &'a str,
    /// The request's condition keys.
    pub context: &'a Context,
}

/// The kind of a policy, as the messages name it (4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a user, of its groups, or of a role.
    Identity,
    /// Of a resource.
    Resource,
    /// The permissions boundary of a user or role.
    Boundary,
    /// Of one session of a role.
    Session,
    /// The trust policy of a role.
    Trust,
}

/// A policy with the name under which a verdict tells of it.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The ARN of a managed policy, the name of an inline one.
    pub name: &'a str,
    /// What it says.
    pub policy: &'a Policy,
}

/// All that speaks to a question.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a> {
    /// The identity's own.
    pub identity: Vec<Named<'a>>,
    /// The resource's.
    pub resource: Option<Named<'a>>,
    /// The permissions boundary.
    pub boundary: Option<Named<'a>>,
    /// The session's.
    pub session: Option<Named<'a>>,
    /// The trust policy of the role that is to be assumed: it has to allow, whatever the identity's policies say.
    pub trust: Option<Named<'a>>,
}

/// The statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The policy's name.
    pub policy: String,
    /// The statement's place in it, from 0.
    pub statement: usize,
    /// Its Sid; empty without one.
    pub sid: String,
}

impl Decider {
    /// The statement as a person reads it: `statement 2 of AmazonECS_FullAccess`.
    pub fn in_words(&self) -> String {
        let name = self.policy.rsplit('/').next().unwrap_or_default();
        let sid = if self.sid.is_empty() { String::new() } else { format!(" ({})", self.sid) };
        format!("statement {}{sid} of {name}", self.statement + 1)
    }
}

/// The answer with what decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether they may.
    pub allowed: bool,
    /// The kind of policy that allows, denies, or does not allow.
    pub kind: Kind,
    /// The deciding statement; none when nothing allows.
    pub by: Option<Decider>,
}

impl Verdict {
    /// The end of the message of a denial (4.4).
    pub fn because(&self, action: &str) -> String {
        match (&self.by, self.kind) {
            (Some(_), Kind::Identity) => "with an explicit deny in an identity-based policy".to_string(),
            (Some(_), Kind::Resource) => "with an explicit deny in a resource-based policy".to_string(),
            (Some(_), Kind::Boundary) => "with an explicit deny in a permissions boundary".to_string(),
            (Some(_), Kind::Session) => "with an explicit deny in a session policy".to_string(),
            (Some(_), Kind::Trust) => "with an explicit deny in a role trust policy".to_string(),
            (None, kind) => {
                let kind = match kind {
                    Kind::Identity => "identity-based policy",
                    Kind::Resource => "resource-based policy",
                    Kind::Boundary => "permissions boundary",
                    Kind::Session => "session policy",
                    Kind::Trust => "role trust policy",
                };
                format!("because no {kind} allows the {action} action")
            }
        }
    }
}

/// Decides (4.1). Of several kinds that deny, the first in the order of [`Policies`] is named (4.4, `UNDOC→`).
pub fn decide(policies: &Policies<'_>, question: &Question<'_>) -> Verdict {
    let identity: &[Named<'_>] = &policies.identity;
    let rest = [
        (Kind::Resource, &policies.resource),
        (Kind::Boundary, &policies.boundary),
        (Kind::Session, &policies.session),
        (Kind::Trust, &policies.trust),
    ];
    let all = || [(Kind::Identity, identity)].into_iter().chain(rest.map(|(kind, own)| (kind, own.as_slice())));
    // 1: one Deny anywhere is the end.
    if let Some((kind, by)) = all().find_map(|(kind, own)| Some((kind, first(own, question, false)?))) {
        return Verdict { allowed: false, kind, by: Some(by) };
    }
    let denied = |kind| Verdict { allowed: false, kind, by: None };
    let allowed = |kind, by| Verdict { allowed: true, kind, by: Some(by) };
    let own = first(identity, question, true);
    if let Some(trust) = &policies.trust {
        // Exception of 4.1: without the trust policy nothing goes; one that names the caller itself is enough.
        return match (find(trust, question, true), own) {
            (Some((statement, by)), _) if names_exactly(statement, question.principal, true) => {
                allowed(Kind::Trust, by)
            }
            (Some(_), Some(by)) => allowed(Kind::Identity, by),
            (Some(_), None) => denied(Kind::Identity),
            (None, _) => denied(Kind::Trust),
        };
    }
    let resource = policies.resource.iter().find_map(|own| find(own, question, true));
    // 3: a resource policy that names this very user or session beats every implicit denial below.
    if let Some((_, by)) = resource.as_ref().filter(|(own, _)| names_exactly(own, question.principal, false)) {
        return allowed(Kind::Resource, by.clone());
    }
    // 4: one Allow is enough, here or there.
    let by = own.map(|by| (Kind::Identity, by)).or_else(|| resource.map(|(_, by)| (Kind::Resource, by)));
    let Some((kind, by)) = by else { return denied(Kind::Identity) };
    // 5, 6: these only take away.
    for (kind, own) in [(Kind::Boundary, &policies.boundary), (Kind::Session, &policies.session)] {
        if own.is_some() && first(own.as_slice(), question, true).is_none() {
            return denied(kind);
        }
    }
    allowed(kind, by)
}

/// The first statement of an effect that matches.
fn first(policies: &[Named<'_>], question: &Question<'_>, allow: bool) -> Option<Decider> {
    policies.iter().find_map(|own| find(own, question, allow)).map(|(_, by)| by)
}

fn find<'a>(named: &Named<'a>, question: &Question<'_>, allow: bool) -> Option<(&'a Statement, Decider)> {
    let statements = named.policy.statements.iter().enumerate();
    let (index, own) = statements.filter(|(_, own)| own.allow == allow).find(|(_, own)| own.matches(question))?;
    Some((own, Decider { policy: named.name.to_string(), statement: index, sid: own.sid.clone() }))
}

impl Statement {
    /// Whether every element matches (4.2).
    fn matches(&self, question: &Question<'_>) -> bool {
        let action = |own: &str| like(&own.to_ascii_lowercase(), &question.action.to_ascii_lowercase());
        let resource = |own: &str| question.context.filled(own).is_some_and(|own| arn_like(&own, question.resource));
        self.actions.match_by(action)
            && self.resources.as_ref().is_none_or(|own| own.match_by(resource))
            && self.principals.as_ref().is_none_or(|own| own.match_by(|own| names(own, question.principal)))
            && self.conditions.iter().all(|own| own.passes(question.context))
    }
}

/// Whether an entry of a Principal element, `KIND NAME`, means them.
fn names(entry: &str, principal: &Principal) -> bool {
    let Some((kind, name)) = entry.split_once(' ') else { return false };
    let account = principal.arn.split(':').nth(4);
    match kind {
        "AWS" if name == "*" => true,
        "AWS" => {
            name == principal.arn
                || principal.role.as_deref() == Some(name)
                || account.is_some_and(|own| match is_account(name) {
                    true => name == own,
                    false => name.split(':').nth(4) == Some(own) && name.ends_with(":root"),
                })
        }
        "Service" => account.is_none() && name == principal.arn,
        _ => false,
    }
}

/// Whether a statement names a user or a session by its own ARN, or a service, and not its account; by its role if that
/// counts too.
fn names_exactly(statement: &Statement, principal: &Principal, by_role: bool) -> bool {
    let role = principal.role.as_deref().filter(|_| by_role);
    let exact = |own: &String| own.split_once(' ').is_some_and(|(_, name)| name == principal.arn || role == Some(name));
    statement.principals.as_ref().is_some_and(|own| !own.negated && own.list.iter().any(exact))
}

#[cfg(test)]
mod tests;
