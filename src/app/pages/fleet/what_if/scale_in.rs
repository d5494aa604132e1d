//! The funnel in reverse: which tasks of a group would go first if it were a service that scales in, and why.

use super::super::view::{short_instance, short_task};
use super::{Ground, chain, chain_field};
use crate::app::parts::{SelectFieldProps, select_field};
use ecs_lab::lab::survey;
use ecs_lab::placement::scale_in::{GivenUp, Narrowing, Rule, ScaleIn, Spared, Weight};
use ecs_lab::placement::{Phase, ServiceTask, Ties};
use ecs_lab::sim::{draw, order};
use yew::prelude::*;
use yew::props;

/// Tasks given up at most.
const MOST: u64 = 10;

/// The answer.
pub fn scale_in(ground: &Ground) -> Html {
    let ecs = ground.lab.world().ecs();
    let mut groups: Vec<String> =
        ecs.tasks(ground.cluster).filter(|task| task.wanted()).map(|task| task.request.group.to_string()).collect();
    order::sort_by(&mut groups, String::cmp);
    groups.dedup();
    let Some(first) = groups.first() else { return html! { <p class="dim">{ "No task runs in this cluster." }</p> } };
    let group = if ground.form.group.is_empty() { first.clone() } else { ground.form.group.clone() };
    let tasks = survey::service_tasks(ground.lab, ground.cluster, &group, ground.launch);
    let mut going = ScaleIn::new(&tasks, &ground.hosts, &chain(&ground.form.chain), ground.ties);
    let seed = ground.lab.start().seed;
    let steps: Vec<GivenUp> = (0..MOST)
        .map(|number| going.explained(draw::draw(seed, 0, "scale-in", number)))
        .take_while(|given| given.chosen.is_some())
        .collect();
    let name = |index: usize| tasks.get(index).map_or_else(String::new, |task| label(ground, task));
    let options: Vec<(AttrValue, AttrValue)> =
        groups.iter().map(|group| (group.clone().into(), group.clone().into())).collect();
    let victims: Vec<(AttrValue, AttrValue)> = steps
        .iter()
        .enumerate()
        .filter_map(|(index, given)| {
            Some((index.to_string().into(), format!("{}. {}", index + 1, name(given.chosen?)).into()))
        })
        .collect();
    let change = (ground.edit)(|form, value| form.step = value.parse().unwrap_or(0));
    html! {
        <div class="stack">
            <p class="dim">{ "A service that scales in turns its strategies round: what stays is what they would have wanted." }</p>
            <div class="columns">
                { select_field(&props!(SelectFieldProps { id: "what-group", label: "Task group, as if it were a service", value: group, options, change: (ground.edit)(|form, value| form.group = value) })) }
                { chain_field("what-chain", "Strategies of the service", "none: over zones, then over instances", &ground.form.chain, (ground.edit)(|form, value| form.chain = value)) }
                { select_field(&props!(SelectFieldProps { id: "what-victim", label: "Goes", value: ground.form.step.to_string(), options: victims, change })) }
            </div>
            if let Some(given) = steps.get(ground.form.step) { { funnel(given, &name) } }
        </div>
    }
}

/// Tasks by steps; the one that goes stands first, then those that stayed in the longest.
fn funnel(given: &GivenUp, name: &dyn Fn(usize) -> String) -> Html {
    let Some(first) = given.steps.first() else { return html! {} };
    let depth = |task: usize| given.steps.iter().take_while(|step| step.left.contains(&task)).count();
    let mut tasks: Vec<usize> = first.keys.iter().map(|(task, _)| *task).collect();
    order::sort_by_key(&mut tasks, |task| (given.chosen != Some(*task), std::cmp::Reverse(depth(*task)), *task));
    let cell = |step: &Narrowing, task: usize| match step.keys.iter().find(|(own, _)| *own == task) {
        Some((_, weight)) => {
            let kept = step.left.contains(&task);
            let (class, sign) = if kept { ("kept", "✓ ") } else { ("dropped", "✕ ") };
            html! { <td {class}>{ sign }{ weight_words(weight) }</td> }
        }
        None => html! { <td class="after"></td> },
    };
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label="The funnel in reverse">
            <table class="funnel" data-testid="what-funnel">
                <caption>{ "Over each step: how many tasks came in and how many could still go." }</caption>
                <thead><tr>
                    <th scope="col">{ "task" }</th>
                    { for given.steps.iter().map(|step| html! { <th scope="col"><b>{ format!("{}→{}", step.keys.len(), step.left.len()) }</b>{ rule_words(&step.rule) }</th> }) }
                </tr></thead>
                <tbody>
                    { for tasks.into_iter().take(60).map(|task| html! {
                        <tr key={task} class={classes!((given.chosen == Some(task)).then_some("chosen"))}>
                            <th scope="row">{ if given.chosen == Some(task) { "★ " } else { "" } }{ name(task) }</th>
                            { for given.steps.iter().map(|step| cell(step, task)) }
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn label(ground: &Ground, task: &ServiceTask) -> String {
    let host = task.host.and_then(|index| ground.hosts.get(index));
    let place = host.map_or_else(
        || if task.zone.is_empty() { "a machine outside of AWS" } else { "Fargate" }.to_owned(),
        |host| short_instance(&host.name),
    );
    format!("{} on {place} in {}", short_task(&task.id), task.zone)
}

fn rule_words(rule: &Rule) -> String {
    match rule {
        Rule::Spared => "may go".to_owned(),
        Rule::Phase => "least far".to_owned(),
        Rule::Strategy(strategy) => format!("{}, turned round", strategy.words()),
        Rule::Ties(Ties::ByName) => "first by zone, instance, age".to_owned(),
        Rule::Ties(Ties::Drawn) => "draw".to_owned(),
    }
}

fn weight_words(weight: &Weight) -> String {
    match weight {
        Weight::Spared(None) => "yes".to_owned(),
        Weight::Spared(Some(Spared::Protected)) => "protected".to_owned(),
        Weight::Spared(Some(Spared::OtherDeployment)) => "of another deployment".to_owned(),
        Weight::Phase(Phase::Waiting) => "not RUNNING yet".to_owned(),
        Weight::Phase(Phase::Unhealthy) => "unhealthy".to_owned(),
        Weight::Phase(Phase::Running) => "RUNNING".to_owned(),
        Weight::Shared { value: Some(value), tasks } if value.starts_with("i-") => {
            format!("{tasks} on {}", short_instance(value))
        }
        Weight::Shared { value, tasks } => format!("{tasks} in {}", value.as_deref().unwrap_or("none")),
        Weight::FreeAfter(free) => format!("{free} left after"),
        Weight::Created(at) => at.clock(),
        Weight::Drawn => "drawn".to_owned(),
    }
}
