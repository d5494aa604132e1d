//! "What if…": questions that change nothing. Strategies side by side, room, loss, and what scales in.

mod compare;
mod loss;
mod room;
mod scale_in;

use super::run_dialog::{definitions, message};
use super::run_form::{PRESETS, RunForm};
use crate::app::parts::{
    CheckFieldProps, Dialog, SelectFieldProps, TabsProps, TextFieldProps, check_field, select_field, tabs, text_field,
};
use crate::app::session::use_door;
use ecs_lab::aws::ApiError;
use ecs_lab::ecs::{LaunchType, survey};
use ecs_lab::event::ClusterId;
use ecs_lab::lab::{Command, Lab};
use ecs_lab::placement::{self, Host, Request, Strategy, Ties};
use serde_json::{Value, json};
use std::rc::Rc;
use yew::prelude::*;
use yew::props;

/// Tasks that are asked about at most.
const MOST: u32 = 1000;

#[derive(Properties, PartialEq)]
pub struct WhatIfProps {
    pub cluster: String,
    /// Its number.
    pub id: ClusterId,
    pub close: Callback<()>,
}

/// What the reader asks.
#[derive(Clone, PartialEq)]
pub struct Form {
    run: RunForm,
    /// How many tasks, as typed.
    tasks: String,
    /// Which of the presets are compared.
    chains: [String; 3],
    tab: AttrValue,
    /// The instance type of which the fewest are counted.
    kind: String,
    /// What is lost: a zone, or an EC2 instance id.
    lost: String,
    /// The task group that scales in, and by which preset.
    group: String,
    chain: String,
    /// Which of the tasks given up is explained, from 0.
    step: usize,
}

/// What every question starts from.
pub struct Ground<'a> {
    pub lab: &'a Lab,
    pub cluster: ClusterId,
    /// Whose instances are looked at.
    pub launch: LaunchType,
    pub hosts: Vec<&'a Host>,
    pub tasks: u32,
    pub ties: Ties,
    pub form: &'a Form,
    pub edit: &'a dyn Fn(fn(&mut Form, String)) -> Callback<String>,
}

/// The dialog. It is made anew each time it opens.
#[component]
pub fn WhatIf(props: &WhatIfProps) -> Html {
    let door = use_door();
    let lab = door.store().lab();
    let known = definitions(&lab);
    let form = use_state(|| Form {
        run: RunForm::new(known.first().map(|(name, _)| name.as_str()).unwrap_or_default(), &lab.start().region),
        tasks: "8".into(),
        chains: ["1", "3", "5"].map(String::from),
        tab: "what-compare".into(),
        kind: "m5.large".into(),
        lost: String::new(),
        group: String::new(),
        chain: "0".into(),
        step: 0,
    });
    let edit = |change: fn(&mut Form, String)| {
        let form = form.clone();
        Callback::from(move |value: String| {
            let mut next = (*form).clone();
            next.step = 0;
            change(&mut next, value);
            form.set(next);
        })
    };
    let awsvpc = known.iter().any(|(name, awsvpc)| *name == form.run.definition && *awsvpc);
    let tasks: Option<u32> = form.tasks.trim().parse().ok().filter(|count| (1..=MOST).contains(count));
    let asked = request(&lab, &form.run, &props.cluster, awsvpc);
    let launch = if form.run.launch == "EC2" { LaunchType::Ec2 } else { LaunchType::External };
    let ground = Ground {
        lab: &lab,
        cluster: props.id,
        launch,
        hosts: survey::hosts(lab.world().ecs(), props.id, launch),
        tasks: tasks.unwrap_or(1),
        ties: lab.world().options().ties,
        form: &form,
        edit: &edit,
    };
    let of_request = |answer: fn(&Ground, &Request) -> Html| match (&asked, tasks) {
        (Ok(request), Some(_)) => answer(&ground, request),
        _ => html! {},
    };
    let refused = asked.as_ref().err();
    let in_expression = refused.filter(|error| error.path.starts_with("placementConstraints"));
    let answer = match form.tab.as_str() {
        "what-compare" => of_request(compare::compare),
        "what-room" => of_request(room::room),
        "what-loss" => loss::loss(&ground),
        _ => scale_in::scale_in(&ground),
    };
    let choose = {
        let form = form.clone();
        Callback::from(move |tab: AttrValue| form.set(Form { tab, ..(*form).clone() }))
    };
    let distinct = edit(|form, value| form.run.distinct = value == "true").reform(|on: bool| on.to_string());
    let options: Vec<(AttrValue, AttrValue)> =
        known.iter().map(|(name, _)| (name.clone().into(), name.clone().into())).collect();
    let names = [
        ("what-compare", "Strategies side by side"),
        ("what-room", "Room"),
        ("what-loss", "Loss"),
        ("what-scale-in", "Scale in"),
    ];
    let about_request = matches!(form.tab.as_str(), "what-compare" | "what-room");
    let panel = html! {
        <div class="stack">
            <div class="columns">
                { select_field(&props!(SelectFieldProps { id: "what-launch", label: "Instances", value: form.run.launch.clone(), options: ["EC2", "EXTERNAL"].map(|launch| (launch.into(), launch.into())).to_vec(), change: edit(|form, value| { form.run.launch = value; form.lost.clear(); }) })) }
                if about_request {
                    { select_field(&props!(SelectFieldProps { id: "what-definition", label: "Task definition", value: form.run.definition.clone(), options, change: edit(|form, value| form.run.definition = value) })) }
                    { text_field(&props!(TextFieldProps { id: "what-tasks", label: "Tasks", inputmode: "numeric", value: form.tasks.clone(), change: edit(|form, value| form.tasks = value), error: tasks.is_none().then(|| format!("A whole number from 1 to {MOST}.")) })) }
                    { text_field(&props!(TextFieldProps { id: "what-member-of", label: "memberOf expression", value: form.run.member_of.clone(), change: edit(|form, value| form.run.member_of = value), error: in_expression.map(message) })) }
                    { check_field(&props!(CheckFieldProps { id: "what-distinct", label: "distinctInstance", checked: form.run.distinct, change: distinct })) }
                }
            </div>
            if let (true, Some(error), None) = (about_request, refused, in_expression) {
                <p class="notice bad" role="alert" data-testid="what-error">{ message(error) }</p>
            }
            { answer }
        </div>
    };
    html! {
        <Dialog open=true close={props.close.clone()} title="What if…" testid="what-if" wide=true>
            <div class="stack">
                <p class="dim">{ "Nothing here changes the lab: each answer is worked out on a copy of the fleet as it stands." }</p>
                { tabs(&props!(TabsProps { label: "Questions", tabs: names.map(|(id, words)| (id.into(), words.into())).to_vec(), chosen: form.tab.clone(), choose, panel })) }
            </div>
        </Dialog>
    }
}

/// What placement would be asked. Errors: those of RunTask.
fn request(lab: &Lab, form: &RunForm, cluster: &str, awsvpc: bool) -> Result<Rc<Request>, ApiError> {
    let input = match form.command(cluster, awsvpc) {
        Ok(Command::Api(call)) => call.input,
        _ => Value::Null,
    };
    survey::asked(lab.world().ecs(), &lab.world().options().account, &input)
}

/// The chain behind a preset's number.
fn chain(preset: &str) -> Vec<Strategy> {
    let list = preset.parse::<usize>().ok().and_then(|index| PRESETS.get(index)).map(|(_, list)| *list);
    let items: Value =
        list.unwrap_or_default().iter().map(|(kind, field)| json!({ "type": kind, "field": field })).collect();
    placement::strategies_from(&items).unwrap_or_default()
}

/// A choice of the presets; `none` says what happens without a strategy.
fn chain_field(
    id: &'static str,
    label: &'static str,
    none: &'static str,
    value: &str,
    change: Callback<String>,
) -> Html {
    let options: Vec<(AttrValue, AttrValue)> = PRESETS
        .iter()
        .enumerate()
        .map(|(index, (words, list))| (index.to_string().into(), if list.is_empty() { none } else { words }.into()))
        .collect();
    select_field(&props!(SelectFieldProps { id, label, value: value.to_owned(), options, change }))
}

/// Says how many rows a table of at most `shown` leaves out.
fn left_out(rows: usize, shown: usize) -> Html {
    html! { if rows > shown { <p class="dim" data-testid="what-left-out">{ format!("… and {} more.", rows - shown) }</p> } }
}

/// Texts as the cells of a table's row.
fn cells<const N: usize>(texts: [String; N]) -> Vec<Html> {
    texts.into_iter().map(|text| html! { <>{ text }</> }).collect()
}
