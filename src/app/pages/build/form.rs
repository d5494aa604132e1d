//! The form: the common members of a definition. The rest stays in the JSON and is named.

use ecs_lab::ecs::taskdef;
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

use super::container::{ContainerProps, container_form};
use super::edit::Edit;
use super::field::{Form, Kind, MemberProps, member_field};
use super::members::also_set;
use super::rows::{Column, RowsProps, press, rows};
use crate::app::parts::{CheckFieldProps, check_field};

const VOLUME: &[Column] = &[("name", "Name", Kind::Text), ("host.sourcePath", "Path on the host", Kind::Text)];
const CONSTRAINT: &[Column] = &[("type", "Type", Kind::Choice), ("expression", "Expression", Kind::Text)];

#[derive(Properties, PartialEq)]
pub struct FormProps {
    pub form: Form,
}

/// The form of a definition.
pub fn definition_form(props: &FormProps) -> Html {
    let form = &props.form;
    let field = |path: &'static str,
                 label: &'static str,
                 kind: Kind,
                 hint: Option<&'static str>,
                 list: Option<&'static str>| {
        html! {
            { member_field(&props!(MemberProps { form: form.clone(), path, label, kind, hint, list })) }
        }
    };
    let containers = form.items("containerDefinitions").len();
    let number = containers + 1;
    let add = press(
        form,
        Edit::Push(
            "containerDefinitions".into(),
            json!({ "name": format!("container-{number}"), "image": "", "essential": number == 1 }),
        ),
    );
    html! {
        <form class="stack loose" onsubmit={|event: SubmitEvent| event.prevent_default()} data-testid="form">
            <div class="columns">
                { field("family", "Family", Kind::Text, None, None) }
                { field("networkMode", "Network mode", Kind::Choice, Some("Not set means bridge on Linux."), None) }
            </div>
            { compatibilities(form) }
            <div class="columns">
                { field("cpu", "Task CPU", Kind::Text, Some("CPU units or \".5 vCPU\"; Fargate needs it."), Some("fargate-cpu")) }
                { field("memory", "Task memory", Kind::Text, Some("MiB or \"1 GB\"; Fargate needs it."), Some("fargate-memory")) }
            </div>
            { fargate_sizes(form.get("cpu").and_then(Value::as_str)) }
            <div class="columns">
                { field("executionRoleArn", "Execution role", Kind::Text, Some("Pulls images, reads secrets, writes logs."), None) }
                { field("taskRoleArn", "Task role", Kind::Text, Some("What the containers themselves may call."), None) }
            </div>
            <div class="columns">
                { field("runtimePlatform.operatingSystemFamily", "Operating system", Kind::Choice, None, None) }
                { field("runtimePlatform.cpuArchitecture", "CPU architecture", Kind::Choice, None, None) }
                { field("ephemeralStorage.sizeInGiB", "Ephemeral storage (GiB)", Kind::Number, None, None) }
            </div>
            { for (0..containers).map(|index| html! { { container_form(&props!(ContainerProps { form: form.clone(), index })) } }) }
            <p><button type="button" onclick={add} data-testid="add-container">{ "Add a container" }</button></p>
            { rows(&props!(RowsProps { form: form.clone(), path: "volumes", label: "Volumes", item: "volume", columns: VOLUME, fresh: json!({ "name": "" }) })) }
            { rows(&props!(RowsProps { form: form.clone(), path: "placementConstraints", label: "Placement constraints", item: "constraint", columns: CONSTRAINT, fresh: json!({ "type": "memberOf", "expression": "" }) })) }
            { also(&also_set(&form.value, false), "also-set".to_owned()) }
        </form>
    }
}

/// Which launch types the definition asks to be checked for.
fn compatibilities(form: &Form) -> Html {
    const PATH: &str = "requiresCompatibilities";
    const ALL: [&str; 4] = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];
    let chosen: Vec<Value> = form.items(PATH).to_vec();
    let toggle = |name: &'static str| {
        let (edit, chosen) = (form.edit.clone(), chosen.clone());
        Callback::from(move |on: bool| {
            let mut next: Vec<Value> = chosen.iter().filter(|value| value.as_str() != Some(name)).cloned().collect();
            if on {
                next.push(name.into());
            }
            edit.emit(Edit::Set(PATH.into(), (!next.is_empty()).then_some(Value::Array(next))));
        })
    };
    let error = form.problems.iter().find(|(path, _)| path.starts_with(PATH)).map(|(_, text)| text.clone());
    html! {
        <fieldset class="field">
            <legend>{ "Must be able to run on" }</legend>
            <div class="row">
                { for ALL.into_iter().map(|name| html! {
                    { check_field(&props!(CheckFieldProps { id: format!("td-{PATH}-{name}"), label: name, checked: chosen.iter().any(|value| value == name), change: toggle(name) })) }
                }) }
            </div>
            if let Some(error) = error { <p class="error">{ error }</p> }
        </fieldset>
    }
}

/// The sizes that Fargate sells, offered while typing: every CPU size, and the memory that goes with the chosen one.
fn fargate_sizes(cpu: Option<&str>) -> Html {
    let chosen = cpu.and_then(|cpu| cpu.parse::<u32>().ok());
    let memory = taskdef::fargate_sizes().iter().filter(|size| Some(size.cpu) == chosen).flat_map(|size| size.memory());
    html! {
        <>
            <datalist id="fargate-cpu">{ for taskdef::fargate_sizes().iter().map(|size| html! { <option value={size.cpu.to_string()} /> }) }</datalist>
            <datalist id="fargate-memory">{ for memory.map(|memory| html! { <option value={memory.to_string()} /> }) }</datalist>
        </>
    }
}

/// What is set and has no field.
pub fn also(members: &[String], testid: String) -> Html {
    if members.is_empty() {
        return html! {};
    }
    html! {
        <p class="dim" data-testid={testid}>
            { "Also set in the JSON, and kept as it is: " }
            { for members.iter().enumerate().map(|(index, name)| html! { <>{ if index > 0 { ", " } else { "" } }<code>{ name.clone() }</code></> }) }
            { "." }
        </p>
    }
}
