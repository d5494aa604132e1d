//! "Run tasks": a definition, a count, a chain of strategies and constraints, and what AWS says of them.

use super::Selection;
use super::run_form::{PRESETS, RunForm};
use crate::app::parts::{
    CheckFieldProps, Dialog, SelectFieldProps, TextFieldProps, check_field, command_line, select_field, text_field,
};
use crate::app::session::use_door;
use crate::app::store::wording;
use ecs_lab::aws::ApiError;
use ecs_lab::ec2::network;
use ecs_lab::ecs::taskdef::NetworkMode;
use ecs_lab::ecs::{LaunchType, survey};
use ecs_lab::event::{ClusterId, Fact, FactKind, TaskKey};
use ecs_lab::lab::Lab;
use ecs_lab::placement::input::expression_from;
use ecs_lab::shell::line_of;
use ecs_lab::sim::order;
use yew::prelude::*;
use yew::props;

#[derive(Properties, PartialEq)]
pub struct RunDialogProps {
    pub cluster: String,
    pub close: Callback<()>,
    /// Its number.
    pub id: ClusterId,
    /// What to look at once the request is made.
    pub made: Callback<Selection>,
}

/// ACTIVE revisions, the newest of each family first in its family, families as they came: name and whether it is awsvpc.
pub fn definitions(lab: &Lab) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    let mut families: Vec<_> = lab.world().ecs().families().collect();
    order::sort_by_key(&mut families, |(_, family)| family.number);
    for (_, family) in families {
        for definition in family.revisions.values().rev().filter(|definition| definition.active) {
            let awsvpc = definition.registration.core.network_mode == NetworkMode::Awsvpc;
            all.push((definition.name(), awsvpc));
        }
    }
    all
}

/// The dialog. It is made anew each time it opens.
#[component]
pub fn RunDialog(props: &RunDialogProps) -> Html {
    let door = use_door();
    let known = definitions(&door.store().lab());
    let region = door.store().lab().start().region.clone();
    let first = known.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let form = use_state(|| RunForm::new(&first, &region));
    let refused = use_state(|| None::<ApiError>);
    let awsvpc = known.iter().any(|(name, awsvpc)| *name == form.definition && *awsvpc);
    let command = form.command(&props.cluster, awsvpc);
    // What the request would do now, in one sentence; nothing while AWS would refuse it.
    let foreseen = {
        let door = door.clone();
        use_memo((command.clone().ok(), door.store().version), move |(command, _)| {
            let outcomes = door.store().lab().rehearse(command.as_slice()).ok()?;
            outcomes.first().map(|outcome| preview(&outcome.facts))
        })
    };
    let edit = |change: fn(&mut RunForm, String)| {
        let (form, refused) = (form.clone(), refused.clone());
        Callback::from(move |value: String| {
            let mut next = (*form).clone();
            change(&mut next, value);
            form.set(next);
            refused.set(None);
        })
    };
    let error_at =
        |path: &str| refused.as_ref().filter(|error| error.path.starts_with(path)).map(|e| AttrValue::from(message(e)));
    let submit = {
        let (door, refused, command, close) = (door.clone(), refused.clone(), command.clone(), props.close.clone());
        let (made, id) = (props.made.clone(), props.id);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Ok(command) = &command else { return };
            // Rehearsed first, so that a refusal stands at its field and the dialog stays open.
            let verdict = door.store().lab().rehearse(std::slice::from_ref(command));
            match verdict {
                Ok(outcomes) => {
                    door.run(command.clone());
                    close.emit(());
                    if let Some(first) = outcomes.first().and_then(|outcome| first_result(id, &outcome.facts)) {
                        made.emit(first);
                    }
                }
                Err(error) => refused.set(Some(error)),
            }
        })
    };
    let typed = form.member_of.trim();
    let expression = if typed.is_empty() { None } else { expression_from(typed, "").err() };
    let fields = [
        "count",
        "taskDefinition",
        "placementStrategy",
        "placementConstraints",
        "group",
        "networkConfiguration",
        "launchType",
    ];
    let elsewhere = refused.as_ref().filter(|error| !fields.iter().any(|field| error.path.starts_with(field)));
    let options: Vec<(AttrValue, AttrValue)> =
        known.iter().map(|(name, _)| (name.clone().into(), name.clone().into())).collect();
    let mut launch_options: Vec<(AttrValue, AttrValue)> =
        vec![("EC2".into(), "EC2: this fleet".into()), ("FARGATE".into(), "FARGATE".into())];
    if !survey::hosts(door.store().lab().world().ecs(), props.id, LaunchType::External).is_empty() {
        launch_options.push(("EXTERNAL".into(), "EXTERNAL: machines outside of AWS".into()));
    }
    html! {
        <Dialog open=true close={props.close.clone()} title="Run tasks" testid="run-dialog" wide=true>
            <form class="stack" onsubmit={submit}>
                <div class="columns">
                    { select_field(&props!(SelectFieldProps { id: "run-definition", label: "Task definition", value: form.definition.clone(), options, change: edit(|form, value| form.definition = value), error: error_at("taskDefinition") })) }
                    { text_field(&props!(TextFieldProps { id: "run-count", label: "Count", hint: "1 to 10 in one call", inputmode: "numeric", value: form.count.clone(), change: edit(|form, value| form.count = value), error: command.as_ref().err().map(|e| AttrValue::from(e.clone())).or_else(|| error_at("count")) })) }
                    { select_field(&props!(SelectFieldProps { id: "run-launch", label: "Launch type", value: form.launch.clone(), options: launch_options, change: edit(|form, value| form.launch = value), error: error_at("launchType") })) }
                    { text_field(&props!(TextFieldProps { id: "run-group", label: "Task group", hint: "Empty: family:NAME", value: form.group.clone(), change: edit(|form, value| form.group = value), error: error_at("group") })) }
                </div>
                if form.launch != "FARGATE" {
                    { strategies(&form, &set_form(&form, &refused), error_at("placementStrategy")) }
                    <fieldset class="stack">
                        <legend>{ "Constraints: they bind, unlike strategies" }</legend>
                        { check_field(&props!(CheckFieldProps { id: "run-distinct", label: "distinctInstance: each task of the group on another instance", checked: form.distinct, change: set_form(&form, &refused).reform({ let form = (*form).clone(); move |on| RunForm { distinct: on, ..form.clone() } }) })) }
                        { text_field(&props!(TextFieldProps { id: "run-member-of", label: "memberOf expression", hint: "For example attribute:ecs.instance-type =~ m5.* and not(task:group == family:web)", value: form.member_of.clone(), change: edit(|form, value| form.member_of = value), error: expression.map(|e| AttrValue::from(message(&e))).or_else(|| error_at("placementConstraints")) })) }
                    </fieldset>
                }
                if awsvpc {
                    { zones(&form, &region, &set_form(&form, &refused), error_at("networkConfiguration")) }
                }
                if let Some(error) = elsewhere { <p class="notice bad" role="alert" data-testid="run-error">{ message(error) }</p> }
                if let Ok(command) = &command {
                    if let Some(words) = &*foreseen { <p class="dim" data-testid="run-preview">{ words.clone() }</p> }
                    { command_line(&door, line_of(command), "run-line") }
                }
                <p class="row"><button class="primary" disabled={command.is_err()} data-testid="run-go">{ "Run" }</button></p>
            </form>
        </Dialog>
    }
}

/// The first task made, or the request that found no place.
pub fn first_result(cluster: ClusterId, facts: &[Fact]) -> Option<Selection> {
    facts.iter().find_map(|fact| match &fact.kind {
        FactKind::TaskCreated { task, .. } => Some(Selection::Task(TaskKey { cluster, id: task.parse().ok()? })),
        FactKind::NotPlaced { decision, .. } => Some(Selection::Request(*decision)),
        _ => None,
    })
}

/// `It would place 8: us-east-1a 3, us-east-1b 3, us-east-1c 2; 1 would find no place.`
fn preview(facts: &[Fact]) -> String {
    let mut zones: Vec<(&str, u32)> = Vec::new();
    let mut missing = 0;
    for fact in facts {
        match &fact.kind {
            FactKind::TaskCreated { zone, .. } => match zones.iter_mut().find(|(known, _)| known == zone) {
                Some((_, count)) => *count += 1,
                None => zones.push((zone, 1)),
            },
            FactKind::NotPlaced { missing: more, .. } => missing += more,
            _ => {}
        }
    }
    order::sort_by(&mut zones, |left, right| left.0.cmp(right.0));
    let placed: u32 = zones.iter().map(|(_, count)| count).sum();
    let list: Vec<String> = zones.iter().map(|(zone, count)| format!("{zone} {count}")).collect();
    match (placed, missing) {
        (0, missing) => format!("It would find no place for any of {missing}."),
        (placed, 0) => format!("It would place {placed}: {}.", list.join(", ")),
        (placed, missing) => format!("It would place {placed}: {}; {missing} would find no place.", list.join(", ")),
    }
}

/// AWS's text, and a word when the wording is ours.
pub fn message(error: &ApiError) -> String {
    wording(&error.to_string(), error.ours)
}

fn set_form(form: &UseStateHandle<RunForm>, refused: &UseStateHandle<Option<ApiError>>) -> Callback<RunForm> {
    let (form, refused) = (form.clone(), refused.clone());
    Callback::from(move |next: RunForm| {
        form.set(next);
        refused.set(None);
    })
}

/// A change of the chain with what was typed or chosen.
type Change = Box<dyn Fn(&mut Vec<(String, String)>, String)>;

/// A preset, or any chain of up to five.
fn strategies(form: &RunForm, set: &Callback<RunForm>, error: Option<AttrValue>) -> Html {
    let preset_options: Vec<(AttrValue, AttrValue)> = PRESETS
        .iter()
        .enumerate()
        .map(|(index, (words, _))| (index.to_string().into(), (*words).into()))
        .chain(form.preset().is_none().then(|| ("own".into(), "a chain of your own".into())))
        .collect();
    let choose = set.reform({
        let form = form.clone();
        move |value: String| {
            let list = value.parse::<usize>().ok().and_then(|index| PRESETS.get(index)).map(|(_, list)| *list);
            let strategies =
                list.map(|list| list.iter().map(|(kind, field)| ((*kind).into(), (*field).into())).collect());
            RunForm { strategies: strategies.unwrap_or_else(|| form.strategies.clone()), ..form.clone() }
        }
    });
    let with = |change: Change| {
        let form = form.clone();
        set.reform(move |value: String| {
            let mut next = form.clone();
            change(&mut next.strategies, value);
            next
        })
    };
    let kinds: Vec<(AttrValue, AttrValue)> =
        ["spread", "binpack", "random"].map(|kind| (kind.into(), kind.into())).to_vec();
    let row = |(index, (kind, field)): (usize, &(String, String))| {
        let kind_change = with(Box::new(move |list, value| {
            if let Some(entry) = list.get_mut(index) {
                let field = match value.as_str() {
                    "binpack" => "memory",
                    "spread" => "attribute:ecs.availability-zone",
                    _ => "",
                };
                *entry = (value, field.to_owned());
            }
        }));
        let field_change = with(Box::new(move |list, value| {
            if let Some(entry) = list.get_mut(index) {
                entry.1 = value;
            }
        }));
        let remove = with(Box::new(move |list, _| drop(list.remove(index)))).reform(|_: MouseEvent| String::new());
        html! {
            <li class="columns" key={index}>
                { select_field(&props!(SelectFieldProps { id: format!("run-strategy-{index}"), label: format!("Strategy {}", index + 1), value: kind.clone(), options: kinds.clone(), change: kind_change })) }
                if kind != "random" {
                    { text_field(&props!(TextFieldProps { id: format!("run-field-{index}"), label: "Field", list: "run-fields", value: field.clone(), change: field_change })) }
                }
                <p class="row end"><button type="button" class="small" onclick={remove} aria-label={format!("Remove strategy {}", index + 1)}>{ "Remove" }</button></p>
            </li>
        }
    };
    let add =
        with(Box::new(|list, _| list.push(("binpack".into(), "memory".into())))).reform(|_: MouseEvent| String::new());
    let preset = form.preset().map_or_else(|| "own".to_owned(), |index| index.to_string());
    html! {
        <fieldset class="stack">
            <legend>{ "Strategies: best effort, each a tie filter on what the one before left" }</legend>
            { select_field(&props!(SelectFieldProps { id: "run-preset", label: "Chain", value: preset, options: preset_options, change: choose, error })) }
            <details>
                <summary>{ "Edit the chain" }</summary>
                <ul class="list">{ for form.strategies.iter().enumerate().map(row) }</ul>
                <p><button type="button" class="small" onclick={add} disabled={form.strategies.len() >= 5} data-testid="run-add-strategy">{ "Add a strategy" }</button></p>
            </details>
            <datalist id="run-fields">
                { for ["attribute:ecs.availability-zone", "attribute:ecs.instance-type", "instanceId", "cpu", "memory"].map(|field| html! { <option value={field} /> }) }
            </datalist>
        </fieldset>
    }
}

/// The zones whose default subnets the request names.
fn zones(form: &RunForm, region: &str, set: &Callback<RunForm>, error: Option<AttrValue>) -> Html {
    let zone_box = |zone: String| {
        let (base, own) = (form.clone(), zone.clone());
        let change = set.reform(move |on: bool| {
            let mut zones: Vec<String> = base.zones.iter().filter(|known| **known != own).cloned().collect();
            if on {
                zones.push(own.clone());
                order::sort_by(&mut zones, String::cmp);
            }
            RunForm { zones, ..base.clone() }
        });
        html! { { check_field(&props!(CheckFieldProps { id: format!("run-zone-{zone}"), label: format!("subnet in {zone}"), checked: form.zones.contains(&zone), change })) } }
    };
    html! {
        <fieldset class="stack">
            <legend>{ "Network: awsvpc needs subnets" }</legend>
            <div class="columns">{ for network::zones(region).take(3).map(zone_box) }</div>
            if let Some(error) = error { <p class="bad" role="alert">{ error }</p> }
        </fieldset>
    }
}
