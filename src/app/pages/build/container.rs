//! One container of the form.

use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

use super::edit::Edit;
use super::field::{Form, Kind, MemberProps, member_field};
use super::form::also;
use super::members::also_set;
use super::rows::{Column, PairsProps, RowsProps, pairs, press, rows};

const PORT: &[Column] = &[
    ("containerPort", "Container port", Kind::Number),
    ("hostPort", "Host port", Kind::Number),
    ("protocol", "Protocol", Kind::Choice),
];
const VARIABLE: &[Column] = &[("name", "Name", Kind::Text), ("value", "Value", Kind::Text)];
const SECRET: &[Column] = &[("name", "Name", Kind::Text), ("valueFrom", "ARN or parameter", Kind::Text)];
const DEPENDENCY: &[Column] = &[("containerName", "Container", Kind::Text), ("condition", "Condition", Kind::Choice)];

#[derive(Properties, PartialEq)]
pub struct ContainerProps {
    pub form: Form,
    pub index: usize,
}

/// The fields of a container.
pub fn container_form(props: &ContainerProps) -> Html {
    let ContainerProps { form, index } = props;
    let base = format!("containerDefinitions[{index}]");
    let container = form.get(&base).unwrap_or(&Value::Null);
    let name = container.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let wrong = form.problems.keys().filter(|path| path.starts_with(&format!("{base}."))).count();
    let remove = press(form, Edit::Remove("containerDefinitions".into(), *index));
    let at = |member: &str| format!("{base}.{member}");
    let field = |member: &str, label: &'static str, kind: Kind, hint: Option<&'static str>| {
        html! {
            { member_field(&props!(MemberProps { form: form.clone(), path: at(member), label, kind, hint })) }
        }
    };
    let group = |members: &[&str]| members.iter().any(|member| container.get(*member).is_some());
    html! {
        <details class="pane" open=true data-testid={format!("container-{index}")}>
            <summary>
                { format!("Container {}: {}", index + 1, if name.is_empty() { "no name yet" } else { &name }) }
                if wrong > 0 { { " " }<span class="chip bad">{ format!("✕ {wrong} to mend") }</span> }
            </summary>
            <div class="stack">
                <div class="columns">
                    { field("name", "Name", Kind::Text, None) }
                    { field("image", "Image", Kind::Text, None) }
                    { field("essential", "Essential", Kind::Flag, Some("Not set means true: when it stops, the task stops.")) }
                </div>
                <div class="columns">
                    { field("cpu", "CPU units", Kind::Number, Some("1024 are one vCPU.")) }
                    { field("memory", "Memory, hard (MiB)", Kind::Number, Some("More than this and it is killed.")) }
                    { field("memoryReservation", "Memory, soft (MiB)", Kind::Number, Some("What placement counts when it is set.")) }
                </div>
                { rows(&props!(RowsProps { form: form.clone(), path: at("portMappings"), label: "Port mappings", item: "port mapping", columns: PORT, fresh: json!({ "containerPort": 80 }) })) }
                { rows(&props!(RowsProps { form: form.clone(), path: at("environment"), label: "Environment", item: "variable", columns: VARIABLE, fresh: json!({ "name": "", "value": "" }) })) }
                <details open={group(&["secrets", "dependsOn", "healthCheck", "logConfiguration"])}>
                    <summary>{ "Secrets, order, health, logs" }</summary>
                    <div class="stack">
                        { rows(&props!(RowsProps { form: form.clone(), path: at("secrets"), label: "Secrets", item: "secret", columns: SECRET, fresh: json!({ "name": "", "valueFrom": "" }) })) }
                        { rows(&props!(RowsProps { form: form.clone(), path: at("dependsOn"), label: "Starts after", item: "dependency", columns: DEPENDENCY, fresh: json!({ "containerName": "", "condition": "START" }) })) }
                        <fieldset class="stack">
                            <legend>{ "Health check" }</legend>
                            { field("healthCheck.command", "Command", Kind::Lines, Some("One word a line; the first is CMD, CMD-SHELL or NONE.")) }
                            <div class="columns">
                                { field("healthCheck.interval", "Interval (s)", Kind::Number, None) }
                                { field("healthCheck.timeout", "Timeout (s)", Kind::Number, None) }
                                { field("healthCheck.retries", "Retries", Kind::Number, None) }
                                { field("healthCheck.startPeriod", "Start period (s)", Kind::Number, None) }
                            </div>
                        </fieldset>
                        { field("logConfiguration.logDriver", "Log driver", Kind::Choice, None) }
                        { pairs(&props!(PairsProps { form: form.clone(), path: at("logConfiguration.options"), label: "Log options" })) }
                    </div>
                </details>
                { also(&also_set(container, true), format!("also-set-{index}")) }
                <p><button type="button" class="small danger" onclick={remove} data-testid={format!("remove-container-{index}")}>{ format!("Remove container {}", index + 1) }</button></p>
            </div>
        </details>
    }
}
