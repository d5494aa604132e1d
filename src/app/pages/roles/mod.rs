//! Roles: who calls what with which role, the statement that decides, and the policies as they are attached.

use super::fleet::deed;
use crate::app::parts::{Choice, Kept, SelectFieldProps, Slots, TableProps, edit, empty, select_field, table};
use crate::app::session::Door;
use ecs_lab::aws::arn::Account;
use ecs_lab::ecs::{Task, TaskStatus};
use ecs_lab::event::TaskKey;
use ecs_lab::iam::{Entity, Kind, Need, Verdict, managed};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::json;
use yew::prelude::*;
use yew::props;

/// The tasks that can be chosen.
const MOST: usize = 50;

/// What is chosen: a task's id, somebody's ARN, a policy's ARN.
#[derive(Clone, Default, PartialEq)]
struct Chosen {
    task: String,
    who: String,
    policy: String,
}

/// The view.
pub fn roles(door: &Door, slots: &Slots) -> Html {
    let chosen = &Kept::of(slots, 0, Chosen::default);
    let lab = door.store().lab();
    html! {
        <div class="page shelf">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Roles" }</h1></div>
            <p class="dim lead">{ "Who calls what with which role, and the statement that decides." }</p>
            { refused(door, &lab) }
            { of_tasks(&lab, chosen) }
            { everybody(&lab) }
            { attach(door, &lab, chosen) }
        </div>
    }
}

fn verdict(own: Option<&Verdict>, need: &Need) -> [Html; 2] {
    let (tone, word, why) = match own {
        None => ("warn", "on trust", "The lab does not hold this role: it may do everything.".to_owned()),
        Some(own) => {
            let because = match &own.by {
                Some(by) => by.in_words(),
                None => own.because(&need.action),
            };
            if own.allowed { ("good", "allowed", because) } else { ("bad", "denied", because) }
        }
    };
    [html! { <span class={classes!("chip", tone)}>{ word }</span> }, html! { <span class="any">{ why }</span> }]
}

fn asked(who: &str, need: &Need, own: Option<&Verdict>) -> Vec<Html> {
    let [word, why] = verdict(own, need);
    vec![
        html! { <span class="mono">{ &need.action }</span> },
        html! { who.to_owned() },
        html! { <span class="any">{ &need.resource }</span> },
        word,
        why,
    ]
}

const ASKED: [&str; 5] = ["Action", "Role or user", "Resource", "Verdict", "Decided by"];

/// The call that was refused last, while no other was taken.
fn refused(door: &Door, lab: &Lab) -> Html {
    let Some(Command::Api(call)) = door.store().refused.as_deref() else { return Html::default() };
    let who = lab.world().options().account.caller(call.caller());
    let rows: Vec<Vec<Html>> =
        lab.world().verdicts(call).iter().map(|own| asked(&who, &own.need, Some(&own.verdict))).collect();
    if rows.is_empty() {
        return Html::default();
    }
    let caption = format!("What the refused {}:{} needs", call.service, call.operation);
    table(&TableProps { caption: caption.into(), head: ASKED.to_vec(), rows, testid: "refused-needs".into() })
}

/// The tasks, those that stopped first, as what went wrong is looked for.
fn tasks(lab: &Lab) -> Vec<&Task> {
    let ecs = lab.world().ecs();
    let all = || ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id));
    let over = |task: &&Task| task.status == TaskStatus::Stopped;
    all().filter(over).chain(all().filter(|task| !over(task))).take(MOST).collect()
}

fn short(task: &Task) -> String {
    task.key.id.to_string().chars().take(8).collect()
}

/// What the roles of one task were asked for.
fn of_tasks(lab: &Lab, chosen: &Kept<Chosen>) -> Html {
    let all = tasks(lab);
    let shown = all.iter().find(|task| task.key.id.to_string() == chosen.task).or(all.first());
    let Some(shown) = shown else {
        return empty(
            "No task in this lab yet",
            "roles-empty",
            html! { <p>{ "Run one, and what its roles are asked for stands here." }</p> },
        );
    };
    let option = |task: &&Task| -> Choice {
        let words = format!("{} of {}, {}", short(task), task.definition.name(), task.status.name());
        (task.key.id.to_string().into(), words.into())
    };
    let change = edit(chosen, |chosen: &mut Chosen, value| chosen.task = value);
    let key: TaskKey = shown.key;
    let verdicts = lab.world().role_verdicts(key);
    let rows: Vec<Vec<Html>> = verdicts.iter().map(|(role, need, own)| asked(role, need, own.as_ref())).collect();
    let value = key.id.to_string();
    html! {
        <section class="stack" aria-labelledby="task-roles-title">
            <h2 id="task-roles-title">{ "What a task asks for before it runs" }</h2>
            <div class="slim">{ select_field(&props!(SelectFieldProps { id: "roles-task", label: "Task", value, options: all.iter().map(option).collect::<Vec<_>>(), change })) }</div>
            if let Some(stop) = &shown.stop { <p class="any" data-testid="roles-reason">{ &stop.reason }</p> }
            if rows.is_empty() {
                <p data-testid="roles-none">{ "Nothing: no image from ECR, no secrets, no environment files, no awslogs." }</p>
            } else {
                { table(&TableProps { caption: "Asked with its roles".into(), head: ASKED.to_vec(), rows, testid: "role-needs".into() }) }
            }
        </section>
    }
}

/// Users and roles.
fn identities(lab: &Lab) -> impl Iterator<Item = &Entity> {
    let iam = lab.world().iam();
    iam.all(Kind::User).chain(iam.all(Kind::Role))
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

fn everybody(lab: &Lab) -> Html {
    let row = |own: &Entity| {
        let trust = own.trust.as_ref().map_or_else(|| "–".to_owned(), |own| trusted(&own.text));
        let policies: Vec<&str> =
            own.attached.iter().map(|arn| last(arn)).chain(own.inline.keys().map(String::as_str)).collect();
        vec![
            html! { &own.name },
            html! { own.kind.word() },
            html! { <span class="any">{ trust }</span> },
            html! { <span class="any">{ if policies.is_empty() { "none: it may do nothing".to_owned() } else { policies.join(", ") } }</span> },
        ]
    };
    let head = vec!["Name", "Kind", "Who may assume it", "Policies"];
    let rows = identities(lab).map(row).collect();
    table(&TableProps { caption: "Users and roles".into(), head, rows, testid: "identity-table".into() })
}

/// The principals of a trust policy's statements that allow.
fn trusted(text: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let mut all = Vec::new();
    let mut add = |own: &serde_json::Value| all.extend(own.as_str().map(str::to_owned));
    let statements = &document["Statement"];
    for one in statements.as_array().map_or(std::slice::from_ref(statements), Vec::as_slice) {
        if one["Effect"] != "Allow" {
            continue;
        }
        add(&one["Principal"]);
        for own in one["Principal"].as_object().into_iter().flat_map(|own| own.values()) {
            own.as_array().map_or(std::slice::from_ref(own), Vec::as_slice).iter().for_each(&mut add);
        }
    }
    all.join(", ")
}

/// AttachUserPolicy, DetachRolePolicy and the like.
fn policy_call(operation: &str, own: &Entity, policy: &str) -> Command {
    let kind = if own.kind == Kind::User { "User" } else { "Role" };
    let input = json!({ format!("{kind}Name"): own.name, "PolicyArn": policy });
    Command::Api(ApiCall::new("iam", &format!("{operation}{kind}Policy"), input))
}

fn attach(door: &Door, lab: &Lab, chosen: &Kept<Chosen>) -> Html {
    let account: &Account = &lab.world().options().account;
    let iam = lab.world().iam();
    let pair = |arn: String| -> Choice { (arn.clone().into(), last(&arn).to_owned().into()) };
    let mut people: Vec<Choice> = vec![("".into(), "choose one".into())];
    people.extend(identities(lab).map(|own| pair(own.arn(account))));
    let mut policies: Vec<Choice> = vec![("".into(), "choose one".into())];
    policies.extend(iam.policies().map(|own| pair(own.arn(account))));
    policies.extend(managed::all().iter().map(|own| pair(own.arn(account.partition()))));
    let who = identities(lab).find(|own| own.arn(account) == chosen.who);
    let command = who.filter(|_| !chosen.policy.is_empty()).map(|own| {
        if own.attached.contains(&chosen.policy) {
            ("Detach the policy", policy_call("Detach", own, &chosen.policy), true)
        } else {
            ("Attach the policy", policy_call("Attach", own, &chosen.policy), false)
        }
    });
    html! {
        <section class="stack slim" aria-labelledby="attach-title">
            <h2 id="attach-title">{ "Give or take a permission" }</h2>
            <p class="dim">{ "Take a policy away and run a task to see what AWS would say." }</p>
            { select_field(&props!(SelectFieldProps { id: "policy-of", label: "User or role", value: chosen.who.clone(), options: people, change: edit(chosen, |chosen: &mut Chosen, value| chosen.who = value) })) }
            { select_field(&props!(SelectFieldProps { id: "policy-arn", label: "Policy", value: chosen.policy.clone(), options: policies, change: edit(chosen, |chosen: &mut Chosen, value| chosen.policy = value) })) }
            if let Some((words, command, harms)) = command { { deed(door, words, "change-policy", "change-policy-line", &command, harms) } }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_trusted_is_read_from_every_form_of_a_policy() {
        for (text, expected) in [
            (r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"}}}"#, "ecs.amazonaws.com"),
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":["a","b"]}},{"Effect":"Deny","Principal":"c"}]}"#,
                "a, b",
            ),
            (r#"{"Statement":[{"Effect":"Allow","Principal":"*"}]}"#, "*"),
            ("no JSON", ""),
        ] {
            assert_eq!(trusted(text), expected, "{text}");
        }
    }
}
